"""A counter with somebody at it: waits for a card, offers what can be done, asks, shows, waits until it is out."""

from __future__ import annotations

from collections.abc import Callable

from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.counter.counter_teller import CounterTeller
from dualcos.cli.counter.service_steps import lacks_number
from dualcos.cli.counter.step_table import STEPS, TYPED
from dualcos.cli.standing.card_awaited import Enough, PersonWithCard
from dualcos.cli.standing.step_menu import StepMenu
from dualcos.cli.standing.steps_asked import StepAsked, fault_told
from dualcos.cli.user_faults import Fault, without_hex
from dualcos.reader.pcsc import PcscLink
from dualcos.terminal.screen.view_questions import AskedAbout
from dualcos.terminal.terminal_parts import PartText

_NUMBER = PartText("不可恢复！输入卡号确认，回车取消", "for good! type the card's number to confirm, Enter cancels")
_OPEN = PartText(
    "有未完成的交易，先办完，可能要密码", "something is open and is finished first, which may want the PIN"
)
_DONE_WORD = "done"
_FINISHED = PartText("办完，取卡", "all done with this card")


class AttendedCounter:
    """``reader``: where cards are put in by people; None for the one in this process."""

    def __init__(
        self, counter: CounterAtWork, reader: PcscLink | None, teller: CounterTeller, stop: Callable[[], bool]
    ) -> None:
        self._counter = counter
        self._teller = teller
        self._stop = stop
        self._person = PersonWithCard(teller.view, counter.hand, reader, stop)
        ways = {_DONE_WORD: _FINISHED}
        self._menu = StepMenu(STEPS, TYPED, self._person, ways, counter.terminal.cell, self._confirmed)

    def attend(self) -> bool:
        """Until whoever sits there has enough; True if a signal ended it."""
        self._person.begin()
        try:
            while True:
                self._person.wait(present=True)
                if self._work("read"):
                    self._recover()
                    self._serve()
                self._counter.forget()
                self._person.wait(present=False)
        except Enough:
            return self._stop()

    def _serve(self) -> None:
        """One transaction after the other, until the card is out or done with."""
        self._menu.show()
        while self._there():
            asked = self._menu.asked()
            if not isinstance(asked, StepAsked):
                return
            self._step(asked)
            self._person.demand_wanted()

    def _recover(self) -> None:
        """What an earlier insertion has left open comes before all else (SSC-7 §14)."""
        if self._counter.is_something_open:
            self._teller.view.hint(_OPEN)
            self._work("recover")

    def _there(self) -> bool:
        hand = self._counter.hand
        return hand.present if hand is not None else self._counter.admitted is not None

    def _confirmed(self, asked: StepAsked) -> StepAsked:
        """With the card's number where that has to be typed by who means it. Raises Fault: nobody does."""
        if not lacks_number(asked):
            return asked
        number = self._person.typed(_NUMBER, AskedAbout.MEANT)
        if not number:
            said = without_hex(" ".join(asked.words))
            raise asked.fault(PartText(f"{said}未确认：未锁定", f"{said} was not confirmed: nothing is blocked"))
        return asked.with_word(number)

    def _step(self, asked: StepAsked) -> None:
        try:
            stopped = self._teller.work(self._counter, asked)
        except Fault as fault:
            self._teller.view.hint(fault_told(fault, "不能执行"))
            return
        if stopped is not None and not stopped.gone and self._there_again():
            self._work("read")

    def _there_again(self) -> bool:
        """A card that is still in, after a stop, which has taken its power (SSC-7 §5.5)."""
        return self._counter.hand is None or self._counter.hand.present

    def _work(self, word: str) -> bool:
        """True if the step was done."""
        return self._teller.work(self._counter, StepAsked((word,), {})) is None
