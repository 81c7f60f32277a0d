"""Which answers of a step are right, worked out once for all times it is played."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import structs

from dualcos.lab.conformance import answer_pattern
from dualcos.lab.conformance.vector_schema import Expect, VectorStep

_MORE, _WRONG_LE = "61", "6C"


class RightAnswer(NamedTuple):
    """One answer that is right: as the vector has it, and its status-word masks."""

    wanted: Expect
    masks: tuple[str, ...]

    def has(self, sw: int) -> bool:
        """True if ``sw`` is one of its status words."""
        return any(answer_pattern.sw_fits(mask, sw) for mask in self.masks)


class AnswerPlan(NamedTuple):
    """All answers to a step that are right; none: any. ``computed``: masks stand for what expressions give.

    ``fetches``, ``repeats``: 61xx and 6Cxx are dealt with as by a terminal's driver: none of the masks names them.
    """

    rights: tuple[RightAnswer, ...]
    computed: bool
    fetches: bool
    repeats: bool

    @property
    def asks(self) -> bool:
        """True if a status word is named."""
        return any(right.masks for right in self.rights)

    def filled(self, word: Callable[[str], str]) -> AnswerPlan:
        """With status words in place of expressions; ``word`` computes one."""
        if not self.computed:
            return self
        return _of(
            structs.replace(wanted, sw=[word(mask).upper() if mask[0] == "{" else mask for mask in masks])
            for wanted, masks in self.rights
        )


def plan_of(step: VectorStep) -> AnswerPlan:
    """The plan of a step."""
    return _of(step.alternatives())


def _of(alternatives: Iterable[Expect]) -> AnswerPlan:
    rights = tuple(RightAnswer(wanted, wanted.masks) for wanted in alternatives)
    named = {mask[:2].upper() for right in rights for mask in right.masks}
    computed = any(mask.startswith("{") for right in rights for mask in right.masks)
    return AnswerPlan(rights, computed, _MORE not in named, _WRONG_LE not in named)
