"""Matching both sides on an item both have and that is unique in each (比对; 总体方案 五（三）2).

Every input row ends in exactly one class, and the counts add up. Differences are reported, never mended.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import chain, groupby
from typing import Generic, NamedTuple, TypeVar

from dualcos.explain.control_characters import harmless
from dualcos.issuance.exchange.checked_input import CheckedInput, CheckedRow, Row
from dualcos.issuance.exchange.enciphered_spool import Computed, EncipheredSpool
from dualcos.issuance.exchange.input_findings import Finding, masked
from dualcos.issuance.exchange.value_index import Group, ValueIndex

SocialSide = TypeVar("SocialSide", bound=CheckedRow)
BankSide = TypeVar("BankSide", bound=CheckedRow)
_SOCIAL, _BANK = 0, 1


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
    """All lines, the pairs in the social file's order, and social rows of people who are in no row of the bank's."""

    key: MatchKey
    lines: Sequence[MatchLine]
    pairs: Sequence[Pair[SocialSide, BankSide]]
    social_only: Sequence[SocialSide]

    def summary(self) -> Mapping[str, int]:
        """Rows of both sides by class."""
        count: Counter[str] = Counter()
        for line in self.lines:
            count[line.outcome.value] += (line.social_row > 0) + (line.bank_row > 0)
        return dict(count)

    def as_csv(self) -> Iterator[bytes]:
        """The report as CSV, line by line, for people: control characters of an input row are spelled out."""
        yield _csv_line(("class", "key", "social_row", "bank_row", "columns", "message"))
        for line in self.lines:
            yield _csv_line(
                (
                    line.outcome.value,
                    harmless(line.key),
                    line.social_row or "",
                    line.bank_row or "",
                    " ".join(line.columns),
                    harmless(line.message),
                )
            )


def _csv_line(cells: Iterable[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


AlreadyMade = Callable[[CheckedRow, CheckedRow], str]
"""Why this person, card number or account counts as made already; empty if it does not."""


def match(
    social: CheckedInput[SocialSide],
    bank: CheckedInput[BankSide],
    key: MatchKey | None = None,
    already_made: AlreadyMade | None = None,
) -> MatchReport[SocialSide, BankSide]:
    """Sort every row of both inputs into its class. Raises MatchError if the key is no key."""
    key = key or MatchKey()
    sorting = _Sorting(social, bank, key)
    try:
        for group in sorting.index.groups(_SOCIAL):
            sorting.social_group(group, already_made)
        for group in sorting.index.groups(_BANK):
            sorting.bank_group(group)
    finally:
        sorting.close()
    for line in _invalid(social, bank):
        sorting.lines.append(line)
    report = sorting.report()
    _prove_counts(report, social, bank)
    return report


class _Sorting(Generic[SocialSide, BankSide]):
    """Both inputs, and what became of their rows so far. Rows go by their place in the inputs."""

    def __init__(self, social: CheckedInput[SocialSide], bank: CheckedInput[BankSide], key: MatchKey) -> None:
        self._social = social
        self._bank = bank
        self._key = key
        self.lines = EncipheredSpool(MatchLine)
        self._pairs = array("Q"), array("Q")
        self._alone = array("Q")
        self.index = ValueIndex()
        self._spoiled = ValueIndex()
        for side, source, columns in ((_SOCIAL, social.spoiled, key.social), (_BANK, bank.spoiled, key.bank)):
            for row in source:
                value = _value(row.values, columns)
                if all(value):
                    self._spoiled.note(value, row.number, side)
        self._note(_SOCIAL, social, key.social)
        self._note(_BANK, bank, key.bank)

    def _note(self, side: int, source: CheckedInput[Row], columns: tuple[str, ...]) -> None:
        for place, row in enumerate(source.rows):
            value = _value(row.values, columns)
            if not all(value):
                raise MatchError(
                    f"{source.name} row {row.number}: column {' or '.join(columns)} is empty, it is the match key"
                )
            self.index.note(value, place, side)
        shared, alone = self.index.shared(side)
        if shared > alone and shared > 2:
            raise MatchError(
                f"{source.name}: {'+'.join(columns)} is not unique, {shared} rows share a value; "
                "match on an item that is"
            )

    def social_group(self, group: Group, already_made: AlreadyMade | None) -> None:
        """Rows of both sides that share a value."""
        here, there = group.counts
        if here > 1 or there > 1:
            self._duplicates(group)
            return
        row = self._social.rows[group.firsts[_SOCIAL]]
        shown = self._shown(row, self._key.social)
        if not there:
            bad = self._spoiled.first(_value(row.values, self._key.social), _BANK)
            self.lines.append(MatchLine(Class.SOCIAL_ONLY, shown, row.number, 0, (), _absent(self._bank.name, bad)))
            if bad is None:
                self._alone.append(group.firsts[_SOCIAL])
            return
        line = _pair(shown, row, self._bank.rows[group.firsts[_BANK]], already_made)
        self.lines.append(line)
        if line.outcome is Class.MATCHED:
            for side in (_SOCIAL, _BANK):
                self._pairs[side].append(group.firsts[side])

    def bank_group(self, group: Group) -> None:
        """Rows of the bank that share a value no social row has."""
        if group.counts[_BANK] > 1:
            self._duplicates(group)
            return
        row = self._bank.rows[group.firsts[_BANK]]
        shown = self._shown(row, self._key.bank)
        bad = self._spoiled.first(_value(row.values, self._key.bank), _SOCIAL)
        self.lines.append(MatchLine(Class.BANK_ONLY, shown, 0, row.number, (), _absent(self._social.name, bad)))

    def _duplicates(self, group: Group) -> None:
        here, there = group.counts
        outcome = Class.DUP_BOTH if here > 1 and there > 1 else Class.DUP_SOCIAL if here > 1 else Class.DUP_BANK
        text = f"{here} social and {there} bank rows share the key"
        for place in self.index.places(group, _SOCIAL):
            social = self._social.rows[place]
            shown = self._shown(social, self._key.social)
            self.lines.append(MatchLine(outcome, shown, social.number, 0, (), text))
        for place in self.index.places(group, _BANK):
            bank = self._bank.rows[place]
            shown = self._shown(bank, self._key.bank)
            self.lines.append(MatchLine(outcome, shown, 0, bank.number, (), text))

    @staticmethod
    def _shown(row: CheckedRow, columns: tuple[str, ...]) -> str:
        return "+".join(masked(row.values[column]) for column in columns)

    def close(self) -> None:
        self.index.close()
        self._spoiled.close()

    def report(self) -> MatchReport[SocialSide, BankSide]:
        """All lines; pairs and lonely rows as they are asked for."""
        social, bank = self._social.rows, self._bank.rows
        (ours, theirs), alone = self._pairs, self._alone
        return MatchReport(
            self._key,
            self.lines,
            Computed(len(ours), lambda at: Pair(social[ours[at]], bank[theirs[at]])),
            Computed(len(alone), lambda at: social[alone[at]]),
        )


def _value(values: Mapping[str, str], columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(values.get(column, "") for column in columns)


def _absent(other: str, bad: int | None) -> str:
    """Why a row has no partner: ``bad`` is the number of one that cannot be used."""
    return f"not in {other}" if bad is None else f"its row {bad} in {other} cannot be used"


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


def _invalid(social: CheckedInput[SocialSide], bank: CheckedInput[BankSide]) -> Iterator[MatchLine]:
    for outcome, source in ((Class.INVALID_SOCIAL, social), (Class.INVALID_BANK, bank)):
        for number, faults in _faults_by_row(source.findings):
            if number not in source.bad:
                continue
            columns = tuple(dict.fromkeys(fault.column for fault in faults if fault.column))
            text = "; ".join(str(fault) for fault in faults)
            where = (number, 0) if outcome is Class.INVALID_SOCIAL else (0, number)
            yield MatchLine(outcome, "", *where, columns, text)


def _faults_by_row(findings: Sequence[Finding]) -> Iterator[tuple[int, list[Finding]]]:
    """Errors by row, in the rows' order; only their places are held in memory."""
    rows, places = array("Q"), array("Q")
    for place, finding in enumerate(findings):
        if finding.level == "error":
            rows.append(finding.row)
            places.append(place)
    for number, ats in groupby(sorted(range(len(rows)), key=rows.__getitem__), key=rows.__getitem__):
        yield number, [findings[places[at]] for at in ats]


def _prove_counts(
    report: MatchReport[SocialSide, BankSide], social: CheckedInput[SocialSide], bank: CheckedInput[BankSide]
) -> None:
    """Each row once. A hole here would lose a citizen's card in silence."""
    for side, source in ((_SOCIAL, social), (_BANK, bank)):
        numbers = sorted(filter(None, ((line.social_row, line.bank_row)[side] for line in report.lines)))
        expected = sorted(chain((row.number for row in source.rows), source.bad))
        if numbers != expected:
            raise AssertionError(f"{source.name}: rows lost or counted twice in matching")
