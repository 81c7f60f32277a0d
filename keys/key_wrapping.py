"""Personalisation of the social side as the Datang T514 COS does it: transport key, master keys, WRITE KEY.

Static keys, random IV: this family of commands differs on purpose from the user commands of
``keys.social_cryptography`` (SSC-9 §7.1.3 has the same form for the PSAM).
"""

from __future__ import annotations

from keys.algorithms import BadBlocks
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from keys.padding import BadPadding, pad_if_needed, prefix_length, strip_length
from keys.social_cryptography import authentication_data, command_mac

_VALUE_FIELD = 16
_LONG, _SHORT = 0x18, 0x10


def transport_cryptogram(transport: KeyHandle, serial: bytes) -> bytes:
    """Data of the transport-key command: E(0000 ‖ the last six historical bytes), 8 bytes."""
    if len(serial) != 6:
        raise BadBlocks(f"serial of {len(serial)} bytes")
    plain = b"\x00\x00" + serial
    return transport.encrypt(plain.ljust(transport.algorithm.block, b"\x00"))[:8]


def master_authentication(master: KeyHandle, random: bytes) -> bytes:
    """Data of EXTERNAL AUTHENTICATION by a master key of the social side: authentication data ‖ random."""
    return authentication_data(master, random, random) + random


def bank_master_authentication(master: KeyHandle, random: bytes) -> bytes:
    """The same for the bank side's directory: one block, the static key over the random number."""
    return master.encrypt(random)


def pad_iv(random: bytes, block: int) -> bytes:
    """IV of a command under a static key: 4, 8 or (16-byte ciphers) 16 random bytes, right-padded with 00."""
    if len(random) not in (4, 8, block):
        raise BadBlocks(f"random number of {len(random)} bytes as IV")
    return random.ljust(block, b"\x00")


def wrap_key(master: KeyHandle, header: KeyHeader, key: KeyHandle, *, short: bool = False) -> bytes:
    """LD ‖ header ‖ value filled with FF to 16 ‖ 80 00…, enciphered: the data of WRITE KEY.

    ``short``: the form of the HSM path for 8-byte keys, value not filled.
    """
    return _wrapped(master, header, key, short=short)


def wrap_pin(master: KeyHandle, header: KeyHeader, pin: bytes) -> bytes:
    """The same for a PIN."""
    return master.encrypt(prefix_length(header.encode() + pin.ljust(_VALUE_FIELD, b"\xff"), master.algorithm.block))


def _wrapped(master: KeyHandle, header: KeyHeader, key: KeyHandle, *, short: bool) -> bytes:
    fill = b"" if short else b"\xff" * (_VALUE_FIELD - header.length)
    before = bytes((8 + header.length + len(fill),)) + header.encode()
    size = len(before) + header.length + len(fill)
    padding = pad_if_needed(bytes(size), master.algorithm.block)[size:]
    return master.wrap(key, before, fill + padding)


def unwrap(master: KeyHandle, cipher: bytes) -> tuple[KeyHeader, bytes]:
    """Header and value field (8 or 16 bytes) of an enciphered WRITE KEY. Raises BadBlocks, BadPadding."""
    return split(strip_length(master.decrypt(cipher)))


def split(plain: bytes) -> tuple[KeyHeader, bytes]:
    """Header and value field of a plain WRITE KEY: 18 or (short form) 10 bytes. Raises BadPadding."""
    if len(plain) not in (_LONG, _SHORT):
        raise BadPadding(f"key data of {len(plain)} bytes")
    return KeyHeader.decode(plain), plain[8:]


def write_key_command(master: KeyHandle, p1: int, cipher: bytes, random: bytes) -> bytes:
    """84 D4 P1 00 with MAC: static master key, IV the random number (P1 01 for a master key, else 00)."""
    header = bytes((0x84, 0xD4, p1, 0x00))
    mac = command_mac(master, header, cipher, pad_iv(random, master.algorithm.block))
    return header + bytes((len(cipher) + 4,)) + cipher + mac
