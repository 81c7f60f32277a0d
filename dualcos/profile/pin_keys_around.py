"""Keys that a certificate side's PINs become where a program hashes otherwise than the card (口令密钥).

Right is the first half of SM3 over packed digits. The digits are those of the profile, and a key that stands for a PIN
has no check value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from dualcos.explain.diagnosis.finding import KeyName
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.wrong_inputs import stands_for
from dualcos.profile.schema import Profile
from keys.algorithms import SM4, sha1, sm3

_HASH, _ASCII = "pin-key.another-hash", "pin-key.ascii-digits"
_PIN_KIND, _LENGTH = 0x01, 16
_PLACE = "PKI/DF01"


def pin_keys_around(profile: Profile) -> Iterator[SeenKey]:
    """Of a card with a certificate side; of any other nothing."""
    if profile.pki is None:
        return
    for number, packed in ((1, profile.pki.user_pin), (2, profile.pki.manager_pin)):
        raw = bytes.fromhex(packed)
        text = packed.upper().rstrip("F").encode()
        yield _taken(number, _HASH, "SHA-1 over packed digits", sha1(raw))
        yield _taken(number, _HASH, "SHA-256 over packed digits", hashlib.sha256(raw).digest())
        yield _taken(number, _HASH, "MD5 over packed digits", hashlib.md5(raw, usedforsecurity=False).digest())
        yield _taken(number, _ASCII, "SM3 over digits as text", sm3(text))
        yield _taken(number, _HASH, "SHA-1 over digits as text", sha1(text))
        yield _taken(number, _HASH, "SHA-256 over digits as text", hashlib.sha256(text).digest())
        yield _taken(number, _HASH, "MD5 over digits as text", hashlib.md5(text, usedforsecurity=False).digest())


def _taken(number: int, relation: str, how: str, digest: bytes) -> SeenKey:
    name = KeyName(how, _PIN_KIND, number, 0, SM4.name, "")
    value = digest[:_LENGTH]
    stands = stands_for(SeenKey(name._replace(place=_PLACE), SM4, value))
    return SeenKey(name, SM4, value, relation=relation, stands=stands)
