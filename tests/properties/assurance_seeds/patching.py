"""How a bug is put in: by a patch of the real classes, so what is proved is proved of the real card's code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cos import card
from cos.kernel.rows import Table
from cos.pse.commands import table as bank_table

Patch = pytest.MonkeyPatch


def swap_handler(patch: Patch, name: str, handler: Callable[..., object]) -> None:
    """Give the social side's rows called ``name`` another handler."""
    rows = tuple(row._replace(handler=handler) if row.name == name else row for row in card.SSSE_TABLE.rows)
    patch.setattr(card, "SSSE_TABLE", Table(rows))


def exchange_handler(patch: Patch, table: str, old: Callable[..., object], new: Callable[..., object]) -> None:
    """Give the rows of ``table``, as the card knows it, that have the handler ``old`` the handler ``new``."""
    patch.setattr(card, table, Table(_exchanged(getattr(card, table).rows, old, new)))


def exchange_bank_handler(patch: Patch, old: Callable[..., object], new: Callable[..., object]) -> None:
    """The same on the bank side, in every stage of its life."""
    stages = {stage: _exchanged(rows, old, new) for stage, rows in bank_table.STAGES.items()}
    patch.setattr(bank_table, "STAGES", stages)


def _exchanged(rows, old, new):
    return tuple(row._replace(handler=new) if row.handler is old else row for row in rows)
