"""The people of the sample: holders with hard cases, some ordinary people, and rows with one damage each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from dualcos.issuance.invented_citizens import Citizen, citizens, holder_rows
from dualcos.profile.hard_cases import BY_KEY, CITY, HOLDERS

ORDINARY = 6
_FIRST = 1001  # numbers of ordinary people; those of the holders are lower
_NOT_IN_THE_BATCH = ("replaced-card", "no-bank-side", "very-long-latin-name")
"""The first is the second card of one person; the bank has nothing, or no place, for the others: see the damages."""


class SampleDamage(NamedTuple):
    """One row that is wrong: which side's, the columns that are otherwise, and what is to be seen."""

    side: str
    otherwise: Mapping[str, str]
    seen: str


DAMAGES: tuple[SampleDamage, ...] = (
    SampleDamage("social", {"ssn": "990000195001010011"}, "the check character of a citizen number is wrong"),
    SampleDamage("social", {"name": "测试?"}, "a question mark stands where a character was lost"),
    SampleDamage("social", {"name": "测" * 26}, "52 bytes of name, a card holds 30 and 20"),
    SampleDamage("social", {"expiry_date": "20250101", "issue_date": "20260101"}, "expires before it is issued"),
    SampleDamage("social", {"card_class": "7"}, "no such class of card"),
    SampleDamage("social", {"medical_scheme": "99900000"}, "no such medical scheme"),
    SampleDamage("social", {"apply_type": "replace"}, "a replacement without the number of the old card"),
    SampleDamage("bank", {"pan": "6299990000000000001"}, "the Luhn check digit of the account number is wrong"),
    SampleDamage("bank", {"name_latin": "测试"}, "a Latin name that is none"),
    SampleDamage("bank", {"expiry": "3513"}, "there is no month 13"),
    SampleDamage("bank", {"profile": "credit"}, "no such template"),
    SampleDamage("bank", {"name": "测试另一人"}, "the two sides call this person differently: a conflict"),
    SampleDamage("bank", {"kyc_result": "reject", "kyc_reason": "测试拒绝"}, "the bank refuses this person"),
)


def good_people() -> list[Citizen]:
    """Those that all become cards."""
    held = [holder for holder in HOLDERS if holder.key not in _NOT_IN_THE_BATCH]
    return [*holder_rows(held), *citizens(ORDINARY, seed=1, city=CITY, first=_FIRST)]


def damaged_people() -> Iterator[tuple[Citizen, str]]:
    """A person for each damage with what is to be seen, one that is as good as others, and holders the bank has not."""
    people = list(citizens(len(DAMAGES) + 1, seed=2, city=CITY, first=2 * _FIRST))
    for person, damage in zip(people, DAMAGES, strict=False):
        social = {**person.social, **(damage.otherwise if damage.side == "social" else {})}
        bank = {**person.bank, **(damage.otherwise if damage.side == "bank" else {})}
        yield Citizen(social, bank), f"{damage.side}, {' and '.join(damage.otherwise)}: {damage.seen}"
    yield people[-1], "nothing is wrong: this row is a card, whatever stands beside it"
    alone, long = holder_rows((BY_KEY["no-bank-side"], BY_KEY["very-long-latin-name"]))
    yield alone, "social: the bank has no row for this person"
    yield long, "bank, name_latin: 45 characters, and the template has no place for those behind the first 26"


def as_csv(rows: Iterable[Mapping[str, str]], *, line_end: str = "\n") -> str:
    """Rows with a header, columns in the order in which they first come."""
    rows = list(rows)
    text = io.StringIO(newline="")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    writer = csv.DictWriter(text, columns, restval="", lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json_lines(rows: Iterable[Mapping[str, str]]) -> str:
    """An object a line, without what is empty."""
    told = ({column: value for column, value in row.items() if value} for row in rows)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in told)
