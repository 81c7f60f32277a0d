"""POS messages under rules of the leash: facts without secrets, answers altered and sealed, spoiled where rules say."""

from __future__ import annotations

import pytest

from apdu import tlv
from dualcos.leash.leash_rules import LeashError, LeashRule
from dualcos.leash.leashed_partner import LeashedCaller, LeashedPartner, SendAnswer
from dualcos.leash.rule_engine import Leash
from dualcos.leash.rule_names import unfit_values, unknown_names
from dualcos.leash.watched_rules import WatchedRules
from dualcos.messages.acquirer_messages import NoLineAnswer
from dualcos.messages.iso8583_codec import Iso8583Codec, UnwritableIso8583
from dualcos.messages.pos_envelope import PosEnvelope, opened, seal_holds, sealed
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_form import PosForm, line_answer
from dualcos.messages.pos_messages import POS_MESSAGES, refused
from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac
from tests.dualcos.messages.whole_messages import (
    NEW_PIN_BLOCK,
    PAN,
    PIN_BLOCK,
    TRACK_2,
    TRACK_3,
    whole_answer,
    whole_request,
)

CODEC = Iso8583Codec(POS_DIALECT)
KEY = KeyHandle(TDES, bytes(range(16)))
FORM = PosForm(lambda message, _: sealed(CODEC, message, KEY, LineMac.ECB_HEX), lambda _: True, CODEC)
PURCHASE = POS_MESSAGES["purchase"]
FRONT = PosEnvelope(bytes.fromhex("6000011234"))


def came(kind=PURCHASE):
    request = FORM.read(FRONT.around(CODEC.body(whole_request(kind))))
    assert request is not None
    return request


def host(request):
    return line_answer(request, whole_answer(PURCHASE), proven=True)


def sent(**does):
    """What goes out for a purchase under a rule: messages, and whether their seals hold."""
    partner = LeashedPartner(host, Leash((LeashRule(**does),)).followed, FORM)
    found = []
    for step in partner.steps(came()):
        assert isinstance(step, SendAnswer)
        envelope, body = opened(FORM.written(step.answer))
        assert envelope == FRONT.back()
        found.append((CODEC.message(body), seal_holds(CODEC, body, KEY, LineMac.ECB_HEX)))
    return found


RIGHT = sent()[0][0]


def test_facts_of_a_purchase():
    facts = FORM.facts(came())
    assert facts == facts | {
        "mti": "0200", "message": "purchase", "pan": PAN, "processing": "000000", "amount": 1234, "stan": "000012",
        "entry_mode": "051", "card_sequence": "001", "condition": "00", "terminal": "12345678",
        "merchant": "123456789012345", "currency": "156", "kind": "22", "batch": "000001", "network": "000",
        "before_discount": "000000002000", "member": "M1", "operator": "001", "tag_9F27": "80", "tag_9F36": "0012",
    }  # fmt: skip


@pytest.mark.parametrize("kind", POS_MESSAGES.values(), ids=list(POS_MESSAGES))
def test_every_fact_has_a_name_that_rules_know_and_none_is_secret(kind):
    facts = FORM.facts(came(kind))
    assert set(facts) <= FORM.names().facts
    assert facts["message"] == kind.name
    assert unknown_names([LeashRule(match=dict(facts))], FORM.names()) == ""
    told = repr(facts).upper()
    for secret in (TRACK_2, TRACK_3, PIN_BLOCK.hex(), NEW_PIN_BLOCK.hex()):
        assert secret.upper() not in told


def test_facts_of_a_void_name_the_original():
    facts = FORM.facts(came(POS_MESSAGES["void"]))
    assert (facts["original_batch"], facts["original_stan"], facts["reference"]) == ("000001", "000011", "000000000012")


def test_field_55_that_is_no_tlv_has_no_tags():
    request = came()
    facts = FORM.facts(line_request(request, request.message.having({55: b"\x9f"})))
    assert not [name for name in facts if name.startswith("tag_")]
    assert facts["amount"] == 1234


def line_request(request, message):
    return type(request)(request.envelope, b"", message)


def test_an_answer_without_a_rule_is_the_hosts_and_sealed():
    ((message, holds),) = sent()
    assert holds
    assert message.having({64: None}) == whole_answer(PURCHASE).having({64: None})


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"code": "51"}, {39: "51"}),
        ({"amount": 5}, {4: "000000000005"}),
        ({"stan": 13}, {11: "000013"}),
        ({"approval": "999999", "texts": "001"}, {38: "999999", 63: "001"}),
        ({"chip": "8A023030"}, {55: b"\x8a\x0200"}),
        ({"chip": "no hex"}, {55: b"no hex"}),
        ({"nothing": 1}, {}),
        ({"entry_mode": "012"}, {22: "012"}),
        ({"approval": ""}, {38: None}),
        ({"tag_91": "", "tag_72": ""}, {55: None}),
        ({"tag_72": ""}, {55: tlv.encode(0x91, b"\x11" * 8 + b"00")}),
        ({"tag_91": "", "tag_72": "01"}, {55: b"\x72\x01\x01"}),
        ({"tag_": "01", "tag_xy": "01"}, {}),
    ],
)  # fmt: skip
def test_altered_answers_are_sealed_as_they_are(fields, changed):
    ((message, holds),) = sent(answer=fields)
    assert holds
    assert message.having({64: None}) == RIGHT.having({64: None, **changed})


def test_a_tag_is_added_to_field_55_and_field_55_to_a_message_without_one():
    ((message, _),) = sent(answer={"tag_71": "0102"})
    assert message.raw(55) == RIGHT.raw(55) + b"\x71\x02\x01\x02"
    bare = line_answer(came(), whole_answer(PURCHASE).having({55: None}), proven=True)
    assert FORM.altered(bare, {"tag_71": "0102"}).message.raw(55) == b"\x71\x02\x01\x02"
    assert FORM.altered(bare, {"tag_71": ""}) == bare


@pytest.mark.parametrize(
    "fields",
    [{"code": "510"}, {"terminal": "123456789"}, {"currency": "中中"}, {"amount": "x"}, {"tag_72": "00" * 256}],
)
def test_what_a_field_does_not_take_is_told_where_the_rules_are_read(tmp_path, fields):
    with pytest.raises(UnwritableIso8583, match="field"):
        sent(answer=fields)
    names = FORM.names()
    assert unfit_values([LeashRule(), LeashRule(answer=fields)], names).startswith(f"rule 2: {next(iter(fields))} = ")
    assert unfit_values([LeashRule(refuse="510")], names).startswith("rule 1: code = 510: field 39")
    assert unfit_values([LeashRule(refuse="51", answer={"code": "A0", "amount": 5, "tag_91": ""})], names) == ""
    path = tmp_path / "rules.toml"
    told = ", ".join(f'{name} = "{value}"' for name, value in fields.items())
    path.write_text(f"[[rule]]\nanswer = {{ {told} }}\n", encoding="utf-8")
    with pytest.raises(LeashError, match=r"rules.toml: rule 1: "):
        WatchedRules(path, print, names)


def test_a_wrong_mac_is_one_bit_behind_the_seal():
    ((message, holds),) = sent(wrong=("mac",), answer={"code": "51"})
    assert not holds
    assert message.text(39) == "51"
    ((right, _),) = sent(answer={"code": "51"})
    assert [a ^ b for a, b in zip(message.raw(64), right.raw(64), strict=True)] == [0] * 7 + [1]


@pytest.mark.parametrize(
    ("name", "number", "value"),
    [
        ("approval", 38, "123457"),
        ("amount", 4, "000000001235"),
        ("reference", 37, "000000000013"),
        ("texts", 63, RIGHT.text(63)[:-1] + "d"),
        ("chip", 55, RIGHT.raw(55)[:-1] + bytes((RIGHT.raw(55)[-1] ^ 1,))),
    ],
)
def test_a_wrong_field_is_one_bit_in_front_of_the_seal(name, number, value):
    ((message, holds),) = sent(wrong=(name,))
    assert holds
    assert message.having({64: None}) == RIGHT.having({64: None, number: value})


def test_a_wrong_arpc_is_one_bit_of_91():
    for name in ("arpc", "tag_91"):
        ((message, holds),) = sent(wrong=(name,))
        assert holds
        assert tlv.find(message.raw(55), 0x91) == b"\x10" + b"\x11" * 7 + b"00"
        assert tlv.find(message.raw(55), 0x72) == tlv.find(RIGHT.raw(55), 0x72)


@pytest.mark.parametrize("wrong", ["track2", "nothing", "entry_mode", "tag_71"])
def test_what_an_answer_has_not_is_left_alone(wrong):
    assert sent(wrong=(wrong,)) == [(RIGHT, True)]


def test_what_is_empty_or_ends_in_no_digit_has_no_wrong_bit():
    answer = line_answer(came(), whole_answer(PURCHASE).having({63: "", 55: b"", 44: "中"}), proven=True)
    assert FORM.spoiled(answer, ("texts", "chip", "institutions", "arpc")).message == answer.message


def test_a_refusal_is_sealed_like_an_answer():
    ((message, holds),) = sent(refuse="51")
    assert holds
    assert message.having({64: None}) == refused(came().message, "51")


def test_an_answer_that_nobody_asked_for_is_right_but_for_its_number():
    unasked, answer = sent(unsolicited="in front")
    assert unasked[1]
    assert unasked[0].text(39) == "00"
    assert unasked[0].text(11) == "000013"
    assert answer == (RIGHT, True)
    assert not FORM.belongs(came(), FORM.unasked(came()))
    assert FORM.belongs(came(), host(came()))


@pytest.mark.parametrize(("stan", "other"), [("999999", "000000"), (None, "000001")])
def test_a_number_nobody_asked_for_is_one_whatever_the_requests(stan, other):
    request = line_request(came(), came().message.having({11: stan}))
    assert FORM.unasked(request).message.text(11) == other


@pytest.mark.parametrize("kind", [POS_MESSAGES["sign-on"], PURCHASE])
def test_a_request_without_its_mac_is_answered_without_one(kind):
    """Not by the host, nor by a rule: who has no key gets none."""
    form = PosForm(lambda message, _: sealed(CODEC, message, KEY, LineMac.ECB_HEX), lambda _: False, CODEC)
    request = came(kind)
    bare = line_answer(request, refused(request.message, "97"), proven=False)
    for answer in (bare, form.refusal(request, "51"), form.unasked(request)):
        assert 64 not in CODEC.message(opened(form.written(answer))[1]).fields


def test_an_answer_is_sealed_with_the_key_of_the_terminal_that_asked():
    asked: list[str] = []

    def seal(message, terminal):
        asked.append(terminal)
        return sealed(CODEC, message, KEY, LineMac.ECB_HEX)

    form = PosForm(seal, lambda _: True, CODEC)
    form.written(form.altered(host(came()), {"terminal": "87654321"}))
    form.written(form.spoiled(host(came()), ("terminal",)))
    assert asked == ["12345678"] * 2


def test_in_this_process_silence_is_that_of_the_line():
    caller = LeashedCaller(host, Leash((LeashRule(drop="after commit"),)).followed, FORM)
    with pytest.raises(NoLineAnswer, match="no answer: a rule of the leash"):
        caller.ask(came())


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "0 bytes: no TPDU with a header behind it"),
        (FRONT.around(b""), "MTI: field data is 0 bytes, expecting 2"),
        (FRONT.around(b"\x02\x10" + bytes(8)), "MTI 0210: no request"),
        (b"\x61" + FRONT.around(b"\x02\x00" + bytes(8))[1:], "21 bytes: no TPDU with a header behind it"),
        (FRONT.around(b"\x02\x00" + bytes(7) + b"\x02"), "field 63: field length is 0 bytes wide, expecting 2"),
    ],
)
def test_what_is_no_request_is_answered_with_a_format_error(payload, why):
    assert FORM.read(payload) is None
    assert FORM.why_unreadable(payload) == why
    answer = CODEC.message(opened(FORM.written(FORM.unreadable(payload)))[1])
    assert answer.text(39) == "30"


def test_a_readable_request_has_no_reason():
    assert FORM.why_unreadable(FRONT.around(CODEC.body(whole_request(PURCHASE)))) == ""
