"""Load and settlement with the numbers that two separate scripts computed (SSC-7 §11, §12), by hand."""

from __future__ import annotations

import pytest
from test_dialogue_driver import Told

from cos.ssse.tables import file_structure
from cos.ssse.tables.table_model import Version
from dualcos.dialogue.driver import perform
from dualcos.dialogue.medical import MedicalAccount, account_of, balance, proof
from dualcos.dialogue.social import SocialKeys
from keys.algorithms import SM4, TDES
from keys.custody.social_key_service import SocialCard, SocialKeyService, TierKey
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

TERMINAL, TIME = bytes.fromhex("310100000001"), bytes.fromhex("20240115093000")
KEY = KeyHandle(TDES, bytes.fromhex("A80757D28A24D4ED6376B5B0C7447699"))
WIDE = KeyHandle(SM4, bytes.fromhex("1B8927DC34DC34184027D493F2837538"))
LOAD = "B02800010B 01 00001388 310100000001"
PURCHASE = "B028010113 01 000003E8 000000C8 000007D0 310100000001"
ORDER = Purchase(0x3E8, 0xC8, 0x7D0, TERMINAL, bytes.fromhex("00000005"), TIME)


@pytest.mark.parametrize(
    ("key", "kind", "begun", "mac2"),
    [
        (KEY, 0x31, "00002710 0001 0100 C7D1042E 13DF64A7", "47A161AB"),
        (KEY, 0x01, "00002710 0001 0100 C7D1042E 2512030E", "EDF7B17E"),
        (WIDE, 0x31, "00002710 0001 0103 C7D1042E 4CD5951F", "13A196FC"),
    ],
)
def test_a_load(key, kind, begun, mac2):
    own = MedicalAccount(key, key, load_type=kind)
    link = Told((LOAD, begun + "9000"), (f"B02A00000B 20240115093000 {mac2}", "209C974E 9000"))
    assert perform(link, own.load(0x1388, TERMINAL, TIME)).data.hex().upper() == "209C974E"
    assert own.began(bytes.fromhex(begun), 0x1388, TERMINAL)
    assert not own.began(bytes.fromhex(begun), 0x1389, TERMINAL)


@pytest.mark.parametrize(("key", "cipher", "mac1"), [(KEY, "00", "64D65654"), (WIDE, "03", "4FF135B5")])
def test_a_settlement(key, cipher, mac1):
    begun = f"00002710 00000000 00000000 2024 0001 01{cipher} C7D1042E"
    link = Told((PURCHASE, begun + "9000"), (f"B02C01000F 00000005 20240115093000 {mac1}", "90632E4AE5A233B9 9000"))
    assert perform(link, MedicalAccount(key, key).purchase(ORDER)).data[4:].hex().upper() == "E5A233B9"


def test_what_did_not_begin_is_not_gone_on_with():
    """The card's word is the answer."""
    own = MedicalAccount(KEY, KEY)
    assert perform(Told((LOAD, "6982")), own.load(0x1388, TERMINAL, TIME)).sw == 0x6982
    assert perform(Told((PURCHASE, "9401")), own.purchase(ORDER)).sw == 0x9401


def test_inquiries():
    for dialogue, command in (
        (balance(), "B026000104"),
        (balance(3), "B026000306"),
        (proof(0x31, b"\0\1"), "B02E0031020001 08"),
    ):
        assert perform(Told((command, "6985")), dialogue).sw == 0x6985


def test_the_account_lies_in_df04_and_its_keys_are_the_cards():
    """DLK01 and DPK01, index 1 (V2.0 table 7): the card's key of the published root."""
    root = TierKey(KeyHandle(TDES, bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")))
    service = SocialKeyService({("DLK01", 1): root, ("DPK01", 1): root})
    keys = SocialKeys(service, SocialCard("310100", bytes.fromhex("0081544C86869931010000A1B2")))
    found = {each.fid: account_of(keys, each) for each in file_structure.structure(Version.V2)}
    own = found.pop(0xDF04)
    assert own is not None
    assert own.load_key.equals(KEY)
    assert (own.purchase_key.check_value, own.key_index) == (KEY.check_value, 1)
    assert set(found.values()) == {None}
