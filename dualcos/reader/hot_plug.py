"""The hand at a reader: takes the card out of a slot and puts the same card back, now or some time later."""

from __future__ import annotations

import threading

from apdu.link import SmartCard
from dualcos.reader.slot import Slot


class HotPlug:
    """One hand at ``slot``. Safe from several threads; never waits for the contacts while it holds anything."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._lock = threading.Lock()
        self._taken: SmartCard | None = None
        self._timers: list[threading.Timer] = []

    def take(self, back: float | None = None) -> None:
        """Pull the card, if there is one, and put it back after ``back`` seconds (None: leave it out)."""
        taken = self._slot.remove()
        if taken is None:
            return
        timer = None if back is None else threading.Timer(back, self.put_back)
        with self._lock:
            self._taken = taken
            if timer is not None:
                self._timers.append(timer)
        if timer is not None:
            timer.daemon = True
            timer.start()

    def put_back(self) -> None:
        """Put back what was taken; harmless if nothing was."""
        with self._lock:
            taken, self._taken = self._taken, None
        if taken is not None:
            self._slot.insert(taken)

    def turn(self) -> bool:
        """Take the card out, or put it back. True if it is in now."""
        if self._slot.present:
            self.take()
            return False
        self.put_back()
        return True

    def close(self) -> None:
        """Nothing is put back any more."""
        with self._lock:
            timers, self._timers = self._timers, []
        for timer in timers:
            timer.cancel()
