"""The bytes between libpcsclite and its daemon: message codes, bodies, reader states, return values.

Words are 32 bits in native order (the socket never leaves the machine). A request is size and code, the body, and
for TRANSMIT and CONTROL the data; an answer is the body alone, then data. Protocol version 4, minor 4 to 6.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from types import MappingProxyType
from typing import Final

MAJOR: Final = 4
OLDEST_MINOR: Final = 4
NEWEST_MINOR: Final = 6  # from here on the reader states are asked for by size and array
MOST_READERS: Final = 16
LONGEST_NAME: Final = 127
LONGEST_ATR: Final = 33
LONGEST_MESSAGE: Final = 65548  # the library's own limit for an extended APDU or an answer


class Code(IntEnum):
    """What a request asks for."""

    ESTABLISH_CONTEXT = 0x01
    RELEASE_CONTEXT = 0x02
    CONNECT = 0x04
    RECONNECT = 0x05
    DISCONNECT = 0x06
    BEGIN_TRANSACTION = 0x07
    END_TRANSACTION = 0x08
    TRANSMIT = 0x09
    CONTROL = 0x0A
    STATUS = 0x0B
    CANCEL = 0x0D
    GET_ATTRIB = 0x0F
    SET_ATTRIB = 0x10
    VERSION = 0x11
    READERS_STATE = 0x12
    WAIT_STATE_CHANGE = 0x13
    STOP_WAITING = 0x14
    READER_EVENTS = 0x15
    STATE_SIZE = 0x16
    STATE_ARRAY = 0x17


class Result(IntEnum):
    """Return values (rv)."""

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
    UNRESPONSIVE_CARD = 0x80100066
    UNPOWERED_CARD = 0x80100067
    RESET_CARD = 0x80100068
    REMOVED_CARD = 0x80100069


class Share(IntEnum):
    """How a handle shares its reader."""

    EXCLUSIVE = 1
    SHARED = 2
    DIRECT = 3


class Disposition(IntEnum):
    """What happens to the card when a handle or a transaction ends."""

    LEAVE = 0
    RESET = 1
    UNPOWER = 2
    EJECT = 3


# Protocols, as bits.
T0: Final = 1
T1: Final = 2
RAW: Final = 4
ANY_OLD: Final = 0x1000  # "whatever the card offers", from before protocols were bits

# Reader state bits.
ABSENT: Final = 0x02
PRESENT: Final = 0x04
MUTE: Final = 0x08
POWERED: Final = 0x10
NEGOTIABLE: Final = 0x20
SPECIFIC: Final = 0x40

EXCLUSIVELY: Final = -1  # the sharing count of a reader held exclusively

HEADER = struct.Struct("=II")  # size of the body, code
VERSION = struct.Struct("=iiI")  # major, minor, rv
ESTABLISH = struct.Struct("=III")  # scope, context, rv
RELEASE = struct.Struct("=II")  # context, rv
CONNECT = struct.Struct("=I128sIIiII")  # context, reader, share, wanted, card, protocol, rv
RECONNECT = struct.Struct("=iIIIII")  # card, share, wanted, initialisation, protocol, rv
DISCONNECT = struct.Struct("=iII")  # card, disposition, rv
BEGIN = struct.Struct("=iI")  # card, rv
END = struct.Struct("=iII")  # card, disposition, rv
TRANSMIT = struct.Struct("=iIIIIIII")  # card, send protocol and PCI length, n, receive the same, room, rv
CONTROL = struct.Struct("=iIIIII")  # card, control code, n, room, returned, rv
STATUS = struct.Struct("=iI")  # card, rv
CANCEL = struct.Struct("=iI")  # context, rv
ATTRIB = struct.Struct("=iI264sII")  # card, attribute, value, length, rv
EVENT = struct.Struct("=II")  # timeout, rv
EVENTS = struct.Struct("=II")  # reader events, rv
COUNT = struct.Struct("=i")
READER = struct.Struct("=128sIIi33s3xII")  # name, event counter, state, sharing, ATR, its length, protocol

BODY_SIZES: Final = MappingProxyType(
    {
        Code.ESTABLISH_CONTEXT: ESTABLISH.size,
        Code.RELEASE_CONTEXT: RELEASE.size,
        Code.CONNECT: CONNECT.size,
        Code.RECONNECT: RECONNECT.size,
        Code.DISCONNECT: DISCONNECT.size,
        Code.BEGIN_TRANSACTION: BEGIN.size,
        Code.END_TRANSACTION: END.size,
        Code.TRANSMIT: TRANSMIT.size,
        Code.CONTROL: CONTROL.size,
        Code.STATUS: STATUS.size,
        Code.CANCEL: CANCEL.size,
        Code.GET_ATTRIB: ATTRIB.size,
        Code.SET_ATTRIB: ATTRIB.size,
        Code.VERSION: VERSION.size,
        Code.READERS_STATE: 0,
        Code.WAIT_STATE_CHANGE: 0,
        Code.STOP_WAITING: 0,
        Code.READER_EVENTS: 0,
        Code.STATE_SIZE: 0,
        Code.STATE_ARRAY: 0,
    }
)
# Where in the body the number of data bytes that follow it stands.
DATA_COUNT_AT: Final = MappingProxyType({Code.TRANSMIT: 12, Code.CONTROL: 8})

UNUSED_READER: Final = bytes(READER.size)


def reader_state(name: bytes, counter: int, state: int, sharing: int, atr: bytes, protocol: int) -> bytes:
    """One entry of the reader states, 184 bytes; the counter is cut to 16 bits, the ATR to 33 bytes."""
    atr = atr[:LONGEST_ATR]
    return READER.pack(name, counter & 0xFFFF, state, sharing, atr, len(atr), protocol)
