"""The Python and the output that README and the how-to show, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
HOW_TO = (ROOT / "docs/how-to/fuzz-your-own-card.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
_FILE = re.compile(r"`(\w+)\.py`:\n\n```python\n(.*?)```", re.DOTALL)


def programs(page: str) -> list[str]:
    """Every Python of a page."""
    return _PYTHON.findall(page)


def files(page: str) -> dict[str, str]:
    """Those that the page gives a name, by module."""
    return dict(_FILE.findall(page))


def output(page: str, command: str) -> list[str]:
    """The lines below ``$ command``."""
    found = re.search(rf"^\$ {re.escape(command)}\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    assert found, command
    return found[1].splitlines()
