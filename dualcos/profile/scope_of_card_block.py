"""How far CARD BLOCK reaches on a card whose profile does not say (卡片锁定的范围).

The bank's standard blocks every application on the card (PBOC-5 §17.5, B.4.1). Beside a social side that would reach
over the wall, which the plan forbids (总体方案 一（一）): there the default is the environment. A card with nothing but
the bank's environment has nobody to protect, and obeys its standard to the letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from cos.kernel.stack import Stacks
from cos.pse.options import BankOptions

SCOPE = "card_block_scope"
WHOLE_CARD = "card"


def with_scope_of_lone_bank(told: dict[str, Any], stacks: Stacks) -> dict[str, Any]:
    """``told``, what a profile says, with the scope in it if the bank's is its only environment and it names none."""
    environments = [stack for stack in stacks if stack.root is None and stack.label in told]
    if [stack.options for stack in environments] != [BankOptions]:
        return told
    label = environments[0].label
    bank = told[label]
    options = bank.get("options", {}) if isinstance(bank, dict) else None
    if not isinstance(options, dict) or SCOPE in options:
        return told
    return {**told, label: {**bank, "options": {**options, SCOPE: WHOLE_CARD}}}


def reaches_whole_card(sections: Iterable[Struct]) -> bool:
    """True if an environment's CARD BLOCK silences all of the card: what the MF's header says at birth."""
    options = (getattr(section, "options", None) for section in sections)
    return any(getattr(each, SCOPE, "") == WHOLE_CARD for each in options)
