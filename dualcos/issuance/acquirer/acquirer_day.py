"""The acquirer's day: the business date, which changes at the cut-over (日切), and the age of keys. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings

_MOMENT, _TIME = "%Y%m%d%H%M%S", "%H%M%S"


def business_day(settings: AcquirerSettings, now: str) -> str:
    """YYYYMMDD, at ``now`` (YYYYMMDDhhmmss)."""
    at = datetime.strptime(now, _MOMENT)  # noqa: DTZ007 - Beijing's, without a zone
    return f"{at + timedelta(days=now[8:] >= settings.cut_over):%Y%m%d}"


def is_cutting_over(settings: AcquirerSettings, now: str) -> bool:
    """True while the day is changed and payments have to wait."""
    at, begins = (datetime.strptime(text, _TIME) for text in (now[8:], settings.cut_over))  # noqa: DTZ007 - as above
    return (at - begins) % timedelta(days=1) < timedelta(minutes=settings.cut_over_minutes)  # it may pass midnight


def are_old(settings: AcquirerSettings, made: str, now: str) -> bool:
    """True if keys of ``made`` are good no more."""
    ages = (datetime.strptime(text, _MOMENT) for text in (now, made))  # noqa: DTZ007 - as above
    return next(ages) - next(ages) >= timedelta(hours=settings.key_hours)
