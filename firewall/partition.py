"""A partition: the non-volatile memory of one environment, with atomic updates.

``put`` programs directly; a cut can leave a torn value, so it is for single bytes and for scratch.
``transaction`` stages, journals, commits with one cell and redoes: a cut leaves everything old or everything
new. ``recover`` at power-on finishes what was committed and forgets the rest; it may itself be cut and run again
(SSC-7 §14; assurance contract T1, T3: docs/properties.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firewall.cellkind import CellKind, Part
from firewall.hardware.cells import Cells, CellsFull

# Journal cells live beside the data under keys no caller may use.
_JOURNAL = b"\xffJ"
_COMMIT = b"\xffC"
_RESERVED = b"\xff"  # in byte order all of them come behind every other key
_COMMITTED = b"\x01"
_PUT, _ERASE = b"\x01", b"\x00"
JOURNAL_CELLS = (
    CellKind("journal of an interrupted write", _JOURNAL, (Part("cell", 0),), secret=True),
    CellKind("mark of an interrupted write that its journal is whole", _COMMIT),
)
"""What a partition adds to the cells of its owner, while it writes."""


class PartitionError(RuntimeError):
    """The partition was used against its contract (nested transaction, reserved key): a bug, not a refusal."""


class DamagedCell(Exception):
    """A cell does not hold what its owner writes there. Raised by the decoder of that kind of cell and nobody else.

    ``cell`` is its key in the partition. The text says for a person which cell of what it is and what is wrong with
    it, never a byte of what it holds: that may have been another cell's.
    """

    def __init__(self, cell: bytes, text: str) -> None:
        super().__init__(text)
        self.cell = cell


class Partition:
    """Own cells of one environment: no parent, no slice of anything shared.

    Inside ``with partition.transaction():`` reads see the staged values; leaving by an exception drops them.
    """

    __slots__ = ("_cells", "_read", "_staged")

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._read = cells.get
        self._staged: dict[bytes, bytes | None] | None = None

    def get(self, key: bytes) -> bytes | None:
        """The bytes under ``key``, None if absent."""
        staged = self._staged
        if staged is None or key not in staged:
            return self._read(key)
        return staged[key]

    def __contains__(self, key: bytes) -> bool:
        return self.get(key) is not None

    def put(self, key: bytes, value: bytes) -> None:
        """Write ``value``: staged inside a transaction, else at once. Raises CellsFull."""
        if self._staged is not None:
            self._staged[key] = value
        else:
            self._cells.program(key, value)

    def delete(self, key: bytes) -> None:
        """Wipe ``key``; harmless when absent."""
        if self._staged is not None:
            self._staged[key] = None
        else:
            self._cells.erase(key)

    def keys(self, prefix: bytes = b"") -> tuple[bytes, ...]:
        """All keys that start with ``prefix``, sorted."""
        found = self._cells.starting(prefix) if prefix else [key for key in self._cells if key < _RESERVED]
        if self._staged:
            staged = {key: value for key, value in self._staged.items() if key.startswith(prefix)}
            found = [key for key in found if key not in staged]
            found += [key for key, value in staged.items() if value is not None]
        return tuple(sorted(found))

    def count(self, prefix: bytes) -> int:
        """How many keys start with ``prefix`` (at least one byte)."""
        return len(self.keys(prefix) if self._staged else self._cells.starting(prefix))

    @property
    def capacity(self) -> int:
        """Bytes this partition was given, for life."""
        return self._cells.capacity

    @property
    def free(self) -> int:
        """Bytes left in this partition; no other partition's use changes it."""
        return self._cells.free

    @property
    def in_transaction(self) -> bool:
        """True inside ``transaction``: a ``put`` is staged then, not programmed."""
        return self._staged is not None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes of the block together or none; commits when the block ends normally.

        Raises CellsFull (nothing changed) or PowerLoss. Does not nest.
        """
        if self._staged is not None:
            raise PartitionError("a transaction is open already")
        self._staged = {}
        try:
            yield
            staged = self._staged
        finally:
            self._staged = None
        if staged:
            self._commit(staged)

    def put_all(self, values: dict[bytes, bytes]) -> None:
        """Write all of ``values`` or none; part of the open transaction if there is one. Raises CellsFull."""
        if self._staged is not None:
            self._staged.update(values)
        elif values:
            self._commit(dict(values))

    def _commit(self, staged: dict[bytes, bytes | None]) -> None:
        cells = self._cells
        # Room for the journal, for the redo behind it and for the commit cell, before anything is written:
        # once committed, the redo must not fail.
        need = 16
        steps: list[tuple[bytes, bytes | None]] = []
        for key, value in staged.items():
            steps.append((_JOURNAL + key, _ERASE if value is None else _PUT + value))
            need += 2 * len(key) + 2 * len(value or b"") + 3
        if need > cells.free:
            raise CellsFull(f"{need} bytes wanted for an atomic update, {cells.free} free")
        steps.append((_COMMIT, _COMMITTED))
        steps += _redo(staged)
        cells.change(steps)

    def recover(self) -> None:
        """Finish or forget what a cut interrupted; called at power-on before anything else.

        Leaves no reserved cell behind and never fails, whatever the journal has become: an entry that cannot be
        read is left out and its cell keeps the old value; what is written takes no more room than its entry did.
        """
        self._staged = None
        cells = self._cells
        if cells.last < _RESERVED:
            return
        left = [key for key in cells if key >= _RESERVED]
        steps: list[tuple[bytes, bytes | None]] = []
        if cells.get(_COMMIT) == _COMMITTED:
            steps = [change for key in left if (change := _journalled(key, cells.get(key))) is not None]
        # Once the data are there, what is left of journal and commit cell may go in any order.
        cells.change([*steps, *((key, None) for key in left)])

    def dump(self) -> dict[bytes, bytes]:
        """Every cell of this environment, for tests, snapshots and diffs; not reachable by APDU."""
        return {key: self._cells.get(key) or b"" for key in self.keys()}


def _redo(staged: dict[bytes, bytes | None]) -> list[tuple[bytes, bytes | None]]:
    """What is left to do once the commit cell is written: the changes themselves, then the journal goes."""
    return [*staged.items(), *[(_JOURNAL + key, None) for key in staged], (_COMMIT, None)]


def _journalled(cell: bytes, raw: bytes | None) -> tuple[bytes, bytes | None] | None:
    """The change that a reserved cell stands for; None for the commit cell and for damage at rest."""
    key = cell[len(_JOURNAL) :]
    if not cell.startswith(_JOURNAL) or not key or key >= _RESERVED:
        return None
    if raw == _ERASE:
        return key, None
    return (key, raw[1:]) if raw and raw[:1] == _PUT else None
