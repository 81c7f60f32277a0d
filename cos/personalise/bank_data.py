"""Data preparation of the bank side: a profile becomes data groups, with certificates made by the test authority."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from apdu import tlv
from cos.profile import BankProfile, RsaTestKey, RsaTestKeys, rsa_test_keys
from cos.pse.data.log import DEFAULT_ENTRY, LogEntry
from cos.pse.data.profile import AflEntry, encode_afl
from keys import bank as mechanism
from keys.host.bank import KeyTriple
from keys.host.ca import CardIssuer, CertificationAuthority
from keys.rsa import RsaPrivate

SERIAL = bytes.fromhex("000001")
DAC = bytes.fromhex("DAC1")
TEMPLATE = 0x70


class CardData(NamedTuple):
    """What a bureau gets for one card: ``groups`` in the order they are sent, and the secrets apart."""

    groups: tuple[tuple[int, bytes], ...]
    keys: KeyTriple
    private: RsaPrivate | None
    pin_block: bytes
    tries: bytes


def prepare(bank: BankProfile, keys: KeyTriple) -> CardData:
    """All groups of the profile's application; ``keys`` are the card's, derived already."""
    elements = {int(tag, 16): bytes.fromhex(value) for tag, value in bank.elements.items()}
    elements[0x50] = bank.label.encode()
    if bank.log:
        elements[0x9F4F] = bytes.fromhex(bank.log)
    private = None
    if bank.rsa:
        keyring = rsa_test_keys(bank.rsa)
        private = _private(keyring.card)
        elements.update(certificates(bank, elements, keyring))
    groups = (
        (0x9104, encode_list(elements, ("82",)) + tlv.encode(0x94, locator(bank))),
        (0x9102, _fci(bank, elements)),
        *((int(dgi, 16), _record(dgi, encode_list(elements, tags))) for dgi, tags in sorted(bank.records.items())),
        *((int(dgi, 16), encode_list(elements, tags)) for dgi, tags in sorted(bank.internal.items())),
        (0x9200, encode_list(elements, ("9F10",))),
    )
    tries = bytes((bank.pin_tries, bank.pin_tries))
    return CardData(groups, keys, private, mechanism.pin_block(bank.pin) if bank.pin else b"", tries)


def encode_list(elements: Mapping[int, bytes], tags: tuple[str, ...] | list[str]) -> bytes:
    """The elements of ``tags`` as TLV, in order."""
    return b"".join(tlv.encode(int(tag, 16), elements[int(tag, 16)]) for tag in tags)


def _record(dgi: str, content: bytes) -> bytes:
    """SFI 1 to 10: inside template 70; above, as it is (PBOC-5 B.12.4)."""
    return tlv.encode(TEMPLATE, content) if int(dgi[:2], 16) <= 10 else content


def _fci(bank: BankProfile, elements: Mapping[int, bytes]) -> bytes:
    """A5 of the application, with the log entry and what the issuer adds inside BF0C."""
    log = tlv.encode(0x9F4D, bytes(LogEntry(DEFAULT_ENTRY[0], bank.log_records))) if bank.log else b""
    inside = log + bytes.fromhex(bank.discretionary)
    entry = tlv.encode(0xBF0C, inside) if inside else b""
    return tlv.encode(0xA5, encode_list(elements, bank.fci), entry)


def locator(bank: BankProfile) -> bytes:
    """94: every record of SFI 1 to 10 the profile has, in order; what is signed as the profile says."""
    return locate(bank, bank.records)


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
    """What the issuer signs: the signed records without their template, then AIP if 9F4A asks for it (PBOC-7 §5)."""
    parts = []
    for sfi, count in sorted(bank.signed.items()):
        dgis = sorted(dgi for dgi in bank.records if int(dgi[:2], 16) == int(sfi, 16))
        parts += [encode_list(elements, bank.records[dgi]) for dgi in dgis[:count]]
    return b"".join(parts) + (elements[0x82] if 0x9F4A in elements else b"")


def certificates(bank: BankProfile, elements: Mapping[int, bytes], keyring: RsaTestKeys) -> dict[int, bytes]:
    """8F, 90, 92, 9F32, 93, 9F46, 9F47, 9F48 for this card under the test authority."""
    pan = bank.elements["5A"].rstrip("Ff")
    year, month = bank.elements["5F24"][:2], bank.elements["5F24"][2:4]
    expiry = bytes.fromhex(month + year)
    authority, issuer = issuer_of(keyring, pan, expiry)
    static = static_data(bank, elements)
    card = _private(keyring.card).public(bytes.fromhex(keyring.card.exponent))
    own = issuer.certify(card, pan, expiry, SERIAL, static)
    values = {
        0x8F: bytes((authority.index,)),
        0x90: issuer.certificate.certificate,
        0x92: issuer.certificate.remainder,
        0x9F32: issuer.certificate.exponent,
        0x93: issuer.sign_static(DAC, static),
        0x9F46: own.certificate,
        0x9F47: own.exponent,
        0x9F48: own.remainder,
    }
    return {tag: value for tag, value in values.items() if value}


def issuer_of(keyring: RsaTestKeys, pan: str, expiry: bytes) -> tuple[CertificationAuthority, CardIssuer]:
    """The test authority, and the issuer it certifies for this PAN; ``expiry`` MMYY of the certificate."""
    exponents = [bytes.fromhex(key.exponent) for key in (keyring.ca, keyring.issuer)]
    authority = CertificationAuthority(
        bytes.fromhex(keyring.rid), int(keyring.index, 16), _private(keyring.ca), exponents[0]
    )
    key = _private(keyring.issuer)
    certificate = authority.certify(key.public(exponents[1]), pan[:8], expiry, SERIAL)
    return authority, CardIssuer(key, exponents[1], certificate)


def _private(key: RsaTestKey) -> RsaPrivate:
    return RsaPrivate.from_primes(int(key.p, 16), int(key.q, 16), int(key.exponent, 16))
