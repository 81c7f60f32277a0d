"""Advice of one side's terminal, its steps named as they are at a terminal that has both: ``bank journal``."""

from __future__ import annotations

import re
from typing import TypeVar

from dualcos.cli.cashier.side_steps import BANK_STEP, SIDE_STEPS, SOCIAL_STEP
from dualcos.cli.counter.step_table import STEPS
from dualcos.cli.standing.pins_typed import BANK_PINS, PIN_FILE
from dualcos.cli.standing.step_kinds import StepTable
from dualcos.cli.till.till_table import TILL_STEPS
from dualcos.terminal.terminal_parts import PartText

C = TypeVar("C")
_OF_BOTH = {each.name for each in SIDE_STEPS}
_ELSEWHERE = re.compile(r"`dualcos terminal (?:social|financial) ")
_IN_ENGLISH = re.compile(r"(?<=`)([a-z][a-z-]*)")
_IN_CHINESE = re.compile(r"(?<![-\w`])([a-z][a-z-]*)((?: [a-z][a-z-]*)*)(?![\w`])", re.ASCII)


def of_social_side(said: PartText) -> PartText:
    """Advice of a social terminal."""
    return _named(said, SOCIAL_STEP, STEPS)


def of_bank_side(said: PartText) -> PartText:
    """Advice of a payment terminal, whose pad has a file of its own here."""
    said = PartText(*(text.replace(PIN_FILE, BANK_PINS) for text in said))
    return _named(said, BANK_STEP, TILL_STEPS)


def _named(said: PartText, side: str, table: StepTable[C]) -> PartText:
    """What both sides do together (``upload``) has no side; in English steps stand in backticks."""
    own = {each.name for each in table} - _OF_BOTH

    def here(found: re.Match[str]) -> str:
        return f"{side} {found[0]}" if found[1] in own else found[0]

    return PartText(_IN_CHINESE.sub(here, said.zh), _IN_ENGLISH.sub(here, _ELSEWHERE.sub("`", said.en)))
