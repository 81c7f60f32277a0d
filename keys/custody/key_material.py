"""What a key of each purpose may be: algorithms and lengths, one table; and values that are no keys at all.

Asked whenever a key enters a store and whenever a store is opened: a key that no card or service will take is refused
when it comes, by whoever brought it, and not when the first card is made with it. DES takes every eighth bit for parity
and ignores it, so two keys that differ there only are one key (FIPS 46-3; weak and semi-weak keys: SP 800-67 §3.3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from keys.algorithms import BadBlocks, BadKey
from keys.custody.key_transport import AES_NAME, HMAC_NAME, RSA_NAME, rsa_key
from keys.custody.ownership import Purpose


class KeyMaterial(NamedTuple):
    """An algorithm and the lengths of its keys in bytes; of RSA, of the modulus."""

    algorithm: str
    lengths: range | tuple[int, ...]


_DES, _TDES, _SM4 = KeyMaterial("DES", (8,)), KeyMaterial("3DES", (16,)), KeyMaterial("SM4", (16,))
_AES, _HMAC = KeyMaterial(AES_NAME, (16, 24, 32)), KeyMaterial(HMAC_NAME, range(16, 65))
_RSA = KeyMaterial(RSA_NAME, range(128, 249))  # a certificate is no longer than 248 bytes (PBOC-7 §5)

MATERIALS: Mapping[Purpose, tuple[KeyMaterial, ...]] = MappingProxyType(
    {
        Purpose.TRANSPORT: (_TDES,),
        Purpose.CARD_MASTER: (_TDES,),
        Purpose.CARD_MASTER_ROOT: (_TDES,),
        Purpose.FIRST_SOCIAL: (_TDES, _SM4),
        Purpose.FIRST_BANK: (_TDES,),
        Purpose.SOCIAL_MASTER: (_TDES, _SM4),
        Purpose.SOCIAL_ROOT: (_TDES, _SM4, _DES),
        Purpose.BANK_MASTER: (_TDES,),
        Purpose.KMC: (_TDES,),
        Purpose.ISSUER_AC: (_TDES, _SM4),
        Purpose.ISSUER_MAC: (_TDES, _SM4),
        Purpose.ISSUER_ENC: (_TDES, _SM4),
        Purpose.ISSUER_RSA: (_RSA,),
        Purpose.EXCHANGE: (_TDES, _AES, _SM4),
        Purpose.FILE_MAC: (_HMAC,),
    }
)
"""What a key of a purpose may be; the first is the usual one."""

# Stores from before this table: `keys generate` made file MAC keys of this kind, and files are protected with them.
FROM_BEFORE = frozenset(((Purpose.FILE_MAC, "3DES"),))

_DES_BLOCK = 8
# Without parity bits, as all of them are compared.
_WEAK = frozenset(
    bytes.fromhex(value) for value in ("0000000000000000", "FEFEFEFEFEFEFEFE", "E0E0E0E0F0F0F0F0", "1E1E1E1E0E0E0E0E")
)
_SEMI_WEAK = frozenset(
    bytes.fromhex(value)
    for value in (
        *("00FE00FE00FE00FE", "FE00FE00FE00FE00", "1EE01EE00EF00EF0", "E01EE01EF00EF00E"),
        *("00E000E000F000F0", "E000E000F000F000", "1EFE1EFE0EFE0EFE", "FE1EFE1EFE0EFE0E"),
        *("001E001E000E000E", "1E001E000E000E00", "E0FEE0FEF0FEF0FE", "FEE0FEE0FEF0FEF0"),
    )
)

_ALL_ALIKE: Mapping[int, str] = MappingProxyType(
    {0x00: "all its bits are 0, which is no key", 0xFF: "all its bits are 1, which is no key"}
)


class UnfitKey(ValueError):
    """A value is no key for its purpose; the message says why, and never the value."""


def demand_fit(purpose: Purpose, algorithm: str, value: bytes, *, stored: bool = False) -> None:
    """Refuse a key that no service takes for ``purpose``, and a value that hides nothing. Raises UnfitKey.

    ``stored``: it has been in a store before, and may be of a kind that is made no more.
    """
    allowed = MATERIALS[purpose]
    found = next((each for each in allowed if each.algorithm == algorithm), None)
    if found is None and not (stored and (purpose, algorithm) in FROM_BEFORE):
        names = " or ".join(each.algorithm for each in allowed)
        raise UnfitKey(f"a key for this purpose ({purpose.value}) is {names}, this one is {algorithm}")
    if found is not None and algorithm != RSA_NAME and len(value) not in found.lengths:
        raise UnfitKey(_wrong_length(found, value))
    reason = _what_is_no_key(algorithm, value)
    if reason:
        raise UnfitKey(reason)


def _wrong_length(wanted: KeyMaterial, value: bytes) -> str:
    sizes = wanted.lengths
    lengths = f"{sizes[0]} to {sizes[-1]}" if isinstance(sizes, range) else " or ".join(map(str, sizes))
    told = f"{wanted.algorithm} here has keys of {lengths} bytes, this one has {len(value)}"
    parts = [without_parity(value[at : at + _DES_BLOCK]) for at in range(0, len(value), _DES_BLOCK)]
    if wanted is _TDES and len(parts) == 3:
        if len(set(parts)) == 1:
            return f"{told}: one DES key three times, which is single DES"
        if parts[0] == parts[2]:
            return f"{told}: two keys and the first again; ask for the first {2 * _DES_BLOCK} bytes as a two-key block"
        return f"{told}: three-key 3DES, which no card here has"
    if wanted is _TDES and len(parts) == 1:
        return f"{told}: single DES"
    return told


def _what_is_no_key(algorithm: str, value: bytes) -> str:
    """Why a value hides nothing, or less than its algorithm promises; empty if it is as good as any."""
    if algorithm == RSA_NAME:
        return _what_is_no_rsa_key(value)
    if len(set(value)) == 1:
        return _ALL_ALIKE.get(value[0], "it is one byte over and over, which is no key")
    if algorithm not in ("DES", "3DES"):
        return ""
    parts = [without_parity(value[at : at + _DES_BLOCK]) for at in range(0, len(value), _DES_BLOCK)]
    for part in parts:
        if part in _WEAK or part in _SEMI_WEAK:
            which = "it" if len(parts) == 1 else "a half of it"
            return f"{which} is one of the {'weak' if part in _WEAK else 'semi-weak'} keys of DES, which are published"
    if len(set(parts)) < len(parts):
        return "its halves are the same but for parity: it is single DES, told as 3DES"
    return ""


def _what_is_no_rsa_key(value: bytes) -> str:
    try:
        stored = rsa_key(value)
        size = len(stored.key.modulus)
        if size not in _RSA.lengths:
            least, most = 8 * _RSA.lengths[0], 8 * _RSA.lengths[-1]
            return f"an issuer's RSA key has {least} to {most} bits, this one has {8 * size}"
        if int.from_bytes(stored.exponent, "big") not in (3, 65537):
            return "the public exponent of an issuer's RSA key is 3 or 65537, here it is another"
        sample = bytes(range(1, size)).rjust(size, b"\0")
        if stored.key.public(stored.exponent).recover(stored.key.sign(sample)) != sample:
            return "its two numbers are not both prime: what it signs cannot be verified"
    except (BadKey, BadBlocks) as error:
        return str(error)
    return ""


def without_parity(value: bytes) -> bytes:
    """DES key bytes with the bits cleared that DES ignores."""
    return bytes(byte & 0xFE for byte in value)
