"""What is parsed out of an application's data groups: lists, risk data, AIP and AFL, the layout of its log.

While the application is made, what makes no sense is the issuer's mistake and says so; once it is in use, it passed
these checks when its making ended, so whatever fails them now is a damaged cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from apdu import tlv
from apdu.tlv import DolEntry
from cos.pse.data.elements import BY_TAG
from cos.pse.data.log import LogEntry
from cos.pse.data.profile import AflEntry, listed_records, missing_records, parse_afl
from cos.pse.transaction.iad import Iad
from cos.pse.transaction.risk import Limits
from keys.bank import AC_TAGS, scheme

if TYPE_CHECKING:
    from cos.pse.directory import Directory

FCI_GROUP, PIN_GROUP, TRIES_GROUP = 0x9102, 0x8010, 0x9010
_DEFAULT_DDOL = bytes.fromhex("9F3704")  # what terminals send to a card without 9F49
_CDOL1, _CDOL2, _DDOL, _LOG_FORMAT, _RESPONSE_CODE = 0x8C, 0x8D, 0x9F49, 0x9F4F, 0x8A
_MOST_TRIES = 15

Records = Mapping[tuple[int, int], bytes]
"""Records by file and number."""


class Dol(NamedTuple):
    """A data object list, taken apart; ``length`` is how many bytes of data it asks for."""

    entries: tuple[DolEntry, ...] = ()
    length: int = 0

    @classmethod
    def parse(cls, raw: bytes) -> Dol:
        """Raises TlvError."""
        entries = tlv.parse_dol(raw)
        return cls(entries, tlv.dol_length(entries))

    def __str__(self) -> str:
        named = ", ".join(f"{entry.tag:X} {entry.length}" for entry in self.entries)
        return f"{self.length} bytes ({named})" if named else "no data"


class Issued(NamedTuple):
    """A personalised application's contents, ready to work with. ``gpo`` is the answer of GET PROCESSING OPTIONS."""

    aip: bytes
    gpo: bytes
    pdol: Dol
    cdol1: Dol
    cdol2: Dol
    ddol: Dol
    iad: Iad
    limits: Limits
    elements: Mapping[int, bytes]
    log_entry: LogEntry | None
    offline_pin: bool
    folded: bool

    @property
    def aip_number(self) -> int:
        """AIP as a number of 16 bits."""
        return int.from_bytes(self.aip, "big")


@contextmanager
def _of(directory: Directory, dgi: int) -> Iterator[None]:
    """What stands in group ``dgi`` makes no sense: of a directory in use it is damaged."""
    try:
        yield
    except ValueError:
        if not directory.personalised:
            raise
        raise directory.damaged(dgi) from None


class _List(NamedTuple):
    """A data object list and the group of the record it stands in."""

    dgi: int
    raw: bytes

    def parsed(self, directory: Directory) -> Dol:
        """The list taken apart."""
        with _of(directory, self.dgi):
            return Dol.parse(self.raw)


def _lists(directory: Directory, afl: tuple[AflEntry, ...], found: Records) -> dict[int, _List]:
    """The lists in the records; on a card with two suites only in those the chosen one's AFL names."""
    places = [(sfi, number) for sfi, number, _ in listed_records(afl)] if directory.has_sm else list(found)
    lists = {}
    for sfi, number in places:
        dgi = sfi << 8 | number
        with _of(directory, dgi):
            for item in tlv.leaves(found.get((sfi, number), b"")):
                if item.tag in (_CDOL1, _CDOL2, _DDOL):
                    lists[item.tag] = _List(dgi, item.value)
    return lists


def _locator(directory: Directory, afl: bytes, found: Records) -> tuple[AflEntry, ...]:
    """The entries of 94. While the application is made it may still be missing, and so may its records."""
    if not (directory.personalised or directory.has_sm):
        return ()
    with _of(directory, directory.suite.gpo):
        entries = parse_afl(afl)
    if directory.personalised:
        for sfi, number in missing_records(entries, found):
            raise directory.damaged(sfi << 8 | number)
    return entries


def internal_elements(directory: Directory, numbers: Iterable[int]) -> dict[int, bytes]:
    """The elements of the internal file, groups 0Dnn and 0Enn among ``numbers``, by tag."""
    values: dict[int, bytes] = {}
    for dgi in numbers:
        if dgi >> 8 in (0x0D, 0x0E):
            with _of(directory, dgi):
                for tag, value in tlv.walk(directory.groups.get(dgi) or b""):
                    element = BY_TAG.get(tag)
                    if element is not None and not element.least <= len(value) <= element.most:
                        raise ValueError(f"{tag:X} has {len(value)} bytes")
                    if tag == _LOG_FORMAT:
                        Dol.parse(value)
                    values[tag] = value
    return values


def _tries(directory: Directory) -> bytes:
    """PIN tries and their limit."""
    raw = directory.groups.get(TRIES_GROUP)
    if raw is None:
        return b"\x03\x03"
    if len(raw) != 2 or not raw[0] <= raw[1] <= _MOST_TRIES:
        raise directory.damaged(TRIES_GROUP)
    return raw


def parse(directory: Directory) -> Issued:
    """Read the groups of an application's chosen suite.

    Raises TlvError, ValueError where they make no sense; DamagedCell if the application is in use.
    """
    groups, suite = directory.groups, directory.suite
    with _of(directory, suite.gpo):
        gpo = groups.get(suite.gpo) or b""
        aip, afl = tlv.find(gpo, 0x82) or bytes(2), tlv.find(gpo, 0x94) or b""
        if len(aip) != 2:
            raise ValueError(f"82 has 2 bytes, not {len(aip)}")
    numbers = groups.numbers()
    records = groups.records_of(numbers)
    lists = _lists(directory, _locator(directory, afl, records), records)
    elements = internal_elements(directory, numbers)
    with _of(directory, suite.iad):
        iad = Iad.parse(tlv.find(groups.get(suite.iad) or b"", 0x9F10) or b"")
        folded = scheme(iad.alg).folded
    with _of(directory, FCI_GROUP):
        pdol = Dol.parse(directory.fci_item(0x9F38) or b"")
        entry = directory.fci_item(0xBF0C, 0x9F4D)
        log_entry = LogEntry.parse(entry) if entry is not None else None
    absent = _List(FCI_GROUP, b"")
    issued = Issued(
        aip=aip,
        gpo=tlv.encode(0x80, aip, afl),
        pdol=pdol,
        cdol1=lists.get(_CDOL1, absent).parsed(directory),
        cdol2=lists.get(_CDOL2, absent).parsed(directory),
        ddol=lists.get(_DDOL, absent._replace(raw=_DEFAULT_DDOL)).parsed(directory),
        iad=iad,
        limits=Limits.from_elements(elements, _tries(directory)[1]),
        elements=MappingProxyType(elements),
        log_entry=log_entry,
        offline_pin=groups.get(PIN_GROUP) is not None,
        folded=folded,
    )
    if directory.personalised:
        for name, _ in list_faults(issued):
            raise directory.damaged(lists.get({"CDOL1": _CDOL1, "CDOL2": _CDOL2}[name], absent).dgi)
    return issued


def list_faults(issued: Issued) -> Iterator[tuple[str, str]]:
    """Which list does not ask for all a cryptogram is made of, or the second one for the response code, and how."""
    lists: tuple[tuple[str, Dol, tuple[int, ...]], ...] = (
        ("CDOL1", issued.cdol1, AC_TAGS),
        ("CDOL2", issued.cdol2, (*AC_TAGS, _RESPONSE_CODE)),
    )
    for name, dol, wanted in lists:
        asked = dict(dol.entries)
        for tag in wanted:
            if tag not in asked:
                yield name, f"does not ask for {tag:X}"
            elif asked[tag] != BY_TAG[tag].most:
                yield name, f"asks for {asked[tag]} bytes of {tag:X}"
