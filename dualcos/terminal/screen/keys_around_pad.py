"""Keys that were meant for a PIN pad and come before it is there or when it is gone: they go nowhere.

Who types a PIN looks at his hand. A pad that opens late has missed digits, and the rest would be a wrong PIN; one that
closes early, as when the card is pulled, leaves digits that a menu would take for a step and a text box would show.
"""

from __future__ import annotations

import time

from textual import events

_KEYS = ("enter", "backspace", "delete")
AFTER_A_PAD = 0.5
"""Seconds in which keys are dropped, and again as many after each one that was."""


class KeysAroundPad:
    """``pause``: seconds, as ``AFTER_A_PAD``; with 0 only what was typed before a pad had changed is dropped."""

    def __init__(self, pause: float = AFTER_A_PAD) -> None:
        self.pause = pause
        self._until = 0.0
        self._digit_at: float | None = None

    def pad_opens(self) -> None:
        """What was typed before is dropped, and where somebody is typing digits just now the rest of them, too."""
        self._until = time.monotonic()
        if self._digit_at is not None and self._until - self._digit_at < self.pause:
            self._until = self._digit_at + self.pause

    def pad_closes(self) -> None:
        """So is what is typed in the next moment."""
        self._until = time.monotonic() + self.pause

    def drops(self, event: events.Key) -> bool:
        """True for a key that goes nowhere. To be asked of every key, in order."""
        digit = event.character is not None and event.character.isdecimal()
        self._digit_at = event.time if digit else None
        if not digit and event.key not in _KEYS:
            return False
        if event.time >= self._until:
            return False
        self._until = max(self._until, event.time + self.pause)
        return True
