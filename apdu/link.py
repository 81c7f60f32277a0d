"""What a terminal, a reader and a test see of a card: four calls and bytes.

Everything that holds a card (in process, our own PC/SC service, vpcd, a real reader through pyscard) is a
``SmartCard``; everything that only sends commands needs no more than ``Link``.
"""

from __future__ import annotations

from typing import Protocol


class Link(Protocol):
    """Somewhere a command APDU can be sent."""

    def exchange(self, command: bytes) -> bytes:
        """Send one command APDU and return the answer: data, SW1, SW2 (at least two bytes)."""
        ...


class SmartCard(Link, Protocol):
    """A card in a reader's contacts."""

    def power_on(self) -> bytes:
        """Apply power (cold reset); all volatile state is new. Returns the ATR."""
        ...

    def reset(self) -> bytes:
        """Warm reset: the same, power stays on. Returns the ATR."""
        ...

    def power_off(self) -> None:
        """Remove power; harmless when already off."""
        ...

    @property
    def atr(self) -> bytes:
        """The ATR the next reset will give; reading it has no side effect."""
        ...
