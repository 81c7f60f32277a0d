"""The keys of lines for tests: marked by their labels, the same at both ends without being handed over.

Never printed; whoever must tell two apart looks at check values.
"""

from __future__ import annotations

from dualcos.profile.schema import KeysProfile
from keys.algorithms import TDES, odd_parity
from keys.custody.pin_verification import PinVerificationKey
from keys.key_handle import KeyHandle

_KEYS = KeysProfile(label="payment lines, test only")


def terminal_master_key(terminal: str) -> KeyHandle:
    """TMK 终端主密钥 of the terminal with this number (field 41): what its working keys are wrapped under."""
    return _key(f"terminal master key {terminal}")


def pin_zone_key() -> KeyHandle:
    """The key under which PIN blocks pass between acquirer and issuer."""
    return _key("zone key of PINs")


def switch_mac_key() -> KeyHandle:
    """What seals messages between a member and the switch."""
    return _key("messages of the switch")


def pin_verification_key() -> PinVerificationKey:
    """The issuer's own key for offsets of PINs: nobody's but his."""
    return PinVerificationKey(odd_parity(_KEYS.derive("issuer's PIN verification")))


def _key(name: str) -> KeyHandle:
    return KeyHandle(TDES, odd_parity(_KEYS.derive(name)))
