"""A client of pcsc-lite's socket, written from the protocol's tables and not from the product's layouts.

Sends as the library does: header, body and data in separate writes. Answers are read by length.
"""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple, Self

SUCCESS = 0
CANCELLED = 0x80100002
INVALID_HANDLE = 0x80100003
INSUFFICIENT_BUFFER = 0x80100008
UNKNOWN_READER = 0x80100009
SHARING_VIOLATION = 0x8010000B
NO_SMARTCARD = 0x8010000C
PROTO_MISMATCH = 0x8010000F
INVALID_VALUE = 0x80100011
NOT_TRANSACTED = 0x80100016
SERVICE_STOPPED = 0x8010001E
UNSUPPORTED_FEATURE = 0x8010001F
UNRESPONSIVE = 0x80100066
UNPOWERED = 0x80100067
RESET = 0x80100068
REMOVED = 0x80100069

EXCLUSIVE, SHARED, DIRECT = 1, 2, 3
LEAVE, RESET_CARD, UNPOWER, EJECT = 0, 1, 2, 3
T0, T1, ANY = 1, 2, 3

READER_STATE_BYTES = 184
READERS = 16


class ReaderState(NamedTuple):
    name: str
    counter: int
    state: int
    sharing: int
    atr: bytes
    protocol: int


class Hangup(Exception):
    """The service closed the connection."""


class WireClient:
    """One connection: one context."""

    def __init__(self, path: str, minor: int = 4, establish: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.minor = minor
        self.context = 0
        if establish:
            assert self.version(4, minor) == (4, minor, SUCCESS)
            scope, self.context, rv = struct.unpack("=III", self.ask(0x01, struct.pack("=III", 2, 0, 0), 12))
            assert (scope, rv) == (2, SUCCESS)
            assert 0 < self.context < 1 << 31

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, code: int, body: bytes = b"", data: bytes = b"") -> None:
        self.socket.sendall(struct.pack("=II", len(body), code))
        if body:
            self.socket.sendall(body)
        if data:
            self.socket.sendall(data)

    def read(self, count: int) -> bytes:
        parts = b""
        while len(parts) < count:
            chunk = self.socket.recv(count - len(parts))
            if not chunk:
                raise Hangup
            parts += chunk
        return parts

    def ask(self, code: int, body: bytes, size: int) -> bytes:
        self.send(code, body)
        return self.read(size)

    def silent(self, seconds: float = 0.15) -> bool:
        """True if nothing arrives for that long."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1, socket.MSG_PEEK) is None
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)

    def version(self, major: int, minor: int) -> tuple[int, int, int]:
        return struct.unpack("=iiI", self.ask(0x11, struct.pack("=iiI", major, minor, 0), 12))

    def release(self, context: int | None = None) -> int:
        context = self.context if context is None else context
        return struct.unpack("=II", self.ask(0x02, struct.pack("=II", context, 0), 8))[1]

    def connect(
        self, reader: str, share: int = SHARED, wanted: int = ANY, context: int | None = None
    ) -> tuple[int, int, int]:
        """rv, card handle, active protocol."""
        self.send_connect(reader, share, wanted, context)
        return self.read_connect()

    def send_connect(self, reader: str, share: int, wanted: int, context: int | None = None) -> None:
        context = self.context if context is None else context
        self.send(0x04, struct.pack("=I128sIIiII", context, reader.encode(), share, wanted, 0, 0, 0))

    def read_connect(self) -> tuple[int, int, int]:
        _, _, _, _, card, protocol, rv = struct.unpack("=I128sIIiII", self.read(152))
        return rv, card, protocol

    def open(self, reader: str, share: int = SHARED, wanted: int = ANY) -> int:
        rv, card, _ = self.connect(reader, share, wanted)
        assert rv == SUCCESS, hex(rv)
        return card

    def reconnect(self, card: int, share: int = SHARED, wanted: int = ANY, how: int = LEAVE) -> tuple[int, int]:
        """rv, active protocol."""
        answer = self.ask(0x05, struct.pack("=iIIIII", card, share, wanted, how, 0, 0), 24)
        fields = struct.unpack("=iIIIII", answer)
        return fields[5], fields[4]

    def disconnect(self, card: int, how: int = LEAVE) -> int:
        return struct.unpack("=iII", self.ask(0x06, struct.pack("=iII", card, how, 0), 12))[2]

    def send_begin(self, card: int) -> None:
        self.send(0x07, struct.pack("=iI", card, 0))

    def read_begin(self) -> int:
        return struct.unpack("=iI", self.read(8))[1]

    def begin(self, card: int) -> int:
        self.send_begin(card)
        return self.read_begin()

    def end(self, card: int, how: int = LEAVE) -> int:
        return struct.unpack("=iII", self.ask(0x08, struct.pack("=iII", card, how, 0), 12))[2]

    def send_transmit(self, card: int, command: bytes, protocol: int = T0, room: int = 65548) -> None:
        self.send(0x09, struct.pack("=iIIIIIII", card, protocol, 16, len(command), 3, 16, room, 0), command)

    def read_transmit(self) -> tuple[int, bytes]:
        fields = struct.unpack("=iIIIIIII", self.read(32))
        return fields[7], (self.read(fields[6]) if fields[7] == SUCCESS else b"")

    def transmit(self, card: int, command: bytes, protocol: int = T0, room: int = 65548) -> tuple[int, bytes]:
        """rv, response."""
        self.send_transmit(card, command, protocol, room)
        return self.read_transmit()

    def control(self, card: int, code: int, data: bytes = b"", room: int = 264) -> tuple[int, bytes]:
        self.send(0x0A, struct.pack("=iIIIII", card, code, len(data), room, 0, 0), data)
        fields = struct.unpack("=iIIIII", self.read(24))
        return fields[5], (self.read(fields[4]) if fields[5] == SUCCESS else b"")

    def status(self, card: int) -> int:
        return struct.unpack("=iI", self.ask(0x0B, struct.pack("=iI", card, 0), 8))[1]

    def cancel(self, context: int) -> int:
        return struct.unpack("=iI", self.ask(0x0D, struct.pack("=iI", context, 0), 8))[1]

    def attribute(self, card: int, name: int, code: int = 0x0F) -> tuple[int, bytes]:
        answer = self.ask(code, struct.pack("=iI264sII", card, name, b"", 264, 0), 280)
        _, _, value, length, rv = struct.unpack("=iI264sII", answer)
        return rv, value[:length]

    def states(self) -> list[ReaderState]:
        if self.minor >= 6:
            assert self.ask(0x16, b"", 4) == struct.pack("=i", READERS)
            self.send(0x17)
        else:
            self.send(0x12)
        return self.read_states()

    def read_states(self) -> list[ReaderState]:
        found = []
        for entry in struct.iter_unpack("=128sIIi33s3xII", self.read(READERS * READER_STATE_BYTES)):
            name, counter, state, sharing, atr, length, protocol = entry
            if name[0]:
                found.append(ReaderState(name.rstrip(b"\0").decode(), counter, state, sharing, atr[:length], protocol))
        return found

    def register(self) -> list[ReaderState]:
        """Register for an event; the reader states, as this minor delivers them."""
        self.send(0x13)
        return self.states() if self.minor >= 6 else self.read_states()

    def event(self) -> int:
        timeout, rv = struct.unpack("=II", self.read(8))
        assert timeout == 0
        return rv

    def stop_waiting(self) -> None:
        self.send(0x14)

    def reader_events(self) -> tuple[int, int]:
        return struct.unpack("=II", self.ask(0x15, b"", 8))
