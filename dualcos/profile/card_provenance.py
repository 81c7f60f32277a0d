"""What is written beside a card about its keys (密钥来历): the mark, and for a test card the profile it was made from.

The mark is decided when a card is made and is no card's own affair: it goes into the card file (``KEYS`` of
``dualcos.cardfile.card_file_format``). A card that no mark says anything of has real keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from apdu.status import StatusWord
from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.cardfile.card_file_format import KEYS, NOT_MARKED, TEST
from dualcos.profile.published_test_keys import are_published
from dualcos.profile.schema import Profile, ProfileError, parse

PROFILE = "profile"
_IN_QUOTES = json.JSONEncoder(ensure_ascii=False).encode


def provenance_of(profile: Profile) -> Mapping[str, str]:
    """Of a card that is made from ``profile``: test with the profile's text, or real and nothing more."""
    if not are_published(profile):
        return NOT_MARKED
    return MappingProxyType({KEYS: TEST, PROFILE: as_toml(profile)})


def profile_behind(provenance: Mapping[str, str], stacks: Stacks = STACKS) -> Profile | None:
    """The profile a test card was made from; None if it was made otherwise, or is marked real.

    Raises ProfileError if what is written is no profile of published keys: then the mark is worth nothing.
    """
    text = provenance.get(PROFILE)
    if text is None or provenance.get(KEYS) != TEST:
        return None
    profile = parse(text, "the profile written beside the card", stacks)
    if not are_published(profile):
        raise ProfileError("the profile written beside the card has keys that are not published: none is shown")
    return profile


def as_toml(profile: Profile) -> str:
    """The profile as ``parse`` reads it, one line for each field and section."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in plain_values(profile).items() if value is not None)


def plain_values(profile: Profile) -> dict[str, Any]:
    """Every field of the profile, nested as in a file: texts, numbers, lists, tables; None for what it does not say."""
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(profile, enc_hook=_status_word))
    sections: dict[str, Any] = told.pop("sections")
    return told | sections


def _value(value: Any) -> str:  # noqa: ANN401 - what a profile is made of
    """Inline TOML."""
    if isinstance(value, dict):
        pairs = (f"{_text(name)} = {_value(each)}" for name, each in value.items() if each is not None)
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    """In quotes. TOML's basic strings are JSON's, but for one control that only JSON leaves as it is."""
    return _IN_QUOTES(value).replace("\x7f", "\\u007f")


def _status_word(value: object) -> object:
    if isinstance(value, StatusWord):
        return repr(value)
    raise NotImplementedError(type(value))
