"""Personalisation (个人化): a profile becomes a card by commands only.

Works over any ``Link``: in process, through a reader, or on a card of another maker with the same dialect. There is
no other way to write a card.
"""

from __future__ import annotations

from apdu.link import SmartCard
from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.profile.personalise.bank import bank_order, personalise_bank
from dualcos.profile.personalise.manager import birth, birth_order, close, maker_bytes
from dualcos.profile.personalise.pki import personalise_pki
from dualcos.profile.personalise.psam import personalise_psam
from dualcos.profile.personalise.social import personalise_social, social_order
from dualcos.profile.personalise.talk import Host, PersonalisationError
from dualcos.profile.schema import Profile

__all__ = ["PersonalisationError", "personalise"]


def personalise(card: SmartCard, profile: Profile, stacks: Stacks = STACKS) -> None:
    """From blank chip to issued card: historical bytes, MF, environments with their first keys, both bodies, end.

    An environment of a stack that has no body here stays as it was born. Leaves the card powered. Raises
    PersonalisationError naming the step and the answer.
    """
    host = Host(card)
    if profile.psam is not None:
        personalise_psam(host, profile, profile.psam)
        return
    maker_bytes(host, profile.chip.historical)
    if not any(stack.label in profile.sections for stack in stacks if stack.root is None):
        return
    order = birth_order(profile, stacks)
    birth(host, order)
    if profile.ssse is not None:
        personalise_social(host, social_order(profile, profile.ssse))
    if profile.pse is not None:
        personalise_bank(host, bank_order(profile, profile.pse))
    if profile.pki is not None:
        personalise_pki(host, profile, profile.pki)
    if profile.close:
        close(host, order)
