"""What has passed a card so far, for whoever rebuilds session keys and random numbers from the wire (会话历史).

Answers that came in pieces (61xx, GET RESPONSE) stand behind the command that they answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.status import StatusWord
from dualcos.explain.command_names import INS_GET_CHALLENGE, INS_GET_RESPONSE
from dualcos.explain.tracker import Spot

_KEPT = 400
_SELECT = 0xA4


class PastExchange(NamedTuple):
    """One command and its whole answer. ``run``: how many resets came before. It holds PINs if the command did."""

    run: int
    spot: Spot
    command: CommandAPDU
    data: bytes
    sw: StatusWord

    @property
    def done(self) -> bool:
        """True if the card did as it was told."""
        return self.sw.is_success or self.sw.sw1 in (0x61, 0x62)

    def __repr__(self) -> str:
        return f"PastExchange({self.command.ins:02X} -> {self.sw})"


class SessionHistory:
    """The last exchanges of one card, in order. Keeps what a session needs, and random numbers of the ones before."""

    __slots__ = ("_past", "_run", "atr")

    def __init__(self) -> None:
        self.atr = b""  # of the last reset
        self._past: deque[PastExchange] = deque(maxlen=_KEPT)
        self._run = 0

    def restart(self, atr: bytes = b"") -> None:
        """A reset that was answered with ``atr``, or silence."""
        self._run += 1
        self.atr = atr or self.atr

    def add(self, spot: Spot, command: CommandAPDU, data: bytes, sw: StatusWord) -> None:
        """Take in one exchange, that stood at ``spot`` before its command."""
        last = self._past[-1] if self._past else None
        if command.ins == INS_GET_RESPONSE and last is not None and last.run == self._run and last.sw.sw1 in _WAITS:
            if sw.is_success or sw.sw1 in _WAITS:
                self._past[-1] = last._replace(data=last.data + data, sw=sw)
            return
        self._past.append(PastExchange(self._run, spot, command, data, sw))

    def since_reset(self) -> Iterator[PastExchange]:
        """Of this session, the newest first."""
        return (each for each in reversed(self._past) if each.run == self._run)

    def all(self) -> Iterator[PastExchange]:
        """All that is kept, the newest first."""
        return reversed(self._past)

    def challenges(self, environment: str, *, older: bool = False) -> Iterator[bytes]:
        """Random numbers that GET CHALLENGE brought in ``environment``, the newest first; ``older``: of sessions before
        and other environments as well.
        """
        for past in self.all() if older else self.since_reset():
            if past.command.ins == INS_GET_CHALLENGE and past.done and (older or past.spot.environment == environment):
                yield past.data

    def last(self, ins: int, environment: str) -> PastExchange | None:
        """The newest command of that instruction in this session that was carried out in ``environment``."""
        return next(
            (
                past
                for past in self.since_reset()
                if past.command.ins == ins and past.done and past.spot.environment == environment
            ),
            None,
        )


_WAITS = frozenset((0x61, 0x62))
