"""F5b and F7c, for every stack: what SELECT keeps and drops of a session, and which files answer to an identifier.

``GROUNDS`` gives, by stack, the directories of an environment with the items that exist there; the table says what
becomes of each item. Where a stack differs, ``DIFFERENCES`` has the clause.

What failing commands keep and drop of the same items: ``items_failures_keep``. Left out: leaving, reset and power (F5,
F5a).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.dialogue.driver import apdu, send
from dualcos.dialogue.iso_commands import select_fid, select_file, select_name
from dualcos.lab.properties.specimen import LabBench, Player
from dualcos.lab.properties.traffic_steps import Play, Played


class SessionItem(NamedTuple):
    """Something a session holds: how to get it, how to see it, and the word of the probe if it is not there."""

    name: str
    gain: Callable[[], Played]
    probe: Callable[[], Played]
    without: int


class Ground(NamedTuple):
    """One directory. ``select`` makes it current, from anywhere in its environment. ``own``: the files that SELECT
    P1 02 finds there; ``open``: identifiers of which the specification leaves that open.
    """

    name: str
    select: Callable[[], Played]
    items: tuple[SessionItem, ...]
    own: frozenset[int] = frozenset()
    open: frozenset[int] = frozenset()


Kept = tuple[bool, bool, bool]
WAYS = ("same DF", "another DF and back", "failed SELECT")
RIGHT, PIN, EF, POINTER = "right of a key", "PIN", "current EF", "record pointer"
RANDOM, WAITING, DELIVERED, TRANSACTION = "random number", "waiting answer", "delivered key", "transaction"
MEDICAL, PURCHASE, BEGUN, NAMED = "medical transaction", "purchase in a PSAM", "MAC begun", "named public key"
CHANNEL = "personalisation channel"

# Behind each way, True: as before, False: as if it had never been (README.md beside this file).
KEPT: Mapping[str, Kept] = MappingProxyType(
    {
        RIGHT: (True, False, True),
        PIN: (True, True, True),
        EF: (False, False, True),
        POINTER: (False, False, True),
        RANDOM: (True, False, True),
        WAITING: (False, False, False),
        TRANSACTION: (False, False, True),
        MEDICAL: (False, False, False),
        PURCHASE: (False, False, False),
        DELIVERED: (False, False, True),
        BEGUN: (False, False, True),
        NAMED: (True, False, True),
        CHANNEL: (False, False, True),
    }
)


class Difference(NamedTuple):
    """Another line of the table in one stack, and why."""

    kept: Kept
    clause: str


DIFFERENCES: Mapping[tuple[str, str], Difference] = MappingProxyType(
    {
        ("pse", RIGHT): Difference((False, False, True), "PBOC-5 §6.4: each selection begins anew"),
        ("pse", RANDOM): Difference((False, False, True), "PBOC-5 §6.4: each selection begins anew"),
        ("pki", PIN): Difference((True, False, True), "a PIN of the application, kept as a key: issuing programs"),
    }
)


def kept(stack: str, item: str) -> Kept:
    """The line of the table that holds in a stack."""
    other = DIFFERENCES.get((stack, item))
    return KEPT[item] if other is None else other.kept


class Teller:
    """Plays dialogues on a fresh card in one environment and returns their last status word."""

    def __init__(self, bench: LabBench, label: str) -> None:
        bench.fresh()
        self.player = Player(bench)
        self.player.enter(label)

    def tell(self, dialogue: Played) -> bytes:
        """Play it to the end; the last answer."""
        last = b""
        try:
            command = next(dialogue)
            while True:
                last = self.player.exchange(command)
                command = dialogue.send(last)
        except StopIteration:
            return last

    def word(self, dialogue: Played) -> int:
        """Play it to the end; the last status word."""
        return int.from_bytes(self.tell(dialogue)[-2:], "big")


def failing() -> Play:
    """SELECTs that find nothing."""
    yield from select_name(b"no such name")
    yield from select_fid(0xEEEE)
    yield from select_file(0xEEEE)


def there_and_back(here: Ground, there: Ground) -> Play:
    """Another directory of the same environment, and back."""
    yield from there.select()
    yield from here.select()


def until(dialogue: Played, ins: int) -> Play:
    """A dialogue up to its first command ``ins``, which is not sent."""
    command = next(dialogue)
    while command[1] != ins:
        command = dialogue.send((yield command))
    dialogue.close()


def fetch() -> Play:
    """GET RESPONSE."""
    yield from send(apdu("00C00000", le=8))
