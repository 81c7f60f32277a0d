"""Patterns, templates and conditions: what fits, what does not, and what is no sentence of the language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.lab.conformance import answer_pattern, applicability, host_hand
from dualcos.lab.conformance.answer_pattern import PatternError
from dualcos.lab.conformance.applicability import ConditionError
from dualcos.lab.conformance.command_template import Bound, TemplateError
from dualcos.profile.schema import load

SOCIAL = host_hand.HostHand(load("social-2.0"))


def fits(text, data, **known):
    return answer_pattern.match(text, bytes.fromhex(data), lambda name, kept: {**known, **kept}[name])


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("0102", "0102"),
        ("01 ?2", "0132"),
        ("01 ..", "01FF"),
        ("[3]", "010203"),
        ("[1-2]", "01"),
        ("[1-2]", "0102"),
        ("01 *", "01"),
        ("01 * FF", "010203FF"),
        ("", ""),
        ("ab", "AB"),
    ],
)
def test_fits(text, data):
    assert fits(text, data) == {}


@pytest.mark.parametrize(
    ("text", "data"),
    [("0102", "010203"), ("01 ..", "01"), ("[3]", "0102"), ("", "00"), ("?0", "01"), ("[1-2]", "010203")],
)
def test_does_not_fit(text, data):
    assert fits(text, data) is None


def test_captures_and_compares():
    assert fits("01 {len:1} {rest:2} *", "0102AABB") == {"len": b"\x02", "rest": b"\xaa\xbb"}
    assert fits("{=tag} ..", "0102", tag=b"\x01") == {}
    assert fits("{=tag} ..", "0202", tag=b"\x01") is None
    assert fits("{tag:1} {again=tag}", "0101") == {"tag": b"\x01", "again": b"\x01"}
    assert fits("{tag:1} {=tag}", "0102") is None


@pytest.mark.parametrize("text", ["0G", "[a]", "{Name:2}", "{x}", "[2", "0."])
def test_no_pattern(text):
    with pytest.raises(PatternError):
        answer_pattern.expressions(text)


@given(st.binary(max_size=40))
def test_every_answer_fits_its_own_hex_and_a_star(data):
    assert fits(data.hex(), data.hex()) == {} == fits("*", data.hex())


def test_masks():
    assert answer_pattern.sw_fits("63C?", 0x63C2)
    assert not answer_pattern.sw_fits("63C?", 0x6382)
    with pytest.raises(PatternError):
        answer_pattern.check_mask("63C")


def test_tlv_paths():
    fci = bytes.fromhex("6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103")
    assert answer_pattern.tlv_at(fci, "6F/A5/88") == b"\x1e"
    assert answer_pattern.tlv_at(fci, "6F/A5/9F0C/86") == b"\x03"
    assert answer_pattern.tlv_at(fci, "6F/A5/50?") is None


def test_templates_fill_names_functions_and_hex():
    scope = {"challenge": bytes.fromhex("5AC3907E12F4B86D"), "x": b"\x0a"}
    assert host_hand.fill("00 82 00{x}", scope, SOCIAL).hex() == "0082000a"
    # The published MAC of PIN unblocking under the 8-byte STK.
    assert host_hand.fill("{mac(des(62CD1A5675B68B1C), 84240000)}", scope, SOCIAL).hex().upper() == "F6636AAE"
    assert host_hand.fill("{lc(cat(x, 0102))}", scope, SOCIAL).hex() == "030a0102"
    assert host_hand.fill("{flip(00)}", scope, SOCIAL) == b"\x01"


def test_a_parameter_is_read_where_the_caller_stands():
    outer = {"key": b"\x99"}
    inner = {"x": Bound("key", outer), "key": b"\x11"}
    assert host_hand.fill("{x}", inner, SOCIAL) == b"\x99"


@pytest.mark.parametrize("text", ["0", "{", "{}", "{mac(}", "{a b}", "{mac(STKSSSE)) }", "xy"])
def test_no_template(text):
    with pytest.raises(TemplateError):
        host_hand.check_template(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{nothing}", "neither hex nor"),
        ("{mac(STKSSSE, 84240000)}", "challenge"),
        ("{ext_auth(NOKEY)}", "no key NOKEY"),
        ("{mac(flip(00), 84240000)}", "no key"),
        ("{sm4(000102030405060708090A0B0C0D0E0F)}", "sm4 names a key"),
    ],
)
def test_what_has_no_value_is_said(text, says):
    scope = {} if "mac(STK" in text else {"challenge": bytes(8)}
    with pytest.raises(TemplateError, match=says):
        host_hand.fill(text, scope, SOCIAL)


@pytest.mark.parametrize(
    ("condition", "true"),
    [
        ("", True),
        ("version == 2", True),
        ("version >= 3 or alg == DES", True),
        ("alg == SM4", False),
        ("not pse and ssse", True),
        ("scope == environment and protocol == 0", True),
    ],
)
def test_conditions(condition, true):
    assert applicability.holds(condition, applicability.facts(load("social-2.0"))) is true


@pytest.mark.parametrize("condition", ["version >", "len(alg) == 3", "version == [2]", "1 < version < 3"])
def test_no_condition(condition):
    with pytest.raises(ConditionError):
        applicability.check(condition)
