"""Field 54 of both dialects: ledger and available balance of an account."""

from __future__ import annotations

import re

from dualcos.messages.authorisation import Balances
from dualcos.messages.pos_subfields import joined, parted

_FEN = re.compile("[0-9]{12}")
_ACCOUNT_KIND, _LEDGER, _AVAILABLE = "10", "01", "02"


class NoBalances(ValueError):
    """A field 54 that has not both balances; says no value."""


def balance_field(balances: Balances, currency: str) -> str:
    """Raises BadSubfields for a currency of other than three characters."""
    parts: dict[str, str] = {}
    for ending, kind, fen in (("", _LEDGER, balances.ledger), ("_2", _AVAILABLE, balances.available)):
        parts |= {
            f"account_kind{ending}": _ACCOUNT_KIND,
            f"amount_kind{ending}": kind,
            f"currency{ending}": currency,
            f"sign{ending}": "D" if fen < 0 else "C",
            f"amount{ending}": f"{abs(fen):012d}",
        }
    return joined(54, parts)


def balances_in(text: str) -> Balances | None:
    """None of an empty field. Raises NoBalances."""
    if not text:
        return None
    parts, fen = parted(54, text), dict[str, int]()
    for end in ("", "_2"):
        amount = parts.get(f"amount{end}", "")
        if not _FEN.fullmatch(amount):
            raise NoBalances("field 54: a balance has twelve digits")
        fen[parts[f"amount_kind{end}"]] = -int(amount) if parts[f"sign{end}"] == "D" else int(amount)
    if set(fen) != {_LEDGER, _AVAILABLE}:
        raise NoBalances("field 54: a ledger and an available balance are wanted")
    return Balances(fen[_LEDGER], fen[_AVAILABLE])
