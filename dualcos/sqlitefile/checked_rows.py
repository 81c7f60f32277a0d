"""Rows that are never taken for right when they are damaged, and never written if they could not be read back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from zlib import crc32

import msgspec


class Unstorable(ValueError):
    """A value that would not be read back as it is."""


def stored_form(wanted: object, kind: Any) -> bytes:  # noqa: ANN401 - a union is no type to a checker
    """``wanted``, which is of ``kind``, as it is stored. Raises Unstorable: one row that cannot be read would stop
    everything.
    """
    with suppress(msgspec.MsgspecError, TypeError, ValueError):
        body = msgspec.json.encode(wanted)
        if msgspec.json.decode(body, type=kind) == wanted:
            return body
    raise Unstorable


def check_of(*parts: str | bytes) -> int:
    """Over each part with its length, so that nothing moves from one to the next unseen."""
    found = 0
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        found = crc32(raw, crc32(len(raw).to_bytes(4, "big"), found))
    return found
