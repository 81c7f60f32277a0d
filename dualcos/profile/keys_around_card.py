"""The laboratory's view of a card: its own keys, and the published keys around it (卡外密钥).

Those are what a host may take for the card's own: one tier up, undiversified, or diversified with another factor. Only
of a card marked as carrying test keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from cos.card import Card
from cos.kernel.stack import Stacks
from cos.stacks import of_card
from dualcos.cardfile.card_file_format import KEYS, TEST
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW, LaboratoryView, Memory, SeenKey
from dualcos.profile.bank_keys_around import BankKeysAround
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.card_provenance import profile_behind
from dualcos.profile.pin_keys_around import PinKeysAround
from dualcos.profile.published_test_keys import are_published
from dualcos.profile.schema import Profile, ProfileError
from dualcos.profile.social_keys_around import KeysAround, psam_terminals


class _Side(Protocol):
    def of(self, key: SeenKey, relation: str) -> Iterator[SeenKey]: ...


def view_of(card: Card) -> LaboratoryView:
    """What the laboratory's hand may see of ``card``; nothing of one that is not marked as carrying test keys."""
    if card.provenance.get(KEYS) != TEST:
        return NO_VIEW
    return seen_as_test_card(card.dump, lambda: _profile_of(card), card.stacks)


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

    return seen_as_test_card(memory, lambda: profile, of_card(profile.under()))


def seen_as_test_card(
    memory: Callable[[], Memory], profile: Callable[[], Profile | None], stacks: Stacks
) -> LaboratoryView:
    """What may be seen of a card with these cells, of that ``profile`` if one is known, whose keys *are* test keys: who
    calls this knows it otherwise than by the card's mark, as a laboratory of its own cards does.
    """
    return LaboratoryView(memory, test=True, around=_Around(profile), terminals=psam_terminals, stacks=stacks)


class _Around:
    """The published keys around a key of the card of ``profile``, which is asked for when somebody first looks."""

    def __init__(self, profile: Callable[[], Profile | None]) -> None:
        self._profile = profile
        self._sides: tuple[_Side, ...] | None = None

    def __call__(self, key: SeenKey, relation: str) -> Iterator[SeenKey]:
        if self._sides is None:
            profile = self._profile()
            self._sides = keys_around(profile) if profile is not None else ()
        for side in self._sides:
            yield from side.of(key, relation)


def _profile_of(card: Card) -> Profile | None:
    try:
        return profile_behind(card.provenance)
    except ProfileError:  # the mark is worth nothing then
        return None


def keys_around(profile: Profile) -> tuple[_Side, ...]:
    """Each side of the card that knows of published keys which could be taken for one of the card's own."""
    social = (KeysAround(profile, profile.ssse),) if profile.ssse is not None else ()
    bank = (BankKeysAround(profile, profile.pse),) if profile.pse is not None else ()
    pins = (PinKeysAround(profile.pki),) if profile.pki is not None else ()
    return (*social, *bank, *pins)
