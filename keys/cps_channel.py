"""EMV Card Personalisation Specification keys and channel, both ends (PBOC-10 §8.2; EMV CPS 3.2, 5.3 to 5.5).

Everything is 3DES with 16-byte keys. The channel's only moving part is the previous C-MAC, passed in and out.
"""

from __future__ import annotations

from typing import NamedTuple

from keys.algorithms import BadBlocks
from keys.key_handle import KeyHandle
from keys.mac import full_mac
from keys.padding import pad, unpad

LEVEL_NONE, LEVEL_MAC, LEVEL_MAC_AND_ENCIPHERED = 0x00, 0x01, 0x03
C_MAC_LENGTH = 8


class CpsKeys(NamedTuple):
    """One set of three: the card's KENC, KMAC, KDEK, or a session's SKUENC, SKUMAC, SKUDEK."""

    enc: KeyHandle
    mac: KeyHandle
    dek: KeyHandle


class Opening(NamedTuple):
    """What both sides know when the channel opens: RTERM 8, sequence counter 2, card challenge 6."""

    terminal_random: bytes
    counter: bytes
    challenge: bytes


def card_keys(kmc: KeyHandle, key_data: bytes) -> CpsKeys:
    """KENC, KMAC, KDEK of a card: KMC over D ‖ F0 n ‖ D ‖ 0F n, D the last six bytes of KEYDATA (10 bytes)."""
    if len(key_data) != 10:
        raise BadBlocks(f"KEYDATA of {len(key_data)} bytes")
    tail = key_data[-6:]
    return CpsKeys(*(kmc.derive(tail + bytes((0xF0, n)) + tail + bytes((0x0F, n))) for n in (1, 2, 3)))


def session_keys(keys: CpsKeys, counter: bytes) -> CpsKeys:
    """SKUENC, SKUMAC, SKUDEK: CBC over 01 82, 01 01 or 01 81 ‖ counter ‖ zeros (EMV CPS 5.3)."""
    return CpsKeys(
        *(
            key.derive_cbc(bytes((0x01, code)) + counter + bytes(12))
            for key, code in zip(keys, (0x82, 0x01, 0x81), strict=True)
        )
    )


def card_cryptogram(session: CpsKeys, opening: Opening) -> bytes:
    """The card's proof, 8 bytes: last CBC block over RTERM ‖ counter ‖ challenge, padded (EMV CPS 3.2.5)."""
    data = opening.terminal_random + opening.counter + opening.challenge
    return session.enc.cbc_encrypt(pad(data, 8))[-8:]


def host_cryptogram(session: CpsKeys, opening: Opening) -> bytes:
    """The host's proof, 8 bytes, over counter ‖ challenge ‖ RTERM (EMV CPS 3.2.6)."""
    data = opening.counter + opening.challenge + opening.terminal_random
    return session.enc.cbc_encrypt(pad(data, 8))[-8:]


def c_mac(session: CpsKeys, previous: bytes, header: bytes, data: bytes) -> bytes:
    """C-MAC, 8 bytes, over previous C-MAC (empty for the first) ‖ header ‖ Lc ‖ ``data`` (EMV CPS 5.4.2).

    ``data`` before level-03 enciphering; Lc counts it and the C-MAC.
    """
    return full_mac(session.mac, previous + header + bytes((len(data) + C_MAC_LENGTH,)) + data)


def secured(session: CpsKeys, previous: bytes, header: bytes, data: bytes, level: int) -> tuple[bytes, bytes]:
    """A whole command at ``level`` and its C-MAC, which is the next command's ``previous``."""
    if level == LEVEL_NONE:
        return header + bytes((len(data),)) + data, previous
    mac = c_mac(session, previous, header, data)
    sent = encipher_command(session, data) if level == LEVEL_MAC_AND_ENCIPHERED else data
    return header + bytes((len(sent) + C_MAC_LENGTH,)) + sent + mac, mac


def encipher_command(session: CpsKeys, data: bytes) -> bytes:
    """Level 03: the data field padded and enciphered CBC under SKUENC (EMV CPS 5.5.2)."""
    return session.enc.cbc_encrypt(pad(data, 8))


def decipher_command(session: CpsKeys, cipher: bytes) -> bytes:
    """The data field of a level-03 command. Raises BadBlocks, BadPadding."""
    return unpad(session.enc.cbc_decrypt(cipher))


def encipher_dgi(session: CpsKeys, value: bytes) -> bytes:
    """The value of a secret DGI, ECB under SKUDEK; whole blocks, padded by the caller where the DGI is padded."""
    return session.dek.encrypt(value)


def decipher_dgi(session: CpsKeys, cipher: bytes) -> bytes:
    """The value of a secret DGI. Raises BadBlocks."""
    return session.dek.decrypt(cipher)
