"""A column of an input file as one declaration, and the reading of a row by such declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from cos.ssse.tables.item_encoding import Charset
from cos.ssse.tables.table_model import Directory, Version
from dualcos.issuance.exchange import input_characters
from dualcos.issuance.exchange.input_files import RawRow
from dualcos.issuance.exchange.input_findings import Finding, Level
from dualcos.issuance.exchange.region_codes import NO_LIST, Regions
from dualcos.issuance.exchange.spreadsheet_damage import hint
from dualcos.textforms.text_files import NOBODY_SAID, SaidEncoding

NO_CARD = "no card can be made of it"


class ValueFault(NamedTuple):
    """What is wrong with a value. ``why`` it cannot be warned away; empty if it is only not plausible.

    ``passes``: it occurs on issued cards, and is worth a warning, no more.
    """

    text: str
    why: str = ""
    passes: bool = False


def implausible(text: str) -> ValueFault:
    """The value can be written as it is, and is hardly meant so: an issuer may let it pass."""
    return ValueFault(text)


def doubtful(text: str) -> ValueFault:
    """Issued cards have such values, against a rule: said, and let pass."""
    return ValueFault(text, passes=True)


def unusable(text: str, why: str = NO_CARD) -> ValueFault:
    """Nothing can be made of the value, or something else than it says: it stays an error, whatever is warned of."""
    return ValueFault(text, why)


Check = Callable[[str, Mapping[str, str]], ValueFault | None]
"""What is wrong with a value, None if nothing; also sees the row's other values."""


class Column(NamedTuple):
    """``name`` and Chinese term; ``need`` M always, C by its check, O optional; ``check`` of a value that is there.

    ``takes``: what the check wants, in words. ``blank``: one that is needed and may be warned away, as the card has a
    blank item then, or nobody needs it to make the card.
    """

    name: str
    chinese: str
    need: str
    check: Check
    takes: str = "text"
    blank: bool = False


class Policy(NamedTuple):
    """What an issuer lets pass: ``synthetic`` regions beginning 99, ``warnings`` columns whose errors only warn.

    ``charset`` of the cards' texts; ``today`` YYYYMMDD, for dates that may not lie in the future; ``regions`` to warn
    by. ``social_encoding``, ``bank_encoding``: what was said of the files. ``edition`` and ``directories`` of the cards
    that will be made; None and empty for any edition's own.
    """

    synthetic: bool = False
    warnings: frozenset[str] = frozenset()
    charset: Charset = "gbk"
    today: str = "99991231"
    regions: Regions = NO_LIST
    social_encoding: SaidEncoding = NOBODY_SAID
    bank_encoding: SaidEncoding = NOBODY_SAID
    edition: Version | None = None
    directories: tuple[Directory, ...] = ()


class RowReader:
    """Reads one row, collecting findings."""

    def __init__(self, source: str, row: RawRow, policy: Policy) -> None:
        self.source = source
        self.policy = policy
        self.row = row
        self.values: dict[str, str] = {}
        self.findings: list[Finding] = [row.fault] if row.fault else []
        self._faulty: set[str] = set()

    def say(self, column: str, text: str, level: Level) -> None:
        """Note a finding that hinders nothing."""
        self.findings.append(Finding(self.source, self.row.number, column, text, level))

    def blame(self, column: str, fault: ValueFault) -> None:
        """An error; a warning where the policy says so and the value can be used all the same, or it passes anyway."""
        warned = fault.passes or column in self.policy.warnings
        if warned and not fault.why:
            self.say(column, fault.text, "warning")
            return
        self._faulty.add(column)
        because = f"; --warn {column} does not pass it: {fault.why}" if warned else ""
        self.say(column, fault.text + because, "error")

    def read(self, columns: tuple[Column, ...]) -> None:
        """Normalise and check every value; one with characters that nothing may hold is not looked at further."""
        for column, raw in self.row.values.items():
            # The texts inside the JSON of ``extra`` are looked at where they are read.
            hindrance = input_characters.unfit(raw) if column != "extra" else None
            if hindrance:
                self.blame(column, unusable(hindrance, "neither cards nor files may hold it"))
            else:
                self._take(column, raw)
        for declared in columns:
            if declared.name not in self._faulty:
                self._check(declared)

    def _take(self, column: str, raw: str) -> None:
        clean = input_characters.normalise(column, raw)
        if clean.changes:
            self.say(column, "; ".join(clean.changes), "note")
        self.values[column] = clean.text
        if clean.text.isascii() and column not in input_characters.NAMES:
            return  # most values by far
        lost = input_characters.lost(column, clean.text)
        if lost:
            self.blame(column, implausible(lost))
        for remark in (input_characters.private_use(clean.text), input_characters.doubtful(column, clean.text)):
            if remark:
                self.say(column, remark, "warning")

    def _check(self, declared: Column) -> None:
        value = self.values.get(declared.name, "")
        if value or declared.need == "C":
            fault = declared.check(value, self.values)
            if fault:
                passes = partial(self._passes, declared)
                self.blame(declared.name, fault._replace(text=fault.text + hint(value, passes)))
        elif declared.need == "M":
            self.blame(declared.name, ValueFault("must not be empty", "" if declared.blank else NO_CARD))

    def has(self, column: str) -> bool:
        """True if the column has a value and no error so far."""
        return column in self.values and column not in self._faulty

    def _passes(self, column: Column, value: str) -> bool:
        return column.check(value, self.values) is None

    @property
    def good(self) -> bool:
        """No error so far."""
        return not any(finding.level == "error" for finding in self.findings)


# --- checks ------------------------------------------------------------------------------------------------------


def free(most: int) -> Check:
    """Any text of at most ``most`` characters, for what no card holds."""
    return lambda value, _: implausible(f"{len(value)} characters, at most {most}") if len(value) > most else None


def digits(least: int, most: int | None = None) -> Check:
    """Decimal digits only, ``least`` to ``most`` of them; what cannot be written on a card its item says besides."""
    top = least if most is None else most

    def check(value: str, _: Mapping[str, str]) -> ValueFault | None:
        if are_digits(value) and least <= len(value) <= top:
            return None
        return implausible(f"{least}{f' to {top}' if top != least else ''} digits are wanted")

    return check


def strictly(check: Check, why: str = NO_CARD) -> Check:
    """The same check, where no other value will do."""

    def strict(value: str, row: Mapping[str, str]) -> ValueFault | None:
        fault = check(value, row)
        return unusable(fault.text, why) if fault else None

    return strict


def one_of(*codes: str) -> Check:
    """One of the codes."""
    return lambda value, _: None if value in codes else implausible(f"{value[:12]} is none of {', '.join(codes)}")


def anything(_: str, __: Mapping[str, str]) -> None:
    """No check of its own: another column's check, or the card item, covers it."""


def shared_number(value: str, _: Mapping[str, str]) -> ValueFault | None:
    """社会保障号码 as both sides have it: 18 letters and digits."""
    if not (value.isascii() and value.isalnum()):
        return unusable("letters and digits only are wanted", "cards and files are found again by it")
    return None if len(value) == 18 else implausible(f"{len(value)} characters instead of 18")


def are_digits(text: str) -> bool:
    """True for decimal digits 0 to 9 and at least one of them."""
    return text.isascii() and text.isdigit()
