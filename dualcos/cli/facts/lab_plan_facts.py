"""Facts of a plan: which vectors are for the sample, and why."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet


class PlannedVector(FactSheet, frozen=True, tag="dualcos.lab.plan.vector/1"):
    """One vector that was chosen. ``plays``: it is for the sample; ``reason``: why it is, or why not; ``kind``: the
    same for all vectors of which the same is said.
    """

    id: str
    unit: str
    title: str
    title_zh: str
    plays: bool
    reason: str
    kind: str


class PlanReason(FactPart, frozen=True):
    """Why vectors are in, or out, and how many each."""

    plays: bool
    why: str
    vectors: int


class LabPlan(FactSheet, frozen=True, tag="dualcos.lab.plan/1"):
    """How many vectors were chosen and how many of them are for the sample. ``reasons``: those that are in first, the
    most frequent first. ``settings``: what the profile's card has otherwise than in its file (no key, no PIN).
    """

    sample: str
    settings: list[str]
    vectors: int
    plays: int
    reasons: list[PlanReason]
