"""Synthetic citizens (虚构持卡人) for tests and demonstrations: nobody has these numbers, accounts or cards.

Ordinary ones by the number, the same seed giving the same people, and the holders with hard cases of
``dualcos.profile.hard_cases``, each as the rows that make the card a profile makes for him. Regions begin with 99,
accounts with 629999; names say that they are tests. Check characters are right.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from cos.ssse.tables import card_numbers
from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.item_encoding import Value
from cos.ssse.tables.table_model import Version
from dualcos.profile.demonstration_holder import value
from dualcos.profile.hard_cases import BY_KEY
from dualcos.profile.hard_cases import CITY as PROFILES_CITY
from dualcos.profile.invented_holder import Filled, InventedHolder

CITY = "999901"
_ACCOUNT = "629999"
_SURNAMES = "甲乙丙丁戊己庚辛壬癸"
_GIVEN = "一二三四五六七八九十百千"
_LATIN = ("CE SHI", "SHI YAN", "YAN SHI", "MO NI")


_IN_COLUMNS = frozenset(("DF01/EF05/21", "DF01/EF06/23", "DF01/EF06/2C", "DF01/EF06/2D"))
_PASSPORTS = ("07", "08")  # foreigners: the column must say which country's


class Citizen(NamedTuple):
    """One invented person: the bureau's row and the bank's, which is empty if the bank has no account for him."""

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
    return body + card_numbers.luhn_digit(body)


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
    write_csv(bank, (person.bank for person in reversed(people) if person.bank))
    return social, bank


# --- holders with hard cases ---------------------------------------------------------------------------------------


def holder_rows(
    holders: Iterable[InventedHolder], *, template: str = "debit", city: str = PROFILES_CITY, version: str = "2.00"
) -> Iterator[Citizen]:
    """The holders as rows of one batch, in their order; ``city`` and ``version`` as the template has them."""
    for number, holder in enumerate(holders, 1):
        person = replace(holder, region=city)
        social = _social_row(number, person, version)
        yield Citizen(social, _bank_row(number, person, template) if holder.account else {})


def _social_row(number: int, holder: InventedHolder, version: str) -> Mapping[str, str]:
    edition = card_numbers.version_of(version)
    old = BY_KEY.get(holder.replaces)
    row = {
        "row_id": f"H{number:03d}",
        "batch_no": "B0001",
        "ssn": holder.number,
        "name": holder.name,
        "id_type": holder.id_type,
        "sex": holder.sex,
        "ethnic": holder.ethnic,
        "birth_date": holder.birth,
        "birth_place": holder.region,
        "city_code": holder.region,
        "card_class": holder.card_class,
        "spec_version": version,
        "init_org": card_numbers.initialising_institution(holder.region, holder.region, 1),
        "issue_date": holder.issued,
        "expiry_date": holder.expires,
        "card_no": holder.card_number,
        "nationality": holder.nationality if holder.id_type in _PASSPORTS else "",
        "apply_type": "replace" if old else "new",
        "apply_reason": "测试换卡" if old else "",
        "old_card_no": old.card_number if old else "",
        "bank_code": "999",
        "outlet_code": "001",
    }
    told = {"reg_addr": holder.address, "res_addr": holder.address}
    told |= {"guardian_name": holder.guardian, "guardian_phone": holder.guardian_phone}
    if holder.filled is Filled.USUAL:
        told["reg_addr"] = holder.address or "测试省测试市测试区测试路1号"
        told |= {"reg_type": "50", "reg_region": holder.region, "phone": "13800000000", "marital": "2"}
        told |= {"medical_scheme": "31000000", "medical_region": holder.region}
    if holder.filled is Filled.FULL:
        told["extra"] = json.dumps(_every_item(holder, edition), ensure_ascii=False)
    return row | told


def _every_item(holder: InventedHolder, version: Version) -> Mapping[str, Value]:
    """Every optional item of an edition as ``extra`` names it, filled as on the card of a profile; without those that
    have a column of their own in these rows.
    """
    found = {
        f"DF{directory.fid & 0xFF:02X}/EF{file.fid & 0xFF:02X}/{item.tag:02X}": value(item, holder, version)
        for directory in structure(version)
        for file in directory.files
        for item in file.items
        if directory.fid >> 8 == 0xDF and item.tag is not None
    }
    return {name: told for name, told in found.items() if name not in _IN_COLUMNS}


def _bank_row(number: int, holder: InventedHolder, template: str) -> Mapping[str, str]:
    return {
        "row_id": f"H{number:03d}",
        "batch_no": "B0001",
        "ssn": holder.number,
        "name": holder.name,
        "name_latin": holder.latin,
        "id_type": holder.bank_id_type,
        "id_no": holder.document,
        "birth_date": holder.birth,
        "sex": holder.sex,
        "pan": holder.pan,
        "psn": holder.psn,
        "account_no": f"99{number:014d}",
        "expiry": holder.expires[2:],
        "effective": holder.issued[2:],
        "service_code": "220",
        "profile": template,
        "dki": "1",
        "offline_pin": f"{number:06d}",
        "ptl": "3",
        "kyc_result": "ok",
    }
