"""One line of an explained message, and how lines become text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dualcos.explain.control_characters import in_one_line

UNKNOWN = ("未知部分", "unknown part")
UNKNOWN_CODE_SAYS = ("未知代码", "unknown code")


class MessageLine(NamedTuple):
    """``depth``: 0 for fields, more for what is in them. ``label``: number, tag or place of a bit; ``zh``, ``en``: its
    name; ``value``: as it may be shown; ``says_zh``, ``says``: what the value means, empty where it speaks for itself.
    ``known``: a table has it, and its value too where that is a code.
    """

    depth: int
    label: str
    zh: str
    en: str
    value: str = ""
    says_zh: str = ""
    says: str = ""
    known: bool = True

    def deeper(self, by: int) -> MessageLine:
        """The same within another."""
        return self._replace(depth=self.depth + by)


def hidden(length: int) -> tuple[str, str, str]:
    """Value and meaning of what is not shown, by its length in bytes or characters."""
    return "••", f"{length} 字节，已屏蔽", f"{length} bytes, not shown"


def unknown_line(depth: int, label: str, value: str) -> MessageLine:
    """Of what no table has."""
    return MessageLine(depth, label, *UNKNOWN, value, known=False)


def coded(meanings: Mapping[str, tuple[str, str]], value: str) -> tuple[str, str]:
    """What a code means, zh and en; empty where there are no codes, said to be unknown where it is none of them."""
    return meanings.get(value, UNKNOWN_CODE_SAYS) if meanings else ("", "")


def in_lines(found: Iterable[MessageLine], *, chinese: bool) -> list[str]:
    """For people, one language, indented; nothing of a text that somebody else wrote commands a terminal."""
    return [_in_words(each, chinese=chinese) for each in found]


def _in_words(line: MessageLine, *, chinese: bool) -> str:
    name, says = (line.zh, line.says_zh) if chinese else (line.en, line.says)
    colon, (left, right) = ("：", "（）") if chinese else (": ", ("  (", ")"))
    shown = in_one_line(line.value)
    value = f"{colon}{shown}" if shown else ""
    meaning = f"{left}{says}{right}" if says and value else f"{colon}{says}" if says else ""
    return f"{'  ' * line.depth}{line.label} {name}{value}{in_one_line(meaning)}".rstrip()
