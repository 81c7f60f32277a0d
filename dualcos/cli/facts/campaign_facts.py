"""Facts of a campaign on the firewall: each violation as it is found, then every property."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet


class FoundViolation(FactSheet, frozen=True, tag="dualcos.fuzz.found/1"):
    """A property that does not hold on a card: what is wrong, the smallest case, the dialogue in words, and the vector
    file it was kept in, null if no dialogue shows it.
    """

    property: str
    profile: str
    seed: int
    text: str
    case: str
    dialogue: list[str]
    vector: str | None


class PropertyFacts(FactPart, frozen=True):
    """One property and how hard it was tried, over all cards. ``drawn``: by examples, not by enumeration. ``profiles``:
    those it was asked of.
    """

    property: str
    sentence: str
    state: Literal["held", "VIOLATED", "unjudged", "not asked"]
    drawn: bool
    examples: int
    commands: int
    cuts: int
    profiles: list[str]


class UnjudgedFacts(FactPart, frozen=True):
    """A property that could not be judged on a card, and why."""

    property: str
    profile: str
    why: str


class CampaignFacts(FactSheet, frozen=True, tag="dualcos.fuzz/1"):
    """A whole campaign. ``violated``: the properties that do not hold."""

    profiles: list[str]
    seed: int
    examples: int
    commands: int
    cuts: int
    properties: list[PropertyFacts]
    violated: list[str]
    unjudged: list[UnjudgedFacts]
