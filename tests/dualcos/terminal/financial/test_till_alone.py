"""Checks of the payment terminal that nothing else decides: each where it alone says no."""

from __future__ import annotations

import pytest
from msgspec import structs

from dualcos.leash.leash_rules import LeashRule
from dualcos.terminal.financial.atm_transactions import payment_mark
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked, PinBypassed
from dualcos.terminal.financial.kernel.kernel_settings import ATM
from dualcos.terminal.financial.payment_journal import JournalFault, PaymentJournal
from dualcos.terminal.financial.payment_means import MOST_FEN, MOST_IN_BATCH
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from tests.demonstration_bank import AGREED_MERCHANT
from tests.dualcos.terminal.financial.test_pos_transactions import ONLINE_PIN_ALONE, below_the_limit, original_of
from tests.dualcos.terminal.financial.test_till_power_cuts import TillPowerCut
from tests.dualcos.terminal.financial.till_bench import TillBench

TO = "6299990000000000001"


def cause_of(act) -> PaymentRefusal:
    with pytest.raises(PaymentRefused) as refused:
        act()
    return refused.value.cause


def in_doubt(bench: TillBench) -> TillBench:
    """A reversal waits, and nobody answers it."""
    till = bench.till
    bench.host.leash.exchange((LeashRule(drop="before commit"),))
    till.deposit(100) if bench.data.is_atm else till.purchase(100)
    return bench


def test_nothing_that_is_on_line_alone_goes_out_while_a_reversal_waits():
    shop, machine = in_doubt(TillBench()), in_doubt(TillBench(data=ATM))
    sent = len(shop.line.of("0200")), len(machine.line.of("0200"))
    voucher = shop.record.voucher
    for act in (
        lambda: shop.till.void(voucher),
        lambda: shop.till.refund(100, original_of(shop.record)),
        lambda: machine.till.withdraw(100),
        lambda: machine.till.transfer(100, TO),
    ):
        assert cause_of(act) is PaymentRefusal.NO_LINE
    assert (len(shop.line.of("0200")), len(machine.line.of("0200"))) == sent


@pytest.mark.parametrize("amount", [0, -5, MOST_FEN + 1])
def test_a_machine_takes_no_amount_that_is_none(amount):
    till = TillBench(data=ATM).till
    for act in (till.withdraw, till.deposit, lambda fen: till.transfer(fen, TO)):
        assert cause_of(lambda act=act: act(amount)) is PaymentRefusal.AMOUNT


def test_the_greatest_amount_is_one():
    bench = TillBench()
    assert bench.till.purchase(MOST_FEN).stored.record.state is PaymentState.DECLINED
    assert bench.line.of("0200")[0].text(4) == f"{MOST_FEN:012d}"


def test_a_machine_without_keys_for_a_new_pin():
    bench = TillBench(data=ATM)
    bench.new_pin = False
    assert cause_of(bench.till.change_pin) is PaymentRefusal.NO_PART


def test_without_the_old_pin_there_is_no_new_one():
    bench = TillBench("dual-2.0-3des", "pse.elements.9F0E=0000000000", data=ATM)  # the issuer denies nothing
    bench.fingers.entries = [PinBypassed(), PinBypassed()]
    bench.fingers.new = ["654321", "654321"]
    assert cause_of(bench.till.change_pin) is PaymentRefusal.PIN
    assert bench.line.of("0200") == []


def test_a_new_pin_that_only_begins_like_the_first_time_is_another():
    bench = TillBench(data=ATM)
    bench.fingers.new = ["654321", "654320"]
    assert cause_of(bench.till.change_pin) is PaymentRefusal.PINS_DIFFER


@pytest.mark.parametrize("new", ["12", "12345", "1234567", "12345x"])
def test_a_new_pin_has_six_digits(new):
    bench = TillBench(data=ATM)
    bench.fingers.new = [new, new]
    assert cause_of(bench.till.change_pin) is PaymentRefusal.PIN_LENGTH
    assert bench.line.of("0200") == []


def test_a_card_whose_holder_gives_up_its_new_pin_has_not_been_asked_for_a_cryptogram():
    bench = TillBench(data=ATM)
    bench.fingers.new = [PinBypassed()]
    assert cause_of(bench.till.change_pin) is PaymentRefusal.PIN
    assert [each for each in bench.card.passed if each.command[1] == 0xAE] == []


def test_a_dispenser_knows_a_payment_of_a_new_storage_from_an_old_ones():
    bench = TillBench(data=ATM)
    record = bench.till.withdraw(100).stored.record
    assert list(bench.box.paid) == [payment_mark(record)]
    assert payment_mark(structs.replace(record, moment="20260116093000")) not in bench.box.paid


def test_a_pin_that_makes_no_block_is_none():
    bench = TillBench(
        "dual-2.0-3des", "pse.elements.5A=629999010002", "pse.elements.57=629999010002D30122010F", data=ATM
    )
    bench.fingers.new = ["654321", "654321"]
    assert cause_of(bench.till.change_pin) is PaymentRefusal.PIN
    assert bench.fingers.asked == [BankPinAsked.ONLINE]


def test_a_terminal_that_is_signed_off_settles_nothing():
    bench = TillBench()
    bench.till.purchase(100)
    bench.till.sign_off()
    assert cause_of(bench.till.settle) is PaymentRefusal.NOT_SIGNED_ON
    assert not bench.journal.settling


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(JournalFault, match="No such file"):
        PaymentJournal(tmp_path / "none" / "journal")


def test_a_batch_with_as_many_payments_as_its_totals_can_tell():
    bench = TillBench()
    declined = structs.replace(bench.till.purchase(100).stored.record, state=PaymentState.DECLINED, told=True)
    for number in range(1, MOST_IN_BATCH - 1):
        bench.journal.begin(structs.replace(declined, voucher=f"{900_000 + number:06d}"))
    assert bench.till.purchase(100).is_approved
    assert cause_of(lambda: bench.till.purchase(100)) is PaymentRefusal.BATCH_FULL


def test_what_is_not_decided_is_on_no_slip_behind_a_power_cut():
    bench = TillBench()
    till = bench.till
    original = original_of(till.purchase(700).stored.record)
    bench.printer.jams = True
    bench.host.leash.exchange((LeashRule(match={"message": "refund"}, drop="after commit"),))
    till.refund(100, original)
    bench.printer.jams = False
    bench.power_cut()
    assert bench.states == ["approved", "asked"]
    assert "退货" not in bench.slips()


def test_cash_that_may_be_out_is_decided_by_nobody_but_a_dispenser():
    bench = TillBench(data=ATM)

    def gone(_mark: str, _amount: int) -> None:
        raise TillPowerCut

    bench.box.pay = gone  # type: ignore[method-assign]
    with pytest.raises(TillPowerCut):
        bench.till.withdraw(100)
    box, bench.box = bench.box, None  # type: ignore[assignment]
    assert cause_of(bench.power_cut) is PaymentRefusal.NO_PART
    assert bench.states == ["paying"]
    bench.box = box
    bench.power_cut()
    assert bench.states == ["reversing"]


def two_uploads_wait(bench: TillBench, *, more: int = 0) -> TillBench:
    """Off-line purchases that were made while the line was down."""
    bench = below_the_limit(bench)
    for turn in range(2 + more):
        bench.line.down = True
        bench.till.purchase(901 + turn)
    bench.line.down = False
    assert len(bench.journal.waiting()) == 2 + more
    return bench


def test_the_second_silence_ends_it():
    bench = two_uploads_wait(TillBench(), more=1)
    sent = len(bench.line.of("0200"))
    bench.host.leash.exchange((LeashRule(drop="before commit"),))
    assert bench.till.send_waiting() == 3
    assert len(bench.line.of("0200")) == sent + 2


def test_one_silence_holds_up_no_other():
    bench = two_uploads_wait(TillBench())
    bench.host.leash.exchange((LeashRule(match={"message": "offline sale"}, times=1, drop="before commit"),))
    assert bench.till.send_waiting() == 1


@pytest.mark.parametrize("code", ["96", "99"])
def test_an_answer_that_says_try_again_is_no_silence_and_keys_are_fetched_if_it_asks_for_them(code):
    bench = two_uploads_wait(TillBench(), more=1)
    bench.host.leash.exchange((LeashRule(match={"message": "offline sale"}, times=2, refuse=code),))
    assert bench.till.send_waiting() == 2
    assert [each.tries for each in bench.journal.waiting()] == [1, 1]


def test_a_pad_without_keys_takes_no_pin_for_the_bank():
    bench = TillBench("dual-2.0-3des", ONLINE_PIN_ALONE)
    bench.till.purchase(100)
    till = bench.power_cut()
    bench.line.down = True
    record = till.purchase(100).stored.record
    assert record.entry == "052"
    assert record.state.value != "approved"


def test_a_payment_whose_keys_went_with_the_question_before_is_not_sent():
    bench = TillBench("bank-value-added", merchant=AGREED_MERCHANT)
    till = bench.till
    bench.host.leash.exchange((LeashRule(match={"message": "price"}, refuse="99"),))
    assert till.purchase(10_000).stored.record.state is PaymentState.NOT_SENT
    bench.host.leash.exchange(())
    assert till.purchase(10_000).is_approved


def test_a_purchase_whose_upload_was_refused_cannot_be_voided():
    bench = below_the_limit(TillBench())
    bench.host.leash.exchange((LeashRule(match={"message": "offline sale"}, refuse="05"),))
    voucher = bench.till.purchase(900).stored.record.voucher
    assert cause_of(lambda: bench.till.void(voucher)) is PaymentRefusal.NOT_VOIDABLE
