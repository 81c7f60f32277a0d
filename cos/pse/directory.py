"""One directory of the bank side as a session knows it: the environment itself, or an application.

Contents lie as personalisation brought them, one cell per data group (DGI). ``Issued`` is what is parsed out of them,
once per session, when a transaction first needs it. A write in this session forgets what was parsed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import Tlv, TlvError
from cos.kernel.dialect import DirectoryHeader, DirectoryKind, Life
from cos.pse.data import checking
from cos.pse.data import groups as tables
from cos.pse.issued import FCI_GROUP, Issued, parse
from cos.pse.transaction.counters import Counters
from firewall.partition import DamagedCell, Partition
from keys.algorithms import SM4, TDES, Algorithm, BadKey
from keys.bank import scheme
from keys.handle import KeyHandle
from keys.rsa import RsaPrivate
from keys.sm2 import Sm2Private
from keys.store import KeyNotFound, KeyRef, KeyStore

_GROUP, _COUNTERS, _CHANNEL, _KEY_DATA, _KEYS, _SECRETS = b"G", b"C", b"Q", b"Y", b"K", b"U"
_KEY_DATA_LENGTH = 10
_PROPRIETARY = 0xA5

IAD_GROUP, LIMITS_GROUP = 0x9200, 0x0D01

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
        length = len(self._prefix) + 2
        return tuple(int.from_bytes(key[-2:], "big") for key in self._nvm.keys(self._prefix) if len(key) == length)

    def records(self) -> dict[tuple[int, int], bytes]:
        """All records by file and number."""
        return self.records_of(self.numbers())

    def records_of(self, numbers: Iterable[int]) -> dict[tuple[int, int], bytes]:
        """The records among these groups."""
        found = ((tables.record_of(dgi), dgi) for dgi in numbers)
        return {place: self.get(dgi) or b"" for place, dgi in found if place is not None}


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
        """From the cell; a directory never opened starts with counter 0001 (PBOC-10 §8.2).

        Raises ValueError for what ``encode`` does not write.
        """
        if raw is None:
            return cls()
        if len(raw) != 4 or raw[3] > 1:
            raise ValueError("no state of a personalisation channel")
        return cls(int.from_bytes(raw[:2], "big"), raw[2], bool(raw[3]))


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
        if self.is_application and self.personalised != (header.life == Life.USER):  # both change in one step
            raise self._unlike(_CHANNEL, "the state of the personalisation channel")
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
        """The counters as they stand; all zero before the application is in use. Raises DamagedCell."""
        raw = self._nvm.get(self.counters_cell)
        if raw is None and not (self.is_application and self.personalised):
            return Counters()
        try:
            return Counters.from_bytes(raw or b"")
        except ValueError:
            raise self._unlike(_COUNTERS, "the counters") from None

    def _unlike(self, what: bytes, name: str) -> DamagedCell:
        return DamagedCell(self._cell(what), f"{name} of {self.fid:04X} are no such thing, or missing")

    def damaged(self, dgi: int) -> DamagedCell:
        """Group ``dgi`` of this directory in use is missing, or not what its making left."""
        text = f"group {dgi:04X} of {self.fid:04X} is missing or is none of that number"
        return DamagedCell(self.groups.cell(dgi), text)

    @property
    def channel(self) -> Channel:
        """State of the personalisation channel. Raises DamagedCell."""
        try:
            return Channel.decode(self._nvm.get(self._cell(_CHANNEL)))
        except ValueError:
            raise self._unlike(_CHANNEL, "the state of the personalisation channel") from None

    @property
    def channel_cell(self) -> bytes:
        """Where that state lies."""
        return self._cell(_CHANNEL)

    def put_channel(self, channel: Channel) -> None:
        """Change it."""
        self._nvm.put_all({self.channel_cell: channel.encode()})

    @property
    def key_data(self) -> bytes | None:
        """KEYDATA: KMC identifier 6 ‖ chip serial number 4; None if not written yet. Raises DamagedCell."""
        raw = self._nvm.get(self._cell(_KEY_DATA))
        if raw is not None and len(raw) != _KEY_DATA_LENGTH:
            raise self._unlike(_KEY_DATA, "KEYDATA")
        return raw

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
        """A key of the application in use, of the chosen suite; it has been there since its making ended.

        Raises DamagedCell.
        """
        try:
            return self.secrets.key(ref._replace(version=self.suite.key_version))
        except KeyNotFound:
            raise self.damaged(self.suite.keys) from None

    def private_key(self) -> RsaPrivate:
        """The private key that its making demanded for what the application does. Raises DamagedCell."""
        try:
            return self.secrets.private_key(PRIVATE_KEY)
        except KeyNotFound:
            raise self.damaged(tables.PRIVATE_KEY_GROUPS[0]) from None

    def sm2_key(self) -> Sm2Private:
        """The same of the SM suite. Raises DamagedCell, Sm2Missing."""
        try:
            return self.secrets.sm2_key(PRIVATE_KEY)
        except KeyNotFound:
            raise self.damaged(tables.SM2_KEY_GROUPS[0]) from None

    def _algorithm(self, number: int) -> Algorithm:
        if number == SM4.social:
            return SM4
        try:
            iad = tlv.find(self.groups.get(IAD_GROUP) or b"", 0x9F10) or b""
            return scheme(iad[7]).algorithm if len(iad) > 7 else TDES
        except (BadKey, TlvError):  # whoever needs what else it says finds it damaged
            return TDES

    def erase(self) -> None:
        """Wipe everything of this directory but its files and header (inside the caller's transaction)."""
        for what in (_GROUP, _COUNTERS, _CHANNEL, _KEY_DATA, _KEYS, _SECRETS):
            for key in self._nvm.keys(self._cell(what)):
                self._nvm.delete(key)

    # --- contents ------------------------------------------------------------------------------------------

    def record(self, sfi: int, number: int) -> bytes | None:
        """A record that came as a group, None if none did. Raises DamagedCell."""
        dgi = sfi << 8 | number
        raw = self.groups.get(dgi)
        if raw is not None and not checking.is_record(sfi, raw):
            raise self.damaged(dgi)
        return raw

    def items(self, dgi: int) -> tuple[Tlv, ...]:
        """The data objects of a group of a directory in use, none if it was never sent. Raises DamagedCell."""
        try:
            return tlv.parse(self.groups.get(dgi) or b"")
        except TlvError:
            raise self.damaged(dgi) from None

    @property
    def fci(self) -> bytes:
        """The file control information: 84 always the full name, A5 as personalised (PBOC-5 B.13).

        Raises DamagedCell.
        """
        if self._fci is None:
            group = self.groups.get(FCI_GROUP) or b""
            if self.personalised and not _is_proprietary(group):
                raise self.damaged(FCI_GROUP)
            proprietary = group if group[:1] == b"\xa5" else tlv.encode(0xA5, group)
            self._fci = tlv.encode(0x6F, tlv.encode(0x84, self.header.name), proprietary)
        return self._fci

    def fci_item(self, *path: int) -> bytes | None:
        """An item of A5."""
        return tlv.find(self.fci, 0x6F, 0xA5, *path)

    @property
    def issued(self) -> Issued:
        """The contents, parsed. Raises DamagedCell; while the application is made, TlvError or ValueError instead."""
        known = self._issued.get(self.suite)
        if known is None:
            known = self._issued[self.suite] = parse(self)
        return known


def _is_proprietary(group: bytes) -> bool:
    """True for data objects that add up, in their template A5 or without it."""
    try:
        items = tlv.parse(group)
        return len(tlv.parse(items[0].value) if items[:1] and items[0].tag == _PROPRIETARY else items) > 0
    except TlvError:
        return False
