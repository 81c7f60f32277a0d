"""Vectors of the tests' own for a card in a reader: half of them spoil it, and each sends a command that no other
sends, by which a card that counts knows how often it was played.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
LENGTHS = range(1, 9)
"""Of GET CHALLENGE: a vector that spoils nothing for each."""


def wrong_pin(number: int) -> str:
    """The command of the spoiling vector of this number."""
    return f"00200000039{number:02d}990"


def _vector(identity: str, send: str, sw: list[str], *, spoils: bool) -> dict[str, Any]:
    return {
        "id": identity,
        "title": {"zh": "试验", "en": "a test"},
        "destructive": spoils,
        "steps": [{"send": SELECT_SSSE, "expect": ["9000"]}, {"send": send, "expect": sw}],
    }


def write_vectors(path: Path, count: int = 6, profile: str = "social-2.0") -> Path:
    """A file with ``count`` of each kind, in turn."""
    vectors = []
    for number in range(count):
        spoils = _vector(f"TEST-SPOIL-{number:02d}", wrong_pin(number), ["63C?", "6983"], spoils=True)
        length = LENGTHS[number % len(LENGTHS)]
        keeps = _vector(f"TEST-KEEP-{number:02d}", f"00840000{length:02X}", ["9000", "6700"], spoils=False)
        vectors += [spoils, keeps]
    unit = {
        "unit": "TEST-SPOIL",
        "title": {"zh": "试验", "en": "a test"},
        "purpose": "which vector was played how often",
        "clause": ["SSC-5 §6.15"],
        "profile": profile,
        "live": True,
        "provenance": {"kind": "derived", "source": "SSC-5", "computed_by": "none needed", "confidence": "high"},
        "vectors": vectors,
    }
    path.write_text(json.dumps(unit, ensure_ascii=False), "utf-8")
    return path


class CountingCard:
    """``card``, and every command that it was sent, in order. ``at``: called before the command of that number (from
    1) is done, in the thread that sends it.
    """

    def __init__(self, card: Any) -> None:
        self.card = card
        self.commands: list[bytes] = []
        self.at: dict[int, Any] = {}

    def exchange(self, command: bytes) -> bytes:
        self.commands.append(command)
        act = self.at.pop(len(self.commands), None)
        if act is not None:
            act()
        answer: bytes = self.card.exchange(command)
        return answer

    def power_on(self) -> bytes:
        atr: bytes = self.card.power_on()
        return atr

    def reset(self) -> bytes:
        atr: bytes = self.card.reset()
        return atr

    def power_off(self) -> None:
        self.card.power_off()

    @property
    def atr(self) -> bytes:
        atr: bytes = self.card.atr
        return atr

    def times(self, command: str) -> int:
        """How often it was sent this command."""
        return self.commands.count(bytes.fromhex(command))
