"""The directory of environments and the mint that adds to it.

The card manager holds the mint: it can make an environment and can never reach into one. Creation returns
nothing; the partition is filled first and the directory entry written last, so a cut leaves no half environment.
An entry that cannot be read stands for no environment; what it stood for stays in its memory, and its place taken.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from firewall.cellkind import CellKind, Part, letters
from firewall.grant import Environment, Grant
from firewall.hardware.chip import Chip
from firewall.partition import Partition
from firewall.trace import Reasoned, Trace

_ENTRY = b"E:"
_BLOCKED, _YES = b"blocked", b"\x01"
ENTRY = CellKind("environment {label}", _ENTRY, (Part("label", 0, shown=letters),))
"""The entry of an environment in the directory."""
CELLS = (ENTRY, CellKind("blocked", _BLOCKED))
"""What the directory keeps."""
_FID_LENGTH, _NAME_LENGTHS = 2, range(5, 17)
_TAG_NAME, _TAG_FID, _TAG_CHECK = 0x84, 0x83, 0x85


class EnvironmentKind(NamedTuple):
    """How one kind of environment comes to be: its memory in bytes, its first contents, its policy."""

    capacity: int
    initialise: Callable[[Partition, bytes], None]
    build: Callable[[Grant], Environment]


class EnvironmentEntry(NamedTuple):
    """One environment in the directory: kind, file identifier (2 bytes), DF name (5..16 bytes)."""

    kind: str
    fid: bytes
    name: bytes

    def encode(self) -> bytes:
        """The entry's cell: identifier, name, and a check value over them and the kind.

        Two bits decide which environment an identifier leads to: without the check value a damaged entry could take
        the place of a sound one.
        """
        check = zlib.crc32(self.kind.encode() + self.fid + self.name).to_bytes(4, "big")
        return self._objects() + bytes((_TAG_CHECK, len(check))) + check

    def _objects(self) -> bytes:
        return b"".join((bytes((_TAG_FID, len(self.fid))), self.fid, bytes((_TAG_NAME, len(self.name))), self.name))

    @staticmethod
    def decode(kind: str, raw: bytes) -> EnvironmentEntry | None:
        """From the cell; None unless it is what ``encode`` writes. Older cards have no check value."""
        start = 4 + _FID_LENGTH
        if len(raw) < start or raw[start - 1] not in _NAME_LENGTHS:
            return None
        entry = EnvironmentEntry(kind, raw[2 : 2 + _FID_LENGTH], raw[start : start + raw[start - 1]])
        return entry if raw in (entry.encode(), entry._objects()) else None


class NameTaken(Reasoned):
    """The file identifier or name belongs to an environment already."""


class NameConflict(Reasoned):
    """The name is a prefix of the name of an environment, or the other way round."""


class EnvironmentDirectory:
    """Which environments exist. Belongs to the firewall; no environment can read it."""

    def __init__(self, nvm: Partition) -> None:
        self._nvm = nvm

    @property
    def entries(self) -> tuple[EnvironmentEntry, ...]:
        """All environments whose entry can be read, in order of kind."""
        return tuple(entry for entry in self.listed().values() if entry is not None)

    def listed(self) -> dict[str, EnvironmentEntry | None]:
        """Every kind that has an entry, in order, with the entry if it can be read."""
        return {kind: EnvironmentEntry.decode(kind, self._nvm.get(_cell(kind)) or b"") for kind in self.taken}

    @property
    def taken(self) -> tuple[str, ...]:
        """The kinds that have an entry, whether it can be read or not, in order."""
        return tuple(key[len(_ENTRY) :].decode() for key in self._nvm.keys(_ENTRY) if key.isascii())

    def add(self, entry: EnvironmentEntry) -> None:
        """Register an environment, in one atomic step."""
        with self._nvm.transaction():
            self._nvm.put(_cell(entry.kind), entry.encode())

    def remove(self, kind: str) -> None:
        """Forget an environment."""
        self._nvm.delete(_cell(kind))

    def recover(self) -> None:
        """Finish or forget an interrupted change (power-on)."""
        self._nvm.recover()

    @property
    def card_blocked(self) -> bool:
        """True after CARD BLOCK with scope ``card``."""
        return self._nvm.get(_BLOCKED) == _YES

    def block_card(self) -> None:
        """From now on every answer is 6A81."""
        if not self.card_blocked:
            self._nvm.put(_BLOCKED, _YES)


def _cell(kind: str) -> bytes:
    return _ENTRY + kind.encode()


class Mint:
    """Creates environments. The only thing the card manager can do across the wall.

    ``changes``: how often an environment was made or ended since this mint was, which tells when to look again;
    ``traces``: the write-only end of the trace by label.
    """

    def __init__(
        self,
        chip: Chip,
        directory: EnvironmentDirectory,
        kinds: Mapping[str, EnvironmentKind],
        traces: Callable[[str], Trace],
    ) -> None:
        self._chip = chip
        self._directory = directory
        self._kinds = kinds
        self.traces = traces
        self.changes = 0

    def check(self, kind: str, fid: bytes, name: bytes) -> None:
        """Would ``create`` be accepted? Raises NameTaken or NameConflict."""
        for entry in self._directory.entries:
            if entry.kind == kind or entry.fid == fid or entry.name == name:
                raise NameTaken("environment name taken", environment=entry.kind)
            if entry.name.startswith(name) or name.startswith(entry.name):
                raise NameConflict("one name begins the other", environment=entry.kind)
        if kind in self._directory.taken:  # by an environment whose entry cannot be read
            raise NameTaken("environment name taken", environment=kind)

    def create(self, kind: str, fid: bytes, name: bytes, material: bytes) -> None:
        """Make an environment whose first contents are ``material``; from now on it is its own master.

        Raises NameTaken, NameConflict, KeyError (unknown kind). Returns nothing on purpose.
        """
        self.check(kind, fid, name)
        recipe = self._kinds[kind]
        self._wipe(kind)  # leftovers of a creation that a power cut interrupted
        recipe.initialise(Partition(self._chip.region(kind, recipe.capacity)), material)
        self._directory.add(EnvironmentEntry(kind, fid, name))
        self.changes += 1

    @property
    def existing(self) -> int:
        """How many environments exist, those whose entry cannot be read included."""
        return len(self._kinds.keys() & set(self._directory.taken))

    def open_all(self) -> dict[str, tuple[EnvironmentEntry, Environment]]:
        """Build every environment of the directory over its own partition (power-on; for the dispatcher).

        Only the memory of a kind without any entry is a leftover and wiped.
        """
        listed = self._directory.listed()
        for kind in self._kinds.keys() - listed.keys():
            self._wipe(kind)
        return {
            kind: (entry, self._build(kind))
            for kind, entry in listed.items()
            if entry is not None and kind in self._kinds
        }

    def end(self, kind: str) -> None:
        """Forget an environment that has ended itself, and wipe its memory."""
        self._directory.remove(kind)
        self.changes += 1
        self._wipe(kind)

    @property
    def card_blocked(self) -> bool:
        """True after an environment has silenced the whole card."""
        return self._directory.card_blocked

    def block_card(self) -> None:
        """Keep that one has."""
        self._directory.block_card()

    def _wipe(self, kind: str) -> None:
        if kind not in self._chip.labels:
            return
        cells = self._chip.region(kind, self._kinds[kind].capacity)
        for key in cells:
            cells.erase(key)

    def _build(self, kind: str) -> Environment:
        recipe = self._kinds[kind]
        nvm = Partition(self._chip.region(kind, recipe.capacity))
        nvm.recover()
        return recipe.build(Grant(nvm, self._chip.stream(kind), self.traces(kind)))
