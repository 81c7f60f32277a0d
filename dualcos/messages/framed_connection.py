"""A connection over TCP on which frames go out and come in: what the clients of all hosts have in common."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress

from dualcos.messages.length_frames import LengthFrames, TooLong, framed

_PIECE = 1 << 16
_LAST_PORT = 0xFFFF
PATIENCE = 5.0
"""Seconds."""


class ConnectionSilent(Exception):
    """No answer came; says from where and why. ``sent``: the request may have reached the other end."""

    def __init__(self, words: str, *, sent: bool = True) -> None:
        super().__init__(words)
        self.sent = sent


class FramedConnection:
    """A host at an address; connects when it is first asked, and again where the connection was lost.

    ``patience``: seconds for one request, connecting included. Use it in one thread at a time.
    """

    def __init__(
        self, host: str, port: int, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._at = host, port
        self._patience = patience
        self._clock = clock
        self._socket: socket.socket | None = None
        self._frames = LengthFrames()

    def asked(self, payload: bytes, belongs: Callable[[bytes], bool]) -> bytes:
        """The first payload that ``belongs``; others are passed over. Raises ConnectionSilent."""
        end = self._clock() + self._patience
        try:
            frame = framed(payload)
        except TooLong as error:
            raise ConnectionSilent(str(error), sent=False) from None
        connection = self._connected()
        try:
            connection.settimeout(self._left(end))
            connection.sendall(frame)
        except OSError as error:
            self.close()
            raise ConnectionSilent(f"{self._name}: {error.strerror or error}") from None
        return self._awaited(connection, belongs, end)

    def close(self) -> None:
        """Hang up; the next request connects again."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        self._socket, self._frames = None, LengthFrames()

    @property
    def _name(self) -> str:
        return f"{self._at[0]}:{self._at[1]}"

    def _left(self, end: float) -> float:
        return max(0.001, end - self._clock())

    def _connected(self) -> socket.socket:
        """A connection that the other end has not closed, as far as this one knows; what lay in it is passed over."""
        if self._socket is not None and not self._emptied(self._socket):
            self.close()
        if not 0 < self._at[1] <= _LAST_PORT:
            raise ConnectionSilent(f"{self._name}: ports are from 1 to {_LAST_PORT}", sent=False)
        if self._socket is None:
            try:
                self._socket = socket.create_connection(self._at, timeout=self._patience)
            except (OSError, ValueError) as error:  # ValueError: no name of a host
                why = getattr(error, "strerror", None) or "no name of a host"
                raise ConnectionSilent(f"{self._name}: {why}", sent=False) from None
        return self._socket

    def _emptied(self, connection: socket.socket) -> bool:
        try:
            connection.setblocking(False)
            while data := connection.recv(_PIECE):
                self._frames.fed(data)
        except BlockingIOError:
            return self._frames.between
        except OSError:
            return False
        return False

    def _awaited(self, connection: socket.socket, belongs: Callable[[bytes], bool], end: float) -> bytes:
        while self._clock() < end:
            try:
                connection.settimeout(self._left(end))
                data = connection.recv(_PIECE)
            except TimeoutError:
                break
            except OSError as error:
                self.close()
                raise ConnectionSilent(f"{self._name}: {error.strerror or error}") from None
            if not data:
                self.close()
                raise ConnectionSilent(f"{self._name}: the connection was closed before an answer came")
            for payload in self._frames.fed(data):
                if belongs(payload):
                    return payload
        raise ConnectionSilent(f"{self._name}: no answer within {self._patience:g} seconds")
