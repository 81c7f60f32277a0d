"""The one sheet with room for keys and PINs: published test keys, of ``dualcos keys show-test`` alone."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import FactSheet
from dualcos.profile.parties.party_facts import (
    Fact,
    KeyRule,
    PartyFacts,
    ShownAuthority,
    ShownKey,
    ShownPair,
    ShownPin,
    SocialTreeKey,
)


class ShownTestKeys(FactSheet, frozen=True, tag="dualcos.keys.show-test/1"):
    """What one party needs of a test card. ``changed``: keys that are not those it was made with any more, in words."""

    card: str
    title: str
    party: Literal["terminal", "issuer", "maker", "psam"]
    keys_are: Literal["test"]
    facts: list[Fact]
    pins: list[ShownPin]
    authorities: list[ShownAuthority]
    pairs: list[ShownPair]
    keys: list[ShownKey]
    tree: list[SocialTreeKey]
    rules: list[KeyRule]
    examples: list[Fact]
    changed: list[str]


def sheet_of(told: PartyFacts) -> ShownTestKeys:
    """The same facts as a sheet."""
    return ShownTestKeys(
        card=told.card,
        title=told.title,
        party=told.party,
        keys_are="test",
        facts=list(told.facts),
        pins=list(told.pins),
        authorities=list(told.authorities),
        pairs=list(told.pairs),
        keys=list(told.keys),
        tree=list(told.tree),
        rules=list(told.rules),
        examples=list(told.examples),
        changed=list(told.changed),
    )
