"""Texts of the interface as bytes: GB 18030, or of it what GBK has, its codes of one and two bytes.

So a code of the users' own (用户自定义区) goes through as it lies on the card, which Python's ``gbk`` would not let it.
"""

from __future__ import annotations

from typing import Literal

TextCharset = Literal["gbk", "gb18030"]
_WIDEST = "gb18030"
_NARROW = 2


def decoded(raw: bytes) -> str:
    """The characters, U+FFFD for what is none: a text that lies on a card or in a caller's memory."""
    return raw.decode(_WIDEST, "replace")


def given_text(raw: bytes, charset: TextCharset) -> str:
    """A caller's text. Raises UnicodeError for what is none, or has characters that ``charset`` lacks."""
    text = raw.decode(_WIDEST)
    encoded(text, charset)
    return text


def encoded(text: str, charset: TextCharset) -> bytes:
    """Raises UnicodeError for a character that ``charset`` lacks."""
    raw = text.encode(_WIDEST)
    if charset == "gbk" and not text.isascii() and any(len(each.encode(_WIDEST)) > _NARROW for each in text):
        raise UnicodeError("not in GBK")
    return raw


def encoded_somehow(text: str, charset: TextCharset) -> bytes:
    """``?`` in place of a character that ``charset`` lacks."""
    pieces = (each.encode(_WIDEST, "replace") for each in text)
    return b"".join(b"?" if charset == "gbk" and len(piece) > _NARROW else piece for piece in pieces)
