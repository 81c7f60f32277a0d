"""签购单: what a payment terminal prints (PBOC-6 §5.5), as lines."""

from __future__ import annotations

from typing import NamedTuple


class SalesSlip(NamedTuple):
    """One copy. ``copy``: whose it is; lines are as wide as the settings say, a Chinese character takes two columns."""

    copy: str
    lines: tuple[str, ...]
