"""Facts of input rows and batches. No row's data: rows and cards go by number, people not at all."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import CheckValue, FactPart, FactSheet, Hex
from dualcos.issuance.exchange.input_findings import Finding


class FindingFacts(FactPart, frozen=True):
    """One remark on a row of an input file, counted from 1; 0 is its header. ``column`` empty for the whole row."""

    source: str
    row: int
    column: str
    level: Literal["error", "warning", "note"]
    text: str

    @staticmethod
    def of(finding: Finding) -> FindingFacts:
        """``finding`` as facts."""
        return FindingFacts(**finding._asdict())


class MoreFindings(FactPart, frozen=True):
    """How many remarks of one level on one column of a file are not among those listed."""

    source: str
    column: str
    level: Literal["error", "warning", "note"]
    count: int


class PersonalisationFileMade(FactPart, frozen=True):
    """A personalisation file that was written, and the key that its MAC is made with."""

    file: str
    cards: int
    batch: str
    mac_key: str
    mac_kcv: CheckValue


class PreparedRows(FactSheet, frozen=True, tag="dualcos.prepare/1"):
    """One side's input file after its checks. ``refused``: people the bank does not take, a line each.

    ``findings``: the first of each level for each column; ``more`` counts the rest, ``findings_file`` has all.
    """

    input: str
    good: int
    bad: int
    refused: list[str]
    findings: list[FindingFacts]
    more: list[MoreFindings]
    findings_file: str | None
    output: PersonalisationFileMade | None


class MatchedRows(FactSheet, frozen=True, tag="dualcos.match/1"):
    """Both sides' input files after matching. ``rows``: how many of each class, ``MATCHED`` and what else there is;
    findings as ``prepare`` has them.
    """

    rows: dict[str, int]
    findings: list[FindingFacts]
    more: list[MoreFindings]
    findings_file: str | None
    report: str | None
    output: PersonalisationFileMade | None


class CardOutcome(FactPart, frozen=True):
    """What became of a row that is no made card: where it stopped, and why. ``chip``: none for a rejected row."""

    seq: int
    verdict: Literal["made", "rejected", "spoiled", "unfinished"]
    stage: str
    chip: Hex | None
    reason: str


class RejectedCard(FactPart, frozen=True):
    """A card that was given to the second body and is none of the batch's, and why."""

    card: str
    reason: str


class BatchFacts(FactSheet, frozen=True, tag="dualcos.personalise/1"):
    """A batch after a run. ``rows``: how many by verdict, earlier runs' too; ``made_before``: by those; ``waiting``: no
    chip was given to them; ``spoiled_chips``: burnt in all. ``not_made``: rows without a card; ``failures``: what went
    wrong with readers.
    """

    batch: str
    rows: dict[str, int]
    made_before: int
    waiting: int
    spoiled_chips: int
    seconds: float
    complete: bool
    not_made: list[CardOutcome]
    rejected_cards: list[RejectedCard]
    failures: list[str]
    feedback: str
    mac_key: str
    mac_kcv: CheckValue


class SampleWritten(FactSheet, frozen=True, tag="dualcos.sample/1"):
    """A folder with sample input, and the files written into it."""

    folder: str
    files: list[str]
