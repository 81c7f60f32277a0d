"""WRITE KEY opened (SSC-9 §7.1.3, personalisation dialect): numbers calculated by another program, and each refusal."""

from __future__ import annotations

import pytest

from apdu.command import CommandAPDU, parse
from apdu.status import SW
from cos.kernel.refusal import Refusal
from cos.making.write_key import KeyLoad, check_mac, forms, unwrap
from firewall.trace import Reason
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

MASTER = bytes.fromhex("5F8C1D3A6E2B9047C4F1A8E36D0B7295")
KEY = KeyHandle(TDES, MASTER)
RANDOM = bytes.fromhex("5AC3907E12F4B86D")
K3 = bytes.fromhex("A80757D28A24D4ED6376B5B0C7447699")
K8 = bytes.fromhex("62CD1A5675B68B1C")
UK = KeyHeader(0x0D, 0x04, 0x01, 0xEF, 0x33, 0x00, 0x44, 16)
STK = KeyHeader(0x07, 0x02, 0x00, 0xEF, 0x33, 0x01, 0x00, 8)
PIN = KeyHeader(0x01, 0x00, 0x00, 0xEF, 0x33, 0x11, 0x55, 3)
UK_LOADED = "84D4000024 DAB9F6100A2F85BAAB99CD6EF909AF7272CAB4C361CDAEAEE23C4D83B97313A6 2C23BBB2"


def command(text: str) -> CommandAPDU:
    return parse(bytes.fromhex(text))


def refused(call) -> tuple[int, Reason]:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.sw, caught.value.reason


@pytest.mark.parametrize(
    ("cla", "enciphered", "authenticated"),
    [(0x00, False, False), (0x80, True, False), (0x84, True, True), (0x04, False, True), (0x01, False, False)],
)
def test_the_class_names_the_form(cla, enciphered, authenticated):
    assert forms(cla) == (enciphered, authenticated)


@pytest.mark.parametrize(
    ("text", "loaded"),
    [
        (UK_LOADED, KeyLoad(UK, K3)),
        (
            "84D4000024 BA7EA0188813AC9A64BFEC8BCAD24DE0B69558869A72437A18A240F98AADCBC3 29024691",
            KeyLoad(STK, K8),
        ),
        ("84D400001C 08139F4EFFBC1CD564BFEC8BCAD24DE0868826BCA972A700 064D7D7B", KeyLoad(STK, K8)),
        ("80D4000018 08139F4EFFBC1CD564BFEC8BCAD24DE0868826BCA972A700", KeyLoad(STK, K8)),
        (
            "84D4000024 745BC02F8CEA1C105A61D5422C97F223AF010F445A4D3CF318A240F98AADCBC3 370715E2",
            KeyLoad(PIN, bytes.fromhex("123456")),
        ),
        ("00D4000018 010000EF33115503 123456FFFFFFFFFFFFFFFFFFFFFFFFFF", KeyLoad(PIN, bytes.fromhex("123456"))),
    ],
)
def test_numbers(text, loaded):
    assert unwrap(command(text), KEY, RANDOM) == loaded


def test_a_short_random_number_is_filled_on_the_right():
    """GET CHALLENGE of 4: C7D1042E 00000000 is the start value, and gives another MAC than the 8 bytes."""
    shorter = command(UK_LOADED[:-8] + "F221864D")
    assert unwrap(shorter, KEY, bytes.fromhex("C7D1042E")) == KeyLoad(UK, K3)
    assert refused(lambda: unwrap(shorter, KEY, RANDOM))[0] == SW.SM_INCORRECT


@pytest.mark.parametrize("form", ["84D4001124", "84D400111C", "84D401111C", "SM4"])
def test_mac_numbers_of_another_stack(form):
    """The PSAM's CREATE KEY and CHANGE KEY carry the same MAC (random number of 4 bytes)."""
    data = {
        "84D4001124": "2BD683806EA3B48E2283B3528EFA59A37C2226C4D19CE74F4CEA442849267C7D A1B5A2F6",
        "84D400111C": "AB057F36CE5A0D956B7041998F7F5E123D94AB108C7123F6 F57698F7",
        "84D401111C": "3DB98696FB965908F66D87C42FA21DCE9EF6044CC39B0FD9 90EFFA6A",
        "SM4": "454DEA0D9B37ACC2C483DAA6B52E010A729D34954CD590975492B9DEEDCF444B C5ACF97D",
    }[form]
    sent = command(("84D4001124" if form == "SM4" else form) + data)
    key = KeyHandle(SM4, MASTER) if form == "SM4" else KEY
    assert check_mac(sent, key, bytes.fromhex("C7D1042E")) == bytes.fromhex(data)[:-4]


def test_a_random_number_longer_than_a_block_is_cut():
    """GET CHALLENGE of 16 under a 3DES key: its left 8 bytes are the start value."""
    assert unwrap(command(UK_LOADED), KEY, RANDOM + b"\x99" * 8) == KeyLoad(UK, K3)


@pytest.mark.parametrize("flipped", [*range(5), 5, 20, 36, 37, 40])
def test_every_byte_is_under_the_mac(flipped):
    raw = bytearray(bytes.fromhex(UK_LOADED))
    raw[flipped] ^= 0x01
    if flipped == 4:  # Lc: let the length stay true
        raw.append(0)
    sent = parse(bytes(raw))
    assert refused(lambda: check_mac(sent, KEY, RANDOM)) == (
        SW.SM_INCORRECT,
        Reason("secure messaging", "wrong MAC", about={"key": repr(KEY)}),
    )


def test_without_a_random_number_there_is_no_mac():
    reason = Reason("random number", "no random number just before")
    assert refused(lambda: unwrap(command(UK_LOADED), KEY, None)) == (SW.REFERENCED_DATA_INVALID, reason)


@pytest.mark.parametrize("data", ["0011223344556677" * 3, "00112233445566"], ids=["length byte", "no whole blocks"])
def test_cipher_text_that_does_not_decipher_is_6988(data):
    sent = CommandAPDU(0x80, 0xD4, 0, 0, bytes.fromhex(data))
    about = {"received": len(sent.data), "key": repr(KEY)}
    reason = Reason("secure messaging", "data do not decipher", about=about)
    assert refused(lambda: unwrap(sent, KEY, None)) == (SW.SM_INCORRECT, reason)


def plain(block: bytes) -> CommandAPDU:
    return CommandAPDU(0x00, 0xD4, 0, 0, block)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        bytes(7),
        UK.encode() + bytes(15),  # shorter than the header says
        UK._replace(length=17).encode() + bytes(16),
        UK._replace(length=16).encode() + bytes(17),  # longer than any key of the dialect
    ],
)
def test_a_layout_that_is_none_is_6a80(block):
    reason = Reason("data", "no key header and value", about={"received": len(block)})
    assert refused(lambda: unwrap(plain(block), KEY, None)) == (SW.WRONG_DATA, reason)


@pytest.mark.parametrize(("length", "fill"), [(0, 0), (0, 16), (8, 0), (8, 8), (16, 0)])
def test_a_layout_that_is_one(length, fill):
    value = bytes(range(length))
    header = UK._replace(length=length)
    assert unwrap(plain(header.encode() + value + b"\xff" * fill), KEY, None) == KeyLoad(header, value)
