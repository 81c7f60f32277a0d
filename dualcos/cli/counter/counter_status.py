"""What there is to know of a counter between two steps, in a few words: what it is, what waits."""

from __future__ import annotations

from collections.abc import Iterator

from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.terminal_parts import PartText


def counter_status(counter: CounterAtWork) -> tuple[PartText, ...]:
    """Of a social terminal: its form, transactions that wait for their card, messages that wait for the back end."""
    try:
        return (counter.terminal.cell.form.words, *_waits(counter))
    except TerminalStopped as stopped:  # its storage, which steps complain of
        return (PartText(stopped.zh, stopped.en),)


def _waits(counter: CounterAtWork) -> Iterator[PartText]:
    journal = counter.desk.journal
    if unfinished := len(journal.open_records()):
        yield PartText(f"未完成{unfinished}笔", f"{unfinished} unfinished")
    if waiting := len(journal.waiting()):
        yield PartText(f"待上传{waiting}笔", f"{waiting} to upload")
