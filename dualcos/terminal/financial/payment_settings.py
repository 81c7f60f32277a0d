"""What a payment terminal is set to, beyond its kernel: its master key, its acquirer's habits, its slips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings
from keys.key_handle import KeyHandle


class SlipForm(NamedTuple):
    """How slips look. ``width``: columns, of which a Chinese character takes two. ``copies``: 商户存根, 持卡人存根."""

    width: int = 32
    copies: tuple[str, ...] = ("商户存根", "持卡人存根")
    acquirer: str = ""
    operator: str = "01"


USUAL_SLIP = SlipForm()
RETAINED_CODES = ("04", "07", "33", "34", "35", "36", "37", "41", "43", "67")
"""Answers with which an ATM keeps the card, as far as UnionPay's list says so (seen in the field)."""


@dataclass(frozen=True, slots=True)
class FinancialSettings:
    """``master_key``: TMK, under which working keys come. ``institution``: field 32, empty to leave it to the acquirer.
    ``network``: the header's TPDU. ``tries``: how often what waits is sent before a person has to see to it.
    """

    kernel: KernelSettings
    master_key: KeyHandle
    institution: str = ""
    operator: str = "01"
    tries: int = 3
    slip: SlipForm = USUAL_SLIP
    retained_codes: tuple[str, ...] = RETAINED_CODES
