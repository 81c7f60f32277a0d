"""The JSON Schema of a struct that a loader decodes into: its types, its rules between fields, what an editor offers.

msgspec says the types. Besides: docstrings become plain text, a long choice stands once, the rules of each class
(``dualcos.textforms.field_rules``) are there with their sentence, which editors of VS Code's kin show
(``errorMessage``).
"""

from __future__ import annotations

import inspect as python_inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec
from msgspec import Struct, structs

from dualcos.textforms.field_rules import FieldRule, place_of, rules_of

Schema = dict[str, Any]
Offers = Mapping[str, Schema]
"""What an editor offers besides, by ``Class`` or ``Class.field`` as a file names it: keywords that refuse nothing. A
``markdownDescription`` comes behind the description.
"""

_BY_NAME = ("properties", "$defs", "patternProperties")
_ONE = ("items", "additionalProperties", "propertyNames", "not")
_SEVERAL = ("anyOf", "allOf", "oneOf", "prefixItems")
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_PARAGRAPH = re.compile(r"\n\s*\n")


def struct_schema(kind: Any, offers: Offers) -> Schema:  # noqa: ANN401 - a union is no type to mypy
    """The schema of ``kind``, a struct or a union of structs, without head.

    Raises KeyError for an offer to a place that is not there.
    """
    (whole,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    parts = {name: _plain(part) for name, part in sorted(parts.items())}
    for found in structs_in(kind):
        part = parts[found.__name__]
        rules = [_of_rule(found, rule) for rule in rules_of(found)]
        if rules:
            part["allOf"] = rules
    for name, offer in offers.items():
        place, _, field = name.partition(".")
        offered = parts[place]["properties"][field] if field else parts[place]
        offered.update(offer)
        if "markdownDescription" in offer:
            offered["markdownDescription"] = f"{offered['description']}\n\n{offer['markdownDescription']}"
    choices: dict[str, Schema] = {}
    found_schema = {**_plain(whole), "$defs": parts}
    _hoist(found_schema, choices)
    parts.update(sorted(choices.items()))
    return found_schema


def structs_in(kind: Any, seen: set[Any] | None = None) -> Iterator[type[Struct]]:  # noqa: ANN401 - an annotation
    """Every struct that a value of ``kind`` can have in it."""
    seen = set() if seen is None else seen
    if isinstance(kind, type) and issubclass(kind, Struct) and kind not in seen:
        seen.add(kind)
        yield kind
        for field in structs.fields(kind):
            yield from structs_in(field.type, seen)
    for inner in get_args(kind):
        yield from structs_in(inner, seen)


def _plain(schema: Any) -> Any:  # noqa: ANN401 - a schema, or true
    """Docstrings as text, no names of classes, no default that says nothing, nothing that is no JSON Schema."""
    if not isinstance(schema, dict):
        return schema
    found: Schema = {}
    for key, value in schema.items():
        if key in _BY_NAME:
            found[key] = {name: _plain(each) for name, each in value.items()}
        elif key in _ONE:
            found[key] = _plain(value)
        elif key in _SEVERAL:
            found[key] = [_plain(each) for each in value]
        elif key == "description":
            found[key] = _text(value)
        elif key == "default":
            found |= {} if value in _NOTHING else {key: value}
        elif key not in ("title", "discriminator") or "enum" in schema:
            found[key] = value
    for each in found.get("anyOf", ()):  # of what may be null: what it is for stands with what it is
        if "description" in each:
            found.setdefault("description", each["description"])
    return _with_reference_apart(found)


def _with_reference_apart(schema: Schema) -> Schema:
    """What stands beside a reference: editors forget it."""
    if "$ref" not in schema or len(schema) == 1:
        return schema
    reference = {"$ref": schema.pop("$ref")}
    return {**schema, "allOf": [reference]}


def _text(docstring: str) -> str:
    paragraphs = _PARAGRAPH.split(python_inspect.cleandoc(docstring))
    return "\n\n".join(" ".join(each.split()) for each in paragraphs).replace("``", "`")


def _hoist(schema: Any, choices: dict[str, Schema]) -> None:  # noqa: ANN401 - a schema, or true
    """Choices that have a title, each once among the definitions."""
    if not isinstance(schema, dict):
        return
    if "enum" in schema and "title" in schema:
        title = "".join(word.capitalize() for word in schema["title"].split())
        told = {key: schema[key] for key in schema if key in ("description", "default")}
        choices[title] = {key: schema[key] for key in schema if key not in told}
        schema.clear()
        schema.update(_with_reference_apart({**told, "$ref": f"#/$defs/{title}"}))
        return
    for key in _BY_NAME:
        for each in schema.get(key, {}).values():
            _hoist(each, choices)
    for key in _ONE:
        _hoist(schema.get(key), choices)
    for key in _SEVERAL:
        for each in schema.get(key, ()):
            _hoist(each, choices)


# --- rules ------------------------------------------------------------------------------------------------------------


def _of_rule(kind: type[Struct], rule: FieldRule) -> Schema:
    if not rule.each:
        return _kept(kind, rule)
    field = next(each for each in structs.fields(kind) if each.encode_name == rule.each)
    (entry,) = (each for each in structs_in(field.type) if each is not kind and _is_entry(field.type, each))
    return {"properties": {rule.each: {"items": _kept(entry, rule)}}}


def _is_entry(annotation: Any, kind: type[Struct]) -> bool:  # noqa: ANN401 - an annotation
    """True if ``annotation`` is a list of ``kind``, marked or not."""
    return any(each is kind or _is_entry(each, kind) for each in get_args(annotation))


def _kept(kind: type[Struct], rule: FieldRule) -> Schema:
    """Said as what may not be, for that is where editors show a sentence of ours."""
    if rule.one:
        broken: Schema = {"not": {"oneOf": [_given(kind, name) for name in rule.one]}}
    else:
        given = [_given(kind, name) for name in rule.when]
        given += [{"not": _given(kind, name)} for name in rule.unless]
        wrong: list[Schema] = [_given(kind, name) for name in rule.never]
        if rule.needs:
            wrong.append({"not": {"anyOf": [_given(kind, name) for name in rule.needs]}})
        broken = {"allOf": [*given, wrong[0] if len(wrong) == 1 else {"anyOf": wrong}]}
    return {"not": broken, "errorMessage": rule.said}


def _given(kind: type[Struct], name: str) -> Schema:
    """The schema of an object in which ``name`` is given."""
    place = place_of(kind, name)
    first = name.partition("=")[0].partition(".")[0]
    if place.inside:
        field = next(each for each in structs.fields(kind) if each.encode_name == first)
        inner = next(structs_in(field.type))
        there: Schema = {"type": "object", **_given(inner, place.inside)}
    elif place.asked:
        there = {"const": place.asked}
    else:
        there = {"not": {"enum": list(place.absent)}}
    return {"required": [first], "properties": {first: there}}
