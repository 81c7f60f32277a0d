"""The laboratory's view of a card: its own keys, and the published keys around it (卡外密钥).

Those are what a host may take for the card's own: one tier up, undiversified, or diversified with another factor. Only
of a card marked as carrying test keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cos.card import Card
from cos.kernel.stack import Stacks
from cos.stacks import of_card
from dualcos.cardfile.card_file_format import KEYS, TEST
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW, LaboratoryView, Memory, SeenKey
from dualcos.profile.bank_keys_around import bank_keys_around
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.card_provenance import profile_behind
from dualcos.profile.pin_keys_around import pin_keys_around
from dualcos.profile.published_test_keys import are_published
from dualcos.profile.schema import Profile, ProfileError
from dualcos.profile.social_keys_around import KeysAround, psam_terminals


def view_of(card: Card) -> LaboratoryView:
    """What the laboratory's hand may see of ``card``; nothing of one that is not marked as carrying test keys."""
    if card.provenance.get(KEYS) != TEST:
        return NO_VIEW
    around = _Around(lambda: _profile_of(card))
    return _view(card.dump, around, card.stacks)


def view_as_made(profile: Profile) -> LaboratoryView:
    """What could be seen of a card of ``profile`` as it was made, for a trace that names it: nothing unless its keys
    are published. The card is made when somebody looks.
    """
    if not are_published(profile):
        return NO_VIEW
    made: list[Memory] = []

    def memory() -> Memory:
        if not made:
            made.append(personalised_card(profile).dump())
        return made[0]

    around = _Around(lambda: profile)
    return _view(memory, around, of_card(profile.under()))


def _view(memory: Callable[[], Memory], around: _Around, stacks: Stacks) -> LaboratoryView:
    return LaboratoryView(
        memory, test=True, others=around.others, around=around.social, terminals=psam_terminals, stacks=stacks
    )


class _Around:
    """The published keys around the card of ``profile``, which is asked for when somebody first looks for one."""

    def __init__(self, profile: Callable[[], Profile | None]) -> None:
        self._profile = profile
        self._kept: list[SeenKey] = []
        self._coming = self._made()
        self._social: KeysAround | None = None
        self._asked = False

    def others(self) -> Iterator[SeenKey]:
        """Those of the bank and of PINs; each is made when somebody first asks for it."""
        yield from self._kept
        for key in self._coming:
            self._kept.append(key)
            yield key

    def social(self, key: SeenKey, relation: str) -> Iterator[SeenKey]:
        """Those around one key of the social side."""
        if not self._asked:
            self._asked = True
            profile = self._profile()
            if profile is not None and profile.ssse is not None:
                self._social = KeysAround(profile, profile.ssse)
        return self._social.of(key, relation) if self._social is not None else iter(())

    def _made(self) -> Iterator[SeenKey]:
        profile = self._profile()
        if profile is not None:
            yield from keys_around(profile)


def _profile_of(card: Card) -> Profile | None:
    try:
        return profile_behind(card.provenance)
    except ProfileError:  # the mark is worth nothing then
        return None


def keys_around(profile: Profile) -> Iterator[SeenKey]:
    """Every published key of the bank, and of PINs, that could be taken for one of the card's own."""
    yield from bank_keys_around(profile)
    yield from pin_keys_around(profile)
