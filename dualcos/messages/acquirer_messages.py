"""What a payment terminal and its acquirer say to each other: ISO 8583 messages as values, and the line between them.

The bytes of a message, its fields and their parts are the dialect's (``pos_fields``, ``iso8583_codec``). Texts are
digits or characters as a table of fields has them, without padding; binary fields (52, 55, 62, 64) are bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

FieldValue = str | bytes
SECRET_FIELDS = frozenset({35, 36, 52, 62})
"""Tracks, PIN block, keys: in no line, no log, no repr. The account (2) is shown masked."""


@dataclass(frozen=True, slots=True)
class AcquirerMessage:
    """One message. ``mti``: four digits. ``fields`` by number, 1 and 65 (bitmaps) never among them."""

    mti: str
    fields: Mapping[int, FieldValue] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, number: int) -> str:
        """A field of characters; empty if it is not there."""
        value = self.fields.get(number, "")
        return value if isinstance(value, str) else ""

    def raw(self, number: int) -> bytes:
        """A binary field; empty if it is not there."""
        value = self.fields.get(number, b"")
        return value if isinstance(value, bytes) else b""

    def having(self, changed: Mapping[int, FieldValue | None]) -> AcquirerMessage:
        """The same with other fields; None takes one out."""
        merged: dict[int, FieldValue | None] = {**self.fields, **changed}
        return AcquirerMessage(self.mti, {number: value for number, value in merged.items() if value is not None})

    def __repr__(self) -> str:
        """No track, PIN, key or account."""
        return f"<AcquirerMessage {self.mti} {' '.join(str(number) for number in sorted(self.fields))}>"


_FIRST, _LAST = 6, 4


def masked_account(account: str) -> str:
    """The first six and the last four digits, stars between; of a short one nothing but stars."""
    hidden = len(account) - _FIRST - _LAST
    if hidden <= 0:
        return "*" * len(account)
    return f"{account[:_FIRST]}{'*' * hidden}{account[-_LAST:]}"


class NoLineAnswer(Exception):
    """No answer came. ``sent``: the request may have reached the acquirer."""

    def __init__(self, words: str, *, sent: bool = True) -> None:
        super().__init__(words)
        self.sent = sent


class AcquirerLine(Protocol):
    """The line to the acquirer (收单线路). What is sent is sealed already, what comes is not yet believed."""

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        """The bytes of the first message that ``belongs``; others are passed over. Raises NoLineAnswer."""
        ...


class Answering(Protocol):
    """Whether bytes that came answer what was sent."""

    def __call__(self, payload: bytes, /) -> bool:
        """True if they do."""
        ...
