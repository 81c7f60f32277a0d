"""Why a till went no further, as it is told: its card, acquirer or issuer, its own rules, its storage."""

from __future__ import annotations

from apdu.status import StatusWord
from dualcos.cli.facts.financial_facts import FinancialStop
from dualcos.cli.standing.step_kinds import StepStop
from dualcos.cli.till.kernel_told import clause_of
from dualcos.cli.till.payment_told import BatchNotBalanced, PaymentNotMade
from dualcos.cli.till.till_advice import advice_at_end, advice_at_refusal, advice_for_payment
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_journal import JournalFault
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.payment_words import code_words, state_words
from dualcos.terminal.terminal_parts import PartText

TillStop = TransactionEnded | PaymentRefused | PaymentNotMade | BatchNotBalanced | JournalFault
STOPS = (TransactionEnded, PaymentRefused, JournalFault)
"""Those that are raised; the others are what a step came to."""
_GONE = (EndCause.NO_CARD, EndCause.READER)
_BOOKS = PartText("与收单行核对明细", "compare the details with the acquirer; all were sent to him")
_STORAGE = PartText("检查终端存储的文件", "look at the file behind `--storage`, and at its disk")


def told_stop(stopped: TillStop) -> StepStop[FinancialStop]:
    """Why, what to do, and the same as facts."""
    match stopped:
        case TransactionEnded():
            said = PartText(stopped.zh, stopped.en)
            clause = clause_of(stopped.cause.row.ref)
            cause, todo = stopped.cause.name, advice_at_end(stopped)
            return _stop(cause, said, todo, sw=stopped.sw, clause=clause, gone=stopped.cause in _GONE)
        case PaymentRefused():
            said, todo = PartText(stopped.zh, stopped.en), advice_at_refusal(stopped)
            return _stop(stopped.cause.name, said, todo, code=stopped.code, clause=stopped.clause)
        case PaymentNotMade():
            return _not_made(stopped)
        case BatchNotBalanced():
            return _stop("not-balanced", PartText("对账不平", "terminal and acquirer have counted differently"), _BOOKS)
        case JournalFault():
            return _stop("storage", PartText(stopped.zh, stopped.en), _STORAGE)


def _not_made(stopped: PaymentNotMade) -> StepStop[FinancialStop]:
    record = stopped.record
    words = (code_words(record.code) if record.state is PaymentState.DECLINED else None) or state_words(record)
    zh, en = (f"{said}{more and sep}{more}" for said, more, sep in zip(words, record.note, ("：", ": "), strict=True))
    code = record.code if record.state is PaymentState.DECLINED else ""
    return _stop(record.state.value, PartText(zh, en), advice_for_payment(record), code=code)


def _stop(
    cause: str, said: PartText, todo: PartText, *,
    sw: StatusWord | None = None, code: str = "", clause: str = "", gone: bool = False,
) -> StepStop[FinancialStop]:  # fmt: skip
    facts = FinancialStop(
        cause=cause.lower().replace("_", "-"),
        sw=str(sw) if sw is not None else None,
        code=code or None,
        clause=clause,
        en=said.en,
        zh=said.zh,
        advice=todo.en,
        advice_zh=todo.zh,
    )
    rule = clause or (f"response code {code}" if code else "")
    return StepStop(said, f"[{rule}]" if rule else "", todo, facts, gone)
