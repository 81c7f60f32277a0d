"""The scriptable form of a terminal: what its view is told, as lines among each other; programs (--json) read none."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from collections.abc import Iterator

from dualcos.cli.commands_to_paste import to_paste
from dualcos.cli.machine_output import say
from dualcos.cli.terminal_colours import paint_for
from dualcos.explain.moments_shown import with_moments
from dualcos.explain.rendering import columns
from dualcos.reader.observers import FAILURES
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.seen_at_terminal import (
    DisplaySeen,
    ExchangeSeen,
    HintSeen,
    MessageSeen,
    RemarkAbout,
    RemarkSeen,
    StepSeen,
    ViewEvent,
)

_GOOD, _BAD, _THEN = "✓", "✗", "→"


class ConsoleLines:
    """A listener. Lines of the terminal go to stdout, of what passed too; what is said to whoever sits there goes to
    stderr, as questions do, and so do remarks where what passed is not shown.
    """

    def __init__(self, args: Namespace) -> None:
        self._args = args
        self._out = sys.stdout
        self._aside = sys.stdout if args.explain and not args.json else sys.stderr
        self._paint = paint_for(sys.stdout)
        self._half: CardHalf | None = None

    def hear(self, event: ViewEvent) -> None:
        """See ``ViewListener``. Slips stand below their steps, and what is asked whoever asks it prints."""
        match event:
            case DisplaySeen(said):
                say(self._args, (f"  {said}",))
            case StepSeen():
                say(self._args, self._step(event))
            case ExchangeSeen(slot, text, half):
                if half is not self._half and half is not None:
                    self._passed(f"── {half.value.zh}侧 {half.value.en} side ──")
                self._half = half
                shown = to_paste(text.shown(self._paint))
                self._passed(f"{slot}│ {shown}" if slot else shown)
            case MessageSeen(_, text, _):
                self._passed(to_paste(text.shown(self._paint)))
            case RemarkSeen():
                self._remark(event)
            case HintSeen(said):
                for line in ("", said.zh, said.en):
                    print(line, file=sys.stderr, flush=True)

    def _passed(self, shown: str) -> None:
        with contextlib.suppress(*FAILURES):  # nobody reads any more; the card goes on
            print(shown, file=self._out, flush=True)

    def _remark(self, remark: RemarkSeen) -> None:
        match remark.about:
            case RemarkAbout.STEPS:
                say(self._args, (remark.text,))
            case RemarkAbout.CARD:
                print(remark.text, file=sys.stderr)
            case RemarkAbout.EXCHANGES:
                with contextlib.suppress(*FAILURES):
                    print(to_paste(remark.text), file=self._aside, flush=True)

    # --- a step -----------------------------------------------------------------------------------------------------

    def _step(self, came: StepSeen) -> Iterator[str]:
        mark = self._paint("good", _GOOD) if came.stop is None else self._paint("bad", _BAD)
        head = f"{mark} {came.name}"
        if came.done is not None:
            yield f"{head}  {came.done}"
            yield from self._details(came)
        if came.stop is not None:
            said, rule, todo = came.stop
            yield (
                f"{head if came.done is None else '  '}  {with_moments(str(said))}  {self._paint('faint', rule)}"
            ).rstrip()
            yield f"    {self._paint('advice', f'{_THEN} {todo.zh}; {todo.en}')}"
        yield from came.lines
        if came.more is not None:
            yield came.more.shown(self._paint)

    def _details(self, came: StepSeen) -> Iterator[str]:
        shown = ((each, with_moments(each.text)) for each in came.details)
        rows = ((f"    {each.en} {each.zh}", text, self._paint("faint", each.place)) for each, text in shown)
        yield from (line.rstrip() for line in columns(rows))
