"""The card and the PSAM that the arguments ask for, in this process or in readers."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import ExitStack
from typing import NamedTuple

from apdu.link import AroundCard, SmartCard
from apdu.status import SW
from cos.ssse.tables import ssse_holder
from dualcos.cli.card_argument import add_named_card, add_seed, add_settings
from dualcos.cli.fault_mode import FaultMode, add_faults_of_card, add_faults_of_sam
from dualcos.cli.reader_slots import SlotTable, sam_seats, taken
from dualcos.cli.serve import add_cut, add_sam
from dualcos.cli.standing.hand_at_card import HandAtCard
from dualcos.cli.trace_recorder import Recorder
from dualcos.cli.user_faults import Fault
from dualcos.dialogue.driver import perform
from dualcos.dialogue.iso_commands import select_name
from dualcos.profile.opened_card import Opened, default_profile
from dualcos.reader.pcsc import PcscLink, reader_named
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.social.card_factors import announced_cipher

_SAM = "sam"
_OURS = ("card", "seed", "cut_at", "faults")
_PSAM_OF = {b"\x03": "psam-sm4"}
_USUAL_PSAM = "psam-3des"


def add_one_card(parser: ArgumentParser) -> None:
    """Declare what says which card a terminal without a SAM has."""
    add_named_card(parser, "--card", help=f"the card, a profile's or one in a card file; default {default_profile()}")
    add_seed(parser)
    add_settings(parser)
    add_cut(parser)
    add_faults_of_card(parser)
    parser.add_argument("--pcsc", metavar="READER", help="the card is in this PC/SC reader (its name or a part of it)")


def add_cards(parser: ArgumentParser) -> None:
    """Declare what says which cards there are, with a SAM's."""
    add_one_card(parser)
    add_sam(parser)
    add_faults_of_sam(parser)
    parser.add_argument("--sam-pcsc", metavar="READER", help="the PSAM is in this PC/SC reader")


class CardsOnDesk(NamedTuple):
    """``sam``: None where there is none. ``hand``: at a card in this process; ``reader``: the one that it is in else.
    ``faults``: cards that misbehave.
    """

    card: SmartCard
    sam: SmartCard | None
    hand: HandAtCard | None
    reader: PcscLink | None
    faults: tuple[FaultMode, ...]


class CardSeat(NamedTuple):
    """One card. ``hand``: at it in this process; ``reader``: the one that it is in else; ``faults``: how it misbehaves;
    ``inside``: the card itself, of ours.
    """

    card: SmartCard
    hand: HandAtCard | None = None
    reader: PcscLink | None = None
    faults: tuple[FaultMode, ...] = ()
    inside: Opened | None = None


def cards_on_desk(args: Namespace, stack: ExitStack, recorder: Recorder, *, with_sam: bool = True) -> CardsOnDesk:
    """Both; what has to be closed is on ``stack``. Of a card in this process the PSAM that has its keys is there unless
    another is named, or ``with_sam`` is False.

    Raises Fault, PcscError, and what opening a card, a profile or a script raises.
    """
    table = _slots(stack, recorder)
    seat = _one_card(args, table)
    sam, faults = _sam(args, table, seat, with_sam=with_sam)
    return CardsOnDesk(seat.card, sam, seat.hand, seat.reader, (*seat.faults, *faults))


def card_on_desk(args: Namespace, stack: ExitStack, recorder: Recorder) -> CardSeat:
    """The card of a terminal without a SAM. Raises as ``cards_on_desk``."""
    return _one_card(args, _slots(stack, recorder))


def watch_card(view: TerminalView, hand: HandAtCard | None) -> None:
    """``view`` is told whether a card of this process is in; of one in a reader whoever waits for it tells."""
    if hand is not None:
        hand.watch(lambda present: view.card(present=present))


def _slots(stack: ExitStack, recorder: Recorder) -> SlotTable:
    return SlotTable(stack, recorder, lambda words: recorder.say(f"! {words}"))


def _one_card(args: Namespace, table: SlotTable) -> CardSeat:
    return _card_in_reader(args, table) if args.pcsc is not None else _card_here(args, table)


def _card_here(args: Namespace, table: SlotTable) -> CardSeat:
    seat = taken(Namespace(**{**vars(args), "sam": None, "sam_faults": None, "sam_set": []}), table)[0]
    if seat.hand is None or seat.opened is None:
        raise Fault("the card is not in this process")
    hand = HandAtCard(seat.slot, seat.hand)
    return CardSeat(hand, hand, faults=(seat.mode,) if seat.mode is not None else (), inside=seat.opened)


def _card_in_reader(args: Namespace, table: SlotTable) -> CardSeat:
    given = next((name for name in _OURS if getattr(args, name) is not None), "set" if args.set else None)
    if given is not None and not (given == "seed" and getattr(args, "sam", None) is not None):
        raise Fault(
            f"--{given.replace('_', '-')} is about a card of ours, and --pcsc {args.pcsc} names one in a reader"
        )
    link, card = _wire(args.pcsc, table, "")
    return CardSeat(card, reader=link)


def _wire(name: str, table: SlotTable, slot: str) -> tuple[PcscLink, SmartCard]:
    reader = reader_named(name)
    link = PcscLink(reader, exclusive=True)
    table.stack.callback(link.close)
    return link, table.recorder.overheard(_WireOnly(link), {"reader": reader, "atr": link.atr.hex().upper()}, slot)


class _WireOnly(AroundCard[SmartCard]):
    """A card of which nothing is known but what passes."""

    environment = None


def _sam(
    args: Namespace, table: SlotTable, seat: CardSeat, *, with_sam: bool
) -> tuple[SmartCard | None, tuple[FaultMode, ...]]:
    """The PSAM and, where it misbehaves, how; None where the terminal is to have none."""
    if args.sam_pcsc is not None:
        if args.sam is not None:
            raise Fault("--sam and --sam-pcsc both name the PSAM: one of them")
        if seat.reader is not None and reader_named(args.sam_pcsc) == seat.reader.reader:
            raise Fault(f"--sam-pcsc {args.sam_pcsc}: this is the reader with the card; the PSAM is in another")
        sam_seats(args, table)  # what is said of a PSAM in this process is refused
        return _wire(args.sam_pcsc, table, _SAM)[1], ()
    if args.sam is None and seat.inside is not None and with_sam and not args.sam_set:
        args = Namespace(**{**vars(args), "sam": _psam_for(seat.inside)})
    seats = sam_seats(args, table)
    if not seats:
        return None, ()
    return seats[0].slot, (seats[0].mode,) if seats[0].mode is not None else ()


def _psam_for(opened: Opened) -> str:
    """The PSAM profile that has the keys of a profile's card, by the cipher that it announces."""
    card = opened.card
    before = card.snapshot()
    try:
        card.power_on()
        answer = perform(card, select_name(ssse_holder.NAME))
    finally:
        card.restore(before)
        opened.events.take()
    return _PSAM_OF.get(announced_cipher(answer.data) if answer.sw == SW.OK else b"", _USUAL_PSAM)
