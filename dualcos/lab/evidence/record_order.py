"""What holds of every campaign that was written as it happened: which record may come behind which.

The chain shows that nothing was changed since it was written; this, that it was written as campaigns are. Whoever has
the laboratory's key could sign anything: a verdict on a card that was never asked is seen here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from dualcos.lab.evidence.campaign_records import (
    AnyRecord,
    CampaignBegun,
    SessionBegun,
    SessionEnded,
    StepAttested,
    VectorBegun,
    VectorJudged,
    Verdict,
    VerdictTotals,
)
from dualcos.lab.evidence.vector_digests import digest_of_ids, vector_root
from dualcos.lab.operator_steps.attestations import carries


class Disorder(NamedTuple):
    """The first record, from 1, that cannot have come where it stands; ``text`` says why."""

    number: int
    text: str


def disorder(records: Sequence[AnyRecord], destructive: Collection[str] = ()) -> Disorder | None:
    """The first record out of order; None if there is none. ``destructive``: ids that are played once on a card."""
    course = _Course(destructive)
    for number, record in enumerate(records, 1):
        text = course.wrong(record)
        if text:
            return Disorder(number, text)
    return None


def verdicts(records: Sequence[AnyRecord]) -> dict[str, VectorJudged]:
    """The verdict that counts of each vector that has one: its last."""
    return {record.id: record for record in records if isinstance(record, VectorJudged)}


def totals(chosen: int, judged: Collection[Verdict]) -> VerdictTotals:
    """How many of the vectors chosen have which verdict."""
    number = Counter(judged)
    return VerdictTotals(
        passed=number["pass"],
        failed=number["fail"],
        inconclusive=number["inconclusive"],
        not_applicable=number["not-applicable"],
        waiting=chosen - len(judged),
    )


def totals_in_words(found: VerdictTotals) -> str:
    """One line."""
    parts = (
        (found.passed, "pass"),
        (found.failed, "fail"),
        (found.inconclusive, "inconclusive"),
        (found.not_applicable, "not-applicable"),
        (found.waiting, "waiting"),
    )
    return f"{sum(number for number, _ in parts)} vectors: {', '.join(f'{number} {name}' for number, name in parts)}"


class _Course:
    """A campaign as far as it has gone. ``wrong`` says of each record why it cannot be the next, and takes it."""

    def __init__(self, destructive: Collection[str]) -> None:
        self._destructive = destructive
        self._campaign: CampaignBegun | None = None
        self._in_reader = False
        self._session: SessionBegun | None = None
        self._under_way = ""
        self._left: set[str] = set()  # begun in sessions before, and not judged
        self._begun: set[str] = set()
        self._judged: dict[str, Verdict] = {}
        self._since = ""  # when the vector under way was begun
        self._attested: dict[tuple[str, str], StepAttested] = {}

    def wrong(self, record: AnyRecord) -> str:
        if isinstance(record, CampaignBegun):
            return self._campaign_begun(record)
        if self._campaign is None:
            return "a campaign file begins with what the campaign is, and this is something else"
        if isinstance(record, SessionBegun):
            return self._session_begun(record)
        if self._session is None:
            return "no session had begun in which it could come"
        if isinstance(record, VectorBegun):
            return self._vector_begun(record)
        if isinstance(record, StepAttested):
            return self._step_attested(record, self._session)
        if isinstance(record, VectorJudged):
            return self._vector_judged(record, self._campaign)
        return self._session_ended(record, self._campaign)

    def _campaign_begun(self, record: CampaignBegun) -> str:
        if self._campaign is not None:
            return "a campaign begins once, with the first record"
        self._campaign, self._in_reader = record, record.sample.kind == "reader"
        return "" if record.root == vector_root(record.files) else "its root is not that of its vector files"

    def _session_begun(self, record: SessionBegun) -> str:
        if self._under_way:
            self._left.add(self._under_way)
        self._session, self._under_way = record, ""
        return ""

    def _vector_begun(self, record: VectorBegun) -> str:
        if not self._in_reader:
            return "only a vector for a card in a reader is noted before it is played"
        if self._under_way:
            return f"{self._under_way} was under way and had not been judged"
        if record.id in self._left:
            return "a session before had begun it and was interrupted; that is judged before it is played again"
        if record.id in self._begun and record.id in self._destructive:
            return "it is destructive, and was played before"
        if self._settled(record.id):
            return f"it had been judged before: {self._judged[record.id]}"
        self._begun.add(record.id)
        self._under_way, self._since = record.id, record.at
        return ""

    def _settled(self, identity: str) -> bool:
        """True if a vector has a verdict, which another one cannot follow."""
        return self._judged.get(identity, "inconclusive") != "inconclusive"

    def _step_attested(self, record: StepAttested, session: SessionBegun) -> str:
        if not session.attended:
            return "nobody attends this session who could have attested it"
        if self._under_way and record.id != self._under_way:
            return f"{self._under_way} was under way"
        self._attested[record.id, record.step] = record
        return "" if record.until >= record.at else "it had expired before it was given"

    def _rests_on_nothing(self, record: VectorJudged) -> bool:
        """True if a verdict stands on an answer that had expired when the vector was begun."""
        return any(
            identity == record.id and attested.until < self._since and carries(record, step)
            for (identity, step), attested in self._attested.items()
        )

    def _vector_judged(self, record: VectorJudged, campaign: CampaignBegun) -> str:
        if self._under_way and record.id != self._under_way:
            return f"{self._under_way} was under way and had not been judged"
        if self._in_reader and not self._under_way and record.verdict in ("pass", "fail"):
            return "it has a verdict on a card in a reader, and was not begun in this session"
        if self._settled(record.id):
            return f"it had been judged before: {self._judged[record.id]}"
        if self._under_way and self._rests_on_nothing(record):
            return "it stands on an operator's answer that had expired before it was begun"
        self._under_way = ""
        self._left.discard(record.id)
        self._judged[record.id] = record.verdict
        if len(self._judged) > campaign.chosen:
            return f"{campaign.chosen} vectors were chosen, and this is one more"
        if len(self._judged) == campaign.chosen and digest_of_ids(self._judged) != campaign.chosen_sha256:
            return "all have a verdict now, and they are not those that were chosen"
        return ""

    def _session_ended(self, record: SessionEnded, campaign: CampaignBegun) -> str:
        counted = totals(campaign.chosen, tuple(self._judged.values()))
        if record.totals != counted:
            return "its totals are not those of the verdicts before it"
        if record.why == "complete" and counted.waiting:
            return f"it says the campaign is complete, and {counted.waiting} vectors had no verdict"
        if self._under_way:
            self._left.add(self._under_way)
        self._session, self._under_way = None, ""
        return ""
