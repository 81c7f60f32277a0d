"""A card of a table with applications, found by its payment directory or by name. It computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.dualcos.terminal.financial.table_card import (
    CDOL1,
    CDOL2,
    EXPIRY,
    PAN,
    T1_ATR,
    Answer,
    TableCard,
    as_asked,
    of,
)

DEBIT_NAME, CREDIT_NAME = "A000000333010101", "A000000333010102"
PSE_NAME = b"1PAY.SYS.DDF01".hex()
RECORD = of(0x70, of(0x5A, PAN), of(0x5F24, EXPIRY), of(0x8C, CDOL1), of(0x8D, CDOL2))


def adf(name: str, label: str = "", priority: str | None = None, preferred: bytes = b"") -> str:
    """An entry of a directory."""
    return of(
        0x61,
        of(0x4F, name),
        of(0x50, (label or name[-4:]).encode("gb18030")),
        *([of(0x9F12, preferred)] if preferred else ()),
        *([] if priority is None else [of(0x87, priority)]),
    )


def ddf(name: str) -> str:
    """An entry that names another directory."""
    return of(0x61, of(0x9D, name))


def fci(name: str, *proprietary: str) -> str:
    """An answer of SELECT."""
    return of(0x6F, of(0x84, name), of(0xA5, *proprietary)) + "9000"


@dataclass
class DirectoryTable:
    """``directories``: their records by name, the first by the payment system's; file 1, 2, … in that order. ``names``:
    what a SELECT by a whole name answers instead of an FCI. ``found``: what a SELECT by part of one answers, in turn,
    by that part. ``options``: the answers of GET PROCESSING OPTIONS. ``alphabet``: 9F11 of the directories. ``more``:
    further rows.
    """

    directories: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, Sequence[str]] = field(default_factory=dict)
    options: Sequence[str] = (of(0x80, "0000", "08010100") + "9000",)
    more: Mapping[str, Answer | Sequence[Answer]] = field(default_factory=dict)
    alphabet: str = ""
    atr: bytes = T1_ATR

    def card(self) -> TableCard:
        """The card."""
        rows: dict[str, Answer | Sequence[Answer]] = {
            "00A404": "6A82",
            "00B2010C": RECORD + "9000",
            "80A8": list(self.options),
            "80AE": as_asked,
        }
        for sfi, (name, records) in enumerate(self.directories.items(), 2):
            named = of(0x9F11, self.alphabet) if self.alphabet else ""
            rows |= {_select(name): fci(name, of(0x88, f"{sfi:02X}"), named)}
            for number, record in enumerate((*records, None), 1):
                read = f"00B2{number:02X}{sfi << 3 | 4:02X}"
                rows[read] = "6A83" if record is None else of(0x70, record) + "9000"
        rows |= {_select(name): answer for name, answer in self.names.items()}
        for part, answers in self.found.items():
            rows |= {_select(part): answers[0], _select(part, "02"): [*answers[1:], "6A82"]}
        return TableCard({**rows, **self.more}, self.atr)


def _select(name: str, p2: str = "00") -> str:
    return f"00A404{p2}{len(name) // 2:02X}{name}"
