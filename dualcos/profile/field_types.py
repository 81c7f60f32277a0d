"""Types that fields of several sections of a profile have, each with the words for what goes."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dualcos.profile.field_faults import SECRET
from dualcos.textforms.whole_texts import whole

_KEY_OR_PIN = {SECRET: True}
Hex = Annotated[str, Meta(pattern=whole("([0-9A-Fa-f]{2})*"), description="hex, two digits for each byte")]
Key16 = Annotated[
    str, Meta(pattern=whole("[0-9A-Fa-f]{32}"), description="a key of 16 bytes, 32 hex digits", extra=_KEY_OR_PIN)
]
Region = Annotated[str, Meta(pattern=whole("[0-9]{6}"), description="a region code, six digits")]
Date = Annotated[str, Meta(pattern=whole("[0-9]{8}"), description="a date, YYYYMMDD")]
Pin = Annotated[
    str, Meta(pattern=whole("([0-9]{4,12})?"), description="a PIN, 4 to 12 digits, or nothing", extra=_KEY_OR_PIN)
]
PackedPin = Annotated[
    str, Meta(pattern=whole("([0-9]{2}){2,6}"), description="a PIN, 4 to 12 digits, in pairs", extra=_KEY_OR_PIN)
]
Tries = Annotated[int, Meta(ge=1, le=15)]


def is_hex(text: str) -> bool:
    """True if there is nothing but hex digits."""
    return all(character in "0123456789ABCDEFabcdef" for character in text)


def is_tag(text: str) -> bool:
    """True if it can be the hex of a BER tag."""
    return len(text) in (2, 4, 6) and is_hex(text)
