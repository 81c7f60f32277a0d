"""A card that tells what passes it: the card itself, with every command and power event explained to a sink."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

from apdu.link import SmartCard
from dualcos.explain.explainer import Explainer, Happening
from firewall.hardware.power import PowerLoss
from firewall.trace import TraceBuffer

Sink = Callable[[Happening], None]
"""Takes each happening, in the thread that caused it and before the answer goes on."""


class TellingCard(SmartCard, Protocol):
    """A card that can say which of its environments is current."""

    @property
    def environment(self) -> str:
        """The environment's label; empty without power."""
        ...


class TracedCard:
    """``card`` as a ``SmartCard``; ``events`` is the buffer the card was made with. Answers as the card does.

    A power loss, and whatever else of ``silences`` the card raises instead of an answer, is told as silence and goes
    on as it came.
    """

    __slots__ = ("_card", "_events", "_explainer", "_silences", "_sink")

    def __init__(
        self,
        card: TellingCard,
        events: TraceBuffer,
        sink: Sink,
        explainer: Explainer | None = None,
        silences: tuple[type[BaseException], ...] = (),
    ) -> None:
        self._card = card
        self._events = events
        self._sink = sink
        self._explainer = explainer or Explainer()
        self._silences: tuple[type[BaseException], ...] = (PowerLoss, *silences)

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        before = self._card.environment
        self._events.take()
        try:
            answer = self._card.exchange(command)
        except self._silences as silence:
            self._silent(command, silence)
            raise
        told = self._explainer.exchange(
            command, answer, before=before, after=self._card.environment, events=self._events.take()
        )
        self._sink(told)
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
        self._sink(self._explainer.power("off", events=self._events.take()))

    @property
    def atr(self) -> bytes:
        """As the card; nothing is told."""
        return self._card.atr

    @property
    def environment(self) -> str:
        """As the card."""
        return self._card.environment

    def _start(self, kind: Literal["cold", "warm"], start: Callable[[], bytes]) -> bytes:
        self._events.take()
        try:
            atr = start()
        except self._silences as silence:
            self._silent(b"", silence)
            raise
        self._sink(self._explainer.power(kind, atr, self._events.take()))
        return atr

    def _silent(self, command: bytes, why: BaseException) -> None:
        text = "power was lost" if isinstance(why, PowerLoss) else str(why)
        self._sink(self._explainer.silence(command, text, self._events.take()))
