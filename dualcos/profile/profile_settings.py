"""Single fields of a profile set from outside its file: ``chip.transmission.le00=data`` (卡片模板的单项设置).

A path is a TOML key; entries of a list have their number, ``pse.records.0101[2]`` or ``.2``. A value is TOML, or a
plain word. Where the field is text, what TOML would read as a number is the text (``pse.pin=1234``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from msgspec import Struct, inspect, structs

from dualcos.profile.field_faults import FieldType, default_of, dotted, fits, inner, plain, secret, unknown
from dualcos.textforms.json_and_toml import BadText, from_toml

_INDEX = re.compile(r"\[([0-9]+)\]")
_NUMBER = re.compile(r"[0-9]+")
HIDDEN = "…"
"""Stands for a value that is a key or a PIN."""


class SettingError(ValueError):
    """A setting that does not go; the message is one line and shows no value that may be a key."""


class FieldSetting(NamedTuple):
    """One field: the names that lead to it, and its value as text."""

    path: tuple[str, ...]
    value: str

    @classmethod
    def read(cls, text: str) -> FieldSetting:
        """``PATH=VALUE``. Raises SettingError."""
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingError("a field is set by PATH=VALUE, as chip.transmission.le00=data")
        key = _INDEX.sub(r".\1", name.strip())
        try:
            told: Any = from_toml(f"{key} = 0") if key.isprintable() else {}
        except BadText:
            told = {}
        path: list[str] = []
        while isinstance(told, dict) and len(told) == 1:
            ((step, told),) = told.items()
            path.append(step)
        if told != 0:
            raise SettingError(f"{name.strip()!r} is no path; write names with dots between them")
        return cls(tuple(path), value.strip())


def applied(told: dict[str, Any], settings: Iterable[str], whole: FieldType) -> dict[str, Any]:
    """``told``, what a profile's file says, with ``settings`` in place. Raises SettingError.

    Whether the values go is asked of the whole afterwards, as of any file.
    """
    changed = deepcopy(told)
    for text in settings:
        setting = FieldSetting.read(text)
        _put(changed, setting, whole)
    return changed


def masked(settings: Sequence[str], whole: FieldType) -> tuple[str, ...]:
    """``settings`` with dots for values that are keys or PINs, or that hold some."""
    return tuple(_masked(text, whole) for text in settings)


def holds_secret(told: Mapping[str, Any], whole: FieldType) -> bool:
    """True if ``told``, nested as in a profile's file, has a field that is a key or a PIN, or one nobody knows."""
    for name, value in told.items():
        kind = _field_type(whole, name)
        if isinstance(value, Mapping) and kind is not None:
            found = holds_secret(value, kind)
        else:
            found = value is not None and (kind is None or _holds_secrets(kind))
        if found:
            return True
    return False


def _masked(text: str, whole: FieldType) -> str:
    kind: FieldType | None = whole
    for name in FieldSetting.read(text).path:
        kind = _field_type(kind, name) if kind is not None else None
    return f"{text.partition('=')[0]}={HIDDEN}" if kind is None or _holds_secrets(kind) else text


def _field_type(kind: FieldType, name: str) -> FieldType | None:
    of = plain(kind)
    if isinstance(of, inspect.StructType):
        return next((each.type for each in of.fields if each.encode_name == name), None)
    return inner(of)


def _holds_secrets(kind: FieldType) -> bool:
    of = plain(kind)
    if isinstance(of, inspect.StructType):
        return any(_holds_secrets(each.type) for each in of.fields)
    entries = inner(of)
    return secret(kind) or (entries is not None and _holds_secrets(entries))


def _put(told: dict[str, Any], setting: FieldSetting, whole: FieldType) -> None:
    """Walk down, making what is not there yet, and set the last."""
    here: Any = told
    kind = whole
    for depth, name in enumerate(setting.path):
        found = _step(here, kind, name, setting.path[:depth])
        last = depth == len(setting.path) - 1
        if last:
            here[found.key] = _value(setting.value, found.kind)
            return
        below = here[found.key] if _has(here, found.key) else found.otherwise
        if not isinstance(below, dict | list):
            raise SettingError(f"{dotted(setting.path[: depth + 1])} is one value: nothing in it can be set")
        here[found.key] = below
        here, kind = below, found.kind


class _Step(NamedTuple):
    """Where a name leads: the key or number of the entry, its type, what is there if the file says nothing."""

    key: str | int
    kind: FieldType
    otherwise: Any


def _step(here: Any, kind: FieldType, name: str, path: tuple[str, ...]) -> _Step:  # noqa: ANN401 - TOML of any shape
    of = plain(kind)
    if isinstance(of, inspect.StructType):
        field = next((each for each in of.fields if each.encode_name == name), None)
        if field is None:
            raise SettingError(unknown(name, [each.encode_name for each in of.fields], path))
        return _Step(name, field.type, _open(field.type, default_of(field)))
    entries = inner(of)
    if entries is None:
        raise SettingError(f"{dotted(path)} is one value: nothing in it can be set")
    if isinstance(here, list):
        if not _NUMBER.fullmatch(name) or int(name) >= len(here):
            raise SettingError(f"{dotted((*path, name))}: the list has {len(here)} entries, counted from 0")
        return _Step(int(name), entries, _open(entries, None))
    return _Step(name, entries, _open(entries, None))


def _open(kind: FieldType, default: object) -> Any:  # noqa: ANN401 - TOML of any shape
    """What a file would have to say to change a part of what is there by default."""
    of = plain(kind)
    if isinstance(of, inspect.StructType):
        return {}
    if isinstance(of, inspect.DictType):
        return dict(default) if isinstance(default, dict) else {}
    if isinstance(default, list | tuple) and not isinstance(default, Struct):
        return [_table(each) if isinstance(each, Struct) else each for each in default]
    return [] if isinstance(of, inspect.ListType | inspect.VarTupleType) else None


def _table(default: Struct) -> dict[str, Any]:
    """A table of a list that is there by default, as a file would write it."""
    return {name: value for name, value in structs.asdict(default).items() if value is not None}


def _has(here: Any, key: str | int) -> bool:  # noqa: ANN401 - TOML of any shape
    return isinstance(key, int) or key in here


def _value(text: str, kind: FieldType) -> Any:  # noqa: ANN401 - TOML of any shape
    try:
        told = from_toml(f"value = {text}")
    except BadText:
        return text
    if told.keys() != {"value"}:
        return text
    value = told["value"]
    return text if not fits(kind, value) and fits(kind, text) else value
