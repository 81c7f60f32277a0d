"""Commands under STK that did not fit: their MAC, and what they encipher (安全报文; SSC-4 §8, SSC-7 §7.4, §13).

Right is: the session key of STK from the card's last random number, start value zero, over header, Lc and the data as
sent. What is enciphered (LD ‖ data ‖ 80 00… unless aligned, ECB) may be a PIN: of that nothing is ever told.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from apdu.status import SW
from apdu.tlv import TlvError, parse_simple
from cos.kernel.command_rows import Secured
from cos.ssse.security.key_types import SocialKeyType
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Situation, Values
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.mac_forms import (
    FIRST_BLOCK,
    HEADER,
    MAC_LENGTH,
    PART,
    RANDOM_START,
    MacPart,
    cut_of,
    header_for,
    made_mac,
)
from dualcos.explain.diagnosis.pin_form import SOCIAL
from dualcos.explain.diagnosis.pin_mistakes import enciphered_pin_mistake
from dualcos.explain.diagnosis.process_keys import KEY_ITSELF, PROCESS_KEY, ProcessKey, process_handle
from dualcos.explain.diagnosis.wrong_inputs import KEY, PADDING, RANDOM, Padding, instead
from keys.key_handle import KeyHandle
from keys.padding import strip_length

_CLAUSE = "SSC-4 §8, SSC-7 §7.4"
_SSSE = "ssse"
_SECURED_ROW = 0x04
_UNBLOCK, _UPDATE_RECORD = 0x24, 0xDC
_BITS_OF_AN_ITEM = 16


class MacOver(Enum):
    """What of the data the MAC covers."""

    AS_SENT = "the data as sent"
    PLAIN = "the plain data"
    PLAIN_WITH_ITS_LC = "the plain data, Lc of these"
    PLAIN_WITH_LENGTH = "LD and the plain data"
    PLAIN_FILLED = "LD, the plain data and their padding"


OVER_PLAIN = instead(
    "mac.over-plain", MacOver.PLAIN, MacOver.PLAIN_WITH_ITS_LC, MacOver.PLAIN_WITH_LENGTH, MacOver.PLAIN_FILLED
)


def _gathered(situation: Situation) -> Gathered | None:
    key = situation.refused_key()
    random = next(situation.history.challenges(situation.spot.environment), None)
    if key is None or random is None or situation.hidden:
        return None
    return _right(situation, key, random)


def _right(situation: Situation, key: SeenKey, random: bytes) -> Gathered:
    command = situation.command
    values: dict[str, Any] = {
        "header": command.header + bytes((len(command.data) & 0xFF,)),
        "random number": random,
        "process key": ProcessKey.DERIVED,
        "key": key,
        "padding": Padding.METHOD_2,
        "start value": bytes(key.handle.block),
        "MAC": MacPart.FOUR,
        "data": MacOver.AS_SENT,
        "body": command.data,
    }
    return Gathered(values, command.data)


def _formula(values: Values) -> bytes:
    part: MacPart = values["MAC"]
    how: ProcessKey = values["process key"]
    body: bytes = values["body"]
    key = process_handle(values["key"], values["random number"], how)
    data = body[: -cut_of(part).length] if len(body) >= cut_of(part).length else b""
    header = header_for(values["header"], part)
    over: MacOver = values["data"]
    if over is not MacOver.AS_SENT:
        data = _plain(key, data, over)
        if over is MacOver.PLAIN_WITH_ITS_LC:
            header = header[:-1] + bytes((len(data) + cut_of(part).length,))
    start: bytes = values["random number"] if how is ProcessKey.MAKERS_FORM else values["start value"]
    return made_mac(key, header + data, values, start)


def _plain(key: KeyHandle, data: bytes, over: MacOver) -> bytes:
    filled = key.decrypt(data)
    if over is MacOver.PLAIN_FILLED:
        return filled
    plain = strip_length(filled, strict=True)
    return filled[: 1 + len(plain)] if over is MacOver.PLAIN_WITH_LENGTH else plain


_INPUTS = (
    Input("header", HEADER),
    Input("random number", RANDOM),
    Input("process key", (*PROCESS_KEY, instead("session.key-itself", ProcessKey.MAKERS_FORM))),
    Input("start value", (RANDOM_START, FIRST_BLOCK)),
    Input("MAC", PART),
    Input("padding", PADDING),
    Input("data", (OVER_PLAIN,), shown=False),
    Input("key", KEY),
)

STK_MAC = Computation(
    name="MAC under STK",
    clause=_CLAUSE,
    whys=frozenset(("wrong MAC under STK", "no room for a MAC")),
    inputs=_INPUTS,
    gather=_gathered,
    formula=_formula,
)


# --- a MAC of a length that the row does not take ---------------------------------------------------------------------


def _gathered_at_gate(situation: Situation) -> Gathered | None:
    """Of a command that was refused for its length before anything was looked at."""
    row = situation.row
    random = next(situation.history.challenges(situation.spot.environment), None)
    if row is None or row.secured is Secured.NO or not row.cla & _SECURED_ROW or random is None or situation.hidden:
        return None
    key = _stk(situation)
    return _right(situation, key, random) if key is not None else None


STK_MAC_OF_ANOTHER_LENGTH = Computation(
    name="MAC under STK",
    clause=_CLAUSE,
    whys=frozenset(("length not taken", "unblocking with data", "new PIN in clear")),
    stack=_SSSE,
    inputs=(Input("MAC", PART), *(each._replace(ways=()) for each in _INPUTS if each.name != "MAC")),
    gather=_gathered_at_gate,
    formula=_formula,
    tells_inputs=False,
)


def _stk(situation: Situation) -> SeenKey | None:
    """STK of the current directory, of the environment where the PIN is changed; its lowest version."""
    directory = situation.spot.directory
    found = [
        each.key
        for each in situation.own_keys()
        if each.key.name.kind == SocialKeyType.STK
        and (each.key.name.place == situation.spot.side if situation.command.ins == _UNBLOCK else True)
        and (situation.command.ins == _UNBLOCK or directory in (None, each.directory))
    ]
    return min(found, key=lambda key: key.name.version, default=None)


# --- what is enciphered -----------------------------------------------------------------------------------------------


class Encipherment(Enum):
    """How data are enciphered."""

    ECB = "LD in front, ECB"
    CBC = "LD in front, CBC, start value zero"
    CBC_RANDOM = "LD in front, CBC, start value the random number"
    NO_LENGTH = "without LD"
    IN_CLEAR = "not at all: LD in front, in clear"


ENCIPHERMENT = (
    instead("cipher.without-length", Encipherment.NO_LENGTH),
    instead("cipher.in-clear", Encipherment.IN_CLEAR),
    instead("cipher.cbc", Encipherment.CBC, Encipherment.CBC_RANDOM),
)


def opened_by(key: KeyHandle, data: bytes, how: Encipherment, random: bytes) -> bytes:
    """``data`` as they were before somebody enciphered them so. Raises BadBlocks."""
    if how is Encipherment.IN_CLEAR:
        return data
    if how is Encipherment.CBC:
        return key.cbc_decrypt(data)
    if how is Encipherment.CBC_RANDOM:
        return key.cbc_decrypt(data, random[: key.block].ljust(key.block, b"\0"))
    return key.decrypt(data)


def split_filled(filled: bytes, how: Encipherment, block: int) -> tuple[bytes, int]:
    """The data in it, and how many bits of it are LD and padding as they must be; none, and nothing, if they are not.

    ``filled``: LD ‖ data ‖ 80 00… unless aligned; without LD: data ‖ 80 00….
    """
    if how is Encipherment.NO_LENGTH:
        data = filled.rstrip(b"\0")
        count = len(filled) - len(data) + 1
        return (data[:-1], 8 * count) if data.endswith(b"\x80") and count <= block else (b"", 0)
    if not filled or filled[0] >= len(filled):
        return b"", 0
    rest = filled[1 + filled[0] :]
    fits = len(rest) < block and rest in (b"", b"\x80" + bytes(len(rest) - 1))
    return (filled[1 : 1 + filled[0]], 8 + 8 * len(rest)) if fits else (b"", 0)


def _gathered_cipher(situation: Situation) -> Gathered | None:
    gathered = _as_enciphered(situation)
    return None if gathered is None or _no_pin_inside(gathered) else gathered


def _as_enciphered(situation: Situation) -> Gathered | None:
    key = _stk(situation)
    random = next(situation.history.challenges(situation.spot.environment), None)
    if key is None or random is None or situation.hidden:
        return None
    told = situation.reason.about.get("key") if situation.reason is not None else None
    if told is not None and told != repr(process_handle(key, random, ProcessKey.DERIVED)):
        return None  # replaced since
    command = situation.command
    values: dict[str, Any] = {
        "header": command.header + bytes((len(command.data) & 0xFF,)),
        "cipher": Encipherment.ECB,
        "process key": ProcessKey.DERIVED,
        "random number": random,
        "key": key,
        "PIN": command.ins == _UNBLOCK,
        "item": command.ins == _UPDATE_RECORD,
    }
    return Gathered(values, command.data[:-MAC_LENGTH])


def _inside(values: Values, came: bytes) -> tuple[bytes, int]:
    """The data, and how many bits around them are as they must be."""
    how: Encipherment = values["cipher"]
    key = process_handle(values["key"], values["random number"], values["process key"])
    return split_filled(opened_by(key, came, how, values["random number"]), how, key.block)


def _no_pin_inside(gathered: Gathered) -> bytes:
    """What deciphered as it should and is no PIN; nothing if it did not, or is one."""
    if not gathered.values["PIN"] or len(gathered.came) % gathered.values["key"].handle.block:
        return b""
    data, bits = _inside(gathered.values, gathered.came)
    return data if bits >= _BITS_OF_AN_ITEM and not _is_pin(data) else b""


def _redundancy(values: Values, came: bytes) -> int:
    how: Encipherment = values["cipher"]
    data, bits = _inside(values, came)
    if values["PIN"]:
        return bits if _is_pin(data) else 0
    if how is Encipherment.IN_CLEAR and values["item"] and is_one_item(came):
        return _BITS_OF_AN_ITEM  # a record as it is, without LD
    return bits + 8 if bits and values["item"] and is_one_item(data) else bits


def _is_pin(data: bytes) -> bool:
    digits = data.hex().removesuffix("f")
    return 2 <= len(data) <= 8 and digits.isdecimal()


def is_one_item(data: bytes) -> bool:
    """True if ``data`` are one item of simple TLV and nothing else."""
    try:
        return len(parse_simple(data)) == 1
    except TlvError:
        return False


STK_CIPHER = Computation(
    name="encipherment under STK",
    clause="SSC-4 §8.3",
    whys=frozenset(("data do not decipher", "deciphered PIN is none")),
    stack=_SSSE,
    inputs=(
        Input("cipher", ENCIPHERMENT),
        Input("process key", (KEY_ITSELF,)),
        Input("random number", RANDOM),
        Input("key", KEY),
        Input("header"),
    ),
    gather=_gathered_cipher,
    redundancy=_redundancy,
)


def form_of_new_pin(situation: Situation) -> Iterable[Diagnosis]:
    """A new PIN that deciphers as it should and is none, or was accepted and has the form of another; only where the
    card's keys are seen.
    """
    if not situation.view.test:
        return
    if situation.accepted:
        filled = pin_as_enciphered(situation)
        yield from enciphered_pin_mistake(filled[1 : 1 + filled[0]], Certainty.NOTE) if filled else ()
        return
    if situation.why != "deciphered PIN is none":
        return
    gathered = _as_enciphered(situation)
    deciphered = _no_pin_inside(gathered) if gathered is not None else b""
    if deciphered:
        yield from enciphered_pin_mistake(deciphered, Certainty.LIKELY)


def pin_as_enciphered(situation: Situation) -> bytes:
    """What an accepted PIN CHANGE/UNBLOCK deciphers to: LD, PIN and padding. Empty for any other command."""
    command = situation.command
    if command.ins != _UNBLOCK or command.p2 != 1 or situation.spot.environment != SOCIAL or situation.hidden:
        return b""
    key = _stk(situation)
    random = next(situation.history.challenges(situation.spot.environment), None)
    cipher = command.data[:-MAC_LENGTH]
    if key is None or random is None or not cipher or len(cipher) % key.handle.block:
        return b""
    return process_handle(key, random, ProcessKey.DERIVED).decrypt(cipher)


# --- no MAC at all ----------------------------------------------------------------------------------------------------


def missing_mac(situation: Situation) -> Iterable[Diagnosis]:
    """Class 04, and no MAC behind the data: nothing came at all, or a whole record and nothing else."""
    why, data = situation.why, situation.command.data
    nothing = why == "no room for a MAC" and not data
    whole = why == "wrong MAC under STK" and situation.command.ins == _UPDATE_RECORD and is_one_item(data)
    if situation.spot.environment == _SSSE and (nothing or whole) and situation.sw != SW.OK:
        yield Diagnosis(
            "mac.missing", Certainty.CERTAIN if nothing else Certainty.LIKELY, {"length": len(data)}, clause=_CLAUSE
        )
