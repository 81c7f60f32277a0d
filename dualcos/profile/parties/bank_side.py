"""The bank side for those who work with it: a terminal that verifies, the issuer's host that answers.

Who holds which key: ``keys.custody.ownership`` (总体方案 五; PBOC-10 §8). A terminal has the authority's public key and
nothing secret of the bank's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dualcos.dialogue.personalise_bank import KMC_VERSION
from dualcos.profile.bank_data_groups import certificates, profile_signing, sm_certificates, static_data
from dualcos.profile.bank_order import bank_card, card_keys, key_data, key_service, sm_key_service
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.parties.party_facts import (
    Fact,
    KeyRule,
    PartFacts,
    ShownAuthority,
    ShownKey,
    ShownPair,
    ShownPin,
    hexed,
    shown_key,
    worked_out_key,
)
from dualcos.profile.published_test_keys import (
    RsaTestKey,
    RsaTestKeys,
    Sm2TestKey,
    Sm2TestKeys,
    rsa_test_keys,
    sm2_test_keys,
)
from dualcos.profile.schema import Profile
from keys import bank_cryptography as mechanism
from keys.algorithms import SM4, TDES
from keys.custody.bank_key_service import KeyTriple
from keys.custody.ownership import KeyOwner, Purpose
from keys.key_handle import KeyHandle
from keys.rsa import RsaPublic
from keys.sm2 import Sm2Private

_NAMES = ("AC", "MAC", "ENC")
_ISSUER_KEYS = (Purpose.ISSUER_AC, Purpose.ISSUER_MAC, Purpose.ISSUER_ENC)
_ON_CARD = {"AC": "cryptograms", "MAC": "script MACs", "ENC": "script encipherment"}
_ATC, _ARQC, _ARC = bytes.fromhex("0001"), bytes.fromhex("0123456789ABCDEF"), b"00"
_ELEMENTS = (
    ("5A", "PAN"),
    ("5F34", "PAN sequence number"),
    ("5F24", "expiry, YYMMDD"),
    ("82", "application interchange profile"),
    ("9F38", "PDOL"),
    ("9F49", "DDOL"),
    ("9F4A", "static data authentication tag list"),
    ("8C", "CDOL1"),
    ("8D", "CDOL2"),
    ("9F10", "issuer application data, before MAC and amounts"),
)


class _Algorithms(NamedTuple):
    """One set of algorithms of an application: what its keys are called, its ciphers, its masters' triple."""

    prefix: str
    number: int
    masters: KeyTriple | None
    card: KeyTriple


def terminal(bank: BankProfile) -> PartFacts:
    """Authority keys, the chain under them, what is signed, the PIN of a demonstration holder."""
    return PartFacts(
        facts=(*_application(bank), *_chain(bank)),
        pins=_pins(bank),
        authorities=tuple(_authorities(bank)),
        rules=_TERMINAL_RULES,
    )


def issuer(profile: Profile, bank: BankProfile) -> PartFacts:
    """Masters and what comes of them, issuer pairs and certificates, the environment's master key, one example."""
    sets = tuple(_algorithm_sets(profile, bank))
    keys = [key for each in sets for key in _issuer_keys(each, bank_card(profile).dki)]
    return PartFacts(
        facts=(
            *_application(bank),
            Fact("derivation key index", f"{bank_card(profile).dki:02X}", "9F10", "byte 2 of the IAD: which masters"),
            *(fact for fact in _chain(bank) if fact.tag in ("8F", "90", "92", "9F32")),
        ),
        pins=_pins(bank),
        pairs=tuple(_pairs(bank)),
        keys=(*keys, *environment_keys(profile)),
        rules=_ISSUER_RULES,
        examples=tuple(fact for each in sets for fact in _example(each, bank)),
    )


def environment_keys(profile: Profile) -> tuple[ShownKey, ...]:
    """What the bank side is made with: master key of the environment, KMC."""
    master, kmc = (KeyHandle(TDES, profile.bank_key(name)) for name in ("master", "kmc"))
    return (
        worked_out_key("PSE master", master, "master key of the bank environment", KeyOwner.BANK, "PSE KID 00"),
        shown_key("KMC", kmc, Purpose.KMC, version=KMC_VERSION),
    )


def channel(profile: Profile, bank: BankProfile) -> PartFacts:
    """What comes of the KMC for this chip: its channel keys, in PSE and in the application."""
    data = key_data(profile, bank)
    keys = key_service(profile).personalisation_keys(data, KMC_VERSION)
    words = ("enciphers the channel", "MACs of the channel", "enciphers keys and PINs")
    return PartFacts(
        facts=(Fact("KEYDATA", hexed(data), says="KMC identifier ‖ chip serial number"),),
        keys=tuple(
            worked_out_key(f"K{name}", key, says, KeyOwner.BANK, f"PSE and application, type {0x10 + at:02X} KID 01")
            for at, (name, key, says) in enumerate(zip(("ENC", "MAC", "DEK"), keys, words, strict=True))
        ),
        rules=(
            KeyRule(
                "KENC, KMAC, KDEK",
                "KMC over D ‖ F0 n ‖ D ‖ 0F n, ECB, n = 1, 2, 3; D the last six bytes of KEYDATA",
                "PBOC-10 §8.2",
            ),
        ),
    )


# --- what is on the card ------------------------------------------------------------------------------------------


def _application(bank: BankProfile) -> Iterator[Fact]:
    yield Fact("AID", bank.aid.upper(), "4F")
    yield Fact("label", bank.label, "50")
    yield from (Fact(name, bank.elements[tag].upper(), tag) for tag, name in _ELEMENTS if tag in bank.elements)
    if bank.sm is not None:
        yield Fact("application interchange profile, SM", bank.sm.aip.upper(), "82", "after DF69 = 01 in the PDOL data")
        yield Fact("issuer application data, SM", bank.sm.iad.upper(), "9F10")


def _pins(bank: BankProfile) -> tuple[ShownPin, ...]:
    if not bank.pin:
        return ()
    command = f"0020008008{hexed(mechanism.pin_block(bank.pin))}"
    return (ShownPin("offline PIN of the application", bank.pin, command, bank.pin_tries),)


def _values(bank: BankProfile) -> dict[int, bytes]:
    return {int(tag, 16): bytes.fromhex(value) for tag, value in bank.elements.items()}


def _chain(bank: BankProfile) -> Iterator[Fact]:
    """The certificates of the card and what the last of them are over besides themselves."""
    if bank.rsa:
        values = _values(bank)
        signed = certificates(bank, values, profile_signing(bank, rsa_test_keys(bank.rsa)))
        kept = {int(tag, 16) for tags in bank.records.values() for tag in tags}
        yield from _chain_of("RSA", {tag: value for tag, value in signed.items() if tag in kept})
        yield Fact("signed static data", hexed(static_data(bank, values)), says="hashed with 93 and 9F46")
    if bank.sm is not None:
        values = _values(bank) | {0x82: bytes.fromhex(bank.sm.aip)}
        keyring = sm2_test_keys(bank.sm.sm2)
        yield from _chain_of("SM2", sm_certificates(bank, values, keyring, sm2_private(keyring.card)))
        yield Fact("signed static data, SM2", hexed(static_data(bank, values)), says="signed with 93 and 9F46")


_CHAIN = {
    0x8F: "authority's key index",
    0x90: "issuer certificate",
    0x92: "rest of the issuer's modulus",
    0x9F32: "issuer's exponent",
    0x93: "signed static application data",
    0x9F46: "card certificate",
    0x9F47: "card's exponent",
    0x9F48: "rest of the card's modulus",
}


def _chain_of(algorithm: str, values: dict[int, bytes]) -> Iterator[Fact]:
    for tag, name in _CHAIN.items():
        if tag in values:
            yield Fact(f"{name}, {algorithm}", hexed(values[tag]), f"{tag:02X}")


# --- pairs --------------------------------------------------------------------------------------------------------


def rsa_public(key: RsaTestKey) -> RsaPublic:
    """The public half of a published pair."""
    number = int(key.p, 16) * int(key.q, 16)
    return RsaPublic(number.to_bytes((number.bit_length() + 7) // 8, "big"), bytes.fromhex(key.exponent))


def sm2_private(key: Sm2TestKey) -> Sm2Private:
    """A published SM2 pair."""
    return Sm2Private(bytes.fromhex(key.private), bytes.fromhex(key.public))


def _authorities(bank: BankProfile) -> Iterator[ShownAuthority]:
    if bank.rsa:
        yield rsa_authority(rsa_test_keys(bank.rsa))
    if bank.sm is not None:
        yield _sm2_authority(sm2_test_keys(bank.sm.sm2))


def rsa_authority(keyring: RsaTestKeys) -> ShownAuthority:
    """The authority of a published set, with the check sum of PBOC-7 §5 and EMV book 2 §11.2.2."""
    key, index = rsa_public(keyring.ca), int(keyring.index, 16)
    return ShownAuthority(
        "RSA",
        keyring.rid.upper(),
        f"{index:02X}",
        hexed(key.modulus),
        hexed(key.exponent),
        hexed(key.checksum(bytes.fromhex(keyring.rid), index)),
        "SHA-1 over RID ‖ index ‖ modulus ‖ exponent",
    )


def _sm2_authority(keyring: Sm2TestKeys) -> ShownAuthority:
    """Without a check sum: none is laid down in what is known of the SM form (no text of JR/T 0025.17 at hand)."""
    index = f"{int(keyring.index, 16):02X}"
    return ShownAuthority("SM2", keyring.rid.upper(), index, keyring.ca.public.upper(), "", "", "not known for SM2")


def _pairs(bank: BankProfile) -> Iterator[ShownPair]:
    if bank.rsa:
        keyring = rsa_test_keys(bank.rsa)
        for name, key in (("issuer", keyring.issuer), ("card", keyring.card)):
            public = rsa_public(key)
            yield ShownPair(name, "RSA", hexed(public.modulus), hexed(public.exponent), key.p.upper(), key.q.upper())
    if bank.sm is not None:
        sm2 = sm2_test_keys(bank.sm.sm2)
        for name, pair in (("issuer", sm2.issuer), ("card", sm2.card)):
            yield ShownPair(name, "SM2", pair.public.upper(), private=pair.private.upper())


# --- symmetric keys -----------------------------------------------------------------------------------------------


def _algorithm_sets(profile: Profile, bank: BankProfile) -> Iterator[_Algorithms]:
    masters = KeyTriple(*(KeyHandle(TDES, profile.bank_key(name.lower())) for name in _NAMES))
    yield _Algorithms("", 0x01, None if bank.keys.ready else masters, card_keys(profile))
    if bank.sm is not None:
        masters = KeyTriple(*(KeyHandle(SM4, profile.bank_sm_key(name.lower())) for name in _NAMES))
        yield _Algorithms("SM ", 0x04, masters, sm_key_service(profile).card_keys(bank_card(profile)))


def _issuer_keys(given: _Algorithms, dki: int) -> Iterator[ShownKey]:
    for name, purpose, key in zip(_NAMES, _ISSUER_KEYS, given.masters or (), strict=False):
        yield shown_key(f"{given.prefix}MK-{name}", key, purpose, version=dki)
    for name, key in zip(_NAMES, given.card, strict=True):
        says = f"this card's key for {_ON_CARD[name]}"
        place = f"application, type {0x21 + _NAMES.index(name):02X}"
        yield worked_out_key(f"{given.prefix}UDK-{name}", key, says, KeyOwner.BANK, place)


def _example(given: _Algorithms, bank: BankProfile) -> Iterator[Fact]:
    """Session keys of ATC 0001, and the answer to one cryptogram."""
    of = f" ({given.prefix.strip()})" if given.prefix else ""
    pan, psn = bank.elements["5A"].rstrip("Ff"), bank.elements.get("5F34", "00")
    yield Fact(f"Y of this card{of}", hexed(mechanism.diversification_input(pan, psn)))
    for name, key in zip(_NAMES, given.card, strict=True):
        session = mechanism.session_key(key, _ATC)
        yield Fact(f"check value of SK-{name} at ATC 0001{of}", hexed(session.check_value))
    answer = given.card.issuer_authentication_data(_ATC, _ARQC, _ARC)
    yield Fact(f"91 for ARQC {hexed(_ARQC)}, ARC 3030, ATC 0001{of}", hexed(answer), "91", "ARPC ‖ ARC")


_TERMINAL_RULES = (
    KeyRule(
        "certificates", "RSA: signer's key over the block, 6A ‖ … ‖ SHA-1 ‖ BC; SM2: text ‖ r ‖ s", "PBOC-7 §5, §6"
    ),
    KeyRule("offline PIN", "2N ‖ digits ‖ F…, 8 bytes, VERIFY 00 20 00 80", "PBOC-5 B.15"),
)
_ISSUER_RULES = (
    KeyRule(
        "UDK 子密钥",
        "Y = rightmost 16 digits of PAN ‖ sequence number; MK over Y ‖ NOT Y, ECB; odd parity for 3DES",
        "PBOC-7 §11.1.4",
    ),
    KeyRule(
        "session key 过程密钥", "UDK over 000000000000 ‖ ATC ‖ 000000000000 ‖ NOT ATC, ECB; 16 bytes", "PBOC-7 §11.1.3"
    ),
    KeyRule(
        "application cryptogram",
        "MAC of SK-AC over 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37, AIP, ATC, CVR (9F10 bytes 4 to 7, its length first); "
        "padded 80 00…; 3DES: ISO/IEC 9797-1 algorithm 3, SM4: CBC, left half",
        "PBOC-5 D.1, D.2",
    ),
    KeyRule("ARPC", "SK-AC over (AC XOR ARC ‖ 00…), SM4: ‖ 00…, first 8 bytes; 91 is ARPC ‖ ARC", "PBOC-5 D.3"),
    KeyRule(
        "script MAC",
        "SK-MAC over header ‖ Lc ‖ ATC ‖ AC of the first GENERATE AC ‖ data, first 4 bytes",
        "PBOC-5 C.2.4",
    ),
    KeyRule("script encipherment", "SK-ENC over length ‖ data ‖ 80 00… if not aligned, ECB", "PBOC-5 C.3"),
    KeyRule("new PIN", "PIN block with control 0 XOR 00000000 ‖ bytes 5 to 8 of UDK-ENC, enciphered", "PBOC-5 B.10.3"),
)
