"""The social side for those who work with it: a terminal, its PSAM or the bureau's host, and the holder's PINs.

The tree of keys (SSC-9 §7): national root, province, city, card. A terminal holds none of them (总体方案 三); its PSAM
holds one tier, a host may hold the root.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from cos.ssse.tables.table_model import KeyKind, KeyRow
from dualcos.dialogue.pki import MANAGER, USER
from dualcos.dialogue.social import pin_field
from dualcos.explain.names_of_places import short_directory
from dualcos.profile.parties.party_facts import (
    Fact,
    KeyRule,
    PartFacts,
    PsamPlace,
    ShownPin,
    SocialTreeKey,
    TierValue,
    hexed,
    value_of,
)
from dualcos.profile.psam_key_plan import TIERS, PlannedPsamKey, environments
from dualcos.profile.psam_order import keys_for_cards
from dualcos.profile.psam_profile import PsamProfile
from dualcos.profile.schema import PkiProfile, Profile
from dualcos.profile.social_order import holder, key_service, social_card
from dualcos.profile.social_plan import directories
from dualcos.profile.social_profile import SocialProfile
from keys.key_handle import KeyHandle
from keys.social_cryptography import card_factor, city_factor, province_factor

_TIERS = ("national", "province", "city", "card")
_PSAM_TIERS = (*TIERS, "card")
_CITY_STEPS = 1


def terminal(profile: Profile, social: SocialProfile) -> PartFacts:
    """What it shows and asks for: numbers of card and holder, what a PSAM wants of it, the PIN."""
    person = holder(profile, social)
    fitting = "psam-sm4" if social.algorithm == "SM4" else "psam-3des"
    pins: tuple[ShownPin, ...] = ()
    if social.pin:
        field = pin_field(social.pin)
        pins = (
            ShownPin("PIN of the social side", social.pin, f"00200000{len(field):02X}{hexed(field)}", social.pin_tries),
        )
    return PartFacts(
        facts=(
            *_tree_facts(profile, social),
            Fact("card number", person.card_number, "07"),
            Fact("social security number", person.number, "08"),
            Fact("name", person.name, "09"),
            Fact("valid until", person.expires, "06"),
            Fact("PSAM that serves it", fitting, says=f"`dualcos serve CARD --sam {fitting}`"),
        ),
        pins=pins,
        rules=_FACTORS,
    )


def _tree_facts(profile: Profile, social: SocialProfile) -> Iterator[Fact]:
    """What keys are found by."""
    yield Fact("edition", social.version)
    yield Fact("cipher", social.algorithm)
    yield Fact("city code", social.city)
    yield Fact("historical bytes", hexed(profile.chip.historical), says="of the ATR")
    origin = "its last 4 bytes by IRK" if social.identification is None else "as the profile gives it"
    yield Fact("card identification code", hexed(holder(profile, social).identification), "01", origin)
    yield from _factor_facts(social.city)
    yield Fact("card factor F3", hexed(card_factor(profile.chip.historical)), says="historical bytes 6 to 13")


def _factor_facts(city: str) -> Iterator[Fact]:
    yield Fact("province factor F1", hexed(province_factor(city)), says="two digits ‖ 0000sh")
    yield Fact("city factor F2", hexed(city_factor(city)), says="six digits ‖ sx")


def certificate_side(pki: PkiProfile) -> PartFacts:
    """The PINs of the certificate environment and its public key."""
    pins = (
        ("user PIN of the certificate side", pki.user_pin, USER),
        ("manager PIN of the certificate side", pki.manager_pin, MANAGER),
    )
    return PartFacts(
        facts=(Fact("public key of the certificate side", pki.public_key.upper(), says="EF 0012"),),
        pins=tuple(ShownPin(name, pin, f"{command} on a random number", pki.pin_tries) for name, pin, command in pins),
        rules=(
            KeyRule(
                "PINs of the certificate side", "the PIN's key enciphers the card's 16-byte random number", "inferred"
            ),
        ),
    )


def tree(profile: Profile, social: SocialProfile) -> PartFacts:
    """Every key of the card from its national root down: what a host holds, and a PSAM of each tier."""
    service, card = key_service(profile, social), social_card(profile, social)
    found = []
    for directory in directories(social):
        for row in directory.keys:
            for version in row.versions if row.kind not in (KeyKind.MASTER, KeyKind.PIN) else ():
                handles = [service.tier_key(row.name, social.city, tier, version) for tier in range(3)]
                handles.append(service.card_key(row.name, card, version))
                found.append(_tree_key(row, version, handles, _national_places(row, version)))
    return PartFacts(facts=tuple(_tree_facts(profile, social)), tree=tuple(found), rules=(*_FACTORS, *_TREE_RULES))


def _tree_key(row: KeyRow, version: int, handles: list[KeyHandle], places: tuple[PsamPlace, ...]) -> SocialTreeKey:
    return SocialTreeKey(
        row.name,
        row.purpose_zh,
        short_directory(row.directory),
        f"{row.kid:02X}",
        version,
        handles[0].algorithm.name,
        tuple(
            TierValue(tier, value_of(each), hexed(each.check_value))
            for tier, each in zip(_TIERS, handles, strict=False)
        ),
        places,
    )


def _national_places(row: KeyRow, version: int) -> tuple[PsamPlace, ...]:
    """In a PSAM of the city's tier; a purchase key's identifier is its version."""
    purchase = row.kind is KeyKind.PURCHASE
    return tuple(
        PsamPlace(f"{_CITY_STEPS << 5 | usage & 0x1F:02X}", f"{version if purchase else identifier:02X}")
        for usage, identifier in row.psam
    )


def key_card(profile: Profile, psam: PsamProfile) -> PartFacts:
    """What a shipped PSAM holds, each key from its national root down to its own tier; of a given value that alone."""
    rows: dict[tuple[str, int, int, str, bytes], SocialTreeKey] = {}
    for born in environments(psam):
        for each in keys_for_cards(profile, psam, born):
            head, own = each.held.head, each.planned
            place = PsamPlace(f"{head.usage:02X}", f"{head.kid:02X}", born.short, f"{each.held.file:04X}")
            at = own.name, own.version, own.tier, own.algorithm.name, each.held.key.check_value
            known = rows.get(at)
            places = (*(known.psam if known else ()), place)
            rows[at] = _held_key(own, each.tiers(psam.city), places)
    tiers = sorted({tier for _, _, tier, _, _ in rows})
    return PartFacts(
        facts=(
            Fact("terminal number", psam.terminal, says="file 0016"),
            Fact("city code", psam.city),
            Fact("tier", ", ".join(_PSAM_TIERS[tier] for tier in tiers), says=_steps_left(tiers)),
            *_factor_facts(psam.city),
            *(
                Fact(f"environment {born.short}", hexed(born.name), says=f"{born.cipher}, FID {born.fid:04X}")
                for born in environments(psam)
            ),
        ),
        tree=tuple(rows.values()),
        rules=(*_FACTORS, *_TREE_RULES),
    )


def _held_key(own: PlannedPsamKey, handles: tuple[KeyHandle, ...], places: tuple[PsamPlace, ...]) -> SocialTreeKey:
    """A key as a PSAM holds it: its tier's value is the last."""
    made = _tree_key(own.row, own.version, list(handles), places) if own.row is not None else None
    if made is not None and len(handles) == own.tier + 1:
        return made
    value = TierValue(_TIERS[own.tier], value_of(handles[-1]), hexed(handles[-1].check_value))
    if made is not None:
        return structs.replace(made, tiers=(value,))
    return SocialTreeKey(
        own.name, "in no table", "", "", own.version, handles[-1].algorithm.name, tiers=(value,), psam=places
    )


def _steps_left(tiers: list[int]) -> str:
    steps = f"{3 - tiers[0]} steps are" if len(tiers) == 1 else "key by key: so many steps are"
    return f"{steps} left to the card: the top three bits of a usage"


_FACTORS = (
    KeyRule(
        "factors 分散因子",
        "F1 province, F2 city, F3 card, 8 bytes each; a PSAM wants those below its tier, F3 first",
        "SSC-9 §7.3.3",
    ),
)
_TREE_RULES = (
    KeyRule("child key 子密钥", "parent over F ‖ NOT F, ECB; an 8-byte DES key: parent over F", "SSC-9 §7"),
    KeyRule(
        "process key 过程密钥",
        "card's key over the random number, 00 behind it up to a block; 3DES gives a DES key",
        "SSC-4 §8.4",
    ),
    KeyRule(
        "authentication data 鉴别数据",
        "process key over the 8-byte original; SM4: over original ‖ 00 × 8, both halves XORed; original behind it",
        "SSC-4 §9.5, SSC-5 §6.4",
    ),
    KeyRule("MAC of a command", "process key, IV zero, header ‖ Lc ‖ data, padded 80 00…; 4 bytes", "SSC-4 §8.2"),
)
