"""The store: everything that the register keeps, on SQLite or PostgreSQL, behind one class."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from sousveil.errors import Unsupported, Usage
from sousveil.ledger.merkle import EMPTY_ROOT
from sousveil.register.store import tables
from sousveil.register.store.connection import Database, open_database
from sousveil.register.store.private import Private
from sousveil.register.store.work import Work
from sousveil.register.store.writing import Writing


class Store(Writing, Private, Work):
    """A register's database. May be used from many threads and processes at once."""

    def __init__(self, db: Database) -> None:
        self.db = db

    @classmethod
    def create(cls, where: str | Path) -> Store:
        """A new, empty store in a file or a PostgreSQL database. Raises Usage where there is one already."""
        db = open_database(where, create=True)
        store = cls(db)
        try:
            if store._version() is not None:
                raise Usage("There is a register in this database already.", hint="Open it, or name another place.")
            with db.transaction():
                for statement in tables.statements(db.dialect):
                    db.execute(statement)
                db.insert("meta", "name, value", [("version", str(tables.VERSION)), ("revision", "0")])
                db.insert("tree", "id, size, peaks, root", [(1, 0, b"", EMPTY_ROOT)])
        except BaseException:
            db.close()
            raise
        return store

    @classmethod
    def open(cls, where: str | Path, *, only_read: bool = False) -> Store:
        """The store in a file, or behind an address `postgresql://...`. Raises Missing, Usage, Unsupported."""
        db = open_database(where, only_read=only_read)
        store = cls(db)
        try:
            version = store._version()
            if version == "1" and not only_read:
                version = store._upgrade()
            if version is None:
                raise Usage("There is no register in this database.", hint="Make one with `sousveil register init`.")
            if version != str(tables.VERSION):
                raise Unsupported(
                    f"This register was made by another version of the program (its tables are of version {version}).",
                    hint="Use that version, or export from it and load here.",
                )
        except BaseException:
            db.close()
            raise
        return store

    def _upgrade(self) -> str:
        """Version 1 had no table of retractions: it follows from the log."""
        with self.db.transaction():
            if self.meta("version") == "1":
                for statement in tables.statements(self.db.dialect, since=2):
                    self.db.execute(statement)
                self.rebuild_views()
                self.set_meta("version", "2")
        return str(self.meta("version"))

    def fill_from(self, other: Store) -> None:
        """Replaces all rows with those of another store, as one snapshot shows them: all or none."""
        with other.db.snapshot(), self.db.transaction():
            for table, columns in tables.columns().items():
                names = ", ".join(columns)
                self.db.execute(f"DELETE FROM {table}")
                for rows in other.db.batches(f"SELECT {names} FROM {table}"):
                    self.db.insert(table, names, rows)

    def drop(self) -> None:
        """Takes away the tables of a store that could not be filled."""
        for table in tables.columns():
            self.db.execute(f"DROP TABLE {table}")

    def close(self) -> None:
        """Close all connections."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _version(self) -> str | None:
        if self.db.dialect == "sqlite":
            there = self.db.number("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'")
        else:
            there = self.db.number(
                "SELECT count(*) FROM information_schema.tables WHERE table_name = 'meta' AND table_schema = current_schema()"
            )
        return self.meta("version") if there else None
