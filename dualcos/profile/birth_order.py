"""A profile as the card maker's order: which environments the chip gets, and their test keys."""

from __future__ import annotations

from collections.abc import Iterator

from cos.kernel.directory_headers import DirectoryHeader
from cos.kernel.stack import Stacks
from cos.stacks import STACKS, places
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.making import directory
from dualcos.dialogue.personalise_birth import BirthOrder
from dualcos.dialogue.pki import PKI
from dualcos.dialogue.social import SSSE
from dualcos.profile.schema import SECTIONS, Profile
from dualcos.profile.scope_of_card_block import reaches_whole_card
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle


def birth_order(profile: Profile, stacks: Stacks = STACKS) -> BirthOrder:
    """A profile's chip: its test keys, which stay."""
    master = KeyHandle(TDES, profile.card_master_key)
    reaches = reaches_whole_card(profile.sections.values())
    transport = KeyHandle(TDES, profile.transport_key)
    return BirthOrder(
        profile.chip.historical,
        transport,
        master,
        master,
        tuple(_environments(profile, stacks)),
        reaches,
        profile.chip.laid_down_fci,
    )


def _environments(profile: Profile, stacks: Stacks) -> Iterator[tuple[DirectoryHeader, KeyHandle]]:
    """Those with a body here, then those of other stacks: born where they usually lie, with a derived key."""
    if profile.ssse is not None:
        yield SSSE, social_master(profile)
    if profile.pse is not None:
        yield PSE, KeyHandle(TDES, profile.bank_key("master"))
    if profile.pki is not None:
        yield PKI, KeyHandle(SM4, profile.pki_key("master"))
    for place, stack in places(stacks):
        if stack.label in profile.sections and stack.label not in SECTIONS and not place.root:
            yield (
                directory(place.fid, place.name),
                KeyHandle(TDES, profile.keys.derive(f"{place.label} master")),
            )


def social_master(profile: Profile) -> KeyHandle:
    """The master key of the social environment, which ``profile`` has."""
    sm4 = profile.ssse is not None and profile.ssse.algorithm == "SM4"
    return KeyHandle(SM4 if sm4 else TDES, profile.social_key("master"))
