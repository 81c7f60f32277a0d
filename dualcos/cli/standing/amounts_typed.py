"""Amounts as they are typed behind a step, in yuan."""

from __future__ import annotations

import re

from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.user_faults import without_hex
from dualcos.terminal.terminal_parts import PartText, in_yuan
from dualcos.textforms.whole_texts import whole

MOST_TYPED = 0xFFFFFFFF
"""Fen in the four bytes that a purchase gives them (SSC-7 §12; tag 81 of PBOC)."""
_YUAN = re.compile(whole(r"([0-9]{1,8})(?:\.([0-9]{1,2}))?"))


def fen(asked: StepAsked, text: str, option: str = "") -> int:
    """An amount that was typed in yuan, ``50`` or ``49.90``, behind the step or its ``option``. Raises Fault."""
    found = _YUAN.fullmatch(text)
    amount = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else MOST_TYPED + 1
    if amount > MOST_TYPED:
        typed = f"{asked.words[0]} {option}".rstrip() + f" {without_hex(text)}"
        most = in_yuan(MOST_TYPED)
        raise asked.fault(
            PartText(
                f"{typed}：金额以元为单位，如49.90，最多{most}",
                f"{typed}: an amount is in yuan, as 49.90, and at most {most}",
            )
        )
    return amount


def some_fen(asked: StepAsked) -> int:
    """How much is to be moved, behind the step's name. Raises Fault."""
    amount = fen(asked, asked.words[1])
    if not amount:
        typed = f"{asked.words[0]} {asked.words[1]}"
        raise asked.fault(PartText(f"{typed}：金额须大于0", f"{typed}: an amount is more than 0"))
    return amount
