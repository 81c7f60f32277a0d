"""The card file (卡片文件): a card at rest on the host's disk, in one SQLite file.

Guarantees: one durable commit per writing command (rollback journal, synchronous FULL); an exclusive lock, so two
servers never share a card; mode 0600; every cell with its checksum, and one over which cells there are, so that none
is lost or comes back unnoticed. Anything wrong is one ``CardFileError``.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from types import MappingProxyType

from cos.card import Changes
from dualcos.sqlitefile.sqlite_faults import in_words
from keys.custody.whole_file import write_whole

_APPLICATION_ID = 0x6475616C
FORMAT = 3
_FIRST_FORMAT = 1
_SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID",
    (
        "CREATE TABLE cell (region TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, crc INTEGER NOT NULL,"
        " PRIMARY KEY (region, key)) WITHOUT ROWID"
    ),
)
JOURNAL = "-journal"
"""A card file's journal lies beside it and is called as it is, with this behind."""
# The database header, https://www.sqlite.org/fileformat2.html §1.3: magic string, write and read version (1 for a
# rollback journal), user version, application id.
_HEADER = struct.Struct(">16s2x2B40xI4xI")
_SQLITE, _ROLLBACK_JOURNAL = b"SQLite format 3\0", (1, 1)
_CENSUS, _OPTIONS = "cells", "options"
KEYS, TEST, REAL = "keys", "test", "real"
"""What a card file says of its keys: published or invented for tests, or somebody's. A file without it: somebody's."""
NOT_MARKED: Mapping[str, str] = MappingProxyType({KEYS: REAL})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class CardFileError(Exception):
    """The card file cannot be used; the message says what is wrong and what to do."""


class CardNotKept(CardFileError):
    """The card could not be written to its file: the disk or its folder is at fault, not the card."""


def _crc(region: str, key: bytes, value: bytes) -> int:
    return zlib.crc32(b"\0".join((region.encode(), key, value)))


def _meta_row(name: str, value: str) -> tuple[str, str, int]:
    return name, value, _crc("meta", name.encode(), value.encode())


class _Census:
    """How many cells there are, and their checksums added up without carry: the same in any order."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], int] = {}
        self._sum = 0

    def put(self, region: str, key: bytes, crc: int | None) -> None:
        """A cell has this checksum now; None: it is gone."""
        self._sum ^= self._known.pop((region, key), 0)
        if crc is not None:
            self._known[region, key] = crc
            self._sum ^= crc

    def __str__(self) -> str:
        return f"{len(self._known)} {self._sum:08X}"


class CardFile:
    """An open card file. Hold it as long as the card lives; ``close`` releases the lock."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection
        self._census: _Census | None = None  # taken by ``load``
        self._failed = ""

    @staticmethod
    def create(path: Path, meta: Mapping[str, str], regions: Mapping[str, Mapping[bytes, bytes]]) -> None:
        """Write a new card file, whole and closed; its bytes are on disk on return, its name with ``sync_folder``.

        Raises CardFileError if ``path`` exists or cannot be written; nothing is left behind then.
        """
        image = _new_image(meta, regions)
        try:
            if not os.path.lexists(path):
                # A journal that lies here belonged to a card that is gone; SQLite would roll it back into this one.
                journal_of(path).unlink(missing_ok=True)
            write_whole(path, image, sync_name=False)
        except FileExistsError:
            raise CardFileError(f"{path} exists already; remove it or choose another name") from None
        except OSError as error:
            raise CardNotKept(f"{path} cannot be written: {error.strerror}") from None

    @staticmethod
    def open(path: Path) -> CardFile:
        """An existing card file, locked and checked. One of an older format is read as if it were of this one, and
        brought up to date by ``settle`` or the first ``save``.

        Raises CardFileError; but for what an interrupted command left to undo, the file is untouched then.
        """
        if path.is_dir():
            raise CardFileError(f"{path} is a folder, no card file")
        if not path.is_file():
            raise CardFileError(f"{path} does not exist; `dualcos issue PROFILE -o {quote(str(path))}` makes a card")
        _demand_header(path)
        try:
            db = _connect(path)
            try:
                _check(path, db)
            except BaseException:
                db.close()  # or the lock would stay as long as the error does
                raise
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise CardFileError(f"{path} is in use by another process; stop that one first") from None
            raise CardFileError(f"{path} cannot be opened: {in_words(error)}") from None
        except sqlite3.DatabaseError as error:
            raise CardFileError(f"{path} is damaged or no card file: {error}; restore it from a copy") from None
        return CardFile(path, db)

    def settle(self) -> None:
        """What opening changed of an older file is in it from now on, durably. Raises CardFileError."""
        try:
            self._db.commit()
        except sqlite3.Error as error:
            raise CardNotKept(f"{self.path} cannot be written: {in_words(error)}") from None

    def meta(self) -> dict[str, str]:
        """What was given to ``create``. Raises CardFileError if a checksum is wrong."""
        return {name: value for name, value in self._about().items() if name != _CENSUS}

    def provenance(self) -> dict[str, str]:
        """What was said of the card when it was made, beside its options. Raises CardFileError."""
        return {**NOT_MARKED} | {name: value for name, value in self.meta().items() if name != _OPTIONS}

    def note(self, provenance: Mapping[str, str]) -> None:
        """Say this of the card instead, in one durable commit. Raises CardFileError."""
        try:
            with self._db:
                kept = (_CENSUS, _OPTIONS)
                self._db.execute("DELETE FROM meta WHERE name NOT IN (?, ?)", kept)
                self._db.executemany(
                    "INSERT INTO meta VALUES (?, ?, ?)", [_meta_row(*row) for row in provenance.items()]
                )
        except sqlite3.Error as error:
            raise CardNotKept(f"{self.path} cannot be written: {in_words(error)}") from None

    def _about(self) -> dict[str, str]:
        found = {}
        with _reading(self.path):
            for name, value, crc in self._db.execute("SELECT name, value, crc FROM meta"):
                if _meta_row(name, value)[2] != crc:
                    raise _damaged(self.path, f"its {name} fail their check")
                found[name] = value
        return found

    def load(self) -> dict[str, dict[bytes, bytes]]:
        """All cells by region. Raises CardFileError if a checksum is wrong or a cell is missing."""
        regions: dict[str, dict[bytes, bytes]] = {}
        census = _Census()
        with _reading(self.path):
            for region, key, value, crc in self._db.execute("SELECT region, key, value, crc FROM cell"):
                if _crc(region, key, value) != crc:
                    raise _damaged(self.path, f"cell {key.hex().upper()} of {region} fails its check")
                regions.setdefault(region, {})[key] = value
                census.put(region, key, crc)
        written = self._about().get(_CENSUS)
        if written != str(census):
            raise _damaged(self.path, f"it has the cells {census} and should have {written}")
        self._census = census
        return regions

    def save(self, changes: Changes) -> None:
        """Write all ``changes`` in one durable commit; None erases.

        Raises CardFileError, nothing written then and nothing any more: the card in memory has moved on, and a file
        that missed a step of it would be no state the card was ever in.
        """
        if self._failed:
            raise CardNotKept(self._failed)
        if self._census is None:
            self.load()
        census = self._census or _Census()
        try:
            with self._db:
                for region, cells in changes.items():
                    for key, value in cells.items():
                        census.put(region, key, self._write(region, key, value))
                row = _meta_row(_CENSUS, str(census))
                self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", row)
        except sqlite3.Error as error:
            self._failed = (
                f"{self.path} cannot be written: {in_words(error)}; the card in it is as before that command: "
                "mend it and start again"
            )
            raise CardNotKept(self._failed) from None

    def _write(self, region: str, key: bytes, value: bytes | None) -> int | None:
        """One cell; its checksum now."""
        if value is None:
            self._db.execute("DELETE FROM cell WHERE region = ? AND key = ?", (region, key))
            return None
        crc = _crc(region, key, value)
        self._db.execute("INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?)", (region, key, value, crc))
        return crc

    def close(self) -> None:
        """Release the file; nothing but the card file itself stays behind."""
        with suppress(sqlite3.Error):  # an empty journal that stays harms nobody
            self._db.rollback()
            self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.close()


def _damaged(path: Path, what: str) -> CardFileError:
    return CardFileError(f"{path} is damaged: {what}; restore it from a copy")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever reading damaged rows raises, also where a column has another type than it should."""
    try:
        yield
    except (sqlite3.Error, TypeError, AttributeError, ValueError) as error:
        # SQLite quotes a text that it cannot decode, and that may be anything.
        told = isinstance(error, sqlite3.Error) and "decode" not in str(error)
        raise _damaged(path, str(error) if told else "a row is of another type than it should be") from None


def _demand_private(path: Path) -> None:
    """A card file holds keys. Raises CardFileError if others may read or write it."""
    if os.name != "posix":
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        raise CardFileError(f"{path} holds keys and others may use it (mode {mode:04o}); chmod 600 {path}")


def journal_of(path: Path) -> Path:
    """Where SQLite keeps what a cut command would have to undo."""
    return path.with_name(path.name + JOURNAL)


def _demand_header(path: Path) -> None:
    """Raise CardFileError if the file does not begin as a card file of a format this program reads.

    SQLite would write into an empty file, and into one in another mode, before anybody could ask whose it is.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
    except OSError as error:
        raise CardFileError(f"{path} cannot be opened: {error.strerror}") from None
    if not header:
        raise CardFileError(f"{path} is empty, no card file; restore it from a copy")
    if len(header) < _HEADER.size:
        raise CardFileError(f"{path} is damaged or no card file: it is too short; restore it from a copy")
    magic, writing, reading, version, application = _HEADER.unpack(header)
    if magic != _SQLITE:
        raise CardFileError(f"{path} is damaged or no card file; restore it from a copy")
    if application != _APPLICATION_ID:
        raise CardFileError(f"{path} is not a card file of dualcos")
    if (writing, reading) != _ROLLBACK_JOURNAL:
        raise CardFileError(f"{path} is damaged: no card file is in this mode; restore it from a copy")
    _demand_private(path)
    if version > FORMAT:
        raise CardFileError(
            f"{path} has card file format {version}, this program knows formats up to {FORMAT}; use a newer dualcos"
        )
    if version < _FIRST_FORMAT:
        raise CardFileError(f"{path} has card file format {version}, which never was; restore it from a copy")


def _new_image(meta: Mapping[str, str], regions: Mapping[str, Mapping[bytes, bytes]]) -> bytes:
    """The bytes of a card file with this content: made in memory, so that the disk is written once."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in (f"PRAGMA application_id = {_APPLICATION_ID}", f"PRAGMA user_version = {FORMAT}", *_SCHEMA):
            db.execute(statement)
        db.execute("BEGIN")
        rows = [
            (label, key, value, _crc(label, key, value))
            for label in sorted(regions)
            for key, value in sorted(regions[label].items())
        ]
        db.executemany("INSERT INTO cell VALUES (?, ?, ?, ?)", rows)
        census = _Census()
        for label, key, _, crc in rows:
            census.put(label, key, crc)
        about = {**meta, _CENSUS: str(census)}
        db.executemany("INSERT INTO meta VALUES (?, ?, ?)", [_meta_row(*row) for row in about.items()])
        db.execute("COMMIT")
        return db.serialize()
    finally:
        db.close()


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=0, isolation_level="IMMEDIATE", check_same_thread=False)
    try:
        for pragma in (
            "locking_mode = EXCLUSIVE",
            "journal_mode = TRUNCATE",
            "synchronous = FULL",
            "secure_delete = ON",
        ):
            db.execute(f"PRAGMA {pragma}")
    except BaseException:
        db.close()
        raise
    return db


def _check(path: Path, db: sqlite3.Connection) -> None:
    db.execute("BEGIN EXCLUSIVE")
    db.commit()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (verdict,) = db.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise _damaged(path, " ".join(verdict.split()))
    if version == 1:
        _from_format_1(path, db)
    elif version < FORMAT:
        _from_format_2(path, db)


def _from_format_1(path: Path, db: sqlite3.Connection) -> None:
    """Format 1 had no checksum over the options and none over which cells there are."""
    census = _Census()
    with _reading(path):
        for region, key, value, crc in db.execute("SELECT region, key, value, crc FROM cell"):
            if _crc(region, key, value) != crc:
                raise _damaged(path, f"cell {key.hex().upper()} of {region} fails its check")
            census.put(region, key, crc)
        meta = {name: _up_to_date(path, name, value) for name, value in db.execute("SELECT name, value FROM meta")}
        rows = [_meta_row(*row) for row in {**meta, _CENSUS: str(census)}.items()]
    db.execute("BEGIN IMMEDIATE")  # the module begins a transaction by itself for rows only, not for tables
    db.execute("DROP TABLE meta")
    db.execute(_SCHEMA[0])
    db.executemany("INSERT INTO meta VALUES (?, ?, ?)", rows)
    db.execute(f"PRAGMA user_version = {FORMAT}")


def _from_format_2(path: Path, db: sqlite3.Connection) -> None:
    """Format 2 did not key the options by label."""
    rows = []
    with _reading(path):
        for name, value, crc in db.execute("SELECT name, value, crc FROM meta"):
            if _meta_row(name, value)[2] != crc:
                raise _damaged(path, f"its {name} fail their check")
            rows.append(_meta_row(name, _up_to_date(path, name, value)))
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?, ?)", rows)
    db.execute(f"PRAGMA user_version = {FORMAT}")


def _up_to_date(path: Path, name: str, value: str) -> str:
    try:
        return keyed_by_label(value) if name == _OPTIONS else value
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _damaged(path, f"its {name} cannot be read") from None


def keyed_by_label(options: str) -> str:
    """The options of a card as formats 1 and 2 wrote them, as format 3 does: by the label of the stack they are of.

    A key card's text had options of the user card's sides as well, which nothing ran by; the manager's one was not
    written yet. Raises ValueError, KeyError, TypeError, AttributeError or RecursionError if this is no such text.
    """
    told = json.loads(options)
    sides = {"manager": {"plain_first_key": True}, "ssse": told["ssse"], "pse": told["pse"], "pki": {}}
    stacks = sides if told["psam"] is None else {"psam": told["psam"]}
    return json.dumps({"transmission": told["transmission"], "stacks": stacks}, separators=(",", ":"))
