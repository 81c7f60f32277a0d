"""A column of an input file as one declaration, and the reading of a row by such declarations."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from cos.ssse.tables.item_encoding import Charset
from dualcos.issuance.exchange.input_files import RawRow
from dualcos.issuance.exchange.input_findings import Finding, Level
from dualcos.issuance.exchange.region_codes import NO_LIST, Regions
from dualcos.issuance.exchange.spreadsheet_damage import hint
from dualcos.textforms.text_files import NOBODY_SAID, SaidEncoding

Check = Callable[[str, Mapping[str, str]], str | None]
"""What is wrong with a value, None if nothing; also sees the row's other values."""


class Column(NamedTuple):
    """``name`` and Chinese term; ``need`` M always, C by its check, O optional; ``check`` of a value that is there."""

    name: str
    chinese: str
    need: str
    check: Check


class Policy(NamedTuple):
    """What an issuer lets pass: ``synthetic`` regions beginning 99, ``warnings`` columns whose errors only warn.

    ``charset`` of names; ``today`` YYYYMMDD, for dates that may not lie in the future; ``regions`` to warn by.
    ``social_encoding``, ``bank_encoding``: what was said of the files.
    """

    synthetic: bool = False
    warnings: frozenset[str] = frozenset()
    charset: Charset = "gbk"
    today: str = "99991231"
    regions: Regions = NO_LIST
    social_encoding: SaidEncoding = NOBODY_SAID
    bank_encoding: SaidEncoding = NOBODY_SAID


class RowReader:
    """Reads one row, collecting findings."""

    def __init__(self, source: str, row: RawRow, policy: Policy) -> None:
        self.source = source
        self.policy = policy
        self.row = row
        self.values: dict[str, str] = {}
        self.findings: list[Finding] = [row.fault] if row.fault else []

    def say(self, column: str, text: str, level: Level = "error") -> None:
        """Note a finding; an error becomes a warning where the policy says so."""
        if level == "error" and column in self.policy.warnings:
            level = "warning"
        self.findings.append(Finding(self.source, self.row.number, column, text, level))

    def read(self, columns: tuple[Column, ...]) -> None:
        """Normalise and check every value."""
        for column, raw in self.row.values.items():
            clean = normalise(column, raw)
            if clean != raw:
                self.say(column, "full-width characters, letter case or dots were normalised", "note")
            self.values[column] = clean
        for declared in columns:
            value = self.values.get(declared.name, "")
            if value or declared.need == "C":
                fault = declared.check(value, self.values)
                if fault:
                    self.say(declared.name, fault + hint(value, partial(self._passes, declared)))
            elif declared.need == "M":
                self.say(declared.name, "must not be empty")

    def _passes(self, column: Column, value: str) -> bool:
        return column.check(value, self.values) is None

    @property
    def good(self) -> bool:
        """No error so far."""
        return not any(finding.level == "error" for finding in self.findings)


_NAMES = frozenset(("name", "recipient", "guardian_name", "agent_name"))
_AS_IT_IS = frozenset(("extra", "photo", "pin", "kyc_result", "kyc_reason", "employer", "unit_name", "mail_addr"))
_CAPITALS = frozenset(("ssn", "card_no", "old_card_no", "id_no", "guardian_id", "nationality", "name_latin"))
_DOTS = dict.fromkeys(map(ord, "•․‧∙・･●．⋅"), "·")


def normalise(column: str, value: str) -> str:
    """One writing for what means the same: full-width digits, lower-case x, the dots of minority names.

    The dots come before the compatibility forms, which would make a full stop of a full-width one.
    """
    if column in _AS_IT_IS:
        return value
    if column in _NAMES:
        return unicodedata.normalize("NFKC", value.translate(_DOTS)).replace(" ", "").replace("\u3000", "")
    if column in _CAPITALS:
        return unicodedata.normalize("NFKC", value).upper()
    if column.endswith(("addr", "_title")):
        return value
    return unicodedata.normalize("NFKC", value)


# --- checks ------------------------------------------------------------------------------------------------------


def free(most: int) -> Check:
    """Any text of at most ``most`` characters."""
    return lambda value, _: f"{len(value)} characters, at most {most}" if len(value) > most else None


def digits(least: int, most: int | None = None) -> Check:
    """Decimal digits only, ``least`` to ``most`` of them."""
    top = least if most is None else most

    def check(value: str, _: Mapping[str, str]) -> str | None:
        if value.isascii() and value.isdigit() and least <= len(value) <= top:
            return None
        return f"{least}{f' to {top}' if top != least else ''} digits are wanted"

    return check


def one_of(*codes: str) -> Check:
    """One of the codes."""
    return lambda value, _: None if value in codes else f"{value[:12]} is none of {', '.join(codes)}"


def anything(_: str, __: Mapping[str, str]) -> None:
    """No check of its own: another column's check, or the card item, covers it."""
