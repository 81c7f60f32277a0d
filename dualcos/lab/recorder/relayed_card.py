"""A card in a PC/SC reader of this machine, passed on to another reader of ours (转接真实卡片).

What the card does is passed on as it is: its ATR, cold and warm resets, silence, being taken out and put in. What the
reader or its service does wrong is told, and to the terminal it is a card that has gone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TypeVar

from apdu.link import SmartCard
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone
from dualcos.reader.slot import Slot
from dualcos.reader.supervised_card import Report

_LOOK_SECONDS = 0.5
_JOIN_SECONDS = 2.0
T = TypeVar("T")


class ReaderLink(SmartCard, Protocol):
    """A connection to a reader, as ``PcscLink``."""

    def close(self) -> None:
        """Let go of card and service."""
        ...

    def wait(self, *, present: bool, seconds: float) -> bool:
        """True as soon as there is a card (or none any more), False if nothing changed for ``seconds``."""
        ...


class RelayedCard:
    """Whatever card lies in the reader that ``link`` makes connections to; ``report`` is told of what went wrong.

    Raises CardGone and CardMute, and nothing else. Where it stands nobody knows: it has no environment.
    """

    environment = None

    def __init__(self, link: Callable[[], ReaderLink], report: Report) -> None:
        self._link = link
        self._report = report
        self._connection = link()

    def exchange(self, command: bytes) -> bytes:
        """The card's answer."""
        return self._asked(lambda: self._connection.exchange(command))

    def power_on(self) -> bytes:
        """The ATR after a cold reset."""
        return self._asked(self._connection.power_on)

    def reset(self) -> bytes:
        """The ATR after a warm reset."""
        return self._asked(self._connection.reset)

    def power_off(self) -> None:
        """Take power away; a reader that cannot has none to take."""
        with suppress(PcscError):
            self._connection.power_off()

    @property
    def atr(self) -> bytes:
        """The ATR that the reader shows; empty if it shows none."""
        try:
            return self._connection.atr
        except PcscError:
            return b""

    def another(self) -> None:
        """There may be another card now: nothing is known of the one before."""
        self.close()
        self._connection = self._link()

    def close(self) -> None:
        """Let go of the reader."""
        with suppress(PcscError):
            self._connection.close()

    def _asked(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except PcscError as error:
            self._report(str(error))
            raise CardGone(str(error)) from None


class HandAtOtherReader:
    """Takes ``card`` out of ``slot``, and puts it back, as somebody does at the other reader; ``relay`` is that card.

    ``link``: a connection of its own, to wait with.
    """

    def __init__(self, slot: Slot, card: SmartCard, relay: RelayedCard, link: ReaderLink, report: Report) -> None:
        self._slot = slot
        self._card = card
        self._relay = relay
        self._link = link
        self._report = report
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._follow, name="other reader", daemon=True)

    def start(self) -> None:
        """Put the card in if there is one, and follow from now on. Raises PcscError."""
        if self._link.wait(present=True, seconds=0):
            self._slot.insert(self._card)
        self._watch.start()

    def close(self) -> None:
        """Follow no longer, or never have. The card stays where it is."""
        self._closing.set()
        if self._watch.is_alive():
            self._watch.join(_JOIN_SECONDS)
        with suppress(PcscError):
            self._link.close()

    def _follow(self) -> None:
        try:
            while not self._closing.is_set():
                if self._link.wait(present=not self._slot.present, seconds=_LOOK_SECONDS):
                    self._turn()
        except PcscError as error:
            if not self._closing.is_set():
                self._report(str(error))
                self._slot.remove()

    def _turn(self) -> None:
        if self._slot.present:
            self._slot.remove()
        else:
            self._relay.another()
            self._slot.insert(self._card)
