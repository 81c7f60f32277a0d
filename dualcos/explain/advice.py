"""Who would have had to give a right (缺少的权限): keys and PIN that a refusal names, as a terminal proves them."""

from __future__ import annotations

from typing import NamedTuple

from cos.kernel.access_rights import Holder
from cos.kernel.directory_headers import LEVEL_MASTER
from cos.ssse.security.key_types import SocialKeyType
from cos.ssse.tables.table_model import KeyKind, Version
from dualcos.explain import names_of_places
from dualcos.explain.refusal_reasons import holders
from dualcos.explain.tracker import Tracker
from firewall.trace import Datum, Reason

_SIDE = "ssse"
_APPLICATION = 0x80  # b8 of P2: a key of the current application
_MOST_KEYS = 4
_PIN = 0x01  # type of a PIN among a directory's keys, on every side


class KeyToProve(NamedTuple):
    """A key that EXTERNAL AUTHENTICATION proves: ``number`` is its P2; where PSAMs keep its root, usage and identifier
    each.
    """

    number: int
    name: str = ""
    psam: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        where = ", ".join(f"{usage:02X}/{identifier:02X}" for usage, identifier in self.psam)
        named = f"{self.name}{f' (PSAM {where})' if where else ''}: " if self.name else ""
        return f"{named}00 82 00 {self.number:02X} 10"


class RightsToProve(NamedTuple):
    """Whoever a refusal asks for and has not got yet: keys, the PIN, a master key. ``together``: the PIN beside a key,
    else any of them will do.
    """

    keys: tuple[KeyToProve, ...]
    pin: bool
    master: bool
    together: bool


def rights_to_prove(reason: Reason, at: Tracker) -> RightsToProve:
    """Whom the refusal names, each once."""
    held = reason.about.get("held")
    proved = held if isinstance(held, tuple) else ()
    asked = tuple(one for one in dict.fromkeys(holders(reason)) if one not in proved)
    keys = tuple(dict.fromkeys(key for one in asked for key in _keys(one, at)))
    alone = any(isinstance(each, tuple) and len(each) == 1 for each in _alternatives(reason))
    master = any(one.level == LEVEL_MASTER for one in asked)
    return RightsToProve(keys, any(map(_is_pin, asked)), master, not alone)


def _alternatives(reason: Reason) -> tuple[Datum, ...]:
    needed = reason.about.get("needed")
    return needed if isinstance(needed, tuple) else ()


def _is_pin(one: Holder) -> bool:
    return any(kind == _PIN for kind, _ in one.entries)


def _keys(one: Holder, at: Tracker) -> tuple[KeyToProve, ...]:
    if one.level == LEVEL_MASTER or _is_pin(one):
        return ()
    numbers = dict.fromkeys(number for kind, number in one.entries if kind == SocialKeyType.EXTERNAL)
    return tuple(_key(one.directory, number, at) for number in numbers)


def _key(directory: int, number: int, at: Tracker) -> KeyToProve:
    """A key of the social side has a name there, and a root in PSAMs."""
    row = names_of_places.key_row(directory, number, at.version) if at.spot.environment == _SIDE else None
    if row is None:
        return KeyToProve(number)
    return KeyToProve(number, f"{row.name} {row.purpose_zh}", tuple(row.psam))


class KeyElsewhere(NamedTuple):
    """A key with that number in another directory: what it is called there, and P2 when that directory is current."""

    place: str
    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.place} {self.name}: P2 {self.number:02X}"


def keys_elsewhere(p2: int, directory: int | None, version: Version) -> tuple[KeyElsewhere, ...]:
    """Keys that EXTERNAL AUTHENTICATION proves under the same number in other directories, or with b8 otherwise."""
    found = []
    for each in names_of_places.directories(version):
        for row in each.keys:
            here = each.fid == directory and row.kid == p2
            if row.kind is KeyKind.AUTHENTICATION and (row.kid ^ p2) & ~_APPLICATION == 0 and not here:
                found.append(KeyElsewhere(names_of_places.short_directory(each.fid), row.name, row.kid))
    return tuple(found[:_MOST_KEYS])
