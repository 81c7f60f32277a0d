"""The financial terminal that the arguments ask for: its card, its settings, its other parts."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, NamedTuple

from msgspec import inspect

from dualcos.cli.file_arguments import add_input, add_kept
from dualcos.cli.standing.cards_on_desk import CardSeat, add_one_card, card_on_desk, watch_card
from dualcos.cli.standing.desk_parts import add_clock, add_form, address_of, asked_clock
from dualcos.cli.standing.hand_at_card import HandAtCard
from dualcos.cli.standing.pins_typed import add_pin_pad
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.till.bank_pins_typed import asked_bank_pins
from dualcos.cli.till.cash_cassette import BESIDE_STORAGE, CashCassette, NotesTypedIn, SlotOfCard
from dualcos.cli.till.heard_line import HeardAloud, HeardLine, NoLine
from dualcos.cli.till.paper_in_step import PaperInStep
from dualcos.cli.till.people_at_till import add_people, asked_people
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.cli.user_faults import Fault
from dualcos.messages.acquirer_messages import AcquirerLine
from dualcos.messages.line_client import TcpLine
from dualcos.profile.line_test_keys import terminal_master_key
from dualcos.profile.profile_settings import SettingError, applied
from dualcos.profile.terminal_keys import test_authority_keys
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE, IN_MEMORY
from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.payment_journal import JournalFault, PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_parts import FinancialParts
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.terminal_file import TerminalFile, TerminalFileError, terminal_file
from dualcos.terminal.terminal_forms import FormCell, FormFactor, TerminalBusiness
from dualcos.textforms.json_and_toml import BadText, from_toml
from dualcos.textforms.text_files import text_of
from dualcos.textforms.whole_texts import whole
from firewall.hardware.randomness import SeededRng, SystemRng
from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac

_KEY = re.compile(whole("[0-9A-Fa-f]{32}"))
_LONGEST_PATIENCE = 3600
_OWNER = "terminal and merchant"
_SHORTHANDS = ("form", "terminal", "merchant")


def add_till(parser: ArgumentParser) -> None:
    """Declare what says which card the terminal has, and what its parts and settings are."""
    add_one_card(parser)
    add_form(parser, FormFactor.POS)
    add_bank_side(parser, "--terminal")
    add_kept(
        parser,
        "--storage",
        beside=(*DATABASE_BESIDE, BESIDE_STORAGE),
        metavar="FILE",
        help="what it must not forget: payments, reversals, the batch, one SQLite file (default: forgotten at the end)",
    )
    add_clock(parser)
    add_pin_pad(parser)


def add_bank_side(parser: ArgumentParser, number: str) -> None:
    """Declare what is a payment terminal's alone. ``number``: the option with its number at the acquirer."""
    add_input(parser, "--settings", metavar="FILE", help="its settings, TOML (`dualcos lab schema terminal`)")
    parser.add_argument(
        "--terminal-set",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        help="one of its settings otherwise, as floor_limit=10000; repeat for more",
    )
    parser.add_argument(
        number, dest="terminal", metavar="NUMBER", help="its number at the acquirer: 8 characters (default: 12345678)"
    )
    parser.add_argument("--merchant", metavar="NUMBER", help="the merchant's: 15 characters")
    parser.add_argument("--host", metavar="HOST:PORT", help="its acquirer: `dualcos host serve`, or yours")
    parser.add_argument(
        "--patience", metavar="SECONDS", type=float, default=60.0, help="how long it waits for an answer (default: 60)"
    )
    add_input(
        parser, "--tmk", metavar="FILE", help="its master key, 32 hex digits (default: the test key of its number)"
    )
    add_people(parser)


class TillOnDesk(NamedTuple):
    """What stands there. ``found``: what a power cut had left open, decided now."""

    till: TillAtWork
    seat: CardSeat
    found: tuple[StoredPayment, ...]


def till_on_desk(place: StandingPlace) -> TillOnDesk:
    """All parts. Raises Fault and what opening a card raises."""
    args, stack, recorder, view = place
    settings, clock = financial_settings(args), asked_clock(args)
    pins, people = asked_bank_pins(view, args.pin_file), asked_people(view, args)
    journal = stack.enter_context(_journal(args))
    demand_own(args, journal, settings)
    seat = card_on_desk(args, stack, recorder)
    watch_card(view, seat.hand)
    paper = PaperInStep(view, journal, settings.slip.width)
    till = TillAtWork(pins, seat.hand, HeardAloud(place).hear, paper)
    parts = FinancialParts(seat.card, people, clock, view, pad=pins, new_pin=pins, attendant=people, printer=paper)
    terminal = stand_till(args, stack, till, parts, settings, journal)
    try:
        paper.print_left()
        return TillOnDesk(till, seat, terminal.power_up())
    except JournalFault as fault:
        raise Fault(f"--storage {fault.en}") from None


def stand_till(
    args: Namespace, stack: ExitStack, till: TillAtWork, parts: FinancialParts, settings: FinancialSettings,
    journal: PaymentJournal,
) -> FinancialTerminal:  # fmt: skip
    """``till`` with a terminal of these parts, to be powered up: what no form of it has is left out, what an ATM has
    besides is there. What has to be closed is on ``stack``. Raises Fault.
    """
    cell = settings.cell
    _demand_attendant(args, cell)
    parts = parts if cell.is_attended else replace(parts, attendant=None)
    parts = _with_cash(args, stack, parts, till.hand) if cell.may(TerminalBusiness.WITHDRAWAL) else parts
    terminal = FinancialTerminal(parts, settings, journal, HeardLine(_line(args, stack), till.hear))
    till.stand(terminal)
    return terminal


def _with_cash(args: Namespace, stack: ExitStack, parts: FinancialParts, hand: HandAtCard | None) -> FinancialParts:
    cassette = stack.enter_context(CashCassette(args.storage, parts.display.show))
    pull = hand.pull if hand is not None else lambda: None
    show = parts.display.show
    return replace(parts, dispenser=cassette, acceptor=NotesTypedIn(show), tray=SlotOfCard(pull, show))


def _line(args: Namespace, stack: ExitStack) -> AcquirerLine:
    if args.host is None:
        return NoLine()
    if not 0 < args.patience <= _LONGEST_PATIENCE:
        raise Fault(f"--patience {args.patience:g}: seconds are wanted, more than 0 and at most {_LONGEST_PATIENCE}")
    line = TcpLine(*address_of("--host", args.host), patience=args.patience)
    stack.callback(line.close)
    return line


def _journal(args: Namespace) -> PaymentJournal:
    try:
        return PaymentJournal(args.storage if args.storage is not None else IN_MEMORY)
    except JournalFault as fault:
        raise Fault(f"--storage {fault.en}") from None


def demand_own(args: Namespace, journal: PaymentJournal, settings: FinancialSettings) -> None:
    """A storage is one terminal's: its batch, its numbers, what waits under its keys. Raises Fault."""
    data = settings.kernel.data
    own = f"{data.terminal} {data.merchant}"
    kept = journal.setting(_OWNER)
    if kept is not None and kept != own:
        whose, asked = (" of merchant ".join(each.split()) for each in (kept, own))
        raise Fault(f"--storage {args.storage}: it is terminal {whose}'s, not {asked}'s; each has a file of its own")
    if kept is None:
        journal.keep_setting(_OWNER, own)


def financial_settings(args: Namespace) -> FinancialSettings:
    """What the arguments ask for. Raises Fault, UnreadableText."""
    file = asked_settings(args)
    try:
        kernel = file.kernel(test_authority_keys(), _random(args.seed))
    except TerminalFileError as error:
        raise _fault(args, error) from None
    key = _master_key(args.tmk) if args.tmk is not None else terminal_master_key(file.terminal)
    return FinancialSettings(
        kernel, key, LineMac(file.mac), file.envelope(), institution=file.institution, operator=file.operator,
        tries=file.tries, slip=file.slip_form(), form=file.form_factor,
    )  # fmt: skip


def _random(seed: str | None) -> Callable[[int], bytes]:
    """With --seed the terminal's random numbers are the same again, too."""
    return SystemRng().bytes if seed in (None, "random") else SeededRng(f"terminal {seed}".encode()).bytes


def _master_key(path: str) -> KeyHandle:
    """Raises Fault, UnreadableText."""
    text = text_of(path).strip()
    if not _KEY.fullmatch(text):
        raise Fault(f"--tmk {path}: 32 hex digits are wanted, a 3DES key of two parts, and nothing else")
    return KeyHandle(TDES, bytes.fromhex(text))


def asked_settings(args: Namespace) -> TerminalFile:
    """The settings that --settings, --terminal-set and the shorthands ask for. Raises Fault, UnreadableText."""
    try:
        told = _written_settings(args.settings) if args.settings is not None else {}
        told = applied(told, args.terminal_set, inspect.type_info(TerminalFile))
        _demand_one_form(args, told)
        told |= {name: getattr(args, name) for name in _SHORTHANDS if getattr(args, name) is not None}
        return terminal_file(told)
    except SettingError as error:
        raise Fault(f"--terminal-set: {error}") from None
    except (BadText, TerminalFileError) as error:
        raise _fault(args, error) from None


def _demand_attendant(args: Namespace, cell: FormCell) -> None:
    """Raises Fault: what an attendant would say is said, and there is none."""
    said = [name for name in ("document", "telephone") if getattr(args, name) is not None]
    if said and not cell.is_attended:
        raise Fault(f"--{said[0]} is an attendant's to say, and {cell.form.row.en} has none; leave it out")


def _demand_one_form(args: Namespace, told: dict[str, Any]) -> None:
    """Raises Fault: the settings and --form want different ones."""
    if args.form is not None and told.get("form", args.form) != args.form:
        raise Fault(f"--form {args.form}: the settings say form = {json.dumps(told['form'])}; leave one of them out")


def _written_settings(path: str) -> dict[str, Any]:
    """Raises TerminalFileError for a file that says nothing, as one that was lost while it was written."""
    told = from_toml(text_of(path))
    if not told:
        raise TerminalFileError('nothing is set in it; `form = "pos"` is enough for a POS')
    return told


def _fault(args: Namespace, error: Exception) -> Fault:
    source = args.settings if args.settings is not None else "the terminal's settings"
    return Fault(f"{source}: {error}; `dualcos lab schema terminal` says what they are")
