"""The random number a command gives out and another one uses up."""

from __future__ import annotations

from firewall.hardware.randomness import Rng


class Challenge:
    """The last random number of one session: only the last counts, and it serves once (SSC-5 §6.5)."""

    __slots__ = ("_rng", "_value")

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._value: bytes | None = None

    def draw(self, length: int) -> bytes:
        """A new one of ``length`` bytes; the one before is worth nothing from now on."""
        self._value = self._rng.bytes(length)
        return self._value

    def take(self) -> bytes | None:
        """The number, used up by this call whatever becomes of the command; None if there is none."""
        value, self._value = self._value, None
        return value

    def drop(self) -> None:
        """Forget it: the directory it was drawn in was left."""
        self._value = None
