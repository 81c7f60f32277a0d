"""The terminal's end of the social services over TCP: a ``SocialBackEnd`` behind a connection."""

from __future__ import annotations

import time
from collections.abc import Callable

from dualcos.messages.framed_connection import PATIENCE, ConnectionSilent, FramedConnection
from dualcos.messages.social_codec import UnreadableMessage, answer_in, written
from dualcos.messages.social_services import Answer, NoAnswer, Request


class TcpBackEnd:
    """A back end at an address (``FramedConnection``). Use it in one thread at a time."""

    def __init__(
        self, host: str, port: int, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connection = FramedConnection(host, port, patience, clock)

    def ask(self, request: Request) -> Answer:
        """The answer with the request's running number; others, and what is none, are passed over. Raises NoAnswer."""

        def belongs(payload: bytes) -> bool:
            try:
                return answer_in(payload).running == request.running
            except UnreadableMessage:
                return False

        try:
            return answer_in(self._connection.asked(written(request), belongs))
        except ConnectionSilent as error:
            raise NoAnswer(str(error), sent=error.sent) from None

    def close(self) -> None:
        """Hang up; the next request connects again."""
        self._connection.close()
