"""Levels of keys and the access words built from them, in the T514 dialect of file creation.

A level is one byte: 00 free, EF never, FF master key, else a key's sequence number written twice (11, 22, ... EE). An
access word is two bytes: the level demanded in the parent directory, then in the current one. The PIN lies in SSSE,
so a directory below demands it in the first byte, SSSE itself in the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cos.ssse.tables.table_model import Access, AccessKind, KeyKind, KeyRow

FREE_LEVEL, NEVER_LEVEL, MASTER_LEVEL = 0x00, 0xEF, 0xFF
MOST_LEVELS = 0x0E
_WITH_LEVEL = frozenset({KeyKind.AUTHENTICATION, KeyKind.PIN})
_AND = 4
_PIN_NAME = "PIN"

Levels = Mapping[str, int]


class LevelError(ValueError):
    """The rule or the keys cannot be written in levels."""


class SocialAccessWords(NamedTuple):
    """How a file is created: read word and write word (2 bytes each), SCW.

    SCW has one nibble per word, 4 where both demands must be met, else 0. That reading has the high nibble is inferred.
    """

    read: bytes
    write: bytes
    scw: int


def levels(keys: Iterable[KeyRow]) -> Levels:
    """Level byte by key name, counted in the order given; the groups of one key share its level.

    Master key FF; keys that reach no state (internal authentication, maintenance, medical) 00.
    Raises LevelError beyond 14 keys with a level: the fifteenth would look like the master key.
    """
    found: dict[str, int] = {}
    number = 0
    for row in keys:
        if row.kind is KeyKind.MASTER:
            found[row.name] = MASTER_LEVEL
        elif row.kind not in _WITH_LEVEL:
            found[row.name] = FREE_LEVEL
        else:
            number += 1
            if number > MOST_LEVELS:
                raise LevelError(f"{row.name} would be key {number} with a level, {MOST_LEVELS} are possible")
            found[row.name] = number * 0x11
    return MappingProxyType(found)


def access_words(read: Access, update: Access, current: Levels, parent: Levels | None = None) -> SocialAccessWords:
    """The words for a file's two rules. ``parent``: levels of SSSE, None for a file that lies in SSSE itself.

    Raises LevelError for a key without a level, or a PIN-and-key rule in SSSE: both would need the same byte.
    """
    read_word, read_nibble = _word(read, current, parent)
    write_word, write_nibble = _word(update, current, parent)
    return SocialAccessWords(read_word, write_word, read_nibble << 4 | write_nibble)


def _word(rule: Access, current: Levels, parent: Levels | None) -> tuple[bytes, int]:
    if rule.kind is AccessKind.FREE:
        return bytes((FREE_LEVEL, FREE_LEVEL)), 0
    if rule.kind is AccessKind.NEVER:
        return bytes((NEVER_LEVEL, NEVER_LEVEL)), 0
    if rule.kind is AccessKind.MASTER:
        return bytes((FREE_LEVEL, MASTER_LEVEL)), 0
    if rule.kind is AccessKind.KEY:
        return bytes((FREE_LEVEL, _level(rule.key, current))), 0
    pin = _level(_PIN_NAME, current if parent is None else parent)
    if rule.kind is AccessKind.PIN:
        return bytes((FREE_LEVEL, pin) if parent is None else (pin, FREE_LEVEL)), 0
    if parent is None:
        raise LevelError(f"'{rule}' cannot be written where PIN and key share one directory")
    return bytes((pin, _level(rule.key, current))), _AND if rule.kind is AccessKind.PIN_AND_KEY else 0


def _level(name: str, known: Levels) -> int:
    level = known.get(name, FREE_LEVEL)
    if level == FREE_LEVEL:
        raise LevelError(f"{name} has no level here")
    return level


def decode_access(words: SocialAccessWords, current: Levels, parent: Levels | None = None) -> tuple[str, str]:
    """What the words say, for reading and for writing: ``("PIN or RK1DF01", "UK1DF01")``. Total: any bytes explain."""
    return (
        _explain(words.read, words.scw >> 4, current, parent),
        _explain(words.write, words.scw & 15, current, parent),
    )


def _explain(word: bytes, nibble: int, current: Levels, parent: Levels | None) -> str:
    if NEVER_LEVEL in word:
        return "never"
    demands = [
        _named(level, known)
        for level, known in zip(word, (parent or MappingProxyType({}), current), strict=True)
        if level != FREE_LEVEL
    ]
    return (" and " if nibble == _AND else " or ").join(demands) or "free"


def _named(level: int, known: Levels) -> str:
    if level == MASTER_LEVEL:
        return "master key"
    names = [name for name, own in known.items() if own == level]
    return "/".join(names) or f"level {level:02X}"
