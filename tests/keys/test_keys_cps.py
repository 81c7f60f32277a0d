"""The personalisation channel: one recorded-by-calculation session, both levels (PBOC-10 §8.2, EMV CPS 5)."""

import json
from pathlib import Path

import pytest
from keys_numbers import key

from keys import bank_cryptography, cps_channel
from keys.algorithms import DES, TDES, BadBlocks
from keys.padding import pad
from keys.rsa import RsaPrivate

KMC = "5A1C93E7064FB82D71CE3896A5F04B2D"
KEY_DATA = bytes.fromhex("621234FFFFFF0000A1B2")
OPENING = cps_channel.Opening(bytes.fromhex("0F1E2D3C4B5A6978"), bytes.fromhex("0001"), bytes.fromhex("8D3A51E0F792"))
HOST = "91A7C1C1DF28FBA8"


def card():
    return cps_channel.card_keys(key(TDES, KMC), KEY_DATA)


def session():
    return cps_channel.session_keys(card(), OPENING.counter)


def test_keys():
    assert key(TDES, KMC).check_value.hex().upper() == "575613"
    expected = [
        ("6492080240A8F6DA7061322B3A7FE419", "BB9BB2"),
        ("EE3FC8A80813FC5975C1A77A827D746D", "B07A0D"),
        ("3093CE763D7E10C82A4AB8FCC85FCC8B", "58F40D"),
    ]
    for made, (value, kcv) in zip(card(), expected, strict=True):
        assert made.equals(key(TDES, value))
        assert made.check_value.hex().upper() == kcv
    expected_session = (
        "4CF1C412A588E81B4970E550740F775F",
        "BA3D67B65EE47484847F109F7032CB95",
        "ACF657367273A85044A242F1A953F3EC",
    )
    for made, value in zip(session(), expected_session, strict=True):
        assert made.equals(key(TDES, value))
    with pytest.raises(BadBlocks):
        cps_channel.card_keys(key(TDES, KMC), KEY_DATA[1:])


def test_cryptograms():
    assert cps_channel.card_cryptogram(session(), OPENING).hex().upper() == "6DEAB11ABEF57E20"
    assert cps_channel.host_cryptogram(session(), OPENING).hex().upper() == HOST


def rsa_key():
    numbers = json.loads((Path(__file__).parent / "emv_pki.json").read_text())["perso_rsa"]
    p = int(numbers["p"], 16)
    return RsaPrivate.from_primes(p, int(numbers["modulus"], 16) // p, 3)


RECORD = "010129702757136212340100000042194D29122200000000000F5F2002202F9F1F0A30303030303030303030"
UDKS_DGI = "8000302F53035CAC20ABEA8AC6B9AFF655EF904576D92A970A9ECE1973D2006A119AD269F68B661DA13231232BCF65F3033741"
PIN_DGI = "801008859E4A538A6DB8F8"
P_DGI = (
    "8205481C28972EE856EBE8C5BD3B2C99701D346C7F00CE0B754F7BDFAAD01A71220EDC16968200560C2F68CC40325D6ECD3DE7764E8AE05"
    "51CF8B028642E31BAD63EEECCDC7313EF60EBC9"
)


def test_session_at_level_one():
    """Header, data as sent, C-MAC of each command; every C-MAC enters the next."""
    keys = session()
    parts = {dgi: f"{dgi:04X}48{value.hex().upper()}" for dgi, value in rsa_key().wrap_parts(keys.dek).items()}
    assert parts[0x8205] == P_DGI
    assert all(part.endswith("CCDC7313EF60EBC9") for part in parts.values())
    steps = [
        ("84820100", HOST, "71AB06BE110EC8DF"),
        ("84E20000", RECORD, "9071BB62DE33781B"),
        ("84E26001", UDKS_DGI, "532AC1B0B5D49F5B"),
        ("84E20002", "90000963D8759CA407881F65", "F00226CB69DEB42B"),
        ("84E26003", PIN_DGI, "895C7C96E8FBABEC"),
        ("84E20004", "9010020303", "B950846CB161B19B"),
        ("84E26005", parts[0x8205], "F9BDB0693333C9E7"),
        ("84E26006", parts[0x8204], "0F146C78DDEFCF7D"),
        ("84E26007", parts[0x8203], "E6E1484CFF3E889B"),
        ("84E26008", parts[0x8202], "2699367DF2376EC8"),
        ("84E26009", parts[0x8201], "22FBDC9031264AC7"),
        ("84E2800A", "910216A514500A50424F432044454249548701015F2D027A68", "A9C86E9852F554DB"),
    ]
    previous = b""
    for header, data, expected in steps:
        raw, previous = cps_channel.secured(
            keys, previous, bytes.fromhex(header), bytes.fromhex(data), cps_channel.LEVEL_MAC
        )
        assert previous.hex().upper() == expected
        assert raw.hex().upper() == f"{header}{len(data) // 2 + 8:02X}{data}{expected}"


def test_secret_groups():
    """DGI 8000 and 8010: keys wrapped without leaving their handles, deciphered by the card."""
    keys, pan = session(), "6212340100000042194"
    masters = (
        ("3E1D5C7B9AF80246A8C0E2F41357BD9E", "1052583E2A68CBB5FE4A25A416A89E2A", "63D875"),
        ("C4A6806E4C2A0818F6D4B2907E5C3A12", "D5D5AE1FEA29A8FD31EF703DEAC4C407", "9CA407"),
        ("89674523EFCDAB0176543210FEDCBA98", "B651C83E326DF75D19D367B6D38A0BA2", "881F65"),
    )
    sent = b""
    for master, value, kcv in masters:
        udk = bank_cryptography.card_key(key(TDES, master), pan, "01")
        assert udk.equals(key(TDES, value))
        assert udk.check_value.hex().upper() == kcv
        sent += keys.dek.wrap(udk)
    assert sent.hex().upper() == UDKS_DGI[6:]
    assert cps_channel.decipher_dgi(keys, sent).hex().upper() == "".join(value for _, value, _ in masters)
    pin = cps_channel.encipher_dgi(keys, bank_cryptography.pin_block("123456"))
    assert pin.hex().upper() == PIN_DGI[6:]


def test_session_at_level_three():
    """The C-MAC covers the plain data; then data are padded and enciphered, and Lc grows."""
    keys = session()
    raw, mac = cps_channel.secured(keys, b"", bytes.fromhex("84820300"), bytes.fromhex(HOST), cps_channel.LEVEL_MAC)
    assert raw.hex().upper() == f"8482030010{HOST}12EC6B25C13D6DAD"
    raw, mac = cps_channel.secured(keys, mac, bytes.fromhex("84E20000"), bytes.fromhex(RECORD), 3)
    assert raw.hex().upper() == (
        "84E20000389FCDF5A0DCBAEDEDA6FEBA98289B81D47841E969B820B8927EF912C99437AFA9B2BCB1A6930DC8A1C79D9E564010BAD3"
        "A8BD978DDC68F4DC"
    )
    assert cps_channel.decipher_command(keys, raw[5:-8]).hex().upper() == RECORD
    raw, mac = cps_channel.secured(keys, mac, bytes.fromhex("84E26001"), bytes.fromhex(UDKS_DGI), 3)
    assert raw.hex().upper() == (
        "84E26001400D8DC5C336740CA3DB6B336526D72672637E5818277CD84ABC77C51602FB901152904C4C8D50E615C76BD5EBDA259B4659"
        "92291555F1D7EC6F8DE134B9D9B5ED"
    )


def test_previous_mac_in_front_is_the_enciphered_iv():
    """Putting the C-MAC in front with IV zero equals SCP02's IV: single DES of it under the left half."""
    keys, data = session(), bytes(range(11))
    header, previous = bytes.fromhex("84E20000"), bytes.fromhex("71AB06BE110EC8DF")
    left = key(DES, "BA3D67B65EE47484")
    text = pad(header + bytes((len(data) + 8,)) + data, 8)
    assert keys.mac.mac_block(text, left.encrypt(previous)) == cps_channel.c_mac(keys, previous, header, data)
    assert keys.mac.mac_block(text, previous) != cps_channel.c_mac(keys, previous, header, data)


def test_level_zero_is_plain():
    raw, mac = cps_channel.secured(session(), b"before", bytes.fromhex("80E20000"), b"\x01\x02", cps_channel.LEVEL_NONE)
    assert (raw.hex(), mac) == ("80e20000020102", b"before")
