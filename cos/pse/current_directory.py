"""One directory of the bank side as a session knows it: the environment itself, or an application.

Contents lie as personalisation brought them, one cell per data group (DGI). ``Issued`` is what is parsed out of them,
once per session, when a transaction first needs it. A write in this session forgets what was parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from apdu import tlv
from apdu.tlv import TlvError
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind, Life
from cos.kernel.files import DIRECTORY_PART
from cos.kernel.security_state import KEY_CELLS, KEYS, key_store
from cos.pse.data.data_groups import FCI_GROUP, INTERNATIONAL, SM, BadGroup, Suite, is_record
from cos.pse.issued_data import GROUP, Groups, Issued, parse
from cos.pse.transaction.transaction_memory import COUNTS, Counters
from firewall.cellkind import CellKind, Count, Counting, Part
from firewall.partition import DamagedCell, Partition
from keys.algorithms import SM4, TDES, Algorithm, BadKey, bank_algorithm
from keys.bank_cryptography import scheme
from keys.card_key_store import KeyNotFound, KeyRef, KeyStore, entry_cells, rsa_cells, sm2_cells
from keys.key_handle import KeyHandle
from keys.rsa import RsaPrivate
from keys.sm2 import Sm2Private

_COUNTERS, _CHANNEL, _KEY_DATA, _SECRETS = b"C", b"Q", b"Y", b"U"
_KEY_DATA_LENGTH = 10
_FCI, _PROPRIETARY = 0x6F, 0xA5
LAST_CHANNEL, MOST_OPENINGS = 0xFFFF, 10
"""Of a personalisation channel: where its sequence counter ends, how many openings may fail one after another."""

AC_KEY, MAC_KEY, ENC_KEY = (KeyRef(kind, 0, 0) for kind in (0x21, 0x22, 0x23))
PIN_REF = KeyRef(0x01, 0, 0)
PRIVATE_KEY = 1

_Which = TypeVar("_Which")
_Found = TypeVar("_Found")


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


_HERE = (DIRECTORY_PART,)
COUNTERS_CELL = CellKind("counters and indicators of {directory}", _COUNTERS, _HERE, counts=COUNTS)
CHANNEL_CELL = CellKind(
    "personalisation channel of {directory}",
    _CHANNEL,
    _HERE,
    counts=(
        Count("sequence counter", Counting.NUMBER, at=0, length=2, most=LAST_CHANNEL),
        Count("failed openings", Counting.FAILURES, at=2, length=1, most=MOST_OPENINGS),
    ),
    unset=Channel().encode(),
)
DIRECTORY_CELLS = (
    CellKind("DGI {group} of {directory}", GROUP, (*_HERE, Part("group", 2))),
    COUNTERS_CELL,
    CHANNEL_CELL,
    CellKind("KEYDATA of {directory}", _KEY_DATA, _HERE),
    *KEY_CELLS,
    *entry_cells(_SECRETS, _HERE, " of {directory}", counted=False),
    *rsa_cells(_SECRETS, _HERE, " of {directory}"),
    *sm2_cells(_SECRETS, _HERE, " of {directory}"),
)
"""What a directory consists of besides its header and log. What came enciphered is in the stores, its group a mark;
failures of the PIN are counted with the counters.
"""


def issued_cipher(cells: Mapping[bytes, bytes], cell: bytes) -> Algorithm | None:
    """The cipher of an application's own key, which its 9F10 names whatever the key's header says; ``cell`` of
    ``cells`` has the key. None for another cell, and where no 9F10 names one.
    """
    if cell[:1] != _SECRETS or cell[-1:] != bytes((INTERNATIONAL.key_version,)):
        return None
    issued = cells.get(GROUP + cell[1:3] + INTERNATIONAL.iad.to_bytes(2, "big"), b"")
    try:
        return bank_algorithm((tlv.find(issued, 0x9F10) or b"")[7])
    except (TlvError, BadKey, IndexError):
        return None


class BankDirectory:
    """The environment or an application, opened in a session. Holds no secret, only where things lie.

    ``suite``: the algorithms chosen; ``issued`` and ``key`` are those of it.
    """

    __slots__ = ("_fci", "_issued", "_nvm", "_secrets", "groups", "header", "keys", "personalised", "suite")

    def __init__(self, nvm: Partition, header: DirectoryHeader) -> None:
        self._nvm = nvm
        self.header = header
        self.groups = Groups(nvm, header.fid)
        self.keys = key_store(nvm, header.fid)
        self.personalised = self.channel.done
        if self.is_application and self.personalised != (header.life == Life.USER):  # both change in one step
            raise self._unlike(_CHANNEL, "the state of the personalisation channel")
        self._secrets: KeyStore | None = None
        self._issued: dict[str, Issued] = {}
        self.suite = INTERNATIONAL
        self._fci: bytes | None = None

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

    def put_channel(self, channel: Channel) -> None:
        """Change it; part of the open transaction if there is one."""
        self._nvm.put_all({self._cell(_CHANNEL): channel.encode()})

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
        """A key of the application in use, of the chosen suite. Raises DamagedCell."""
        return self._there(self.suite.keys, self.secrets.key, self.named(ref))

    def named(self, ref: KeyRef) -> KeyRef:
        """How a key of the chosen suite is called: its version tells the suite."""
        return ref._replace(version=self.suite.key_version)

    def private_key(self) -> RsaPrivate:
        """The private key of the application in use. Raises DamagedCell."""
        return self._there(INTERNATIONAL.private_key[0], self.secrets.private_key, PRIVATE_KEY)

    def sm2_key(self) -> Sm2Private:
        """The same of the SM suite. Raises DamagedCell, Sm2Missing."""
        return self._there(SM.private_key[0], self.secrets.sm2_key, PRIVATE_KEY)

    def _there(self, dgi: int, find: Callable[[_Which], _Found], which: _Which) -> _Found:
        """A secret that came in group ``dgi``: it has been there since the making of the application ended."""
        try:
            return find(which)
        except KeyNotFound:
            raise self.damaged(dgi) from None

    def _algorithm(self, number: int) -> Algorithm:
        if number == SM4.social:
            return SM4
        try:
            iad = tlv.find(self.groups.get(INTERNATIONAL.iad) or b"", 0x9F10) or b""
            return scheme(iad[7]).algorithm if len(iad) > 7 else TDES
        except (BadKey, tlv.TlvError):  # whoever needs what else it says finds it damaged
            return TDES

    def erase(self) -> None:
        """Wipe everything of this directory but its files and header (inside the caller's transaction)."""
        for what in (GROUP, _COUNTERS, _CHANNEL, _KEY_DATA, KEYS, _SECRETS):
            for key in self._nvm.keys(self._cell(what)):
                self._nvm.delete(key)

    # --- contents ------------------------------------------------------------------------------------------

    def record(self, sfi: int, number: int) -> bytes | None:
        """A record that came as a group, None if none did. Raises DamagedCell."""
        dgi = sfi << 8 | number
        raw = self.groups.get(dgi)
        if raw is not None and not is_record(sfi, raw):
            raise self.damaged(dgi)
        return raw

    def items(self, dgi: int) -> tuple[tlv.Tlv, ...]:
        """The data objects of a group of a directory in use, none if it was never sent. Raises DamagedCell."""
        try:
            return tlv.parse(self.groups.get(dgi) or b"")
        except tlv.TlvError:
            raise self.damaged(dgi) from None

    @property
    def fci(self) -> bytes:
        """The file control information: 84 always the full name, A5 as personalised (PBOC-5 B.13).

        Raises DamagedCell.
        """
        if self._fci is None:
            group = _unwrapped(self.groups.get(FCI_GROUP) or b"")
            if self.personalised and not _is_proprietary(group):
                raise self.damaged(FCI_GROUP)
            proprietary = group if group[:1] == b"\xa5" else tlv.encode(0xA5, group)
            self._fci = tlv.encode(_FCI, tlv.encode(0x84, self.header.name), proprietary)
        return self._fci

    def fci_item(self, *path: int) -> bytes | None:
        """An item of A5."""
        return tlv.find(self.fci, 0x6F, 0xA5, *path)

    @property
    def issued(self) -> Issued:
        """The contents in the chosen suite, parsed. Raises DamagedCell; while the application is made, BadGroup."""
        known = self._issued.get(self.suite.name)
        return known if known is not None else self.parsed(self.suite)

    def parsed(self, suite: Suite) -> Issued:
        """The contents in ``suite``; raises as ``issued`` does."""
        try:
            found = self._issued[suite.name] = parse(self.groups, suite, self.fci)
        except BadGroup as bad:
            if not self.personalised:
                raise
            raise self.damaged(bad.group) from None
        return found


def _unwrapped(group: bytes) -> bytes:
    """A5 of an FCI that came whole, in its 6F, as scripts for applets send it (seen in the field); else ``group``."""
    if group[:1] != bytes((_FCI,)):  # nearly always
        return group
    try:
        found = tlv.find(group, _FCI, _PROPRIETARY)
    except tlv.TlvError:  # whoever looks finds it damaged
        return group
    return group if found is None else tlv.encode(_PROPRIETARY, found)


def _is_proprietary(group: bytes) -> bool:
    """True for data objects that add up, in their template A5 or without it."""
    try:
        items = tlv.parse(group)
        return len(tlv.parse(items[0].value) if items[:1] and items[0].tag == _PROPRIETARY else items) > 0
    except tlv.TlvError:
        return False
