"""An issuer's check of a PIN by an offset (偏移量), the way of IBM 3624: neither the PIN nor anything that gives it
without the key is kept.

The computation is ``psec``'s. It warns at every use that two-key 3DES is old, and what it says of bad input quotes it:
both end here.
"""

from __future__ import annotations

import hmac
import warnings
from typing import NoReturn

from keys.algorithms import TDES, BadKey
from keys.key_handle import KeyHandle

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from psec import pin as _psec

_DECIMALS = "0123456789012345"
_ACCOUNT_DIGITS = 12
SHORTEST_PIN, LONGEST_PIN = 4, 12


class PinVerificationKey:
    """PIN verification key (PVK), two-key 3DES. Its value is in no text, no pickle and no answer. Raises BadKey."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        if len(value) != TDES.key_length:
            raise BadKey(f"a PIN verification key has {TDES.key_length} bytes")
        self._value = value

    def offset(self, pin: str, pan: str) -> str:
        """What is kept of a PIN of 4 to 12 digits: as many digits. Raises ValueError; it says no digit."""
        if not SHORTEST_PIN <= len(pin) <= LONGEST_PIN or not (pin.isascii() and pin.isdecimal()):
            raise ValueError("a PIN has 4 to 12 decimal digits")
        if len(pan) <= _ACCOUNT_DIGITS or not (pan.isascii() and pan.isdecimal()):
            raise ValueError("an account has at least 13 decimal digits")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            account = pan[-1 - _ACCOUNT_DIGITS : -1]
            return str(
                _psec.generate_ibm3624_offset(self._value, _DECIMALS, pin, account, 0, _ACCOUNT_DIGITS, pan_pad="F")
            )

    def holds(self, pin: str, pan: str, offset: str) -> bool:
        """True if ``offset`` is this PIN's for this account; compared in constant time. Raises ValueError."""
        return hmac.compare_digest(self.offset(pin, pan), offset)

    def __repr__(self) -> str:
        return f"<PIN verification key, KCV {KeyHandle(TDES, self._value).check_value.hex().upper()}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a PIN verification key is neither pickled nor copied")
