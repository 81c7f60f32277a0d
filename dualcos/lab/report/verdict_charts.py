"""Figures of the report's charts: where bars begin and how long they are. The templates draw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dualcos.lab.report.campaign_report import ReportedVector, ReportedVerdict
from dualcos.lab.report.report_wording import VERDICTS

_LIMITS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class BarPiece(NamedTuple):
    """A piece of a bar: of which verdict, how many, from where and how wide, in hundredths of the whole."""

    verdict: str
    number: int
    at: float
    wide: float


class DurationBar(NamedTuple):
    """Vectors that took less than ``below`` seconds (None: longer), and not less than the bar before."""

    below: float | None
    number: int
    wide: float


def stacked(counts: Mapping[ReportedVerdict, int], most: int | None = None) -> list[BarPiece]:
    """A bar in pieces, in the order of the verdicts; ``most``: the number that fills it, all of them if not given."""
    whole = most or sum(counts.values()) or 1
    pieces, at = [], 0.0
    for verdict in VERDICTS:
        number = counts.get(verdict, 0)  # type: ignore[call-overload]  # the table's keys are the verdicts
        if number:
            wide = 100 * number / whole
            pieces.append(BarPiece(verdict, number, round(at, 3), round(wide, 3)))
            at += wide
    return pieces


def duration_bars(vectors: Iterable[ReportedVector]) -> list[DurationBar]:
    """How long vectors took that were played, as a histogram; nothing if none was."""
    times = [each.judged.seconds for each in vectors if each.judged is not None and each.judged.played]
    if not times:
        return []
    counts = [0] * (len(_LIMITS) + 1)
    for seconds in times:
        counts[sum(seconds >= limit for limit in _LIMITS)] += 1
    first = next(at for at, count in enumerate(counts) if count)
    last = len(counts) - next(at for at, count in enumerate(reversed(counts)) if count)
    limits: tuple[float | None, ...] = (*_LIMITS, None)
    most = max(counts)
    return [DurationBar(limits[at], counts[at], round(100 * counts[at] / most, 3)) for at in range(first, last)]
