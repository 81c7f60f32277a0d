"""Facts of the catalogue: what reasons and findings mean, and what status words do."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet, StatusWordHex


class CatalogueLine(FactPart, frozen=True):
    """One entry: its id, whether it is a reason or a finding, and its sentence with the names of its data."""

    id: str
    kind: Literal["reason", "finding"]
    says: str
    says_zh: str


class CatalogueList(FactSheet, frozen=True, tag="dualcos.why/1"):
    """Every reason and finding that a trace can tell."""

    entries: list[CatalogueLine]


class CatalogueShown(FactSheet, frozen=True, tag="dualcos.why.entry/1"):
    """One entry. ``name``: the phrase that a trace in JSON has as ``why``, or the kind of a finding. ``means`` is empty
    where the sentence says it. ``clauses``: empty if it is the clause of the command. ``words``: the status words that
    the reason is answered with, 63C0 for all of 63Cx and 6C00 for all of 6Cxx.
    """

    id: str
    kind: Literal["reason", "finding"]
    name: str
    says: str
    says_zh: str
    means: str
    means_zh: str
    cause: str
    cause_zh: str
    change: str
    change_zh: str
    clauses: list[str]
    words: list[StatusWordHex]


class CommandsWithWord(FactPart, frozen=True):
    """The commands of one environment whose rows list a status word."""

    environment: str
    commands: list[str]


class StatusWordShown(FactSheet, frozen=True, tag="dualcos.why.status-word/1"):
    """A status word: what it means, the commands that list it besides what all may answer, and the reasons that the
    card gives it for.
    """

    word: StatusWordHex
    meaning: str
    commands: list[CommandsWithWord]
    reasons: list[CatalogueLine]
