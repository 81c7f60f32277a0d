"""存储转发: what waits is sent until it is answered, and what an answer says of it decides; nobody pays twice, or for
nothing (PBOC-4 §6.2.12.5; response codes as seen in the field).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.pos_messages import POS_MESSAGES, answers
from dualcos.messages.terminal_parameters import UNIONPAY_TAC, AidParameters
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState, WaitingKind, WaitingState
from tests.dualcos.terminal.financial.payment_bench import DEBIT
from tests.dualcos.terminal.financial.test_pos_transactions import below_the_limit, original_of
from tests.dualcos.terminal.financial.till_bench import TillBench

AMOUNT = 900
ORIGINAL = OriginalPayment(batch="000001", voucher="000001", day="0115", reference="0" * 12)
LOST = LeashRule(match={"message": "purchase"}, times=1, drop="after commit")


def reversal(**what: object) -> LeashRule:
    """What the acquirer does with reversals."""
    return LeashRule(match={"message": "reversal"}, **what)  # type: ignore[arg-type]


def approving_alone() -> TillBench:
    """Card and terminal approve where nobody answers."""
    bench = TillBench("bank-ia-optional", "pse.elements.9F0D=0000000000")
    bench.parameters = AidParameters(DEBIT, tac=UNIONPAY_TAC._replace(default=bytes(5)))
    assert bench.till is not None
    return bench


def in_doubt(*rules: LeashRule) -> TillBench:
    """A purchase was booked, and its answer is lost."""
    bench = TillBench()
    till = bench.till
    bench.host.leash.exchange((LOST, *rules))
    till.purchase(AMOUNT)
    assert bench.gone == AMOUNT
    return bench


def waiting(bench: TillBench, payment: int = 1) -> tuple[WaitingKind, WaitingState, str]:
    """The last message of a payment, and the code that ended it."""
    last = bench.journal.waiting_of(payment)[-1]
    return last.kind, last.state, last.code


# --- reversals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("code", ["96", "91"])
def test_an_upload_stays_behind_a_reversal_that_is_put_off(code, times):
    bench = approving_alone()
    till = bench.till
    bench.host.leash.exchange((LOST, reversal(times=times, refuse=code)))
    assert till.purchase(AMOUNT).stored.record.code == "Y3"
    for _ in range(times):
        assert till.send_waiting() == 2
    assert till.send_waiting() == 0
    assert (bench.states, bench.gone) == (["reversed", "approved"], AMOUNT)
    assert waiting(bench, 2) == (WaitingKind.OFFLINE_SALE, WaitingState.ANSWERED, "00")
    day = till.settle()
    assert (day.totals.debit, day.balanced) == (AMOUNT, True)


def test_an_upload_waits_for_no_reversal_of_another_transaction():
    bench = approving_alone()
    till = bench.till
    bench.host.leash.exchange((LOST, reversal(refuse="96")))
    till.purchase(AMOUNT)
    bench.line.down = True
    assert till.purchase(200).stored.record.code == "Y3"
    bench.line.down = False
    assert till.send_waiting() == 2
    assert [waiting(bench, payment)[1] for payment in (1, 2, 3)] == [
        WaitingState.WAITING,
        WaitingState.WAITING,
        WaitingState.ANSWERED,
    ]


def test_an_upload_that_meets_what_is_booked_already_is_not_taken_for_done():
    """The reversal was refused, what was approved unheard stands: the upload is the same once more."""
    bench = approving_alone()
    till = bench.till
    bench.host.leash.exchange((LOST, reversal(refuse="25")))
    till.purchase(AMOUNT)
    till.send_waiting()
    till.send_waiting()
    assert bench.states == ["manual", "not-taken"]
    assert waiting(bench, 2) == (WaitingKind.OFFLINE_SALE, WaitingState.REFUSED, "94")
    assert till.settle().totals.debit == 0


@pytest.mark.parametrize("fault", [{"drop": "before commit"}, {"refuse": "91"}, {"refuse": "96"}, {"wrong": ("mac",)}])
def test_no_silence_and_no_not_now_ends_a_reversal(fault):
    bench = in_doubt(reversal(times=7, **fault))
    for _ in range(7):
        assert bench.till.send_waiting() == 1
    assert bench.till.send_waiting() == 0
    assert (bench.states, bench.gone) == (["reversed"], 0)


@pytest.mark.parametrize("code", ["12", "25", "30", "94"])
def test_a_reversal_that_took_nothing_back_is_not_called_one(code):
    bench = in_doubt(reversal(times=1, refuse=code))
    assert bench.till.send_waiting() == 0
    assert bench.states == ["manual"]
    assert waiting(bench) == (WaitingKind.REVERSAL, WaitingState.MANUAL, code)
    assert "交易状态：已冲正" not in bench.slips()
    assert f"应答码 {code}" in bench.slips()


def test_a_reversal_that_is_answered_sent_twice_was_done_the_first_time():
    bench = in_doubt(reversal(times=1, drop="after commit"))
    assert bench.till.send_waiting() == 1
    bench.host.leash.exchange((reversal(refuse="94"),))
    assert bench.till.send_waiting() == 0
    assert (bench.states, bench.gone) == (["reversed"], 0)


def test_a_person_has_it_sent_again():
    bench = in_doubt(reversal(times=1, refuse="25"))
    till = bench.till
    till.send_waiting()
    voucher = bench.record.voucher
    assert [each.kind for each in till.for_people()] == [WaitingKind.REVERSAL]
    assert till.resend(voucher).record.state is PaymentState.REVERSING
    assert till.send_waiting() == 0
    assert (bench.states, bench.gone, till.for_people()) == (["reversed"], 0, [])


def test_a_person_can_see_only_to_what_is_left_to_him():
    bench = TillBench()
    till = bench.till
    voucher = till.purchase(AMOUNT).stored.record.voucher
    for act in (till.resend, till.resolve):
        for each in (voucher, "999999"):
            with pytest.raises(PaymentRefused) as refused:
                act(each)
            assert refused.value.cause is PaymentRefusal.NO_SUCH_PAYMENT


# --- refunds ----------------------------------------------------------------------------------------------------------


def refunding(code: str, *, sent_before: bool) -> TillBench:
    """A refund of 300 whose answer is ``code``; ``sent_before``: it was booked, and that answer lost."""
    bench = TillBench()
    till = bench.till
    bought = till.purchase(AMOUNT).stored.record
    lost = LeashRule(match={"message": "refund"}, times=1, drop="after commit")
    said = LeashRule(match={"message": "refund"}, refuse=code)
    bench.host.leash.exchange((lost, said) if sent_before else (said,))
    till.refund(300, original_of(bought))
    if sent_before:
        assert till.send_waiting() == 0
    return bench


def test_a_refund_that_is_answered_sent_twice_was_booked_the_first_time():
    bench = refunding("94", sent_before=True)
    assert bench.record.state is PaymentState.APPROVED
    assert bench.gone == AMOUNT - 300


def test_a_refund_that_meets_another_is_declined():
    bench = refunding("94", sent_before=False)
    assert (bench.record.state, bench.record.code, bench.gone) == (PaymentState.DECLINED, "94", AMOUNT)


def test_a_refund_that_nobody_answers_waits_until_a_person_ends_it():
    bench = TillBench()
    till = bench.till
    bought = till.purchase(AMOUNT).stored.record
    bench.host.leash.exchange((LeashRule(match={"message": "refund"}, drop="before commit"),))
    till.refund(300, original_of(bought))
    for _ in range(5):
        assert till.send_waiting() == 1
    voucher = bench.record.voucher
    assert till.resolve(voucher).record.state is PaymentState.MANUAL
    assert till.send_waiting() == 0
    bench.host.leash.exchange(())
    assert till.resend(voucher).record.state is PaymentState.ASKED
    assert till.send_waiting() == 0
    assert (bench.record.state, bench.gone) == (PaymentState.APPROVED, AMOUNT - 300)


# --- uploads ----------------------------------------------------------------------------------------------------------


def test_an_upload_that_was_refused_is_told_and_can_be_sent_again():
    bench = below_the_limit(TillBench())
    till = bench.till
    before = till.purchase(AMOUNT).stored.record
    assert before.state is PaymentState.APPROVED
    bench.host.leash.exchange((LeashRule(match={"message": "offline sale"}, refuse="05"),))
    till.send_waiting()
    assert bench.states[-1] == "not-taken"
    assert "交易状态：上送被拒，须人工处理" in bench.slips()
    assert "应答码 05" in bench.slips()
    bench.host.leash.exchange(())
    assert till.resend(before.voucher).record.state is PaymentState.APPROVED
    assert till.send_waiting() == 0
    assert till.settle().totals.debit == bench.gone


@pytest.mark.parametrize("code", ["10", "11"])
def test_an_upload_that_was_taken_with_another_code_is_taken(code):
    bench = below_the_limit(TillBench())
    bench.till.purchase(AMOUNT)
    bench.host.leash.exchange((LeashRule(match={"message": "offline sale"}, answer={"code": code}),))
    assert bench.till.send_waiting() == 0
    assert bench.states[-1] == "approved"


# --- what no message can be made of -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act", [lambda till: till.purchase(AMOUNT), lambda till: till.refund(300, ORIGINAL)], ids=["purchase", "refund"]
)
def test_a_card_whose_data_no_message_takes_ends_it_before_anything_is_asked(act: Callable):
    bench = TillBench("dual-2.0-3des", "pse.elements.5F34=AA")
    bench.parameters = AidParameters(DEBIT, floor_limit=100_000, threshold=100_000)
    with pytest.raises(TransactionEnded) as ended:
        act(bench.till)
    assert ended.value.cause is EndCause.FORMAT
    assert bench.journal.payments() == []


def test_what_cannot_be_asked_on_line_is_not_taken_off_line():
    bench = TillBench("bank-ia-optional", "pse.elements.9F0D=0000000000",
                      "pse.elements.57=6299990123456789019D3012220000A000000F")  # fmt: skip
    bench.parameters = AidParameters(DEBIT, tac=UNIONPAY_TAC._replace(default=bytes(5)))
    record = bench.till.purchase(AMOUNT).stored.record
    assert (record.state, bench.journal.waiting()) == (PaymentState.NOT_SENT, [])
    assert [each.command[2] for each in bench.card.passed if each.command[1] == 0xAE][-1] == 0  # an AAC was asked for


@pytest.mark.parametrize("code", ["12345678", "", "12 456"])
def test_what_is_no_approval_code_is_none(code):
    bench = TillBench(rules="refer")
    bench.attendant.approval = code
    till = bench.till
    assert till.purchase(AMOUNT).stored.record.state is PaymentState.DECLINED
    assert till.send_waiting() == 0


def test_a_message_that_cannot_be_written_is_left_to_a_person_at_once():
    bench = in_doubt()
    (waits,) = bench.journal.waiting()
    bad = waits.request.message.having({23: "0AA"})
    with bench.journal.transaction():
        bench.journal._change(waits, request=type(waits.request)("0400", {2: "1", 23: str(bad.fields[23])}, {}))
    assert bench.till.send_waiting() == 0
    assert waiting(bench)[1] is WaitingState.MANUAL
    assert "报文无法编写" in bench.slips()
    assert bench.till.purchase(100).is_approved


# --- the batch --------------------------------------------------------------------------------------------------------


class RecordedLine:
    """Answers that were heard once, said again to the same number: ``replay``."""

    def __init__(self, bench: TillBench) -> None:
        self._behind = bench.line
        self.heard: list[bytes] = []
        self.replay = False

    def ask(self, payload: bytes, belongs: Callable[[bytes], bool]) -> bytes:
        old = next((each for each in self.heard if belongs(each)), None) if self.replay else None
        answer = old or self._behind.ask(payload, belongs)
        self.heard.append(answer)
        return answer


def test_an_answer_of_the_last_batch_is_none():
    bench = TillBench()
    line = RecordedLine(bench)
    bench.line = line  # type: ignore[assignment]
    till = bench.till
    bought = [till.purchase(AMOUNT).stored.record for _ in range(2)]
    till.void(bought[1].voucher)
    till.settle()
    gone, line.replay = bench.gone, True
    for _ in range(2):
        assert till.purchase(AMOUNT).is_approved
        gone += AMOUNT
        assert bench.gone == gone
    assert till.void(bench.record.voucher).is_approved
    assert bench.gone == gone - AMOUNT


def test_new_keys_are_fetched_behind_a_settlement():
    bench = TillBench()
    bench.till.purchase(AMOUNT)
    bench.till.settle()
    assert bench.till.purchase(AMOUNT).is_approved
    assert len(bench.line.of("0800")) == 2


def test_an_answer_names_the_batch_of_its_request():
    fields = {11: "000002", 41: "12345678", 42: "123456789012345", 4: "0" * 12, 22: "052", 49: "156"}
    request = POS_MESSAGES["purchase"].request("000002", fields)
    same = AcquirerMessage("0210", dict(request.fields))
    assert answers(request, same)
    old = POS_MESSAGES["purchase"].request("000001", fields).fields[60]
    void = POS_MESSAGES["void"].request("000002", fields).fields[60]
    for other in (old, void, None):
        assert not answers(request, same.having({60: other}))
