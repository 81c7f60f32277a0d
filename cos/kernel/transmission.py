"""T=0 and T=1 as a terminal sees them at the APDU boundary: 61xx, 6Cxx, GET RESPONSE.

One ``Transmission`` belongs to one session; what waits in it dies with the session and with any other command.
社会保障（个人）卡规范 part 2 §9.3, JR/T 0025.3 §9.3.1; which clients expect what: see the profile settings.
The clause of a refusal is the row's: this is the mechanism of every stack.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct

from apdu.atr import CONTACTLESS, AtrForm, InterfaceBytes, form
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, more, wrong_le
from cos.kernel.command_rows import CommandRow
from cos.kernel.refusal import Gate, Refusal, but_for

_InterfaceByte: TypeAlias = Annotated[
    str, Meta(pattern="^([0-9A-Fa-f]{2})?$", description="a byte, two hex digits, or nothing if it is not sent")
]


class AtrOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The interface bytes of the ATR, by their names in ISO 7816-3 §8.3; empty: not sent. TDi, TA3, TB3 and TCK follow.

    ``ta1``: F and D that the reader may go to by PPS; chips of PSAMs seen send 94. ``tb1``: 00 or nothing. ``tc1``:
    extra guard time. ``ta2``: specific mode. ``tc2``: the waiting time integer, T=0 only; 0A holds without it (SSC-2
    §8.3.3.8). What a protocol does not allow is refused with the profile.
    """

    ta1: _InterfaceByte = ""
    tb1: _InterfaceByte = "00"
    tc1: _InterfaceByte = "00"
    ta2: _InterfaceByte = ""
    tc2: _InterfaceByte = ""

    @property
    def interface(self) -> InterfaceBytes:
        """The same as bytes."""
        texts = (self.ta1, self.tb1, self.tc1, self.ta2, self.tc2)
        return InterfaceBytes(*(int(text, 16) if text else None for text in texts))


class TransmissionOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the card answers on its contacts.

    ``protocol``: what the ATR offers; ``contactless``: the ATR that PC/SC makes of the same historical bytes when the
    card lies on a contactless reader, where programs find T=1. A card shows one face at a time, so whoever presents it
    there says so, and says how it answers: contactless cards answer ``direct`` and give ``data``. ``atr``: the other
    bytes of the ATR. ``case4``: answers to commands with data come as ``61xx`` (a T=0 card) or at once (``direct``:
    contactless, T=1, readers that fetch by themselves). ``le00``: Le 00 on a read with fewer than 256 bytes gives
    ``6Cxx`` (SSC-5 §6.10.4) or the ``data`` (field programs). ``trailing_le``: a Le behind the data of a command that
    returns nothing is ignored (raw clients send it) or refused with ``6700``.
    ``get_response``: what waits is fetched under class 00 (SSC-5 §6.6, JR/T 0025.3 §9.3.1.3) and also under the
    ``same class`` as the command that it answers (ISO 7816-4 §5.3.4; what Java's smart card library sends), or under
    ``class 00`` alone.
    """

    path: ClassVar[str] = "chip.transmission"
    # Left out of what is written of a card where it has its default: texts of before are read as they are.
    later: ClassVar[frozenset[str]] = frozenset(("atr",))

    protocol: Literal["T=0", "T=1", "contactless"] = "T=0"
    atr: AtrOptions = AtrOptions()
    case4: Literal["61xx", "direct"] = "61xx"
    le00: Literal["6Cxx", "data"] = "6Cxx"
    trailing_le: Literal["ignore", "6700"] = "ignore"
    get_response: Literal["same class", "class 00"] = "same class"

    @property
    def atr_form(self) -> AtrForm:
        """The ATR but for the historical bytes."""
        return CONTACTLESS if self.protocol == "contactless" else form(self.number, self.atr.interface)

    @property
    def number(self) -> int:
        """0 or 1: the protocol that the ATR offers; over the air programs find T=1."""
        return 0 if self.protocol == "T=0" else 1


_UNSAID = (None, 256)  # Le that asks for whatever there is


class Transmission:
    """Shapes the answers of one session.

    ``same_class``: GET RESPONSE fetches also under the class of the command whose answer waits.
    ``continued``: the command being answered fetches what the one before has left waiting, so it is that command's
    continuation and no command of its own (the engine says so, before the first gate). ``row``: that of the command
    just answered, None if none fits it.
    """

    __slots__ = ("_cla", "_fetch", "_le00_is_data", "_pending", "continued", "options", "row", "same_class")

    def __init__(self, options: TransmissionOptions) -> None:
        self.options = options
        self._fetch = options.case4 == "61xx"
        self._le00_is_data = options.le00 == "data"
        self.same_class = options.get_response == "same class"
        self._pending = b""
        self._cla = 0
        self.continued = False
        self.row: CommandRow[Any] | None = None

    def expect(self, le: int | None, length: int) -> None:
        """Refuse with 6Cxx unless ``le`` fits an answer of ``length`` bytes; call it before any effect."""
        if le == length:
            return
        if self._le00_is_data and le in _UNSAID:
            return
        refusal = Refusal(wrong_le(length), Gate.LENGTH, "another Le", expected=length, received=le)
        raise but_for(refusal, self.options, "le00", "data") if le in _UNSAID else refusal

    def shape(self, command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        """The answer as it goes out: at T=0 the data of a command with data wait behind 61xx.

        What waited before is gone: another command came.
        """
        data, self._pending = response.data, b""
        if not data or not self._fetch or not command.data:
            return response
        self._pending, self._cla = data, command.cla
        # A warning goes out first, bare; the terminal then fetches (JR/T 0025.3 annex A.7).
        return ResponseAPDU(b"", response.sw if response.sw != SW.OK else more(len(data)))

    @property
    def waits(self) -> bool:
        """True if an answer waits."""
        return bool(self._pending)

    def fetched_by(self, cla: int) -> bool:
        """True if an answer waits and GET RESPONSE of this class fetches it."""
        return bool(self._pending) and (not cla or (cla == self._cla and self.same_class))

    def waits_under(self, cla: int) -> bool:
        """True if what waits answers a command of this class."""
        return bool(self._pending) and cla == self._cla

    def drop(self) -> None:
        """Forget what waits: another command came, and somebody else has answered it."""
        self._pending = b""

    def get_response(self, command: CommandAPDU) -> ResponseAPDU:
        """GET RESPONSE: the waiting bytes, in pieces if asked so (SSC-5 §6.6, JR/T 0025.3 §9.3.1.3)."""
        pending, le = self._pending, command.le or 256
        if not pending:
            raise Refusal(SW.NO_PRECISE_DIAGNOSIS, Gate.STATE, "no answer waits")
        if le > len(pending):
            raise Refusal(wrong_le(len(pending)), Gate.LENGTH, "fewer bytes wait", expected=len(pending), received=le)
        data, self._pending = pending[:le], pending[le:]
        return ResponseAPDU(data, more(len(self._pending)) if self._pending else SW.OK)
