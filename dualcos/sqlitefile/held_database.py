"""A SQLite file that one program holds for itself: looked through when it is opened, with settings by name beside rows
that are numbered from 1 without a gap.
"""

from __future__ import annotations

from pathlib import Path

from dualcos.sqlitefile.durable_database import DatabaseForm, DurableDatabase

SETTINGS_TABLE = "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);\n"
"""A form's schema has this in it."""


class HeldDatabase(DurableDatabase):
    """While it is open, nobody else opens it; ``counted``: the tables whose rows have a ``number``. ``within``: see
    ``DurableDatabase``.
    """

    def __init__(
        self, path: str | Path, form: DatabaseForm, counted: tuple[str, ...], within: HeldDatabase | None = None
    ) -> None:
        super().__init__(path, form, within)
        try:
            self._ask("PRAGMA locking_mode = EXCLUSIVE")
            with self.transaction():  # takes the lock, which stays until it is closed
                self._demand_whole(counted)
                self._opened()
        except BaseException:
            self.close()
            raise

    def _opened(self) -> None:
        """What is done once it is held."""

    def _damaged(self) -> Exception:
        """What callers are told of a file that is not whole."""
        raise NotImplementedError

    def _demand_whole(self, counted: tuple[str, ...]) -> None:
        if self._ask("PRAGMA quick_check(1)") != [("ok",)]:
            raise self._damaged()
        for table in counted:
            ((count, last),) = self._ask(f"SELECT count(*), coalesce(max(number), 0) FROM {table}")  # noqa: S608 - ours
            if count != last:
                raise self._damaged()

    def setting(self, name: str) -> str | None:
        """A parameter that is kept, None if there is none of that name."""
        rows = self._ask("SELECT value FROM setting WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def keep_setting(self, name: str, value: str) -> None:
        """Keep it, in place of an older one."""
        with self.transaction():
            self.put_setting(name, value)

    def put_setting(self, name: str, value: str) -> None:
        """The same inside a transaction."""
        self._ask("INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
