"""Certificates and dynamic signatures: published chains verify, the card's own key reproduces published answers."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import rsa, rsa_certificates
from keys.algorithms import BadBlocks, BadKey, sha1
from keys.rsa import RsaPrivate, RsaPublic
from keys.rsa_certificates import BadCertificate, CertifiedKey, KeyCertificate

NUMBERS = json.loads((Path(__file__).parent / "emv_pki.json").read_text())


def chain(name):
    return {k: bytes.fromhex(v) for k, v in NUMBERS[name].items() if k != "source"}


LAB, ISSUED, ALONE = chain("lab_chain_80"), chain("chain_0B"), chain("issuer_certificate_alone")
RID = bytes.fromhex("A000000333")


def ca(numbers):
    return RsaPublic(numbers["ca_modulus"], numbers["ca_exponent"])


def card_key():
    return RsaPrivate.from_parts(LAB["q_inverse_8201"], LAB["dq_8202"], LAB["dp_8203"], LAB["q_8204"], LAB["p_8205"])


@pytest.mark.parametrize(("numbers", "index"), [(LAB, 0x80), (ISSUED, 0x0B)])
def test_ca_key_checksum(numbers, index):
    assert ca(numbers).checksum(RID, index) == numbers["ca_checksum"]


def test_lab_issuer_certificate():
    """PBOC-7 table 5, published with its recovered block."""
    signed = KeyCertificate(LAB["certificate_90"], LAB["remainder_92"], LAB["exponent_9F32"])
    issuer = rsa_certificates.recover_issuer_key(ca(LAB), signed)
    assert ca(LAB).recover(LAB["certificate_90"]) == LAB["recovered_90"]
    assert issuer == (
        bytes.fromhex("622800FF"),
        bytes.fromhex("1230"),
        bytes.fromhex("000001"),
        RsaPublic(LAB["issuer_modulus"], b"\x03"),
    )


@pytest.mark.parametrize(
    ("certificate", "static"), [("certificate_9F46", "static_data"), ("second_9F46", "second_static_data")]
)
def test_lab_card_certificate(certificate, static):
    """PBOC-7 table 13: same key, static data with and without 9F08."""
    issuer = RsaPublic(LAB["issuer_modulus"], LAB["exponent_9F32"])
    signed = KeyCertificate(LAB[certificate], LAB["remainder_9F48"], LAB["exponent_9F47"])
    card = rsa_certificates.recover_icc_key(issuer, signed, LAB[static])
    assert card.subject.hex().upper() == "6228000100001117FFFF"
    assert card.key == RsaPublic(LAB["card_modulus"], LAB["exponent_9F47"])
    with pytest.raises(BadCertificate, match="hash"):
        rsa_certificates.recover_icc_key(issuer, signed, LAB[static] + b"\x7c\x00")


def test_lab_static_signature():
    """PBOC-7 table 7; the DAC is the lab's DAC1."""
    issuer = RsaPublic(LAB["issuer_modulus"], LAB["exponent_9F32"])
    assert rsa_certificates.recover_static(issuer, LAB["ssad_93"], LAB["static_data"]).hex().upper() == "DAC1"
    with pytest.raises(BadCertificate, match="hash"):
        rsa_certificates.recover_static(issuer, LAB["ssad_93"], LAB["static_data"][:-1])


def test_chain_of_a_real_maker():
    """1984-bit CA 0B, issuer key without remainder, AIP behind the static data (9F4A)."""
    issuer = rsa_certificates.recover_issuer_key(ca(ISSUED), KeyCertificate(ISSUED["certificate_90"], b"", b"\x03"))
    assert issuer.key == RsaPublic(ISSUED["issuer_modulus"], b"\x03")
    assert issuer.subject.hex() == "62354897"
    signed = KeyCertificate(ISSUED["certificate_9F46"], ISSUED["remainder_9F48"], ISSUED["exponent_9F47"])
    card = rsa_certificates.recover_icc_key(issuer.key, signed, ISSUED["static_data"])
    assert card.key.modulus == ISSUED["card_modulus"]
    with pytest.raises(BadCertificate):
        rsa_certificates.recover_icc_key(issuer.key, signed, ISSUED["static_data"][:-2])


def test_published_certificate_without_its_remainder():
    block = ca(ALONE).recover(ALONE["certificate_90"])
    assert block == ALONE["recovered_90"]
    body, digest = rsa_certificates.recover_block(ca(ALONE), ALONE["certificate_90"], 0x02)
    assert body[1:5].hex().upper() == "622800FF"
    assert digest.hex().upper() == "500DC25210B5F2ADDF14429F2A9F3CB781A5717E"


def test_card_private_key():
    card = card_key()
    assert card.modulus == LAB["card_modulus"]
    assert card.public(LAB["exponent_9F47"]) == RsaPublic(LAB["card_modulus"], LAB["exponent_9F47"])
    with pytest.raises(BadKey):
        card.public(b"\x03")


def test_dda():
    """PBOC-7 table 15: dynamic data 02 ‖ ATC 00AE."""
    numbers = chain("dda")
    assert rsa_certificates.dda_data(bytes.fromhex("00AE")) == numbers["dynamic_data"]
    sdad = rsa_certificates.sign_dynamic(card_key(), numbers["dynamic_data"], numbers["ddol_data"])
    assert sdad == numbers["sdad"]
    public = RsaPublic(LAB["card_modulus"], LAB["exponent_9F47"])
    assert public.recover(sdad) == numbers["block"]
    assert rsa_certificates.recover_dynamic(public, sdad, numbers["ddol_data"]) == numbers["dynamic_data"]
    with pytest.raises(BadCertificate, match="hash"):
        rsa_certificates.recover_dynamic(public, sdad, b"\x11\x22\x33\x45")


@pytest.mark.parametrize("second", [False, True])
def test_cda(second):
    """PBOC-7 table 17, first and second GENERATE AC."""
    numbers = NUMBERS["cda"]
    expected = {k: bytes.fromhex(v) for k, v in numbers["answers"][second].items()}
    cdol1 = bytes.fromhex(numbers["cdol1"])
    cdol2 = bytes.fromhex(numbers["cdol2_head"]) + cdol1 if second else b""
    digest = rsa_certificates.transaction_hash(bytes.fromhex(numbers["pdol"]), cdol1, cdol2, expected["tlvs"])
    assert digest == expected["transaction_hash"]
    cid = 0x40 if second else 0x80
    data = rsa_certificates.cda_data(bytes.fromhex(numbers["atc"]), cid, expected["ac"], digest)
    assert data == expected["dynamic_data"]
    number = bytes.fromhex(numbers["unpredictable_number"])
    sdad = rsa_certificates.sign_dynamic(card_key(), data, number)
    assert b"\x9f\x4b\x81\x80" + sdad in expected["answer"]
    public = RsaPublic(LAB["card_modulus"], LAB["exponent_9F47"])
    assert public.recover(sdad)[-21:-1] == expected["h2"]
    parsed = rsa_certificates.parse_cda_data(rsa_certificates.recover_dynamic(public, sdad, number))
    assert parsed == (bytes.fromhex(numbers["atc"]), cid, expected["ac"], digest)


def perso_key():
    numbers = chain("perso_rsa")
    p = int.from_bytes(numbers["p"], "big")
    return RsaPrivate.from_primes(p, int.from_bytes(numbers["modulus"], "big") // p, 3)


def test_our_certificates_verify():
    """What a test CA signs is what a terminal recovers, with and without a remainder."""
    authority, issuer = card_key(), perso_key()
    static = b"signed records"
    for length in (128, 60):
        key = RsaPublic(bytes(range(1, length + 1)), b"\x03")
        contents = CertifiedKey(bytes.fromhex("62999901"), b"\x12\x30", b"\x00\x00\x07", key)
        signed = rsa_certificates.sign_issuer_key(authority, contents)
        assert len(signed.remainder) == max(0, length - 128 + 36)
        assert rsa_certificates.recover_issuer_key(authority.public(b"\x01\x00\x01"), signed) == contents
        contents = contents._replace(subject=bytes.fromhex("6299990123456789019F"))
        signed = rsa_certificates.sign_icc_key(issuer, contents, static)
        assert len(signed.remainder) == max(0, length - 128 + 42)
        assert rsa_certificates.recover_icc_key(issuer.public(b"\x03"), signed, static) == contents
        with pytest.raises(BadCertificate):
            rsa_certificates.recover_icc_key(issuer.public(b"\x03"), signed._replace(exponent=b"\x01\x00\x01"), static)
    ssad = rsa_certificates.sign_static(issuer, b"\xda\xc1", static)
    assert rsa_certificates.recover_static(issuer.public(b"\x03"), ssad, static) == b"\xda\xc1"


def test_contents_that_do_not_fit():
    good = CertifiedKey(bytes(4), bytes(2), bytes(3), RsaPublic(bytes([1]) * 128, b"\x03"))
    for bad in (
        good._replace(subject=bytes(5)),
        good._replace(expiry=bytes(1)),
        good._replace(serial=b""),
        good._replace(key=RsaPublic(bytes([1]) * 129, b"\x03")),
    ):
        with pytest.raises(BadCertificate):
            rsa_certificates.sign_issuer_key(card_key(), bad)
    with pytest.raises(BadCertificate):
        rsa_certificates.sign_dynamic(card_key(), bytes(104), b"")


@pytest.mark.parametrize(
    "block",
    [
        b"\x6b\x05\x01\x00" + b"\xbb" * 103 + bytes(20) + b"\xbc",
        b"\x6a\x04\x01\x00" + b"\xbb" * 103 + bytes(20) + b"\xbc",
        b"\x6a\x05\x01\x00" + b"\xbb" * 103 + bytes(20) + b"\xbd",
        b"\x6a\x05\x01\xff" + b"\xbb" * 103 + sha1(b"\x05\x01\xff" + b"\xbb" * 103) + b"\xbc",
    ],
)
def test_other_frames(block):
    card = card_key()
    with pytest.raises(BadCertificate):
        rsa_certificates.recover_dynamic(card.public(b"\x01\x00\x01"), card.sign(block), b"")


def test_lengths_of_signatures_and_blocks():
    card = card_key()
    public = card.public(b"\x01\x00\x01")
    with pytest.raises(BadCertificate):
        rsa_certificates.recover_dynamic(public, bytes(127), b"")
    with pytest.raises(BadBlocks):
        card.sign(bytes(127))
    with pytest.raises(BadBlocks):
        card.sign(b"\xff" * 128)
    for number in (0, 1, 9):
        with pytest.raises(BadCertificate, match="dynamic number"):
            rsa_certificates.parse_cda_data(bytes((number,)) + bytes(60))
    for number in (2, 8):
        assert rsa_certificates.parse_cda_data(bytes((number,)) + bytes(number + 29)).number == bytes(number)
        with pytest.raises(BadCertificate, match="CDA data"):
            rsa_certificates.parse_cda_data(bytes((number,)) + bytes(number + 28))
    with pytest.raises(BadCertificate):
        rsa_certificates.parse_cda_data(b"")


def test_private_key_keeps_its_parts():
    card = card_key()
    assert card.modulus.hex()[:12] not in repr(card).lower()
    with pytest.raises(TypeError):
        card.__reduce_ex__(4)
    with pytest.raises(BadKey):
        RsaPrivate.from_parts(*[b"\x00"] * 5)
    with pytest.raises(BadKey):
        RsaPrivate.from_primes(7, 13, 3)  # 3 divides 7 - 1


def test_a_generated_key_signs():
    key = RsaPrivate.generate(1024, 3)
    block = b"\x00" + bytes(range(127))
    assert key.public(b"\x03").recover(key.sign(block)) == block


@given(st.integers(0, 1 << 600), st.integers(0, 1 << 600), st.integers(1, 1 << 600))
def test_signing_computes_the_same_with_and_without_the_library(base, exponent, modulus):
    """Any numbers: a card may be loaded with parts that are no primes."""
    pytest.importorskip("gmpy2", reason="comes with the dev extra")
    assert rsa._power() is not pow
    found = rsa._power()(base, exponent, modulus)
    assert found == pow(base, exponent, modulus)
    assert type(found) is int
