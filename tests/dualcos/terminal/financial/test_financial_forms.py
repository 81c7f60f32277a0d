"""A financial terminal in each form (PBOC-6 A.1, A.3, §5.10): what the form is for runs its flow on a dual card; of the
rest neither card nor acquirer hears. An unattended one asks no attendant; without a part that it must have none stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.kernel.kernel_settings import terminal_data
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.terminal_file import TerminalFileError, terminal_file
from dualcos.terminal.terminal_forms import FormFactor
from tests.dualcos.terminal.financial.till_bench import TillBench

DUAL, TO = "dual-2.0-3des", "6299990000000000001"
FORMS = ("pos", "pc", "kiosk", "atm")
SHOP = ("balance", "purchase", "void", "refund")
MACHINE = ("balance", "withdraw", "deposit", "transfer", "change_pin")
ALLOWED = {"pos": SHOP, "pc": SHOP, "kiosk": ("balance", "purchase"), "atm": MACHINE}
ORIGINAL = OriginalPayment(batch="000001", voucher="000001", day="0115", reference="000000000001")


def bench_of(form: str, profile: str = DUAL, **more) -> TillBench:
    factor = FormFactor.of_option(form)
    bench = TillBench(profile, data=terminal_data(factor), **more)
    bench.form = factor
    bench.open_account(TO)
    return bench


def voided(till: FinancialTerminal) -> object:
    sold = till.journal.payments()
    return till.void(sold[-1].record.voucher if sold else "000001")


def refunded(till: FinancialTerminal) -> object:
    old = till.purchase(400).stored.record
    original = OriginalPayment(
        batch=old.batch, voucher=old.voucher, day=old.day, reference=old.reference, approval=old.approval
    )
    return till.refund(300, original)


BUSINESS: dict[str, Callable[[FinancialTerminal], object]] = {
    "balance": lambda till: till.balance(),
    "purchase": lambda till: till.purchase(500),
    "void": voided,
    "refund": refunded,
    "withdraw": lambda till: till.withdraw(10_000),
    "deposit": lambda till: till.deposit(5_000),
    "transfer": lambda till: till.transfer(700, TO),
    "change_pin": lambda till: till.change_pin(),
}
GONE = {"pos": 100, "pc": 100, "kiosk": 500, "atm": 10_000 - 5_000 + 700}
"""Fen that the account has less behind all that its form is for: a voided purchase costs nothing, a refund is part."""


@pytest.mark.parametrize("form", FORMS)
def test_a_form_runs_all_that_it_is_for(form):
    bench = bench_of(form)
    bench.fingers.new = ["246824", "246824"]
    for name in ALLOWED[form]:
        came = BUSINESS[name](bench.till)
        assert came.stored.record.state.value in ("approved", "credited", "asked"), name
    bench.till.send_waiting()
    assert bench.gone == GONE[form]


FORBIDDEN = [(form, name) for form, name in product(FORMS, BUSINESS) if name not in ALLOWED[form]]


@pytest.mark.parametrize(("form", "name"), FORBIDDEN)
def test_of_what_a_form_is_not_for_neither_card_nor_acquirer_hears(form, name):
    bench = bench_of(form)
    till = bench.till
    heard = len(bench.line.sent)
    act = {"void": lambda: till.void("000001"), "refund": lambda: till.refund(100, ORIGINAL)}
    with pytest.raises(PaymentRefused) as refused:
        act.get(name, lambda: BUSINESS[name](till))()
    assert refused.value.cause is PaymentRefusal.OTHER_TERMINAL
    assert bench.form.row.zh in refused.value.zh
    assert refused.value.clause == ("inferred" if name in ("void", "refund") and form != "pos" else "PBOC-6 A.3")
    assert (bench.card.passed, len(bench.line.sent), bench.states) == ([], heard, [])


@pytest.mark.parametrize("form", ["kiosk", "atm"])
def test_an_unattended_terminal_asks_no_attendant(form):
    """Though one stood there: a referral is declined, and no slip has a line to sign (PBOC-6 §7.13.5.1, A.2)."""
    bench = bench_of(form, "bank-ia-optional")
    till, wanted = bench.till, BUSINESS["purchase" if form == "kiosk" else "withdraw"]
    bench.host.leash.exchange((LeashRule(refuse="01"),))
    assert not wanted(till).is_approved
    bench.rules("")
    assert wanted(till).is_approved
    assert (bench.attendant.called, bench.attendant.compared) == ([], [])
    assert "签名：\n" not in bench.slips()


# --- parts ------------------------------------------------------------------------------------------------------------

PAD, PRINTER = "密码键盘", "打印机"
MUSTS = {
    ("pos", "22"): {PAD, PRINTER},
    ("pc", "21"): {PAD, PRINTER},
    ("pos", "23"): {PAD, PRINTER},
    ("kiosk", "24"): {PAD},
    ("kiosk", "25"): set(),
    ("kiosk", "26"): set(),
    ("atm", "14"): {PAD},
}


@pytest.mark.parametrize(("form", "kind"), MUSTS)
@pytest.mark.parametrize("missing", [(PAD,), (PRINTER,), (PAD, PRINTER)])
def test_a_terminal_without_what_its_form_must_have_does_not_stand(form, kind, missing):
    bench = bench_of(form)
    bench.data = replace(bench.data, kind=kind)
    till = bench.powered()
    fields = {PAD: "pad", PRINTER: "printer"}
    parts = replace(till.parts, **{fields[each]: None for each in missing})
    needed = [each for each in missing if each in MUSTS[form, kind]]
    if not needed:
        FinancialTerminal(parts, till.settings, till.journal, bench.line).power_up()
        return
    with pytest.raises(PaymentRefused) as refused:
        FinancialTerminal(parts, till.settings, till.journal, bench.line)
    assert refused.value.cause is PaymentRefusal.NO_PART
    assert refused.value.zh.endswith(f"须有{'、'.join(needed)}")
    assert refused.value.clause == "PBOC-6 table 1"


@pytest.mark.parametrize("form", ["kiosk", "atm"])
def test_without_a_printer_a_machine_works_and_prints_nothing(form):
    bench = bench_of(form)
    bench.printer = None  # type: ignore[assignment]
    assert BUSINESS["purchase" if form == "kiosk" else "withdraw"](bench.till).is_approved
    assert bench.journal.untold() == []


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "kind"),
    [({"form": "pc"}, "22"), ({"form": "pc", "kind": "21"}, "21"), ({"form": "kiosk", "kind": "24"}, "24")],
)
def test_a_type_of_the_same_form_may_be_set(told, kind):
    file = terminal_file(told)
    assert file.data().kind == kind
    assert file.form_factor.row.option == told["form"]


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ({"kind": "25"}, "a kiosk"),
        ({"form": "pc", "kind": "24"}, "a kiosk"),
        ({"form": "kiosk", "kind": "22"}, "a POS"),
        ({"form": "kiosk", "kind": "14", "additional": "8E80B05000"}, "an ATM"),
        ({"form": "atm", "kind": "22"}, "a POS"),
        ({"form": "atm", "additional": "0E80B05000"}, "a kiosk"),
    ],
)
def test_a_type_of_another_form_is_refused(told, meant):
    with pytest.raises(TerminalFileError, match=rf"form: .* \(9F35, 9F40\), which are of {meant}$"):
        terminal_file(told).data()
