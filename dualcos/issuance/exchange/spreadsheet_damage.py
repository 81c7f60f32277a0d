"""What a spreadsheet program makes of values that it takes for numbers, dates or formulas.

``damages`` are beyond doubt in any column: nobody's data looks so. ``hint`` only explains a value that its column has
refused already. Neither shows the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[Ee][+]\d{1,3}")
_FORMULA = re.compile(r"=.+", re.DOTALL)
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)")
_TOO_NARROW = re.compile(r"#{3,}")
_APOSTROPHE = re.compile(r"'[0-9].*", re.DOTALL)
_DATE = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?: .*)?|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}([-/])\d{1,2}\2(?:\d{2}){1,2}"
)
_FRACTION = re.compile(r"\d+\.0+")
_MOST_ZEROS = 5
_MARKS = ("E+", "e+", "\n=", "\n#", "\n'")

_DAMAGES = (
    (
        _SCIENTIFIC,
        "a number as a spreadsheet shows it (1.23E+17), digits are lost: make the column text, enter it again",
    ),
    (_FORMULA, "a formula (it begins with =): the value alone is wanted"),
    (_ERROR, "a spreadsheet's error in place of the value"),
    (_TOO_NARROW, "###, a spreadsheet's column too narrow to show the value: widen it and save again"),
    (_APOSTROPHE, "an apostrophe before the digits, as typed into a spreadsheet: the value alone is wanted"),
)


def damages(values: Mapping[str, str]) -> Mapping[str, str]:
    """What a spreadsheet did to the values of a row, by column; nothing that is not certain."""
    together = "\n" + "\n".join(values.values())
    if not any(mark in together for mark in _MARKS):  # a hundred times faster, and true of nearly every row
        return {}
    found = ((column, _damage(value)) for column, value in values.items())
    return {column: what for column, what in found if what}


def _damage(value: str) -> str:
    return next((what for pattern, what in _DAMAGES if pattern.fullmatch(value)), "")


def hint(value: str, passes: Callable[[str], bool]) -> str:
    """What may have happened to a value that was refused, to be said behind the reason; empty if nothing is known.

    ``passes``: whether the column would take another value.
    """
    if _DATE.fullmatch(value):
        return "; a spreadsheet's way to write a date stands there"
    if _FRACTION.fullmatch(value):
        return "; a spreadsheet made a number of it"
    if value.isascii() and value.isdigit() and any(passes("0" * more + value) for more in range(1, _MOST_ZEROS)):
        return "; leading zeros are lost"
    return ""
