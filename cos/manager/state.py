"""What the manager keeps and proves: chip states C0 to C2, environments awaiting their first key, rights.

C0 blank (transport key only), C1 initialised (MF and card master key), C2 closed (no more environments).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from cos.kernel.dialect import MF_FID, DirectoryHeader, Life
from cos.kernel.files import FileNotFound, FileSystem
from firewall.partition import Partition

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
    """The state the MF's header tells."""
    try:
        header = DirectoryHeader.decode(files.directory(MF_FID))
    except FileNotFound:
        return ChipState.BLANK
    return ChipState.CLOSED if header.life == Life.USER else ChipState.INITIALISED


class Pending:
    """Environments that were created and wait for their first master key (state E1)."""

    __slots__ = ("_nvm",)

    def __init__(self, nvm: Partition) -> None:
        self._nvm = nvm

    def all(self) -> tuple[DirectoryHeader, ...]:
        """The waiting ones."""
        return tuple(DirectoryHeader.decode(self._nvm.get(key) or b"") for key in self._nvm.keys(_PENDING))

    def find(self, fid: int) -> DirectoryHeader | None:
        """The waiting environment with this file identifier."""
        return next((header for header in self.all() if header.fid == fid), None)

    def named(self, name: bytes) -> DirectoryHeader | None:
        """The waiting environment with this name."""
        return next((header for header in self.all() if header.name == name), None)

    def add(self, header: DirectoryHeader) -> None:
        """Enter E1."""
        self._nvm.put_all({_PENDING + header.fid.to_bytes(2, "big"): header.encode()})

    def remove(self, fid: int) -> None:
        """Leave E1: owned, or deleted."""
        self._nvm.delete(_PENDING + fid.to_bytes(2, "big"))
