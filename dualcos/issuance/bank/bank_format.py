"""What becomes of each column of the bank's input: the data elements that it fills, and what else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.pse.data.data_elements import BY_TAG
from dualcos.issuance.bank.bank_columns import COLUMNS, LIMITS
from dualcos.issuance.exchange.format_table import format_table

ELEMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name_latin": ("5F20", "9F0B"),
        "id_type": ("9F62",),
        "id_no": ("9F61",),
        "pan": ("5A", "57"),
        "psn": ("5F34",),
        "expiry": ("5F24", "57"),
        "effective": ("5F25",),
        "service_code": ("5F30", "57"),
        "track2_disc": ("57",),
        "track1_disc": ("9F1F",),
        "product_flags": ("9F63",),
        "dki": ("9F10",),
        "limits": LIMITS,
    }
)
"""The data elements that a column fills, as ``bank_rows`` makes them, where the bank template has a place for them."""

_BESIDES: Mapping[str, str] = MappingProxyType(
    {
        "batch_no": "the batch's name",
        "account_no": "feedback",
        "profile": "what the bank's side is made of",
        "offline_pin": "the offline PIN",
        "ptl": "its try limit",
        "kyc_result": "whether a card is made",
        "kyc_reason": "the report",
    }
)


def bank_format() -> str:
    """The table: the elements of each column with their names, or what else it is for."""
    return format_table(("fills",), [(column, (_use(column.name),)) for column in COLUMNS])


def _use(column: str) -> str:
    elements = [f"`{tag}` {BY_TAG[int(tag, 16)].name}" for tag in ELEMENTS.get(column, ())]
    return ", ".join(filter(None, (*elements, _BESIDES.get(column, "")))) or "checks and matching"
