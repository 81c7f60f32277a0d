"""Directory headers as they are stored: the one decoder of their cells, and of the cell that names the own directory.

A header that cannot be read is a damaged cell. Whoever looks for a directory by what its header says passes over it,
and answers for it only if no other fits.
"""

from __future__ import annotations

from collections.abc import Iterator

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.dialect import DirectoryHeader, LayoutError
from cos.kernel.files import FileNotFound, FileSystem
from cos.kernel.refusal import Gate
from firewall.partition import DamagedCell, Partition
from firewall.trace import Reason, Refused, Trace

OWN = b"self"
"""The cell in which an environment keeps which directory is its own: a file identifier, 2 bytes."""

_FID_LENGTH = 2


def header(files: FileSystem, fid: int) -> DirectoryHeader:
    """The header of directory ``fid``. Raises FileNotFound, DamagedCell."""
    return _decoded(fid, files.directory(fid))


def _decoded(fid: int, raw: bytes) -> DirectoryHeader:
    try:
        found = DirectoryHeader.decode(raw)
    except LayoutError:
        found = None
    if found is None or found.fid != fid:
        raise DamagedCell(FileSystem.header_cell(fid), f"the header of directory {fid:04X} is none")
    return found


def headers(files: FileSystem) -> tuple[DirectoryHeader, ...]:
    """Every directory's header, by file identifier. Raises DamagedCell if one cannot be read."""
    return tuple(_decoded(fid, raw) for fid, raw in files.directories())


def readable_headers(files: FileSystem) -> Iterator[DirectoryHeader]:
    """The headers that can be read, by file identifier."""
    for fid, raw in files.directories():
        try:
            yield _decoded(fid, raw)
        except DamagedCell:
            continue


def named(files: FileSystem, name: bytes) -> DirectoryHeader | None:
    """The directory with this name, None if there is none.

    Raises DamagedCell if one that cannot be read may have it.
    """
    found = next((each for each in readable_headers(files) if each.name == name), None)
    if found is None:
        headers(files)
    return found


def own_fid(nvm: Partition) -> int:
    """The environment's own directory. Raises DamagedCell."""
    raw = nvm.get(OWN)
    if raw is None or len(raw) != _FID_LENGTH:
        raise DamagedCell(OWN, "the cell that names the environment's own directory is none")
    return int.from_bytes(raw, "big")


def own_header(nvm: Partition) -> DirectoryHeader:
    """The header of the environment's own directory: what every environment is born with. Raises DamagedCell."""
    fid = own_fid(nvm)
    try:
        return header(FileSystem(nvm), fid)
    except FileNotFound:
        raise DamagedCell(OWN, f"the environment's own directory {fid:04X} has no header") from None


class DamagedSession:
    """A stay in an environment that cannot say what it is: every command is answered 6581, the trace says why."""

    __slots__ = ("_damage", "_trace")

    def __init__(self, damage: DamagedCell, trace: Trace) -> None:
        self._damage = str(damage)
        self._trace = trace

    def handle(self, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG002 - nothing can be answered, whatever it is
        """6581."""
        self._trace.note(Refused("", SW.MEMORY_FAILURE, Reason(Gate.MEMORY, self._damage)))
        return ResponseAPDU(b"", SW.MEMORY_FAILURE)

    def refused_elsewhere(self) -> None:
        """Nothing is remembered here."""
