"""``dualcos lab run``: a campaign begun, or gone on with, on cards in this process or on one in a reader."""

from __future__ import annotations

import platform
import shlex
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

from dualcos.cli import progress_bar
from dualcos.cli.campaign_workers import add_workers, ahead, workers
from dualcos.cli.commands_to_paste import to_paste
from dualcos.cli.conform import facts_of_vector
from dualcos.cli.facts.conformance_facts import ReasonNotApplicable, VectorFacts
from dualcos.cli.facts.lab_run_facts import LabRunFacts
from dualcos.cli.file_arguments import add_input, add_kept
from dualcos.cli.key_store_locks import add_lock, lock
from dualcos.cli.lab_action import LabAction
from dualcos.cli.lab_sample import add_sample, add_selection, asked_sample, asked_statement, asked_vectors
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.operator_terminal import operator_desk
from dualcos.cli.program_version import version_of_program
from dualcos.cli.stop_asked import StopAsked
from dualcos.cli.user_faults import DIFFERS, DONE, WRONG, Fault
from dualcos.lab.campaign.campaign_asked import CampaignAsked
from dualcos.lab.campaign.campaign_book import CampaignBook
from dualcos.lab.campaign.campaign_in_process import WorkPlaces, run_in_process
from dualcos.lab.campaign.campaign_in_reader import (
    ReaderAtWork,
    SampleGoneError,
    SampleSilentError,
    run_in_reader,
)
from dualcos.lab.campaign.campaign_sample import Sample, bench_in_reader
from dualcos.lab.campaign.campaign_session import CampaignOver, CampaignSession
from dualcos.lab.campaign.sam_hand import SamHand, hand_with_sam
from dualcos.lab.conformance import run_report
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.lab.conformance.who_computes import HandRefused
from dualcos.lab.evidence.campaign_file import CampaignFile, CampaignFileError
from dualcos.lab.evidence.campaign_records import SessionBegun, VectorJudged, moment
from dualcos.lab.evidence.known_faults import KnownFaults, load_known_faults
from dualcos.lab.evidence.record_order import totals, totals_in_words
from dualcos.lab.evidence.signature import SIGNATURE, sign_campaign
from dualcos.lab.operator_steps.attestations import standing
from dualcos.lab.operator_steps.desk import OperatorDesk
from dualcos.lab.shards.shard_runner import CampaignError, ShardError
from dualcos.profile.schema import load, public_settings
from dualcos.reader.pcsc import PcscLink, driver, reader_named
from firewall.hardware.randomness import SystemRng
from keys.custody.signing_key import SigningKey

_FEW = 60  # vectors, for which no other process is worth its start
_UNHAPPY = (
    CampaignFileError,
    CampaignError,
    ShardError,
    SampleGoneError,
    SampleSilentError,
    VectorError,
    HandRefused,
)


def _arguments(parser: ArgumentParser) -> None:
    add_selection(parser)
    add_sample(parser)
    add_kept(
        parser,
        "--campaign",
        type=Path,
        metavar="FILE",
        beside=(SIGNATURE,),
        help="keep the campaign in this file, and go on with what is there (default: nothing is kept)",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="play once more what was inconclusive; on a card in a reader nothing that spoils it",
    )
    parser.add_argument("--shuffle", type=int, metavar="N", help="play in another order, drawn from this number")
    parser.add_argument("--laboratory", default="", metavar="NAME", help="whose campaign it is")
    add_input(parser, "--key", metavar="FILE", help="sign it with the laboratory's key (`dualcos lab key new`)")
    add_lock(parser)
    add_input(parser, "--known", metavar="FILE", help="known faults (TOML): failures in it are told and do not count")
    parser.add_argument("--operator", default="", metavar="NAME", help="who sits there, and answers what vectors ask")
    parser.add_argument("--unattended", action="store_true", help="nobody answers: vectors that ask are inconclusive")
    add_workers(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="only what did not pass, and the counts")
    add_json(parser, VectorFacts, LabRunFacts, words="one line of JSON per vector, then the counts,")


def run(args: Namespace) -> int:
    """Begin a campaign or go on with it. 0 all pass, 1 some fail, 2 some are inconclusive, wait or cannot be used; as
    a shell tells of it when Ctrl-C or SIGTERM ended it.
    """
    _demand_sense(args)
    known = KnownFaults() if args.known is None else load_known_faults(args.known)
    key = SigningKey.open(args.key, lock(args.lock, args.key)) if args.key is not None else None
    try:
        asked = _asked(args, "" if key is None else key.public.hex().upper())
        with StopAsked(lambda: _say_stopping(args)) as stop, _book(args) as book:
            over = _played(args, asked, book, stop)
            judged = standing(book.records, _now())
    except KeyboardInterrupt:
        print(_how_to_go_on(args, "interrupted"), file=sys.stderr)
        raise
    except _UNHAPPY as error:
        named = not isinstance(error, CampaignFileError) or str(error).startswith(str(args.campaign))
        raise Fault(str(error) if named else f"{args.campaign}: {error}") from None
    signature = sign_campaign(args.campaign, key, moment(_now())) if key is not None else None
    code = _tell_end(args, _Outcome(asked, over, judged, known, signature))
    if over.why == "stopped":
        print(_how_to_go_on(args, "stopped"), file=sys.stderr)
        return stop.code
    if over.why == "reader gone":
        raise Fault(_how_to_go_on(args, over.words))
    return code


def _asked(args: Namespace, public_key: str) -> CampaignAsked:
    """Raises Fault, VectorError."""
    sample, chosen, statement = asked_sample(args), asked_vectors(args), asked_statement(args)
    return CampaignAsked(
        sample,
        chosen.cases,
        tuple(args.selection),
        chosen.paths,
        f"dualcos {version_of_program()}",
        laboratory=args.laboratory,
        public_key=public_key,
        ics=statement.answers if statement is not None else {},
        shuffled=args.shuffle,
    )


def _demand_sense(args: Namespace) -> None:
    """What would be asked for and not done. Raises Fault."""
    if args.pcsc is not None and (args.jobs or args.cluster is not None):
        raise Fault("--jobs and --cluster are about cards in this process; there is one card in a reader")
    if args.again and args.campaign is None:
        raise Fault("--again is about what stands in a campaign file: name it with --campaign")
    if args.key is not None and args.campaign is None:
        raise Fault("--key signs a campaign that is kept: say where with --campaign")
    if args.lock is not None and args.key is None:
        raise Fault("--lock opens the laboratory's key: name it with --key")


@contextmanager
def _book(args: Namespace) -> Iterator[CampaignBook]:
    with ExitStack() as stack:
        file = stack.enter_context(CampaignFile(args.campaign)) if args.campaign is not None else None
        yield CampaignBook(file, _now, time.monotonic)


def _now() -> datetime:
    return datetime.now(UTC)


# --- playing ----------------------------------------------------------------------------------------------------------


def _played(args: Namespace, asked: CampaignAsked, book: CampaignBook, stop: StopAsked) -> CampaignOver:
    watch = _Watch(args, asked)
    session = CampaignSession(asked, book, again=args.again, told=watch.judged)
    watch.before(session)
    if (over := session.nothing_left) is not None:
        return over
    if asked.sample.in_reader:
        return _in_reader(args, session, watch, stop)
    places = _places(args, len(session.waiting()))
    with watch.bar():
        return run_in_process(session, _begun(args), places, stop)


def _places(args: Namespace, vectors: int) -> WorkPlaces:
    """Where vectors are played. Raises Fault, JobPoolError."""
    if not args.jobs and args.cluster is None and vectors <= _FEW:
        args = Namespace(**{**vars(args), "jobs": 1})
    here = args.jobs == 1 and args.cluster is None
    return WorkPlaces(workers(args), ahead(args), here=here, run=SystemRng().bytes(8).hex())


def _in_reader(args: Namespace, session: CampaignSession, watch: _Watch, stop: StopAsked) -> CampaignOver:
    name, sample = reader_named(args.pcsc), session.asked.sample
    begun = _begun(args, reader=name, driver=driver(name))
    with ExitStack() as stack:
        link = PcscLink(name)
        stack.callback(link.close)
        hand = _hand_with_sam(args, link, sample, stack) if sample.sam else None
        if hand is not None:
            begun = structs.replace(begun, sam_reader=reader_named(sample.sam), psam=hand.described)
        with watch.bar() as bar:
            desk = _desk(args, session, bar)
            begun = structs.replace(begun, attended=desk.attended)
            at_work = ReaderAtWork(link, lambda card: bench_in_reader(sample, card, hand, desk), time.monotonic)
            return run_in_reader(session, begun, at_work, stop)


def _desk(args: Namespace, session: CampaignSession, bar: progress_bar.ProgressBar) -> OperatorDesk:
    """Who answers what vectors ask; nobody where none that waits asks anything. Raises Fault."""
    asking = any(case.attended for case in session.waiting())
    return operator_desk(
        args.operator if asking else None,
        unattended=args.unattended,
        now=_now,
        note=session.attested,
        earlier=session.records,
        aside=bar.aside,
    )


def _hand_with_sam(args: Namespace, card: PcscLink, sample: Sample, stack: ExitStack) -> SamHand:
    """The hand with the PSAM in its reader. Raises Fault, PcscError, HandRefused, CardGone, CardMute."""
    name = reader_named(sample.sam)
    if name == card.reader:
        raise Fault(f"--sam {sample.sam}: this is the reader with the card, {name}; the PSAM is in another")
    link = PcscLink(name)
    stack.callback(link.close)
    hand = hand_with_sam(card, link, load(sample.profile, settings=sample.settings))
    if not args.json:
        print(f"PSAM        {name}: {hand.described}")
    return hand


def _begun(args: Namespace, *, reader: str = "", driver: str = "") -> SessionBegun:
    """Who sits down at what; which card is in a reader, and whether somebody answers, is found there."""
    return SessionBegun(
        at="",
        operator=args.operator,
        attended=False,
        tool=f"dualcos {version_of_program()}",
        platform=f"{platform.platform()}, {platform.python_implementation()} {platform.python_version()}",
        reader=reader,
        driver=driver,
        sam_reader="",
        atr="",
        serial="",
    )


class _Watch:
    """Shows how far the campaign is, and tells each verdict as it comes."""

    def __init__(self, args: Namespace, asked: CampaignAsked) -> None:
        self._args = args
        self._cases = {case.id: case for case in asked.cases}
        self._show: progress_bar.Show = lambda _done, _words: None
        self._done = self._failed = 0
        self._waiting = len(self._cases)

    def before(self, session: CampaignSession) -> None:
        """What earlier sessions have judged: what did not pass is told again."""
        known = standing(session.records, _now())
        self._waiting = len(session.waiting())
        if known and not self._args.json:
            print(f"{len(known)} of {len(self._cases)} vectors were judged before")
        for verdict in known.values():
            if verdict.verdict not in ("pass", "not-applicable"):
                self._tell(verdict)

    @contextmanager
    def bar(self) -> Iterator[progress_bar.ProgressBar]:
        """A progress bar while vectors are played."""
        with progress_bar.bar("lab 检测", self._waiting, shown=not self._args.json) as bar:
            self._show = bar
            yield bar

    def judged(self, verdict: VectorJudged) -> None:
        """One more."""
        self._done += 1
        self._failed += verdict.verdict == "fail"
        if not (self._args.quiet and verdict.verdict in ("pass", "not-applicable")):
            self._tell(verdict)
        self._show(self._done, f"{verdict.id}, {self._failed} failed" if self._failed else verdict.id)

    def _tell(self, verdict: VectorJudged) -> None:
        result = _result(verdict, self._cases)
        tell(self._args, facts_of_vector(result), (run_report.line(result),))


def _result(verdict: VectorJudged, cases: dict[str, Case]) -> VectorResult:
    """A verdict as whoever played the vector has it."""
    judged = VectorVerdict(verdict.verdict)
    case = cases[verdict.id]
    return VectorResult(case, judged, verdict.where, verdict.text, verdict.requirement, verdict.kind)


# --- what came of it --------------------------------------------------------------------------------------------------


class _Outcome(NamedTuple):
    """What came of a session: verdicts as they stand now, which failures are known, the signature if there is one."""

    asked: CampaignAsked
    over: CampaignOver
    stands: Mapping[str, VectorJudged]
    known: KnownFaults
    signature: Path | None


def _tell_end(args: Namespace, came: _Outcome) -> int:
    """The counts as they stand now, and the exit code that they come to. Raises Fault if nothing was played."""
    known, today = came.known, _now().date()
    cases = {case.id: case for case in came.asked.cases}
    judged = [came.stands[identity] for identity in cases if identity in came.stands]
    results = [_result(verdict, cases) for verdict in judged]
    failures = [verdict for verdict in judged if verdict.verdict == "fail"]
    counted = totals(len(cases), [verdict.verdict for verdict in judged])
    facts = LabRunFacts(
        campaign=None if args.campaign is None else str(args.campaign),
        signature=None if came.signature is None else str(came.signature),
        ended=came.over.why,
        why=came.over.words,
        vectors=len(cases),
        passed=counted.passed,
        failed=counted.failed,
        inconclusive=counted.inconclusive,
        not_applicable=counted.not_applicable,
        waiting=counted.waiting,
        known_failures=[verdict.id for verdict in failures if known.known(verdict, today)],
        failed_vectors=[verdict.id for verdict in failures if not known.known(verdict, today)],
        reasons=[ReasonNotApplicable(why=why, vectors=number) for why, number in run_report.why_not(results)],
        go_on=_command(args) if counted.waiting and args.campaign is not None else None,
    )
    words = [totals_in_words(counted)]
    words += [run_report.applying(results)] if args.card is not None or args.pcsc is not None else []
    words += [f"known       {' '.join(facts.known_failures)}"] if facts.known_failures else []
    words += list(known.idle({verdict.id: verdict for verdict in judged}, today))
    words += [f"campaign    {args.campaign}"] if args.campaign is not None else []
    words += [f"signature   {came.signature}"] if came.signature is not None else []
    tell(args, facts, words)
    if facts.failed_vectors:
        return DIFFERS
    if counted.not_applicable == len(cases):
        raise Fault(f"nothing was played: none of {len(cases)} vectors applies to this card")
    return WRONG if counted.inconclusive or counted.waiting else DONE


def _say_stopping(args: Namespace) -> None:
    when = "the vector that is being played" if args.pcsc is not None else "those that are being played"
    print(f"stopping behind {when}; Ctrl-C again stops at once", file=sys.stderr)


def _how_to_go_on(args: Namespace, what: str) -> str:
    """One line: what happened, and how it goes on."""
    if args.campaign is None:
        return f"{what}; nothing is kept: --campaign FILE keeps a campaign that can go on"
    return f"{what}; {args.campaign} keeps what was judged, {to_paste(_command(args))} goes on"


def _command(args: Namespace) -> str:
    """The command that goes on, ready to be pasted; settings that are secret are not said again."""
    if public_settings(args.set) != tuple(args.set):
        return "the same command"
    return f"`dualcos {shlex.join(args.typed)}`"


LAB_RUN = LabAction("run", "play vectors on a sample, keep their verdicts, go on where it stopped", _arguments, run)
