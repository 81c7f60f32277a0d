"""What a stack's commands say, in words and details: its declarations (``kernel.says``) read on one command.

Total: any bytes give an explanation. What no field takes is shown as it is.
"""

from __future__ import annotations

from typing import assert_never

from apdu import tlv
from apdu.tlv import TlvError
from cos.kernel.what_commands_say import (
    ByList,
    ByTable,
    Choice,
    Concealed,
    Decoder,
    Elements,
    Field,
    Fixed,
    MacTail,
    Objects,
    Phrase,
    Repeated,
    SecretForm,
    Untagged,
    Word,
    Words,
)
from cos.making.write_key import forms
from dualcos.explain import names_of_places, social_records
from dualcos.explain.data_details import Detail, by_list, element, elements, hexed, unseen, whole
from dualcos.explain.field_decoders import NAMES, NUMBERS, READERS, Scope
from dualcos.explain.secret_parts import is_cut

_SECURED = 0x04
_TEMPLATES = frozenset((0x61, 0x6F, 0x70))


# --- words ------------------------------------------------------------------------------------------------------------


def meaning(phrases: tuple[Phrase, ...], scope: Scope) -> str:
    """The pieces of a meaning, one behind the other."""
    return "".join(_phrase(phrase, scope) for phrase in phrases)


def _phrase(phrase: Phrase, scope: Scope) -> str:
    match phrase:
        case str() | Words():
            return _word(phrase, scope)
        case SecretForm():
            form = forms(scope.command.cla)
            how = "enciphered 加密" if form.enciphered else "plain 明文"
            return f"{how}{', with MAC 带MAC' if form.authenticated else ''}"
        case Objects():
            named = ((field, one) for field, one in _objects(phrase, scope) if isinstance(field, Fixed))
            read = (one.text for field, one in named if isinstance(field.reads, Words))
            return ", ".join(read)
        case _:
            assert_never(phrase)


def _word(word: Word, scope: Scope, value: int = 0) -> str:
    if isinstance(word, str):
        return word.format_map(_Values(scope, value)) if "{" in word else word
    found = NUMBERS[word.of](scope)
    if found is None:
        return word.absent
    found &= word.mask
    return _word(word.cases.get(found, word.otherwise), scope, found)


class _Values:
    """What the placeholders of a template stand for; each is looked up when it is met."""

    __slots__ = ("_scope", "_value")

    def __init__(self, scope: Scope, value: int) -> None:
        self._scope = scope
        self._value = value

    def __getitem__(self, name: str) -> str | int | None:
        return self._value if name == "value" else (NAMES.get(name) or NUMBERS[name])(self._scope)


# --- fields -----------------------------------------------------------------------------------------------------------


def details(fields: tuple[Field, ...], scope: Scope) -> tuple[Detail, ...]:
    """What the scope's data say by these fields, and how long what they hide is; nothing without fields."""
    data = scope.data
    if not fields:
        return ()
    last = fields[-1]
    if isinstance(last, MacTail):
        return _secured(fields[:-1], last, scope)
    found: list[Detail] = []
    at = 0
    for field in fields:
        if at == len(data):
            break
        end = at + _length(field, data[at:])
        found += _read(field, scope.part(at, end))
        at = min(end, len(data))
    return (*found, _piece("more", "其余", scope.part(at, len(data)))) if at < len(data) else tuple(found)


def _piece(name: str, zh: str, scope: Scope) -> Detail:
    """Bytes under a name, or how many of them are not shown."""
    return Detail(name, zh, unseen(len(scope.data))) if scope.hidden else whole(name, zh, scope.data)


def _secured(fields: tuple[Field, ...], mac: MacTail, scope: Scope) -> tuple[Detail, ...]:
    data = scope.data
    if (mac.optional and not scope.command.cla & _SECURED) or not data:
        return details(fields, scope)
    end = max(0, len(data) - mac.length)
    if not scope.seen(end, len(data)):
        return details(fields, scope)
    return (*details(fields, scope.part(0, end)), whole(mac.name, mac.name, data[end:]))


def _length(field: Field, rest: bytes) -> int:
    """How many bytes of what is left a field takes."""
    match field:
        case Fixed() | Concealed():
            return field.length or len(rest)
        case Repeated():
            return (len(rest) - 1) // field.length * field.length
        case _:
            return len(rest)


def _read(field: Field, scope: Scope) -> tuple[Detail, ...]:
    data, at = scope.data, scope.at
    if scope.hidden and not (isinstance(field, Fixed | Concealed | Objects) or is_cut(field)):
        return (Detail("data", "数据", unseen(len(data))),)
    match field:
        case Fixed() | Concealed():
            return (_fixed(field, scope),)
        case Repeated():
            starts = enumerate(range(0, len(data), field.length), start=1)
            return tuple(
                whole(field.name.format(number=number), field.zh, data[start : start + field.length])
                for number, start in starts
            )
        case Elements():
            return elements(data, at.version)
        case Objects():
            return tuple(one for _, one in _objects(field, scope))
        case Untagged():
            return _untagged(field, scope)
        case ByList():
            return by_list(at.list_for(field.tag), _inside(field.template, data), field.tag)
        case ByTable():
            return _by_table(scope)
        case Choice():
            return details(field.there if NUMBERS[field.of](scope) else field.absent, scope)
        case Decoder():
            return READERS[field.name](scope)
        case MacTail():
            return (whole(field.name, field.name, data),)
        case _:
            assert_never(field)


def _fixed(field: Fixed | Concealed, scope: Scope) -> Detail:
    if isinstance(field, Concealed) or scope.hidden:
        return _piece(field.name, field.zh, scope)
    return Detail(field.name, field.zh, _word(field.reads, scope) if field.reads else hexed(scope.data))


def _objects(objects: Objects, scope: Scope) -> list[tuple[Fixed | Concealed, Detail]]:
    """The data objects that can be seen, up to the first that cannot; none if they are no TLV."""
    found: list[tuple[Fixed | Concealed, Detail]] = []
    data, at = scope.data, 0
    try:
        while at < len(data):
            tag, behind = tlv.read_tag(data, at)
            length, value = tlv.read_length(data, behind)
            if not scope.seen(at, value):
                break
            if value + length > len(data):
                return found if scope.hidden else []
            field = objects.by_tag.get(tag) or Fixed(f"{tag:02X}", "", 0)
            found.append((field, _fixed(field, scope.part(value, value + length))))
            at = value + length
    except TlvError:
        return found if scope.hidden else []
    return found


def _untagged(field: Untagged, scope: Scope) -> tuple[Detail, ...]:
    data, version = scope.data, scope.at.version
    if data[0] != field.template:
        return elements(data, version)
    found, rest = [], data[2:]
    for tag, length in field.elements:
        value = rest[:length] if length else rest
        found.append(element(tag, value, version))
        rest = rest[len(value) :]
    return tuple(found)


def _inside(template: int | None, data: bytes) -> bytes:
    """What stands in the template if that is what ``data`` are."""
    inside = data[2:]
    return inside if template is not None and data[:2] == bytes((template, len(inside) & 0xFF)) else data


def _by_table(scope: Scope) -> tuple[Detail, ...]:
    """A record in words: by the file tables, or as TLV for the card's own directory list."""
    record, at = scope.data, scope.at
    fid, directory = at.target(scope.command), at.spot.directory
    if fid is None or directory is None or names_of_places.file_of(directory, fid, at.version) is None:
        if record[0] in _TEMPLATES:
            return elements(record, at.version)
        return (whole("record", "记录", record),)
    lines = social_records.describe(
        (directory, fid), record, at.version, names_of_places.directories(at.version), chip=at.chip
    )
    return tuple(Detail(one.name_en, one.name_zh, one.text) for one in lines)
