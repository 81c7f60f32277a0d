"""Texts for Textual that are shown as they are: nothing in them is markup, nothing in them moves a cursor.

A card's owner chooses what stands in its records: ``[bold]`` is shown as six characters, an escape is spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from dualcos.explain.control_characters import harmless, in_one_line
from dualcos.explain.rendering import Role
from dualcos.terminal.screen.styled_text import StyledText
from dualcos.terminal.terminal_parts import PartText

ROLE_STYLES: Mapping[Role | None, str] = MappingProxyType(
    {
        None: "", "seq": "#8a93a6", "good": "bold #7fd88f", "warn": "bold #f5c26b", "bad": "bold #ff7b72",
        "place": "#79c0ff", "name": "bold #e6edf3", "faint": "#8a93a6", "value": "#a5d6ff", "reason": "#ffa198",
        "advice": "#f5c26b",
    }
)  # fmt: skip
FAINT = "#9aa4b5"
_RUNS = re.compile(r"(?<=\S) {3,}")


class ScreenLanguage(Enum):
    """What texts are shown in."""

    BOTH = ("zh", "en")
    CHINESE = ("zh",)
    ENGLISH = ("en",)

    @property
    def next(self) -> ScreenLanguage:
        """The one that a key changes to."""
        all_of_them = list(ScreenLanguage)
        return all_of_them[(all_of_them.index(self) + 1) % len(all_of_them)]

    def texts(self, said: PartText) -> tuple[str, ...]:
        """One text, or one in each language."""
        return tuple(each for each in (getattr(said, name) for name in self.value) if each)

    def line(self, said: PartText, between: str = " ") -> str:
        """On one line."""
        return between.join(self.texts(said))


def literal(text: str, style: str = "") -> Text:
    """``text`` as it is; line ends stay."""
    return Text().append(harmless(text).expandtabs(4), style)


def one_line(text: str, style: str = "") -> Text:
    """``text`` on one line, whatever is in it."""
    return Text(no_wrap=True, overflow="ellipsis").append(in_one_line(text), style)


def styled(text: StyledText) -> Text:
    """Each piece as its role has it; columns that were made for a wide terminal are closed up."""
    shown = Text()
    for piece in text.pieces:
        before = shown.plain[-2:]
        added = _RUNS.sub("  ", before + harmless(piece.text).expandtabs(4))[len(before) :]
        if len(before.strip("\n")) == 2 and not before.strip():
            added = added.lstrip(" ")
        shown.append(added, ROLE_STYLES[piece.role])
    return shown


def bilingual(said: PartText, language: ScreenLanguage, style: str = "", below: str = FAINT) -> Text:
    """Chinese first, English under it."""
    first, *more = language.texts(said) or ("",)
    shown = literal(first, style)
    for each in more:
        shown.append("\n").append_text(literal(each, below))
    return shown


class HangingText:
    """A text whose lines, where they are too long, go on indented by ``hang``; ``first``: the indent of each line's
    beginning. ``exact``: nothing is wrapped, blanks at the end stay.
    """

    def __init__(self, text: Text, hang: int = 2, first: int = 0, *, exact: bool = False) -> None:
        self._text, self._hang, self._first, self._exact = text, hang, first, exact

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._exact:
            yield self._text
            return
        room = max(8, options.max_width - self._hang - self._first)
        for line in self._text.split(allow_blank=True):
            indent = self._first
            for piece in line.wrap(console, room):
                piece.rstrip()
                yield Text(" " * indent) + piece
                indent = self._first + self._hang
