"""The page of the two input formats is current, and what it says becomes of a column does."""

import json
import re
from pathlib import Path

import pytest
from full_rows import BANK, SOCIAL_1, SOCIAL_2, SOCIAL_3, raw_row
from issuance_data import POLICY, TERMS

from dualcos.cli.input_format_page import PAGE, page
from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bank.bank_columns import COLUMNS as BANK_COLUMNS
from dualcos.issuance.bank.bank_format import ELEMENTS
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.bureau.social_card_records import social_record
from dualcos.issuance.bureau.social_columns import COLUMNS as SOCIAL_COLUMNS
from dualcos.issuance.exchange.input_files import InputTable
from dualcos.profile.schema import load

ROOT = Path(__file__).parents[3]
SOCIAL, BANKS = ([line for line in part.splitlines() if line.startswith("| `")] for part in page().split("\n## ")[1:])
EDITIONS = {"1.0": SOCIAL_1, "2.0": SOCIAL_2, "3.0": SOCIAL_3}


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_page_is_current():
    assert (ROOT / PAGE).read_text("utf-8") == page(), "python -m dualcos.cli.input_format_page writes it anew"


@pytest.mark.parametrize(("lines", "columns"), [(SOCIAL, SOCIAL_COLUMNS), (BANKS, BANK_COLUMNS)])
def test_every_column_has_its_line(lines, columns):
    said = [cells(line)[:3] for line in lines]
    needs = {"M": "must", "C": "if", "O": "may"}
    assert said == [[f"`{column.name}`", column.chinese, needs[column.need]] for column in columns]
    assert all(cells(line)[3] not in ("", "text") for line in lines), "what a column takes is said"
    assert {len(cells(line)) for line in lines} == {len(cells(lines[0]))}


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_row_that_says_all_fills_the_items_of_the_page_and_no_others(edition):
    policy = POLICY._replace(directories=(), edition=None)
    (row,) = social_rows.check(InputTable("s.csv", (raw_row(EDITIONS[edition]),)), policy).rows
    record = social_record(1, row)
    at = 4 + list(EDITIONS).index(edition)
    said = {place for line in SOCIAL for place in re.findall("`([^`]+)`", cells(line)[at])}
    filled = set(record.social.items) - set(json.loads(EDITIONS[edition]["extra"]).keys())
    assert filled <= said
    # What goes on in a second item does not in a row whose values are short.
    firsts = {cells(line)[at].split("`")[1] for line in SOCIAL if "`" in cells(line)[at]}
    assert firsts <= filled
    printed = {cells(line)[0].strip("`") for line in SOCIAL if "printing, packing" in cells(line)[7]}
    paper = {name for name in record.paper.__struct_fields__ if getattr(record.paper, name)}
    assert printed == paper - {"social_account"}


OTHER = {
    "name_latin": "CE SHI/DING",
    "id_type": "01",
    "id_no": "G0000001",
    "pan": "6212340100000043010",
    "psn": "02",
    "expiry": "361130",
    "effective": "260104",
    "service_code": "601",
    "track2_disc": "000124",
    "track1_disc": "TEST 2",
    "product_flags": "4B",
    "dki": "2",
    "ssn": SOCIAL_2["ssn"][:-1] + "0",
    "sex": "9",
    "birth_date": "19880301",
    "kyc_result": "reject",
    "ptl": "6",
    "offline_pin": "246803",
    "ca_index": "F2",
}
"""Another sound value; of what is free text any other."""


DEBIT = load("dual-2.0-3des").pse
TWO_OF_ALL = TERMS._replace(ca_indexes=("F1", "F2"), dkis=frozenset((1, 2)), templates={"debit": DEBIT})


def elements(row):
    policy = POLICY._replace(warnings=frozenset(("id_no",)))
    (made,) = bank_rows.check(InputTable("b.csv", (raw_row(row),)), TWO_OF_ALL, policy).rows
    return dict(made.elements)


@pytest.mark.parametrize("column", [column.name for column in BANK_COLUMNS if column.name not in ("profile", "limits")])
def test_a_bank_column_fills_its_elements_and_no_others(column):
    before = elements(BANK)
    after = elements(BANK | {column: OTHER.get(column, BANK[column] + "1")})
    changed = {tag for tag in before.keys() | after.keys() if before.get(tag) != after.get(tag)}
    assert changed == set(ELEMENTS.get(column, ())) & before.keys(), "of those this template has a place for"


def test_every_limit_is_an_element():
    assert elements(BANK).items() >= {"9F58": "03", "9F59": "05"}.items()
    assert {"9F58", "9F59"} <= set(ELEMENTS["limits"])
