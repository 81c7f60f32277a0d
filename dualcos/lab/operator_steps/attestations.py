"""What attestations are worth: which still hold, and which verdicts fall with those that no longer do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from msgspec import structs

from dualcos.lab.evidence.campaign_records import AnyRecord, StepAttested, VectorJudged, moment

FOR_GOOD: Final = "9999-12-31T23:59:59Z"
"""Until when an act was done: what was done stays done."""
EXPIRED: Final = "attestation expired"
"""Kind of a verdict that an attestation carried which is worth nothing any more."""

Places = Mapping[tuple[str, str], StepAttested]


def holds_at(attested: StepAttested, now: datetime) -> bool:
    """True up to and including its last second."""
    return moment(now) <= attested.until


def latest(records: Iterable[AnyRecord]) -> Places:
    """The last attestation of each step, by vector and step."""
    return {(each.id, each.step): each for each in records if isinstance(each, StepAttested)}


def standing(records: Iterable[AnyRecord], now: datetime) -> Mapping[str, VectorJudged]:
    """The verdict of each vector that has one, as it stands at ``now``.

    The last verdict of an id counts. What passed stands on all that was attested for it before, and what failed at an
    operator's step on that step's answer: where such an attestation is worth nothing any more, the verdict is
    inconclusive of the kind ``EXPIRED``. A failure that a command decided needs no attestation.
    """
    attested: dict[str, dict[str, StepAttested]] = {}
    found: dict[str, tuple[VectorJudged, list[StepAttested]]] = {}
    for record in records:
        if isinstance(record, StepAttested):
            attested.setdefault(record.id, {})[record.step] = record
        elif isinstance(record, VectorJudged):
            steps = attested.get(record.id, {})
            found[record.id] = record, [each for step, each in steps.items() if carries(record, step)]
    return {name: _stands(judged, carried, now) for name, (judged, carried) in found.items()}


def carries(judged: VectorJudged, step: str) -> bool:
    """True if a verdict stands on what was attested at ``step`` of its vector."""
    return judged.verdict == "pass" or (judged.verdict == "fail" and judged.where == step)


def _stands(judged: VectorJudged, carried: Iterable[StepAttested], now: datetime) -> VectorJudged:
    worthless = min((each for each in carried if not holds_at(each, now)), key=lambda each: each.until, default=None)
    if worthless is None:
        return judged
    text = f"attested on {worthless.at}, worth nothing since {worthless.until}"
    return structs.replace(judged, verdict="inconclusive", where=worthless.step, text=text, kind=EXPIRED)
