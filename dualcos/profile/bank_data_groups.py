"""Data preparation of the bank side: a profile becomes data groups, with certificates made by the test authority."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from apdu import tlv
from cos.pse.data.aip_afl_ada import AflEntry, LogEntry, listed_records, parse_afl
from cos.pse.data.data_groups import LAST_WITH_TEMPLATE, TEMPLATE
from dualcos.dialogue.driver import StepRefused
from dualcos.dialogue.personalise_bank import CardData, SmData
from dualcos.profile.bank_profile import BankProfile, BankSmProfile
from dualcos.profile.published_test_keys import (
    RsaTestKey,
    RsaTestKeys,
    Sm2TestKey,
    Sm2TestKeys,
    rsa_test_keys,
    sm2_test_keys,
)
from keys import bank_cryptography as mechanism
from keys.custody.bank_key_service import KeyTriple
from keys.custody.rsa_authority import CardIssuer, CertificationAuthority
from keys.custody.sm2_authority import Sm2Authority, Sm2Issuer
from keys.rsa import RsaPrivate
from keys.sm2 import Sm2Missing, Sm2Private

SERIAL = bytes.fromhex("000001")
DAC = bytes.fromhex("DAC1")
DEFAULT_ENTRY = bytes.fromhex("0B0A")
"""9F4D: file 11, ten records (PBOC-5 §18.1)."""


def encode_afl(entries: Iterable[AflEntry]) -> bytes:
    """The value of 94."""
    return b"".join(bytes((sfi << 3, first, last, signed)) for sfi, first, last, signed in entries)


def record_length(log_format: bytes) -> int:
    """Bytes of one log record. Raises TlvError if ``log_format`` is no data object list."""
    return tlv.dol_length(tlv.parse_dol(log_format))


class Signing(NamedTuple):
    """Who signs a card's data: index of the authority's key, the certified issuer, and the card's own key."""

    authority: int
    issuer: CardIssuer
    card: RsaPrivate
    exponent: bytes


def prepare(bank: BankProfile, keys: KeyTriple, signing: Signing | None = None) -> CardData:
    """All groups of the application; ``keys`` are the card's, derived already.

    Without ``signing`` the RSA test keys the profile names sign, if it names some.
    """
    elements = {int(tag, 16): bytes.fromhex(value) for tag, value in bank.elements.items()}
    elements[0x50] = bank.label.encode()
    if bank.log:
        elements[0x9F4F] = bytes.fromhex(bank.log)
    if signing is None and bank.rsa:
        signing = profile_signing(bank, rsa_test_keys(bank.rsa))
    if signing is not None:
        elements.update(certificates(bank, elements, signing))
    groups = (
        (0x9104, encode_list(elements, ("82",)) + tlv.encode(0x94, locator(bank))),
        (0x9102, _fci(bank, elements)),
        *((int(dgi, 16), _record(bank, elements, dgi)) for dgi in sorted((*bank.records, *bank.issued_records))),
        *((int(dgi, 16), encode_list(elements, tags)) for dgi, tags in sorted(bank.internal.items())),
        (0x9200, encode_list(elements, ("9F10",))),
    )
    tries = bytes((bank.pin_tries, bank.pin_tries))
    private = signing.card if signing is not None else None
    return CardData(groups, keys, private, mechanism.pin_block(bank.pin) if bank.pin else b"", tries)


def encode_list(elements: Mapping[int, bytes], tags: tuple[str, ...] | list[str]) -> bytes:
    """The elements of ``tags`` as TLV, in order."""
    return b"".join(tlv.encode(int(tag, 16), elements[int(tag, 16)]) for tag in tags)


def _content(bank: BankProfile, elements: Mapping[int, bytes], dgi: str) -> bytes:
    """What a record holds, without its template: as issued, or the elements the profile names."""
    issued = bank.issued_records.get(dgi)
    if issued is None:
        return encode_list(elements, bank.records[dgi])
    raw = bytes.fromhex(issued)
    inside = _template(dgi, raw)
    return raw if inside is None else inside


def _record(bank: BankProfile, elements: Mapping[int, bytes], dgi: str) -> bytes:
    """SFI 1 to 10: inside template 70; above, as it is (PBOC-5 B.12.4). One issued with its template stays so."""
    raw = bytes.fromhex(bank.issued_records.get(dgi, ""))
    if _template(dgi, raw) is not None:
        return raw
    content = _content(bank, elements, dgi)
    return tlv.encode(TEMPLATE, content) if int(dgi[:2], 16) <= LAST_WITH_TEMPLATE else content


def _template(dgi: str, raw: bytes) -> bytes | None:
    """What is inside ``raw`` if it is one template 70 and nothing else, in a file whose records have one; else None."""
    if int(dgi[:2], 16) > LAST_WITH_TEMPLATE:
        return None
    items = tlv.parse(raw)
    return items[0].value if [each.tag for each in items] == [TEMPLATE] else None


def _fci(bank: BankProfile, elements: Mapping[int, bytes]) -> bytes:
    """A5 of the application, with the log entry and what the issuer adds inside BF0C."""
    log = tlv.encode(0x9F4D, bytes(LogEntry(DEFAULT_ENTRY[0], bank.log_records))) if bank.log else b""
    inside = log + bytes.fromhex(bank.discretionary)
    entry = tlv.encode(0xBF0C, inside) if inside else b""
    return tlv.encode(0xA5, encode_list(elements, bank.fci), entry)


def locator(bank: BankProfile) -> bytes:
    """94: as the profile has it, or every record of SFI 1 to 10 in order; what is signed as the profile says."""
    return bytes.fromhex(bank.afl) or locate(bank, (*bank.records, *bank.issued_records))


def locate(bank: BankProfile, groups: Iterable[str]) -> bytes:
    """94 over these record groups, 4 hex digits each."""
    places = sorted((sfi, record) for sfi, record in map(bytes.fromhex, groups) if sfi <= 10)
    signed = {int(sfi, 16): count for sfi, count in bank.signed.items()}
    return encode_afl(_entries(places, signed))


def _entries(places: list[tuple[int, int]], signed: dict[int, int]) -> Iterator[AflEntry]:
    """Runs of neighbouring records; the signed ones count from a file's first run."""
    runs: list[list[int]] = []
    for sfi, number in places:
        if runs and runs[-1][0] == sfi and runs[-1][2] == number - 1:
            runs[-1][2] = number
        else:
            runs.append([sfi, number, number])
    for sfi, first, last in runs:
        yield AflEntry(sfi, first, last, min(signed.pop(sfi, 0), last - first + 1))


def static_data(bank: BankProfile, elements: Mapping[int, bytes]) -> bytes:
    """What the issuer signs: the signed records of the AFL without their template, then AIP if 9F4A asks for it
    (PBOC-7 §5). Raises AflError for an AFL as issued that is none.
    """
    groups = {int(dgi, 16): dgi for dgi in (*bank.records, *bank.issued_records)}
    afl = locator(bank)
    listed = listed_records(parse_afl(afl)) if afl else ()
    parts = [_content(bank, elements, groups[sfi << 8 | number]) for sfi, number, signed in listed if signed]
    return b"".join(parts) + (elements[0x82] if 0x9F4A in elements else b"")


def _expiry(bank: BankProfile) -> bytes:
    """MMYY of the certificates: the application's own."""
    return bytes.fromhex(bank.elements["5F24"][2:4] + bank.elements["5F24"][:2])


def certificates(bank: BankProfile, elements: Mapping[int, bytes], signing: Signing) -> dict[int, bytes]:
    """8F, 90, 92, 9F32, 93, 9F46, 9F47, 9F48 of this card."""
    issuer = signing.issuer
    static = static_data(bank, elements)
    card = signing.card.public(signing.exponent)
    own = issuer.certify(card, bank.elements["5A"].rstrip("Ff"), _expiry(bank), SERIAL, static)
    values = {
        0x8F: bytes((signing.authority,)),
        0x90: issuer.certificate.certificate,
        0x92: issuer.certificate.remainder,
        0x9F32: issuer.certificate.exponent,
        0x93: issuer.sign_static(DAC, static),
        0x9F46: own.certificate,
        0x9F47: own.exponent,
        0x9F48: own.remainder,
    }
    return {tag: value for tag, value in values.items() if value}


def profile_signing(bank: BankProfile, keyring: RsaTestKeys) -> Signing:
    """The test authority's issuer for this profile, and the test card's key."""
    authority, issuer = issuer_of(keyring, bank.elements["5A"].rstrip("Ff"), _expiry(bank))
    return Signing(authority.index, issuer, private_key(keyring.card), bytes.fromhex(keyring.card.exponent))


def issuer_of(keyring: RsaTestKeys, pan: str, expiry: bytes) -> tuple[CertificationAuthority, CardIssuer]:
    """The test authority, and the issuer it certifies for this PAN; ``expiry`` MMYY of the certificate."""
    exponents = [bytes.fromhex(key.exponent) for key in (keyring.ca, keyring.issuer)]
    authority = CertificationAuthority(
        bytes.fromhex(keyring.rid), int(keyring.index, 16), private_key(keyring.ca), exponents[0]
    )
    key = private_key(keyring.issuer)
    certificate = authority.certify(key.public(exponents[1]), pan[:8], expiry, SERIAL)
    return authority, CardIssuer(key, exponents[1], certificate)


def private_key(key: RsaTestKey) -> RsaPrivate:
    """The key of the primes."""
    return RsaPrivate.from_primes(int(key.p, 16), int(key.q, 16), int(key.exponent, 16))


# --- SM algorithms a bank card may carry besides ----------------------------------------------------------------------
# All of it rests on one public source, published card images (no text of JR/T 0025.17 was at hand).


def prepare_sm(bank: BankProfile, keys: KeyTriple) -> SmData:
    """All SM groups of the profile's application; ``keys`` are the card's. Raises StepRefused."""
    assert bank.sm is not None  # noqa: S101 - callers ask only where the section exists
    try:
        return _prepare_sm(bank, bank.sm, keys)
    except Sm2Missing as error:
        raise StepRefused(f"the profile has SM algorithms: {error}") from None


def _prepare_sm(bank: BankProfile, sm: BankSmProfile, keys: KeyTriple) -> SmData:
    keyring = sm2_test_keys(sm.sm2)
    elements = {int(tag, 16): bytes.fromhex(value) for tag, value in bank.elements.items()}
    elements[0x82] = bytes.fromhex(sm.aip)
    private = _sm2_private(keyring.card)
    elements.update(sm_certificates(bank, elements, keyring, private))
    common = [dgi for dgi in (*bank.records, *bank.issued_records) if int(dgi[:2], 16) != int(sm.instead_of, 16)]
    groups = (
        (0x9105, tlv.encode(0x82, elements[0x82]) + tlv.encode(0x94, locate(bank, [*common, *sm.records]))),
        *(
            (int(dgi, 16), tlv.encode(TEMPLATE, encode_list(elements, tags)))
            for dgi, tags in sorted(sm.records.items())
        ),
        (0x9201, tlv.encode(0x9F10, bytes.fromhex(sm.iad))),
    )
    return SmData(groups, keys, private)


def sm_certificates(
    bank: BankProfile, elements: Mapping[int, bytes], keyring: Sm2TestKeys, card: Sm2Private
) -> dict[int, bytes]:
    """8F, 90, 93, 9F46 for this card under the SM2 test authority."""
    pan = bank.elements["5A"].rstrip("Ff")
    year, month = bank.elements["5F24"][:2], bank.elements["5F24"][2:4]
    expiry = bytes.fromhex(month + year)
    authority = Sm2Authority(bytes.fromhex(keyring.rid), int(keyring.index, 16), _sm2_private(keyring.ca))
    key = _sm2_private(keyring.issuer)
    issuer = Sm2Issuer(key, authority.certify(key.public, pan[:8], expiry, SERIAL))
    static = static_data(bank, elements)
    return {
        0x8F: bytes((authority.index,)),
        0x90: issuer.certificate,
        0x93: issuer.sign_static(DAC, static),
        0x9F46: issuer.certify(card.public, pan, expiry, SERIAL, static),
    }


def _sm2_private(key: Sm2TestKey) -> Sm2Private:
    return Sm2Private(bytes.fromhex(key.private), bytes.fromhex(key.public))
