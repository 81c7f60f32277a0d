"""A reader's slot: a name, contacts, and at most one card, which may come and go while others talk to it.

Two rules. The contacts (``contacts``, a re-entrant lock) are held by one thread at a time; a transport that must
check something together with a command holds them around both. Pulling the card waits for nobody: it is gone at
once for everyone, and a command under way ends in ``CardGone``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from apdu.link import SmartCard
from dualcos.reader.observers import unfailing
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.supervised_card import SHORTEST_ANSWER, Report, Supervised, unheard

Watcher = Callable[[bool], None]
"""Told after every insertion (True) and removal (False), in the thread that did it. Must not use the contacts. What it
raises is dropped: a card that was put in is in."""


CARD_SLOT, SAM_SLOT = "dualcos Card Slot 00 00", "dualcos SAM Slot 01 00"
"""What our reader's two slots are called: for the card, and for the PSAM beside it."""


class SlotError(ValueError):
    """The slot cannot do that: it is occupied, or its name is unusable."""


class Slot:
    """A slot called ``name``. Cards put in are supervised (``report``, ``shortest``).

    A ``Slot`` is itself a ``SmartCard`` (whatever is in it), except that it raises ``CardGone``/``CardMute``.
    """

    def __init__(
        self,
        name: str,
        card: SmartCard | None = None,
        *,
        report: Report = unheard,
        shortest: int = SHORTEST_ANSWER,
    ) -> None:
        if not name or "\0" in name:
            raise SlotError("a slot needs a name")
        self.name = name
        self.contacts = threading.RLock()
        self._handling = threading.RLock()
        self._report = report
        self._shortest = shortest
        self._inserted: SmartCard | None = None  # what was put in
        self._card: SmartCard | None = None  # the same, wrapped
        self._powered = False
        self._watchers: tuple[Watcher, ...] = ()
        if card is not None:
            self.insert(card)

    def tell(self, words: str) -> None:
        """One line for whoever is told of this slot."""
        self._report(words)

    @property
    def card(self) -> SmartCard | None:
        """The card that was put in, or None."""
        return self._inserted

    @property
    def present(self) -> bool:
        """True while there is a card."""
        return self._card is not None

    @property
    def powered(self) -> bool:
        """True from a successful reset to the next ``power_off`` or removal."""
        return self._powered

    @property
    def atr(self) -> bytes:
        """The card's ATR without side effects; empty without a card."""
        card = self._card
        return b"" if card is None else card.atr

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell ``watcher`` of insertions and removals from now on. Returns the call that ends it."""
        with self._handling:
            told = unfailing(watcher)
            self._watchers = (*self._watchers, told)

        def unwatch() -> None:
            with self._handling:
                self._watchers = tuple(w for w in self._watchers if w is not told)

        return unwatch

    def insert(self, card: SmartCard) -> None:
        """Put ``card`` in, without power. Raises SlotError if there is one already."""
        with self._handling:
            if self._card is not None:
                raise SlotError(f"slot {self.name!r} is occupied")
            self._inserted = card
            self._card = Supervised(card, self._report, shortest=self._shortest)
            self._powered = False
            for watcher in self._watchers:
                watcher(True)

    def remove(self) -> SmartCard | None:
        """Pull the card; None if there is none. When this returns, the card is at rest and the caller's."""
        with self._handling:
            card, inserted = self._card, self._inserted
            if card is None:
                return None
            self._card = self._inserted = None
            self._powered = False
            for watcher in self._watchers:
                watcher(False)
        with self.contacts:
            card.power_off()
        return inserted

    def power_on(self) -> bytes:
        """The ATR after a cold reset. Raises CardGone, CardMute."""
        with self.contacts:
            card = self._there()
            self._powered = False
            atr = card.power_on()
            return self._started(card, atr)

    def reset(self) -> bytes:
        """The ATR after a warm reset, or a cold one if there was no power. Raises CardGone, CardMute."""
        with self.contacts:
            if not self._powered:
                return self.power_on()
            card = self._there()
            self._powered = False
            atr = card.reset()
            return self._started(card, atr)

    def power_off(self) -> None:
        """Take power away; harmless without card or power."""
        with self.contacts:
            card, was = self._card, self._powered
            self._powered = False
            if card is not None and was:
                card.power_off()

    def exchange(self, command: bytes) -> bytes:
        """The card's answer. Raises CardGone, CardMute (also without power)."""
        with self.contacts:
            card = self._card
            if card is None:
                raise CardGone("no card")
            if not self._powered:
                raise CardMute("no power")
            answer = card.exchange(command)
            if self._card is not card:
                raise CardGone("pulled during the command")
            return answer

    def _there(self) -> SmartCard:
        card = self._card
        if card is None:
            raise CardGone("no card")
        return card

    def _started(self, card: SmartCard, atr: bytes) -> bytes:
        with self._handling:
            if self._card is not card:
                raise CardGone("pulled during the reset")
            self._powered = True
        return atr
