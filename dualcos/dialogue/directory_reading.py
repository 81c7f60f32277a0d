"""The payment system directory as a terminal reads it (PBOC-3 §12.3.2): which applications a bank card names.

Where the directory file lies, how many records it has and what an entry holds are the issuer's; nothing of that is
taken for granted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apdu import tlv
from apdu.status import SW
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.driver import Dialogue
from dualcos.dialogue.iso_commands import record, select_name

_SFI_BITS = 0x1F
_MOST_RECORDS = 0xFF
_FCI, _PROPRIETARY, _SFI = 0x6F, 0xA5, 0x88
_RECORD, _ENTRY, _APPLICATION, _DIRECTORY = 0x70, 0x61, 0x4F, 0x9D


class ListedEntry(NamedTuple):
    """One entry of a directory: the name of an application, or of a further directory, and all its data objects."""

    name: bytes
    is_directory: bool
    items: tuple[tlv.Tlv, ...]


class ReadDirectory(NamedTuple):
    """A directory as it was read: the answer of SELECT, the file's short identifier, its records from the first."""

    fci: bytes
    sfi: int
    records: tuple[bytes, ...]

    @property
    def entries(self) -> Iterator[ListedEntry]:
        """In order. What stands outside an entry, or has no name, is ignored (PBOC-3 §12.2.3). Raises TlvError."""
        for raw in self.records:
            for item in tlv.walk(tlv.find(raw, _RECORD) or b""):
                items = tlv.parse(item.value) if item.tag == _ENTRY else ()
                named = next((each for each in items if each.tag in (_APPLICATION, _DIRECTORY)), None)
                if named is not None:
                    yield ListedEntry(named.value, named.tag == _DIRECTORY, items)


def read_directory(name: bytes = PSE.name) -> Dialogue[ReadDirectory | None]:
    """SELECT of the directory and its records until one is missing; None if the card has none, or it is blocked.

    Raises TlvError for an FCI that is none.
    """
    answer = yield from select_name(name)
    if answer.sw != SW.OK:
        return None
    found = tlv.find(answer.data, _FCI, _PROPRIETARY, _SFI) or b""
    sfi = found[-1] & _SFI_BITS if found else 0
    records: list[bytes] = []
    while sfi and len(records) < _MOST_RECORDS:
        read = yield from record(sfi, len(records) + 1)
        if read is None:
            break
        records.append(read)
    return ReadDirectory(answer.data, sfi, tuple(records))
