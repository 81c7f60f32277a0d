"""The socket side of the embedded PC/SC service: a Unix socket, one thread per connection.

A thread per connection and not one loop over all: a slow card holds up nobody at another reader, waiting for a
transaction is simply waiting, and an APDU costs one ``recv`` and one ``sendall`` with nothing in between.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic, perf_counter
from types import TracebackType
from typing import Self

from dualcos.reader.embedded.client_session import ClientDesk, ClientSession, Misconduct
from dualcos.reader.embedded.pcsclite_messages import LONGEST_NAME, MOST_READERS, Code
from dualcos.reader.embedded.request_framing import BrokenStream, RequestFramer
from dualcos.reader.embedded.virtual_reader import Closed
from dualcos.reader.observers import unfailing
from dualcos.reader.slot import Slot
from dualcos.reader.supervised_card import Report, left_behind, unheard

VARIABLE = "PCSCLITE_CSOCK_NAME"
_LONGEST_PATH = 107  # sun_path without its NUL
_MOST_CONNECTIONS = 200  # pcscd's own limit
_CHUNK = 0x11000  # one extended APDU with its header, in one call
_JOIN_SECONDS = 2.0
_STOP_SECONDS = 2.0  # what a card may take to end its command when the service stops
_WATCH_SECONDS = 50e-6
_YIELD: Callable[[], None] = getattr(os, "sched_yield", lambda: None)  # not everywhere


class ReaderServiceError(RuntimeError):
    """The service cannot start; the text says why and what to do."""


class EmbeddedService:
    """Shows ``slots`` to every PC/SC program started with ``environment``.

    ``path``: where the socket is made (default: in a private temporary directory); only this user can connect.
    ``idle_seconds``: how long a card keeps its power after the last program has disconnected from it (None: for
    ever); pcscd's is about as long. Raises ServiceError for readers that cannot be shown and from ``start``.
    """

    def __init__(
        self,
        slots: Sequence[Slot],
        path: str | os.PathLike[str] | None = None,
        *,
        idle_seconds: float | None = 0.5,
        report: Report = unheard,
    ) -> None:
        _check_names(slots)
        self._slots = tuple(slots)
        self._wanted_path = None if path is None else Path(path).absolute()
        self._idle_seconds = idle_seconds
        self._report = unfailing(report)
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._timers: set[threading.Timer] = set()
        self._desk: ClientDesk | None = None
        self._listener: socket.socket | None = None
        self._door: threading.Thread | None = None
        self._directory: Path | None = None
        self._path: Path | None = None
        self._identity = (0, 0)
        self._left: tuple[str, ...] = ()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots that are shown."""
        return self._slots

    @property
    def path(self) -> Path:
        """The socket's path, while started."""
        if self._path is None:
            raise ReaderServiceError("the PC/SC service is not running")
        return self._path

    @property
    def environment(self) -> dict[str, str]:
        """What a program's environment needs to find this service."""
        return {VARIABLE: str(self.path)}

    @property
    def left_behind(self) -> tuple[str, ...]:
        """The slots whose card had not ended its command when we stopped."""
        return self._left

    def start(self) -> Self:
        """Listen. Raises ServiceError: path too long, in use, not ours."""
        if self._listener is not None:
            raise ReaderServiceError("the PC/SC service is already running")
        if self._wanted_path is None:
            self._directory = Path(tempfile.mkdtemp(prefix="dualcos-"))
            path = self._directory / "pcscd.comm"
        else:
            path = self._wanted_path
        try:
            listener = _listen(path)
        except ReaderServiceError:
            self._drop_directory()
            raise
        self._path = path
        self._identity = _identity(path)
        self._listener = listener
        self._desk = ClientDesk(self._slots, self._later, self._idle_seconds, report=self._report)
        self._door = threading.Thread(target=self._accept, args=(listener, self._desk), name="pcsc-door", daemon=True)
        self._door.start()
        return self

    def stop(self) -> None:
        """Close every connection, take power from the cards, remove the socket. Harmless when not running.

        Waits a few seconds at most: a card that is still in a command then is reported in one line and left behind.
        """
        listener, desk, door = self._listener, self._desk, self._door
        if listener is None or desk is None or door is None or self._path is None:
            return
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the door's accept
        listener.close()
        door.join(_JOIN_SECONDS)
        with contextlib.suppress(OSError):
            if _identity(self._path) == self._identity:  # somebody else's by now otherwise
                self._path.unlink()
        self._drop_directory()
        with self._lock:
            connections = tuple(self._connections.items())
            timers = tuple(self._timers)
        for timer in timers:
            timer.cancel()
        # Before the connections: or one that goes would hand its transaction to one that goes next.
        self._left = tuple(desk.close(_STOP_SECONDS))
        for name in self._left:
            self._report(left_behind(name, _STOP_SECONDS))
        for connection, _ in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        until = monotonic() + _JOIN_SECONDS
        for _, thread in connections:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - monotonic()))
        self._listener = self._desk = self._door = self._path = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self, listener: socket.socket, desk: ClientDesk) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection, desk), name="pcsc", daemon=True)
            with self._lock:
                full = len(self._connections) >= _MOST_CONNECTIONS
                if not full:
                    self._connections[connection] = thread
            if full:
                self._report(f"refused a PC/SC client: {_MOST_CONNECTIONS} are connected")
                connection.close()
            else:
                thread.start()

    def _serve(self, connection: socket.socket, desk: ClientDesk) -> None:
        session = ClientSession(desk, _speaker(connection))
        try:
            _converse(connection, session)
        except (Misconduct, BrokenStream) as error:
            self._report(f"closed a PC/SC client's connection: {error}")
        except (OSError, Closed):
            pass  # the client is gone, or we are going
        finally:
            with self._lock:
                self._connections.pop(connection, None)
            connection.close()
            session.close()

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        def run() -> None:
            with self._lock:
                self._timers.discard(timer)
            call()

        timer = threading.Timer(seconds, run)
        timer.daemon = True
        with self._lock:
            self._timers.add(timer)
        timer.start()

    def _drop_directory(self) -> None:
        if self._directory is not None:
            with contextlib.suppress(OSError):
                self._directory.rmdir()
            self._directory = None


def _converse(connection: socket.socket, session: ClientSession) -> None:
    send, feed, answer = connection.sendall, RequestFramer().feed, session.answer
    soon = False
    while chunk := (_expect(connection) if soon else connection.recv(_CHUNK)):
        for request in feed(chunk):
            if words := answer(request):
                send(words)
            session.sent(request.code)
            soon = request.code == Code.TRANSMIT


def _expect(connection: socket.socket) -> bytes:
    """What comes next, where it is expected at once: one APDU follows another.

    Waking a sleeping thread on another core costs more than all the rest of an APDU; a short watch saves it (three
    times the rate on two cores), and yielding in between leaves the core to the client if there is only one.
    """
    until = perf_counter() + _WATCH_SECONDS
    while perf_counter() < until:
        try:
            return connection.recv(_CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            _YIELD()
    return connection.recv(_CHUNK)


def _speaker(connection: socket.socket) -> Callable[[bytes], None]:
    """Sends without waiting. A client too far behind to take an event is cut off: it would never catch up."""

    def deliver(words: bytes) -> None:
        try:
            if connection.send(words, socket.MSG_DONTWAIT) == len(words):
                return
        except OSError:
            pass
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    return deliver


def _check_names(slots: Sequence[Slot]) -> None:
    names = [slot.name for slot in slots]
    if not names or len(names) > MOST_READERS:
        raise ReaderServiceError(f"a PC/SC service shows 1 to {MOST_READERS} readers, not {len(names)}")
    if len(set(names)) != len(names):
        raise ReaderServiceError(f"two readers have the same name: {', '.join(sorted(names))}")
    for name in names:
        if len(name.encode()) > LONGEST_NAME:
            raise ReaderServiceError(f"reader name longer than {LONGEST_NAME} bytes: {name!r}")


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat(follow_symlinks=False)
    return status.st_dev, status.st_ino


def _listen(path: Path) -> socket.socket:
    raw = os.fsencode(path)
    if len(raw) > _LONGEST_PATH:
        raise ReaderServiceError(f"socket path has {len(raw)} bytes, PC/SC clients can use {_LONGEST_PATH}: {path}")
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Whoever can connect can use the card: the file must never exist with wider rights, not even before chmod.
        mask = os.umask(0o177)
        try:
            listener.bind(raw)
        finally:
            os.umask(mask)
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise ReaderServiceError(f"cannot listen on {path}: {error.strerror}") from None
    return listener


def _clear(path: Path) -> None:
    """Remove what a killed service left behind. Raises ServiceError if it is anything else."""
    try:
        mode = path.stat(follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ReaderServiceError(f"cannot use {path}: {error.strerror}") from None
    if not stat.S_ISSOCK(mode):
        raise ReaderServiceError(f"{path} exists and is not a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fsencode(path))
        except ConnectionRefusedError:
            pass
        except OSError as error:
            raise ReaderServiceError(f"{path} belongs to somebody else: {error.strerror}") from None
        else:
            raise ReaderServiceError(
                f"{path} is in use: another PC/SC service is listening there; stop it or choose another path"
            )
    try:
        path.unlink()
    except OSError as error:
        raise ReaderServiceError(f"cannot remove the stale socket {path}: {error.strerror}") from None
