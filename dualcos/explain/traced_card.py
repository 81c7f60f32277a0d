"""A card that keeps what passes it: the card itself, with a raw record of every command and power event to a sink."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol

from apdu.link import AroundCard, SmartCard
from dualcos.explain.raw_record import RawExchange, RawPower, RawRecord, RawSilence
from firewall.hardware.power import PowerLoss
from firewall.trace import TraceBuffer

Sink = Callable[[RawRecord], object]
"""Takes each record, in the thread that caused it and before the answer goes on. It cannot change the answer."""
Clock = Callable[[], float]
"""Seconds since 1970."""
POWER_LOST = "power was lost"
"""Why a card that lost its power was silent."""
# What an observer may raise; PowerLoss is another card's. KeyboardInterrupt and SystemExit end the program.
_FAILURES = (Exception, PowerLoss)


def no_clock() -> float:
    """Nobody looked."""
    return 0.0


class TellingCard(SmartCard, Protocol):
    """A card that can say which of its environments is current, or that nobody knows."""

    @property
    def environment(self) -> str | None:
        """The environment's label; empty without power, None if that is not known."""
        ...


class TracedCard(AroundCard[TellingCard]):
    """``card`` as a ``SmartCard``; ``events`` is the buffer the card was made with. Answers as the card does.

    A power loss, and whatever else of ``silences`` the card raises instead of an answer, is told as silence and goes
    on as it came. Nothing is explained here: an ``Explainer`` reads the records, in order, when somebody wants words.

    Whatever ``sink`` or ``clock`` raises is a RuntimeWarning and nothing more: the answer is the card's, and the next
    record is told again. KeyboardInterrupt and SystemExit pass, with the command done and its answer lost.

    From now on the card is used through this alone: where it stands before a command is where the last one left it.
    """

    __slots__ = ("_events", "_silences", "_sink", "_stands", "_watch")

    def __init__(
        self,
        card: TellingCard,
        events: TraceBuffer,
        sink: Sink,
        *,
        clock: Clock = no_clock,
        silences: tuple[type[BaseException], ...] = (),
    ) -> None:
        super().__init__(card)
        self._events = events
        self._sink = sink
        self._watch = clock
        self._silences: tuple[type[BaseException], ...] = (PowerLoss, *silences)
        self._stands = card.environment
        events.take()

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        before = self._stands
        try:
            answer = self.card.exchange(command)
        except BaseException as fault:
            self._failed(command, fault, before)
            raise
        self._stands = after = self.card.environment
        self._tell(RawExchange(command, answer, before, after, self._events.take(), self._now()))
        return answer

    def power_on(self) -> bytes:
        """As the card."""
        return self._start("cold", self.card.power_on)

    def reset(self) -> bytes:
        """As the card."""
        return self._start("warm", self.card.reset)

    def power_off(self) -> None:
        """As the card."""
        self.card.power_off()
        self._stands = self.card.environment
        self._tell(RawPower("off", b"", self._events.take(), self._now()))

    @property
    def environment(self) -> str | None:
        """As the card."""
        return self.card.environment

    def _start(self, kind: Literal["cold", "warm"], start: Callable[[], bytes]) -> bytes:
        try:
            atr = start()
        except BaseException as fault:
            self._failed(b"", fault)
            raise
        self._stands = self.card.environment
        self._tell(RawPower(kind, atr, self._events.take(), self._now()))
        return atr

    def _failed(self, command: bytes, fault: BaseException, before: str | None = None) -> None:
        """Silence is told. Anything else is a bug, of which whoever supervises the card tells."""
        events, self._stands = self._events.take(), self.card.environment
        if isinstance(fault, self._silences):
            why = POWER_LOST if isinstance(fault, PowerLoss) else str(fault)
            self._tell(RawSilence(command, why, before, events, self._now()))

    def _tell(self, record: RawRecord) -> None:
        try:
            self._sink(record)
        except _FAILURES as failure:
            _unheard(failure)

    def _now(self) -> float:
        try:
            return self._watch()
        except _FAILURES as failure:
            _unheard(failure)
            return no_clock()


class OverheardCard(AroundCard[SmartCard]):
    """A card that tells nothing but its answers, as one in a real reader; each goes to ``sink``, and that there was
    none: after a command as silence, after a reset as one without ATR.
    """

    __slots__ = ("_sink",)

    def __init__(self, card: SmartCard, sink: Sink) -> None:
        super().__init__(card)
        self._sink = sink

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        try:
            answer = self.card.exchange(command)
        except BaseException:
            self._sink(RawSilence(command, ""))
            raise
        self._sink(RawExchange(command, answer))
        return answer

    def power_on(self) -> bytes:
        """As the card."""
        return self._started("cold", self.card.power_on)

    def reset(self) -> bytes:
        """As the card."""
        return self._started("warm", self.card.reset)

    def _started(self, kind: Literal["cold", "warm"], start: Callable[[], bytes]) -> bytes:
        try:
            atr = start()
        except BaseException:
            self._sink(RawPower(kind))
            raise
        self._sink(RawPower(kind, atr))
        return atr


def _unheard(failure: BaseException) -> None:
    with suppress(Exception):  # where warnings are errors
        warnings.warn(f"an observer of the card failed: {type(failure).__name__}", RuntimeWarning, stacklevel=4)
