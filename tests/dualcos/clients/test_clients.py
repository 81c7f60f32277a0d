"""The matrix with unmodified programs: pyscard, C, Java, opensc-tool (and npm's by hand) on the embedded service.

What each has to get for its user is the table of ``stacks``; once it is played through a real pcscd with vpcd too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from apdu.link import AroundCard, SmartCard
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import Plug, VpcdReader
from tests.dualcos.clients.conversations import GET_RESPONSE, LE_00
from tests.dualcos.clients.matrix import ENTER, MANNERS, READ_00, VERIFY, bare, differences, probed
from tests.dualcos.clients.programs import PROGRAMS, Program, opensc
from tests.dualcos.clients.stacks import SETTINGS, STACKS, TABLE
from tests.dualcos.reader import pcscd
from tests.dualcos.reader.test_real_programs import wait_for_card
from tests.dualcos.reader.wire import WireClient

pytestmark = pytest.mark.pcsc
FETCHES = {stack.name: stack.fetches for stack in STACKS}


class Noted:
    """``card``; what it is asked comes into ``came``."""

    def __init__(self, card: SmartCard, came: list[bytes]) -> None:
        self._card = card
        self._came = came

    def __getattr__(self, name: str):
        return getattr(self._card, name)

    def exchange(self, command: bytes) -> bytes:
        self._came.append(command)
        return self._card.exchange(command)


class Reader:
    """One slot of a running service. ``came``: the commands that came since the last card was put in."""

    def __init__(self) -> None:
        self.came: list[bytes] = []
        self.slot = Slot("Clients 00 00")
        self.service = EmbeddedService([self.slot], idle_seconds=None)

    @property
    def fetched(self) -> set[int]:
        """The classes of the GET RESPONSEs among them."""
        return {command[0] for command in self.came if command[1] == GET_RESPONSE}

    @contextlib.contextmanager
    def holding(self, card) -> Iterator[None]:
        self.came.clear()
        self.slot.insert(Noted(card, self.came))
        try:
            yield
        finally:
            self.slot.remove()

    @contextlib.contextmanager
    def terminal(self, program: Program, card) -> Iterator[Program]:
        with self.holding(card):
            program.order("open")
            yield program
            program.order("close")


class Told:
    """A terminal that has sent everything already."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = iter(answers)

    def send(self, command: bytes) -> bytes:  # noqa: ARG002 - it is the next one
        return next(self._answers)


@pytest.fixture(scope="module")
def reader():
    reader = Reader()
    with reader.service:
        yield reader


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request, reader, built):
    """Stack and running program. All tests of one program come together, so each is started once."""
    stack, command = PROGRAMS[request.param]
    running = Program(command(built), reader.service.environment)
    yield stack, running
    running.end()


@pytest.fixture
def social(said):
    return next(each for each in said if each.name == "SSC-CLASS-SELECT-00")


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_program_gets_what_the_table_says(setting, program, reader, cards, said, social):
    (stack, running), options = program, SETTINGS[setting]
    wanted, found, number = TABLE[stack, setting], [], 0
    for conversation in said:
        for le in (False, True):
            number += 1
            manner = MANNERS[number % len(MANNERS)] if wanted.plain == "61" else MANNERS[0]
            with reader.terminal(running, cards.of(conversation, options)) as terminal:
                found += differences(terminal, conversation, wanted, le=le, manner=manner)
                if FETCHES[stack]:
                    asked = {exchange.command[0] for exchange in conversation.exchanges}
                    assert reader.fetched <= (asked if FETCHES[stack] == "own" else {0})
    with reader.terminal(running, cards.of(social, options)) as terminal:
        found += probed(terminal, wanted)
    assert found == []


@pytest.mark.parametrize("setting", SETTINGS)
def test_opensc_gets_what_the_table_says(setting, reader, cards, said, social):
    options, wanted, found = SETTINGS[setting], TABLE["opensc", setting], []
    for number, conversation in enumerate(said):
        # A process each time: both forms for the settings that decide over class and fetching, else in turn.
        for le in (False, True) if setting in ("as it comes", "class 00") else (bool(number % 2),):
            commands = [each.command + LE_00 if le and each.waits else each.command for each in conversation.exchanges]
            with reader.holding(cards.of(conversation, options)):
                answers = opensc(commands, reader.service.environment)
                assert reader.fetched <= {0}
            found += differences(Told(answers), conversation, wanted, le=le, manner=MANNERS[0])
    with reader.holding(cards.of(social, options)):
        answers = opensc((*ENTER, VERIFY, READ_00, bare(VERIFY)), reader.service.environment)
    found += probed(Told(answers), wanted)
    assert found == []


EXTENDED = "00A4040000000F7378312E73682EC9E7BBE1B1A3D5CF"


def test_traps_of_java_and_of_nobody_else(program, reader, cards, social):
    """A read without Le is repeated with the length in the place of P2; extended length is refused over T=0."""
    stack, running = program
    with reader.terminal(running, cards.of(social, {})) as terminal:
        for command in ENTER:
            terminal.send(command)
        reader.came.clear()
        terminal.send(READ_00[:4])
        repeated = {"raw": [], "java": [READ_00[:3] + b"\x20"], "npm": [READ_00[:4] + b"\x20"]}[stack]
        assert reader.came == [READ_00[:4], *repeated]
        assert running.said(EXTENDED).startswith("error") == (stack == "java")


class Turntable(AroundCard):
    """A card's place in vpcd, which takes half a second to see another card: here cards change under its contacts, with
    power if it is on, and every session begins with ``turn``.
    """

    def __init__(self, card) -> None:
        super().__init__(card)
        card.power_on()

    def turn(self, card) -> None:
        self.card = card
        card.power_on()


@pytest.mark.skipif(bool(pcscd.unavailable()), reason=pcscd.unavailable() or "never")
@pytest.mark.parametrize("name", ["java", "c", "pyscard"])
def test_the_same_through_pcscd_and_vpcd(name, built, cards, said):
    """At T=0 both pass everything on as it is: the same table holds."""
    stack, command = PROGRAMS[name]
    wanted, found = TABLE[stack, "as it comes"], []
    table = Turntable(cards.of(said[0], {}))
    with pcscd.private_pcscd() as daemon, VpcdReader([Plug(Slot("a", table), daemon.card_port)]):
        with WireClient(daemon.path) as client:
            wait_for_card(client)
        running = Program(command(built), daemon.environment)
        for conversation in said:
            table.turn(cards.of(conversation, {}))
            running.order("open")
            found += differences(running, conversation, wanted, le=True, manner=MANNERS[1])
            running.order("close")
        running.end()
    assert found == []
