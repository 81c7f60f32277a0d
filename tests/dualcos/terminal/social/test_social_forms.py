"""A social terminal in each form (总体方案 一（二）): all that the form is for runs its flow on a dual card, and of the
rest the card hears nothing. An unattended one has no operator (SSC-7 §5.10); a cash machine inquires only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.social_terminal import SocialTerminal
from dualcos.terminal.social.terminal_stopped import StopCause
from dualcos.terminal.social.transaction_choice import WHICH_TRANSACTION, Actor, SocialTransaction
from dualcos.terminal.terminal_forms import FormFactor, TerminalBusiness, TerminalKind, cell_of
from tests.dualcos.terminal.social.flow_scripts import FLOWS
from tests.dualcos.terminal.social.medical_bench import MedicalBench
from tests.dualcos.terminal.terminal_bench import TerminalBench

DUAL = "dual-2.0-3des"
FORMS = ("pos", "pc", "kiosk", "atm")
ANYWHERE = ("free and by key", "by PIN", "cyclic", "transparent")
HOLDERS_OWN = ("PIN change", "on-line update")
OPERATORS = ("update", "PIN unblock", "PIN reload", "application block", "card block")
COUNTER = (*ANYWHERE, *HOLDERS_OWN, *OPERATORS)
ALLOWED = {"pos": COUNTER, "pc": COUNTER, "kiosk": (*ANYWHERE, *HOLDERS_OWN), "atm": ANYWHERE}


def cell(form: str):
    return cell_of(TerminalKind.SOCIAL, FormFactor.of_option(form))


def bench_of(form: str) -> TerminalBench:
    bench = TerminalBench(DUAL, desk=True)
    bench.cell = cell(form)
    return bench


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("flow", COUNTER)
def test_a_form_runs_what_it_is_for_and_the_card_hears_of_nothing_else(form, flow):
    bench = bench_of(form)
    at = bench.admit()
    admitted = len(bench.card.passed)
    stopped = bench.attempt(lambda: FLOWS[flow](bench, at))
    if flow in ALLOWED[form]:
        assert stopped is None
        assert len(bench.card.passed) > admitted
        return
    assert stopped is not None
    assert stopped.cause is StopCause.OTHER_TERMINAL
    assert (len(bench.card.passed), bench.holder.asked) == (admitted, [])
    assert bench.store.pending() is None
    assert stopped.ref == ("SSC-7 §5.10" if flow in OPERATORS else "inferred")
    assert f"：{bench.cell.form.row.zh}" in stopped.zh


MONEY: dict[str, Callable[[MedicalBench, CardAtTerminal], object]] = {
    "settlement": lambda bench, at: bench.desk.settle(at, 1_000),
    "load": lambda bench, at: bench.desk.load(at, 1_000),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("business", MONEY)
def test_a_kiosk_settles_and_loads_and_a_cash_machine_does_neither(form, business):
    bench = MedicalBench(DUAL, SettlementMode.OFFLINE)
    bench.cell = cell(form)
    bench.start()
    at = bench.insert()
    admitted, asked = len(bench.card.passed), len(bench.bureau.asked)
    if form != "atm":
        for name in ("load", business):
            MONEY[name](bench, at)
        assert len(bench.journal.records()) == 2
        return
    stopped = bench.stopped(lambda: MONEY[business](bench, at))
    assert (stopped.cause, stopped.ref) == (StopCause.OTHER_TERMINAL, "inferred")
    assert (len(bench.card.passed), len(bench.bureau.asked), bench.journal.records()) == (admitted, asked, [])
    assert bench.desk.balance(at).account == 0


# --- a transaction chosen (SSC-7 §5.10) -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["kiosk", "atm"])
def test_what_an_operator_alone_may_choose_is_refused_before_a_card_is_asked(form):
    bench = bench_of(form)
    offered = (SocialTransaction.UPDATE, SocialTransaction.CARD_BLOCK)
    stopped = bench.stopped(lambda: bench.terminal().begin(Actor.OPERATOR, offered))
    assert (stopped.cause, stopped.ref) == (StopCause.OTHER_TERMINAL, "SSC-7 §5.10")
    assert (bench.card.passed, bench.card.power) == ([], [])
    assert [each.zh for each in bench.display.shown] == [stopped.zh]


@pytest.mark.parametrize(
    ("form", "choices"), [("kiosk", ["查询应用信息", "更改个人密码", "联机更改应用信息"]), ("atm", [])]
)
def test_a_holder_is_offered_what_the_form_is_for(form, choices):
    """Of one alone nobody is asked."""
    bench = bench_of(form)
    begun = bench.terminal().begin(Actor.HOLDER)
    begun.at.leave()
    assert begun.transaction is SocialTransaction.INQUIRY
    offered = [each.zh for question, some in bench.operator.asked if question is WHICH_TRANSACTION for each in some]
    assert offered == choices


def test_a_terminal_is_for_one_of_several():
    """A step may be this or that; it is refused if the form is for neither."""
    terminal = bench_of("kiosk").terminal()
    terminal.demand_business()
    terminal.demand_business(TerminalBusiness.UPDATE, TerminalBusiness.ONLINE_UPDATE)
    with pytest.raises(Exception, match="no card block") as refused:
        terminal.demand_business(TerminalBusiness.CARD_BLOCK, TerminalBusiness.APPLICATION_BLOCK)
    assert refused.value.cause is StopCause.OTHER_TERMINAL


# --- parts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_no_social_terminal_stands_without_a_pin_pad(form):
    """The plan lists it; SSC-8 leaves it open."""
    bench = bench_of(form)
    parts = replace(bench.terminal().parts, pin_pad=None)
    stopped = bench.stopped(lambda: SocialTerminal(parts, cell=cell(form)))
    assert stopped.cause is StopCause.NO_PART
    assert stopped.zh.endswith("须有密码键盘")
    assert stopped.ref == "总体方案 一（二）"


def test_a_social_terminal_stands_without_back_end_list_and_psam():
    parts = bench_of("pc").terminal().parts
    SocialTerminal(replace(parts, sam=None, back_end=None, blacklist=None))
