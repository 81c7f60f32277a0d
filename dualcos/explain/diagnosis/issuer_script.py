"""The MAC of a script command that did not fit (PBOC-5 §17.6, C.2.4).

Right is: the session key of the MAC key and the ATC, over header ‖ Lc ‖ ATC ‖ first cryptogram ‖ data as sent ‖ 80 00…,
the first 4 bytes. Lc counts the MAC; no command is chained to the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.tlv import TlvError
from cos.pse.current_directory import ENC_KEY
from dualcos.explain.diagnosis.bank_transaction import (
    ATC,
    CARD_KEY,
    OTHER_CRYPTOGRAM,
    SESSION_INPUT,
    AskedOnline,
    SessionRule,
    asked_online,
    own_key,
    still_is,
    transaction_key,
)
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.mac_forms import HEADER
from dualcos.explain.diagnosis.wrong_inputs import PADDING, Padding, instead, padded
from keys.bank_cryptography import decipher, scheme
from keys.key_handle import KeyHandle
from keys.mac import fold_halves
from keys.padding import prefix_length

MAC_LENGTH = 4
_PIN_CHANGE, _GENERATE_AC = 0x24, 0xAE
_WITH_PIN = (0x01, 0x02)
_UNPREDICTABLE, _CDOL1 = 0x9F37, 0x8C
_SCRIPTS = frozenset((0x1E, 0x18, 0x16, 0x24, 0xDA, 0xDC))


class MacedMoment(Enum):
    """What of the transaction stands in front of the data."""

    BOTH = "ATC ‖ cryptogram"
    TURNED = "cryptogram ‖ ATC"
    CRYPTOGRAM = "cryptogram alone"
    ATC = "ATC alone"
    NEITHER = "neither"


class MacedData(Enum):
    """In which form the data are MACed."""

    AS_SENT = "as sent"
    DECIPHERED = "before encipherment, with length and padding"
    PLAIN = "before encipherment, without length and padding"


class ScriptMacCut(Enum):
    """Which bytes of the last block are the MAC."""

    LEFT = "the first 4 bytes"
    EIGHT = "8 bytes"
    EIGHT_AS_FOUR = "8 bytes, Lc for 4"
    THREE = "3 bytes"
    THREE_AS_FOUR = "3 bytes, Lc for 4"
    RIGHT_HALF = "the first 4 bytes of the right half"
    LAST = "the last 4 bytes"
    SECOND = "the second 4 bytes"


# --- right ------------------------------------------------------------------------------------------------------------


def _gathered(situation: Situation) -> Gathered | None:
    key, asked, command = own_key(situation), asked_online(situation), situation.command
    if key is None or asked is None or situation.hidden or len(command.data) < MAC_LENGTH or key.algorithm.bank is None:
        return None
    atc = int.from_bytes(asked.atc)
    if not still_is(situation, transaction_key(key, atc, SessionRule.OF_ATC)):
        return None
    values: dict[str, Any] = {
        "header": _maced(command),
        "cryptogram": asked.cryptogram,
        "ATC": atc,
        "transaction data": MacedMoment.BOTH,
        "padding": Padding.METHOD_2,
        "MAC length": ScriptMacCut.LEFT,
        "session key": SessionRule.OF_ATC,
        "start value": bytes(key.algorithm.block),
        "form of the data": MacedData.AS_SENT,
        "key": key,
        "data": command.data[:-MAC_LENGTH],
        "sent": command.data,
        "transaction": asked,
        "folded": scheme(key.algorithm.bank).folded,
        "enciphered": command.ins == _PIN_CHANGE and command.p2 in _WITH_PIN,
        "key that enciphers": situation.same_directory(ENC_KEY._replace(version=key.name.version)),
    }
    return Gathered(values, command.data)


# --- the formula ------------------------------------------------------------------------------------------------------


def _formula(values: Values) -> bytes:
    cut: ScriptMacCut = values["MAC length"]
    block = _block(values, _header_for(values, cut), _data(values))
    return _CUTS[cut](block)


def _header_for(values: Values, cut: ScriptMacCut) -> bytes:
    """Lc that counted four bytes is off by the others."""
    header: bytes = values["header"]
    if cut not in (ScriptMacCut.EIGHT_AS_FOUR, ScriptMacCut.THREE_AS_FOUR):
        return header
    return header[:-1] + bytes((header[-1] - len(_CUTS[cut](bytes(16))) + MAC_LENGTH,))


def _block(values: Values, header: bytes, data: bytes) -> bytes:
    """The last block, as it is before it is cut."""
    key = _session(values)
    moment = _MOMENTS[values["transaction data"]](values["ATC"].to_bytes(2, "big"), values["cryptogram"])
    text = padded(header + moment + data, key.block, values["padding"])
    block = key.mac_block(text, values["start value"])
    return fold_halves(block) if values["folded"] and len(block) == 2 * 8 else block


def _session(values: Values) -> KeyHandle:
    return transaction_key(values["key"], values["ATC"], values["session key"])


def _data(values: Values) -> bytes:
    form, data = values["form of the data"], values["data"]
    if form is MacedData.AS_SENT:
        sent: bytes = values["sent"]
        return sent[: len(sent) - len(_CUTS[values["MAC length"]](bytes(16)))]
    if not values["enciphered"] or values["key that enciphers"] is None:
        raise ValueError("nothing is enciphered")
    key = transaction_key(values["key that enciphers"], values["ATC"], SessionRule.OF_ATC)
    plain = decipher(key, data)
    return plain if form is MacedData.PLAIN else prefix_length(plain, key.block)


_MOMENTS: Mapping[MacedMoment, Callable[[bytes, bytes], bytes]] = MappingProxyType(
    {
        MacedMoment.BOTH: lambda atc, ac: atc + ac,
        MacedMoment.TURNED: lambda atc, ac: ac + atc,
        MacedMoment.CRYPTOGRAM: lambda _, ac: ac,
        MacedMoment.ATC: lambda atc, _: atc,
        MacedMoment.NEITHER: lambda _, __: b"",
    }
)
_CUTS: Mapping[ScriptMacCut, Callable[[bytes], bytes]] = MappingProxyType(
    {
        ScriptMacCut.LEFT: lambda block: block[:4],
        ScriptMacCut.EIGHT: lambda block: block[:8],
        ScriptMacCut.EIGHT_AS_FOUR: lambda block: block[:8],
        ScriptMacCut.THREE: lambda block: block[:3],
        ScriptMacCut.THREE_AS_FOUR: lambda block: block[:3],
        ScriptMacCut.RIGHT_HALF: lambda block: block[len(block) // 2 :][:4],
        ScriptMacCut.LAST: lambda block: block[-4:],
        ScriptMacCut.SECOND: lambda block: block[4:8],
    }
)

# --- wrong ------------------------------------------------------------------------------------------------------------


def _second(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    second = values["transaction"].second
    if second and second != right:
        yield second


def _random_start(right: bytes, values: Values, situation: Situation) -> Iterator[bytes]:
    """The terminal's unpredictable number, or one of the card's random numbers, filled up or cut."""
    numbers = (*_unpredictable(values["transaction"], situation), *situation.history.challenges("", older=True))
    for number in numbers:
        for start in (number.ljust(len(right), b"\0"), number.rjust(len(right), b"\0")):
            yield start[: len(right)]


def _unpredictable(asked: AskedOnline, situation: Situation) -> Iterator[bytes]:
    first = next((past for past in asked.past if past.command.ins == _GENERATE_AC and past.done), None)
    if first is None:
        return
    try:
        sent = tlv.split_dol(tlv.parse_dol(situation.at.lists.get(_CDOL1, b"")), first.command.data)
    except TlvError:
        return
    yield from (value for tag, value in sent.items() if tag == _UNPREDICTABLE)


def _previous_scripts(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    """The last block of a script command of this transaction, or the MAC that was cut from it."""
    for past in reversed(values["transaction"].past):
        if past.command.ins in _SCRIPTS and len(past.command.data) >= MAC_LENGTH:
            data, mac = past.command.data[:-MAC_LENGTH], past.command.data[-MAC_LENGTH:]
            yield _block(values, _maced(past.command), data)
            yield from (mac.ljust(len(right), b"\0"), mac.rjust(len(right), b"\0"))


def _maced(command: CommandAPDU) -> bytes:
    return command.header + bytes((len(command.data),))


_CUT = Input(
    "MAC length",
    (
        instead("mac.right-half", ScriptMacCut.RIGHT_HALF, ScriptMacCut.LAST, ScriptMacCut.SECOND),
        instead("mac.eight-bytes", ScriptMacCut.EIGHT, ScriptMacCut.EIGHT_AS_FOUR),
        instead("mac.three-bytes", ScriptMacCut.THREE, ScriptMacCut.THREE_AS_FOUR),
    ),
    told=False,
)

ISSUER_SCRIPT = Computation(
    name="script MAC",
    clause="PBOC-5 §17.6, C.2.4",
    whys=frozenset(("wrong MAC of a script",)),
    inputs=(
        Input("header", HEADER),
        Input("cryptogram", (Mistake("script.second-cryptogram", _second), OTHER_CRYPTOGRAM)),
        Input("ATC", ATC),
        Input(
            "transaction data",
            (
                instead("atc.missing", MacedMoment.CRYPTOGRAM),
                instead("cryptogram.missing", MacedMoment.ATC),
                instead("script.without-transaction", MacedMoment.NEITHER),
                instead("fields.swapped", MacedMoment.TURNED),
            ),
            told=False,
        ),
        Input("padding", PADDING, told=False),
        _CUT,
        SESSION_INPUT,
        Input(
            "start value",
            (Mistake("script.chained", _previous_scripts), Mistake("iv.random", _random_start)),
            told=False,
        ),
        Input(
            "form of the data",
            (instead("mac.over-plain", MacedData.DECIPHERED, MacedData.PLAIN),),
            told=False,
        ),
        Input("key", CARD_KEY),
        Input("data"),
    ),
    gather=_gathered,
    formula=_formula,
)

SCRIPT_MAC_OF_ANOTHER_LENGTH = ISSUER_SCRIPT._replace(
    whys=frozenset(("script length",)),
    inputs=(_CUT, *(each._replace(ways=()) for each in ISSUER_SCRIPT.inputs if each is not _CUT)),
    tells_inputs=False,
)
"""The same of a command that was refused for its length before its MAC was looked at."""
