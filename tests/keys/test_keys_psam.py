"""PSAM arithmetic: delivery by one, two, three steps, MAC blocks, key loading (SSC-9 §7 to §9)."""

import pytest
from keys_numbers import CITY, FACTOR, HISTORICAL, ORIGINAL, RANDOM, RANDOM_4, ROOT, card_keys, key

from keys import social_cryptography
from keys.algorithms import DES, SM4, TDES
from keys.custody import psam_keys
from keys.medical_macs import Purchase
from keys.padding import BadPadding

F1, F2, F3 = (
    social_cryptography.province_factor(CITY),
    social_cryptography.city_factor(CITY),
    social_cryptography.card_factor(HISTORICAL),
)
MASTER = "5F8C1D3A6E2B9047C4F1A8E36D0B7295"
CITY_STK = "E48468B55342F4B2"


@pytest.mark.parametrize(
    ("value", "factors"),
    [
        ("990421981F02A68EE48A39CB27956923", [F3]),
        ("BCC45D6B868EEFEFFA6639D312191E66", [F3, F2]),
        (ROOT, [F3, F2, F1]),
    ],
)
def test_deliver(value, factors):
    """BF DE with 1, 2, 3 factors, then 80 FA 00: the same authentication data whatever the tier."""
    session = psam_keys.deliver(key(TDES, value), factors, FACTOR)
    assert session.encrypt(ORIGINAL).hex().upper() == "9ABD282FEA9C3D2E"


def test_mac_blocks():
    session = psam_keys.deliver(key(DES, CITY_STK), [F3], RANDOM)
    block = psam_keys.mac_blocks(session, bytes(8) + bytes.fromhex("8424000004800000"))
    assert block.hex().upper() == "F6636AAED555D4EE"
    assert psam_keys.mac_answer(block).hex().upper() == "F6636AAE"


def test_mac_answer_of_sixteen_byte_blocks_is_folded():
    session = social_cryptography.session_key(card_keys()["KS"], RANDOM)
    block = psam_keys.mac_blocks(session, bytes(16) + bytes.fromhex("8424000004" + "80" + "00" * 10))
    assert psam_keys.mac_answer(block).hex().upper() == "CDF3FBF6"


@pytest.mark.parametrize(
    ("algorithm", "head", "made", "command"),
    [
        (
            TDES,
            psam_keys.PsamKeyHead(0x67, 0x08, 0),
            key(TDES, ROOT),
            "84D40011242BD683806EA3B48E2283B3528EFA59A37C2226C4D19CE74F4CEA442849267C7DA1B5A2F6",
        ),
        (
            TDES,
            psam_keys.PsamKeyHead(0x26, 0x09, 1),
            key(DES, CITY_STK),
            "84D400111CAB057F36CE5A0D956B7041998F7F5E123D94AB108C7123F6F57698F7",
        ),
        (
            SM4,
            psam_keys.PsamKeyHead(0x67, 0x08, 3),
            key(SM4, ROOT),
            "84D4001124454DEA0D9B37ACC2C483DAA6B52E010A729D34954CD590975492B9DEEDCF444BC5ACF97D",
        ),
    ],
)
def test_create_key(algorithm, head, made, command):
    master = key(algorithm, MASTER)
    raw = psam_keys.create_key_command(master, 0x11, head, made, RANDOM_4)
    assert raw.hex().upper() == command
    opened, value = psam_keys.open_created_key(master, raw[5:-4])
    assert opened == head
    assert key(made.algorithm, value).equals(made)


def test_change_key():
    raw = psam_keys.change_key_command(
        key(TDES, MASTER), 0x11, psam_keys.PsamKeyHead(0x67, 0x08, 0), key(TDES, ROOT), RANDOM_4
    )
    assert raw.hex().upper() == "84D401111C3DB98696FB965908F66D87C42FA21DCE9EF6044CC39B0FD990EFFA6A"


def test_steps():
    assert [psam_keys.PsamKeyHead(usage, 0, 0).steps for usage in (0x67, 0x27, 0x48, 0x22)] == [3, 1, 2, 1]


def test_bad_key_data():
    master = key(TDES, MASTER)
    with pytest.raises(BadPadding):
        psam_keys.open_created_key(master, social_cryptography.encipher(master, bytes(9)))


def test_purchase_mac1_is_what_the_card_expects():
    """The numbers of the medical purchase, reached from the city tier: the card key there is K3."""
    purchase = Purchase(
        0x3E8, 0xC8, 0x7D0, bytes.fromhex("310100000001"), bytes.fromhex("00000005"), bytes.fromhex("20240115093000")
    )
    mac1, session = psam_keys.purchase_mac1(key(TDES, "990421981F02A68EE48A39CB27956923"), [F3], purchase, RANDOM_4, 1)
    assert mac1.hex().upper() == "64D65654"
    assert purchase.mac2(session).hex().upper() == "E5A233B9"
