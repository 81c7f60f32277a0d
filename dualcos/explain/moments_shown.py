"""Moments YYYYMMDDhhmmss as people read them; programs get them as they are."""

from __future__ import annotations

import re

_MOMENT = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)([01]\d|2[0-3])([0-5]\d)([0-5]\d)(?!\d)", re.ASCII)


def with_moments(text: str) -> str:
    """``text`` with its moments as people write them, 2026-11-29 12:00:00."""
    return _MOMENT.sub(r"\1-\2-\3 \4:\5:\6", text)
