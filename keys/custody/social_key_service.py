"""The bureau's key service (社保密钥服务): root keys by name, everything a terminal asks it for one card.

It holds social keys only. Values never leave; a card's key leaves as a handle, for loading into that card.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from keys.card_key_store import KeyNotFound
from keys.key_handle import KeyHandle
from keys.mac import same
from keys.social_cryptography import (
    authentication_data,
    card_code,
    card_factor,
    child_key,
    city_factor,
    encipher,
    province_factor,
    secured,
    session_key,
)

_APPLICATION_PREFIX = bytes.fromhex("D156000005")


class SocialCard(NamedTuple):
    """What the tree needs to know of a card: six-digit city code, the 13 historical bytes of its ATR."""

    city: str
    historical: bytes

    @property
    def identification(self) -> bytes:
        """First 12 bytes of the card identification code: city 3, D156000005, serial 4 (V2.0 §8.1.1.1)."""
        return bytes.fromhex(self.city) + _APPLICATION_PREFIX + self.historical[9:13]


class TierKey(NamedTuple):
    """A key and how many steps it is away from the root: 0 national, 1 province, 2 city, 3 this very card."""

    key: KeyHandle
    tier: int = 0


class SocialKeyService:
    """Keys by name and version, each at its tier. Names are the caller's (IRK, STK, RKSSSE …)."""

    __slots__ = ("_card_keys", "_city_keys", "_keys")

    def __init__(self, keys: Mapping[tuple[str, int], TierKey]) -> None:
        self._keys = dict(keys)
        self._city_keys: dict[tuple[str, int, str], KeyHandle] = {}
        self._card_keys: dict[tuple[str, int, SocialCard], KeyHandle] = {}  # of the card asked for last

    @property
    def names(self) -> tuple[tuple[str, int], ...]:
        """Name and version of every key held."""
        return tuple(sorted(self._keys))

    def tier_key(self, name: str, city: str, tier: int, version: int = 1) -> KeyHandle:
        """The key at tier 0 to 2, as a PSAM of that tier holds it. Raises KeyNotFound, also for a higher tier."""
        held = self._keys.get((name, version))
        if held is None or not held.tier <= tier <= 2:
            raise KeyNotFound("no key at that tier", name=name, version=version, tier=tier)
        key = held.key
        for step in (province_factor, city_factor)[held.tier : tier]:
            key = child_key(key, step(city))
        return key

    def card_key(self, name: str, card: SocialCard, version: int = 1) -> KeyHandle:
        """The key inside ``card``. Raises KeyNotFound."""
        held = self._keys.get((name, version))
        if held is not None and held.tier == 3:
            return held.key
        known = self._card_keys.get((name, version, card))
        if known is not None:
            return known
        at = name, version, card.city
        city_key = self._city_keys.get(at)
        if city_key is None:
            city_key = self._city_keys[at] = self.tier_key(name, card.city, 2, version)
        if self._card_keys and next(iter(self._card_keys))[2] != card:
            self._card_keys.clear()
        found = self._card_keys[name, version, card] = child_key(city_key, card_factor(card.historical))
        return found

    def proves(self, card: SocialCard, factor: bytes, original: bytes, answer: bytes, version: int = 1) -> bool:
        """True if ``answer`` to INTERNAL AUTHENTICATION of these comes from that card (its IRK; SSC-7 §5.4)."""
        return same(authentication_data(self.card_key("IRK", card, version), factor, original), answer)

    def external_authentication(
        self, name: str, card: SocialCard, challenge: bytes, original: bytes, version: int = 1
    ) -> bytes:
        """Data of EXTERNAL AUTHENTICATION: authentication data ‖ original, 16 bytes (SSC-5 §6.4).

        ``challenge`` is the card's last random number.
        """
        return authentication_data(self.card_key(name, card, version), challenge, original) + original

    def secured(
        self, name: str, card: SocialCard, challenge: bytes, header: bytes, data: bytes = b"", version: int = 1
    ) -> bytes:
        """A command with MAC under the session key of ``challenge``; ``data`` stay plain (SSC-4 §8)."""
        return secured(session_key(self.card_key(name, card, version), challenge), header, data)

    def secured_enciphered(
        self, name: str, card: SocialCard, challenge: bytes, header: bytes, plain: bytes, version: int = 1
    ) -> bytes:
        """The same with ``plain`` enciphered first."""
        session = session_key(self.card_key(name, card, version), challenge)
        return secured(session, header, encipher(session, plain))

    def identification_code(self, card: SocialCard, version: int = 1) -> bytes:
        """卡的识别码 of EF05, 16 bytes: identification and the code under the card's IRK (V2.0 §8.1.1.1)."""
        return card.identification + card_code(self.card_key("IRK", card, version), card.identification)

    def __repr__(self) -> str:
        held = ", ".join(f"{n}/{v}: {self._keys[n, v].key.check_value.hex().upper()}" for n, v in self.names)
        return f"<SocialKeyService {held}>"
