"""Day's end: the terminal's totals are its journal's and the acquirer's; what differs is uploaded; a power cut in the
middle settles nothing twice (message codes as seen in the field).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from msgspec import structs

from dualcos.issuance.acquirer.asked_of_acquirer import BatchName
from dualcos.issuance.acquirer.batch_totals import totals_of
from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.pos_subfields import parted
from dualcos.terminal.financial.day_end import TerminalTotals
from dualcos.terminal.financial.kernel.kernel_settings import ATM
from dualcos.terminal.financial.payment_journal import PaymentJournal
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.slip_layout import columns
from tests.dualcos.terminal.financial.test_pos_transactions import below_the_limit, original_of
from tests.dualcos.terminal.financial.test_till_power_cuts import CutCounter, MeteredJournal, TillPowerCut
from tests.dualcos.terminal.financial.till_bench import TillBench


def a_day(bench: TillBench) -> None:
    """Bought 700, 500 and 300, the 500 voided, 200 of the 700 refunded, one purchase declined, one reversed."""
    till = bench.till
    first = till.purchase(700).stored.record
    second = till.purchase(500).stored.record
    till.purchase(300)
    till.void(second.voucher)
    till.refund(200, original_of(first))
    bench.rules("not-enough")
    till.purchase(9_000)
    bench.rules("answer-lost")
    till.purchase(8_000)
    bench.rules("")


def networks(bench: TillBench) -> list[str]:
    """Network codes of the batch's messages, in order."""
    return [parted(60, each.text(60))["network"] for each in bench.line.sent if each.mti in ("0500", "0320")]


def test_totals_are_the_journals_and_the_acquirers():
    bench = TillBench()
    a_day(bench)
    day = bench.till.settle()
    assert day.balanced
    assert day.totals == TerminalTotals(debit=1_500, debits=3, credit=700, credits=2)
    (told,) = bench.line.of("0500")
    parts = parted(48, told.text(48))
    assert (parts["domestic_debit_amount"], parts["domestic_debit_count"]) == ("000000001500", "003")
    assert (parts["domestic_credit_amount"], parts["domestic_credit_count"]) == ("000000000700", "002")
    assert set(parts["foreign_debit_amount"]) == {"0"}
    acquirers: Any = bench.host.books
    own = totals_of(acquirers.of_batch(BatchName(bench.data.terminal, bench.data.merchant, day.batch)))
    assert (own.debit, own.debits, own.credit, own.credits) == day.totals
    assert bench.gone == 1_500 - 700


def test_the_slip_of_a_day():
    bench = TillBench()
    a_day(bench)
    lines = bench.till.settle().slip.lines
    assert "借记 3笔               RMB 15.00" in lines
    assert "贷记 2笔                RMB 7.00" in lines
    assert lines[-1] == "对账平"
    assert max(columns(line) for line in lines) <= 32
    assert bench.printer.slips[-1] == lines


def test_what_balances_is_followed_by_certificates_alone():
    bench = TillBench()
    a_day(bench)
    bench.till.settle()
    assert networks(bench) == ["201", "203", "203", "203", "207"]
    uploads = [each for each in bench.line.of("0320") if 55 in each.fields]
    assert [each.raw(55)[:3].hex() for each in uploads] == ["9f2608"] * 3


def test_what_does_not_balance_is_uploaded_whole():
    bench = TillBench()
    till = bench.till
    for turn in range(9):
        till.purchase(100 + turn)
    bench.rules("batch-unbalanced")
    day = till.settle()
    assert not day.balanced
    assert day.slip.lines[-1] == "对账不平"
    assert networks(bench) == ["201", "201", "201", *["205"] * 9, "202"]
    details = [parted(48, each.text(48)) for each in bench.line.of("0320")[:2]]
    assert [parts["count"] for parts in details] == ["08", "01"]
    assert details[0]["amount_8"] == "000000000107"
    first = bench.journal.payments()[0].record
    assert (details[0]["stan"], details[1]["amount"]) == (first.voucher, "000000000108")
    assert bench.till.purchase(100).stored.record.batch == "000002"


def test_an_upload_that_was_refused_is_not_in_the_totals():
    bench = below_the_limit(TillBench())
    till = bench.till
    till.purchase(900)
    bench.host.leash.exchange(_refusing_uploads())
    day = till.settle()
    assert (day.totals.debit, day.balanced) == (100, True)
    assert any(line.startswith(f"须人工处理：{bench.record.voucher}") for line in day.slip.lines)
    assert "交易状态：上送被拒，须人工处理" in bench.slips()


def _refusing_uploads():

    return (LeashRule(match={"message": "offline sale"}, refuse="05"),)


def test_an_upload_that_was_taken_is():
    bench = below_the_limit(TillBench())
    bench.till.purchase(900)
    day = bench.till.settle()
    assert (day.totals, day.balanced) == (TerminalTotals(debit=1_000, debits=2), True)
    assert bench.gone == 1_000


def test_the_next_batch_begins_with_number_1_and_settled_accounts_are_masked():
    bench = TillBench()
    bench.till.purchase(100)
    pan = bench.record.pan
    bench.till.settle()
    assert bench.record.pan == f"{pan[:6]}*********{pan[-4:]}"
    assert [each.request.texts[2] for each in bench.journal.waiting_of(1)] == [bench.record.pan]
    record = bench.till.purchase(100).stored.record
    sign_on = bench.line.of("0800")[-1]
    assert (record.batch, sign_on.text(11), record.voucher) == ("000002", "000001", "000002")


def test_nothing_is_settled_while_a_reversal_waits():
    bench = TillBench()
    till = bench.till
    bench.rules("reversal-lost")
    till.purchase(100)
    with pytest.raises(PaymentRefused) as refused:
        till.settle()
    assert refused.value.cause is PaymentRefusal.STILL_WAITING
    assert not bench.journal.settling
    assert bench.journal.batch == "000001"


def test_a_batch_that_is_being_settled_takes_no_payment():
    bench = TillBench()
    bench.till.purchase(100)
    bench.journal.begin_settling()
    with pytest.raises(PaymentRefused) as refused:
        bench.till.purchase(100)
    assert refused.value.cause is PaymentRefusal.SETTLE_FIRST
    assert bench.till.settle().totals.debit == 100
    assert bench.till.purchase(100).is_approved


def test_the_power_goes_at_every_moment_of_it():
    def settled(at: int) -> tuple[TillBench, CutCounter]:
        journal = MeteredJournal()
        bench = TillBench(journal=journal)
        bench.till.purchase(100)
        counter = journal.counter = CutCounter(at)
        bench.line.cut = counter.tick
        with suppress(TillPowerCut):
            bench.till.settle()
        journal.counter, bench.line.cut = CutCounter(), lambda: None
        return bench, counter

    _, counter = settled(-1)
    closed = set[bool]()
    for at in range(counter.count):
        bench, _ = settled(at)
        till = bench.power_cut()
        closed.add(bench.journal.settling)
        if bench.journal.settling:
            with pytest.raises(PaymentRefused, match="finish that first"):
                till.purchase(100)
        if bench.journal.batch == "000002":
            assert bench.slips().count("结算总计单") >= 1
        else:
            day = till.settle()
            assert (day.batch, day.totals.debit, day.balanced) == ("000001", 100, True)
        assert bench.journal.batch == "000002"
        assert till.purchase(100).is_approved
    assert closed == {True, False}


def test_a_slip_of_a_day_that_did_not_get_on_paper_is_printed_later():
    bench = TillBench()
    bench.till.purchase(100)
    bench.printer.jams = True
    day = bench.till.settle()
    bench.printer.jams = False
    assert "结算总计单" not in bench.slips()
    bench.power_cut()
    assert bench.printer.slips[-1][1:] == day.slip.lines
    assert "重打印" in bench.printer.slips[-1][0]
    printed = len(bench.printer.slips)
    bench.power_cut()
    assert len(bench.printer.slips) == printed


def test_what_is_refused_of_an_upload_is_told_and_holds_up_nothing():
    bench = TillBench()
    bench.till.purchase(100)
    bench.host.leash.exchange((LeashRule(match={"message": "TC upload"}, refuse="30"),))
    day = bench.till.settle()
    assert any(line.startswith("上送被拒：") and line.endswith("应答码30") for line in day.slip.lines)
    assert (bench.journal.batch, bench.journal.settling) == ("000002", False)


def acquirer_goes_on(bench: TillBench) -> None:
    """A person has ended the batch there."""
    terminal = bench.host.books.terminal(bench.data.terminal)
    assert terminal is not None
    with bench.host.books.transaction():
        bench.host.books.keep_terminal(structs.replace(terminal, batch="000002"))


def test_a_batch_that_is_not_settled_by_the_acquirer_is_ended_by_a_person():
    bench = TillBench()
    till = bench.till
    till.purchase(100)
    with pytest.raises(PaymentRefused) as refused:
        till.end_batch()
    assert refused.value.cause is PaymentRefusal.NOT_CLOSED
    bench.host.leash.exchange((LeashRule(match={"message": "settlement"}, refuse="95"),))
    with pytest.raises(PaymentRefused):
        till.settle()
    day = till.end_batch()
    assert "未与收单行对账，人工结算" in day.slip.lines
    assert (day.balanced, day.totals.debit, bench.journal.batch) == (False, 100, "000002")
    acquirer_goes_on(bench)
    assert till.purchase(100).is_approved


def test_a_terminal_whose_batch_the_acquirer_has_left_settles_first():
    bench = TillBench()
    bench.till.purchase(100)
    acquirer_goes_on(bench)
    till = bench.power_cut()
    with pytest.raises(PaymentRefused) as refused:
        till.purchase(100)
    assert refused.value.cause is PaymentRefusal.SETTLE_FIRST
    with suppress(PaymentRefused):
        till.settle()
    if bench.journal.settling:
        till.end_batch()
    assert till.purchase(100).is_approved


def test_a_batch_number_comes_again_behind_the_last():
    journal = PaymentJournal()
    bench = TillBench(journal=journal)
    first = bench.till.purchase(100).stored.record
    bench.till.settle()
    with journal.transaction():
        journal._begin_batch(999_999)
    journal.end_settling()
    assert journal.batch == "000001"
    assert (journal.of_batch("000001"), journal.of_voucher("000001", first.voucher), journal.count_in_batch()) == (
        [], None, 0,
    )  # fmt: skip
    again = journal.begin(structs.replace(first, pan="6299990123456789019", told=True))
    assert journal.of_batch("000001") == [again]
    assert journal.of_voucher("000001", first.voucher) == again


def test_what_was_settled_has_no_account_any_more():
    bench = below_the_limit(TillBench())
    till = bench.till
    pan, expiry = bench.record.pan, bench.record.expiry
    till.purchase(900)
    bench.host.leash.exchange(_refusing_uploads())
    till.send_waiting()
    bench.host.leash.exchange((
        LeashRule(match={"message": "purchase"}, times=1, drop="after commit"),
        LeashRule(match={"message": "reversal"}, refuse="25"),
    ))  # fmt: skip
    till.purchase(60_000, forced_online=True)
    till.settle()
    assert sorted(bench.states) == ["approved", "manual", "not-taken"]
    for stored in bench.journal.payments():
        assert (pan in stored.record.pan, stored.record.expiry) == (False, "")
        for each in bench.journal.waiting_of(stored.number):
            assert pan not in each.request.texts.values()
            assert 14 not in each.request.texts
    assert expiry


def test_a_machine_settles_as_well():

    bench = TillBench(data=ATM)
    bench.till.withdraw(2_000)
    bench.till.deposit(500)
    bench.till.balance()
    day = bench.till.settle()
    assert (day.totals, day.balanced) == (TerminalTotals(2_000, 1, 500, 1), True)
