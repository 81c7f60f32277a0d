"""A list of region codes with its edition, as the party that checks has it (GB/T 2260).

No list comes with the package: editions differ, and abolished codes live on in people's data. Without one a code is
right if its province is (``cos.ssse.tables.card_numbers``).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dualcos.issuance.exchange.input_findings import InputError
from dualcos.textforms.text_files import UnreadableText, lines_in, text_of


class Regions(NamedTuple):
    """A list of six-digit region codes (GB/T 2260) and which edition it is; empty where nobody gave one."""

    edition: str = ""
    codes: frozenset[str] = frozenset()


NO_LIST = Regions()


def load(path: str | Path) -> Regions:
    """A list of region codes: the edition in the first line, then a code a line, whatever follows it. InputError."""
    try:
        first, *lines = lines_in(text_of(path)) or [""]
    except UnreadableText as error:
        raise InputError(str(error)) from None
    codes = frozenset(line.strip()[:6] for line in lines if line.strip())
    wrong = next((code for code in sorted(codes) if not (len(code) == 6 and code.isascii() and code.isdigit())), "")
    if wrong or not codes or not first.strip():
        there = f", not {wrong}" if wrong else ""
        raise InputError(f"{path}: the edition in the first line, then lines that begin with six digits{there}")
    return Regions(first.strip(), codes)
