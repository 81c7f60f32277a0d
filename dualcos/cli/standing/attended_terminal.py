"""A terminal with somebody at it who says what is to be done: a card is put in where that needs one, and taken out when
its business is over.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Generic, TypeVar

from dualcos.cli.standing.card_awaited import Enough, PersonWithCard, WentBack
from dualcos.cli.standing.hand_steps import TerminalWithHand
from dualcos.cli.standing.step_kinds import SERVICE
from dualcos.cli.standing.step_menu import StepMenu
from dualcos.cli.standing.step_teller import StepTeller
from dualcos.cli.standing.steps_asked import StepAsked, fault_told
from dualcos.cli.standing.steps_at_work import TypedSteps
from dualcos.cli.user_faults import Fault
from dualcos.reader.pcsc import PcscLink
from dualcos.terminal.terminal_forms import FormCell

T = TypeVar("T", bound=TerminalWithHand)


class AttendedTerminal(Generic[T]):
    """``needs_card``: whether a step wants a card in; ``stays_in``: steps behind which it stays there, for what it is
    wanted for comes next. ``cell``: what the terminal is for; where that leaves nobody at its keys who runs it, it
    signs itself on first, unless it is ``signed_on``.
    """

    def __init__(
        self,
        terminal: T,
        teller: StepTeller[T, Any],
        typed: TypedSteps[T],
        cell: FormCell,
        needs_card: Callable[[StepAsked], bool],
        signed_on: Callable[[], bool],
        stays_in: Container[str] = (),
    ) -> None:
        self._terminal, self._teller, self._typed, self._cell = terminal, teller, typed, cell
        self._needs_card, self._signed_on, self._stays_in = needs_card, signed_on, stays_in

    def attend(self, reader: PcscLink | None, stop: Callable[[], bool]) -> bool:
        """Until whoever sits there has enough; True if ``stop`` said so. ``reader``: where cards are put in by people;
        None for the one in this process.
        """
        person = PersonWithCard(self._teller.view, self._terminal.hand, reader, stop)
        menu = StepMenu(self._typed.table, self._typed.language, person, {}, self._cell)
        person.begin()
        try:
            if self._cell.refusal(*SERVICE) is not None and not self._signed_on():
                self._step(person, StepAsked(("sign-on",), {}))
            menu.show()
            while True:
                asked = menu.asked()
                if isinstance(asked, StepAsked):
                    self._step(person, asked)
                person.demand_wanted()
        except Enough:
            return stop()

    def _step(self, person: PersonWithCard, asked: StepAsked) -> None:
        needs_card = self._needs_card(asked)
        if needs_card:
            try:
                person.wait(present=True, may_go_back=True)
            except WentBack:
                return
        try:
            self._teller.work(self._terminal, asked)
        except Fault as fault:
            person.view.hint(fault_told(fault, "不能执行"))
        if needs_card and asked.words[0] not in self._stays_in:
            self._terminal.forget()
            person.wait(present=False)
