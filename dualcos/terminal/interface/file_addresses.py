"""pFileAddr and pWriteData: ``FILE|item|item|$FILE|item|$`` (SC §2.1.2, §3.1.2).

FILE is directory and file (``SSSEEF05``, ``DF01EF0A``; callers also write ``3F00EF06`` for the environment's). An item
is a tag in hex, ``tag:n`` its n-th record; of a cyclic file it is a record's number; a transparent one has none.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cos.ssse.tables.table_model import FileForm
from dualcos.terminal.interface.function_inputs import ill_formed
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, PlaceOfFile

_FILE = re.compile(r"(SSSE|3F00|DF0[1-7])(EF[0-9A-Fa-f]{2})\Z")
_TAG = re.compile(r"([0-9A-Fa-f]{2})(?::(0*[1-9][0-9]?))?\Z", re.ASCII)
_NUMBER = re.compile(r"0*[1-9][0-9]{0,2}\Z", re.ASCII)
_MOST_RECORDS = 254
_ENVIRONMENT = "SSSE"


class FileAddress(NamedTuple):
    """One file as the caller names it, and what is wanted of it, word for word."""

    text: str
    items: tuple[str, ...]

    @property
    def directory(self) -> str:
        """``SSSE`` or ``DF01`` …."""
        return _ENVIRONMENT if self.text.startswith("3F00") else self.text[:4]

    @property
    def fid(self) -> int:
        """Its identifier."""
        return int(self.text[4:], 16)


class WantedItem(NamedTuple):
    """``number``: which of several records with the tag."""

    tag: int
    number: int


def file_parts(text: str) -> list[list[str]]:
    """Each file's fields, its name first. Raises TerminalStopped (-23) if bars or ``$`` are missing."""
    files = text.split("$")
    if files.pop() or not files:
        raise ill_formed("文件以$结尾", "each file ends with $")
    found: list[list[str]] = []
    for each in files:
        parts = each.split("|")
        if parts.pop() or not parts:
            raise ill_formed("数据项以|结尾", "each item ends with |")
        found.append(parts)
    return found


def first_file(text: str) -> str:
    """A step with an HSM does one file; whatever is behind it is left unread (SC §2.2.2)."""
    return text.partition("$")[0] + "$" * ("$" in text)


def file_addresses(text: str) -> list[FileAddress]:
    """The files that the caller names, one at least. Raises TerminalStopped (-23)."""
    found = [FileAddress(name, tuple(items)) for name, *items in file_parts(text)]
    for each in found:
        if not _FILE.match(each.text):
            raise ill_formed("文件名", "a file is named as SSSEEF05 or DF01EF06")
    return found


def place_of(at: CardAtTerminal, address: FileAddress) -> PlaceOfFile:
    """The file in the tables of this card's edition, what is wanted of it being of its kind.

    Raises TerminalStopped: -27266 no such file, -23 items that do not fit it.
    """
    place = at.place(address.directory, address.fid)
    structure = place.file.structure
    if structure is FileForm.TRANSPARENT and address.items:
        raise ill_formed("透明文件无数据项", "a transparent file has no items")
    if structure is FileForm.CYCLIC:
        record_numbers(address)
    elif structure is not FileForm.TRANSPARENT:
        wanted_items(address)
    return place


def record_numbers(address: FileAddress) -> list[int]:
    """Of a cyclic file; none are all. Raises TerminalStopped (-23)."""
    numbers = [int(each) if _NUMBER.match(each) else _MOST_RECORDS + 1 for each in address.items]
    if any(number > _MOST_RECORDS for number in numbers):
        raise ill_formed("记录号", "a record of a cyclic file is named by its number")
    return numbers


def wanted_items(address: FileAddress) -> list[WantedItem]:
    """Of a linear file, one at least. Raises TerminalStopped (-23)."""
    found = [_TAG.match(each) for each in address.items]
    if not found or None in found:
        raise ill_formed("数据项", "an item is named by two hex digits, or as 40:2")
    return [WantedItem(int(each[1], 16), int(each[2] or 1)) for each in found if each is not None]


def values_for(addresses: list[FileAddress], data: str) -> list[list[str]]:
    """What pWriteData has for each file: strictly the same files with as many items (SC §3.1.2); of a cyclic or
    transparent file one value. Raises TerminalStopped (-23).
    """
    given = file_parts(data)
    if [parts[0] for parts in given] != [each.text for each in addresses] or any(
        len(parts) - 1 != max(len(each.items), 1) for parts, each in zip(given, addresses, strict=True)
    ):
        raise ill_formed("与文件名及数据项不对应", "the data do not have the files and items of the address")
    return [parts[1:] for parts in given]
