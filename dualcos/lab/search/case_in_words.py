"""The smallest case that shows a violation, as a person reads it: nothing of Python, nothing of a PIN or key."""

from __future__ import annotations

import re
from enum import Enum

from dualcos.lab.properties.traffic_steps import Raw

_TELLING = 3
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def in_words(case: object) -> str:
    """Values by their names, steps as they call themselves. Total."""
    return _words(case, outside=True)


def _words(case: object, *, outside: bool = False) -> str:
    if isinstance(case, Raw):
        return str(case)
    if isinstance(case, Enum):
        return _words(case.value)
    if isinstance(case, bytes):
        return case.hex().upper() if len(case) < _TELLING else f"{len(case)} bytes"
    if case is None or isinstance(case, bool):
        return {None: "nothing", True: "yes", False: "no"}[case]
    if isinstance(case, (tuple, list)):
        return _several(case, outside=outside)
    if isinstance(case, (str, int, float)):
        return str(case) or "nothing"
    named = type(case).__str__ is not object.__str__
    return str(case) if named else str(getattr(case, "__name__", _kind(case)))


def _several(case: tuple[object, ...] | list[object], *, outside: bool) -> str:
    names = getattr(case, "_fields", None)
    if names is None:
        shown = ", ".join(_words(each) for each in case) or "none"
        return shown if outside or len(case) < 2 else f"({shown})"
    if type(case).__str__ is not tuple.__str__:
        return str(case)
    fields = ", ".join(f"{name.replace('_', ' ')} {_words(each)}" for name, each in zip(names, case, strict=True))
    return f"{_kind(case)}: {fields}" if outside else f"({_kind(case)}: {fields})"


def _kind(case: object) -> str:
    return _HUMP.sub(" ", type(case).__name__.lstrip("_")).lower()
