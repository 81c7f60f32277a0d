"""A batch made in PC/SC readers by a hand that errs, and every card read back in a reader and compared.

The program is ``dualcos personalise --pcsc``, in a process of its own; the hand hears what it asks for on stderr. Some
cards it pulls out midway and brings again later, some are no chip of ours, some are made already.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import dualcos
from apdu.link import AroundCard, SmartCard
from dualcos.issuance.invented_citizens import write_csv
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import Plug, VpcdReader
from tests.bureau.acceptance import ALL_STORES, LOCK, ROOT, Person, Tally, Terminal, command, compare, people_of
from tests.dualcos.reader import pcscd
from tests.echo_card import EchoCard

WAYS = ("embedded", "vpcd")
# Every so many cards …
_PULLED, _STRANGER, _MADE = 7, 5, 6
_PATIENCE = "20"
_GROWTH = 4  # threads or handles by which a program may differ between its first and its last card


class Desk(NamedTuple):
    """Slots by the reader's name, and the service that programs find them by."""

    slots: Mapping[str, Slot]
    environment: Mapping[str, str]


@contextlib.contextmanager
def desk(way: str) -> Iterator[Desk]:
    """Two readers: of our own service, or of a real pcscd with vsmartcard's driver."""
    if way == "embedded":
        slots = [Slot(f"{name} 00 00") for name in ("Left", "Right")]
        with EmbeddedService(slots) as service:
            yield Desk({slot.name: slot for slot in slots}, service.environment)
        return
    with pcscd.private_pcscd() as daemon:
        slots = [Slot(f"Test Slot 00 {number:02X}") for number in (0, 1)]
        plugs = [Plug(slot, port) for slot, port in zip(slots, (daemon.card_port, daemon.psam_port), strict=True)]
        with VpcdReader(plugs):
            yield Desk({slot.name: slot for slot in slots}, daemon.environment)


class Pulled(AroundCard[SmartCard]):
    """A card that is pulled out of ``slot`` after its ``left``-th command."""

    __slots__ = ("_left", "_slot")

    def __init__(self, card: SmartCard, slot: Slot, left: int) -> None:
        super().__init__(card)
        self._slot, self._left = slot, left

    def exchange(self, command: bytes) -> bytes:
        """The answer comes too late."""
        answer = self.card.exchange(command)
        self._left -= 1
        if self._left == 0:
            self._slot.remove()
        return answer


class Hand:
    """Puts in what is asked for: ``chips`` one after the other, with a mistake now and then."""

    def __init__(self, chips: list[SmartCard]) -> None:
        self._waiting = deque(enumerate(chips))
        self._again: deque[SmartCard] = deque()
        self._wrong: deque[SmartCard] = deque()
        self.pulled = self.strangers = self.made = 0

    def give(self, slot: Slot, line: str) -> SmartCard | None:
        """The next card for a reader that asked for one."""
        if self._wrong:
            return self._wrong.popleft()
        if self._again and (" again" in line) and (not self._waiting or len(self._again) > 2):
            return self._again.popleft()
        if not self._waiting:
            return None
        number, chip = self._waiting.popleft()
        if number % _STRANGER == 4:
            self.strangers += 1
            self._wrong.append(EchoCard())
        if number % _MADE == 5:
            self.made += 1
            self._wrong.append(dualcos.card("dual-2.0-3des"))
        if number % _PULLED != 3:
            return chip
        self.pulled += 1
        self._again.append(chip)
        return Pulled(chip, slot, 20 + number * 131 % 700)


class Use(NamedTuple):
    """What a program holds."""

    threads: int
    handles: int

    def __str__(self) -> str:
        return f"{self.threads} threads and {self.handles} handles"


def use_of(process: subprocess.Popen[str]) -> Use:
    home = Path(f"/proc/{process.pid}")
    status = (home / "status").read_text("ascii", "replace")
    (threads,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("Threads"))
    return Use(threads, len(list((home / "fd").iterdir())))


def make(tally: Tally, place: Desk, way: str, chips: list[SmartCard]) -> None:
    """Run the program; the hand does what it says."""
    hand, uses, started = Hand(chips), [], time.perf_counter()
    words = ("personalise", f"{way}.perso", "--pcsc", "all", "--patience", _PATIENCE, "-o", way, *ALL_STORES)
    environment = {**os.environ, **place.environment, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "dualcos", *words], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as program:  # fmt: skip
        assert program.stderr is not None
        assert program.stdout is not None
        said = []
        for line in program.stderr:
            said.append(line)
            slot = place.slots.get(line.partition(":")[0])
            if slot is None:
                continue
            if ": put in" in line and (card := hand.give(slot, line)) is not None:
                slot.insert(card)
            elif "take it out" in line:
                slot.remove()
            if " made, " in line:
                uses.append(use_of(program))
        rest = program.stdout.read()
    took = time.perf_counter() - started
    tally.demand(program.returncode == 0, f"{way}: ended with {program.returncode}\n{''.join(said[-5:])}{rest}")
    tally.demand(f"{len(chips)} made" in rest, f"{way}: {rest}")
    for what, first, last in zip(Use._fields, uses[0], uses[-1], strict=True):
        tally.demand(last - first <= _GROWTH, f"{way}: {first} {what} at the first card, {last} at the last")
    refused = sum("none of our chips" in line or "none of this register's" in line for line in said)
    tally.demand(
        refused == hand.strangers + hand.made, f"{way}: {refused} of {hand.strangers + hand.made} wrong cards refused"
    )
    tally.say(
        f"{way}: {len(chips)} cards in {took:.0f} s, {hand.pulled} pulled midway and brought again, {hand.strangers} "
        f"strangers and {hand.made} made ones refused; {uses[0]} at the first card, {uses[-1]} at the last"
    )


def read_back(tally: Tally, place: Desk, way: str, chips: list[SmartCard], people: list[Person]) -> None:
    """Each card against its person's rows, in a reader."""
    started = time.perf_counter()
    terminal = Terminal(place.environment, next(iter(place.slots.values())))
    try:
        compare(tally, terminal, way, chips, Path(way, "feedback.csv"), people)
    finally:
        terminal.close()
    tally.say(f"{way}: read back in {time.perf_counter() - started:.0f} s")


def in_readers(count: int, ways: tuple[str, ...] = WAYS) -> Tally:
    """The whole run in the current folder."""
    tally, people = Tally(), people_of(count)
    command("keys", "key-file", "lock")
    command("keys", "invent", "k", *LOCK)
    write_csv(Path("social.csv"), (person.social for person in people))
    write_csv(Path("bank.csv"), (person.bank for person in reversed(people)))
    inputs = ("--social", "social.csv", "--bank", "bank.csv", "--synthetic", "--keys", "k/bank.keys", *LOCK)
    for way in ways:
        command("match", *inputs, "-o", f"{way}.perso")
        chips: list[SmartCard] = [dualcos.card("blank") for _ in people]
        with desk(way) as place:
            make(tally, place, way, chips)
            read_back(tally, place, way, chips, people)
    return tally
