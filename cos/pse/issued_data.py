"""The data groups (数据分组) of a directory: as they are stored, one cell each, and what is parsed out of them.

While the application is made, what makes no sense is the issuer's mistake and says so; once it is in use, it passed
these checks when its making ended, so whatever fails them now is a damaged cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from cos.pse.data.aip_afl_ada import AflEntry, LogEntry, listed_records, missing_records, parse_afl
from cos.pse.data.data_elements import BY_TAG
from cos.pse.data.data_groups import (
    FCI_GROUP,
    INTERNAL_FILE,
    PIN_GROUP,
    SM,
    TRIES_GROUP,
    BadGroup,
    Suite,
    check,
    check_element,
    record_of,
)
from cos.pse.transaction.cvr_and_cid import Iad
from cos.pse.transaction.risk_data import Limits
from firewall.partition import Partition
from keys.bank_cryptography import AC_TAGS, scheme

GROUP = b"G"
"""What the cell of a group begins with; the directory's file identifier and the DGI follow."""

Records = dict[tuple[int, int], bytes]
"""Records by file and number."""

_DEFAULT_DDOL = bytes.fromhex("9F3704")  # what terminals send to a card without 9F49
PDOL, _CDOL1, _CDOL2, _DDOL, _LOG_FORMAT, _RESPONSE_CODE = 0x9F38, 0x8C, 0x8D, 0x9F49, 0x9F4F, 0x8A
MOST_DATA, MOST_IN_TEMPLATE = 255, 252
"""How many bytes a command can bring (no list may ask for more), and behind ``83 81`` and their number."""


class Groups:
    """The data groups of a directory, by DGI; a record group is the record itself."""

    __slots__ = ("_nvm", "_prefix")

    def __init__(self, nvm: Partition, fid: int) -> None:
        self._nvm = nvm
        self._prefix = GROUP + fid.to_bytes(2, "big")

    def cell(self, dgi: int) -> bytes:
        """Where a group lies."""
        return self._prefix + dgi.to_bytes(2, "big")

    def get(self, dgi: int) -> bytes | None:
        """The group's value, None if it was never sent."""
        return self._nvm.get(self.cell(dgi))

    def put(self, dgi: int, value: bytes) -> None:
        """Store a group."""
        self._nvm.put_all({self.cell(dgi): value})

    def delete(self, dgi: int) -> None:
        """Forget a group."""
        self._nvm.delete(self.cell(dgi))

    def numbers(self) -> tuple[int, ...]:
        """The DGIs present."""
        length = len(self._prefix) + 2
        return tuple(int.from_bytes(key[-2:], "big") for key in self._nvm.keys(self._prefix) if len(key) == length)

    def records(self, numbers: Iterable[int]) -> Records:
        """The records among the groups of these ``numbers``."""
        found = ((record_of(dgi), dgi) for dgi in numbers)
        return {place: self.get(dgi) or b"" for place, dgi in found if place is not None}

    @property
    def has_sm(self) -> bool:
        """True if the SM set was personalised."""
        return self.get(SM.gpo) is not None


class Dol(NamedTuple):
    """A data object list, taken apart; ``length`` is how many bytes of data it asks for."""

    entries: tuple[tlv.DolEntry, ...] = ()
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
    """A personalised application's contents, ready to work with. ``gpo`` is the answer of GET PROCESSING OPTIONS.

    ``aip`` is 82 as a number of 16 bits.
    """

    aip: int
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
    def lists(self) -> Mapping[int, Dol]:
        """The data object lists by tag."""
        return {PDOL: self.pdol, _CDOL1: self.cdol1, _CDOL2: self.cdol2, _DDOL: self.ddol}


@contextmanager
def _of(dgi: int, why: str) -> Iterator[None]:
    """What stands in group ``dgi`` makes no sense."""
    try:
        yield
    except ValueError:
        raise BadGroup(why, dgi) from None


def _list(place: tuple[int, bytes], wanted: Iterable[int] = ()) -> Dol:
    """The data object list of a group, which has to ask for all of ``wanted``, in full."""
    dgi, raw = place
    with _of(dgi, "broken list in a group"):
        dol = Dol.parse(raw)
    asked = dict(dol.entries)
    for tag in wanted:
        if asked.get(tag) != BY_TAG[tag].most:
            raise BadGroup(
                "list without what a cryptogram takes",
                dgi,
                needed=tag,
                received=asked.get(tag, 0),
                expected=BY_TAG[tag].most,
            )
    return dol


def _lists(found: Records, places: Iterable[tuple[int, int]]) -> dict[int, tuple[int, bytes]]:
    """The lists in these records, each with its group."""
    lists = {}
    for sfi, number in places:
        dgi = sfi << 8 | number
        with _of(dgi, "group without structure"):
            for item in tlv.leaves(found.get((sfi, number), b"")):
                if item.tag in (_CDOL1, _CDOL2, _DDOL):
                    lists[item.tag] = dgi, item.value
    return lists


def _located(suite: Suite, afl: bytes, found: Records) -> tuple[AflEntry, ...]:
    """The entries of 94, whose records are all there."""
    with _of(suite.gpo, "no AFL"):
        entries = parse_afl(afl)
    for sfi, number in missing_records(entries, found):
        raise BadGroup("record of the AFL missing", sfi << 8 | number, suite=suite.name)
    return entries


def internal_elements(groups: Groups, numbers: Iterable[int]) -> dict[int, bytes]:
    """The elements of the internal file, groups 0Dnn and 0Enn among ``numbers``, by tag. Raises BadGroup."""
    values: dict[int, bytes] = {}
    for dgi in numbers:
        if dgi >> 8 in INTERNAL_FILE:
            with _of(dgi, "group without structure"):
                for tag, value in tlv.walk(groups.get(dgi) or b""):
                    check_element(dgi, tag, value)
                    if tag == _LOG_FORMAT:
                        Dol.parse(value)
                    values[tag] = value
    return values


def parse(groups: Groups, suite: Suite, fci: bytes) -> Issued:
    """Read the groups of an application in one suite. Raises BadGroup where they make no sense or are incomplete."""
    numbers = groups.numbers()
    with _of(suite.gpo, "no AIP"):
        gpo = groups.get(suite.gpo) or b""
        aip, afl = tlv.find(gpo, 0x82) or bytes(2), tlv.find(gpo, 0x94) or b""
    check_element(suite.gpo, 0x82, aip)
    records = groups.records(numbers)
    entries = _located(suite, afl, records)
    # What the AFL names counts: that is what a terminal reads. On a card with two suites nothing else does.
    listed = [(sfi, number) for sfi, number, _ in listed_records(entries)]
    lists, absent = _lists(records, listed if groups.has_sm else [*records, *listed]), (FCI_GROUP, b"")
    elements = internal_elements(groups, numbers)
    with _of(suite.iad, "no issuer application data"):
        iad = Iad.parse(tlv.find(groups.get(suite.iad) or b"", 0x9F10) or b"")
        folded = scheme(iad.alg).folded
    with _of(FCI_GROUP, "broken list in a group"):
        pdol = Dol.parse(tlv.find(fci, 0x6F, 0xA5, PDOL) or b"")
        entry = tlv.find(fci, 0x6F, 0xA5, 0xBF0C, 0x9F4D)
        log_entry = LogEntry.parse(entry) if entry is not None else None
    tries = groups.get(TRIES_GROUP)
    if tries is not None:
        check(TRIES_GROUP, tries)
    return Issued(
        aip=int.from_bytes(aip, "big"),
        gpo=tlv.encode(0x80, aip, afl),
        pdol=pdol,
        cdol1=_list(lists.get(_CDOL1, absent), AC_TAGS),
        cdol2=_list(lists.get(_CDOL2, absent), (*AC_TAGS, _RESPONSE_CODE)),
        ddol=_list(lists.get(_DDOL, (FCI_GROUP, _DEFAULT_DDOL))),
        iad=iad,
        limits=Limits.from_elements(elements, tries[1] if tries else Limits().pin_try_limit),
        elements=MappingProxyType(elements),
        log_entry=log_entry,
        offline_pin=groups.get(PIN_GROUP) is not None,
        folded=folded,
    )
