"""A card in a real PC/SC reader as a ``SmartCard``. The only module that uses pyscard, and only when called.

Commands go out as they are: over T=0 neither PC/SC nor this module asks for pending data (61xx) or repeats (6Cxx).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from time import monotonic
from types import ModuleType, TracebackType
from typing import Any, Self, cast

from dualcos.reader.silent_card import CardGone, CardMute

_NO_SERVICE = (
    "no PC/SC service answers: install pcscd and start it, or set PCSCLITE_CSOCK_NAME to the socket of the one to use"
)
_IFD_VERSION = 4
_NO_PYSCARD = "pyscard is not installed; it is needed for real readers only: `pip install 'dualcos[pcsc]'`"


class PcscError(RuntimeError):
    """The reader or the PC/SC service cannot do it; the text says what to do."""


def readers() -> list[str]:
    """The names of the readers there are; an empty list if there is none. Raises PcscError without a service."""
    scard = _library()
    context = _context(scard)
    try:
        # pyscard's native call raises SystemError where the library finds no service at all.
        code, names = _call(scard.SCardListReaders, context, [])
    finally:
        scard.SCardReleaseContext(context)
    if code == scard.SCARD_E_NO_READERS_AVAILABLE:
        return []
    if code != scard.SCARD_S_SUCCESS:
        raise PcscError(_text(scard, code))
    return list(names)


def cards_in_readers() -> dict[str, bytes]:
    """The ATR of the card in each reader that has one. Raises PcscError without a service."""
    names = readers()
    if not names:
        return {}
    scard = _library()
    context = _context(scard)
    try:
        asked = [(name, scard.SCARD_STATE_UNAWARE) for name in names]
        code, states = _call(scard.SCardGetStatusChange, context, 0, asked)
    finally:
        scard.SCardReleaseContext(context)
    if code not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_TIMEOUT):
        raise PcscError(_text(scard, code))
    atrs = {
        name: bytes(byte & 0xFF for byte in atr) for name, state, atr in states if state & scard.SCARD_STATE_PRESENT
    }
    return {name: atr for name, atr in atrs.items() if atr}


def driver(reader: str) -> str:
    """What the driver of ``reader`` says of itself: vendor, type, version; and which pyscard asked. The card is not
    touched. What the driver does not tell, or not while another program has the reader alone, is left out.

    Raises PcscError without a service.
    """
    scard = _library()
    vendor, kind = scard.SCARD_ATTR_VENDOR_NAME, scard.SCARD_ATTR_VENDOR_IFD_TYPE
    context = _context(scard)
    told: list[str] = []
    try:
        code, handle, _ = _call(scard.SCardConnect, context, reader, scard.SCARD_SHARE_DIRECT, 0)
        if code == scard.SCARD_S_SUCCESS:
            names = [_attribute(scard, handle, name) for name in (vendor, kind)]
            told = [name.rstrip(b"\0").decode("ascii", "replace").strip() for name in names]
            told.append(_ifd_version(_attribute(scard, handle, scard.SCARD_ATTR_VENDOR_IFD_VERSION)))
            scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
    finally:
        scard.SCardReleaseContext(context)
    return ", ".join([*filter(None, [" ".join(filter(None, told))]), f"pyscard {version('pyscard')}"])


def _attribute(scard: ModuleType, handle: Any, name: int) -> bytes:  # noqa: ANN401 - pyscard's own handle type
    """An attribute of a reader; empty if it has none."""
    code, value = _call(scard.SCardGetAttrib, handle, name)
    return bytes(byte & 0xFF for byte in value) if code == scard.SCARD_S_SUCCESS else b""


def _ifd_version(raw: bytes) -> str:
    """0xMMmmbbbb: major, minor, build (PC/SC part 3, table 3-1)."""
    if len(raw) != _IFD_VERSION:
        return ""
    number = int.from_bytes(raw, sys.byteorder)
    return f"{number >> 24}.{number >> 16 & 0xFF}.{number & 0xFFFF}"


def reader_named(text: str) -> str:
    """The reader with this name, or the only one whose name has ``text`` in it. Raises PcscError."""
    known = readers()
    found = [name for name in known if text in name]
    if text in known:
        return text
    if len(found) == 1:
        return found[0]
    what = "several readers have" if found else "no reader has"
    raise PcscError(f"{what} {text!r} in the name; there are: {', '.join(known) or 'none'}")


class PcscLink:
    """The card in ``reader``, over ``protocol`` 0 or 1 (None: what the reader chooses). Shared, as programs do.

    ``exclusive``: no other program may use the card meanwhile. Power: connects at the first ``power_on`` or on
    entering the context; ``power_off`` disconnects and unpowers.
    Raises CardGone, CardMute, and PcscError for everything that is not the card's doing.
    """

    def __init__(self, reader: str, protocol: int | None = None, *, exclusive: bool = False) -> None:
        if protocol not in (None, 0, 1):
            raise PcscError(f"protocol T={protocol} does not exist in PC/SC; 0 or 1")
        self.reader = reader
        self._scard = scard = _library()
        self._wanted: int = (
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
            if protocol is None
            else (scard.SCARD_PROTOCOL_T0, scard.SCARD_PROTOCOL_T1)[protocol]
        )
        self._share: int = scard.SCARD_SHARE_EXCLUSIVE if exclusive else scard.SCARD_SHARE_SHARED
        self._context: Any = None
        self._card: Any = None
        self._pci: Any = None
        self._atr = b""

    def __enter__(self) -> Self:
        self.power_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect and forget the service. Harmless when not connected."""
        self.power_off()
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)
            self._context = None

    @property
    def atr(self) -> bytes:
        """The ATR of the last reset; asked from the reader, without connecting, if there was none yet."""
        if not self._atr:
            self._atr = self._look()
        return self._atr

    def power_on(self) -> bytes:
        """Connect; a card that was connected goes through a cold reset. Returns the ATR."""
        if self._card is None:
            self._connect()  # may find the card as another program left it; the reset makes it new
        return self._restart(self._scard.SCARD_UNPOWER_CARD)

    def reset(self) -> bytes:
        """Warm reset. Returns the ATR."""
        if self._card is None:
            return self.power_on()
        return self._restart(self._scard.SCARD_RESET_CARD)

    def power_off(self) -> None:
        """Disconnect and take power away."""
        card, self._card = self._card, None
        if card is not None:
            self._scard.SCardDisconnect(card, self._scard.SCARD_UNPOWER_CARD)

    def exchange(self, command: bytes) -> bytes:
        """The card's answer to ``command``. Raises PcscError for a single byte."""
        if self._card is None:
            raise CardMute("not connected")
        if len(command) == 1:  # nor would it ever answer, nor pcscd anybody else
            raise PcscError("one byte is no command: vpcd would take it for a switch of its own, as power off")
        code, answer = _call(self._scard.SCardTransmit, self._card, self._pci, list(command))
        self._check(code)
        if len(answer) < 2:  # vpcd's way of saying that the card has gone
            raise CardGone("the reader returned no status word")
        return bytes(b & 0xFF for b in answer)

    def wait(self, *, present: bool, seconds: float) -> bool:
        """True as soon as there is a card (or none any more), False if that does not come to be within ``seconds``."""
        end = monotonic() + seconds
        state, _ = self._status(0, self._scard.SCARD_STATE_UNAWARE)
        # What changes first need not be that: a reader tells, too, that it has taken power away, or looked again.
        while self._there(state) is not present and (left := round((end - monotonic()) * 1000)) > 0:
            state, _ = self._status(left, state)
        return self._there(state) is present

    def _there(self, state: int) -> bool:
        return bool(state & self._scard.SCARD_STATE_PRESENT)

    def _connect(self) -> None:
        scard = self._scard
        code, card, protocol = _call(scard.SCardConnect, self._service(), self.reader, self._share, self._wanted)
        self._check(code)
        self._card = card
        self._choose(protocol)

    def _restart(self, initialisation: int) -> bytes:
        scard = self._scard
        code, protocol = _call(scard.SCardReconnect, self._card, self._share, self._wanted, initialisation)
        self._check(code)
        self._choose(protocol)
        code, _, _, _, atr = _call(scard.SCardStatus, self._card)
        self._check(code)
        self._atr = bytes(b & 0xFF for b in atr)
        return self._atr

    def _choose(self, protocol: int) -> None:
        scard = self._scard
        self._pci = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0

    def _look(self) -> bytes:
        return self._status(0, self._scard.SCARD_STATE_UNAWARE)[1]

    def _status(self, milliseconds: int, known: int) -> tuple[int, bytes]:
        """State and ATR, once they differ from ``known`` or time is up."""
        scard = self._scard
        code, states = _call(scard.SCardGetStatusChange, self._service(), milliseconds, [(self.reader, known)])
        if code != scard.SCARD_E_TIMEOUT:
            self._check(code)
        _, state, atr = states[0]
        return (state & ~scard.SCARD_STATE_CHANGED), bytes(b & 0xFF for b in atr)

    def _service(self) -> Any:  # noqa: ANN401 - pyscard's own handle type
        if self._context is None:
            self._context = _context(self._scard)
        return self._context

    def _check(self, code: int) -> None:
        scard = self._scard
        if code == scard.SCARD_S_SUCCESS:
            return
        text = _text(scard, code)
        if code in (scard.SCARD_W_REMOVED_CARD, scard.SCARD_E_NO_SMARTCARD):
            raise CardGone(text)
        if code in (scard.SCARD_W_UNRESPONSIVE_CARD, scard.SCARD_W_UNPOWERED_CARD, scard.SCARD_E_NOT_TRANSACTED):
            raise CardMute(text)
        if code == scard.SCARD_E_UNKNOWN_READER:
            raise PcscError(f"no reader called {self.reader!r}; there are: {', '.join(readers()) or 'none'}")
        raise PcscError(f"{self.reader}: {text}")


def _library() -> ModuleType:
    try:
        from smartcard import scard  # noqa: PLC0415 - everything else must run without pyscard
    except ImportError:
        raise PcscError(_NO_PYSCARD) from None
    return cast("ModuleType", scard)


def _context(scard: ModuleType) -> Any:  # noqa: ANN401 - pyscard's own handle type
    code, context = _call(scard.SCardEstablishContext, scard.SCARD_SCOPE_USER)
    if code != scard.SCARD_S_SUCCESS:
        raise PcscError(f"{_NO_SERVICE}: {_text(scard, code)}")
    return context


def _call(function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - tuples of varying shape
    try:
        return function(*arguments)
    except SystemError:
        raise PcscError(_NO_SERVICE) from None


def _text(scard: ModuleType, code: int) -> str:
    return f"{scard.SCardGetErrorMessage(code).rstrip('.')} ({code & 0xFFFFFFFF:08X})"
