"""Fields that are parts of fixed length, one after the other: cut and put together by a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

REST = "rest"
"""The part that holds what no table names."""


class BadSubfields(ValueError):
    """Parts that do not make a field; says which, and no value."""


class SubField(NamedTuple):
    """One part: digits or characters. ``meanings``: what its values say, zh and en, where they are codes.
    ``open_end``: ``size`` is the most; only for the last one.
    """

    name: str
    zh: str
    en: str
    size: int
    meanings: Mapping[str, tuple[str, str]] = MappingProxyType({})
    open_end: bool = False


def cut(table: Iterable[SubField], text: str) -> dict[str, str]:
    """The parts by name, as far as the text goes; ``rest``: what stands behind them, if anything does."""
    found, at = {}, 0
    for part in table:
        if at < len(text):
            found[part.name] = text[at : at + part.size]
        at += part.size
    if text[at:]:
        found[REST] = text[at:]
    return found


def put_together(table: Iterable[SubField], parts: Mapping[str, str]) -> str:
    """The text of these parts, which end where the first one is missing. Raises BadSubfields for a part that is
    unknown, of a wrong length, or behind a missing one.
    """
    made, ended, known = [], "", {REST}
    for part in table:
        known.add(part.name)
        value = parts.get(part.name)
        if value is None:
            ended = ended or part.name
            continue
        if ended:
            raise BadSubfields(f"{part.name} cannot stand without {ended} in front of it")
        if len(value) > part.size or (len(value) < part.size and not part.open_end):
            raise BadSubfields(f"{part.name}: {len(value)} characters, {part.size} are wanted")
        made.append(value)
    if unknown := sorted(set(parts) - known):
        raise BadSubfields(f"no part is called {', '.join(unknown)}")
    return "".join(made) + parts.get(REST, "")
