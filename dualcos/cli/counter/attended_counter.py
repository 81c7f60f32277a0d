"""A counter with somebody at it: waits for a card, offers what can be done, asks, shows, waits until the card is out.

A card in this process is out to begin with, and moved by what is typed; one in a reader by whoever has it in his hand.
"""

from __future__ import annotations

import sys
from argparse import Namespace

from dualcos.cli.counter.counter_at_work import CounterAtWork, StepKind
from dualcos.cli.counter.service_steps import lacks_number
from dualcos.cli.counter.step_table import STEPS, kind_of
from dualcos.cli.counter.step_teller import StepTeller
from dualcos.cli.counter.steps_asked import StepAsked, step_in
from dualcos.cli.operator_terminal import InputEnded, PersonAtTerminal
from dualcos.cli.stop_asked import StopAsked
from dualcos.cli.user_faults import Fault
from dualcos.lab.operator_steps.desk import OperatorWords
from dualcos.reader.pcsc import PcscLink
from dualcos.terminal.social.terminal_stopped import StopCause

_LOOK_SECONDS = 0.5
_WHAT = OperatorWords("做什么", "what is to be done")
_INSERT = OperatorWords("请插卡", "put a card in")
_TAKE = OperatorWords("请取卡", "take the card out")
_ENTER = OperatorWords("回车插卡，quit 退出", "Enter puts it in, quit ends")
_NUMBER = OperatorWords(
    "不可恢复！输入卡号确认，回车取消", "for good! type the card's number to confirm, Enter cancels"
)
_OPEN = OperatorWords(
    "有未完成的交易，先办完，可能要密码", "something is open and is finished first, which may want the PIN"
)
_OUT = OperatorWords("回车取卡", "Enter takes it out")
_QUIT = OperatorWords("退出", "end")
_FINISHED = OperatorWords("办完，取卡", "all done with this card")
_QUIT_WORD, _DONE_WORD, _INSERT_WORD = "quit", "done", "insert"
_GONE = (StopCause.NO_CARD, StopCause.READER)


def demand_attended(args: Namespace) -> None:
    """Raises Fault where nobody can be asked."""
    if args.json:
        raise Fault("--json tells of steps that are named: name one, or several in a --script")
    if not sys.stdin.isatty():
        raise Fault(
            "which step? Without one they are asked for at a terminal, and stdin is none; --script FILE has some"
        )


class _Enough(Exception):
    """Whoever sits there wants to end."""


class AttendedCounter:
    """``reader``: where cards are put in by people; None for the one in this process."""

    def __init__(self, counter: CounterAtWork, reader: PcscLink | None, teller: StepTeller, stop: StopAsked) -> None:
        self._counter = counter
        self._hand = counter.hand
        self._reader = reader
        self._teller = teller
        self._stop = stop
        self._person = PersonAtTerminal()

    def attend(self) -> bool:
        """Until whoever sits there has enough; True if a signal ended it."""
        if self._hand is not None:
            self._hand.pull()
        try:
            while True:
                self._wait(present=True)
                if self._work("read"):
                    self._recover()
                    self._serve()
                self._counter.forget()
                self._wait(present=False)
        except _Enough:
            return self._stop()

    # --- the card -------------------------------------------------------------------------------------------------

    def _wait(self, *, present: bool) -> None:
        """Until there is a card, or none any more."""
        said = _INSERT if present else _TAKE
        self._teller.settle()
        if self._hand is not None:
            if self._hand.present is present:
                return
            self._person.show(said)
            if self._typed(_ENTER if present else _OUT) == _QUIT_WORD:
                raise _Enough
            if present:
                self._hand.insert()
            else:
                self._hand.pull()
        elif self._reader is not None and not self._reader.wait(present=present, seconds=0):
            self._person.show(said)
            while not self._reader.wait(present=present, seconds=_LOOK_SECONDS):
                self._demand_wanted()

    def _demand_wanted(self) -> None:
        if self._stop():
            raise _Enough

    # --- what is done -----------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """One transaction after the other, until the card is out or done with."""
        self._person.show(self._menu())
        while self._there():
            asked = self._asked()
            if asked is None:
                return
            self._step(asked)
            self._demand_wanted()

    def _recover(self) -> None:
        """What an earlier insertion has left open comes before all else (SSC-7 §14)."""
        if self._counter.is_something_open:
            self._person.show(_OPEN)
            self._work("recover")

    def _there(self) -> bool:
        return self._hand.present if self._hand is not None else self._counter.admitted is not None

    def _asked(self) -> StepAsked | None:
        """The next step; None: done with this card."""
        while True:
            line = self._typed(_WHAT)
            if line == _QUIT_WORD:
                raise _Enough
            if line == _DONE_WORD:
                return None
            kinds = self._offered()
            if line.isascii() and line.isdecimal() and 0 < int(line) <= len(kinds):
                line = self._completed(kinds[int(line) - 1])
            try:
                asked = step_in(line)
                if asked is not None:
                    if lacks_number(asked):
                        asked = asked.with_word(self._confirmed(asked))
                    kind_of(asked)
                    return asked
            except Fault as fault:
                self._person.show(OperatorWords("不能理解", str(fault)))
                continue
            self._person.show(self._menu())

    def _confirmed(self, asked: StepAsked) -> str:
        """The card's number, typed by who means it. Raises Fault: nobody does."""
        number = self._typed(_NUMBER)
        if not number:
            raise Fault(f"{' '.join(asked.words)} was not confirmed: nothing is blocked")
        return number

    def _completed(self, kind: StepKind) -> str:
        """A step that was chosen by its number, with what is missing; nothing where that was not typed."""
        if not kind.least:
            return kind.name
        behind = self._typed(OperatorWords(f"{kind.said.zh}（回车取消）", f"{kind.name} {kind.usage}, Enter cancels"))
        return f"{kind.name} {behind}" if behind else ""

    def _step(self, asked: StepAsked) -> None:
        try:
            stopped = self._teller.work(self._counter, asked)
        except Fault as fault:
            self._person.show(OperatorWords("不能执行", str(fault)))
            return
        if stopped is not None and stopped.cause not in _GONE and self._there_again():
            self._work("read")

    def _there_again(self) -> bool:
        """A card that is still in, after a stop, which has taken its power (SSC-7 §5.5)."""
        return self._hand is None or self._hand.present

    def _work(self, word: str) -> bool:
        """True if the step was done."""
        return self._teller.work(self._counter, StepAsked((word,), {})) is None

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _offered(self) -> list[StepKind]:
        """What can be done with a card that is in."""
        return [
            kind
            for kind in STEPS.values()
            if kind.name != _INSERT_WORD and (self._hand is not None or not kind.by_hand)
        ]

    def _menu(self) -> OperatorWords:
        rows = [f"{at:3}  {kind.name:10}{kind.said}" for at, kind in enumerate(self._offered(), 1)]
        ways = [f"     {word:10}{said.zh} {said.en}" for word, said in ((_DONE_WORD, _FINISHED), (_QUIT_WORD, _QUIT))]
        return OperatorWords("请选择交易：", "\n".join(["choose by number, or type a step:", *rows, *ways]))

    def _typed(self, asked: OperatorWords) -> str:
        self._teller.settle()
        try:
            return self._person.text(asked)
        except InputEnded:
            raise _Enough from None
