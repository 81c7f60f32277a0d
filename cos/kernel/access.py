"""Access rules and the security state they are judged by.

A right is a number: the directory it was earned in, and the level. A rule is a list of alternatives, each a set
of rights that must all be held: free is one empty alternative, never is none.

How long a right lasts, in every stack: as long as the clause of its stack says (another directory selected, power), and
never longer than the key or PIN that earned it. It ends

* when the last try of that key is used up. SSC-7 §13.3 says so of the PUK; of other keys no clause speaks. A locked key
  proves nothing any more, so what it proved is proved no more. Keys that never lock (BK, LK) keep theirs;
* when that key is replaced or erased: WRITE KEY, CHANGE PIN, DELETE of its directory. The new one has been shown by
  nobody, and a directory made anew under the same identifier is another one.

What a wrong proof drops while tries are left is the stack's own matter. A right that two keys earned (two versions of
one number) lasts as long as one of them: each right remembers by which keys it was earned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from keys.store import KeyRef

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
    """What has been proved in this session. Immutable: a new state replaces the old one.

    ``earned`` has each right once for every key of its directory that earned it.
    """

    rights: frozenset[int] = frozenset()
    earned: frozenset[tuple[int, KeyRef]] = frozenset()

    def having(self, right_: int, by: KeyRef) -> SecurityState:
        """The state with one right more, earned by the key or PIN ``by``."""
        if (right_, by) in self.earned:
            return self
        return SecurityState(self.rights | {right_}, self.earned | {(right_, by)})

    def without(self, directory: int, key: KeyRef) -> SecurityState:
        """The state without what ``key`` of ``directory`` alone has earned: it is locked, replaced, erased, refuted."""
        return self._keeping(lambda each: each[1] != key or directory_of(each[0]) != directory)

    def outside(self, directory: int) -> SecurityState:
        """The state without any right of ``directory``, which is gone with its keys."""
        return self._keeping(lambda each: directory_of(each[0]) != directory)

    def only(self, key: KeyRef) -> SecurityState:
        """The state reduced to what the keys and PINs called ``key`` have earned."""
        return self._keeping(lambda each: each[1] == key)

    def earners(self, right_: int) -> tuple[KeyRef, ...]:
        """By which keys a right was earned, in order; none if it is not held."""
        return tuple(sorted(key for each, key in self.earned if each == right_))

    def _keeping(self, stays: Callable[[tuple[int, KeyRef]], bool]) -> SecurityState:
        earned = frozenset(filter(stays, self.earned))
        return SecurityState(frozenset(right_ for right_, _ in earned), earned)
