"""The terminal that the arguments ask for: its cards and its other parts."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from typing import NamedTuple

from dualcos.cli.counter.counter_pin_pad import asked_pad
from dualcos.cli.counter.list_steps import add_blacklist, asked_blacklist
from dualcos.cli.file_arguments import add_kept
from dualcos.cli.standing.cards_on_desk import CardsOnDesk, add_cards, cards_on_desk, watch_card
from dualcos.cli.standing.desk_parts import add_clock, add_form, address_of, asked_clock, asked_form
from dualcos.cli.standing.pins_typed import add_pin_pad
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.user_faults import Fault
from dualcos.explain.control_characters import in_one_line
from dualcos.messages.social_client import TcpBackEnd
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE, IN_MEMORY
from dualcos.terminal.social.blacklist_held import HeldBlacklist
from dualcos.terminal.social.hsm_path import NO_TERMINAL, AskedBackEnd
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.social_terminal import AT_A_COUNTER, SocialParts, SocialTerminal
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.terminal_forms import FormCell, FormFactor, TerminalKind, cell_of
from dualcos.textforms.whole_texts import whole

_TERMINAL = re.compile(whole("[0-9]{12}"))


SOCIAL_NUMBER = "--terminal"


def add_desk(parser: ArgumentParser) -> None:
    """Declare what says which cards the terminal has, and what its parts are."""
    add_cards(parser)
    add_form(parser, FormFactor.PC)
    add_social_side(parser, SOCIAL_NUMBER)
    add_kept(
        parser,
        "--storage",
        beside=DATABASE_BESIDE,
        metavar="FILE",
        help="the terminal's storage: settlements, loads and updates, one SQLite file (default: forgotten at the end);"
        " a PSAM that is to go on counting is a card file, too: --sam FILE",
    )
    add_clock(parser)
    add_pin_pad(parser)


def add_social_side(parser: ArgumentParser, number: str) -> None:
    """Declare what is a social terminal's alone. ``number``: the option with its number at the back end."""
    parser.add_argument(
        "--path",
        choices=[kind.value for kind in PathKind],
        help="who computes with the keys: the PSAM, or the HSM behind the back end"
        " (default: the PSAM, and the HSM where that does not serve)",
    )
    add_blacklist(parser)
    parser.add_argument("--backend", metavar="HOST:PORT", help="the back end: `dualcos backend serve`, or yours")
    parser.add_argument(
        number,
        dest="social_number",
        metavar="NUMBER",
        help="how the back end knows the terminal where no PSAM says it: 12 digits (default: zeros)",
    )


class DeskParts(NamedTuple):
    """What stands on the desk."""

    terminal: SocialTerminal
    journal: TerminalJournal
    blacklist: HeldBlacklist | None
    cards: CardsOnDesk


def parts_on_desk(place: StandingPlace) -> DeskParts:
    """All parts. Raises as ``cards_on_desk``."""
    args, stack, recorder, view = place
    clock = asked_clock(args)
    blacklist = asked_blacklist(args, view)
    pad = asked_pad(view, args.pin_file)
    journal = stack.enter_context(_journal(args))
    cards = cards_on_desk(args, stack, recorder, with_sam=has_sam(args))
    watch_card(view, cards.hand)
    parts = SocialParts(
        card=cards.card,
        sam=cards.sam,
        display=view,
        keyboard=view,
        pin_pad=pad,
        clock=clock,
        back_end=asked_back_end(args, stack, journal, _asked_number(args)),
        blacklist=blacklist,
    )
    cell = cell_of(TerminalKind.SOCIAL, asked_form(args, FormFactor.PC))
    return DeskParts(social_terminal(args, parts, cell), journal, blacklist, cards)


def has_sam(args: Namespace) -> bool:
    """False where all keys are behind the back end."""
    return bool(args.path != PathKind.HSM.value)


def social_terminal(args: Namespace, parts: SocialParts, cell: FormCell = AT_A_COUNTER) -> SocialTerminal:
    """Of these parts, on the path that --path asks for, of that kind and form."""
    path = PathKind(args.path) if args.path is not None else None
    return SocialTerminal(parts, path=path, asks_register=True, cell=cell)


def asked_back_end(args: Namespace, stack: ExitStack, journal: TerminalJournal, number: str) -> AskedBackEnd | None:
    """The one that --backend names, asked in the name of terminal ``number``; what has to be closed is on ``stack``.
    Raises Fault.
    """
    if args.backend is None:
        return None
    host, port = address_of("--backend", args.backend)
    client = TcpBackEnd(host, port)
    stack.callback(client.close)
    return AskedBackEnd(client, journal.next_running, bytes.fromhex(number), skip=journal.skip_running)


def _asked_number(args: Namespace) -> str:
    """Raises Fault."""
    number = args.social_number if args.social_number is not None else NO_TERMINAL.hex()
    demand_social_number(SOCIAL_NUMBER, number)
    return number


def demand_social_number(option: str, number: str) -> None:
    """Raises Fault."""
    if not _TERMINAL.fullmatch(number):
        raise Fault(f"{option} {in_one_line(number)}: 12 digits are wanted, as 990000000001")


def _journal(args: Namespace) -> TerminalJournal:
    try:
        return TerminalJournal(args.storage if args.storage is not None else IN_MEMORY)
    except TerminalStopped as stopped:
        raise Fault(f"--storage {stopped.en}") from None
