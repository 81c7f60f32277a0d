"""The bytes between libpcsclite and its daemon: message codes, bodies, reader states, return values.

Words are 32 bits in native order (the socket never leaves the machine). A request is size and code, the body, and
for TRANSMIT and CONTROL the data; an answer is the body alone, then data. Protocol version 4, minor 4 to 6.

An answer's body is the request's, with ``rv`` and what was asked for filled in. What stands around every APDU is a
``struct.Struct``; all other bodies are a ``Layout``, declared by name and used alike (CONTRIBUTING.md, "Layouts").
"""

from __future__ import annotations

import struct
from enum import IntEnum
from types import MappingProxyType
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeVar, get_type_hints

from construct import ConstructError, ExprAdapter, FixedSized, GreedyBytes, Int32sn, Int32un, Padded, Sequence

MAJOR: Final = 4
OLDEST_MINOR: Final = 4
NEWEST_MINOR: Final = 6  # from here on the reader states are asked for by size and array
MINORS: Final = range(OLDEST_MINOR, NEWEST_MINOR + 1)
MOST_READERS: Final = 16
LONGEST_NAME: Final = 127
LONGEST_ATR: Final = 33
LONGEST_ATTRIBUTE: Final = 264
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


class PcscResult(IntEnum):
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
BEGIN = struct.Struct("=iI")  # card, rv
END = struct.Struct("=iII")  # card, disposition, rv
TRANSMIT = struct.Struct("=iIIIIIII")  # card, send protocol and PCI length, n, receive the same, room, rv
COUNT = struct.Struct("=i")

Body = TypeVar("Body", bound=NamedTuple)


class Layout(Generic[Body]):
    """How a body lies in bytes: one field after the other, each as its annotation says.

    Has the methods of ``struct.Struct``, so that nobody who uses one need know which it is.
    """

    __slots__ = ("_body", "_fields", "size")

    def __init__(self, body: type[Body]) -> None:
        hints = get_type_hints(body, include_extras=True)
        self._body = body
        self._fields = Sequence(*(name / hints[name].__metadata__[0] for name in body._fields))
        self.size: int = self._fields.sizeof()

    def unpack(self, raw: bytes) -> Body:
        """The fields of ``raw``. Raises struct.error unless it has ``size`` bytes."""
        if len(raw) != self.size:
            raise struct.error(f"{self._body.__name__}: {self.size} bytes are wanted, not {len(raw)}")
        return self._body(*self._fields.parse(raw))

    def pack(self, *values: int | bytes) -> bytes:
        """``size`` bytes of one value a field. Raises struct.error for too few, too many, or one without room."""
        try:
            return bytes(self._fields.build(self._body._make(values)))
        except (ConstructError, TypeError) as error:
            raise struct.error(f"{self._body.__name__}: {error}") from None


def _characters(size: int) -> Any:  # noqa: ANN401 - construct has no types
    """``size`` bytes; behind a shorter value come zeros, a longer one is cut."""
    return ExprAdapter(FixedSized(size, GreedyBytes), lambda value, _: value, lambda value, _: value[:size])


Unsigned = Annotated[int, Int32un]
Signed = Annotated[int, Int32sn]
Name = Annotated[bytes, _characters(LONGEST_NAME + 1)]


class VersionBody(NamedTuple):
    """The protocol the client speaks; the one that is spoken."""

    major: Signed
    minor: Signed
    rv: Unsigned


class EstablishBody(NamedTuple):
    """A scope; the number of its new context."""

    scope: Unsigned
    context: Unsigned
    rv: Unsigned


class ReleaseBody(NamedTuple):
    """The context to end."""

    context: Unsigned
    rv: Unsigned


class ConnectBody(NamedTuple):
    """A reader by name, how to share it, the protocols wanted; the handle of its card and the protocol agreed."""

    context: Unsigned
    reader: Name
    share: Unsigned
    wanted: Unsigned
    card: Signed
    protocol: Unsigned
    rv: Unsigned


class ReconnectBody(NamedTuple):
    """The same for a handle, and what is done to the card first; the protocol agreed."""

    card: Signed
    share: Unsigned
    wanted: Unsigned
    initialisation: Unsigned
    protocol: Unsigned
    rv: Unsigned


class DisconnectBody(NamedTuple):
    """The handle to end, and what happens to the card."""

    card: Signed
    disposition: Unsigned
    rv: Unsigned


class ControlBody(NamedTuple):
    """A control code, how many bytes go with it, how many may come back; how many do."""

    card: Signed
    control: Unsigned
    length: Unsigned
    room: Unsigned
    returned: Unsigned
    rv: Unsigned


class StatusBody(NamedTuple):
    """A handle; whether it still stands."""

    card: Signed
    rv: Unsigned


class CancelBody(NamedTuple):
    """The context whose wait ends."""

    context: Signed
    rv: Unsigned


class AttributeBody(NamedTuple):
    """An attribute by number, and the room for it; its value and how long that is."""

    card: Signed
    attribute: Unsigned
    value: Annotated[bytes, _characters(LONGEST_ATTRIBUTE)]
    length: Unsigned
    rv: Unsigned


class EventBody(NamedTuple):
    """What a client that waits is told; 0 stands where the time it waits once stood."""

    timeout: Unsigned
    rv: Unsigned


class ReaderEventsBody(NamedTuple):
    """How many readers have come or gone."""

    events: Unsigned
    rv: Unsigned


class ReaderEntry(NamedTuple):
    """One of the reader states: event counter, state bits, sharing count, ATR and its length, protocol."""

    reader: Name
    counter: Unsigned
    state: Unsigned
    sharing: Signed
    atr: Annotated[bytes, Padded(36, _characters(LONGEST_ATR))]
    length: Unsigned
    protocol: Unsigned


VERSION = Layout(VersionBody)
ESTABLISH = Layout(EstablishBody)
RELEASE = Layout(ReleaseBody)
CONNECT = Layout(ConnectBody)
RECONNECT = Layout(ReconnectBody)
DISCONNECT = Layout(DisconnectBody)
CONTROL = Layout(ControlBody)
STATUS = Layout(StatusBody)
CANCEL = Layout(CancelBody)
ATTRIB = Layout(AttributeBody)
EVENT = Layout(EventBody)
EVENTS = Layout(ReaderEventsBody)
READER = Layout(ReaderEntry)

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
