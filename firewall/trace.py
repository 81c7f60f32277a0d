"""Traces: write-only from inside, one per environment, merged outside by the card.

Events carry references and check values, never keys or PINs. The null sink is the default: code notes, it never
asks whether anybody listens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

Datum = int | str | bytes | Enum | tuple[Any, ...] | None
"""What a reason may carry: numbers, names, bytes, members of an enumeration, named tuples of these. Never a secret."""

_NOTHING: Mapping[str, Datum] = MappingProxyType({})


class Setting(NamedTuple):
    """A choice of the COS maker that a refusal rests on: its ``path`` in a profile, what it is ``now``, and the value
    that it ``would`` be answered under; None: some other value has only another status word for the same refusal.
    """

    path: str
    now: int | str
    would: int | str | None = None


class Reason(NamedTuple):
    """Why a command was refused: the ``gate`` that refused, ``why`` as the short phrase that names it, the clause.

    ``about``: what it is about, as data; what a rule asks for is called ``needed``, what would have been right
    ``expected``, what came ``received``. ``settings``: which choices decided. The words for a person are made of it
    outside (``explain``).
    """

    gate: str
    why: str
    clause: str = ""
    about: Mapping[str, Datum] = _NOTHING
    settings: tuple[Setting, ...] = ()


_IN_HEX = frozenset(("key", "fid", "directory", "sfi", "kind", "kid", "version", "identifier", "algorithm", "index"))


class Reasoned(Exception):
    """An error that becomes a refusal where it is caught: ``why``, ``about`` and ``settings`` as in ``Reason``.

    As text it is a plain line, for hosts and tools: the phrase and the data, "no such file: fid EF05, directory DF01".
    """

    def __init__(self, why: str, /, **about: Datum) -> None:
        super().__init__(why)
        self.why = why
        self.about = about
        self.settings: tuple[Setting, ...] = ()

    def __str__(self) -> str:
        told = ", ".join(f"{name} {_plain(name, value)}" for name, value in self.about.items())
        return f"{self.why}: {told}" if told else self.why


def _plain(name: str, value: Datum) -> str:
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return "/".join(_plain(name, each) for each in value)
    return f"{value:02X}" if isinstance(value, int) and name in _IN_HEX else str(value)


class Refused(NamedTuple):
    """A command was refused with ``sw``."""

    command: str
    sw: int
    reason: Reason


class Noted(NamedTuple):
    """Something worth telling that is not a refusal: a decision, a bit set, a file touched.

    ``text``: in words, or as the value that ``explain`` puts into words.
    """

    topic: str
    text: str | tuple[object, ...]


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
        if not self._events:  # the rule, after a command that was carried out
            return ()
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
