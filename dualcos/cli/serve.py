"""``dualcos serve`` and ``dualcos run``: the card in a virtual reader, with a readable line per APDU."""

from __future__ import annotations

import contextlib
import shlex
import signal
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn, TextIO

from dualcos.cli.card_argument import add_card, add_named_card, add_settings
from dualcos.cli.commands_to_paste import program, to_paste
from dualcos.cli.facts.card_facts import FaultScriptList
from dualcos.cli.fault_mode import add_faults_of_card, add_faults_of_sam, asked_for_list
from dualcos.cli.hand_at_keyboard import PROMISE, HandAtKeyboard
from dualcos.cli.machine_output import add_json
from dualcos.cli.plugged_readers import PluggedReaders, Whereabouts
from dualcos.cli.reader_slots import Seat, Seating, SlotTable, taken
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.trace_recorder import Recorder, add_trace
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.rendering import columns, grouped
from dualcos.explain.trace_file_lines import BANNER
from dualcos.explain.trace_lines import ExchangeLine, PowerLine
from dualcos.reader.embedded import EmbeddedService, run_client
from dualcos.reader.vpcd import CARD_PORT, Plug, VpcdReader

# Not every system has all of them.
_SIGNALS = frozenset(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_ENDINGS = tuple(sorted(_SIGNALS - {signal.SIGINT}))


def _nothing() -> None:
    """Nobody waits for the trace."""


def add_seats(parser: ArgumentParser) -> None:
    """Declare what says which cards sit in the slots, and what is done to them."""
    add_card(parser)
    add_sam_and_faults(parser)


def add_sam_and_faults(parser: ArgumentParser) -> None:
    """Declare the second card, and what is done to both."""
    add_sam(parser)
    add_cut(parser)
    add_faults_of_card(parser)
    add_faults_of_sam(parser)


def add_sam(parser: ArgumentParser) -> None:
    """Declare the second card."""
    add_named_card(parser, "--sam", help="a second card, in the slot for the PSAM")
    add_settings(parser, "--sam-set", "the PSAM's profile")


def add_cut(parser: ArgumentParser) -> None:
    """Declare --cut-at."""
    parser.add_argument(
        "--cut-at", metavar="N", type=int, help="take power away when the card programs its Nth byte from now"
    )


def add_socket(parser: ArgumentParser) -> None:
    """Declare --socket."""
    parser.add_argument(
        "--socket", metavar="PATH", help="where the embedded service listens (default: a new directory)"
    )


def _serve_arguments(parser: ArgumentParser) -> None:
    add_seats(parser)
    add_trace(parser)
    parser.add_argument(
        "--reader",
        choices=("embedded", "vpcd"),
        default="embedded" if sys.platform == "linux" else "vpcd",
        help="embedded: a PC/SC service of our own, for programs started with its socket; "
        "vpcd: plugs into a running pcscd, for all programs (default: %(default)s)",
    )
    add_socket(parser)
    parser.add_argument(
        "--port",
        metavar="N",
        type=int,
        help=f"where vpcd listens for the card (default {CARD_PORT}); the PSAM's slot is the next one",
    )
    add_json(parser, ExchangeLine, PowerLine, FaultScriptList, words="one line of JSON per APDU")


def _run_arguments(parser: ArgumentParser) -> None:
    add_seats(parser)
    add_trace(parser)
    parser.add_argument("--explain", action="store_true", help="show a line per APDU on stderr")
    parser.usage = "%(prog)s [PROFILE|CARD-FILE] [options] -- COMMAND…"
    parser.set_defaults(json=False)


def serve(args: Namespace) -> int:
    """Show the card to PC/SC programs until Ctrl-C or SIGTERM."""
    if asked_for_list(args):
        return DONE
    if args.socket is not None and args.reader != "embedded":
        raise Fault("--socket is where the embedded service listens; leave it out with --reader vpcd")
    if args.port is not None and args.reader != "vpcd":
        raise Fault("--port is where vpcd listens; it goes with --reader vpcd")
    return show_until_stopped(args, taken, sys.stdout)


def show_until_stopped(
    args: Namespace, seating: Seating, screen: TextIO | None, behind: Callable[[], None] = _nothing
) -> int:
    """Show the cards of ``seating`` as ``serve`` does; ``screen``: where each APDU is told, None for nowhere.
    ``behind``: called once the trace that was begun is whole, however it ends.
    """
    with ExitStack() as stack:
        wait = stack.enter_context(signals_held())
        ending = stack.enter_context(ExitStack())
        recorder = stack.enter_context(Recorder.asked(args, screen))
        report = _report(recorder)
        seats = seating(args, SlotTable(stack, recorder, report))
        out = sys.stderr if args.json else sys.stdout
        slots = [seat.slot for seat in seats]
        plugged = PluggedReaders(seats, recorder.say) if args.reader == "vpcd" else None
        if plugged is None:
            reader: EmbeddedService | VpcdReader
            reader = service = stack.enter_context(EmbeddedService(slots, args.socket, report=report))
            where = Whereabouts([slot.name for slot in slots], service.environment, "")
        else:
            plugs = [Plug(seat.slot, seat.port) for seat in seats]
            reader = vpcd = stack.enter_context(VpcdReader(plugs, report=report, taken=plugged.noticed))
            where = plugged.found(vpcd)
        recorder.begin()
        ending.callback(behind)
        at_reader = seats[0].hand
        hand = HandAtKeyboard.at(sys.stdin, at_reader, recorder.say) if at_reader is not None else None
        _announce(out, seats, where, args, hand)
        if hand is not None:
            hand.start()
        wait()
        stood = seats[0].slot.present
    for words in _outcomes(seats):
        print(words, file=out)
    if plugged is not None and not plugged.held(seats[0].port):
        print("no reader has ever taken the card 卡片未曾插入读卡器", file=out)
    elif not stood:
        print("the card was out already 卡片此前已取出", file=out)
    elif seats[0].slot.name not in reader.left_behind:  # or else it has been said what became of it
        print("card removed 已取出卡片", file=out)
    return DONE


def run(args: Namespace) -> int:
    """Run a PC/SC program on the card; its exit code is ours."""
    return DONE if asked_for_list(args) else run_on_cards(args, taken)


def run_on_cards(args: Namespace, seating: Seating, behind: Callable[[], None] = _nothing) -> int:
    """Run the program on the cards of ``seating`` as ``run`` does; ``behind`` as in ``show_until_stopped``."""
    with ExitStack() as stack:
        stack.enter_context(_terminating())
        ending = stack.enter_context(ExitStack())
        recorder = stack.enter_context(Recorder.asked(args, sys.stderr if args.explain else None))
        report = _report(recorder)
        seats = seating(args, SlotTable(stack, recorder, report))
        for seat in seats:
            for label, words in seat.mode.rows() if seat.mode else ():
                recorder.say(f"{label:8}{words}")
        service = EmbeddedService([seat.slot for seat in seats], report=report)
        stack.enter_context(service)
        recorder.settle()

        def begin() -> None:
            recorder.begin()
            ending.callback(behind)

        code = run_client(args.command, service, begin)
    for words in _outcomes(seats):
        recorder.say(words)
    return code


def _outcomes(seats: list[Seat]) -> Iterator[str]:
    yield from (seat.mode.outcome() for seat in seats if seat.mode is not None)


def _report(recorder: Recorder) -> Callable[[str], None]:
    return lambda words: recorder.say(f"! {words}")


def _announce(out: TextIO, seats: list[Seat], where: Whereabouts, args: Namespace, hand: HandAtKeyboard | None) -> None:
    """What is where, and how to talk to it."""
    paint = paint_for(out)
    opened = seats[0].opened
    rows = [row for seat in seats if seat.mode is not None for row in seat.mode.rows()]
    if opened is not None:
        rows.append(("card", f"{opened.name}: {opened.title}"))
        rows += [*(("set", each) for each in opened.settings), *(("note", each) for each in opened.notes)]
    rows += [("reader", name) for name in where.readers]
    atr = opened.card.atr if opened is not None else seats[0].slot.atr
    rows.append(("ATR", grouped(atr, 1) or "no card yet 尚无卡片"))
    rows += [("talk to it", f"export {key}={shlex.quote(value)}") for key, value in where.environment.items()]
    if where.environment:
        rows.append(("", "then start any PC/SC program in that shell: opensc-tool -l, scriptor, pyscard, Java …"))
        if opened is not None and not opened.is_file:
            faults = ["--faults", args.faults] if args.faults is not None else []
            settings = [word for each in opened.settings for word in ("--set", each)]
            rows.append(("or at once", f"{program()} run {shlex.join([opened.name, *settings, *faults])} -- COMMAND"))
    else:
        rows.append(("talk to it", where.talk))
    if opened is not None and not opened.is_file:
        advice = "changes are forgotten at the end; `dualcos issue` makes a card file that stays"
        rows.append(("keep it", to_paste(advice)))
    if args.trace is not None:
        rows.append(("trace", args.trace))
    if args.unsafe_trace:
        rows.append(("WARNING", BANNER))
    if hand is not None and hand.in_front:
        rows.append(("hot plug", PROMISE))
    rows.append(("stop", "Ctrl-C"))
    for words in columns((paint("name", label.ljust(10)), value) for label, value in rows):
        print(words, file=out)
    print(file=out, flush=True)


@contextmanager
def signals_held() -> Iterator[Callable[[], None]]:
    """SIGINT, SIGTERM and SIGHUP wait until asked for: nothing is ever half started or half stopped.

    Yields the call that waits for one. Threads started inside leave these signals to us.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield _slept
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield _waited
    finally:
        while signal.sigpending() & _SIGNALS:
            signal.sigwait(_SIGNALS)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _waited() -> None:
    signal.sigwait(_SIGNALS)


def _slept() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


@contextmanager
def _terminating() -> Iterator[None]:
    """SIGTERM and SIGHUP end the program we run and leave through every ``finally``; a SIGHUP that is ignored (nohup)
    stays so.
    """

    def leave(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    before: dict[int, Any] = {}
    with contextlib.suppress(ValueError):  # not in the main thread: whoever called keeps its own handling
        for number in _ENDINGS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, leave)
    try:
        yield
    finally:
        for number, handling in before.items():
            if handling is not None:
                signal.signal(number, handling)


SERVE = Subcommand(
    "serve", "put a card into a virtual reader and show every APDU with the reason for every refusal",
    _serve_arguments, serve,
)  # fmt: skip
RUN = Subcommand(
    "run", "run a PC/SC program on a card, no reader and no service needed", _run_arguments, run, takes_command=True
)
