"""Checks of a full-function terminal that decide alone: each refuses what no other would."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from msgspec import structs

from dualcos.messages.authorisation import Business
from dualcos.messages.social_services import PremiumDue, SettlementReported
from dualcos.reader.silent_card import CardGone
from dualcos.terminal.financial.payment_journal import JournalFault
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.full.bill_messages import premium_cancelled, premium_paid
from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.full.full_journal import FullJournal
from dualcos.terminal.full.full_terminal import FullTerminal
from dualcos.terminal.full.one_insertion import OneInsertion
from dualcos.terminal.social.purchase_steps import MOST_FEN
from dualcos.terminal.terminal_forms import FormFactor
from tests.dualcos.terminal.full.full_bench import FullBench, refused
from tests.dualcos.terminal.social.medical_bench import prepared_card
from tests.dualcos.terminal.terminal_bench import WatchedCard


def wanting(bench: FullBench, **changes: Any) -> None:
    """The bureau wants another premium than it does, of its first."""
    bureau: Any = bench.bureau
    real = bureau.ask

    def ask(request: Any) -> Any:
        answer = real(request)
        if isinstance(answer, PremiumDue) and answer.scheme == "390":
            return structs.replace(answer, **changes)
        return answer

    bureau.ask = ask


def test_what_the_bureau_has_no_report_of_is_not_asked_to_be_taken_back():
    """It would refuse, and the settlement stand."""
    bench = FullBench()
    with bench.deaf_to(SettlementReported):
        bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 5, pays=False)
        bench.terminal.cancel(1)
        assert bench.states == ["cancelling"]
    bench.finish()
    assert bench.states == ["cancelled"]
    bench.demand_agreement()


def test_a_settlement_of_another_card_over_the_same_sum_is_not_the_bills():
    bench = FullBench(others=("dual-3.0-sm4",))
    desk, real = bench.desk, bench.desk.settle

    def breaks(*_: Any) -> None:
        raise RuntimeError("a part breaks")

    desk.settle = breaks  # type: ignore[assignment, method-assign]
    with pytest.raises(RuntimeError):
        bench.terminal.settle(bench.admitted(), desk, 20_000)
    bench.put(WatchedCard(prepared_card("dual-3.0-sm4")))
    real(bench.admitted(), 20_000)
    bench.terminal.catch_up()
    assert bench.states == ["not-settled"]


def test_a_premium_of_nothing():
    bench = FullBench()
    wanting(bench, amount=0)
    assert refused(lambda: bench.terminal.premium(bench.admitted())) is BillRefusal.NOTHING_WANTED
    assert bench.journal.bills() == []


def test_a_premium_of_nothing_is_in_no_others_way():
    bench = FullBench()
    wanting(bench, amount=0)
    with pytest.raises(BillRefused, match="390 2026"):
        bench.terminal.premium(bench.admitted())
    assert bench.terminal.premium(bench.admitted(), "110", pays=False).stored.bill.due


@pytest.mark.parametrize("amount", [1, MOST_FEN])
def test_a_premium_of_the_least_and_the_greatest_sum(amount):
    bench = FullBench()
    wanting(bench, amount=amount)
    assert bench.terminal.premium(bench.admitted(), pays=False).stored.bill.due == amount


def test_another_premium_for_the_same_months_is_another_bill():
    """A bureau whose books were restored has another voucher for it; that of the bill is unknown there."""
    bench = FullBench()
    bench.terminal.premium(bench.admitted(), pays=False)
    wanting(bench, voucher="P0000000099-00000000")
    assert refused(lambda: bench.terminal.pay(bench.admitted(), 1)) is BillRefusal.NOT_WANTED
    assert bench.gone == 0


def test_cash_for_what_was_never_settled_goes_back_first():
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 0, 700, pays=False)
    bench.terminal.paid_elsewhere(1, CASH)
    assert refused(lambda: bench.terminal.cancel(1)) is BillRefusal.GIVE_BACK_FIRST
    assert bench.terminal.give_back(1).stored.bill.state is BillState.DUE
    assert bench.terminal.cancel(1).stored.bill.state is BillState.CANCELLED


def test_a_payment_that_is_not_in_the_journal_is_not_taken_back():
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 0, 700)
    bench.journal.amend(bench.journal.bills()[0], payment=9)
    assert refused(lambda: bench.terminal.take_back(1)) is BillRefusal.NOT_PAID


@pytest.mark.parametrize("what", ["nothing", "a purchase", "another refund", "another without an answer"])
def test_what_is_no_refund_of_the_bills_payment_gives_nothing_back(what):
    """The power went when the bill had the number of its refund, and the refund was not begun."""
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 0, 700)
    other = bench.terminal.bank.purchase(300).stored.record
    bench.finish()
    bench.terminal.bank.settle()
    bench.journal.amend(bench.journal.bills()[0], refund=3)
    if what == "a purchase":
        bench.terminal.bank.purchase(5)
    elif what == "another refund":
        bench.terminal.bank.refund(300, other.as_original)
    elif what == "another without an answer":
        refund = {"state": PaymentState.ASKED, "business": Business.REFUND.name, "original": other.as_original}
        bench.journal.payments.begin(structs.replace(other, voucher="000099", **refund))
    bench.terminal.catch_up()
    assert (bench.states, bench.journal.bills()[0].bill.refund) == (["paid"], 0)
    bench.terminal.take_back(1)
    bench.finish()
    assert bench.states == ["due"]
    bench.demand_agreement()


def test_only_a_premium_is_reported_as_one():
    bench = FullBench()
    bench.terminal.settle(bench.admitted(), bench.desk, 0, 700)
    bill, paid = bench.journal.bills()[0].bill, bench.journal.payments.payments()[0].record
    with pytest.raises(ValueError, match="no premium"):
        premium_paid(bill, 1, "20260115093000", None)
    with pytest.raises(ValueError, match="no premium"):
        premium_cancelled(bill, 1, paid)


@pytest.mark.parametrize("start", ["power_on", "reset"])
def test_the_bank_half_has_no_power_of_its_own_in_a_business_of_both(start):
    bench = FullBench()
    insertion = OneInsertion(bench.slot)
    with insertion.shared(), pytest.raises(CardGone):
        getattr(insertion.bank, start)()
    assert bench.card.power == []
    assert getattr(insertion.bank, start)()


def test_of_a_file_that_cannot_be_had_the_disks_own_words_are_told(tmp_path, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda name, **how: connect(name, **{**how, "timeout": 0}))
    with FullJournal(tmp_path / "journal"), pytest.raises(JournalFault) as caught:
        FullJournal(tmp_path / "journal")
    assert "name another file" not in caught.value.en
    assert "format" not in caught.value.en


def test_both_halves_are_of_one_form_and_print_on_one_paper():
    """A slip that the bank half printed for itself would be on paper twice, or a bill's nowhere."""
    there, kiosk = FullBench().terminal, FullBench(form=FormFactor.KIOSK).terminal
    paper = there.bank.parts.printer
    assert FullTerminal(there.insertion, there.social, there.bank, there.journal, paper).cell.form is FormFactor.POS
    for social, bank, printer, cell in (
        (there.social, there.bank, None, there.cell),
        (there.social, there.bank, paper, kiosk.cell),
        (kiosk.social, there.bank, paper, there.cell),
    ):
        with pytest.raises(ValueError, match="one form"):
            FullTerminal(there.insertion, social, bank, there.journal, printer, cell=cell)
