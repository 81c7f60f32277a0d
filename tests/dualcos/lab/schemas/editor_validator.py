"""JSON Schema as an editor reads it: patterns are ECMA-262's, whose ``$`` and ``\\s`` are others than Python's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from dualcos.textforms.whole_texts import ENDS

_BLANKS = "\\t\\n\\v\\f\\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # ECMA-262, WhiteSpace
_OUTSIDE = {"$": r"\Z", ".": "[^\n\r\u2028\u2029]"}
_PIECES = re.compile(r"\\.|[\[\]$.]|[^\\\[\]$.]+", re.DOTALL)


@cache
def as_python(pattern: str) -> re.Pattern[str]:
    """An ECMA-262 pattern as Python writes it."""
    found, inside = "", False
    for piece in _PIECES.findall(pattern.replace(ENDS, r"\Z")):
        if piece in ("[", "]"):
            inside = piece == "["
        if piece == r"\s":
            found += _BLANKS if inside else f"[{_BLANKS}]"
        else:
            found += piece if inside else _OUTSIDE.get(piece, piece)
    return re.compile(found)


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not as_python(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


EditorValidator = extend(Draft202012Validator, {"pattern": _pattern})
