"""Key holders off the card: the bureau, the bank, the test CA. They reach the numbers of their own side only."""

import ast
import json
from pathlib import Path

import pytest
from keys_numbers import CITY, FACTOR, HISTORICAL, K3_VALUE, ORIGINAL, RANDOM, ROOT, key

import keys.custody.bank_key_service
import keys.custody.social_key_service
from keys import rsa_certificates
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyNotFound
from keys.custody.bank_key_service import BankCard, BankKeyService, KeyTriple
from keys.custody.rsa_authority import CardIssuer, CertificationAuthority
from keys.custody.social_key_service import SocialCard, SocialKeyService, TierKey
from keys.rsa import RsaPrivate

CARD = SocialCard(CITY, HISTORICAL)
AUTHENTICATION = bytes.fromhex("9ABD282FEA9C3D2E")


def bureau():
    return SocialKeyService(
        {
            ("IRK", 1): TierKey(key(TDES, ROOT)),
            ("RKSSSE", 1): TierKey(key(TDES, "BCC45D6B868EEFEFFA6639D312191E66"), 1),
            ("STK", 1): TierKey(key(TDES, "990421981F02A68EE48A39CB27956923"), 2),
            ("LOCAL", 1): TierKey(key(TDES, K3_VALUE), 3),
            ("IRK", 3): TierKey(key(SM4, ROOT)),
        }
    )


@pytest.mark.parametrize("name", ["IRK", "RKSSSE", "STK", "LOCAL"])
def test_card_key_from_every_tier(name):
    service = bureau()
    for _ in range(2):
        assert service.card_key(name, CARD).equals(key(TDES, K3_VALUE))


def test_tiers():
    service = bureau()
    assert service.tier_key("IRK", CITY, 0).equals(key(TDES, ROOT))
    assert service.tier_key("IRK", CITY, 1).equals(key(TDES, "BCC45D6B868EEFEFFA6639D312191E66"))
    assert service.tier_key("IRK", CITY, 2, version=3).equals(key(SM4, "4FEDDD63F76D258B3EC6F017C1075C8A"))
    for name, tier, version in (("STK", 1, 1), ("LOCAL", 2, 1), ("IRK", 3, 1), ("IRK", 1, 2), ("BK", 1, 1)):
        with pytest.raises(KeyNotFound):
            service.tier_key(name, CITY, tier, version)
    with pytest.raises(KeyNotFound):
        service.card_key("BK", CARD)


def test_other_cards_have_other_keys():
    service = bureau()
    other = CARD._replace(historical=HISTORICAL[:-1] + b"\x00")
    elsewhere = CARD._replace(city="310200")
    keys = [service.card_key("IRK", card) for card in (CARD, other, elsewhere)]
    assert len({k.check_value for k in keys}) == 3


def test_authentication_both_ways():
    service = bureau()
    assert service.proves(CARD, FACTOR, ORIGINAL, AUTHENTICATION)
    assert not service.proves(CARD, FACTOR, ORIGINAL, AUTHENTICATION[::-1])
    assert service.external_authentication("RKSSSE", CARD, FACTOR, ORIGINAL) == AUTHENTICATION + ORIGINAL


def test_secured_commands():
    service = bureau()
    raw = service.secured("STK", CARD, RANDOM, bytes.fromhex("84160000"))
    assert raw.hex().upper() == "8416000004C35C97AA"
    raw = service.secured_enciphered("STK", CARD, RANDOM, bytes.fromhex("84240001"), bytes.fromhex("123456"))
    assert raw.hex().upper() == "842400010C60B5D0B180FFC9ADA3ED702E"


def test_identification_code():
    assert bureau().identification_code(CARD).hex().upper() == "310100D1560000050000A1B287425AE0"


def test_representations_show_check_values_only():
    shown = repr(bureau())
    assert "86A5F0" in shown
    assert ROOT.hex() not in shown.lower()
    shown = repr(issuing_bank())
    assert "B036F8/A85E56/35F292" in shown
    assert "575613" in shown
    assert "5BA7D9E0" not in shown


# --- bank ---------------------------------------------------------------------------------------------------------

BANK_CARD = BankCard("6299990123456789019", "01")
ATC = bytes.fromhex("0012")
ARQC = bytes.fromhex("E3F2918989673FFD")
AC_INPUT = bytes.fromhex("000000012345000000000000015600000480000156260315003F7C21A97C00001203A00002")


def issuing_bank():
    imks = "5BA7D9E03D6E29049D40B3E6863B0EC4", "C23E7F1A94D961B57A0BE5318F6DD394", "3D9B16E9B5704FC2E0582C97A74AD30E"
    return BankKeyService(
        {1: KeyTriple(*(key(TDES, imk) for imk in imks))}, {1: key(TDES, "5A1C93E7064FB82D71CE3896A5F04B2D")}
    )


def test_authorisation():
    host = issuing_bank()
    assert host.verifies(BANK_CARD, ATC, AC_INPUT, ARQC)
    assert not host.verifies(BANK_CARD, b"\x00\x13", AC_INPUT, ARQC)
    data = host.card_keys(BANK_CARD).issuer_authentication_data(ATC, ARQC, b"00")
    assert data.hex().upper() == "57825135A7B12C593030"


def test_script_and_pin_change():
    card = issuing_bank().card_keys(BANK_CARD)
    assert card.script(ATC, ARQC).command(bytes.fromhex("841E0000")).hex().upper() == "841E000004CA89EA9A"
    assert card.pin_change(ATC, ARQC, "123456").hex().upper() == ("842400021470D5A8A086C2F25F411671EA6E0BFA6EE3C1AA63")
    assert card.pin_change(ATC, ARQC, "123456", "1234").hex().upper() == (
        "8424000114741F8FB3581C8330411671EA6E0BFA6E2A31B5D7"
    )


def test_personalisation_keys():
    keys = issuing_bank().personalisation_keys(bytes.fromhex("621234FFFFFF0000A1B2"), 1)
    assert [k.check_value.hex().upper() for k in keys] == ["BB9BB2", "B07A0D", "58F40D"]


def test_keys_the_bank_does_not_have():
    host = issuing_bank()
    with pytest.raises(KeyNotFound):
        host.card_keys(BANK_CARD._replace(dki=2))
    with pytest.raises(KeyNotFound):
        host.personalisation_keys(bytes(10), 2)


# --- certificates -------------------------------------------------------------------------------------------------


def test_a_whole_chain_of_our_own():
    """CA, issuer, card; a terminal that knows only the CA key gets to the card's dynamic signature."""
    numbers = json.loads((Path(__file__).parent / "emv_pki.json").read_text())
    lab, perso = numbers["lab_chain_80"], numbers["perso_rsa"]
    parts = (lab[n] for n in ("q_inverse_8201", "dq_8202", "dp_8203", "q_8204", "p_8205"))
    ca_key = RsaPrivate.from_parts(*(bytes.fromhex(part) for part in parts))
    p = int(perso["p"], 16)
    issuer_key = RsaPrivate.from_primes(p, int(perso["modulus"], 16) // p, 3)
    authority = CertificationAuthority(bytes.fromhex("A000000333"), 0xF1, ca_key, b"\x01\x00\x01")
    certificate = authority.certify(issuer_key.public(b"\x03"), "62999901", b"\x12\x30", b"\x00\x00\x01")
    issuer = CardIssuer(issuer_key, b"\x03", certificate)
    static = b"records" + bytes.fromhex("7C00")
    card_key = RsaPrivate.generate(1024)
    card = issuer.certify(card_key.public(b"\x01\x00\x01"), BANK_CARD.pan, b"\x12\x29", b"\x00\x00\x02", static)

    recovered = rsa_certificates.recover_issuer_key(authority.public, issuer.certificate)
    assert recovered.subject == bytes.fromhex("62999901")
    icc = rsa_certificates.recover_icc_key(recovered.key, card, static)
    assert icc.subject == bytes.fromhex("6299990123456789019F")
    sdad = rsa_certificates.sign_dynamic(card_key, rsa_certificates.dda_data(ATC), b"1234")
    assert rsa_certificates.recover_dynamic(icc.key, sdad, b"1234") == bytes.fromhex("020012")
    ssad = issuer.sign_static(b"\xda\xc1", static)
    assert rsa_certificates.recover_static(recovered.key, ssad, static) == b"\xda\xc1"
    assert authority.checksum.hex().upper() in repr(authority)
    for digits in ("629999012", "62A"):
        with pytest.raises(ValueError, match="digits"):
            authority.certify(issuer.public, digits, b"\x12\x30", b"\x00\x00\x01")


@pytest.mark.parametrize(
    ("module", "foreign"),
    [
        (
            keys.custody.social_key_service,
            {
                "keys.bank_cryptography",
                "keys.cps_channel",
                "keys.rsa",
                "keys.rsa_certificates",
                "keys.custody.bank_key_service",
                "keys.custody.rsa_authority",
            },
        ),
        (
            keys.custody.bank_key_service,
            {
                "keys.social_cryptography",
                "keys.key_wrapping",
                "keys.medical_macs",
                "keys.custody.social_key_service",
                "keys.custody.psam_keys",
            },
        ),
    ],
)
def test_neither_service_can_compute_for_the_other(module, foreign):
    """The two issuers are never joined: not even the functions of the other side are within reach."""
    tree = ast.parse(Path(module.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {f"{n.module}.{a.name}" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    assert imported
    assert not imported & foreign
