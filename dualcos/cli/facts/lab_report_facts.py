"""Facts of a report that was made of a campaign."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactSheet
from dualcos.lab.evidence.campaign_records import VerdictTotals


class LabReportFacts(FactSheet, frozen=True, tag="dualcos.lab.report/1"):
    """Which files a report was written into (``junit``, ``jsonl``: null where none was asked for). ``sound``: the
    campaign's file is finished, whole and signed; if not, ``wrong`` says why. ``totals``: as the verdicts stand now;
    ``new_failures``: vectors whose failure is no known fault, ``known_failures`` the others; ``otherwise``: vectors
    that are not today what was judged: changed, withdrawn or gone.
    """

    campaign: str
    report: str
    junit: str | None
    jsonl: str | None
    sound: bool
    wrong: list[str]
    totals: VerdictTotals
    new_failures: list[str]
    known_failures: list[str]
    otherwise: list[str]
