"""``dualcos send``: commands to a card in this process, each explained."""

from __future__ import annotations

import re
import string
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import closing

from apdu.link import SmartCard, fetched
from dualcos.cli.card_argument import add_card, asked_card
from dualcos.cli.machine_output import add_json
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.trace_recorder import Recorder, add_trace
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain import text
from dualcos.explain.trace_lines import ExchangeLine, PowerLine
from dualcos.textforms.text_files import decoded, lines_in
from firewall.hardware.power import PowerLoss

_RESET = "reset"
_SUCCESS = b"\x90\x00"
_ALLOWED = frozenset("0123456789ABCDEFabcdef" + string.whitespace)
_BYTE = re.compile("[0-9A-Fa-f]{2}")


def _arguments(parser: ArgumentParser) -> None:
    add_card(parser, optional=False)
    parser.add_argument("apdus", metavar="APDU", nargs="+", help="a command in hex, `reset`, or - for lines from stdin")
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="follow 61xx with GET RESPONSE and repeat after 6Cxx, as a reader library does",
    )
    add_json(parser, ExchangeLine, PowerLine, words="one line of JSON per APDU")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit code 1 if any answer is not 9000 (with --fetch, what was fetched counts, not 61xx)",
    )
    add_trace(parser)


def send(args: Namespace) -> int:
    """Power on, send everything, power off. A card file keeps what was written.

    With --check 1 if any answer that the caller sees last of a command is not 9000; all commands are sent all the same.
    """
    commands = parse_commands(args.apdus)
    refused = 0
    opened = asked_card(args.card, args.seed, args.set)
    with closing(opened.card), Recorder.asked(args, sys.stdout, text) as recorder:
        card = recorder.traced(opened)
        recorder.begin()
        card.power_on()
        try:
            for command in commands:
                if command is None:
                    card.reset()
                else:
                    refused += transmit(card, command, fetch=args.fetch)[-2:] != _SUCCESS
        except PowerLoss:
            raise Fault("the card lost its power") from None
    return DIFFERS if args.check and refused else DONE


def transmit(card: SmartCard, command: bytes, *, fetch: bool) -> bytes:
    """Send one command; with ``fetch`` ask again after 6Cxx and for the rest after 61xx."""
    answer = card.exchange(command)
    if not fetch:
        return answer
    if answer[-2] == 0x6C and len(command) in (4, 5):
        answer = card.exchange(command[:4] + answer[-1:])
    return fetched(card, answer)


def parse_commands(words: Sequence[str]) -> list[bytes | None]:
    """Commands as bytes, None for a reset. Raises Fault. Bytes given as words of their own make one command."""
    if len(words) >= 4 and all(_BYTE.fullmatch(word) for word in words):
        words = ["".join(words)]
    lines = [line for word in words for line in (_lines_from_stdin() if word == "-" else (word,))]
    wanted = [line.partition("#")[0].strip() for line in lines]
    commands = [_command(number, line) for number, line in enumerate((each for each in wanted if each), 1)]
    if not commands:
        raise Fault("no command to send: there is none on the command line or in what was read from stdin")
    return commands


def _command(number: int, line: str) -> bytes | None:
    if line.lower() == _RESET:
        return None
    try:
        return bytes.fromhex(line)
    except ValueError:  # nothing of it is shown: it may hold a PIN
        at = next((at for at, each in enumerate(line, 1) if each not in _ALLOWED), 0)
        why = f"character {at} is no digit of it" if at else "its digits are no pairs"
        raise Fault(f"APDU {number} is not hex, {why}: write bytes as two digits each, or `reset`") from None


def _lines_from_stdin() -> list[str]:
    """As from any file, whatever the terminal's encoding is. Raises UnreadableText."""
    if sys.stdin is None:
        return []
    raw = getattr(sys.stdin, "buffer", None)
    return lines_in(sys.stdin.read() if raw is None else decoded(raw.read(), "stdin"))


SEND = Subcommand("send", "send commands to a card in this process and explain the answers", _arguments, send)
