"""Whoever listens at a port and says what no host would say."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from dualcos.messages.length_frames import LengthFrames

LOCAL = "127.0.0.1"


@contextmanager
def listening(*conversations: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port at which each connection has its conversation. Whatever happens, all of it ends."""
    listener = socket.create_server((LOCAL, 0))
    connections: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            for converse in conversations:
                connection, _ = listener.accept()
                connections.append(connection)
                with connection:
                    converse(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        for each in (listener, *connections):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        thread.join(5)


def stranger(*answers: bytes | None) -> AbstractContextManager[int]:
    """Whoever listens there sends these for each request; None: it hangs up."""

    def converse(connection: socket.socket) -> None:
        frames = LengthFrames()
        while data := connection.recv(1 << 16):
            for answer in answers if frames.fed(data) else ():
                if answer is None:
                    return
                connection.sendall(answer)

    return listening(converse)
