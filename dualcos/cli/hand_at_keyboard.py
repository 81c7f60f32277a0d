"""The keyboard as a hand at the reader: Enter takes the card out of ``dualcos serve``, Enter again puts it back."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable
from time import sleep
from typing import Self, TextIO

from dualcos.reader.hot_plug import HotPlug

PROMISE = "Enter takes the card out, Enter again puts it back"
OUT, IN = "card taken out 取出卡片; Enter puts it back", "card put back 插入卡片"
KEYS = "only Enter by itself is taken: it takes the card out or puts it back; Ctrl-C stops"
OVER = "hot plug is over: the terminal has gone"

_CHUNK = 4096
_ENDS = b"\r\n"  # of a line; a terminal that is not read line by line sends a carriage return
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL if hasattr(select, "poll") else 0
_LOOK_SECONDS = 0.5


class HandAtKeyboard:
    """Reads the terminal on descriptor ``terminal`` for ``hand``; ``say`` takes a line for whoever sits there.

    A line with anything in it, and Ctrl-D, move nothing and are answered with what the keys are: a terminal can be read
    on after Ctrl-D. In the background another program has the keyboard: nothing is read until we are in front again.
    """

    def __init__(self, terminal: int, hand: HotPlug, say: Callable[[str], None]) -> None:
        self._terminal = terminal
        self._hand = hand
        self._say = say
        self._typed = False  # something since the last end of a line

    @classmethod
    def at(cls, stdin: TextIO | None, hand: HotPlug, say: Callable[[str], None]) -> Self | None:
        """The hand at ``stdin``; None if it is closed or no terminal of ours: then nothing may be promised."""
        try:
            found = cls(stdin.fileno(), hand, say) if stdin is not None and stdin.isatty() and _GONE else None
        except (OSError, ValueError):
            return None
        return found if found is not None and found.in_front is not None else None

    @property
    def in_front(self) -> bool | None:
        """True if what is typed is ours, False in the background, None if the terminal is not (or no longer) ours."""
        try:
            return os.getpgrp() == os.tcgetpgrp(self._terminal)
        except OSError:
            return None

    def start(self) -> None:
        """Read from now on, in a thread that ends with the program."""
        threading.Thread(target=self.read, name="keyboard", daemon=True).start()

    def read(self) -> None:
        """Read until the terminal is gone; then say so."""
        # A read in the background would stop the whole program, card and all; with this it fails instead.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN})
        # And one that waits already would take the next line wherever we are by then: so look before each.
        while not self._events() & _GONE and (front := self.in_front) is not None:
            try:
                chunk = os.read(self._terminal, _CHUNK) if front else None
            except OSError:  # in the background since
                chunk = None
            if chunk is None:
                sleep(_LOOK_SECONDS)
            else:
                self.typed(chunk)
        self._say(OVER)

    def typed(self, chunk: bytes) -> None:
        """What one read has given; nothing is Ctrl-D."""
        if not chunk:
            self._typed = False
            self._say(KEYS)
        for byte in chunk:
            if byte not in _ENDS:
                self._typed = True
            elif self._typed:
                self._typed = False
                self._say(KEYS)
            else:
                self._say(IN if self._hand.turn() else OUT)

    def _events(self) -> int:
        """What the terminal has for us, as soon as there is something."""
        watch = select.poll()
        watch.register(self._terminal, select.POLLIN)
        return sum(events for _, events in watch.poll())
