"""What somebody types for an item, checked by the tables before it goes onto a card, which takes anything."""

from __future__ import annotations

from cos.ssse.tables import card_numbers, code_tables
from cos.ssse.tables.item_encoding import EncodingError, NotInCharset
from cos.ssse.tables.table_model import Form, Item, Kind
from dualcos.terminal.terminal_parts import PartText

_DATES = {
    Form.DATE: (PartText("年月日八位，如20261129", "YYYYMMDD, as 20261129"), "", ""),
    Form.MONTH: (PartText("年月六位，如202611", "YYYYMM, as 202611"), "", "01"),
    Form.YEAR: (PartText("年份四位，如2026", "YYYY, as 2026"), "", "0101"),
    Form.MONTH_DAY: (PartText("月日四位，如1129", "mmdd, as 1129"), "2024", ""),
}
"""Of each form: how it is written, and what makes a day of it in front and behind."""
_MOST_NAMED = 12


def wanted_instead(item: Item, text: str) -> PartText | None:
    """What is wanted in place of ``text``, None if it says something: a day that there is, a code of its table."""
    if item.codes and code_tables.explain(item.codes, text) is None:
        named = _named(item.codes)
        zh, en = (f"，有{named}", f": {named}") if named else ("", "")
        return PartText(f"没有代码{text}{zh}", f"{text} is none of its codes{en}")
    if item.form in _DATES:
        like, before, behind = _DATES[item.form]
        if not card_numbers.date_ok(before + text + behind):
            return PartText(f"没有{text}这个日期，写{like.zh}", f"{text} is no such date; write {like.en}")
    if item.form is Form.REGION and not card_numbers.region_ok(text, synthetic=True):
        return PartText(f"没有地区{text}，写六位数字，如110000", f"{text} is no region; write six digits, as 110000")
    return None


def unfit_value(item: Item, error: EncodingError) -> str:
    """What an item takes, in Chinese; ``error`` says it in English of the value that does not fit."""
    if isinstance(error, NotInCharset):
        return "有的字不在卡片字符集内"
    match item.kind:
        case Kind.CN:
            return f"最多{2 * item.length}位，0至9、A至F"
        case Kind.AN:
            return f"最多{item.length}字节，一个汉字占两字节"
        case Kind.B:
            return f"应为{item.length}字节以内的整数"
        case Kind.BTLV:
            return f"应为{len(item.parts)}个值，用^分开，各不超过其长度"


def _named(tables: tuple[str, ...]) -> str:
    if len(tables) > 1:
        return ""
    codes = code_tables.TABLES[tables[0]]
    shown = ", ".join(f"{code} {zh}" for code, zh in list(codes.items())[:_MOST_NAMED])
    return f"{shown}{' …' if len(codes) > _MOST_NAMED else ''}"
