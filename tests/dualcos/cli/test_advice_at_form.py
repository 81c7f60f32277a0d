"""What a terminal advises is done there: every step that it names is for its form, or it says who else does it. An
unattended one has nobody who takes a payment or a settlement back, and nobody at its keys runs it.
"""

from __future__ import annotations

import re
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from dualcos.cli.cashier.bill_told import BillNotDone
from dualcos.cli.cashier.full_stops import told_full_stop
from dualcos.cli.cashier.full_table import FULL_STEPS, TYPED_AT_CASHIER
from dualcos.cli.counter.counter_teller import told_stop as told_at_counter
from dualcos.cli.counter.step_table import STEPS, TYPED
from dualcos.cli.counter.what_to_do import advice
from dualcos.cli.standing.advice_at_form import COUNTER, StepsHere, other_forms
from dualcos.cli.standing.step_kinds import StepStop
from dualcos.cli.standing.step_menu import StepMenu
from dualcos.cli.till.till_stops import told_stop as told_at_till
from dualcos.cli.till.till_table import TILL_STEPS, TYPED_AT_TILL
from dualcos.messages.social_services import ReadCard, ServiceRefused
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.full_journal import StoredBill
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_forms import FormFactor, TerminalBusiness, TerminalKind, cell_of

NAMED = re.compile("`([^`]+)`")
TABLES: dict[TerminalKind, Any] = {
    TerminalKind.SOCIAL: (STEPS, TYPED),
    TerminalKind.FINANCIAL: (TILL_STEPS, TYPED_AT_TILL),
    TerminalKind.FULL: (FULL_STEPS, TYPED_AT_CASHIER),
}
BY_FORM = pytest.mark.parametrize("form", FormFactor)
HOLDERS = {
    TerminalKind.SOCIAL: "read inquire reset insert pull balance log recover",
    TerminalKind.FINANCIAL: "balance read insert pull",
    TerminalKind.FULL: "read insert pull social bank",
}
"""What is at every form: the holder's own card, looked at; ``recover``: what it was pulled out of."""
AT_KIOSK = {
    TerminalKind.SOCIAL: "load settle update pin",
    TerminalKind.FINANCIAL: "purchase",
    TerminalKind.FULL: "settle premium resume pay",
}
AT_ATM = {TerminalKind.SOCIAL: "pin", TerminalKind.FINANCIAL: "withdraw deposit transfer change-pin"}


def here(kind: TerminalKind, form: FormFactor) -> StepsHere[Any]:
    return StepsHere(*TABLES[kind], cell_of(kind, form))


def at(full: StepsHere[Any], *, is_open: bool = False) -> Any:
    """A terminal; ``is_open``: something waits for its card."""
    counter, terminal = SimpleNamespace(waits_for_card=is_open), SimpleNamespace(cell=full.cell)
    return SimpleNamespace(has_open_bill=is_open, counter=counter, terminal=terminal)


def demand_followed(told: StepStop, steps: StepsHere[Any]) -> None:
    """Of each step that is advised somebody may be asked; for those by which a terminal is run, who that is."""
    stop = steps.stop(told)
    assert stop.todo.zh
    facts: Any = stop.facts
    assert (facts.advice, facts.advice_zh) == (stop.todo.en, stop.todo.zh)
    own, _, running = stop.todo.en.partition("whoever runs this terminal: ")
    assert not running or not steps.cell.is_attended
    for text, more in ((own, ()), (running, (TerminalBusiness.SERVICE,))):
        for line in NAMED.findall(text):
            words = line.split()
            if words[0] == "dualcos" or line.startswith("--"):
                continue
            asked = steps.language.step_in(line)
            businesses = steps.table.businesses_of(asked) if asked is not None else ()
            assert not businesses or any(map(steps.cell._replace(
                businesses=steps.cell.businesses.union(more)).may, businesses)), line  # fmt: skip


@BY_FORM
@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("cause", StopCause)
def test_of_a_stop_on_the_social_side(cause, is_open, form):
    stopped = TerminalStopped(cause)
    demand_followed(told_at_counter(stopped, advice(stopped, is_open=is_open)), here(TerminalKind.SOCIAL, form))
    full = here(TerminalKind.FULL, form)
    demand_followed(told_full_stop(stopped, at(full, is_open=is_open)), full)


@BY_FORM
@pytest.mark.parametrize(
    "stopped",
    [*map(PaymentRefused, PaymentRefusal), *map(TransactionEnded, EndCause)],
    ids=lambda each: each.cause.name,
)
def test_of_a_stop_on_the_bank_side(stopped, form):
    demand_followed(told_at_till(stopped), here(TerminalKind.FINANCIAL, form))
    full = here(TerminalKind.FULL, form)
    demand_followed(told_full_stop(stopped, at(full)), full)


@BY_FORM
@pytest.mark.parametrize("cause", BillRefusal)
def test_of_a_bill_that_is_refused(cause, form):
    full = here(TerminalKind.FULL, form)
    demand_followed(told_full_stop(BillRefused(cause, 7), at(full)), full)


def bill(state: BillState, kind: BillKind, refusal: ServiceRefused | None = None) -> WholeBill:
    card = ReadCard(region="990000", historical="0" * 26, algorithm="01", identification="0" * 32, number="T0000001X")
    moment = "20261129120000"
    return WholeBill(
        7, Bill(kind=kind, state=state, card=card, terminal="0" * 12, moment=moment, record=1, refusal=refusal)
    )


NO = ServiceRefused(running="1", code="other-scheme", zh="险种不符", en="not that scheme")


@BY_FORM
@pytest.mark.parametrize("refusal", [None, NO], ids=["", "refused"])
@pytest.mark.parametrize(("state", "kind"), [*product(BillState, BillKind)])
def test_of_a_bill_that_is_not_done(state, kind, refusal, form):
    full, whole = here(TerminalKind.FULL, form), bill(state, kind, refusal)
    outcome = BillOutcome(StoredBill(7, whole.bill))
    demand_followed(told_full_stop(BillNotDone(outcome, whole), at(full)), full)


@pytest.mark.parametrize("form", [FormFactor.POS, FormFactor.KIOSK])
def test_a_premium_that_was_paid_and_refused_is_given_back_where_somebody_can(form):
    full, whole = here(TerminalKind.FULL, form), bill(BillState.PAID, BillKind.PREMIUM, NO)
    stop = full.stop(told_full_stop(BillNotDone(BillOutcome(StoredBill(7, whole.bill)), whole), at(full)))
    assert ("`take-back 7`" in stop.todo.en) is (form is FormFactor.POS)
    assert ("counter" in stop.todo.en, "窗口" in stop.todo.zh) == ((form is FormFactor.KIOSK,) * 2)
    refused = full.stop(told_full_stop(BillRefused(BillRefusal.TAKE_BACK_FIRST, 7), at(full)))
    assert (refused.todo == COUNTER) is (form is FormFactor.KIOSK)


@pytest.mark.parametrize(
    ("forms", "en", "zh"),
    [
        (("pos", "pc"), "another form of terminal can (`--form pos|pc`): a counter", "到柜台办理（--form pos|pc）"),
        (
            ("pos", "pc", "kiosk"),
            "another form of terminal can (`--form pos|pc|kiosk`)",
            "换一种终端（--form pos|pc|kiosk）",
        ),
        (("atm",), "another form of terminal can (`--form atm`)", "换一种终端（--form atm）"),
        ((), "another kind of terminal can", "换一种终端"),
    ],
)
def test_other_forms_are_those_that_can(forms, en, zh):
    assert other_forms([FormFactor.of_option(each) for each in forms])[::-1] == (en, zh)


# --- at its keys ------------------------------------------------------------------------------------------------------


@BY_FORM
@pytest.mark.parametrize("kind", TerminalKind)
def test_whoever_stands_at_an_unattended_terminal_has_his_own_steps_alone(kind, form):
    table = TABLES[kind][0]
    offered = {each.name for each in table if each.is_for(cell_of(kind, form))}
    own = set(HOLDERS[kind].split())
    match form:
        case FormFactor.KIOSK:
            assert offered == own | set(AT_KIOSK[kind].split())
        case FormFactor.ATM:
            assert offered == own | set(AT_ATM.get(kind, "").split())
        case _:
            at_atm = set(AT_ATM[kind].split()) if kind is TerminalKind.FINANCIAL else set()
            assert offered == {each.name for each in table} - at_atm


class Typing:
    """A view and its person, who types lines, then has enough."""

    def __init__(self, *lines: str) -> None:
        self.lines, self.hints, self.view, self.hand = [*lines, "quit"], [], self, None

    def next_step(self, question: object) -> str:
        del question
        return self.lines.pop(0)

    def hint(self, said: Any) -> None:
        self.hints.append(said.en)


SERVICE_LINES = (
    *("bills", "slip 1", "upload", "sign-on", "social journal", "social give-up 1", "social recover --set-aside"),
    *("social blacklist pull", "bank settle", "bank end-batch", "bank resolve 1", "bank journal"),
)


@pytest.mark.parametrize("line", SERVICE_LINES)
@BY_FORM
def test_a_line_that_is_typed_there_does_not_run_the_terminal_either(line, form):
    person: Any = Typing(line, "read")
    menu = StepMenu(*TABLES[TerminalKind.FULL], person, {}, cell_of(TerminalKind.FULL, form))
    asked: Any = menu.asked()
    if form in (FormFactor.POS, FormFactor.PC):
        assert (asked.words[0], person.hints) == (line.split()[0], [])
        return
    assert asked.words == ("read",)
    assert len(person.hints) == 1
    assert "no running of the terminal at a" in person.hints[0]
    assert "on a command line" in person.hints[0]
