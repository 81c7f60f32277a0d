"""Where the words of a trace go: lines of a stream, for people or, as JSON, for programs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Protocol, TextIO

from dualcos.cli.commands_to_paste import to_paste
from dualcos.cli.machine_output import for_stream
from dualcos.cli.screen import note_loss
from dualcos.cli.terminal_colours import paint_for
from dualcos.explain import Happening
from dualcos.explain.rendering import Paint
from dualcos.explain.trace_lines import encode
from dualcos.reader.bug_place import place_of
from dualcos.reader.observers import FAILURES


class TraceWords(Protocol):
    """Who is told what happened, one after the other. ``wanted``: False, and nothing is explained."""

    @property
    def wanted(self) -> bool:
        """Whether somebody reads what happens."""
        ...

    def happened(self, happening: Happening, slot: str) -> None:
        """To the card, or to the one in ``slot``. Raises what an explanation that is a bug does."""
        ...

    def unexplained(self, bug: BaseException, slot: str) -> None:
        """Something happened, and what was to be said of it is a bug."""
        ...

    def say(self, words: str) -> None:
        """A line of our own."""
        ...


class WordsOnStream:
    """``screen``: None for nowhere; lines of our own go to stderr then, and where ``json`` is."""

    def __init__(self, screen: TextIO | None, shape: Callable[[Happening, Paint], str], *, json: bool) -> None:
        self._screen = screen
        self._shape = shape
        self._json = json
        self._paint = paint_for(screen) if screen is not None else None

    @property
    def wanted(self) -> bool:
        """See ``TraceWords``, as all of these."""
        return self._screen is not None

    def happened(self, happening: Happening, slot: str) -> None:
        """A line or more."""
        if self._screen is None or self._paint is None:
            return
        if self._json:
            shown = for_stream(encode(happening, slot), self._screen)
        else:
            shown = to_paste(self._shape(happening, self._paint))
        try:
            print(f"{slot}│ {shown}" if slot and not self._json else shown, file=self._screen, flush=True)
        except FAILURES:  # nobody reads any more; the card goes on
            self._screen = None

    def unexplained(self, bug: BaseException, slot: str) -> None:
        """Among the words a line of its own; a program that reads JSON misses one."""
        if self._json:
            note_loss(bug)
        with contextlib.suppress(*FAILURES):
            print(bug_line(bug, slot), file=sys.stderr if self._json else self._screen, flush=True)

    def say(self, words: str) -> None:
        """A line."""
        with contextlib.suppress(*FAILURES):
            out = sys.stderr if self._json or self._screen is None else self._screen
            print(to_paste(words), file=out, flush=True)


def bug_line(bug: BaseException, slot: str) -> str:
    """What is said in place of an explanation."""
    words = f"   ?  could not be explained: a bug: {type(bug).__name__} at {place_of(bug)}"
    return f"{slot}│ {words}" if slot else words
