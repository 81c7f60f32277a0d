"""The report as JSON Lines: first the campaign, then a line for each vector. The classes are the schema."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from dualcos.explain.trace_lines import ExchangeLine, FindingLine, PowerLine, ReasonLine
from dualcos.lab.evidence.campaign_records import Moment, SampleAsked, Sha256, Verdict, VerdictTotals
from dualcos.lab.evidence.known_faults import KnownFault
from dualcos.lab.report.campaign_report import CampaignReport, ReportedVector, VectorStanding


class ReportPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Part of a line."""


class AnswerReported(ReportPart, frozen=True):
    """The answer that decided against the card: what was ``sent`` (masked), each answer that is right, and what
    ``came``: status word and data, empty if nothing did.
    """

    sent: str
    expected: list[str]
    came: str


class KnownFailure(ReportPart, frozen=True):
    """The entry of the known faults that a failure is; ``expires``: its last day."""

    reason: str
    link: str
    expires: datetime.date


class ReportLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="schema"):
    """One line."""


class CampaignReported(ReportLine, frozen=True, kw_only=True, tag="dualcos.report.campaign/1"):
    """The first line. ``sound``: the file is finished, whole and signed; if not, ``wrong`` says why. ``fingerprint``:
    of the key that signed, empty without a signature that fits; ``key_known``: it is the one that was given as the
    laboratory's. ``root``: of the vector files played; ``files_otherwise``: those that lie otherwise now, or are gone.
    ``totals``: as the verdicts stood at ``at``; ``new_failures``: those that no known fault explains.
    """

    campaign: str
    at: Moment
    began: Moment
    laboratory: str
    tool: str
    sample: SampleAsked
    sound: bool
    wrong: list[str]
    remarks: list[str]
    fingerprint: str
    key_known: bool
    root: Sha256
    files_otherwise: list[str]
    ics: dict[str, str | int | bool]
    totals: VerdictTotals
    new_failures: int


class VectorReported(ReportLine, frozen=True, kw_only=True, tag="dualcos.report.vector/1"):
    """One vector. ``standing``: the vector says today what it said when it was judged, something else (``changed``),
    is ``withdrawn`` or ``gone``: then titles and clauses are empty. ``where``, ``text``: the step that decided, and
    why; ``kind``: why it does not apply or was not judged. ``answer``: the one that decided; ``reason``: the card's
    own, of a card in process; ``findings``: which mistake the exchange shows. ``known``: null where the failure is new.
    ``exchanges``: the run that decided, of ``runs``. ``repeat``: the command that plays this vector on this sample.
    """

    id: str
    unit: str
    title: str
    title_zh: str
    clause: list[str]
    item: list[str]
    requirement: list[str]
    verdict: Verdict | Literal["waiting"]
    standing: VectorStanding
    where: str
    text: str
    kind: str
    answer: AnswerReported | None
    reason: ReasonLine | None
    findings: list[FindingLine]
    known: KnownFailure | None
    runs: int
    seconds: float
    exchanges: list[ExchangeLine | PowerLine]
    repeat: str


def report_lines(report: CampaignReport) -> Iterator[bytes]:
    """Each line with its end."""
    encoder = msgspec.json.Encoder()
    for line in (_campaign(report), *map(_vector, report.vectors)):
        yield encoder.encode(line) + b"\n"


def _campaign(report: CampaignReport) -> CampaignReported:
    begun = report.campaign
    return CampaignReported(
        campaign=report.name,
        at=report.at,
        began=begun.at,
        laboratory=begun.laboratory,
        tool=begun.tool,
        sample=begun.sample,
        sound=report.sound,
        wrong=[str(each) for each in report.verification.faults],
        remarks=list(report.verification.remarks),
        fingerprint=report.fingerprint,
        key_known=report.key_known,
        root=begun.root,
        files_otherwise=[each.path for each in report.files if each.now != "same"],
        ics=begun.ics,
        totals=report.totals,
        new_failures=len(report.new_failures),
    )


def _vector(each: ReportedVector) -> VectorReported:
    judged, answer = each.judged, each.answer
    return VectorReported(
        id=each.id,
        unit=each.unit,
        title=each.title.en,
        title_zh=each.title.zh,
        clause=list(each.clause),
        item=list(each.items),
        requirement=list(each.requirements),
        verdict=each.verdict,
        standing=each.standing,
        where=judged.where if judged is not None else "",
        text=judged.text if judged is not None else "",
        kind=judged.kind if judged is not None else "",
        answer=None if answer is None else AnswerReported(sent=answer.sent, expected=answer.expected, came=answer.came),
        reason=answer.reason if answer is not None else None,
        findings=list(each.findings),
        known=None if each.known is None else _known(each.known),
        runs=judged.runs if judged is not None else 0,
        seconds=judged.seconds if judged is not None else 0.0,
        exchanges=list(each.run),
        repeat=each.repeat,
    )


def _known(entry: KnownFault) -> KnownFailure:
    return KnownFailure(reason=entry.reason, link=entry.link, expires=entry.expires)
