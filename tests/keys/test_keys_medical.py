"""Medical account: session keys, MACs, TACs, for both ciphers and both readings of the type code (SSC-7 §11 to §15)."""

import pytest
from keys_numbers import RANDOM_4, card_keys, key

from keys.algorithms import SM4, TDES
from keys.medical_macs import Load, Purchase, load_session, purchase_session

DTK = "A0B1C2D3E4F506173847566574839201"
TERMINAL = bytes.fromhex("310100000001")
TIME = bytes.fromhex("20240115093000")

PURCHASES = [
    ("K3", TDES, 0x32, "5F5168E516DDA744", "64D65654", "E5A233B9", "90632E4A"),
    ("K3", TDES, 0x02, "5F5168E516DDA744", "9A6B0FEC", "E5A233B9", "7E84F559"),
    ("KS", SM4, 0x32, "203AC2D98A96877995070089F7789F30", "4FF135B5", "857F438D", "A0096735"),
    ("KS", SM4, 0x02, "203AC2D98A96877995070089F7789F30", "21286E45", "857F438D", "0AA9E5A7"),
]
LOADS = [
    ("K3", TDES, 0x31, "D1C8340F9C8E186F", "13DF64A7", "47A161AB", "209C974E"),
    ("K3", TDES, 0x01, "D1C8340F9C8E186F", "2512030E", "EDF7B17E", "596227EC"),
    ("KS", SM4, 0x31, "39C11D97917694FC4FF98CD03ADBE138", "4CD5951F", "13A196FC", "0E79216E"),
    ("KS", SM4, 0x01, "39C11D97917694FC4FF98CD03ADBE138", "49650358", "8E7D38BE", "51C6EB04"),
]


@pytest.mark.parametrize(("name", "algorithm", "kind", "expected", "mac1", "mac2", "tac"), PURCHASES)
def test_purchase(name, algorithm, kind, expected, mac1, mac2, tac):
    terminal_sequence = bytes.fromhex("00000005")
    session = purchase_session(card_keys()[name], RANDOM_4, 1, terminal_sequence)
    assert session.equals(key(session.algorithm, expected))
    purchase = Purchase(0x3E8, 0xC8, 0x7D0, TERMINAL, terminal_sequence, TIME, kind)
    macs = purchase.mac1(session), purchase.mac2(session), purchase.tac(key(algorithm, DTK))
    assert [m.hex().upper() for m in macs] == [mac1, mac2, tac]


@pytest.mark.parametrize(("name", "algorithm", "kind", "expected", "mac1", "mac2", "tac"), LOADS)
def test_load(name, algorithm, kind, expected, mac1, mac2, tac):
    session = load_session(card_keys()[name], RANDOM_4, 1)
    assert session.equals(key(session.algorithm, expected))
    load = Load(0x2710, 0x1388, TERMINAL, 1, TIME, kind)
    macs = load.mac1(session), load.mac2(session), load.tac(key(algorithm, DTK))
    assert [m.hex().upper() for m in macs] == [mac1, mac2, tac]


def test_type_codes_are_characters():
    """V2.0 table 51 gives the type the data form *an*."""
    assert (Load(0, 0, b"", 0).kind, Purchase(0, 0, 0, b"", b"", b"").kind) == (0x31, 0x32)
