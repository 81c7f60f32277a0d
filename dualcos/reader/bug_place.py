"""Where a bug is, in one word that may be shown: an exception's text may quote a key or a PIN, its place never does."""

from __future__ import annotations

import traceback
from pathlib import Path

_HOME = Path(__file__).parents[2]


def place_of(bug: BaseException) -> str:
    """Path and line of the innermost frame, the path as the repository's listing has it; ``?`` if there is none."""
    frames = traceback.extract_tb(bug.__traceback__)
    if not frames:
        return "?"
    path = Path(frames[-1].filename)
    shown = path.relative_to(_HOME) if path.is_relative_to(_HOME) else path
    return f"{shown.as_posix()}:{frames[-1].lineno}"
