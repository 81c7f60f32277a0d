"""Questions to an issuer in the switch's dialect: nothing is lost on the way, codes are the dialect's, what has no
place is refused on either side.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from apdu import tlv
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import (
    AuthorisationAnswer,
    AuthorisationRequest,
    Balances,
    Business,
    IssuerRequest,
    MessageKey,
    ReversalRequest,
    ScriptReport,
)
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.messages.switch_answers import (
    StrangeSwitchAnswer,
    answers_on_switch,
    issuer_answer,
    switch_answer,
)
from dualcos.messages.switch_fields import SWITCH_DIALECT
from dualcos.messages.switch_messages import SWITCH_MESSAGES, switch_message
from dualcos.messages.switch_requests import UnfitForSwitch, issuer_request, switch_request
from dualcos.messages.switch_subfields import switch_parted

CODEC = Iso8583Codec(SWITCH_DIALECT)
B = Business


def digits(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=least if most is None else most)


def perhaps(drawn: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | drawn


FEN, CHIP, BLOCK = st.integers(0, 10**12 - 1), st.binary(max_size=255), st.just(b"") | st.binary(min_size=8, max_size=8)
MOMENT, PAN, INSTITUTION = digits(10), digits(13, 19), digits(8, 11)
KEY = st.builds(MessageKey, *(st.text("0123456789AZ", min_size=n, max_size=n) for n in (8, 15)), digits(6), digits(6))
CARD = {"sequence": perhaps(digits(3)), "expiry": perhaps(digits(4)), "entry": digits(3), "chip": CHIP}
CARD |= {"track2": perhaps(st.from_regex(r"\A[0-9]{16}=[0-9]{10,20}\Z"))}
AMOUNT, PIN = {"amount": FEN}, {"pin_block": BLOCK}
MEMBER = {"member": st.text("AZ09 卡元", max_size=40)}
BEHIND = {"original": KEY, "reference": perhaps(st.text("0123456789AZ", min_size=12, max_size=12))}
KINDS = {
    B.BALANCE: PIN,
    B.PURCHASE: {**AMOUNT, **PIN, **MEMBER, "before_discount": FEN, "offline": st.booleans()},
    B.PRICE: {**AMOUNT, **MEMBER},
    B.VOID: {**AMOUNT, **PIN, **BEHIND},
    B.REFUND: {**AMOUNT, **BEHIND, "original_amount": FEN},
    B.WITHDRAWAL: {**AMOUNT, **PIN},
    B.DEPOSIT: {**AMOUNT, **PIN},
    B.TRANSFER: {**AMOUNT, **PIN, "account_to": digits(13, 19)},
    B.PIN_CHANGE: {**PIN, "new_pin": st.binary(min_size=8, max_size=8)},
}
WHOSE = {"key": KEY, "acquirer": INSTITUTION, "moment": MOMENT}
ASKED = st.one_of(
    [
        st.builds(AuthorisationRequest, business=st.just(each), pan=PAN, **WHOSE, **CARD, **more)
        for each, more in KINDS.items()
    ]
)
REVERSED = st.builds(
    ReversalRequest,
    business=st.sampled_from(B),
    original=KEY,
    pan=perhaps(PAN),
    amount=FEN,
    reason=st.sampled_from(["98", "96", "06", "A0"]),
    chip=CHIP,
    **WHOSE,
)
RESULTS = st.integers(1, 3).flatmap(lambda count: st.binary(min_size=5 * count, max_size=5 * count))
REPORTED = st.builds(ScriptReport, original=KEY, pan=PAN, results=RESULTS, **WHOSE).flatmap(
    lambda report: st.sampled_from(
        [report, structs.replace(report, chip=bytes.fromhex("9505000004E000") + tlv.encode(0xDF31, report.results))]
    )
)
ANSWER = st.builds(
    AuthorisationAnswer,
    code=st.sampled_from(["00", "51", "A0"]),
    reference=perhaps(digits(12)),
    approval=perhaps(digits(6)),
    chip=CHIP,
    day=perhaps(digits(4)),
    balances=st.none() | st.builds(Balances, *[st.integers(1 - 10**12, 10**12 - 1)] * 2),
    points=st.none() | st.tuples(FEN, st.integers(1 - 10**11, 10**12 - 1)),
    price=st.none() | FEN,
)
KEY_ONE, KEY_TWO = (MessageKey("12345678", "123456789012345", "000001", stan) for stan in ("000007", "000004"))
PURCHASE = AuthorisationRequest(
    business=B.PURCHASE, key=KEY_ONE, acquirer="00010000", moment="0115093000", pan="6299990000000000202", amount=1234
)
REVERSAL = ReversalRequest(
    business=B.PURCHASE, key=KEY_ONE, original=KEY_TWO, acquirer="00010000", moment="0115093000",
    pan=PURCHASE.pan, amount=1234, reason="98",
)  # fmt: skip
REPORT = ScriptReport(
    key=KEY_ONE, original=KEY_TWO, acquirer="00010000", moment="0115093000", pan=PURCHASE.pan,
    results=bytes.fromhex("2000000000"),
)  # fmt: skip


def behind(business, **more):
    return structs.replace(PURCHASE, **{"business": business, "original": KEY_TWO, "reference": "011500000001"} | more)


@given(ASKED | REVERSED | REPORTED)
def test_no_question_loses_anything(request):
    message = CODEC.message(CODEC.body(switch_request(request)))
    row = switch_message(message)
    assert row is not None
    assert row.wrong_fields(message) == ""
    assert issuer_request(message, row) == request


@given(st.sampled_from([PURCHASE, behind(B.REFUND), REVERSAL, REPORT]), ANSWER)
def test_no_answer_loses_anything(request, answer):
    if isinstance(request, ScriptReport):
        answer = structs.replace(answer, approval="", balances=None)
    asked = switch_request(request)
    row = switch_message(asked)
    assert row is not None
    message = CODEC.message(CODEC.body(switch_answer(asked, row, answer)))
    assert row.wrong_answer_fields(message) == ""
    assert answers_on_switch(asked, message)
    assert issuer_answer(message) == answer
    assert not {22, 26, 35, 36, 43, 52} & set(message.fields)


@pytest.mark.parametrize(
    ("request_", "mti", "said"),
    [
        (PURCHASE, "0200", {3: "000000", 25: "00", 7: "0115093000", 12: "093000", 13: "0115", 32: "00010000",
                            33: "00010000", 37: "011509000007", 60: "0000050"}),
        (structs.replace(PURCHASE, offline=True), "0220", {3: "000000", 25: "00"}),
        (structs.replace(PURCHASE, before_discount=2000), "0200", {48: b"RA000000002000"}),
        (structs.replace(PURCHASE, pin_block=bytes(8)), "0200", {26: "06", 53: "2600000000000000"}),
        (structs.replace(PURCHASE, track2="6299990000000000202D3012"), "0200", {35: "6299990000000000202=3012"}),
        (structs.replace(PURCHASE, business=B.BALANCE, amount=0, entry="021"), "0200", {3: "300000", 60: "0000020"}),
        (structs.replace(PURCHASE, business=B.WITHDRAWAL), "0200", {3: "010000", 25: "02"}),
        (behind(B.VOID), "0200", {3: "200000", 90: "0200000004" + "0" * 10 + "00000010000" * 2}),
        (behind(B.REFUND, original_amount=5000), "0220", {3: "200000", 48: b"ASOA012000000005000",
                                                          90: "0200000004" + "0" * 10 + "00000010000" * 2}),
        (REVERSAL, "0420", {3: "000000", 25: "00", 60: "4351000", 90: "0200000004" + "0" * 10 + "00000010000" * 2}),
        (structs.replace(REVERSAL, business=B.WITHDRAWAL), "0420", {3: "010000", 25: "02"}),
        (structs.replace(REVERSAL, business=B.REFUND), "0420", {3: "200000", 90: "0220000004" + "0" * 10
                                                                + "00000010000" * 2}),
        (REPORT, "0620", {70: "951", 55: bytes.fromhex("DF31052000000000"), 39: "00"}),
    ],
)  # fmt: skip
def test_the_dialects_own_codes(request_, mti, said):
    message = switch_request(request_)
    assert message.mti == mti
    assert {number: message.fields[number] for number in said} == said


def test_a_reversal_has_no_field_39_and_a_report_no_mac():
    assert 39 not in switch_request(REVERSAL).fields
    assert 128 not in switch_request(REPORT).fields


def test_reasons_of_terminals_are_one_of_the_switch():
    for reason in ("98", "96", "06", "A0"):
        message = switch_request(structs.replace(REVERSAL, reason=reason))
        assert switch_parted(60, message.text(60))["reason"] == "4351"


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (structs.replace(PURCHASE, business=B.WITHDRAWAL, offline=True), "only a purchase is approved off line"),
        (structs.replace(PURCHASE, business=B.BALANCE), "field 4 does not belong here"),
        (structs.replace(PURCHASE, pan=""), "field 2 is missing"),
        (behind(B.VOID, original=None), "field 90 is missing"),
        (behind(B.REFUND, pin_block=bytes(8)), "field 26 does not belong here; field 52 does not belong here"),
        (behind(B.REFUND, before_discount=1), "field 48 takes one of"),
        (behind(B.VOID, original_amount=1), "goes with a refund only"),
        (structs.replace(PURCHASE, key=KEY_ONE._replace(batch="0000001")), "batch: 7 characters, 6 are wanted"),
        (behind(B.VOID, original=KEY_TWO._replace(stan="4")), "stan: 1 characters, 6 are wanted"),
        (structs.replace(REPORT, chip=bytes.fromhex("DF31052000000001")), "field 55 and the results differ"),
        (structs.replace(REPORT, results=REPORT.results * 2, chip=bytes.fromhex("DF31052000000000")), "results differ"),
    ],
)
def test_what_has_no_place_is_refused(request_, words):
    with pytest.raises(UnfitForSwitch, match=re.escape(words)) as refused:
        switch_request(request_)
    assert refused.value.code == "30"


def changed(request: IssuerRequest, fields):
    message = switch_request(request).having(fields)
    row = switch_message(message)
    assert row is not None
    return lambda: issuer_request(message, row)


@pytest.mark.parametrize(
    ("request_", "fields", "code", "words"),
    [
        (PURCHASE, {122: "000000another member's"}, "30", "22 characters, 59 are wanted"),
        (PURCHASE, {122: "0" * 58}, "30", "58 characters, 59 are wanted"),
        (PURCHASE, {122: "0" * 60}, "30", "60 characters, 59 are wanted"),
        (PURCHASE, {48: b"ON1234"}, "30", "no use that a question to an issuer has"),
        (PURCHASE, {48: b"RA00000000200x"}, "30", "other than 12 digits"),
        (PURCHASE, {48: b"RA0000000020000"}, "30", "other than 12 digits"),
        (PURCHASE, {48: b"\xff\xff"}, "30", "no use that"),
        (PURCHASE, {52: bytes(8), 53: "1600000000000000"}, "99", "PIN blocks are of format 0"),
        (PURCHASE, {52: bytes(8)}, "99", "PIN blocks are of format 0"),
        (behind(B.VOID), {90: "0200000004" + "0" * 10 + "00000010001" * 2}, "25", "another acquirer's message"),
        (behind(B.VOID), {90: "0200000004" + "0" * 10 + "0000001000"}, "25", "another acquirer's message"),
        (REVERSAL, {3: "990000"}, "12", "no message that can be reversed"),
        (REVERSAL, {90: "0100000004" + "0" * 10 + "00000010000" * 2}, "12", "no message that can be reversed"),
        (REPORT, {55: bytes.fromhex("9F3602")}, "30", "9F36"),
        (REPORT, {55: bytes.fromhex("9F36020001")}, "30", "no DF31 of five bytes"),
        (REPORT, {55: bytes.fromhex("DF310420000000")}, "30", "no DF31 of five bytes"),
    ],
)
def test_what_is_no_question_is_refused(request_, fields, code, words):
    with pytest.raises(UnfitForSwitch, match=re.escape(words)) as refused:
        changed(request_, fields)()
    assert refused.value.code == code


@pytest.mark.parametrize("name", [name for name, row in SWITCH_MESSAGES.items() if row.network not in ("", "951")])
def test_nothing_of_the_line_itself_is_asked_of_an_issuer(name):
    with pytest.raises(UnfitForSwitch, match="nothing is asked of an issuer") as refused:
        issuer_request(switch_request(PURCHASE), SWITCH_MESSAGES[name])
    assert refused.value.code == "40"


def test_another_members_message_without_our_text_is_understood():
    asked = changed(PURCHASE, {122: None})()
    assert asked == structs.replace(PURCHASE, key=KEY_ONE._replace(batch=""))


@pytest.mark.parametrize(
    "fields",
    [
        {123: "short"},
        {123: " " * 12 + "00000000000x" + " " * 24},
        {54: "1001156C00000000010"},
        {54: "1001156C000000000100"},
        {54: "1001156C000000000100" * 2},
        {54: "1001156C00000000010x1002156C000000000100"},
    ],
)
def test_what_no_issuer_of_ours_says_is_not_believed(fields):
    asked = switch_request(PURCHASE)
    answer = switch_answer(asked, SWITCH_MESSAGES["purchase"], AuthorisationAnswer(code="00")).having(fields)
    with pytest.raises(StrangeSwitchAnswer, match="field 54 or 123"):
        issuer_answer(answer)


@pytest.mark.parametrize("number", [7, 11, 32, 33, 41, 42])
def test_an_answer_to_another_question_is_none(number):
    asked = switch_request(PURCHASE)
    answer = switch_answer(asked, SWITCH_MESSAGES["purchase"], AuthorisationAnswer(code="00"))
    assert answers_on_switch(asked, answer)
    assert not answers_on_switch(asked, answer.having({number: "1"}))
    assert not answers_on_switch(asked, asked)
    for mti in ("021", "02100", "0211", "0230", ""):
        assert not answers_on_switch(asked, AcquirerMessage(mti, answer.fields))
