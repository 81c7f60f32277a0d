"""Rule files that come along, by name: what partners do to terminals on bad days. A folder for each kind of partner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dualcos.leash.leash_rules import LeashFile, read_leash_file

_FOLDER = Path(__file__).parent / "ready"
SOCIAL, BANK = "social", "bank"
"""Kinds: the bureau's back end, and an acquirer with an issuer behind it. Their rules name other facts."""


def ready_behaviours(kind: str) -> Mapping[str, LeashFile]:
    """All of one kind, by name."""
    return {path.stem: read_leash_file(path) for path in sorted((_FOLDER / kind).glob("*.toml"))}


def ready_path(kind: str, name: str) -> Path | None:
    """The file of one; None if none of this kind is called so."""
    return next((path for path in (_FOLDER / kind).glob("*.toml") if path.stem == name), None)
