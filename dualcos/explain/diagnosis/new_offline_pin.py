"""A PIN CHANGE whose MAC was right and whose new PIN was none (PBOC-5 B.10.3, C.3).

Right is: length 08 ‖ D ‖ 80 00…, ECB under the session key of the ENC key and the ATC. D is the block 0N ‖ digits ‖ F…,
its last four bytes masked with bytes 5 to 8 of the card's ENC key, and where P2 is 01 the current PIN added from the
left. What speaks for an input is structure: the frame, the fill, the control nibble. No digit is read, and none of the
card's PIN is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from dualcos.explain.diagnosis.bank_transaction import (
    ATC,
    CARD_KEY,
    SESSION_INPUT,
    SessionRule,
    asked_online,
    transaction_key,
)
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.wrong_inputs import elsewhere, instead
from keys.algorithms import xor
from keys.key_handle import KeyHandle

_MAC, _BLOCK, _WITH_CURRENT = 4, 8, 0x01
_MASKED_FROM = 8  # nibble of the block
_LEAST, _MOST = 4, 12
_LIKELY_BITS = 28
"""What is no proof however much of it fits: another reading would leave the same structure."""


class PinFrame(Enum):
    """How the new PIN travels."""

    RIGHT = "08 in front, 80 00… behind, ECB"
    CBC = "08 in front, 80 00… behind, CBC"
    WITHOUT_LENGTH = "without 08 in front, ECB"
    CLEAR = "not at all: in clear"
    ZEROS = "08 in front, 00… behind, ECB"


class PinMask(Enum):
    """What is added to the last half of the block."""

    RIGHT = "bytes 5 to 8 of the card's ENC key, over the last four bytes"
    MISSING = "nothing"
    FIRST = "bytes 1 to 4 of the key"
    THIRD = "bytes 9 to 12 of the key"
    LAST = "bytes 13 to 16 of the key"
    SESSION = "bytes 5 to 8 of the session key"


class CurrentPin(Enum):
    """Whether the current PIN is added, and how the block begins."""

    RIGHT = "as P2 says"
    MISSING = "not added, though P2 is 01"
    ANOTHER = "another one is added"
    SUPERFLUOUS = "added, though P2 is 02"
    CONTROL_2 = "control nibble 2 instead of 0"


class MaskOnly(SeenKey):
    """A key that only the mask was taken from."""

    def __init__(self, key: SeenKey) -> None:
        super().__init__(key.name, key.algorithm, key.value)


def _gathered(situation: Situation) -> Gathered | None:
    key, asked, command = situation.refused_key(), asked_online(situation), situation.command
    if key is None or asked is None or situation.hidden or len(command.data) <= _MAC:
        return None
    values: dict[str, Any] = {
        "encipherment": PinFrame.RIGHT,
        "ATC": int.from_bytes(asked.atc),
        "session key": SessionRule.OF_ATC,
        "current PIN": CurrentPin.RIGHT,
        "mask": PinMask.RIGHT,
        "key": key,
        "card's key": key,
        "with current": command.p2 == _WITH_CURRENT,
        "refused": not situation.sw.is_success,
    }
    came = command.data[:-_MAC]
    fits = _framed(values, came) is not None
    return Gathered({**values, "frame fits": fits, "right mask": _mask(values)}, came)


# --- structure --------------------------------------------------------------------------------------------------------


class Framed(NamedTuple):
    """The block out of its frame, and how many bits of the frame were as they must be."""

    block: bytes
    bits: int


def _framed(values: Values, came: bytes) -> Framed | None:
    frame: PinFrame = values["encipherment"]
    key = _session(values)
    plain = _OPENED[frame](key, came)
    start = 0 if frame is PinFrame.WITHOUT_LENGTH else 1
    if start and plain[0] != _BLOCK:
        return None
    block, rest = plain[start : start + _BLOCK], plain[start + _BLOCK :]
    filled = bytes(len(rest)) if frame is PinFrame.ZEROS else b"\x80" + bytes(len(rest) - 1)
    return Framed(block, 8 * (start + len(rest))) if rest and rest == filled else None


_OPENED: Mapping[PinFrame, Callable[[KeyHandle, bytes], bytes]] = MappingProxyType(
    {
        PinFrame.RIGHT: lambda key, came: key.decrypt(came),
        PinFrame.ZEROS: lambda key, came: key.decrypt(came),
        PinFrame.WITHOUT_LENGTH: lambda key, came: key.decrypt(came),
        PinFrame.CBC: lambda key, came: key.cbc_decrypt(came),
        PinFrame.CLEAR: lambda _, came: came,
    }
)


def _session(values: Values) -> KeyHandle:
    key = values["card's key"] if isinstance(values["key"], MaskOnly) else values["key"]
    return transaction_key(key, values["ATC"], values["session key"])


def _mask(values: Values) -> bytes:
    key: SeenKey = values["key"] if isinstance(values["key"], MaskOnly) else values["card's key"]
    which: PinMask = values["mask"]
    if which is PinMask.SESSION:
        return _session(values).with_pin_mask(bytes(_BLOCK))
    start = {PinMask.FIRST: 0, PinMask.RIGHT: 4, PinMask.THIRD: 8, PinMask.LAST: 12}.get(which)
    return bytes(_BLOCK) if start is None else bytes(4) + key.value[start : start + 4].ljust(4, b"\0")


def _redundancy(values: Values, came: bytes) -> int:
    framed = _framed(values, came)
    if framed is None:
        return 0
    if not values["frame fits"]:
        return framed.bits
    block = xor(framed.block, _mask(values)).hex()
    fill = _filled(block)
    if values["with current"] and values["refused"] and values["current PIN"] is CurrentPin.RIGHT:
        # The current PIN is not known here: another mask must show more of the fill than the right one.
        return 4 * fill if fill > _filled(xor(framed.block, values["right mask"]).hex()) else 0
    return _of_current(values, block, fill)


def _filled(block: str) -> int:
    """How many nibbles F stand at its end, of those that are masked."""
    return len(block) - max(len(block.rstrip("f")), _MASKED_FROM)


def _of_current(values: Values, block: str, fill: int) -> int:
    """How much of the unmasked ``block`` is as it must be; ``fill``: nibbles F at its end, of those that are masked."""
    current: CurrentPin = values["current PIN"]
    with_current: bool = values["with current"]
    match current:
        case CurrentPin.RIGHT:
            return 4 * fill if with_current or _is_block(block, "0") else 0
        case CurrentPin.MISSING:
            return 4 + 4 * fill if with_current and _is_block(block, "0") else 0
        case CurrentPin.CONTROL_2:
            return 4 + 4 * fill if not with_current and _is_block(block, "2") else 0
        case CurrentPin.ANOTHER:
            return min(4 * fill, _LIKELY_BITS) if with_current else 0
        case CurrentPin.SUPERFLUOUS:
            return min(4 * fill, _LIKELY_BITS) if not with_current and not _is_block(block, "0") else 0
    return 0


def _is_block(block: str, control: str) -> bool:
    """True for ``control`` ‖ N ‖ N digits ‖ F…."""
    length = int(block[1], 16)
    digits, rest = block[2 : 2 + length], block[2 + length :]
    return block[0] == control and _LEAST <= length <= _MOST and digits.isdecimal() and not rest.strip("f")


# --- wrong ------------------------------------------------------------------------------------------------------------


def _for_the_mask(way: Mistake) -> Mistake:
    def wrong(right: SeenKey, values: Values, situation: Situation) -> Iterator[SeenKey]:
        return (MaskOnly(each) for each in way.wrong(right, values, situation))

    return Mistake(way.kind, wrong)


NEW_OFFLINE_PIN = Computation(
    name="new PIN",
    clause="PBOC-5 B.10.3, C.3",
    whys=frozenset(("no new PIN", "no new PIN with the current one")),
    inputs=(
        Input(
            "encipherment",
            (
                instead("cipher.cbc", PinFrame.CBC),
                instead("cipher.without-length", PinFrame.WITHOUT_LENGTH),
                instead("cipher.in-clear", PinFrame.CLEAR),
                instead("padding.zeros", PinFrame.ZEROS),
            ),
            told=False,
        ),
        Input("ATC", ATC),
        SESSION_INPUT,
        Input(
            "mask",
            (
                instead("pin-mask.missing", PinMask.MISSING),
                instead("pin-mask.other-bytes", PinMask.FIRST, PinMask.THIRD, PinMask.LAST, PinMask.SESSION),
            ),
            told=False,
        ),
        Input("key", (*CARD_KEY, *map(_for_the_mask, (elsewhere("key.without-parity"), *CARD_KEY)))),
        Input(
            "current PIN",
            (
                instead("current-pin.missing", CurrentPin.MISSING),
                instead("pin-block.control-nibble", CurrentPin.CONTROL_2),
                instead("current-pin.another", CurrentPin.ANOTHER),
                instead("current-pin.superfluous", CurrentPin.SUPERFLUOUS),
            ),
            told=False,
        ),
    ),
    gather=_gathered,
    redundancy=_redundancy,
)
