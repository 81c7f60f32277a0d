"""A full-function terminal in each form (总体方案 一（二）, 二（二）): counters and kiosks do what takes both sides.

A cash machine settles nothing and sells nothing; where nobody serves no cash is taken. All have PIN pad and printer.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.kernel.kernel_settings import terminal_data
from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.full_terminal import FullTerminal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_forms import FormFactor, TerminalKind, cell_of
from tests.dualcos.terminal.full.full_bench import FullBench

FORMS = ("pos", "pc", "kiosk", "atm")
NOBODY_SERVES = ("cash", "take back")
ALLOWED = {
    "pos": ("settle", "premium", "cash", "take back", "cancel"),
    "pc": ("settle", "premium", "cash", "take back", "cancel"),
    "kiosk": ("settle", "premium", "cancel"),
    "atm": (),
}
ACTS = {
    "settle": lambda bench, terminal: terminal.settle(bench.admitted(), bench.desk, 5_000, 700),
    "premium": lambda bench, terminal: terminal.premium(bench.admitted()),
    "cash": lambda _, terminal: terminal.paid_elsewhere(1, CASH),
    "take back": lambda _, terminal: terminal.take_back(1),
    "cancel": lambda _, terminal: terminal.cancel(1),
}


def cell(form: str):
    return cell_of(TerminalKind.FULL, FormFactor.of_option(form))


def terminal_of(bench: FullBench, form: str, **missing: None) -> FullTerminal:
    """The bench's, in that form; ``missing``: parts of the bank half that it lacks."""
    there, data = bench.terminal, terminal_data(FormFactor.of_option(form))
    settings = replace(there.bank.settings, kernel=replace(there.bank.settings.kernel, data=data))
    bank = FinancialTerminal(replace(there.bank.parts, **missing), settings, bench.journal.payments, bench.line)
    return FullTerminal(there.insertion, there.social, bank, bench.journal, cell=cell(form))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("act", ACTS)
def test_a_form_does_what_it_is_for_and_begins_nothing_else(form, act):
    bench = FullBench()
    terminal = terminal_of(bench, form)
    if act in ALLOWED[form]:
        if act in ("settle", "premium"):
            assert ACTS[act](bench, terminal).stored.bill.state.value == "paid"
            return
        with pytest.raises(BillRefused) as none_there:
            ACTS[act](bench, terminal)
        assert none_there.value.cause is BillRefusal.NO_SUCH_BILL
        return
    with pytest.raises(TerminalStopped) as stopped:
        ACTS[act](bench, terminal)
    assert (stopped.value.cause, stopped.value.ref) == (StopCause.OTHER_TERMINAL, "inferred")
    assert ("无操作员" in stopped.value.zh) is (act in NOBODY_SERVES)
    assert (bench.states, bench.gone, bench.journal.social.records()) == ([], 0, [])


@pytest.mark.parametrize("form", ["kiosk", "atm"])
def test_none_stands_without_a_printer(form):
    """Where a financial terminal of that form would (SSC-8 §6.2.6)."""
    with pytest.raises(TerminalStopped) as stopped:
        terminal_of(FullBench(), form, printer=None)
    assert stopped.value.cause is StopCause.NO_PART
    assert stopped.value.zh.endswith("须有打印机")


def test_a_kiosk_that_decides_off_line_needs_a_pin_pad_all_the_same():
    with pytest.raises(TerminalStopped) as stopped:
        terminal_of(FullBench(), "kiosk", pad=None)
    assert stopped.value.zh.endswith("须有密码键盘")
