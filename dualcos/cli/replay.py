"""``dualcos replay``: a trace sent again, and where the answers differ."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from apdu.link import SmartCard
from dualcos.cli.card_argument import add_seed, asked_card
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain import Exchange, Explainer, Happening, TracedCard
from dualcos.explain.refusal_reasons import words
from dualcos.explain.rendering import Paint, command_hex, grouped
from dualcos.explain.trace_lines import RecordedTrace, TraceError, read
from dualcos.explain.trace_replay import ReplayOutcome, ReplayVerdict, replay
from dualcos.reader.pcsc import PcscLink
from firewall.hardware.power import PowerLoss


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("trace", metavar="TRACE", help="a trace of serve, run or send (--trace)")
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "--profile", metavar="PROFILE|CARD-FILE", help="send to this card (default: the profile the trace names)"
    )
    target.add_argument("--pcsc", metavar="READER", help="send to the card in this PC/SC reader")
    parser.add_argument("--slot", default="", metavar="NAME", help="replay the lines of this slot, as `sam`")
    add_seed(parser)


class _Target(NamedTuple):
    """Where to send: the card, whether its random numbers are its own, and the last explanation."""

    card: SmartCard
    random_differs: bool
    last: list[Happening]


def replay_trace(args: Namespace) -> int:
    """Send it all, show what differs. 0 if nothing does, 1 if something does."""
    trace = _read(args.trace)
    lines = tuple(one for one in trace.lines if one.slot == args.slot)
    if not lines:
        slots = ", ".join(sorted({one.slot or "(none)" for one in trace.lines}))
        raise Fault(f"{args.trace} has no lines of slot {args.slot!r}; its slots are {slots}")
    paint = paint_for(sys.stdout)
    counts = dict.fromkeys(ReplayVerdict, 0)
    with _target(args, trace) as target:
        try:
            for outcome in replay(lines, target.card, random_differs=target.random_differs):
                counts[outcome.verdict] += 1
                if outcome.verdict is ReplayVerdict.DIFFERENT:
                    print(_difference(outcome, target.last, paint))
        except PowerLoss:
            raise Fault("the card lost its power") from None
    print(_summary(counts))
    return DIFFERS if counts[ReplayVerdict.DIFFERENT] else DONE


def _read(name: str) -> RecordedTrace:
    try:
        with Path(name).open(encoding="utf-8") as file:
            return read(file)
    except TraceError as error:
        raise Fault(f"{name} is no trace: {error}") from None
    except UnicodeDecodeError:
        raise Fault(f"{name} is no trace: not UTF-8 text") from None


@contextmanager
def _target(args: Namespace, trace: RecordedTrace) -> Iterator[_Target]:
    last: list[Happening] = []
    if args.pcsc is not None:
        link = PcscLink(args.pcsc)
        try:
            yield _Target(link, random_differs=True, last=last)
        finally:
            link.close()
        return
    name = args.profile
    if name is None:
        name = trace.about.get("card")
        if not isinstance(name, str) or "seed" not in trace.about:
            raise Fault(
                f"{args.trace} was not taken from a profile with a seed; say where to send it: --profile or --pcsc"
            )
    seed = args.seed or trace.about.get("seed")
    opened = asked_card(name, seed if isinstance(seed, str) else None)

    def remember(happening: Happening) -> None:
        last[:] = [happening]

    try:
        card = TracedCard(opened.card, opened.events, remember, Explainer(opened.version, under=opened.under))
        yield _Target(card, random_differs=opened.seed is None, last=last)
    finally:
        opened.card.close()


def _difference(outcome: ReplayOutcome, last: list[Happening], paint: Paint) -> str:
    one = outcome.recorded
    command = command_hex(one.command) if one.command is not None else f"({one.event} reset)"
    lines = [
        f"{paint('name', f'line {one.line}')}  {one.name or one.event}",
        f"  sent      {command}",
        f"  recorded  {paint('good', _answer(one.expected, atr=one.command is None))}",
        f"  now       {paint('bad', _answer(outcome.answer, atr=one.command is None))}",
    ]
    for happening in last:
        if isinstance(happening, Exchange):
            lines += [f"            {paint('reason', f'{why.gate}: {words(why)}')}" for why in happening.reasons]
    return "\n".join(lines)


def _answer(answer: bytes, *, atr: bool) -> str:
    return grouped(answer, 1) if atr else f"{grouped(answer[:-2])}  {answer[-2:].hex().upper()}".strip()


def _summary(counts: dict[ReplayVerdict, int]) -> str:
    same, different, skipped, faulted = (counts[verdict] for verdict in ReplayVerdict)
    words = f"{same} as recorded, {different} different"
    if skipped:
        words += (
            f"; {skipped} not sent: their PINs or keys are masked in the trace, and what depends on them may differ"
            " (record with --unsafe-trace to send them too)"
        )
    if faulted:
        words += f"; {faulted} not compared: their answers were faults injected on purpose"
    return words


REPLAY = Subcommand("replay", "send a recorded trace again and show where the answers differ", _arguments, replay_trace)
