"""Every column of the bureau lands on the item of its meaning in every edition, or nowhere and with a word.

Read from made cards. The table is the file structures' Chinese names (V2.0 table 9; 1.0: V2.0 pp. 47 to 59, SSC-6
tables 4 to 8; 3.0: names of 2015), written down apart from the mapping, which knows English ones.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from full_rows import SOCIAL_1, SOCIAL_2, SOCIAL_3, raw_row
from issuance_data import POLICY

import dualcos
from apdu.tlv import parse_simple
from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.item_encoding import NotInCharset, encode_text
from cos.ssse.tables.table_model import FileForm, Kind, Version
from dualcos.dialogue.driver import perform
from dualcos.dialogue.iso_commands import read_binary, record
from dualcos.dialogue.social import SocialKeys, SocialSession, pin_field
from dualcos.explain.social_records import describe
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.bureau.item_meanings import MEANINGS, MeaningError, column_items
from dualcos.issuance.bureau.social_card_records import social_record
from dualcos.issuance.bureau.social_columns import COLUMNS
from dualcos.issuance.bureau.social_file_contents import contents
from dualcos.issuance.exchange.input_files import InputTable
from dualcos.issuance.parties_together import PartiesAt, StoreAt, invented_stores
from dualcos.issuance.personaliser.workshop import Job, Workshop, WorkshopSetting
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng
from keys.custody.sealing import LockSource, new_key_file

V1, V2, V3 = Version
TEMPLATES = {V1: "social-1.0", V2: "social-2.0", V3: "social-3.0"}
ROWS = {V1: SOCIAL_1, V2: SOCIAL_2, V3: SOCIAL_3}
PHOTO = bytes.fromhex("FFD8FFD9")


def same(name):
    return (name, name, name)


# What the column's item is called in 1.0, 2.0, 3.0; "" where there is none.
NAMED = {
    "ssn": ("公民身份号码", "社会保障号码", "社会保障号码"),
    "name": same("姓名"),
    "sex": same("性别"),
    "ethnic": same("民族"),
    "birth_date": same("出生日期"),
    "birth_place": same("出生地"),
    "card_class": same("卡的类别"),
    "spec_version": same("规范版本"),
    "card_ident": same("卡的识别码"),
    "init_org": same("初始化机构编号"),
    "issue_date": same("发卡日期"),
    "expiry_date": same("卡有效期"),
    "card_no": same("卡号"),
    "reg_type": same("户口类别"),
    "reg_addr": ("常住户口所在地地址", "户口所在地地址", "户口所在地地址"),
    "reg_region": ("", "户口所在地行政区划代码", "户口所在地行政区划代码"),
    "res_addr": ("", "常住所在地地址", "常住所在地地址"),
    "res_region": ("", "常住所在地行政区划代码", "常住所在地行政区划代码"),
    "phone": same("联系电话"),
    "guardian_name": ("", "联系人（监护人）姓名", "联系人（监护人）姓名"),
    "guardian_phone": ("", "联系人（监护人）电话", "联系人（监护人）电话"),
    "guardian_id_type": same(""),
    "guardian_id": same(""),
    "employ_state": same("个人就业或离退休（职）状态"),
    "marital": same("婚姻状况"),
    "employer": same("单位名称"),
    "employer_code": same("单位组织机构代码"),
    "identity_class": ("", "人员身份类别", "人员身份类别"),
    "nationality": ("", "国籍", "国家/地区代码"),
    "medical_scheme": ("", "医疗保险险种类型及标识", "医疗保险险种类型及标识"),
    "medical_region": ("", "医疗保险参保地所属行政区划代码", "医疗保险参保地所属行政区划代码"),
    "medical_kind": same("医疗保险参保人员类别"),
    "medical_account": same("基本医疗保险个人账号"),
    "post_code": ("通讯地址邮政编码", "", ""),
    "mail_addr": ("通讯地址", "", ""),
}
GOES_ON = {
    V1: {
        "常住户口所在地地址": "常住户口所在地地址扩展",
        "单位名称": "单位名称扩展",
        "通讯地址": "通讯地址扩展",
    },
    V2: {"姓名": "姓名扩展"},
    V3: {"姓名": "姓名扩展"},
}
EXTRA = {V1: {"缴费基数": "00012345"}, V2: {"政治面貌": "13"}, V3: {"政治面貌": "13"}}
# Columns that are no item: identification code, PIN and photo, what decides, packs and mails.
NO_ITEM = {
    *("row_id", "batch_no", "id_type", "city_code", "extra", "photo", "pin", "apply_type", "apply_reason"),
    *("old_card_no", "bank_code", "outlet_code", "mobile", "recipient", "unit_no", "unit_name"),
}
# Left out of the card without a word, as the mailing has them.
MAILED = {"post_code", "mail_addr"}


def checked(edition, **changed):
    policy = social_rows.for_template(POLICY, load(TEMPLATES[edition]).ssse)
    return social_rows.check(InputTable("social.csv", (raw_row(ROWS[edition] | changed),)), policy)


@pytest.fixture(scope="module", params=list(Version), ids=lambda edition: edition.label)
def card_read(request, tmp_path_factory):
    """The edition, and what a card of it says by Chinese name of the item, blank ones left out; its photo file."""
    edition, folder = request.param, tmp_path_factory.mktemp("meanings")
    lock = LockSource(file=str(folder / "lock"))
    (folder / "lock").write_text(new_key_file(), encoding="utf-8")
    for owner, store in invented_stores(load(TEMPLATES[edition]), SeededRng(b"meanings"))._asdict().items():
        store.save(folder / owner, lock.lock({}))
    at = {owner: StoreAt(str(folder / owner), lock) for owner in ("maker", "social")}
    bench = Workshop(WorkshopSetting(PartiesAt(TEMPLATES[edition], seed="test", **at), str(folder)))
    made = bench.make(Job(social_record(1, checked(edition).rows[0]), 1))
    assert made.verdict == "made", made.reason
    assert made.ident == ROWS[edition]["card_ident"]  # what the feedback tells
    card = dualcos.open_card(folder / "00000001.card", detached=True)
    order = bench.social.order(social_record(1, checked(edition).rows[0]).social, bytes.fromhex(made.atr)[4:])
    keys = SocialKeys(order.service, order.card, pin_field(ROWS[edition]["pin"]))
    return edition, *everything(card, SocialSession(keys, order.plan.directories))


def everything(card, session):
    card.power_on()
    said, photo = {}, b""
    for directory in session.directories:
        for file in directory.files:
            perform(card, session.earn(directory, file))
            if file.structure is FileForm.TRANSPARENT:
                photo += perform(card, read_binary(file.sfi, 16)).data.rstrip(b"\0")
            elif file.structure is not FileForm.CYCLIC:
                for number, item in enumerate(file.items, 1):
                    tag, value = parse_simple(perform(card, record(file.sfi, number)))[0]
                    assert tag == item.tag
                    shown = text(item, value)
                    if shown:
                        assert item.name_zh not in said
                        said[item.name_zh] = shown
    return said, photo


def text(item, value):
    if item.kind is Kind.BTLV:
        return "".join(text(part, inner) for part, (_, inner) in zip(item.parts, parse_simple(value), strict=True))
    return value.hex().upper().rstrip("F") if item.kind is Kind.CN else value.rstrip(b"\0").decode("gb18030")


def test_every_column_is_where_its_meaning_is_and_nowhere_else(card_read):
    edition, said, photo = card_read
    wanted = {
        names[list(Version).index(edition)]: ROWS[edition][column]
        for column, names in NAMED.items()
        if names[list(Version).index(edition)]
    }
    joined = dict(said)
    for first, rest in GOES_ON[edition].items():
        joined[first] += joined.pop(rest, "")
    assert joined == wanted | EXTRA[edition]
    assert photo == (b"" if edition is V1 else PHOTO)


def test_a_reader_of_cards_shows_the_same(card_read):
    """``inspect`` and traces: the institution's last digits are hexadecimal, an F among them too."""
    edition, said, _ = card_read
    line = describe((0xDDF1, 0xEF05), bytes.fromhex("040C9156000002999901999903DF"), edition)[0]
    assert line.text == "9156000002999901999903DF"
    assert said["初始化机构编号"] == "9156000002999901999903D5"


def test_every_column_is_declared():
    assert {meaning.column for meaning in MEANINGS} == set(NAMED)
    assert NAMED.keys() | NO_ITEM == {column.name for column in COLUMNS}


@pytest.mark.parametrize("edition", list(Version), ids=lambda edition: edition.label)
def test_what_an_edition_has_no_item_for_is_left_out_with_a_note(edition):
    found = checked(edition)
    noted = {finding.column for finding in found.findings if finding.level == "note"}
    missing = {column for column, names in NAMED.items() if not names[list(Version).index(edition)]} - MAILED
    assert noted == missing | ({"photo"} if edition is V1 else set())
    assert [row.number for row in found.rows] == [1]
    assert all("left out: " in f.text or "printed only" in f.text for f in found.findings)


def with_another_meaning(tag):
    """Edition 2.0, where the item with ``tag`` says what it said in 1.0."""
    old = {item.tag: item for home in structure(V1) for file in home.files for item in file.items}
    for home in structure(V2):
        files = (
            replace(file, items=tuple(old[tag] if item.tag == tag else item for item in file.items))
            for file in home.files
        )
        yield replace(home, files=tuple(files))


@pytest.mark.parametrize(("tag", "column"), [(0x32, "identity_class"), (0x37, "nationality"), (0x81, "medical_scheme")])
def test_a_tag_with_another_meaning_is_no_place_for_a_column(tag, column):
    with pytest.raises(MeaningError, match=f"{column}: edition 2.0 has 0 items"):
        column_items(V2, with_another_meaning(tag))


def test_an_item_that_should_not_be_there_is_no_place_either():
    with pytest.raises(MeaningError, match=r"reg_region: edition 1.0 has 1 items"):
        column_items(V1, structure(V2))


def test_a_foreigner_gets_a_card_of_edition_1():
    found = checked(V1, ssn="FGN000000000000001", id_type="08", name="SMITH JOHN", nationality="XXA")
    assert [row.items[0xDDF1, 0xEF06, 0x09] for row in found.rows] == ["SMITH JOHN"]
    assert ("nationality", "left out: edition 1.0 has no item for the nationality") in {
        (finding.column, finding.text) for finding in found.findings
    }


def test_a_row_of_another_edition_than_the_templates_is_refused():
    found = checked(V2, spec_version="3.00")
    assert [(f.column, f.text) for f in found.findings if f.level == "error"] == [
        ("spec_version", "the template makes cards of edition 2.0; another is named with --template")
    ]


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ('{"DDF1/EF06/09": "测试"}', "column name fills this item"),
        ('{"DDF1/EF06/4E": "测试"}', "column name fills this item"),
        ('{"DDF1/EF05/01": "00"}', "column card_ident fills this item"),
        ('{"DF01/EF0A/38": "13", "df01/ef0a/38": "01"}', "is there twice"),
        ('{"DF01/EF0A/38": "1\\u0000"}', "character 2 is U+0000"),
        ('{"DF01/EF0A/39": "ABCDEF12"}', "decimal digits"),
        ('{"DF01/EF15/40": ["1"]}', "values are wanted"),
    ],
)
def test_extra_items_neither_replace_nor_hide(extra, said):
    for policy in (POLICY, POLICY._replace(warnings=frozenset({"extra"}))):
        found = social_rows.check(InputTable("social.csv", (raw_row(SOCIAL_2 | {"extra": extra}),)), policy)
        assert not found.rows
        assert any(said in finding.text for finding in found.findings if finding.level == "error")


def test_a_record_given_once_is_written_once():
    """Three degrees have one tag (V2.0 table 9); the first takes the value."""
    degree = '{"DF01/EF15/40": ["402", "010101", "测试学校"]}'
    row, directories = checked(V2, extra=degree).rows[0], structure(V2)
    made = contents(directories, row.items, bytes(16))
    degrees = [record[2:] for record in made[0xDF01, 0xEF15] if record[0] == 0x40]
    assert ["测试学校".encode("gbk") in each for each in degrees] == [True, False, False]


@pytest.mark.parametrize(("template", "made"), [("gbk", False), ("gb18030", True)])
def test_a_rare_character_needs_the_charset(template, made):
    social = load("social-2.0", settings=[f"ssse.charset={template}"]).ssse
    policy = social_rows.for_template(POLICY, social)
    found = social_rows.check(InputTable("social.csv", (raw_row(SOCIAL_2 | {"name": "测试㛃"}),)), policy)
    assert bool(found.rows) is made
    if not made:
        text = 'U+36C3 is not in gbk; a template with ssse.charset = "gb18030" takes it'
        assert [f.text for f in found.findings if f.level == "error"] == [text]
        with pytest.raises(NotInCharset):
            encode_text("测试㛃", 30)
