"""“消费交易” and “读消费交易记录” (SC §8, §9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.terminal.interface.function_inputs import pay_info, yuan
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from keys.medical_macs import Purchase, purchase_session
from tests.dualcos.terminal.interface.counter_with_library import PAY, TIME, Counter
from tests.dualcos.terminal.terminal_bench import SOCIAL

EVERY = pytest.mark.parametrize("profile", SOCIAL)
AMOUNTS = "0000138800000BB8"  # 50.00 and 30.00 in fen
FIRST_DPK, DTK = "017F", "00B5"


def purchase(fields: list[str]) -> Purchase:
    """What a back end makes of the eight fields (SSC-7 §15)."""
    _, _, amounts, kind, terminal, sequence, time, _ = fields
    sums = bytes.fromhex(amounts)
    return Purchase(
        0,
        int.from_bytes(sums[:4], "big"),
        int.from_bytes(sums[4:], "big"),
        bytes.fromhex(terminal),
        bytes.fromhex(sequence),
        bytes.fromhex(time),
        int(kind, 16),
    )


@EVERY
def test_a_settlement_by_psam(profile):
    counter = Counter(profile)
    fields = counter.good("iDoDebit", 1, counter.info, PAY).fields
    assert [fields[0], *fields[2:4], *fields[6:7]] == [counter.algorithm, AMOUNTS, "32", TIME]
    assert fields[4] == {"01": "990000000001", "03": "990000000002"}[counter.algorithm]
    tac = purchase(fields).tac(counter.keys.card_key("DTK", counter.of_keys, 0))
    assert (fields[1], fields[7]) == (DTK, tac.hex().upper())
    assert counter.at_rest


@EVERY
def test_a_settlement_in_two_steps(profile):
    counter = Counter(profile, sam=None)
    first = counter.good("iDoDebit_HSM_Step1", 1, counter.info, PAY)
    assert [len(each) for each in first.fields] == [2, 4, 8, 4, 16, 2, 12, 14]
    assert first.fields[4:] == [AMOUNTS, "32", "000000000000", TIME]
    assert first.fields[:2] == [counter.algorithm, FIRST_DPK]
    random, sequence = bytes.fromhex(first.fields[2]), int(first.fields[3], 16)
    own = "00004711"
    made = Purchase(0, 5000, 3000, bytes(6), bytes.fromhex(own), bytes.fromhex(TIME))
    session = purchase_session(counter.keys.card_key("DPK01", counter.of_keys, 1), random, sequence, bytes.fromhex(own))
    said = counter.good("iDoDebit_HSM_Step2", f"{own}|{TIME}|{made.mac1(session).hex().upper()}|").fields
    assert said[0] == made.mac2(session).hex().upper()
    assert said[1:] == [
        *(counter.algorithm, DTK, AMOUNTS, "32", "000000000000", own, TIME),
        made.tac(counter.keys.card_key("DTK", counter.of_keys, 0)).hex().upper(),
    ]


@EVERY
def test_a_settlement_with_the_bureau_and_its_record(profile):
    counter = Counter(profile, sam=None)
    assert counter.good("iReadDebitRecord", 1).text == ""
    steps = counter.steps()
    for total, part in (("50.00", "30.00"), ("0.01", "0.00")):
        first = counter.good("iDoDebit_HSM_Step1", 1, counter.info, f"{total}|{part}|{TIME}|")
        key = counter.between(steps.iDoDebit_HSM_Step1To2, first.text)
        counter.good("iDoDebit_HSM_Step2", key)
    assert counter.good("iReadDebitRecord", 3).text == (
        f"0001^000000000000^{TIME}^0.01^0.00^|0000^000000000000^{TIME}^50.00^30.00^|"
    )


def test_thirty_records_fit_the_memory_of_the_standard():
    counter = Counter()
    for _ in range(31):
        counter.good("iDoDebit", 1, counter.info, f"1000000.00|1000000.00|{TIME}|")
    records = counter.good("iReadDebitRecord", 1).text.split("|")[:-1]
    assert [each[:4] for each in records] == [f"{number:04X}" for number in range(30, 0, -1)]


def test_a_wrong_mac1_debits_nothing():
    counter = Counter(sam=None)
    counter.good("iDoDebit_HSM_Step1", 1, counter.info, PAY)
    assert counter.call("iDoDebit_HSM_Step2", f"00000001|{TIME}|00000000|").code == -37634
    assert counter.good("iReadDebitRecord", 1).text == ""


def test_a_wrong_mac2_is_told():
    """The card is debited, and nothing may be handed out (SSC-9 §9.10)."""
    counter = Counter()
    assert counter.sam is not None
    counter.sam.bend = lambda command, answer: b"\x63\xcf" if command[:2] == b"\x80\x72" else answer
    said = counter.call("iDoDebit", 1, counter.info, PAY)
    assert (said.code, said.text.startswith("卡片MAC2错")) == (-37634, True)


def test_without_room_for_the_tac_the_card_is_not_debited():
    counter = Counter()
    assert counter.call("iDoDebit", 1, counter.info, PAY, size=127).code == -42
    assert counter.call("iDoDebit_HSM_Step1", 1, counter.info, PAY, size=100).code == -42
    assert counter.good("iReadDebitRecord", 1).text == ""
    counter.good("iDoDebit_HSM_Step1", 1, counter.info, PAY)
    assert counter.call("iDoDebit_HSM_Step2", f"00000001|{TIME}|00000000|", size=100).code == -42


@pytest.mark.parametrize(("pay", "code"), [
    ("50.00|30.00|20261129120000", -23),
    ("50.00|30.00|", -23),
    ("50.00|30.00|20261129120000|1|", -23),
    ("50.00|30.00|20261129120000|x", -23),
    ("50.0|30.00|20261129120000|", -23),
    ("50|30.00|20261129120000|", -23),
    (".50|30.00|20261129120000|", -23),
    ("50.00|50.01|20261129120000|", -23),
    ("|30.00|20261129120000|", -23),
    ("-1.00|30.00|20261129120000|", -41),
    ("50.00|3O.00|20261129120000|", -41),
    ("５.00|30.00|20261129120000|", -41),
    ("42949672.95|30.00|20261129120000|", -23),
    ("50.00|99999999999999999999.00|20261129120000|", -23),
    ("50.00|30.00|20261329120000|", -23),
    ("50.00|30.00|20260230120000|", -23),
    ("50.00|30.00|2026112912000|", -23),
    ("50.00|30.00||", -23),
    ("50.00|30.00|2026112912000x|", -41),
    ("50.00|30.00|2026112912000０|", -41),
])  # fmt: skip
def test_payments_that_are_none(pay, code):
    counter = Counter()
    said = counter.call("iDoDebit", 1, counter.info, pay)
    assert said.code == code, said
    assert counter.card.power == []


@pytest.mark.parametrize(("key", "code"), [
    (f"00000001|{TIME}|", -23),
    (f"0000001|{TIME}|00000000|", -42),
    (f"0000000G|{TIME}|00000000|", -41),
    ("00000001|20261301000000|00000000|", -23),
    (f"00000001|{TIME}|000000|", -42),
])  # fmt: skip
def test_keys_of_a_settlement_that_are_none(key, code):
    counter = Counter(sam=None)
    counter.good("iDoDebit_HSM_Step1", 1, counter.info, PAY)
    assert counter.call("iDoDebit_HSM_Step2", key).code == code
    assert counter.at_rest


def test_zeros_in_front_of_an_amount():
    counter = Counter()
    assert counter.good("iDoDebit", 1, counter.info, f"050.00|0030.00|{TIME}|").fields[2] == AMOUNTS
    assert counter.good("iDoDebit", 1, counter.info, f"30.00|30.00|{TIME}|").fields[2] == "00000BB8" * 2


@pytest.mark.parametrize(("version", "address"), [(0, "017F"), (1, "017F"), (2, "0180"), (3, "0181")])
def test_the_purchase_key_is_of_the_version_that_the_card_names(version, address):
    """SSC-9 table B1, note *: by an HSM as by a PSAM."""
    counter = Counter(sam=None)
    counter.card.bend = lambda _, answer: answer[:16] + bytes((version,)) + answer[17:] if len(answer) == 24 else answer
    assert counter.good("iDoDebit_HSM_Step1", 1, counter.info, PAY).fields[1] == address


def test_a_version_that_no_address_has():
    counter = Counter(sam=None)
    counter.card.bend = lambda _, answer: answer[:16] + b"\x04" + answer[17:] if len(answer) == 24 else answer
    assert counter.call("iDoDebit_HSM_Step1", 1, counter.info, PAY).code == -13


@given(st.integers(0, 4_294_967_294))
def test_amounts_are_fen(fen):
    """Every amount below the limit goes to the card as it is said."""
    found = pay_info(f"{fen // 100}.{fen % 100:02d}|{yuan(fen)}|{TIME}|")
    assert found == (fen, fen, bytes.fromhex(TIME))


@given(st.integers(4_294_967_295, 10**20))
def test_amounts_that_no_card_takes(fen):
    with pytest.raises(TerminalStopped):
        pay_info(f"{yuan(fen)}|0.00|{TIME}|")
