"""Personalisation of the social side: transport key, master keys, WRITE KEY (Datang T514 form)."""

import pytest
from keys_numbers import K3_VALUE, K8_VALUE, RANDOM, RANDOM_4, key

from keys import key_wrapping
from keys.algorithms import DES, SM4, TDES, BadBlocks
from keys.card_key_store import KeyHeader
from keys.padding import BadPadding

MASTER = "5F8C1D3A6E2B9047C4F1A8E36D0B7295"
NEW_MASTER = "A90F3E7C51D8264BB3704C9E1F62D58A"
UK = KeyHeader(0x0D, 0x04, 0x01, 0xEF, 0x33, 0x00, 0x44, 16)
STK = KeyHeader(0x07, 0x02, 0x00, 0xEF, 0x33, 0x01, 0x00, 8)
PIN = KeyHeader(0x01, 0x00, 0x00, 0xEF, 0x33, 0x11, 0x55, 3)
MK = KeyHeader(0x00, 0x00, 0x00, 0xEF, 0x33, 0x00, 0xFF, 16)


def master(algorithm=TDES):
    return key(algorithm, MASTER)


def test_transport_key():
    transport = key(TDES, "7D21E5B80C96F43A15DB62078EFA3C49")
    assert (
        key_wrapping.transport_cryptogram(transport, bytes.fromhex("31010000A1B2")).hex().upper() == "2D8998C9D3CAA1B6"
    )
    with pytest.raises(BadBlocks):
        key_wrapping.transport_cryptogram(transport, bytes(8))


@pytest.mark.parametrize(
    ("algorithm", "data"), [(TDES, "86AE4C58445024A65AC3907E12F4B86D"), (SM4, "4346A02C5DAA6CD95AC3907E12F4B86D")]
)
def test_master_authentication_social(algorithm, data):
    assert key_wrapping.master_authentication(master(algorithm), RANDOM).hex().upper() == data


def test_master_authentication_bank():
    assert key_wrapping.bank_master_authentication(master(), RANDOM).hex().upper() == "16C7E4B17F452AB9"


UK_CIPHER = "DAB9F6100A2F85BAAB99CD6EF909AF7272CAB4C361CDAEAEE23C4D83B97313A6"


@pytest.mark.parametrize(("random", "mac"), [(RANDOM, "2C23BBB2"), (RANDOM_4, "F221864D")])
def test_update_key(random, mac):
    """IV is the random number, four bytes padded with 00."""
    cipher = key_wrapping.wrap_key(master(), UK, key(TDES, K3_VALUE))
    raw = key_wrapping.write_key_command(master(), 0x00, cipher, random)
    assert raw.hex().upper() == f"84D4000024{UK_CIPHER}{mac}"
    assert key_wrapping.unwrap(master(), cipher) == (UK, K3_VALUE)


@pytest.mark.parametrize(
    ("short", "command"),
    [
        (False, "84D4000024BA7EA0188813AC9A64BFEC8BCAD24DE0B69558869A72437A18A240F98AADCBC329024691"),
        (True, "84D400001C08139F4EFFBC1CD564BFEC8BCAD24DE0868826BCA972A700064D7D7B"),
    ],
)
def test_eight_byte_key(short, command):
    cipher = key_wrapping.wrap_key(master(), STK, key(DES, K8_VALUE), short=short)
    assert key_wrapping.write_key_command(master(), 0x00, cipher, RANDOM).hex().upper() == command
    header, value = key_wrapping.unwrap(master(), cipher)
    assert (header, value) == (STK, K8_VALUE + (b"" if short else b"\xff" * 8))


def test_pin():
    cipher = key_wrapping.wrap_pin(master(), PIN, bytes.fromhex("123456"))
    assert key_wrapping.write_key_command(master(), 0x00, cipher, RANDOM).hex().upper() == (
        "84D4000024745BC02F8CEA1C105A61D5422C97F223AF010F445A4D3CF318A240F98AADCBC3370715E2"
    )
    assert key_wrapping.unwrap(master(), cipher) == (PIN, bytes.fromhex("123456") + b"\xff" * 13)


@pytest.mark.parametrize(
    ("algorithm", "command"),
    [
        (TDES, "84D4010024B01B82423B91EC177847642421D165CDE14BD8761B6F0D0998BA61762BA2776B2C466350"),
        (SM4, "84D4010024FD5A4B3432ABD9CDFFA8538278E86D339A2D60CCC5FD7164564CFAC501D0CD600768F386"),
    ],
)
def test_new_master_key(algorithm, command):
    header = MK._replace(algorithm=algorithm.social)
    cipher = key_wrapping.wrap_key(master(algorithm), header, key(algorithm, NEW_MASTER))
    assert key_wrapping.write_key_command(master(algorithm), 0x01, cipher, RANDOM).hex().upper() == command


def test_plain_form():
    plain = bytes.fromhex("010000EF33115503123456" + "FF" * 13)
    assert key_wrapping.split(plain) == (PIN, plain[8:])


@pytest.mark.parametrize("length", [0, 7, 15, 17, 23, 25])
def test_other_lengths(length):
    with pytest.raises(BadPadding):
        key_wrapping.split(bytes(length))


def test_iv_lengths():
    assert key_wrapping.pad_iv(RANDOM_4, 16) == RANDOM_4 + bytes(12)
    with pytest.raises(BadBlocks):
        key_wrapping.pad_iv(bytes(16), 8)
