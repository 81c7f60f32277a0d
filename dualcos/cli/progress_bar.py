"""A progress bar on a terminal, silence elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from dualcos.cli.screen import bare, under_a_bar, without_a_bar
from dualcos.explain.control_characters import harmless

Show = Callable[[float, str], None]
"""Takes how far it is, of the total, and what to say beside the bar."""


class ProgressBar:
    """A bar that stands: call it with how far it is, and what to say beside it."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, done: float, now: str) -> None:
        """As ``Show``."""
        self._progress.update(self._task, completed=done, description=harmless(now).replace("\n", " "))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While inside, the bar is not drawn: somebody is asked, and types."""
        live = self._progress.live
        live.transient = True  # it leaves nothing behind for as long
        self._progress.stop()
        live.transient = False
        try:
            with without_a_bar():
                yield
        finally:
            self._progress.start()


@contextmanager
def bar(words: str, total: float, *, counted: bool = True, shown: bool = True) -> Iterator[ProgressBar]:
    """``counted``: show how many of how many as well. ``shown``: False for silence everywhere."""
    console = Console(file=cast("TextIO", bare(sys.stderr)), no_color=bool(os.environ.get("NO_COLOR")))
    count: tuple[ProgressColumn, ...] = (MofNCompleteColumn(),) if counted else ()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), *count, TimeRemainingColumn())
    shown = shown and console.is_terminal
    # Nothing is redirected: stdout may go to a file, and rich would send it to the terminal.
    progress = Progress(*columns, console=console, disable=not shown, redirect_stdout=False, redirect_stderr=False)
    with under_a_bar(shown=shown), progress:
        yield ProgressBar(progress, progress.add_task(words, total=total))
