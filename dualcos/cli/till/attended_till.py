"""A till with somebody at it: asks what is to be done, has a card put in where that needs one, and taken out."""

from __future__ import annotations

from collections.abc import Callable

from dualcos.cli.counter.card_awaited import Enough, PersonWithCard
from dualcos.cli.counter.step_menu import StepMenu
from dualcos.cli.counter.steps_asked import StepAsked
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.cli.till.till_table import TILL_STEPS, TYPED_AT_TILL
from dualcos.cli.till.till_teller import TillTeller
from dualcos.cli.user_faults import Fault
from dualcos.reader.pcsc import PcscLink
from dualcos.terminal.terminal_parts import PartText


class AttendedTill:
    """``reader``: where cards are put in by people; None for the one in this process."""

    def __init__(self, till: TillAtWork, reader: PcscLink | None, teller: TillTeller, stop: Callable[[], bool]) -> None:
        self._till = till
        self._teller = teller
        self._stop = stop
        self._person = PersonWithCard(teller.view, till.hand, reader, stop)
        self._menu = StepMenu(TILL_STEPS, TYPED_AT_TILL, self._person, {}, till.terminal.settings.cell)

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
        needs_card = TILL_STEPS.kind_of(asked).needs_card
        if needs_card:
            self._person.wait(present=True)
        try:
            self._teller.work(self._till, asked)
        except Fault as fault:
            self._teller.view.hint(PartText("不能执行", str(fault)))
        if needs_card:
            self._till.forget()
            self._person.wait(present=False)
