"""Which keys a card was made with, by hash of the cell, for cards whose keys are in no profile.

Written beside a card of a batch of invented people (``Card.provenance``); the values are in the card alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType

from dualcos.cardfile.card_file_format import KEYS, TEST, CardFileError
from dualcos.explain.card_contents import Dump
from dualcos.explain.memory_cells import is_secret

TEMPLATE, MADE_WITH = "template", "made with"
_ENOUGH = 16  # hex digits of a hash, to tell a cell by


def invented(template: str, dump: Dump) -> Mapping[str, str]:
    """Of a test card made from ``template`` with invented keys, whose cells are these: the mark and the hashes.

    What is loaded into the card later is not one of them.
    """
    return MappingProxyType({KEYS: TEST, TEMPLATE: template, MADE_WITH: json.dumps(_hashes(dump))})


def made_with(provenance: Mapping[str, str]) -> Mapping[tuple[str, bytes], str]:
    """The hashes in it, by region and cell; none if it is no such card's. Raises CardFileError."""
    try:
        return {
            (region, bytes.fromhex(cell)): digest
            for region, cells in json.loads(provenance.get(MADE_WITH, "{}")).items()
            for cell, digest in cells.items()
        }
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise CardFileError("what is written beside the card of its keys cannot be read: none is shown") from None


def hash_of(value: bytes) -> str:
    """What a cell is told by."""
    return hashlib.sha256(value).hexdigest()[:_ENOUGH]


def _hashes(dump: Dump) -> dict[str, dict[str, str]]:
    return {
        region: {cell.hex(): hash_of(value) for cell, value in cells.items() if is_secret(region, cell)}
        for region, cells in dump.items()
    }
