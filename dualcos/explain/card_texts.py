"""Texts as cards carry them, for a person's eye: GBK, any GB 18030, filled with 00 or FF, cut where a field ended."""

from __future__ import annotations

from cos.ssse.tables.rare_characters import from_gb18030, standard

_FILL = b"\0\xff"  # neither ends a character


def card_text(raw: bytes) -> str | None:
    """``raw`` as text without its fill, a character always under its standard code point; None if it is no text.

    One charset does for all cards: GB 18030 has all of GBK under the same bytes. The bytes of a last character that is
    not whole, where a writer has cut it, are shown in hexadecimal behind a backslash and x.
    """
    raw = raw.rstrip(_FILL)
    try:
        return standard(from_gb18030(raw))
    except UnicodeDecodeError as error:
        whole, rest = raw[: error.start], raw[error.start :]
        if not whole or "incomplete" not in error.reason:
            return None
        return standard(from_gb18030(whole)) + "".join(f"\\x{byte:02X}" for byte in rest)
