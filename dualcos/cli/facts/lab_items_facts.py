"""Facts of what vectors are for: test items of the standards, requirements, clauses."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet


class CoveredItem(FactPart, frozen=True):
    """A test item as vectors write it; ``known_from``: what of it could be read; ``vectors``: how many are for it;
    ``without``, ``without_zh``: why there is none.
    """

    item: str
    standard: str
    clause: str
    title: str
    title_zh: str
    known_from: str
    vectors: int
    without: str
    without_zh: str


class CoveredItems(FactSheet, frozen=True, tag="dualcos.lab.items/1"):
    """Every test item that is declared; ``vectors``: how many were looked at, ``unnamed`` of them are for none."""

    items: list[CoveredItem]
    vectors: int
    unnamed: int


class DecidedRequirement(FactPart, frozen=True):
    """A requirement; ``vectors``: how many decide it; ``without``, ``without_zh``: why none does."""

    requirement: str
    sentence: str
    zh: str
    clause: str
    vectors: int
    without: str
    without_zh: str


class DecidedRequirements(FactSheet, frozen=True, tag="dualcos.lab.requirements/1"):
    """Every requirement that is declared."""

    requirements: list[DecidedRequirement]
    vectors: int


class CitedClause(FactPart, frozen=True):
    """A clause that vectors are judged by, and how many."""

    clause: str
    vectors: int


class CitedClauses(FactSheet, frozen=True, tag="dualcos.lab.clauses/1"):
    """Every place that vectors cite, in order."""

    clauses: list[CitedClause]
    vectors: int
