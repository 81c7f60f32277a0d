"""A statement as a TOML text that a person goes on with: every question in both languages, its answers, its clause."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dualcos.lab.ics.question import Question, written
from dualcos.lab.ics.questions import BY_ID
from dualcos.lab.ics.statement import ANSWERS, SAMPLE, SAMPLE_FIELDS, Statement

_HEAD = (
    "# 实现一致性声明 Implementation conformance statement",
    "# 检查 check:  `dualcos lab ics check FILE`",
    "# 使用 use:    `dualcos lab plan --ics FILE`, `dualcos lab run --ics FILE`",
)


def as_toml(statement: Statement) -> str:
    """The text that ``Statement.from_toml`` reads as the same. What is open stands there as a comment."""
    return "".join(
        f"{line}\n" for line in (*_HEAD, "", f"[{SAMPLE}]", *_sample(statement), "", f"[{ANSWERS}]", *_all(statement))
    )


def _sample(statement: Statement) -> Iterator[str]:
    for name, (zh, en) in SAMPLE_FIELDS.items():
        given = statement.sample.get(name)
        yield f'# {name} = ""  # {zh} {en}' if given is None else f"{name} = {_text(given)}  # {zh} {en}"


def _all(statement: Statement) -> Iterator[str]:
    asked = statement.asked
    for question in asked:
        yield from _question(question)
        answer = statement.answers.get(question.id)
        if answer is not None:
            yield f"{question.id} = {written(answer)}"
        else:
            default = "" if question.default is None else written(question.default)
            yield f"# {question.id} = {default}"
    for name in statement.answers.keys() - {each.id for each in asked}:  # of a side that the card has not
        yield from _question(BY_ID[name])
        yield f"{name} = {written(statement.answers[name])}"


def _question(question: Question) -> Iterator[str]:
    yield ""
    yield f"# {question.zh} {question.en} [{question.clause}]"
    for answer in question.answers:
        default = " 默认 default" if answer.value == question.default else ""
        words = answer.zh if answer.zh == answer.en else f"{answer.zh} {answer.en}"
        yield f"#   {written(answer.value)}: {words}{default}"
    if not question.answers:
        default = "" if question.default is None else f", 默认 default {question.default}"
        yield f"#   {question.least} … {question.most}{default}"


def _text(value: str) -> str:
    """In quotes; TOML's basic strings are JSON's but for one control, which no text here has."""
    return json.dumps(value, ensure_ascii=False)
