"""No text of a row is changed, cut or let through unseen without a finding: characters, names, what becomes ASCII."""

from __future__ import annotations

import unicodedata

import pytest
from full_rows import BANK, SOCIAL_2, raw_row
from issuance_data import POLICY, TERMS
from msgspec import structs

from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bank.bank_columns import COLUMNS as BANK_COLUMNS
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.bureau.social_columns import COLUMNS as SOCIAL_COLUMNS
from dualcos.issuance.exchange import input_characters
from dualcos.issuance.exchange.input_files import InputTable
from dualcos.profile.schema import load

GOOD = {"social": SOCIAL_2, "bank": {**BANK, "ca_index": ""}}
CASES = [
    pytest.param(side, column.name, id=f"{side}-{column.name}")
    for side, columns in (("social", SOCIAL_COLUMNS), ("bank", BANK_COLUMNS))
    for column in columns
    if column.name != "extra"  # its texts are JSON's: test_issuance_meanings
]
# One of every kind that nobody sees, or that no encoding can say.
UNSEEN = (
    "\0\a\t\n\r\x1b\x7f\x85\xad\u061c\u200b\u200e\u200f\u2028\u2029\u202e\u2060\u2066"
    "\ud800\ufdd0\ufe0f\ufeff\ufffb\ufffd\uffff\U000e0041"
)


def found_in(side, *changes, policy=POLICY):
    """What is found in a file of good rows with these changes."""
    rows = tuple(raw_row(GOOD[side] | changed, number) for number, changed in enumerate(changes, 1))
    table = InputTable(f"{side}.csv", rows)
    if side == "social":
        return social_rows.check(table, policy)
    return bank_rows.check(table, TERMS._replace(ca_indexes=frozenset(("F1",))), policy)


def told(found):
    return "\n".join(map(str, found.findings))


@pytest.mark.parametrize(("side", "column"), CASES)
def test_what_nobody_sees_is_refused_in_every_column(side, column):
    value = GOOD[side][column] or "F1"
    policy = POLICY._replace(warnings=frozenset((column,)))
    found = found_in(side, *({column: value + char + value} for char in UNSEEN), policy=policy)
    errors = [finding for finding in found.findings if finding.level == "error"]
    assert [(finding.row, finding.column) for finding in errors] == [(at, column) for at in range(1, len(UNSEEN) + 1)]
    for char, error in zip(UNSEEN, errors, strict=True):
        assert f"character {len(value) + 1} is U+{ord(char):04X}" in error.text
        assert f"--warn {column} does not pass it" in error.text
        assert len(value) < 4 or value not in error.text
    assert not found.rows


def test_every_control_character_and_every_format_character_is_unseen():
    """The class is written down, so that it does not change with Python; here it is held against Python's Unicode."""
    for code in (*range(0x3500), *range(0x9F00, 0x20100), *range(0xDFFF0, 0xE1010), *range(0x10FFF0, 0x10FFFE)):
        char = chr(code)
        category = unicodedata.category(char)
        if category in ("Cc", "Cf", "Zl", "Zp", "Cs"):
            assert input_characters.unfit(char), f"U+{code:04X}"
        elif category in ("Lu", "Ll", "Nd", "Zs", "Co") or "CJK UNIFIED" in unicodedata.name(char, ""):
            assert not input_characters.unfit(char), f"U+{code:04X}"


@pytest.mark.parametrize("column", ["name", "reg_addr", "employer", "recipient", "unit_name"])
@pytest.mark.parametrize(
    ("written", "text", "level"), [("\ue863", "\u4dae", "note"), ("\ue000", "\ue000", "warning")], ids=["twin", "user"]
)
def test_a_private_use_character_is_told(column, written, text, level):
    """Rare characters are carried so: U+E863 for U+4DAE, which it becomes; one of a register's own stays."""
    policy = social_rows.for_template(POLICY, load("social-2.0", settings=["ssse.charset=gb18030"]).ssse)
    found = found_in("social", {column: f"测试{written}"}, policy=policy)
    assert [row.values[column] for row in found.rows] == [f"测试{text}"]
    assert [(f.column, f.level) for f in found.findings if f"U+{ord(written):04X}" in f.text] == [(column, level)]


SAME = ()
NAMES = [
    ("SMITH JOHN", "SMITH JOHN", SAME),
    ("John van der Test", "John van der Test", SAME),
    ("SMITH  JOHN", "SMITH JOHN", ("note",)),
    ("ＳＭＩＴＨ　ＪＯＨＮ", "SMITH JOHN", ("note",)),
    ("张　三", "张三", ("note",)),
    ("张 三", "张三", ("note",)),
    ("测试 A", "测试 A", SAME),
    ("测试·丙", "测试·丙", SAME),
    ("测试•丙", "测试·丙", ("note",)),
    ("测试 · 丙", "测试·丙", ("note",)),
    ("测试.丙", "测试·丙", ("note",)),
    ("测试．丙", "测试·丙", ("note",)),
    ("ST. TEST", "ST. TEST", ("warning",)),
    ("测试甲.", "测试甲.", ("warning",)),
    ("测试?", "", ("error",)),
    ("测试？", "", ("note", "error")),
    ("测□", "", ("error",)),
    ("测试\ufffd", "", ("error",)),
    ("\uf92c测试", "\uf92c测试", SAME),  # a shape of 郎 that GBK has, and that NFKC would change
]


@pytest.mark.parametrize(("given", "taken", "levels"), NAMES)
def test_names(given, taken, levels):
    for side, column in (("social", "name"), ("social", "guardian_name"), ("social", "recipient"), ("bank", "name")):
        found = found_in(side, {column: given})
        assert [row.values[column] for row in found.rows] == ([taken] if taken else [])
        said = [finding for finding in found.findings if finding.column == column]
        assert tuple(finding.level for finding in said) == levels, said
        assert not any(given in finding.text for finding in said)


@pytest.mark.parametrize("given", ["测试?", "测〓"])
def test_a_lost_character_can_be_warned_away(given):
    found = found_in("social", {"guardian_name": given}, policy=POLICY._replace(warnings=frozenset({"guardian_name"})))
    assert [row.values["guardian_name"] for row in found.rows] == [given]
    assert "stands where a character was lost" in told(found)


@pytest.mark.parametrize("column", ["reg_addr", "res_addr", "employer", "unit_name", "mail_addr"])
def test_a_question_mark_in_chinese_text_is_worth_a_look(column):
    found = found_in("social", {column: "测试?路"})
    assert [row.values[column] for row in found.rows] == ["测试?路"]
    assert [(f.column, f.level) for f in found.findings if "?" in f.text] == [(column, "warning")]


ASCII_ONLY = ["name_latin", "track1_disc", "id_no", "ssn", "pan", "limits", "product_flags"]


@pytest.mark.parametrize("column", ASCII_ONLY)
@pytest.mark.parametrize("char", ["é", "测", "Ж", "\u0661"])
def test_what_is_not_ascii_never_becomes_another_character(column, char):
    found = found_in(
        "bank", {column: GOOD["bank"][column][:-1] + char}, policy=POLICY._replace(warnings=frozenset((column,)))
    )
    assert not found.rows
    assert any(f.column == column and f.level == "error" and "does not pass it" in f.text for f in found.findings)


def test_a_latin_name_is_cut_nowhere():
    """26 characters in 5F20, the rest in 9F0B, which this template does not have."""
    found = found_in("bank", {"name_latin": "A" * 27}, policy=POLICY._replace(warnings=frozenset(("name_latin",))))
    assert not found.rows
    assert "no extension (9F0B)" in told(found)


def test_what_a_bank_template_has_no_place_for_is_left_out_with_a_note():
    bare = TERMS.templates["debit"]
    without = {"5F20", "9F1F", "5F25", "9F61", "9F63"}
    records = {group: [tag for tag in tags if tag not in without] for group, tags in bare.records.items()}
    terms = TERMS._replace(templates={"debit": structs.replace(bare, records=records)})
    found = bank_rows.check(InputTable("bank.csv", (raw_row(GOOD["bank"]),)), terms, POLICY)
    noted = {finding.column for finding in found.findings if "left out" in finding.text}
    assert noted == {"name_latin", "track1_disc", "effective", "product_flags", "id_no", "issuer_key_id"}
    assert not without & found.rows[0].elements.keys()
