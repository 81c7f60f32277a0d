"""Keys, MACs and PIN blocks of the line between a terminal, its acquirer and the issuer (收单线路): ISO 8583, as seen
in the field. Keys are handles: nothing here shows the value of one.

Format 0 of PIN blocks is ``psec``'s work (ISO 9564-1). What it says of a block that it refuses is not repeated: it may
quote from it.
"""

from __future__ import annotations

import functools
import hmac
import warnings
from enum import Enum

from keys.algorithms import DES, SM4, TDES, BadBlocks, BadKey, xor
from keys.bank_cryptography import BadPinBlock
from keys.key_handle import KeyHandle

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that two-key 3DES is old: the dialects prescribe it
    from psec import pinblock

_BLOCK = 8
_CHECK_LENGTHS = (3, 4, 8)
CHECK_LENGTH = 4
"""Bytes of a check value on the line; the tagged form of field 62 has 8."""


class BadLineKey(ValueError):
    """An enciphered key that is none, or whose check value is another's; says no byte of it."""


class LineMac(Enum):
    """How a message is sealed. The value is its name in settings.

    ``ECB_HEX``: the hex text of all blocks' XOR, enciphered in two steps, of which the first 4 bytes as hex text;
    ``XOR_3DES``: all blocks' XOR, enciphered; ``X919``: CBC, with a double key its left half but for the last block;
    ``CBC_TEXT``: as X919, the first 4 bytes as hex text (switch).
    """

    ECB_HEX = "ecb-hex"
    XOR_3DES = "xor-3des"
    X919 = "x9.19"
    CBC_TEXT = "cbc-text"


def line_mac(kind: LineMac, key: KeyHandle, data: bytes) -> bytes:
    """The 8 bytes of field 64 or 128 over ``data``, which is filled with zeros to whole blocks. Raises BadLineKey for
    a key whose blocks are not of 8 bytes.
    """
    if key.block != _BLOCK:
        raise BadLineKey(f"a MAC of this line is made with DES or 3DES, not {key.algorithm.name}")
    blocks = data + bytes(-len(data) % _BLOCK) or bytes(_BLOCK)
    if kind is LineMac.X919:
        return key.mac_block(blocks)
    if kind is LineMac.CBC_TEXT:
        return _hex_text(key.mac_block(blocks)[:4])
    folded = functools.reduce(xor, (blocks[at : at + _BLOCK] for at in range(0, len(blocks), _BLOCK)))
    if kind is LineMac.XOR_3DES:
        return key.encrypt(folded)
    text = _hex_text(folded)
    return _hex_text(key.encrypt(xor(key.encrypt(text[:_BLOCK]), text[_BLOCK:]))[:4])


def line_mac_holds(kind: LineMac, key: KeyHandle, data: bytes, mac: bytes) -> bool:
    """True if ``mac`` is that of ``data``; compared in constant time. Raises BadLineKey."""
    return hmac.compare_digest(line_mac(kind, key, data), mac)


def _hex_text(data: bytes) -> bytes:
    return data.hex().upper().encode("ascii")


def pin_block_0(key: KeyHandle, pin: str, pan: str) -> bytes:
    """The enciphered block, 8 bytes. ``pin``: 4 to 12 digits; ``pan``: at least 13. Raises BadPinBlock."""
    try:
        clear = pinblock.encode_pinblock_iso_0(pin, pan)
    except ValueError:
        raise BadPinBlock("a PIN has 4 to 12 digits and an account at least 13") from None
    return _pin_key(key).encrypt(clear)


def pin_in_block(key: KeyHandle, block: bytes, pan: str) -> str:
    """The PIN. Raises BadPinBlock: also where key or account are others than it was made with, as far as that shows."""
    try:
        return str(pinblock.decode_pinblock_iso_0(_pin_key(key).decrypt(block), pan))
    except ValueError:  # BadBlocks is one, too
        raise BadPinBlock("no PIN block of format 0 under this key for this account") from None


def translated(block: bytes, source: KeyHandle, target: KeyHandle) -> bytes:
    """The same clear PIN block under another key. Raises BadPinBlock for what are not 8 bytes."""
    if len(block) != _BLOCK:
        raise BadPinBlock(f"a PIN block of {len(block)} bytes; format 0 has {_BLOCK}")
    return _pin_key(target).encrypt(_pin_key(source).decrypt(block))


def _pin_key(key: KeyHandle) -> KeyHandle:
    if key.block != _BLOCK:
        raise BadPinBlock(f"format 0 is enciphered with DES or 3DES, not {key.algorithm.name}")
    return key


def line_check_value(key: KeyHandle, length: int = CHECK_LENGTH) -> bytes:
    """The first ``length`` bytes of zeros enciphered."""
    return key.encrypt(bytes(key.block))[:length]


def wrapped_key(kek: KeyHandle, key: KeyHandle) -> bytes:
    """The key under ``kek``, ECB: as long as it is. Raises BadLineKey."""
    try:
        return kek.wrap(key)
    except BadBlocks:
        raise BadLineKey(f"a {key.algorithm.name} key does not fit blocks of {kek.block} bytes") from None


def unwrapped_key(kek: KeyHandle, cipher: bytes, check: bytes) -> KeyHandle:
    """The key that ``wrapped_key`` enciphered: 8 bytes DES, 16 bytes 3DES, or SM4 under an SM4 key.

    ``check``: 3, 4 or 8 bytes of its check value. Raises BadLineKey.
    """
    algorithm = SM4 if kek.algorithm is SM4 else DES if len(cipher) == DES.key_length else TDES
    try:
        key = kek.unwrap(cipher, algorithm)
    except (BadBlocks, BadKey):
        raise BadLineKey(f"an enciphered key of {len(cipher)} bytes") from None
    if len(check) not in _CHECK_LENGTHS:
        raise BadLineKey(f"a check value of {len(check)} bytes")
    if not hmac.compare_digest(line_check_value(key, len(check)), check):
        raise BadLineKey("the check value is not that of the key: another master key, or a spoilt message")
    return key
