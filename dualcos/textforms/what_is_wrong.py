"""What is wrong with a value that does not fit its declaration, as a person reads it: which field, what it takes.

msgspec's words are for who declares ("Expected `str` matching regex …"); these are for who fills in. Total: what is not
known here is said as msgspec says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from dualcos.textforms.whole_texts import ENDS, ONE_LINE

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "str": "text",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "array": "a list",
        "object": "a table",
        "null": "nothing",
    }
)
_SIGNS: Mapping[str, str] = MappingProxyType({">=": "at least", "<=": "at most", ">": "more than", "<": "less than"})
_LONGEST_VALUE = 40
_EXPECTED = re.compile(r"Expected (.+?)(?:, got `(\w+)`)?")
_REGEX = re.compile(r"`str` matching regex '(.*)'")
_RANGE = re.compile(r"`(\w+)` (of length )?([<>]=?) (\S+)")
_FIELD = re.compile(r"Object (contains unknown|missing required) field `(.+)`")
_VALUE = re.compile(r"Invalid (?:enum )?value (.+)")
_DIGITS = re.compile(r"\^\(?\[0-9(A-Fa-f|A-F)?\]\{(\d+)(?:,(\d+))?\}\)?(\?)?\$")
_PAIRS = re.compile(r"\^\(\[0-9(?:A-Fa-f|A-F)\]\{2\}\)[*+]\$")


def what_is_wrong(error: msgspec.ValidationError) -> str:
    """One line: the path of the field, and what it takes."""
    text, _, at = str(error).partition(" - at `")
    return _said(at.rstrip("`") or "$", " ".join(text.split()))


def _said(path: str, text: str) -> str:
    if field := _FIELD.fullmatch(text):
        name = _cut(field[2])
        return f"{path} has no field {name}" if field[1].startswith("contains") else f"{path} lacks the field {name}"
    if value := _VALUE.fullmatch(text):
        return f"{path} does not take {_cut(value[1])}"
    if expected := _EXPECTED.fullmatch(text):
        got = f", not {_kinds(expected[2])}" if expected[2] else ""
        return f"{path} takes {_wanted(expected[1])}{got}"
    return f"{path}: {text}"


def _wanted(expected: str) -> str:
    if regex := _REGEX.fullmatch(expected):
        return _form(regex[1].replace("\\\\", "\\").replace(ENDS, "$"))  # as Python writes a text
    if limit := _RANGE.fullmatch(expected):
        unit = "" if not limit[2] else " characters" if limit[1] == "str" else " entries"
        return f"{_kinds(limit[1])} of {_SIGNS[limit[3]]} {limit[4]}{unit}"
    return re.sub(r"`([^`]+)`", lambda one: _kinds(one[1]), expected)


def _form(pattern: str) -> str:
    if pattern == ONE_LINE.replace(ENDS, "$"):
        return "text in one line, without control characters"
    if _PAIRS.fullmatch(pattern):
        return "hex, two digits a byte"
    digits = _DIGITS.fullmatch(pattern)
    if digits is None:
        return f"text of the form {pattern}"
    count = digits[2] if digits[3] is None else f"{digits[2]} to {digits[3]}"
    return f"{count}{' hex' if digits[1] else ''} digits{' or nothing' if digits[4] else ''}"


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(each, each) for each in names.split(" | "))


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
