"""Facts of ``dualcos doctor``."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet

CheckState = Literal["ok", "note", "missing"]


class CheckFacts(FactPart, frozen=True):
    """One thing that was looked at. ``missing``: something that is here cannot work without it; ``note``: only what is
    not here would need it, or it is worth knowing. ``mend``: the command that helps, null where nothing need be done.
    ``matters_to``: whom.
    """

    id: str
    title: str
    state: CheckState
    says: str
    mend: str | None
    matters_to: list[str]


class DoctorReport(FactSheet, frozen=True, tag="dualcos.doctor/1"):
    """What was looked at. ``missing``: how much is; 0 goes with exit code 0. ``ready``: who has all that is needed."""

    version: str
    python: str
    platform: str
    checks: list[CheckFacts]
    missing: int
    ready: list[str]
