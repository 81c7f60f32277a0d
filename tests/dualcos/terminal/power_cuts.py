"""Power that goes in the middle of a host's write."""

from __future__ import annotations


class PowerCut(Exception):
    """The power of a host goes; where it was is what is said."""


class PowerMeter:
    """Counts durable writes; the power goes at number ``cut_at`` from 0: before it is on disk, or right after."""

    def __init__(self) -> None:
        self.writes = 0
        self.cut_at: tuple[int, bool] | None = None

    def before(self, what: str = "write") -> None:
        """All of a write was said, nothing of it is on disk."""
        self.writes += 1
        if self.cut_at == (self.writes - 1, False):
            raise PowerCut(f"{what}, not on disk")

    def behind(self, what: str = "write") -> None:
        """It is on disk; nobody has been told."""
        if self.cut_at == (self.writes - 1, True):
            raise PowerCut(f"{what}, on disk")
