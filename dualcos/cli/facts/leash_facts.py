"""Facts of every host on a leash: the rule that a request got, the rule files that come along."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart


class FollowedRule(FactPart, frozen=True):
    """The rule that a request got: its place in the file, from 1, its note, and what it does."""

    number: int
    note: str
    actions: list[str]


class ReadyBehaviour(FactPart, frozen=True):
    """A rule file that comes along; ``text``: what it says, TOML."""

    name: str
    title: str
    title_zh: str
    text: str
