"""Each ATM transaction, on a card of two environments and on a bank's own; cash goes out behind the card's certificate
alone, and what did not go out is not paid for (PBOC-6 §5, §7; PBOC-4 §6.2.12.5).
"""

from __future__ import annotations

from typing import Any

import pytest

from dualcos.issuance.bank.authorisation.card_orders import CARD_ORDERS
from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.pos_subfields import parted
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked, BankPinTimedOut
from dualcos.terminal.financial.kernel.kernel_settings import ATM
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.financial.payment_parts import PinChangeAsked
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from tests.demonstration_bank import BANK_OPENING, ONLINE_PIN
from tests.dualcos.terminal.financial.test_pos_transactions import at_command
from tests.dualcos.terminal.financial.till_bench import TillBench

CARDS = ("dual-2.0-3des", "bank-sda")
TO = "6299990000000000001"


def machine(card: str = CARDS[0]) -> TillBench:
    """An ATM, another account at the same bank beside the card's."""
    bench = TillBench(card, data=ATM)
    bench.open_account(TO)
    return bench


def answers(bench: TillBench, **rule: Any) -> None:
    """What the acquirer does with whatever comes."""
    bench.host.leash.exchange((LeashRule(**rule),))


@pytest.mark.parametrize("card", CARDS)
def test_a_withdrawal(card):
    bench = machine(card)
    outcome = bench.till.withdraw(20_000)
    assert outcome.is_approved
    assert list(bench.box.paid.values()) == [20_000]
    assert bench.gone == 20_000
    (asked,) = bench.line.of("0200")
    assert (asked.text(3), parted(60, asked.text(60))["kind"], len(asked.raw(52))) == ("010000", "02", 8)
    assert BankPinAsked.ONLINE in bench.fingers.asked
    assert "交易类型：取款" in bench.slips()


@pytest.mark.parametrize("name", ["no-arpc", "not-enough", "issuer-down"])
def test_no_cash_without_the_cards_certificate(name):
    bench = machine()
    till = bench.till
    bench.rules(name)
    assert not till.withdraw(20_000).is_approved
    assert bench.box.paid == {}
    bench.rules("")
    till.send_waiting()
    assert bench.gone == 0


def test_cash_that_does_not_come_out_is_reversed():
    bench = machine()
    bench.box.fails = True
    record = bench.till.withdraw(20_000).stored.record
    assert (record.state, record.reason) == (PaymentState.REVERSING, "96")
    assert "交易成功" not in bench.slips()
    bench.till.send_waiting()
    assert bench.gone == 0
    assert bench.line.of("0400")[0].text(39) == "96"


def test_scripts_come_before_the_cash():
    bench = machine()
    issuer: Any = bench.host.issuer
    issuer.order(next(iter(issuer.cards)), CARD_ORDERS["block-application"])
    done = []
    bench.box.pay = lambda _mark, _amount: done.append(len(bench.card.passed))
    bench.till.withdraw(20_000)
    assert done == [len(bench.card.passed)]
    assert bench.card.passed[-1].command[1] == 0x1E


@pytest.mark.parametrize("card", CARDS)
def test_a_deposit_brings_money(card):
    bench = machine(card)
    assert bench.till.deposit(30_000).is_approved
    assert bench.gone == -30_000
    assert (bench.mouth.held, bench.mouth.kept, bench.mouth.back) == (0, 30_000, 0)


def test_notes_of_a_deposit_that_is_surely_not_booked_come_out_again():
    bench = machine()
    till = bench.till
    answers(bench, refuse="43")
    assert not till.deposit(30_000).is_approved
    assert "钞票已退还" in bench.slips()
    bench.line.down = True
    assert till.deposit(10_000).stored.record.state is PaymentState.NOT_SENT
    assert (bench.mouth.held, bench.mouth.kept, bench.mouth.back) == (0, 0, 40_000)
    assert bench.gone == 0


def test_notes_come_out_again_if_the_card_ends_it_before_anything_is_asked():
    bench = machine()
    till = bench.till
    bench.card.pull_at = 2, False
    with pytest.raises(TransactionEnded):
        till.deposit(30_000)
    assert (bench.mouth.held, bench.mouth.back) == (0, 30_000)


def test_notes_of_a_deposit_in_doubt_stay_and_the_slip_is_the_proof():
    bench = machine()
    till = bench.till
    answers(bench, drop="after commit")
    assert till.deposit(30_000).stored.record.state is PaymentState.REVERSING
    assert (bench.mouth.held, bench.mouth.kept, bench.mouth.back) == (0, 30_000, 0)
    assert "钞票留在机内" in bench.slips()
    assert "请勿交付" not in bench.slips()


def test_notes_that_were_counted_when_the_power_went_come_out_again():
    bench = machine()
    assert bench.till is not None
    bench.mouth.held = 5_000
    bench.power_cut()
    assert (bench.mouth.held, bench.mouth.back) == (0, 5_000)


def test_notes_of_a_deposit_that_was_open_when_the_power_went_stay():
    bench = machine()
    assert bench.till is not None

    def gone() -> None:
        if bench.line.of("0200"):
            raise KeyboardInterrupt

    bench.line.cut = gone
    with pytest.raises(KeyboardInterrupt):
        bench.till.deposit(5_000)
    assert bench.mouth.held == 5_000
    bench.line.cut = lambda: None
    bench.power_cut()
    assert (bench.mouth.held, bench.mouth.kept) == (0, 5_000)
    assert "钞票留在机内" in bench.slips()


def test_notes_that_do_not_go_in():
    bench = machine()
    bench.mouth.fails = True
    with pytest.raises(PaymentRefused) as refused:
        bench.till.deposit(5_000)
    assert refused.value.cause is PaymentRefusal.NOTES
    bench.mouth = None  # type: ignore[assignment]
    bench.power_cut()
    with pytest.raises(PaymentRefused) as refused:
        bench.till.deposit(5_000)
    assert refused.value.cause is PaymentRefusal.NO_PART


@pytest.mark.parametrize("card", CARDS)
def test_a_transfer(card):
    bench = machine(card)
    assert bench.till.transfer(5_000, TO).is_approved
    assert bench.gone == 5_000
    (asked,) = bench.line.of("0200")
    assert parted(48, asked.text(48))["account_to"].strip() == TO
    assert "转入账号：629999*********0001" in bench.slips()


def test_a_transfer_that_the_card_declines_is_reversed():
    bench = machine()
    like = machine()
    like.till.transfer(5_000, TO)
    bench.card.pull_at = at_command(like.card, 0xAE, 1), False
    assert bench.till.transfer(5_000, TO).stored.record.state is PaymentState.REVERSING
    bench.till.send_waiting()
    assert bench.gone == 0


@pytest.mark.parametrize("to", ["", "12345x", "1" * 29])
def test_accounts_that_are_none(to):
    bench = machine()
    with pytest.raises(PaymentRefused) as refused:
        bench.till.transfer(5_000, to)
    assert refused.value.cause is PaymentRefusal.ACCOUNT
    assert bench.states == []


@pytest.mark.parametrize("card", CARDS)
def test_a_balance_at_a_machine_takes_the_banks_pin(card):
    bench = machine(card)
    record = bench.till.balance().stored.record
    assert record.balances == (BANK_OPENING, BANK_OPENING)
    assert bench.line.of("0200")[0].text(22) == "051"


@pytest.mark.parametrize("card", CARDS)
def test_the_banks_pin_is_changed_and_the_old_one_is_wrong_then(card):
    bench = machine(card)
    bench.fingers.new = ["654321", "654321"]
    assert bench.till.change_pin().is_approved
    assert bench.fingers.asked == [BankPinAsked.ONLINE, *PinChangeAsked]
    assert bench.till.balance().stored.record.code == "55"
    bench.fingers.entries = ["654321"]
    assert bench.till.balance().is_approved
    kept = [each.request for each in bench.journal.waiting_of(1)]
    assert all(62 not in each.raw and 52 not in each.raw for each in kept)


@pytest.mark.parametrize(
    ("typed", "cause"),
    [
        (["654321", "654322"], PaymentRefusal.PINS_DIFFER),
        ([BankPinTimedOut()], PaymentRefusal.PIN),
        (["65432", "65432"], PaymentRefusal.PIN_LENGTH),
        (["6543210", "6543210"], PaymentRefusal.PIN_LENGTH),
        ([ONLINE_PIN, ONLINE_PIN], PaymentRefusal.SAME_PIN),
    ],
)
def test_a_new_pin_that_is_none_changes_nothing(typed, cause):
    bench = machine()
    bench.fingers.new = list(typed)
    with pytest.raises(PaymentRefused) as refused:
        bench.till.change_pin()
    assert refused.value.cause is cause
    assert bench.line.of("0200") == []
    assert [each for each in bench.card.passed if each.command[1] == 0xAE] == []


def test_a_lost_card_stays_in_the_machine():
    bench = machine()
    till = bench.till
    bench.rules("card-lost")
    record = till.withdraw(20_000).stored.record
    assert (record.code, record.retained) == ("41", True)
    assert bench.throat.done == ["given back", "retained"]  # given back: at power-up
    assert "卡片已被保留" in bench.slips()


def test_a_lost_card_stays_in_the_machine_whatever_it_was_put_in_for():
    bench = machine()
    till = bench.till
    answers(bench, refuse="43")
    assert till.balance().stored.record.retained
    assert bench.throat.done[-1] == "retained"


@pytest.mark.parametrize("cut", [False, True])
def test_a_card_that_was_being_kept_when_the_power_went_is_kept(cut):
    bench = machine()
    till = bench.till
    bench.rules("card-lost")
    retain = bench.throat.retain

    def gone() -> None:
        if cut:
            retain()
        raise KeyboardInterrupt

    bench.throat.retain = gone  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        till.withdraw(20_000)
    bench.throat.retain = retain  # type: ignore[method-assign]
    bench.throat.done.clear()
    bench.power_cut()
    assert bench.throat.done == ["retained"]
    assert "卡片已被保留" in bench.slips()
    bench.power_cut()
    assert bench.throat.done == ["retained", "given back"]


def test_a_card_that_is_only_declined_comes_out_again():
    bench = machine()
    till = bench.till
    bench.rules("not-enough")
    assert not till.withdraw(20_000).stored.record.retained
    assert "retained" not in bench.throat.done


def test_the_power_gives_the_card_back():
    bench = machine()
    assert bench.till is not None
    bench.throat.done.clear()
    bench.power_cut()
    assert bench.throat.done == ["given back"]


def test_a_machine_without_a_dispenser_pays_nothing():
    bench = machine()
    bench.box = None  # type: ignore[assignment]
    with pytest.raises(PaymentRefused) as refused:
        bench.till.withdraw(20_000)
    assert refused.value.cause is PaymentRefusal.NO_PART


def test_a_machine_is_never_content_with_itself():
    bench = machine()
    till = bench.till
    bench.line.down = True
    assert till.withdraw(20_000).stored.record.state is PaymentState.NOT_SENT
    assert bench.box.paid == {}
