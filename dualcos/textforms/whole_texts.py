"""Patterns of texts that must fit from the first character to the last, for whoever reads them.

``$`` is not enough: to Python, and so to the loaders, it also stands before a line end that comes last, to an editor's
ECMA-262 it does not. What these patterns say means the same to both.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

ENDS = r"$(?![\s\S])"
ONE_LINE = rf"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*{ENDS}"
"""A text that makes no line of its own in a report, and is nothing to a terminal."""
NotBlank = Annotated[str, Meta(pattern=r"[^\s\ufeff]")]
"""Not empty, and not only what one of the two takes for blanks."""


def whole(pattern: str) -> str:
    """``pattern``, which may be alternatives only in brackets, of a whole text."""
    return f"^{pattern}{ENDS}"
