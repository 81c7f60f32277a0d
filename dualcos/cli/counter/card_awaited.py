"""Whoever sits at a terminal, and a card that he is waited for to put in and to take out.

A card in this process is out to begin with, and moved by what is typed; one in a reader by whoever has it in his hand.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable

from dualcos.cli.counter.hand_at_card import HandAtCard
from dualcos.cli.operator_terminal import InputEnded, PersonAtTerminal
from dualcos.cli.stop_asked import StopAsked
from dualcos.cli.user_faults import Fault
from dualcos.lab.operator_steps.desk import OperatorWords
from dualcos.reader.pcsc import PcscLink

QUIT_WORD = "quit"
_LOOK_SECONDS = 0.5
_INSERT = OperatorWords("请插卡", "put a card in")
_TAKE = OperatorWords("请取卡", "take the card out")
_ENTER = OperatorWords("回车插卡，quit 退出", "Enter puts it in, quit ends")
_OUT = OperatorWords("回车取卡", "Enter takes it out")


def demand_attended(args: Namespace) -> None:
    """Raises Fault where nobody can be asked."""
    if args.json:
        raise Fault("--json tells of steps that are named: name one, or several in a --script")
    if not sys.stdin.isatty():
        raise Fault(
            "which step? Without one they are asked for at a terminal, and stdin is none; --script FILE has some"
        )


class Enough(Exception):
    """Whoever sits there wants to end."""


class PersonWithCard:
    """``hand``: at a card in this process; ``reader``: where cards are put in by people, else. ``settle``: called
    before anything is asked.
    """

    def __init__(
        self, hand: HandAtCard | None, reader: PcscLink | None, stop: StopAsked, settle: Callable[[], None]
    ) -> None:
        self.hand = hand
        self._reader = reader
        self._stop = stop
        self._settle = settle
        self._person = PersonAtTerminal()

    def begin(self) -> None:
        """A card in this process is out."""
        if self.hand is not None:
            self.hand.pull()

    def wait(self, *, present: bool) -> None:
        """Until there is a card, or none any more. Raises Enough."""
        said = _INSERT if present else _TAKE
        self._settle()
        if self.hand is not None:
            if self.hand.present is present:
                return
            self._person.show(said)
            if self.typed(_ENTER if present else _OUT) == QUIT_WORD:
                raise Enough
            if present:
                self.hand.insert()
            else:
                self.hand.pull()
        elif self._reader is not None and not self._reader.wait(present=present, seconds=0):
            self._person.show(said)
            while not self._reader.wait(present=present, seconds=_LOOK_SECONDS):
                self.demand_wanted()

    def demand_wanted(self) -> None:
        """Raises Enough once somebody wants to stop."""
        if self._stop():
            raise Enough

    def show(self, said: OperatorWords) -> None:
        """Both languages, a line or more each."""
        self._person.show(said)

    def typed(self, asked: OperatorWords) -> str:
        """A line. Raises Enough at the end of input."""
        self._settle()
        try:
            return self._person.text(asked)
        except InputEnded:
            raise Enough from None
