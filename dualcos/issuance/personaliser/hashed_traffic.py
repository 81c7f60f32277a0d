"""A card whose traffic is counted and hashed, for the feedback file."""

from __future__ import annotations

import hashlib

from apdu.link import AroundCard, SmartCard


class Logged(AroundCard[SmartCard]):
    """A card whose traffic is hashed: two bodies can compare what passed without keeping it (SSC-10 §6.4.2.4)."""

    __slots__ = ("_hash", "commands")

    def __init__(self, card: SmartCard) -> None:
        super().__init__(card)
        self._hash = hashlib.sha256()
        self.commands = 0

    def exchange(self, command: bytes) -> bytes:
        """Pass on and hash."""
        self.commands += 1
        answer = self.card.exchange(command)
        self._hash.update(len(command).to_bytes(2, "big") + command + answer)
        return answer

    @property
    def digest(self) -> str:
        """SHA-256 over everything so far."""
        return self._hash.hexdigest()
