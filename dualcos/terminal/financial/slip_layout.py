"""A slip, and its lines in columns: a Chinese character takes two (East Asian Width)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import east_asian_width

_NARROWEST = 24
_WIDE = "WF"
_FULL_WIDTH = str.maketrans({chr(each): chr(each + 0xFEE0) for each in range(0x21, 0x7F)})
"""A printer without letter sizes has these: characters twice as wide."""
_UNIT = re.compile(r" |[（“]?(?:[!-~]+|.)[，。；：、）”]*", re.DOTALL)
"""What stays in one line: a number, a word or one Chinese character, with the stop behind it."""


class SalesSlip(NamedTuple):
    """One copy. ``copy``: whose it is; lines are as wide as the settings say, a Chinese character takes two columns."""

    copy: str
    lines: tuple[str, ...]


class SlipLayout:
    """``width``: columns, 24 at least. No line is wider."""

    def __init__(self, width: int) -> None:
        if width < _NARROWEST:
            raise ValueError(f"a slip of {width} columns; {_NARROWEST} are the least")
        self.width = width

    def centred(self, text: str) -> str:
        """In the middle."""
        return " " * ((self.width - columns(text)) // 2) + text

    def rule(self) -> str:
        """Across the slip."""
        return "-" * self.width

    def bar(self) -> str:
        """Across the slip, heavier."""
        return "=" * self.width

    def pair(self, left: str, right: str) -> Iterator[str]:
        """Both in one line, at its ends, or in two lines where there is no room; none for two that are empty."""
        if not right:
            yield from self.wrapped(left) if left else ()
            return
        room = self.width - columns(left) - columns(right)
        if room > 0:
            yield left + " " * room + right
        else:
            yield from self.wrapped(left)
            yield from self.wrapped(right)

    def labelled(self, label: str, value: str) -> Iterator[str]:
        """In one line, or the value in a line of its own where there is no room for both."""
        if columns(label) + columns(value) <= self.width:
            yield label + value
        else:
            yield from self.wrapped(label)
            yield from self.wrapped(value)

    def large(self, text: str) -> str:
        """In the middle, twice as wide; as it is where there is no room for that."""
        wide = text.translate(_FULL_WIDTH)
        return self.centred(wide if columns(wide) <= self.width else text)

    def wrapped(self, text: str) -> Iterator[str]:
        """In as many lines as it needs; a number is not broken unless it is longer than a line."""
        line = ""
        for unit in _UNIT.findall(text):
            if columns(line) + columns(unit) <= self.width:
                line += unit
                continue
            if line.strip():
                yield line.rstrip()
            line = ""
            for each in unit.lstrip():
                if columns(line) + columns(each) > self.width:
                    yield line
                    line = ""
                line += each
        yield line.rstrip()


def columns(text: str) -> int:
    """How wide it is printed."""
    return sum(2 if east_asian_width(each) in _WIDE else 1 for each in text)


def yuan(fen: int) -> str:
    """``RMB 1,234.50``; a minus in front of what is below zero."""
    sign = "-" if fen < 0 else ""
    return f"RMB {sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def printed_time(moment: str) -> str:
    """YYYYMMDDhhmmss as ``2026/01/15 09:30:00``."""
    at = moment
    return f"{at[:4]}/{at[4:6]}/{at[6:8]} {at[8:10]}:{at[10:12]}:{at[12:]}"
