"""Whether a value is plausible for an item: for data preparation, never for the card."""

from __future__ import annotations

from cos.ssse.tables import card_numbers, code_tables
from cos.ssse.tables.item_encoding import Charset, EncodingError, Value, encode_value
from cos.ssse.tables.table_model import Form, Item, Kind

_WHOLE = frozenset({Form.MONTH, Form.YEAR, Form.TIME, Form.MONTH_DAY, Form.IDENTIFICATION})


def problem(item: Item, value: Value, charset: Charset = "gbk", *, synthetic: bool = False) -> str | None:
    """What is wrong with ``value``, None if nothing; an empty value is an item left unset.

    ``synthetic``: region codes beginning 99 pass.
    """
    try:
        encode_value(item, value, charset)
    except EncodingError as error:
        return str(error)
    if isinstance(value, tuple):
        for part, each in zip(item.parts, value, strict=True):
            found = problem(part, each, charset, synthetic=synthetic)
            if found:
                return f"{part.name_en}: {found}"
        return None
    if isinstance(value, int) or not value:
        return None
    return _text_problem(item, value, synthetic=synthetic)


def _text_problem(item: Item, value: str, *, synthetic: bool) -> str | None:
    if item.codes:
        return None if code_tables.explain(item.codes, value) else "no such code"
    if item.form is Form.DATE:
        return None if card_numbers.date_ok(value) else "no such date"
    if item.form is Form.REGION:
        return None if card_numbers.region_ok(value, synthetic=synthetic) else "no such region"
    if item.form is Form.COUNT and not value.isdecimal():
        return "not a number"
    if item.form in _WHOLE and item.kind is Kind.CN and len(value) != 2 * item.length:
        return f"{2 * item.length} digits are wanted"
    return None
