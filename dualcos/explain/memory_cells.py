"""Cells of a card's memory in words (存储单元): what lies under a key, and whether it may be shown.

Their owners declare them; only what is declared and holds no secret may be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.kernel.stack import Stacks
from cos.stacks import STACKS, places
from firewall import mint
from firewall.cellkind import CellKind, kind_of
from firewall.hardware import chip
from firewall.partition import JOURNAL_CELLS

DIRECTORY_REGION = "directory"
_CHIPS: Mapping[str, tuple[CellKind, ...]] = MappingProxyType(
    {chip.CHIP_REGION: chip.CELLS, DIRECTORY_REGION: (*mint.CELLS, *JOURNAL_CELLS)}
)


def kinds_of(region: str, stacks: Stacks = STACKS) -> tuple[CellKind, ...]:
    """What the region of that label consists of; nothing that is known where the label is not.

    The MF's memory is one stack's or another's, by the card: what is special to one stands before what both have.
    """
    found = (kind for place, stack in places(stacks) if place.label == region for kind in stack.cells)
    return _CHIPS.get(region) or tuple(sorted(dict.fromkeys(found), key=lambda kind: not kind.special))


def is_secret(region: str, key: bytes, stacks: Stacks = STACKS) -> bool:
    """True unless the cell is known to hold neither key nor PIN."""
    kind = kind_of(kinds_of(region, stacks), key)
    return kind is None or kind.secret


def cell_name(region: str, key: bytes, stacks: Stacks = STACKS) -> str:
    """What the cell is; its key in hex where that is not known."""
    kind = kind_of(kinds_of(region, stacks), key)
    return kind.named(key) if kind is not None else key.hex().upper() or "a cell without a name"
