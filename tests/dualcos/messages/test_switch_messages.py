"""The switch's table of messages: each is known by its codes, its fields are in the dialect, faults are named."""

from __future__ import annotations

import pytest

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.iso8583_fields import FieldKind
from dualcos.messages.pos_messages import answer_mti
from dualcos.messages.switch_fields import SWITCH_DIALECT
from dualcos.messages.switch_messages import SWITCH_MESSAGES, switch_message

KINDS = pytest.mark.parametrize("kind", SWITCH_MESSAGES.values(), ids=list(SWITCH_MESSAGES))


def made(mti, numbers, kind):
    """A message of a kind with these fields, all digits 0 but for its codes."""
    fields = {}
    for number in numbers:
        row = SWITCH_DIALECT.fields[number]
        fields[number] = bytes(row.size) if row.kind is FieldKind.BINARY else "0" * row.size
    codes = {3: kind.processing, 25: kind.condition, 70: kind.network}
    return AcquirerMessage(mti, fields | {number: code for number, code in codes.items() if code})


@KINDS
def test_a_kind_is_known_again_and_whole(kind):
    request = made(kind.mti, kind.required | kind.optional, kind)
    answer = made(answer_mti(kind.mti), kind.answer_required | kind.answer_optional, kind)
    assert switch_message(request) is kind
    assert switch_message(answer) is kind
    assert kind.wrong_fields(request) == kind.wrong_answer_fields(answer) == ""
    for number in kind.required:
        assert kind.wrong_fields(request.having({number: None})) == f"field {number} is missing"
    for number in kind.answer_required:
        assert kind.wrong_answer_fields(answer.having({number: None})) == f"field {number} is missing"


@pytest.mark.parametrize(
    ("name", "has", "has_not"),
    [
        ("balance", {2, 3, 7, 128}, {4, 90, 70}),
        ("purchase", {4, 60, 128}, {90, 70}),
        ("void", {37, 90}, {14, 48}),
        ("refund", {48, 90}, {26, 52, 53}),
        ("reversal", {60, 90, 128}, {39, 35, 36, 52}),
        ("script report", {39, 55, 70, 90}, {128}),
        ("sign-on", {7, 11, 33, 70}, {128}),
        ("key delivery", {53, 100}, {128}),
    ],
)
def test_what_a_request_has(name, has, has_not):
    kind = SWITCH_MESSAGES[name]
    assert has <= kind.required
    assert not has_not & (kind.required | kind.optional)


@pytest.mark.parametrize("name", ["balance", "purchase", "void", "refund", "withdrawal", "transfer"])
def test_an_answer_has_neither_track_nor_pin(name):
    kind = SWITCH_MESSAGES[name]
    answered = kind.answer_required | kind.answer_optional
    assert not {22, 26, 35, 36, 43, 52} & answered
    assert {15, 38, 39, 100, 121} <= answered


def test_who_asks():
    from_switch = {name for name, kind in SWITCH_MESSAGES.items() if kind.from_switch}
    assert from_switch == {"cut-over begins", "cut-over ends", "key delivery"}


@pytest.mark.parametrize(
    "message",
    [AcquirerMessage("0820", {70: "999"}), AcquirerMessage("0100", {3: "000000", 25: "00"}), AcquirerMessage("", {})],
)
def test_a_message_of_no_kind(message):
    assert switch_message(message) is None
