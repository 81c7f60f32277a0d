"""Checks of input rows, each with a row that it alone refuses and the nearest row that it takes.

Many rows in one file, each of another person who is right in everything but what the case changes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import pytest

from cos.ssse.tables import card_numbers, ssse_holder
from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.table_model import Version
from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.bureau.item_plausibility import problem
from dualcos.issuance.bureau.social_file_contents import PHOTO
from dualcos.issuance.bureau.social_rows import CardItems
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.issuance.exchange.matching import MatchError, MatchKey, match
from dualcos.issuance.exchange.region_codes import load as load_regions
from dualcos.issuance.invented_citizens import citizens, write_csv
from dualcos.issuance.issuance_errors import InputError
from dualcos.issuance.parties_together import prepare_bank
from dualcos.profile.schema import load

POLICY = Policy(synthetic=True, today="20261123")
PROFILE = load("dual-2.0-3des").pse
TERMS = BankTerms({"debit": PROFILE}, plain_pins=True, bins=("629999",))
JPEG = b"\xff\xd8"


def photo(content: bytes) -> str:
    return base64.b64encode(content).decode()


def extra(**items: str) -> str:
    return json.dumps({name.replace("_", "/"): value for name, value in items.items()})


def assisted(day: str) -> str:
    """A compound item, whose parts are checked as items are: the code, the day and the region of an assistance."""
    return json.dumps({"DF02/EF15/99": ["010", day, "999901"]})


# Changed columns, the column that is blamed and what is said of it; "" for a row that is good.
SOCIAL = [
    ({"birth_date": "20261123", "id_type": "99", "guardian_name": "测试"}, "", ""),
    ({"birth_date": "20261124", "id_type": "99", "guardian_name": "测试"}, "birth_date", "lies in the future"),
    ({"sex": "9", "id_type": "99"}, "", ""),
    ({"sex": "3", "id_type": "99"}, "sex", "1, 2 or 9"),
    ({"expiry_date": "20260102"}, "", ""),
    ({"expiry_date": "20260101"}, "expiry_date", "not after issue_date"),
    ({"expiry_date": "20260230"}, "expiry_date", "no such date"),
    ({"issue_date": "2026010"}, "issue_date", "no such date"),
    ({"city_code": "99990"}, "city_code", "6 digits"),
    ({"city_code": "9999011"}, "city_code", "6 digits"),
    ({"card_class": "5"}, "card_class", "5 is none"),
    ({"init_org": "91560000029999019999010"}, "init_org", "24 hexadecimal digits"),
    ({"init_org": "91560000029999019999010G"}, "init_org", "24 hexadecimal digits"),
    ({"init_org": "915600000199990199990101"}, "init_org", "24 hexadecimal digits"),
    ({"id_type": "16"}, "id_type", "16 is none"),
    ({"id_type": "8"}, "id_type", "8 is none"),
    ({"id_type": "08", "nationality": "XXA", "sex": "1"}, "", ""),
    ({"id_type": "08", "sex": "1"}, "nationality", "is wanted"),
    ({"id_type": "08", "nationality": "XX", "sex": "1"}, "nationality", "three letters"),
    ({"id_type": "08", "nationality": "XX1", "sex": "1"}, "nationality", "three letters"),
    ({"apply_type": "renew"}, "apply_type", "none of"),
    ({"apply_type": "replace"}, "old_card_no", "is wanted"),
    ({"apply_type": "new", "old_card_no": "T0000001X"}, "old_card_no", "replaces none"),
    ({"bank_code": "99"}, "bank_code", "3 digits"),
    ({"outlet_code": "0" * 20}, "", ""),
    ({"outlet_code": "0" * 21}, "outlet_code", "at most 20"),
    ({"mobile": "123456"}, "", ""),
    ({"mobile": "12345"}, "mobile", "6 to 15"),
    ({"mobile": "1" * 16}, "mobile", "6 to 15"),
    ({"pin": "1234"}, "", ""),
    ({"pin": "1" * 12}, "", ""),
    ({"pin": "123"}, "pin", "4 to 12"),
    ({"pin": "1" * 13}, "pin", "4 to 12"),
    ({"pin": "123a"}, "pin", "4 to 12"),
    ({"photo": photo(JPEG + bytes(4094))}, "", ""),
    ({"photo": photo(JPEG + bytes(4095))}, "photo", "4097 bytes"),
    ({"photo": photo(b"\xff\xd9")}, "photo", "not a JPEG"),
    ({"photo": "folder/a.jpg"}, "photo", "without folders"),
    ({"photo": "../a.jpg"}, "photo", "without folders"),
    ({"photo": "none.jpg"}, "photo", "none.jpg"),
    ({"photo": "a.JPEG"}, "photo", "a.JPEG"),
    ({"photo": "====="}, "photo", "neither Base64"),
    ({"extra": extra(DF01_EF08_2B="2")}, "extra|", ""),
    ({"extra": "{"}, "extra", "a JSON map"),
    ({"extra": '{"DF01/EF08/2B": "2", "DF01/EF08/2B": "2"}'}, "extra", "is there twice"),
    ({"extra": '{"DF03/EF05/63": "012", "df03/ef05/63": "012"}'}, "extra", "is there twice"),
    ({"extra": extra(DF03_EF05_63="012")}, "", ""),
    ({"extra": extra(DF03_EF05_63="01A")}, "extra", "not a number"),
    ({"extra": extra(DF03_EF05_63="0123")}, "extra", ""),
    ({"extra": extra(DF03_EF05_62="20200229")}, "", ""),
    ({"extra": extra(DF03_EF05_62="20210229")}, "extra", "no such date"),
    ({"extra": extra(DF03_EF05_62="2021022A")}, "extra", "decimal digits"),
    ({"extra": extra(DF03_EF05_61="999901")}, "", ""),
    ({"extra": extra(DF03_EF05_61="009901")}, "extra", "no such region"),
    ({"extra": extra(DF03_EF07_70="010")}, "extra|", ""),
    ({"extra": extra(DF06_EF06_D2="202001")}, "", ""),
    ({"extra": extra(DF06_EF06_D2="20200")}, "extra", "6 digits"),
    ({"extra": extra(DF05_EF05_B7="9")}, "extra", "no such code"),
    ({"extra": extra(DF06_EF05_C0="\u0001")}, "extra", ""),
    ({"extra": assisted("20200229")}, "", ""),
    ({"extra": assisted("20210229")}, "extra", "no such date"),
    ({"extra": extra(DF01_EF08="2")}, "extra", "no directory/file/tag"),
    ({"extra": extra(DF01_EF08_ZZ="2")}, "extra", "no directory/file/tag"),
    ({"extra": extra(DF01_EF08_FF="2")}, "extra", "no such item"),
    ({"extra": extra(DDF1_EF06_09="x")}, "extra", "column name fills this item"),
    ({"extra": extra(DDF1_EF05_01="00" * 16)}, "extra", "column card_ident fills this item"),
    ({"spec_version": "2.0"}, "spec_version", "four characters"),
    ({"spec_version": "2.01"}, "", ""),
    ({"spec_version": "2.10"}, "spec_version", "1.00, 2.00 or 3.00"),
    ({"spec_version": "02.00"}, "spec_version", "1.00, 2.00 or 3.00"),
    ({"medical_kind": "1"}, "medical_kind", ""),
    ({"reg_region": "99990A"}, "reg_region", "6 digits|decimal digits"),
    ({"name": ""}, "name", "must not be empty"),
    ({"batch_no": "B0002"}, "batch_no", ""),
]
BANK = [
    ({"psn": "1"}, "psn", "2 digits"),
    ({"psn": "001"}, "psn", "2 digits"),
    ({"expiry": "3501"}, "", ""),
    ({"expiry": "3512"}, "", ""),
    ({"expiry": "3500"}, "expiry", "YYMM"),
    ({"expiry": "3513"}, "expiry", "YYMM"),
    ({"expiry": "35123"}, "expiry", "YYMM"),
    ({"expiry": "350230"}, "expiry", "no such date"),
    ({"expiry": "2601", "effective": "260131"}, "", ""),
    ({"expiry": "2601", "effective": "260201"}, "expiry", "before effective"),
    ({"expiry": "260115", "effective": "260115"}, "", ""),
    ({"expiry": "260115", "effective": "260116"}, "expiry", "before effective"),
    ({"effective": "2601011"}, "effective", "YYMMDD"),
    ({"effective": "26011"}, "effective", "YYMMDD"),
    ({"effective": "260230"}, "effective", "YYMMDD"),
    ({"service_code": "620"}, "", ""),
    ({"service_code": "120"}, "service_code", "three digits"),
    ({"service_code": "22"}, "service_code", "three digits"),
    ({"service_code": "2200"}, "service_code", "three digits"),
    ({"name_latin": "AB"}, "", ""),
    ({"name_latin": "A"}, "name_latin", "2 to 26"),
    ({"name_latin": "A" * 26}, "", ""),
    ({"name_latin": "A" * 27}, "name_latin", "26 characters at most"),
    ({"name_latin": "A" * 46}, "name_latin", "2 to 26"),
    ({"name_latin": "A\u00c4B"}, "name_latin", "capital letters"),
    ({"name_latin": "A\u007fB"}, "name_latin", "U+007F"),
    ({"id_type": "05", "id_no": "1" * 40}, "", ""),
    ({"id_type": "05", "id_no": "1" * 41}, "id_no", "at most 40"),
    ({"id_type": "06"}, "id_type", "06 is none"),
    ({"id_type": "0"}, "id_type", "0 is none"),
    ({"track1_disc": "1" * 24}, "", ""),
    ({"track1_disc": "1" * 25}, "track1_disc", "at most 24"),
    ({"track2_disc": "1" * 10}, "", ""),
    ({"track2_disc": "1" * 11}, "track2_disc", "track 2 takes 37"),
    ({"track2_disc": "1" * 14}, "track2_disc", "1 to 13"),
    ({"product_flags": "0G"}, "product_flags", "two hexadecimal"),
    ({"product_flags": "008"}, "product_flags", "two hexadecimal"),
    ({"dki": "2"}, "dki", "no such key set"),
    ({"dki": "256"}, "dki", "up to 255"),
    ({"dki": "0001"}, "dki", "up to 255"),
    ({"dki": "-1"}, "dki", "up to 255"),
    ({"ca_index": "0G"}, "ca_index", "two hexadecimal"),
    ({"ca_index": "0F1"}, "ca_index", "two hexadecimal"),
    ({"ca_index": "0A"}, "ca_index", "no certificate"),
    ({"profile": "debi"}, "profile", "no such bank template"),
    ({"profile": "Debit"}, "profile", "no such bank template"),
    ({"kyc_result": "OK"}, "kyc_result", "none of"),
    ({"kyc_result": ""}, "kyc_result", "must not be empty"),
    ({"ptl": "15"}, "", ""),
    ({"ptl": "16"}, "ptl", "none of"),
    ({"ptl": "0"}, "ptl", "none of"),
    ({"offline_pin": "1234"}, "", ""),
    ({"offline_pin": "1" * 12}, "", ""),
    ({"offline_pin": "123"}, "offline_pin", "4 to 12"),
    ({"offline_pin": "1" * 13}, "offline_pin", "4 to 12"),
    ({"offline_pin": "0" * 16 + ":86A5F0"}, "", ""),
    ({"offline_pin": "0" * 15 + ":86A5F0"}, "offline_pin", "16 hexadecimal"),
    ({"offline_pin": "0" * 17 + ":86A5F0"}, "offline_pin", "16 hexadecimal"),
    ({"offline_pin": "0" * 16 + ":86A5"}, "offline_pin", "16 hexadecimal"),
    ({"offline_pin": "0" * 16 + ":86A5F086"}, "offline_pin", "16 hexadecimal"),
    ({"offline_pin": "0" * 16 + ":"}, "offline_pin", "16 hexadecimal"),
    ({"offline_pin": "0" * 15 + "G:86A5F0"}, "offline_pin", "16 hexadecimal"),
    ({"limits": "9F14=03;9F23=07"}, "limits|", ""),
    ({"limits": "9F14=03;9F14=03"}, "limits", "is there twice"),
    ({"limits": "9F13=03"}, "limits", "9F13 is none"),
    ({"limits": "9F14=0"}, "limits", "takes 1 bytes"),
    ({"limits": "9F14=0303"}, "limits", "takes 1 bytes"),
    ({"limits": "9F14=0G"}, "limits", "takes 1 bytes"),
    ({"limits": "9F54=00000000000A"}, "limits", "digits only"),
    ({"limits": "9F54=000000000009"}, "", ""),
    ({"limits": "9F75=000000000009"}, "limits", "no place for 9F75"),
]


def found(tmp_path, side: str, cases: list[tuple[Mapping[str, str], str, str]]) -> list[list[tuple[str, str]]]:
    """Errors of each case's row: column and text."""
    people = list(citizens(len(cases)))
    rows = [getattr(person, side) | changes for person, (changes, _, _) in zip(people, cases, strict=True)]
    write_csv(tmp_path / f"{side}.csv", rows)
    read = {
        "social": lambda path: social_rows.load(path, POLICY),
        "bank": lambda path: bank_rows.load(path, TERMS, POLICY),
    }[side](tmp_path / f"{side}.csv")
    told: list[list[tuple[str, str]]] = [[] for _ in cases]
    for finding in read.findings:
        if finding.level == "error":
            told[finding.row - 1].append((finding.column, finding.text))
    assert [bool(each) for each in told] == [number in read.bad for number in range(1, len(cases) + 1)]
    return told


@pytest.mark.parametrize(("side", "cases"), [("social", SOCIAL), ("bank", BANK)])
def test_a_row_that_is_wrong_in_one_thing(tmp_path, side, cases):
    wrong = []
    for (changes, column, said), told in zip(cases, found(tmp_path, side, cases), strict=True):
        if column.endswith("|"):
            continue  # whether the template has a place is not what this asks
        columns = {each for each, _ in told}
        texts = " ".join(text for _, text in told)
        right = not told if not column else columns == {column} and any(each in texts for each in said.split("|"))
        if not right:
            wrong.append((changes, told))
    assert not wrong


def test_an_account_outside_the_banks_numbers_and_one_that_is_not_plain(tmp_path):
    (person,) = citizens(1)
    for terms, changes, blamed in (
        (TERMS._replace(bins=("629998",)), {}, "pan"),
        (TERMS._replace(bins=("62999900000000000",)), {}, ""),
        (TERMS._replace(plain_pins=False), {}, "offline_pin"),
        (TERMS, {"pan": person.bank["pan"][:-1] + str((int(person.bank["pan"][-1]) + 1) % 10)}, "pan"),
        (TERMS, {"pan": person.bank["pan"][:15]}, "pan"),
        (TERMS, {"pan": person.bank["pan"] + "0"}, "pan"),
    ):
        write_csv(tmp_path / "bank.csv", [person.bank | changes])
        read = bank_rows.load(tmp_path / "bank.csv", terms, POLICY)
        assert {each.column for each in read.findings if each.level == "error"} == ({blamed} if blamed else set())


@pytest.mark.parametrize("digits", range(15, 21))
def test_an_account_has_16_to_19_digits(tmp_path, digits):
    """Each with its right check digit."""
    (person,) = citizens(1)
    number = ("629999" + "1" * 14)[: digits - 1]
    write_csv(tmp_path / "bank.csv", [person.bank | {"pan": number + card_numbers.luhn_digit(number)}])
    told = [
        each.text for each in bank_rows.load(tmp_path / "bank.csv", TERMS, POLICY).findings if each.level == "error"
    ]
    assert [text.partition(";")[0] for text in told] == ([] if 16 <= digits <= 19 else ["16 to 19 digits are wanted"])


def test_a_person_whom_the_bank_refuses_gets_no_card_of_it(tmp_path):
    people = list(citizens(2))
    write_csv(tmp_path / "bank.csv", [people[0].bank | {"kyc_result": "reject"}, people[1].bank])
    prepared = prepare_bank(tmp_path / "bank.csv", TERMS, POLICY)
    assert [record.bank.pan for record in prepared.records] == [people[1].bank["pan"]]


@pytest.mark.parametrize(
    ("value", "good"), [("91" * 12, True), ("F" * 24, True), ("91" * 11 + "9", False), ("9", False)]
)
def test_an_institution_is_the_whole_of_its_digits(value, good):
    """F fills a short number, and is a digit of this one: a short one would read as another."""
    assert (problem(ssse_holder.EF05.item(0x04), value) is None) is good


def test_cards_without_the_directory_of_the_photo_have_no_photo():
    there = structure(Version.V2)
    assert CardItems(Version.V2, there, {}).photo
    assert not CardItems(Version.V2, tuple(each for each in there if each.fid != PHOTO[0]), {}).photo


# --- matching --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({}, ()),
        ({"name": "测试甲"}, ("name",)),
        ({"name": "测试甲一 "}, ()),
        ({"birth_date": "19500102"}, ("birth_date",)),
        ({"sex": "9"}, ("sex",)),
        ({"birth_date": "", "sex": ""}, ()),
        ({"id_type": "01"}, ("id_type",)),
        ({"name": "测试甲", "sex": "9"}, ("name", "sex")),
    ],
)
def test_the_smallest_difference_of_both_sides_is_a_conflict(tmp_path, changes, differs):
    (person,) = citizens(1)
    social = {**person.social, "name": "测试甲一"}
    bank = {**person.bank, "name": "测试甲一"} | changes
    write_csv(tmp_path / "s.csv", [social])
    write_csv(tmp_path / "b.csv", [bank])
    report = match(social_rows.load(tmp_path / "s.csv", POLICY), bank_rows.load(tmp_path / "b.csv", TERMS, POLICY))
    (line,) = report.lines
    assert (line.outcome.value, line.columns) == ("CONFLICT" if differs else "MATCHED", differs)


@pytest.mark.parametrize(
    ("shares", "taken"),
    [((1,), True), ((2,), True), ((2, 1), True), ((3,), False), ((3, 1), False), ((3, 1, 1), False),
     ((2, 2, 1, 1, 1, 1), True), ((3, 1, 1, 1), True), ((2, 2, 1, 1, 1), False)],
)  # fmt: skip
def test_what_most_rows_share_is_no_key(tmp_path, shares, taken):
    """Rows that share a value against those that have one for themselves; two alike are just two alike."""
    people = list(citizens(sum(shares)))
    values = [f"N{number}" for number, count in enumerate(shares) for _ in range(count)]
    write_csv(
        tmp_path / "s.csv", [person.social | {"phone": value} for person, value in zip(people, values, strict=True)]
    )
    write_csv(tmp_path / "b.csv", [person.bank | {"account_no": "A1"} for person in people[:1]])
    read = social_rows.load(tmp_path / "s.csv", POLICY), bank_rows.load(tmp_path / "b.csv", TERMS, POLICY)
    key = MatchKey(("phone",), ("account_no",))
    if taken:
        assert match(*read, key).lines
    else:
        with pytest.raises(MatchError, match="is not unique"):
            match(*read, key)


@pytest.mark.parametrize("column", ["ssn", "phone"])
def test_a_key_that_a_row_lacks_is_none(tmp_path, column):
    people = list(citizens(2))
    rows = [people[0].social | {"phone": "1"}, people[1].social | {"phone": "" if column == "phone" else "2"}]
    write_csv(tmp_path / "s.csv", rows)
    write_csv(tmp_path / "b.csv", [person.bank | {"account_no": "1"} for person in people[:1]])
    read = social_rows.load(tmp_path / "s.csv", POLICY), bank_rows.load(tmp_path / "b.csv", TERMS, POLICY)
    if column == "ssn":
        assert match(*read).lines
        return
    with pytest.raises(MatchError, match="row 2: column phone is empty"):
        match(*read, MatchKey(("phone",), ("account_no",)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2020\n999901 somewhere\n", ""),
        ("\n999901\n", "edition in the first line"),
        ("2020\n", "edition in the first line"),
        ("2020\n99990\n", "not 99990"),
        ("2020\n99990A\n", "not 99990A"),
        ("2020\n９９９９０１\n", "edition in the first line"),
        ("", "edition in the first line"),
    ],
)
def test_a_list_of_regions_is_an_edition_and_codes(tmp_path, text, said):
    path = tmp_path / "regions.txt"
    path.write_text(text, encoding="utf-8")
    if not said:
        assert load_regions(path).codes == {"999901"}
        return
    with pytest.raises(InputError, match=said):
        load_regions(path)
