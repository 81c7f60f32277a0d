"""What the manager keeps and proves: chip states C0 to C2, environments awaiting their first key, rights.

C0 blank (transport key only), C1 initialised (MF and card master key), C2 closed (no more environments).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from cos.kernel import stored
from cos.kernel.dialect import MF_FID, DirectoryHeader, LayoutError, Life
from cos.kernel.files import FileNotFound, FileSystem
from firewall.partition import DamagedCell, Partition

KIND_MASTER = 0x00
"""Type of a master key, by the first byte of the key header."""

_PENDING = b"P"


class ChipState(Enum):
    """Card-level life state."""

    BLANK = "C0"
    INITIALISED = "C1"
    CLOSED = "C2"


class Proof(Enum):
    """What has been proved to the manager in this session."""

    NOTHING = "nothing"
    TRANSPORT_KEY = "transport key"
    MASTER_KEY = "card master key"


class ManagerOptions(NamedTuple):
    """Choices of the COS maker at card level.

    ``environments``: DF name to kind, the environments this COS can hold. ``plain_first_key``: the first card
    master key may come unprotected under the transport key right.
    """

    environments: Mapping[bytes, str]
    plain_first_key: bool = True


def chip_state(files: FileSystem) -> ChipState:
    """The state the MF's header tells. Raises DamagedCell."""
    try:
        header = stored.header(files, MF_FID)
    except FileNotFound:
        return ChipState.BLANK
    return ChipState.CLOSED if header.life == Life.USER else ChipState.INITIALISED


class Pending:
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
        return tuple(key for key in self._nvm.keys(_PENDING) if len(key) == len(_waiting_cell(0)))

    def _decoded(self, cell: bytes) -> DirectoryHeader:
        try:
            header = DirectoryHeader.decode(self._nvm.get(cell) or b"")
        except LayoutError:
            header = None
        if header is None or _waiting_cell(header.fid) != cell or header.name not in self._names:
            fid = cell[len(_PENDING) :].hex().upper()
            raise DamagedCell(cell, f"the header of the environment {fid}, which waits for its first key, is none")
        return header


def _waiting_cell(fid: int) -> bytes:
    return _PENDING + fid.to_bytes(2, "big")
