"""``dualcos replay``: a trace sent again, and where the answers differ."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from apdu.link import SmartCard
from dualcos.cli.card_argument import add_named_card, add_seed, add_settings, asked_card
from dualcos.cli.facts.fact_sheet import hexed
from dualcos.cli.facts.replay_facts import ReplayDifference, ReplaySummary
from dualcos.cli.file_arguments import add_input
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain import Exchange, Explainer, RawExchange, RawPower, RawRecord, TracedCard
from dualcos.explain.refusal_reasons import words
from dualcos.explain.rendering import Paint, command_hex, grouped
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import Recorded, RecordedTrace, TraceError, dotted, read, undotted
from dualcos.explain.trace_lines import finding_facts
from dualcos.explain.trace_replay import ReplayOutcome, ReplayVerdict, replay
from dualcos.explain.traced_card import OverheardCard
from dualcos.profile.keys_around_card import view_of
from dualcos.profile.profile_settings import HIDDEN
from dualcos.reader.pcsc import PcscLink
from dualcos.textforms.text_files import lines_of
from firewall.hardware.power import PowerLoss


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "trace", metavar="TRACE", help="a trace of serve, run or send (--trace)")
    target = parser.add_mutually_exclusive_group()
    add_named_card(target, "--profile", help="send to this card (default: the profile the trace names)")
    target.add_argument("--pcsc", metavar="READER", help="send to the card in this PC/SC reader")
    parser.add_argument("--slot", default="", metavar="NAME", help="replay the lines of this slot, as `sam`")
    add_seed(parser)
    add_settings(parser)
    add_json(parser, ReplayDifference, ReplaySummary, words="one line of JSON per difference, then the counts,")


class _Answers:
    """What the card was sent and answered now, in words where somebody asks."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self._unread: list[RawRecord] = []
        self.keep = self._unread.append

    def last(self) -> Exchange | None:
        """What the card was last sent and answered; None if it was reset since."""
        *before, last = self._unread or (RawPower("off"),)
        for record in before:
            self._explainer.follow(record)
        self._unread.clear()
        read = self._explainer.explain(last)
        return read if isinstance(read, Exchange) else None


class _Target(NamedTuple):
    """Where to send: the card, whether its random numbers are its own, and what it says in words."""

    card: SmartCard
    random_differs: bool
    answers: _Answers


def replay_trace(args: Namespace) -> int:
    """Send it all, show what differs. 0 if nothing does, 1 if something does, 2 if no answer could be compared."""
    trace = read_trace(args.trace)
    if args.pcsc is not None and args.seed is not None:
        raise Fault("--seed is where a card in this process starts; a card in a reader has its own")
    lines = of_slot(trace, args.slot, args.trace)
    paint = paint_for(sys.stdout)
    counts = dict.fromkeys(ReplayVerdict, 0)
    masking = SecretMasking()
    with _target(args, trace) as target:
        try:
            for outcome in replay(lines, target.card, random_differs=target.random_differs):
                counts[outcome.verdict] += 1
                shown = masking.masked(outcome.recorded.record)
                if outcome.verdict is ReplayVerdict.DIFFERENT:
                    difference = _difference(outcome, shown, target.answers)
                    tell(args, difference, _lines(difference, paint))
        except PowerLoss:
            raise Fault("the card lost its power") from None
    tell(args, ReplaySummary(**{verdict.value: count for verdict, count in counts.items()}), (_summary(counts),))
    if not counts[ReplayVerdict.SAME] + counts[ReplayVerdict.DIFFERENT]:
        raise Fault(f"{args.trace}: no answer in it could be compared")
    return DIFFERS if counts[ReplayVerdict.DIFFERENT] else DONE


def of_slot(trace: RecordedTrace, slot: str, name: str) -> tuple[Recorded, ...]:
    """The lines of one slot. Raises Fault if there are none."""
    lines = tuple(one for one in trace.lines if one.slot == slot)
    if not lines:
        slots = ", ".join(sorted({one.slot or "(none)" for one in trace.lines}))
        raise Fault(f"{name} has no lines of slot {slot!r}; its slots are {slots}")
    return lines


def read_trace(name: str, *, may_be_empty: bool = False) -> RecordedTrace:
    """The trace in a file. Raises Fault, UnreadableText."""
    try:
        with closing(lines_of(name, may_be_torn=True)) as lines:
            return read(lines, may_be_empty=may_be_empty)
    except TraceError as error:
        raise Fault(f"{name} is no trace: {error}") from None


@contextmanager
def _target(args: Namespace, trace: RecordedTrace) -> Iterator[_Target]:
    if args.pcsc is not None:
        link = PcscLink(args.pcsc)
        try:
            heard = _Answers(Explainer())
            yield _Target(OverheardCard(link, heard.keep), random_differs=True, answers=heard)
        finally:
            link.close()
        return
    name, about = args.profile, trace.about(args.slot) or trace.about("")
    if name is None:
        name = about.get("card")
        if not isinstance(name, str) or "seed" not in about:
            raise Fault(
                f"{args.trace} was not taken from a profile with a seed; say where to send it: --profile or --pcsc"
            )
    seed = args.seed or about.get("seed")
    settings = args.set or (settings_of_trace(about, args.trace) if args.profile is None else ())
    opened = asked_card(name, seed if isinstance(seed, str) else None, settings)
    answers = _Answers(Explainer(opened.version, under=opened.under, view=view_of(opened.card)))
    try:
        card = TracedCard(opened.card, opened.events, answers.keep)
        yield _Target(card, random_differs=opened.seed is None, answers=answers)
    finally:
        opened.card.close()


def settings_of_trace(about: Mapping[str, Any], trace: str) -> Sequence[str]:
    """What the traced card's profile had otherwise than in its file. Raises Fault if the trace does not say it all."""
    settings = about.get("set", [])
    if not isinstance(settings, list) or not all(isinstance(each, str) for each in settings):
        raise Fault(f"{trace} is no trace: set is a list of text")
    hidden = [each.partition("=")[0] for each in settings if each.endswith(f"={HIDDEN}")]
    if hidden:
        raise Fault(
            f"{trace} was taken with a {' and a '.join(hidden)} that it does not tell, being secret; "
            "say all its --set again"
        )
    return settings


def _difference(outcome: ReplayOutcome, shown: RawRecord, answers: _Answers) -> ReplayDifference:
    """``shown``: what was recorded, without what is secret; of today's answer the same is left out."""
    one = outcome.recorded
    exchange, now = shown if isinstance(shown, RawExchange) else None, answers.last()
    secret = exchange is not None and bool(exchange.hidden or exchange.answer_hidden)
    return ReplayDifference(
        line=one.line,
        event=one.event,
        name=one.name,
        command=dotted(exchange.command, exchange.hidden) if exchange is not None else "",
        hidden=sum(end - start for start, end in exchange.hidden) if exchange is not None else 0,
        recorded=hexed(one.expected[-2:] if secret else one.expected),
        now=hexed(outcome.answer[-2:] if secret else outcome.answer),
        reasons=[f"{why.gate}: {words(why)}" for why in now.reasons] if now is not None else [],
        findings=[finding_facts(found) for found in now.findings] if now is not None else [],
    )


def _lines(found: ReplayDifference, paint: Paint) -> Iterator[str]:
    power = found.event != "command"
    sent = f"({found.event} reset)" if power else command_hex(*undotted(found.command))
    yield f"{paint('name', f'line {found.line}')}  {found.name or found.event}"
    yield f"  sent      {sent}"
    yield f"  recorded  {paint('good', _answer(bytes.fromhex(found.recorded), atr=power))}"
    yield f"  now       {paint('bad', _answer(bytes.fromhex(found.now), atr=power))}"
    yield from (f"            {paint('reason', why)}" for why in found.reasons)
    for each in found.findings:
        told = f"? {each.certainty}: {each.text}" + (f"; {each.step}" if each.step else "")
        yield f"            {paint('advice', told)}  {paint('faint', f'[{each.kind}]')}"


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
