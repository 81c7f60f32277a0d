"""The rule engine: which rule a message gets, counted. Pure: no clock, nothing read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from dualcos.leash.leash_rules import Facts, LeashRule


class AppliedRule(NamedTuple):
    """The rule that a message got; ``number``: its place in the file, from 1."""

    number: int
    rule: LeashRule


class Leash:
    """Rules and how often each has fitted. Use it in one thread at a time."""

    def __init__(self, rules: Iterable[LeashRule] = ()) -> None:
        self._named: tuple[tuple[bytes, int, LeashRule], ...] = ()
        self._fitted: Counter[bytes] = Counter()
        self._done: Counter[bytes] = Counter()
        self.exchange(rules)

    def exchange(self, rules: Iterable[LeashRule]) -> None:
        """Take other rules. Of those that stay the same, wherever they stand, counting goes on; of those that are left
        out too, if they come back before ``forget``.
        """
        self._named = tuple(_named(rules))

    def forget(self) -> None:
        """What is left out by now is counted from the beginning if it comes back."""
        known = {name for name, _, _ in self._named}
        for counted in (self._fitted, self._done):
            for name in set(counted) - known:
                del counted[name]

    def followed(self, facts: Facts) -> AppliedRule | None:
        """The first rule that fits and is not used up, counted; None: answer as without rules.

        A rule that fits and waits (``after``), or is used up (``times``), lets the next ones be asked.
        """
        for name, number, rule in self._named:
            if not rule.fits(facts):
                continue
            self._fitted[name] += 1
            if self._fitted[name] <= rule.after or (rule.times is not None and self._done[name] >= rule.times):
                continue
            self._done[name] += 1
            return AppliedRule(number, rule)
        return None

    @property
    def done(self) -> tuple[int, ...]:
        """How often each rule has been followed, in the file's order."""
        return tuple(self._done[name] for name, _, _ in self._named)


def _named(rules: Iterable[LeashRule]) -> Iterator[tuple[bytes, int, LeashRule]]:
    """Each rule by its content, which it is known by; of equal ones the first, the second …"""
    seen: Counter[bytes] = Counter()
    for number, rule in enumerate(rules, 1):
        content = msgspec.json.encode(rule, order="sorted")
        seen[content] += 1
        yield b"%d " % seen[content] + content, number, rule
