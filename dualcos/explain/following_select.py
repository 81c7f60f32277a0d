"""Where a SELECT leads, seen from outside: what each stack has inside that can be selected.

An environment itself is found by its places. What a stack has besides (directories, applications) is here by its label;
a stack that is not has nothing inside that anybody would have to follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cos.ssse.tables import ssse_holder
from cos.ssse.tables.table_model import Version
from dualcos.explain import names_of_places

_EDITION_FILE = 0xEF05


class Inside(NamedTuple):
    """A place inside an environment: its directory where there are tables of them, and what it is called in short."""

    directory: int | None = None
    within: str = ""


class Following(NamedTuple):
    """``home``: the directory that is current on entering, ``edition``: the file whose record tells the tables'.

    ``named``, ``identified``: where a DF name or an identifier leads inside it; None: nowhere. ``own``: how names begin
    that lead nowhere else while it is current. ``lists``: its answers hold data object lists that later commands go by,
    until the next selection.
    """

    home: int | None = None
    edition: tuple[int, int] | None = None
    named: Callable[[bytes, Version], Inside | None] = lambda _name, _version: None
    identified: Callable[[int, Version], Inside | None] = lambda _fid, _version: None
    own: bytes | None = None
    lists: bool = False


def _social(fid: int) -> Inside:
    return Inside(fid, "" if fid == ssse_holder.FID else names_of_places.short_directory(fid))


def _social_named(name: bytes, version: Version) -> Inside | None:
    found = names_of_places.by_name(name, version)
    return _social(found.fid) if found is not None else None


def _social_identified(fid: int, version: Version) -> Inside | None:
    return _social(fid) if names_of_places.by_fid(fid, version) is not None else None


def _bank_named(name: bytes, version: Version) -> Inside | None:  # noqa: ARG001 - the shape of all
    """A name that nobody else knows is one of a bank's applications."""
    return Inside(None, "ADF" if name else "")


def _key_card_named(name: bytes, version: Version) -> Inside | None:  # noqa: ARG001 - the shape of all
    """An environment holds one application, DF01 (SSC-9 §5)."""
    return Inside(None, "DF01" if name[:1] in (b"\xd1", b"\xdf") else "")


def _key_card_identified(fid: int, version: Version) -> Inside | None:  # noqa: ARG001 - the shape of all
    return Inside(None, "DF01") if fid >> 8 == 0xDF else None


FOLLOWING: Mapping[str, Following] = MappingProxyType(
    {
        "manager": Following(names_of_places.MF_FID),
        "ssse": Following(
            ssse_holder.FID, (ssse_holder.FID, _EDITION_FILE), _social_named, _social_identified, b"\xd1"
        ),
        "pse": Following(named=_bank_named, lists=True),
        "psam": Following(named=_key_card_named, identified=_key_card_identified),
    }
)
NOTHING_INSIDE = Following()
