"""Facts of conformance vectors: verdicts, the cards they need, what they show."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet


class VectorFacts(FactSheet, frozen=True, tag="dualcos.conform.result/1"):
    """One vector and its verdict. ``where``, ``text``: the step that decided, what was expected and what came; empty
    where it passed. ``requirement``: which one it decides, where a vector says so.
    """

    id: str
    unit: str
    title: str
    title_zh: str
    clause: list[str]
    verdict: Literal["pass", "fail", "inconclusive", "not-applicable"]
    where: str
    text: str
    requirement: str


class ReasonNotApplicable(FactPart, frozen=True):
    """Why vectors do not apply to the card, and how many each."""

    why: str
    vectors: int


class VerdictCounts(FactSheet, frozen=True, tag="dualcos.conform/1"):
    """How many vectors were asked for, and with which verdict. ``reasons``: why some do not apply, the most frequent
    first.
    """

    vectors: int
    passed: int
    failed: int
    inconclusive: int
    not_applicable: int
    reasons: list[ReasonNotApplicable]


class WantedCard(FactPart, frozen=True):
    """One card that vectors need: how many in all, how many may be played on it in a reader as often as one likes
    (``live``), and how many spoil it.
    """

    profile: str
    vectors: int
    live: int
    spoil: int


class WantedCards(FactSheet, frozen=True, tag="dualcos.conform.cards/1"):
    """The cards that vectors need (``--cards``)."""

    cards: list[WantedCard]


class WordCovered(FactPart, frozen=True):
    """One status word of a command, ``63Cx`` with any number of tries: the vectors that show it, or why none does."""

    word: str
    vectors: list[str]
    reason: str


class RowCovered(FactPart, frozen=True):
    """One command: its environment, class and instruction (and P1 P2 where these tell commands apart), name."""

    environment: str
    code: str
    name: str
    words: list[WordCovered]


class VectorCoverage(FactSheet, frozen=True, tag="dualcos.conform.coverage/1"):
    """Which vectors show each word of each command (``--coverage``). ``missing``: no vector, and no reason."""

    commands: list[RowCovered]
    words: int
    shown: int
    explained: int
    missing: int
