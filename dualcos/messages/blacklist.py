"""The blacklist (黑名单) as its publisher signs it and a terminal takes it: one line of JSON, whole list or increment.

SSC-8 §7 fixes what a record is (identification code and card number, or a section of card numbers), that a terminal
looks a card up by both, and that records come and go only in a secured session; how a list looks it leaves open, so the
form is inferred. No name and no number of a person has a place in it.

The signature is over the line's bytes as they stand, from the first to the one before ``,"signature"``, behind a domain
of its own. Nobody has to write JSON anew to verify it, and nothing is parsed that the key has not signed.
"""

from __future__ import annotations

import hashlib
import re
from binascii import unhexlify
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Struct, field

from dualcos.messages.social_services import Region
from dualcos.textforms.field_rules import FieldRule, broken_rule
from dualcos.textforms.json_and_toml import BadText, from_json, named_twice
from dualcos.textforms.whole_texts import whole
from keys.custody.signing_key import SigningKey, is_signed, key_fingerprint

NUMBER_LENGTH = 9
_DOMAIN = b"dualcos blacklist\n"
_SIGNATURE, _END, _DIGITS = b',"signature":"', b'"}', 128
_TAIL = re.compile(_SIGNATURE + b"([0-9A-F]{%d})" % _DIGITS + _END)
_TAIL_LENGTH = len(_SIGNATURE) + _DIGITS + len(_END)
_DAY = "[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
_MOMENT, _MOMENT_LENGTH = "%Y%m%d%H%M%S", 14


class ListingReason(NamedTuple):
    """Why a card is on the list, in both languages."""

    zh: str
    en: str


REASONS: Mapping[str, ListingReason] = MappingProxyType(
    {
        "01": ListingReason("死亡", "death"),
        "02": ListingReason("挂失", "loss"),
        "03": ListingReason("口头挂失", "oral loss"),
        "04": ListingReason("应用锁定", "application locked"),
        "06": ListingReason("CA证书", "certificate"),
        "99": ListingReason("注销", "cancellation"),
    }
)
"""By code, as a province keeps them. Its 05, unlocking, takes a card off the list: no record can have it."""

Reason: TypeAlias = Literal["01", "02", "03", "04", "06", "99"]
CardNumber: TypeAlias = Annotated[str, Meta(pattern=whole(f"[0-9A-Z]{{{NUMBER_LENGTH}}}"))]
IdentificationCode: TypeAlias = Annotated[str, Meta(pattern=whole("[0-9A-F]{32}"))]
Day: TypeAlias = Annotated[str, Meta(pattern=whole(_DAY))]
IssuedAt: TypeAlias = Annotated[str, Meta(pattern=whole(f"{_DAY}([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"))]
PublisherCode: TypeAlias = Annotated[str, Meta(pattern=whole("[0-9A-Z-]{1,32}"))]
History: TypeAlias = Annotated[str, Meta(pattern=whole("[0-9A-F]{64}"))]


class BlacklistError(Exception):
    """A list cannot be believed, or an entry is none; the message says why in one line."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, gc=False):
    """A list holds a million of them, and none refers to another: nothing for the garbage collector."""


class CardNamed(_Part, frozen=True, kw_only=True, tag_field="kind", tag="card"):
    """卡的识别码和卡号: a card, whatever the list says of it."""

    identification: Annotated[IdentificationCode, Meta(description="卡的识别码: the identification code")]
    number: Annotated[CardNumber, Meta(description="卡号: the card number")]

    @property
    def key(self) -> str:
        """By which a list knows it; a range's is shorter."""
        return self.identification + self.number


class RangeNamed(_Part, frozen=True, kw_only=True, tag_field="kind", tag="range"):
    """卡号区段: all card numbers from one to another, both of them too, compared as ASCII."""

    first: Annotated[CardNumber, Meta(description="the first card number")]
    last: Annotated[CardNumber, Meta(description="the last card number")]

    @property
    def key(self) -> str:
        """By which a list knows it."""
        return self.first + self.last


class ListedCard(CardNamed, frozen=True, kw_only=True, tag="card"):
    """A card on the list."""

    reason: Annotated[Reason, Meta(description="the code of the reason")]
    since: Annotated[Day, Meta(description="the first day, YYYYMMDD")] = field(name="from")
    until: Annotated[Day, Meta(description="the last day: that of the card's validity")]


class ListedRange(RangeNamed, frozen=True, kw_only=True, tag="range"):
    """A section of card numbers on the list."""

    reason: Annotated[Reason, Meta(description="the code of the reason")]
    since: Annotated[Day, Meta(description="the first day, YYYYMMDD")] = field(name="from")
    until: Annotated[Day, Meta(description="the last day")]


Listed: TypeAlias = ListedCard | ListedRange
Named: TypeAlias = CardNamed | RangeNamed


class PublishedState(_Part, frozen=True, kw_only=True):
    """The list as it was at one publication. ``history`` is over all changes up to it: a publisher that was set back
    and went another way has other ones under the same numbers.
    """

    sequence: Annotated[int, Meta(ge=1, description="the number of the publication")]
    history: Annotated[History, Meta(description="SHA-256 over the history before and the changes since")]


class Blacklist(_Part, frozen=True, kw_only=True):
    """黑名单: what is signed. Without ``follows`` a whole list; with it what makes the list of ``state`` out of that
    one: ``unlisted`` is taken off, ``listed`` put on, in the place of an entry for the same card or range.
    """

    format: Annotated[Literal[1], Meta(description="the number of this form")]
    publisher: Annotated[PublisherCode, Meta(description="who keeps the list")]
    regions: Annotated[tuple[Region, ...], Meta(min_length=1, description="whose cards it is about, six digits each")]
    state: Annotated[PublishedState, Meta(description="which list it is")]
    follows: Annotated[PublishedState | None, Meta(description="the list it changes; a whole list changes none")] = None
    issued: Annotated[IssuedAt, Meta(description="when it was issued, YYYYMMDDhhmmss in Beijing time")]
    listed: Annotated[tuple[Listed, ...], Meta(description="what is put on the list")] = ()
    unlisted: Annotated[tuple[Named, ...], Meta(description="what is taken off it")] = ()

    RULES = (FieldRule("a whole list takes nothing off", unless=("follows",), never=("unlisted",)),)

    @property
    def called(self) -> str:
        """It in a message: which kind, which number."""
        return f"{'whole list' if self.follows is None else 'increment'} {self.state.sequence}"


class SignedBlacklist(Blacklist, frozen=True, kw_only=True):
    """黑名单: a whole list or an increment with its signature, one line."""

    signature: Annotated[
        str, Meta(pattern=whole(f"[0-9A-F]{{{_DIGITS}}}"), description="Ed25519 over the line before this field")
    ]


def next_state(before: PublishedState | None, listed: Sequence[Listed], unlisted: Sequence[Named]) -> PublishedState:
    """The state that these changes lead to."""
    digest = hashlib.sha256(bytes.fromhex(before.history) if before is not None else b"")
    digest.update(msgspec.json.encode((unlisted, listed)))
    sequence = before.sequence + 1 if before is not None else 1
    return PublishedState(sequence=sequence, history=digest.hexdigest().upper())


def signed_blacklist(says: Blacklist, key: SigningKey) -> bytes:
    """The list as it goes out: one line, without its end. Raises BlacklistError: nobody would take it."""
    if wrong := _wrong(says):
        raise BlacklistError(wrong)
    signed = msgspec.json.encode(says)[: -len(b"}")]
    return signed + _SIGNATURE + key.sign(_DOMAIN + signed).hex().upper().encode() + _END


def verified_blacklist(line: bytes, public: bytes) -> Blacklist:
    """What a list says, if the key whose public half is ``public`` has signed it. Raises BlacklistError."""
    signed, tail = line[:-_TAIL_LENGTH], _TAIL.fullmatch(line[-_TAIL_LENGTH:])
    if tail is None or b"\n" in signed:
        raise BlacklistError("it is no signed blacklist: a line of JSON that ends with its signature is wanted")
    if not is_signed(_DOMAIN + signed, unhexlify(tail[1]), public):
        raise BlacklistError(f"the key {key_fingerprint(public)} has not signed it: it was changed, or is another's")
    try:
        says = from_json(signed + b"}", Blacklist)
        twice = named_twice(signed + b"}")
    except BadText as error:
        raise BlacklistError(str(error)) from None
    if twice:
        raise BlacklistError(f"it has {twice} twice")
    if wrong := _wrong(says):
        raise BlacklistError(wrong)
    return says


def moment_of(text: str) -> datetime | None:
    """The moment that YYYYMMDDhhmmss means; None if no calendar has it."""
    if len(text) != _MOMENT_LENGTH or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)  # one zone is as good as another for differences
    except ValueError:
        return None


def wrong_with(entry: Listed) -> str:
    """What is wrong with an entry that is well formed; empty if nothing is."""
    if isinstance(entry, ListedRange) and entry.first > entry.last:
        return f"the range from {entry.first} to {entry.last} has its end before its beginning"
    if entry.since > entry.until:
        return f"an entry from {entry.since} until {entry.until} has its end before its beginning"
    return ""


def _wrong(says: Blacklist) -> str:
    """What is wrong with a list whose fields are well formed; empty if nothing is."""
    if rule := broken_rule(says):
        return str(rule)
    if says.follows is not None and says.follows.sequence >= says.state.sequence:
        return f"$.follows: {says.follows.sequence} is not before {says.state.sequence}"
    if moment_of(says.issued) is None:
        return f"$.issued: no calendar has {says.issued}"
    keys = {each.key for each in (*says.listed, *says.unlisted)}
    if len(keys) < len(says.listed) + len(says.unlisted):
        return "$.listed, $.unlisted: an entry stands there twice"
    return next(filter(None, map(wrong_with, says.listed)), "")
