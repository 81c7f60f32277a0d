"""What is wrong with a field of a profile, in one line: its path, what it may be, the nearest spelling.

Works on what ``msgspec.inspect`` says of the schema, so whatever can be declared there has words. A value is shown
only where its field has a list of possible values or is a number: anything else may be a key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from msgspec import NODEFAULT, inspect

Field = inspect.Field
FieldType = inspect.Type
SECRET = "secret"  # noqa: S105 - the name of a mark, in ``Meta.extra`` of a type whose values are keys or PINs
_LONGEST = 24
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dotted(path: Iterable[str | int]) -> str:
    """A path as people write it: ``$.pse.records.0101[2]``."""
    return "$" + "".join(f"[{each}]" if isinstance(each, int) else f".{quoted(each)}" for each in path)


def quoted(name: str) -> str:
    """One name of a path, as TOML has keys."""
    return name if _BARE.fullmatch(name) else f'"{name}"'


def plain(kind: FieldType) -> FieldType:
    """Without marks, and without the None of a field that may be left out."""
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        if isinstance(kind, inspect.Metadata):
            kind = kind.type
        else:
            (kind, *_) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    return kind


def secret(kind: FieldType) -> bool:
    """True if values of this type are keys or PINs."""
    if isinstance(kind, inspect.Metadata):
        return bool((kind.extra or {}).get(SECRET)) or secret(kind.type)
    return isinstance(kind, inspect.UnionType) and any(secret(each) for each in kind.types)


def inner(kind: FieldType) -> FieldType | None:
    """The type of the entries of a list or of a table with free keys; None if it is neither."""
    kind = plain(kind)
    if isinstance(kind, inspect.DictType):
        return kind.value_type
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return kind.item_type
    return None


def allowed(kind: FieldType) -> str:
    """What a field of this type may be."""
    if isinstance(kind, inspect.Metadata):
        said = (kind.extra_json_schema or {}).get("description")
        return said if isinstance(said, str) else allowed(kind.type)
    if isinstance(kind, inspect.UnionType):
        return allowed(next(each for each in kind.types if not isinstance(each, inspect.NoneType)))
    match kind:
        case inspect.LiteralType(values=values):
            return " or ".join(map(shown, sorted(values, key=str)))
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=least, le=most) if least is not None and most is not None:
            return f"a whole number, {least} to {most}"
        case inspect.IntType():
            return "a whole number"
        case inspect.StrType():
            return "text"
        case inspect.CustomType():
            return "a status word, four hex digits"
        case inspect.StructType(fields=fields):
            return f"a table with {', '.join(each.encode_name for each in fields) or 'nothing in it'}"
        case inspect.DictType():
            return "a table"
    return "a list"


def shown(value: object) -> str:
    """A value as TOML has it."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | str) else str(value)


def fits(kind: FieldType, value: object) -> bool:
    """True if ``value`` is one of this type, as far as the field alone can tell."""
    return not any(faults(kind, value, ()))


def faults(kind: FieldType, value: object, path: tuple[str | int, ...]) -> Iterator[str]:
    """What is wrong with ``value``, a line for each field."""
    of = plain(kind)
    if isinstance(of, inspect.StructType):
        yield from _table(of, value, path) if isinstance(value, Mapping) else (_wrong(kind, value, path),)
    elif isinstance(of, inspect.DictType) and isinstance(value, Mapping):
        for name, each in value.items():
            yield from faults(of.value_type, each, (*path, str(name)))
    elif isinstance(of, inspect.ListType | inspect.VarTupleType) and isinstance(value, list | tuple):
        for at, each in enumerate(value):
            yield from faults(of.item_type, each, (*path, at))
    elif not _is_one(of, value):
        yield _wrong(kind, value, path)


def _table(kind: inspect.StructType, value: Mapping[str, object], path: tuple[str | int, ...]) -> Iterator[str]:
    known = {each.encode_name: each for each in kind.fields}
    for name, each in value.items():
        if name in known:
            yield from faults(known[name].type, each, (*path, name))
        else:
            yield unknown(str(name), known, path)
    for name, field in known.items():
        if name not in value and field.required:
            yield f"{dotted((*path, name))}: missing; {allowed(field.type)}"


def unknown(name: str, known: Iterable[str], path: tuple[str | int, ...]) -> str:
    """The line for a name that does not exist where it stands."""
    near = nearest(name, known)
    here = "nothing can be set here" if not known else f"known are {', '.join(known)}"
    return f"{dotted((*path, name))}: unknown field `{name}`; {near or here}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The question after the name that was meant, empty if nothing is like it."""
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else ""


def _wrong(kind: FieldType, value: object, path: tuple[str | int, ...]) -> str:
    of = plain(kind)
    told, near = "", ""
    if isinstance(of, inspect.LiteralType | inspect.BoolType | inspect.IntType | inspect.CustomType):
        text = value if isinstance(value, str) else str(value)
        told = f" {shown(value)}" if isinstance(value, str | int | float) and len(text) <= _LONGEST else ""
        names = of.values if isinstance(of, inspect.LiteralType) else ()
        near = nearest(text, [each for each in names if isinstance(each, str)])
    return f"{dotted(path)}:{told} does not go; {allowed(kind)}{f'; {near}' if near else ''}"


def _is_one(of: FieldType, value: object) -> bool:
    match of:
        case inspect.LiteralType(values=values):
            return any(value == each and type(value) is type(each) for each in values)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType(ge=least, le=most):
            whole = isinstance(value, int) and not isinstance(value, bool)
            return whole and (least is None or least <= value) and (most is None or value <= most)  # type: ignore[operator]
        case inspect.StrType(pattern=pattern):
            return isinstance(value, str) and (pattern is None or re.search(pattern, value) is not None)
        case inspect.CustomType():
            return isinstance(value, str) and re.fullmatch("[0-9A-Fa-f]{4}", value) is not None
    return False


def default_of(field: Field) -> Any:  # noqa: ANN401 - whatever it is
    """What a field has that is left out; None if it must be there."""
    if field.default_factory is not NODEFAULT:
        return field.default_factory()
    return None if field.default is NODEFAULT else field.default
