"""Answer to reset (复位应答): building and reading, ISO 7816-3 §8, 社会保障（个人）卡规范 part 2 §8.

A card of ours offers exactly one protocol: with two, readers choose for themselves and the card cannot know.
"""

from __future__ import annotations

from typing import NamedTuple


class AtrError(ValueError):
    """The bytes are not an answer to reset."""


class Atr(NamedTuple):
    """What an ATR says: interface bytes TA1..TD4 by name, historical bytes, offered protocols."""

    interface: dict[str, int]
    historical: bytes
    protocols: tuple[int, ...]


def build(historical: bytes, protocol: int) -> bytes:
    """The ATR for 0..15 ``historical`` bytes offering ``protocol`` 0 or 1 only.

    T=0: ``3B 6x 00 00`` + historical, no TCK (part 2 table 7). T=1: TD1, TA3 (IFSC FE) and TCK are added.
    """
    if len(historical) > 15:
        raise AtrError("at most 15 historical bytes")
    if protocol == 0:
        return bytes((0x3B, 0x60 | len(historical), 0, 0)) + historical
    if protocol != 1:
        raise AtrError(f"protocol T={protocol} is not supported")
    body = bytes((0xE0 | len(historical), 0, 0, 0x81, 0x31, 0xFE, 0x45)) + historical
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes((check,))


def parse(raw: bytes) -> Atr:
    """Take an ATR apart. Raises AtrError if it ends early, is too long, or its TCK is wrong."""
    if len(raw) < 2 or raw[0] not in (0x3B, 0x3F):
        raise AtrError("an ATR starts with 3B or 3F and has at least two bytes")
    interface: dict[str, int] = {}
    protocols: list[int] = []
    indicator, count = raw[1] >> 4, raw[1] & 15
    at, level = 2, 1
    try:
        while indicator:
            follow = 0
            for bit, letter in enumerate("ABCD"):
                if indicator & 1 << bit:
                    interface[f"T{letter}{level}"] = raw[at]
                    follow = raw[at] if letter == "D" else follow
                    at += 1
            if f"TD{level}" in interface:
                protocols.append(follow & 15)
            indicator = follow >> 4
            level += 1
    except IndexError:
        raise AtrError("ends inside the interface bytes") from None
    historical = raw[at : at + count]
    at += count
    tck_expected = any(p != 0 for p in protocols)
    if len(historical) != count or len(raw) != at + tck_expected:
        raise AtrError("length does not match T0")
    if tck_expected:
        check = 0
        for byte in raw[1:]:
            check ^= byte
        if check:
            raise AtrError("TCK is wrong")
    seen = tuple(dict.fromkeys(p for p in protocols if p != 15)) or (0,)
    return Atr(interface, historical, seen)
