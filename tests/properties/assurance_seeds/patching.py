"""How a bug is put in: by a patch of the real classes, so what is proved is proved of the real card's code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cos import card
from cos.kernel.rows import Table

Patch = pytest.MonkeyPatch


def swap_handler(patch: Patch, name: str, handler: Callable[..., object]) -> None:
    """Give the social side's rows called ``name`` another handler."""
    rows = tuple(row._replace(handler=handler) if row.name == name else row for row in card.SSSE_TABLE.rows)
    patch.setattr(card, "SSSE_TABLE", Table(rows))
