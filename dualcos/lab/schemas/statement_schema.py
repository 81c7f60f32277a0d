"""The JSON Schema of an implementation conformance statement (实现一致性声明), from the questions and their answers.

Keys with dots and nested tables are the same to the loader: a question is a path through tables here, and a quoted key
at any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dualcos.lab.ics.question import Question, written
from dualcos.lab.ics.questions import QUESTIONS
from dualcos.lab.ics.statement import ANSWERS, LONGEST_TEXT, SAMPLE, SAMPLE_FIELDS
from dualcos.lab.schemas.struct_schema import Schema


def statement_schema() -> Schema:
    """The schema, without head."""
    tables: Schema = {}
    answers = _table(tuple((question.id, question) for question in QUESTIONS), "", tables)
    return {
        "type": "object",
        "description": "实现一致性声明 implementation conformance statement: what a card can, question by question",
        "properties": {
            SAMPLE: _closed(dict(_texts()), "样品: what was answered for, in free texts"),
            ANSWERS: {**answers, "description": "回答: the answers, by question"},
        },
        "required": [ANSWERS],
        "additionalProperties": False,
        "$defs": {**tables, **{question.id: _question(question) for question in QUESTIONS}},
    }


def _texts() -> Iterator[tuple[str, Schema]]:
    line = {"type": "string", "maxLength": LONGEST_TEXT, "pattern": r"^[^\u0000-\u001f\u007f]*$"}
    yield from ((name, {"description": f"{zh} {en}", **line}) for name, (zh, en) in SAMPLE_FIELDS.items())


def _closed(properties: Schema, description: str) -> Schema:
    return {"description": description, "type": "object", "properties": properties, "additionalProperties": False}


def _table(below: Iterable[tuple[str, Question]], above: str, tables: Schema) -> Schema:
    """The table of the questions in ``below``, each with its path from here. ``above``: the path to here; ``tables``:
    where the tables inside are defined.
    """
    groups: dict[str, list[tuple[str, Question]]] = {}
    properties: Schema = {}
    quoted: Schema = {}
    for path, question in below:
        first, _, rest = path.partition(".")
        if rest:
            groups.setdefault(first, []).append((rest, question))
        else:
            properties[path] = {"$ref": f"#/$defs/{question.id}"}
    for first, inside in groups.items():
        name = f"{above}{first}."
        tables[name] = table = _table(inside, name, tables)
        properties[first] = {"$ref": f"#/$defs/{name}"}
        for pattern, value in _as_patterns(table).items():  # "a.b" = … and "a.b".c = …: a quoted key
            quoted[f"^{re.escape(first)}\\.{pattern.removeprefix('^')}"] = value
    found = _closed(properties, f"the answers about {above.removesuffix('.')}")
    return {**found, "patternProperties": quoted} if quoted else found


def _as_patterns(table: Schema) -> Schema:
    plain = {f"^{re.escape(name)}$": value for name, value in table["properties"].items()}
    return {**plain, **table.get("patternProperties", {})}


def _question(question: Question) -> Schema:
    asked = f"{question.zh} {question.en} [{question.clause}]"
    default = {} if question.default is None else {"default": question.default}
    if not question.answers:
        limits = {"minimum": question.least, "maximum": question.most}
        return {"description": asked, "type": "integer", **limits, **default}
    words = [each.zh if each.zh == each.en else f"{each.zh} {each.en}" for each in question.answers]
    told = "; ".join(f"{written(each.value)}: {one}" for each, one in zip(question.answers, words, strict=True))
    return {
        "description": f"{asked}\n\n{told}",
        "enum": [each.value for each in question.answers],
        "enumDescriptions": words,
        **default,
    }
