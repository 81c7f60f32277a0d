"""The same cryptography by programs that share nothing with this one: pyemv, ``cryptography``, tongsuopy."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package imports TripleDES from its old place
    import pyemv


def ecb(key: bytes, data: bytes, *, sm: bool = False) -> bytes:
    """Whole blocks."""
    algorithm = SM4(key) if sm else TripleDES(key * 3 if len(key) == 8 else key + key[:8])
    return Cipher(algorithm, modes.ECB()).encryptor().update(data)  # noqa: S305 - the standards prescribe ECB


def inverted(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def _quiet(function: Callable[..., bytes], *arguments: object) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments)


# --- bank side ----------------------------------------------------------------------------------------------------


class BankCipher(NamedTuple):
    """UDK of a master; session key of an ATC; MAC; ARPC."""

    card_key: Callable[[bytes, str, str], bytes]
    session: Callable[[bytes, bytes], bytes]
    mac: Callable[[bytes, bytes], bytes]
    arpc: Callable[[bytes, bytes, bytes], bytes]


def _sm_card_key(master: bytes, pan: str, psn: str) -> bytes:
    y = bytes.fromhex((pan + psn)[-16:].rjust(16, "0"))
    return ecb(master, y + inverted(y), sm=True)


def _sm_mac(key: bytes, data: bytes) -> bytes:
    padded = data + b"\x80" + bytes(-(len(data) + 1) % 16)
    return Cipher(SM4(key), modes.CBC(bytes(16))).encryptor().update(padded)[-16:][:8]


def _sm_arpc(key: bytes, cryptogram: bytes, arc: bytes) -> bytes:
    mixed = bytes(a ^ b for a, b in zip(cryptogram, arc.ljust(8, b"\0"), strict=True))
    return ecb(key, mixed.ljust(16, b"\0"), sm=True)[:8]


def _atc_block(atc: bytes) -> bytes:
    return bytes(6) + atc + bytes(6) + inverted(atc)


DES = BankCipher(
    lambda master, pan, psn: _quiet(pyemv.kd.derive_icc_mk_a, master, pan, psn),
    lambda key, atc: ecb(key, _atc_block(atc)),
    lambda key, data: _quiet(pyemv.mac.mac_iso9797_3, key[:8], key[8:], data, 2),
    lambda key, cryptogram, arc: _quiet(pyemv.ac.generate_arpc_1, key, cryptogram, arc),
)
SM = BankCipher(_sm_card_key, lambda key, atc: ecb(key, _atc_block(atc), sm=True), _sm_mac, _sm_arpc)


# --- social side --------------------------------------------------------------------------------------------------


def child(parent: bytes, factor: bytes, *, sm: bool) -> bytes:
    """One step down the tree (SSC-9 §7)."""
    return ecb(parent, factor if len(parent) == 8 else factor + inverted(factor), sm=sm)


def process_cipher(key: bytes, random: bytes, blocks: bytes, *, sm: bool) -> bytes:
    """The process key of ``random`` over ``blocks`` (SSC-4 §8.4)."""
    return ecb(ecb(key, random.ljust(16 if sm else 8, b"\0"), sm=sm), blocks, sm=sm)


def authentication_data(key: bytes, random: bytes, original: bytes, *, sm: bool) -> bytes:
    """鉴别数据, 8 bytes (SSC-4 §9.5)."""
    block = process_cipher(key, random, original + bytes(8 if sm else 0), sm=sm)
    return bytes(a ^ b for a, b in zip(block[:8], block[8:], strict=True)) if sm else block
