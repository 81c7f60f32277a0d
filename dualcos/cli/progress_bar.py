"""A progress bar on a terminal, silence elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

Show = Callable[[float, str], None]
"""Takes how far it is, of the total, and what to say beside the bar."""


@contextmanager
def bar(words: str, total: float, *, counted: bool = True, shown: bool = True) -> Iterator[Show]:
    """``counted``: show how many of how many as well. ``shown``: False for silence everywhere."""
    console = Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR")))
    count: tuple[ProgressColumn, ...] = (MofNCompleteColumn(),) if counted else ()
    columns = (TextColumn("{task.description}"), BarColumn(), *count, TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done, now: progress.update(task, completed=done, description=now)
