"""A terminal in the acquirer's register: whose it is, its batch, its working keys as it was sent them."""

from __future__ import annotations

from msgspec import Struct


class RegisteredTerminal(Struct, frozen=True, kw_only=True):
    """``number``: field 41, ``merchant``: field 42. ``batch``: the one it is in.
    ``keys``: field 62 of its last sign-on, whole, wrapped; empty before the first one. ``keys_made``: YYYYMMDDhhmmss.
    """

    number: str
    merchant: str
    batch: str = "000001"
    signed_on: bool = False
    keys: bytes = b""
    keys_made: str = ""

    def __repr__(self) -> str:
        """Nothing of its keys, wrapped as they are."""
        return f"<RegisteredTerminal {self.number} of {self.merchant}>"
