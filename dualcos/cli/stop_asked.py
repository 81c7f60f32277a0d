"""Ctrl-C and SIGTERM as a wish: what is being done is finished first. The second one ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Self

HUNG_UP: tuple[int, ...] = (signal.SIGHUP,) if hasattr(signal, "SIGHUP") else ()
"""The terminal was closed."""
_SIGNALLED = 128


class StopAsked:
    """Use as a context manager, in the main thread; elsewhere nothing is caught. ``said`` is called at the first wish,
    where hardly anything may be done: it prints a line, or not even that. ``also``: other signals that say so.
    """

    def __init__(self, said: Callable[[], None], also: tuple[int, ...] = ()) -> None:
        self._said = said
        self._signals = (signal.SIGINT, signal.SIGTERM, *also)
        self._asked = 0
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        with suppress(ValueError):  # not in the main thread: whoever called keeps his own handling
            for number in self._signals:
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # as signal gave it
        self._before.clear()

    def __call__(self) -> bool:
        """True once somebody wants to stop."""
        return bool(self._asked)

    @property
    def code(self) -> int:
        """The exit code of who was stopped so."""
        return _SIGNALLED + self._asked

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = number
        self._said()
