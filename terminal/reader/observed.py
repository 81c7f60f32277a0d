"""A card with a listener: every power event and every command with its answer, after the fact.

A wrapper and not a hook inside the transports: where nobody listens, nothing is paid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from apdu.link import SmartCard
from terminal.reader.silence import CardGone, CardMute

Cause = Literal["cold", "warm"]


class Started(NamedTuple):
    """The card was reset and gave its ATR."""

    cause: Cause
    atr: bytes


class Stopped(NamedTuple):
    """Power was taken away."""


class Exchanged(NamedTuple):
    """One command and its answer (data, SW1, SW2)."""

    command: bytes
    answer: bytes


class Silent(NamedTuple):
    """No answer: ``command`` is empty if it was a reset that failed."""

    command: bytes
    reason: str


Event = Started | Stopped | Exchanged | Silent
Observer = Callable[[Event], None]


class Observed:
    """``card``, with every event told to ``observer`` in the thread that caused it."""

    __slots__ = ("_card", "_observer")

    def __init__(self, card: SmartCard, observer: Observer) -> None:
        self._card = card
        self._observer = observer

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        try:
            answer = self._card.exchange(command)
        except (CardMute, CardGone) as silence:
            self._observer(Silent(command, str(silence)))
            raise
        self._observer(Exchanged(command, answer))
        return answer

    def power_on(self) -> bytes:
        """As the card."""
        return self._start("cold", self._card.power_on)

    def reset(self) -> bytes:
        """As the card."""
        return self._start("warm", self._card.reset)

    def power_off(self) -> None:
        """As the card."""
        self._card.power_off()
        self._observer(Stopped())

    @property
    def atr(self) -> bytes:
        """As the card."""
        return self._card.atr

    def _start(self, cause: Cause, action: Callable[[], bytes]) -> bytes:
        try:
            atr = action()
        except (CardMute, CardGone) as silence:
            self._observer(Silent(b"", str(silence)))
            raise
        self._observer(Started(cause, atr))
        return atr
