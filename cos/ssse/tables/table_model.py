"""What a row of the social side's tables looks like: versions, access rules, items, files, keys, directories.

All values are immutable. Tags, identifiers and lengths are numbers; lengths count bytes. ``ref`` names the clause:
"V2.0" is 社会保障卡文件结构和数据项（V2.0）, "SSC-n" is 社会保障（个人）卡规范 part n; a row whose clause was inferred
says so in a comment beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple


class Version(IntEnum):
    """Edition of the card's file structure (规范版本); ordered."""

    V1 = 10
    V2 = 20
    V3 = 30

    @property
    def label(self) -> str:
        """``1.0``, ``2.0`` or ``3.0``."""
        return f"{self // 10}.0"


class SocialAlgorithm(IntEnum):
    """Block cipher of the card as the FCI announces it, tag 86 inside 9F0C (SSC-5 §6.11)."""

    DES = 1
    SSF33 = 2
    SM4 = 3


class FileForm(Enum):
    """How a file holds its bytes (SSC-3 §5.1)."""

    TRANSPARENT = "transparent"
    LINEAR_FIXED = "linear fixed"
    LINEAR_VARIABLE = "linear variable"
    CYCLIC = "cyclic"


class FileClass(Enum):
    """Whether a file is in use (V2.0 §5); without effect on commands."""

    ENABLED = "启用"
    PREDEFINED = "预设"
    RESERVED = "预留"
    REGIONAL = "扩充"
    INTERNAL = "COS 内部"


class Kind(Enum):
    """Format of an item (V2.0 §7): digits packed, characters, binary, or a list of tagged items."""

    CN = "cn"
    AN = "an"
    B = "b"
    BTLV = "b-tlv"


class Form(Enum):
    """What an item's characters mean, for reading and checking; the card itself never looks."""

    TEXT = "text"
    CODE = "code"
    DATE = "date, YYYYMMDD"
    MONTH = "month, YYYYMM"
    YEAR = "year, YYYY"
    REGION = "region, six digits"
    FEN = "amount in fen"
    COUNT = "count"
    TIME = "time, YYYYMMDDhhmmss"
    IDENTIFICATION = "card identification code"
    INSTITUTION = "number of an institution, hexadecimal"
    MONTH_DAY = "day of the year, mmdd"


class AccessKind(Enum):
    """The seven forms an access condition takes (V2.0 tables 3 to 8)."""

    FREE = "free"
    NEVER = "never"
    MASTER = "master key"
    PIN = "PIN"
    KEY = "key"
    PIN_OR_KEY = "PIN or key"
    PIN_AND_KEY = "PIN and key"


class Access(NamedTuple):
    """One access condition. ``key`` names a row of the file's own directory, empty where no key is meant."""

    kind: AccessKind
    key: str = ""

    def __str__(self) -> str:
        """The condition as the specification writes it: ``PIN or RK1DF01``."""
        text = str(self.kind.value)
        return text if not self.key else text.replace("key", self.key)


FREE = Access(AccessKind.FREE)
NEVER = Access(AccessKind.NEVER)
MASTER = Access(AccessKind.MASTER)
PIN = Access(AccessKind.PIN)


def by_key(name: str) -> Access:
    """After external authentication with the key ``name``."""
    return Access(AccessKind.KEY, name)


def pin_or(name: str) -> Access:
    """After the PIN or external authentication with ``name``."""
    return Access(AccessKind.PIN_OR_KEY, name)


def pin_and(name: str) -> Access:
    """After both the PIN and external authentication with ``name``."""
    return Access(AccessKind.PIN_AND_KEY, name)


@dataclass(frozen=True, slots=True)
class Item:
    """One data item (数据项).

    ``tag`` is one byte, None for a field of an untagged (cyclic or internal) record. ``length`` is that of the
    value. ``parts`` are the inner items of a B-TLV item in order. ``codes`` names tables of ``code_tables``, one per
    stretch of the value.
    """

    tag: int | None
    name_zh: str
    name_en: str
    kind: Kind
    length: int
    ref: str
    form: Form = Form.TEXT
    codes: tuple[str, ...] = ()
    parts: tuple[Item, ...] = ()


def cn(tag: int | None, zh: str, en: str, length: int, ref: str, form: Form = Form.CODE, *codes: str) -> Item:
    """A packed-digit item; filled with F nibbles on the right."""
    return Item(tag, zh, en, Kind.CN, length, ref, form, codes)


def date(tag: int | None, zh: str, en: str, ref: str) -> Item:
    """A date item: four bytes, YYYYMMDD (V2.0 §8.1.1.5)."""
    return cn(tag, zh, en, 4, ref, Form.DATE)


def region(tag: int | None, zh: str, en: str, ref: str) -> Item:
    """A region code: three bytes, six digits of GB/T 2260 (V2.0 §8.2.1.3)."""
    return cn(tag, zh, en, 3, ref, Form.REGION)


def an(tag: int | None, zh: str, en: str, length: int, ref: str, form: Form = Form.TEXT, *codes: str) -> Item:
    """A character item; filled with 00 bytes on the right."""
    return Item(tag, zh, en, Kind.AN, length, ref, Form.CODE if codes else form, codes)


def binary(tag: int | None, zh: str, en: str, length: int, ref: str, form: Form = Form.COUNT) -> Item:
    """A binary number, most significant byte first."""
    return Item(tag, zh, en, Kind.B, length, ref, form)


def btlv(tag: int, zh: str, en: str, length: int, parts: tuple[Item, ...], ref: str) -> Item:
    """An item made of tagged items; ``length`` counts their tags and lengths too."""
    return Item(tag, zh, en, Kind.BTLV, length, ref, Form.TEXT, (), parts)


@dataclass(frozen=True, slots=True)
class File:
    """One elementary file (EF).

    ``items``: for linear files the records in order, one item each; for cyclic and internal files the fields of one
    record; empty for transparent files. ``records``: least number of records a cyclic file must hold. ``size``: bytes
    of a transparent file. The row is valid from ``since`` up to and including ``until``.
    """

    fid: int
    name_zh: str
    name_en: str
    structure: FileForm
    read: Access
    update: Access
    ref: str
    items: tuple[Item, ...] = ()
    records: int = 0
    size: int = 0
    since: Version = Version.V1
    until: Version = Version.V3
    file_class: FileClass = FileClass.ENABLED

    @property
    def sfi(self) -> int:
        """Short file identifier: the low byte of the identifier (V2.0 tables 3 to 8)."""
        return self.fid & 0xFF

    @property
    def record_length(self) -> int:
        """Bytes of one untagged record: the sum of its fields."""
        return sum(item.length for item in self.items)

    def item(self, tag: int) -> Item | None:
        """The first item with ``tag``, None if the file has none."""
        return next((item for item in self.items if item.tag == tag), None)


class KeyKind(IntEnum):
    """Type byte of a key in the loading command's header."""

    MASTER = 0x00
    PIN = 0x01
    MAINTENANCE = 0x07
    LOAD = 0x08
    PURCHASE = 0x09
    TRANSACTION = 0x0A
    AUTHENTICATION = 0x0D
    INTERNAL = 0x0E


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of a directory.

    ``kid``: identifier, P2 of EXTERNAL AUTHENTICATION (index for DLK, DPK, DTK). ``groups``: how many versions of the
    key the card holds. ``psam``: where a terminal's PSAM keeps its root, (usage, identifier) each. ``hsm``: first
    address in a provincial key store. ``locks``: False where failures never lock the key (SSC-7 §13).
    """

    directory: int
    kid: int
    name: str
    kind: KeyKind
    purpose_zh: str
    ref: str
    groups: int = 1
    psam: tuple[tuple[int, int], ...] = ()
    hsm: int | None = None
    since: Version = Version.V1
    locks: bool = True
    optional: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def versions(self) -> tuple[int, ...]:
        """Version bytes to load: 00 for a single key, 01, 02, 03 for three groups."""
        return (0,) if self.groups == 1 else tuple(range(1, self.groups + 1))

    def length(self, algorithm: SocialAlgorithm) -> int:
        """Key length in bytes: 16, but 8 for a maintenance key on a DES card (SSC-9 table B1). Not for the PIN."""
        return 8 if self.kind is KeyKind.MAINTENANCE and algorithm is SocialAlgorithm.DES else 16


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory with what lies in it.

    ``name``: the bytes SELECT by name takes (application identifier, label, or the environment's name).
    ``keys`` are in loading order, which decides their levels. ``internal`` files are the COS's own.
    """

    fid: int
    name: bytes
    label_zh: str
    label_en: str
    files: tuple[File, ...]
    keys: tuple[KeyRow, ...]
    ref: str
    internal: tuple[File, ...] = ()
    since: Version = Version.V1

    def file(self, fid: int) -> File | None:
        """The file with identifier ``fid``, None if there is none."""
        return next((file for file in self.files if file.fid == fid), None)

    def key(self, name: str) -> KeyRow | None:
        """The key called ``name`` (or by an older name), None if there is none."""
        return next((row for row in self.keys if name == row.name or name in row.aliases), None)
