"""What a report says (报告内容), as values: made of a campaign's records, the vectors as they are today, known faults.

Nothing is played and nothing is judged anew: verdicts are those of the records, as they stand at the moment of the
report. Where a vector was changed, withdrawn or is gone since, the report says so and shows what the record has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple

from dualcos.explain.control_characters import in_one_line
from dualcos.explain.trace_lines import ExchangeLine, FindingLine
from dualcos.lab.campaign.vector_contents import VectorDigests
from dualcos.lab.campaign.what_is_judged import Judged, judged_by
from dualcos.lab.conformance.run_report import kinds_counted
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.conformance.vector_schema import Title
from dualcos.lab.evidence.campaign_records import (
    AnswerJudged,
    CampaignBegun,
    FileDigest,
    SessionBegun,
    SessionEnded,
    StepAttested,
    VectorJudged,
    Verdict,
    VerdictTotals,
    moment,
)
from dualcos.lab.evidence.known_faults import KnownFault, KnownFaults
from dualcos.lab.evidence.record_order import totals
from dualcos.lab.evidence.vector_digests import digest_of_ids
from dualcos.lab.evidence.verification import Verification
from dualcos.lab.operator_steps.attestations import holds_at, latest, standing
from dualcos.lab.report.explained_runs import HappeningLine, RunsExplained
from dualcos.lab.report.repeated_by import RepeatedSample, repeated_by
from dualcos.profile.profile_settings import HIDDEN
from keys.custody.signing_key import key_fingerprint

VectorStanding = Literal["same", "changed", "withdrawn", "gone"]
ReportedVerdict = Verdict | Literal["waiting"]
_NO_TITLE = Title("", "")
_ANSWER = re.compile(r"^(?:[0-9A-F]|\.\.)[0-9A-F. ]* expected .+, came [0-9A-F]{4}", re.DOTALL)


class ReportError(Exception):
    """There is nothing to report on; the message says why."""


class ReportAsked(NamedTuple):
    """``name``: what the campaign's file is called; ``cases``: the vectors as they are today, and the ``files`` they
    lie in; ``vectors``: how ``--vectors`` names these, nothing for those that come along; ``chosen``: ids
    that the campaign's selection chooses of them; ``now``: as of when attestations hold and known faults count.
    """

    name: str
    verification: Verification
    cases: Sequence[Case]
    files: Sequence[FileDigest]
    vectors: tuple[str, ...]
    chosen: frozenset[str]
    known: KnownFaults
    now: datetime


class ReportedFile(NamedTuple):
    """A vector file as it was played, and whether it lies so today."""

    path: str
    sha256: str
    now: Literal["same", "changed", "gone"]


class ReportedSession(NamedTuple):
    """A session, and how it ended if it did in order."""

    begun: SessionBegun
    ended: SessionEnded | None


class ReportedAttestation(NamedTuple):
    """What an operator answered; ``holds``: it is still worth something."""

    attested: StepAttested
    holds: bool


class ReportedVector(NamedTuple):
    """One vector. ``case``: as it is today, None if it is gone; ``judged``: its verdict as it stands, None if it waits.

    ``run``: the commands of the run that decided, explained; ``repeat``: what plays it again, empty if it is gone.
    """

    id: str
    case: Case | None
    judged: VectorJudged | None
    standing: VectorStanding
    known: KnownFault | None
    run: tuple[HappeningLine, ...]
    repeat: str
    declared: Judged | None

    @property
    def verdict(self) -> ReportedVerdict:
        """Its verdict; ``waiting`` if it has none."""
        return self.judged.verdict if self.judged is not None else "waiting"

    @property
    def unit(self) -> str:
        """The unit it is of, empty if it is gone."""
        return self.case.unit.unit if self.case is not None else ""

    @property
    def title(self) -> Title:
        """What it is called."""
        return self.case.vector.title if self.case is not None else _NO_TITLE

    @property
    def clause(self) -> tuple[str, ...]:
        """The clauses it judges by."""
        return self.case.clause if self.case is not None else ()

    @property
    def items(self) -> tuple[str, ...]:
        """The test items it is for."""
        return self.case.items if self.case is not None else ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """What it decides, its steps' own included."""
        return tuple(sorted(self.declared.requirements)) if self.declared is not None else ()

    @property
    def answer(self) -> AnswerJudged | None:
        """The answer that decided against the card, if one did."""
        return self.judged.answer if self.judged is not None else None

    @property
    def findings(self) -> tuple[FindingLine, ...]:
        """Which mistake the deciding exchange shows: as the record has it, else as it is seen from outside."""
        if self.answer is not None and self.answer.findings:
            return tuple(self.answer.findings)
        last = self.run[-1] if self.run and self._an_answer_decided else None
        return tuple(last.findings) if isinstance(last, ExchangeLine) else ()

    @property
    def _an_answer_decided(self) -> bool:
        """Not what was looked at behind it. Records of old have the answer in their text alone."""
        if self.judged is None or self.verdict not in ("fail", "inconclusive"):
            return False
        return self.answer is not None or _ANSWER.search(self.judged.text) is not None


class CampaignReport:
    """A whole report: what was asked, and the ``vectors`` in the order of their files, those that are gone last."""

    def __init__(self, asked: ReportAsked, campaign: CampaignBegun, vectors: Sequence[ReportedVector]) -> None:
        self.name = in_one_line(asked.name)
        self.verification = asked.verification
        self.campaign = campaign
        self.vectors = tuple(vectors)
        self.known = asked.known
        self.at = moment(asked.now)
        self._now = asked.now
        self._files = asked.files

    @property
    def sound(self) -> bool:
        """The campaign's file is finished, whole and signed, and nothing speaks against the key."""
        return not self.verification.faults

    @property
    def fingerprint(self) -> str:
        """Of the key that signed; empty without a signature that fits itself."""
        signed = self.verification.signature
        return key_fingerprint(signed.public) if signed is not None else ""

    @property
    def key_known(self) -> bool:
        """The key that signed is the one that was given as the laboratory's."""
        wrong = any(each.what == "key" for each in self.verification.faults)
        return bool(self.fingerprint) and self.verification.key_known and not wrong

    @cached_property
    def totals(self) -> VerdictTotals:
        """As the verdicts stand."""
        judged = [each.judged.verdict for each in self.vectors if each.judged is not None]
        return totals(max(self.campaign.chosen, len(judged)), judged)

    def of(self, verdict: ReportedVerdict) -> tuple[ReportedVector, ...]:
        """The vectors with this verdict."""
        return tuple(each for each in self.vectors if each.verdict == verdict)

    @property
    def new_failures(self) -> tuple[ReportedVector, ...]:
        """Those that no known fault explains."""
        return tuple(each for each in self.of("fail") if each.known is None)

    @property
    def known_failures(self) -> tuple[ReportedVector, ...]:
        """The others."""
        return tuple(each for each in self.of("fail") if each.known is not None)

    @property
    def idle_entries(self) -> tuple[str, ...]:
        """A line for each known fault that hides nothing."""
        judged = {each.id: each.judged for each in self.vectors if each.judged is not None}
        return tuple(self.known.idle(judged, self._now.date()))

    @property
    def otherwise(self) -> tuple[ReportedVector, ...]:
        """Vectors that are not today what was judged."""
        return tuple(each for each in self.vectors if each.judged is not None and each.standing != "same")

    @cached_property
    def files(self) -> tuple[ReportedFile, ...]:
        """The vector files that were played. Known again by content, whatever folder they are in today."""
        contents = {each.sha256 for each in self._files}
        paths = {each.path for each in self._files}
        return tuple(
            ReportedFile(each.path, each.sha256, _file_now(each, contents, paths)) for each in self.campaign.files
        )

    @property
    def sessions(self) -> tuple[ReportedSession, ...]:
        """In order."""
        found: list[ReportedSession] = []
        for record in self.verification.chain.records:
            if isinstance(record, SessionBegun):
                found.append(ReportedSession(record, None))
            elif isinstance(record, SessionEnded) and found:
                found[-1] = found[-1]._replace(ended=record)
        return tuple(found)

    @property
    def attestations(self) -> tuple[ReportedAttestation, ...]:
        """What operators answered, the last answer to each step."""
        found = latest(self.verification.chain.records).values()
        return tuple(ReportedAttestation(each, holds_at(each, self._now)) for each in found)

    @property
    def hidden_settings(self) -> tuple[str, ...]:
        """Settings of the sample that are a key or PIN: no record says it, whoever repeats a vector fills it in."""
        return tuple(each.partition("=")[0] for each in self.campaign.sample.settings if each.endswith(f"={HIDDEN}"))

    @property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        """Why vectors do not apply, and how many each; the most frequent first."""
        return kinds_counted(each.judged.kind for each in self.of("not-applicable") if each.judged is not None)


def campaign_report(asked: ReportAsked) -> CampaignReport:
    """The report that is asked for, as far as the file holds. Raises ReportError if no campaign has begun in it."""
    campaign = asked.verification.campaign
    if campaign is None:
        raise ReportError("no campaign has begun in it, or its first record is altered")
    judged = standing(asked.verification.chain.records, asked.now)
    cases = {case.id: case for case in asked.cases}
    chosen = _chosen(campaign, asked.chosen, judged)
    order = [*(each for each in cases if each in chosen), *sorted(chosen - cases.keys())]
    teller = _Teller(asked, campaign)
    return CampaignReport(asked, campaign, [teller.vector(each, cases.get(each), judged.get(each)) for each in order])


def _chosen(campaign: CampaignBegun, selected: frozenset[str], judged: Iterable[str]) -> frozenset[str]:
    """Ids of the campaign: those chosen if they are still known to be these, else those that have a verdict."""
    whole = len(selected) == campaign.chosen and digest_of_ids(selected) == campaign.chosen_sha256
    return selected if whole else frozenset(judged)


class _Teller:
    """Makes values of vectors, one by one."""

    def __init__(self, asked: ReportAsked, campaign: CampaignBegun) -> None:
        self._asked = asked
        sessions = [each for each in asked.verification.chain.records if isinstance(each, SessionBegun)]
        self._sample = RepeatedSample(
            campaign.sample,
            destructive=campaign.destructive,
            sam=_last(each.sam_reader for each in sessions),
            operator=_last(each.operator for each in sessions if each.attended),
        )
        self._digests = VectorDigests()
        self._runs = RunsExplained(campaign.sample)

    def vector(self, identity: str, case: Case | None, judged: VectorJudged | None) -> ReportedVector:
        today = self._asked.now.date()
        return ReportedVector(
            identity,
            case,
            judged,
            self._standing(case, judged),
            self._asked.known.entry_for(judged, today) if judged is not None else None,
            self._runs.lines(judged, case) if judged is not None else (),
            self._repeat(case) if case is not None else "",
            judged_by(case) if case is not None else None,
        )

    def _repeat(self, case: Case) -> str:
        return in_one_line(repeated_by(case.id, self._sample, self._asked.vectors, attended=case.attended))

    def _standing(self, case: Case | None, judged: VectorJudged | None) -> VectorStanding:
        if case is None:
            return "gone"
        if judged is None or self._digests.of(case) == judged.vector:
            return "same"
        return "withdrawn" if case.vector.status == "withdrawn" else "changed"


def _last(told: Iterable[str]) -> str:
    """The last of them that is told at all."""
    return next((each for each in reversed([*told]) if each), "")


def _file_now(file: FileDigest, contents: set[str], paths: set[str]) -> Literal["same", "changed", "gone"]:
    if file.sha256 in contents:
        return "same"
    return "changed" if file.path in paths else "gone"


def verdicts_counted(vectors: Iterable[ReportedVector]) -> Mapping[ReportedVerdict, int]:
    """How many have which verdict."""
    return Counter(each.verdict for each in vectors)
