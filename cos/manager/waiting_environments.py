"""Environments that were created and wait for their first key: state E1, kept in the MF's memory (SSC-10 §5.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cos.kernel.directory_headers import DirectoryHeader, LayoutError
from cos.kernel.files import DIRECTORY_PART
from firewall.cellkind import CellKind
from firewall.partition import DamagedCell, Partition

_WAITING = b"P"
WAITING_CELLS = (CellKind("environment {directory} waiting for its first key", _WAITING, (DIRECTORY_PART,)),)
"""The headers of environments in state E1."""


class WaitingEnvironments:
    """Environments that were created and wait for their first master key (state E1).

    ``names``: what an environment of this COS can be called.
    """

    __slots__ = ("_names", "_nvm")

    def __init__(self, nvm: Partition, names: Collection[bytes]) -> None:
        self._nvm = nvm
        self._names = names

    def all(self) -> tuple[DirectoryHeader, ...]:
        """The waiting ones. Raises DamagedCell if one cannot be read."""
        return tuple(self._decoded(cell) for cell in self._cells())

    def readable(self) -> Iterator[DirectoryHeader]:
        """The waiting ones that can be read."""
        for cell in self._cells():
            try:
                yield self._decoded(cell)
            except DamagedCell:
                continue

    def find(self, fid: int) -> DirectoryHeader | None:
        """The waiting environment with this file identifier. Raises DamagedCell."""
        cell = _waiting_cell(fid)
        return self._decoded(cell) if cell in self._nvm else None

    def named(self, name: bytes) -> DirectoryHeader | None:
        """The waiting environment with this name, among those that can be read."""
        return next((header for header in self.readable() if header.name == name), None)

    def add(self, header: DirectoryHeader) -> None:
        """Enter E1."""
        self._nvm.put_all({_waiting_cell(header.fid): header.encode()})

    def remove(self, fid: int) -> None:
        """Leave E1: owned, or deleted."""
        self._nvm.delete(_waiting_cell(fid))

    def _cells(self) -> tuple[bytes, ...]:
        return tuple(key for key in self._nvm.keys(_WAITING) if len(key) == len(_waiting_cell(0)))

    def _decoded(self, cell: bytes) -> DirectoryHeader:
        try:
            header = DirectoryHeader.decode(self._nvm.get(cell) or b"")
        except LayoutError:
            header = None
        if header is None or _waiting_cell(header.fid) != cell or header.name not in self._names:
            fid = cell[len(_WAITING) :].hex().upper()
            raise DamagedCell(cell, f"the header of the environment {fid}, which waits for its first key, is none")
        return header


def _waiting_cell(fid: int) -> bytes:
    return _WAITING + fid.to_bytes(2, "big")
