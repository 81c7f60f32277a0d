"""Files: directories and elementary files over one partition. Mechanism only; which files exist is policy.

Cells of a file: its descriptor, one cell per record, and for record files a cell with the count (cyclic: count
and the slot of the newest). A record update is one atomic step of the caller's transaction or of its own.
Record order (社会保障（个人）卡规范 part 3 §5.3): linear files count from the oldest, cyclic from the newest.
Each kind of cell is read by one decoder, which raises DamagedCell for what no writer here leaves.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from firewall.cellkind import CellKind, Part, decimal
from firewall.partition import DamagedCell, Partition
from firewall.trace import Reasoned

_DIRECTORY, _FILE, _RECORD, _COUNT, _BINARY = b"D", b"F", b"R", b"N", b"B"
_FILE_FORMAT = struct.Struct(">BBHB5s")
# File identifiers in the names of cells: of a directory; of a directory and a file in it.
_FID, _PATH = struct.Struct(">H"), struct.Struct(">HH")
_HEADER_CELL, _FILE_CELL = 1 + _FID.size, 1 + _PATH.size
_MAX_RECORDS = 254
DIRECTORY_PART, FILE_PART = Part("directory", 2), Part("file", 2)
_WHERE = (DIRECTORY_PART, FILE_PART)
RECORD_CELL = CellKind("{file} of {directory}, record {number}", _RECORD, (*_WHERE, Part("number", 1, shown=decimal)))
CONTENT_CELL = CellKind("{file} of {directory}, contents", _BINARY, _WHERE)
FILE_CELLS = (
    CellKind("directory {directory}", _DIRECTORY, (DIRECTORY_PART,)),
    CellKind("{file} of {directory}, descriptor", _FILE, _WHERE),
    CellKind("{file} of {directory}, record count", _COUNT, _WHERE),
    RECORD_CELL,
    CONTENT_CELL,
)
"""What files and directories consist of."""
_LONGEST_RECORD = 255  # what Lc and Le can say


class FileNotFound(Reasoned):
    """No such file in the current directory."""


class FileExists(Reasoned):
    """The file identifier, name or short identifier is taken."""


class RecordNotFound(Reasoned):
    """No such record."""


class WrongStructure(Reasoned):
    """The command does not fit the kind of file."""


class FileFull(Reasoned):
    """The file has no room for that."""


class OffsetBeyond(Reasoned):
    """The offset lies behind the end of the file."""


class Structure(IntEnum):
    """Kinds of elementary file, by the type byte the personalisation command carries."""

    INTERNAL = 0xC3
    TRANSPARENT = 0xC4
    LINEAR_FIXED = 0xC5
    LINEAR_VARIABLE = 0xC6
    CYCLIC = 0xC7
    DIRECTORY_LIST = 0xD6

    @property
    def linear(self) -> bool:
        """True for files whose records are counted from the oldest."""
        return self in (Structure.LINEAR_FIXED, Structure.LINEAR_VARIABLE, Structure.DIRECTORY_LIST)


class Descriptor(NamedTuple):
    """What CREATE FILE says of an elementary file: ``size`` and ``record_length`` in bytes, ``access`` opaque (5)."""

    fid: int
    structure: Structure
    sfi: int
    size: int
    record_length: int
    access: bytes

    def encode(self) -> bytes:
        """The descriptor cell."""
        return _FILE_FORMAT.pack(self.structure, self.sfi, self.size, self.record_length, self.access)

    @staticmethod
    def decode(fid: int, raw: bytes) -> Descriptor:
        """Read a descriptor cell. Raises ValueError unless ``encode`` can have written it."""
        try:
            number, sfi, size, record_length, access = _FILE_FORMAT.unpack(raw)
        except struct.error as error:
            raise ValueError(str(error)) from None
        structure = Structure(number)
        if structure is Structure.CYCLIC and not 0 < record_length <= size - 2:
            raise ValueError("a cyclic file without room for a record")
        return Descriptor(fid, structure, sfi, size, record_length, access)

    @property
    def slots(self) -> int:
        """How many records a cyclic file holds."""
        return min((self.size - 2) // self.record_length, _MAX_RECORDS)


def descriptor_around(memory: Mapping[bytes, bytes], key: bytes) -> Descriptor | None:
    """That of the file whose record or content lies under ``key``, None where it cannot be read."""
    directory, fid = key[1 : 1 + _FID.size], key[1 + _FID.size : 1 + _PATH.size]
    try:
        return Descriptor.decode(int.from_bytes(fid, "big"), memory.get(_FILE + directory + fid) or b"")
    except ValueError:
        return None


class ElementaryFile:
    """One elementary file, opened in a session. Holds no contents, only where they lie."""

    __slots__ = ("_count", "_length", "_nvm", "_record", "_sound", "descriptor", "directory")

    def __init__(self, nvm: Partition, directory: int, descriptor: Descriptor) -> None:
        self._nvm = nvm
        self.directory = directory
        self.descriptor = descriptor
        where = _PATH.pack(directory, descriptor.fid)
        self._record = _RECORD + where
        self._count = _COUNT + where
        self._sound: bytes | None = None  # the record count as it was last found to be in order
        structure = descriptor.structure
        fixed = structure is Structure.LINEAR_FIXED or structure is Structure.CYCLIC
        self._length = descriptor.record_length if fixed else None  # which all records have

    def __repr__(self) -> str:
        return f"EF{self.descriptor.fid & 0xFF:02X} of {self.directory:04X}"

    def unfit(self) -> WrongStructure:
        """The error of a command for files of the other structure."""
        transparent = self.descriptor.structure == Structure.TRANSPARENT
        return WrongStructure(
            "file without records" if transparent else "file with records",
            fid=self.descriptor.fid,
            directory=self.directory,
        )

    # --- records -------------------------------------------------------------------------------------------

    @property
    def records(self) -> int:
        """How many records there are. Raises WrongStructure for a transparent file."""
        if self.descriptor.structure == Structure.TRANSPARENT:
            raise self.unfit()
        state = self._nvm.get(self._count)
        if state is not self._sound or state is None:
            state = self._counted(state)
        return state[0]

    def _counted(self, state: bytes | None) -> bytes:
        """The count cell's bytes, checked: how many records, and in a cyclic file the slot of the newest."""
        cyclic = self.descriptor.structure == Structure.CYCLIC
        if state is None:
            if self._record + b"\x01" in self._nvm:
                raise self._damaged(self._count, "the record count", "is missing beside records")
            return b"\0\0"
        if cyclic:
            slots = self.descriptor.slots
            # The slots are filled in order: until the last one is, the newest record is in the highest.
            sound = len(state) == 2 and 1 <= state[0] <= slots and 1 <= state[1] <= slots
            sound = sound and state[0] in (state[1], slots)
        else:
            sound = len(state) == 1 and 1 <= state[0] <= _MAX_RECORDS
        if not sound:
            raise self._damaged(self._count, "the record count", "is none of such a file")
        self._sound = state
        return state

    def _damaged(self, cell: bytes, what: str, why: str) -> DamagedCell:
        return DamagedCell(cell, f"{what} of {self!r} {why}")

    def _slot(self, number: int) -> bytes:
        """The cell of record ``number`` (1 = oldest in a linear file, newest in a cyclic one)."""
        state = self._nvm.get(self._count)
        if state is not self._sound or state is None:
            state = self._counted(state)
        if not 1 <= number <= state[0]:
            if self.descriptor.structure == Structure.TRANSPARENT:
                raise self.unfit()
            raise RecordNotFound("no such record", number=number, count=state[0])
        if self.descriptor.structure == Structure.CYCLIC:
            number = (state[1] - number) % self.descriptor.slots + 1
        return self._record + bytes((number,))

    def record(self, number: int) -> bytes:
        """Record ``number``, whole. Raises RecordNotFound, WrongStructure."""
        return self._stored(self._slot(number), number)

    def _stored(self, slot: bytes, number: int) -> bytes:
        """The record in a slot that is in use, checked."""
        record = self._nvm.get(slot)
        if record is None or len(record) > _LONGEST_RECORD:
            raise self._damaged(slot, f"record {number}", "is missing" if record is None else "is longer than any")
        if self._length is not None and len(record) != self._length:
            raise self._damaged(slot, f"record {number}", f"has {len(record)} bytes, not the announced {self._length}")
        return record

    def find(self, identifier: int, start: int, step: int) -> int:
        """The nearest record with first byte ``identifier`` (0: any) from ``start`` in direction ``step``.

        Raises RecordNotFound, WrongStructure.
        """
        count = self.records
        number, cells, wanted = start, self._record, bytes((identifier,))
        cyclic = self.descriptor.structure == Structure.CYCLIC
        while 1 <= number <= count:
            slot = self._slot(number) if cyclic else cells + bytes((number,))
            if identifier == 0 or self._stored(slot, number)[:1] == wanted:
                return number
            number += step
        raise RecordNotFound("no record with that identifier", identifier=identifier)

    def replace(self, number: int, record: bytes) -> None:
        """Write record ``number`` anew. Raises RecordNotFound, WrongStructure, FileFull."""
        slot = self._slot(number)
        self._check_room(record, len(self._nvm.get(slot) or b""))
        self._nvm.put_all({slot: record})

    def put(self, number: int, record: bytes) -> None:
        """Write record ``number`` anew, or add it: 0, or the number behind the last. Raises as the two do."""
        if number in (0, self.records + 1):
            self.append(record)
        else:
            self.replace(number, record)

    def append(self, record: bytes) -> None:
        """Add a record: behind the last of a linear file; as the newest of a cyclic one, over the oldest.

        Raises WrongStructure, FileFull (no room, or not the length that records of this file have).
        """
        if self.descriptor.structure == Structure.CYCLIC:
            self._append_cyclic(record)
            return
        count = self.records
        if count >= _MAX_RECORDS:
            raise FileFull("no further record", count=count)
        self._check_room(record)
        self._nvm.put_all({self._record + bytes((count + 1,)): record, self._count: bytes((count + 1,))})

    def _append_cyclic(self, record: bytes) -> None:
        self._check_room(record)
        count, newest = self._counted(self._nvm.get(self._count))
        newest = newest % self.descriptor.slots + 1
        count = min(count + 1, self.descriptor.slots)
        self._nvm.put_all({self._record + bytes((newest,)): record, self._count: bytes((count, newest))})

    def _check_room(self, record: bytes, instead_of: int = 0) -> None:
        """Refuse what the announced size does not hold (two bytes of it are the file's own)."""
        descriptor = self.descriptor
        if self._length is not None and len(record) != self._length:
            raise FileFull("record of another length", needed=self._length, received=len(record))
        if descriptor.structure == Structure.CYCLIC:
            return
        read, where = self._nvm.get, self._record
        used = sum(len(read(where + bytes((n,))) or b"") for n in range(1, self.records + 1))
        free = descriptor.size - 2 - used + instead_of
        if len(record) > free:
            raise FileFull("no room in the file", free=free, needed=len(record))

    # --- transparent ---------------------------------------------------------------------------------------

    def _content(self) -> bytes:
        if self.descriptor.structure != Structure.TRANSPARENT:
            raise self.unfit()
        cell, size = _BINARY + self._record[1:], self.descriptor.size
        content = self._nvm.get(cell)
        if content is None:
            return bytes(size)  # never written
        if len(content) != size:
            raise self._damaged(cell, "the content", f"has {len(content)} bytes, not the announced {size}")
        return content

    def read(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset``. Raises OffsetBeyond, WrongStructure."""
        content = self._content()
        if offset >= len(content):
            raise OffsetBeyond("offset beyond the file", offset=offset, size=len(content))
        return content[offset : offset + length]

    def write(self, offset: int, data: bytes) -> None:
        """Overwrite from ``offset``. Raises OffsetBeyond, WrongStructure."""
        content = self._content()
        if offset + len(data) > len(content):
            raise OffsetBeyond("data beyond the file", offset=offset, received=len(data), size=len(content))
        self._nvm.put_all({_BINARY + self._record[1:]: content[:offset] + data + content[offset + len(data) :]})

    def erase(self) -> None:
        """Wipe descriptor and contents (inside the caller's transaction)."""
        where = self._record[1:]
        for key in (*self._nvm.keys(self._record), self._count, _BINARY + where, _FILE + where):
            self._nvm.delete(key)


def _described(key: bytes, raw: bytes) -> Descriptor:
    """The descriptor in a cell. Raises DamagedCell."""
    fid = key[3] << 8 | key[4]
    try:
        return Descriptor.decode(fid, raw)
    except ValueError:
        text = f"the descriptor of EF{fid & 0xFF:02X} of {key[1:3].hex().upper()} is none"
        raise DamagedCell(key, text) from None


class FileSystem:
    """The files of one environment. Made anew with each session, so nothing it caches outlives one."""

    __slots__ = ("_by_sfi", "_lists", "_nvm", "_opened", "_spoken_for", "_unreadable")

    def __init__(self, nvm: Partition) -> None:
        self._nvm = nvm
        self._opened: dict[tuple[int, int], ElementaryFile] = {}
        self._lists: dict[int, tuple[ElementaryFile, ...]] = {}
        self._by_sfi: dict[int, dict[int, ElementaryFile]] = {}
        self._unreadable: dict[int, DamagedCell] = {}  # the first damaged descriptor of a directory
        self._spoken_for: int | None = None

    # --- directories ---------------------------------------------------------------------------------------

    def directory(self, fid: int) -> bytes:
        """The header of directory ``fid``, opaque to the kernel. Raises FileNotFound."""
        header = self._nvm.get(_DIRECTORY + _FID.pack(fid))
        if header is None:
            raise FileNotFound("no such directory", directory=fid)
        return header

    @staticmethod
    def header_cell(fid: int) -> bytes:
        """Where the header of directory ``fid`` lies."""
        return _DIRECTORY + _FID.pack(fid)

    def directories(self) -> tuple[tuple[int, bytes], ...]:
        """Every directory: file identifier and header."""
        keys = [key for key in self._nvm.keys(_DIRECTORY) if len(key) == _HEADER_CELL]
        return tuple([(key[1] << 8 | key[2], self._nvm.get(key) or b"") for key in keys])

    def put_directory(self, fid: int, header: bytes) -> None:
        """Create directory ``fid`` or replace its header."""
        self._nvm.put_all({_DIRECTORY + _FID.pack(fid): header})

    def delete_directory(self, fid: int) -> None:
        """Wipe a directory with all its files. Belongs inside the caller's transaction: its keys go with it."""
        for file in self.files(fid):
            file.erase()
        self._nvm.delete(_DIRECTORY + _FID.pack(fid))
        self._forget()

    # --- elementary files ----------------------------------------------------------------------------------

    def create(self, directory: int, descriptor: Descriptor) -> None:
        """Create an elementary file: its announced size is set aside in the environment's memory.

        Raises FileExists if its identifier or short identifier is taken, FileFull if the memory is spoken for.
        """
        for file in self.files(directory):
            other = file.descriptor
            if other.fid == descriptor.fid or (other.sfi and other.sfi == descriptor.sfi):
                raise FileExists("file identifier taken", fid=other.fid, directory=directory)
        spoken_for = self._announced()
        free = self._nvm.capacity - spoken_for
        if descriptor.size > free:
            raise FileFull("memory spoken for", free=free, needed=descriptor.size)
        key = _FILE + _PATH.pack(directory, descriptor.fid)
        self._nvm.put_all({key: descriptor.encode()})
        self._lists.pop(directory, None)
        self._unreadable.pop(directory, None)
        self._by_sfi.pop(directory, None)
        self._spoken_for = spoken_for + descriptor.size

    def _announced(self) -> int:
        """The announced sizes of all files of the environment together."""
        known = self._spoken_for
        if known is None:
            read = self._nvm.get
            keys = [key for key in self._nvm.keys(_FILE) if len(key) == _FILE_CELL]
            known = sum(_described(key, read(key) or b"").size for key in keys)
        return known

    def delete(self, directory: int, fid: int) -> None:
        """Wipe an elementary file. Belongs inside the caller's transaction. Raises FileNotFound."""
        self.file(directory, fid).erase()
        self._forget()

    def file(self, directory: int, fid: int) -> ElementaryFile:
        """The elementary file ``fid`` of ``directory``. Raises FileNotFound."""
        file = self._opened.get((directory, fid))
        if file is not None:
            return file
        key = _FILE + _PATH.pack(directory, fid)
        raw = self._nvm.get(key)
        if raw is None:
            raise FileNotFound("no such file", fid=fid, directory=directory)
        file = ElementaryFile(self._nvm, directory, _described(key, raw))
        self._opened[directory, fid] = file
        return file

    def files(self, directory: int) -> tuple[ElementaryFile, ...]:
        """All elementary files of ``directory``, by file identifier. Raises DamagedCell if one cannot be read."""
        found = self.readable(directory)
        self._demand_all(directory)
        return found

    def readable(self, directory: int) -> tuple[ElementaryFile, ...]:
        """The elementary files of ``directory`` whose descriptors can be read, by file identifier."""
        found = self._lists.get(directory)
        if found is None:
            files = []
            for key in self._nvm.keys(_FILE + _FID.pack(directory)):
                if len(key) == _FILE_CELL:
                    try:
                        files.append(self.file(*_PATH.unpack(key[1:])))
                    except DamagedCell as damaged:
                        self._unreadable.setdefault(directory, damaged)
            found = self._lists[directory] = tuple(files)
        return found

    def _demand_all(self, directory: int) -> None:
        """Raises DamagedCell if a file of ``directory`` cannot be read: it may be the one that is asked for."""
        damaged = self._unreadable.get(directory)
        if damaged is not None:
            raise DamagedCell(damaged.cell, str(damaged))

    def by_sfi(self, directory: int, sfi: int) -> ElementaryFile:
        """The elementary file with short identifier ``sfi``. Raises FileNotFound."""
        known = self._by_sfi.get(directory)
        if known is None:
            # Where a short identifier repeats (00 may), the lowest file identifier has it.
            known = self._by_sfi[directory] = {f.descriptor.sfi: f for f in reversed(self.readable(directory))}
        try:
            return known[sfi]
        except KeyError:
            self._demand_all(directory)
            raise FileNotFound("no such short identifier", sfi=sfi, directory=directory) from None

    def _forget(self) -> None:
        self._opened.clear()
        self._lists.clear()
        self._unreadable.clear()
        self._by_sfi.clear()
        self._spoken_for = None
