"""The PSAM's files, states and refusals (SSC-9 §5, §6, §9)."""

from __future__ import annotations

import pytest
from psam_hand import APPLICATION, MAKER, MASTER, MF, SX2, Hand, authority, held, profile, psam
from test_psam_numbers import CITY, F1, F2, F3, FACTOR, LOADED, ORIGINAL

import dualcos
from cos.card import Card
from cos.cos_options import CosOptions
from cos.psam.options import PsamOptions
from dualcos.dialogue.driver import perform
from dualcos.dialogue.psam import PsamHost, PsamKey
from firewall.hardware.power import PowerLoss
from keys import key_wrapping
from keys.algorithms import DES, SM4, TDES
from keys.custody.psam_keys import PsamKeyHead, create_key_command
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase, purchase_session

CARD_KEY = "A80757D28A24D4ED6376B5B0C7447699"
# Three amounts under the session key of terminal sequence 0.
MAC2 = (
    Purchase(0x3E8, 0xC8, 0x7D0, b"", b"", b"")
    .mac2(
        purchase_session(KeyHandle(TDES, bytes.fromhex(CARD_KEY)), bytes.fromhex("C7D1042E"), 1, bytes(4)),
    )
    .hex()
)
PURCHASE = "C7D1042E0001000003E8000000C8000007D032202401150930000100"


@pytest.fixture
def hand():
    return psam(keys=LOADED)


# --- selection and public files


@pytest.mark.parametrize("name", ["psam-3des", "psam-sm4"])
def test_profiles(name):
    hand = Hand(dualcos.card(name))
    assert hand.card.power_on()[:4] == bytes.fromhex("3B6D0000")
    assert hand.ok("00A4000002DF01") == hand.ok(APPLICATION) == "6F088406D15600000590"
    assert hand.ok("00B09A000A") == "01012024010120341231"
    assert hand.ok("00B0990004") == "00000000"
    assert hand.ok(MF)[:8] in ("6F168" + "40F", "6F1C8" + "40F")
    assert hand.ok("00B0960006")[:6] == "990000"
    assert hand.ok("00B095000F")[:2] == "01"
    assert hand.sw("00B2010400") == 0x6981
    assert hand("00B2010C1C")[0].startswith("611A4F06D15600000590")


def test_environments_can_be_entered_in_any_situation():
    hand = psam("3DES", "SM4")
    for command, data in ((SX2, "9F0C03860103"), (MF, "")):
        assert hand.ok(command).endswith(data or "88" + "0101")
        hand.ok(APPLICATION)
        assert hand.ok("00B0990004") == "00000000"
    hand.ok("00A4000002DDF1")
    hand.ok(APPLICATION)
    assert hand.card.environment == "psam-sx2"
    hand.ok("00A40000023F00")
    assert hand.card.environment == "manager"


def test_each_environment_has_its_own_keys():
    hand = psam("3DES", "SM4", tier="city")
    hand.ok("BFDE270810" + F3 + FACTOR)
    hand.ok("80FA000008" + ORIGINAL)
    hand.ok(SX2)
    hand.ok(APPLICATION)
    hand.ok("BFDE270818" + F3 + FACTOR + "00" * 8)
    assert hand.sw("80FA000008" + ORIGINAL) == 0x6700
    assert len(hand.ok("80FA000010" + ORIGINAL * 2)) == 32


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00A4040202DF01", 0x6A86),
        ("00A4010002DF01", 0x6A86),
        ("00A4040004D1560000", 0x6700),
        ("00A4040006D15600000591", 0x6A82),
        ("00A4000002DF02", 0x6A82),
        ("00A4020002EF01", 0x6A82),
        ("00A40200020011", 0x6A82),
        ("00B0910004", 0x6981),
        ("00B0990005", 0x6C04),
        ("00B0990104", 0x6C03),
        ("00B0990401", 0x6B00),
        ("00B09E0001", 0x6A82),
        ("00D6990004FFFFFFFF", 0x6982),
        ("00D69A000102", 0x6982),
        ("00B2010C00", 0x6A82),
        ("0084000005", 0x6700),
        ("0084000010", 0x6700),
        ("0084010008", 0x6A86),
        ("00FA000008" + "00" * 8, 0x6E00),
        ("80FB000008" + "00" * 8, 0x6D00),
        ("90FA000008" + "00" * 8, 0x6E00),
    ],
)
def test_refusals(hand, command, sw):
    assert hand.sw(command) == sw


def test_sixteen_byte_random_numbers_belong_to_sixteen_byte_ciphers():
    assert len(psam("SM4").ok("0084000010")) == 32


def test_authority_writes_its_own_info_only(hand):
    authority(hand, 3)
    assert hand.sw("00D69C000103") == 0x9000
    assert hand.ok("00B09C000A")[:2] == "03"
    assert hand.sw("00D69B000103") == 0x6982
    hand.ok(APPLICATION)
    assert hand.sw("00D69C000104") == 0x9000, "selecting the same application keeps the right"
    hand.ok(MF)
    hand.ok(APPLICATION)
    assert hand.sw("00D69C000105") == 0x6982


def test_public_files_need_the_environments_master_key(hand):
    hand.ok(MF)
    assert hand.sw("00D6960006310100000002") == 0x6982
    perform(hand.card, MAKER.prove(KeyHandle(TDES, profile().psam_key("MF master"))))
    assert hand.sw("00D6960006310100000002") == 0x9000
    assert hand.ok("00B0960006") == "310100000002"


# --- external authentication


def test_external_authentication(hand):
    wrong = "00" * 16
    assert hand.sw("0082000110" + wrong) == 0x6984
    for left in (2, 1, 0):
        hand.ok("0084000008")
        assert hand.sw("0082000110" + wrong) == 0x63C0 | left
    assert hand.sw("0082000110" + wrong) == 0x6983
    assert hand.sw("0082000410" + wrong) == 0x6A88
    assert hand.sw("0082000810" + wrong) == 0x6A86
    assert hand.sw("008200010F" + wrong[2:]) == 0x6700
    assert hand.sw("0082000211" + wrong + "02") == 0x6A88
    hand.ok(MF)
    assert hand.sw("0082000110" + wrong) == 0x6985


def test_right_restores_the_tries(hand):
    hand.ok("0084000008")
    assert hand.sw("0082000110" + "00" * 16) == 0x63C2
    authority(hand, 1)
    hand.ok("0084000008")
    assert hand.sw("0082000110" + "00" * 16) == 0x63C2


def test_reading_failed_authentication():
    hand = psam(failed_authentication="6982")
    hand.ok("0084000008")
    assert hand.sw("0082000110" + "00" * 16) == 0x6982


def test_a_cut_never_gives_a_try_back(hand):
    card = hand.card
    hand.ok("0084000008")
    wrong = bytes.fromhex("0082000110" + "00" * 16)
    start = card.rail.ticks
    snapshot = card.snapshot()
    hand(wrong)
    ticks = card.rail.ticks - start
    for cut in range(ticks):
        card.restore(snapshot)
        card.power_on()
        hand.ok(APPLICATION)
        hand.ok("0084000008")
        card.rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            card.exchange(wrong)
        card.power_on()
        hand.ok(APPLICATION)
        hand.ok("0084000008")
        assert hand.sw(wrong) in (0x63C2, 0x63C1)


# --- key files


def load(hand, file, usage, identifier, key, *, change=False, master=None):
    made = PsamKey(file, PsamKeyHead(usage, identifier, key.algorithm.social), key)
    session = PsamHost(b"")
    make = session.change_key if change else session.create_key
    return perform(hand.card, make(master or KeyHandle(TDES, MASTER), made)).sw


def test_key_files(hand):
    key, des = KeyHandle(TDES, bytes(range(16))), KeyHandle(DES, bytes(range(8)))
    assert load(hand, 0x11, 0x27, 0x3F, key) == 0x6982
    authority(hand, 1)
    assert load(hand, 0x12, 0x27, 0x3F, key) == 0x6982
    assert load(hand, 0x1B, 0x27, 0x3F, key) == 0x6A82
    assert load(hand, 0x11, 0x27, 0x3F, key) == 0x9000
    assert load(hand, 0x11, 0x27, 0x3F, key) == 0x6A80
    assert load(hand, 0x11, 0x27, 0x3E, key, change=True) == 0x6A88
    assert load(hand, 0x11, 0x27, 0x3F, des, change=True) == 0x6A80
    assert load(hand, 0x11, 0x27, 0x3F, key, change=True) == 0x9000
    assert [load(hand, 0x11, usage, 0x30, key) for usage in (0x25, 0x87)] == [0x6A80, 0x6A80]
    assert load(hand, 0x11, 0x27, 0x3F, key, master=key) == 0x6988


def test_key_loading_needs_a_random_number_and_its_mac(hand):
    authority(hand, 1)
    command = create_key_command(
        KeyHandle(TDES, MASTER), 0x11, PsamKeyHead(0x27, 0x3F, 0), KeyHandle(TDES, MASTER), bytes.fromhex("C7D1042E")
    )
    assert hand.sw(command) == 0x6984
    hand.ok("0084000004")
    assert hand.sw(command[:-1] + b"\0") == 0x6988
    assert hand.sw(command) == 0x6984
    assert hand.sw("84D4001120" + "00" * 32) == 0x6700
    assert hand.sw("84D4021124" + "00" * 36) == 0x6A86


def test_a_full_key_file(hand):
    authority(hand, 3)
    key = KeyHandle(TDES, MASTER)
    words = [load(hand, 0x13, 0x27, identifier, key) for identifier in range(70)]
    assert words.count(0x9000) < 70
    assert words[-1] == 0x6A84


# --- delivered keys


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("BFDE27FF10" + F3 + FACTOR, 0x6A88),
        ("BFDE220110" + F3 + FACTOR, 0x6985),
        ("BFDE272418" + F3 + F2 + FACTOR, 0x6A80),
        ("BFDE272408" + FACTOR, 0x6A80),
        ("BFDE672420" + F3 + F2 + F1 + FACTOR, 0x6A80),
        ("BFDE27240C" + F3 + FACTOR[:8], 0x6700),
        ("BFDE272400", 0x6700),
    ],
)
def test_delivery_refused(hand, command, sw):
    """6A80 tells the terminal that this PSAM holds the key at another tier (SSC-9 §8)."""
    assert hand.sw(command) == sw
    assert hand.sw("80FA000008" + ORIGINAL) == 0x6901


def test_delivery_needs_the_application(hand):
    hand.ok(MF)
    assert hand.sw("BFDE272410" + F3 + FACTOR) == 0x6985
    assert hand.sw("BFEC00000131") == 0x6985
    assert hand.sw("8070010024" + PURCHASE + F3) == 0x6985


def test_what_a_key_is_for(hand):
    hand.ok("BFDE260910" + F3 + FACTOR)
    assert hand.sw("80FA000008" + ORIGINAL) == 0x6985
    hand.ok("BFDE272410" + F3 + FACTOR)
    assert hand.sw("80FA050010" + ORIGINAL * 2) == 0x6985


@pytest.mark.parametrize(
    ("p1", "blocks", "sw"),
    [("00", 0, 0x6700), ("00", 8, 0x9000), ("00", 9, 0x6700), ("05", 1, 0x6700), ("05", 2, 0x9000), ("04", 1, 0x6A86)],
)
def test_lengths_of_cipher_data(p1, blocks, sw):
    hand = psam(keys=(held(0x11, 0x28, 0x09, DES, "E48468B55342F4B2"),))
    hand.ok("BFDE280910" + F3 + FACTOR)
    assert hand.sw(f"80FA{p1}00{8 * blocks:02X}" + "00" * 8 * blocks) == sw


def test_mac_in_pieces_is_the_mac_in_one(hand):
    blocks = ["00" * 8, "0102030405060708", "1112131415161718", "2122232425800000"]
    hand.ok("BFDE260910" + F3 + FACTOR)
    whole = hand.ok("80FA050020" + "".join(blocks))
    assert hand.sw("80FA030008" + blocks[2]) == 0x6985
    assert hand("80FA070010" + blocks[0] + blocks[1]) == ("", 0x9000)
    assert hand("80FA030008" + blocks[2]) == ("", 0x9000)
    assert hand("80FA010008" + blocks[3]) == (whole, 0x9000)
    assert hand.sw("80FA010008" + blocks[3]) == 0x6985


def test_enciphering_in_pieces(hand):
    hand.ok("BFDE272410" + F3 + FACTOR)
    assert hand.ok("80FA020008" + ORIGINAL) == hand.ok("80FA000008" + ORIGINAL) == "9ABD282FEA9C3D2E"


def both():
    return held(0x11, 0x28, 0x09, DES, "E48468B55342F4B2")


def test_delivered_key_serves_one_type(hand):
    hand = psam(keys=(both(),))
    hand.ok("BFDE280910" + F3 + FACTOR)
    hand.ok("80FA000008" + ORIGINAL)
    hand.ok("80FA000008" + ORIGINAL)
    assert hand.sw("80FA050010" + ORIGINAL * 2) == 0x6901
    assert hand.sw("80FA000008" + ORIGINAL) == 0x6901


def test_reading_one_calculation():
    hand = psam(keys=(both(),), delivered_key="one calculation")
    hand.ok("BFDE280910" + F3 + FACTOR)
    hand.ok("80FA020008" + ORIGINAL)
    hand.ok("80FA000008" + ORIGINAL)
    assert hand.sw("80FA000008" + ORIGINAL) == 0x6901


@pytest.mark.parametrize("other", [APPLICATION, "00A40200020019"])
def test_selection_ends_the_delivered_key(hand, other):
    hand.ok("BFDE272410" + F3 + FACTOR)
    hand.ok("0084000008")
    hand.ok("80FA000008" + ORIGINAL)
    hand.ok(other)
    assert hand.sw("80FA000008" + ORIGINAL) == 0x6901


def test_reading_session_factor():
    keys = (held(0x11, 0x27, 0x24, SM4, CITY),)
    strict = psam("SM4", keys=keys, session_factor="16")
    assert strict.sw("BFDE272410" + F3 + FACTOR) == 0x6A80
    assert strict.sw("BFDE272418" + F3 + FACTOR + "00" * 8) == 0x9000


def test_reading_factor_order():
    hand = psam(keys=LOADED, factor_order="province first")
    hand.ok("BFDE670A20" + F1 + F2 + F3 + FACTOR)
    assert hand.ok("80FA000008" + ORIGINAL) == "9ABD282FEA9C3D2E"


@pytest.mark.parametrize(("reading", "data"), [("picks cipher", "AC0902E2"), ("accepted", "9ABD282F")])
def test_initialize_environment_picks_the_cipher(reading, data):
    """DF01 holds one key under both ciphers, and 8 bytes of session factor fit both: province 11 means 16-byte."""
    keys = (
        held(0x11, 0x27, 0x24, TDES, CITY),
        held(0x11, 0x27, 0x24, SM4, "4FEDDD63F76D258B3EC6F017C1075C8A"),
    )
    hand = psam(keys=keys, initialize_environment=reading)
    hand.ok("BFDE272410" + F3 + FACTOR)
    assert hand.ok("80FA000008" + ORIGINAL) == "9ABD282FEA9C3D2E"
    hand.ok("BFEC00000111")
    hand.ok("BFDE272410" + F3 + FACTOR)
    padded = ORIGINAL + "00" * 8
    assert hand.ok("80FA000010" + padded)[:8] == data
    hand.ok("BFEC00000131")
    hand.ok("BFDE272410" + F3 + FACTOR)
    assert hand.ok("80FA000008" + ORIGINAL) == "9ABD282FEA9C3D2E"
    assert [hand.sw("BFEC0000011A"), hand.sw("BFEC0100" + "0131"), hand.sw("BFEC0000021100")] == [
        0x6A80,
        0x6A86,
        0x6700,
    ]


# --- purchase


@pytest.fixture
def shop():
    return psam(keys=(held(0x11, 0x22, 0x01, TDES, CITY),))


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("8070010024" + PURCHASE[:-4] + "0400" + F3, 0x6A88),
        ("8070010024" + PURCHASE[:-2] + "03" + F3, 0x6A88),
        ("8070010034" + PURCHASE + F3 + F2 + F1, 0x6700),
        ("807001001C" + PURCHASE, 0x6700),
        ("8070000024" + PURCHASE + F3, 0x6A86),
        ("8072000004" + "00" * 4, 0x6901),
    ],
)
def test_purchase_refused(shop, command, sw):
    assert shop.sw(command) == sw
    assert shop.ok("00B0990004") == "00000000"


@pytest.mark.parametrize(("reading", "sw"), [("63CF", 0x63CF), ("9302", 0x9302)])
def test_wrong_mac2(reading, sw):
    shop = psam(keys=(held(0x11, 0x22, 0x01, TDES, CITY),), wrong_mac2=reading)
    shop.ok("8070010024" + PURCHASE + F3)
    assert shop.sw("807200000400000000") == sw
    assert shop.sw("807200000400000000") == 0x6901


def test_mac2_follows_directly(shop):
    shop.ok("8070010024" + PURCHASE + F3)
    shop.ok("0084000008")
    assert shop.sw("8072000004E5A233B9") == 0x6901
    shop.ok("8070010024" + PURCHASE + F3)
    assert shop.sw("8072000003E5A233") == 0x6700
    assert shop.sw("8072000004E5A233B9") == 0x6901


def test_reading_sequence_steps_with_mac2():
    shop = psam(keys=(held(0x11, 0x22, 0x01, TDES, CITY),), terminal_sequence="80 72")
    shop.ok("8070010024" + PURCHASE + F3)
    assert shop.ok("00B0990004") == "00000000"
    shop.ok("8070010024" + PURCHASE + F3)
    assert shop.sw("807200000400000000") == 0x63CF
    shop.ok("8070010024" + PURCHASE + F3)
    assert shop.sw("8072000004" + MAC2) == 0x9000
    assert shop.ok("00B0990004") == "00000001"


def test_terminal_sequence_is_never_used_twice(shop):
    """Cut anywhere in 80 70: no answer with a number that the next one gives again."""
    command = bytes.fromhex("8070010024" + PURCHASE + F3)
    snapshot = shop.card.snapshot()
    start = shop.card.rail.ticks
    shop(command)
    for cut in range(shop.card.rail.ticks - start):
        shop.card.restore(snapshot)
        shop.card.power_on()
        shop.ok(APPLICATION)
        shop.card.rail.cut_after(cut)
        with pytest.raises(PowerLoss):
            shop.card.exchange(command)
        shop.card.power_on()
        shop.ok(APPLICATION)
        assert shop.ok("00B0990004") in ("00000000", "00000001")


# --- making


def blank():
    made = profile()
    card = Card.blank(made.transport_key, CosOptions.of(PsamOptions()), rng=_Counting(), historical=bytes(13))
    card.power_on()
    return Hand(card)


class _Counting:
    """Random enough for making: counts up."""

    position = 0

    def bytes(self, length):
        self.position += 1
        return self.position.to_bytes(length, "big")

    def fork(self, label):  # noqa: ARG002 - one stream for all
        return self

    def seek(self, position):
        self.position = position


def test_a_blank_chip_knows_little():
    hand = blank()
    assert [hand.sw(command) for command in (APPLICATION, "00B0990004", "BFDE270810" + F3 + FACTOR)] == [0x6A81] * 3
    assert hand.sw("80E0010010" + "0000 00FF 01 3F00 01 00 00 00 0000 80 00 00".replace(" ", "")) == 0x6982
    assert hand.sw("80E00300080000000000000000") & 0xFFF0 == 0x63C0


def test_a_cut_between_mf_and_its_key_is_no_dead_end():
    hand = blank()
    transport = KeyHandle(TDES, profile().transport_key)
    proof = "80E0030008" + key_wrapping.transport_cryptogram(transport, bytes(6)).hex()
    hand.ok(proof)
    hand.ok("80E0010010" + "000000FF013F000100000000008000" + "00")
    hand.card.power_on()
    assert hand.sw("84D4010024" + "00" * 36) == 0x6982
    hand.ok(proof)
    perform(hand.card, MAKER.load_master(transport, KeyHandle(TDES, MASTER)))
    assert hand.sw(proof) == 0x6985
    assert hand.sw("80E0050008" + "00" * 8) == 0x6985
    perform(hand.card, MAKER.prove(KeyHandle(TDES, MASTER)))


def test_after_end_nothing_is_created(hand):
    perform(hand.card, MAKER.prove(KeyHandle(TDES, MASTER)))
    assert hand.sw("80E0010010" + "0000000008EF0AC4000A000000000000") == 0x6985
    assert hand.sw("80E00200") == 0x6985
    assert hand.sw("00D4000018" + "0D0401EF33001110" + "00" * 16) == 0x6987


def test_a_psam_survives_the_card_file(tmp_path):
    card = dualcos.card("psam-sm4")
    dualcos.keep_card(card, tmp_path / "psam.card")
    card.close()
    hand = Hand(dualcos.open_card(tmp_path / "psam.card"))
    hand.card.power_on()
    hand.ok(SX2)
    assert hand.ok(APPLICATION) == "6F088406D15600000590"
    hand.card.close()
