"""Plays a conversation as a program's user would and says, in words, where the user gets something else than the table.

A program on a raw stack fetches by hand, in one of four manners; on the others there is nothing to fetch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from tests.dualcos.clients.conversations import GET_RESPONSE, LE_00, MORE, Conversation, Exchange, bare
from tests.dualcos.clients.stacks import WRONG_LE, Wanted

NO_SUCH_CLASS, NOT_IN_THIS_STATE = "6E00", "6901"
CLASS_NOT_SUPPORTED = bytes.fromhex(NO_SUCH_CLASS)
# A refusal costs no answer, but it is a failure, and a failure ends a medical transaction (SSC-5 §7, table 49).
SECOND_STEPS = (bytes.fromhex("B02A"), bytes.fromhex("B02C"))
OK = bytes.fromhex("9000")


class Terminal(Protocol):
    """A program at a card that is powered and in its first state."""

    def send(self, command: bytes) -> bytes:
        """What the program's user gets."""
        ...


class Manner(NamedTuple):
    """How a program on a raw stack fetches. ``own``: under its command's class, else 00; ``stranger``: after it was
    refused under a third class; ``pieces``: the first byte by itself.
    """

    name: str
    own: bool = False
    stranger: bool = False
    pieces: bool = False


MANNERS = (
    Manner("class 00"),
    Manner("own class", own=True),
    Manner("own class, a piece first", own=True, pieces=True),
    Manner("a third class first", stranger=True),
    Manner("a third class first, then its own", own=True, stranger=True),
)


def differences(
    terminal: Terminal, conversation: Conversation, wanted: Wanted, *, le: bool, manner: Manner
) -> Iterator[str]:
    """Every exchange that gives the user something else than ``wanted``; with or without Le behind data."""
    where = f"{conversation.name}, {'with' if le else 'without'} Le, {manner.name}"
    interrupted = False
    for exchange in conversation.exchanges:
        command = exchange.command + LE_00 if le and exchange.waits else exchange.command
        come = terminal.send(command)
        word = wanted.of(command[0], le=le) if exchange.waits else "data"
        if interrupted and command[:2] in SECOND_STEPS:
            word = NOT_IN_THIS_STATE
        expected = promised(word, exchange)
        if come != expected:
            yield f"{where}: {said(command)} gave {come.hex().upper()} for {expected.hex().upper()}"
        elif word == "61":
            refused = manner.stranger or (manner.own and command[0] and wanted.by_own == NO_SUCH_CLASS)
            interrupted |= bool(refused)
            yield from (f"{where}: {said(command)} {what}" for what in _fetch(terminal, exchange, wanted, manner))
        interrupted |= word == NO_SUCH_CLASS
        if word == NOT_IN_THIS_STATE:
            return  # the account is not where the recording had it


def promised(word: str, exchange: Exchange) -> bytes:
    """The bytes a word of the table stands for."""
    match word:
        case "data":
            return exchange.answer
        case "61":
            return bytes((MORE, len(exchange.answer) - 2))
        case "empty":
            return OK
        case _:
            return bytes.fromhex(word)


def _fetch(terminal: Terminal, exchange: Exchange, wanted: Wanted, manner: Manner) -> Iterator[str]:
    left, own = exchange.answer[:-2], exchange.command[0]
    strange = 0xB0 if own == 0x80 else 0x80
    if manner.stranger and terminal.send(_get_response(strange, len(left))) != CLASS_NOT_SUPPORTED:
        yield f"fetched under {strange:02X} was not refused"
    cla = own if manner.own else 0
    if cla and wanted.by_own == NO_SUCH_CLASS:
        if terminal.send(_get_response(cla, len(left))) != CLASS_NOT_SUPPORTED:
            yield f"fetched under {cla:02X} was not refused"
        cla = 0
    if manner.pieces:
        come = terminal.send(_get_response(cla, 1))
        if come != bytes((left[0], MORE, len(left) - 1)):
            yield f"one byte fetched under {cla:02X} gave {come.hex().upper()}"
        left = left[1:]
    come = terminal.send(_get_response(cla, len(left)))
    if come != left + exchange.answer[-2:]:
        yield f"fetched under {cla:02X} gave {come.hex().upper()} for {left.hex().upper()}9000"


def _get_response(cla: int, length: int) -> bytes:
    return bytes((cla, GET_RESPONSE, 0, 0, length))


VERIFY, READ_00 = bytes.fromhex("002000000312345600"), bytes.fromhex("00B2090000")
ENTER = tuple(map(bytes.fromhex, ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00A4020002EF06")))
NAME_RECORD = bytes.fromhex("091EB2E2CAD4B3D6BFA8C8CB") + bytes(20) + OK


def probed(terminal: Terminal, wanted: Wanted) -> Iterator[str]:
    """A social card's VERIFY with a Le that it has no use for, and READ RECORD with Le 00 of 32 bytes."""
    for command in ENTER:
        terminal.send(command)
    read = NAME_RECORD if wanted.read == "data" else bytes((WRONG_LE, len(NAME_RECORD) - 2))
    for command, expected in ((VERIFY, bytes.fromhex(wanted.verify)), (READ_00, read), (bare(VERIFY), OK)):
        come = terminal.send(command)
        if come != expected:
            yield f"{said(command)} gave {come.hex().upper()} for {expected.hex().upper()}"


def said(command: bytes) -> str:
    """A command for a report."""
    return command[:5].hex().upper() + ("…" if len(command) > 5 else "")
