"""What a PC/SC service says of itself, asked as a client asks and let go: which protocol, which readers, which cards.

Touches no card: nothing is connected to a reader. What is wrong is a value, not an exception.
"""

from __future__ import annotations

import socket
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from dualcos.reader.embedded.pcsclite_messages import (
    COUNT,
    HEADER,
    MAJOR,
    MOST_READERS,
    NEWEST_MINOR,
    OLDEST_MINOR,
    PRESENT,
    READER,
    VERSION,
    Code,
    PcscResult,
)

LONGEST_PATH: Final = 107
"""Bytes of a socket's path: ``sun_path`` without its NUL."""
_STATES_BY_COUNT = 6  # from this minor on the number of reader states is asked for first
_SECONDS = 2.0


class ServiceTrouble(Enum):
    """Why nothing is known of a service."""

    NOT_THERE = "nothing is there"
    TOO_LONG = "the path of a socket has 107 bytes at most"
    NO_SOCKET = "it is no socket"
    DEAD = "nobody listens there any more"
    FORBIDDEN = "this user may not connect"
    HUNG_UP = "it hangs up without an answer"
    OTHER_PROTOCOL = "it speaks another protocol"
    SILENT = "it does not answer"


class ReaderShown(NamedTuple):
    """One reader, and whether a card is in it."""

    name: str
    card: bool


class ServiceSeen(NamedTuple):
    """``trouble`` None: it answers, in this minor of protocol 4, and has these readers."""

    trouble: ServiceTrouble | None
    minor: int = 0
    readers: tuple[ReaderShown, ...] = ()


class _WrongVersionError(Exception):
    """It wants another minor."""


def ask_service(path: Path, *, seconds: float = _SECONDS) -> ServiceSeen:
    """What the service at ``path`` says, each answer within ``seconds``. Never raises."""
    if not hasattr(socket, "AF_UNIX"):
        return ServiceSeen(ServiceTrouble.NOT_THERE)
    trouble = _looked_at(path)
    if trouble is not None:
        return ServiceSeen(trouble)
    for minor in range(OLDEST_MINOR, NEWEST_MINOR + 1):
        try:
            return ServiceSeen(None, minor, _asked(path, minor, seconds))
        except _WrongVersionError:
            continue
        except OSError as error:
            return ServiceSeen(_meaning(error))
    return ServiceSeen(ServiceTrouble.OTHER_PROTOCOL)


def _looked_at(path: Path) -> ServiceTrouble | None:
    if len(str(path).encode(errors="surrogateescape")) > LONGEST_PATH:
        return ServiceTrouble.TOO_LONG
    try:
        if not path.exists():
            return ServiceTrouble.NOT_THERE
        return None if path.is_socket() else ServiceTrouble.NO_SOCKET
    except PermissionError:
        return ServiceTrouble.FORBIDDEN
    except OSError:
        return ServiceTrouble.NOT_THERE


def _meaning(error: OSError) -> ServiceTrouble:
    if isinstance(error, PermissionError):
        return ServiceTrouble.FORBIDDEN
    if isinstance(error, TimeoutError):
        return ServiceTrouble.SILENT
    if isinstance(error, ConnectionRefusedError):
        return ServiceTrouble.DEAD
    # A pcscd that asks polkit hangs up on whom that refuses, before it has read a byte.
    return ServiceTrouble.HUNG_UP


def _asked(path: Path, minor: int, seconds: float) -> tuple[ReaderShown, ...]:
    """Raises OSError, _WrongVersionError."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(seconds)
        line.connect(str(path))
        said = VERSION.unpack(_answer(line, Code.VERSION, VERSION.pack(MAJOR, minor, 0), VERSION.size))
        if said.rv != PcscResult.SUCCESS or said.major != MAJOR:
            raise _WrongVersionError
        if minor < _STATES_BY_COUNT:
            raw = _answer(line, Code.READERS_STATE, b"", MOST_READERS * READER.size)
        else:
            (count,) = COUNT.unpack(_answer(line, Code.STATE_SIZE, b"", COUNT.size))
            raw = _answer(line, Code.STATE_ARRAY, b"", max(count, 0) * READER.size)
    entries = (READER.unpack(raw[at : at + READER.size]) for at in range(0, len(raw), READER.size))
    named = ((entry.reader.partition(b"\0")[0].decode(errors="replace"), entry.state) for entry in entries)
    return tuple(ReaderShown(name, bool(state & PRESENT)) for name, state in named if name)


def _answer(line: socket.socket, code: Code, body: bytes, size: int) -> bytes:
    line.sendall(HEADER.pack(len(body), code) + body)
    return _received(line, size)


def _received(line: socket.socket, size: int) -> bytes:
    raw = b""
    while len(raw) < size:
        chunk = line.recv(size - len(raw))
        if not chunk:
            raise ConnectionResetError
        raw += chunk
    return raw
