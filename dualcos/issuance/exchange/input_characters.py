"""What the characters of an input value may be, and one writing for what means the same.

A value is never changed in silence, and nothing goes onto a card or into a file that nobody sees there: line ends,
direction overrides, characters without width. Code points are named, values never shown.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from cos.ssse.tables.rare_characters import TWINS, standard

NAMES = frozenset(("name", "recipient", "guardian_name", "agent_name", "name_latin"))
_LATIN = "name_latin"
_AS_IT_IS = frozenset(("extra", "photo", "pin", "kyc_result", "kyc_reason", "employer", "unit_name", "mail_addr"))
_CAPITALS = frozenset(
    ("ssn", "card_no", "card_ident", "init_org", "old_card_no", "id_no", "guardian_id", "nationality", "name_latin")
)
_SHOWN_CHANGES = 3

# Other writings of the middle dot in names. The full stop, full-width or not, is none: see _dotted.
_DOTS = dict.fromkeys(map(ord, "•․‧∙・･●⋅"), "·")
# Chinese characters, and the private-use ones that stand for rare ones.
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\ue000-\uf8ff\uf900-\ufaff\U00020000-\U0003ffff"
# Other shapes of a Chinese character are other characters to whoever registers names, though NFKC holds them the same.
_SHAPES = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")
_STOP_BETWEEN = re.compile(f"(?<=[{_HAN}])\\.(?=[{_HAN}])")
_GAP_BETWEEN = re.compile(f"(?<=[{_HAN}·]) +(?=[{_HAN}·])")
_GAPS = re.compile(" {2,}")
# What programs put where they had no character.
_LOST = re.compile("[?□■〓*]")
_LOST_IN_CHINESE = re.compile(f"(?<=[{_HAN}])[?？□■〓]|[?？□■〓](?=[{_HAN}])")
_REPLACEMENT = "\ufffd"
_PLANES_ENDS = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_NO_CHARACTER = re.compile(f"[\ufdd0-\ufdef{_PLANES_ENDS}]")
# Cc; what separates lines and paragraphs; Cf and what else has Default_Ignorable_Code_Point (Unicode, PropList and
# DerivedCoreProperties); halves of surrogate pairs; no characters; what stands for a lost one.
_UNFIT = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffd"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    f"{_PLANES_ENDS}]"
)
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")


class Normalised(NamedTuple):
    """A value in the one writing, and what had to be changed for it."""

    text: str
    changes: tuple[str, ...] = ()


def unfit(text: str) -> str | None:
    """Why no card and no file may hold ``text``; None if they may. Names the first such character by its code point."""
    found = None if text.isascii() and text.isprintable() else _UNFIT.search(text)
    if found is None:
        return None
    return f"character {found.start() + 1} is U+{ord(found[0]):04X}, {_kind(found[0])}"


def _kind(char: str) -> str:
    if char == _REPLACEMENT:
        return "which stands where a character was lost; export the file anew"
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return "a control character or line end"
    if category == "Cs":
        return "half of a surrogate pair"
    return "which is no character" if _NO_CHARACTER.match(char) else "which nobody sees: no width, or turns text around"


def private_use(text: str) -> str | None:
    """What to say of a private-use character, as rare characters are carried at times; None if there is none."""
    found = None if text.isascii() else _PRIVATE.search(text)
    return f"U+{ord(found[0]):04X} is for private use: not every program shows it alike" if found else None


def normalise(column: str, value: str) -> Normalised:
    """One writing for what means the same: full-width forms, capitals, the dots of minority names, blanks in names.

    Latin names keep their blanks. Columns whose text is the person's own (addresses, employers) stay as they are, but
    for private-use characters that stand for standard ones: those are the same character everywhere.
    """
    known = standard(value)
    found = _normalised(column, known)
    return found if known == value else Normalised(found.text, (_twins_told(value), *found.changes))


def _twins_told(value: str) -> str:
    pairs = [f"U+{ord(char):04X} U+{TWINS[ord(char)]:04X}" for char in dict.fromkeys(value) if ord(char) in TWINS]
    shown = ", ".join(pairs[:_SHOWN_CHANGES]) + (" …" if len(pairs) > _SHOWN_CHANGES else "")
    return f"private-use characters became the standard ones ({shown})"


def _normalised(column: str, value: str) -> Normalised:
    if column in _AS_IT_IS or column.endswith(("addr", "_title")):
        return Normalised(value)
    if column in NAMES and column != _LATIN:
        return _name(value)
    plain = _plain(value)
    if column not in _CAPITALS or plain.text == plain.text.upper():
        return plain
    return Normalised(plain.text.upper(), (*plain.changes, "small letters became capitals"))


def lost(column: str, text: str) -> str | None:
    """What to say of a question mark or box that stands for a character somebody's program did not have."""
    found = _LOST.search(text) if column in NAMES else None
    return f"{found[0]} stands where a character was lost" if found else None


def doubtful(column: str, text: str) -> str | None:
    """What is worth a look: a lost character in Chinese text, a full stop in a name that is no middle dot."""
    if column == _LATIN:
        return None
    if column in NAMES:
        return "a full stop that is not between Chinese characters was left: or is it a ·?" if "." in text else None
    found = None if text.isascii() else _LOST_IN_CHINESE.search(text)
    return f"{found[0]} beside Chinese: was a character lost?" if found else None


def _plain(value: str) -> Normalised:
    """Compatibility forms (full-width letters and the like) written plainly (Unicode NFKC)."""
    if value.isascii():
        return Normalised(value)
    plain = "".join(
        part if _SHAPES.match(part) else unicodedata.normalize("NFKC", part) for part in _SHAPES.split(value)
    )
    if plain == value:
        return Normalised(value)
    kept = set(plain)
    gone = [f"U+{ord(char):04X}" for char in dict.fromkeys(value) if char not in kept]
    shown = ", ".join(gone[:_SHOWN_CHANGES]) + (" …" if len(gone) > _SHOWN_CHANGES else "")
    return Normalised(plain, (f"full-width or compatibility characters were written plainly ({shown})",))


def _name(value: str) -> Normalised:
    """The dots come before the compatibility forms, which would make a full stop of some of them."""
    dotted = value.translate(_DOTS)
    plain = _plain(dotted)
    stopped = _STOP_BETWEEN.sub("·", plain.text)
    closed = _GAP_BETWEEN.sub("", stopped)
    single = _GAPS.sub(" ", closed)
    steps = (
        (dotted != value, "another dot became ·"),
        (stopped != plain.text, "a full stop between Chinese characters became ·"),
        (closed != stopped, "blanks between Chinese characters were left out"),
        (single != closed, "several blanks became one"),
    )
    return Normalised(single, (*plain.changes, *(what for changed, what in steps if changed)))
