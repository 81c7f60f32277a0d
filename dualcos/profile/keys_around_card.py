"""The laboratory's view of a card: its own keys, and the published keys around it (卡外密钥).

Those are what a host may take for the card's own: one tier up, undiversified, or diversified with another factor. Only
of a card marked as carrying test keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from cos.card import Card
from dualcos.cardfile.card_file_format import KEYS, TEST
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW, LaboratoryView, SeenKey
from dualcos.profile.bank_keys_around import bank_keys_around
from dualcos.profile.card_provenance import profile_behind
from dualcos.profile.pin_keys_around import pin_keys_around
from dualcos.profile.schema import Profile, ProfileError
from dualcos.profile.social_keys_around import KeysAround


def view_of(card: Card) -> LaboratoryView:
    """What the laboratory's hand may see of ``card``; nothing of one that is not marked as carrying test keys."""
    if card.provenance.get(KEYS) != TEST:
        return NO_VIEW
    kept: list[SeenKey] = []
    coming = _around(card)

    def others() -> Iterator[SeenKey]:
        """Each is made when somebody first asks for it."""
        yield from kept
        for key in coming:
            kept.append(key)
            yield key

    return LaboratoryView(card.dump, test=True, others=others, around=_Around(card), stacks=card.stacks)


class _Around:
    """The published social keys around one key of the card; the profile is looked for when they are wanted."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._found: KeysAround | None = None
        self._asked = False

    def __call__(self, key: SeenKey, relation: str) -> Iterator[SeenKey]:
        if not self._asked:
            self._asked = True
            profile = _profile_of(self._card)
            if profile is not None and profile.ssse is not None:
                self._found = KeysAround(profile, profile.ssse)
        return self._found.of(key, relation) if self._found is not None else iter(())


def _around(card: Card) -> Iterator[SeenKey]:
    profile = _profile_of(card)
    if profile is not None:
        yield from keys_around(profile)


def _profile_of(card: Card) -> Profile | None:
    try:
        return profile_behind(card.provenance)
    except ProfileError:  # the mark is worth nothing then
        return None


def keys_around(profile: Profile) -> Iterator[SeenKey]:
    """Every published key that could be taken for one of the card's own."""
    yield from bank_keys_around(profile)
    yield from pin_keys_around(profile)
