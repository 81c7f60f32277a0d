"""The one driver of every dialogue: whole commands out, whole answers back, 61xx and 6Cxx dealt with.

A dialogue is a generator: it yields command APDUs, is sent their answers (data, SW1, SW2), and returns what came of
it. So it knows no card and no reader, and the same dialogue runs on a card in this process, in a reader, or in the
laboratory's hand, which looks at each command before it goes and may cut the power behind it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple, TypeVar

from apdu.link import MOST_PIECES, Link, SmartCard
from apdu.response import ResponseAPDU, parse_response
from apdu.status import SW, StatusWord, meaning

Result = TypeVar("Result")
Dialogue = Generator[bytes, bytes, Result]
"""Yields commands, is sent answers, returns a ``Result``."""
Reply = Generator[bytes, bytes, ResponseAPDU]
"""One command's whole answer."""

_DONE = b"\x90\x00"
_MORE, _WRONG_LE, _WARNING = 0x61, 0x6C, 0x62


class StepRefused(Exception):
    """A step that had to succeed was refused; the message names the step, the command's header and the answer.

    ``sw``: the answer, None where the card is not the cause. Never shows a command's data.
    """

    def __init__(self, text: str, sw: StatusWord | None = None) -> None:
        super().__init__(text)
        self.sw = sw

    def because(self, reason: str) -> StepRefused:
        """The same with the card's own ``reason`` behind the answer, for who has its trace."""
        return StepRefused(f"{self}; {reason}", self.sw)

    def making(self, what: str) -> StepRefused:
        """The same with what was being made in front."""
        return StepRefused(f"{what}: {self}", self.sw)


class Manner(NamedTuple):
    """How a terminal talks, where terminals differ (ISO 7816-4 §5.3.4, 7816-3 §12; EMV book 1 §9.3.1).

    ``same_class``: GET RESPONSE comes in the class of the command, not in 00. ``always_le``: a command with data ends
    in Le 00 (case 4), as T=1 terminals send it. ``behind_warnings``: data behind 62xx are asked for.
    """

    same_class: bool = False
    always_le: bool = False
    behind_warnings: bool = False


USUAL = Manner()


def apdu(header: str, data: bytes = b"", le: int | None = None) -> bytes:
    """A short command APDU from its header in hex, data field and Le (1 to 256)."""
    body = bytes((len(data),)) + data if data else b""
    return bytes.fromhex(header) + body + (b"" if le is None else bytes((le & 0xFF,)))


def send(command: bytes, manner: Manner = USUAL) -> Reply:
    """One command; the answer is fetched where it waits, and asked again with Le where that was wrong.

    A card that answers 61xx without end is left after ``MOST_PIECES``; what it said then ends in that 61xx.
    """
    if manner.always_le and len(command) > 5 and len(command) == 5 + command[4]:
        command += b"\0"
    answer = yield command
    if answer[-2:] == _DONE:  # nearly always
        return ResponseAPDU(answer[:-2])
    if len(answer) == 2 and answer[0] == _WRONG_LE:
        answer = yield command[:4] + (command[4 : 5 + command[4]] if len(command) > 5 else b"") + answer[1:]
    fetch = bytes((command[0] if manner.same_class else 0x00, 0xC0, 0x00, 0x00))
    if manner.behind_warnings and len(answer) == 2 and answer[0] == _WARNING:
        waiting = yield from send(fetch + b"\0", Manner(manner.same_class))
        return ResponseAPDU(waiting.data, parse_response(answer).sw)
    data = answer[:-2]
    for _ in range(MOST_PIECES):
        if answer[-2] != _MORE:
            break
        answer = yield fetch + answer[-1:]
        data += answer[:-2]
    return ResponseAPDU(data, parse_response(answer).sw)


def done(what: str, command: bytes, manner: Manner = USUAL) -> Dialogue[bytes]:
    """One command that has to be answered 9000; the data. Raises StepRefused."""
    answer = yield from send(command, manner)
    if answer.sw != SW.OK:
        raise refused(what, command, answer.sw)
    return answer.data


def refused(what: str, command: bytes, sw: StatusWord) -> StepRefused:
    """The error for a refused step; shows the command's header, never its data."""
    return StepRefused(f"{what} ({command[:4].hex().upper()}) was answered {sw}: {meaning(sw)}", sw)


def perform(link: Link, dialogue: Dialogue[Result]) -> Result:
    """Hold the dialogue with the card at ``link``; what it returns. Whatever either of them raises goes up."""
    try:
        command = next(dialogue)
        while True:
            command = dialogue.send(link.exchange(command))
    except StopIteration as ended:
        result: Result = ended.value
        return result
    finally:
        dialogue.close()


def perform_anew(card: SmartCard, dialogue: Dialogue[Result]) -> Result:
    """The same behind a cold reset: nothing that was proved before counts."""
    card.power_on()
    return perform(card, dialogue)
