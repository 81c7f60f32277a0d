"""Social side: diversification, authentication data, secure messaging (SSC-4 §8, §9; SSC-9 §7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keys_numbers import CITY, FACTOR, HISTORICAL, ORIGINAL, RANDOM, RANDOM_4, ROOT, card_keys, key

from keys import social_cryptography
from keys.algorithms import DES, SM4, TDES, BadBlocks


def test_factors():
    assert social_cryptography.province_factor(CITY).hex() == "3331303030307368"
    assert social_cryptography.city_factor(CITY).hex() == "3331303130307378"
    assert social_cryptography.card_factor(HISTORICAL).hex().upper() == "869931010000A1B2"
    assert social_cryptography.province_factor("110000") == b"110000sh"


def test_zhejiang_has_a_city_factor_of_four_digits():
    assert social_cryptography.city_factor("330106") == b"330100sx"
    assert social_cryptography.city_factor("320106") == b"320106sx"


def test_thirteen_historical_bytes_or_none():
    with pytest.raises(ValueError, match="13"):
        social_cryptography.card_factor(HISTORICAL[:-1])


@pytest.mark.parametrize(
    ("algorithm", "root", "tiers"),
    [
        (
            TDES,
            ROOT,
            [
                "BCC45D6B868EEFEFFA6639D312191E66",
                "990421981F02A68EE48A39CB27956923",
                "A80757D28A24D4ED6376B5B0C7447699",
            ],
        ),
        (
            SM4,
            ROOT,
            [
                "F9BA290E7CDA5434A202F9C099C00A39",
                "4FEDDD63F76D258B3EC6F017C1075C8A",
                "1B8927DC34DC34184027D493F2837538",
            ],
        ),
        (DES, ROOT[:8], ["722A34714EDD44A9", "E48468B55342F4B2", "62CD1A5675B68B1C"]),
    ],
)
def test_tree(algorithm, root, tiers):
    """Root, province, city, card (SSC-9 §7)."""
    handle = key(algorithm, root)
    factors = (
        social_cryptography.province_factor(CITY),
        social_cryptography.city_factor(CITY),
        social_cryptography.card_factor(HISTORICAL),
    )
    for factor, expected in zip(factors, tiers, strict=True):
        handle = social_cryptography.child_key(handle, factor)
        assert handle.equals(key(algorithm, expected))


def test_factor_length():
    with pytest.raises(BadBlocks):
        social_cryptography.child_key(key(SM4, ROOT), bytes(16))


@pytest.mark.parametrize(
    ("name", "session", "data"),
    [
        ("K3", "0B030333EC71631E", "9ABD282FEA9C3D2E"),
        ("KS", "D0B5F0FFFCEBF57EDE502E4FC072C646", "9F7DFD03FBB87894"),
    ],
)
def test_authentication_data(name, session, data):
    """SSC-4 §9."""
    handle = card_keys()[name]
    made = social_cryptography.session_key(handle, FACTOR)
    assert made.equals(key(made.algorithm, session))
    assert social_cryptography.authentication_data(handle, FACTOR, ORIGINAL).hex().upper() == data
    assert social_cryptography.authenticates(handle, FACTOR, ORIGINAL, bytes.fromhex(data))
    assert not social_cryptography.authenticates(handle, ORIGINAL, FACTOR, bytes.fromhex(data))


def test_sm4_authentication_block_before_the_fold():
    session = social_cryptography.session_key(card_keys()["KS"], FACTOR)
    assert session.encrypt(ORIGINAL + bytes(8)).hex().upper() == "AC0902E276C8A4B83374FFE18D70DC2C"


@pytest.mark.parametrize(
    ("name", "session"),
    [("K3", "2D8D4B738A54078D"), ("K8", "1456B928A8BA6D89"), ("KS", "7ED2BD824E228A76A2F8E35CBCCCF1A3")],
)
def test_four_random_bytes(name, session):
    """SSC-4 §8.4: shorter random numbers are right-padded with 00."""
    made = social_cryptography.session_key(card_keys()[name], RANDOM_4)
    assert made.equals(key(made.algorithm, session))


@pytest.mark.parametrize(("name", "lengths"), [("K3", (0, 5, 16)), ("K8", (0, 16)), ("KS", (0, 5, 17))])
def test_other_random_lengths(name, lengths):
    for length in lengths:
        with pytest.raises(BadBlocks):
            social_cryptography.session_key(card_keys()[name], bytes(length))


@pytest.mark.parametrize(
    ("name", "session"),
    [("K8", "FBB21B8509214D26"), ("K3", "26DA415469B28E89"), ("KS", "A4EE765FC0F871416CDB258E2B94DB51")],
)
def test_session_of_secure_messaging(name, session):
    made = social_cryptography.session_key(card_keys()[name], RANDOM)
    assert made.equals(key(made.algorithm, session))


COMMANDS = [
    # key, header, data as sent, MAC
    ("K8", "84240000", "", "F6636AAE"),
    ("K3", "84240000", "", "64E77D05"),
    ("KS", "84240000", "", "CDF3FBF6"),
    ("K8", "841E0001", "", "CEFFF2A1"),
    ("K3", "841E0001", "", "0532868A"),
    ("KS", "841E0001", "", "CE8C713D"),
    ("K8", "84160000", "", "BA3D7F18"),
    ("K3", "84160000", "", "C35C97AA"),
    ("KS", "84160000", "", "5C406269"),
    ("K8", "84240001", "", "A7C4E390"),
    ("K3", "84240001", "", "244C94E8"),
    ("KS", "84240001", "", "1DABB588"),
    ("K8", "04DC0A00", "0A0131", "A2A5D138"),
    ("K3", "04DC0A00", "0A0131", "E3ABAB29"),
    ("KS", "04DC0A00", "0A0131", "6EE71AC2"),
    # aligned: a whole block of padding is added before the MAC
    ("K8", "04D60000", "414243", "1C3D93FF"),
    ("K3", "04D60000", "414243", "83859F62"),
    ("KS", "04D60000", "4142434445464748494A4B", "D5304839"),
]


@pytest.mark.parametrize(("name", "header", "data", "mac"), COMMANDS)
def test_command_mac(name, header, data, mac):
    """SSC-4 §8.2: Lc counts the MAC."""
    session = social_cryptography.session_key(card_keys()[name], RANDOM)
    raw = social_cryptography.secured(session, bytes.fromhex(header), bytes.fromhex(data))
    assert raw.hex().upper() == f"{header}{len(data) // 2 + 4:02X}{data}{mac}"


ENCIPHERED = [
    ("K8", "84240001", "123456", "842400010C7319F145ADC16E395847CC2C"),
    ("K3", "84240001", "123456", "842400010C60B5D0B180FFC9ADA3ED702E"),
    ("KS", "84240001", "123456", "842400011474A21B986E9DC69F76412E4FD836A8B968288535"),
    ("K8", "04DC0A00", "0A0131", "04DC0A000C7E313E2CD059EFB626CF1D01"),
    ("K3", "04DC0A00", "0A0131", "04DC0A000CA23AF02BD2B2CD6DC590F4DB"),
    ("KS", "04DC0A00", "0A0131", "04DC0A00144F40A70376332E208C4C9AA703A979D5CC0A3DE8"),
]


@pytest.mark.parametrize(("name", "header", "plain", "command"), ENCIPHERED)
def test_enciphered_command(name, header, plain, command):
    """SSC-4 §8.3: encipher first, then the MAC over the cipher text."""
    session = social_cryptography.session_key(card_keys()[name], RANDOM)
    cipher = social_cryptography.encipher(session, bytes.fromhex(plain))
    assert social_cryptography.secured(session, bytes.fromhex(header), cipher).hex().upper() == command
    assert social_cryptography.decipher(session, cipher).hex().upper() == plain


@pytest.mark.parametrize(
    ("name", "plain", "cipher"),
    [
        ("K8", "08054142434445", "A7B364D2D22AE5FF"),
        ("K3", "08054142434445", "7519CA243C3CA12D"),
        ("KS", "080D4142434445464748494A4B4C4D", "72A942E86E70D304790F2E3E48B1BB7F"),
    ],
)
def test_aligned_data_get_no_padding(name, plain, cipher):
    session = social_cryptography.session_key(card_keys()[name], RANDOM)
    assert social_cryptography.encipher(session, bytes.fromhex(plain)).hex().upper() == cipher


@given(st.sampled_from(["K3", "KS", "K8"]), st.binary(max_size=255))
def test_encipher_round_trip(name, plain):
    handle = card_keys()[name]
    assert social_cryptography.decipher(handle, social_cryptography.encipher(handle, plain)) == plain


def test_card_authentication_code():
    """V2.0 §8.1.1.1, with IV zero: the last 4 of the 16 bytes in EF05 tag 01."""
    identification = bytes.fromhex("310100D1560000050000A1B2")
    assert social_cryptography.card_code(card_keys()["K3"], identification).hex().upper() == "87425AE0"
