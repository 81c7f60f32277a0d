"""JSON and TOML that somebody else wrote. Total: a value, or ``BadText`` with the reason in one line.

Whatever a parser raises for hostile text (nesting without end, numbers of a thousand digits, half a character) ends
here; and what is nested deeper than any file of ours does, before somebody walks through it by recursion.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from typing import Any, TypeVar, overload

import msgspec

from dualcos.textforms.text_files import lines_in
from dualcos.textforms.what_is_wrong import what_is_wrong

T = TypeVar("T")
_DEEPEST = 64
_MOST_DOTS = 1000


class BadText(ValueError):
    """The text is none of its form, or none of the kind that was asked for; the message says why."""


@overload
def from_json(text: str | bytes) -> Any: ...  # noqa: ANN401 - whatever JSON can say
@overload
def from_json(text: str | bytes, kind: type[T]) -> T: ...
def from_json(text: str | bytes, kind: Any = Any) -> Any:
    """The value of a JSON text, as ``kind``. Raises BadText; where the kind does not fit, with the field's path."""
    try:
        if kind is Any:
            return _shallow(msgspec.json.decode(text))
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise BadText(what_is_wrong(error)) from None
    except RecursionError:
        raise _too_deep("JSON") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadText(f"not JSON: {_reason(error)}") from None


def named_twice(text: str | bytes) -> str:
    """The first name that an object in a JSON text has twice, of which readers take one in silence; empty if none has.

    Raises BadText: what ``from_json`` has read, nested too deep.
    """
    found: list[str] = []

    def keep(pairs: list[tuple[str, object]]) -> None:
        if len(dict(pairs)) < len(pairs):
            found.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)

    try:
        json.loads(text, object_pairs_hook=keep, parse_int=str, parse_float=str, parse_constant=str)
    except (RecursionError, ValueError):  # of what ``from_json`` has read, only depth is left to be wrong
        raise _too_deep("JSON") from None
    return found[0] if found else ""


def from_toml(text: str) -> dict[str, Any]:
    """The table of a TOML text. Raises BadText."""
    if any(line.count(".") > _MOST_DOTS for line in lines_in(text)):
        raise _too_deep("TOML")  # each step of a dotted key costs the parser as many steps again
    try:
        found: dict[str, Any] = _shallow(tomllib.loads(text))
    except RecursionError:
        raise _too_deep("TOML") from None
    except ValueError as error:  # the parser's own, and Python's for numbers too long to read
        raise BadText(f"not TOML: {_reason(error)}") from None
    return found


def _shallow(value: Any) -> Any:  # noqa: ANN401 - whatever the form can say
    """``value``, if it is nested no deeper than files of ours are."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level if isinstance(each, (dict, list)) for inner in _inside(each)]
        if not level:
            return value
    raise RecursionError


def _inside(value: dict[str, Any] | list[Any]) -> list[Any]:
    found = value.values() if isinstance(value, dict) else value
    return [each for each in found if isinstance(each, (dict, list))]


def _too_deep(form: str) -> BadText:
    return BadText(f"not {form} of ours: nested too deep")


def _reason(error: Exception) -> str:
    """What a parser says, on one line and without what it was given."""
    if isinstance(error, UnicodeError):
        return "not UTF-8 text"
    return " ".join(str(error).split()).partition("; use sys.")[0] or "malformed"
