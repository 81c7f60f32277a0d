"""Round trips over every declared item, fills, names in bytes (V2.0 §7, table 9; SSC-10 §5.4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.ssse.tables import df04_medical
from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.item_encoding import (
    EncodingError,
    blank,
    decode_cn,
    decode_fields,
    decode_item,
    decode_text,
    encode_cn,
    encode_fields,
    encode_item,
    encode_text,
    encode_transparent,
    fill_old_record,
    has_new_meaning,
    split_name,
    text_length,
)
from cos.ssse.tables.regional_files import EXTENSIONS
from cos.ssse.tables.table_model import FileForm, Kind, Version, an, binary, btlv, cn

_FILES = [
    *(file for version in Version for directory in structure(version) for file in directory.files),
    *(file for each in EXTENSIONS for file in each.files),
]
TAGGED = list(dict.fromkeys(item for file in _FILES for item in file.items if item.tag is not None))
UNTAGGED = [
    *dict.fromkeys(file.items for file in _FILES if file.structure is FileForm.CYCLIC),
    df04_medical.AMOUNTS.items,
]
# single bytes, the middle dot of minority names, GB 2312, and a character of GBK only
_CHARACTERS = "Aa09 /·测试持卡人喆"


def _values(item):
    if item.kind is Kind.BTLV:
        return st.tuples(*(_values(part) for part in item.parts))
    if item.kind is Kind.B:
        return st.integers(0, 256**item.length - 1)
    if item.kind is Kind.CN:
        return st.text("0123456789ABCDE", max_size=2 * item.length)
    return st.text(_CHARACTERS, max_size=item.length).filter(lambda text: text_length(text) <= item.length)


@given(st.sampled_from(TAGGED).flatmap(lambda item: st.tuples(st.just(item), _values(item))))
def test_every_item_survives_the_card(pair):
    item, value = pair
    record = encode_item(item, value)
    assert record[:2] == bytes((item.tag, item.length))
    assert len(record) == item.length + 2
    assert decode_item(item, record) == value
    assert encode_item(item, decode_item(item, record)) == record


@given(
    st.sampled_from(UNTAGGED).flatmap(lambda items: st.tuples(st.just(items), st.tuples(*(_values(i) for i in items))))
)
def test_every_untagged_record_survives_the_card(pair):
    items, values = pair
    record = encode_fields(items, values)
    assert len(record) == sum(item.length for item in items)
    assert decode_fields(items, record) == values


@pytest.mark.parametrize("item", TAGGED, ids=lambda item: f"{item.tag:02X}-{item.length}")
def test_blank_and_full_records_of_every_item(item):
    assert decode_item(item, blank(item)) == (tuple("" for _ in item.parts) if item.parts else "")
    widest = {Kind.CN: lambda i: "9" * (2 * i.length), Kind.AN: lambda i: "9" * i.length}
    value = tuple(widest[p.kind](p) for p in item.parts) if item.parts else widest[item.kind](item)
    assert decode_item(item, encode_item(item, value)) == value


@given(st.binary(min_size=16, max_size=16))
def test_packed_bytes_come_back_even_if_they_end_in_the_fill(raw):
    assert encode_cn(decode_cn(raw), 16) == raw


def test_fills_of_real_cards():
    assert encode_item(an(0x03, "规范版本", "version", 4, "V2.0"), "2.0") == bytes.fromhex("0304322E3000")
    assert encode_item(cn(0x0C, "出生地", "birth place", 3, "V2.0"), "") == bytes.fromhex("0C03FFFFFF")
    assert encode_item(cn(0x76, "供养关系", "relation", 1, "V2.0"), "1") == bytes.fromhex("76011F")
    assert encode_item(an(0x4E, "姓名扩展", "extension", 0x14, "V2.0"), "") == bytes.fromhex("4E14") + bytes(20)
    assert encode_cn("12345", 4) == bytes.fromhex("12345FFF")


@pytest.mark.parametrize(
    ("text", "charset", "raw"),
    [
        ("喆", "gbk", "86B4"),
        ("·", "gbk", "A1A4"),
        ("㛃", "gb18030", "8230B731"),
        ("𠀀", "gb18030", "95328236"),
    ],
)
def test_published_characters(text, charset, raw):
    assert encode_text(text, len(raw) // 2, charset) == bytes.fromhex(raw)
    assert decode_text(bytes.fromhex(raw) + bytes(3), charset) == text


def test_four_byte_characters_are_not_gbk():
    with pytest.raises(EncodingError, match="U\\+36C3"):
        encode_text("㛃", 30)


_NAMES = st.text("测A·喆㛃𠀀", max_size=24)


@given(_NAMES)
def test_a_name_is_never_cut_inside_a_character(name):
    total = text_length(name, "gb18030")
    try:
        first, rest = split_name(name, "gb18030")
    except EncodingError:
        assert total > 50 - 3  # up to three bytes of 09 may stay empty before a four-byte character
        return
    assert first + rest == name
    assert text_length(first, "gb18030") <= 30
    assert text_length(rest, "gb18030") <= 20
    assert not rest or text_length(first + rest[0], "gb18030") > 30


@pytest.mark.parametrize(
    ("name", "first", "rest"),
    [
        ("测试", "测试", ""),
        ("测" * 15, "测" * 15, ""),
        ("测" * 16, "测" * 15, "测"),
        ("A" + "测" * 15, "A" + "测" * 14, "测"),
        ("测" * 25, "测" * 15, "测" * 10),
        ("", "", ""),
    ],
)
def test_names(name, first, rest):
    assert split_name(name) == (first, rest)


def test_too_long_a_name():
    with pytest.raises(EncodingError):
        split_name("测" * 26)
    with pytest.raises(EncodingError):
        split_name("测" * 16, rest=0)


_NESTED = btlv(0x99, "认定", "entitlement", 0x0B, (an(0x10, "类", "type", 3, "x"), cn(0x11, "日", "date", 4, "x")), "x")


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (cn(0x0B, "民族", "ethnic", 1, "x"), "123"),
        (cn(0x0B, "民族", "ethnic", 1, "x"), "G1"),
        (cn(0x0B, "民族", "ethnic", 1, "x"), 12),
        (an(0x0A, "性别", "sex", 1, "x"), "12"),
        (an(0x0A, "性别", "sex", 2, "x"), "1\0"),
        (an(0x0A, "性别", "sex", 1, "x"), ("1",)),
        (binary(None, "号", "number", 2, "x"), 65536),
        (binary(None, "号", "number", 2, "x"), -1),
        (binary(None, "号", "number", 2, "x"), "1"),
        (_NESTED, "010"),
        (_NESTED, ("010",)),
        (_NESTED, ("010", "20240101", "1")),
    ],
)
def test_values_that_do_not_fit(item, value):
    with pytest.raises(EncodingError):
        encode_item(item, value)


@pytest.mark.parametrize(
    ("item", "record"),
    [
        (cn(0x0B, "民族", "ethnic", 1, "x"), "0C0101"),
        (cn(0x0B, "民族", "ethnic", 1, "x"), "0B020101"),
        (cn(0x0B, "民族", "ethnic", 1, "x"), "0B01"),
        (cn(0x0B, "民族", "ethnic", 1, "x"), "0B01010B0101"),
        (cn(0x0B, "民族", "ethnic", 1, "x"), ""),
        (an(0x0A, "姓名", "name", 1, "x"), "0A0180"),
        (_NESTED, "990B 1103303130 100420240101"),
        (_NESTED, "990B 1003303130 110520240101"),
    ],
)
def test_records_of_something_else(item, record):
    with pytest.raises(EncodingError):
        decode_item(item, bytes.fromhex(record))


def test_field_records_of_another_length():
    with pytest.raises(EncodingError):
        decode_fields(df04_medical.AMOUNTS.items, bytes(21))
    with pytest.raises(EncodingError):
        encode_fields(df04_medical.AMOUNTS.items, (0, 0))


def test_transparent_files_are_filled_with_zero():
    photo = structure(Version.V2)[0].file(0xEF08)
    basic = structure(Version.V2)[0].file(0xEF05)
    assert photo is not None
    assert basic is not None
    assert encode_transparent(photo, b"\xff\xd8") == b"\xff\xd8" + bytes(4094)
    with pytest.raises(EncodingError):
        encode_transparent(photo, bytes(4097))
    with pytest.raises(EncodingError):
        encode_transparent(basic, b"")


def test_new_meaning_in_an_old_record():
    """A 2.0 identity class (an 02) in the 1.0 record of tag 32 (an 03)."""
    assert fill_old_record(b"24", 3) == bytes.fromhex("3234EE")
    assert has_new_meaning(bytes.fromhex("3234EE"))
    assert not has_new_meaning(b"123")
    assert not has_new_meaning(b"")
    with pytest.raises(EncodingError):
        fill_old_record(b"10010", 4)  # tag 4B: the new value is longer than the old record
