"""A partner on the leash behind TCP: a thread for each connection, a ``LeashedPartner`` in each."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

from dualcos.leash.leashed_partner import CloseConnection, LeashedPartner, SendAnswer, Step, WaitSeconds
from dualcos.leash.message_form import MessageForm
from dualcos.messages.length_frames import LengthFrames, framed

Q = TypeVar("Q")
A = TypeVar("A")
_PIECE = 1 << 16
_LAST_SECONDS, _LOOK_SECONDS = 5.0, 0.5
_LAST_PORT = 0xFFFF
LOCAL = "127.0.0.1"


class LeashServerError(Exception):
    """The server cannot listen; says where and why."""


class LeashServer(Generic[Q, A]):
    """Listens from when it is made until ``close``. A context manager.

    ``partner``: makes the partner of a connection. ``port`` 0: any free one, then in ``port``. ``report``: one line for
    what went wrong in a connection; that connection is closed, the others go on. ``sleep``: waits so many seconds, or
    until the server is closed. Raises LeashServerError.
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
    ) -> None:
        self._partner = partner
        self._form = form
        self._report = report
        self._closing = threading.Event()
        self._sleep = sleep or self._closing.wait
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        if not 0 <= port <= _LAST_PORT:
            raise LeashServerError(f"{host}:{port}: ports are from 0 to {_LAST_PORT}")
        try:
            self._listening = socket.create_server((host, port))
        except OSError as error:
            raise LeashServerError(f"{host}:{port}: {error.strerror or error}") from None
        self._listening.settimeout(_LOOK_SECONDS)
        self.port: int = self._listening.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="leash-accept")
        self._accepting.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """No connection is open and no thread is running on return; what was being carried out has been."""
        self._closing.set()
        _hang_up(self._listening)
        self._accepting.join()
        with self._lock:
            still = dict(self._open)
        for connection in still:
            _hang_up(connection)
        for thread in still.values():
            thread.join(_LAST_SECONDS)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listening.accept()
            except TimeoutError:  # where hanging up does not wake who accepts, he looks for himself
                continue
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), name="leash-connection")
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._converse(connection)
        except OSError:
            pass  # the other end is gone
        except Exception as error:
            self._report(f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._open.pop(connection, None)
            _hang_up(connection)

    def _converse(self, connection: socket.socket) -> None:
        partner, frames = self._partner(), LengthFrames()
        while data := connection.recv(_PIECE):
            for payload in frames.fed(data):
                if not self._carry_out(connection, self._steps(partner, payload)):
                    return

    def _steps(self, partner: LeashedPartner[Q, A], payload: bytes) -> Iterable[Step[A]]:
        request = self._form.read(payload)
        return (SendAnswer(self._form.unreadable(payload)),) if request is None else partner.steps(request)

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
