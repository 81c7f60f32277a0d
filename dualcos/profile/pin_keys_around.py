"""Keys that a certificate side's PINs become where a program hashes otherwise than the card (口令密钥).

Right is the first half of SM3 over packed digits. The digits are those of the profile, and a key that stands for a PIN
has no check value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.profile.schema import PkiProfile
from keys.algorithms import SM4, sha1, sm3

HASH, ASCII = "pin-key.another-hash", "pin-key.ascii-digits"
_PIN_KIND, _LENGTH = 0x01, 16
_PLACE = "PKI/DF01"


class PinKeysAround:
    """Of one profile with a certificate side: what its PINs may have been made into."""

    def __init__(self, pki: PkiProfile) -> None:
        self._packed = {1: pki.user_pin, 2: pki.manager_pin}

    def of(self, key: SeenKey, relation: str) -> Iterator[SeenKey]:
        """The keys around a PIN's that are of ``relation``."""
        name = key.name
        packed = self._packed.get(name.number, "")
        if (name.place, name.kind) != (_PLACE, _PIN_KIND) or not packed:
            return
        for made, how, digest in _made_of(packed):
            if made == relation:
                told = name._replace(place=how, check_value="")
                yield SeenKey(told, SM4, digest[:_LENGTH], relation=relation)


def _made_of(packed: str) -> Iterator[tuple[str, str, bytes]]:
    raw, text = bytes.fromhex(packed), packed.upper().rstrip("F").encode()
    yield ASCII, "SM3 over digits as text", sm3(text)
    for called, data in (("packed digits", raw), ("digits as text", text)):
        yield HASH, f"SHA-1 over {called}", sha1(data)
        yield HASH, f"SHA-256 over {called}", hashlib.sha256(data).digest()
        yield HASH, f"MD5 over {called}", hashlib.md5(data, usedforsecurity=False).digest()
