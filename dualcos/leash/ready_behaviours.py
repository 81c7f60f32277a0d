"""Rule files that come along, by name: what back ends do to terminals on bad days."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dualcos.leash.leash_rules import LeashFile, read_leash_file

_FOLDER = Path(__file__).parent / "ready"


def ready_behaviours() -> Mapping[str, LeashFile]:
    """All of them, by name."""
    return {path.stem: read_leash_file(path) for path in sorted(_FOLDER.glob("*.toml"))}


def ready_path(name: str) -> Path | None:
    """The file of one; None if none is called so."""
    return next((path for path in _FOLDER.glob("*.toml") if path.stem == name), None)
