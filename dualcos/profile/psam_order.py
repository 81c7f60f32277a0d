"""A profile as the order for a PSAM.

Its keys for user cards come from the roots of the social profiles with the same label, each brought down to its tier.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import structs

from dualcos.dialogue.personalise_psam import PsamEnvironment, PsamOrder
from dualcos.dialogue.psam import PsamKey, PsamKeys
from dualcos.profile.psam_key_plan import (
    AUTHORITY_KEYS,
    Born,
    PlannedPsamKey,
    announced,
    application_key,
    environments,
    home_key,
    planned,
)
from dualcos.profile.psam_profile import PsamProfile
from dualcos.profile.schema import Profile
from dualcos.profile.social_order import root_name
from keys.algorithms import TDES
from keys.custody.psam_keys import PsamKeyHead
from keys.custody.social_key_service import SocialKeyService, TierKey
from keys.key_handle import KeyHandle


def psam_order(profile: Profile, psam: PsamProfile) -> PsamOrder:
    """The profile's own PSAM: its test keys, what its files say."""
    public = f"{psam.issuer}{psam.serial}{psam.version}{psam.card_type}{psam.fci}"
    return PsamOrder(
        profile.chip.historical,
        KeyHandle(TDES, profile.transport_key),
        tuple(PsamEnvironment(born.fid, born.name, own_keys(profile, psam, born)) for born in environments(psam)),
        bytes.fromhex(public),
        bytes.fromhex(psam.terminal),
        tuple(each.content for each in announced(psam)),
    )


def own_keys(profile: Profile, psam: PsamProfile, born: Born) -> PsamKeys:
    """The test keys that the profile gives one of its environments."""

    def key(name: str) -> KeyHandle:
        return KeyHandle(born.algorithm, profile.psam_key(name))

    authorities = tuple(map(key, AUTHORITY_KEYS))
    held = tuple(each.held for each in keys_for_cards(profile, psam, born))
    return PsamKeys(key(home_key(born)), key(application_key(born.short)), authorities, held)


class KeyForCards(NamedTuple):
    """A key as a PSAM holds it, how it was planned, and the service of its national root; None: its value is given."""

    planned: PlannedPsamKey
    service: SocialKeyService | None
    held: PsamKey

    def tiers(self, city: str) -> tuple[KeyHandle, ...]:
        """From the national root down to the PSAM's tier; of a given value only that."""
        row, version = self.planned.row, self.planned.version
        if self.service is None or row is None:
            return (self.held.key,)
        return tuple(self.service.tier_key(row.name, city, tier, version) for tier in range(self.planned.tier + 1))


def keys_for_cards(profile: Profile, psam: PsamProfile, born: Born) -> Iterator[KeyForCards]:
    """Every key for user cards of one environment of the profile's PSAM."""
    for each in planned(psam, born):
        head = PsamKeyHead(each.usage, each.identifier, each.algorithm.social)
        if each.given is not None or each.row is None:
            assert each.given is not None  # noqa: S101 - a key that no table has is planned with its value
            yield KeyForCards(each, None, PsamKey(each.file, head, each.given))
            continue
        name, algorithm = each.row.name, each.algorithm
        root = profile.psam_root(root_name(name, each.version))[: algorithm.key_length]
        service = SocialKeyService({(name, each.version): TierKey(KeyHandle(algorithm, root))})
        key = service.tier_key(name, psam.city, each.tier, each.version)
        yield KeyForCards(each, service, PsamKey(each.file, head, key))


def all_derived(psam: PsamProfile) -> PsamProfile:
    """The same PSAM with values from its label wherever a table knows the key."""
    keys = tuple(structs.replace(each, value=None) if each.key else each for each in psam.keys)
    return structs.replace(psam, own_keys={}, roots={}, keys=keys)
