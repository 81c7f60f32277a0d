"""How a bug is put in: by a patch of the real classes, so what is proved is proved of the real card's code."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from cos.kernel.command_rows import CommandRow

Patch = pytest.MonkeyPatch
_ENGINES = {
    "pse": "cos.pse.commands.command_table",
    "ssse": "cos.ssse.commands.command_table",
    "psam": "cos.psam.commands.command_table",
    "pki": "cos.pki.command_table",
}
"""Where a stack's engines find their rows, if not beside its value."""


def change_rows(patch: Patch, stack: str, changed: Callable[[CommandRow], CommandRow]) -> None:
    """Give the cards made from now on other rows of a stack, by its label."""
    module = import_module(_ENGINES.get(stack, f"cos.{stack}.stack"))
    patch.setattr(module, "ROWS", tuple(changed(row) for row in module.ROWS))


def swap_handler(patch: Patch, name: str, handler: Callable[..., object], stack: str = "ssse") -> None:
    """Give a stack's rows called ``name`` another handler."""
    change_rows(patch, stack, lambda row: row._replace(handler=handler) if row.name == name else row)


def exchange_handler(patch: Patch, stack: str, old: Callable[..., object], new: Callable[..., object]) -> None:
    """Give the rows of a stack that have the handler ``old`` the handler ``new``."""
    change_rows(patch, stack, lambda row: row._replace(handler=new) if row.handler is old else row)
