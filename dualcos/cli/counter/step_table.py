"""All steps of a counter, by name, and what only some of them take."""

from __future__ import annotations

from dualcos.cli.counter.card_steps import CARD_STEPS
from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.counter.list_steps import LIST_STEPS
from dualcos.cli.counter.money_steps import MONEY_STEPS
from dualcos.cli.counter.service_steps import SERVICE_STEPS
from dualcos.cli.standing.step_kinds import StepTable
from dualcos.cli.standing.steps_asked import StepLanguage, StepOption
from dualcos.terminal.terminal_parts import PartText

# A new step is one more line in its module's table.
STEPS: StepTable[CounterAtWork] = StepTable(
    (PartText("卡片", "card"), CARD_STEPS),
    (PartText("账户与结算", "account and settlements"), MONEY_STEPS),
    (PartText("服务", "services"), SERVICE_STEPS),
    (PartText("黑名单", "blacklist"), LIST_STEPS),
)
STEP_OPTIONS = (
    StepOption(
        "mode",
        "",
        "settle: 1 on line 联网, 2 off line while the line is down 临时脱网, 3 off line 脱网 (default 2)",
        ("1", "2", "3"),
    ),
    StepOption("online", "", "update: what the back end permits, for the holder (持卡人联网更新)"),
    StepOption("anyway", "", "update: also a date or code that the tables do not have"),
    StepOption("yes", "", "block: whichever card is in, without its number behind the step"),
    StepOption("account", "YUAN", "settle --mode 3: what the account on the card pays"),
    StepOption("pooled", "YUAN", "settle --mode 3: what the fund pays"),
    StepOption("set-aside", "", "recover: put another card's open transaction aside until that card comes"),
)
"""What only some steps take; which, the table of steps says."""
TYPED = StepLanguage(STEP_OPTIONS)
