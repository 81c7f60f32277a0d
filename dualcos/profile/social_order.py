"""A profile as the order for its social side: its holder, its test keys."""

from __future__ import annotations

from dataclasses import replace

import msgspec
from msgspec import structs

from cos.ssse.tables.table_model import KeyKind, KeyRow
from dualcos.dialogue.personalise_social import SocialOrder
from dualcos.profile import demonstration_holder
from dualcos.profile.birth_order import social_master
from dualcos.profile.hard_cases import BY_KEY
from dualcos.profile.schema import Profile
from dualcos.profile.social_plan import announced, directories, plan, version_of
from dualcos.profile.social_profile import SocialProfile
from keys.algorithms import DES, SM4, TDES, Algorithm
from keys.custody.social_key_service import SocialCard, SocialKeyService, TierKey
from keys.key_handle import KeyHandle


def root_name(name: str, version: int) -> str:
    """What a profile calls the national test root of a key's group: the first has the key's own name."""
    return name if version <= 1 else f"{name} group {version}"


def root_algorithm(social: SocialProfile, row: KeyRow) -> Algorithm:
    """The cipher of a key's national root, and so of the key."""
    return SM4 if social.algorithm == "SM4" else DES if row.length(announced(social)) == DES.key_length else TDES


def key_service(profile: Profile, social: SocialProfile) -> SocialKeyService:
    """The bureau's key service with this profile's test roots, one per key name and version."""
    roots: dict[tuple[str, int], TierKey] = {}
    for directory in directories(social):
        for row in directory.keys:
            if row.kind in (KeyKind.MASTER, KeyKind.PIN):
                continue
            algorithm = root_algorithm(social, row)
            for version in row.versions:
                value = profile.social_key(root_name(row.name, version))
                roots[row.name, version] = TierKey(KeyHandle(algorithm, value[: algorithm.key_length]))
    return SocialKeyService(roots)


class SocialServices:
    """The key services of profiles, for whoever makes many cards: those with the same roots share one."""

    def __init__(self) -> None:
        self._known: dict[bytes, SocialKeyService] = {}

    def of(self, profile: Profile, social: SocialProfile) -> SocialKeyService:
        """As ``key_service``."""
        where = social.unemployment_in, social.extensions
        key = msgspec.json.encode((profile.keys, social.roots, social.version, social.algorithm, where))
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = key_service(profile, social)
        return known


def social_card(profile: Profile, social: SocialProfile) -> SocialCard:
    """What diversification needs to know of the profile's card."""
    return SocialCard(social.city, profile.chip.historical)


def holder(
    profile: Profile, social: SocialProfile, service: SocialKeyService | None = None
) -> demonstration_holder.InventedHolder:
    """Whose card it is: the invented person it names or the ordinary one, with what the profile says otherwise."""
    code = (service or key_service(profile, social)).identification_code(social_card(profile, social))
    person = BY_KEY[profile.holder] if profile.holder is not None else demonstration_holder.HOLDER
    base = replace(
        person,
        region=social.city,
        serial=profile.chip.historical[9:],
        authentication=code[12:],
        code=bytes.fromhex(social.identification or ""),
        institution=(social.institution or "").upper(),
    )
    return replace(base, **{name: value for name, value in structs.asdict(social.holder).items() if value})


def social_order(profile: Profile, social: SocialProfile, services: SocialServices | None = None) -> SocialOrder:
    """The profile's own card; ``services``: for whoever makes many."""
    master, card = social_master(profile), social_card(profile, social)
    service = (services or SocialServices()).of(profile, social)
    contents = demonstration_holder.card(
        version_of(social), holder(profile, social, service), directories(social), social.charset
    )
    return SocialOrder(plan(social), master, master, service, card, contents, social.pin)
