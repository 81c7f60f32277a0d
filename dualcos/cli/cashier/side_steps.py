"""Steps of a cashier about both sides at once, and every step of each side alone, on the same insertion and journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.counter import card_steps, money_steps
from dualcos.cli.counter.money_steps import silent_back_end
from dualcos.cli.counter.step_table import STEP_OPTIONS, STEPS
from dualcos.cli.standing.step_kinds import SERVICE, StepDone, StepKind, StepTable
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.till import line_steps, reading_steps
from dualcos.cli.till.till_table import TILL_OPTIONS, TILL_STEPS
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from dualcos.terminal.financial.payment_refused import PaymentRefused
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.terminal_parts import PartText

SOCIAL_STEP, BANK_STEP = "social", "bank"
C = TypeVar("C")


# --- each side alone --------------------------------------------------------------------------------------------------


def social(full: FullAtWork, asked: StepAsked) -> StepDone:
    """A step of a social terminal."""
    behind = step_behind(asked)
    kind = STEPS.kind_of(behind)
    full.counter.terminal.demand_business(*kind.demanded(behind))
    with _bills_looked_up(full):
        return kind.run(full.counter, behind)


def bank(full: FullAtWork, asked: StepAsked) -> StepDone:
    """A step of a payment terminal, which takes the card's power for itself."""
    behind = step_behind(asked)
    kind = TILL_STEPS.kind_of(behind)
    if kind.needs_card:
        full.forget()
    with _bills_looked_up(full):
        return kind.run(full.till, behind)


def step_behind(asked: StepAsked) -> StepAsked:
    """The step of one side that stands behind ``social`` or ``bank``."""
    return asked._replace(words=asked.words[1:])


@contextmanager
def _bills_looked_up(full: FullAtWork) -> Iterator[None]:
    """What one side does by itself may be about a bill."""
    full.terminal.catch_up()
    try:
        yield
    finally:
        full.terminal.catch_up()


# --- both -------------------------------------------------------------------------------------------------------------


def read(full: FullAtWork, asked: StepAsked) -> StepDone:
    """社保应用环境, then 金融应用, in one insertion."""
    of_social = card_steps.read(full.counter, asked)
    full.card().void()
    full.counter.left()
    but: TransactionEnded | None = None
    of_bank = StepDone(PartText("金融应用未读", "the bank side is not read"))
    with full.terminal.insertion.shared():
        try:
            of_bank = reading_steps.read(full.till, asked)
        except TransactionEnded as ended:
            full.till.seen.kernel, but = ended.record, ended
    first, then = of_social.said, of_bank.said
    return StepDone(
        PartText(f"{first.zh}；{then.zh}", f"{first.en}; {then.en}"),
        (*of_social.details, *of_bank.details),
        but,
        of_bank.lines,
    )


def sign_on(full: FullAtWork, asked: StepAsked) -> StepDone:
    """签到 at the acquirer."""
    with _bills_looked_up(full):
        return line_steps.sign_on(full.till, asked)


def upload(full: FullAtWork, asked: StepAsked) -> StepDone:
    """All that waits: settlements, what the back end is to hear of bills, what the acquirer is to hear. What is in the
    way of one of them keeps none of the others; the first is told as the stop, where something still waits.
    """
    parts = [("社保", "social", _sent(lambda: money_steps.upload(full.counter, asked)))]
    if full.till.terminal.journal.waiting():
        parts.append(("银行", "bank", _sent(lambda: line_steps.upload(full.till, asked))))
    parts.append(("账单", "bills", _sent(lambda: _bills_sent(full))))  # which also wait for what the bank takes
    return StepDone(
        PartText(
            "；".join(f"{zh}：{done.said.zh}" for zh, _, done in parts),
            "; ".join(f"{en}: {done.said.en}" for _, en, done in parts),
        ),
        tuple(row for *_, done in parts for row in done.details),
        next((done.but for *_, done in parts if done.but is not None), None),
    )


def _sent(send: Callable[[], StepDone]) -> StepDone:
    try:
        return send()
    except (TerminalStopped, PaymentRefused) as stopped:
        return StepDone(PartText(stopped.zh, stopped.en), but=stopped)


def _bills_sent(full: FullAtWork) -> StepDone:
    left = full.terminal.send_waiting()
    return StepDone(PartText(f"待报{left}笔", f"{left} waiting"), but=silent_back_end(left))


def _of_side(
    name: str, said: PartText, run: Callable[[FullAtWork, StepAsked], StepDone], table: StepTable[C],
    options: tuple[str, ...],
) -> StepKind[FullAtWork]:  # fmt: skip
    def check(asked: StepAsked) -> None:
        table.kind_of(step_behind(asked))

    return StepKind(name, "STEP …", said, run, 1, 99, options, check=check, inner=table)


SIDE_STEPS: tuple[StepKind[FullAtWork], ...] = (
    StepKind("read", "", PartText("读卡，两侧", "read both sides of the card in one insertion"), read, needs_card=True),
    StepKind("sign-on", "", PartText("签到", "the acquirer's working keys, the batch"), sign_on,
             businesses=SERVICE),
    StepKind("upload", "", PartText("上传", "send back end and acquirer all that waits for them"), upload,
             businesses=SERVICE),
    _of_side(SOCIAL_STEP, PartText("社保侧", "any step of `dualcos terminal social`"), social, STEPS,
             tuple(each.name for each in STEP_OPTIONS)),
    _of_side(BANK_STEP, PartText("银行侧", "any step of `dualcos terminal financial`"), bank, TILL_STEPS,
             tuple(each.name for each in TILL_OPTIONS)),
)  # fmt: skip
