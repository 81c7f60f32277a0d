"""Who gets what while a reader is held: the embedded service against a table that was measured on a real pcscd.

Here the service is asked on the wire, cell by cell. A library that is answered with a sharing violation waits and asks
again, in some calls; so do the wire's answer and the table's word belong together. With the mark ``pcsc`` the table is
measured again through the system's library, on the pcscd there is and on the service.
"""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import Plug, VpcdReader
from tests.dualcos.reader import pcscd, wire
from tests.dualcos.reader.cards import DiaryCard
from tests.dualcos.reader.embedded_bench import CARD, SELECT
from tests.dualcos.reader.wire import WireClient

ROOT = Path(__file__).parents[3]
TABLE = tomllib.loads(Path(__file__).with_name("sharing_on_pcscd.toml").read_text(encoding="utf-8"))
without_pyscard = pytest.mark.skipif(
    importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
)
without_pcscd = pytest.mark.skipif(bool(pcscd.unavailable()), reason=pcscd.unavailable() or "never")
BUSY = b"\x5a\x00\x00\x00"
# What the wire's tables say of each request: code, body, data, length of the answer; rv is the answer's last word.
Requests = dict[str, Callable[[int, int], tuple[int, bytes, bytes, int]]]
REQUESTS: Requests = {
    "connect shared": lambda context, _: (0x04, _connect(context, wire.SHARED, wire.ANY), b"", 152),
    "connect exclusive": lambda context, _: (0x04, _connect(context, wire.EXCLUSIVE, wire.ANY), b"", 152),
    "connect direct": lambda context, _: (0x04, _connect(context, wire.DIRECT, 0), b"", 152),
    "reconnect, leave": lambda _, card: (0x05, _reconnect(card, wire.SHARED, wire.LEAVE), b"", 24),
    "reconnect, reset": lambda _, card: (0x05, _reconnect(card, wire.SHARED, wire.RESET_CARD), b"", 24),
    "reconnect, unpower": lambda _, card: (0x05, _reconnect(card, wire.SHARED, wire.UNPOWER), b"", 24),
    "reconnect exclusive": lambda _, card: (0x05, _reconnect(card, wire.EXCLUSIVE, wire.LEAVE), b"", 24),
    "disconnect, leave": lambda _, card: (0x06, struct.pack("=iII", card, wire.LEAVE, 0), b"", 12),
    "disconnect, reset": lambda _, card: (0x06, struct.pack("=iII", card, wire.RESET_CARD, 0), b"", 12),
    "disconnect, unpower": lambda _, card: (0x06, struct.pack("=iII", card, wire.UNPOWER, 0), b"", 12),
    "disconnect, eject": lambda _, card: (0x06, struct.pack("=iII", card, wire.EJECT, 0), b"", 12),
    "begin": lambda _, card: (0x07, struct.pack("=iI", card, 0), b"", 8),
    "end, leave": lambda _, card: (0x08, struct.pack("=iII", card, wire.LEAVE, 0), b"", 12),
    "end, reset": lambda _, card: (0x08, struct.pack("=iII", card, wire.RESET_CARD, 0), b"", 12),
    "end, unpower": lambda _, card: (0x08, struct.pack("=iII", card, wire.UNPOWER, 0), b"", 12),
    "end, eject": lambda _, card: (0x08, struct.pack("=iII", card, wire.EJECT, 0), b"", 12),
    "transmit": lambda _, card: (
        0x09, struct.pack("=iIIIIIII", card, wire.T0, 16, len(SELECT), 3, 16, 264, 0), SELECT, 32,
    ),
    "control features": lambda _, card: (0x0A, struct.pack("=iIIIII", card, 0x42000D48, 0, 264, 0, 0), b"", 24),
    "control unknown": lambda _, card: (0x0A, struct.pack("=iIIIII", card, 0x42000001, 0, 264, 0, 0), b"", 24),
    "status": lambda _, card: (0x0B, struct.pack("=iI", card, 0), b"", 8),
    "attribute ATR": lambda _, card: (0x0F, _attribute(card, 0x00090303), b"", 280),
    "attribute name": lambda _, card: (0x0F, _attribute(card, 0x7FFF0003), b"", 280),
    "attribute unknown": lambda _, card: (0x0F, _attribute(card, 0x00012345), b"", 280),
    "set attribute": lambda _, card: (0x10, _attribute(card, 0x00012345), b"", 280),
    "cancel": lambda context, _: (0x0D, struct.pack("=iI", context, 0), b"", 8),
    "establish context": lambda _, __: (0x01, struct.pack("=III", 2, 0, 0), b"", 12),
    "release context": lambda context, _: (0x02, struct.pack("=II", context, 0), b"", 8),
}  # fmt: skip
STATES = ("status change", "list readers")  # asked for by the reader states, which have no rv
OF_THE_LIBRARY = ("list groups", "is valid context")  # never reach the service
REPEATED = ("begin", "reconnect", "transmit", "status")  # by the library, until it is no sharing violation any more
OF_THE_DRIVER = ("control", "attribute", "set attribute", "end, eject")  # whether there is such a thing is its own word
CELLS = [
    (column, call, outcome)
    for column in TABLE["columns"]
    for call, outcomes in TABLE["calls"].items()
    if (outcome := outcomes[TABLE["columns"].index(column)]) != "-" and call not in OF_THE_LIBRARY
]
# Measured to be the same columns; here they are cells of their own.
CELLS += [(f"command/{column.partition('/')[2]}", *rest) for column, *rest in CELLS if column == "transaction/other"]


def _connect(context: int, share: int, wanted: int) -> bytes:
    return struct.pack("=I128sIIiII", context, CARD.encode(), share, wanted, 0, 0, 0)


def _reconnect(card: int, share: int, how: int) -> bytes:
    return struct.pack("=iIIIII", card, share, wire.ANY, how, 0, 0)


def _attribute(card: int, name: int) -> bytes:
    return struct.pack("=iI264sII", card, name, b"", 264, 0)


def rv(client: WireClient, size: int) -> int:
    return int(struct.unpack_from("=I", client.read(size), size - 4)[0])


def check(call: str, got: int, outcome: str) -> None:
    """``got`` is what came at last: success, an error, or what makes the library ask again."""
    if outcome == "passes" and call.startswith(OF_THE_DRIVER):
        assert got not in (wire.SHARING_VIOLATION, wire.RESET, wire.REMOVED)
    else:
        word = outcome.removeprefix("waits: ")
        wanted = {"passes": wire.SUCCESS, "waits": wire.SHARING_VIOLATION if ":" in outcome else wire.SUCCESS}
        assert got == (wanted[word] if word in wanted else int(word, 16)), f"{got:08X}"


class HeldReader:
    """A holder with the reader in one of the ways of the table, and who asks."""

    def __init__(self, column: str, holder: WireClient, other: WireClient, card: DiaryCard) -> None:
        held, _, asker = column.partition("/")
        self.holder, self._held, self._card = holder, held, card
        self.mine = holder.open(CARD, wire.EXCLUSIVE if held == "exclusive" else wire.SHARED)
        self.client = other if asker == "other" else holder
        self.handle = self.mine
        if asker != "own handle" and held != "exclusive":
            self.handle = self.client.open(CARD)
        if held != "exclusive":
            assert holder.begin(self.mine) == wire.SUCCESS
        if held == "reset":
            assert holder.reconnect(self.mine, how=wire.RESET_CARD)[0] == wire.SUCCESS
        elif held == "command":
            holder.send_transmit(self.mine, BUSY)
            assert card.busy.wait(10)

    def let_go(self) -> None:
        if self._held == "command":
            self._card.go.set()
            assert self.holder.read_transmit()[0] == wire.SUCCESS
        assert self.holder.end(self.mine) == wire.SUCCESS


def test_the_table_has_every_call_of_the_probe_and_every_request_here():
    assert set(TABLE["calls"]) == {*REQUESTS, *STATES, *OF_THE_LIBRARY}
    assert all(len(outcomes) == len(TABLE["columns"]) for outcomes in TABLE["calls"].values())
    assert all(outcome == "passes" for call in OF_THE_LIBRARY for outcome in TABLE["calls"][call])


@pytest.fixture
def told(service, card):
    """A card that still waits at the end is told to go on, or the service would wait for it."""
    assert service is not None
    yield card.go
    card.go.set()


@pytest.mark.parametrize(
    ("column", "call", "outcome"), CELLS, ids=[f"{c}, {call}".replace(" ", "-") for c, call, _ in CELLS]
)
def test_the_service_answers_as_pcscd_did(client, other, card, told, column, call, outcome):
    assert not told.is_set()
    reader = HeldReader(column, client, other, card)
    if call in STATES:
        assert outcome == "passes"
        assert reader.client.states()[0].name == CARD
        return
    code, body, data, size = REQUESTS[call](reader.client.context, reader.handle)
    reader.client.send(code, body, data)
    if outcome.startswith("waits") and column.endswith("/other"):  # the answer is held back
        assert reader.client.silent(0.02)
        reader.let_go()
        check(call, rv(reader.client, size), outcome)
    elif outcome.startswith("waits"):  # for itself: the library asks again
        assert rv(reader.client, size) == wire.SHARING_VIOLATION
        assert call.startswith(REPEATED)
        reader.let_go()
        reader.client.send(code, body, data)
        check(call, rv(reader.client, size), outcome)
    elif outcome == "never":  # pcscd loses the reader here; our client is told instead, and can let go
        assert rv(reader.client, size) == wire.SHARING_VIOLATION
        reader.let_go()
    else:
        check(call, rv(reader.client, size), outcome)


# The same, measured again through the system's library.


class SlowCard(DiaryCard):
    """Makes one wait as often as it is asked to."""

    def exchange(self, command: bytes) -> bytes:
        words = super().exchange(command)
        self.busy.clear()
        self.go.clear()
        return words


def opened(client: WireClient, reader: str, share: int) -> int:
    """A connection to a reader that nobody holds any more: a moment after that one's end, pcscd may not know it yet, or
    is about to switch the card off.
    """
    for _ in range(100):
        rv, handle, _ = client.connect(reader, share, wire.ANY)
        if rv == wire.SUCCESS:
            break
        time.sleep(0.1)
    assert rv == wire.SUCCESS, hex(rv)
    return handle


def measured(path: str, reader: str, card: SlowCard, *what: str) -> object:
    """What the probe found; it asks us to hold the reader, from another process than its own."""
    client, handle = None, 0
    with ExitStack() as clients, subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-m", "tests.dualcos.reader.sharing_probe", reader, *what],
        cwd=ROOT, env={**os.environ, "PCSCLITE_CSOCK_NAME": path},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as probe:  # fmt: skip
        assert probe.stdin is not None
        assert probe.stdout is not None
        for line in probe.stdout:
            match line.split():
                case ["connect", held]:
                    client = clients.enter_context(WireClient(path))
                    handle = opened(client, reader, wire.EXCLUSIVE if held == "exclusive" else wire.SHARED)
                case ["hold", held]:
                    assert client is not None
                    assert held == "exclusive" or client.begin(handle) == wire.SUCCESS
                case ["let", "go"]:
                    assert client is not None
                    assert client.end(handle) == wire.SUCCESS
                case ["close"]:
                    assert client is not None
                    client.close()
                case ["busy"]:
                    assert card.busy.wait(10)
                case ["go"]:
                    card.go.set()
                case _:
                    return json.loads(line)
            probe.stdin.write("done\n")
            probe.stdin.flush()
    raise AssertionError("the probe found nothing")


def side_by_side(path: str, slots: list[Slot], what: tuple[tuple[str, ...], tuple[str, ...]]) -> list[object]:
    """What the probe found on each of two readers."""
    with WireClient(path) as client:
        while not all(state.state & 4 and state.atr for state in client.register()):
            client.event()
        readers = [state.name for state in client.states()]
    with ThreadPoolExecutor(2) as workers:
        cards = [slot.card for slot in slots]
        return list(workers.map(lambda at: measured(path, readers[at], cards[at], *what[at]), range(2)))


HALVES = (
    ("transaction/elsewhere", "transaction/own handle", "exclusive/elsewhere", "command/other"),
    ("transaction/same context", "reset/other", "exclusive/same context", "exclusive/own handle"),
)
MEASURED = {
    column: {
        call: outcome
        for call, outcomes in TABLE["calls"].items()
        if (
            outcome := outcomes[
                TABLE["columns"].index(column.replace("elsewhere", "other").replace("command", "transaction"))
            ]
        )
        not in ("-", "never")
    }
    for half in HALVES
    for column in half
}


@pytest.fixture
def two_slots():
    return [Slot("Probed 00 00", SlowCard()), Slot("Probed 00 01", SlowCard())]


@pytest.mark.pcsc
@without_pyscard
def test_a_library_on_the_service_finds_the_table(two_slots):
    with EmbeddedService(two_slots) as service:
        first, second = side_by_side(str(service.path), two_slots, HALVES)
    assert {**first, **second} == MEASURED


@pytest.mark.pcsc
@without_pyscard
@without_pcscd
def test_the_pcscd_there_is_gives_the_table_again(two_slots):
    with (
        pcscd.private_pcscd() as daemon,
        VpcdReader([Plug(slot, daemon.card_port + at) for at, slot in enumerate(two_slots)]),
    ):
        first, second = side_by_side(daemon.path, two_slots, HALVES)
    assert {**first, **second} == MEASURED


@pytest.mark.pcsc
@without_pyscard
@without_pcscd
def test_the_pcscd_there_is_loses_a_reader_whose_holder_waits_for_itself(two_slots):
    calls = [("transaction/same context", call) for call in ("connect shared", "disconnect, reset")]
    with (
        pcscd.private_pcscd() as daemon,
        VpcdReader([Plug(slot, daemon.card_port + at) for at, slot in enumerate(two_slots)]),
    ):
        assert side_by_side(daemon.path, two_slots, calls) == ["waits: waits", "waits: waits"]
