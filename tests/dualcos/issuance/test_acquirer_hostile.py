"""Whatever a message of a terminal holds, the front answers it with a message that can be written, or says nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.iso8583_codec import UnwritableIso8583
from dualcos.messages.iso8583_fields import FieldKind, IsoField
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import POS_MESSAGES
from dualcos.messages.pos_subfields import joined
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.terminal_at_front import CODEC, MERCHANT, TERMINAL, TerminalAtFront


@pytest.fixture(scope="module")
def acquirer() -> Iterator[DemonstrationLine]:
    made = demonstration_line(["dual-2.0-3des"])
    TerminalAtFront(made.line).signed_on()
    yield made
    made.close()


def values(row: IsoField) -> st.SearchStrategy[FieldValue]:
    if row.kind.is_bytes:
        return st.binary(max_size=min(row.size, 60))
    alphabet = {FieldKind.DIGITS: "0123456789", FieldKind.TRACK: "0123456789="}.get(row.kind, "09AZ /中RAEPMB")
    return st.text(alphabet, min_size=0 if row.length_digits else row.size, max_size=min(row.size, 80))


@st.composite
def messages(draw: st.DrawFn) -> AcquirerMessage:
    """Of one kind, with all fields that it must have and some that it may, whatever they hold; sometimes others."""
    kind = draw(st.sampled_from(sorted(POS_MESSAGES.values(), key=lambda each: each.name)))
    may = draw(st.sets(st.sampled_from(sorted(kind.optional)))) if kind.optional else set()
    numbers = (kind.required | may | {3, 25, 60}) if draw(st.booleans()) else kind.required | may
    fields = {number: draw(values(POS_DIALECT.fields[number])) for number in sorted(numbers)}
    if draw(st.integers(0, 9)):
        fields |= {41: TERMINAL, 42: MERCHANT}
        network = kind.network or "000"
        fields[60] = joined(60, {"kind": kind.kind or "22", "batch": "000001", "network": network})
        fields |= {3: kind.processing} if kind.processing else {}
        fields |= {25: kind.condition} if kind.condition else {}
    return AcquirerMessage(kind.mti, fields)


@given(message=messages())
@settings(max_examples=150)
def test_every_message_has_an_answer_that_can_be_written(acquirer, message):
    try:
        body = CODEC.body(message)
    except UnwritableIso8583:
        return
    read = CODEC.message(body)
    answered = acquirer.front.answer(read, lambda _: True)
    assert answered.message.text(39)
    assert CODEC.message(CODEC.body(answered.message)) == answered.message
    assert sum(acquirer.books.balances().values()) == 0
