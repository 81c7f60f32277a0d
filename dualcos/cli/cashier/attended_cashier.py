"""A cashier's with somebody at it: asks what is to be done, has a card put in where that needs one, and taken out when
its business is over.
"""

from __future__ import annotations

from collections.abc import Callable

from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.cashier.full_table import FULL_STEPS, TYPED_AT_CASHIER
from dualcos.cli.cashier.full_teller import FullTeller
from dualcos.cli.cashier.side_steps import BANK_STEP, SOCIAL_STEP, needs_card
from dualcos.cli.counter.card_awaited import Enough, PersonWithCard
from dualcos.cli.counter.step_menu import StepMenu
from dualcos.cli.counter.steps_asked import StepAsked
from dualcos.cli.user_faults import Fault
from dualcos.reader.pcsc import PcscLink
from dualcos.terminal.terminal_parts import PartText

_STAYS_IN = (SOCIAL_STEP, BANK_STEP, "read")
"""Behind these the card stays in: what it is wanted for comes next."""


class AttendedCashier:
    """``reader``: where cards are put in by people; None for the one in this process."""

    def __init__(self, full: FullAtWork, reader: PcscLink | None, teller: FullTeller, stop: Callable[[], bool]) -> None:
        self._full = full
        self._teller = teller
        self._stop = stop
        self._person = PersonWithCard(teller.view, full.hand, reader, stop)
        self._menu = StepMenu(FULL_STEPS, TYPED_AT_CASHIER, self._person, {}, full.terminal.social.cell)

    def attend(self) -> bool:
        """Until whoever sits there has enough; True if a signal ended it."""
        self._person.begin()
        try:
            self._menu.show()
            while True:
                asked = self._menu.asked()
                if isinstance(asked, StepAsked):
                    self._step(asked)
                self._person.demand_wanted()
        except Enough:
            return self._stop()

    def _step(self, asked: StepAsked) -> None:
        kind = FULL_STEPS.kind_of(asked)
        wants_card = needs_card(kind, asked)
        if wants_card:
            self._person.wait(present=True)
        try:
            self._teller.work(self._full, asked)
        except Fault as fault:
            self._teller.view.hint(PartText("不能执行", str(fault)))
        if wants_card and kind.name not in _STAYS_IN:
            self._full.forget()
            self._person.wait(present=False)
