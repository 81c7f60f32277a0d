"""Fields that are read too generously: nearly right is taken for right."""

# ruff: noqa: ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

from apdu import tlv
from cos.pse.commands import gpo_and_generate_ac, order_of_checks
from cos.ssse.files import read_and_update
from cos.ssse.security import authentication
from keys.card_key_store import KeyStore

from .patching import Patch

_BLOCK = 8


def control_nibble_ignored(patch: Patch) -> None:
    """Of the bank's PIN block only length and digits are compared; what kind of block it is nobody looks at."""
    matches = KeyStore.matches

    def lenient(self, ref, shown):
        if len(shown) == _BLOCK and shown[0] >> 4 != 2:
            shown = bytes((0x20 | shown[0] & 0x0F,)) + shown[1:]
        return matches(self, ref, shown)

    patch.setattr(KeyStore, "matches", lenient)


def inner_length_ignored(patch: Patch) -> None:
    """The length inside the template of GET PROCESSING OPTIONS is not compared with that of the command."""
    for module in (order_of_checks, gpo_and_generate_ac):
        patch.setattr(module, "pdol_data", lambda session, command: command.data[2:])


def fillers_stripped(patch: Patch) -> None:
    """A new PIN may end in any number of fillers: they are stripped before its digits are counted, by the byte."""

    def lenient(raw: bytes) -> bool:
        digits = raw.hex().rstrip("f")
        return not raw or (2 <= len(raw) <= 8 and digits.isdecimal() and len(raw) * 2 >= 4)

    patch.setattr(authentication, "valid_pin", lenient)


def rest_of_record_ignored(patch: Patch) -> None:
    """A record is one item, and what follows it is written along."""

    def lenient(record: bytes) -> None:
        if not tlv.parse_simple(record[: 2 + record[1]] if len(record) > 1 else b"\0"):
            raise tlv.TlvError("no item")

    patch.setattr(read_and_update, "_check_tlv", lenient)
