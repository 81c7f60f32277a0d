"""Facts of a laboratory's campaign, as far as it has come."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.conformance_facts import ReasonNotApplicable
from dualcos.cli.facts.fact_sheet import FactSheet


class LabRunFacts(FactSheet, frozen=True, tag="dualcos.lab.run/1"):
    """How a session ended, and how many of the vectors chosen have which verdict by now, those of earlier sessions
    among them. ``campaign``: the file that keeps them, null if none does; ``signature``: its signature, null without
    one; ``known_failures``: vectors whose failure is known, ``failed_vectors``: the others that failed; ``reasons``:
    why vectors do not apply; ``go_on``: the command that goes on, null if nothing waits.
    """

    campaign: str | None
    signature: str | None
    ended: Literal["complete", "stopped", "reader gone"]
    why: str
    vectors: int
    passed: int
    failed: int
    inconclusive: int
    not_applicable: int
    waiting: int
    known_failures: list[str]
    failed_vectors: list[str]
    reasons: list[ReasonNotApplicable]
    go_on: str | None
