"""Text for people without what commands a terminal: control characters are spelled out, as JSON does.

A card's owner, a file's author and whoever names a file choose text that others read on a terminal, where an escape
sequence moves the cursor, renames the window or hides what was said, and a direction override turns digits around.
A line of JSON stays one and says the same.
"""

from __future__ import annotations

import re

# Cc but for line end and tab, DEL, C1; what separates lines and paragraphs; what has Bidi_Control (Unicode, PropList)
# and the switches deprecated beside it; halves of surrogate pairs, which no encoding can say.
_CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff]")
# What may not stand in XML 1.0 (§2.2, Char), and is no control character.
_NO_XML = re.compile("[\ufffe\uffff]")
_BEYOND, _HIGH, _LOW = 0x10000, 0xD800, 0xDC00


def spelled(char: str) -> str:
    """One character as JSON escapes it; a pair of surrogates beyond U+FFFF."""
    code = ord(char)
    if code < _BEYOND:
        return f"\\u{code:04x}"
    above = code - _BEYOND
    return f"\\u{_HIGH + (above >> 10):04x}\\u{_LOW + (above & 0x3FF):04x}"


def harmless(text: str) -> str:
    """``text`` with its control characters spelled out; line ends and tabs stay."""
    return _CONTROLS.sub(_spelled, text)


def in_one_line(text: str) -> str:
    """``harmless``, and line ends and tabs are spelled out too: a text within a line makes no line of its own."""
    return harmless(text).replace("\n", spelled("\n")).replace("\t", spelled("\t"))


def fit_for_xml(text: str) -> str:
    """``harmless``, and every character is one that XML 1.0 has."""
    return _NO_XML.sub(_spelled, harmless(text))


def sayable(text: str, encoding: str) -> str:
    """``text`` with the characters that ``encoding`` does not have spelled out."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(char if char.isascii() or _has(encoding, char) else spelled(char) for char in text)
    return text


def _has(encoding: str, char: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _spelled(found: re.Match[str]) -> str:
    return spelled(found[0])
