"""Paddings of the two sides: ISO/IEC 9797-1 method 2, and the length byte in front of enciphered data."""

from __future__ import annotations


class BadPadding(ValueError):
    """The bytes do not end, or do not begin, as the padding rule says."""


def pad(data: bytes, block: int) -> bytes:
    """Append 80, then 00 to a multiple of ``block``; an aligned value gets a whole block (SSC-4 §8.2, PBOC-5 C.2)."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def unpad(padded: bytes) -> bytes:
    """What stands before the last 80 00…. Raises BadPadding."""
    data = padded.rstrip(b"\x00")
    if not data.endswith(b"\x80"):
        raise BadPadding("no 80 before the trailing zeros")
    return data[:-1]


def pad_if_needed(data: bytes, block: int) -> bytes:
    """As ``pad``, but an aligned value stays as it is (SSC-4 §8.3, PBOC-5 C.3)."""
    return pad(data, block) if len(data) % block else data


def prefix_length(plain: bytes, block: int) -> bytes:
    """LD ‖ plain ‖ 80 00… only if not aligned: what is enciphered on both sides (SSC-4 §8.3, PBOC-5 C.3).

    ``plain`` at most 255 bytes, else BadPadding.
    """
    if len(plain) > 255:
        raise BadPadding(f"{len(plain)} bytes do not fit a length byte")
    return pad_if_needed(bytes((len(plain),)) + plain, block)


def strip_length(block_data: bytes, *, strict: bool = False) -> bytes:
    """The plain data behind LD. Raises BadPadding if LD points beyond the end.

    ``strict`` also demands that nothing or 80 00… follows; without it trailing bytes are ignored, because a
    sibling of the social card always appends 80 00….
    """
    if not block_data or block_data[0] >= len(block_data):
        raise BadPadding("the length byte points beyond the data")
    end = 1 + block_data[0]
    rest = block_data[end:]
    if strict and rest and rest != b"\x80" + bytes(len(rest) - 1):
        raise BadPadding("what follows the data is not 80 00…")
    return block_data[1:end]
