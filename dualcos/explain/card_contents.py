"""What is on a card (卡内容): environments, directories, files with their rules, keys by check value and tries.

Read from the cells of a card at rest (``Card.dump``), as a laboratory would; nothing here goes over the contacts.
No key and no PIN comes out: a key is its identifier, version, check value and try counter. What a damaged cell leaves
unreadable is a line of its environment's, beside all that can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from cos.kernel.directory_headers import MF_FID, DirectoryHeader, DirectoryKind, Life, access_words, stored_header
from cos.kernel.directory_headers import AccessWords as Words
from cos.kernel.files import Descriptor, ElementaryFile, FileNotFound, FileSystem, RecordNotFound, Structure
from cos.kernel.security_state import KEYS, key_store
from cos.kernel.stack import Stacks
from cos.pse.current_directory import BankDirectory
from cos.ssse.security.key_types import SocialKeyType
from cos.ssse.tables.access_levels import FREE_LEVEL, MASTER_LEVEL, NEVER_LEVEL
from cos.ssse.tables.table_model import KeyKind, KeyRow, Version
from cos.stacks import STACKS, of_card
from cos.stacks import places as places_of
from dualcos.explain import names_of_places, psam_names
from dualcos.explain.following_select import FOLLOWING
from dualcos.explain.psam_key_records import KeyRecordSeen, Tried, key_records
from dualcos.explain.stored_groups import content_of
from dualcos.explain.tracker import version_in
from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerRail
from firewall.mint import EnvironmentDirectory
from firewall.partition import DamagedCell, Partition
from keys.card_key_store import KeyHeader, KeyNotFound, KeyStore

Dump = Mapping[str, Mapping[bytes, bytes]]
T = TypeVar("T")

_LIVES: Mapping[int, str] = MappingProxyType(
    {Life.PERSONALISATION: "personalisation 个人化", Life.USER: "in use 使用", Life.BLOCKED: "blocked 永久锁定"}
)
_KINDS: Mapping[int, str] = MappingProxyType(
    {
        SocialKeyType.MASTER: "MK 主控密钥",
        SocialKeyType.PIN: "PIN 个人密码",
        SocialKeyType.STK: "STK 应用维护密钥",
        SocialKeyType.DLK: "DLK 账户划入密钥",
        SocialKeyType.DPK: "DPK 医疗消费密钥",
        SocialKeyType.DTK: "DTK 交易验证密钥",
        SocialKeyType.EXTERNAL: "external authentication 外部鉴别",
        SocialKeyType.IRK: "IRK 内部认证密钥",
        0xF0: "transport key 传输密钥",
    }
)
_BANK_KINDS: Mapping[int, str] = MappingProxyType(
    {
        0x00: "MK 主控密钥",
        0x01: "PIN 个人密码",
        0x21: "AC key 应用密文密钥",
        0x22: "MAC key 安全报文认证密钥",
        0x23: "ENC key 安全报文加密密钥",
    }
)
_DIRECTORY = "directory"
_IDENTIFICATION_RECORD, _EDITION_RECORD = 1, 3


class KeySeen(NamedTuple):
    """One key or PIN: no value. ``kid`` as P2 names it. ``kcv`` is empty for a PIN and for what is no cipher key."""

    kid: int
    version: int
    name: str
    algorithm: str
    kcv: str
    tries: str
    level: int


class FileSeen(NamedTuple):
    """One elementary file. ``used`` and ``size`` in bytes, ``records`` None for a transparent one."""

    fid: int
    sfi: int
    name: str
    structure: str
    size: int
    records: int | None
    used: int
    read: str
    update: str


class DirectorySeen(NamedTuple):
    """One directory with its files and keys."""

    fid: int
    name: str
    aid: bytes
    life: str
    files: tuple[FileSeen, ...]
    keys: tuple[KeySeen, ...]
    groups: tuple[GroupSeen, ...] = ()


class GroupSeen(NamedTuple):
    """One data group of the bank side: number, what it is, bytes."""

    number: int
    content: str
    size: int


class EnvironmentSeen(NamedTuple):
    """One environment: how many cells and bytes it uses, and its directories as far as its layout is known here.

    ``damaged``: what cannot be read, in words. ``records``: of a key card, its keys for user cards.
    """

    label: str
    cells: int
    bytes: int
    directories: tuple[DirectorySeen, ...]
    damaged: tuple[str, ...] = ()
    records: tuple[KeyRecordSeen, ...] = ()


class CardSeen(NamedTuple):
    """A whole card; ``version``: the edition of the social side, as the card names it; ``identification``: its
    identification code, 16 bytes, empty where there is none to be read.

    ``damaged``: which entries of its directory of environments cannot be read, in words.
    """

    version: Version | None
    environments: tuple[EnvironmentSeen, ...]
    damaged: tuple[str, ...] = ()
    identification: bytes = b""


class _Reader:
    """Reads what can be read and keeps a line for each damage it meets. ``newest``: the words are ``contents``'s."""

    def __init__(self, *, newest: bool) -> None:
        self.newest = newest
        self._met: dict[bytes, str] = {}

    def tried(self, read: Callable[[], T]) -> T | None:
        """What ``read`` gives, None if it met a damaged cell."""
        try:
            return read()
        except DamagedCell as damage:
            self._met.setdefault(damage.cell, str(damage))
            return None

    @property
    def damaged(self) -> tuple[str, ...]:
        """The lines, each cell once."""
        return tuple(self._met.values())


def contents(dump: Dump, stacks: Stacks = STACKS, *, newest: bool = True) -> CardSeen:
    """Everything ``dump`` (cells by region) says. Regions that are no environment's are left out.

    Without ``newest`` in the words of exports of format 2, which are compared byte for byte: what has got a name or
    another one since is called as it was then.
    """
    version = edition(dump)
    homes = {place.label: (place, stack) for place, stack in places_of(of_card(root_of(dump, stacks), stacks))}
    seen = []
    for label, cells in dump.items():
        if label not in homes or not cells:
            continue
        place, stack = homes[label]
        reader = _Reader(newest=newest)
        known = SHOWN[stack.shown]
        region, table = partition_of(cells), version or Version.V2
        directories = known.read(known, region, table, reader)
        records = known.records(region, table, reader.tried)
        size = sum(len(key) + len(value) for key, value in cells.items())
        shown = stack.label if place.root else label
        seen.append(EnvironmentSeen(shown, len(cells), size, directories, reader.damaged, records))
    code = (_issuer_record(dump, _IDENTIFICATION_RECORD) or b"")[2:]
    return CardSeen(version, tuple(seen), _unlisted(dump), code)


def _unlisted(dump: Dump) -> tuple[str, ...]:
    directory = EnvironmentDirectory(partition_of(dump.get(_DIRECTORY, {})))
    listed = {entry.kind for entry in directory.entries}
    return tuple(f"the directory entry of environment {kind} is none" for kind in directory.taken if kind not in listed)


def partition_of(cells: Mapping[bytes, bytes]) -> Partition:
    """A partition over a copy of ``cells``."""
    copy = Cells(PowerRail(), 0)
    copy.load(dict(cells))
    return Partition(copy)


def root_of(dump: Dump, stacks: Stacks = STACKS) -> str:
    """The label of the stack that answers for the card's MF, which has a name or none (SSC-9 §5: a key card's has one).

    An MF that cannot be read says nothing: then it is a stack that has an environment here which only its cards have;
    else the first one.
    """
    roots = [(place, stack) for place, stack in places_of(stacks) if place.root]
    try:
        region = partition_of(dump.get(roots[0][0].label, {}))
        named = bool(stored_header(FileSystem(region), MF_FID).name)
        fitting = (stack for place, stack in roots if bool(place.name) == named)
    except (FileNotFound, DamagedCell):
        fitting = (
            stack for _, stack in reversed(roots) if any(not one.root and one.label in dump for one in stack.places)
        )
    return next(fitting, roots[0][1]).label


def edition(dump: Dump) -> Version | None:
    """The edition the social side's issuer data name; None without a social side."""
    record = _issuer_record(dump, _EDITION_RECORD)
    return version_in(record) if record is not None else None


def _issuer_record(dump: Dump, number: int) -> bytes | None:
    """A record of the social side's issuer data; None where there is none to be read."""
    for label, following in FOLLOWING.items():
        if following.edition is not None and label in dump:
            try:
                return FileSystem(partition_of(dump[label])).file(*following.edition).record(number)
            except (FileNotFound, RecordNotFound, DamagedCell):
                return None
    return None


class _Known(NamedTuple):
    """What is known of a kind of memory: who reads it, where its keys lie, how files are called; ``tables``: its keys
    are those of the social side's tables.
    """

    read: Callable[[_Known, Partition, Version, _Reader], tuple[DirectorySeen, ...]]
    store: Callable[[Partition, int], KeyStore] = key_store
    file_name: Callable[[int, int, _RuleWords], str] = lambda _directory, _fid, _words: ""
    tables: bool = False
    records: Callable[[Partition, Version, Tried], tuple[KeyRecordSeen, ...]] = lambda _nvm, _version, _tried: ()


def _directories(known: _Known, nvm: Partition, version: Version, reader: _Reader) -> tuple[DirectorySeen, ...]:
    files = FileSystem(nvm)
    headers = _headers(nvm, reader)
    stores = {header.fid: known.store(nvm, header.fid) for header in headers}
    home = next((header.fid for header in headers if header.kind is DirectoryKind.DDF), MF_FID)
    words = _RuleWords(stores, home, version, known, reader.newest)
    ordered = sorted(headers, key=lambda one: (one.fid != home, one.fid))
    return tuple(_directory(files, header, stores[header.fid], words, reader) for header in ordered)


def _headers(nvm: Partition, reader: _Reader) -> list[DirectoryHeader]:
    files = FileSystem(nvm)
    found = [reader.tried(partial(stored_header, files, fid)) for fid, _ in files.directories()]
    return [header for header in found if header is not None]


def _banks(
    known: _Known,  # noqa: ARG001 - the shape of all
    nvm: Partition,
    version: Version,  # noqa: ARG001 - as above
    reader: _Reader,
) -> tuple[DirectorySeen, ...]:
    found = (reader.tried(partial(_bank_directory, nvm, one, reader)) for one in _headers(nvm, reader))
    return tuple(one for one in found if one is not None)


def _entries(store: KeyStore, reader: _Reader) -> tuple[KeyHeader, ...]:
    """The headers of a store's entries that can be read."""
    found = (reader.tried(partial(store.header, ref)) for ref in store.refs())
    return tuple(one for one in found if one is not None)


def _bank_directory(nvm: Partition, header: DirectoryHeader, reader: _Reader) -> DirectorySeen:
    """The bank side keeps data groups instead of files; the groups with keys and PIN are not among them."""
    directory = BankDirectory(nvm, header)
    stored = [(number, directory.groups.get(number) or b"") for number in directory.groups.numbers()]
    name = "PSE 支付系统环境" if header.kind is DirectoryKind.DDF else f"ADF {header.fid:04X} 应用"
    keys = []
    held = [(store, entry) for store in (directory.keys, directory.secrets) for entry in _entries(store, reader)]
    for store, entry in held:
        algorithm, kcv = "", ""
        if entry.kind != SocialKeyType.PIN:
            try:
                handle = store.key(entry.ref)
                algorithm, kcv = handle.algorithm.name, handle.check_value.hex().upper()
            except KeyNotFound:
                algorithm = "unusable"
        tries = f"{entry.counter & 15} of {entry.counter >> 4}"
        kind = _BANK_KINDS.get(entry.kind, f"type {entry.kind:02X}")
        keys.append(KeySeen(entry.kid, entry.version, kind, algorithm, kcv, tries, entry.level))
    environment = reader.newest and header.kind is DirectoryKind.DDF
    groups = tuple(
        GroupSeen(number, content_of(number, in_application=not environment), len(value))
        for number, value in stored
        if number >> 12 != 8
    )
    return DirectorySeen(header.fid, name, header.name, _LIVES[header.life], (), tuple(keys), groups)


class _RuleWords(NamedTuple):
    """Access rules in words: which key has which level where."""

    stores: Mapping[int, KeyStore]
    home: int
    version: Version
    known: _Known
    newest: bool

    def row(self, directory: int, kid: int) -> KeyRow | None:
        """The table row of a key; None if it is in no table."""
        if not self.known.tables:
            return None
        return names_of_places.key_row(directory, kid, self.version, regional=self.newest)

    def key(self, directory: int, header: KeyHeader) -> str:
        if header.kind == SocialKeyType.EXTERNAL:
            kid = header.kid if not self.known.tables or directory == self.home else header.kid | 0x80
            row = self.row(directory, kid)
            return row.name if row is not None else f"KID {kid:02X}"
        return _KINDS.get(header.kind, f"type {header.kind:02X}").partition(" ")[0]

    def level(self, directory: int, level: int) -> str:
        if level == MASTER_LEVEL:
            return f"MK of {names_of_places.short_directory(directory)}"
        store = self.stores.get(directory)
        holders = (one for one in store.readable() if one.level == level) if store is not None else ()
        return " / ".join(dict.fromkeys(self.key(directory, one) for one in holders)) or f"level {level:02X}"

    def rule(self, words: Words, directory: int) -> str:
        if NEVER_LEVEL in (words.parent, words.current):
            return "never 禁止"
        pairs = ((self.home, words.parent), (directory, words.current))
        needed = [self.level(owner, level) for owner, level in pairs if level != FREE_LEVEL]
        return (" and " if words.both else " or ").join(needed) or "free 自由"


def _directory(
    files: FileSystem, header: DirectoryHeader, store: KeyStore, words: _RuleWords, reader: _Reader
) -> DirectorySeen:
    known = names_of_places.by_fid(header.fid, words.version)
    short = names_of_places.short_directory(header.fid)
    reader.tried(partial(files.files, header.fid))  # one that cannot be read is not among those that can
    seen = (reader.tried(partial(_file, file, words)) for file in files.readable(header.fid))
    return DirectorySeen(
        header.fid,
        f"{short} {known.label_zh}"
        if known is not None and known.name == header.name
        else f"{short} 主文件"
        if header.fid == MF_FID
        else short,
        header.name,
        _LIVES[header.life],
        tuple(one for one in seen if one is not None),
        tuple(_key(store, one, header.fid, words) for one in _entries(store, reader)),
    )


def _file(file: ElementaryFile, words: _RuleWords) -> FileSeen:
    descriptor: Descriptor = file.descriptor
    read, update = access_words(descriptor.access)
    transparent = descriptor.structure is Structure.TRANSPARENT
    records = None if transparent else file.records
    used = descriptor.size if records is None else sum(len(file.record(n)) for n in range(1, records + 1))
    return FileSeen(
        descriptor.fid,
        descriptor.sfi,
        words.known.file_name(file.directory, descriptor.fid, words),
        descriptor.structure.name.replace("_", " ").lower(),
        descriptor.size,
        records,
        used,
        words.rule(read, file.directory),
        words.rule(update, file.directory),
    )


def _key(store: KeyStore, header: KeyHeader, directory: int, words: _RuleWords) -> KeySeen:
    below = (
        words.known.tables
        and directory not in (words.home, MF_FID)
        and header.kind in (SocialKeyType.EXTERNAL, SocialKeyType.STK)
    )
    kid = header.kid | 0x80 if below else header.kid
    algorithm, kcv = "", ""
    if header.kind != SocialKeyType.PIN:
        try:
            handle = store.key(header.ref)
            algorithm, kcv = handle.algorithm.name, handle.check_value.hex().upper()
        except KeyNotFound:
            algorithm = "unusable"
    row = words.row(directory, kid) if header.kind == SocialKeyType.EXTERNAL else None
    name = f"{row.name} {row.purpose_zh}" if row is not None else _KINDS.get(header.kind, f"type {header.kind:02X}")
    if header.kind == KeyKind.PIN and not header.length:
        name += ", none set 未设"
    return KeySeen(
        kid, header.version, name, algorithm, kcv, f"{header.counter & 15} of {header.counter >> 4}", header.level
    )


def _social_file(directory: int, fid: int, words: _RuleWords) -> str:
    return names_of_places.file_name(directory, fid, words.version, regional=words.newest).partition(" ")[2]


SHOWN: Mapping[str, _Known] = MappingProxyType(
    {
        "files and keys": _Known(_directories),
        "card keys": _Known(_directories, lambda nvm, _: KeyStore(nvm, KEYS)),
        "social files and keys": _Known(_directories, file_name=_social_file, tables=True),
        "key card": _Known(
            _directories, file_name=lambda _directory, fid, _words: psam_names.file_name(fid), records=key_records
        ),
        "data groups": _Known(_banks),
    }
)
"""How what is in a stack's memory is shown, by the name the stack gives (``Stack.shown``)."""
