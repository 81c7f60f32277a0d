"""Input files: every planted fault is found in its row and column, good rows go on, nobody is lost in matching."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from issuance_data import ACCOUNTS, POLICY, TERMS, bank_input, bureau_input, read_bank, read_social

from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.exchange import region_codes
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.issuance.exchange.input_files import InputTable, RawRow
from dualcos.issuance.exchange.input_findings import InputError, masked
from dualcos.issuance.exchange.matching import Class, MatchError, MatchKey, match
from dualcos.issuance.invented_citizens import citizens, write_csv, write_inputs


def errors(result):
    return [str(finding) for finding in result.findings if finding.level == "error"]


@pytest.fixture
def worked(tmp_path):
    write_csv(tmp_path / "social.csv", bureau_input())
    write_csv(tmp_path / "bank.csv", bank_input())
    return read_social(tmp_path / "social.csv"), read_bank(tmp_path / "bank.csv")


def test_the_worked_case_social(worked):
    result = worked[0]
    assert errors(result) == ["social.csv row 5 column ssn: check character is 0, computed 5"]
    assert [row.number for row in result.rows] == [1, 2, 3, 4]
    assert result.bad == {5}


def test_the_worked_case_bank(worked):
    result = worked[1]
    assert [row.number for row in result.rows] == [1, 2, 3, 4, 5, 6]
    assert {(f.row, f.column, f.level) for f in result.findings} == {
        (2, "ssn", "note"),
        (2, "id_no", "note"),
        (2, "name", "note"),
        (5, "pan", "warning"),
    }


def test_the_worked_case_matching(worked):
    report = match(*worked)
    assert [(line.outcome, line.social_row, line.bank_row) for line in report.lines] == [
        (Class.MATCHED, 1, 1),
        (Class.MATCHED, 2, 2),
        (Class.CONFLICT, 3, 3),
        (Class.DUP_BANK, 4, 0),
        (Class.DUP_BANK, 0, 4),
        (Class.DUP_BANK, 0, 5),
        (Class.BANK_ONLY, 0, 6),
        (Class.INVALID_SOCIAL, 5, 0),
    ]
    assert report.summary() == {"MATCHED": 4, "CONFLICT": 2, "DUP_BANK": 3, "BANK_ONLY": 1, "INVALID_SOCIAL": 1}
    assert report.lines[2].columns == ("name",)
    assert "测试" not in report.lines[2].message


def test_the_report_shows_no_whole_number(worked):
    text = b"".join(match(*worked).as_csv()).decode()
    assert "999901**********11" in text
    assert not any(number in text for number, _, _ in ACCOUNTS)


# One planted fault per column: what is put in, a piece of what must be said.
SOCIAL_FAULTS = [
    ("ssn", "99990119880229001", "17 characters instead of 18"),
    ("ssn", "99990119880230001X", "check character"),
    ("name", "测试㛃", "U+36C3 is not in gbk"),
    ("name", "测" * 26, "more than 30 and 20"),
    ("name", "", "must not be empty"),
    ("id_type", "20", "is none of"),
    ("sex", "2", "17th digit says 1"),
    ("sex", "3", "1, 2 or 9"),
    ("ethnic", "57", "no such code"),
    ("birth_date", "19880228", "digits 7 to 14"),
    ("birth_date", "19880230", "no such date"),
    ("birth_place", "169901", "no such region"),
    ("city_code", "169901", "no such region"),
    ("card_class", "5", "is none of"),
    ("spec_version", "4.00", "1.00, 2.00 or 3.00"),
    ("init_org", "9" * 24, "beginning 9156000002"),
    ("issue_date", "20260231", "no such date"),
    ("expiry_date", "20251231", "not after issue_date"),
    ("card_no", "T0000001", "8 characters instead of 9"),
    ("card_no", "T0000001-", "no digit or capital"),
    ("card_no", "T-000001X", "eight digits or capital letters"),
    ("card_ident", "999901D15600000510000B26", "32 hexadecimal digits"),
    ("card_ident", "999901D15600000510000B26FFFFFFFG", "32 hexadecimal digits"),
    ("reg_addr", "测" * 41, "82 bytes do not fit 80"),
    ("reg_type", "99", "no such code"),
    ("res_region", "9999", "6 digits"),
    ("marital", "7", "no such code"),
    ("nationality", "CHINA", "three letters"),
    ("medical_scheme", "999", "no such code"),
    ("extra", "[]", "JSON map"),
    ("extra", '{"DF01/EF99/20": "1"}', "no such item"),
    ("extra", '{"DF01/EF08/2B": "7"}', "no such code"),
    ("photo", "!!", "neither Base64"),
    ("photo", "../a.jpg", "without folders"),
    ("photo", "QUJD", "not a JPEG"),
    ("pin", "12", "4 to 12 digits"),
    ("apply_type", "lost", "is none of"),
    ("old_card_no", "T00000028", "replaces none"),
    ("bank_code", "12", "3 digits"),
    ("batch_no", "", "must not be empty"),
]


@pytest.mark.parametrize(("column", "value", "said"), SOCIAL_FAULTS)
def test_a_fault_in_the_bureaus_row(column, value, said):
    good, row = bureau_input()[:2]
    bad = {**good, column: value}
    table = InputTable("social.csv", (raw(1, bad), raw(2, row)))
    result = social_rows.check(table, POLICY)
    found = [f for f in result.findings if f.level == "error" and f.row == 1]
    assert any(f.column == column and said in f.text for f in found), found
    assert [each.number for each in result.rows] == [2]


# Issued cards have such values against a rule: each is told, and no row is lost to it (V2.0 appendix A, §8.1.1.1).
ISSUED = [
    ("card_no", "T00000011", "check character is 1, computed X"),
    ("card_no", "A21472424", "check character is 4, computed 1"),
    ("card_ident", "519900D15600000510000B26FFFFFFFF", "digits 1 to 6 are not city_code"),
    ("card_ident", "999901A000000033300000000000000000"[:32], "digits 7 to 16 are not D156000005"),
    ("card_ident", "999901D15600000510000B26FFFFFFFF", ""),
    ("card_ident", "999901d15600000510000b26ffffffff", "small letters became capitals"),
    ("init_org", "9156000002999901999901D5", ""),
    ("init_org", "9156000002999901999901FF", ""),
]


@pytest.mark.parametrize(("column", "value", "said"), ISSUED)
def test_what_issued_cards_have_is_told_and_passes(column, value, said):
    row = {**bureau_input()[0], column: value}
    result = social_rows.check(InputTable("social.csv", (raw(1, row),)), POLICY)
    assert [each.values[column] for each in result.rows] == [value.upper()]
    found = [(finding.column, finding.level) for finding in result.findings if said and said in finding.text]
    assert found == ([(column, "note" if "capitals" in said else "warning")] if said else [])
    assert len([*result.findings]) == len(found)


def test_two_cards_have_no_code_in_common_and_many_have_none():
    code = "999901D15600000510000B26FFFFFFFF"
    rows = [raw(n, row | {"card_ident": code if n in (2, 4) else ""}) for n, row in enumerate(bureau_input()[:4], 1)]
    result = social_rows.check(InputTable("social.csv", tuple(rows)), POLICY)
    assert [row.number for row in result.rows] == [1, 2, 3]
    assert errors(result) == ["social.csv row 4 column card_ident: is the same as in row 2"]


BANK_FAULTS = [
    ("ssn", "1234", "4 characters"),
    ("pan", "6212340100000043011", "Luhn"),
    ("pan", "62123401", "16 to 19 digits"),
    ("psn", "1", "2 digits"),
    ("id_type", "06", "is none of"),
    ("id_no", "999901198802290012", "differs from ssn"),
    ("expiry", "3513", "YYMM or YYMMDD"),
    ("expiry", "300231", "no such date"),
    ("effective", "361301", "YYMMDD"),
    ("service_code", "101", "beginning 2 or 6"),
    ("track2_disc", "1" * 13, "track 2 takes 37"),
    ("product_flags", "9", "two hexadecimal digits"),
    ("profile", "gold", "no such bank template"),
    ("ca_index", "77", "no certificate"),
    ("dki", "9", "no such key set"),
    ("offline_pin", "12", "4 to 12 digits"),
    ("offline_pin", "1234:575613", "under the PIN transport key"),
    ("ptl", "16", "is none of"),
    ("kyc_result", "perhaps", "is none of"),
    ("limits", "9F36=0001", "is none of"),
    ("limits", "9F58=0003", "takes 1 bytes"),
    ("name_latin", "测试", "capital letters"),
]


@pytest.mark.parametrize(("column", "value", "said"), BANK_FAULTS)
def test_a_fault_in_the_banks_row(column, value, said):
    good, row = bank_input()[:2]
    table = InputTable("bank.csv", (raw(1, {**good, column: value}), raw(2, row)))
    result = bank_rows.check(table, TERMS, POLICY)
    found = [f for f in result.findings if f.level == "error" and f.row == 1]
    assert any(f.column == column and said in f.text for f in found), found
    assert [each.number for each in result.rows] == [2]


def raw(number, values):
    return RawRow(number, {column: value for column, value in values.items() if value})


def test_a_plain_pin_is_for_test_cards_only_and_never_quoted():
    row = {**bank_input()[0], "offline_pin": "135799"}
    result = bank_rows.check(InputTable("bank.csv", (raw(1, row),)), TERMS._replace(plain_pins=False), POLICY)
    assert "plain PIN is refused" in str(list(result.findings))
    assert "135799" not in str(list(result.findings))


def test_a_foreign_account_is_refused():
    result = bank_rows.check(
        InputTable("bank.csv", (raw(1, bank_input()[0]),)), TERMS._replace(bins=("629999",)), POLICY
    )
    assert errors(result) == ["bank.csv row 1 column pan: begins with none of 629999"]


def test_a_region_beginning_99_is_for_synthetic_people_only():
    result = social_rows.check(InputTable("social.csv", (raw(1, bureau_input()[0]),)), Policy(today="20261123"))
    assert any(f.column == "city_code" for f in result.findings)


def test_an_error_can_be_made_a_warning_by_column():
    row = {**bureau_input()[0], "card_no": "T00000011"}
    result = social_rows.check(
        InputTable("social.csv", (raw(1, row),)), POLICY._replace(warnings=frozenset({"card_no"}))
    )
    assert [row.number for row in result.rows] == [1]
    assert "social.csv row 1 column card_no: check character is 1, computed X (warning)" in map(str, result.findings)


def test_a_child_needs_a_guardian():
    row = {**bureau_input()[0], "ssn": "99990120200101001X", "birth_date": "20200101"}
    row["ssn"] = "99990120200101001" + "0123456789X"[_check("99990120200101001")]
    found = errors(social_rows.check(InputTable("social.csv", (raw(1, row),)), POLICY))
    assert found == ["social.csv row 1 column guardian_name: the holder is 6: a guardian is wanted under 16"]
    grown = {**row, "guardian_name": "测试监护人"}
    assert not errors(social_rows.check(InputTable("social.csv", (raw(1, grown),)), POLICY))


def _check(body):
    """ISO 7064 MOD 11-2, the other way to the same character."""
    p = 0
    for digit in body:
        p = (p + int(digit)) * 2 % 11
    return (12 - p) % 11


def test_a_foreigners_number_has_no_check_character():
    row = {**bureau_input()[0], "ssn": "FGN000000000000001", "id_type": "08", "nationality": "XXX"}
    assert not errors(social_rows.check(InputTable("social.csv", (raw(1, row),)), POLICY))


def test_a_name_over_two_items():
    row = {**bureau_input()[0], "name": "测试" * 10}
    made = social_rows.check(InputTable("social.csv", (raw(1, row),)), POLICY).rows[0]
    assert made.items[0xDDF1, 0xEF06, 0x09] + made.items[0xDDF1, 0xEF06, 0x4E] == "测试" * 10
    assert len(made.items[0xDDF1, 0xEF06, 0x09].encode("gbk")) == 30


def test_card_numbers_are_unique():
    one, two, *_ = bureau_input()
    table = InputTable("social.csv", (raw(1, one), raw(2, {**two, "card_no": one["card_no"]})))
    result = social_rows.check(table, POLICY)
    assert errors(result) == ["social.csv row 2 column card_no: is the same as in row 1"]


def test_one_account_for_two_people_is_refused():
    one, two, *_ = bank_input()
    result = bank_rows.check(InputTable("bank.csv", (raw(1, one), raw(2, {**two, "pan": one["pan"]}))), TERMS, POLICY)
    assert errors(result) == ["bank.csv row 2 column pan: is the same as in row 1"]


def test_track_2_and_expiry_of_a_row():
    row = bank_rows.check(InputTable("bank.csv", (raw(1, bank_input()[0]),)), TERMS, POLICY).rows[0]
    assert row.elements["57"] == "6212340100000043010D3512220F"
    assert row.elements["5A"] == "6212340100000043010F"
    assert row.elements["5F24"] == "351231"
    assert row.elements["5F30"] == "0220"


# --- files as a whole ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"row_id,colour\n1,red\n", "unknown columns colour"),
        ("a.csv", b"row_id,row_id\n1,2\n", "columns twice: row_id"),
        ("a.csv", b"row_id\n1\n", "columns missing"),
        ("a.csv", "姓名".encode("gbk"), "not UTF-8"),
        ("a.txt", b"x", "neither .csv nor .jsonl"),
        ("none.csv", None, "No such file"),
    ],
)
def test_files_that_are_none(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_social(tmp_path / name)


def test_json_lines_and_csv_say_the_same(tmp_path):
    write_csv(tmp_path / "social.csv", bureau_input())
    lines = [json.dumps({**row, "phone": None}, ensure_ascii=False) for row in bureau_input()]
    (tmp_path / "social.jsonl").write_text("\n".join(lines), encoding="utf-8")
    one, other = read_social(tmp_path / "social.csv"), read_social(tmp_path / "social.jsonl")
    assert list(one.rows) == list(other.rows)
    assert one.bad == other.bad


def test_a_byte_order_mark_and_a_quoted_comma(tmp_path):
    rows = bureau_input()[:1]
    rows[0]["mail_addr"] = "测试,路2"
    write_csv(tmp_path / "social.csv", rows)
    (tmp_path / "social.csv").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "social.csv").read_bytes())
    assert read_social(tmp_path / "social.csv").rows[0].values["mail_addr"] == "测试,路2"


def test_lines_that_are_no_rows_are_reported(tmp_path):
    good = json.dumps(bureau_input()[0], ensure_ascii=False)
    text = "\n".join(("{", good, '{"row_id": 1}', '{"colour": "red"}'))
    (tmp_path / "social.jsonl").write_text(text, encoding="utf-8")
    result = read_social(tmp_path / "social.jsonl")
    assert [row.number for row in result.rows] == [2]
    assert result.bad == {1, 3, 4}


def test_a_row_with_too_many_values(tmp_path):
    write_csv(tmp_path / "social.csv", bureau_input()[:2])
    path = tmp_path / "social.csv"
    head, first, *rest = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join((head, first + ",more", *rest)), encoding="utf-8")
    result = read_social(path)
    assert "row 1: 19 values, the header has 18 columns" in str([str(f) for f in result.findings])
    assert [row.number for row in result.rows] == [2]


# --- matching ------------------------------------------------------------------------------------------------------


def test_rejected_and_already_made(worked, tmp_path):
    rows = bank_input()[:2]
    rows[0] |= {"kyc_result": "reject", "kyc_reason": "test"}
    write_csv(tmp_path / "bank.csv", rows)
    report = match(worked[0], read_bank(tmp_path / "bank.csv"), None, lambda *_: "card number in stock")
    assert [line.outcome for line in report.lines[:2]] == [Class.BANK_REJECTED, Class.ALREADY_MADE]
    assert not report.pairs


def test_a_key_that_is_none_is_refused(worked):
    with pytest.raises(MatchError, match="not unique"):
        match(*worked, MatchKey.parse("batch_no"))


def test_a_key_that_is_missing_is_refused(worked):
    with pytest.raises(MatchError, match="is empty"):
        match(*worked, MatchKey.parse("phone"))


def test_a_composite_key(tmp_path):
    people = list(citizens(5))
    write_inputs(tmp_path, people)
    key = MatchKey.parse("ssn:id_no+birth_date")
    assert str(key) == "ssn:id_no+birth_date"
    report = match(read_social(tmp_path / "social.csv"), read_bank(tmp_path / "bank.csv"), key)
    assert report.summary() == {"MATCHED": 10}


@given(st.lists(st.integers(0, 9), max_size=14), st.lists(st.integers(0, 9), max_size=14))
def test_every_row_ends_in_exactly_one_class(left, right):
    people = list(citizens(10))
    one = [{**people[n].social, "row_id": str(at), "card_no": CARDS[at]} for at, n in enumerate(left)]
    other = [{**people[n].bank, "row_id": str(at)} for at, n in enumerate(right)]
    table, bank_table = (
        InputTable(name, tuple(raw(at, row) for at, row in enumerate(rows, 1)))
        for name, rows in (("s.csv", one), ("b.csv", other))
    )
    try:
        report = match(social_rows.check(table, POLICY), bank_rows.check(bank_table, TERMS, POLICY))
    except MatchError:
        return
    assert sum(report.summary().values()) == len(left) + len(right)
    assert {pair.social.ssn for pair in report.pairs} == {
        people[n].social["ssn"] for n in set(left) & set(right) if left.count(n) == right.count(n) == 1
    }


CARDS = [person.social["card_no"] for person in citizens(14)]


def test_masking():
    assert masked("999901198802290011") == "999901**********11"
    assert masked("12345678") == "12345678"


def test_a_region_that_is_not_in_the_list_is_warned_of(tmp_path):
    """An abolished code may still be right: the row stays good."""
    (tmp_path / "regions").write_text("test edition 2020\n999901 a place\n990000\n", encoding="utf-8")
    known = region_codes.load(tmp_path / "regions")
    row = {**bureau_input()[0], "birth_place": "999902", "reg_region": "990000"}
    result = social_rows.check(InputTable("social.csv", (raw(1, row),)), POLICY._replace(regions=known))
    assert len(result.rows) == 1
    assert [(f.column, f.text, f.level) for f in result.findings] == [
        ("birth_place", "999902 is not in the region list test edition 2020", "warning")
    ]


@pytest.mark.parametrize(
    ("text", "said"), [("", "first line"), ("2020\n99990\n", "not 99990"), ("2020\n", "first line")]
)
def test_a_region_list_that_is_none(tmp_path, text, said):
    (tmp_path / "regions").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        region_codes.load(tmp_path / "regions")
