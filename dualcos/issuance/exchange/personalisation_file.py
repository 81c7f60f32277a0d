"""The personalisation file (个人化文件): enciphered as a whole, one line per card, each chained by a MAC.

It holds people and their PINs, so it lies on a disk as an age file only, opened by the body it is made for (SSC-10
§5.3 wants such files enciphered on their way). Who made it, and that nothing was changed, is the MAC's to say.
Rows can be neither changed, dropped nor moved unseen: ``mac`` of a line is HMAC-SHA-256 over the MAC of the line
before and the line without its own (PBOC-10 §8.4 wants the file protected; the chain is ours). The header counts
the lines. Holds what goes onto cards, never a key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
from msgspec import Meta, Struct, structs

from cos.ssse.tables import card_numbers
from cos.ssse.tables.item_encoding import Value
from cos.ssse.tables.table_model import Version
from dualcos.textforms.json_and_toml import BadText, from_json
from dualcos.textforms.whole_texts import whole
from keys.custody.sealing import Lock, SealError, is_sealed
from keys.custody.whole_file import open_whole

_FORMAT = 1
_START = b"dualcos personalisation file"
_SHORTEST_KEY = 16

Place = tuple[int, int, int]
"""A card item: directory, file, tag."""
PlaceName = Annotated[str, Meta(pattern=whole("[0-9A-F]{4}/[0-9A-F]{4}/[0-9A-F]{2}"))]


class RecordError(Exception):
    """The personalisation file cannot be used: changed, cut, of another key. Names the line."""


class SocialData(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The social side of a card: items by ``DF/EF/tag``, photo in Base64, PIN empty for the template's."""

    row: int
    version: str
    city: str
    items: dict[PlaceName, str | list[str]]
    photo: str = ""
    pin: str = ""

    def placed(self) -> Mapping[Place, Value]:
        """Items by directory, file and tag."""
        found: dict[Place, Value] = {}
        for name, value in self.items.items():
            directory, file, tag = (int(part, 16) for part in name.split("/"))
            found[directory, file, tag] = tuple(value) if isinstance(value, list) else value
        return found

    def item(self, place: Place) -> str:
        """A text item, empty if it is not there."""
        value = self.items.get(place_name(place), "")
        return value if isinstance(value, str) else ""

    @property
    def edition(self) -> Version:
        """Edition of the card."""
        return card_numbers.version_of(self.version)

    def __repr__(self) -> str:
        return f"<SocialData row {self.row}>"


class BankData(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bank side: template, elements over it (tag to hex), PIN as it came, tries."""

    row: int
    template: str
    pan: str
    psn: str
    dki: int
    elements: dict[str, str]
    pin: str = ""
    tries: int = 0
    account: str = ""

    def __repr__(self) -> str:
        return f"<BankData row {self.row}>"


class Paper(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is printed, packed and mailed, and what the feedback names."""

    ssn: str
    name: str
    card_no: str = ""
    sex: str = ""
    ethnic: str = ""
    issue_date: str = ""
    expiry_date: str = ""
    bank_code: str = ""
    outlet_code: str = ""
    unit_no: str = ""
    unit_name: str = ""
    recipient: str = ""
    mobile: str = ""
    post_code: str = ""
    mail_addr: str = ""
    social_account: str = ""

    def __repr__(self) -> str:
        return "<Paper>"


class CardRecord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One card of a batch. ``person``: hash of the shared number, for the stock register and for messages."""

    seq: int
    person: str
    paper: Paper
    social: SocialData | None = None
    bank: BankData | None = None

    @property
    def sides(self) -> str:
        """``both``, ``social`` or ``bank``."""
        return "both" if self.social and self.bank else "social" if self.social else "bank"

    def __repr__(self) -> str:
        return f"<CardRecord {self.seq}, {self.sides}>"


class Header(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """First line: what the file is for. ``mac_kcv`` names the key of the chain.

    ``synthetic``: its people are invented; only then a line says so.
    """

    format: int
    batch: str
    template: str
    sides: str
    count: int
    mac_kcv: str
    bank_templates: dict[str, str] = {}
    synthetic: bool | msgspec.UnsetType = msgspec.UNSET


class Batch(Struct, frozen=True, kw_only=True):
    """A whole file."""

    header: Header
    records: tuple[CardRecord, ...]


def person_hash(ssn: str) -> str:
    """A short name for a person that is not the number itself."""
    return hashlib.sha256(b"dualcos person " + ssn.encode()).hexdigest()[:16]


def joined(social: CardRecord, bank: CardRecord) -> CardRecord:
    """Both sides' records of one person as one: the centralised mode. Paper and number are the bureau's."""
    return structs.replace(social, bank=bank.bank)


def amended(earlier: Batch, records: Iterable[CardRecord]) -> tuple[CardRecord, ...]:
    """A batch with corrected rows: people of ``earlier`` keep their numbers, others come behind."""
    numbers = {record.person: record.seq for record in earlier.records}
    merged = {record.seq: record for record in earlier.records}
    for record in records:
        seq = numbers.setdefault(record.person, max(merged, default=0) + 1)
        merged[seq] = structs.replace(record, seq=seq)
    return tuple(merged[seq] for seq in sorted(merged))


def place_name(place: Place) -> str:
    """A card item's name in ``SocialData.items``."""
    return f"{place[0]:04X}/{place[1]:04X}/{place[2]:02X}"


# --- the file ----------------------------------------------------------------------------------------------------


def encoded(header: Header, records: Iterable[CardRecord], key: bytes) -> Iterator[bytes]:
    """Line by line, each with its MAC. Raises RecordError (no proper key)."""
    _demand_key(key)
    return _lines(header, records, key)


def _lines(header: Header, records: Iterable[CardRecord], key: bytes) -> Iterator[bytes]:
    previous = _START
    for content in chain((header,), records):
        line = msgspec.json.encode(content)
        previous = _mac(key, previous, line)
        yield line + b" " + previous.hex().encode() + b"\n"


def write_into(
    file: BinaryIO, header: Header, records: Iterable[CardRecord], key: bytes, lock: Lock, recipient: str = ""
) -> None:
    """The lines under ``lock``, and for ``recipient`` besides; records are taken one by one.

    Raises RecordError (no proper key), SealError, OSError.
    """
    lock.seal_into(file, encoded(header, records, key), recipient)


def write(
    path: Path, header: Header, records: Iterable[CardRecord], key: bytes, lock: Lock, recipient: str = ""
) -> None:
    """A new file, whole or not at all. Raises RecordError (exists), and as ``write_into``."""
    try:
        with open_whole(path) as file:
            write_into(file, header, records, key, lock, recipient)
    except FileExistsError:
        raise RecordError(f"{path} exists already; remove it or choose another name") from None


def read(path: Path, keys: Sequence[bytes], locks: Sequence[Lock]) -> Batch:
    """The file opened with one of ``locks``, every line checked with one of ``keys``. Raises RecordError."""
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}") from None
    if not is_sealed(sealed):
        raise RecordError(f"{path} is not enciphered: personal data and PINs do not lie about; prepare it again")
    for lock in locks:
        try:
            return decode(path, lock.unseal(sealed), keys)
        except SealError:
            continue
    raise RecordError(f"{path} does not open with any of the locks given; it was made for another party")


def decode(path: Path, content: bytes, keys: Sequence[bytes]) -> Batch:
    """All lines, checked. Raises RecordError."""
    lines = content.splitlines()
    if not lines:
        raise RecordError(f"{path} is empty")
    contents = tuple(_checked(path, lines, _key_of(path, lines[0], keys)))
    try:
        header = from_json(contents[0], Header)
        records = tuple(from_json(line, CardRecord) for line in contents[1:])
        for record in records:
            if record.social is not None:
                card_numbers.version_of(record.social.version)
    except (BadText, card_numbers.NumberError) as error:
        raise RecordError(f"{path}: not a personalisation file: {error}") from None
    if header.format != _FORMAT or len(records) != header.count:
        raise RecordError(f"{path}: {len(records)} cards of {header.count}; the file was cut")
    return Batch(header=header, records=records)


def _key_of(path: Path, line: bytes, keys: Sequence[bytes]) -> bytes:
    """The key that made the first line's MAC."""
    content, _, mac = line.rpartition(b" ")
    for key in keys:
        _demand_key(key)
        if hmac.compare_digest(_mac(key, _START, content).hex().encode(), mac):
            return key
    raise RecordError(f"{path} line 1: its MAC is wrong: changed, or of a file MAC key this party does not have")


def _checked(path: Path, lines: list[bytes], key: bytes) -> Iterator[bytes]:
    previous = _START
    for number, line in enumerate(lines, 1):
        content, _, mac = line.rpartition(b" ")
        previous = _mac(key, previous, content)
        if not hmac.compare_digest(previous.hex().encode(), mac):
            raise RecordError(f"{path} line {number}: its MAC is wrong: changed or moved")
        yield content


def _mac(key: bytes, previous: bytes, line: bytes) -> bytes:
    return hmac.new(key, previous + line, hashlib.sha256).digest()


def _demand_key(key: bytes) -> None:
    if len(key) < _SHORTEST_KEY:
        raise RecordError(f"a file MAC key has {_SHORTEST_KEY} bytes at least")
