"""Whether a secret lies in a file, in any of the ways in which it could have got there."""

from __future__ import annotations

import base64


def lies_in(file: bytes, secret: bytes) -> bool:
    """True if the bytes are in it raw, as hex, or in base64, wherever in what was encoded they began."""
    hexadecimal = secret.hex().encode()
    if secret in file or hexadecimal in file.lower():
        return True
    return any(_inner(secret, shift) in file for shift in range(3))


def _inner(secret: bytes, shift: int) -> bytes:
    """The digits of base64 that do not depend on what stands around, with ``shift`` bytes before."""
    whole = base64.b64encode(bytes(shift) + secret)
    first, last = (shift * 8 + 5) // 6, (shift + len(secret)) * 8 // 6
    return whole[first:last]
