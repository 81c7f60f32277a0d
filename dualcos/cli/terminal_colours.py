"""Colour on a terminal, none anywhere else; NO_COLOR is respected (https://no-color.org)."""

from __future__ import annotations

import os
from typing import TextIO

from dualcos.cli.screen import Screen
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
    """Colours if ``stream`` is a screen on a terminal that wants them."""
    screen: object = stream
    if not isinstance(screen, Screen) or not screen.isatty():
        return plain
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return plain
    paint = screen.paint
    return lambda role, text: paint(_CODES[role], text)
