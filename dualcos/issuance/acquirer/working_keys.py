"""Working keys (工作密钥): made new at each sign-on, and only ever written under the terminal's master key."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dualcos.messages.line_keys import BadKeyDelivery, EncipheredKey, LineKeyRole, delivered_keys, key_delivery
from keys.algorithms import TDES, odd_parity
from keys.key_handle import KeyHandle
from keys.line_cryptography import CHECK_LENGTH, BadLineKey, line_check_value, unwrapped_key, wrapped_key

_TAGGED_CHECK = 8


class WorkingKeys(NamedTuple):
    """PIK: enciphers PIN blocks; MAK: seals messages; TDK: enciphers tracks."""

    pin: KeyHandle
    mac: KeyHandle
    track: KeyHandle


_keys_of = WorkingKeys._make
_ORDER = (LineKeyRole.PIN, LineKeyRole.MAC, LineKeyRole.TRACK)


def new_working_keys(random: Callable[[int], bytes]) -> WorkingKeys:
    """Three keys out of ``random``."""
    return _keys_of(KeyHandle(TDES, odd_parity(random(TDES.key_length))) for _ in _ORDER)


def keys_sent(master: KeyHandle, keys: WorkingKeys, *, tagged: bool = False, track: bool = True) -> bytes:
    """Field 62 of the answer to a sign-on; ``track``: with the TDK. With it, untagged, it is what a journal keeps."""
    length = _TAGGED_CHECK if tagged else CHECK_LENGTH
    wrapped = {
        role: EncipheredKey(wrapped_key(master, key), line_check_value(key, length))
        for role, key in zip(_ORDER, keys, strict=True)
        if track or role is not LineKeyRole.TRACK
    }
    return key_delivery(wrapped, tagged=tagged)


def keys_kept(master: KeyHandle, kept: bytes) -> WorkingKeys:
    """The keys that a journal kept. Raises BadLineKey: under another master key, or damaged."""
    try:
        found = delivered_keys(kept)
        return _keys_of(unwrapped_key(master, *found[role]) for role in _ORDER)
    except (BadKeyDelivery, KeyError):
        raise BadLineKey("the journal holds no three keys") from None
