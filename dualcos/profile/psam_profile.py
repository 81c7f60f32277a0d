"""What a profile says of a terminal's key card (PSAM): its environments, its files, its keys one by one."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cos.psam.options import PsamOptions
from dualcos.profile.field_faults import SECRET
from dualcos.profile.field_types import Date, Key16, Region
from dualcos.textforms.whole_texts import whole

_Byte = Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{2}"), description="one byte, 2 hex digits")]
_Value = Annotated[
    str,
    Meta(
        pattern=whole("([0-9A-Fa-f]{16}|[0-9A-Fa-f]{32})"),
        description="a key of 8 or 16 bytes, 16 or 32 hex digits",
        extra={SECRET: True},
    ),
]
_Group = Annotated[int, Meta(ge=1, le=3)]


class PsamAuthority(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one authority announces, where it is not what the PSAM says for all three (SSC-9 §5.5 to §5.7)."""

    group: _Group | None = None
    purchase_index: _Group | None = None
    valid_from: Date | None = None
    valid_to: Date | None = None


class PsamKeyProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One key for user cards, as its record has it: usage, identifier or version, algorithm, value (SSC-9 §6.1).

    ``key``: its name in the user card's tables, regional ones too (``UK1SSSE``, which is 48/13); left out for a key
    that no table has, which needs ``usage``, ``identifier`` and ``value``. All else is as the tables say, unless:
    ``tier``: whose key it is, which gives the steps of its usage; left out, that of ``usage``, else the PSAM's own, and
    as listed where the PSAM says ``none``.
    ``group``: which of the card's groups of it (of a purchase key: which version; left out, all of them).
    ``usage``: steps and type; ``identifier``: a purchase key's is its version unless one is given. ``file``: 0011
    national, 0012 provincial, 0013 city; left out, by identifier (SSC-9 App. A). ``environments``: where, left out
    everywhere. ``value``: the key itself at its tier; left out, it comes from the national test root.
    """

    key: str = ""
    tier: Literal["root", "province", "city"] | None = None
    group: _Group | None = None
    usage: _Byte | None = None
    identifier: _Byte | None = None
    algorithm: Literal["3DES", "DES", "SM4"] | None = None
    file: Literal["0011", "0012", "0013"] | None = None
    environments: tuple[Literal["sx1", "sx2", "sx3"], ...] = ()
    value: _Value | None = None


class PsamProfile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A terminal's key card (SSC-9).

    ``tier``: whose keys it holds, for every key that the national tables give a PSAM: of the national ``root``, of the
    ``province``, of the ``city``, or each ``as listed`` there (SSC-9 table B1, 密钥索引表 2013); ``none``: none.
    ``keys``: keys one by one; in an environment where they name a key of the tables they stand in its place.
    ``mf``, ``sx2``, ``sx3``: cipher of the MF's environment, of DDF1 and of a third one, empty for none; without
    ``mf`` the chip stays blank. SSC-9 §5 knows two; ``sx3.sh.社会保障`` is where programs for 3.0 cards find SM4.
    ``group``: which of the three groups of keys it holds, announced in 001A to 001C. ``purchase_index``: whose
    purchase keys, all versions. ``national``, ``provincial``, ``municipal``: where one authority has others.
    ``issuer`` to ``fci``: file 0015. ``own_keys``: of the PSAM itself, ``MF master``, ``sx2 master``, ``sx1
    application master`` …, ``KID-01 root``, ``KID-02 province``, ``KID-03 city``; left out, they come from the label.
    ``roots``: national test roots by key name (``UKSSSE group 2``) where they are not the ones every profile of the
    same label shares.
    """

    city: Region
    tier: Literal["root", "province", "city", "as listed", "none"] = "city"
    keys: tuple[PsamKeyProfile, ...] = ()
    mf: Literal["", "3DES", "SM4"] = "3DES"
    sx2: Literal["", "SM4"] = ""
    sx3: Literal["", "SM4"] = ""
    terminal: Annotated[str, Meta(pattern=whole("[0-9]{12}"), description="12 digits")]
    issuer: Annotated[str, Meta(pattern=whole("[0-9]{2}"), description="2 digits")] = "01"
    serial: Annotated[str, Meta(pattern=whole("[0-9]{20}"), description="20 digits")] = "00000000000000000001"
    version: _Byte = "01"
    card_type: _Byte = "00"
    fci: Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{4}"), description="4 hex digits")] = "0000"
    group: _Group = 1
    purchase_index: _Group = 1
    valid_from: Date = "20240101"
    valid_to: Date = "20341231"
    national: PsamAuthority = PsamAuthority()
    provincial: PsamAuthority = PsamAuthority()
    municipal: PsamAuthority = PsamAuthority()
    own_keys: dict[str, Key16] = {}
    roots: dict[str, Key16] = {}
    options: PsamOptions = PsamOptions()
