"""Load and purchase by APDU: published numbers, what the card keeps, every refusal (SSC-5 §7, SSC-7 §11 to §15)."""

from __future__ import annotations

import pytest
from medical_card import CARD_KEY, DSK, DTK, MASTER, TERMINAL, TIME, account, enter, medical_card

from dualcos.dialogue.driver import perform
from dualcos.dialogue.making import SOCIAL_FORM
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle
from keys.medical_macs import Load, Purchase, load_session, purchase_session
from tests.card_in_hand import Hand

RANDOM = bytes.fromhex("C7D1042E")
TYPES = {"character": (0x31, 0x32), "binary": (0x01, 0x02)}


def initialize_load(amount, index=1):
    return f"B02800010B{index:02X}{amount:08X}{TERMINAL.hex()}"


def initialize_purchase(account, self_paid, pooled, index=1):
    return f"B028010113{index:02X}{account:08X}{self_paid:08X}{pooled:08X}{TERMINAL.hex()}"


def credit(mac2, time=TIME):
    return f"B02A00000B{time.hex()}{mac2}"


def debit(mac1, sequence=5, time=TIME):
    return f"B02C01000F{sequence:08X}{time.hex()}{mac1}"


def do_load(hand, amount, algorithm=TDES, kind=0x31, time=TIME):
    """A whole load as the host does it; the answer to CREDIT."""
    own = account(algorithm, kind)
    begun = perform(hand.card, own.initialize_load(amount, TERMINAL))
    assert begun.sw == 0x9000
    assert own.began(begun.data, amount, TERMINAL)
    answer = perform(hand.card, own.credit(begun.data, amount, TERMINAL, time))
    return answer.data.hex().upper(), int(answer.sw)


def do_purchase(hand, paid, self_paid, pooled, *, sequence=5, time=TIME):
    """A whole settlement as terminal and PSAM do it; the answer to DEBIT."""
    order = Purchase(paid, self_paid, pooled, TERMINAL, sequence.to_bytes(4, "big"), time)
    begun = perform(hand.card, account().initialize_purchase(order))
    assert begun.sw == 0x9000
    answer = perform(hand.card, account().debit(begun.data, order))
    return answer.data.hex().upper(), int(answer.sw)


@pytest.mark.parametrize(
    ("algorithm", "reading", "byte", "mac1", "mac2", "tac"),
    [
        (TDES, "character", "00", "13DF64A7", "47A161AB", "209C974E"),
        (TDES, "binary", "00", "2512030E", "EDF7B17E", "596227EC"),
        (SM4, "character", "03", "4CD5951F", "13A196FC", "0E79216E"),
        (SM4, "binary", "03", "49650358", "8E7D38BE", "51C6EB04"),
    ],
)
def test_load_numbers(algorithm, reading, byte, mac1, mac2, tac):
    """Balance 00002710, sequence 0001, amount 00001388: the numbers computed by two separate scripts."""
    hand = Hand(medical_card(algorithm, type_code=reading))
    kind = TYPES[reading][0]
    assert do_load(hand, 0x2710, algorithm, kind)[1] == 0x9000
    assert hand(initialize_load(0x1388)) == (f"00002710000101{byte}C7D1042E{mac1}", 0x9000)
    assert hand(credit(mac2)) == (tac, 0x9000)
    assert hand("B026000104") == ("00003A98", 0x9000)
    assert hand(f"B02E00{kind:02X}020001") == (mac1 + tac, 0x9000)


@pytest.mark.parametrize(
    ("algorithm", "reading", "byte", "mac1", "mac2", "tac"),
    [
        (TDES, "character", "00", "64D65654", "E5A233B9", "90632E4A"),
        (TDES, "binary", "00", "9A6B0FEC", "E5A233B9", "7E84F559"),
        (SM4, "character", "03", "4FF135B5", "857F438D", "A0096735"),
        (SM4, "binary", "03", "21286E45", "857F438D", "0AA9E5A7"),
    ],
)
def test_purchase_numbers(algorithm, reading, byte, mac1, mac2, tac):
    """Account 000003E8, self-paid 000000C8, pooled 000007D0, sequence 0001."""
    hand = Hand(medical_card(algorithm, type_code=reading))
    load_kind, kind = TYPES[reading]
    assert do_load(hand, 0x2710, algorithm, load_kind)[1] == 0x9000
    hand(initialize_purchase(0, 0, 0))
    zero = Purchase(0, 0, 0, TERMINAL, bytes(4), TIME, kind)
    first = zero.mac1(purchase_session(KeyHandle(algorithm, CARD_KEY[algorithm]), RANDOM, 0, bytes(4)))
    assert hand.sw(debit(first.hex(), 0)) == 0x9000
    answer = "00002710" + "00000000" * 2 + "2024" + f"000101{byte}C7D1042E"
    assert hand(initialize_purchase(0x3E8, 0xC8, 0x7D0)) == (answer, 0x9000)
    assert hand(debit(mac1)) == (tac + mac2, 0x9000)
    assert hand(f"B02E00{kind:02X}020001") == (mac2 + tac, 0x9000)
    assert [hand("B026000104"), hand("B026000206"), hand("B026000306")] == [
        ("00002328", 0x9000),
        ("000000C82024", 0x9000),
        ("000007D02024", 0x9000),
    ]


def test_log_records():
    """Newest first; a load leaves the last eight bytes 00 (SSC-7 §11.8, §12.6)."""
    hand = Hand(medical_card())
    do_load(hand, 0x2710)
    do_purchase(hand, 0x3E8, 0xC8, 0x7D0)
    assert hand("00B201441C") == (
        "0000" + "32" + "310100000001" + "20240115093000" + "000003E8000000C8000007D0",
        0x9000,
    )
    assert hand("00B202441C") == ("0000" + "31" + "310100000001" + "20240115093000" + "00002710" + "00" * 8, 0x9000)
    assert hand.sw("00B203441C") == 0x6A83


def test_log_keeps_the_newest_records():
    hand = Hand(medical_card(records=3))
    for amount in range(1, 6):
        do_load(hand, amount)
    amounts = [hand(f"00B2{number:02X}441C")[0][32:40] for number in (1, 2, 3)]
    assert amounts == ["00000005", "00000004", "00000003"]
    assert hand.sw("00B204441C") == 0x6A83


def test_account_only_mode():
    """Records of 14 bytes: totals, payment year and starting day carry no meaning and read 00 (SSC-7 §12)."""
    hand = Hand(medical_card(record=0x14))
    do_load(hand, 0x2710)
    data, _ = hand(initialize_purchase(0x3E8, 0xC8, 0x7D0))
    assert data == "00002710" + "00" * 10 + "00000100C7D1042E"
    assert do_purchase(hand, 0x3E8, 0xC8, 0x7D0)[1] == 0x9000
    assert hand("B026000104") == ("00002328", 0x9000)
    assert [hand("B026000206"), hand("B026000306"), hand("B056010002")] == [
        ("00" * 6, 0x9000),
        ("00" * 6, 0x9000),
        ("0000", 0x9000),
    ]
    assert hand("00B2014414") == ("000032" + "310100000001" + "20240115093000" + "000003E8", 0x9000)
    assert hand("00B2024414") == ("000031" + "310100000001" + "20240115093000" + "00002710", 0x9000)


# --- the payment year -----------------------------------------------------------------------------------------------


def set_starting_day(hand, day):
    assert perform(hand.card, SOCIAL_FORM.prove(KeyHandle(TDES, DSK), 0x87)).sw == 0x9000
    return hand.sw("B056000002" + day)


def settle(hand, date, self_paid, pooled):
    assert do_purchase(hand, 0, self_paid, pooled, time=bytes.fromhex(date + "120000"))[1] == 0x9000
    return hand("B026000206")[0], hand("B026000306")[0]


def test_year_turns_on_its_starting_day():
    """Year 2023, start 0401: 20240331 still counts for 2023, 20240401 begins 2024."""
    hand = Hand(medical_card())
    assert set_starting_day(hand, "0401") == 0x9000
    assert settle(hand, "20230501", 1, 10) == ("000000012023", "0000000A2023")
    assert settle(hand, "20240331", 2, 20) == ("000000032023", "0000001E2023")
    assert settle(hand, "20240401", 4, 40) == ("000000042024", "000000282024")


def test_new_year_before_the_starting_day_is_the_year_before():
    hand = Hand(medical_card())
    set_starting_day(hand, "0401")
    assert settle(hand, "20240331", 1, 2) == ("000000012023", "000000022023")


def test_calendar_year_without_a_starting_day():
    hand = Hand(medical_card())
    assert settle(hand, "20231231", 1, 1) == ("000000012023", "000000012023")
    assert settle(hand, "20240101", 2, 2) == ("000000022024", "000000022024")


def test_starting_day():
    hand = Hand(medical_card())
    assert hand.sw("B0560000020401") == 0x6982
    assert hand("B056010002") == ("0000", 0x9000)
    assert set_starting_day(hand, "0401") == 0x9000
    assert hand("B056010002") == ("0401", 0x9000)
    assert [hand.sw("B056000002" + day) for day in ("1301", "0400", "0132", "04FF")] == [0x6985] * 4
    assert [hand.sw("B05601" + tail) for tail in ("0004", "0102")] == [0x6C02, 0x6A86]


def test_dsk_opens_nothing_but_the_day():
    """The amounts file cannot be selected, so the right to change the day gives no way to change the balance."""
    hand = Hand(medical_card())
    assert set_starting_day(hand, "0401") == 0x9000
    assert hand.sw("00A4020002EF81") == 0x6A82
    assert hand.sw("00DC010408" + "FF" * 8) in (0x6986, 0x6981)


# --- refusals in their order ----------------------------------------------------------------------------------------


def test_pin_is_needed_when_one_is_set():
    hand = Hand(medical_card(pin="123456"))
    guarded = [initialize_load(1), initialize_purchase(0, 0, 0), "B026000104", "B026000206"]
    assert [hand.sw(command) for command in guarded] == [0x6982] * 4
    assert [hand.sw("B02E0031020000"), hand("B056010002")] == [0x9406, ("0000", 0x9000)]
    assert hand.sw("0020000003123456") == 0x9000
    assert [hand.sw(command) for command in guarded] == [0x9000] * 4


def test_pin_comes_before_the_key_index():
    hand = Hand(medical_card(pin="123456"))
    assert hand.sw(initialize_load(1, index=9)) == 0x6982


def test_key_index_comes_before_the_balance():
    hand = Hand(medical_card())
    assert hand.sw(initialize_purchase(1, 0, 0, index=9)) == 0x9403
    assert hand.sw(initialize_purchase(1, 0, 0)) == 0x9401
    assert hand.sw(initialize_purchase(0, 1, 1)) == 0x9000
    assert hand.sw(initialize_load(1, index=2)) == 0x9403


def test_wrong_mac_changes_nothing():
    hand = Hand(medical_card())
    do_load(hand, 500)
    before = hand.card.dump()
    hand(initialize_load(7))
    assert hand(credit("00000000")) == ("", 0x9302)
    hand(initialize_purchase(7, 7, 7))
    assert hand(debit("00000000")) == ("", 0x9302)
    assert hand.card.dump() == before


def test_balance_overflow():
    hand = Hand(medical_card())
    do_load(hand, 0xFFFFFFFF)
    assert hand.sw(initialize_load(0)) == 0x9000
    assert hand.sw(initialize_load(1)) == 0x6985


def test_total_overflow():
    hand = Hand(medical_card())
    assert do_purchase(hand, 0, 0xFFFFFFFF, 0)[1] == 0x9000
    assert do_purchase(hand, 0, 1, 0)[1] == 0x6985
    assert do_purchase(hand, 0, 0, 1)[1] == 0x9000


def test_time_without_a_date():
    hand = Hand(medical_card())
    assert do_purchase(hand, 0, 1, 1, time=bytes.fromhex("2024A115093000"))[1] == 0x6985


def test_account_must_be_current():
    hand = Hand(medical_card())
    hand("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
    commands = [initialize_load(1), initialize_purchase(0, 0, 0), "B026000104", "B02E0031020000", "B056010002"]
    assert [hand.sw(command) for command in commands] == [0x6985] * 5
    assert hand.sw(credit("00000000")) == 0x6901


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("B02800000B" + "00" * 11, 0x6A86),
        ("B02802010B" + "00" * 11, 0x6A86),
        ("B02800010A" + "00" * 10, 0x6700),
        ("B028010112" + "00" * 18, 0x6700),
        ("B026000004", 0x6A86),
        ("B026000404", 0x6A86),
        ("B026000106", 0x6700),
        ("B026000204", 0x6700),
        ("B02E0033020000", 0x6A86),
        ("B02E003103000000", 0x6700),
        ("B02E003102000004", 0x6700),
        ("B05600000104", 0x6700),
        ("0028000100", 0x6E00),
        ("B0300000", 0x6D00),
    ],
)
def test_malformed(command, sw):
    assert Hand(medical_card()).sw(command) == sw


# --- proof ----------------------------------------------------------------------------------------------------------


def test_proof_belongs_to_the_last_transaction():
    hand = Hand(medical_card())
    assert hand.sw("B02E0031020000") == 0x9406
    tac, _ = do_load(hand, 5)
    enter(hand.card)
    assert hand("B02E0031020000")[0][8:] == tac
    assert [hand.sw(f"B02E00{tail}") for tail in ("31020001", "32020000", "01020000")] == [0x9406] * 3
    do_purchase(hand, 1, 2, 3)
    assert [hand.sw("B02E0031020000"), hand.sw("B02E0032020000")] == [0x9406, 0x9000]


# --- readings -------------------------------------------------------------------------------------------------------


def test_reading_load_proof_mac():
    hand = Hand(medical_card(load_proof_mac="MAC2"))
    hand(initialize_load(5))
    key = load_session(KeyHandle(TDES, CARD_KEY[TDES]), RANDOM, 0)
    mac2 = Load(0, 5, TERMINAL, 0, TIME).mac2(key).hex().upper()
    tac, _ = hand(credit(mac2))
    assert hand("B02E0031020000") == (mac2 + tac, 0x9000)


def test_reading_tac_over_the_old_balance():
    """``Load.tac`` covers balance + amount: given a balance lower by the amount, it covers the old balance."""
    hand = Hand(medical_card(tac_balance="old"))
    do_load(hand, 1000)
    expected = Load(993, 7, TERMINAL, 1, TIME).tac(KeyHandle(TDES, DTK)).hex().upper()
    assert do_load(hand, 7) == (expected, 0x9000)


def test_reading_logged_sequence():
    hand = Hand(medical_card(logged_sequence="after"))
    do_load(hand, 5)
    assert hand("00B201441C")[0][:4] == "0001"
    assert [hand.sw("B02E0031020001"), hand.sw("B02E0031020000")] == [0x9000, 0x9406]


def test_reading_starting_day():
    hand = Hand(medical_card(starting_day_right="master key", read_starting_day="PIN", pin="123456"))
    assert hand.sw("B056010002") == 0x6982
    assert hand.sw("0020000003123456") == 0x9000
    assert hand("B056010002") == ("0000", 0x9000)
    assert set_starting_day(hand, "0401") == 0x6982
    assert perform(hand.card, SOCIAL_FORM.prove(KeyHandle(TDES, MASTER))).sw == 0x9000
    assert hand.sw("B0560000020401") == 0x9000
