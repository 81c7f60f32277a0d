"""Files of the PKI environment: selection, reading, writing."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, wrong_le
from cos.kernel import stored
from cos.kernel.dialect import LEVEL_FREE, LEVEL_NEVER, DirectoryHeader, Life, access_words
from cos.kernel.files import ElementaryFile, FileNotFound
from cos.kernel.refusal import Gate, Refusal
from cos.pki.environment import PkiSession

BY_EF, BY_NAME = 0x02, 0x04
_NEXT, _SHORTEST_NAME = 0x02, 5
VERSION = b"30"
"""Edition 3.0 in the environment's FCI."""


def select(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """The environment or its application by name or identifier, an EF by identifier. A directory answers its FCI."""
    by_name = command.p1 == BY_NAME
    if by_name != (len(command.data) >= _SHORTEST_NAME):
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "a name has 5 to 16 bytes, an identifier 2", "SSC-5 §6.11")
    if command.p2 == _NEXT:
        if not by_name:
            raise Refusal(SW.WRONG_P1P2, Gate.PARAMETERS, "P2 02 goes on with a name, an identifier is none")
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "no further DF carries this name", "SSC-5 §6.11")
    header = _directory(session, command.data, by_name=by_name) if command.p1 != BY_EF else None
    if header is not None:
        session.enter(header)
        return ResponseAPDU(fci(session, header))
    if by_name:
        raise FileNotFound(f"nothing here is called {command.data.hex().upper()}")
    session.file = session.files.file(session.directory.fid, int.from_bytes(command.data, "big"))
    return OK


def _directory(session: PkiSession, wanted: bytes, *, by_name: bool) -> DirectoryHeader | None:
    if by_name:
        return stored.named(session.files, wanted)
    try:
        return stored.header(session.files, int.from_bytes(wanted, "big"))
    except FileNotFound:
        return None


def fci(session: PkiSession, header: DirectoryHeader) -> bytes:
    """6F { 84 name } of the application; the environment adds 73 { 92 "30" }, as the cards seen have it."""
    name = tlv.encode(0x84, header.name)
    if header.fid != session.home.fid:
        return tlv.encode(0x6F, name)
    return tlv.encode(0x6F, name, tlv.encode(0x73, tlv.encode(0x92, VERSION)))


def _current(session: PkiSession, *, write: bool) -> ElementaryFile:
    file = session.file
    if file is None:
        raise Refusal(SW.NO_CURRENT_EF, Gate.TARGET, "no EF is selected", "SSC-5 §6.9")
    read_words, write_words = access_words(file.descriptor.access)
    level = (write_words if write else read_words).current
    if session.directory.life == Life.PERSONALISATION and session.master_proved:
        return file
    if level == LEVEL_NEVER or (level != LEVEL_FREE and level not in session.levels):
        verb = "writing" if write else "reading"
        needed = (
            "is never allowed" if level == LEVEL_NEVER else f"needs level {level:02X} of {session.directory.fid:04X}"
        )
        held = ", ".join(f"{each:02X}" for each in sorted(session.levels)) or "nothing"
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, f"{verb} {file!r} {needed}; proved: {held}", "SSC-4 §6")
    return file


def read_binary(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """READ BINARY: bytes from an offset of the current EF; Le 00 up to its end."""
    file = _current(session, write=False)
    wanted = command.le or 256
    data = file.read(command.p1p2, wanted)
    if len(data) < wanted:
        if wanted < 256:
            raise Refusal(wrong_le(len(data)), Gate.LENGTH, f"{len(data)} bytes are left", "SSC-5 §6.9")
        session.tx.expect(command.le, len(data))
    return ResponseAPDU(data)


def update_binary(session: PkiSession, command: CommandAPDU) -> ResponseAPDU:
    """UPDATE BINARY, plain after authentication."""
    _current(session, write=True).write(command.p1p2, command.data)
    return OK
