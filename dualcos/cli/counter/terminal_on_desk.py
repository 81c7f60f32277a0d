"""The terminal that the arguments ask for: its cards and its other parts."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.counter.cards_on_desk import CardsOnDesk, add_cards, cards_on_desk
from dualcos.cli.counter.counter_pin_pad import add_pin_pad, asked_pad
from dualcos.cli.counter.list_steps import add_blacklist, asked_blacklist
from dualcos.cli.file_arguments import add_kept
from dualcos.cli.operator_terminal import PersonAtTerminal
from dualcos.cli.trace_recorder import Recorder
from dualcos.cli.user_faults import Fault
from dualcos.explain.control_characters import in_one_line
from dualcos.lab.operator_steps.desk import OperatorWords
from dualcos.messages.social_client import TcpBackEnd
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE, IN_MEMORY
from dualcos.terminal.social.blacklist_held import HeldBlacklist
from dualcos.terminal.social.hsm_path import NO_TERMINAL, AskedBackEnd
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.social_terminal import SocialParts, SocialTerminal
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.terminal_parts import PartText
from dualcos.textforms.whole_texts import whole

_HIGHEST_PORT = 0xFFFF
_TERMINAL = re.compile(whole("[0-9]{12}"))
_MOMENT = "%Y%m%d%H%M%S"


def add_desk(parser: ArgumentParser) -> None:
    """Declare what says which cards the terminal has, and what its parts are."""
    add_cards(parser)
    parser.add_argument(
        "--path",
        choices=[kind.value for kind in PathKind],
        help="who computes with the keys: the PSAM, or the HSM behind the back end"
        " (default: the PSAM, and the HSM where that does not serve)",
    )
    add_kept(
        parser,
        "--storage",
        beside=DATABASE_BESIDE,
        metavar="FILE",
        help="the terminal's storage: settlements, loads and updates, one SQLite file (default: forgotten at the end);"
        " a PSAM that is to go on counting is a card file, too: --sam FILE",
    )
    add_blacklist(parser)
    parser.add_argument("--backend", metavar="HOST:PORT", help="the back end: `dualcos backend serve`, or yours")
    parser.add_argument(
        "--terminal",
        metavar="NUMBER",
        help="how the back end knows the terminal where no PSAM says it: 12 digits (default: zeros)",
    )
    parser.add_argument("--clock", metavar="YYYYMMDDhhmmss", help="its clock stands at this (default: now, in Beijing)")
    add_pin_pad(parser)


class DeskParts(NamedTuple):
    """What stands on the desk."""

    terminal: SocialTerminal
    journal: TerminalJournal
    blacklist: HeldBlacklist | None
    cards: CardsOnDesk


def parts_on_desk(args: Namespace, stack: ExitStack, recorder: Recorder, show: Callable[[PartText], None]) -> DeskParts:
    """All parts; what has to be closed is on ``stack``. ``show`` is the display. Raises as ``cards_on_desk``."""
    clock = _StandingClock(args.clock) if args.clock is not None else _RunningClock()
    blacklist = asked_blacklist(args)
    pad = asked_pad(args.pin_file, recorder.settle)
    journal = stack.enter_context(_journal(args))
    cards = cards_on_desk(args, stack, recorder, with_sam=args.path != PathKind.HSM.value)
    parts = SocialParts(
        card=cards.card,
        sam=cards.sam,
        display=_ShownLines(show),
        keyboard=_ChosenByPerson(),
        pin_pad=pad,
        clock=clock,
        back_end=_back_end(args, stack, journal),
        blacklist=blacklist,
    )
    path = PathKind(args.path) if args.path is not None else None
    return DeskParts(SocialTerminal(parts, path=path, asks_register=True), journal, blacklist, cards)


def _back_end(args: Namespace, stack: ExitStack, journal: TerminalJournal) -> AskedBackEnd | None:
    if args.backend is None:
        return None
    host, _, port = args.backend.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) <= _HIGHEST_PORT:
        raise Fault(f"--backend {args.backend}: HOST:PORT is wanted, as 127.0.0.1:6001")
    number = args.terminal if args.terminal is not None else NO_TERMINAL.hex()
    if not _TERMINAL.fullmatch(number):
        raise Fault(f"--terminal {in_one_line(number)}: 12 digits are wanted, as 990000000001")
    client = TcpBackEnd(host.strip("[]"), int(port))
    stack.callback(client.close)
    return AskedBackEnd(client, journal.next_running, bytes.fromhex(number), skip=journal.skip_running)


def _journal(args: Namespace) -> TerminalJournal:
    try:
        return TerminalJournal(args.storage if args.storage is not None else IN_MEMORY)
    except TerminalStopped as stopped:
        raise Fault(f"--storage {stopped.en}") from None


class _ShownLines:
    """A display that is lines among the others."""

    def __init__(self, show: Callable[[PartText], None]) -> None:
        self.show = show


class _ChosenByPerson:
    """Whoever sits at this terminal."""

    def choose(self, question: PartText, choices: Sequence[PartText]) -> int | None:
        """See ``Keyboard``."""
        offered = {str(at): OperatorWords(*each) for at, each in enumerate(choices)}
        chosen = PersonAtTerminal().choice(OperatorWords(*question), offered)
        return int(chosen)


class _RunningClock:
    def now(self) -> str:
        """Of this machine, as it is in Beijing."""
        return beijing_now()


class _StandingClock:
    """For runs that are to be repeated. Raises Fault for what is no moment."""

    def __init__(self, moment: str) -> None:
        try:
            if not re.fullmatch(r"\d{14}", moment, re.ASCII):
                raise ValueError
            time.strptime(moment, _MOMENT)
        except ValueError:
            raise Fault("--clock takes a moment, YYYYMMDDhhmmss, as 20261129120000") from None
        self._moment = moment

    def now(self) -> str:
        """Always the same."""
        return self._moment
