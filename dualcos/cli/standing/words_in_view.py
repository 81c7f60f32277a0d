"""What passes between a terminal and its cards, explained, on its way into the terminal's view."""

from __future__ import annotations

from functools import partial

from dualcos.cli.screen import note_loss
from dualcos.cli.trace_words import WordsOnStream, bug_line
from dualcos.explain import Happening, line
from dualcos.terminal.screen.seen_at_terminal import RemarkAbout
from dualcos.terminal.screen.styled_text import StyledText
from dualcos.terminal.screen.terminal_view import TerminalView


class WordsInView:
    """See ``TraceWords``. ``wanted``: what passes is explained; ``programs``: it goes there instead, as JSON."""

    def __init__(self, view: TerminalView, *, wanted: bool, programs: WordsOnStream | None = None) -> None:
        self._view, self._wanted, self._programs = view, wanted, programs

    @property
    def wanted(self) -> bool:
        """See ``TraceWords``, as all of these."""
        return self._wanted

    def happened(self, happening: Happening, slot: str) -> None:
        """An exchange of the view's."""
        if self._programs is not None:
            self._programs.happened(happening, slot)
        else:
            self._view.exchange(slot, StyledText.painted(partial(line, happening)))

    def unexplained(self, bug: BaseException, slot: str) -> None:
        """A remark; a program that reads JSON misses a line."""
        if self._programs is not None:
            note_loss(bug)
        self._view.remark(bug_line(bug, slot), RemarkAbout.EXCHANGES)

    def say(self, words: str) -> None:
        """A remark."""
        self._view.remark(words, RemarkAbout.EXCHANGES)
