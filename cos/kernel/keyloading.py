"""Key loading (装载密钥): taking header and value out of a WRITE KEY command.

Four forms by two flags: enciphered or plain, with or without MAC. Enciphered: ECB under the directory's master
key of LD ‖ header ‖ value ‖ 80 00…. MAC: static master key, the card's last random number as start value
(社会保障（个人）卡规范 part 9 §7.1.3; personalisation dialect).
"""

from __future__ import annotations

from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from keys import t514
from keys.algorithms import BadBlocks
from keys.handle import KeyHandle
from keys.mac import same, social_mac
from keys.padding import BadPadding, strip_length
from keys.store import KeyHeader

_CLAUSE, _MAKING = "SSC-9 §7.1.3", "SSC-10 §5.2"
MAC_LENGTH = 4
_SERIAL_LENGTH = 6


class KeyLoad(NamedTuple):
    """One key as it arrived: header and value, the value without its fill."""

    header: KeyHeader
    value: bytes


class Forms(NamedTuple):
    """What the class byte of a WRITE KEY says."""

    enciphered: bool
    authenticated: bool


def forms(cla: int) -> Forms:
    """Class 00 plain, 80 enciphered, 84 enciphered and MACed, 04 plain and MACed."""
    return Forms(enciphered=bool(cla & 0x80), authenticated=bool(cla & 0x04))


def unwrap(command: CommandAPDU, key: KeyHandle, challenge: bytes | None) -> KeyLoad:
    """Header and value of the key that ``command`` carries, protected under ``key``.

    Refuses with 6984 (MAC form without a random number), 6988 (MAC or cipher text wrong), 6A80 (layout).
    """
    enciphered, authenticated = forms(command.cla)
    data = command.data
    if authenticated:
        data = check_mac(command, key, challenge)
    if not enciphered:
        return _layout(data)
    try:
        plain = strip_length(key.decrypt(data))
    except (BadBlocks, BadPadding) as error:
        raise Refusal(
            SW.SM_INCORRECT, Gate.MESSAGING, f"the enciphered key does not decipher: {error}", _CLAUSE
        ) from None
    return _layout(plain)


def check_mac(command: CommandAPDU, key: KeyHandle, challenge: bytes | None) -> bytes:
    """The data field without its MAC, after checking it under the static ``key``; same refusals as ``unwrap``."""
    if challenge is None:
        raise Refusal(
            SW.REFERENCED_DATA_INVALID, Gate.RANDOM, "no random number: GET CHALLENGE must come just before", _CLAUSE
        )
    data, mac = split_mac(command)
    if not same(mac_of(command, key, challenge), mac):
        raise wrong_mac(key)
    return data


def split_mac(command: CommandAPDU) -> tuple[bytes, bytes]:
    """The data field in front of the MAC, and the MAC."""
    return command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]


def mac_of(command: CommandAPDU, key: KeyHandle, challenge: bytes) -> bytes:
    """The MAC that ``command`` should carry under the static ``key``: over header, Lc and data as sent."""
    data, _ = split_mac(command)
    message = command.header + bytes((len(command.data),)) + data
    return social_mac(key, message, challenge[: key.block].ljust(key.block, b"\0"))


def wrong_mac(key: KeyHandle) -> Refusal:
    """6988."""
    return Refusal(SW.SM_INCORRECT, Gate.MESSAGING, f"MAC wrong under {key!r}", _CLAUSE)


def transport_proof(transport: KeyHandle, historical: bytes) -> bytes:
    """What shows the transport key: the chip's serial number, its last historical bytes, under it.

    Refuses with 6985 where the chip has no such number, not given yet or not readable.
    """
    serial = historical[-_SERIAL_LENGTH:]
    if len(serial) != _SERIAL_LENGTH:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.LIFE_CYCLE,
            "the chip has no serial number: SET SERIAL gives it one",
            _MAKING,
        )
    return t514.transport_cryptogram(transport, serial)


def _layout(block: bytes) -> KeyLoad:
    if len(block) < 8 or not block[7] <= len(block) - 8 or len(block) > 24:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "a key is 8 bytes of header and the value whose length they give")
    return KeyLoad(KeyHeader(*block[:8]), block[8 : 8 + block[7]])
