"""One client connection: requests in, answers out. Knows no socket.

The only thing that reaches a client unasked is the event it registered for. It must never land inside the answer
to something else, so a client that registers is *wanting* until its own answer has left, and *armed* only then;
what happens in between is kept for it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from enum import Enum
from time import monotonic

from dualcos.reader.embedded import pcsclite_messages
from dualcos.reader.embedded.controls_and_attributes import attribute, control
from dualcos.reader.embedded.pcsclite_messages import Code, PcscResult
from dualcos.reader.embedded.request_framing import ClientRequest
from dualcos.reader.embedded.virtual_reader import Handle, Later, PcscRefused, VirtualReader
from dualcos.reader.slot import Slot
from dualcos.reader.supervised_card import Report, unheard

_SCOPES = range(4)
# A client of minor 6 asks for the reader states right after registering; one that does not is told after this.
_PATIENCE_SECONDS = 0.05
_TRANSMIT = pcsclite_messages.TRANSMIT
_SPOKEN = (
    f"{pcsclite_messages.MAJOR}:{pcsclite_messages.OLDEST_MINOR} to "
    f"{pcsclite_messages.MAJOR}:{pcsclite_messages.NEWEST_MINOR}"
)
_TOO_OLD = "its libpcsclite is older than 1.8.24: let the program use the system's"
_TOO_NEW = f"its libpcsclite is newer than ours: it may ask again, for {_SPOKEN}"
_MAY_SETTLE = frozenset((Code.READERS_STATE, Code.WAIT_STATE_CHANGE, Code.STATE_ARRAY))


class Misconduct(Exception):
    """The client did what no client does; its connection must be closed."""


class _Watch(Enum):
    IDLE = 0
    WANTING = 1
    ARMED = 2


class ClientDesk:
    """What all connections share: the readers, the contexts, who waits for changes."""

    def __init__(
        self, slots: Sequence[Slot], later: Later, idle_seconds: float | None = None, *, report: Report = unheard
    ) -> None:
        self._later = later
        self._report = report
        self._refused: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._contexts: dict[int, ClientSession] = {}
        self._watching: set[ClientSession] = set()
        self.readers = tuple(VirtualReader(slot, self.signal, later, idle_seconds) for slot in slots)
        self._by_name = {reader.name: reader for reader in self.readers}

    def refuse(self, major: int, minor: int) -> None:
        """A client's version is not ours: said once for each, since such a program asks again and again."""
        with self._lock:
            known = (major, minor) in self._refused
            self._refused.add((major, minor))
        if not known:
            older = (major, minor) < (pcsclite_messages.MAJOR, pcsclite_messages.OLDEST_MINOR)
            self._report(
                f"refused a PC/SC client of protocol {major}:{minor}: this service speaks {_SPOKEN}; "
                f"{_TOO_OLD if older else _TOO_NEW}"
            )

    def close(self, seconds: float) -> list[str]:
        """Let go of the slots and of every call that waits, within so many seconds.

        Returns the names of the readers whose card is in a command that did not end in that time.
        """
        until = monotonic() + seconds
        return [reader.slot.name for reader in self.readers if not reader.close(until - monotonic())]

    def number(self) -> int:
        """A number for a context or a handle: positive, 31 bits, never given twice."""
        return next(self._numbers) & 0x7FFFFFFF

    def reader(self, name: bytes) -> VirtualReader | None:
        """The reader called ``name``."""
        return self._by_name.get(name)

    def states(self) -> bytes:
        """The 16 reader states."""
        unused = pcsclite_messages.UNUSED_READER * (pcsclite_messages.MOST_READERS - len(self.readers))
        return b"".join(reader.state for reader in self.readers) + unused

    def enrol(self, context: int, session: ClientSession) -> None:
        """``context`` belongs to ``session``."""
        with self._lock:
            self._contexts[context] = session

    def strike(self, context: int) -> None:
        """``context`` is over."""
        with self._lock:
            self._contexts.pop(context, None)

    def signal(self) -> None:
        """Something about a reader changed: tell those who registered, each once."""
        with self._lock:
            for session in tuple(self._watching):
                self._tell(session, PcscResult.SUCCESS)

    def cancel(self, context: int) -> PcscResult:
        """End the wait of ``context``, if it waits."""
        with self._lock:
            session = self._contexts.get(context)
            if session is None:
                return PcscResult.INVALID_HANDLE
            self._tell(session, PcscResult.CANCELLED)
        return PcscResult.SUCCESS

    def register(self, session: ClientSession) -> None:
        """``session`` wants the next event, but not before its answer has left."""
        with self._lock:
            session.watch, session.missed = _Watch.WANTING, None
            self._watching.add(session)

    def settle(self, session: ClientSession) -> None:
        """The answer has left: events may go out, and one that came meanwhile goes now."""
        with self._lock:
            if session.watch is not _Watch.WANTING:
                return
            session.watch = _Watch.ARMED
            if session.missed is not None:
                self._tell(session, session.missed)

    def withdraw(self, session: ClientSession) -> PcscResult | None:
        """End the registration. None if there is none (any more): then an event is already on its way."""
        with self._lock:
            self._watching.discard(session)
            watch, session.watch = session.watch, _Watch.IDLE
            if watch is _Watch.IDLE:
                return None
            return session.missed or PcscResult.SUCCESS

    def _tell(self, session: ClientSession, result: PcscResult) -> None:
        if session.watch is _Watch.ARMED:
            session.watch = _Watch.IDLE
            self._watching.discard(session)
            session.deliver(pcsclite_messages.EVENT.pack(0, result))
        elif session.watch is _Watch.WANTING:
            if session.missed is None:
                self._later(_PATIENCE_SECONDS, lambda: self.settle(session))
            session.missed = result


class ClientSession:
    """One connection. ``deliver`` sends bytes at once and never blocks (it is called from other threads)."""

    def __init__(self, desk: ClientDesk, deliver: Callable[[bytes], None]) -> None:
        self.deliver = deliver
        self.watch = _Watch.IDLE
        self.missed: PcscResult | None = None
        self._desk = desk
        self._minor = pcsclite_messages.OLDEST_MINOR
        self._context = 0
        self._handles: dict[int, Handle] = {}
        self._rows: dict[int, Callable[[bytes, bytes], bytes]] = {
            Code.TRANSMIT: self._transmit,
            Code.VERSION: self._version,
            Code.ESTABLISH_CONTEXT: self._establish,
            Code.RELEASE_CONTEXT: self._release,
            Code.CONNECT: self._connect,
            Code.RECONNECT: self._reconnect,
            Code.DISCONNECT: self._disconnect,
            Code.BEGIN_TRANSACTION: self._begin,
            Code.END_TRANSACTION: self._end,
            Code.CONTROL: self._control,
            Code.STATUS: self._status,
            Code.CANCEL: self._cancel,
            Code.GET_ATTRIB: self._get_attribute,
            Code.SET_ATTRIB: self._set_attribute,
            Code.READERS_STATE: self._states,
            Code.STATE_ARRAY: self._states,
            Code.STATE_SIZE: self._state_size,
            Code.WAIT_STATE_CHANGE: self._wait,
            Code.STOP_WAITING: self._stop_waiting,
            Code.READER_EVENTS: self._reader_events,
        }

    def answer(self, request: ClientRequest) -> bytes:
        """The answer, empty if there is none. May wait for a transaction's end. Raises Misconduct, Closed."""
        return self._rows[request.code](request.body, request.data)

    def sent(self, code: int) -> None:
        """The answer to ``code`` has been sent."""
        if self.watch is _Watch.WANTING and code in _MAY_SETTLE:
            if code == Code.WAIT_STATE_CHANGE and self._minor >= pcsclite_messages.NEWEST_MINOR:
                return
            self._desk.settle(self)

    def close(self) -> None:
        """The client is gone: its handles, its transactions and its registration with it."""
        self._desk.withdraw(self)
        self._leave()

    def _leave(self) -> None:
        handles, self._handles = self._handles, {}
        for handle in handles.values():
            handle.reader.abandon(handle)
        self._desk.strike(self._context)
        self._context = 0

    def _handle(self, number: int) -> Handle:
        handle = self._handles.get(number)
        if handle is None:
            raise Misconduct(f"unknown card handle {number}")
        return handle

    def _transmit(self, body: bytes, data: bytes) -> bytes:
        card, protocol, pci, count, receive, receive_pci, room, _ = _TRANSMIT.unpack(body)
        handle = self._handle(card)
        if room < 2:
            answer, result = b"", PcscResult.INSUFFICIENT_BUFFER
        else:
            try:
                answer = handle.reader.transmit(handle, protocol, data)
            except PcscRefused as refusal:
                answer, result = b"", refusal.result
            else:
                length = len(answer)
                if length <= room:
                    return _TRANSMIT.pack(card, protocol, pci, count, receive, receive_pci, length, 0) + answer
                result = PcscResult.INSUFFICIENT_BUFFER
        return _TRANSMIT.pack(card, protocol, pci, count, receive, receive_pci, len(answer), result)

    def _version(self, body: bytes, _data: bytes) -> bytes:
        # Refused with the newest version we speak: a library that knows it, too, asks for it next.
        asked = pcsclite_messages.VERSION.unpack(body)
        if asked.major == pcsclite_messages.MAJOR and asked.minor in pcsclite_messages.MINORS:
            self._minor = asked.minor
            return pcsclite_messages.VERSION.pack(*asked._replace(rv=PcscResult.SUCCESS))
        self._desk.refuse(asked.major, asked.minor)
        return pcsclite_messages.VERSION.pack(
            pcsclite_messages.MAJOR, pcsclite_messages.NEWEST_MINOR, PcscResult.SERVICE_STOPPED
        )

    def _establish(self, body: bytes, _data: bytes) -> bytes:
        scope = pcsclite_messages.ESTABLISH.unpack(body).scope
        if scope not in _SCOPES:
            return pcsclite_messages.ESTABLISH.pack(scope, 0, PcscResult.INVALID_VALUE)
        self._leave()
        self._context = self._desk.number()
        self._desk.enrol(self._context, self)
        return pcsclite_messages.ESTABLISH.pack(scope, self._context, PcscResult.SUCCESS)

    def _release(self, body: bytes, _data: bytes) -> bytes:
        context = pcsclite_messages.RELEASE.unpack(body).context
        result = self._belongs(context)
        if result == PcscResult.SUCCESS:
            self._leave()
        return pcsclite_messages.RELEASE.pack(context, result)

    def _belongs(self, context: int) -> PcscResult:
        if not self._context:
            return PcscResult.INVALID_HANDLE
        return PcscResult.SUCCESS if context == self._context else PcscResult.INVALID_VALUE

    def _connect(self, body: bytes, _data: bytes) -> bytes:
        asked = pcsclite_messages.CONNECT.unpack(body)
        number = protocol = 0
        result = self._belongs(asked.context)
        reader = self._desk.reader(asked.reader.split(b"\0", 1)[0])
        if result == PcscResult.SUCCESS and reader is None:
            result = PcscResult.UNKNOWN_READER
        if result == PcscResult.SUCCESS and reader is not None:
            try:
                handle, protocol = reader.connect(self._desk.number(), asked.share, asked.wanted, self)
                number = handle.number
                self._handles[number] = handle
            except PcscRefused as refusal:
                result = refusal.result
        return pcsclite_messages.CONNECT.pack(*asked._replace(card=number, protocol=protocol, rv=result))

    def _reconnect(self, body: bytes, _data: bytes) -> bytes:
        asked = pcsclite_messages.RECONNECT.unpack(body)
        handle = self._handle(asked.card)
        protocol = 0
        result = PcscResult.SUCCESS
        try:
            protocol = handle.reader.reconnect(handle, asked.share, asked.wanted, asked.initialisation)
        except PcscRefused as refusal:
            result = refusal.result
        return pcsclite_messages.RECONNECT.pack(*asked._replace(protocol=protocol, rv=result))

    def _disconnect(self, body: bytes, _data: bytes) -> bytes:
        asked = pcsclite_messages.DISCONNECT.unpack(body)
        handle = self._handle(asked.card)
        result = _result(lambda: handle.reader.disconnect(handle, asked.disposition))
        if result == PcscResult.SUCCESS:
            del self._handles[asked.card]
        return pcsclite_messages.DISCONNECT.pack(*asked._replace(rv=result))

    def _begin(self, body: bytes, _data: bytes) -> bytes:
        card, _ = pcsclite_messages.BEGIN.unpack(body)
        handle = self._handle(card)
        return pcsclite_messages.BEGIN.pack(card, _result(lambda: handle.reader.begin(handle)))

    def _end(self, body: bytes, _data: bytes) -> bytes:
        card, disposition, _ = pcsclite_messages.END.unpack(body)
        handle = self._handle(card)
        return pcsclite_messages.END.pack(card, disposition, _result(lambda: handle.reader.end(handle, disposition)))

    def _status(self, body: bytes, _data: bytes) -> bytes:
        card = pcsclite_messages.STATUS.unpack(body).card
        handle = self._handle(card)
        return pcsclite_messages.STATUS.pack(card, _result(lambda: handle.reader.status(handle)))

    def _cancel(self, body: bytes, _data: bytes) -> bytes:
        context = pcsclite_messages.CANCEL.unpack(body).context
        return pcsclite_messages.CANCEL.pack(context, self._desk.cancel(context))

    def _control(self, body: bytes, _data: bytes) -> bytes:
        asked = pcsclite_messages.CONTROL.unpack(body)
        handle = self._handle(asked.card)
        result = _result(lambda: handle.reader.may_control(handle))
        data = control(asked.control) if result == PcscResult.SUCCESS else b""
        if data is None:
            data, result = b"", PcscResult.UNSUPPORTED_FEATURE
        elif len(data) > asked.room:
            result = PcscResult.INSUFFICIENT_BUFFER
        head = pcsclite_messages.CONTROL.pack(*asked._replace(returned=len(data), rv=result))
        return head + data if result == PcscResult.SUCCESS else head

    def _get_attribute(self, body: bytes, _data: bytes) -> bytes:
        asked = pcsclite_messages.ATTRIB.unpack(body)
        handle = self._handle(asked.card)
        value = b""
        result = _result(lambda: handle.reader.may_look(handle))
        if result == PcscResult.SUCCESS:
            found = attribute(handle.reader, asked.attribute)
            if found is None:
                result = PcscResult.UNSUPPORTED_FEATURE
            elif len(found) > asked.length:  # the room it has
                result = PcscResult.INSUFFICIENT_BUFFER
            else:
                value = found
        return pcsclite_messages.ATTRIB.pack(*asked._replace(value=value, length=len(value), rv=result))

    def _set_attribute(self, body: bytes, _data: bytes) -> bytes:
        asked = pcsclite_messages.ATTRIB.unpack(body)
        handle = self._handle(asked.card)
        result = _result(lambda: handle.reader.may_look(handle)) or PcscResult.UNSUPPORTED_FEATURE
        return pcsclite_messages.ATTRIB.pack(*asked._replace(rv=result))

    def _states(self, _body: bytes, _data: bytes) -> bytes:
        return self._desk.states()

    def _state_size(self, _body: bytes, _data: bytes) -> bytes:
        return pcsclite_messages.COUNT.pack(pcsclite_messages.MOST_READERS)

    def _wait(self, _body: bytes, _data: bytes) -> bytes:
        self._desk.register(self)
        # Registered before the states are read: what changes in between is told, at worst once too often.
        return b"" if self._minor >= pcsclite_messages.NEWEST_MINOR else self._desk.states()

    def _stop_waiting(self, _body: bytes, _data: bytes) -> bytes:
        result = self._desk.withdraw(self)
        return b"" if result is None else pcsclite_messages.EVENT.pack(0, result)

    def _reader_events(self, _body: bytes, _data: bytes) -> bytes:
        # Counts readers coming and going; ours are there from the start.
        return pcsclite_messages.EVENTS.pack(len(self._desk.readers), PcscResult.SUCCESS)


def _result(call: Callable[[], None]) -> PcscResult:
    try:
        call()
    except PcscRefused as refusal:
        return refusal.result
    return PcscResult.SUCCESS
