"""What somebody types for an item, checked by the tables before it goes onto a card, which takes anything."""

from __future__ import annotations

from cos.ssse.tables import card_numbers, code_tables
from cos.ssse.tables.table_model import Form, Item

_DATES = {
    Form.DATE: ("YYYYMMDD, as 20261129", "", ""),
    Form.MONTH: ("YYYYMM, as 202611", "", "01"),
    Form.YEAR: ("YYYY, as 2026", "", "0101"),
    Form.MONTH_DAY: ("mmdd, as 1129", "2024", ""),
}
"""Of each form: how it is written, and what makes a day of it in front and behind."""
_MOST_NAMED = 12


def wanted_instead(item: Item, text: str) -> str:
    """What is wanted in place of ``text``, empty if it says something: a day that there is, a code of its table."""
    if item.codes and code_tables.explain(item.codes, text) is None:
        return f"{text} is none of its codes{_named(item.codes)}"
    if item.form in _DATES:
        like, before, behind = _DATES[item.form]
        if not card_numbers.date_ok(before + text + behind):
            return f"{text} is no such date; write {like}"
    if item.form is Form.REGION and not card_numbers.region_ok(text, synthetic=True):
        return f"{text} is no region; write six digits, as 110000"
    return ""


def _named(tables: tuple[str, ...]) -> str:
    if len(tables) > 1:
        return ""
    codes = code_tables.TABLES[tables[0]]
    shown = ", ".join(f"{code} {zh}" for code, zh in list(codes.items())[:_MOST_NAMED])
    return f": {shown}{' …' if len(codes) > _MOST_NAMED else ''}"
