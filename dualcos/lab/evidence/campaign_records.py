"""What a campaign writes down (检测记录): one record for each thing that happened, in the order in which it did.

A campaign file is the chain of these (``campaign_file``). Times are UTC, as ``2026-11-29T08:00:00Z``; digests and
everything else in hex are upper case but for SHA-256, which is lower case as ``sha256sum`` prints it. Commands and
answers stand masked: no PIN, no key, nothing enciphered under one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

FORMAT: Literal[1] = 1
Moment = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
PublicKeyHex = Annotated[str, Meta(pattern="^[0-9A-F]{64}$")]
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
    """One record; ``at``: when it was written down."""

    at: Moment


class FileDigest(RecordPart, frozen=True):
    """One vector file: its path below the folder it came from, and what stood in it."""

    path: str
    sha256: Sha256


class SampleAsked(RecordPart, frozen=True):
    """What the vectors are to be played on. ``name``: profile, card file or reader; ``profile``: whose test keys the
    card has, its digest beside it; ``settings``: fields otherwise than in the profile (no key, no PIN); ``faults``: the
    script by which a card in this process misbehaves. ``file_sha256``, ``faults_sha256``: of the card file and of the
    script. Empty where there is no such thing. ``psam``: a PSAM computes, and no key of the profile.
    """

    kind: SampleKind
    name: str = ""
    profile: str = ""
    profile_sha256: str = ""
    settings: list[str] = []
    faults: str = ""
    file_sha256: str = ""
    faults_sha256: str = ""
    psam: bool = False


class CampaignBegun(Record, frozen=True, tag="campaign"):
    """The first record: what the campaign is. It never changes; who goes on must ask for the same.

    ``code``: digest of all that judges. ``files``: every vector file, ``root`` the SHA-256 over their lines
    ``sha256  path``. ``ics``: the answers of the implementation conformance statement, by question. ``chosen``: the ids
    asked for are so many, ``chosen_sha256`` over their lines, sorted. ``seed``: where the random numbers of cards in
    process start. ``public_key``: of the laboratory, raw in hex; empty if the campaign is not to be signed.
    """

    format: Literal[1]
    laboratory: str
    public_key: Annotated[str, Meta(pattern="^([0-9A-F]{64})?$")]
    tool: str
    code: str
    sample: SampleAsked
    selection: list[str]
    files: list[FileDigest]
    root: Sha256
    ics: dict[str, str | int | bool]
    chosen: int
    chosen_sha256: Sha256
    destructive: bool
    shuffled: int | None
    seed: str


class SessionBegun(Record, frozen=True, tag="session"):
    """Somebody sat down and went on: who, with which reader and driver, and which sample was found (ATR and serial in
    hex; empty where each vector has a card of its own). ``attended``: an operator answers what he is asked. ``psam``:
    which PSAM was in ``sam_reader``, and how it is known that the card belongs to it.
    """

    operator: str
    attended: bool
    tool: str
    platform: str
    reader: str
    driver: str
    sam_reader: str
    atr: str
    serial: str
    psam: str = ""


class VectorBegun(Record, frozen=True, tag="begun"):
    """A vector is going to be played on a card in a reader; on disk before the first command leaves."""

    id: str


class StepAttested(Record, frozen=True, tag="attested"):
    """An operator answered a step of a vector. ``step``: where in the vector; ``measured`` in ``unit``, where a
    measurement was asked for; ``until``: after this moment the answer is worth nothing.
    """

    id: str
    step: str
    answer: str
    measured: float | None
    unit: str
    by: str
    until: Moment


class PlayedCommand(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """What was sent and what came, masked with dots, in hex. A reset is ``cold`` or ``warm``, its answer the ATR; an
    answer that never came is empty.
    """

    sent: str
    came: str


class VectorJudged(Record, frozen=True, tag="verdict"):
    """A vector's verdict. ``vector``: digest of all that it says; ``where``, ``text``: the step that decided, and why;
    ``kind``: why it does not apply, or was not judged, in words that all have in which it is the same.
    ``played``: the commands of the run that decided; ``runs``: how many runs there were (a cut at each byte is one for
    each), ``played_sha256`` the digest over the ``played`` of all of them. ``seconds`` it took.
    """

    id: str
    vector: Sha256
    verdict: Verdict
    where: str
    text: str
    requirement: str
    kind: str
    played: list[PlayedCommand]
    runs: int
    played_sha256: Sha256
    seconds: float


class VerdictTotals(RecordPart, frozen=True):
    """How many vectors of those chosen have which verdict."""

    passed: int
    failed: int
    inconclusive: int
    not_applicable: int
    waiting: int


class SessionEnded(Record, frozen=True, tag="ended"):
    """The session ended in order, with these verdicts so far."""

    why: EndOfSession
    totals: VerdictTotals


AnyRecord = CampaignBegun | SessionBegun | VectorBegun | StepAttested | VectorJudged | SessionEnded
