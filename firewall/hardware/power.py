"""Power as the non-volatile cells see it: every programmed byte is a tick, and power can end at any tick."""

from __future__ import annotations


class PowerLoss(BaseException):
    """Power went away. A BaseException, so that no handler's ``except Exception`` can swallow it."""


class PowerRail:
    """Counts ticks of all partitions of one chip; ``cut_after`` arms one power loss.

    The rail is the only thing environments share, and it tells them nothing.
    """

    __slots__ = ("_left", "ticks")

    def __init__(self) -> None:
        self.ticks = 0
        self._left: int | None = None

    def cut_after(self, ticks: int | None) -> None:
        """Lose power after ``ticks`` more ticks (0: at the next one); None disarms."""
        self._left = ticks

    @property
    def armed(self) -> bool:
        """True while a power loss is to come."""
        return self._left is not None

    def spend(self, ticks: int) -> int:
        """How many of ``ticks`` still happen before power ends; fewer than asked means power is gone.

        The caller does that much of its work and raises PowerLoss.
        """
        left = self._left
        if left is None:
            self.ticks += ticks
            return ticks
        done = min(ticks, left)
        self.ticks += done
        self._left = left - done if done == ticks else None
        return done
