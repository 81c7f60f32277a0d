"""The report as JSON Lines: first the campaign, then a line for each vector. The classes are the schema."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from dualcos.explain.trace_lines import ExchangeLine, FindingLine, PowerLine, ReasonLine
from dualcos.lab.evidence.campaign_records import Moment, SampleAsked, Sha256, Verdict, VerdictTotals
from dualcos.lab.evidence.known_faults import KnownFault
from dualcos.lab.report.campaign_report import CampaignReport, ReportedVector, VectorStanding


class ReportPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Part of a line."""


class AnswerReported(ReportPart, frozen=True):
    """The answer that decided against the card."""

    sent: Annotated[str, Meta(description="the command in hex, masked with dots, or what was done to the card")]
    expected: Annotated[list[str], Meta(description="each answer that is right, as the vector has it")]
    came: Annotated[str, Meta(description="status word and data; empty if nothing came")]


class KnownFailure(ReportPart, frozen=True):
    """The entry of the known faults that a failure is."""

    reason: Annotated[str, Meta(description="why it fails")]
    link: Annotated[str, Meta(description="where more is said of it")]
    expires: Annotated[datetime.date, Meta(description="the last day on which it counts")]


class ReportLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="schema"):
    """One line."""


class CampaignReported(ReportLine, frozen=True, kw_only=True, tag="dualcos.report.campaign/1"):
    """检测活动: the first line."""

    campaign: Annotated[str, Meta(description="the name of the campaign's file")]
    at: Annotated[Moment, Meta(description="when the report was made")]
    began: Annotated[Moment, Meta(description="when the campaign did")]
    laboratory: Annotated[str, Meta(description="实验室: whose it is")]
    tool: Annotated[str, Meta(description="who judged")]
    sample: Annotated[SampleAsked, Meta(description="样品: what the vectors were played on")]
    sound: Annotated[bool, Meta(description="the file is finished, whole and signed")]
    wrong: Annotated[list[str], Meta(description="why it is not")]
    remarks: Annotated[list[str], Meta(description="what else is to be known of it")]
    fingerprint: Annotated[str, Meta(description="of the key that signed; empty without a signature that fits")]
    key_known: Annotated[bool, Meta(description="it is the one that was given as the laboratory's")]
    root: Annotated[Sha256, Meta(description="of the vector files that were played")]
    files_otherwise: Annotated[list[str], Meta(description="vector files that lie otherwise today, or are gone")]
    ics: Annotated[
        dict[str, str | int | bool],
        Meta(description="the answers of the implementation conformance statement, by question"),
    ]
    hidden_settings: Annotated[
        list[str], Meta(description="of the sample, that are keys or PINs: whoever repeats a vector fills them in")
    ]
    totals: Annotated[VerdictTotals, Meta(description="as the verdicts stood at `at`")]
    new_failures: Annotated[int, Meta(description="how many that no known fault explains")]


class VectorReported(ReportLine, frozen=True, kw_only=True, tag="dualcos.report.vector/1"):
    """向量: one vector. Of one that is gone, title and clauses are empty."""

    id: Annotated[str, Meta(description="of the vector")]
    unit: Annotated[str, Meta(description="the file it stands in")]
    title: Annotated[str, Meta(description="what it is called, in English")]
    title_zh: Annotated[str, Meta(description="名称")]
    clause: Annotated[list[str], Meta(description="what it judges by")]
    item: Annotated[list[str], Meta(description="检测项目: the test items it is for")]
    requirement: Annotated[list[str], Meta(description="what it decides")]
    verdict: Annotated[Verdict | Literal["waiting"], Meta(description="判定结果: what is said of it")]
    standing: Annotated[
        VectorStanding, Meta(description="what the vector says today against what it said when it was judged")
    ]
    where: Annotated[str, Meta(description="the step that decided")]
    text: Annotated[str, Meta(description="why")]
    kind: Annotated[str, Meta(description="why it does not apply, or was not judged")]
    answer: Annotated[AnswerReported | None, Meta(description="the one that decided; null where none did")]
    reason: Annotated[ReasonLine | None, Meta(description="the card's own, of a card in this process")]
    findings: Annotated[list[FindingLine], Meta(description="which mistake the exchange shows, the surest first")]
    known: Annotated[KnownFailure | None, Meta(description="null where the failure is new")]
    runs: Annotated[int, Meta(description="how many runs there were")]
    seconds: Annotated[float, Meta(description="how long it took")]
    exchanges: Annotated[list[ExchangeLine | PowerLine], Meta(description="the run that decided, in words")]
    repeat: Annotated[str, Meta(description="the command that plays this vector on this sample; empty if it is gone")]


ReportedLine = CampaignReported | VectorReported
"""Any line."""


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
        hidden_settings=list(report.hidden_settings),
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
