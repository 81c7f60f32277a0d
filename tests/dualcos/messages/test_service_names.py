"""What a line tells of a message: all that may be told, and zero is something."""

from __future__ import annotations

from dualcos.messages.service_names import told_of
from dualcos.messages.social_codec import facts_of
from dualcos.messages.social_services import BankPayment, LoadReported, PremiumPaid, ReadCard, SettlementTaken

_CARD = ReadCard(region="990000", historical="00" * 13, algorithm="01", identification="00" * 16)


def test_a_zero_is_told_and_no_is_not():
    answer = SettlementTaken(running=1, voucher="S1", offline_flag="0", offline_amount=0, offline_count=0)
    assert told_of(answer) == {"voucher": "S1", "offline_flag": "0", "offline_amount": 0, "offline_count": 0}
    assert told_of(SettlementTaken(running=1, voucher="S1")) == {"voucher": "S1"}


def test_what_a_tac_is_over_is_told_and_it_is_not():
    report = LoadReported(
        terminal="990000000001", running=1, card=_CARD, voucher="L1", tac="11223344",
        amount=600, balance=0, sequence="0001", time="20260115093000",
    )  # fmt: skip
    told = {"voucher": "L1", "amount": 600, "balance": 0, "sequence": "0001", "time": "20260115093000"}
    assert told_of(report) == told


def test_what_a_payment_is_named_by_is_told_and_can_be_asked_for():
    named = {"merchant": "898990080620001", "bank_terminal": "10000001", "batch": "000001", "bank_voucher": "000007"}
    told = {"terminal": "990000000001", "running": 1, "voucher": "P1", "amount": 600, "time": "20260115093000"}
    bank = PremiumPaid(card=_CARD, **told, payment=BankPayment(**named))
    assert told_of(bank) == {"voucher": "P1", "amount": 600, "time": "20260115093000", **named}
    assert told.items() | named.items() <= facts_of(bank).items()
    cash = PremiumPaid(card=_CARD, **told)
    assert told_of(cash) == {"voucher": "P1", "amount": 600, "time": "20260115093000"}
    assert told.items() <= facts_of(cash).items()
    assert not {*named, "payment"} & facts_of(cash).keys()
