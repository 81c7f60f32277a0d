"""Whether a value can be written into an item, and is plausible there: for data preparation, never for the card."""

from __future__ import annotations

from cos.ssse.tables import card_numbers, code_tables
from cos.ssse.tables.item_encoding import Charset, EncodingError, NotInCharset, Value, encode_value
from cos.ssse.tables.table_model import Form, Item, Kind
from dualcos.issuance.exchange.input_columns import ValueFault, are_digits, implausible, unusable

_WHOLE = frozenset({Form.MONTH, Form.YEAR, Form.TIME, Form.MONTH_DAY})
_HEXADECIMAL = frozenset({Form.IDENTIFICATION, Form.INSTITUTION})
_OTHER_CHARSET = 'a template with ssse.charset = "gb18030" takes it'


def no_region(code: str) -> ValueFault:
    """What to say of a region code that is none."""
    invented = card_numbers.region_ok(code, synthetic=True)
    return implausible("no such region" + ("; for invented people there is --synthetic" if invented else ""))


def problem(item: Item, value: Value, charset: Charset = "gbk", *, synthetic: bool = False) -> ValueFault | None:
    """What is wrong with ``value``, None if nothing; an empty value is an item left unset.

    ``synthetic``: region codes beginning 99 pass.
    """
    try:
        encode_value(item, value, charset)
    except EncodingError as error:
        return no_encoding(error)
    if isinstance(value, tuple):
        for part, each in zip(item.parts, value, strict=True):
            found = problem(part, each, charset, synthetic=synthetic)
            if found:
                return found._replace(text=f"{part.name_en}: {found.text}")
        return None
    if isinstance(value, int) or not value:
        return None
    if item.kind is Kind.CN:
        return _digits_problem(item, value, synthetic=synthetic)
    return _text_problem(item, value, synthetic=synthetic)


def no_encoding(error: EncodingError) -> ValueFault:
    """Why a value cannot be written, and what would take it."""
    return unusable(f"{error}; {_OTHER_CHARSET}" if isinstance(error, NotInCharset) else str(error))


def _digits_problem(item: Item, value: str, *, synthetic: bool) -> ValueFault | None:
    """Packed digits: letters A to F would become nibbles that read as digits or as the fill."""
    if item.form in _HEXADECIMAL:
        # F is the fill, and a digit of such a number: a short one could not be told from a whole one.
        return None if len(value) == 2 * item.length else unusable(f"{2 * item.length} hexadecimal digits are wanted")
    if not are_digits(value):
        return unusable("decimal digits are wanted")
    if item.form in _WHOLE and len(value) != 2 * item.length:
        return implausible(f"{2 * item.length} digits are wanted")
    return _text_problem(item, value, synthetic=synthetic)


def _text_problem(item: Item, value: str, *, synthetic: bool) -> ValueFault | None:
    if item.codes:
        return None if code_tables.explain(item.codes, value) else implausible("no such code")
    if item.form is Form.DATE:
        return None if card_numbers.date_ok(value) else implausible("no such date")
    if item.form is Form.REGION:
        return None if card_numbers.region_ok(value, synthetic=synthetic) else no_region(value)
    if item.form is Form.COUNT and not value.isdecimal():
        return implausible("not a number")
    return None
