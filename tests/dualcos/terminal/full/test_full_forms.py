"""A full-function terminal in each form (总体方案 一（二）, 二（二）), made as the tool makes it: every business that
the form is for runs its flow on one card, and of every other neither card, nor acquirer, nor storage hears.

What a form is for: ``test_terminal_forms``. Nothing serves a bill at a terminal that has none, whoever left it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from types import MappingProxyType
from typing import Any

import pytest

from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.full.full_terminal import FullTerminal
from dualcos.terminal.social.blocking import block_application, block_card
from dualcos.terminal.social.inquiry import InquiryOrder, inquire
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.pin_services import change_pin, unblock_pin
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.updates_in_journal import UpdatesInJournal
from dualcos.terminal.social.updating import update, update_online
from dualcos.terminal.terminal_forms import CELLS, FormFactor, TerminalBusiness, TerminalKind, cell_of
from tests.dualcos.terminal.full.full_bench import FullBench
from tests.dualcos.terminal.social.flow_scripts import LOCKABLE, NEW_PIN, directory, item_update
from tests.dualcos.terminal.terminal_bench import PIN

Act = Callable[[FullBench], Any]
B = TerminalBusiness
TO = "6299990000000000001"
ORIGINAL = OriginalPayment(batch="000001", voucher="000001", day="0115", reference="000000000001")


def pin_changed(bench: FullBench) -> None:
    bench.typing.digits[:] = [PIN, NEW_PIN, NEW_PIN]
    change_pin(bench.admitted())


def updated(bench: FullBench) -> object:
    at = bench.admitted()
    return update(at, item_update(at), UpdatesInJournal(bench.journal.social))


def updated_online(bench: FullBench) -> object:
    back_end = bench.terminal.social.parts.back_end
    assert back_end is not None
    return update_online(bench.admitted(), "DF03EF05", back_end, UpdatesInJournal(bench.journal.social))


def application_blocked(bench: FullBench) -> None:
    at = bench.admitted()
    block_application(at, directory(at, LOCKABLE))


def bank_pin_changed(bench: FullBench) -> object:
    bench.fingers.new = ["246824", "246824"]
    return bench.terminal.bank.change_pin()


def settled(bench: FullBench, *, pays: bool = True) -> object:
    return bench.terminal.settle(bench.admitted(), bench.desk, 5_000, 700, pays=pays)


ACTS: Mapping[TerminalBusiness, Act] = MappingProxyType(
    {
        B.INQUIRY: lambda bench: inquire(bench.admitted(), InquiryOrder("SSSEEF05")),
        B.PIN_CHANGE: pin_changed,
        B.ONLINE_UPDATE: updated_online,
        B.UPDATE: updated,
        B.PIN_SERVICE: lambda bench: unblock_pin(bench.admitted()),
        B.CARD_BLOCK: lambda bench: block_card(bench.admitted()),
        B.APPLICATION_BLOCK: application_blocked,
        B.SETTLEMENT: lambda bench: bench.desk.settle(bench.admitted(), 1_000),
        B.LOAD: lambda bench: bench.desk.load(bench.admitted(), 1_000),
        B.BALANCE: lambda bench: bench.terminal.bank.balance(),
        B.PURCHASE: lambda bench: bench.terminal.bank.purchase(500),
        B.VOID: lambda bench: bench.terminal.take_back(1),
        B.REFUND: lambda bench: bench.terminal.bank.refund(100, ORIGINAL),
        B.WITHDRAWAL: lambda bench: bench.terminal.bank.withdraw(10_000),
        B.DEPOSIT: lambda bench: bench.terminal.bank.deposit(5_000),
        B.TRANSFER: lambda bench: bench.terminal.bank.transfer(700, TO),
        B.BANK_PIN_CHANGE: bank_pin_changed,
        B.COMBINED: settled,
        B.PREMIUM: lambda bench: bench.terminal.premium(bench.admitted()),
        B.CANCELLING: lambda bench: bench.terminal.cancel(1),
        B.PAID_OTHERWISE: lambda bench: bench.terminal.paid_elsewhere(1, CASH),
    }
)


def refunded(bench: FullBench) -> object:
    old = bench.terminal.bank.purchase(400).stored.record
    return bench.terminal.bank.refund(300, old.as_original)


BEFORE: Mapping[TerminalBusiness, Act] = MappingProxyType(
    {B.VOID: settled, B.CANCELLING: partial(settled, pays=False), B.PAID_OTHERWISE: partial(settled, pays=False)}
)
"""What must be there for it, at the same terminal."""
CAME: Mapping[TerminalBusiness, list[str]] = MappingProxyType(
    {
        B.COMBINED: ["paid"],
        B.PREMIUM: ["paid"],
        B.VOID: ["due"],
        B.CANCELLING: ["cancelled"],
        B.PAID_OTHERWISE: ["elsewhere"],
    }
)
"""In which states its bills are then."""
ALLOWED = [
    (form, each)
    for form, each in product(FormFactor, ACTS)
    if cell_of(TerminalKind.FULL, form).may(each)
]  # fmt: skip
FORBIDDEN = [pair for pair in product(FormFactor, ACTS) if pair not in ALLOWED]


def bench_of(form: FormFactor, mode: SettlementMode = SettlementMode.ONLINE) -> FullBench:
    """On line a card's own account is not loaded."""
    bench = FullBench(mode=mode, form=form)
    issuer: Any = bench.host.issuer
    own = next(iter(issuer.cards.values()))
    issuer.cards[TO] = type(own)(pan=TO, sequence="01", expiry="3012", account="another", opening=0)
    return bench


def test_each_business_is_tried_but_the_running_of_the_terminal():
    """Which is in no call of the terminal's own: see ``test_advice_at_form`` and ``test_terminal_form_option``."""
    assert set(ACTS) == set(TerminalBusiness) - {B.SERVICE}
    assert len(CELLS) == 12


@pytest.mark.parametrize(("form", "business"), ALLOWED)
def test_what_a_form_is_for_runs_its_flow(form, business):
    bench = bench_of(form, SettlementMode.OFFLINE if business is B.LOAD else SettlementMode.ONLINE)
    if business in BEFORE:
        BEFORE[business](bench)
    came = refunded(bench) if business is B.REFUND else ACTS[business](bench)
    assert bench.states == CAME.get(business, [])
    if business.row.kind is TerminalKind.FINANCIAL and business is not B.VOID:
        assert came.stored.record.state.value in ("approved", "credited", "asked")
    if business in (B.SETTLEMENT, B.LOAD):
        assert came.record.tac


@pytest.mark.parametrize(("form", "business"), FORBIDDEN)
def test_of_what_a_form_is_not_for_nobody_hears(form, business):
    bench = bench_of(form)
    assert bench.terminal.bank.is_signed_on
    admits = business.row.kind is TerminalKind.SOCIAL or business in (B.COMBINED, B.PREMIUM)
    bench.card.passed.clear()
    if admits:
        bench.admitted()
    once, sent, asked = len(bench.card.passed), len(bench.line.sent), len(bench.bureau.asked)
    bench.card.passed.clear()
    with pytest.raises((TerminalStopped, PaymentRefused)) as refused:
        ACTS[business](bench)
    assert refused.value.cause in (StopCause.OTHER_TERMINAL, PaymentRefusal.OTHER_TERMINAL)
    assert ("无操作员" in refused.value.zh) is bool(business.row.operator)
    assert list(refused.value.forms) == [each for each in FormFactor if cell_of(TerminalKind.FULL, each).may(business)]
    assert len(bench.card.passed) == once
    assert (len(bench.line.sent), len(bench.bureau.asked)) == (sent, asked)
    assert (bench.states, bench.gone, bench.journal.social.records(), bench.journal.payments.payments()) == (
        [],
        0,
        [],
        [],
    )


# --- a storage of another form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["settlement", "premium"])
@pytest.mark.parametrize("act", ["resume", "resume, later", "pay", "reprint"])
@pytest.mark.parametrize("form", FormFactor)
def test_a_bill_is_paid_by_a_form_that_would_have_made_it(form, act, kind):
    """A cashier has left it; the same storage then stands in another terminal."""
    bench = FullBench()
    if kind == "settlement":
        bench.terminal.settle(bench.admitted(), bench.desk, 5_000, 700, pays=False)
    else:
        bench.terminal.premium(bench.admitted(), pays=False)
    assert bench.states == ["due"]
    bench.form = form
    terminal, printed, sent = bench.power_cut(), len(bench.printer.slips), len(bench.line.sent)
    acts = {
        "resume": lambda: terminal.resume(bench.admitted(), bench.desk),
        "resume, later": lambda: terminal.resume(bench.admitted(), bench.desk, pays=False),
        "pay": lambda: terminal.pay(bench.admitted(), 1),
        "reprint": lambda: terminal.reprint(1),
    }
    if form is not FormFactor.ATM:
        acts[act]()
        assert bench.states == ["paid" if act in ("resume", "pay") else "due"]
        return
    with pytest.raises(TerminalStopped) as stopped:
        acts[act]()
    assert stopped.value.cause is StopCause.OTHER_TERMINAL
    assert [each.row.option for each in stopped.value.forms] == ["pos", "pc", "kiosk"]
    assert (bench.states, bench.gone, len(bench.printer.slips), len(bench.line.sent)) == (["due"], 0, printed, sent)


# --- parts ------------------------------------------------------------------------------------------------------------


def without(form: FormFactor, **missing: None) -> FullTerminal:
    """``missing``: parts of the bank half that it lacks."""
    bench = FullBench(form=form)
    there = bench.terminal
    bank = FinancialTerminal(
        replace(there.bank.parts, **missing), there.bank.settings, bench.journal.payments, bench.line
    )
    return FullTerminal(there.insertion, there.social, bank, bench.journal, cell=there.cell)


@pytest.mark.parametrize("form", [FormFactor.KIOSK, FormFactor.ATM])
def test_none_stands_without_a_printer(form):
    """Where a financial terminal of that form would (SSC-8 §6.2.6)."""
    with pytest.raises(TerminalStopped) as stopped:
        without(form, printer=None)
    assert stopped.value.cause is StopCause.NO_PART
    assert stopped.value.zh.endswith("须有打印机")


def test_a_kiosk_that_decides_off_line_needs_a_pin_pad_all_the_same():
    with pytest.raises(TerminalStopped) as stopped:
        without(FormFactor.KIOSK, pad=None)
    assert stopped.value.zh.endswith("须有密码键盘")
