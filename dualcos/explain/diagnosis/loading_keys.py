"""Keys on their way into a card that did not fit: the transport key, WRITE KEY, CREATE KEY (制卡; SSC-10 §5, SSC-9 §7).

Right is: the static master key of the directory, or the transport key of a chip without one; MAC over header, Lc and
the data as sent with the card's last random number as start value; LD ‖ header ‖ value ‖ 80 00… unless aligned, ECB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from apdu import atr
from cos.kernel.directory_headers import MASTER
from cos.making.birth import TRANSPORT
from cos.making.write_key import MAC_LENGTH, forms
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.mac_forms import HEADER, NO_START, PART, MacPart, cut_of, header_for, made_mac
from dualcos.explain.diagnosis.process_keys import ProcessKey, process_handle
from dualcos.explain.diagnosis.secured_commands import ENCIPHERMENT, Encipherment, opened_by, split_filled
from dualcos.explain.diagnosis.wrong_inputs import KEY, PADDING, RANDOM, Padding, instead
from keys.algorithms import ALGORITHMS
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

_CLAUSE = "SSC-9 §7.1, SSC-10 §5.2"
_UNDER = (MASTER.kind, TRANSPORT.kind)
_LOAD, _MACED = 0xD4, 0x04

# --- the MAC ----------------------------------------------------------------------------------------------------------


def _under(situation: Situation, key: SeenKey | None) -> Gathered | None:
    """What a host has that protects a key under ``key``."""
    random = next(situation.history.challenges(situation.spot.environment), None)
    command = situation.command
    if key is None or random is None or situation.hidden:
        return None
    start = random[: key.handle.block].ljust(key.handle.block, b"\0")
    values: dict[str, Any] = {
        "header": command.header + bytes((len(command.data) & 0xFF,)),
        "random number": random,
        "start value": start,
        "process key": ProcessKey.KEY_ITSELF,
        "key": key,
        "padding": Padding.METHOD_2,
        "MAC": MacPart.FOUR,
        "cipher": Encipherment.ECB,
        "body": command.data,
        "right start": start,
    }
    return Gathered(values, command.data)


def _formula(values: Values) -> bytes:
    part: MacPart = values["MAC"]
    how: ProcessKey = values["process key"]
    body: bytes = values["body"]
    start: bytes = values["start value"]
    if start == values["right start"]:
        start = values["random number"]
    if how is ProcessKey.USER_FORM:
        start = b""
    key = process_handle(values["key"], values["random number"], how)
    message = header_for(values["header"], part) + body[: -cut_of(part).length]
    return made_mac(key, message, values, start)


WRITE_KEY_MAC = Computation(
    name="MAC under the master key",
    clause=_CLAUSE,
    whys=frozenset(("wrong MAC",)),
    inputs=(
        Input("start value", (NO_START,)),
        Input("random number", RANDOM),
        Input("process key", (instead("session.other-derivation", ProcessKey.USER_FORM, ProcessKey.DERIVED),)),
        Input("header", HEADER),
        Input("MAC", PART),
        Input("padding", PADDING),
        Input("key", KEY),
    ),
    gather=lambda situation: _under(situation, situation.shown_key(*_UNDER)),
    formula=_formula,
)

# --- the encipherment -------------------------------------------------------------------------------------------------

_KEY_HEADER = 8
_CIPHERS = frozenset(each.social for each in ALGORITHMS)
_SIZES = frozenset((0x18, 0x10, 0x13, 0x0B))
"""Key header and value; the three bytes and the value of CHANGE KEY, CHANGE MASTER KEY."""
_UNREADABLE = frozenset(
    (
        "data do not decipher",
        "no key header and value",
        "no key for here",
        "no new master key",
        "no such algorithm",
        "key of another length",
        "no such usage",
        "no key in the key file",
        "new value of another length",
    )
)


def _governing(situation: Situation) -> SeenKey | None:
    """The key that keys come under where the command was sent: that of the refusal, or for which its MAC speaks."""
    shown = situation.shown_key(*_UNDER)
    if shown is not None:
        return shown
    held = [each for each in situation.own_keys() if each.key.name.kind in _UNDER]
    for each in held:
        gathered = _under(situation, each.key)
        if gathered is not None and WRITE_KEY_MAC.agreeing(gathered.values, gathered.came):
            return each.key
    return None


def _enciphered(situation: Situation) -> Gathered | None:
    enciphered, authenticated = forms(situation.command.cla)
    loads = situation.command.ins == _LOAD and enciphered
    gathered = _under(situation, _governing(situation)) if loads else None
    if gathered is None:
        return None
    return gathered._replace(came=gathered.came[:-MAC_LENGTH] if authenticated else gathered.came)


def _redundancy(values: Values, came: bytes) -> int:
    how: Encipherment = values["cipher"]
    key: KeyHandle = values["key"].handle
    filled = opened_by(key, came, how, values["random number"])
    data, bits = split_filled(filled, how, key.block)
    if bits:
        return bits if len(data) in _SIZES else 0
    return _bits_of_bare_key(filled) if how is Encipherment.NO_LENGTH else 0


def _bits_of_bare_key(data: bytes) -> int:
    """Of a key header and a value with nothing around: length, cipher and fill are as they must be."""
    if len(data) not in (0x18, 0x10):
        return 0
    header, value = KeyHeader.decode(data), data[_KEY_HEADER:]
    fill = value[header.length :]
    if header.length not in (8, 16) or header.algorithm not in _CIPHERS or fill.strip(b"\xff"):
        return 0
    return 12 + 8 * len(fill)


WRITE_KEY_CIPHER = Computation(
    name="encipherment of the key",
    clause=_CLAUSE,
    whys=_UNREADABLE,
    inputs=(
        Input("cipher", ENCIPHERMENT),
        Input("key", KEY),
        Input("header"),
        Input("start value"),
    ),
    gather=_enciphered,
    redundancy=_redundancy,
)


def key_as_enciphered(situation: Situation) -> bytes:
    """What an accepted command that brings a key deciphers to: LD, the key and padding. Empty for any other, and where
    the key that it came under is gone.
    """
    gathered = _enciphered(situation) if situation.command.cla & _MACED else None
    if gathered is None:
        return b""
    key: KeyHandle = gathered.values["key"].handle
    return key.decrypt(gathered.came) if len(gathered.came) % key.block == 0 else b""


def wrong_key_header(situation: Situation) -> Iterable[Diagnosis]:
    """A key that arrived whole, under a P1 that is not its, or with a length in its header that is not its."""
    about = situation.reason.about if situation.reason is not None else {}
    kind, p1 = about.get("kind"), about.get("p1")
    if situation.why == "no key for here" and situation.spot.environment != "pki" and p1 in (0, 1):
        fitting = 1 if kind == MASTER.kind else 0
        if p1 != fitting:
            yield Diagnosis("load.p1", Certainty.CERTAIN, {"kind": kind}, fitting, p1, clause=_CLAUSE)
    if situation.why == "no key header and value":
        yield from _wrong_length(situation)


def _wrong_length(situation: Situation) -> Iterator[Diagnosis]:
    gathered = _enciphered(situation)
    if gathered is None or not _redundancy(gathered.values, gathered.came):
        return
    key: KeyHandle = gathered.values["key"].handle
    data, _ = split_filled(key.decrypt(gathered.came), Encipherment.ECB, key.block)
    if len(data) > _KEY_HEADER and KeyHeader.decode(data).length != len(data) - _KEY_HEADER:
        told = KeyHeader.decode(data).length
        yield Diagnosis("load.length", Certainty.CERTAIN, {}, len(data) - _KEY_HEADER, told, clause=_CLAUSE)


# --- the transport key ------------------------------------------------------------------------------------------------

_SERIAL_LENGTH = 6
_SET_SERIAL = (0xE0, 5)


def _historical(situation: Situation) -> bytes:
    """The historical bytes as they are now: of the ATR, with what SET SERIAL has written since."""
    try:
        told = atr.parse(situation.history.atr).historical
    except atr.AtrError:
        told = b""
    for past in situation.history.since_reset():
        if (past.command.ins, past.command.p1) == _SET_SERIAL and past.done:
            return told[:7].ljust(7, b"\0") + past.command.data[2:]
    return told


def _shown_serial(situation: Situation) -> Gathered | None:
    historical = _historical(situation)
    key = next((each.key for each in situation.own_keys() if each.key.name.kind == TRANSPORT.kind), None)
    if key is None or len(historical) < _SERIAL_LENGTH or situation.hidden:
        return None
    values: dict[str, Any] = {
        "serial number": historical[-_SERIAL_LENGTH:].rjust(key.handle.block, b"\0"),
        "key": key,
        "historical bytes": historical,
    }
    return Gathered(values, situation.command.data)


def _other_end(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    yield right[-_SERIAL_LENGTH:].ljust(len(right), b"\0")


def _another_part(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    told: bytes = values["historical bytes"]
    for part in (told[-8:], told[:6], told[-4:], told[:8], told[1:7]):
        for filled in (part.rjust(8, b"\0"), part.ljust(8, b"\0")):
            if filled != right:
                yield filled


TRANSPORT_CRYPTOGRAM = Computation(
    name="transport key cryptogram",
    clause="SSC-10 §5.2",
    whys=frozenset(("wrong transport key cryptogram",)),
    inputs=(
        Input(
            "serial number",
            (Mistake("padding.at-the-other-end", _other_end), Mistake("serial.another-part", _another_part)),
        ),
        Input("key", KEY),
        Input("historical bytes"),
    ),
    gather=_shown_serial,
    formula=lambda values: _one_block(values["key"], values["serial number"]),
)


def _one_block(key: SeenKey, block: bytes) -> bytes:
    return key.handle.encrypt(block.ljust(key.handle.block, b"\0"))[: len(block)]
