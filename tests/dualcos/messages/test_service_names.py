"""What a line tells of a message: all that may be told, and zero is something."""

from __future__ import annotations

from dualcos.messages.service_names import told_of
from dualcos.messages.social_services import LoadReported, ReadCard, SettlementTaken

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
