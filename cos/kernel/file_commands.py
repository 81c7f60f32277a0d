"""The file commands that stacks have alike: what SELECT finds, READ and UPDATE BINARY, a record by number.

A handler here is a row's handler wherever a stack does nothing of its own; else the stack calls the parts. No clause is
cited: the row's is.
"""

from __future__ import annotations

from types import MappingProxyType

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, wrong_le
from cos.kernel.access_rights import demand
from cos.kernel.directory_headers import DirectoryHeader, directory_named, stored_header
from cos.kernel.files import ElementaryFile, FileNotFound, FileSystem, Structure, WrongStructure
from cos.kernel.refusal import Gate, Refusal, decided_by
from cos.kernel.security_state import Finds, Standing, Stay

BY_FID, BY_CHILD, BY_EF, BY_NAME = 0x00, 0x01, 0x02, 0x04
NEXT = 0x02
_SHORTEST_NAME, _FID_LENGTH = 5, 2
_SFI_FLAG, _SFI = 0x80, 0x1F
_WHOLE = 256
_FCI_RECORD, _FCI = 0x70, b"\x6f"

_ALL: Finds = MappingProxyType({BY_FID: (True, True), BY_CHILD: (True, False), BY_EF: (False, True)})


def get_challenge(session: Stay, command: CommandAPDU) -> ResponseAPDU:
    """GET CHALLENGE: as many random bytes as Le says, else 8; good once, where they were drawn; the last ones count."""
    return ResponseAPDU(session.at.challenge.draw(command.le or 8))


# --- selection ---------------------------------------------------------------------------------------------------


def found(at: Standing, command: CommandAPDU, *, next_by_name: bool = False) -> DirectoryHeader | ElementaryFile:
    """What a SELECT means: a directory by name or identifier, a file of the current one by identifier.

    ``next_by_name``: P2 02 without a name is refused with 6A86, else not looked at. Refuses with 6700 (P1 against Lc),
    6A82. Internal files are found by no identifier: keys, FCI records and amounts are the COS's own.
    """
    if command.p1 == BY_NAME:
        return named(at, name_in(command))
    data = command.data
    if len(data) != _FID_LENGTH:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "length of an identifier", received=len(data))
    if next_by_name and command.p2 == NEXT:
        raise Refusal(SW.WRONG_P1P2, Gate.PARAMETERS, "next without a name")
    fid = int.from_bytes(data, "big")
    directories, files = (at.ways.finds or _ALL)[command.p1]
    header = directory(at, fid) if directories else None
    if header is not None:
        return header
    if not files:
        raise FileNotFound("no such directory", directory=fid)
    file = at.files.file(at.directory.fid, fid)
    if file.descriptor.structure is Structure.INTERNAL:
        raise FileNotFound("a file of the COS", fid=fid)
    return file


def name_in(command: CommandAPDU) -> bytes:
    """The name in a SELECT. Refuses with 6700 what is too short for one, with 6A82 "next": no two have one name."""
    if len(command.data) < _SHORTEST_NAME:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "length of a name", received=len(command.data))
    if command.p2 == NEXT:
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "no further name")
    return command.data


def named(at: Standing, name: bytes) -> DirectoryHeader:
    """The directory called ``name``. Raises FileNotFound, DamagedCell."""
    header = at.home if name == at.home.name else directory_named(at.files, name)
    if header is None:
        raise FileNotFound("no such name", name=name)
    return header


def directory(at: Standing, fid: int) -> DirectoryHeader | None:
    """The directory with this identifier, None if there is none. Raises DamagedCell."""
    try:
        return stored_header(at.files, fid)
    except FileNotFound:
        return None


def select_file(at: Standing, file: ElementaryFile) -> ResponseAPDU:
    """Make it the current EF; it answers nothing."""
    at.file = file
    at.pointer = 0
    return OK


# --- reading and writing -----------------------------------------------------------------------------------------


def stored_fci(files: FileSystem, home: DirectoryHeader, fid: int) -> bytes | None:
    """What the FCI file of ``home`` has for directory ``fid``, as it was laid down: a record 70 { identifier 2 ‖
    length 1 ‖ 6F … }. None without one. Raises DamagedCell.
    """
    try:
        file = files.by_sfi(home.fid, home.fci_sfi)
        for number in range(1, file.records + 1):
            body = tlv.find(file.record(number), _FCI_RECORD) or b""
            if body[:2] == fid.to_bytes(2, "big") and body[3:4] == _FCI:
                return body[3:]
    except (FileNotFound, tlv.TlvError):
        pass
    return None


def target(at: Standing, sfi: int) -> ElementaryFile:
    """The EF a command means: by short identifier, which makes it current, or the current one (else 6986)."""
    if sfi:
        file = at.files.by_sfi(at.directory.fid, sfi)
        if file is not at.file:
            select_file(at, file)
        return file
    if at.file is None:
        raise Refusal(SW.NO_CURRENT_EF, Gate.TARGET, "no current EF")
    return at.file


def binary(at: Standing, command: CommandAPDU) -> tuple[ElementaryFile, int]:
    """File and offset of READ and UPDATE BINARY. Refuses with 6981 if the file has records."""
    if command.p1 & _SFI_FLAG:
        file, offset = target(at, command.p1 & _SFI), command.p2
    else:
        file, offset = target(at, 0), command.p1p2
    if file.descriptor.structure != Structure.TRANSPARENT:
        raise file.unfit()
    return file, offset


def read_binary(session: Stay, command: CommandAPDU) -> ResponseAPDU:
    """READ BINARY: bytes of a transparent file from an offset. Le 00: up to 256 bytes or the end of the file.

    Where fewer are left, Le 00 is answered as the transmission has it; Le beyond the end is always 6Cxx.
    """
    at = session.at
    file, offset = binary(at, command)
    demand(at, file, write=False)
    wanted = command.le or _WHOLE
    data = file.read(offset, wanted)
    if len(data) < wanted:
        if wanted < _WHOLE:
            raise Refusal(wrong_le(len(data)), Gate.LENGTH, "Le beyond the end", expected=len(data), offset=offset)
        if not at.ways.whole_reads:
            _expect(at, command.le, len(data))
    return ResponseAPDU(data)


def _expect(at: Standing, le: int | None, length: int) -> None:
    """As the card answers reads in general; a stack may have a setting of its own that decides otherwise."""
    try:
        at.tx.expect(le, length)
    except Refusal as refusal:
        if at.ways.by_setting is not None and refusal.reason.settings:
            decided_by(refusal, at.ways.by_setting)
        raise


def update_binary(session: Stay, command: CommandAPDU) -> ResponseAPDU:
    """UPDATE BINARY, plain: overwrite bytes of a transparent file."""
    file, offset = binary(session.at, command)
    demand(session.at, file, write=True)
    file.write(offset, command.data)
    return OK


def _records(at: Standing, command: CommandAPDU) -> ElementaryFile:
    file = target(at, command.p2 >> 3)
    if not file.descriptor.structure.linear:
        raise WrongStructure("no records by number", fid=file.descriptor.fid, directory=file.directory)
    return file


def read_numbered(session: Stay, command: CommandAPDU) -> ResponseAPDU:
    """READ RECORD by number alone, of a linear file."""
    file = _records(session.at, command)
    demand(session.at, file, write=False)
    return whole_record(session.at, command, file, command.p1)


def whole_record(at: Standing, command: CommandAPDU, file: ElementaryFile, number: int) -> ResponseAPDU:
    """Record ``number``, if Le fits it."""
    record = file.record(number)
    at.tx.expect(command.le, len(record))
    return ResponseAPDU(record)


def update_numbered(session: Stay, command: CommandAPDU) -> ResponseAPDU:
    """UPDATE RECORD by number alone, of a linear file; last + 1 adds."""
    file = _records(session.at, command)
    demand(session.at, file, write=True)
    file.put(command.p1, command.data)
    return OK
