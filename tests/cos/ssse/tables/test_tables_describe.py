"""Records made readable, code tables, and the check of values before they go onto a card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.ssse.tables import code_tables
from cos.ssse.tables.file_structure import find, structure
from cos.ssse.tables.item_encoding import encode_item
from cos.ssse.tables.regional_files import extension
from cos.ssse.tables.table_model import Version
from dualcos.explain.social_records import UNSET, describe
from dualcos.issuance.bureau.item_plausibility import problem
from dualcos.issuance.exchange.input_columns import implausible

PATHS = [(d.fid, f.fid) for v in Version for d in structure(v) for f in (*d.files, *d.internal)]


def _item(path, tag, version=Version.V2):
    directory = find(structure(version), path[0])
    assert directory is not None
    file = directory.file(path[1])
    assert file is not None
    found = file.item(tag)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "record", "lines"),
    [
        ((0xDDF1, 0xEF05), "020133", [("卡的类别", "card class", "3 成年人卡")]),
        ((0xDDF1, 0xEF05), "0304322E3000", [("规范版本", "specification version", "2.0")]),
        ((0xDDF1, 0xEF05), "050420120528", [("发卡日期", "issue date", "2012-05-28")]),
        ((0xDDF1, 0xEF06), "0B01FF", [("民族", "ethnic group", UNSET)]),
        ((0xDDF1, 0xEF06), "0C03310100", [("出生地", "place of birth", "310100 上海")]),
        (
            (0xDDF1, 0xEF05),
            "0110519900D15600000510000B26FFFFFFFF",
            [("卡的识别码", "card identification code", "519900D15600000510000B26FFFFFFFF")],
        ),
        (
            (0xDF04, 0xEF15),
            "000731",
            [("交易序号", "sequence number", "7"), ("结算类别", "settlement type", "1 工伤医疗")],
        ),
        (
            (0xDF02, 0xEF06),
            "4B053130303130",
            [("就业登记类型及形式", "employment registration", "10010 实现就业 / 单位就业")],
        ),
        ((0xDF05, 0xEF05), "A2044FD0CD00", [("ABO血型代码", "ABO blood group", "O型")]),
        ((0xDF01, 0xEF07), "290139", [("个人就业或离退休（职）状态", "employment status", "9")]),
        # a real 2.0 card carried dates as characters
        ((0xDDF1, 0xEF05), "050432303132", [("发卡日期", "issue date", "32303132")]),
        # rare characters in the four-byte form of GB 18030; a text filled with FF, as some issued cards are
        ((0xDDF1, 0xEF06), "0906B2E28230B731", [("姓名", "name", "测㛃")]),
        ((0xDDF1, 0xEF06), "0906B2E2CAD4FFFF", [("姓名", "name", "测试")]),
        ((0xDDF1, 0xEF06), "0906B2E28230FFFF", [("姓名", "name", "测\\x82\\x30")]),
        # issued cards number an institution's machines in hexadecimal; F there is no fill
        (
            (0xDDF1, 0xEF05),
            "040C9156000002430200430100DF",
            [("初始化机构编号", "initialising institution", "9156000002430200430100DF")],
        ),
        ((0xDDF1, 0xEF05), "040CFFFFFFFFFFFFFFFFFFFFFFFF", [("初始化机构编号", "initialising institution", UNSET)]),
        ((0xDDF1, 0xEF05), "EE0101", [("未知数据项EE", "unknown item EE", "01")]),
        ((0xDDF1, 0xEF05), "0120", [("未知内容", "unknown", "0120")]),
        ((0xDF09, 0xEF05), "0102", [("未知内容", "unknown", "0102")]),
    ],
)
def test_lines(path, record, lines):
    assert list(describe(path, bytes.fromhex(record))) == lines


def test_medical_log():
    record = bytes.fromhex("0001 32 310100000001 20240115093000 000003E8 000000C8 000007D0")
    texts = [line.text for line in describe((0xDF04, 0xEF08), record)]
    assert texts == ["1", "2 医疗结算", "310100000001", "2024-01-15 09:30:00", "10.00 元", "2.00 元", "20.00 元"]
    # account-only cards: without the last two fields
    assert [line.text for line in describe((0xDF04, 0xEF08), record[:20])] == texts[:5]


def test_amounts():
    record = bytes.fromhex("0001 0002 00002710 00000000 00000000 2024 0101") + bytes(9)
    texts = [line.text for line in describe((0xDF04, 0xEF81), record)]
    assert texts == ["1", "2", "100.00 元", "0.00 元", "0.00 元", "2024", "01-01", "00" * 9]


def test_nested_item_and_several_records():
    record = bytes.fromhex("9910 1003303130 110420240101 1203310100")
    lines = describe((0xDF02, 0xEF15), record + bytes.fromhex("0F0420250101"))
    assert [line.text for line in lines] == ["010 国企下岗失业人员", "2024-01-01", "310100 上海", "2025-01-01"]
    assert lines[0].name_zh == "就业援助对象认定信息1·就业援助对象类型"


def test_an_old_card_with_a_new_value():
    old = bytes.fromhex("3203313233")
    assert [line.text for line in describe((0xDF01, 0xEF09), old, Version.V1)] == ["123"]
    assert describe((0xDF01, 0xEF09), old, Version.V1)[0].name_zh == "单位经济类型"
    new = bytes.fromhex("32033234EE")
    assert list(describe((0xDF01, 0xEF09), new, Version.V1)) == [("人员身份类别", "identity class", "24 工人")]


def test_long_contents_are_cut():
    (line,) = describe((0xDDF1, 0xEF08), bytes(4096))
    assert line.name_zh == "照片信息文件"
    assert line.text.endswith("(4096 bytes)")
    assert len(line.text) < 100


def test_regional_file_needs_its_structure():
    record = bytes.fromhex("EC0131")
    more = structure(Version.V2, extensions=[extension("SSSE/EF0D")])
    assert describe((0xDDF1, 0xEF0D), record, directories=more)[0].name_zh == "地方数据项EC"
    assert describe((0xDDF1, 0xEF0D), record)[0].name_en == "unknown"


@given(st.sampled_from(PATHS), st.binary(max_size=120), st.sampled_from(Version))
def test_any_bytes_are_described(path, record, version):
    assert all(line.name_zh and line.name_en and line.text is not None for line in describe(path, record, version))


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("card_class", 4),
        ("sex", 3),
        ("ethnic", 57),
        ("registration", 17),
        ("employment", 8),
        ("marital", 5),
        ("identity", 14),
        ("political", 13),
        ("education", 11),
        ("post_level", 8),
        ("policy", 11),
        ("appraisal", 9),
        ("disability_grade", 11),
        ("scheme", 12),
        ("medical_person", 8),
        ("honour", 55),
        ("medal", 11),
        ("expert", 34),
    ],
)
def test_table_sizes(table, count):
    assert len(code_tables.TABLES[table]) == count


def test_codes_of_the_specification():
    tables = code_tables.TABLES
    assert set(tables["education"]) == {"11", "14", "21", "31", "41", "44", "47", "61", "71", "81", "90"}
    assert set(tables["identity"]) == {
        "11",
        "12",
        "13",
        "17",
        "21",
        "24",
        "27",
        "31",
        "37",
        "51",
        "54",
        "70",
        "80",
        "90",
    }
    assert set(tables["honour"]) == {f"{n:02d}" for n in range(1, 57) if n != 12}
    assert set(tables["ethnic"]) == {f"{n:02d}" for n in range(1, 57)} | {"99"}
    assert set(tables["medal"]) == {"901", "902", "911", "912", "913", "914", "915", "916", "920", "921", "922"}
    assert set(tables["dependant_relation"]) == set("124567")
    assert set(tables["honour_level"]) == set("0135678")


def test_codes_have_one_width_and_fill_their_item():
    items = {item for v in Version for d in structure(v) for f in d.files for i in f.items for item in (i, *i.parts)}
    coded = [item for item in items if item.codes]
    assert {name for item in coded for name in item.codes} == set(code_tables.TABLES)
    for item in coded:
        widths = [{len(code) for code in code_tables.TABLES[name]} for name in item.codes]
        if item.codes != ("blood_abo",):
            assert all(len(width) == 1 for width in widths)
            total = sum(width.pop() for width in widths)
            packed = item.kind.value == "cn"
            assert total == (item.length * 2 if packed else item.length) or item.tag == 0x76
        else:
            assert max(len(code.encode("gbk")) for code in code_tables.TABLES["blood_abo"]) == item.length


@pytest.mark.parametrize(
    ("path", "tag", "value", "wrong"),
    [
        ((0xDDF1, 0xEF06), 0x0A, "9", False),
        ((0xDDF1, 0xEF06), 0x0A, "3", True),
        ((0xDDF1, 0xEF06), 0x0B, "57", True),
        ((0xDDF1, 0xEF06), 0x0B, "", False),
        ((0xDDF1, 0xEF06), 0x0C, "310100", False),
        ((0xDDF1, 0xEF06), 0x0C, "990100", True),
        ((0xDDF1, 0xEF06), 0x0D, "20230229", True),
        ((0xDDF1, 0xEF06), 0x09, "测" * 16, True),
        ((0xDDF1, 0xEF05), 0x01, "510100", True),
        ((0xDF04, 0xEF05), 0x81, "31010101", False),
        ((0xDF04, 0xEF05), 0x81, "31010102", True),
        ((0xDF03, 0xEF05), 0x63, "012", False),
        ((0xDF03, 0xEF05), 0x63, "1a", True),
        ((0xDF02, 0xEF15), 0x99, ("010", "20240101", "310100"), False),
        ((0xDF02, 0xEF15), 0x99, ("010", "20241301", "310100"), True),
        ((0xDF02, 0xEF15), 0x99, ("011", "20240101", "310100"), True),
    ],
)
def test_problems(path, tag, value, wrong):
    assert (problem(_item(path, tag), value) is not None) is wrong


def test_synthetic_regions_pass_where_allowed():
    nested = _item((0xDF02, 0xEF15), 0x99)
    value = ("010", "20240101", "990100")
    assert problem(nested, value) == implausible("region: no such region; for invented people there is --synthetic")
    assert problem(nested, value, synthetic=True) is None
    assert encode_item(nested, value)[-3:] == bytes.fromhex("990100")
