"""The personalisation dialect (个人化指令): how creation data are laid out. Layouts only; no instruction bytes.

The national specification leaves creation and key loading to the COS vendor (社会保障（个人）卡规范 part 10 §5.2).
This is the dialect of a COS found in issued cards; every byte rests on that one vendor's integrator code.
Directories and files share one frame: identifier at bytes 5–6, kind at byte 7, 16 bytes, then the name.
Numbers are big-endian, which is what Python writes and reads unless told otherwise.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

from cos.kernel.files import Descriptor, Structure

FRAME = 16
MF_FID = 0x3F00
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
        """Read what ``encode`` wrote. Raises LayoutError; a stored header is read by ``kernel.stored``."""
        try:
            life = Life(raw[0])
        except (IndexError, ValueError):
            raise LayoutError("no life state") from None
        return parse_directory(raw[1:], life)


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
