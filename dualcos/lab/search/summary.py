"""Results added up: one row for each property, over cards and seeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from dualcos.lab.properties import properties_not_asked
from dualcos.lab.properties.list_of_properties import CONTRACT, PROPERTIES
from dualcos.lab.search.shard import TEARING, ShardResult

_TEARING = "power cut at any point of any writing command: " + ", ".join(each.identity for each in CONTRACT)


NO_REASON = "nothing was judged, and no reason is known"


class UnaskedRow(NamedTuple):
    """An environment of which a property judged nothing, on which cards, and why."""

    environment: str
    why: str
    profiles: tuple[str, ...]


class SummaryRow(NamedTuple):
    """A property and how hard it was tried. ``drawn``: by examples, not by enumeration. ``profiles``: those it was
    asked of; ``idle``: those it asks nothing of. ``unasked``: environments it judged nothing of. ``seeds``: first and
    last. ``violated``, ``failed``: how many shards.
    """

    identity: str
    sentence: str
    clause: str
    drawn: bool
    profiles: tuple[str, ...]
    idle: tuple[str, ...]
    unasked: tuple[UnaskedRow, ...]
    examples: int
    commands: int
    accepted: int
    cuts: int
    seeds: tuple[int, int]
    violated: int
    failed: int

    @property
    def state(self) -> Literal["VIOLATED", "unjudged", "held", "not asked"]:
        """The verdict in a word."""
        if self.violated:
            return "VIOLATED"
        if self.failed:
            return "unjudged"
        return "held" if self.profiles else "not asked"


def rows(results: Iterable[ShardResult]) -> tuple[SummaryRow, ...]:
    """In the order of the registry; properties without a result are left out."""
    by: dict[str, list[ShardResult]] = {}
    for result in results:
        by.setdefault(result.shard.claim, []).append(result)
    known = [(claim.identity, claim.sentence, claim.clause, claim.cases is not None) for claim in PROPERTIES]
    known.append((TEARING, _TEARING, "LD/T 6001.2 防拔; assurance contract T1 to T8", False))
    return tuple(_row(*each, by[each[0]]) for each in known if each[0] in by)


def _row(identity: str, sentence: str, clause: str, drawn: bool, results: list[ShardResult]) -> SummaryRow:
    active = [result for result in results if result.verdict != "idle"]
    seeds = [result.shard.seed for result in active] or [0]
    asked = tuple(dict.fromkeys(result.shard.profile for result in active))
    return SummaryRow(
        identity,
        sentence,
        clause,
        drawn,
        asked,
        tuple(dict.fromkeys(result.shard.profile for result in results if result.shard.profile not in asked)),
        _unasked(identity, results),
        sum(result.examples for result in active),
        sum(result.commands for result in active),
        sum(result.accepted for result in active),
        sum(result.cuts for result in active),
        (min(seeds), max(seeds)),
        sum(result.verdict == "violated" for result in results),
        sum(result.verdict == "failed" for result in results),
    )


def _unasked(claim: str, results: Iterable[ShardResult]) -> tuple[UnaskedRow, ...]:
    """Over all shards of a card together: few examples of one may have missed what another has judged."""
    sides: dict[str, dict[str, str]] = {}
    judged: set[tuple[str, str]] = set()
    for result in results:
        if result.verdict in ("held", "idle"):
            sides[result.shard.profile] = result.sides
        judged |= {(result.shard.profile, label) for label in result.judged}
    found: dict[tuple[str, str], list[str]] = {}
    for profile, stacks in sides.items():
        for label in stacks:
            if (profile, label) not in judged:
                reason = properties_not_asked.why(claim, label, stacks) or NO_REASON
                found.setdefault((label, reason), []).append(profile)
    return tuple(UnaskedRow(label, reason, tuple(names)) for (label, reason), names in found.items())
