"""Whatever a host does to a purchase, the terminal ends as it must, prints what it must, and the holder pays for what
he was told to be approved, once (PBOC-4 §6.2.12.5; behaviours: ``dualcos/leash/ready/bank``).
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.leash.ready_behaviours import BANK as BANK_LEASH
from dualcos.leash.ready_behaviours import ready_behaviours
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState, WaitingState
from tests.dualcos.terminal.financial.till_bench import TillBench

AMOUNT = 60_000
TAKEN, NOT_TAKEN = "交易状态：交易成功", "交易状态：交易拒绝"
IN_DOUBT, TAKEN_BACK = "交易状态：结果未知，待冲正", "交易状态：已冲正"


class Ends(NamedTuple):
    """How the purchase stands when the card is out, ``code`` and ``reason`` of it; ``slip``: what is on paper then;
    ``later``: what it is when all that waits has gone out. ``reports``: script reports that are sent.
    """

    state: PaymentState
    code: str
    reason: str
    slip: tuple[str, ...]
    later: PaymentState
    reports: int = 0


def declined(code: str, *words: str, reports: int = 0) -> Ends:
    """By the host."""
    slip = (NOT_TAKEN, f"应答码 {code} ", *words)
    return Ends(PaymentState.DECLINED, code, "", slip, PaymentState.DECLINED, reports)


def reversed_for(reason: str, code: str = "") -> Ends:
    """Nobody knows, or the card does not want it."""
    doubt = "交易状态：未成交，待冲正" if reason == "06" else IN_DOUBT
    slip = (doubt, f"冲正原因 {reason}", "请勿交付")
    return Ends(PaymentState.REVERSING, code, reason, slip, PaymentState.REVERSED)


APPROVED = Ends(PaymentState.APPROVED, "00", "", (TAKEN, "ARQC: ", "授权码："), PaymentState.APPROVED)
SCRIPTED = APPROVED._replace(reports=1)
BEHAVIOURS = {
    "answer-late": reversed_for("98"),
    "answer-lost": reversed_for("98"),
    "answered-twice": APPROVED,
    "answers-another": reversed_for("98"),
    "batch-unbalanced": APPROVED,
    "blocks-application": SCRIPTED,
    "card-lost": declined("41", "挂失卡", reports=1),
    "cut-over": declined("90"),
    "declined": declined("05"),
    "expired": declined("54", "该卡已过期"),
    "hangs-up": reversed_for("98"),
    "hangs-up-after": reversed_for("98"),
    "issuer-down": declined("91"),
    "keys-stale": declined("99", "重新签到"),
    "mac-refused": declined("A0"),
    "no-approval-code": APPROVED._replace(slip=(TAKEN, "参考号：")),
    "no-arpc": reversed_for("06", "00"),  # this card declines where its issuer did not prove itself (9F52)
    "not-enough": declined("51", "可用余额不足"),
    "over-limit": declined("61", "交易金额超限"),
    "pin-exceeded": declined("75", "密码错误次数超限"),
    "refer": declined("01"),
    "refer-special": declined("02"),
    "report-unanswered": APPROVED,
    "request-lost": reversed_for("98"),
    "reversal-lost": reversed_for("98"),
    "reversal-unanswered": reversed_for("98")._replace(later=PaymentState.REVERSING),
    "script-before": SCRIPTED,
    "script-malformed": SCRIPTED,
    "sign-on-refused": APPROVED,
    "slow": APPROVED,
    "system-error": declined("96"),
    "unreadable-answer": reversed_for("98"),
    "unsolicited": APPROVED,
    "wrong-arpc": APPROVED,
    "wrong-mac": reversed_for("A0"),
    "wrong-pin": declined("55", "密码错"),
}


def sent_out(bench: TillBench) -> None:
    """As often as a terminal does by itself."""
    for _ in range(3):
        if not bench.till.send_waiting():
            return


def test_every_ready_behaviour_is_in_the_table():
    assert set(BEHAVIOURS) == set(ready_behaviours(BANK_LEASH))


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_purchase_ends_as_it_must_and_its_slip_says_so(name):
    ends = BEHAVIOURS[name]
    bench = TillBench()
    till = bench.till
    bench.rules(name)
    if name == "sign-on-refused":
        for _ in range(2):
            with pytest.raises(PaymentRefused) as refused:
                till.sign_on()
            assert refused.value.cause is PaymentRefusal.SIGN_ON_REFUSED
    record = till.purchase(AMOUNT).stored.record
    assert (record.state, record.code, record.reason) == ends[:3]
    slips = bench.slips()
    assert [words for words in ends.slip if words not in slips] == []
    assert (TAKEN in slips) is (ends.state is PaymentState.APPROVED)
    assert bench.gone == AMOUNT or ends.state is not PaymentState.APPROVED

    sent_out(bench)
    stored = bench.journal.payments()[0]
    assert stored.record.state is ends.later
    assert bench.gone == (AMOUNT if ends.later is PaymentState.APPROVED else 0)
    assert len(bench.line.of("0620")) == ends.reports
    assert (TAKEN_BACK in bench.slips()) is (ends.later is PaymentState.REVERSED)


def test_the_table_has_every_kind_of_ending():
    assert {ends.state for ends in BEHAVIOURS.values()} >= {
        PaymentState.APPROVED,
        PaymentState.DECLINED,
        PaymentState.REVERSING,
    }
    assert {ends.reason for ends in BEHAVIOURS.values()} == {"", "06", "98", "A0"}


@pytest.mark.parametrize("name", [name for name, ends in BEHAVIOURS.items() if ends.later is PaymentState.REVERSED])
def test_a_reversal_goes_out_before_the_next_purchase(name):
    bench = TillBench()
    till = bench.till
    bench.rules(name)
    till.purchase(AMOUNT)
    if name == "no-arpc":
        bench.rules("")
    sent = len(bench.line.sent)
    for _ in range(3):
        till.purchase(100)
        if bench.record.state is PaymentState.APPROVED:
            break
    kinds = [each.mti for each in bench.line.sent[sent:]]
    assert kinds.index("0400") < kinds.index("0200")
    assert bench.gone == 100
    assert bench.states[0] == "reversed"


def test_nothing_goes_on_line_while_a_reversal_waits():
    bench = TillBench()
    till = bench.till
    bench.rules("reversal-lost")
    till.purchase(AMOUNT)
    till.purchase(100)
    assert bench.record.state is PaymentState.NOT_SENT
    assert "应答码 Z3 不能联机，脱机拒绝" in bench.slips()
    with pytest.raises(PaymentRefused) as refused:
        till.balance()
    assert refused.value.cause is PaymentRefusal.NO_LINE


def test_a_reversal_that_nobody_answers_is_sent_until_a_person_ends_it():
    bench = TillBench()
    till = bench.till
    bench.rules("request-lost")
    till.purchase(AMOUNT)
    bench.host.leash.exchange((LeashRule(match={"message": "reversal"}, drop="after commit"),))
    sent_out(bench)
    sent_out(bench)
    assert len(bench.line.of("0400")) == 6
    assert [(each.tries, each.state) for each in till.for_people()] == [(6, WaitingState.WAITING)]
    assert till.purchase(100).stored.record.state is PaymentState.NOT_SENT
    till.resolve(bench.journal.payments()[0].record.voucher)
    assert "交易状态：冲正未成功，须人工处理" in bench.slips()
    assert till.purchase(100).is_approved
    assert bench.gone == 100
    day = till.settle()
    left = f"须人工处理：{bench.journal.payments()[0].record.voucher}"
    assert [line.split() for line in day.slip.lines[-2:]] == [[left, "消费"], ["RMB", "600.00"]]


def test_keys_that_are_stale_are_fetched_anew_by_the_next_purchase():
    bench = TillBench()
    till = bench.till
    bench.rules("keys-stale")
    assert not till.purchase(AMOUNT).is_approved
    assert till.purchase(AMOUNT).is_approved
    assert len(bench.line.of("0800")) == 2


@pytest.mark.parametrize("name", ["blocks-application", "card-lost"])
def test_a_card_whose_application_was_blocked_is_taken_no_more(name):
    bench = TillBench()
    till = bench.till
    bench.rules(name)
    till.purchase(AMOUNT)
    with pytest.raises(TransactionEnded) as ended:
        till.purchase(AMOUNT)
    assert ended.value.cause is EndCause.APPLICATION_BLOCKED
    (report,) = bench.line.of("0620")
    assert b"\xdf\x31\x05\x20" in report.raw(55)  # it was carried out
