"""What the issuer does about what card and terminal have found: one row for each bit of CVR and TVR that it minds.

Which bits decline is each bank's policy; this one is inferred: a right cryptogram outweighs what terminals only tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from dualcos.issuance.bank.authorisation.chip_data import CryptogramData
from dualcos.messages.terminal_results import Tvr


class RiskSource(Enum):
    """Whose finding it is."""

    CARD = "CVR"
    TERMINAL = "TVR"


class RiskAction(Enum):
    """What the issuer does. ``DECLINE_WITHOUT_PIN``: it declines unless the holder has shown his PIN on line."""

    REMARK = "remark"
    DECLINE = "decline"
    DECLINE_WITHOUT_PIN = "decline without on-line PIN"


class RiskRule(NamedTuple):
    """``byte`` from 1, ``bit`` from 8 down to 1. ``reason``: of a decline, a key of ``DECLINES``."""

    source: RiskSource
    byte: int
    bit: int
    name: str
    action: RiskAction = RiskAction.REMARK
    reason: str = ""

    def met(self, chip: CryptogramData) -> bool:
        """True if the bit is 1."""
        value = chip.card.cvr if self.source is RiskSource.CARD else chip.tvr
        return bool(value[self.byte - 1] >> self.bit - 1 & 1)


def _card(byte: int, bit: int, name: str, action: RiskAction = RiskAction.REMARK, reason: str = "") -> RiskRule:
    return RiskRule(RiskSource.CARD, byte, bit, name, action, reason)


def _terminal(bit: Tvr, action: RiskAction = RiskAction.REMARK, reason: str = "") -> RiskRule:
    return RiskRule(RiskSource.TERMINAL, bit.value.byte, bit.value.bit, bit.value.en, action, reason)


_DECLINE, _UNLESS_PIN = RiskAction.DECLINE, RiskAction.DECLINE_WITHOUT_PIN
RISK_RULES: tuple[RiskRule, ...] = (
    # PBOC-5 table E.1
    _card(2, 4, "issuer authentication failed"),
    _card(2, 2, "offline PIN failed"),
    _card(3, 8, "last online transaction not completed"),
    _card(3, 7, "offline PIN tries exceeded", _UNLESS_PIN, "pin-tries-exceeded"),
    _card(3, 6, "velocity limit exceeded"),
    _card(3, 5, "new card"),
    _card(3, 4, "issuer authentication failed last time"),
    _card(3, 3, "no issuer authentication last time"),
    _card(3, 2, "application blocked by the card itself"),
    _card(3, 1, "SDA failed last time and the card declined"),
    _card(4, 4, "script failed last time"),
    _card(4, 3, "DDA failed last time and the card declined"),
    # PBOC-6 table A.5
    _terminal(Tvr.NOT_AUTHENTICATED),
    _terminal(Tvr.SDA_FAILED),
    _terminal(Tvr.DDA_FAILED),
    _terminal(Tvr.CDA_FAILED),
    _terminal(Tvr.EXCEPTION_FILE),
    _terminal(Tvr.EXPIRED, _DECLINE, "card-expired"),
    _terminal(Tvr.NOT_YET_EFFECTIVE, _DECLINE, "service-not-allowed"),
    _terminal(Tvr.SERVICE_NOT_ALLOWED, _DECLINE, "service-not-allowed"),
    _terminal(Tvr.NEW_CARD),
    _terminal(Tvr.CVM_FAILED, _UNLESS_PIN, "pin-missing"),
    _terminal(Tvr.PIN_TRIES_EXCEEDED, _UNLESS_PIN, "pin-tries-exceeded"),
    _terminal(Tvr.ISSUER_NOT_AUTHENTICATED),
    _terminal(Tvr.SCRIPT_FAILED_BEFORE),
    _terminal(Tvr.SCRIPT_FAILED_AFTER),
)


def rules_met(chip: CryptogramData, rules: tuple[RiskRule, ...] = RISK_RULES) -> Iterator[RiskRule]:
    """Those whose bit is 1, in the table's order."""
    return (rule for rule in rules if rule.met(chip))
