"""The full-function terminal that the arguments ask for: one card, both sides of the terminal, one journal."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dualcos.cli.cashier.full_at_work import FullAtWork
from dualcos.cli.cashier.half_marked import CardOfHalf, HalfTold
from dualcos.cli.cashier.storage_owner import StorageOwner
from dualcos.cli.counter.counter_at_work import CounterAtWork
from dualcos.cli.counter.counter_pin_pad import asked_pad
from dualcos.cli.counter.list_steps import asked_blacklist
from dualcos.cli.counter.terminal_on_desk import (
    add_social_side,
    asked_back_end,
    has_sam,
    social_terminal,
)
from dualcos.cli.facts.full_facts import FullSide
from dualcos.cli.file_arguments import add_kept
from dualcos.cli.machine_output import tell
from dualcos.cli.standing.cards_on_desk import CardsOnDesk, add_cards, cards_on_desk, watch_card
from dualcos.cli.standing.desk_parts import add_clock, add_form, asked_clock
from dualcos.cli.standing.pins_typed import BANK_PINS, PIN_FILE, add_pin_pad
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.till.bank_pins_typed import asked_bank_pins
from dualcos.cli.till.cash_cassette import BESIDE_STORAGE
from dualcos.cli.till.heard_line import HeardAloud
from dualcos.cli.till.paper_in_step import PaperInStep
from dualcos.cli.till.people_at_till import asked_people
from dualcos.cli.till.till_at_work import TillAtWork
from dualcos.cli.till.till_on_desk import add_bank_side, demand_own, financial_settings, stand_till
from dualcos.cli.user_faults import Fault
from dualcos.sqlitefile.durable_database import DATABASE_BESIDE, IN_MEMORY
from dualcos.terminal.financial.payment_journal import JournalFault, StoredPayment
from dualcos.terminal.financial.payment_parts import FinancialParts
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.full.full_terminal import FullTerminal
from dualcos.terminal.full.one_insertion import OneInsertion
from dualcos.terminal.full.withheld_paper import WithheldPaper
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.social.social_terminal import SocialParts
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from dualcos.terminal.terminal_forms import FormFactor, TerminalKind, cell_of

_SOCIAL_NUMBER, _BANK_NUMBER = "--social-terminal", "--bank-terminal"


def add_full(parser: ArgumentParser) -> None:
    """Declare what says which cards the terminal has, and what its parts and settings are."""
    add_cards(parser)
    add_form(parser, FormFactor.POS)
    add_social_side(parser, _SOCIAL_NUMBER)
    add_bank_side(parser, _BANK_NUMBER)
    add_kept(
        parser,
        "--storage",
        beside=(*DATABASE_BESIDE, BESIDE_STORAGE),
        metavar="FILE",
        help="what it must not forget: bills, settlements, payments, one SQLite file (default: forgotten at the end);"
        " a PSAM that is to go on counting is a card file, too: --sam FILE",
    )
    add_clock(parser)
    add_pin_pad(parser, pin="the social PIN (社保密码)")
    add_pin_pad(parser, BANK_PINS, pin="the bank's PIN (银行卡密码)")


class FullFound(NamedTuple):
    """What a power cut had left open, as it stands now."""

    payments: tuple[StoredPayment, ...]
    bills: tuple[StoredBill, ...]


class FullOnDesk(NamedTuple):
    """What stands there."""

    full: FullAtWork
    cards: CardsOnDesk
    found: FullFound


def full_on_desk(place: StandingPlace) -> FullOnDesk:
    """All parts. Raises Fault and what opening a card raises."""
    args, stack, recorder, view = place
    _demand_two_files(args)
    settings, clock, blacklist = financial_settings(args), asked_clock(args), asked_blacklist(args, view)
    pad = asked_pad(view, args.pin_file)
    bank_pins, people = asked_bank_pins(view, args.bank_pin_file, BANK_PINS), asked_people(view, args)
    journal = stack.enter_context(_journal(args))
    demand_own(args, journal.payments, settings)
    owner = StorageOwner(journal, args.storage)
    back_end = asked_back_end(args, stack, journal.social, owner.number(_SOCIAL_NUMBER, args.social_number))
    cards = cards_on_desk(args, stack, recorder, with_sam=has_sam(args))
    watch_card(view, cards.hand)
    insertion, told = OneInsertion(cards.card), HalfTold(partial(_tell_half, place))
    paper = PaperInStep(view, journal.payments, settings.slip.width)
    social = social_terminal(
        args,
        SocialParts(
            card=CardOfHalf(insertion.social, CardHalf.SOCIAL, told),
            sam=None if cards.sam is None else CardOfHalf(cards.sam, CardHalf.SOCIAL, told),
            display=view,
            keyboard=view,
            pin_pad=pad,
            clock=clock,
            back_end=back_end,
            blacklist=blacklist,
        ),
        cell_of(TerminalKind.FULL, settings.cell.form),
    )
    till = TillAtWork(bank_pins, cards.hand, HeardAloud(place, CardHalf.BANK).hear, paper)
    withheld = WithheldPaper(paper)
    parts = FinancialParts(
        CardOfHalf(insertion.bank, CardHalf.BANK, told), people, clock, view,
        pad=bank_pins, new_pin=bank_pins, attendant=people, printer=withheld,
    )  # fmt: skip
    bank = stand_till(args, stack, till, parts, settings, journal.payments)
    terminal = FullTerminal(insertion, social, bank, journal, withheld, cell=social.cell)
    counter = CounterAtWork(social, cards.hand, journal.social, blacklist, owner.admitted)
    full = FullAtWork(terminal, counter, till)
    try:
        paper.print_left()
        return FullOnDesk(full, cards, FullFound(*terminal.power_up()))
    except (JournalFault, TerminalStopped) as fault:
        raise Fault(f"--storage {fault.en}") from None


def _demand_two_files(args: Namespace) -> None:
    """Neither side is offered the other one's PIN. Raises Fault."""
    given = [Path(each).resolve() for each in (args.pin_file, args.bank_pin_file) if each is not None]
    if len(given) > len(set(given)):
        raise Fault(f"{PIN_FILE} and {BANK_PINS} are for two pads, and two PINs: a file for each")


def _tell_half(place: StandingPlace, half: CardHalf) -> None:
    """Behind what has passed, where that is explained."""
    if not place.recorder.explains:
        return
    if place.args.json:
        place.recorder.behind(partial(tell, place.args, FullSide(side=half.value.en), ()))
    else:
        place.recorder.behind(partial(place.view.half_works, half))


def _journal(args: Namespace) -> FullJournal:
    try:
        return FullJournal(args.storage if args.storage is not None else IN_MEMORY)
    except (JournalFault, TerminalStopped) as fault:
        raise Fault(f"--storage {fault.en}") from None
