"""How vector files are laid out: a line per step, so that a change of one step is a change of one line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

_STEPS = ("setup", "steps", "after")


def layout(unit: Mapping[str, Any]) -> str:
    """The JSON text of a unit."""
    lines = [f"  {_pair(name, value)}" for name, value in unit.items() if name not in ("vectors", "setup", "notes")]
    if unit.get("setup"):
        lines.append(f'  "setup": {_list(unit["setup"], 2)}')
    if unit.get("notes"):
        notes = ",\n".join(f"    {_pair(name, value)}" for name, value in unit["notes"].items())
        lines.append(f'  "notes": {{\n{notes}\n  }}')
    lines.append('  "vectors": [\n' + ",\n".join(_vector(each) for each in unit["vectors"]) + "\n  ]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _vector(vector: Mapping[str, Any]) -> str:
    said = {name: value for name, value in vector.items() if name not in _STEPS and (value or value is False)}
    lines = [f"      {_pair(name, value)}" for name, value in said.items()]
    lines += [f'      "{name}": {_list(vector[name], 6)}' for name in _STEPS if name == "steps" or vector.get(name)]
    return "    {\n" + ",\n".join(lines) + "\n    }"


def _list(values: Sequence[Any], indent: int) -> str:
    if not values:
        return "[]"
    blank = " " * indent
    return "[\n" + ",\n".join(f"{blank}  {_text(value)}" for value in values) + f"\n{blank}]"


def _pair(name: str, value: object) -> str:
    return f"{_text(name)}: {_text(value)}"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
