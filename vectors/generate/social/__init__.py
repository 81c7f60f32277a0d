"""The social side's vectors that are one rule over many rows: files, access, key versions, blocks, gates."""

from __future__ import annotations

from pathlib import Path

from vectors.generate.items_and_requirements import for_items
from vectors.generate.social.access import safety
from vectors.generate.social.gates import gates, pki_gates
from vectors.generate.social.pieces import Json
from vectors.generate.social.records import records
from vectors.generate.social.versions import key_versions
from vectors.generate.vector_layout import layout

FOLDER = Path(__file__).parents[2] / "generated"


def units() -> dict[str, Json]:
    """All generated files."""
    return {
        "records": records(),
        "safety": safety(),
        "key-versions": key_versions(),
        "blocked": for_items(gates()),
        "pki-gates": for_items(pki_gates()),
    }


def write() -> None:
    """Write them."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
