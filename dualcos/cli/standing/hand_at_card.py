"""The hand at a card in this process: puts it in, takes it out, also in the middle of what the terminal does.

Pulled behind a command: the card has carried it out, and the terminal never hears of it, which is the case that
recovery (防拔) is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from apdu.link import AroundCard, SmartCard
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.silent_card import CardGone
from dualcos.reader.slot import Slot

_BEGINNING = re.compile(r"([0-9A-F]{2}){2,4}")
_NUMBER = re.compile(r"[1-9][0-9]{0,2}")


class PullWhen(NamedTuple):
    """Behind the ``number``-th command from now that begins with ``beginning``."""

    number: int = 1
    beginning: bytes = b""

    @classmethod
    def of(cls, text: str) -> PullWhen | None:
        """``5``: the fifth command; ``B02C``: the next that begins so; None for what is neither."""
        if _NUMBER.fullmatch(text):
            return cls(int(text))
        return cls(1, bytes.fromhex(text)) if _BEGINNING.fullmatch(text.upper()) else None


class HandAtCard(AroundCard[SmartCard]):
    """``slot``: with the card in it; ``hand``: the same that a fault script moves."""

    def __init__(self, slot: Slot, hand: HotPlug) -> None:
        super().__init__(slot)
        self._slot = slot
        self._hand = hand
        self._when: PullWhen | None = None

    @property
    def present(self) -> bool:
        """True while the card is in."""
        return self._slot.present

    def watch(self, moved: Callable[[bool], None]) -> None:
        """Tell ``moved`` now whether the card is in, and each time that it was put in (True) or taken out."""
        self._slot.watch(moved)
        moved(self.present)

    def insert(self) -> None:
        """Put it in; harmless if it is."""
        self._hand.put_back()

    def pull(self, when: PullWhen | None = None) -> None:
        """Take it out, now or then."""
        self._when = when
        if when is None:
            self._hand.take()

    def exchange(self, command: bytes) -> bytes:
        """The card's answer. Raises CardGone where the hand was faster."""
        answer = self.card.exchange(command)
        when = self._when
        if when is not None and command.startswith(when.beginning):
            self._when = when._replace(number=when.number - 1) if when.number > 1 else None
            if self._when is None:
                self._hand.take()
                raise CardGone("pulled before its answer had come")
        return answer
