"""A line that leads no further than this process."""

from __future__ import annotations

from collections.abc import Callable

from dualcos.messages.acquirer_messages import Answering, NoLineAnswer


class LineInProcess:
    """An ``AcquirerLine`` to ``answered``, which gives the payload that goes back, empty for none."""

    def __init__(self, answered: Callable[[bytes], bytes]) -> None:
        self._answered = answered

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        """See ``AcquirerLine``. Raises whatever ``answered`` does, too."""
        answer = self._answered(payload)
        if not belongs(answer):
            raise NoLineAnswer("no answer that belongs to what was asked")
        return answer
