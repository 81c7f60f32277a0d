"""Totals of a batch (批结算): the acquirer's own, from its journal, against those that the terminal says.

A void counts beside what it voids; what was reversed counts no more (seen in the field).
"""

from __future__ import annotations

from collections.abc import Iterable

from dualcos.issuance.acquirer.acquired_transaction import AcquiredTransaction
from dualcos.issuance.acquirer.batch_records import BALANCED, UNBALANCED, BatchTotals
from dualcos.messages.pos_subfields import joined, parted

_DIGITS, _COUNT_DIGITS = 12, 3


def totals_of(acquired: Iterable[AcquiredTransaction]) -> BatchTotals:
    """Sums and numbers of what counts."""
    counted = [each for each in acquired if each.counts]
    debits = [each.amount for each in counted if each.side == "D"]
    brought = [each.amount for each in counted if each.side == "C"]
    return BatchTotals(debit=sum(debits), debits=len(debits), credit=sum(brought), credits=len(brought))


def told_totals(field: str) -> BatchTotals | None:
    """What field 48 says of domestic cards; None if it holds no totals, or some of foreign cards, which are none of
    ours.
    """
    parts = parted(48, field)
    foreign = (parts.get("foreign_debit_amount"), parts.get("foreign_credit_amount"))
    if any(part is None or part.strip("0") for part in foreign):
        return None
    return BatchTotals(
        debit=int(parts["domestic_debit_amount"]),
        debits=int(parts["domestic_debit_count"]),
        credit=int(parts["domestic_credit_amount"]),
        credits=int(parts["domestic_credit_count"]),
    )


def totals_field(totals: BatchTotals, result: str) -> str:
    """Field 48 of the answer: the acquirer's totals and the result. Numbers have three digits, the last ones."""
    return joined(48, _half("domestic", totals, result) | _half("foreign", BatchTotals(), result))


def compared(told: BatchTotals, own: BatchTotals) -> str:
    """The result, field 48.5, as far as the field's digits go."""
    return BALANCED if _half("", told, "") == _half("", own, "") else UNBALANCED


def _half(where: str, totals: BatchTotals, result: str) -> dict[str, str]:
    return {
        f"{where}_debit_amount": f"{totals.debit:0{_DIGITS}d}"[-_DIGITS:],
        f"{where}_debit_count": f"{totals.debits:0{_COUNT_DIGITS}d}"[-_COUNT_DIGITS:],
        f"{where}_credit_amount": f"{totals.credit:0{_DIGITS}d}"[-_DIGITS:],
        f"{where}_credit_count": f"{totals.credits:0{_COUNT_DIGITS}d}"[-_COUNT_DIGITS:],
        f"{where}_result": result,
    }
