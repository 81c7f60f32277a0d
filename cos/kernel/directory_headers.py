"""The personalisation dialect (个人化指令): how creation data are laid out, and how headers of directories are stored.

The national specification leaves creation and key loading to the COS vendor (社会保障（个人）卡规范 part 10 §5.2).
This is the dialect of a COS found in issued cards; every byte rests on that one vendor's integrator code.
Directories and files share one frame: identifier at bytes 5–6, kind at byte 7, 16 bytes, then the name.
Numbers are big-endian, which is what Python writes and reads unless told otherwise.

A stored header that cannot be read is a damaged cell. Whoever looks for a directory by what its header says passes over
it, and answers for it only if no other fits.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import NamedTuple

from cos.kernel.files import FILE_CELLS, Descriptor, FileNotFound, FileSystem, Structure
from firewall.cellkind import CellKind
from firewall.partition import JOURNAL_CELLS, DamagedCell, Partition
from keys.card_key_store import KeyRef

FRAME = 16
MF_FID = 0x3F00
MASTER = KeyRef(0x00, 0, 0)
"""A directory's own master key, among its keys."""

LEVEL_FREE, LEVEL_NEVER, LEVEL_MASTER = 0x00, 0xEF, 0xFF
BOTH_NEEDED = 4

# A directory: level to block it, FF, 01, identifier, kind, card block reaches the MF, SFI of its FCI, 80, SFI of its
# transaction file. A file: size, identifier, structure, SFI, SCW, record length, read and write words. x: always 00.
_DIRECTORY_FRAME = struct.Struct(">xBxBBHBxBB2xBxB")
_FILE_FRAME = struct.Struct(">3xHHBxB1sB4s")


class LayoutError(ValueError):
    """The creation data do not have the layout of any object."""


class DirectoryKind(IntEnum):
    """Byte 7 of a directory's creation data; the MF is a DDF with identifier 3F00."""

    DDF = 0x01
    ADF = 0x02


class Life(IntEnum):
    """Life of a directory: being personalised (rules sleep, its master key rules), in use, blocked for good."""

    PERSONALISATION = 1
    USER = 2
    BLOCKED = 3


class DirectoryHeader(NamedTuple):
    """A directory: ``block_level`` is the level its block command needs, ``fci_sfi`` where its FCI records lie,
    ``transaction_sfi`` the identifier of its internal transaction file, 0 for none.
    """

    fid: int
    kind: DirectoryKind
    block_level: int
    fci_sfi: int
    card_block_reaches_mf: bool
    name: bytes
    life: Life = Life.PERSONALISATION
    transaction_sfi: int = 0

    def encode(self) -> bytes:
        """The header cell: life state, then the creation frame."""
        return bytes((self.life,)) + self.frame()

    def frame(self) -> bytes:
        """The creation data, 16 bytes and the name."""
        ddf = (self.card_block_reaches_mf, self.fci_sfi, 0x80, self.transaction_sfi)
        rest = ddf if self.kind == DirectoryKind.DDF else bytes(4)
        return _DIRECTORY_FRAME.pack(self.block_level, LEVEL_MASTER, 1, self.fid, self.kind, *rest) + self.name

    @staticmethod
    def decode(raw: bytes) -> DirectoryHeader:
        """Read what ``encode`` wrote. Raises LayoutError; a header cell is read by ``stored_header``."""
        try:
            life = Life(raw[0])
        except (IndexError, ValueError):
            raise LayoutError("no life state") from None
        return parse_directory(raw[1:], life)


NO_MF = DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name=b"")
"""Where a stay stands on a blank chip."""


def is_directory(data: bytes) -> bool:
    """True if creation data are those of a directory."""
    return len(data) >= FRAME and data[7] in (DirectoryKind.DDF, DirectoryKind.ADF)


def parse_directory(data: bytes, life: Life = Life.PERSONALISATION) -> DirectoryHeader:
    """Read a directory's creation data; ``life`` is not in them. Raises LayoutError."""
    if not is_directory(data):
        raise LayoutError(f"{len(data)} bytes are no directory's creation data")
    name = data[FRAME:]
    if len(name) > 16 or 0 < len(name) < 5:
        raise LayoutError(f"a name has 5 to 16 bytes, not {len(name)}")
    block_level, _, _, fid, kind, reaches, fci_sfi, _, transaction_sfi = _DIRECTORY_FRAME.unpack_from(data)
    return DirectoryHeader(fid, DirectoryKind(kind), block_level, fci_sfi, bool(reaches), name, life, transaction_sfi)


def parse_file(data: bytes) -> Descriptor:
    """Read an elementary file's creation data (16 bytes). Raises LayoutError.

    ``access`` of the result is SCW ‖ read word ‖ write word.
    """
    if len(data) != FRAME:
        raise LayoutError(f"an elementary file's creation data have 16 bytes, not {len(data)}")
    size, fid, kind, sfi, scw, record_length, words = _FILE_FRAME.unpack(data)
    try:
        structure = Structure(kind)
    except ValueError:
        raise LayoutError(f"file type {kind:02X} is unknown") from None
    if structure == Structure.CYCLIC and (record_length in (0, 0xFF) or size - 2 < record_length):
        raise LayoutError("a cyclic file needs a record length and room for a record")
    return Descriptor(fid, structure, sfi, size, record_length, scw + words)


def frame_file(descriptor: Descriptor) -> bytes:
    """The creation data of ``descriptor``; the inverse of ``parse_file``."""
    fid, structure, sfi, size, record_length, access = descriptor
    return _FILE_FRAME.pack(size, fid, structure, sfi, access[:1], record_length, access[1:])


class AccessWords(NamedTuple):
    """The three access bytes of one direction: level in the parent, level in the current directory, both needed?"""

    parent: int
    current: int
    both: bool


def access_words(access: bytes) -> tuple[AccessWords, AccessWords]:
    """Read and write condition out of a descriptor's five access bytes.

    SCW carries one nibble each, read first; 4 asks for both levels, 0 for either.
    """
    scw = access[0]
    return (
        AccessWords(access[1], access[2], scw >> 4 == BOTH_NEEDED),
        AccessWords(access[3], access[4], scw & 15 == BOTH_NEEDED),
    )


# --- directories as they are stored ----------------------------------------------------------------------------

OWN = b"self"
"""The cell in which an environment keeps which directory is its own: a file identifier, 2 bytes."""

COMMON_CELLS = (*FILE_CELLS, CellKind("self", OWN), *JOURNAL_CELLS)
"""What every environment keeps besides its keys (the MF, which is found by its identifier, no cell that names it)."""
_FID_LENGTH = 2


def stored_header(files: FileSystem, fid: int) -> DirectoryHeader:
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


def root_header(files: FileSystem, has_master_key: Callable[[], bool]) -> DirectoryHeader | None:
    """The MF's header, None on a blank chip. Raises DamagedCell, also where there is a master key and no header."""
    try:
        return stored_header(files, MF_FID)
    except FileNotFound:
        if has_master_key():
            text = f"the header of directory {MF_FID:04X} is missing"
            raise DamagedCell(FileSystem.header_cell(MF_FID), text) from None
        return None


def stored_headers(files: FileSystem) -> tuple[DirectoryHeader, ...]:
    """Every directory's header, by file identifier. Raises DamagedCell if one cannot be read."""
    return tuple(_decoded(fid, raw) for fid, raw in files.directories())


def readable_headers(files: FileSystem) -> Iterator[DirectoryHeader]:
    """The headers that can be read, by file identifier."""
    for fid, raw in files.directories():
        try:
            yield _decoded(fid, raw)
        except DamagedCell:
            continue


def directory_named(files: FileSystem, name: bytes) -> DirectoryHeader | None:
    """The directory with this name, None if there is none.

    Raises DamagedCell if one that cannot be read may have it.
    """
    found = next((each for each in readable_headers(files) if each.name == name), None)
    if found is None:
        stored_headers(files)
    return found


def own_header(nvm: Partition) -> DirectoryHeader:
    """The header of the environment's own directory: what every environment is born with. Raises DamagedCell."""
    raw = nvm.get(OWN)
    if raw is None or len(raw) != _FID_LENGTH:
        raise DamagedCell(OWN, "the cell that names the environment's own directory is none")
    fid = int.from_bytes(raw, "big")
    try:
        return stored_header(FileSystem(nvm), fid)
    except FileNotFound:
        raise DamagedCell(OWN, f"the environment's own directory {fid:04X} has no header") from None
