"""The keys for user cards in a PSAM's key files, as a laboratory reads them off its cells: by name and check value."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from cos.kernel.files import FileSystem, Structure
from cos.psam.session import KEY_FILES
from cos.ssse.tables.table_model import KeyKind, KeyRow, Version
from dualcos.explain import names_of_places, psam_names
from firewall.partition import Partition
from keys.card_key_store import KeyHeader, KeyNotFound, KeyRef, KeyStore


class KeyRecordSeen(NamedTuple):
    """One record of a key file, without its value: usage and identifier, how many factors it takes down to a card,
    the name of that card's key if a table knows it.
    """

    place: str
    usage: int
    identifier: int
    factors: int
    algorithm: str
    kcv: str
    name: str


Tried = Callable[[Callable[[], KeyRecordSeen]], KeyRecordSeen | None]


def key_records(nvm: Partition, version: Version, tried: Tried) -> tuple[KeyRecordSeen, ...]:
    """Every record that can be read, by file; ``tried`` keeps what damage it meets."""
    files, seen = FileSystem(nvm), []
    for directory, _ in files.directories():
        for file in files.readable(directory):
            if file.descriptor.structure is not Structure.INTERNAL:
                continue
            fid = file.descriptor.fid
            store = KeyStore(nvm, KEY_FILES + directory.to_bytes(2, "big") + fid.to_bytes(2, "big"))
            place = f"{names_of_places.short_directory(directory)}/{fid:04X}"
            seen += [tried(partial(_record, store, ref, place, version)) for ref in store.refs()]
    return tuple(record for record in seen if record is not None)


def _record(store: KeyStore, ref: KeyRef, place: str, version: Version) -> KeyRecordSeen:
    header: KeyHeader = store.header(ref)
    try:
        key = store.key(ref)
        algorithm, kcv = key.algorithm.name, key.check_value.hex().upper()
    except KeyNotFound:
        algorithm, kcv = "unusable", ""
    row = psam_names.held(header.kind, header.kid, version)
    return KeyRecordSeen(place, header.kind, header.kid, header.kind >> 5, algorithm, kcv, _name(row))


def _name(row: KeyRow | None) -> str:
    """A purchase key's identifier is its version; whose index it has, the record does not say."""
    if row is None:
        return ""
    name = row.name.rstrip("0123456789") if row.kind is KeyKind.PURCHASE else row.name
    return f"{name} {row.purpose_zh}"
