"""Where the structure of data breaks (数据结构): data objects, data groups, lists of the bank's card, texts.

Lengths and offsets are told, values only of texts. What a data object list asks for is taken from the card: from the
refusal, or from what it answered earlier. Which element is to blame is judged by what the others then hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from apdu.status import SW
from apdu.tlv import TlvError
from cos.pse.data.data_elements import BY_TAG
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.diagnosis.plausible_values import implausible
from dualcos.explain.refusal_reasons import said
from dualcos.explain.stored_groups import PassingGroup, passing_groups
from firewall.trace import Datum

_GPO, _GENERATE_AC, _INTERNAL, _STORE = 0xA8, 0xAE, 0x88, 0xE2
_PDOL, _CDOL1, _CDOL2, _DDOL = 0x9F38, 0x8C, 0x8D, 0x9F49
_TEMPLATE, _RECORD, _MESSAGE = 0x83, 0x70, 0xC1
_SECURED, _MAC, _C_MAC = 0x04, 4, 8
_DATA = 5  # where data begin in a command
Entry = tuple[int, int]


def _told(situation: Situation, kind: str, expected: Datum, received: Datum, **about: Datum) -> Diagnosis:
    reason = situation.reason
    clause = reason.clause if reason is not None else situation.row.ref if situation.row is not None else ""
    return Diagnosis(kind, Certainty.LIKELY, about, expected, received, clause)


def _plain(situation: Situation, mac: int = _MAC) -> bytes:
    """The data without the MAC that the class announces."""
    data = situation.command.data
    return data[:-mac] if situation.command.cla & _SECURED else data


# --- data objects -----------------------------------------------------------------------------------------------------


def _simple_item(situation: Situation) -> Iterator[Diagnosis]:
    """A record of the social side: one tag, one length byte, that many bytes, nothing else."""
    data = _plain(situation)
    if len(data) < 2:
        return
    announced, there = data[1], len(data) - 2
    yield from _lengths(situation, f"{data[0]:02X}", 0, 2, announced, there)


def _lengths(
    situation: Situation, tag: str, offset: int, header: int, announced: int, there: int
) -> Iterator[Diagnosis]:
    if announced > there:
        yield _told(situation, "tlv.length-beyond", announced, there, tag=tag, offset=offset)
    elif announced < there:
        at = offset + header + announced
        yield _told(situation, "tlv.rest", 0, there - announced, tag=tag, offset=at)


def _template(wanted: int) -> Callable[[Situation], Iterator[Diagnosis]]:
    """Data that are one object ``wanted``."""

    def look(situation: Situation) -> Iterator[Diagnosis]:
        yield from _object(situation, _plain(situation), wanted)

    return look


def _object(situation: Situation, data: bytes, wanted: int) -> Iterator[Diagnosis]:
    if data[:1] != bytes((wanted,)):
        shown = data[:1] if situation.tells(_DATA, _DATA + 1) else None
        yield _told(situation, "tlv.another-tag", bytes((wanted,)), shown)
        return
    try:
        length, start = tlv.read_length(data, 1)
    except TlvError:
        yield _told(situation, "tlv.length-beyond", 1, 0, tag=f"{wanted:02X}", offset=0)
        return
    yield from _lengths(situation, f"{wanted:02X}", 0, start, length, len(data) - start)


def _objects(situation: Situation) -> Iterator[Diagnosis]:
    """PKI's data objects, of which the reason tells the tags."""
    reason = situation.reason
    wanted = reason.about.get("expected") if reason is not None else None
    data, at = situation.command.data, 0
    for tag in wanted if isinstance(wanted, tuple) else ():
        found = _walked(data, at)
        if found is None:
            return
        if found.tag != tag and isinstance(tag, int):
            yield _told(situation, "tlv.another-tag", bytes((tag,)), data[at : at + 1])
            return
        at = found.end
    if at < len(data):
        yield _told(situation, "tlv.rest", 0, len(data) - at, tag="", offset=at)


class _Walked(NamedTuple):
    tag: int
    end: int


def _walked(data: bytes, at: int) -> _Walked | None:
    try:
        tag, behind = tlv.read_tag(data, at)
        length, start = tlv.read_length(data, behind)
    except TlvError:
        return None
    return _Walked(tag, start + length)


# --- data groups ------------------------------------------------------------------------------------------------------


def _groups(situation: Situation) -> Iterator[Diagnosis]:
    """The group that is cut off at the end of STORE DATA; one that began in a command before cannot be seen."""
    data = _plain(situation, _C_MAC)
    last = next(reversed([*passing_groups(data)]), None)
    if last is not None and last.end > len(data):
        expected, received = last.end - last.value, len(data) - last.value
        yield _told(situation, "list.group-cut", expected, received, tag=_shown(situation, last), offset=last.start)


def _shown(situation: Situation, each: PassingGroup) -> str:
    """The group's number; empty if it may not be told from a secret."""
    return f"{each.dgi:04X}" if situation.tells(_DATA + each.start, _DATA + each.value) else ""


def _group_content(situation: Situation) -> Iterator[Diagnosis]:
    """Inside the group that the reason names: where its data objects stop to add up."""
    reason, data = situation.reason, _plain(situation, _C_MAC)
    named = reason.about.get("group") if reason is not None else None
    for each in passing_groups(data):
        if each.dgi == named and each.end <= len(data):
            yield from _content(situation, data[each.value : each.end], each.value)


def _walk(situation: Situation) -> Iterator[Diagnosis]:
    yield from _content(situation, _plain(situation), 0)


def _content(situation: Situation, value: bytes, offset: int) -> Iterator[Diagnosis]:
    if situation.why == "group without template":
        yield from _object(situation, value, _RECORD)
        return
    at = 0
    while at < len(value):
        try:
            tag, behind = tlv.read_tag(value, at)
            length, start = tlv.read_length(value, behind)
        except TlvError:
            yield _told(situation, "tlv.rest", 0, len(value) - at, tag="", offset=offset + at)
            return
        if start + length > len(value):
            there = len(value) - start
            yield _told(situation, "tlv.length-beyond", length, there, tag=f"{tag:X}", offset=offset + at)
            return
        at = start + (0 if tag == _RECORD else length)


# --- lists ------------------------------------------------------------------------------------------------------------


def _list(situation: Situation) -> Iterator[Diagnosis]:
    """Which element has another length than the list asks for, or where the data end."""
    entries, data = _entries(situation), situation.command.data
    if situation.command.ins == _GPO:
        broken = tuple(_object(situation, data, _TEMPLATE))
        if broken:
            yield broken[0]
            return
        _, start = tlv.read_length(data, 1)
        data = data[start:]
    total = sum(length for _, length in entries)
    if total == len(data) or (not entries and situation.reason is None):
        return
    ruling = list_tag(situation)
    other = _CDOL2 if ruling == _CDOL1 else _CDOL1
    if situation.command.ins == _GENERATE_AC and _total(situation.at.list_for(other)) == len(data):
        yield _told(situation, "list.another", f"{ruling:02X}", f"{other:02X}")
        return
    blamed = blamed_element(entries, data)
    if blamed is not None:
        tag, length = entries[blamed[0]]
        yield _told(situation, "list.element", length, blamed[1], element=_named(tag))
        return
    yield _told(situation, "list.length", total, len(data), element=_ending(entries, len(data)))


def _ending(entries: tuple[Entry, ...], length: int) -> str:
    """The element in which data of that length end."""
    at = 0
    for tag, wanted in entries:
        at += wanted
        if at > length:
            return _named(tag)
    return "the end 末尾"


def _entries(situation: Situation) -> tuple[Entry, ...]:
    """The list that rules the command: as the refusal tells it, else as the card gave it."""
    needed = situation.reason.about.get("needed") if situation.reason is not None else None
    told = getattr(needed, "entries", None)
    if isinstance(told, tuple):
        return tuple((each[0], each[1]) for each in told if isinstance(each, tuple))
    raw = situation.at.list_for(list_tag(situation))
    try:
        return tuple(tlv.parse_dol(raw)) if raw is not None else ()
    except TlvError:
        return ()


def _total(raw: bytes | None) -> int | None:
    try:
        return tlv.dol_length(tlv.parse_dol(raw)) if raw is not None else None
    except TlvError:
        return None


def list_tag(situation: Situation) -> int:
    """The tag of the list that rules a refused command."""
    match situation.command.ins:
        case 0xA8:
            return _PDOL
        case 0x88:
            return _DDOL
    return _CDOL2 if situation.at.cryptograms else _CDOL1


_MORE = 4
"""So much longer than it may be does an element come at most: a year in four digits, an amount in eight bytes."""


def blamed_element(entries: tuple[Entry, ...], data: bytes) -> tuple[int, int] | None:
    """Which element, counted from 0, came with how many bytes: the only one that lets all others hold what they may."""
    surplus = len(data) - sum(length for _, length in entries)
    found = []
    for at, (tag, length) in enumerate(entries):
        row = BY_TAG.get(tag)
        if not 0 <= length + surplus <= (row.most if row is not None else length) + _MORE:
            continue
        cut = [*entries[:at], (0, length + surplus), *entries[at + 1 :]]
        found.append((_strange(cut, data), at, length + surplus))
    if len(found) < 2:
        return found[0][1:] if found and len(entries) > 1 else None
    least = min(strange for strange, _, _ in found)
    best = [(at, came) for strange, at, came in found if strange == least]
    left_out = [one for one in best if not one[1]]
    chosen = left_out if len(left_out) == 1 else best
    return chosen[0] if len(chosen) == 1 and any(strange > least for strange, _, _ in found) else None


def _strange(entries: Iterable[Entry], data: bytes) -> int:
    count = at = 0
    for tag, length in entries:
        count += implausible(tag, data[at : at + length]) if tag else 0
        at += length
    return count


def _named(tag: int) -> str:
    row = BY_TAG.get(tag)
    return f"{tag:X} {row.name} {row.chinese}" if row is not None else f"{tag:X}"


def _one_element(situation: Situation) -> Iterator[Diagnosis]:
    """A group, or an element in it, of another length than it may have."""
    about = situation.reason.about if situation.reason is not None else {}
    tag, group, came = about.get("tag"), about.get("group"), about.get("received")
    row = BY_TAG.get(tag) if isinstance(tag, int) else None
    if not isinstance(came, int):
        return
    wanted = about.get("expected") if row is None else row.least if came < row.least else row.most
    element = _named(row.tag) if row is not None else f"DGI {said(group, '04X')}"
    yield _told(situation, "list.element", wanted, came, element=element)


# --- texts ------------------------------------------------------------------------------------------------------------

WRITING = frozenset((0xDC, 0xD6))
"""The instructions that write files."""
_RUN = re.compile(rb"[\x80-\xff]{6,}")
_LEAST_IN_BINARY = 9


def utf_8_text(situation: Situation) -> Iterable[Diagnosis]:
    """Chinese in UTF-8 among what is written into a file of the social side, also if the card took it."""
    command = situation.command
    if command.ins not in WRITING or situation.spot.environment != "ssse" or situation.secret:
        return ()
    least = _LEAST_IN_BINARY if command.ins != 0xDC else 0
    for run in _RUN.finditer(_plain(situation)):
        text = _chinese(run[0])
        if text and len(run[0]) >= least:
            sure = Certainty.NOTE if situation.accepted else Certainty.LIKELY
            return (Diagnosis("text.utf-8", sure, {}, text.encode("gb18030"), run[0], "V2.0 §7"),)
    return ()


def _chinese(run: bytes) -> str:
    """The text if these bytes are Chinese in UTF-8 and no common Chinese in GB 2312; else nothing."""
    try:
        text = run.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    if not all("\u3000" <= each <= "\u9fff" or "\uff00" <= each <= "\uffef" or each == "·" for each in text):
        return ""
    try:
        run.decode("gb2312")
    except UnicodeDecodeError:
        return text
    return ""


# --- which reason asks for what ---------------------------------------------------------------------------------------

Look = Callable[[Situation], Iterator[Diagnosis]]
_BY_REASON: Mapping[str, Look] = MappingProxyType(
    {
        "record is not one item": _simple_item,
        "record without template": _template(_RECORD),
        "no template 83": _template(_TEMPLATE),
        "template 83 without length": _template(_TEMPLATE),
        "no message": _template(_MESSAGE),
        "PDOL length": _list,
        "list length": _list,
        "end inside a group": _groups,
        "group without structure": _group_content,
        "group without template": _group_content,
        "element length": _one_element,
        "group length": _one_element,
        "other data objects": _objects,
        "broken data objects": _walk,
    }
)
_BY_LIST = frozenset((_GPO, _GENERATE_AC, _INTERNAL))


def broken_structure(situation: Situation) -> Iterable[Diagnosis]:
    """Where the data of a refused command stop to fit."""
    if situation.accepted or situation.hidden:
        return ()
    look = _BY_REASON.get(situation.why)
    if look is None and situation.reason is None and situation.sw == SW.WRONG_LENGTH:
        bank = situation.command.ins in _BY_LIST and situation.spot.environment == "pse"
        look = _list if bank else None
    return tuple(look(situation)) if look is not None else ()
