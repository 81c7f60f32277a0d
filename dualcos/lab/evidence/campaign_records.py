"""What a campaign writes down (检测记录): one record for each thing that happened, in the order in which it did.

A campaign file is the chain of these (``campaign_file``). Times are UTC, as ``2026-11-29T08:00:00Z``; digests and
everything else in hex are upper case but for SHA-256, which is lower case as ``sha256sum`` prints it. Commands and
answers stand masked: no PIN, no key, nothing enciphered under one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from dualcos.explain.trace_lines import FindingLine, ReasonLine
from dualcos.textforms.whole_texts import whole

FORMAT: Literal[1] = 1
Moment = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Sha256 = Annotated[str, Meta(pattern=whole("[0-9a-f]{64}"))]
PublicKeyHex = Annotated[str, Meta(pattern=whole("[0-9A-F]{64}"))]
Verdict = Literal["pass", "fail", "inconclusive", "not-applicable"]
"""What has been said of a vector; one that has none yet is *waiting*."""
SampleKind = Literal["each vector's own", "profile", "card file", "reader"]
EndOfSession = Literal["complete", "stopped", "reader gone"]


def moment(at: datetime) -> str:
    """``at`` as records have it, in UTC. Texts of moments are in order as the moments are."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class RecordPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Part of a record."""


class Record(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="record"):
    """One record."""

    at: Annotated[Moment, Meta(description="when it was written down")]


class FileDigest(RecordPart, frozen=True):
    """One vector file."""

    path: Annotated[str, Meta(description="below the folder it came from")]
    sha256: Annotated[Sha256, Meta(description="of what stood in it")]


class SampleAsked(RecordPart, frozen=True):
    """样品: what the vectors are to be played on. Empty is what there is not."""

    kind: Annotated[SampleKind, Meta(description="what it is")]
    name: Annotated[str, Meta(description="the profile, card file or reader")] = ""
    profile: Annotated[str, Meta(description="whose test keys the card has")] = ""
    profile_sha256: Annotated[str, Meta(description="of that profile")] = ""
    settings: Annotated[list[str], Meta(description="fields otherwise than in the profile; no key, no PIN")] = []
    faults: Annotated[str, Meta(description="the script by which a card in this process misbehaves")] = ""
    file_sha256: Annotated[str, Meta(description="of the card file")] = ""
    faults_sha256: Annotated[str, Meta(description="of that script")] = ""
    psam: Annotated[bool, Meta(description="a PSAM computes, and no key of the profile")] = False


class CampaignBegun(Record, frozen=True, tag="campaign"):
    """The first record: what the campaign is. It never changes; who goes on must ask for the same."""

    format: Annotated[Literal[1], Meta(description="of the records")]
    laboratory: Annotated[str, Meta(description="检测机构: whose campaign it is")]
    public_key: Annotated[
        str,
        Meta(pattern=whole("([0-9A-F]{64})?"), description="the laboratory's, raw; empty if nothing is to be signed"),
    ]
    tool: Annotated[str, Meta(description="which dualcos")]
    code: Annotated[str, Meta(description="digest of all that judges")]
    sample: Annotated[SampleAsked, Meta(description="样品: what the vectors are played on")]
    selection: Annotated[list[str], Meta(description="which vectors were asked for, as they were asked for")]
    files: Annotated[list[FileDigest], Meta(description="every vector file")]
    root: Annotated[Sha256, Meta(description="over the lines `sha256  path` of the files")]
    ics: Annotated[
        dict[str, str | int | bool],
        Meta(description="answers of the implementation conformance statement 实现一致性声明, by question"),
    ]
    chosen: Annotated[int, Meta(description="how many vectors were chosen")]
    chosen_sha256: Annotated[Sha256, Meta(description="over the lines of their ids, sorted")]
    destructive: Annotated[bool, Meta(description="what spoils the card may be played")]
    shuffled: Annotated[int | None, Meta(description="the number of another order; null: in their own")]
    seed: Annotated[str, Meta(description="where the random numbers of cards in process start")]


class SessionBegun(Record, frozen=True, tag="session"):
    """Somebody sat down and went on. Empty is what there is not."""

    operator: Annotated[str, Meta(description="操作员: who")]
    attended: Annotated[bool, Meta(description="an operator answers what he is asked")]
    tool: Annotated[str, Meta(description="which dualcos")]
    platform: Annotated[str, Meta(description="on which system")]
    reader: Annotated[str, Meta(description="读卡器: the card's reader")]
    driver: Annotated[str, Meta(description="of that reader")]
    sam_reader: Annotated[str, Meta(description="the PSAM's reader")]
    atr: Annotated[str, Meta(description="复位应答 of the sample, hex")]
    serial: Annotated[str, Meta(description="number of its chip, hex")]
    psam: Annotated[str, Meta(description="which PSAM, and how it is known that the card belongs to it")] = ""


class VectorBegun(Record, frozen=True, tag="begun"):
    """A vector is going to be played on a card in a reader; on disk before the first command leaves."""

    id: Annotated[str, Meta(description="of the vector")]


class StepAttested(Record, frozen=True, tag="attested"):
    """An operator answered a step of a vector."""

    id: Annotated[str, Meta(description="of the vector")]
    step: Annotated[str, Meta(description="where in the vector")]
    answer: Annotated[str, Meta(description="what he answered, or did")]
    measured: Annotated[float | None, Meta(description="what he measured; null where nothing was")]
    unit: Annotated[str, Meta(description="in which it was measured")]
    by: Annotated[str, Meta(description="操作员: who he is")]
    until: Annotated[Moment, Meta(description="after this moment the answer is worth nothing")]


class PlayedCommand(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What was sent and what came, masked with dots, in hex. A reset is ``cold`` or ``warm``, its answer the ATR; an
    answer that never came is empty.
    """

    sent: Annotated[str, Meta(description="the command, or the reset")]
    came: Annotated[str, Meta(description="the answer, or the ATR")]


class AnswerJudged(RecordPart, frozen=True):
    """An answer that decided a vector."""

    sent: Annotated[str, Meta(description="the command in hex, masked with dots, or what was done to the card")]
    expected: Annotated[list[str], Meta(description="each answer that is right, as the vector has it")]
    came: Annotated[str, Meta(description="status word and data, or the ATR; empty if nothing came")]
    reason: Annotated[ReasonLine | None, Meta(description="why a card in this process refused it, as far as it tells")]
    findings: Annotated[list[FindingLine], Meta(description="which mistake the exchange shows, the surest first")]


class FaultInjected(RecordPart, frozen=True):
    """故障注入: what a fault script made of a command of the run that decided."""

    at: Annotated[int, Meta(ge=0, description="which of `played`, from 0")]
    what: Annotated[list[str], Meta(description="by which rule, what was done, and what the card had answered")]


class VectorJudged(Record, frozen=True, tag="verdict"):
    """判定: a vector's verdict."""

    id: Annotated[str, Meta(description="of the vector")]
    vector: Annotated[Sha256, Meta(description="digest of all that it says")]
    verdict: Annotated[Verdict, Meta(description="判定结果: what is said of the vector")]
    where: Annotated[str, Meta(description="the step that decided")]
    text: Annotated[str, Meta(description="why")]
    requirement: Annotated[str, Meta(description="what does not hold if it fails")]
    kind: Annotated[
        str,
        Meta(description="why it does not apply, or was not judged, in words that all have in which it is the same"),
    ]
    played: Annotated[list[PlayedCommand], Meta(description="the commands of the run that decided")]
    runs: Annotated[int, Meta(description="how many runs there were: with a cut at each byte one for each")]
    played_sha256: Annotated[
        Sha256,
        Meta(
            description="over the `played` of all runs; one that comes to where an earlier run of the vector has been "
            "is not played on"
        ),
    ]
    seconds: Annotated[float, Meta(description="how long it took")]
    answer: Annotated[
        AnswerJudged | None, Meta(description="the answer that decided against the card; null where none did")
    ] = None
    injected: Annotated[
        list[FaultInjected], Meta(description="where the sample misbehaved in that run because a fault script says so")
    ] = []


class VerdictTotals(RecordPart, frozen=True):
    """How many vectors of those chosen have which verdict."""

    passed: Annotated[int, Meta(description="通过: all that was asked came")]
    failed: Annotated[int, Meta(description="不通过: something else came")]
    inconclusive: Annotated[int, Meta(description="无结论: the situation was not reached")]
    not_applicable: Annotated[int, Meta(description="不适用: not for this card")]
    waiting: Annotated[int, Meta(description="待测: no verdict yet")]


class SessionEnded(Record, frozen=True, tag="ended"):
    """The session ended in order."""

    why: Annotated[EndOfSession, Meta(description="how it ended")]
    totals: Annotated[VerdictTotals, Meta(description="the verdicts so far")]


AnyRecord = CampaignBegun | SessionBegun | VectorBegun | StepAttested | VectorJudged | SessionEnded
