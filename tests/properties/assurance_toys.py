"""A toy card: the real wall (chip, partitions, dispatcher) with two small environments that behave by the book.

Small enough to know by heart, so a property that fails here fails because of the wall or of the property.
"""

# ruff: noqa: ARG001, ARG002 - handlers and environments share a shape; toys need little of it

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.card import CardOff
from cos.kernel.command_rows import CommandRow
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.kernel.engine import Engine, always, get_response, standard_gates
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.security_state import Standing
from cos.kernel.transmission import TransmissionOptions
from dualcos.dialogue.driver import apdu, send
from dualcos.lab.properties.counted_card import CountedCard, Tally
from dualcos.lab.properties.region_memory import Memory
from dualcos.lab.properties.specimen import BASE, COUNTERPART, LabBench, Side
from dualcos.lab.properties.traffic_steps import Macro, Play
from firewall.cellkind import CellKind, Count, Counting, Part
from firewall.dispatcher import Dispatcher
from firewall.grant import Environment, Grant
from firewall.hardware.chip import Chip
from firewall.hardware.power import PowerLoss, PowerRail
from firewall.hardware.randomness import SeededRng
from firewall.mint import EnvironmentEntry
from firewall.partition import DamagedCell, Partition
from firewall.trace import TraceBuffer

LEFT, RIGHT = "left", "right"
NAMES = {LEFT: b"TOY-ONE-LEFT", RIGHT: b"TOY-TWO-RIGHT"}
FIDS = {LEFT: b"\xe1\x01", RIGHT: b"\xe2\x02"}
PINS = {LEFT: b"left-pin", RIGHT: b"rightpin"}
KEYS = {LEFT: b"left key", RIGHT: b"rightkey"}
_PIN, _KEY, _TRIES, _DATA = b"P", b"K", b"T", b"D"
_LIMIT = 3
_LONGEST = 32
CELLS = (
    CellKind("PIN", _PIN, secret=True),
    CellKind("key", _KEY, secret=True),
    CellKind("tries", _TRIES, counts=(Count("tries left", Counting.TRIES, at=0, length=1, most=_LIMIT),)),
    CellKind("data {number}", _DATA, (Part("number", 1),)),
)
_TRANSMISSION = TransmissionOptions()


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


class ToySession:
    """Where it stands, PIN verified, key proved, selected cell: everything a session can forget."""

    def __init__(self, environment: Toy) -> None:
        self.environment = environment
        home = DirectoryHeader(0xE000, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name=environment.name)
        self.at = Standing(environment.grant, _TRANSMISSION, home)
        self.verified = False
        self.proved = False
        self.cell: bytes | None = None

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        return self.environment.engine.handle(self, command, self.environment.grant.trace)

    def refused_elsewhere(self) -> None:
        self.at.tx.drop()


class Toy(NamedTuple):
    grant: Grant
    name: bytes
    engine: Engine[ToySession]

    def open(self) -> ToySession:
        return ToySession(self)

    def claims(self, name: bytes) -> bool:
        return False

    @property
    def blocks_card(self) -> bool:
        return False


def select(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    if command.p1 == 0x04:
        if command.data != session.environment.name:
            raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "no such name")
        session.cell = None
        return ResponseAPDU(b"\x6f" + bytes((len(command.data),)) + command.data)
    if len(command.data) != 2 or command.data[:1] != b"\xef" or command.data[1] > 3:
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "no such file")
    session.cell = _DATA + command.data[1:]
    return OK


def get_challenge(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    return ResponseAPDU(session.at.challenge.draw(8))


def _kept(session: ToySession, cell: bytes, length: int) -> bytes:
    """A cell that is there from birth, as long as it was written."""
    value = session.at.nvm.get(cell)
    if value is None or len(value) != length:
        raise DamagedCell(cell, f"cell {cell.decode()} has not its {length} bytes")
    return value


def _tries(session: ToySession) -> int:
    (left,) = _kept(session, _TRIES, 1)
    if not left:
        raise Refusal(SW.METHOD_BLOCKED, Gate.AUTHENTICATION, "locked")
    session.at.nvm.put(_TRIES, bytes((left - 1,)))
    return left - 1


def verify(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    left = _tries(session)
    if command.data != _kept(session, _PIN, 8):
        session.verified = False
        raise Refusal(retries(left), Gate.AUTHENTICATION, "wrong")
    session.at.nvm.put(_TRIES, bytes((_LIMIT,)))
    session.verified = True
    return OK


def authenticate(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    challenge = session.at.challenge.take()
    if challenge is None:
        raise Refusal(SW.REFERENCED_DATA_INVALID, Gate.RANDOM, "no challenge")
    if command.data != xor(challenge, _kept(session, _KEY, 8)):
        raise Refusal(SW.SM_INCORRECT, Gate.AUTHENTICATION, "wrong")
    session.proved = True
    return OK


def _cell(session: ToySession) -> bytes:
    if session.cell is None:
        raise Refusal(SW.NO_CURRENT_EF, Gate.TARGET, "nothing selected")
    return session.cell


def read(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    cell = _cell(session)
    if not session.verified:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "PIN wanted")
    content = session.at.nvm.get(cell) or b"\0"
    if len(content) > _LONGEST:
        raise DamagedCell(cell, "a data cell is longer than any")
    session.at.tx.expect(command.le, len(content))
    return ResponseAPDU(content)


def write(session: ToySession, command: CommandAPDU) -> ResponseAPDU:
    cell = _cell(session)
    if not session.proved:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "key wanted")
    session.at.nvm.put_all({cell: command.data})
    return OK


_NONE = (SW.FILE_NOT_FOUND,)
_PIN_WORDS = (retries(0), SW.METHOD_BLOCKED, SW.MEMORY_FAILURE)
_PROOF = (SW.REFERENCED_DATA_INVALID, SW.SM_INCORRECT, SW.MEMORY_FAILURE)
_FILES = (SW.NO_CURRENT_EF, SW.SECURITY_NOT_SATISFIED, SW.MEMORY_FAILURE)
ROWS: tuple[CommandRow[ToySession], ...] = (
    CommandRow(0x00, 0xA4, "SELECT", "", select, "", _NONE, p1=frozenset((0, 4)), lc=range(1, 17), answers=True),
    CommandRow(0x00, 0x84, "GET CHALLENGE", "", get_challenge, "", answers=True),
    CommandRow(
        0x00,
        0x20,
        "VERIFY",
        "",
        verify,
        "",
        (retries(0), SW.METHOD_BLOCKED, SW.MEMORY_FAILURE),
        lc=frozenset((8,)),
        writes=("tries",),
    ),
    CommandRow(0x00, 0x82, "EXTERNAL AUTHENTICATE", "", authenticate, "", _PROOF, lc=frozenset((8,))),
    CommandRow(0x00, 0xB0, "READ", "", read, "", _FILES, answers=True),
    CommandRow(0x00, 0xD6, "WRITE", "", write, "", _FILES, lc=range(1, _LONGEST + 1)),
    CommandRow(0x00, 0xC0, "GET RESPONSE", "", get_response, "", answers=True, fetches=True),
)


class Root(NamedTuple):
    """Where the card starts: knows nothing, answers 6A82."""

    def open(self) -> Root:
        return self

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        return ResponseAPDU(b"", SW.FILE_NOT_FOUND)

    def refused_elsewhere(self) -> None:
        """Nothing is remembered here."""

    def claims(self, name: bytes) -> bool:
        return False

    @property
    def blocks_card(self) -> bool:
        return False


class ToyMint:
    """The mint's side of the dispatcher: both environments exist from the start and for ever."""

    changes = 0
    card_blocked = False

    def __init__(
        self, open_all: Callable[[], dict[str, tuple[EnvironmentEntry, Environment]]], trace: TraceBuffer
    ) -> None:
        self.open_all = open_all
        self.traces = trace.writer


class ToyCard:
    """The card object's job, for toys: reset, power loss, image."""

    def __init__(self, trace: TraceBuffer, pins: Mapping[str, bytes], keys: Mapping[str, bytes]) -> None:
        self._chip = Chip(SeededRng(b"toy"))
        self._trace = trace
        self._dispatcher: Dispatcher | None = None
        for label in NAMES:
            nvm = Partition(self._chip.region(label, 512))
            # What the PIN guards: other on a card with another PIN, and not the PIN itself.
            nvm.put_all(
                {_PIN: pins[label], _KEY: keys[label], _TRIES: bytes((_LIMIT,)), _DATA + b"\0": pins[label][::-1] * 2}
            )

    def _environment(self, label: str) -> Environment:
        nvm = Partition(self._chip.region(label, 512))
        nvm.recover()
        engine: Engine[ToySession] = Engine(ROWS, always, standard_gates(_TRANSMISSION))
        return Toy(Grant(nvm, self._chip.stream(label), self._trace.writer(label)), NAMES[label], engine)

    def _open_all(self) -> dict[str, tuple[EnvironmentEntry, Environment]]:
        return {
            label: (EnvironmentEntry(label, FIDS[label], NAMES[label]), self._environment(label)) for label in NAMES
        }

    @property
    def atr(self) -> bytes:
        return b"\x3b\x00"

    def power_on(self) -> bytes:
        self._dispatcher = None
        self._dispatcher = Dispatcher(Root(), ToyMint(self._open_all, self._trace))
        return self.atr

    reset = power_on

    def power_off(self) -> None:
        self._dispatcher = None

    def exchange(self, command: bytes) -> bytes:
        if self._dispatcher is None:
            raise CardOff
        try:
            return self._dispatcher.exchange(command)
        except PowerLoss:
            self._dispatcher = None
            raise

    @property
    def environment(self) -> str:
        return (self._dispatcher.current or "manager") if self._dispatcher is not None else ""

    @property
    def rail(self) -> PowerRail:
        return self._chip.rail

    def snapshot(self) -> object:
        return _Image(self._chip.image())

    def restore(self, snapshot: object) -> None:
        self._dispatcher = None
        self._chip.restore(snapshot.chip)

    def dump(self) -> dict[str, dict[bytes, bytes]]:
        return {label: dict(image.cells) for label, image in self._chip.image().regions.items()}

    def overwrite(self, region: str, cell: bytes, value: bytes | None) -> None:
        cells = self._chip.region(region, 512)
        if value is None:
            cells.erase(cell)
        else:
            cells.program(cell, value)


class _Image(NamedTuple):
    chip: object


def _macros(pin: bytes, key: bytes) -> dict[str, Macro]:
    def verify_ok(_choice: int) -> Play:
        yield from send(apdu("00200000", pin))

    def verify_bad(choice: int) -> Play:
        yield from send(apdu("00200000", bytes((pin[0] ^ (1 + choice % 8),)) + pin[1:]))

    def prove(_choice: int) -> Play:
        random = (yield from send(apdu("00840000"))).data
        yield from send(apdu("00820000", xor(random, key)))

    def look(choice: int) -> Play:
        yield from send(apdu("00A40000", bytes((0xEF, choice % 4))))
        yield from send(apdu("00B00000", le=256))

    def update(choice: int) -> Play:
        yield from prove(0)
        yield from send(apdu("00A40000", bytes((0xEF, choice % 4))))
        yield from send(apdu("00D60000", bytes((choice % 7 + 1,)) * (9 + choice % 8)))

    rows = (
        Macro("verify_ok", verify_ok, writes=True, earns=True, restores=True, presents=True),
        Macro("verify_bad", verify_bad, writes=True, spends=True),
        Macro("prove", prove, earns=True, guarded=True),
        Macro("look", look, (0, 1, 2, 3)),
        Macro("update", update, (0, 1, 2, 3), writes=True, earns=True),
    )
    return {row.name: row for row in rows}


POOL = (*(apdu("00A40000", bytes((0xEF, n))) for n in range(5)), apdu("00B00000"), apdu("00D60000", b"x"))


class ToySpecimen:
    name = "toy"
    pairs = ((LEFT, RIGHT), (RIGHT, LEFT))
    variants = (LEFT, RIGHT)

    def __init__(self) -> None:
        self.tally = Tally()
        self._benches: dict[str, LabBench] = {}

    def bench(self, variant: str = BASE) -> LabBench:
        if variant not in self._benches:
            self._benches[variant] = self._make(variant)
        return self._benches[variant]

    def _make(self, variant: str) -> LabBench:
        pins, keys = dict(PINS), dict(KEYS)
        if variant in NAMES:
            pins[variant], keys[variant] = b"otherpin", b"otherkey"
        if variant == COUNTERPART:
            pins, keys = (dict.fromkeys(NAMES, b"the same") for _ in range(2))
        trace = TraceBuffer()
        card = CountedCard(ToyCard(trace, pins, keys), self.tally)
        sides = {
            label: Side(
                label,
                apdu("00A40400", NAMES[label]),
                (NAMES[label],),
                (FIDS[label],),
                ROWS,
                POOL,
                _macros(pins[label], keys[label]),
                Memory(CELLS),
            )
            for label in NAMES
        }
        return LabBench(card, trace, card.snapshot(), sides)
