"""Random numbers of the chip. One independent stream per environment, forked by label.

A generator shared between environments is a covert channel: how far it has run tells what the other did.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Protocol


class Rng(Protocol):
    """A stream of random bytes."""

    def bytes(self, length: int) -> bytes:
        """The next ``length`` random bytes."""
        ...

    def fork(self, label: str) -> Rng:
        """An independent stream; the same label gives the same stream again."""
        ...

    @property
    def position(self) -> int:
        """How far the stream has run; with the seed it is the whole state."""
        ...

    def seek(self, position: int) -> None:
        """Go to a position read before."""
        ...


class SeededRng:
    """SHAKE-256 over seed and position (8 bytes, big-endian): the same seed gives the same bytes on every machine."""

    __slots__ = ("_position", "_seed")

    def __init__(self, seed: bytes) -> None:
        self._seed = hashlib.sha256(b"dualcos rng" + seed).digest()
        self._position = 0

    def bytes(self, length: int) -> bytes:
        """The next ``length`` bytes."""
        self._position += 1
        return hashlib.shake_256(self._seed + self._position.to_bytes(8)).digest(length)

    def fork(self, label: str) -> SeededRng:
        """The stream of ``label`` under this seed."""
        return SeededRng(self._seed + label.encode())

    @property
    def position(self) -> int:
        """Number of draws so far."""
        return self._position

    def seek(self, position: int) -> None:
        """Continue behind draw number ``position``."""
        self._position = position


class SystemRng:
    """The operating system's generator: what a card in daily use has."""

    __slots__ = ()

    def bytes(self, length: int) -> bytes:
        """``length`` unpredictable bytes."""
        return secrets.token_bytes(length)

    def fork(self, label: str) -> SystemRng:  # noqa: ARG002 - every label is independent already
        """Another handle on the same unpredictable source."""
        return self

    @property
    def position(self) -> int:
        """Always 0: there is no state to keep."""
        return 0

    def seek(self, position: int) -> None:
        """Nothing to go back to."""
