"""What a campaign consists of: budgets by name, and the shards they come to."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from dualcos.lab.properties.cards_with_equal_keys import SUFFIX
from dualcos.lab.properties.list_of_properties import PROPERTIES
from dualcos.lab.properties.profile_specimens import profile_called
from dualcos.lab.search.results import Results
from dualcos.lab.search.shard import TEARING, Shard, digest, fingerprint
from dualcos.profile import schema as profiles
from dualcos.profile.psam_key_plan import environments
from dualcos.profile.psam_profile import PsamProfile
from dualcos.profile.schema import Profile
from dualcos.profile.social_profile import SocialProfile

_MOST = 250  # examples of one shard: some seconds of work


class Budget(NamedTuple):
    """How hard to try. ``examples`` per property and profile; with ``hours`` again and again with new seeds.
    ``every_cut``: the tearing contract at every cut instead of a sample.
    """

    examples: int
    hours: float = 0.0
    every_cut: bool = False


COMMIT, MERGE, NIGHT = "commit", "merge", "night"
BUDGETS = {COMMIT: Budget(50), MERGE: Budget(1000), NIGHT: Budget(1000, hours=8.0, every_cut=True)}


class CampaignCard(NamedTuple):
    """A profile by name or path, and the digest of what it says."""

    name: str
    contents: str


def issued_cards() -> tuple[str, ...]:
    """The profiles that come along and make an issued card: user cards and PSAMs."""
    return tuple(name for name in profiles.names() if has_environments(profiles.load(name)))


def cards_with_equal_keys() -> tuple[str, ...]:
    """The issued cards with equal keys (F22): of those with the same stacks and ciphers one, and none that another has
    all the stacks and ciphers of.
    """
    made = {_stacks_and_ciphers(profiles.load(name)): name for name in reversed(issued_cards())}
    return tuple(sorted(f"{name}{SUFFIX}" for has, name in made.items() if not any(has < other for other in made)))


def _stacks_and_ciphers(profile: Profile) -> frozenset[object]:
    second = {"second algorithms"} if profile.pse is not None and profile.pse.sm is not None else set()
    return frozenset({(label, _ciphers(section)) for label, section in profile.sections.items()} | second)


def _ciphers(section: Struct) -> tuple[object, ...]:
    """What of a section chooses other ciphers, or other commands of the same."""
    match section:
        case SocialProfile():
            return section.algorithm, section.version == "1.0"
        case PsamProfile():
            return section.mf, section.sx2, section.sx3
        case _:
            return ()


def has_environments(profile: Profile) -> bool:
    """True if the card has environments to ask about: beside the card manager, or those of a PSAM, whose MF is one."""
    if profile.psam is not None:
        return bool(environments(profile.psam))
    return any(section is not None for section in (profile.ssse, profile.pse, profile.pki))


def cards(names: Iterable[str]) -> tuple[CampaignCard, ...]:
    """Raises ProfileError."""
    return tuple(CampaignCard(name, digest(profile_called(name))) for name in names)


def shards(
    on: Sequence[CampaignCard], claims: Sequence[str], budget: Budget, seed: int, results: Results
) -> Iterator[Shard]:
    """Each property (``T`` is the tearing contract) on each card, round by round with new seeds; enumerations once.

    With hours, until the time is up; a property that was violated on a card is not asked of it again.
    """
    code = fingerprint()
    end = time.monotonic() + budget.hours * 3600
    random = drawing(claims)
    left, round_ = budget.examples, 0
    while claims:
        for card in on:
            for claim in claims:
                if claim in random:
                    shard = Shard(claim, card.name, card.contents, seed + round_, min(left, _MOST), code)
                else:
                    shard = Shard(claim, card.name, card.contents, 0, int(claim != TEARING or budget.every_cut), code)
                if round_ and ((time.monotonic() >= end and budget.hours) or _violated(results, shard)):
                    continue
                yield shard
        claims = [claim for claim in claims if claim in random]
        round_ += 1
        if budget.hours:
            if time.monotonic() >= end:
                return
        else:
            left -= _MOST
            if left <= 0:
                return


def drawing(claims: Sequence[str]) -> frozenset[str]:
    """Those of ``claims`` that draw examples; the others try every case there is."""
    return frozenset(claim.identity for claim in PROPERTIES if claim.cases is not None and claim.identity in claims)


def size(on: Sequence[CampaignCard], claims: Sequence[str], budget: Budget) -> int:
    """How many shards a budget without hours comes to."""
    return len(on) * (len(claims) + len(drawing(claims)) * ((budget.examples - 1) // _MOST))


def _violated(results: Results, shard: Shard) -> bool:
    return any(
        result.verdict == "violated" and (result.shard.claim, result.shard.profile) == (shard.claim, shard.profile)
        for result in results
    )
