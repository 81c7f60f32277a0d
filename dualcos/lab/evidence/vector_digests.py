"""Digests of what a campaign plays, in the form in which ``sha256sum`` prints and checks them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from dualcos.lab.conformance.vector_file import ROUTINES, vector_files
from dualcos.lab.evidence.campaign_records import FileDigest


def file_digests(paths: Sequence[Path]) -> list[FileDigest]:
    """Every vector file of ``paths``, files or folders, and the routines they call, sorted by path.

    A path is told below its folder; of several folders, behind the folder's own name. Raises OSError.
    """
    found: dict[str, Path] = {}
    for path in paths:
        head = f"{path.resolve().name}/" if path.is_dir() and len(paths) > 1 else ""
        for file in _files(path):
            below = file.relative_to(path).as_posix() if path.is_dir() else file.name
            found[head + below] = file
    return [FileDigest(path=path, sha256=_digest(file.read_bytes())) for path, file in sorted(found.items())]


def vector_root(files: Iterable[FileDigest]) -> str:
    """One digest over all: of their lines ``sha256  path`` as they stand."""
    return _digest("".join(f"{file.sha256}  {file.path}\n" for file in files).encode())


def digest_of_ids(ids: Iterable[str]) -> str:
    """One digest over ids of vectors: of their lines, sorted."""
    return _digest("".join(f"{each}\n" for each in sorted(ids)).encode())


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return [*vector_files(path), *sorted(path.rglob(ROUTINES))]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
