"""A card whose traffic is counted and hashed, for the feedback file."""

from __future__ import annotations

import hashlib

from apdu.link import SmartCard


class Logged:
    """A card whose traffic is hashed: two bodies can compare what passed without keeping it (SSC-10 §6.4.2.4)."""

    __slots__ = ("_card", "_hash", "commands")

    def __init__(self, card: SmartCard) -> None:
        self._card = card
        self._hash = hashlib.sha256()
        self.commands = 0

    def exchange(self, command: bytes) -> bytes:
        """Pass on and hash."""
        self.commands += 1
        answer = self._card.exchange(command)
        self._hash.update(len(command).to_bytes(2, "big") + command + answer)
        return answer

    def power_on(self) -> bytes:
        """Pass on."""
        return self._card.power_on()

    def reset(self) -> bytes:
        """Pass on."""
        return self._card.reset()

    def power_off(self) -> None:
        """Pass on."""
        self._card.power_off()

    @property
    def atr(self) -> bytes:
        """Pass on."""
        return self._card.atr

    @property
    def digest(self) -> str:
        """SHA-256 over everything so far."""
        return self._hash.hexdigest()
