"""Why a full-function terminal went no further, as it is told: either side of it, or a bill that both are in."""

from __future__ import annotations

from msgspec import structs

from dualcos.cli.cashier.bill_advice import (
    advice_at_bill_refusal,
    advice_before_paying,
    advice_for_bill,
    advice_on_social_side,
)
from dualcos.cli.cashier.bill_told import BillNotDone
from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.cashier.full_table import full_steps_at
from dualcos.cli.cashier.steps_named_here import of_bank_side
from dualcos.cli.counter.counter_teller import told_stop as told_at_counter
from dualcos.cli.facts.full_facts import FullStop
from dualcos.cli.standing.advice_at_form import StepsHere
from dualcos.cli.standing.step_kinds import StepStop
from dualcos.cli.till.payment_told import PaymentNotMade
from dualcos.cli.till.till_stops import STOPS, TillStop
from dualcos.cli.till.till_stops import told_stop as told_at_till
from dualcos.terminal.full.bill_outcome import BillOutcome
from dualcos.terminal.full.bill_refused import BillRefused
from dualcos.terminal.full.bill_states import BillKind, BillState
from dualcos.terminal.full.bill_words import bill_reasons, bill_words
from dualcos.terminal.full.whole_bill import WholeBill
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.terminal_parts import PartText

FullStopped = TerminalStopped | BillRefused | BillNotDone | TillStop
FULL_STOPS = (TerminalStopped, BillRefused, *STOPS)
"""Those that are raised; the others are what a step came to."""
SOCIAL, BANK, BILL = "social", "bank", "bill"


def told_full_stop(stopped: FullStopped, full: FullAtWork) -> StepStop[FullStop]:
    """Why, what to do at ``full``, and the same as facts."""
    match stopped:
        case TerminalStopped():
            todo = advice_on_social_side(stopped, open_bill=full.has_open_bill, open_record=full.counter.waits_for_card)
            return _on_social_side(stopped, todo)
        case BillRefused():
            return _refused(stopped)
        case BillNotDone():
            return _not_done(stopped.outcome, stopped.whole, full_steps_at(full.terminal.cell))
        case _:
            return _on_bank_side(stopped)


def _refused(refused: BillRefused) -> StepStop[FullStop]:
    said, todo = PartText(refused.zh, refused.en), advice_at_bill_refusal(refused)
    return _about_bill(refused.cause.name.lower().replace("_", "-"), said, todo, refused.bill)


def _on_social_side(stopped: TerminalStopped, todo: PartText) -> StepStop[FullStop]:
    told = told_at_counter(stopped, todo)
    of_side, facts = told.facts, _facts(SOCIAL, told.facts.cause, told.said, todo)
    facts = structs.replace(facts, code=str(of_side.code), sw=of_side.sw, tries=of_side.tries, clause=of_side.clause)
    return StepStop(told.said, told.rule, todo, facts, told.gone)


def _on_bank_side(stopped: TillStop) -> StepStop[FullStop]:
    told = told_at_till(stopped)
    todo = of_bank_side(told.todo)
    of_side, facts = told.facts, _facts(BANK, told.facts.cause, told.said, todo)
    facts = structs.replace(facts, code=of_side.code, sw=of_side.sw, clause=of_side.clause)
    return StepStop(told.said, told.rule, todo, facts, told.gone)


def _not_done(outcome: BillOutcome, whole: WholeBill, here: StepsHere[FullAtWork]) -> StepStop[FullStop]:
    """The half that is to blame says why; what to do is said of the bill, behind what is in the way of paying it."""
    todo = advice_for_bill(whole, here)
    told = _blamed(outcome)
    if told is None:
        return _as_it_stands(whole, todo)
    if outcome.refused is not None:
        return told
    is_silent = outcome.stopped is not None and whole.bill.kind is BillKind.PREMIUM
    first = told.todo if is_silent or whole.bill.state is BillState.NOT_SETTLED else advice_before_paying(outcome)
    if first is not None:
        todo = PartText(f"{first.zh}；{todo.zh}", f"{first.en}; {todo.en}")
    facts = structs.replace(told.facts, advice=todo.en, advice_zh=todo.zh, bill=whole.number)
    return told._replace(todo=todo, facts=facts)


def _blamed(outcome: BillOutcome) -> StepStop[FullStop] | None:
    """What stopped one of the halves, or was in the way of both."""
    if outcome.refused is not None:
        return _refused(outcome.refused)
    if outcome.stopped is not None:
        return _on_social_side(outcome.stopped, advice_on_social_side(outcome.stopped))
    if outcome.unpaid is not None:
        return _on_bank_side(outcome.unpaid)
    if outcome.payment is not None and not outcome.payment.is_approved:
        return _on_bank_side(PaymentNotMade(outcome.payment.stored.record))
    return None


def _as_it_stands(whole: WholeBill, todo: PartText) -> StepStop[FullStop]:
    """No half has failed now: an earlier one has, or the back end says no."""
    refusal = whole.bill.refusal
    if whole.taken_back_otherwise:
        return _about_bill("taken-back-otherwise", bill_reasons(whole)[0], todo, whole.number)
    if refusal is None:
        return _about_bill(whole.bill.state.value, bill_words(whole), todo, whole.number)
    said = PartText(f"后台拒绝：{refusal.zh}", f"the back end refuses: {refusal.en}")
    return _about_bill("refused-by-back-end", said, todo, whole.number, refusal.code)


def _about_bill(cause: str, said: PartText, todo: PartText, number: int, code: str | None = None) -> StepStop[FullStop]:
    facts = structs.replace(_facts(BILL, cause, said, todo), code=code, bill=number or None)
    return StepStop(said, "", todo, facts)


def _facts(side: str, cause: str, said: PartText, todo: PartText) -> FullStop:
    return FullStop(
        side=side, cause=cause, code=None, sw=None, tries=None, clause="", en=said.en, zh=said.zh,
        advice=todo.en, advice_zh=todo.zh, bill=None,
    )  # fmt: skip
