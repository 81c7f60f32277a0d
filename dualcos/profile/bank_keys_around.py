"""Published keys of the bank's that are not in the card, and what a host may take each for (卡外银行密钥).

The issuer's masters and the KMC without diversification; what comes of them by a wrongly cut factor; the keys of the
other published cards. A card whose keys were given ready has no masters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from cos.pse.data.data_groups import INTERNATIONAL, SM
from cos.pse.personalisation.prepersonalisation import CHANNEL_KID, CHANNEL_KINDS
from dualcos.dialogue.personalise_bank import KMC_VERSION
from dualcos.explain.diagnosis.finding import KeyName
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.wrong_inputs import stands_for
from dualcos.profile.bank_order import bank_card, key_data
from dualcos.profile.hard_cases import HOLDERS
from dualcos.profile.schema import Profile, built_in
from dualcos.textforms.json_and_toml import from_toml
from dualcos.textforms.text_files import text_of
from keys.algorithms import SM4, TDES, Algorithm, invert, odd_parity, sha1
from keys.bank_cryptography import diversification_input
from keys.key_handle import KeyHandle

ISSUER = "issuer"
_TIER, _FACTOR, _PARITY = "key.tier-above", "key.another-factor", "key.without-parity"
_PURPOSES = (("ac", 0x21), ("mac", 0x22), ("enc", 0x23))
_PSE, _APPLICATION = "PSE", "PSE/ADF"


def bank_keys_around(profile: Profile) -> Iterator[SeenKey]:
    """Of a card with a bank side, the likeliest first; of any other nothing."""
    if profile.pse is None:
        return
    masters = () if profile.pse.keys.ready else tuple(_masters(profile))
    yield from masters
    yield from _kmcs(profile)
    for master in masters:
        yield from _other_factors(profile, master)
    yield from _other_channel_keys(profile)
    for master in masters:
        yield from _other_cards(profile, master)


# --- the application's keys -------------------------------------------------------------------------------------------


def _masters(profile: Profile) -> Iterator[SeenKey]:
    for name, kind in _PURPOSES:
        yield _used_for(_APPLICATION, kind, 0, INTERNATIONAL.key_version, TDES, profile.bank_key(name))
    if profile.pse is not None and profile.pse.sm is not None:
        for name, kind in _PURPOSES:
            yield _used_for(_APPLICATION, kind, 0, SM.key_version, SM4, profile.bank_sm_key(name))


def _used_for(
    place: str, kind: int, number: int, version: int, algorithm: Algorithm, value: bytes, holder: str = ISSUER
) -> SeenKey:
    """A master of ``holder`` that is used instead of the card's key of that name."""
    check = KeyHandle(algorithm, value).check_value.hex().upper()
    name = KeyName(holder, kind, number, version, algorithm.name, check)
    stands = stands_for(SeenKey(name._replace(place=place), algorithm, value))
    return SeenKey(name, algorithm, value, relation=_TIER, stands=stands)


def _other_factors(profile: Profile, master: SeenKey) -> Iterator[SeenKey]:
    card = bank_card(profile)
    right = diversification_input(card.pan, card.psn)
    for how, factor in _factors(card.pan, card.psn):
        if factor != right:
            yield _derived(master, factor, _FACTOR, how)
    if master.algorithm is TDES:
        yield _derived(master, right, _PARITY, "the right factor, without odd parity", parity=False)


def _factors(pan: str, psn: str) -> Iterator[tuple[str, bytes]]:
    """How factors of 8 bytes are cut wrongly from account and sequence number."""
    yield "PAN without sequence number", diversification_input(pan, "")
    yield "PAN with sequence number 00", diversification_input(pan, "00")
    yield "leftmost digits of PAN and sequence number", bytes.fromhex((pan + psn)[:16].ljust(16, "0"))
    yield "PAN as it stands in 5A", bytes.fromhex((pan + "F" * (len(pan) % 2))[-16:].rjust(16, "0"))
    yield "sequence number in front", bytes.fromhex((psn + pan)[-16:].rjust(16, "0"))
    yield "PAN without check digit", diversification_input(pan[:-1], psn)
    yield "EMV option B", _option_b(pan, psn)


def _option_b(pan: str, psn: str) -> bytes:
    """EMV book 2 A1.4.2, for accounts of more than 16 digits: from SHA-1, decimal digits first, letters as digits."""
    text = pan + psn
    digest = sha1(bytes.fromhex(text.rjust(len(text) + len(text) % 2, "0"))).hex()
    digits = [each for each in digest if each.isdecimal()]
    letters = [str(ord(each) - ord("a")) for each in digest if not each.isdecimal()]
    return bytes.fromhex("".join((*digits, *letters))[:16])


def _derived(master: SeenKey, factor: bytes, relation: str, how: str, *, parity: bool = True) -> SeenKey:
    value = master.handle.encrypt(factor + invert(factor))
    value = odd_parity(value) if parity and master.algorithm is TDES else value
    check = KeyHandle(master.algorithm, value).check_value.hex().upper()
    name = master.name._replace(place=f"{master.name.place}, {how}", check_value=check)
    return SeenKey(name, master.algorithm, value, relation=relation, stands=master.stands)


def _other_cards(profile: Profile, master: SeenKey) -> Iterator[SeenKey]:
    card = bank_card(profile)
    for pan, psn in (*published_accounts(), *((each.pan, each.psn) for each in HOLDERS if each.account)):
        if (pan, psn) != (card.pan, card.psn):
            yield _derived(master, diversification_input(pan, psn), _FACTOR, f"PAN {pan} of another card")


@lru_cache(maxsize=1)
def published_accounts() -> tuple[tuple[str, str], ...]:
    """Account and sequence number of every bank card that comes with the package."""
    found: dict[tuple[str, str], None] = {}
    for file in built_in():
        if file.suffix != ".toml":
            continue
        elements = from_toml(text_of(file)).get("pse", {}).get("elements", {})
        if "5A" in elements:
            found[elements["5A"].rstrip("Ff"), elements.get("5F34", "00")] = None
    return tuple(found)


# --- the channel's keys -----------------------------------------------------------------------------------------------


def _kmcs(profile: Profile) -> Iterator[SeenKey]:
    for place in (_PSE, _APPLICATION):
        for kind in CHANNEL_KINDS:
            yield _used_for(place, kind, CHANNEL_KID, KMC_VERSION, TDES, profile.bank_key("kmc"))


def _other_channel_keys(profile: Profile) -> Iterator[SeenKey]:
    assert profile.pse is not None  # noqa: S101 - callers ask only where the section exists
    data = key_data(profile, profile.pse)
    cuts = (
        ("bytes 1 and 2 and the last four of KEYDATA", data[:2] + data[-4:]),
        ("first six bytes of KEYDATA", data[:6]),
        ("KEYDATA from byte 3", data[2:8]),
        ("serial number, zeros in front", bytes(2) + data[-4:]),
        ("serial number, zeros behind", data[-4:] + bytes(2)),
    )
    for kmc in _kmcs(profile):
        number = CHANNEL_KINDS.index(kmc.name.kind) + 1
        for how, cut in cuts:
            if cut != data[-6:]:
                source = cut + bytes((0xF0, number)) + cut + bytes((0x0F, number))
                value = kmc.handle.encrypt(source)
                check = KeyHandle(TDES, value).check_value.hex().upper()
                name = kmc.name._replace(place=f"{ISSUER}, {how}", check_value=check)
                yield SeenKey(name, TDES, value, relation=_FACTOR, stands=kmc.stands)
