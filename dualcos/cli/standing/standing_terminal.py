"""A terminal that is set up, for whoever attends it, and let go of in order."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

from dualcos.cli.standing.hand_at_card import HandAtCard
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.standing.step_teller import StepTeller
from dualcos.cli.standing.words_in_view import WordsInView
from dualcos.cli.trace_recorder import Recorder
from dualcos.cli.trace_words import WordsOnStream
from dualcos.explain import line
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.terminal_forms import TerminalKind
from dualcos.terminal.terminal_parts import PartText

C = TypeVar("C")


class StandingTerminal(NamedTuple, Generic[C]):
    """A terminal that is set up. ``begin`` tells what it found; ``attend`` waits on whoever stands there, until he has
    enough or what it is given says so (True then); ``forget`` takes a card's power away. ``hand``: at a card in this
    process, for whoever pulls it in the middle; None at a reader. ``status``: what else there is to know of it between
    two steps, as whether it is signed on and what waits, in a few words.
    """

    terminal: C
    teller: StepTeller[C, Any]
    begin: Callable[[], None]
    attend: Callable[[Callable[[], bool]], bool]
    forget: Callable[[], None]
    hand: HandAtCard | None
    kind: TerminalKind
    status: Callable[[], Sequence[PartText]]


@contextmanager
def standing_terminal(
    args: Namespace, view: TerminalView, stand: Callable[[StandingPlace], StandingTerminal[C]], *, explained: bool
) -> Iterator[StandingTerminal[C]]:
    """The terminal that ``stand`` sets up, begun, for whoever attends it: all that it says and asks goes through
    ``view``, what passes too where ``explained``. At the end the card has no power and all is closed. Raises Fault.
    """
    programs = WordsOnStream(sys.stdout, line, json=True) if args.json and explained else None
    with ExitStack() as stack:
        words = WordsInView(view, wanted=explained, programs=programs)
        recorder = stack.enter_context(Recorder.telling(args, words))
        view.show_first(recorder.settle)
        standing = stand(StandingPlace(args, stack, recorder, view))
        recorder.begin()
        standing.teller.announce()
        standing.begin()
        yield standing
