"""``dualcos record session``: between a terminal and a card, of ours or in a reader of this machine."""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, Namespace
from functools import partial
from typing import Final

from dualcos.cli.commands_to_paste import to_paste
from dualcos.cli.fault_mode import asked_for_list
from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.reader_slots import Seat, SlotTable, sam_seats, taken
from dualcos.cli.record_pcap import write_capture
from dualcos.cli.screen import note_loss
from dualcos.cli.serve import add_seats, add_socket, run_on_cards, show_until_stopped
from dualcos.cli.trace_recorder import add_unsafe_trace
from dualcos.cli.user_faults import DONE, Fault
from dualcos.lab.recorder.relayed_card import HandAtOtherReader, RelayedCard
from dualcos.profile.schema import file_of, load, public_settings
from dualcos.reader.pcsc import PcscLink, reader_named
from dualcos.reader.slot import Slot
from dualcos.textforms.text_files import UnreadableText
from keys.custody.whole_file import is_stream

NAME: Final = "session"
HELP: Final = "keep what passes between a terminal and a card: a trace file"
_OURS = ("card", "seed", "cut_at", "faults")
"""Arguments that are about a card of ours."""


def arguments(parser: ArgumentParser) -> None:
    """Declare them."""
    add_seats(parser)
    add_output(
        parser,
        "-o",
        "--output",
        dest="trace",
        metavar="FILE",
        required=True,
        help="the record: a trace, for `dualcos explain`, `dualcos replay` and `dualcos record`",
    )
    add_output(parser, "--pcap", metavar="FILE", help="besides, when all is over, a capture file for Wireshark")
    add_unsafe_trace(parser)
    parser.add_argument(
        "--pcsc",
        metavar="READER",
        help="the card is in this PC/SC reader, by its name or a part of it; while your program is connected to it,"
        " nobody else may use it",
    )
    add_input(
        parser,
        "--profile",
        where=file_of,
        metavar="PROFILE",
        help="with --pcsc: what that card was made from, for who explains the record or makes a vector of it",
    )
    add_socket(parser)
    parser.add_argument("--explain", action="store_true", help="show a line per APDU; else no words are made")
    parser.usage = "%(prog)s -o FILE [PROFILE|CARD-FILE | --pcsc READER] [options] [-- COMMAND…]"
    parser.set_defaults(may_take_command=True, json=False, reader="embedded", port=None)


def run(args: Namespace) -> int:
    """Run the program that is named, or stay until Ctrl-C or SIGTERM; then the capture file, if one is asked for.

    The exit code is the program's, also where the capture file cannot be written: that is told, and where all else
    went well, the exit code tells it too.
    """
    if asked_for_list(args):
        return DONE
    if args.pcap is not None and is_stream(args.trace):
        raise Fault("--pcap is made of the record when all is over: name a file for that with -o")
    if args.socket is not None and args.command is not None:
        raise Fault("--socket is for programs that come by themselves; the one behind -- knows where to go")
    if args.pcsc is None and args.profile is not None:
        raise Fault("--profile says what the card in a reader is: it goes with --pcsc READER")
    seating = taken if args.pcsc is None else _in_reader
    behind = partial(_capture, args)
    if args.command is not None:
        return run_on_cards(args, seating, behind)
    return show_until_stopped(args, seating, sys.stdout if args.explain else None, behind)


def _capture(args: Namespace) -> None:
    """The capture file of the session that is over, if one is asked for."""
    if args.pcap is None:
        return
    try:
        write_capture(args.trace, args.pcap, replace=args.force, may_be_empty=True)
    except (OSError, Fault, UnreadableText) as error:
        note_loss(error)
        why = str(error)
        if isinstance(error, OSError):
            again = shlex.join(["record", "pcap", args.trace, "-o", "FILE"])
            why = to_paste(f"{args.pcap} cannot be written: {error.strerror}; `dualcos {again}` makes it")
        print(f"dualcos: {why}", file=sys.stderr)


def _in_reader(args: Namespace, table: SlotTable) -> list[Seat]:
    """The seat of the card in the reader that is named: a slot of the reader's name."""
    ours = [name for name in _OURS if getattr(args, name) is not None]
    given = next((name for name in ours if name != "seed" or args.sam is None), None)
    if given is not None:
        what = "PROFILE|CARD-FILE" if given == "card" else f"--{given.replace('_', '-')}"
        raise Fault(f"{what} is about a card of ours, and --pcsc {args.pcsc} names one in a reader: leave one out")
    if args.set and args.profile is None:
        raise Fault("--set says what the card in the reader has otherwise than its profile: name that with --profile")
    if args.profile is not None:
        load(args.profile, settings=args.set)
    reader = reader_named(args.pcsc)
    relay = RelayedCard(lambda: PcscLink(reader, exclusive=True), table.report)
    table.stack.callback(relay.close)
    about = {"reader": reader, "atr": relay.atr.hex().upper()}
    if args.profile is not None:
        about["card"] = args.profile
    settings = {"set": list(public_settings(args.set))} if args.set else {}
    card = table.recorder.overheard(relay, {**about, **settings})
    slot = Slot(reader, report=table.report)
    hand = HandAtOtherReader(slot, card, relay, PcscLink(reader), table.report)
    table.stack.callback(hand.close)
    hand.start()
    return [Seat(None, slot, 0, None, None), *sam_seats(args, table)]
