"""MACs of the social side as hosts make them, rightly and wrongly: header, padding, start value, cut (SSC-4 §8.2)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from dualcos.explain.diagnosis.computation import Mistake, Situation, Values
from dualcos.explain.diagnosis.wrong_inputs import Padding, instead, padded
from keys.key_handle import KeyHandle
from keys.mac import fold_words

MAC_LENGTH = 4
_SECURED, _LC = 0x04, 4


class MacCut(NamedTuple):
    """So many bytes are sent; by so many more or fewer Lc is off, where it counts the four that are wanted."""

    length: int
    lc: int = 0


class MacPart(Enum):
    """What of the last block is sent as the MAC, and what Lc counted when it was made."""

    FOUR = "4 bytes (of 16 its words XORed)"
    NOT_FOLDED = "first 4 bytes, not folded"
    RIGHT = "last 4 bytes"
    THREE = "3 bytes"
    THREE_AS_FOUR = "3 bytes, Lc for 4"
    EIGHT = "8 bytes"
    EIGHT_AS_FOUR = "8 bytes, Lc for 4"


_CUTS = {
    MacPart.THREE: MacCut(3),
    MacPart.THREE_AS_FOUR: MacCut(3, 1),
    MacPart.EIGHT: MacCut(8),
    MacPart.EIGHT_AS_FOUR: MacCut(8, -4),
}


def cut_of(part: MacPart) -> MacCut:
    """How many bytes."""
    return _CUTS.get(part, MacCut(MAC_LENGTH))


def mac_part(block: bytes, part: MacPart) -> bytes:
    """What is sent of the last block of a MAC, 8 or 16 bytes."""
    if part is MacPart.NOT_FOLDED:
        return block[:MAC_LENGTH]
    if part is MacPart.RIGHT:
        return block[-MAC_LENGTH:] if len(block) == 16 else block[4:]
    length = cut_of(part).length
    if len(block) == 16 and length <= MAC_LENGTH:
        return fold_words(block)[:length]
    return block[:length]


PART: tuple[Mistake, ...] = (
    instead("mac.not-folded", MacPart.NOT_FOLDED),
    instead("mac.right-half", MacPart.RIGHT),
    instead("mac.eight-bytes", MacPart.EIGHT, MacPart.EIGHT_AS_FOUR),
    instead("mac.three-bytes", MacPart.THREE, MacPart.THREE_AS_FOUR),
)


# --- header ---------------------------------------------------------------------------------------------------------


def _without_04(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if right[0] & _SECURED:
        yield bytes((right[0] & ~_SECURED,)) + right[1:]


def _lc_without_mac(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if right[_LC] >= MAC_LENGTH:
        yield right[:_LC] + bytes((right[_LC] - MAC_LENGTH,))


def _without_lc(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    yield right[:_LC]


HEADER: tuple[Mistake, ...] = (
    Mistake("header.class-without-04", _without_04),
    Mistake("header.lc-without-mac", _lc_without_mac),
    Mistake("header.without-lc", _without_lc),
)


def header_for(header: bytes, part: MacPart) -> bytes:
    """The header with Lc as it was when a MAC of that part was made."""
    off = cut_of(part).lc
    return header[:_LC] + bytes((header[_LC] + off,)) if off else header


def made_mac(key: KeyHandle, message: bytes, values: Values, start: bytes) -> bytes:
    """The MAC of ``message`` by the values "padding" and "MAC". Raises BadBlocks."""
    padding: Padding = values["padding"]
    part: MacPart = values["MAC"]
    filled = padded(message, key.block, padding)
    if isinstance(start, FirstBlock):
        return mac_part(key.mac_block(filled[key.block :], filled[: key.block]), part)
    return mac_part(key.mac_block(filled, start[: key.block].ljust(key.block, b"\0")), part)


class FirstBlock(bytes):
    """The first block of what is MACed, taken as start value: a PSAM does that where the start value was left out
    (SSC-9 §9.8).
    """

    __slots__ = ()


# --- start value ----------------------------------------------------------------------------------------------------


def _random_start(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    random: bytes = values["random number"]
    filled = random[: len(right)].ljust(len(right), b"\0")
    if filled != right:
        yield filled


def _no_start(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if any(right):
        yield bytes(len(right))


def _first_block(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    message: bytes = values["header"] + values["body"]
    if len(message) >= len(right):
        yield FirstBlock(message[: len(right)])


FIRST_BLOCK = Mistake("iv.first-block", _first_block)
RANDOM_START = Mistake("iv.random", _random_start)
NO_START = Mistake("iv.zero", _no_start)
