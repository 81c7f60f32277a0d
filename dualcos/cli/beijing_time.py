"""The time of day that cards, terminals, back ends and blacklists go by, wherever the machine stands: Beijing's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_BEIJING = timezone(timedelta(hours=8))


def beijing_now() -> str:
    """YYYYMMDDhhmmss."""
    return datetime.now(_BEIJING).strftime("%Y%m%d%H%M%S")
