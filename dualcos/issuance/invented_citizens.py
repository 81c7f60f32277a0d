"""Synthetic citizens (虚构持卡人) for tests and demonstrations: nobody has these numbers, accounts or cards.

Regions begin with 99, which no place has; accounts begin with 629999, which no bank has; names say that they are
tests. Check characters are right. The same seed gives the same people.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cos.ssse.tables import card_numbers
from dualcos.issuance.bank.bank_columns import luhn_digit

CITY = "999901"
_ACCOUNT = "629999"
_SURNAMES = "甲乙丙丁戊己庚辛壬癸"
_GIVEN = "一二三四五六七八九十百千"
_LATIN = ("CE SHI", "SHI YAN", "YAN SHI", "MO NI")


class Citizen(NamedTuple):
    """One invented person: the bureau's row and the bank's."""

    social: Mapping[str, str]
    bank: Mapping[str, str]


def citizens(
    count: int, seed: int = 0, *, template: str = "debit", city: str = CITY, version: str = "2.00", first: int = 1
) -> Iterator[Citizen]:
    """``count`` invented citizens of ``city``, numbered from ``first``; bank rows name the bank template ``template``.

    A city has a thousand numbers for a birthday: of many more people than 500 some share one.
    """
    chance = random.Random(seed)  # noqa: S311 - invented people, nothing secret
    for number in range(first, first + count):
        yield _citizen(chance, number, template, city, version)


def _citizen(chance: random.Random, number: int, template: str, city: str, version: str) -> Citizen:
    year, month, day = chance.randint(1950, 2000), chance.randint(1, 12), chance.randint(1, 28)
    birth = f"{year}{month:02d}{day:02d}"
    male = chance.random() < 0.5
    # The sequence carries the running number, so that no two people share a citizen number on the same birthday.
    body = f"{city}{birth}{number % 500 * 2 + male:03d}"
    ssn = body + card_numbers.citizen_check(body)
    card = f"T{number:07d}"
    name = f"测试{chance.choice(_SURNAMES)}{chance.choice(_GIVEN)}{chance.choice(('', '·丙'))}"
    pan = _account(number)
    sex = "1" if male else "2"
    social = {
        "row_id": f"S{number:06d}",
        "batch_no": "B0001",
        "ssn": ssn,
        "name": name,
        "id_type": "01",
        "sex": sex,
        "ethnic": chance.choice(("01", "03", "05", "56")),
        "birth_date": birth,
        "birth_place": city,
        "city_code": city,
        "card_class": "3",
        "spec_version": version,
        "init_org": card_numbers.initialising_institution(city, city, 1),
        "issue_date": "20260101",
        "expiry_date": "20351231",
        "card_no": card + card_numbers.card_number_check(card),
        "reg_type": "50",
        "reg_addr": f"测试省测试市测试路{number}号",
        "reg_region": city,
        "phone": f"1380000{number:04d}"[:11],
        "marital": chance.choice("129"),
        "identity_class": "24",
        "nationality": "",
        "medical_scheme": "31000000",
        "medical_region": city,
        "apply_type": "new",
        "bank_code": "999",
        "outlet_code": f"{chance.randint(1, 3):03d}",
        "mobile": f"1390000{number:04d}"[:11],
        "post_code": "999999",
        "mail_addr": f"测试省测试市测试路{number}号",
        "recipient": name,
        "unit_no": f"U{chance.randint(1, 4)}",
        "unit_name": "测试单位",
    }
    bank = {
        "row_id": f"K{number:06d}",
        "batch_no": "B0001",
        "ssn": ssn,
        "name": name,
        "name_latin": f"{chance.choice(_LATIN)}/{number}",
        "id_type": "00",
        "id_no": ssn,
        "birth_date": birth,
        "sex": sex,
        "pan": pan,
        "psn": "01",
        "account_no": f"99{number:014d}",
        "expiry": "3512",
        "effective": "260101",
        "service_code": "220",
        "profile": template,
        "dki": "1",
        "offline_pin": f"{chance.randint(0, 999999):06d}",
        "ptl": "3",
        "kyc_result": "ok",
    }
    return Citizen(social, bank)


def _account(number: int) -> str:
    body = f"{_ACCOUNT}{number:012d}"
    return body + luhn_digit(body)


def write_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Rows as an input file, columns in the order of the first row; invented ones, so an older file is replaced."""
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_inputs(folder: Path, people: Iterable[Citizen]) -> tuple[Path, Path]:
    """``social.csv`` and ``bank.csv`` of ``people`` in ``folder``; the bank's in another order."""
    people = list(people)
    social, bank = folder / "social.csv", folder / "bank.csv"
    write_csv(social, (person.social for person in people))
    write_csv(bank, (person.bank for person in reversed(people)))
    return social, bank
