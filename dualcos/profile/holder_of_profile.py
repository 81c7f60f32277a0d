"""An invented holder on a profile's card: whether he can be on it, and what of the profile is then his.

The social side takes its items from him when the card is made; here is what else changes: the chip, which is another
one for each holder, and the bank's data elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cos.ssse.tables.item_encoding import EncodingError, split_name, text_length
from dualcos.profile.field_faults import nearest
from dualcos.profile.hard_cases import BY_KEY
from dualcos.profile.invented_holder import LATIN_ON_CHIP, InventedHolder

if TYPE_CHECKING:  # the schema asks this module; at run time it needs no class of it
    from dualcos.profile.bank_profile import BankProfile
    from dualcos.profile.schema import Profile
    from dualcos.profile.social_profile import SocialProfile

_LONGEST_TRACK = 37  # nibbles of 57 (PBOC-5 annex A)
_FIRST, _REST = 0x1E, 0x14  # bytes of 09 and 4E (V2.0 table 9)
_EXTENDED_LATIN = "9F0B"


def holder_faults(profile: Profile) -> Iterator[str]:
    """Why the holder that ``profile`` names cannot be on its card; nothing if he can, or it names none.

    Each with the path of the field.
    """
    if profile.holder is None:
        return
    holder = BY_KEY.get(profile.holder)
    if holder is None:
        near = nearest(profile.holder, BY_KEY)
        yield f"$.holder: no invented holder is called so; {near or 'known are ' + ', '.join(BY_KEY)}"
        return
    yield from (f"$.holder: {holder.key}: {reason}" for reason in misfits(profile, holder))


def misfits(profile: Profile, holder: InventedHolder) -> Iterator[str]:
    """Why ``holder`` cannot be on the card of ``profile``, and what would be needed; nothing if he can."""
    if profile.ssse is None and profile.pse is None:
        yield "this card has no holder; a profile with a social or a bank side has one, as social-2.0"
    yield from _social(profile.ssse, holder)
    yield from _bank(profile.pse, holder)


def needs(holder: InventedHolder) -> Iterator[str]:
    """What not every profile has, and a card of his must, in a few words each."""
    try:
        length = text_length(holder.name)
    except EncodingError:
        length = text_length(holder.name, "gb18030")
        yield "ssse.charset gb18030"
    if length > _FIRST:
        yield "edition 2.0 or later"
    if not holder.account:
        yield "no bank side"
    if len(holder.latin) > LATIN_ON_CHIP:
        yield f"a place for {_EXTENDED_LATIN}, or no bank side"


def _social(social: SocialProfile | None, holder: InventedHolder) -> Iterator[str]:
    if social is None:
        return
    name, old = social.holder.name or holder.name, social.version == "1.0"
    try:
        length = text_length(name, social.charset)
    except EncodingError as error:
        yield f"{error}; --set ssse.charset=gb18030 makes a card that has it"
        return
    try:
        split_name(name, social.charset, first=_FIRST, rest=0 if old else _REST)
    except EncodingError:
        if old:
            yield (
                f"the name takes {length} bytes, a 1.0 card holds {_FIRST}; "
                "a profile of 2.0 or 3.0 has the extension 4E for the rest, as social-2.0"
            )
        else:
            yield f"the name takes {length} bytes, a card holds {_FIRST} and {_REST} and cuts no character"


def _bank(bank: BankProfile | None, holder: InventedHolder) -> Iterator[str]:
    if bank is None:
        return
    if not holder.account:
        yield "the bank has no account for this person; a profile without a bank side can have him, as social-2.0"
    placed = {tag for tags in bank.records.values() for tag in tags}
    if len(holder.latin) > LATIN_ON_CHIP and _EXTENDED_LATIN not in placed:
        yield (
            f"the bank's name has {len(holder.latin)} characters, 5F20 takes {LATIN_ON_CHIP}; "
            f"a record of pse.records must name {_EXTENDED_LATIN} for the rest"
        )


def with_holder(told: Mapping[str, Any], holder: InventedHolder) -> dict[str, Any]:
    """``told``, a profile as its file says it and the schema has taken it, with the holder's chip and bank side."""
    found = {**told, "chip": {**told["chip"], "serial": holder.serial.hex().upper()}}
    if "ssse" in told:  # the code was another chip's
        found["ssse"] = {name: value for name, value in told["ssse"].items() if name != "identification"}
    bank = told.get("pse")
    if bank is not None:
        found["pse"] = {**bank, "elements": {**bank["elements"], **holder_elements(holder, bank["elements"])}}
    return found


def holder_elements(holder: InventedHolder, elements: Mapping[str, str]) -> Mapping[str, str]:
    """What is the holder's own, tag to value in hex; ``elements``: the profile's (PBOC-5 annex A)."""
    latin = holder.latin.encode("ascii").hex().upper()
    cut = 2 * LATIN_ON_CHIP
    found = {
        "5A": holder.pan + "F" * (len(holder.pan) % 2),
        "5F34": holder.psn,
        "5F24": holder.expires[2:],
        "5F25": holder.issued[2:],
        "5F20": latin[:cut],
        _EXTENDED_LATIN: latin[cut:],
        "9F61": holder.document.encode("ascii").hex().upper(),
        "9F62": holder.bank_id_type,
        "57": _track(holder, elements.get("57", "")),
    }
    return MappingProxyType({tag: value for tag, value in found.items() if value})


def _track(holder: InventedHolder, old: str) -> str:
    """Track 2 with the holder's account and expiry; service code and what follows stay (PBOC-5 annex A)."""
    _, separator, rest = old.upper().rstrip("F").partition("D")
    if not separator:
        return ""
    track = f"{holder.pan}D{holder.expires[2:6]}{rest[4:]}"[:_LONGEST_TRACK]
    return track + "F" * (len(track) % 2)
