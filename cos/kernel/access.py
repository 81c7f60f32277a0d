"""Access rules and the security state they are judged by.

A right is a number: the directory it was earned in, and the level. A rule is a list of alternatives, each a set
of rights that must all be held: free is one empty alternative, never is none.
"""

from __future__ import annotations

from typing import NamedTuple

Rule = tuple[frozenset[int], ...]

FREE: Rule = (frozenset(),)
NEVER: Rule = ()


def right(directory: int, level: int) -> int:
    """The right that ``level`` (00..FF) in ``directory`` (its file identifier as a number) stands for."""
    return directory << 8 | level


def directory_of(right_: int) -> int:
    """The directory a right was earned in."""
    return right_ >> 8


def level_of(right_: int) -> int:
    """The level of a right."""
    return right_ & 0xFF


def satisfied(rule: Rule, held: frozenset[int]) -> bool:
    """True if some alternative of ``rule`` is wholly held."""
    return any(needed <= held for needed in rule)


class SecurityState(NamedTuple):
    """What has been proved in this session. Immutable: a new state replaces the old one."""

    rights: frozenset[int] = frozenset()

    def having(self, right_: int) -> SecurityState:
        """The state with one right more."""
        return SecurityState(self.rights | {right_})

    def without(self, right_: int) -> SecurityState:
        """The state with one right less."""
        return SecurityState(self.rights - {right_})

    def only(self, kept: frozenset[int]) -> SecurityState:
        """The state reduced to ``kept``."""
        return SecurityState(self.rights & kept)
