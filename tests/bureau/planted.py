"""Faults planted in both sides' input rows, one kind after the other, and the class matching must give each row.

Each kind spoils people of its own, so that one fault never hides another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

Row = dict[str, str]
Rows = tuple[list[Row], list[Row]]


class Fault(NamedTuple):
    """``plant`` changes one person's rows, or makes more or fewer of them.

    ``social``, ``bank``: the class of that person's rows on each side; ``column`` the message must name.
    """

    name: str
    social: str
    bank: str
    column: str
    plant: Callable[[Row, Row], Rows]


class Planted(NamedTuple):
    """Both files, and for every ``row_id`` its fault's name and the class it must end in."""

    social: list[Row]
    bank: list[Row]
    expected: dict[str, tuple[str, str, str]]


def _bureau(column: str, value: str | Callable[[Row], str], name: str) -> Fault:
    def plant(social: Row, bank: Row) -> Rows:
        new = value(social) if callable(value) else value
        assert social.get(column) != new
        return [{**social, column: new}], [bank]

    return Fault(name, "INVALID_SOCIAL", "BANK_ONLY", column, plant)


def _bank(column: str, value: str | Callable[[Row], str], name: str) -> Fault:
    def plant(social: Row, bank: Row) -> Rows:
        new = value(bank) if callable(value) else value
        assert bank.get(column) != new
        return [social], [{**bank, column: new}]

    return Fault(name, "SOCIAL_ONLY", "INVALID_BANK", column, plant)


def _differ(column: str, value: str | Callable[[Row], str], name: str) -> Fault:
    fault = _bank(column, value, name)
    return fault._replace(social="CONFLICT", bank="CONFLICT")


def _other_digit(column: str) -> Callable[[Row], str]:
    """The last character replaced: a check character is then wrong."""
    return lambda row: row[column][:-1] + ("1" if row[column][-1] != "1" else "2")


def _again(row: Row) -> Row:
    return {**row, "row_id": row["row_id"] + "X"}


def _other_card(row: Row) -> Row:
    """A second row for a person, with a card number of its own (right check character, SSC numbering)."""
    body = "U" + row["card_no"][1:8]
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = (int(each, 36) for each in body)
    check = 11 - sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11
    return {**_again(row), "card_no": body + {10: "X", 11: "0"}.get(check, str(check))}


FAULTS: tuple[Fault, ...] = (
    _bureau("ssn", _other_digit("ssn"), "citizen number, check character"),
    _bureau("birth_date", "19490101", "birth date against the number"),
    _bureau("sex", lambda row: "21"[int(row["sex"]) - 1], "sex against the number"),
    _bureau("name", "测试㛃", "character that is not in GBK"),
    _bureau("card_no", lambda row: row["card_no"][:8], "card number without its check character"),
    _bureau("expiry_date", "20251231", "expires before it is issued"),
    _bureau("expiry_date", "", "empty column that must be filled"),
    _bureau("city_code", "169901", "province that does not exist"),
    _bureau("reg_addr", "测" * 41, "address longer than its item"),
    _bureau("bank_code", "12", "bank code of two digits"),
    _bank("pan", _other_digit("pan"), "account, check digit"),
    _bank("expiry", "3513", "thirteenth month"),
    # Two columns against each other: the message names the later one.
    _bank("effective", "360101", "effective behind expiry")._replace(column="expiry"),
    _bank("service_code", "120", "service code of a stripe card"),
    _bank("profile", "gold", "unknown bank template"),
    _bank("dki", "9", "derivation index without keys"),
    _bank("id_no", "12345", "document number against the number"),
    _differ("name", "测试子", "names differ"),
    _differ("sex", lambda row: "21"[int(row["sex"]) - 1], "sexes differ"),
    _differ("id_type", "02", "document kinds differ"),
    Fault("missing at the bank", "SOCIAL_ONLY", "", "", lambda social, _: ([social], [])),
    Fault("missing at the bureau", "", "BANK_ONLY", "", lambda _, bank: ([], [bank])),
    Fault("twice at the bureau", "DUP_SOCIAL", "DUP_SOCIAL", "", lambda s, b: ([s, _other_card(s)], [b])),
    Fault("twice at the bank", "DUP_BANK", "DUP_BANK", "", lambda s, b: ([s], [b, _again(b)])),
    Fault("twice on both sides", "DUP_BOTH", "DUP_BOTH", "", lambda s, b: ([s, _other_card(s)], [b, _again(b)])),
    Fault(
        "refused by the bank",
        "BANK_REJECTED",
        "BANK_REJECTED",
        "kyc_result",
        lambda s, b: ([s], [{**b, "kyc_result": "reject", "kyc_reason": "test reason"}]),
    ),
    # No faults: other writings of the same, to be normalised and matched.
    Fault("small x and full width", "MATCHED", "MATCHED", "", lambda s, b: ([_wide(s)], [b])),
    Fault(
        "other dot in a name",
        "MATCHED",
        "MATCHED",
        "",
        lambda s, b: ([s], [{**b, "name": b["name"].replace("·", "•")}]),
    ),
)


def _wide(row: Row) -> Row:
    wide = row["sex"].translate({ord("1"): "１", ord("2"): "２"})
    return {**row, "ssn": row["ssn"].lower(), "sex": wide}


def plant(people: Iterable[tuple[Row, Row]], each: int) -> Planted:
    """Spoil the first people, ``each`` of every kind; all others stay good."""
    found = Planted([], [], {})
    kinds = [fault for fault in FAULTS for _ in range(each)]
    for at, (social, bank) in enumerate(people):
        fault = kinds[at] if at < len(kinds) else None
        mine, theirs = fault.plant(social, bank) if fault else ([social], [bank])
        name, column = (fault.name, fault.column) if fault else ("none", "")
        found.social.extend(mine)
        found.bank.extend(theirs)
        for rows, outcome in (
            (mine, fault.social if fault else "MATCHED"),
            (theirs, fault.bank if fault else "MATCHED"),
        ):
            found.expected.update({row["row_id"]: (name, outcome, column) for row in rows})
    assert len(found.social) >= len(kinds), "more kinds of faults than people"
    return found
