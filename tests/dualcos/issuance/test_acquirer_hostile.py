"""Whatever terminals say, the front answers it with a message that can be written, or says nothing; and whatever comes
of it, the issuer owes what the acquirer has coming.
"""

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
from tests.dualcos.issuance.test_acquirer_front import PROFILE, moved
from tests.paying_cards import PayingCard
from tests.terminal_at_front import CODEC, MERCHANT, TERMINAL, TerminalAtFront


@pytest.fixture(scope="module")
def acquirer() -> Iterator[DemonstrationLine]:
    made = demonstration_line([PROFILE])
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
    moved(acquirer)


NEAR = (("S", "/B"), ("S/", "B"), (" S", "/B"), ("S", "B"))
"""Terminals and merchants that are nearly each other."""
PAYING = ("purchase", "withdrawal", "deposit", "transfer", "void", "refund")
STEPS = st.tuples(
    st.sampled_from(NEAR),
    st.sampled_from((*PAYING, "again", "reversal", "reversal", "reversal by another name")),
    st.integers(1, 4),
    st.sampled_from((100, 250)),
)


@given(steps=st.lists(STEPS, min_size=4, max_size=14))
@settings(max_examples=40)
def test_whatever_is_paid_and_taken_back_both_ledgers_agree(steps):
    """Sealed right, by terminals that use their numbers as they like."""
    acquirer = demonstration_line([PROFILE, "bank-dda"])
    one = PayingCard()
    (to,) = set(acquirer.issuer.cards) - {one.pan}  # type: ignore[attr-defined]
    terminals = {name: TerminalAtFront(acquirer.line, one, *name) for name in NEAR}
    said: list[tuple[AcquirerMessage, AcquirerMessage]] = []
    for who, what, number, fen in steps:
        terminal = terminals[who]
        if not terminal.keys and terminal.signed_on().text(39) != "00":
            continue
        named, answer = said[-number % len(said)] if said else (terminal.pays("purchase", fen), AcquirerMessage("0210"))
        terminal.stan = number - 1
        if what == "again":
            message = named.having({41: who[0], 42: who[1]})
        elif what.startswith("reversal"):
            message = terminal.reverses(named.having({41: who[0], 42: who[1]}))
            if what != "reversal":
                message = message.having({3: "200000", 60: joined(60, {"kind": "23", "batch": terminal.batch})})
        elif what in ("void", "refund"):
            message = terminal.takes_back(what, named, answer.having({37: answer.text(37) or "0" * 12}), fen)
        else:
            message = terminal.pays(what, fen, {48: joined(48, {"account_to": to})} if what == "transfer" else {})
        found = terminal.ask(message)
        if message.mti != "0400":
            said.append((message, found))
        moved(acquirer)
    acquirer.close()
