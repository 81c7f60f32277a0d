"""Whoever sits at a terminal, and a card that he is waited for to put in and to take out.

A card in this process is out to begin with, and moved by what is typed; one in a reader by whoever has it in his hand.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable

from dualcos.cli.operator_terminal import InputEnded
from dualcos.cli.standing.hand_at_card import HandAtCard
from dualcos.cli.user_faults import Fault
from dualcos.reader.pcsc import PcscError, PcscLink
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import AskedAbout, CardQuestion, StepKey
from dualcos.terminal.terminal_parts import PartText

_INSERT = PartText("请插卡", "put a card in")
_TAKE = PartText("请取卡", "take the card out")
_ENTER = PartText("回车插卡，quit 退出", "Enter puts it in, quit ends")
_OUT = PartText("回车取卡", "Enter takes it out")
_BACK = PartText("回车返回，quit 退出", "Enter goes back, quit ends")
_QUIT = PartText("quit 退出", "quit ends")


def demand_attended(args: Namespace) -> None:
    """Raises Fault where nobody can be asked."""
    if args.json:
        raise Fault("--json tells of steps that are named: name one, or several in a --script")
    if not sys.stdin.isatty():
        raise Fault(
            "which step? Without one they are asked for at a terminal, and stdin is none; --script FILE has some"
        )


def demand_screen(args: Namespace, *, steps: bool) -> None:
    """Raises Fault where a screen shows nobody anything, or has nothing to ask."""
    if args.json:
        raise Fault("--json is for programs and --screen for people: one of them")
    if steps:
        raise Fault("--screen asks for the steps one by one: leave --script and those on the command line out")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Fault("--screen is shown at a terminal, and stdin or stderr is none; --script FILE does without")


class WentBack(Exception):
    """Whoever sits there puts no card in: the step is left."""


class Enough(Exception):
    """Whoever sits there wants to end."""


class PersonWithCard:
    """``hand``: at a card in this process; ``reader``: where cards are put in by people, else. ``stop``: True once
    somebody wants to end.
    """

    def __init__(
        self, view: TerminalView, hand: HandAtCard | None, reader: PcscLink | None, stop: Callable[[], bool]
    ) -> None:
        self.view, self.hand = view, hand
        self._reader = reader
        self._stop = stop

    def begin(self) -> None:
        """A card in this process is out; a PIN pad closes when the card is pulled."""
        if self.hand is not None:
            self.hand.pull()
        self.view.pads_go_by(self._is_out)

    def wait(self, *, present: bool, may_go_back: bool = False) -> None:
        """Until there is a card, or none any more. Raises Enough, WentBack."""
        if self.hand is not None:
            self._moved(self.hand, present=present, may_go_back=may_go_back)
        elif self._reader is not None:
            self._waited_for(self._reader, present=present, may_go_back=may_go_back)
            self.view.card(present=present)

    def typed(self, asked: PartText, about: AskedAbout, step: StepKey | None = None) -> str:
        """A line, empty where that was cancelled. Raises Enough at the end of input."""
        try:
            return self.view.text(asked, about, step) or ""
        except InputEnded:
            raise Enough from None

    def demand_wanted(self) -> None:
        """Raises Enough once somebody wants to stop."""
        if self._stop():
            raise Enough

    def _is_out(self) -> bool:
        if self.hand is not None:
            return not self.hand.present
        try:
            return self._reader is not None and self._reader.wait(present=False, seconds=0)
        except PcscError:  # the next command says so
            return False

    def _moved(self, hand: HandAtCard, *, present: bool, may_go_back: bool) -> None:
        if hand.present is present:
            return
        said, prompt = (_INSERT, _ENTER) if present else (_TAKE, _OUT)
        self._ask(CardQuestion(said, prompt, present, may_go_back))
        if present:
            hand.insert()
        else:
            hand.pull()

    def _waited_for(self, reader: PcscLink, *, present: bool, may_go_back: bool) -> None:
        def moved() -> bool:
            self.demand_wanted()
            return reader.wait(present=present, seconds=0)

        if not reader.wait(present=present, seconds=0):
            said, prompt = _INSERT if present else _TAKE, _BACK if may_go_back else _QUIT
            self._ask(CardQuestion(said, prompt, present, may_go_back, moved))

    def _ask(self, asked: CardQuestion) -> None:
        moved = self.view.move_card(asked)
        if moved is None:
            raise WentBack
        if not moved:
            raise Enough
