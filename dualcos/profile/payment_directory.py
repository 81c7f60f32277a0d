"""The payment system directory of a bank card (支付系统目录): what a profile says of it, and the groups it becomes.

The FCI of ``1PAY.SYS.DDF01`` names the directory file, whose records hold an entry for each application or further
directory; what else stands in both is the issuer's choice (PBOC-3 §11.3.4, §12.2, tables 42 and 45 to 47).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from apdu import tlv
from cos.pse.data.data_elements import BY_TAG, may_be
from cos.pse.data.data_groups import FCI_GROUP, LONGEST_RECORD, TEMPLATE
from dualcos.profile.bank_profile import BankProfile, DirectoryEntry
from dualcos.profile.field_types import is_tag

APPLICATION, DIRECTORY = "4F", "9D"
_SFI, _LABEL, _PRIORITY, _LANGUAGE, _ISSUERS = "88", "50", "87", "5F2D", "BF0C"
_CHINESE = "7A68"
_ENTRY, _DISCRETIONARY = 0x61, 0x73
_MOST_OF_ISSUER, _MOST_PROPRIETARY = 222, 252 - 16  # 84 with the name is in 6F too


def directory_groups(bank: BankProfile) -> tuple[tuple[int, bytes], ...]:
    """The records of the directory file, then the environment's FCI, which ends its personalisation."""
    records = sorted(_records(bank).items())
    first = bank.directory.sfi << 8
    return *((first | number, tlv.encode(TEMPLATE, *entries)) for number, entries in records), (FCI_GROUP, _fci(bank))


def fci_values(bank: BankProfile) -> dict[str, str]:
    """What the tags of the environment's FCI have for values, hex."""
    own = bank.directory
    return {_LANGUAGE: _CHINESE, **bank.elements, **own.elements, _SFI: f"{own.sfi:02X}"}


def entry_values(bank: BankProfile, entry: DirectoryEntry) -> dict[str, str]:
    """The same of an entry."""
    return {**bank.elements, APPLICATION: bank.aid, _LABEL: bank.label.encode().hex().upper(), **entry.elements}


def entry_tags(bank: BankProfile, entry: DirectoryEntry) -> tuple[str, ...]:
    """What an entry holds, 73 apart."""
    if entry.tags is not None:
        return entry.tags
    return (APPLICATION, _LABEL, *((_PRIORITY,) if _PRIORITY in entry_values(bank, entry) else ()))


def _fci(bank: BankProfile) -> bytes:
    own = bank.directory
    issuers = tlv.encode(int(_ISSUERS, 16), bytes.fromhex(own.discretionary)) if own.discretionary else b""
    return tlv.encode(0xA5, _encoded(own.fci, fci_values(bank)), issuers)


def _records(bank: BankProfile) -> dict[int, list[bytes]]:
    """The entries by record."""
    records: dict[int, list[bytes]] = {}
    for entry in bank.directory.entries:
        number = entry.record or max(records, default=0) + 1
        more = tlv.encode(_DISCRETIONARY, bytes.fromhex(entry.discretionary)) if entry.discretionary else b""
        held = _encoded(entry_tags(bank, entry), entry_values(bank, entry))
        records.setdefault(number, []).append(tlv.encode(_ENTRY, held, more))
    return records


def _encoded(tags: Sequence[str], values: Mapping[str, str]) -> bytes:
    return b"".join(tlv.encode(int(tag, 16), bytes.fromhex(values[tag])) for tag in tags)


# --- what cannot be made ----------------------------------------------------------------------------------------------

_PATH = "$.pse.directory"


class _Place(NamedTuple):
    """Where data objects of the directory are told: ``path``, the tags, all values, those given just there.

    ``made``: the tag that ``discretionary`` makes behind them.
    """

    path: str
    list_name: str
    tags: tuple[str, ...]
    values: Mapping[str, str]
    own: Mapping[str, str]
    discretionary: str
    made: str


def _places(bank: BankProfile) -> Iterator[_Place]:
    own = bank.directory
    yield _Place(_PATH, "fci", own.fci, fci_values(bank), own.elements, own.discretionary, _ISSUERS)
    for at, entry in enumerate(own.entries):
        tags, values = entry_tags(bank, entry), entry_values(bank, entry)
        path, made = f"{_PATH}.entries[{at}]", f"{_DISCRETIONARY:X}"
        yield _Place(path, "tags", tags, values, entry.elements, entry.discretionary, made)


def no_value(tag: str, where: str, **makes: str) -> str:
    """Why nothing can be put where ``tag`` stands in a list; ``makes``: tags by the field that they are made of."""
    if not is_tag(tag):
        return f"{tag} is no tag"
    field = makes.get(tag)
    return f"{tag} is what {field} makes" if field else f"element {tag} has no value in {where}"


def directory_contradictions(bank: BankProfile) -> Iterator[str]:
    """Why there is no such directory, or no terminal could read it; each with the path of the field to mend."""
    fci, *entries = _places(bank)
    if _SFI not in fci.tags:
        yield f'{_PATH}.fci: put "{_SFI}" into fci: it names the directory file'
    for place in entries:
        if (APPLICATION in place.tags) == (DIRECTORY in place.tags):
            yield f"{place.path}.tags: an entry names an application, {APPLICATION}, or a directory, {DIRECTORY}"
    unknown = [line for place in (fci, *entries) for line in _without_value(place)]
    yield from unknown
    if not unknown:
        yield from (line for place in (fci, *entries) for line in _misfits(bank, place))
        yield from _unreadable(bank)


def _without_value(place: _Place) -> Iterator[str]:
    where = f"{place.path}.{place.list_name}"
    makes = {place.made: f"{place.path}.discretionary"}
    for tag in place.tags:
        if not is_tag(tag) or tag not in place.values:
            yield f"{where}: {no_value(tag, f'{place.path}.elements, nor in $.pse.elements', **makes)}"
    if len(set(place.tags)) != len(place.tags):
        yield f"{where}: a tag stands there twice"
    for tag in place.own:
        if tag not in place.tags:
            yield f"{place.path}.elements.{tag}: {tag} is not in {where}"


def _misfits(bank: BankProfile, place: _Place) -> Iterator[str]:
    """Values of no right length, but for those that the application's own FCI has: there the card says it."""
    for tag in place.tags:
        length = len(place.values[tag]) // 2
        if not may_be(int(tag, 16), length) and (tag in place.own or tag not in (*bank.fci, _LABEL, APPLICATION)):
            path = place.path if tag in place.own else "$.pse"
            yield f"{path}.elements.{tag}: {_no_length(int(tag, 16), length)}"
    try:
        inside = tuple(tlv.leaves(bytes.fromhex(place.discretionary)))
    except tlv.TlvError as error:
        yield f"{place.path}.discretionary: no data objects: {error}"
        return
    for item in inside:
        if not may_be(item.tag, len(item.value)):
            yield f"{place.path}.discretionary: {item.tag:X}: {_no_length(item.tag, len(item.value))}"


def _no_length(tag: int, length: int) -> str:
    """What ``length`` bytes are not, and how many are right."""
    element = BY_TAG[tag]
    right = f"{element.least} to {element.most}" if element.least != element.most else f"{element.most}"
    wrong = "1 byte is" if length == 1 else f"{length} bytes are"
    return f"{wrong} no {element.name}; {right} byte{'s are' if element.most > 1 else ' is'} right"


def _unreadable(bank: BankProfile) -> Iterator[str]:
    """What no terminal would come to see."""
    records = _records(bank)
    numbers = sorted(records)
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        yield f"{_PATH}.entries: records are read from 1 until one is missing; here are {numbers or 'none'}"
    fits = may_be(int(_LABEL, 16), len(bank.label.encode()))  # if not, the application says so
    for number, entries in records.items():
        length = len(tlv.encode(TEMPLATE, *entries))
        if length > LONGEST_RECORD and fits:
            yield f"{_PATH}.entries: record {number} has {length} bytes; {LONGEST_RECORD} at most"
    if len(bytes.fromhex(bank.directory.discretionary)) > _MOST_OF_ISSUER:
        yield f"{_PATH}.discretionary: BF0C has at most {_MOST_OF_ISSUER} bytes"
    elif len(_fci(bank)) > _MOST_PROPRIETARY:
        yield f"{_PATH}.fci: A5 has at most {_MOST_PROPRIETARY} bytes"
