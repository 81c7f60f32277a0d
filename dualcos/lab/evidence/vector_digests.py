"""Digests of what a campaign plays, in the form in which ``sha256sum`` prints and checks them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from dualcos.lab.conformance.vector_file import routines_of, vector_files
from dualcos.lab.evidence.campaign_records import FileDigest
from dualcos.textforms.json_and_toml import BadText, from_json


class _OneVector(Struct):
    profile: str | None = None


class _OneFile(Struct):
    """What a file of vectors names that stands in other files; the rest is not looked at."""

    profile: str | None = None
    vectors: list[_OneVector] = []


def file_digests(paths: Sequence[Path]) -> list[FileDigest]:
    """Every vector file of ``paths``, files or folders, with the routines and profiles beside that it names, sorted.

    A path is told as seen from the folder; of several folders, behind the folder's own name. Raises OSError.
    """
    found: dict[str, Path] = {}
    for number, path in enumerate(paths, 1):
        head = path.resolve().name if path.is_dir() and len(paths) > 1 else ""
        base = path.resolve() if path.is_dir() else path.resolve().parent
        for file in _files(path):
            seen = os.path.relpath(file, base)
            name = Path(os.path.normpath(Path(head) / seen)).as_posix()
            if found.get(name, file) != file:
                name = f"{number}/{name}"  # two files of one name, from two places
            found[name] = file
    return [FileDigest(path=path, sha256=_digest(file.read_bytes())) for path, file in sorted(found.items())]


def vector_root(files: Iterable[FileDigest]) -> str:
    """One digest over all: of their lines ``sha256  path`` as they stand."""
    return _digest("".join(f"{file.sha256}  {file.path}\n" for file in files).encode())


def digest_of_ids(ids: Iterable[str]) -> str:
    """One digest over ids of vectors: of their lines, sorted."""
    return _digest("".join(f"{each}\n" for each in sorted(ids)).encode())


def _files(path: Path) -> Iterator[Path]:
    for file in vector_files(path) if path.is_dir() else [path]:
        yield file.resolve()
        yield from _beside(file.resolve())


def _beside(file: Path) -> Iterator[Path]:
    """The files that a file of vectors is played with: the routines nearest above it, and profiles that are files."""
    routines = routines_of(file)
    if routines is not None:
        yield routines
    try:
        unit = from_json(file.read_bytes(), _OneFile)
    except BadText:  # whoever loads it says so
        return
    for name in {unit.profile, *(each.profile for each in unit.vectors)}:
        if name and (file.parent / name).is_file():
            yield (file.parent / name).resolve()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
