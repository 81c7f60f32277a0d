"""Which terminal it is that stands on a screen, and the hand at its card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from dualcos.terminal.terminal_parts import PartText


class HandOfCard(Protocol):
    """Whoever may put a card of this process in and take it out, at any moment, from any thread."""

    @property
    def present(self) -> bool:
        """Whether it is in."""

    def insert(self) -> None:
        """Put it in."""

    def pull(self) -> None:
        """Take it out."""


def _nothing() -> Sequence[PartText]:
    return ()


class TerminalOnScreen(NamedTuple):
    """Which terminal it is: its kind and form in words. ``status``: what else there is to know of it now, as whether it
    is signed on and what waits; asked in the terminal's thread before each step. ``hand``: at a card of this process.
    """

    kind: PartText
    status: Callable[[], Sequence[PartText]] = _nothing
    hand: HandOfCard | None = None
