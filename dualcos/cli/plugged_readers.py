"""What ``dualcos serve --reader vpcd`` says of its readers: what pcscd has shown, and nothing before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic, sleep
from types import MappingProxyType
from typing import NamedTuple

from dualcos.cli.reader_slots import Seat
from dualcos.reader.pcsc import PcscError, cards_in_readers
from dualcos.reader.vpcd import CARD_PORT, FIRST_WORD_SECONDS, PSAM_PORT, Plug, VpcdReader

_USUAL = MappingProxyType({CARD_PORT: "Virtual PCD 00 00", PSAM_PORT: "Virtual PCD 00 01"})
# From its first word to the moment a program sees the card, pcscd still has to power it and to read its ATR.
_SHOWN_SECONDS = 1.5
_AGAIN_SECONDS = 0.05
_MARGIN_SECONDS = 0.3  # the reader itself says first that nothing comes


class Whereabouts(NamedTuple):
    """How the start says where the cards are: a reader for each, what a program's environment needs, who may talk."""

    readers: list[str]
    environment: dict[str, str]
    talk: str


class PluggedReaders:
    """The readers that the cards of ``seats`` sit in; ``say`` takes a line when one is there after the start.

    Which name pcscd gives a reader depends on its configuration and on what else is plugged in. So it is asked, by the
    ATR, where pyscard is installed; without it, the usual name is called the usual one.
    """

    def __init__(self, seats: Sequence[Seat], say: Callable[[str], None]) -> None:
        self._seats = tuple(seats)
        self._say = say
        self._lock = threading.Lock()
        self._there: dict[int, str] = {}
        self._ever: set[int] = set()
        self._open = False

    def noticed(self, plug: Plug) -> None:
        """The card of ``plug`` is taken: once the start is past, that is said, as soon as it is known by what name."""
        with self._lock:
            self._ever.add(plug.port)
            late = self._open
        if late:
            threading.Thread(target=self._tell, args=(plug,), daemon=True).start()

    def held(self, port: int) -> bool:
        """True if pcscd has ever taken the card on ``port``."""
        return port in self._ever

    def found(self, reader: VpcdReader) -> Whereabouts:
        """Where the cards are, once all are taken or there was time enough for it."""
        taken = {plug.port: plug for plug in reader.taken(FIRST_WORD_SECONDS + _MARGIN_SECONDS)}
        found = self._names(set(taken))
        with self._lock:
            self._there, self._open = dict(found), True
            late = self._ever - taken.keys()
        for seat in self._seats:
            if seat.port in late:
                self.noticed(Plug(seat.slot, seat.port))
        when = "sees this reader" if len(taken) == len(self._seats) else "will see a reader when it is said here"
        names = [found.get(seat.port) or _missing(seat.port) for seat in self._seats]
        return Whereabouts(names, {}, f"any PC/SC program {when}")

    def _tell(self, plug: Plug) -> None:
        words = self._names({plug.port, *self._there})[plug.port]
        with self._lock:
            known = self._there.get(plug.port) == words
            self._there[plug.port] = words
        if not known:
            self._say(f"reader      {words}")

    def _names(self, ports: set[int]) -> dict[int, str]:
        """How the readers on ``ports``, which have their cards, are called."""
        seats = [seat for seat in self._seats if seat.port in ports]
        names: dict[int, str] = {}
        until = monotonic() + _SHOWN_SECONDS
        while len(names) < len(seats) and (left := until - monotonic()) > 0:
            shown = _within(left, cards_in_readers)
            if shown is None:
                break
            names = _matched(seats, shown)
            sleep(_AGAIN_SECONDS)
        return {port: f"{names[port]} (port {port})" if port in names else _unnamed(port) for port in ports}


def _matched(seats: list[Seat], shown: dict[str, bytes]) -> dict[int, str]:
    """Which of the readers that are ``shown`` is on which port: where an ATR occurs as often as it should, in order."""
    found: dict[int, str] = {}
    for atr in {seat.slot.atr for seat in seats}:
        ports = sorted(seat.port for seat in seats if seat.slot.atr == atr)
        names = sorted(name for name, there in shown.items() if there == atr)
        if len(names) == len(ports):
            found.update(zip(ports, names, strict=True))
    return found


def _within(seconds: float, look: Callable[[], dict[str, bytes]]) -> dict[str, bytes] | None:
    """What ``look`` finds in that time; None if there is no pyscard, no service, or one that does not answer."""
    found: list[dict[str, bytes]] = []

    def ask() -> None:
        with suppress(PcscError):
            found.append(look())

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return found[0] if found else None


def _unnamed(port: int) -> str:
    usual = f"; its usual name is {_USUAL[port]}" if port in _USUAL else ""
    return f"pcscd has taken the card on port {port}{usual}"


def _missing(port: int) -> str:
    return f"none yet: pcscd has not taken the card on port {port}; it is said here when it does"
