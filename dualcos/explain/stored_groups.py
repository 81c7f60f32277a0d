"""The data groups of STORE DATA (存储数据) as they pass: which can be read, which of them are no secret.

A group may go on in the next command, where it begins with neither number nor length. Whoever follows a card keeps what
was begun (``Unfinished``); without that the beginning of such a command cannot be told from a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apdu import tlv
from cos.pse.data.data_groups import (
    LAST_WITH_TEMPLATE,
    OUT_OF_SCOPE,
    TEMPLATE,
    BadGroup,
    check,
    group,
    record_of,
)

_ENCIPHERED = 0x60
_WRAPPED, _KEYS = 0xFF, 8
_SHORT, _LONG = 3, 5
_BLOCK = 8


class PassingGroup(NamedTuple):
    """A group as far as it has come: its number, where in the command it and its value begin, where it ends.

    ``start`` is negative if it began in a command before; ``end`` lies behind the data if it goes on in the next one.
    """

    dgi: int
    start: int
    value: int
    end: int


def content_of(dgi: int, *, in_application: bool) -> str:
    """What a group is, empty if unknown: a record of the environment is one of its directory file, whatever its SFI
    (PBOC-3 §12.2).
    """
    if not in_application and record_of(dgi) is not None:
        return "directory entries"
    known = group(dgi)
    return known.content if known is not None else ""


def passing_groups(data: bytes, begun: bytes = b"") -> Iterator[PassingGroup]:
    """The groups of ``data``, up to the first whose number and length are not there whole."""
    stream, earlier = begun + data, len(begun)
    at = 0
    while at + _SHORT <= len(stream):
        value = at + _SHORT
        length = stream[at + 2]
        if length == _WRAPPED:
            value = at + _LONG
            if value > len(stream):
                return
            length = int.from_bytes(stream[at + 3 : value])
        yield PassingGroup(int.from_bytes(stream[at : at + 2]), at - earlier, value - earlier, value + length - earlier)
        at = value + length


def left_begun(data: bytes, begun: bytes) -> bytes:
    """What of a group goes on in the next command, its value as zeros: nobody keeps what may be a key."""
    stream = begun + data
    last = PassingGroup(0, 0, 0, -len(begun))
    for last in passing_groups(data, begun):
        if last.end > len(data):
            head = stream[last.start + len(begun) : last.value + len(begun)]
            return head + bytes(len(data) - last.value)
    return stream[last.end + len(begun) :]


def ends_whole(data: bytes, begun: bytes) -> bool:
    """True if ``data`` are groups of known numbers, and end where the last one does."""
    groups = list(passing_groups(data, begun))
    return bool(groups) and all(_is_group(each, data) for each in groups) and not left_begun(data, begun)


def public_groups(p1: int, data: bytes, begun: bytes) -> Iterator[tuple[int, int]]:
    """Which bytes of ``data`` are no secret: numbers and lengths of groups, values of those that travel in clear.

    Only a number that bank personalisation knows is one, and only a value that can be that group's is shown.
    """
    for each in passing_groups(data, begun):
        if not _is_group(each, data):
            return
        yield max(each.start, 0), min(max(each.value, 0), len(data))
        if each.start >= 0 and _in_clear(p1, each, data):
            yield each.value, each.end


def _is_group(each: PassingGroup, data: bytes) -> bool:
    """True if number, length and first byte of the value are those of a group, and not of a PIN or key by chance."""
    known = group(each.dgi)
    if known is None:
        return each.dgi in OUT_OF_SCOPE
    length = each.end - each.value
    if known.enciphered:
        return length > 0 and not length % _BLOCK
    if known.length is not None:
        return length == known.length
    place = record_of(each.dgi)
    if place is not None and place[0] > LAST_WITH_TEMPLATE:
        return True
    first = data[each.value : each.value + 1] if each.value >= 0 else b""
    begins = {TEMPLATE, *(tlv.encode_tag(tag)[0] for tag, _ in known.tags)}  # some forget the template
    if not first:  # of all pairs of bytes one in 26 is the number of a further record: alone it says nothing
        return bool(known.tags) or each.value < 0
    return first[0] in begins


def _in_clear(p1: int, each: PassingGroup, data: bytes) -> bool:
    known = group(each.dgi)
    if p1 & _ENCIPHERED or known is None or known.enciphered or each.dgi >> 12 == _KEYS or each.end > len(data):
        return False
    try:
        if known.length is None:
            check(each.dgi, data[each.value : each.end])
    except BadGroup:
        return False
    return known.length in (None, each.end - each.value)


class Unfinished(NamedTuple):
    """What the STORE DATA commands before have left: the number of the next one, and the group that goes on in it."""

    number: int
    begun: bytes

    @classmethod
    def behind(cls, number: int, data: bytes, begun: bytes) -> Unfinished:
        """After number ``number`` was taken, which brought ``data``."""
        return cls(number + 1 & 0xFF, left_begun(data, begun))


def begun_before(number: int, before: Unfinished | None) -> bytes | None:
    """What has begun before STORE DATA ``number``; None if the commands before were not seen."""
    if before is not None and before.number == number:
        return before.begun
    return None if number else b""
