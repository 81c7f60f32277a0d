"""Data elements, AIP and AFL, groups, amounts, log records, descriptions (PBOC-5 A.1, B, §18; PBOC-10 §6.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import tlv
from apdu.tlv import TlvError
from cos.pse.data.aip_afl_ada import (
    AflEntry,
    AflError,
    LogEntry,
    build_record,
    listed_records,
    missing_records,
    parse_afl,
)
from cos.pse.data.data_elements import BY_TAG, ELEMENTS, MANDATORY, PUT_DATA_LENGTHS, fill, from_n, readable
from cos.pse.data.data_groups import GROUPS, INTERNATIONAL, SM, BadGroup, check, group, is_record, record_of, split
from cos.pse.options import BankOptions
from cos.pse.transaction.risk_data import convert
from dualcos.profile.bank_data_groups import DEFAULT_ENTRY, encode_afl, record_length

DEFAULT_FORMAT = bytes.fromhex("9A039F21039F02069F03069F1A025F2A029F4E149C019F3602")
"""9F4F as all issued cards have it: date, time, amounts, country, currency, merchant, type, ATC (PBOC-5 table 45)."""


def x(text):
    return bytes.fromhex(text)


# --- Elements ---


def test_tags_are_unique():
    assert len(BY_TAG) == len(ELEMENTS)
    assert all(each.least <= each.most for each in ELEMENTS)


def test_put_data_lengths():
    """PBOC-5 table B.16."""
    assert dict(PUT_DATA_LENGTHS) == {
        0x9F58: 1,
        0x9F59: 1,
        0x9F53: 1,
        0x9F72: 1,
        0x9F54: 6,
        0x9F75: 6,
        0x9F5C: 6,
        0x9F73: 4,
    }


def test_mandatory_elements():
    assert {0x57, 0x5A, 0x5F24, 0x8C, 0x8D, 0x9F0D, 0x9F0E, 0x9F0F, 0x9F08, 0x9F10, 0x82, 0x94} == MANDATORY


def test_get_data_readers():
    """PBOC-5 table B.10 and the issuer's choices."""
    limits = {0x9F53, 0x9F54, 0x9F58, 0x9F59, 0x9F5C, 0x9F72, 0x9F73, 0x9F75}
    static = {0x9F51, 0x9F52, 0x9F56, 0x9F57, 0x9F76}
    everything = limits | static | {0x9F36, 0x9F13, 0x9F17, 0x9F4F}

    def answers(**options):
        return {each.tag for each in ELEMENTS if readable(each.tag, BankOptions(**options))}

    assert answers() == everything
    assert answers(get_data_atc=False) == everything - {0x9F36, 0x9F13}
    assert answers(get_data_ptc=False) == everything - {0x9F17}
    assert answers(get_data_limits=False) == everything - limits
    assert answers(get_data_static=False) == everything - static
    for tag in (0x9F7F, 0x9F4D, 0x9F79):
        assert not readable(tag, BankOptions())


def test_filling():
    assert fill(0x9F02, x("1234"), 3) == x("001234")
    assert fill(0x9F02, x("123456"), 2) == x("3456")
    assert fill(0x5A, x("1234"), 3) == x("1234FF")
    assert fill(0x9F4E, b"SHOP", 6) == b"SHOP\0\0"
    assert fill(0x9F4E, b"SHOP", 2) == b"SH"
    assert fill(0x95, x("80"), 2) == x("8000")


# --- Amounts ---


def test_conversion_factor():
    """The standard's example: 20000175 is × 1.75; the fraction is dropped."""
    assert convert(1000, x("20000175")) == 1750
    assert convert(1, x("20000175")) == 1
    assert convert(7, x("00000003")) == 21
    assert convert(999_999_999_999, x("70000001")) == 99_999
    with pytest.raises(ValueError, match="4 bytes"):
        convert(1, x("200175"))


@given(st.integers(0, 999_999_999_999))
def test_amounts_round_trip(number):
    assert from_n(x(f"{number:012d}")) == number


@given(st.binary(max_size=8))
def test_any_bytes_are_some_number(raw):
    assert from_n(raw) >= 0


# --- AIP, AFL ---


@pytest.mark.parametrize(
    "raw",
    [
        "08010200100104001801030020010100",
        "08010200100104011801030020010100",
        "08010100080303001001050018010201" + "20010100",
        "08010100100105001801010120010100",
    ],
)
def test_afl_as_seen_on_cards(raw):
    entries = parse_afl(x(raw))
    assert encode_afl(entries) == x(raw)
    assert entries[0].sfi == 1


def test_listed_records_with_signed_ones():
    entries = parse_afl(x("08010100 18010301".replace(" ", "")))
    assert list(listed_records(entries)) == [(1, 1, False), (3, 1, True), (3, 2, False), (3, 3, False)]
    assert missing_records(entries, {(1, 1), (3, 1), (3, 2)}) == ((3, 3),)


@pytest.mark.parametrize(
    "raw",
    ["", "080101", "09010100", "00010100", "F8010100", "08000100", "08020100", "08010102", "08010100" * 64],
)
def test_broken_afl(raw):
    with pytest.raises(AflError):
        parse_afl(x(raw))


entry = st.builds(
    lambda sfi, first, more, signed: AflEntry(sfi, first, first + more, min(signed, more + 1)),
    st.integers(1, 30),
    st.integers(1, 200),
    st.integers(0, 55),
    st.integers(0, 56),
)


@given(st.lists(entry, min_size=1, max_size=63))
def test_afl_round_trip(entries):
    assert parse_afl(encode_afl(entries)) == tuple(entries)


# --- Groups ---


def test_group_rows():
    assert len({each.dgi for each in GROUPS}) == len(GROUPS)
    private = {*range(0x8201, 0x8206), 0x8501, 0x8502}
    assert private == {*INTERNATIONAL.private_key, *SM.private_key}
    assert {each.dgi for each in GROUPS if each.enciphered} == {0x8000, 0x8400, 0x8010, *private}
    lengths = {0x8000: 48, 0x9000: 9, 0x8400: 48, 0x9400: 9, 0x8010: 8, 0x9010: 2}
    assert {each.dgi: each.length for each in GROUPS if each.length} == lengths
    for each in GROUPS:
        for tag, mark in each.tags:
            assert tag in BY_TAG
            assert mark in "MRCO"


def test_presence():
    assert dict(group(0x0301).tags).get(0x5A) == "M"
    assert dict(group(0x0301).tags).get(0x8E) == "R"
    assert dict(group(0x0302).tags).get(0x9F08) == "M"
    assert dict(group(0x0302).tags).get(0x5A) is None


def test_repeating_and_unknown_groups():
    assert dict(group(0x0210).tags).get(0x93) == "C"
    assert dict(group(0x0304).tags).get(0x5A) == "M"
    assert dict(group(0x0E03).tags).get(0x9F52) == "C"
    assert group(0x0304).dgi == 0x0304
    for dgi in (0x9103, 0x9203, 0x8001, 0x7FFF, 0x0200, 0x0B01, 0x0D02, 0x1401, 0x1F01):
        assert group(dgi) is None


@pytest.mark.parametrize("sfi", range(1, 11))
def test_any_record_of_the_files_with_templates_is_a_group(sfi):
    """PBOC-10 §6.4: the first byte names the file, the second the record; its tables only recommend contents."""
    for number in (1, 6, 7, 0x80, 0xFF):
        assert group(sfi << 8 | number).dgi == sfi << 8 | number
        assert not group(sfi << 8 | number).enciphered
    assert group(sfi << 8) is None


def test_groups_that_are_records():
    assert record_of(0x0101) == (1, 1)
    assert record_of(0x1E03) == (30, 3)
    for dgi in (0x0D01, 0x0E01, 0x0100, 0x1F01, 0x9200):
        assert record_of(dgi) is None


@pytest.mark.parametrize("length", ["02", "8102", "820002"])
def test_what_is_taken_as_a_record_is_one_when_it_is_read(length):
    """One rule for both: however the length of a template is written, and if there is nothing in it."""
    for raw in (x(f"70{length}9900"), x("7000"), x("708100"), x("70820000")):
        check(0x0206, raw)
        assert is_record(2, raw)
    whole = x(f"70{length}9900")
    for other in (whole[:-1], whole + b"\0", b"\x71" + whole[1:], whole[:1], x("7083000000"), x("7080"), x("7081")):
        assert not is_record(2, other)
        with pytest.raises(BadGroup):
            check(0x0206, other)


def test_what_an_application_cannot_do_without():
    assert INTERNATIONAL.needed(0x5C00) == (0x9102, 0x9104, 0x9200, 0x8000)
    assert SM.needed(0x5C00) == (0x9102, 0x9105, 0x9201, 0x8400)
    for signing in (0x7C00, 0x5D00):
        assert INTERNATIONAL.needed(signing)[4:] == (0x8201, 0x8202, 0x8203, 0x8204, 0x8205)
        assert SM.needed(signing)[4:] == (0x8501, 0x8502)
    for suite in (INTERNATIONAL, SM):
        assert all(group(dgi) for dgi in suite.groups)


_SENT = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=4)


def said(dgi: int, value: bytes) -> bytes:
    """DGI, length in one byte or in FF and two, value (EMV CPS 3.2.7)."""
    length = bytes((len(value),)) if len(value) < 0xFF else b"\xff" + len(value).to_bytes(2)
    return dgi.to_bytes(2) + length + value


@given(_SENT)
def test_whole_groups_come_out_as_they_went_in(groups):
    assert split(b"".join(said(*each) for each in groups)) == (groups, b"")


@given(_SENT, st.integers(0, 0xFFFF), st.binary(max_size=300), st.data())
def test_the_beginning_of_a_group_waits_for_its_end(groups, dgi, value, data):
    whole = said(dgi, value)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert split(b"".join(said(*each) for each in groups) + whole[:cut]) == (groups, whole[:cut])


@given(st.binary(max_size=600))
def test_any_bytes_are_groups_and_a_rest(data):
    groups, rest = split(data)
    spent = len(data) - len(rest)
    assert split(data[:spent]) == (groups, b"")
    assert split(rest) == ([], rest)


# --- Log ---


def read_record(log_format, record):
    return tlv.split_dol(tlv.parse_dol(log_format), record)


def test_default_format():
    assert len(DEFAULT_FORMAT) == 25
    assert record_length(DEFAULT_FORMAT) == 45
    assert LogEntry.parse(DEFAULT_ENTRY) == LogEntry(11, 10)


def test_record_read_from_a_card():
    """A recorded log record: 2016-05-24 19:12:22, amount 0, RMB, no merchant, ATC 003F."""
    gac = {
        0x9A: x("160524"),
        0x9F21: x("191222"),
        0x9F02: bytes(6),
        0x9F03: bytes(6),
        0x9F1A: x("0156"),
        0x5F2A: x("0156"),
        0x9C: x("01"),
    }
    expected = "160524191222" + "00" * 12 + "01560156" + "00" * 20 + "01" + "003F"
    assert build_record(DEFAULT_FORMAT, [gac], 0x3F) == x(expected)
    assert read_record(DEFAULT_FORMAT, x(expected))[0x9F36] == x("003F")


def test_newest_value_wins_and_the_atc_is_the_cards():
    received = [{0x9F02: x("000000000001"), 0x9C: x("00")}, {0x9F02: x("000000000002"), 0x9F36: x("FFFF")}]
    record = read_record(DEFAULT_FORMAT, build_record(DEFAULT_FORMAT, received, 7))
    assert record[0x9F02] == x("000000000002")
    assert record[0x9C] == x("00")
    assert record[0x9F36] == x("0007")


def test_merchant_name_is_fitted():
    short = read_record(DEFAULT_FORMAT, build_record(DEFAULT_FORMAT, [{0x9F4E: b"TEST SHOP"}], 1))
    assert short[0x9F4E] == b"TEST SHOP" + bytes(11)
    long = read_record(DEFAULT_FORMAT, build_record(DEFAULT_FORMAT, [{0x9F4E: b"T" * 30}], 1))
    assert long[0x9F4E] == b"T" * 20


@given(
    st.lists(st.tuples(st.sampled_from([0x9A, 0x9F02, 0x5F2A, 0x9F4E, 0x9C, 0x9F36]), st.binary(max_size=30))),
    st.integers(0, 0xFFFF),
)
def test_record_length_never_varies(values, atc):
    record = build_record(DEFAULT_FORMAT, [dict([each]) for each in values], atc)
    assert len(record) == 45
    assert record.endswith(atc.to_bytes(2, "big"))


def test_broken_log_data():
    for value in ("0A0A", "1F0A", "0B00", "0B"):
        with pytest.raises(ValueError, match="names no log file"):
            LogEntry.parse(x(value))
    with pytest.raises(TlvError):
        read_record(DEFAULT_FORMAT, bytes(44))
