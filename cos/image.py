"""The card file (卡片文件): a card at rest on the host's disk, in one SQLite file.

Guarantees: one durable commit per writing command (rollback journal, synchronous FULL); an exclusive lock, so two
servers never share a card; mode 0600; every cell with its checksum. Anything wrong is one ``CardFileError``.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Mapping
from pathlib import Path

_APPLICATION_ID = 0x6475616C
_FORMAT = 1
_SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    (
        "CREATE TABLE cell (region TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, crc INTEGER NOT NULL,"
        " PRIMARY KEY (region, key)) WITHOUT ROWID"
    ),
)

Changes = Mapping[str, Mapping[bytes, bytes | None]]


class CardFileError(Exception):
    """The card file cannot be used; the message says what is wrong and what to do."""


def _crc(region: str, key: bytes, value: bytes) -> int:
    return zlib.crc32(b"\0".join((region.encode(), key, value)))


class CardFile:
    """An open card file. Hold it as long as the card lives; ``close`` releases the lock."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection

    @staticmethod
    def create(path: Path, meta: Mapping[str, str], regions: Mapping[str, Mapping[bytes, bytes]]) -> None:
        """Write a new card file, whole and closed; its bytes are on disk on return, its name with ``sync_folder``.

        Raises CardFileError if ``path`` exists or cannot be written; nothing is left behind then.
        """
        image = _new_image(meta, regions)
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            raise CardFileError(f"{path} exists already; remove it or choose another name") from None
        except OSError as error:
            raise CardFileError(f"{path} cannot be created: {error.strerror}") from None
        try:
            # A journal that lies here belonged to a card that is gone; SQLite would roll it back into this one.
            journal_of(path).unlink(missing_ok=True)
            with os.fdopen(handle, "wb") as file:
                file.write(image)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            path.unlink(missing_ok=True)
            raise CardFileError(f"{path} cannot be written: {error.strerror}") from None

    @staticmethod
    def open(path: Path) -> CardFile:
        """An existing card file, locked and checked. Raises CardFileError."""
        if not path.is_file():
            raise CardFileError(f"{path} does not exist; `dualcos issue PROFILE -o {path}` makes a card")
        try:
            db = _connect(path)
            _check(path, db)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise CardFileError(f"{path} is in use by another process; stop that one first") from None
            raise CardFileError(f"{path} cannot be opened: {error}") from None
        except sqlite3.DatabaseError as error:
            raise CardFileError(f"{path} is damaged or no card file: {error}; restore it from a copy") from None
        return CardFile(path, db)

    def meta(self) -> dict[str, str]:
        """What was given to ``create``."""
        return dict(self._db.execute("SELECT name, value FROM meta"))

    def load(self) -> dict[str, dict[bytes, bytes]]:
        """All cells by region. Raises CardFileError if a checksum is wrong."""
        regions: dict[str, dict[bytes, bytes]] = {}
        try:
            for region, key, value, crc in self._db.execute("SELECT region, key, value, crc FROM cell"):
                if _crc(region, key, value) != crc:
                    cell = f"cell {key.hex().upper()} of {region}"
                    raise CardFileError(f"{self.path} is damaged: {cell} fails its check; restore it from a copy")
                regions.setdefault(region, {})[key] = value
        except sqlite3.DatabaseError as error:
            raise CardFileError(f"{self.path} is damaged: {error}; restore it from a copy") from None
        return regions

    def save(self, changes: Changes) -> None:
        """Write all ``changes`` in one durable commit; None erases. Raises CardFileError, nothing written then."""
        try:
            with self._db:
                for region, cells in changes.items():
                    for key, value in cells.items():
                        if value is None:
                            self._db.execute("DELETE FROM cell WHERE region = ? AND key = ?", (region, key))
                        else:
                            row = (region, key, value, _crc(region, key, value))
                            self._db.execute("INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            raise CardFileError(f"{self.path} cannot be written: {error}; the card is as before this command") from None

    def close(self) -> None:
        """Release the file."""
        self._db.close()


def journal_of(path: Path) -> Path:
    """Where SQLite keeps what a cut command would have to undo."""
    return path.with_name(path.name + "-journal")


def sync_folder(folder: Path) -> None:
    """Names of ``folder`` as they are now survive a power loss of the host."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _new_image(meta: Mapping[str, str], regions: Mapping[str, Mapping[bytes, bytes]]) -> bytes:
    """The bytes of a card file with this content: made in memory, so that the disk is written once."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for statement in (f"PRAGMA application_id = {_APPLICATION_ID}", f"PRAGMA user_version = {_FORMAT}", *_SCHEMA):
            db.execute(statement)
        db.execute("BEGIN")
        db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        rows = [
            (label, key, value, _crc(label, key, value))
            for label in sorted(regions)
            for key, value in sorted(regions[label].items())
        ]
        db.executemany("INSERT INTO cell VALUES (?, ?, ?, ?)", rows)
        db.execute("COMMIT")
        return db.serialize()
    finally:
        db.close()


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=0, isolation_level="IMMEDIATE", check_same_thread=False)
    for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = TRUNCATE", "synchronous = FULL", "secure_delete = ON"):
        db.execute(f"PRAGMA {pragma}")
    return db


def _check(path: Path, db: sqlite3.Connection) -> None:
    db.execute("BEGIN EXCLUSIVE")
    db.commit()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION_ID:
        raise CardFileError(f"{path} is not a card file of dualcos")
    if version != _FORMAT:
        raise CardFileError(f"{path} has card file format {version}; this program reads format {_FORMAT}")
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise CardFileError(f"{path} is damaged: {verdict}; restore it from a copy")
