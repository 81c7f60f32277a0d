"""Matching both sides on an item both have and that is unique in each (比对; 总体方案 五（三）2).

Every input row ends in exactly one class, and the counts add up. Differences are reported, never mended.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from dualcos.explain.control_characters import harmless
from dualcos.issuance.exchange.checked_input import CheckedInput, CheckedRow, Row
from dualcos.issuance.exchange.input_findings import masked

SocialSide = TypeVar("SocialSide", bound=CheckedRow)
BankSide = TypeVar("BankSide", bound=CheckedRow)


class MatchError(Exception):
    """The key cannot be used for matching."""


class Class(Enum):
    """What became of a row."""

    MATCHED = "MATCHED"
    CONFLICT = "CONFLICT"
    SOCIAL_ONLY = "SOCIAL_ONLY"
    BANK_ONLY = "BANK_ONLY"
    DUP_SOCIAL = "DUP_SOCIAL"
    DUP_BANK = "DUP_BANK"
    DUP_BOTH = "DUP_BOTH"
    INVALID_SOCIAL = "INVALID_SOCIAL"
    INVALID_BANK = "INVALID_BANK"
    BANK_REJECTED = "BANK_REJECTED"
    ALREADY_MADE = "ALREADY_MADE"


class MatchKey(NamedTuple):
    """The shared item: social columns and, place by place, the bank's; several make a declared composite."""

    social: tuple[str, ...] = ("ssn",)
    bank: tuple[str, ...] = ("ssn",)

    @classmethod
    def parse(cls, text: str) -> MatchKey:
        """``ssn``, ``ssn:id_no`` where the columns differ, ``ssn:id_no+birth_date`` for a composite."""
        pairs = [part.partition(":") for part in text.split("+")]
        return cls(tuple(one for one, _, _ in pairs), tuple(other or one for one, _, other in pairs))

    def __str__(self) -> str:
        return "+".join(one if one == two else f"{one}:{two}" for one, two in zip(self.social, self.bank, strict=True))


class Pair(NamedTuple, Generic[SocialSide, BankSide]):
    """One person on both sides."""

    social: SocialSide
    bank: BankSide


class MatchLine(NamedTuple):
    """One line of the report; ``key`` masked, a row number 0 where there is no row."""

    outcome: Class
    key: str
    social_row: int
    bank_row: int
    columns: tuple[str, ...] = ()
    message: str = ""


class MatchReport(NamedTuple, Generic[SocialSide, BankSide]):
    """All lines, the pairs in the social file's order, and social rows without a partner."""

    key: MatchKey
    lines: tuple[MatchLine, ...]
    pairs: tuple[Pair[SocialSide, BankSide], ...]
    social_only: tuple[SocialSide, ...]

    def summary(self) -> Mapping[str, int]:
        """Rows of both sides by class."""
        count: Counter[str] = Counter()
        for line in self.lines:
            count[line.outcome.value] += (line.social_row > 0) + (line.bank_row > 0)
        return dict(count)

    def as_csv(self) -> bytes:
        """The report as CSV, for people: control characters of an input row are spelled out."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(("class", "key", "social_row", "bank_row", "columns", "message"))
        for line in self.lines:
            writer.writerow(
                (
                    line.outcome.value,
                    harmless(line.key),
                    line.social_row or "",
                    line.bank_row or "",
                    " ".join(line.columns),
                    harmless(line.message),
                )
            )
        return text.getvalue().encode()


AlreadyMade = Callable[[CheckedRow, CheckedRow], str]
"""Why this person, card number or account counts as made already; empty if it does not."""

_Groups = Mapping[tuple[str, ...], Sequence[Row]]


def match(
    social: CheckedInput[SocialSide],
    bank: CheckedInput[BankSide],
    key: MatchKey | None = None,
    already_made: AlreadyMade | None = None,
) -> MatchReport[SocialSide, BankSide]:
    """Sort every row of both inputs into its class. Raises MatchError if the key is no key."""
    key = key or MatchKey()
    by_social, by_bank = _groups(social.rows, key.social, social.name), _groups(bank.rows, key.bank, bank.name)
    lines: list[MatchLine] = []
    pairs: list[Pair[SocialSide, BankSide]] = []
    alone: list[SocialSide] = []
    for value, rows in by_social.items():
        partners = by_bank.get(value, ())
        shown = masked(value[0])
        if len(rows) > 1 or len(partners) > 1:
            lines += _duplicates(shown, rows, partners)
        elif not partners:
            lines.append(MatchLine(Class.SOCIAL_ONLY, shown, rows[0].number, 0, (), f"not in {bank.name}"))
            alone.append(rows[0])
        else:
            line = _pair(shown, rows[0], partners[0], already_made)
            lines.append(line)
            if line.outcome is Class.MATCHED:
                pairs.append(Pair(rows[0], partners[0]))
    for value, partners in by_bank.items():
        if value not in by_social:
            lines += _bank_alone(masked(value[0]), partners, social.name)
    lines += _invalid(social, bank)
    report = MatchReport(key, tuple(lines), tuple(pairs), tuple(alone))
    _prove_counts(report, social, bank)
    return report


def _groups(rows: Iterable[Row], columns: tuple[str, ...], source: str) -> _Groups[Row]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        value = tuple(row.values.get(column, "") for column in columns)
        if not all(value):
            raise MatchError(f"{source} row {row.number}: column {' or '.join(columns)} is empty, it is the match key")
        groups[value].append(row)
    shared = sum(len(group) for group in groups.values() if len(group) > 1)
    if shared > sum(len(group) == 1 for group in groups.values()) and shared > 2:
        raise MatchError(
            f"{source}: {'+'.join(columns)} is not unique, {shared} rows share a value; match on an item that is"
        )
    return groups


def _duplicates(shown: str, rows: Sequence[CheckedRow], partners: Sequence[CheckedRow]) -> Iterable[MatchLine]:
    outcome = (
        Class.DUP_BOTH if len(rows) > 1 and len(partners) > 1 else Class.DUP_SOCIAL if len(rows) > 1 else Class.DUP_BANK
    )
    text = f"{len(rows)} social and {len(partners)} bank rows share the key"
    for row in rows:
        yield MatchLine(outcome, shown, row.number, 0, (), text)
    for partner in partners:
        yield MatchLine(outcome, shown, 0, partner.number, (), text)


def _bank_alone(shown: str, partners: Sequence[CheckedRow], source: str) -> Iterable[MatchLine]:
    if len(partners) > 1:
        yield from _duplicates(shown, (), partners)
    else:
        yield MatchLine(Class.BANK_ONLY, shown, 0, partners[0].number, (), f"not in {source}")


def _pair(shown: str, social: CheckedRow, bank: CheckedRow, already_made: AlreadyMade | None) -> MatchLine:
    at = (shown, social.number, bank.number)
    if bank.values["kyc_result"] == "reject":
        return MatchLine(Class.BANK_REJECTED, *at, ("kyc_result",), bank.values.get("kyc_reason", "no reason given"))
    different = tuple(_differences(social, bank))
    if different:
        return MatchLine(Class.CONFLICT, *at, different, f"the sides differ in {', '.join(different)}")
    reason = already_made(social, bank) if already_made and social.values["apply_type"] == "new" else ""
    if reason:
        return MatchLine(Class.ALREADY_MADE, *at, (), reason)
    return MatchLine(Class.MATCHED, *at)


_ID_TYPES: Mapping[str, str] = {  # code list of the bureau to the bank's (9F62)
    **{f"{n:02d}": "05" for n in (*range(1, 16), 90, 99)},
    "01": "00",
    "02": "01",
    "03": "01",
    "04": "03",
    "05": "03",
    "06": "03",
    "08": "02",
}


def _differences(social: CheckedRow, bank: CheckedRow) -> Iterable[str]:
    """Cross-checks: items both sides have that are no keys."""
    if social.values["name"].casefold() != bank.values["name"].casefold():
        yield "name"
    for column in ("birth_date", "sex"):
        if column in bank.values and bank.values[column] != social.values.get(column):
            yield column
    if _ID_TYPES[social.values["id_type"]] != bank.values["id_type"]:
        yield "id_type"
    elif bank.values["id_type"] == "00" and bank.values["id_no"] != social.values["ssn"]:
        yield "id_no"


def _invalid(social: CheckedInput[SocialSide], bank: CheckedInput[BankSide]) -> Iterable[MatchLine]:
    for outcome, source in ((Class.INVALID_SOCIAL, social), (Class.INVALID_BANK, bank)):
        for number in sorted(source.bad):
            faults = [f for f in source.findings if f.row == number and f.level == "error"]
            columns = tuple(dict.fromkeys(f.column for f in faults if f.column))
            text = "; ".join(str(fault) for fault in faults)
            where = (number, 0) if outcome is Class.INVALID_SOCIAL else (0, number)
            yield MatchLine(outcome, "", *where, columns, text)


def _prove_counts(
    report: MatchReport[SocialSide, BankSide], social: CheckedInput[SocialSide], bank: CheckedInput[BankSide]
) -> None:
    """Each row once. A hole here would lose a citizen's card in silence."""
    for numbers, source in (
        ([line.social_row for line in report.lines if line.social_row], social),
        ([line.bank_row for line in report.lines if line.bank_row], bank),
    ):
        expected = sorted([row.number for row in source.rows] + list(source.bad))
        if sorted(numbers) != expected:
            raise AssertionError(f"{source.name}: rows lost or counted twice in matching")
