"""A partner on the leash behind TCP: a thread for each connection, a ``LeashedPartner`` in each."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

from dualcos.leash.leashed_partner import CloseConnection, LeashedPartner, SendAnswer, Step, WaitSeconds
from dualcos.leash.message_form import MessageForm
from dualcos.messages.length_frames import LengthFrames, framed

Q = TypeVar("Q")
A = TypeVar("A")
_PIECE = 1 << 16
_LAST_SECONDS, _LOOK_SECONDS = 5.0, 0.5
_LAST_PORT = 0xFFFF
LOCAL = "127.0.0.1"


class ConnectionLimits(NamedTuple):
    """``connections``: so many at once; one more takes the place of the oldest that has never asked anything, and is
    closed at once if there is none. ``idle``: seconds after which one is closed that says nothing or takes nothing: a
    terminal connects again when it has something to ask.
    """

    connections: int = 200
    idle: float = 600


LIMITS = ConnectionLimits()


class LeashServerError(Exception):
    """The server cannot listen; says where and why."""


class LeashServer(Generic[Q, A]):
    """Listens from when it is made until ``close``. A context manager.

    ``partner``: makes the partner of a connection. ``port`` 0: any free one, then in ``port``. ``report``: one line for
    what went wrong in a connection, which is closed while the others go on, for a frame that holds no request, and once
    for each time in which connections cannot be taken. ``sleep``: waits so many seconds, or until the server is closed.
    Raises LeashServerError.
    """

    def __init__(
        self,
        partner: Callable[[], LeashedPartner[Q, A]],
        form: MessageForm[Q, A],
        *,
        host: str = LOCAL,
        port: int = 0,
        report: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], object] | None = None,
        limits: ConnectionLimits = LIMITS,
    ) -> None:
        self._partner = partner
        self._form = form
        self._report = report
        self._closing = threading.Event()
        self._sleep = sleep or self._closing.wait
        self._limits = limits
        self._refusing = False  # and it has been said
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._silent: dict[socket.socket, None] = {}  # those of them that have never asked anything, oldest first
        if not 0 <= port <= _LAST_PORT:
            raise LeashServerError(f"{address_of(host, port)}: ports are from 0 to {_LAST_PORT}")
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
            self._listening = socket.create_server((host, port), family=family)
        except (OSError, ValueError) as error:  # ValueError: no name of a host
            why = getattr(error, "strerror", None) or "no name of a host"
            raise LeashServerError(f"{address_of(host, port)}: {why}") from None
        self._listening.settimeout(_LOOK_SECONDS)
        self.port: int = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="leash-accept")
        self._accepting.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """No connection is open on return, and none is taken any more. What was being carried out has been, if it took
        no longer than some seconds; what takes longer goes on in its thread, and ``report`` is told.
        """
        self._closing.set()
        _hang_up(self._listening)
        self._accepting.join()
        with self._lock:
            still = dict(self._open)
        for connection in still:
            _hang_up(connection)
        end = time.monotonic() + _LAST_SECONDS
        for thread in still.values():
            thread.join(max(0.0, end - time.monotonic()))
        if working := sum(thread.is_alive() for thread in still.values()):
            self._report(f"{working} requests are still being carried out 仍在执行")

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listening.accept()
            except TimeoutError:  # where hanging up does not wake who accepts, he looks for himself
                continue
            except OSError as error:
                if not self._closing.is_set():
                    self._refuse(f"no connection can be taken, waiting: {error.strerror or error}")
                    self._closing.wait(_LOOK_SECONDS)
                continue
            if not self._taken(connection):
                _hang_up(connection)

    def _taken(self, connection: socket.socket) -> bool:
        """False if there is no room for another one."""
        thread = threading.Thread(target=self._serve, args=(connection,), name="leash-connection")
        with self._lock:
            if len(self._open) >= self._limits.connections and self._silent:
                oldest = next(iter(self._silent))
                self._forget(oldest)
                _hang_up(oldest)
            room = len(self._open) < self._limits.connections
            if room:
                self._open[connection] = thread
                self._silent[connection] = None
        if not room:
            self._refuse(f"{self._limits.connections} connections are open, and more are closed at once")
            return False
        try:
            connection.settimeout(self._limits.idle)
            thread.start()
        except (OSError, RuntimeError) as error:  # RuntimeError: the system has no thread left
            with self._lock:
                self._forget(connection)
            self._refuse(f"no connection can be taken: {error}")
            return False
        self._refusing = False
        return True

    def _refuse(self, line: str) -> None:
        if not self._refusing:
            self._refusing = True
            self._report(line)

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._converse(connection)
        except OSError:
            pass  # the other end is gone, or idle
        except Exception as error:
            self._report(f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._forget(connection)
            _hang_up(connection)

    def _forget(self, connection: socket.socket) -> None:
        self._open.pop(connection, None)
        self._silent.pop(connection, None)

    def _converse(self, connection: socket.socket) -> None:
        partner, frames = self._partner(), LengthFrames()
        while data := connection.recv(_PIECE):
            for payload in frames.fed(data):
                with self._lock:
                    self._silent.pop(connection, None)
                if not self._carry_out(connection, self._steps(partner, payload)):
                    return

    def _steps(self, partner: LeashedPartner[Q, A], payload: bytes) -> Iterable[Step[A]]:
        request = self._form.read(payload)
        if request is not None:
            return partner.steps(request)
        self._report(f"unreadable 报文无法识别, {len(payload)} bytes: {self._form.why_unreadable(payload)}")
        return (SendAnswer(self._form.unreadable(payload)),)

    def _carry_out(self, connection: socket.socket, steps: Iterable[Step[A]]) -> bool:
        """False if the connection is to be closed."""
        for step in steps:
            if isinstance(step, WaitSeconds):
                self._sleep(step.seconds)
            elif isinstance(step, SendAnswer):
                connection.sendall(framed(self._form.written(step.answer)))
            elif isinstance(step, CloseConnection):
                return False
            if self._closing.is_set():
                return False
        return True


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # it may be closed at the other end already
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def address_of(host: str, port: int) -> str:
    """As it is written: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
