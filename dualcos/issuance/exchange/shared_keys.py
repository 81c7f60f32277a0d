"""Keys two parties have in common, by their names in either store: hand-over keys, keys of files between them."""

from __future__ import annotations

from typing import NamedTuple

from dualcos.issuance.exchange.order_services import KeyServiceError
from keys.custody.key_store_file import KeyFile
from keys.custody.key_transport import HMAC_NAME
from keys.custody.ownership import KeyOwner, Purpose

FIRST_SOCIAL, FIRST_BANK = "first-social", "first-bank"
"""What the card maker hands the bureau's and the bank's environment over with."""
FILE_MAC = "file-mac"
_MAC_ALGORITHMS = (HMAC_NAME, "3DES")  # the second as they were made before HMAC was the usual one


def shared_mac(partner: KeyOwner) -> str:
    """Name of the file MAC key a party has in common with ``partner``, in its own store."""
    return f"{FILE_MAC}-{partner.value}"


class MacKey(NamedTuple):
    """A file MAC key: its label and check value for messages, its value."""

    label: str
    kcv: str
    value: bytes

    def __repr__(self) -> str:
        return f"<file MAC key {self.label}, KCV {self.kcv}>"


def file_mac_key(store: KeyFile, partner: KeyOwner | None = None) -> MacKey:
    """The newest key for files to ``partner``, or for files that stay. Raises KeyFileError, KeyServiceError."""
    name = shared_mac(partner) if partner else FILE_MAC
    return _mac_key(store, name, store.newest(name))


def file_mac_keys(store: KeyFile) -> tuple[MacKey, ...]:
    """All keys whose files this party accepts: its own, and those in common with others. Raises KeyServiceError."""
    return tuple(_mac_key(store, key.name, key.version) for key in store.entries(Purpose.FILE_MAC))


def _mac_key(store: KeyFile, name: str, version: int) -> MacKey:
    key = store.key(name, version)
    if key.algorithm not in _MAC_ALGORITHMS:
        raise KeyServiceError(f"{key!r} makes no MACs of files, which are {HMAC_NAME}")
    return MacKey(key.label, key.kcv, store.secret(name, Purpose.FILE_MAC, version))
