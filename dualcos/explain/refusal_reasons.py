"""Reasons of refusals in words (拒绝原因): a reason is data until somebody reads it.

``words`` turns a reason into a sentence, English or Chinese: its phrase chooses the template, its data fill it. A
phrase that no table has (a stack that is not ours) is its own sentence. Total: whatever is in a reason has words.

Fields of a template are written by what they hold (bytes as hex, members of an enumeration by their value) or as their
format says: a number's own (``{fid:04X}``), ``at`` for a directory, ``rule`` for who must have given a right, ``held``
for who has.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from string import Formatter
from types import MappingProxyType
from typing import Any

from cos.kernel.access_rights import Holder
from cos.kernel.directory_headers import LEVEL_MASTER
from dualcos.explain.catalogue_entry import Language
from dualcos.explain.data_in_chinese import in_chinese
from dualcos.explain.refusal_sentences import BY_PHRASE
from firewall.trace import Datum, Reason, Refused

_PIN = 0x01  # type of a PIN among a directory's keys


def told(event: Refused, place: str = "") -> Reason:
    """The reason of a refusal, and besides: by which ``command``, and ``place``, what its environment is called."""
    reason = event.reason
    return reason._replace(about={**reason.about, "command": event.command or "this command", "place": place})


def words(reason: Reason, language: Language = Language.ENGLISH) -> str:
    """What ``reason`` says, as a sentence without full stop."""
    entry = BY_PHRASE.get(reason.why)
    if entry is None:
        return reason.why
    return _IN[language](reason.about).vformat(entry.says.written(language), (), reason.about)


def holders(reason: Reason) -> tuple[Holder, ...]:
    """Who would have had to give a right, of any alternative."""
    needed = reason.about.get("needed")
    alternatives = needed if isinstance(needed, tuple) else ()
    return tuple(one for each in alternatives if isinstance(each, tuple) for one in each if isinstance(one, Holder))


class _Words(Formatter):
    """The fields of one reason, in English."""

    def __init__(self, about: Mapping[str, Datum]) -> None:
        self._about = about

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> Any:  # noqa: ANN401, ARG002 - the base's shape
        name, _, part = field_name.partition(".")
        value = kwargs.get(name)
        return (getattr(value, part, None) if part else value), name

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - the base's shape
        if format_spec in _FORMS:
            return str(getattr(self, format_spec)(value))
        return self.plainly(value, format_spec)

    def plainly(self, value: Datum, form: str) -> str:
        """Data without a form of their own."""
        return said(value, form)

    def at(self, directory: object) -> str:
        """A directory: what its environment is called if it is its own, else its identifier."""
        place = self._about.get("place")
        if directory == self._about.get("home") and place:
            return str(place)
        return f"{directory:04X}" if isinstance(directory, int) else "this directory"

    def rule(self, needed: object) -> str:
        """The alternatives of a rule."""
        alternatives = needed if isinstance(needed, tuple) else ()
        if not alternatives:
            return "what nobody has: the rule is never"
        sets = (each if isinstance(each, tuple) else (each,) for each in alternatives)
        return " or ".join(" and ".join(self._holder(one) for one in each) for each in sets)

    def held(self, holders: object) -> str:
        """Who has given rights so far."""
        if not isinstance(holders, tuple) or not holders:
            return "nothing authenticated since power-on or selection"
        return "proved so far: " + ", ".join(self._holder(one) for one in holders)

    def _holder(self, one: object) -> str:
        """Which key or PIN gives a right."""
        if not isinstance(one, Holder):
            return str(said(str(one)))
        where = self.at(one.directory)
        if one.level == LEVEL_MASTER:
            return f"the master key of {where} (KID 00) by external authentication"
        if any(kind == _PIN for kind, _ in one.entries):
            return "the PIN (VERIFY)"
        numbers = " or ".join(dict.fromkeys(f"{number:02X}" for _, number in one.entries))
        key = f"key KID {numbers}" if numbers else f"a key of level {one.level:02X}"
        return f"{key} of {where} by external authentication"


class _ChineseWords(_Words):
    """The same in Chinese."""

    def plainly(self, value: Datum, form: str) -> str:
        """Data without a form of their own."""
        if isinstance(value, Enum):
            return self.plainly(value.value, form)
        if value is None or value in ((), b""):
            return "无"
        if isinstance(value, tuple) and type(value).__str__ is tuple.__str__:
            return "、".join(self.plainly(each, form) for each in value)
        return in_chinese(str(value)) if isinstance(value, str | tuple) else said(value, form)

    def at(self, directory: object) -> str:
        """A directory."""
        return super().at(directory) if isinstance(directory, int) else "该目录"

    def rule(self, needed: object) -> str:
        """The alternatives of a rule."""
        alternatives = needed if isinstance(needed, tuple) else ()
        if not alternatives:
            return "任何人都没有的权限：规则为禁止"
        sets = (each if isinstance(each, tuple) else (each,) for each in alternatives)
        return " 或 ".join(" 并且 ".join(self._holder(one) for one in each) for each in sets)

    def held(self, holders: object) -> str:
        """Who has given rights so far."""
        if not isinstance(holders, tuple) or not holders:
            return "上电或选择之后尚未鉴别"
        return "已鉴别：" + "、".join(self._holder(one) for one in holders)

    def _holder(self, one: object) -> str:
        if not isinstance(one, Holder):
            return in_chinese(str(said(str(one))))
        where = self.at(one.directory)
        if one.level == LEVEL_MASTER:
            return f"{where} 的主控密钥（KID 00）外部鉴别"
        if any(kind == _PIN for kind, _ in one.entries):
            return "个人密码（VERIFY）"
        numbers = "、".join(dict.fromkeys(f"{number:02X}" for _, number in one.entries))
        key = f"密钥 KID {numbers}" if numbers else f"级别 {one.level:02X} 的密钥"
        return f"{where} 的{key} 外部鉴别"


_FORMS = frozenset(("at", "rule", "held"))
_IN: Mapping[Language, type[_Words]] = MappingProxyType({Language.ENGLISH: _Words, Language.CHINESE: _ChineseWords})


def said(value: Datum, form: str = "") -> str:
    """One piece of data as it stands in a sentence; ``form`` is how numbers are written, also in tuples."""
    if isinstance(value, Enum):
        return said(value.value, form)
    if value is None or value in ((), b""):
        return "nothing"
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, tuple):
        plain = type(value).__str__ is tuple.__str__
        return ", ".join(said(each, form) for each in value) if plain else str(value)
    return format(value, form) if isinstance(value, int) else value
