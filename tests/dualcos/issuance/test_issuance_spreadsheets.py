"""Input files as spreadsheet programs and hurried people save them: taken where it is beyond doubt, else told."""

import csv
import io
import json

import pytest
from issuance_data import POLICY, bureau_input, read_social

from dualcos.issuance.bureau import social_rows
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.issuance.exchange.input_findings import InputError
from dualcos.textforms.text_files import SaidEncoding

ROWS = [{**row, "phone": "13800000001"} for row in bureau_input()[:3]]


def as_csv(rows=ROWS, delimiter=",", end="\r\n", **how):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator=end, **how)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def changed(line, old, new):
    """The sound file with a text replaced in one of its lines (0: the header)."""
    lines = as_csv().split("\r\n")
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new, 1)
    return "\r\n".join(lines)


def with_columns(*ends, text=None):
    """The sound file with something behind each of its lines."""
    lines = (text or as_csv()).removesuffix("\r\n").split("\r\n")
    return "\r\n".join(line + end for line, end in zip(lines, ends, strict=True)) + "\r\n"


FROM_A_COMMAND = POLICY._replace(social_encoding=SaidEncoding("", "--encoding"))


def without_the_end(*counts):
    """The sound file, as many of the last values of each row left out."""
    lines = as_csv().removesuffix("\r\n").split("\r\n")
    short = [line.rsplit(",", count)[0] if count else line for line, count in zip(lines, (0, *counts), strict=True)]
    return "\r\n".join(short) + "\r\n"


def told(path, content, policy=FROM_A_COMMAND):
    """Findings of a file, or why it cannot be used."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        return social_rows.load(path, policy)
    except InputError as error:
        return str(error)


@pytest.fixture
def expected(tmp_path):
    return told(tmp_path / "expected.csv", as_csv())


# What a program saves, and the note that says so.
TAKEN = {
    "CSV UTF-8 of Excel": (b"\xef\xbb\xbf" + as_csv().encode(), ""),
    "CSV of Excel on a Mac": (as_csv(end="\r"), ""),
    "of a Unix program": (as_csv(end="\n"), ""),
    "every value in quotation marks": (as_csv(quoting=csv.QUOTE_ALL), ""),
    "Unicode text of Excel": (as_csv(delimiter="\t").encode("utf-16"), "columns are separated by tabs"),
    "tabs": (as_csv(delimiter="\t"), "columns are separated by tabs"),
    "CSV of a European Excel": (as_csv(delimiter=";"), "columns are separated by semicolons"),
    "a line that says the separator": ("sep=;\r\n" + as_csv(delimiter=";"), "columns are separated by semicolons"),
    "a line that says the comma": ("sep=,\r\n" + as_csv(), ""),
    "a bar, said": ("SEP=|\r\n" + as_csv(delimiter="|"), "columns are separated by “|”"),
    "empty columns behind": (with_columns(*[",,,"] * 4), "columns T (20), U (21), V (22) without a name"),
    "an empty column inside": (
        "\r\n".join("," + line for line in as_csv().split("\r\n")[:-1]),
        "column A (1) without a name",
    ),
    "rows of commas behind": (as_csv() + ("," * 18 + "\r\n") * 900, ""),
    "rows of commas and blanks between": (as_csv().replace("\r\n", "\r\n , ,\u3000,\r\n"), ""),
    "empty lines above": ("\r\n\r\n" + as_csv(), ""),
    "more commas than columns": (with_columns("", ",", ",,", ""), ""),
    "blanks around names and values": (as_csv().replace(",", " ,\u3000"), ""),
}


@pytest.mark.parametrize("way", TAKEN)
def test_what_is_beyond_doubt_is_taken_with_a_note(way, tmp_path, expected):
    content, note = TAKEN[way]
    found = told(tmp_path / "social.csv", content)
    assert [row.values for row in found.rows] == [row.values for row in expected.rows]
    assert [row.number for row in found.rows] == [1, 2, 3]
    notes = [finding for finding in found.findings if finding.row == 0]
    assert [finding.level for finding in notes] == ["note"] * bool(note)
    assert not note or note in notes[0].text


@pytest.mark.parametrize("name", ["s.CSV", "s.Csv", "s.JSONL", "s.NdJson"])
def test_endings_in_any_letter_case(name, tmp_path, expected):
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS)
    found = told(tmp_path / name, as_csv() if "csv" in name.lower() else lines)
    assert list(found.rows) == list(expected.rows)


# A whole file that cannot be used: its name, what is in it, what must be told.
REFUSED = [
    ("s.txt", as_csv(), "s.txt is called neither .csv nor .jsonl: save it as “CSV UTF-8"),
    ("s.xlsx", b"PK\x03\x04\x14\0", "s.xlsx is a workbook: open it in Excel and save it as “CSV UTF-8"),
    ("s.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "s.xls is a workbook"),
    ("s.csv", b"PK\x03\x04\x14\0", "s.csv is a workbook"),
    ("s.csv", b"", "the file is empty"),
    ("s.csv", b"\xef\xbb\xbf\r\n\r\n", "the file is empty"),
    ("s.csv", as_csv().encode("gb18030"), "all of it is GB18030, which Excel in China writes: give --encoding gb18030"),
    ("s.csv", changed(0, "ssn", ""), "columns missing: ssn; column N (14) has no name"),
    ("s.csv", changed(0, "ssn", "ssn "), None),
    ("s.csv", changed(0, "ssn", "\ufeffssn"), r"unknown columns \ufeffssn"),
    ("s.csv", changed(0, "ssn", "s\u200bsn"), r"unknown columns s\u200bsn"),
    ("s.csv", changed(0, "ssn", "name"), "columns twice: name"),
    ("s.csv", as_csv(delimiter=";").replace("sex", "colour", 1), "unknown columns colour; known are"),
    ("s.csv", changed(2, "99990119", '"99990119'), "line 3 is not CSV: a quotation mark opens a value there or below"),
    (
        "s.csv",
        changed(2, "测试乙·丙", '"测试乙"·丙'),
        "line 3 is not CSV: behind the quotation mark that closes a value a comma",
    ),
    ("s.csv", "\n\n" + changed(2, "测试乙·丙", '"测试乙"·丙'), "line 5 is not CSV"),
    ("s.csv", changed(1, "测试甲", '"测试甲') + "x" * 140_000, "line 2 is not CSV: in its row a value is longer than"),
    ("s.jsonl", "[\n" + json.dumps(ROWS[0]) + "\n]", "is a JSON list: one object a line is wanted"),
    ("s.jsonl", b"\xe9", "is not UTF-8"),
    ("s.jsonl", None, "No such file"),
]


@pytest.mark.parametrize(("name", "content", "why"), REFUSED, ids=[str(why) for _, _, why in REFUSED])
def test_a_whole_file_is_refused_with_what_to_do(name, content, why, tmp_path):
    found = told(tmp_path / name, content) if content is not None else None
    if content is None:
        with pytest.raises(InputError, match=why):
            read_social(tmp_path / name)
    elif why is None:
        assert len(found.rows) == 3
    else:
        assert why in found
        assert name in found


# One row that is bad: the file, its row, and what must be told of it.
BAD_ROWS = [
    (
        "a column without a name",
        with_columns(",", ",", ",note", ","),
        2,
        "",
        "a value in column T (20), which has no name in the header",
    ),
    ("values beyond the header", with_columns("", "", ",,x", ""), 2, "", "21 values, the header has 19 columns"),
    ("a NUL", changed(3, "T00000036", "T0000003\0"), 3, "card_no", "there is a NUL in it"),
    (
        "a number without its digits",
        changed(1, "13800000001", "1.38E+10"),
        1,
        "phone",
        "a number as a spreadsheet shows it",
    ),
    (
        "a number without its digits, where the column asks",
        changed(1, "999901198802290011", "9.99901E+17"),
        1,
        "ssn",
        "a number as a spreadsheet shows it",
    ),
    ("a formula", changed(1, "13800000001", "=13800000001"), 1, "phone", "a formula"),
    ("a formula that keeps digits", changed(1, "13800000001", '"=""13800000001"""'), 1, "phone", "a formula"),
    ("an apostrophe", changed(1, "13800000001", "'13800000001"), 1, "phone", "an apostrophe before the digits"),
    ("a column too narrow", changed(1, "13800000001", "########"), 1, "phone", "a spreadsheet's column too narrow"),
    ("a spreadsheet's error", changed(1, "13800000001", "#N/A"), 1, "phone", "a spreadsheet's error"),
    (
        "a date",
        changed(2, "20260101", "2026/1/1"),
        2,
        "issue_date",
        "YYYYMMDD is wanted; a spreadsheet's way to write a date",
    ),
    (
        "a date in Chinese",
        changed(2, "20260101", "2026年1月1日"),
        2,
        "issue_date",
        "a spreadsheet's way to write a date",
    ),
    ("one lost zero", changed(2, ",01,", ",1,"), 2, "id_type", "leading zeros are lost"),
    ("a fraction in free text", changed(2, ",001,", ",1.0,"), 2, "outlet_code", None),
    ("a lost figure", changed(2, ",999,", ",99,"), 2, "bank_code", "3 digits are wanted; leading zeros are lost"),
    (
        "a fraction",
        changed(2, "999901,", "999901.0,"),
        2,
        "city_code",
        "6 digits are wanted; a spreadsheet made a number of it",
    ),
]


@pytest.mark.parametrize(
    ("content", "row", "column", "why"), [row[1:] for row in BAD_ROWS], ids=[row[0] for row in BAD_ROWS]
)
def test_one_bad_row_is_told_and_the_others_go_on(content, row, column, why, tmp_path):
    found = told(tmp_path / "social.csv", content)
    errors = [finding for finding in found.findings if finding.level == "error"]
    if why is None:  # free text, which may be so
        assert errors == []
        return
    assert {finding.row for finding in errors} == {row} == found.bad
    assert any(finding.column == column and why in finding.text for finding in errors), errors
    assert not any("1380000" in finding.text or "99990119" in finding.text for finding in errors)


def test_what_a_spreadsheet_did_cannot_be_warned_away(tmp_path):
    """It does so to whole columns: one remark names them all."""
    content = changed(1, "13800000001", "1.38E+10").replace("999901198802290011", "9.99901E+17")
    found = told(tmp_path / "social.csv", content, POLICY._replace(warnings=frozenset(("phone", "ssn"))))
    assert 1 in found.bad
    remark = next(finding.text for finding in found.findings if "shows it" in finding.text)
    assert remark.endswith("; so in phone")


def test_json_lines_end_at_line_ends_only(tmp_path):
    address = "测试\u2028路\x85二\u2029号"
    lines = json.dumps({**ROWS[0], "mail_addr": address}, ensure_ascii=False) + "\r\n\r\n" + json.dumps(ROWS[1])
    (tmp_path / "s.jsonl").write_text(lines, encoding="utf-8")
    one, other = social_rows.read(tmp_path / "s.jsonl", social_rows.NAMES, social_rows.REQUIRED).rows
    assert (one.number, one.values["mail_addr"], one.fault) == (1, address, None)
    assert (other.number, other.values, other.fault) == (2, ROWS[1], None)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        pytest.param('{"row_id": "1", "row_id": "2"}', "row_id", id="two values"),
        pytest.param('{"row_id": "1", "row_id": "1"}', "row_id", id="the same value"),
        pytest.param('{"row_id": "1", "row_id" : "2"}', "row_id", id="blank before the colon"),
        pytest.param('{"row_id": "1", "row\\u005fid": "2"}', "row_id", id="spelled otherwise"),
        pytest.param('{"extra": {"DF01/EF08/2B": "1", "DF01/EF08/2B": "2"}}', "DF01/EF08/2B", id="deeper"),
    ],
)
def test_a_name_that_is_there_twice_is_told(line, column, tmp_path):
    found = told(tmp_path / "social.jsonl", line + "\n" + json.dumps(ROWS[1]))
    assert (column, "is there twice") in [
        (finding.column, finding.text) for finding in found.findings if finding.row == 1
    ]
    assert [row.number for row in found.rows] == [2]


def test_an_item_that_extra_names_twice_is_told(tmp_path):
    row = ROWS[0] | {"extra": '{"DF01/EF08/2B": "1", "DF01/EF08/2B": "2"}'}
    found = told(tmp_path / "social.csv", as_csv([row]))
    assert ("extra", "DF01/EF08/2B is there twice") in [(each.column, each.text) for each in found.findings]
    assert found.bad == {1}


def test_a_file_is_read_while_its_rows_are_taken(tmp_path):
    """What is wrong far down is told when it is reached; and a table that nobody takes closes its file."""
    (tmp_path / "s.csv").write_bytes(as_csv().encode() + b"x" * 100_000 + b"\xff")
    table = social_rows.read(tmp_path / "s.csv", social_rows.NAMES, social_rows.REQUIRED)
    rows = iter(table.rows)
    assert [next(rows).number for _ in ROWS] == [1, 2, 3]
    with pytest.raises(InputError, match="line 5, byte offset"):
        next(rows)
    social_rows.read(tmp_path / "s.csv", social_rows.NAMES, social_rows.REQUIRED)


def test_gbk_as_excel_in_china_writes_it(tmp_path):
    """With the damages of one file together: empty columns, rows of commas, rare characters, lost digits."""
    rows = [{**row, "name": name} for row, name in zip(ROWS, ("测试喆", "测试·乙", "测试㛃"), strict=True)]
    text = with_columns(",,", ",,", ",,", ",,", text=as_csv(rows)).replace("13800000001", "1.38E+10", 1)
    raw = (text + "," * 20 + "\r\n").encode("gb18030")
    policy = POLICY._replace(social_encoding=SaidEncoding("gbk", "--encoding"), charset="gb18030")
    found = told(tmp_path / "social.csv", raw, policy)
    assert {row.number: row.values["name"] for row in found.rows} == {2: "测试·乙", 3: "测试㛃"}
    assert found.bad == {1}
    assert isinstance(told(tmp_path / "social.csv", raw, Policy(synthetic=True)), str)


def test_values_that_excel_leaves_out_at_the_end_of_rows_are_taken_as_empty(tmp_path):
    """The last column may be empty: a row without it is a row; one that must have what is missing is none."""
    found = told(tmp_path / "s.csv", without_the_end(1, 0, 1))
    assert [row.number for row in found.rows] == [1, 2, 3]
    assert [(f.row, f.level) for f in found.findings] == [(1, "warning"), (3, "warning")]
    assert "18 values, the header has 19 columns: phone taken as empty" in str(found.findings[0])
    assert ["phone" in row.values for row in found.rows] == [False, True, False]
    torn = told(tmp_path / "s.csv", without_the_end(2, 0, 0))
    assert torn.bad == {1}
    assert "17 values, the header has 19 columns" in str([str(f) for f in torn.findings if f.level == "error"])
