"""The table of messages: every kind is known again, complete as its fields say, and answered by its own alone."""

from __future__ import annotations

import pytest

from dualcos.messages.acquirer_messages import AcquirerMessage, masked_account
from dualcos.messages.authorisation import Business
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import (
    BUSINESS_MESSAGES,
    POS_MESSAGES,
    answer_mti,
    answers,
    pos_message,
    refused,
    reversed_kind,
)
from dualcos.messages.pos_subfields import parted
from dualcos.messages.response_codes import RESPONSE_CODES, UNKNOWN_CODE, response_code
from tests.dualcos.messages.whole_messages import whole_answer, whole_request

CODEC = Iso8583Codec(POS_DIALECT)
KINDS = pytest.mark.parametrize("kind", POS_MESSAGES.values(), ids=list(POS_MESSAGES))


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("sign-on", "0800 - - 00 003"),
        ("sign-off", "0820 - - 00 002"),
        ("echo", "0820 - - 00 301"),
        ("balance", "0200 310000 00 01 000"),
        ("purchase", "0200 000000 00 22 000"),
        ("void", "0200 200000 00 23 000"),
        ("refund", "0220 200000 00 25 000"),
        ("withdrawal", "0200 010000 02 02 000"),
        ("script report", "0620 - - 00 951"),
        ("settlement", "0500 - - 00 201"),
        ("batch upload", "0320 - - 00 201"),
        ("end of upload", "0320 - - 00 207"),
        ("end of upload unbalanced", "0320 - - 00 202"),
        ("public key query", "0820 - - 00 372"),
        ("public key", "0800 - - 00 370"),
        ("public keys end", "0800 - - 00 371"),
        ("parameter query", "0820 - - 00 382"),
        ("parameters", "0800 - - 00 380"),
        ("parameters end", "0800 - - 00 381"),
    ],
)
def test_codes(name, codes):
    made = POS_MESSAGES[name].request("000007", {})
    parts = parted(60, made.text(60))
    assert parts["batch"] == "000007"
    said = [made.mti, made.text(3) or "-", made.text(25) or "-", parts["kind"], parts["network"]]
    assert " ".join(said) == codes


def test_what_is_reversed_and_what_is_not():
    assert {name for name, kind in POS_MESSAGES.items() if kind.reversal} == {
        *("purchase", "void", "withdrawal", "deposit", "transfer", "PIN change")
    }


def test_every_business_has_its_message():
    assert set(BUSINESS_MESSAGES) == set(Business)
    assert all(kind.business is business for business, kind in BUSINESS_MESSAGES.items())


@KINDS
def test_every_kind_is_whole_and_known_again_from_its_bytes(kind):
    request, answer = (CODEC.message(CODEC.body(made)) for made in (whole_request(kind), whole_answer(kind)))
    assert kind.wrong_fields(request) == ""
    assert kind.wrong_answer_fields(answer) == ""
    assert (pos_message(request), pos_message(answer)) == (kind, kind)
    assert answers(request, answer)


@KINDS
def test_too_little_and_too_much_are_named(kind):
    request, answer = whole_request(kind), whole_answer(kind)
    for number in kind.required:
        assert kind.wrong_fields(request.having({number: None})) == f"field {number} is missing"
    for number in kind.answer_required:
        if number != 39:
            assert kind.wrong_answer_fields(answer.having({number: None})) == f"field {number} is missing"
    foreign = min(set(POS_DIALECT.fields) - kind.required - kind.optional - {3, 25, 60})
    assert kind.wrong_fields(request.having({foreign: "0"})) == f"field {foreign} does not belong here"
    foreign = min(set(POS_DIALECT.fields) - kind.answer_required - kind.answer_optional)
    assert kind.wrong_answer_fields(answer.having({foreign: "0"})) == f"field {foreign} does not belong here"


@KINDS
def test_a_refusal_needs_its_code_alone(kind):
    request = whole_request(kind)
    answer = refused(request, "30")
    assert kind.wrong_answer_fields(answer.having({2: None, 3: None, 25: None})) == "" or kind.business is None
    assert kind.wrong_answer_fields(AcquirerMessage(kind.answer_mti, {39: "30"})) == ""
    assert answer.text(39) == "30"
    assert answers(request, answer)
    assert not set(answer.fields) & {35, 36, 52, 55, 62, 63, 64}
    CODEC.body(answer)


def test_an_answer_is_of_the_same_number_terminal_and_merchant():
    request = whole_request(POS_MESSAGES["purchase"])
    answer = whole_answer(POS_MESSAGES["purchase"])
    for number, other in ((11, "000013"), (41, "12345679"), (42, "123456789012346")):
        assert not answers(request, answer.having({number: other}))
    assert not answers(request, request)
    assert not answers(answer, answer)
    assert not answers(request, AcquirerMessage("0230", answer.fields))
    assert not answers(request, AcquirerMessage("0210", {39: "00"}))


@pytest.mark.parametrize(
    ("mti", "answered"),
    [("0200", "0210"), ("0220", "0230"), ("0400", "0410"), ("0210", "0210"), ("0x00", "0x00"), ("", "")],
)
def test_the_mti_of_an_answer(mti, answered):
    assert answer_mti(mti) == answered


def test_a_message_of_no_kind():
    purchase = whole_request(POS_MESSAGES["purchase"])
    assert pos_message(purchase.having({3: "990000"})) is None
    assert pos_message(purchase.having({60: "99000001000"})) is None
    assert pos_message(purchase.having({60: None})) is None
    assert pos_message(AcquirerMessage("0100", purchase.fields)) is None


@pytest.mark.parametrize("network", ["001", "003", "004", "006"])
def test_a_sign_on_asks_for_one_of_several_sets_of_keys(network):
    made = POS_MESSAGES["sign-on"].request("000001", {}).having({60: f"00000001{network}"})
    assert pos_message(made) is POS_MESSAGES["sign-on"]


@pytest.mark.parametrize("name", ["purchase", "void", "withdrawal", "deposit", "transfer", "PIN change"])
def test_a_reversal_says_what_it_takes_back(name):
    original = whole_request(POS_MESSAGES[name])
    reversal = AcquirerMessage("0400", {number: original.fields[number] for number in (3, 60)})
    assert reversed_kind(reversal) is POS_MESSAGES[name]
    assert pos_message(reversal) is POS_MESSAGES["reversal"]


@pytest.mark.parametrize("name", ["balance", "refund", "price"])
def test_what_cannot_be_reversed(name):
    original = whole_request(POS_MESSAGES[name])
    assert reversed_kind(AcquirerMessage("0400", {number: original.fields[number] for number in (3, 60)})) is None


def test_codes_of_field_39():
    needed = (
        "00 01 05 03 58 97 12 40 13 61 14 15 21 22 25 30 38 75 41 43 51 54 55 57 59 62 64 65 68 98 91 92 90 94 96 99 A0"
    )
    assert set(needed.split()) <= set(RESPONSE_CODES)
    assert all(row.zh and row.en for row in RESPONSE_CODES.values())
    assert response_code("51").en == "not enough money"
    assert response_code("ZZ") is UNKNOWN_CODE
    assert {code for code, row in RESPONSE_CODES.items() if row.takes_card} >= {"41", "43"}


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("6200001234567890128", "620000*********0128"),
        ("12345678901", "123456*8901"),
        ("1234567890", "*" * 10),
        ("", ""),
    ],
)
def test_accounts_are_shown_with_six_and_four_digits(account, shown):
    assert masked_account(account) == shown
