"""WRITE KEY of the personalisation dialect (装载密钥): the key a command carries, if the directory takes such a key.

Keys travel enciphered and MACed under the governing master key; plain only while the directory is being made.
Four forms by two flags: enciphered or plain, with or without MAC. Enciphered: ECB under the directory's master
key of LD ‖ header ‖ value ‖ 80 00…. MAC: static master key, the card's last random number as start value
(社会保障（个人）卡规范 part 9 §7.1.3; personalisation dialect).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.access_rights import governing
from cos.kernel.command_rows import ANY, Secured
from cos.kernel.directory_headers import MASTER, Life
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.security_state import Standing
from keys.algorithms import BadBlocks
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from keys.mac import same, social_mac
from keys.padding import BadPadding, strip_length

FORMS = ((0x00, Secured.NO), (0x04, Secured.MAC), (0x80, Secured.ENCIPHERED), (0x84, Secured.BOTH))
"""The classes of WRITE KEY, and the form of the key in each."""

MAC_LENGTH = 4
_SIXTEEN: Collection[int] = frozenset((16,))


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
    data = check_mac(command, key, challenge) if authenticated else command.data
    return _layout(deciphered(key, data) if enciphered else data)


def deciphered(key: KeyHandle, data: bytes, *, strict: bool = False) -> bytes:
    """What travels as LD ‖ it ‖ 80 00… enciphered under ``key``; ``strict``: nothing but padding stands behind it.

    Refuses with 6988.
    """
    try:
        return strip_length(key.decrypt(data), strict=strict)
    except (BadBlocks, BadPadding):
        raise Refusal(
            SW.SM_INCORRECT, Gate.MESSAGING, "data do not decipher", received=len(data), key=repr(key)
        ) from None


def check_mac(command: CommandAPDU, key: KeyHandle, challenge: bytes | None) -> bytes:
    """The data field without its MAC, after checking it under the static ``key``; same refusals as ``unwrap``."""
    if challenge is None:
        raise Refusal(SW.REFERENCED_DATA_INVALID, Gate.RANDOM, "no random number just before")
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
    return Refusal(SW.SM_INCORRECT, Gate.MESSAGING, "wrong MAC", key=repr(key))


def _layout(block: bytes) -> KeyLoad:
    if len(block) < 8 or not block[7] <= len(block) - 8 or len(block) > 24:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no key header and value", received=len(block))
    return KeyLoad(KeyHeader(*block[:8]), block[8 : 8 + block[7]])


class Takes(NamedTuple):
    """Keys that WRITE KEY with this P1 may bring: types, numbers, lengths of the value, ciphers by number."""

    p1: int
    kinds: Collection[int]
    numbers: Collection[int] = ANY
    lengths: Collection[int] = _SIXTEEN
    ciphers: Collection[int] = ANY

    def fits(self, p1: int, header: KeyHeader, value: bytes) -> bool:
        """True if such a key may come so."""
        return (
            p1 == self.p1
            and header.kind in self.kinds
            and header.kid in self.numbers
            and len(value) in self.lengths
            and header.algorithm in self.ciphers
        )


MASTER_KEY = Takes(1, (MASTER.kind,), (MASTER.kid,))
"""A master key: P1 01, type 00, number 00, 16 bytes."""


def received(at: Standing, command: CommandAPDU, takes: Iterable[Takes]) -> KeyLoad:
    """The key that ``command`` brings into the current directory, under the master key that governs it.

    Refuses with 6987 (after END anything but enciphered with MAC), and as ``loaded``.
    """
    if at.directory.life != Life.PERSONALISATION:
        demand_protected(command)
    return loaded(at, command, at.keys(governing(at)).key(MASTER), takes)


def loaded(at: Standing, command: CommandAPDU, under: KeyHandle, takes: Iterable[Takes]) -> KeyLoad:
    """The key that ``command`` carries under ``under``; a master key has version 0. Uses up the random number.

    Refuses with 6984, 6988, 6A80.
    """
    header, value = unwrap(command, under, at.challenge.take())
    if not any(each.fits(command.p1, header, value) for each in takes):
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "no key for here",
            p1=command.p1,
            kind=header.kind,
            number=header.kid,
            length=len(value),
        )
    return KeyLoad(header._replace(version=MASTER.version) if header.kind == MASTER.kind else header, value)


def demand_protected(command: CommandAPDU) -> None:
    """Refuse with 6987 a key that does not come enciphered with MAC."""
    if forms(command.cla) != (True, True):
        raise Refusal(SW.SM_MISSING, Gate.MESSAGING, "a key without protection", "SSC-4 §7.3")
