"""The names that a wrong one may be meant for: those that contain it, then those that look like it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MOST = 5
_ALIKE = 0.4


def nearest(given: str, known: Iterable[str], most: int = _MOST) -> list[str]:
    """At most ``most`` of ``known``, whatever the case."""
    names = list(dict.fromkeys(known))
    wanted = given.casefold().strip("*? ")
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(name.casefold(), []).append(name)
    inside = [name for name in names if wanted and wanted in name.casefold()]
    close = [name for fold in get_close_matches(wanted, folded, most, _ALIKE) for name in folded[fold]]
    return list(dict.fromkeys((*inside, *close)))[:most]


def near(given: str, known: Iterable[str]) -> str:
    """The end of a sentence that refuses ``given``: the names that are like it, empty if none is."""
    alike = nearest(given, known)
    return f"; near it: {', '.join(alike)}" if alike else ""
