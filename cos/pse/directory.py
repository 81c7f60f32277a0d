"""One directory of the bank side as a session knows it: the environment itself, or an application.

Contents lie as personalisation brought them, one cell per data group (DGI). ``Issued`` is what is parsed out of them,
once per session, when a transaction first needs it. A write in this session forgets what was parsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import DolEntry
from cos.kernel.dialect import DirectoryHeader, DirectoryKind
from cos.pse.data import groups as tables
from cos.pse.data.log import LogEntry
from cos.pse.data.profile import listed_records, parse_afl
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.iad import Iad
from cos.pse.transaction.risk import Limits
from firewall.partition import Partition
from keys.algorithms import SM4, TDES, Algorithm, BadKey
from keys.bank import scheme
from keys.handle import KeyHandle
from keys.store import KeyRef, KeyStore

_GROUP, _COUNTERS, _CHANNEL, _KEY_DATA, _KEYS, _SECRETS = b"G", b"C", b"Q", b"Y", b"K", b"U"

FCI_GROUP, IAD_GROUP = 0x9102, 0x9200
LIMITS_GROUP, TRIES_GROUP = 0x0D01, 0x9010

AC_KEY, MAC_KEY, ENC_KEY = (KeyRef(kind, 0, 0) for kind in (0x21, 0x22, 0x23))
PIN_REF = KeyRef(0x01, 0, 0)
PRIVATE_KEY = 1
MASTER_REF = KeyRef(0x00, 0, 0)


class Suite(NamedTuple):
    """One set of algorithms: the groups that are its own, the version its symmetric keys lie under.

    A card has the international set, and may have the SM one beside it (SM2, SM3, SM4; as published card images have
    it). Everything else is common to both.
    """

    name: str
    gpo: int
    iad: int
    keys: int
    check_values: int
    key_version: int


INTERNATIONAL = Suite("international", 0x9104, IAD_GROUP, 0x8000, 0x9000, 0)
SM = Suite("SM", 0x9105, 0x9201, 0x8400, 0x9400, 1)

_DEFAULT_DDOL = bytes.fromhex("9F3704")  # what terminals send to a card without 9F49


class Groups:
    """The data groups of a directory, by DGI; a record group is the record itself."""

    __slots__ = ("_nvm", "_prefix")

    def __init__(self, nvm: Partition, fid: int) -> None:
        self._nvm = nvm
        self._prefix = _GROUP + fid.to_bytes(2, "big")

    def cell(self, dgi: int) -> bytes:
        """The cell of a group, for a caller that writes several things at once."""
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
        return tuple(int.from_bytes(key[-2:], "big") for key in self._nvm.keys(self._prefix))

    def records(self) -> dict[tuple[int, int], bytes]:
        """All records by file and number."""
        found = ((tables.record_of(dgi), dgi) for dgi in self.numbers())
        return {place: self.get(dgi) or b"" for place, dgi in found if place is not None}

    def internal(self) -> dict[int, bytes]:
        """The elements of the internal file, groups 0Dnn and 0Enn, by tag."""
        values: dict[int, bytes] = {}
        for dgi in self.numbers():
            if dgi >> 8 in (0x0D, 0x0E):
                values.update((item.tag, item.value) for item in tlv.walk(self.get(dgi) or b""))
        return values


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


class Channel(NamedTuple):
    """What a personalisation channel leaves behind: sequence counter, failed openings, whether it is done."""

    counter: int = 1
    failures: int = 0
    done: bool = False

    def encode(self) -> bytes:
        """Four bytes."""
        return self.counter.to_bytes(2, "big") + bytes((self.failures, self.done))

    @classmethod
    def decode(cls, raw: bytes | None) -> Channel:
        """From the cell; a directory never opened starts with counter 0001 (PBOC-10 §8.2)."""
        return cls(int.from_bytes(raw[:2], "big"), raw[2], bool(raw[3])) if raw else cls()


class Directory:
    """The environment or an application, opened in a session. Holds no secret, only where things lie."""

    __slots__ = ("_fci", "_issued", "_nvm", "_secrets", "groups", "header", "keys", "personalised", "suite")

    def __init__(self, nvm: Partition, header: DirectoryHeader) -> None:
        fid = header.fid.to_bytes(2, "big")
        self._nvm = nvm
        self.header = header
        self.groups = Groups(nvm, header.fid)
        self.keys = KeyStore(nvm, _KEYS + fid)
        self.personalised = self.channel.done
        self._secrets: KeyStore | None = None
        self._issued: dict[Suite, Issued] = {}
        self.suite = INTERNATIONAL
        self._fci: bytes | None = None

    def __repr__(self) -> str:
        return f"{'application' if self.is_application else 'environment'} {self.header.name.hex().upper()}"

    @property
    def fid(self) -> int:
        """The file identifier."""
        return self.header.fid

    @property
    def is_application(self) -> bool:
        """True for an ADF, False for the environment itself."""
        return self.header.kind == DirectoryKind.ADF

    def forget(self) -> None:
        """Something was written: parse anew at the next need."""
        self._issued = {}
        self._fci = self._secrets = None

    @property
    def has_sm(self) -> bool:
        """True if the SM set was personalised."""
        return self.groups.get(SM.gpo) is not None

    def choose(self, suite: Suite) -> None:
        """From now on ``issued`` and ``key`` are those of ``suite``."""
        self.suite = suite

    # --- cells ---------------------------------------------------------------------------------------------

    def _cell(self, what: bytes) -> bytes:
        return what + self.header.fid.to_bytes(2, "big")

    @property
    def counters_cell(self) -> bytes:
        """Where the application's counters lie."""
        return self._cell(_COUNTERS)

    def counters(self) -> Counters:
        """The counters as they stand; all zero before the application is in use."""
        raw = self._nvm.get(self.counters_cell)
        return Counters.from_bytes(raw) if raw is not None else Counters()

    @property
    def channel(self) -> Channel:
        """State of the personalisation channel."""
        return Channel.decode(self._nvm.get(self._cell(_CHANNEL)))

    @property
    def channel_cell(self) -> bytes:
        """Where that state lies."""
        return self._cell(_CHANNEL)

    def put_channel(self, channel: Channel) -> None:
        """Change it."""
        self._nvm.put_all({self.channel_cell: channel.encode()})

    @property
    def key_data(self) -> bytes | None:
        """KEYDATA: KMC identifier 6 ‖ chip serial number 4; None if not written yet."""
        return self._nvm.get(self._cell(_KEY_DATA))

    def put_key_data(self, key_data: bytes) -> None:
        """Write it."""
        self._nvm.put_all({self._cell(_KEY_DATA): key_data})

    @property
    def secrets(self) -> KeyStore:
        """Keys of the application in use, its PIN and private keys; the cipher is the one its 9F10 names."""
        if self._secrets is None:
            self._secrets = KeyStore(self._nvm, self._cell(_SECRETS), self._algorithm)
        return self._secrets

    def key(self, ref: KeyRef) -> KeyHandle:
        """A key of the application in use, of the chosen suite. Raises KeyNotFound."""
        return self.secrets.key(ref._replace(version=self.suite.key_version))

    def _algorithm(self, number: int) -> Algorithm:
        if number == SM4.social:
            return SM4
        iad = tlv.find(self.groups.get(IAD_GROUP) or b"", 0x9F10) or b""
        try:
            return scheme(iad[7]).algorithm if len(iad) > 7 else TDES
        except BadKey:
            return TDES

    def erase(self) -> None:
        """Wipe everything of this directory but its files and header (inside the caller's transaction)."""
        for what in (_GROUP, _COUNTERS, _CHANNEL, _KEY_DATA, _KEYS, _SECRETS):
            for key in self._nvm.keys(self._cell(what)):
                self._nvm.delete(key)

    # --- contents ------------------------------------------------------------------------------------------

    @property
    def fci(self) -> bytes:
        """The file control information: 84 always the full name, A5 as personalised (PBOC-5 B.13)."""
        if self._fci is None:
            group = self.groups.get(FCI_GROUP) or b""
            proprietary = group if group[:1] == b"\xa5" else tlv.encode(0xA5, group)
            self._fci = tlv.encode(0x6F, tlv.encode(0x84, self.header.name), proprietary)
        return self._fci

    def fci_item(self, *path: int) -> bytes | None:
        """An item of A5."""
        return tlv.find(self.fci, 0x6F, 0xA5, *path)

    @property
    def issued(self) -> Issued:
        """The contents, parsed. Raises TlvError or ValueError on contents no completed personalisation leaves."""
        known = self._issued.get(self.suite)
        if known is None:
            known = self._issued[self.suite] = parse(self)
        return known


def _elements(records: Iterable[bytes], tags: frozenset[int]) -> Iterator[tuple[int, bytes]]:
    for record in records:
        for item in tlv.leaves(record):
            if item.tag in tags:
                yield item.tag, item.value


def _records(directory: Directory, afl: bytes) -> Iterable[bytes]:
    """All records; on a card with two suites only those the chosen one's AFL names."""
    found = directory.groups.records()
    if not directory.has_sm:
        return found.values()
    return [found.get((sfi, number), b"") for sfi, number, _ in listed_records(parse_afl(afl))]


def parse(directory: Directory) -> Issued:
    """Read the groups of an application's chosen suite. Raises TlvError, ValueError where they make no sense."""
    groups, suite = directory.groups, directory.suite
    gpo = groups.get(suite.gpo) or b""
    aip, afl = tlv.find(gpo, 0x82) or bytes(2), tlv.find(gpo, 0x94) or b""
    lists = dict(_elements(_records(directory, afl), frozenset((0x8C, 0x8D, 0x9F49))))
    elements = groups.internal()
    iad = Iad.parse(tlv.find(groups.get(suite.iad) or b"", 0x9F10) or b"")
    log_entry = directory.fci_item(0xBF0C, 0x9F4D)
    tries = groups.get(TRIES_GROUP) or b"\x03\x03"
    return Issued(
        aip=aip,
        gpo=tlv.encode(0x80, aip, afl),
        pdol=Dol.parse(directory.fci_item(0x9F38) or b""),
        cdol1=Dol.parse(lists.get(0x8C, b"")),
        cdol2=Dol.parse(lists.get(0x8D, b"")),
        ddol=Dol.parse(lists.get(0x9F49, _DEFAULT_DDOL)),
        iad=iad,
        limits=Limits.from_elements(elements, tries[1]),
        elements=MappingProxyType(elements),
        log_entry=LogEntry.parse(log_entry) if log_entry is not None else None,
        offline_pin=groups.get(0x8010) is not None,
        folded=scheme(iad.alg).folded,
    )
