"""When one half fails the other stands as it does (总体方案 二（二）; PBOC-4 §6.2.12.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dualcos.profile.schema import names
from dualcos.terminal.financial.kernel.kernel_parts import BankPinCancelled
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_record import CASH, OTHER_CARD
from dualcos.terminal.full.bill_refused import BillRefused
from dualcos.terminal.full.bill_states import BillEvent, BillState
from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.full.full_bench import FullBench
from tests.dualcos.terminal.social.medical_bench import DEBIT, INITIALIZE, prepared_card
from tests.dualcos.terminal.terminal_bench import WatchedCard

TOTAL, OWN = 20_000, 1_500
DUAL = tuple(name for name in names() if name.startswith("dual-"))


def settled(bench: FullBench, **how: Any) -> BillOutcome:
    return bench.terminal.settle(bench.admitted(), bench.desk, TOTAL, OWN, **how)


def payment_commands(bench: FullBench) -> list[str]:
    """What only the bank's side is asked."""
    return [each for each in bench.card.commands if each.startswith(("00A4040008A0", "80A8", "80AE", "00A404000E31"))]


def pulled_at(bench: FullBench, begins: bytes, *, carried_out: bool, turn: int = 1) -> None:
    """The card is out of the reader from that command on."""
    real, seen = bench.card.exchange, [0]

    def exchange(command: bytes) -> bytes:
        seen[0] += command.startswith(begins)
        if command.startswith(begins) and seen[0] == turn:
            if carried_out:
                real(command)
            bench.card.pull()
        return real(command)

    bench.card.exchange = exchange  # type: ignore[method-assign]


def put_back(bench: FullBench) -> None:
    del bench.card.exchange  # type: ignore[method-assign]
    bench.card.put_back()


# --- the social half --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", DUAL)
@pytest.mark.parametrize("why", ["refused", "silent", "PIN", "pulled before"])
def test_what_was_not_settled_is_not_paid_and_the_slip_says_so(profile, why):
    bench = FullBench(profile)
    if why == "refused":
        bench.bureau_rules("refuses-settlement")
    elif why == "silent":
        at = bench.admitted()
        bench.bureau.down = True
    elif why == "PIN":
        bench.typing.digits = ["000000", "000001", "000002"]
    else:
        pulled_at(bench, INITIALIZE, carried_out=False)
    outcome = bench.terminal.settle(at if why == "silent" else bench.admitted(), bench.desk, TOTAL, OWN)
    assert outcome.stored.bill.state is BillState.NOT_SETTLED
    assert outcome.stopped is not None
    assert not outcome.is_done
    assert payment_commands(bench) == []
    assert bench.line.of("0200") == []
    assert all("未结算，未支付" in "\n".join(slip) for slip in bench.printer.slips)
    assert bench.printer.slips
    if why == "pulled before":
        put_back(bench)
    bench.finish()
    assert bench.gone == 0
    if why != "PIN":  # of a locked card nobody reads the totals
        bench.demand_agreement()


@pytest.mark.parametrize("mode", [SettlementMode.ONLINE, SettlementMode.OFFLINE])
def test_a_wrong_mac2_stops_before_the_payment_and_the_record_is_kept(mode):
    bench, parts = FullBench(mode=mode), None
    if mode is SettlementMode.OFFLINE:
        bench.desk.load(bench.admitted(), 50_000)
        parts = OrderAmounts(10_000, 7_000, 3_000)
    real, begun = bench.card.exchange, [False]

    def exchange(command: bytes) -> bytes:
        answer = real(command)
        begun[0] = command.startswith(DEBIT) or (begun[0] and command[1] == 0xC0)
        return answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:] if begun[0] and len(answer) > 8 else answer

    bench.card.exchange = exchange  # type: ignore[method-assign]
    outcome = settled(bench, amounts=parts)
    assert outcome.stopped is not None
    assert outcome.stopped.cause is StopCause.MAC2_WRONG
    assert outcome.stored.bill.state is BillState.SUSPICIOUS
    (record,) = (each.record for each in bench.journal.social.records() if not each.record.is_load)
    assert record.state is RecordState.SUSPICIOUS
    assert record.tac
    assert payment_commands(bench) == []
    assert bench.gone == 0
    for refused in (
        lambda: bench.terminal.pay(bench.admitted(), 1),
        lambda: bench.terminal.paid_elsewhere(1, CASH),
        lambda: bench.terminal.cancel(1),
    ):
        with pytest.raises(BillRefused):
            refused()
    assert bench.terminal.resume(bench.admitted(), bench.desk)[0].stored.bill.state is BillState.SUSPICIOUS
    assert bench.gone == 0


def test_a_tac_that_the_bureau_refuses_later_keeps_what_is_due_from_being_paid():
    """In mode 3 it hears of it when all is over; in the meantime somebody may come to pay."""
    bench = FullBench(mode=SettlementMode.OFFLINE)
    bench.desk.load(bench.admitted(), 50_000)
    real, begun = bench.card.exchange, [False]

    def exchange(command: bytes) -> bytes:
        answer = real(command)
        begun[0] = command.startswith(DEBIT) or (begun[0] and command[1] == 0xC0)
        return bytes((answer[0] ^ 1,)) + answer[1:] if begun[0] and len(answer) > 8 else answer

    bench.card.exchange = exchange  # type: ignore[method-assign]
    settled(bench, amounts=OrderAmounts(10_000, 7_000, 3_000), pays=False)
    settled(bench, amounts=OrderAmounts(10_000, 7_000, 3_000), pays=False)
    del bench.card.exchange  # type: ignore[method-assign]
    assert bench.states == ["due", "due"]
    bench.desk.upload()
    with pytest.raises(BillRefused, match="suspicious"):
        bench.terminal.pay(bench.admitted(), 1)
    assert bench.terminal.resume(bench.admitted(), bench.desk) is not None
    assert (bench.states, bench.gone) == (["suspicious", "suspicious"], 0)
    with pytest.raises(BillRefused):
        bench.terminal.paid_elsewhere(2, CASH)


# --- the bank half ----------------------------------------------------------------------------------------------------


def cash(bench: FullBench) -> BillOutcome:
    return bench.terminal.paid_elsewhere(1, CASH)


def other_card(bench: FullBench) -> BillOutcome:
    return bench.terminal.paid_elsewhere(1, OTHER_CARD)


def cancel(bench: FullBench) -> BillOutcome:
    return bench.terminal.cancel(1)


def again(bench: FullBench) -> BillOutcome:
    return bench.terminal.pay(bench.admitted(), 1)


@pytest.mark.parametrize("profile", DUAL)
@pytest.mark.parametrize("then", [cash, other_card, cancel, again])
def test_declined_by_the_bank_the_settlement_stays_and_the_rest_is_open(
    profile: str, then: Callable[[FullBench], BillOutcome]
) -> None:
    bench = FullBench(profile)
    bench.rules("not-enough")
    outcome = settled(bench)
    assert outcome.stored.bill.state is BillState.DUE
    (record,) = bench.journal.social.records()
    assert record.record.state is RecordState.COMPLETE
    assert record.record.tac
    bench.rules()
    ended = then(bench)
    assert ended.stored.bill.state in (BillState.ELSEWHERE, BillState.CANCELLED, BillState.PAID)
    assert bench.gone == (OWN if then is again else 0)
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize("profile", DUAL)
@pytest.mark.parametrize("how", ["AAC", "pulled", "pulled behind"])
def test_approved_on_line_and_refused_by_the_card_is_reversed_and_the_settlement_stands(profile, how):
    bench = FullBench(profile)
    if how == "AAC":
        bench.rules("wrong-arpc")
        bench.card.bend = _refusing_at_the_second
    else:
        pulled_at(bench, b"\x80\xae", carried_out=how == "pulled behind", turn=2)
    outcome = settled(bench)
    assert outcome.stored.bill.state is BillState.DUE
    assert bench.journal.social.records()[0].record.state is RecordState.COMPLETE
    bench.card.bend = None
    if how != "AAC":
        put_back(bench)
    bench.finish()
    assert (bench.line.of("0400") != [], bench.gone) == (True, 0)
    assert bench.terminal.pay(bench.admitted(), 1).is_done
    bench.finish()
    assert bench.gone == OWN
    bench.demand_agreement()


def _refusing_at_the_second(command: bytes, answer: bytes) -> bytes:
    return b"\x69\x85" if command.startswith(b"\x80\xae\x50") else answer


def test_power_lost_between_the_halves_leaves_the_payment_open():
    bench = FullBench()
    _at_the_seam(bench, lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        settled(bench)
    bench.power_cut()
    assert (bench.states, bench.gone) == (["due"], 0)
    assert bench.journal.social.records()[0].record.state is RecordState.COMPLETE
    assert "待支付" in "\n".join(bench.printer.slips[-1])
    (paid,) = bench.terminal.resume(bench.admitted(), bench.desk)
    assert paid.is_done
    assert bench.gone == OWN
    bench.finish()
    bench.demand_agreement()


def _at_the_seam(bench: FullBench, act: Callable[[], object]) -> None:
    """Right behind the social half, when the bill is due and nothing of the bank has begun."""
    step = bench.journal.step

    def stepped(stored: Any, event: BillEvent, **changes: Any) -> Any:
        after = step(stored, event, **changes)
        if event is BillEvent.SETTLED:
            act()
        return after

    bench.journal.step = stepped  # type: ignore[method-assign]


@pytest.mark.parametrize("power", [False, True], ids=["no power", "power"])
@pytest.mark.parametrize("other", [False, True], ids=["same card", "other card"])
def test_a_card_that_was_out_of_the_slot_between_the_halves_pays_nothing(other, power):
    """Nor does the one that lies there instead, whoever gave it power."""
    bench = FullBench()
    stranger = WatchedCard(prepared_card("dual-3.0-sm4"))

    def exchanged() -> None:
        bench.put(stranger if other else bench.side)
        if power:
            bench.slot.power_on()

    _at_the_seam(bench, exchanged)
    outcome = settled(bench)
    assert outcome.stored.bill.state is BillState.DUE
    assert isinstance(outcome.unpaid, TransactionEnded)
    assert outcome.unpaid.cause is EndCause.NO_CARD
    assert (bench.gone, bench.journal.payments.payments()) == (0, [])
    assert [each for each in stranger.commands if not each.startswith("00200000")] == []
    assert payment_commands(bench) == []


def test_a_card_that_is_changed_within_the_bank_half_pays_nothing():
    bench = FullBench()
    stranger = WatchedCard(prepared_card("dual-3.0-sm4"))
    real = bench.side.exchange

    def exchange(command: bytes) -> bytes:
        answer = real(command)
        if command.startswith(b"\x80\xa8"):
            bench.put(stranger)
        return answer

    bench.side.exchange = exchange  # type: ignore[method-assign]
    outcome = settled(bench)
    assert (outcome.stored.bill.state, bench.gone) == (BillState.DUE, 0)
    assert stranger.commands == []


def test_another_card_at_the_desk_pays_no_bill_of_this_one():
    bench = FullBench(others=("dual-3.0-sm4",))
    settled(bench, pays=False)
    bench.terminal.premium(bench.admitted(), pays=False)
    stranger = WatchedCard(prepared_card("dual-3.0-sm4"))
    bench.put(stranger)
    for number in (1, 2):
        with pytest.raises(BillRefused, match="not the card"):
            bench.terminal.pay(bench.admitted(), number)
    assert bench.terminal.resume(bench.admitted(), bench.desk) == ()
    assert bench.journal.payments.payments() == []
    bench.put(bench.side)
    assert bench.terminal.pay(bench.admitted(), 1).is_done
    bench.put(stranger)
    taken_back = bench.terminal.take_back(1)
    assert isinstance(taken_back.unpaid, PaymentRefused)
    assert (bench.states, bench.gone) == (["paid", "due"], OWN)


# --- one side of the card is not to be used ---------------------------------------------------------------------------


@pytest.mark.parametrize("blocked", ["application", "card"])
def test_a_blocked_bank_side_takes_no_payment_and_the_settlement_stands(blocked):
    """The wall is the card's: no block of one side is one of the other."""
    bench = FullBench()
    if blocked == "application":
        bench.rules("blocks-application")
        bench.terminal.bank.purchase(100)
        bench.rules()
        paid = bench.gone
    else:
        paid = 0
        bench.card.bend = lambda command, answer: (
            b"\x6a\x81" if command.startswith(b"\x00\xa4\x04") and b"1PAY" in command else answer
        )
    outcome = settled(bench)
    assert outcome.stored.bill.state is BillState.DUE
    assert isinstance(outcome.unpaid, TransactionEnded)
    assert bench.journal.social.records()[-1].record.state is RecordState.COMPLETE
    assert bench.terminal.paid_elsewhere(1, CASH).is_done
    assert bench.gone == paid


def test_a_locked_social_pin_settles_nothing_and_the_bank_side_still_pays():
    bench = FullBench()
    bench.typing.digits = ["000000", "000001", "000002"]
    assert settled(bench).stored.bill.state is BillState.NOT_SETTLED
    outcome = settled(bench)
    assert outcome.stopped is not None
    assert outcome.stopped.cause is StopCause.PIN_LOCKED
    assert bench.terminal.bank.purchase(700).is_approved
    assert bench.terminal.premium(bench.admitted()).is_done
    due = bench.journal.bills()[-1].bill.due
    bench.finish()
    assert bench.gone == 700 + due


def test_a_card_without_a_bank_side_settles_and_its_holder_pays_in_cash():
    bench = FullBench("social-2.0")
    outcome = settled(bench)
    assert outcome.stored.bill.state is BillState.DUE
    assert isinstance(outcome.unpaid, TransactionEnded)
    assert outcome.unpaid.cause is EndCause.NO_APPLICATION
    assert "待支付" in "\n".join(bench.printer.slips[-1])
    assert bench.terminal.paid_elsewhere(1, CASH).is_done
    assert bench.line.of("0200") == []


def test_a_fault_of_a_part_in_the_bank_half_is_looked_up_before_anything_else_is_done():
    """What was asked on line is reversed, and the bill is due again; no reader, pad or printer decides otherwise."""
    bench = FullBench()
    real = bench.line.ask

    def breaks(payload: bytes, belongs: Any) -> bytes:
        real(payload, belongs)
        raise RuntimeError("a part breaks")

    assert bench.terminal is not None  # signed on
    bench.line.ask = breaks  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        settled(bench)
    bench.line.ask = real  # type: ignore[method-assign]
    assert bench.states == ["paying"]
    bench.terminal.catch_up()
    assert bench.states == ["due"]
    bench.finish()
    assert bench.gone == 0
    assert bench.terminal.pay(bench.admitted(), 1).is_done
    bench.finish()
    bench.demand_agreement()


@pytest.mark.parametrize(
    ("typed", "blocked"),
    [
        (["9999", "9999", BankPinCancelled()], False),
        (["9999", "9999", "9999", BankPinCancelled()], True),
        (["9999", "9999", "9999", "000001"], True),
    ],
    ids=["cancelled in time", "cancelled", "declined"],
)
def test_a_bill_says_that_its_cards_own_bank_pin_is_blocked(typed: list[str | Exception], blocked: bool) -> None:
    """On paper, where the cashier and the holder look for why it is not paid."""
    bench = FullBench()
    bench.fingers.entries = typed
    assert settled(bench).stored.bill.state is BillState.DUE
    paper = "".join(line.strip() for line in bench.printer.slips[-1])
    assert ("银行卡脱机密码已锁定" in paper) == blocked
