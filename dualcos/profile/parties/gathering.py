"""All that a party needs of a test card, in one value.

Refuses profiles whose keys are not all published: nothing of them is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from dualcos.profile.parties import bank_side, maker_side, social_side
from dualcos.profile.parties.party_facts import NothingForParty, PartFacts, Party, PartyFacts
from dualcos.profile.published_test_keys import are_published
from dualcos.profile.schema import Profile, ProfileError
from keys.sm2 import Sm2Missing

_Item = TypeVar("_Item")


def party_facts(profile: Profile, party: Party, card: str) -> PartyFacts:
    """What ``party`` needs of the card of ``profile``, which is called ``card``.

    Raises ProfileError if the profile has keys of its own, NothingForParty if no side of the card is for this party.
    """
    if not are_published(profile):
        raise ProfileError(not_marked(card))
    try:
        parts = tuple(_parts(profile, party))
    except Sm2Missing as error:
        raise ProfileError(f"{card} has SM algorithms: {error}") from None
    if not parts:
        raise NothingForParty(f"{card} has nothing for the {party.value} ({party.work}); {_others(profile)}")
    return PartyFacts(
        card=card,
        title=f"{profile.title} {profile.title_zh}",
        party=party.label,
        facts=_joined(part.facts for part in parts),
        pins=_joined(part.pins for part in parts),
        authorities=_joined(part.authorities for part in parts),
        pairs=_joined(part.pairs for part in parts),
        keys=_joined(part.keys for part in parts),
        tree=_joined(part.tree for part in parts),
        rules=_joined(part.rules for part in parts),
        examples=_joined(part.examples for part in parts),
    )


def _joined(lists: Iterable[tuple[_Item, ...]]) -> tuple[_Item, ...]:
    """All of them in order; what two sides say alike once."""
    return tuple(dict.fromkeys(each for some in lists for each in some))


def not_marked(card: str) -> str:
    """Why nothing of a card is shown."""
    return (
        f"{card}: its keys are real, or nobody marked them as test keys: none is shown; "
        "test keys are those of the profiles that come with the program"
    )


def parties_of(profile: Profile) -> tuple[Party, ...]:
    """Who has work with the card of ``profile``."""
    sides = {
        Party.TERMINAL: profile.ssse or profile.pse or profile.pki,
        Party.ISSUER: profile.pse,
        Party.MAKER: True,
        Party.PSAM: profile.ssse or profile.psam,
    }
    return tuple(party for party, side in sides.items() if side)


def _parts(profile: Profile, party: Party) -> Iterator[PartFacts]:
    """What each side of the card adds."""
    if party is Party.MAKER:
        yield maker_side.maker(profile)
    elif party is Party.ISSUER and profile.pse is not None:
        yield bank_side.issuer(profile, profile.pse)
        yield bank_side.channel(profile, profile.pse)
    elif party is Party.PSAM and profile.ssse is not None:
        yield social_side.tree(profile, profile.ssse)
    elif party is Party.PSAM and profile.psam is not None:
        yield social_side.key_card(profile, profile.psam)
    elif party is Party.TERMINAL:
        if profile.ssse is not None:
            yield social_side.terminal(profile, profile.ssse)
        if profile.pse is not None:
            yield bank_side.terminal(profile.pse)
        if profile.pki is not None:
            yield social_side.certificate_side(profile.pki)


def _others(profile: Profile) -> str:
    return "for whom there is something: " + ", ".join(f"--for {party.value}" for party in parties_of(profile))
