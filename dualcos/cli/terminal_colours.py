"""Colour on a terminal, none anywhere else; NO_COLOR is respected (https://no-color.org)."""

from __future__ import annotations

import os
from typing import TextIO

from dualcos.explain.rendering import Paint, Role, plain

_CODES: dict[Role, str] = {
    "seq": "2",
    "faint": "2",
    "good": "32",
    "warn": "33",
    "bad": "1;31",
    "place": "36",
    "name": "1",
    "value": "36",
    "reason": "31",
    "advice": "33",
}


def paint_for(stream: TextIO) -> Paint:
    """Colours if ``stream`` is a terminal that wants them."""
    wanted = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return _ansi if wanted else plain


def _ansi(role: Role, text: str) -> str:
    return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if text else text
