"""Rules that are changed while a partner runs: the file is looked at with each message."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from dualcos.leash.leash_rules import Facts, LeashError, LeashRule, leash_file
from dualcos.leash.rule_engine import AppliedRule, Leash
from dualcos.leash.rule_names import unfit_values, unknown_names
from dualcos.messages.message_names import MessageNames
from dualcos.textforms.text_files import UnreadableText, bytes_of, decoded

SETTLED = 2.0
"""Seconds."""
LONGEST_RULES = 1 << 20
"""Bytes."""


class WatchedRules:
    """A leash with the rules of a file, whatever it holds at the time. Any thread may ask.

    A file that cannot be read, or holds no rules, or a value that no answer takes, leaves the last good ones;
    ``report`` gets one line about it, and about names that ``names`` has not. Whoever writes the file may be seen
    half done: how often rules were followed that are gone is forgotten when the file has stayed as it is for a while
    of ``clock``'s seconds.
    """

    def __init__(
        self,
        path: str | Path,
        report: Callable[[str], None],
        names: MessageNames | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises LeashError, UnreadableText: at the start there are no rules to go on with."""
        self._path = Path(path)
        self._report = report
        self._names = names
        self._clock = clock
        self._one_at_a_time = Lock()
        content = self._read()
        rules = self._rules(content)
        self._leash = Leash(rules)
        self._content: bytes | None = content  # None: there was nothing to read, and it has been said
        self._exchanged: float | None = None  # when, until what is gone is forgotten
        self._warn(rules)

    def followed(self, facts: Facts) -> AppliedRule | None:
        """As ``Leash.followed``, by the rules that are in the file now."""
        with self._one_at_a_time:
            self._look()
            return self._leash.followed(facts)

    def _look(self) -> None:
        try:
            content = self._read()
        except UnreadableText as error:
            if self._content is not None:
                self._content = None
                self._report(f"{error}; the rules before go on 沿用原规则")
            return
        if content == self._content:
            if self._exchanged is not None and self._clock() - self._exchanged >= SETTLED:
                self._leash.forget()
                self._exchanged = None
            return
        self._content, self._exchanged = content, None
        try:
            rules = self._rules(content)
        except (LeashError, UnreadableText) as error:
            self._report(f"{error}; the rules before go on 沿用原规则")
            return
        self._leash.exchange(rules)
        self._exchanged = self._clock()
        self._report(f"{self._path}: {len(rules)} rules from now on 已更换规则")
        self._warn(rules)

    def _warn(self, rules: tuple[LeashRule, ...]) -> None:
        if self._names is not None and (unknown := unknown_names(rules, self._names)):
            self._report(f"{self._path}: {unknown}; this does nothing 不起作用")

    def _read(self) -> bytes:
        return bytes_of(self._path, LONGEST_RULES)

    def _rules(self, content: bytes) -> tuple[LeashRule, ...]:
        rules = leash_file(decoded(content, str(self._path)), str(self._path)).rule
        if self._names is not None and (unfit := unfit_values(rules, self._names)):
            raise LeashError(f"{self._path}: {unfit}")
        return rules
