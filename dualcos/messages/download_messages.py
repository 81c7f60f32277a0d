"""Field 62 where a terminal asks for public keys and parameters, and where it gets them (seen in the field with several
terminals): a list of what there is, then one record after the other (``terminal_parameters``).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError

_TAG_AID, _TAG_INDEX = 0x9F06, 0x9F22
_COUNT_LENGTH = 3
MOST_LISTED = 8
"""Entries in one message."""


class BadDownload(ValueError):
    """Field 62 holds nothing that such a message has; says why."""


class DownloadState(Enum):
    """The first byte of an answer. The value is it."""

    NONE = b"0", "无", "there is none"
    ALL = b"1", "全部在本报文", "this is all"
    MORE = b"2", "后续还有", "there is more"
    LAST = b"3", "最后一部分", "this is the last part"

    def __init__(self, byte: bytes, zh: str, en: str) -> None:
        self.byte, self.zh, self.en = byte, zh, en


class DownloadName(NamedTuple):
    """What names a record: ``identifier``: RID of a public key, AID of an application; ``key_index``: the key's."""

    identifier: bytes
    key_index: int | None = None

    @property
    def raw(self) -> bytes:
        """As a terminal asks for it."""
        index = b"" if self.key_index is None else tlv.encode(_TAG_INDEX, bytes((self.key_index,)))
        return tlv.encode(_TAG_AID, self.identifier) + index


def query(already: int) -> bytes:
    """Field 62 of a query; ``already``: so many entries are known, 0 at first."""
    return b"1%02d" % already


def queried(raw: bytes) -> int:
    """How many entries the terminal knows already. Raises BadDownload."""
    if len(raw) != _COUNT_LENGTH or not raw[1:].isdigit():
        raise BadDownload("a query is `1` and two digits")
    return int(raw[1:])


def listing(names: Iterable[DownloadName], already: int) -> bytes:
    """Field 62 of a query's answer: the entries behind ``already``, as many as fit one message."""
    rest = list(names)[already:]
    here = rest[:MOST_LISTED]
    state = DownloadState.MORE if len(rest) > len(here) else DownloadState.LAST if already else DownloadState.ALL
    return (state if here else DownloadState.NONE).byte + b"".join(name.raw for name in here)


def listed(raw: bytes) -> tuple[DownloadState, tuple[DownloadName, ...]]:
    """What a query's answer lists. Raises BadDownload."""
    found: list[DownloadName] = []
    state = _state(raw)
    for item in _items(raw[1:]):
        if item.tag == _TAG_AID:
            found.append(DownloadName(item.value))
        elif item.tag == _TAG_INDEX and found and len(item.value) == 1:
            found[-1] = found[-1]._replace(key_index=item.value[0])
    return state, tuple(found)


def asked_record(raw: bytes) -> DownloadName:
    """Which record a terminal asks for. Raises BadDownload."""
    items = {item.tag: item.value for item in _items(raw)}
    index = items.get(_TAG_INDEX, b"")
    if _TAG_AID not in items or len(index) > 1:
        raise BadDownload("9F06, and of a public key 9F22 with one byte, name a record")
    return DownloadName(items[_TAG_AID], index[0] if index else None)


def record_answer(record: bytes) -> bytes:
    """Field 62 with the record; empty: there is none."""
    return DownloadState.ALL.byte + record if record else DownloadState.NONE.byte


def record_in(raw: bytes) -> bytes:
    """The record that came, empty if there is none. Raises BadDownload."""
    return b"" if _state(raw) is DownloadState.NONE else raw[1:]


def _state(raw: bytes) -> DownloadState:
    found = next((state for state in DownloadState if state.byte == raw[:1]), None)
    if found is None:
        raise BadDownload("the first byte is none of `0` to `3`")
    return found


def _items(raw: bytes) -> tuple[tlv.Tlv, ...]:
    try:
        return tlv.parse(raw)
    except TlvError as error:
        raise BadDownload(str(error)) from None
