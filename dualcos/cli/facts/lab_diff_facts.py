"""Facts of two campaigns that were compared."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet
from dualcos.lab.evidence.campaign_records import Moment, Verdict, VerdictTotals

ChangeName = Literal[
    "new failure", "mended", "changed answer", "newly inconclusive", "no longer inconclusive", "newly not applicable",
    "applicable again", "withdrawn", "not judged", "added", "changed vector",
]  # fmt: skip


class CampaignCompared(FactPart, frozen=True):
    """One of both campaigns."""

    campaign: str
    began: Moment
    laboratory: str
    totals: VerdictTotals


class RunsDifferIn(FactPart, frozen=True):
    """In what the campaigns as such differ; ``weighty``: their vectors may well answer otherwise for that alone."""

    what: str
    before: str
    after: str
    weighty: bool


class KnownFaultFacts(FactPart, frozen=True):
    """The entry of the known faults that a new failure is; ``expires``: its last day, YYYY-MM-DD."""

    where: str
    came: str
    reason: str
    link: str
    expires: str


class VectorChange(FactPart, frozen=True):
    """One vector that differs. ``before``, ``after``: its verdict, empty where it has none; ``vector_changed``: the
    vector itself says something else now; ``known``: null where no known fault is this new failure.
    """

    id: str
    change: ChangeName
    before: Verdict | Literal[""]
    after: Verdict | Literal[""]
    text: str
    vector_changed: bool
    known: KnownFaultFacts | None


class CampaignsCompared(FactSheet, frozen=True, tag="dualcos.lab.diff/1"):
    """Two campaigns. ``compared``: by what answers were compared, ``why`` if not by every byte; ``same``: vectors with
    a verdict in both that do not differ; ``new_failures``: that are no known faults; ``remarks``: known faults that
    hide nothing.
    """

    before: CampaignCompared
    after: CampaignCompared
    runs_differ: list[RunsDifferIn]
    compared: Literal["every byte", "status words and lengths"]
    why: str
    changes: list[VectorChange]
    same: int
    new_failures: int
    remarks: list[str]
