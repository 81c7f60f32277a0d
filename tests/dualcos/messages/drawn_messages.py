"""Messages drawn from a dialect's table of fields."""

from __future__ import annotations

from hypothesis import strategies as st

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.iso8583_fields import FieldKind, IsoDialect, IsoField

_LETTERS = "AZaz09 .,-中国元é€😀"


def drawn_value(row: IsoField) -> st.SearchStrategy[str | bytes]:
    """A value that the field takes."""
    least = 0 if row.length_digits else row.size
    if row.kind is FieldKind.BINARY:
        return st.binary(min_size=least, max_size=row.size)
    if row.kind is FieldKind.DIGITS:
        return st.text("0123456789", min_size=least, max_size=row.size)
    if row.kind is FieldKind.TRACK:
        return st.text("0123456789=", max_size=row.size)
    letters = "AZaz09 .,-" if row.kind is FieldKind.LETTERS else _LETTERS
    texts = st.text(letters, max_size=row.size)
    if not row.length_digits:  # blanks at the end are filling
        texts = texts.map(lambda text: text.rstrip(" "))
    return texts.filter(lambda text: len(text.encode("gb18030")) <= row.size)


def drawn_message(dialect: IsoDialect) -> st.SearchStrategy[AcquirerMessage]:
    """Any message of the dialect."""
    mti = st.from_regex(r"\A0[1-8][0-9]{2}\Z")
    numbers = st.sets(st.sampled_from(sorted(dialect.fields)), max_size=12)
    return numbers.flatmap(
        lambda chosen: st.builds(
            AcquirerMessage, mti, st.fixed_dictionaries({each: drawn_value(dialect.fields[each]) for each in chosen})
        )
    )
