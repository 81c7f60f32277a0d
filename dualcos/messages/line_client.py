"""The terminal's end of the acquirer link over TCP: an ``AcquirerLine`` behind a connection."""

from __future__ import annotations

import time
from collections.abc import Callable

from dualcos.messages.acquirer_messages import Answering, NoLineAnswer
from dualcos.messages.framed_connection import ConnectionSilent, FramedConnection

PATIENCE_ON_LINE = 60.0
"""Seconds: terminals wait a minute."""


class TcpLine:
    """An acquirer at an address (``FramedConnection``). Use it in one thread at a time."""

    def __init__(
        self, host: str, port: int, patience: float = PATIENCE_ON_LINE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection = FramedConnection(host, port, patience, clock)

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        """The first payload that ``belongs``; others are passed over. Raises NoLineAnswer."""
        try:
            return self._connection.asked(payload, belongs)
        except ConnectionSilent as error:
            raise NoLineAnswer(str(error), sent=error.sent) from None

    def close(self) -> None:
        """Hang up; the next request connects again."""
        self._connection.close()
