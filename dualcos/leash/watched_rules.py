"""Rules that are changed while a partner runs: the file is looked at with each message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from dualcos.leash.leash_rules import Facts, LeashError, LeashRule, leash_file
from dualcos.leash.rule_engine import AppliedRule, Leash
from dualcos.textforms.text_files import UnreadableText, decoded


class WatchedRules:
    """A leash with the rules of a file, whatever it holds at the time. Any thread may ask.

    A file that cannot be read, or holds no rules, leaves the last good ones; ``report`` gets one line about it.
    """

    def __init__(self, path: str | Path, report: Callable[[str], None]) -> None:
        """Raises LeashError, UnreadableText: at the start there are no rules to go on with."""
        self._path = Path(path)
        self._report = report
        self._one_at_a_time = Lock()
        content = self._read()
        self._leash = Leash(self._rules(content))
        self._content: bytes | None = content  # None: there was nothing to read, and it has been said

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
            return
        self._content = content
        try:
            rules = self._rules(content)
        except (LeashError, UnreadableText) as error:
            self._report(f"{error}; the rules before go on 沿用原规则")
            return
        self._leash.exchange(rules)
        self._report(f"{self._path}: {len(rules)} rules from now on 已更换规则")

    def _read(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            raise UnreadableText(f"{self._path}: {error.strerror}") from None

    def _rules(self, content: bytes) -> tuple[LeashRule, ...]:
        return leash_file(decoded(content, str(self._path)), str(self._path)).rule
