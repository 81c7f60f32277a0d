"""Field 62 of a sign-on's answer: working keys under the terminal's master key, as seen in the field; none is clear."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

_CHECK, _TAGGED_KEY, _TAGGED_CHECK = 4, 16, 8
_SINGLE = 8


class BadKeyDelivery(ValueError):
    """The bytes deliver no keys; says why, and no byte of them."""


class LineKeyRole(Enum):
    """What a key of the line is for. ``tag``: in front of it in the tagged form."""

    PIN = (2, "PIN 密钥 PIK", "PIN key")
    MAC = (1, "MAC 密钥 MAK", "MAC key")
    TRACK = (3, "磁道密钥 TDK", "track key")
    MASTER = (0, "终端主密钥 TMK", "terminal master key")

    def __init__(self, tag: int, zh: str, en: str) -> None:
        self.tag, self.zh, self.en = tag, zh, en


class EncipheredKey(NamedTuple):
    """A key under another, and its check value. The cipher text is not shown."""

    cipher: bytes
    check: bytes

    def __repr__(self) -> str:
        return f"<EncipheredKey {len(self.cipher)} bytes, check value {self.check.hex().upper()}>"


_UNTAGGED: Mapping[int, tuple[int, int]] = {24: (8, 2), 40: (16, 2), 56: (24, 2), 60: (16, 3), 84: (24, 3)}
_ORDER = (LineKeyRole.PIN, LineKeyRole.MAC, LineKeyRole.TRACK)
_TAGGED_ORDER = (LineKeyRole.MAC, LineKeyRole.PIN, LineKeyRole.TRACK, LineKeyRole.MASTER)


def delivered_keys(raw: bytes) -> dict[LineKeyRole, EncipheredKey]:
    """The keys in field 62: untagged 24, 40, 56, 60 or 84 bytes in the order PIN, MAC, track; or each of 16 bytes
    behind its tag, with 8 bytes of check value. A key of 16 bytes whose second half is zeros is one of 8. Raises
    BadKeyDelivery.
    """
    if len(raw) in _UNTAGGED:
        size, count = _UNTAGGED[len(raw)]
        step = size + _CHECK
        pieces = [raw[at : at + step] for at in range(0, count * step, step)]
        return {role: _key(piece, size) for role, piece in zip(_ORDER, pieces, strict=False)}
    step = 1 + _TAGGED_KEY + _TAGGED_CHECK
    roles = {role.tag: role for role in LineKeyRole}
    tags = [raw[at] for at in range(0, len(raw), step)]
    if not raw or len(raw) % step or len(set(tags)) < len(tags) or not set(tags) <= set(roles):
        raise BadKeyDelivery(f"{len(raw)} bytes deliver no keys: neither a known length nor tagged")
    return {roles[raw[at]]: _key(raw[at + 1 : at + step], _TAGGED_KEY) for at in range(0, len(raw), step)}


def _key(piece: bytes, size: int) -> EncipheredKey:
    cipher = piece[:size]
    if size == 2 * _SINGLE and not any(cipher[_SINGLE:]):
        cipher = cipher[:_SINGLE]
    return EncipheredKey(cipher, piece[size:])


def key_delivery(keys: Mapping[LineKeyRole, EncipheredKey], *, tagged: bool = False) -> bytes:
    """Field 62 of these keys. Raises BadKeyDelivery where the form has no place for one."""
    if tagged:
        return b"".join(_tagged(role, keys[role]) for role in _TAGGED_ORDER if role in keys)
    missing = LineKeyRole.MASTER in keys or not {LineKeyRole.PIN, LineKeyRole.MAC} <= set(keys)
    size = max((len(key.cipher) for key in keys.values()), default=0)
    made = b"".join(keys[role].cipher.ljust(size, b"\0") + keys[role].check for role in _ORDER if role in keys)
    if missing or len(made) not in _UNTAGGED:
        raise BadKeyDelivery("untagged are PIN key, MAC key and perhaps track key, with check values of 4 bytes")
    return made


def _tagged(role: LineKeyRole, key: EncipheredKey) -> bytes:
    cipher = key.cipher.ljust(_TAGGED_KEY, b"\0")
    if len(cipher) != _TAGGED_KEY or len(key.check) != _TAGGED_CHECK:
        raise BadKeyDelivery("tagged keys have 8 or 16 bytes, and check values of 8")
    return bytes((role.tag,)) + cipher + key.check
