"""What a PSAM computes (SSC-9 §7 to §9), as functions over the keys it holds. Its files and states live elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from keys.key_handle import KeyHandle
from keys.key_wrapping import pad_iv
from keys.mac import social_cut
from keys.medical_macs import Purchase, purchase_session
from keys.padding import BadPadding, pad_if_needed, strip_length
from keys.social_cryptography import child_key, command_mac, session_key

_ATTRIBUTES = 8


class PsamKeyHead(NamedTuple):
    """What stands before a value in CREATE KEY: ``usage`` (steps and type), ``kid`` identifier or version."""

    usage: int
    kid: int
    algorithm: int

    @property
    def steps(self) -> int:
        """Diversification steps between this key and the user card (bits 8 to 6)."""
        return self.usage >> 5

    def encode(self) -> bytes:
        """usage, identifier, 00, algorithm, right 0000, 0000: 8 bytes (SSC-9 §9.5)."""
        return bytes((self.usage, self.kid, 0, self.algorithm, 0, 0, 0, 0))


def descend(key: KeyHandle, factors: Sequence[bytes]) -> KeyHandle:
    """From the PSAM's tier to the card: ``factors`` as sent, card first, are used from the last to the first."""
    for factor in reversed(factors):
        key = child_key(key, factor)
    return key


def deliver(key: KeyHandle, factors: Sequence[bytes], session_factor: bytes) -> KeyHandle:
    """DELIVERY SESSION KEY 分散过程密钥: down the tree, then the session key of the last factor (SSC-9 §9.7)."""
    return session_key(descend(key, factors), session_factor)


def mac_blocks(key: KeyHandle, data: bytes) -> bytes:
    """CIPHER DATA P1 05: the first block is the IV, the rest is padded already; the whole last block."""
    size = key.algorithm.block
    return key.mac_block(data[size:], data[:size])


def mac_answer(block: bytes) -> bytes:
    """The 4 bytes a PSAM answers for a MAC block."""
    return social_cut(block)


def purchase_mac1(
    key: KeyHandle, factors: Sequence[bytes], purchase: Purchase, random: bytes, sequence: int
) -> tuple[bytes, KeyHandle]:
    """INIT SAM FOR PURCHASE: MAC1 for the card and the session key that will check its MAC2 (SSC-9 §9.9)."""
    session = purchase_session(descend(key, factors), random, sequence, purchase.terminal_sequence)
    return purchase.mac1(session), session


def create_key_command(master: KeyHandle, file: int, head: PsamKeyHead, key: KeyHandle, random: bytes) -> bytes:
    """CREATE KEY 84 D4 00 file: LD ‖ head ‖ value enciphered, MAC with the random number as IV (SSC-9 §7.1)."""
    return _key_command(master, bytes((0x84, 0xD4, 0x00, file)), head.encode(), key, random)


def change_key_command(master: KeyHandle, file: int, head: PsamKeyHead, key: KeyHandle, random: bytes) -> bytes:
    """CHANGE KEY 84 D4 01 file: LD ‖ usage, identifier, 00 ‖ value, likewise (SSC-9 §7.2)."""
    return _key_command(master, bytes((0x84, 0xD4, 0x01, file)), head.encode()[:3], key, random)


def _key_command(master: KeyHandle, header: bytes, head: bytes, key: KeyHandle, random: bytes) -> bytes:
    block, length = master.algorithm.block, len(head) + key.algorithm.key_length
    padding = pad_if_needed(bytes(1 + length), block)[1 + length :]
    cipher = master.wrap(key, bytes((length,)) + head, padding)
    return header + bytes((len(cipher) + 4,)) + cipher + command_mac(master, header, cipher, pad_iv(random, block))


def open_created_key(master: KeyHandle, cipher: bytes) -> tuple[PsamKeyHead, bytes]:
    """Head and value out of CREATE KEY. Raises BadBlocks, BadPadding."""
    plain = strip_length(master.decrypt(cipher))
    if len(plain) not in (_ATTRIBUTES + 8, _ATTRIBUTES + 16):
        raise BadPadding(f"key data of {len(plain)} bytes")
    return PsamKeyHead(plain[0], plain[1], plain[3]), plain[_ATTRIBUTES:]
