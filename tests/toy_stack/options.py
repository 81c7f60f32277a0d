"""Choices of the toy."""

from __future__ import annotations

from msgspec import Struct


class ToyOptions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``tickets``: how many it gives out."""

    tickets: int = 200
