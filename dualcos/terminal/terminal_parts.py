"""The parts that every terminal has (SSC-8 §6, PBOC-6 §5): display, keyboard, clock. Devices or scripts stand in.

PIN pads are each kind's own: a holder has two PINs. A card interface is a ``SmartCard`` that raises ``CardGone`` and
``CardMute``: a slot of ours or a PC/SC reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class PartText(NamedTuple):
    """One text for people, in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en}"


def in_yuan(fen: int) -> str:
    """An amount as people write it."""
    return f"{fen // 100}.{fen % 100:02d}"


class Display(Protocol):
    """显示器. Shows Chinese (SSC-8 §6.2.1)."""

    def show(self, said: PartText) -> None:
        """Show one line until the next."""
        ...


class Keyboard(Protocol):
    """键盘: the operator's, and the holder's choice where there are several."""

    def choose(self, question: PartText, choices: Sequence[PartText]) -> int | None:
        """Which one, from 0; None: cancelled."""
        ...


class Clock(Protocol):
    """实时时钟."""

    def now(self) -> str:
        """YYYYMMDDhhmmss."""
        ...
