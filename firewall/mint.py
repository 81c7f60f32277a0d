"""The directory of environments and the mint that adds to it.

The card manager holds the mint: it can make an environment and can never reach into one. Creation returns
nothing; the partition is filled first and the directory entry written last, so a cut leaves no half environment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from apdu import tlv
from firewall.grant import Environment, Grant
from firewall.hardware.chip import Chip
from firewall.partition import Partition
from firewall.trace import Trace

_ENTRY = b"E:"
_BLOCKED, _YES = b"blocked", b"\x01"
_TAG_NAME, _TAG_FID = 0x84, 0x83


class EnvironmentKind(NamedTuple):
    """How one kind of environment comes to be: its memory in bytes, its first contents, its policy."""

    capacity: int
    initialise: Callable[[Partition, bytes], None]
    build: Callable[[Grant], Environment]


class Entry(NamedTuple):
    """One environment in the directory: kind, file identifier (2 bytes), DF name (5..16 bytes)."""

    kind: str
    fid: bytes
    name: bytes


class NameTaken(Exception):
    """The file identifier or name belongs to an environment of ``kind`` already."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the file identifier or name is that of {kind}")


class NameConflict(Exception):
    """The name is a prefix of the name of the environment of ``kind``, or the other way round."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"of this name and that of {kind} one begins the other")


class Directory:
    """Which environments exist. Belongs to the firewall; no environment can read it."""

    def __init__(self, nvm: Partition) -> None:
        self._nvm = nvm

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All environments, in order of kind."""
        return tuple(
            Entry(
                key[len(_ENTRY) :].decode(),
                tlv.find(raw, _TAG_FID) or b"",
                tlv.find(raw, _TAG_NAME) or b"",
            )
            for key in self._nvm.keys(_ENTRY)
            if (raw := self._nvm.get(key)) is not None
        )

    def add(self, entry: Entry) -> None:
        """Register an environment, in one atomic step."""
        with self._nvm.transaction():
            self._nvm.put(
                _ENTRY + entry.kind.encode(),
                tlv.encode(_TAG_FID, entry.fid) + tlv.encode(_TAG_NAME, entry.name),
            )

    def remove(self, kind: str) -> None:
        """Forget an environment."""
        self._nvm.delete(_ENTRY + kind.encode())

    def recover(self) -> None:
        """Finish or forget an interrupted change (power-on)."""
        self._nvm.recover()

    @property
    def card_blocked(self) -> bool:
        """True after CARD BLOCK with scope ``card``."""
        return self._nvm.get(_BLOCKED) == _YES

    def block_card(self) -> None:
        """Keep what a CardBlocker asked for; at power-on an environment that is blocked asks again."""
        if not self.card_blocked:
            self._nvm.put(_BLOCKED, _YES)


class Mint:
    """Creates environments. The only thing the card manager can do across the wall."""

    def __init__(
        self, chip: Chip, directory: Directory, kinds: Mapping[str, EnvironmentKind], traces: Callable[[str], Trace]
    ) -> None:
        self._chip = chip
        self._directory = directory
        self._kinds = kinds
        self._traces = traces
        self._changes = 0

    def check(self, kind: str, fid: bytes, name: bytes) -> None:
        """Would ``create`` be accepted? Raises NameTaken or NameConflict."""
        for entry in self._directory.entries:
            if entry.kind == kind or entry.fid == fid or entry.name == name:
                raise NameTaken(entry.kind)
            if entry.name.startswith(name) or name.startswith(entry.name):
                raise NameConflict(entry.kind)

    def create(self, kind: str, fid: bytes, name: bytes, material: bytes) -> None:
        """Make an environment whose first contents are ``material``; from now on it is its own master.

        Raises NameTaken, NameConflict, KeyError (unknown kind). Returns nothing on purpose.
        """
        self.check(kind, fid, name)
        recipe = self._kinds[kind]
        self._wipe(kind)  # leftovers of a creation that a power cut interrupted
        recipe.initialise(Partition(self._chip.region(kind, recipe.capacity)), material)
        self._directory.add(Entry(kind, fid, name))
        self._changes += 1

    @property
    def changes(self) -> int:
        """How often an environment was made or ended since this mint was: tells when to look again."""
        return self._changes

    @property
    def existing(self) -> int:
        """How many environments exist."""
        return len(self._directory.entries)

    def open_all(self) -> dict[str, tuple[Entry, Environment]]:
        """Build every environment of the directory over its own partition (power-on; for the dispatcher)."""
        entries = self._directory.entries
        for kind in self._kinds.keys() - {entry.kind for entry in entries}:
            self._wipe(kind)
        return {entry.kind: (entry, self._build(entry.kind)) for entry in entries}

    def end(self, kind: str) -> None:
        """Forget an environment that has ended itself, and wipe its memory."""
        self._directory.remove(kind)
        self._changes += 1
        self._wipe(kind)

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
        return recipe.build(Grant(nvm, self._chip.stream(kind), self._traces(kind)))
