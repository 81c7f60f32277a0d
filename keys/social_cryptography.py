"""Cryptography of the social side, common to card and host: diversification, session keys, authentication, messaging.

Pure functions over key handles; the algorithm is the handle's. Personalisation is in ``keys.key_wrapping``, the medical
account in ``keys.medical_macs``.
"""

from __future__ import annotations

from keys.algorithms import DES, BadBlocks, invert, xor
from keys.key_handle import KeyHandle
from keys.mac import same, social_mac
from keys.padding import prefix_length, strip_length

FACTOR_LENGTH = 8


# --- diversification 密钥分散 -------------------------------------------------------------------------------------


def province_factor(city_code: str) -> bytes:
    """F1: first two digits of the city code ‖ "0000sh" (SSC-9 §7.3.3)."""
    return f"{city_code[:2]}0000sh".encode()


def city_factor(city_code: str) -> bytes:
    """F2: the six digits ‖ "sx"; in Zhejiang (33) four digits ‖ "00" ‖ "sx" (SSC-9 §7.3.3; provincial practice)."""
    code = f"{city_code[:4]}00" if city_code.startswith("33") else city_code
    return f"{code}sx".encode()


def card_factor(historical: bytes) -> bytes:
    """F3: historical bytes 6 to 13 of the ATR, T6 to TD (SSC-9 §7.3.3). Raises ValueError if there are not 13."""
    if len(historical) != 13:
        raise ValueError(f"{len(historical)} historical bytes, the social card has 13")
    return historical[5:13]


def child_key(parent: KeyHandle, factor: bytes) -> KeyHandle:
    """One step down the tree (SSC-9 §7): E(F ‖ NOT F), for an 8-byte DES key E(F). ``factor`` 8 bytes."""
    if len(factor) != FACTOR_LENGTH:
        raise BadBlocks(f"diversification factor of {len(factor)} bytes")
    return parent.derive(factor if parent.algorithm is DES else factor + invert(factor))


# --- session key 过程密钥, authentication 鉴别 ---------------------------------------------------------------------


def session_key(key: KeyHandle, random: bytes) -> KeyHandle:
    """The key of one process (SSC-4 §8.4). ``random`` 4 or 8 bytes, for SM4 also 16; right-padded with 00.

    DES and two-key 3DES give an 8-byte DES key, SM4 a 16-byte SM4 key. Raises BadBlocks.
    """
    size = key.algorithm.block
    if len(random) not in (4, 8, size):
        raise BadBlocks(f"random number of {len(random)} bytes for {key.algorithm.name}")
    if len(random) != size:
        random = random.ljust(size, b"\x00")
    return key.derive(random, DES if size == 8 else None)


def authentication_data(key: KeyHandle, factor: bytes, original: bytes) -> bytes:
    """鉴别数据, 8 bytes (SSC-4 §9.5): session key of the process factor over the 8-byte original information."""
    session = session_key(key, factor)
    if session.algorithm.block == 8:
        return session.encrypt(original)
    block = session.encrypt(original + bytes(8))
    return xor(block[:8], block[8:])


def authenticates(key: KeyHandle, factor: bytes, original: bytes, presented: bytes) -> bool:
    """True if ``presented`` is the authentication data of these; compared in constant time."""
    return same(authentication_data(key, factor, original), presented)


def card_code(irk: KeyHandle, identification: bytes) -> bytes:
    """The 4-byte authentication code of the card identification code in EF05 (V2.0 §8.1.1.1).

    ``identification`` is its first 12 bytes (city 3, D156000005, serial 4). MAC under the card's IRK, IV zero.
    """
    return social_mac(irk, identification)


# --- secure messaging 安全报文 ------------------------------------------------------------------------------------


def command_mac(key: KeyHandle, header: bytes, data: bytes = b"", iv: bytes | None = None) -> bytes:
    """4-byte MAC over CLA INS P1 P2 ‖ Lc ‖ data, Lc counting the MAC (SSC-4 §8.2).

    ``header`` 4 bytes with the secure-messaging nibble set; ``data`` as sent, plain or enciphered. User commands
    take the session key and IV zero; personalisation takes the static key and a random IV (SSC-9 §7.1.3).
    """
    return social_mac(key, header + bytes((len(data) + 4,)) + data, iv)


def encipher(key: KeyHandle, plain: bytes) -> bytes:
    """LD ‖ plain ‖ 80 00… if not aligned, ECB (SSC-4 §8.3). Raises BadPadding beyond 255 bytes."""
    return key.encrypt(prefix_length(plain, key.algorithm.block))


def decipher(key: KeyHandle, cipher: bytes) -> bytes:
    """The plain data; what follows them is ignored (SSC-4 §8.3). Raises BadBlocks, BadPadding."""
    return strip_length(key.decrypt(cipher))


def secured(key: KeyHandle, header: bytes, data: bytes = b"", iv: bytes | None = None) -> bytes:
    """The whole command: header ‖ Lc ‖ ``data`` ‖ MAC."""
    return header + bytes((len(data) + 4,)) + data + command_mac(key, header, data, iv)
