"""Answer to reset (复位应答): building and reading, ISO 7816-3 §8, 社会保障（个人）卡规范 part 2 §8.

A card of ours offers exactly one protocol: with two, readers choose for themselves and the card cannot know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

CLOCK_RATES: Mapping[int, int] = MappingProxyType(
    {0: 372, 1: 372, 2: 558, 3: 744, 4: 1116, 5: 1488, 6: 1860, 9: 512, 10: 768, 11: 1024, 12: 1536, 13: 2048}
)
"""Fi by the upper nibble of TA1 (ISO 7816-3 table 7); the others are reserved."""
BAUD_RATES: Mapping[int, int] = MappingProxyType({1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20})
"""Di by the lower nibble of TA1 (ISO 7816-3 table 8); the others are reserved."""
_RESERVED = 0x60  # two bits of TA2 (ISO 7816-3 §8.3)


class AtrError(ValueError):
    """The bytes are not an answer to reset."""


class Atr(NamedTuple):
    """What an ATR says: interface bytes TA1..TD4 by name, historical bytes, offered protocols."""

    interface: dict[str, int]
    historical: bytes
    protocols: tuple[int, ...]


class InterfaceBytes(NamedTuple):
    """Those a chip may choose (ISO 7816-3 §8.3); None: not sent. What is here is SSC-2 table 7."""

    ta1: int | None = None
    tb1: int | None = 0
    tc1: int | None = 0
    ta2: int | None = None
    tc2: int | None = None

    def faults(self, protocol: int) -> Iterator[tuple[str, str]]:
        """What no card with this protocol may send: the byte's name in small letters, and why (ISO 7816-3 §8.3)."""
        if self.ta1 is not None and (self.ta1 >> 4 not in CLOCK_RATES or self.ta1 & 15 not in BAUD_RATES):
            part = "F" if self.ta1 >> 4 not in CLOCK_RATES else "D"
            yield "ta1", f"{self.ta1:02X} names a reserved {part}; 11 is F=372 D=1, 94 is F=512 D=8"
        if self.tb1:
            yield "tb1", f"{self.tb1:02X} asks for a programming voltage, which no reader has; 00 or nothing"
        if self.ta2 is not None and self.ta2 & 15 != protocol:
            yield "ta2", f"{self.ta2:02X} names T={self.ta2 & 15}, the card speaks T={protocol}"
        elif self.ta2 is not None and self.ta2 & _RESERVED:
            yield "ta2", f"{self.ta2:02X} sets reserved bits; bit 8: modes cannot change, bit 5: F and D are not TA1's"
        if self.tc2 is not None and protocol:
            yield "tc2", "the waiting time integer is of T=0"
        if self.tc2 == 0:
            yield "tc2", "a waiting time integer of 0 is reserved; 0A is what holds without it"


STANDARD = InterfaceBytes()
"""What SSC-2 table 7 has: TB1 and TC1, both 00."""


class AtrForm(NamedTuple):
    """An ATR without its historical bytes: T0 (for none of them) and all interface bytes; whether TCK ends it."""

    interface: bytes
    checked: bool

    def with_historical(self, historical: bytes) -> bytes:
        """The ATR. Raises AtrError for more than 15 bytes."""
        if len(historical) > 15:
            raise AtrError("at most 15 historical bytes")
        body = bytes((self.interface[0] | len(historical),)) + self.interface[1:] + historical
        return b"\x3b" + body + (_check(body) if self.checked else b"")


CONTACTLESS = AtrForm(b"\x80\x80\x01", checked=True)
"""What PC/SC shows of a contactless card, which has no ATR: ``3B 8x 80 01`` + historical + TCK; it offers T=1.

The historical bytes are those of its ATS (ISO 14443-4); PC/SC part 3 §3.1.3.2.3.
"""


def form(protocol: int, interface: InterfaceBytes = STANDARD) -> AtrForm:
    """The ATR of a card with contacts that offers ``protocol`` 0 or 1 only.

    T=0: ``6x 00 00`` (part 2 table 7), with TA1 ``7x TA1 00 00``, with TA2 or TC2 a TD1 before them; no TCK. T=1: TD1,
    TA3 (IFSC FE), TB3 and TCK are added.
    """
    if protocol not in (0, 1):
        raise AtrError(f"protocol T={protocol} is not supported")
    groups: list[tuple[int | None, int | None, int | None]]
    groups = [interface[:3], (interface.ta2, None, interface.tc2), (0xFE, 0x45, None) if protocol else (None,) * 3]
    while len(groups) > 1 and groups[-1] == (None,) * 3:
        groups.pop()
    said, low = b"", 0
    for left, group in zip(reversed(range(len(groups))), groups, strict=True):
        # T0 or TDi: which bytes follow, TD(i+1) among them if another group does; below it the protocol.
        present = sum(1 << bit for bit, byte in enumerate(group) if byte is not None) | (0x8 if left else 0)
        said += bytes((present << 4 | low, *(byte for byte in group if byte is not None)))
        low = protocol
    return AtrForm(said, checked=protocol != 0)


def build(historical: bytes, protocol: int, interface: InterfaceBytes = STANDARD) -> bytes:
    """The ATR for 0..15 ``historical`` bytes offering ``protocol`` 0 or 1 only."""
    return form(protocol, interface).with_historical(historical)


def _check(body: bytes) -> bytes:
    """TCK: what makes all bytes behind TS come to 0 (ISO 7816-3 §8.2.5)."""
    check = 0
    for byte in body:
        check ^= byte
    return bytes((check,))


def is_contactless(raw: bytes) -> bool:
    """True for the ATR that PC/SC makes of a contactless card's bytes."""
    return raw[:1] == b"\x3b" and raw[1:2] != b"" and bytes((raw[1] & 0xF0,)) + raw[2:4] == CONTACTLESS.interface


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
    if tck_expected and _check(raw[1:]) != b"\0":
        raise AtrError("TCK is wrong")
    seen = tuple(dict.fromkeys(p for p in protocols if p != 15)) or (0,)
    return Atr(interface, historical, seen)
