"""The whole file structure of one edition, put together from the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from cos.ssse.tables import (
    df01_public,
    df02_employment,
    df03_insurance,
    df04_medical,
    df05_health,
    df06_relief,
    df07_personnel,
    directory_keys,
    ssse_holder,
)
from cos.ssse.tables.names_of_2015 import renamed
from cos.ssse.tables.regional_files import Extension
from cos.ssse.tables.table_model import NEVER, AccessKind, Directory, File, KeyKind, KeyRow, Version

_UNEMPLOYED = 0x60


class StructureError(ValueError):
    """The chosen parts do not fit together."""


class _Source(NamedTuple):
    """A directory's rows over all editions."""

    directory: Directory
    unemployed_in: int = 0  # file that may hold item 60


_SOURCES: tuple[_Source, ...] = (
    _Source(
        Directory(
            ssse_holder.FID,
            ssse_holder.NAME,
            ssse_holder.LABEL_ZH,
            ssse_holder.LABEL_EN,
            ssse_holder.FILES,
            directory_keys.SSSE,
            "V2.0 tables 1, 3",
        )
    ),
    _Source(
        Directory(
            df01_public.FID,
            df01_public.NAME,
            df01_public.LABEL_ZH,
            df01_public.LABEL_EN,
            df01_public.FILES,
            directory_keys.DF01,
            "V2.0 tables 2, 4",
        )
    ),
    _Source(
        Directory(
            df02_employment.FID,
            df02_employment.NAME,
            df02_employment.LABEL_ZH,
            df02_employment.LABEL_EN,
            df02_employment.FILES,
            directory_keys.DF02,
            "V2.0 tables 2, 5",
        ),
        0xEF06,
    ),
    _Source(
        Directory(
            df03_insurance.FID,
            df03_insurance.NAME,
            df03_insurance.LABEL_ZH,
            df03_insurance.LABEL_EN,
            df03_insurance.FILES,
            directory_keys.DF03,
            "V2.0 tables 2, 6",
        ),
        0xEF05,
    ),
    _Source(
        Directory(
            df04_medical.FID,
            df04_medical.NAME,
            df04_medical.LABEL_ZH,
            df04_medical.LABEL_EN,
            df04_medical.FILES,
            directory_keys.DF04,
            "V2.0 tables 2, 7",
            (df04_medical.AMOUNTS,),
        )
    ),
    _Source(
        Directory(
            df05_health.FID,
            df05_health.NAME,
            df05_health.LABEL_ZH,
            df05_health.LABEL_EN,
            df05_health.FILES,
            directory_keys.DF05,
            "V2.0 appendix B",
        )
    ),
    _Source(
        Directory(
            df06_relief.FID,
            df06_relief.NAME,
            df06_relief.LABEL_ZH,
            df06_relief.LABEL_EN,
            df06_relief.FILES,
            directory_keys.DF06,
            "V2.0 appendix B",
        )
    ),
    _Source(
        Directory(
            df07_personnel.FID,
            df07_personnel.NAME,
            df07_personnel.LABEL_ZH,
            df07_personnel.LABEL_EN,
            df07_personnel.FILES,
            directory_keys.DF07,
            "V2.0 tables 2, 8",
            since=Version.V2,
        )
    ),
)


def _edition(source: _Source, version: Version, unemployment_in: int) -> Directory:
    moved_out = source.unemployed_in if source.directory.fid != unemployment_in else 0
    files = tuple(
        _without_unemployment(file) if file.fid == moved_out else file
        for file in source.directory.files
        if file.since <= version <= file.until
    )
    if version >= Version.V3:
        files = renamed(source.directory.fid, files)
    rows = tuple(row for row in source.directory.keys if row.since <= version)
    return replace(source.directory, files=files, keys=rows)


def _without_unemployment(file: File) -> File:
    return replace(file, items=tuple(item for item in file.items if item.tag != _UNEMPLOYED))


def _build(version: Version, unemployment_in: int) -> tuple[Directory, ...]:
    return tuple(_edition(source, version, unemployment_in) for source in _SOURCES if source.directory.since <= version)


_READY: Mapping[tuple[Version, int], tuple[Directory, ...]] = MappingProxyType(
    {(version, fid): _build(version, fid) for version in Version for fid in (df02_employment.FID, df03_insurance.FID)}
)


def structure(
    version: Version, *, unemployment_in: int = df02_employment.FID, extensions: Iterable[Extension] = ()
) -> tuple[Directory, ...]:
    """The directories of one edition, SSSE first, each with exactly its files and keys.

    ``unemployment_in``: which of DF02 (EF06) and DF03 (EF05) holds item 60; V2.0 §7 wants exactly one of them.
    Raises StructureError if that is neither, or an extension takes an identifier already in use.
    """
    try:
        directories = _READY[version, unemployment_in]
    except KeyError:
        raise StructureError(f"item 60 cannot lie in {unemployment_in:04X}") from None
    for added in extensions:
        directories = tuple(_extend(each, added) if each.fid == added.directory else each for each in directories)
    return directories


def _extend(directory: Directory, added: Extension) -> Directory:
    kept = tuple(row for row in directory.keys if row.name not in added.without)
    taken = {row.kid: row.name for row in kept if row.kind is KeyKind.AUTHENTICATION}
    for row in added.keys:
        if row.kid in taken:
            raise StructureError(f"{added.name}: key identifier {row.kid:02X} belongs to {taken[row.kid]}")
    for file in added.files:
        if directory.file(file.fid):
            raise StructureError(f"{added.name}: file {file.fid:04X} exists")
    internal = tuple(
        replace(file, update=NEVER) if file.update.kind is AccessKind.KEY and file.update.key in added.without else file
        for file in directory.internal
    )
    return replace(directory, files=directory.files + added.files, keys=_insert(kept, added.keys), internal=internal)


def _insert(rows: tuple[KeyRow, ...], added: tuple[KeyRow, ...]) -> tuple[KeyRow, ...]:
    """Extra keys go last, but in front of the PIN: it is loaded last."""
    pin = tuple(row for row in rows if row.kind is KeyKind.PIN)
    return tuple(row for row in rows if row.kind is not KeyKind.PIN) + added + pin


def find(directories: Iterable[Directory], fid: int) -> Directory | None:
    """The directory with identifier ``fid``, None if the structure has none."""
    return next((each for each in directories if each.fid == fid), None)
