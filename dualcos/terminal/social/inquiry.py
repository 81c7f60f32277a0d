"""查询应用信息: one file read, by the right that its rule asks for, and put into words (SSC-7 §6).

A refusal ends it: a key's tries are not the terminal's to spend (SSC-7 §6.6).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from apdu.status import SW
from apdu.tlv import SimpleTlv
from cos.ssse.tables.table_model import FileForm
from dualcos.explain.social_records import RecordLine, describe
from dualcos.terminal.social.card_at_terminal import CardAtTerminal, PlaceOfFile
from dualcos.terminal.social.card_environment import CardEnvironment
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.textforms.whole_texts import whole

_ADDRESS = re.compile(whole("(SSSE|DF[0-9A-F]{2})EF([0-9A-F]{2})"))
_MOST_RECORDS = 0xFE


class ItemAsked(NamedTuple):
    """A data item by its tag; ``occurrence``: which of several that have it, from 1."""

    tag: int
    occurrence: int = 1


class InquiryOrder(NamedTuple):
    """What to read. ``address``: file address, ``SSSEEF05`` or ``DF04EF06`` (SC §2.1.2). ``items``: of a linear file,
    empty for all that the tables know; ``record``: of a cyclic file, 1 the newest, 0 for all. ``by_key``: where the PIN
    or a key gives the right, take the key.
    """

    address: str
    items: tuple[ItemAsked, ...] = ()
    record: int = 0
    by_key: bool = True


class FileRead(NamedTuple):
    """What was read: records as the card gave them, those of a cyclic file newest first; a transparent file is one."""

    place: PlaceOfFile
    records: tuple[bytes, ...]
    environment: CardEnvironment

    @property
    def lines(self) -> tuple[RecordLine, ...]:
        """Everything in words, with the names of items in both languages."""
        at, card = self.place, self.environment
        path = at.directory.fid, at.file.fid
        return tuple(line for record in self.records for line in describe(path, record, card.version, card.directories))


def addressed(at: CardAtTerminal, address: str) -> PlaceOfFile:
    """The file at a file address. Raises TerminalStopped: this is none, or cards of this edition have no such file."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise TerminalStopped(StopCause.INPUT, detail=("文件地址，例如SSSEEF05", "a file address is like SSSEEF05"))
    return at.place(found[1], 0xEF00 | int(found[2], 16))


def inquire(at: CardAtTerminal, order: InquiryOrder) -> FileRead:
    """Earn the right and read. Raises TerminalStopped; a single item or record that is not there, too."""
    place = addressed(at, order.address)
    at.earn(place, place.file.read, by_key=order.by_key)
    form = place.file.structure
    if form is FileForm.TRANSPARENT:
        records: Iterator[bytes] = iter((at.read_bytes(place),))
    elif form is FileForm.CYCLIC:
        records = _newest_first(at, place, order.record)
    else:
        records = _items(at, place, order.items)
    return FileRead(place, tuple(records), at.environment)


def _items(at: CardAtTerminal, place: PlaceOfFile, asked: tuple[ItemAsked, ...]) -> Iterator[bytes]:
    """The asked ones, or all that the tables know; of those a card may lack some."""
    for each in asked or _all_items(place):
        try:
            value = at.read_item(place, each.tag, each.occurrence)
        except TerminalStopped as stopped:
            if asked or stopped.sw != SW.RECORD_NOT_FOUND:
                raise
            continue
        yield SimpleTlv(each.tag, value).encode()


def _all_items(place: PlaceOfFile) -> Iterator[ItemAsked]:
    met = Counter[int]()
    for item in place.file.items:
        if item.tag is not None:
            met[item.tag] += 1
            yield ItemAsked(item.tag, met[item.tag])


def _newest_first(at: CardAtTerminal, place: PlaceOfFile, number: int) -> Iterator[bytes]:
    for each in (number,) if number else range(1, _MOST_RECORDS + 1):
        record = at.read_record(place, each)
        if record is None and number:
            raise TerminalStopped(
                StopCause.REFUSED, SW.RECORD_NOT_FOUND, detail=(f"第{number}条记录", f"record {number}")
            )
        if record is None:
            return
        yield record
