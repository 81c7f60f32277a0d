"""Facts of a replay: each answer that differs, then how many did."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import FactSheet, Hex
from dualcos.explain.trace_file_lines import DottedHex
from dualcos.explain.trace_lines import FindingLine


class ReplayDifference(FactSheet, frozen=True, tag="dualcos.replay.difference/1"):
    """One line of the trace that is answered otherwise now. Answers with their status word; of a power event, the ATR.

    ``hidden``: so many bytes of the command are secret, dots stand in their places; the data of the answers are not
    here then. ``reasons``: why the card refused now, as far as it was asked; ``findings``: which mistake that shows,
    the surest first.
    """

    line: int
    event: Literal["command", "cold", "warm", "off", "silent"]
    name: str
    command: DottedHex
    hidden: int
    recorded: Hex
    now: Hex
    reasons: list[str]
    findings: list[FindingLine]


class ReplaySummary(FactSheet, frozen=True, tag="dualcos.replay/1"):
    """Lines as recorded, different, not sent (what they need is masked in the trace), not compared (made wrong on
    purpose).
    """

    same: int
    different: int
    skipped: int
    faulted: int
