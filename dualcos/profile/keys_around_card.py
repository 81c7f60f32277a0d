"""The laboratory's view of a card: its own keys, and the published keys around it (卡外密钥).

Those are what a host may take for the card's own: one tier up, undiversified, or diversified with another factor. Only
of a card marked as carrying test keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from cos.card import Card
from dualcos.cardfile.card_file_format import KEYS, TEST
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW, LaboratoryView, SeenKey
from dualcos.profile.card_provenance import profile_behind
from dualcos.profile.schema import Profile, ProfileError


def view_of(card: Card) -> LaboratoryView:
    """What the laboratory's hand may see of ``card``; nothing of one that is not marked as carrying test keys."""
    if card.provenance.get(KEYS) != TEST:
        return NO_VIEW
    kept: list[tuple[SeenKey, ...]] = []

    def others() -> tuple[SeenKey, ...]:
        if not kept:
            kept.append(tuple(_around(card)))
        return kept[0]

    return LaboratoryView(card.dump, test=True, others=others, stacks=card.stacks)


def _around(card: Card) -> Iterator[SeenKey]:
    try:
        profile = profile_behind(card.provenance)
    except ProfileError:  # the mark is worth nothing then
        return
    if profile is not None:
        yield from keys_around(profile)


def keys_around(profile: Profile) -> Iterator[SeenKey]:
    """Every published key that could be taken for one of the card's own."""
    del profile  # none are known yet
    return iter(())
