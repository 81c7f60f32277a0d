"""How many APDUs a second each transport carries, with a card that only echoes and with a card of ours.

    python -m tests.benchmarks.transports [--unpinned] [--runs N] [--count N]

Everything runs on one core unless ``--unpinned``: compare only figures taken the same way. All cards run in turn;
medians of the runs. Then the same with a trace: kept in a file that nobody reads, as `dualcos record session` keeps it,
and read on a screen.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dualcos
from apdu.link import SmartCard
from dualcos.cli.card_argument import asked_card
from dualcos.cli.trace_recorder import Recorder
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import Plug, VpcdReader
from tests.dualcos.reader import pcscd
from tests.dualcos.reader.wire import WireClient
from tests.echo_card import EchoCard

COMMAND = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")  # SELECT SSSE by name, 20 bytes
SLOT = "Benchmark 00 00"
CARDS = ("echo", "dualcos")
KEPT, READ = "trace kept, unread", "trace read"
TRACED = ("dualcos", KEPT, READ)
Run = Callable[[], float]
"""One run: so many APDUs, the rate of them."""
_SCARD = """
import sys, time
from smartcard import scard
count, command = int(sys.argv[1]), list(bytes.fromhex(sys.argv[2]))
context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)[1]
for _ in range(100):
    name = scard.SCardListReaders(context, [])[1][0]
    code, card, protocol = scard.SCardConnect(context, name, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0)
    if code == 0:
        break
    time.sleep(0.05)
for _ in sys.stdin:
    start = time.perf_counter()
    for _ in range(count):
        scard.SCardTransmit(card, scard.SCARD_PCI_T0, command)
    print(count / (time.perf_counter() - start), flush=True)
assert scard.SCardTransmit(card, scard.SCARD_PCI_T0, command)[1][-2:] in ([0x90, 0x00], [0x61, 0x18])
"""


def rate(call: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return count / (time.perf_counter() - start)


def make_card(kind: str) -> SmartCard:
    if kind in (KEPT, READ):
        return traced_card(kind)
    return EchoCard() if kind == "echo" else dualcos.card("dual-2.0-3des")


def traced_card(kind: str) -> SmartCard:
    """The card as `dualcos run --trace` and `record session` have it, or as `dualcos serve` shows it; what is written
    lies nowhere.
    """
    if kind == READ:
        # Words are behind by so many at most: longer runs measure how fast they are made, not how fast answers are.
        return Recorder(Path(os.devnull).open("w", encoding="utf-8")).traced(asked_card("dual-2.0-3des"))
    descriptor, path = tempfile.mkstemp()
    os.close(descriptor)
    recorder = Recorder(None, path=path)
    Path(path).unlink()
    return recorder.traced(asked_card("dual-2.0-3des"))


@contextlib.contextmanager
def in_process(kind: str, count: int, *, slot: bool = False) -> Iterator[Run]:
    card = Slot(SLOT, make_card(kind)) if slot else make_card(kind)
    card.power_on()
    yield lambda: rate(lambda: card.exchange(COMMAND), count * 10)


@contextlib.contextmanager
def card_process(kind: str, where: str) -> Iterator[None]:
    """The card in a process of its own, as in real use."""
    command = [sys.executable, "-m", "tests.benchmarks.transports", "--card", kind, "--hold", where]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:  # noqa: S603 - this module itself
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()


def hold(kind: str, where: str) -> None:
    """The card in vpcd's reader at a port, or in our own service at a path, until standard input ends."""
    slot = Slot(SLOT, make_card(kind))
    with VpcdReader([Plug(slot, int(where))]) if where.isdecimal() else EmbeddedService([slot], where):
        print("ready", flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def wire(path: str, count: int) -> Iterator[Run]:
    with WireClient(path) as client:
        while True:
            name = client.states()[0].name
            rv, card, _ = client.connect(name, wanted=1)
            if rv == 0:
                break
            time.sleep(0.05)
        result, answer = client.transmit(card, COMMAND)
        assert (result, answer[-2:]) in ((0, b"\x90\x00"), (0, b"\x61\x18"))
        yield lambda: rate(lambda: client.transmit(card, COMMAND), count)


@contextlib.contextmanager
def pyscard(path: str, count: int) -> Iterator[Run]:
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": path}
    command = [sys.executable, "-c", _SCARD, str(count), COMMAND.hex()]
    pipe = subprocess.PIPE
    # The script above.
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603
        to, back = process.stdin, process.stdout
        assert to is not None
        assert back is not None

        def run() -> float:
            print(file=to, flush=True)
            return float(back.readline())

        yield run
        to.close()
        assert process.wait(10) == 0


Transport = Callable[[str, int], contextlib.AbstractContextManager[Run]]
"""Takes a kind of card, or the path of the service that a client connects to, and how many APDUs are in a run."""


@contextlib.contextmanager
def embedded(client: Transport, kind: str, count: int) -> Iterator[Run]:
    with tempfile.TemporaryDirectory() as directory:
        path = str(Path(directory) / "pcsc")
        with card_process(kind, path), client(path, count) as run:
            yield run


@contextlib.contextmanager
def vpcd(client: Transport, kind: str, count: int) -> Iterator[Run]:
    with (
        pcscd.private_pcscd() as daemon,
        card_process(kind, str(daemon.card_port)),
        client(daemon.path, count) as run,
    ):
        yield run


def transports() -> dict[str, Transport]:
    """What can be measured here, by name."""
    clients = {"wire client": wire} | ({"pyscard": pyscard} if importlib.util.find_spec("smartcard") else {})
    found: dict[str, Transport] = {
        "in process": in_process,
        "in process, through a slot": partial(in_process, slot=True),
    }
    found |= {f"embedded, {name}": partial(embedded, client) for name, client in clients.items()}
    reason = pcscd.unavailable()
    if reason:
        print(f"no vpcd figures: {reason}")
        return found
    return found | {f"vpcd, {name}": partial(vpcd, client) for name, client in clients.items()}


def in_turn(transport: Transport, cards: tuple[str, ...], count: int, runs: int) -> list[tuple[float, ...]]:
    """Rates of the cards in turn, the first of each not counted: what else the machine does hits all alike."""
    with contextlib.ExitStack() as stack:
        measured = [stack.enter_context(transport(card, count)) for card in cards]
        return [tuple(each() for each in measured) for _ in range(runs + 1)][1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unpinned", action="store_true", help="let the processes use every core")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--count", type=int, default=5000, help="APDUs in a run")
    parser.add_argument("--card", choices=(*CARDS, KEPT, READ), default="echo", help=argparse.SUPPRESS)
    parser.add_argument("--hold", metavar="WHERE", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.hold:
        hold(wanted.card, wanted.hold)
        return
    if not wanted.unpinned and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    report(wanted.count, wanted.runs)
    print()
    report_traces(wanted.count, wanted.runs)


def report(count: int = 5000, runs: int = 7) -> None:
    """Both cards over every transport, side by side; the ratio is the median of the pairs'."""
    print(f"{'transport':30}{'echo card/s':>14}{'dualcos/s':>14}{'ratio':>8}")
    rates: dict[str, float] = {}
    for name, transport in transports().items():
        pairs = in_turn(transport, CARDS, count, runs)
        echo, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(mine / other for other, mine in pairs)
        rates[name] = ours
        print(f"{name:30}{echo:14,.0f}{ours:14,.0f}{ratio:8.2f}", flush=True)
    for client in ("wire client", "pyscard"):
        if f"vpcd, {client}" in rates:
            factor = rates[f"embedded, {client}"] / rates[f"vpcd, {client}"]
            print(f"embedded is {factor:.1f} times as fast as vpcd ({client})")


def report_traces(count: int = 5000, runs: int = 7) -> None:
    """Our card without a trace, with one that is kept, with one that is read; ratios are medians over the turns."""
    print(f"{'dualcos/s':30}{'no trace':>14}{KEPT:>20}{'ratio':>8}{READ:>14}{'ratio':>8}")
    for name, transport in transports().items():
        turns = in_turn(transport, TRACED, count, runs)
        bare, kept, read = (statistics.median(column) for column in zip(*turns, strict=True))
        kept_ratio, read_ratio = (statistics.median(turn[at] / turn[0] for turn in turns) for at in (1, 2))
        print(f"{name:30}{bare:14,.0f}{kept:20,.0f}{kept_ratio:8.2f}{read:14,.0f}{read_ratio:8.2f}", flush=True)


if __name__ == "__main__":
    main()
