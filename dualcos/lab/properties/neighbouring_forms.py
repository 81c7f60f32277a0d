"""The nearest wrong forms of a data field, by the kind of field: what a terminal's programmer writes by mistake.

Which word a command owes to each is ``malformed_fields``' business. Some forms are right by chance (another amount, a
name that is a partial one): whoever asks must know that.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from apdu import tlv


class Neighbour(Enum):
    """What is wrong."""

    LC = "Lc against the data that follow"
    LENGTH = "a length that the command does not take"
    PARAMETERS = "P1 P2 that the command does not take"
    NAME = "a name too short, too long, or of nobody"
    OBJECT = "a data object whose tag or length is wrong"
    PIN = "a PIN whose digits, filler or control nibbles are wrong"
    FILLED = "a field of nothing but one byte"
    DIGITS = "an amount, date or time that is no decimal number, or no date"


class WrongForm(NamedTuple):
    """One wrong form: a whole command."""

    kind: Neighbour
    command: bytes


_HEX = bytes.fromhex
_FAR = 8, 16


def lengths(length: int) -> tuple[int, ...]:
    """Lengths near ``length``: none at all, one byte, a block more or less, and the most there is."""
    near = (0, length - 1, length + 1, *(length + sign * far for far in _FAR for sign in (-1, 1)), 255)
    return tuple(each for each in dict.fromkeys(near) if 0 <= each <= 255 and each != length)


def resized(data: bytes, length: int) -> bytes:
    """``data`` cut, or filled behind with its own last byte."""
    return data[:length] + (data[-1:] or b"\0") * max(length - len(data), 0)


def against_lc(command: bytes) -> Iterator[bytes]:
    """Lc that announces one byte more, two less, or none of the data that follow."""
    data = command[5 : 5 + command[4]] if len(command) > 5 else b""
    if len(data) > 1:
        yield command[:4] + bytes((len(data) + 1,)) + data
        if len(data) > 2:  # else it is a right command of extended length
            yield command[:4] + bytes((len(data) - 2,)) + data
        yield command[:4] + b"\0" + data[:1]


def names(name: bytes) -> Iterator[bytes]:
    """Names of 4, 5, 16 and 17 bytes that begin as a right one does and go on as none."""
    for length in (4, 5, 16, 17):
        yield name[: length - 1].ljust(length - 1, b"~") + b"~"


def objects(data: bytes) -> Iterator[bytes]:
    """A data object with another length in each form of BER, another tag of one to four bytes, cut short, or with
    something behind it.
    """
    (first, *_) = tlv.parse(data)
    tag, value = first.tag.to_bytes((first.tag.bit_length() + 7) // 8, "big"), first.value
    size = len(value)
    rest = data[len(tag) + 1 + size :]
    short = (bytes((each,)) for each in (size - 1, size + 1, 0x7F) if 0 <= each < 0x80)
    for length in (*short, b"\x80", b"\x81" + bytes((size + 1,)), b"\x84"):
        yield tag + length + value + rest
    yield tag + b"\x82\x00" + bytes((size + 1,)) + value + rest
    yield tag + b"\x00\x80" + value + rest
    for other in (b"\x00", bytes((tag[0] ^ 0x01,)), b"\x9f\x7d", b"\xdf\x81\x7d", b"\xdf\x81\x81\x7d"):
        yield other + bytes((size,)) + value + rest
    yield tag
    yield data[:-1]
    yield data + b"\x00"


def simple_objects(data: bytes) -> Iterator[bytes]:
    """The same of a record of one tag byte and one length byte (SSC-3 §5.1.2)."""
    tag, size, value = data[:1], data[1], data[2:]
    for length in (size - 1, size + 1, 0x7F, 0x80, 0xFF):
        if 0 <= length <= 255:
            yield tag + bytes((length,)) + value
    yield from (tag + b"\x81" + data[1:], tag + b"\x00" + data[1:], tag, data[:-1], data + b"\x00", data + data)


def packed_pins(pin: bytes) -> Iterator[bytes]:
    """Two digits a byte (社保): fillers, letters, characters, nibbles turned round, a block of the bank's."""
    digits = pin.hex()
    turned = "".join(digits[at + 1] + digits[at] for at in range(0, len(digits), 2))
    yield from (pin + b"\xff", pin.ljust(8, b"\xff"), pin.ljust(8, b"\0"), b"\xff" * len(pin))
    yield from (_HEX(digits[:-1] + each) for each in "fa")
    yield from (_HEX(digits[:2] + each + digits[3:]) for each in "fae")
    if turned != digits:
        yield _HEX(turned)
    if len(digits) <= 8:
        yield digits.encode("ascii")
    yield (bytes((0x20 | len(digits),)) + pin).ljust(8, b"\xff")[:8]


def pin_blocks(block: bytes) -> Iterator[bytes]:
    """The block 2N of 8 bytes (PBOC-5 B.15): control nibble, length nibble, letters among the digits, other fillers."""
    control, size = block[0] >> 4, block[0] & 15
    for first in (0x10 | size, size, 0x30 | size, control << 4, control << 4 | 3, control << 4 | size - 1, 0x2D, 0x2F):
        if first != block[0]:
            yield bytes((first,)) + block[1:]
    for digit in (0xF, 0xA):
        yield block[:1] + bytes((digit << 4 | block[1] & 15,)) + block[2:]
    for filler in (b"\0", b"\xf0", b"\x0f", b"\xee"):
        yield block[:-1] + filler
    yield b"\xff" * len(block)


def fills(data: bytes) -> Iterator[bytes]:
    """Nothing but 00, FF, AA."""
    for each in (0x00, 0xFF, 0xAA):
        if data:
            yield bytes((each,)) * len(data)


def digits(field: bytes) -> Iterator[bytes]:
    """A number of packed digits, or a date, with letters for digits; month and day that no calendar has."""
    for at in {0, len(field) // 2, len(field) - 1}:
        for each in (0xAA, 0xF0, 0x0F, 0x00, 0x13, 0x32, 0x99):
            if field[at] != each:
                yield field[:at] + bytes((each,)) + field[at + 1 :]


def letters(field: bytes) -> Iterator[bytes]:
    """A number of packed digits with a letter at its beginning and at its end."""
    yield b"\xaa" + field[1:]
    yield field[:-1] + bytes((field[-1] & 0xF0 | 0x0F,))


def parameters(p1: int, p2: int) -> Iterator[tuple[int, int]]:
    """The neighbours of P1 and of P2, and their ends; short identifiers 0 and 31."""
    for other in dict.fromkeys((p1 - 1, p1 + 1, 0x00, 0xFF)):
        if 0 <= other <= 255 and other != p1:
            yield other, p2
    for other in dict.fromkeys((p2 - 1, p2 + 1, 0x00, 0xFF, p2 & 7, 31 << 3 | p2 & 7)):
        if 0 <= other <= 255 and other != p2:
            yield p1, other
