"""One stay in the toy environment, and its commands."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.directory_headers import own_header
from cos.kernel.engine import Engine
from cos.kernel.file_commands import found
from cos.kernel.files import ElementaryFile, FileNotFound
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.security_state import Standing
from cos.kernel.stack import Tenant
from firewall.cellkind import CellKind, Count, Counting
from firewall.grant import Outcome
from firewall.partition import DamagedCell, Partition
from keys.mac import same
from tests.toy_stack.options import ToyOptions

WORD, TRIES, TICKETS = b"W", b"T", b"N"
MOST, LENGTH = 3, 8
FIRST_WORD = b"open toy"
CELLS = (
    CellKind("the word", WORD, secret=True),
    CellKind("tries of the word", TRIES, counts=(Count("word tries", Counting.TRIES, 0, 1, MOST),)),
    CellKind("tickets given out", TICKETS, counts=(Count("tickets", Counting.NUMBER, 0, 2, 0xFFFF),)),
)

Toy = Tenant[ToyOptions, Engine["ToySession"]]


def furnish(nvm: Partition) -> None:
    """What it is born with besides its master key."""
    nvm.put_all({WORD: FIRST_WORD, TRIES: bytes((MOST,)), TICKETS: bytes(2)})


class ToySession:
    """``shown``: the word was."""

    __slots__ = ("at", "environment", "shown")

    def __init__(self, environment: Toy) -> None:
        self.environment = environment
        grant = environment.grant
        self.at = Standing(grant, environment.transmission, own_header(grant.nvm))
        self.shown = False

    def handle(self, command: CommandAPDU) -> Outcome:
        """Answer one command."""
        return self.environment.engine.handle(self, command, self.environment.grant.trace)

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses."""
        self.at.tx.drop()

    def cell(self, key: bytes, length: int) -> bytes:
        """A cell that is there from birth, as long as it was written."""
        value = self.at.nvm.get(key)
        if value is None or len(value) != length:
            raise DamagedCell(key, "no cell of the toy")
        return value


def select(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    """The environment itself; it has no files."""
    what = found(session.at, command)
    if isinstance(what, ElementaryFile):
        raise FileNotFound("no such file")
    session.at.enter(what)
    return ResponseAPDU(tlv.encode(0x6F, tlv.encode(0x84, what.name)))


def show_word(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    """A try is spent before anything is compared."""
    word, (left,) = session.cell(WORD, LENGTH), session.cell(TRIES, 1)
    if not left:
        raise Refusal(SW.METHOD_BLOCKED, Gate.AUTHENTICATION, "the word of the toy is locked")
    session.at.nvm.put(TRIES, bytes((left - 1,)))
    session.shown = same(command.data, word)
    if not session.shown:
        raise Refusal(retries(left - 1), Gate.AUTHENTICATION, "not the word of the toy")
    session.at.nvm.put(TRIES, bytes((MOST,)))
    return OK


def change_word(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    """Another word, once the old one was shown."""
    _demand(session)
    session.at.nvm.put_all({WORD: command.data})
    session.shown = False
    return OK


def ticket(session: ToySession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """The next number."""
    _demand(session)
    number = int.from_bytes(session.cell(TICKETS, 2)) + 1
    if number > session.environment.options.tickets:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "the toy has no more tickets")
    session.at.nvm.put_all({TICKETS: number.to_bytes(2)})
    return ResponseAPDU(number.to_bytes(2))


def _demand(session: ToySession) -> None:
    if not session.shown:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "the word of the toy was not shown")
