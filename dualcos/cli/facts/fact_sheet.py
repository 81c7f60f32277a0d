"""What all facts have in common: fixed once made, no field that is not declared, every field always there.

What is printed alone, as an object or a line, says in its first field ``schema`` what it is and which version of that:
a field that comes, goes or changes its meaning is a new number.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Hex = Annotated[str, Meta(pattern="^([0-9A-F]{2})*$")]
"""Bytes."""
StatusWordHex = Annotated[str, Meta(pattern="^[0-9A-F]{4}$")]
CheckValue = Annotated[str, Meta(pattern="^([0-9A-F]{2})*$", description="a check value (KCV); never a key")]


class FactSheet(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="schema"):
    """Facts; printed alone if it has a ``tag``."""


class FactPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Facts inside a sheet."""


def hexed(raw: bytes) -> str:
    """Bytes as they stand in facts."""
    return raw.hex().upper()
