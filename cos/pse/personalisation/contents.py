"""What a data group may hold, and where it goes: records, internal elements, keys, PIN, private key (PBOC-10 §6.4)."""

from __future__ import annotations

from collections.abc import Iterator

from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.pse.data import checking
from cos.pse.data import groups as tables
from cos.pse.directory import (
    AC_KEY,
    ENC_KEY,
    INTERNATIONAL,
    MAC_KEY,
    PIN_REF,
    PRIVATE_KEY,
    SM,
    Directory,
    Suite,
)
from cos.pse.issued import FCI_GROUP, PIN_GROUP, TRIES_GROUP
from keys.algorithms import SM4, TDES, Algorithm
from keys.bank import BadPinBlock, check_pin_block
from keys.padding import BadPadding, unpad
from keys.store import KeyHeader, KeyNotFound, KeyRef

CARD_KEYS = (AC_KEY, MAC_KEY, ENC_KEY)
_PRESENT = b"\x01"
_CLAUSE = "PBOC-10 §6.4"


class WrongCheckValue(Exception):
    """Group 9000 does not fit the keys of group 8000, or 9400 those of 8400: ``suite`` says which."""

    def __init__(self, suite: Suite, value: bytes, found: bytes) -> None:
        super().__init__(
            f"group {suite.check_values:04X} {value.hex().upper()}: the keys of group {suite.keys:04X} have "
            f"{found.hex().upper()}"
        )
        self.suite = suite


def store(directory: Directory, dgi: int, value: bytes, *, secret: bool) -> None:
    """Put one group, deciphered if it was ``secret``, into ``directory`` (inside the caller's transaction).

    Refuses with 6A88 (unknown group), 6A80 (structure, length, value). Raises WrongCheckValue.
    """
    group = tables.group(dgi) if directory.is_application else _directory_group(dgi)
    if group is None:
        raise Refusal(SW.REFERENCED_DATA_NOT_FOUND, Gate.TARGET, f"{directory!r} has no group {dgi:04X}", _CLAUSE)
    if group.enciphered and not secret:
        raise _bad(dgi, "travels enciphered only (P1 60)")
    if group.length is not None and len(value) != group.length:
        raise _bad(dgi, f"has {group.length} bytes, {len(value)} came")
    if dgi == INTERNATIONAL.keys:
        _store_keys(directory, INTERNATIONAL, TDES, value)
    elif dgi == SM.keys:
        _store_keys(directory, SM, SM4, value)
    elif dgi == INTERNATIONAL.check_values:
        _check_values(directory, INTERNATIONAL, value)
    elif dgi == SM.check_values:
        _check_values(directory, SM, value)
    elif dgi == PIN_GROUP:
        _store_pin(directory, value)
    elif dgi in tables.SM2_KEY_GROUPS:
        directory.secrets.put_sm2_part(PRIVATE_KEY, dgi & 0x0F, _unpadded(dgi, value))
    elif group.enciphered:
        directory.secrets.put_private_part(PRIVATE_KEY, dgi & 0x0F, _unpadded(dgi, value))
    elif dgi == TRIES_GROUP:
        if not value[0] <= value[1] <= 15:
            raise _bad(dgi, "is try counter ‖ try limit, limit at most 0F")
    else:
        _check_elements(dgi, value)
    directory.groups.put(dgi, _PRESENT if group.enciphered else value)


def _directory_group(dgi: int) -> tables.Group | None:
    """In the environment: its FCI and the records of the directory file (PBOC-3 §12.2)."""
    if dgi == FCI_GROUP or (1 <= dgi >> 8 <= 10 and dgi & 0xFF):
        return tables.Group(dgi, "directory")
    return None


def _store_keys(directory: Directory, suite: Suite, algorithm: Algorithm, value: bytes) -> None:
    for at, ref in enumerate(_card_keys(suite)):
        header = KeyHeader(ref.kind, ref.kid, ref.version, 0, 0, algorithm.social, 0, 16)
        directory.secrets.put(header, value[16 * at : 16 * at + 16])


def _card_keys(suite: Suite) -> Iterator[KeyRef]:
    return (ref._replace(version=suite.key_version) for ref in CARD_KEYS)


def _check_values(directory: Directory, suite: Suite, value: bytes) -> None:
    try:
        found = b"".join(directory.secrets.key(ref).check_value for ref in _card_keys(suite))
    except KeyNotFound:
        raise _bad(suite.check_values, f"needs group {suite.keys:04X} before it") from None
    if found != value:
        raise WrongCheckValue(suite, value, found)


def drop_keys(directory: Directory, suite: Suite) -> None:
    """Make the card keys of ``suite`` unusable (inside the caller's transaction)."""
    for ref in _card_keys(suite):
        directory.secrets.erase(ref)
    directory.groups.delete(suite.keys)


def _store_pin(directory: Directory, value: bytes) -> None:
    try:
        check_pin_block(value)
    except BadPinBlock:
        raise _bad(PIN_GROUP, "is no reference PIN block 2N ‖ digits ‖ F…") from None
    directory.secrets.put(KeyHeader(PIN_REF.kind, PIN_REF.kid, PIN_REF.version, 0, 0x33, TDES.social, 0, 8), value)


def _unpadded(dgi: int, value: bytes) -> bytes:
    try:
        return unpad(value)
    except BadPadding:
        return _foreign_padding(dgi, value)


def _foreign_padding(dgi: int, value: bytes) -> bytes:
    """Some issuers pad 80 FF…: what stands before the 80 (seen in the field)."""
    head, mark, tail = value.rpartition(b"\x80")
    if not mark or len(tail) > 7 or tail.strip(b"\xff"):
        raise _bad(dgi, "is not padded with 80")
    return head


def _check_elements(dgi: int, value: bytes) -> None:
    """TLV that adds up, elements of their lengths; a record of SFI 1 to 10 is one template 70."""
    fault = checking.fault(dgi, value)
    if fault is not None:
        raise _bad(dgi, fault)


def _bad(dgi: int, text: str) -> Refusal:
    return Refusal(SW.WRONG_DATA, Gate.DATA, f"group {dgi:04X} {text}", _CLAUSE)
