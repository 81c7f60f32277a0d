"""A rule file: which messages are answered otherwise, and how. TOML; ``ready/`` has examples by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from dualcos.textforms.field_rules import FieldRule, broken_rule
from dualcos.textforms.json_and_toml import BadText, from_toml
from dualcos.textforms.text_files import text_of
from dualcos.textforms.what_is_wrong import what_is_wrong
from dualcos.textforms.whole_texts import ONE_LINE

Fact = str | int
Facts = Mapping[str, Fact]
"""What a message says, flat: name to text or number."""
OneLine = Annotated[str, Meta(pattern=ONE_LINE)]
_LONGEST_DELAY = 3600.0


class LeashError(Exception):
    """A rule file is none; says where and why."""


class FactRange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fact from ``min`` to ``max``, numbers both; or a text that begins with ``prefix``."""

    min: Annotated[int | None, Meta(description="the least number 最小值")] = None
    max: Annotated[int | None, Meta(description="the greatest number 最大值")] = None
    prefix: Annotated[str, Meta(description="how the text begins 前缀")] = ""

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule("a range is of numbers, a prefix of texts", when=("prefix",), never=("min", "max")),
    )

    def takes(self, fact: Fact) -> bool:
        """True if the fact lies within."""
        if isinstance(fact, str):
            return self.min is None and self.max is None and fact.startswith(self.prefix)
        return not self.prefix and (self.min is None or fact >= self.min) and (self.max is None or fact <= self.max)


Wanted = str | int | tuple[str | int, ...] | FactRange


class LeashRule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule 规则. It fits a message of which every fact in ``match`` is as wanted: equal, one of a list, or within.
    What it says is done; nothing said: the message is answered as without rules, and no later rule is asked.
    """

    match: Annotated[dict[str, Wanted], Meta(description="facts of the message by name 匹配条件")] = field(
        default_factory=dict
    )
    after: Annotated[int, Meta(ge=0, description="this many messages that fit go by first 跳过前几次")] = 0
    times: Annotated[int, Meta(ge=1, description="how often it is done; always if left out 次数")] | None = None
    note: Annotated[OneLine, Meta(description="what it is for, for people 说明")] = ""
    first: Annotated[OneLine, Meta(description="an order to the host, carried out before the request 先办")] = ""
    answer: Annotated[dict[str, str | int], Meta(description="fields of the answer, set otherwise 改写应答")] = field(
        default_factory=dict
    )
    refuse: Annotated[OneLine, Meta(description="refused with this code, not carried out 拒绝")] = ""
    wrong: Annotated[
        tuple[str, ...], Meta(description="fields of the answer, MACs mostly, with one bit false 错误")
    ] = ()
    delay: Annotated[float, Meta(ge=0, le=_LONGEST_DELAY, description="seconds before the answer 延迟（秒）")] = 0
    drop: Annotated[
        Literal["before commit", "after commit"] | None,
        Meta(description="no answer; the request was not, or was, carried out 丢弃"),
    ] = None
    duplicate: Annotated[bool, Meta(description="the answer twice 重复")] = False
    late: Annotated[
        Literal["in front", "behind"] | None,
        Meta(description="only with the next answer, in front of it or behind 迟到"),
    ] = None
    unsolicited: Annotated[
        Literal["in front", "behind"] | None,
        Meta(description="an answer that nobody asked for, in front of the answer or behind it 主动报文"),
    ] = None
    close: Annotated[bool, Meta(description="the connection is closed then 断开")] = False

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule(
            "what is dropped has no answer",
            when=("drop",),
            never=("answer", "refuse", "wrong", "duplicate", "late"),
        ),
        FieldRule("a refusal has no fields to change", when=("refuse",), never=("answer", "wrong")),
        FieldRule("a closed connection has no next answer", when=("late",), never=("close",)),
    )

    def fits(self, facts: Facts) -> bool:
        """True if the message has every fact that is asked for, as wanted."""
        return all(name in facts and _as_wanted(wanted, facts[name]) for name, wanted in self.match.items())


class LeashFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """可控对端规则: a rule file. The first rule that fits is followed."""

    title: Annotated[OneLine, Meta(description="what the partner does then")] = ""
    title_zh: Annotated[OneLine, Meta(description="the same in Chinese")] = ""
    rule: Annotated[tuple[LeashRule, ...], Meta(description="in the order in which they are asked; [] for none")]


class LeashAction(NamedTuple):
    """What a rule can do, for people."""

    zh: str
    en: str


ACTIONS: Mapping[str, LeashAction] = MappingProxyType(
    {
        "first": LeashAction("先办", "done first"),
        "answer": LeashAction("改写应答", "fields changed"),
        "refuse": LeashAction("拒绝", "refused"),
        "wrong": LeashAction("错一位", "one bit false"),
        "delay": LeashAction("延迟", "delayed"),
        "drop": LeashAction("丢弃", "no answer"),
        "duplicate": LeashAction("重复", "answered twice"),
        "late": LeashAction("迟到", "answered with the next"),
        "unsolicited": LeashAction("主动报文", "an answer nobody asked for"),
        "close": LeashAction("断开", "connection closed"),
    }
)
"""Every action by its field; the order in which they are told."""


def told_actions(rule: LeashRule) -> Iterator[tuple[LeashAction, str]]:
    """What ``rule`` does, each with its particulars in the words of the file."""
    for name, action in ACTIONS.items():
        said = getattr(rule, name)
        if said:
            yield action, "" if said is True else _particulars(said)


def leash_file(text: str, name: str) -> LeashFile:
    """The rules in a text; ``name`` stands for it in messages. Raises LeashError."""
    try:
        found = msgspec.convert(from_toml(text), LeashFile)
    except BadText as error:
        raise LeashError(f"{name}: {error}") from None
    except msgspec.ValidationError as error:
        raise LeashError(f"{name}: {what_is_wrong(error)}") from None
    for number, rule in enumerate(found.rule):
        ranges = {f".match.{fact}": wanted for fact, wanted in rule.match.items() if isinstance(wanted, FactRange)}
        for where, value in {"": rule, **ranges}.items():
            if broken := broken_rule(value):
                raise LeashError(f"{name}: $.rule[{number}]{where}{broken}")
    return found


def read_leash_file(path: str | Path) -> LeashFile:
    """The rules in a file. Raises LeashError, UnreadableText."""
    return leash_file(text_of(path), str(path))


def _as_wanted(wanted: Wanted, fact: Fact) -> bool:
    if isinstance(wanted, FactRange):
        return wanted.takes(fact)
    return fact in wanted if isinstance(wanted, tuple) else fact == wanted


def _particulars(said: object) -> str:
    if isinstance(said, dict):
        return ", ".join(f"{name} = {value}" for name, value in said.items())
    if isinstance(said, float):
        return f"{said:g} s"
    return ", ".join(said) if isinstance(said, tuple) else str(said)
