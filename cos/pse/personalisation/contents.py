"""What a data group may hold, and where it goes: records, internal elements, keys, PIN, private key (PBOC-10 §6.4)."""

from __future__ import annotations

from apdu import tlv
from apdu.status import SW
from apdu.tlv import TlvError
from cos.kernel.refusal import Gate, Refusal
from cos.pse.data import groups as tables
from cos.pse.data.elements import BY_TAG
from cos.pse.directory import AC_KEY, ENC_KEY, FCI_GROUP, MAC_KEY, PIN_REF, PRIVATE_KEY, Directory
from keys.algorithms import TDES
from keys.bank import BadPinBlock, check_pin_block
from keys.padding import BadPadding, unpad
from keys.store import KeyHeader, KeyNotFound

KEYS_GROUP, CHECK_VALUES_GROUP, PIN_GROUP, TRIES_GROUP = 0x8000, 0x9000, 0x8010, 0x9010
CARD_KEYS = (AC_KEY, MAC_KEY, ENC_KEY)
_PRESENT = b"\x01"
_RECORD_TEMPLATE = 0x70
_LONGEST_RECORD = 254
_CLAUSE = "PBOC-10 §6.4"


class WrongCheckValue(Exception):
    """Group 9000 does not fit the keys of group 8000."""


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
    if dgi == KEYS_GROUP:
        _store_keys(directory, value)
    elif dgi == CHECK_VALUES_GROUP:
        _check_values(directory, value)
    elif dgi == PIN_GROUP:
        _store_pin(directory, value)
    elif group.enciphered:
        _store_private_part(directory, dgi, value)
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


def _store_keys(directory: Directory, value: bytes) -> None:
    for at, ref in enumerate(CARD_KEYS):
        header = KeyHeader(ref.kind, ref.kid, ref.version, 0, 0, TDES.social, 0, 16)
        directory.secrets.put(header, value[16 * at : 16 * at + 16])


def _check_values(directory: Directory, value: bytes) -> None:
    try:
        found = b"".join(directory.secrets.key(ref).check_value for ref in CARD_KEYS)
    except KeyNotFound:
        raise _bad(CHECK_VALUES_GROUP, "needs group 8000 before it") from None
    if found != value:
        raise WrongCheckValue(f"group 9000 {value.hex().upper()}: the keys of group 8000 have {found.hex().upper()}")


def drop_keys(directory: Directory) -> None:
    """Make the card keys unusable (inside the caller's transaction)."""
    for ref in CARD_KEYS:
        directory.secrets.erase(ref)
    directory.groups.delete(KEYS_GROUP)


def _store_pin(directory: Directory, value: bytes) -> None:
    try:
        check_pin_block(value)
    except BadPinBlock:
        raise _bad(PIN_GROUP, "is no reference PIN block 2N ‖ digits ‖ F…") from None
    directory.secrets.put(KeyHeader(PIN_REF.kind, PIN_REF.kid, PIN_REF.version, 0, 0x33, TDES.social, 0, 8), value)


def _store_private_part(directory: Directory, dgi: int, value: bytes) -> None:
    try:
        part = unpad(value)
    except BadPadding:
        part = _foreign_padding(value)
    directory.secrets.put_private_part(PRIVATE_KEY, dgi & 0x0F, part)


def _foreign_padding(value: bytes) -> bytes:
    """Some issuers pad 80 FF…: what stands before the 80 (seen in the field)."""
    head, mark, tail = value.rpartition(b"\x80")
    if not mark or len(tail) > 7 or tail.strip(b"\xff"):
        raise _bad(0x8200, "is not padded with 80")
    return head


def _check_elements(dgi: int, value: bytes) -> None:
    """TLV that adds up, elements of their lengths; a record of SFI 1 to 10 is one template 70."""
    try:
        items = tlv.parse(value)
        place = tables.record_of(dgi)
        if place is not None and place[0] <= 10 and (len(items) != 1 or items[0].tag != _RECORD_TEMPLATE):
            raise _bad(dgi, "is one template 70")
        if place is not None and len(value) > _LONGEST_RECORD:
            raise _bad(dgi, f"has {len(value)} bytes, a record at most {_LONGEST_RECORD}")
        for item in tlv.leaves(value):
            element = BY_TAG.get(item.tag)
            if element is not None and not element.least <= len(item.value) <= element.most:
                raise _bad(dgi, f"{item.tag:X} ({element.name}) has {len(item.value)} bytes")
    except TlvError as error:
        raise _bad(dgi, str(error)) from None


def _bad(dgi: int, text: str) -> Refusal:
    return Refusal(SW.WRONG_DATA, Gate.DATA, f"group {dgi:04X} {text}", _CLAUSE)
