"""Data of reasons (``firewall.trace.Datum``) as JSON has it, and back, so that their words can be made later.

What JSON has not: bytes are ``{"hex": …}``, status words ``{"sw": …}``, named tuples ``{"is": …, "fields": …}``, with
``says`` where their class says it in its own way. Members of an enumeration are their values. Of the named tuples
only a ``Holder`` gets its class back; another one, of whatever stack, has its names and says what it said.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

from apdu.status import StatusWord
from cos.kernel.access_rights import Holder
from firewall.trace import Datum, Setting

_HOLDER = Holder.__name__


class RecordedTuple(tuple[Datum, ...]):  # noqa: SLOT001 - its names are known only when it is read
    """A named tuple read back: its values, each also by name."""

    _fields: tuple[str, ...]

    @classmethod
    def of(cls, values: Mapping[str, Datum], says: str | None) -> RecordedTuple:
        """The values by name, and what the tuple says as text if its class had a way of its own."""
        made = RecordedTuple(values.values()) if says is None else SayingTuple(values.values())
        vars(made).update(values, _fields=tuple(values), _says=says)
        return made


class SayingTuple(RecordedTuple):
    """One that says something else than its values one by one."""

    _says: str

    def __str__(self) -> str:
        return self._says


def as_json(value: Datum) -> Any:  # noqa: ANN401 - whatever a Datum holds, as JSON has it
    """``value`` in what JSON has."""
    if isinstance(value, Enum):
        return as_json(value.value)
    if isinstance(value, StatusWord):
        return {"sw": str(value)}
    if isinstance(value, bytes):
        return {"hex": value.hex().upper()}
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        if fields is None:
            return [as_json(each) for each in value]
        named: dict[str, Any] = {"is": type(value).__name__}
        named["fields"] = {name: as_json(each) for name, each in zip(fields, value, strict=True)}
        return named if type(value).__str__ is tuple.__str__ else named | {"says": str(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)  # of whatever class
    return value if value is None or isinstance(value, bool) else str(value)


def from_json(value: object) -> Datum:
    """What ``as_json`` has made something of. Raises ValueError for what it never makes."""
    if isinstance(value, list):
        return tuple(from_json(each) for each in value)
    if not isinstance(value, dict):
        if value is None or isinstance(value, (int, str)):
            return value
        raise ValueError("no datum")
    match value:
        case {"hex": str(digits)}:
            return bytes.fromhex(digits)
        case {"sw": str(word)}:
            return StatusWord(int(word, 16))
        case {"is": str(name), "fields": dict(fields)}:
            says = value.get("says")
            if not (says is None or isinstance(says, str)) or any(each.startswith("_") for each in fields):
                raise ValueError("no named tuple")
            if name == _HOLDER:
                return msgspec.convert(list(fields.values()), Holder)  # its errors are ValueErrors
            return RecordedTuple.of({each: from_json(one) for each, one in fields.items()}, says)
    raise ValueError("no datum")


def recorded_settings(value: object) -> tuple[Setting, ...]:
    """The settings of a reason, each kept as a list of its fields. Raises ValueError."""
    match from_json(value):
        case tuple(settings) if all(_is_setting(each) for each in settings):
            return tuple(Setting(*each) for each in settings)
    raise ValueError("no settings")


def _is_setting(value: object) -> bool:
    match value:
        case (str(), int() | str(), int() | str() | None):
            return True
    return False
