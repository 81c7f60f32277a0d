"""Traces: write-only from inside, one per environment, merged outside by the card.

Events carry references and check values, never keys or PINs. The null sink is the default: code notes, it never
asks whether anybody listens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol


class Reason(NamedTuple):
    """Why a command was refused, for a person: ``gate`` that refused, what was missing, the clause."""

    gate: str
    text: str
    clause: str = ""


class Refused(NamedTuple):
    """A command was refused with ``sw``."""

    command: str
    sw: int
    reason: Reason


class Noted(NamedTuple):
    """Something worth telling that is not a refusal: a decision, a bit set, a file touched."""

    topic: str
    text: str


Event = Refused | Noted


class Trace(Protocol):
    """Where an environment writes its events. There is no way to read."""

    def note(self, event: Event) -> None:
        """Add one event."""
        ...


class NullTrace:
    """Forgets everything."""

    __slots__ = ()

    def note(self, event: Event) -> None:
        """Do nothing."""


class TraceBuffer:
    """Collects ``(environment, event)`` in order for the holder of the card; ``writer`` gives the sinks."""

    __slots__ = ("_events",)

    def __init__(self) -> None:
        self._events: list[tuple[str, Event]] = []

    def writer(self, environment: str) -> Trace:
        """The write-only end for one environment."""
        return _Writer(self._events.append, environment)

    def take(self) -> tuple[tuple[str, Event], ...]:
        """All events since the last call."""
        events = tuple(self._events)
        self._events.clear()
        return events


class _Writer:
    __slots__ = ("_append", "_environment")

    def __init__(self, append: Callable[[tuple[str, Event]], None], environment: str) -> None:
        self._append = append
        self._environment = environment

    def note(self, event: Event) -> None:
        self._append((self._environment, event))
