"""All steps of a cashier, by name, and what only some of them take."""

from __future__ import annotations

from dualcos.cli.cashier import side_steps
from dualcos.cli.cashier.bill_steps import BILL_STEPS
from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.cashier.side_steps import SIDE_STEPS
from dualcos.cli.counter.step_table import STEP_OPTIONS, STEPS
from dualcos.cli.standing.advice_at_form import StepsHere
from dualcos.cli.standing.hand_steps import hand_steps
from dualcos.cli.standing.step_kinds import StepTable
from dualcos.cli.standing.steps_asked import StepAsked, StepLanguage, StepOption
from dualcos.cli.till.till_table import TILL_OPTIONS, TILL_STEPS
from dualcos.terminal.terminal_forms import FormCell
from dualcos.terminal.terminal_parts import PartText

# A new step is one more line in its module's table.
FULL_STEPS: StepTable[FullAtWork] = StepTable(
    (PartText("账单", "bills"), BILL_STEPS),
    (PartText("两侧", "both sides"), SIDE_STEPS),
    (PartText("卡片", "card"), hand_steps(FullAtWork)),
)
_OWN = (
    StepOption("own", "YUAN", "settle: what no insurance knows of (自费), besides"),
    StepOption("later", "", "settle, premium, resume: what is due is paid another time, by `pay`"),
    StepOption("scheme", "CODE", "premium: of this scheme 险种, three digits"),
    StepOption("period", "YYYYMM", "premium: of this period 费款所属期, or year"),
    StepOption("all", "", "bills: also those that are over; bank journal: earlier batches, too"),
    StepOption("online", "", "social update: what the back end permits; bank purchase: the issuer is asked"),
)
_NAMES = {each.name for each in _OWN}
FULL_OPTIONS = (*_OWN, *(each for each in (*STEP_OPTIONS, *TILL_OPTIONS) if each.name not in _NAMES))
"""What only some steps take; which, the table of steps says."""
TYPED_AT_CASHIER = StepLanguage(FULL_OPTIONS)


def needs_card(asked: StepAsked) -> bool:
    """Whether a card has to be in for a step, one of a side alone included."""
    match asked.words[0]:
        case side_steps.SOCIAL_STEP:
            return STEPS.kind_of(side_steps.step_behind(asked)).needs_card
        case side_steps.BANK_STEP:
            return TILL_STEPS.kind_of(side_steps.step_behind(asked)).needs_card
    return FULL_STEPS.kind_of(asked).needs_card


def full_steps_at(cell: FormCell) -> StepsHere[FullAtWork]:
    """Those, at a terminal of that form."""
    return StepsHere(FULL_STEPS, TYPED_AT_CASHIER, cell)
