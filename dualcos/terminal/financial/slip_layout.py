"""Lines of a slip in columns: a Chinese character takes two (East Asian Width)."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import east_asian_width

_NARROWEST = 24
_WIDE = "WF"


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

    def wrapped(self, text: str) -> Iterator[str]:
        """In as many lines as it needs."""
        line, taken = "", 0
        for each in text:
            size = columns(each)
            if taken + size > self.width:
                yield line
                line, taken = "", 0
            line, taken = line + each, taken + size
        yield line


def columns(text: str) -> int:
    """How wide it is printed."""
    return sum(2 if east_asian_width(each) in _WIDE else 1 for each in text)


def yuan(fen: int) -> str:
    """``RMB 1,234.50``; a minus in front of what is below zero."""
    sign = "-" if fen < 0 else ""
    return f"RMB {sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
