"""What is wrong with a text that a person is to read: Python shows through, or it is no sentence."""

from __future__ import annotations

import re

MISHAPS = {
    "a member of a class": r"\b[A-Z][a-z]\w*\.[A-Z][A-Z_]+\b",
    "a value as Python writes it": r"\w\(\w+=|\b(None|True|False)\b|\b(bytearray|frozenset|dict_\w+|set)\(",
    "an object's address": r"\bobject at 0x|\b0x[0-9a-f]{6,}",
    "a class": r"<(class|function|enum) |<[A-Z]\w*\.[A-Z]|<\w+\.\w+ ",
    "bytes as Python writes them": r"\bb['\"]|\\x[0-9a-f]{2}",
    "a list or a table as Python writes it": r"\[['\"\d]|\{['\"\d]|\(\d+, |\(\)|\[\]|\{\}",
    "a placeholder": r"\{[a-z_.]+\}|%[sdr]\b",
    "nothing": r"\A\s*\Z",
    "one word": r"\A[\w.]+\Z",
    "an end that is none": r"[\s,:;(\[=-]\Z|\b(not|is|are|the|an?|of|by|to|and|or|with|in|needs|has|no) *\Z",
    "a gap": r"  | [,.;:)]|\( ",
    "two verbs": r"\b(is|are|does|has) (needs|is|are|has|takes)\b",
}


def mishaps(text: str) -> list[str]:
    """What is wrong with a text for people, by name."""
    found = [name for name, pattern in MISHAPS.items() if re.search(pattern, text)]
    pairs = ("()", "[]", "{}", "<>")
    plain = re.sub(r" [<>] | -> ", " ", text)  # comparisons and arrows
    return found + ["a bracket"] * any(plain.count(opening) != plain.count(closing) for opening, closing in pairs)
