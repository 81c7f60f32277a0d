"""Keys as findings name them: place, kind, number, version, cipher, check value, never the value."""

from __future__ import annotations

from typing import Any

from tests.erring_terminal.second_ciphers import check_value

APPLICATION = "PSE/ADF"
BANK_KINDS = {"AC": 0x21, "MAC": 0x22, "ENC": 0x23}
"""Key types of a card's own bank keys, all of number 00; of version 01 are those of the SM set."""
CHANNEL_KINDS = {"KENC": 0x10, "KMAC": 0x11, "KDEK": 0x12}
"""Key types of the personalisation channel, number 01."""


def bank_key(purpose: str, cipher: str, value: bytes) -> tuple[Any, ...]:
    """A key of the bank's application."""
    return (APPLICATION, BANK_KINDS[purpose], 0, int(cipher == "SM4"), cipher, check_value(cipher, value))


def channel_key_name(name: str, value: bytes) -> tuple[Any, ...]:
    """A key of the channel of the bank's application."""
    return (APPLICATION, CHANNEL_KINDS[name], 1, 1, "3DES", check_value("3DES", value))


def master_key(place: str, cipher: str, value: bytes) -> tuple[Any, ...]:
    """The master key of a directory."""
    return (place, 0, 0, 0, cipher, check_value(cipher, value))


def pin_key_name(place: str, number: int) -> tuple[Any, ...]:
    """A key that stands for a PIN: without check value, or who knows it could count the PINs through."""
    return (place, 1, number, 0, "SM4", "")


class KeyElsewhere:
    """Equal to a finding's name of a key with this value that is not in the card: by holder, cipher and check value."""

    def __init__(self, holder: str, cipher: str, value: bytes) -> None:
        self._told = (holder, cipher, check_value(cipher, value))

    def __eq__(self, other: object) -> bool:
        if not (isinstance(other, tuple) and len(other) == 6):
            return NotImplemented
        return (other[0], *other[4:]) == self._told

    __hash__ = None

    def __repr__(self) -> str:
        return f"KeyElsewhere{self._told}"
