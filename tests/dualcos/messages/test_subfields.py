"""Parts of fields: cut and put together, by the tables of both dialects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_subfields import MARKED, MEMBER, SUBFIELDS, TOTALS, field_parts, joined, parted
from dualcos.messages.subfield_tables import BadSubfields, SubField, cut, put_together
from dualcos.messages.switch_fields import SWITCH_DIALECT
from dualcos.messages.switch_subfields import (
    PRIVATE_USES,
    SWITCH_SUBFIELDS,
    switch_joined,
    switch_parted,
)

TABLE = (SubField("a", "甲", "a", 2), SubField("b", "乙", "b", 3), SubField("c", "丙", "c", 4, open_end=True))


@given(st.text("0123456789中", max_size=14))
def test_parts_of_any_text_make_it_again(text):
    parts = cut(TABLE, text)
    assert "".join(parts.values()) == text
    if all(len(parts[row.name]) == row.size for row in TABLE[:2] if row.name in parts):
        assert put_together(TABLE, parts) == text


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"a": "1"}, "a: 1 characters, 2 are wanted"),
        ({"a": "123"}, "a: 3 characters, 2 are wanted"),
        ({"b": "123"}, "b cannot stand without a in front of it"),
        ({"a": "12", "c": "1"}, "c cannot stand without b in front of it"),
        ({"a": "12", "b": "123", "c": "12345"}, "c: 5 characters, 4 are wanted"),
        ({"a": "12", "x": "1"}, "no part is called x"),
    ],
)
def test_parts_that_make_no_field(parts, why):
    with pytest.raises(BadSubfields) as refused:
        put_together(TABLE, parts)
    assert str(refused.value) == why


def test_an_open_end_may_be_shorter():
    assert put_together(TABLE, {"a": "12", "b": "123", "c": "1"}) == "121231"


@pytest.mark.parametrize("number", [*SUBFIELDS, 48, 54])
@given(data=st.data())
def test_parts_of_a_terminals_field_make_it_again(number, data):
    text = data.draw(st.text("0123456789", max_size=min(162, POS_DIALECT.fields[number].size)))
    parts = parted(number, text)
    assert "".join(parts.values()) == text
    whole = [row for row in field_parts(number, text) if len(parts.get(row.name, "")) == row.size or row.open_end]
    if parts and len(whole) == len(parts):
        assert joined(number, parts) == text


@pytest.mark.parametrize(
    ("number", "text", "parts"),
    [
        (22, "051", {"entry": "05", "pin": "1"}),
        (60, "00000001003", {"kind": "00", "batch": "000001", "network": "003"}),
        (
            60,
            "22000001000501000",
            {
                "kind": "22", "batch": "000001", "network": "000", "ability": "5", "chip_condition": "0",
                "part_debit": "1", "account_kind": "000",
            },
        ),
        (61, "0000010000021123", {"batch": "000001", "stan": "000002", "date": "1123"}),
        (48, "6200001234567890128", {"account_to": "6200001234567890128"}),
        (
            54,
            "1001156C0000000001001002156D000000000200",
            {
                "account_kind": "10", "amount_kind": "01", "currency": "156", "sign": "C", "amount": "000000000100",
                "account_kind_2": "10", "amount_kind_2": "02", "currency_2": "156", "sign_2": "D",
                "amount_2": "000000000200",
            },
        ),
        (
            48,
            "01" + "22" + "000007" + "06200001234567890128" + "000000000500",
            {
                "count": "01", "kind": "22", "stan": "000007", "account": "06200001234567890128",
                "amount": "000000000500",
            },
        ),
        (48, "00", {"count": "00"}),
    ],
)  # fmt: skip
def test_what_lies_where_in_a_terminals_field(number, text, parts):
    assert parted(number, text) == parts
    assert joined(number, parts) == text


def test_totals_are_62_digits():
    text = "0000000010000020000000003000011" + "0" * 31
    parts = parted(48, text)
    assert parts["domestic_debit_amount"], parts["domestic_credit_count"] == ("000000001000", "001")
    assert (parts["domestic_result"], parts["foreign_result"]) == ("1", "0")
    assert len(parts) == len(TOTALS) == 10
    assert joined(48, parts) == text


def test_unknown_parts_of_a_terminals_field():
    with pytest.raises(BadSubfields, match="no part is called colour"):
        joined(60, {"kind": "22", "colour": "1"})
    with pytest.raises(BadSubfields, match="no part is called colour"):
        joined(63, {"operator": "001", "colour": "1"})


# --- field 63: operator, value-added services, text ----------------------------------------------------------------

SPECIAL = {"operator": "01", "before_discount": "000000001000", "points_earned": "0000000010", "points": "0000000110"}


def test_value_added_services_stand_behind_their_letters():
    whole = {**SPECIAL, "member": "M中1", "text": "祝您愉快"}
    assert joined(63, whole) == "01 RA000000001000EP0000000010AP0000000110MB03M中1祝您愉快"
    assert parted(63, joined(63, whole)) == whole
    for name in whole:
        rest = {each: value for each, value in whole.items() if each != name or name == "operator"}
        assert parted(63, joined(63, rest)) == rest


@given(st.text("RAEPMB0123456789 中", max_size=40))
def test_any_text_has_parts(text):
    parts = parted(63, text)
    assert set(parts) <= {"operator", *MARKED, MEMBER, "text"}
    assert joined(63, parts).startswith(text[:3].rstrip())


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"before_discount": "1000"}, "before_discount: 12 digits are wanted"),
        ({"points": "00000000٣0"}, "points: 10 digits are wanted"),
        ({"member": "M" * 41}, "member: 41 characters, 40 at most"),
        ({"operator": "0001"}, "operator: 4 characters, 3 at most"),
    ],
)
def test_what_field_63_does_not_take(parts, why):
    with pytest.raises(BadSubfields) as refused:
        joined(63, {"operator": "001", **parts})
    assert str(refused.value) == why


@pytest.mark.parametrize("text", ["001MB05abc", "001MB00", "001MBxx", "001RA00000000100"])
def test_a_mark_without_all_that_belongs_to_it_is_text(text):
    assert parted(63, text) == {"operator": "001", "text": text[3:]}


# --- the switch ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text", "parts"),
    [
        (90, "0200000001112318250000000000001" + "00000000002",
         {"mti": "0200", "stan": "000001", "time": "1123182500", "acquirer": "00000000001",
          "forwarder": "00000000002"}),
        (60, "4351", {"reason": "4351"}),
        (60, "00000500", {"reason": "0000", "owner_kind": "0", "ability": "5", "chip_condition": "0", "reserved": "0"}),
        (53, "1600000000000000", {"kind": "1", "algorithm": "6", "reserved": "0" * 14}),
        (48, "ASOA012000000001234", {"usage": "AS", "mark": "OA", "length": "012", "amount": "000000001234"}),
        (48, "RA000000001234", {"usage": "RA", "amount": "000000001234"}),
        (48, "BC0010100", {"usage": "BC", "reason": "001", "level": "0", "score": "100"}),
        (57, "AR001", {"usage": "AR", "answer": "001"}),
        (54, "1001156C000000000100",
         {"account_kind": "10", "amount_kind": "01", "currency": "156", "sign": "C", "amount": "000000000100"}),
        (41, "12345678", {"rest": "12345678"}),
    ],
)  # fmt: skip
def test_what_lies_where_in_a_field_of_the_switch(number, text, parts):
    assert switch_parted(number, text) == parts
    assert switch_joined(number, parts) == text


@pytest.mark.parametrize("number", list(SWITCH_SUBFIELDS))
def test_the_parts_of_the_switchs_table_fit_their_field(number):
    row = SWITCH_DIALECT.fields[number]
    assert sum(part.size for part in SWITCH_SUBFIELDS[number]) <= row.size


def test_totals_of_two_balances_of_the_switch():
    text = "1001156C0000000001001002156D000000000200"
    assert switch_joined(54, switch_parted(54, text)) == text


@pytest.mark.parametrize("number", list(PRIVATE_USES))
def test_an_unknown_usage_is_not_cut(number):
    assert switch_parted(number, "ZZ123") == {"usage": "ZZ", "rest": "123"}
    assert switch_parted(number, "") == {}


def test_keys_and_pin_blocks_are_no_parts():
    assert switch_parted(48, "NK" + "0" * 16) == {"usage": "NK"}
    assert switch_parted(63, "SM" + "0" * 16) == {"usage": "SM"}
    for number, usage in ((48, "NK"), (63, "SM"), (48, "ZZ"), (48, "")):
        with pytest.raises(BadSubfields, match=f"usage: field {number} has none of this name that is text"):
            switch_joined(number, {"usage": usage})
