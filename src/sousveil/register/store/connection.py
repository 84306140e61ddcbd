"""The two databases behind one small interface: the standard library's sqlite3, and psycopg 3 for PostgreSQL.

SQL is written once, with `?` for values. Both connections are in autocommit mode; `transaction` writes BEGIN and COMMIT
itself, so that both behave alike. Each thread has a connection of its own.
"""

from __future__ import annotations

import abc
import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sousveil.errors import Missing, SousveilError, Usage

if TYPE_CHECKING:
    import psycopg

Row = tuple[Any, ...]
CONNECT_SECONDS = 5
"""How long a server is waited for that gives no answer."""
BUSY_SECONDS = 120
"""How long a writer waits for another."""
CHUNK = 500
"""Values in one IN list."""
BATCH = 2_000
"""Rows that `Database.batches` reads at once."""
LOCK_KEY = 0x736F7573
"""The advisory lock of PostgreSQL under which the log grows."""


class DatabaseFailed(SousveilError):
    """The database did not do what it was asked; nothing was stored."""


class DatabaseAway(DatabaseFailed):
    """The database's server does not answer."""


class Database(abc.ABC):
    """What the store asks of a database. Values go in and out as str, bytes, int and None."""

    dialect = ""

    @abc.abstractmethod
    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows."""

    @abc.abstractmethod
    def batches(self, sql: str) -> Iterator[list[Row]]:
        """All rows, some at a time. Within `snapshot`; nothing else is asked meanwhile."""

    @abc.abstractmethod
    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """The number of rows that were changed."""

    @abc.abstractmethod
    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """One statement for each of these rows."""

    @abc.abstractmethod
    def insert(self, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
        """New rows in bulk, the fastest way that the database has."""

    @contextlib.contextmanager
    @abc.abstractmethod
    def transaction(self) -> Iterator[None]:
        """All or nothing; on return it is on the disk. Within another transaction: part of that one."""

    @contextlib.contextmanager
    @abc.abstractmethod
    def snapshot(self) -> Iterator[None]:
        """All questions within see the database as it is at the first of them. Nothing is written."""

    @abc.abstractmethod
    def wipe(self) -> None:
        """Overwrite what was deleted, as far as the database can."""

    @abc.abstractmethod
    def limit_cache(self, kibibytes: int) -> None:
        """Keep fewer pages in this process, for one that reads the database once; a server of its own keeps them itself."""

    @abc.abstractmethod
    def close(self) -> None:
        """Close the connections of all threads."""

    def one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row."""
        rows = self.query(sql, values)
        return rows[0] if rows else None

    def number(self, sql: str, values: Sequence[Any] = ()) -> int:
        """The one number that was asked for; 0 where there is none."""
        row = self.one(sql, values)
        return int(row[0] or 0) if row else 0

    def among(self, sql: str, keys: Sequence[Any], values: Sequence[Any] = ()) -> list[Row]:
        """Rows for many keys: `{keys}` in the text stands for the list, which is asked for in parts."""
        found: list[Row] = []
        for at in range(0, len(keys), CHUNK):
            part = keys[at : at + CHUNK]
            found += self.query(sql.replace("{keys}", ",".join("?" * len(part))), [*part, *values])
        return found


class _Connection(sqlite3.Connection):
    """A connection that is not closed while another thread asks it something."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.lock = threading.RLock()


class SqliteDatabase(Database):
    """An SQLite file: write-ahead log, every commit on the disk, deleted content overwritten."""

    dialect = "sqlite"
    _mode = "rw"
    _pragmas: tuple[str, ...] = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
    )

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        if create:
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        elif not path.is_file():
            raise Missing(f"There is no register at {path}.", hint="Make one with `sousveil register init`.")
        self._local = threading.local()
        self._all: list[tuple[threading.Thread, _Connection]] = []
        self._lock = threading.Lock()
        self._closed = False

    def _address(self) -> str:
        return f"file:{quote(os.fsencode(self.path.absolute()))}?mode={self._mode}"

    def _connection(self) -> _Connection:
        have: _Connection | None = getattr(self._local, "connection", None)
        if have is not None:
            return have
        made = sqlite3.connect(
            self._address(),
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            factory=_Connection,
        )
        try:
            for pragma in self._pragmas:
                made.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            made.close()
            raise Usage(f"{self.path.name} is not a register's database: {error}.") from None
        with self._lock:
            if self._closed:  # by another thread, while this one was at work
                made.close()
                raise DatabaseFailed("The database was closed.")
            for thread, old in self._all:
                if not thread.is_alive():
                    old.close()
            self._all = [one for one in self._all if one[0].is_alive()]
            self._all.append((threading.current_thread(), made))
        self._local.connection = made
        return made

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """See Database."""
        with self._using() as connection:
            return connection.execute(sql, values).fetchall()

    def batches(self, sql: str) -> Iterator[list[Row]]:
        """See Database."""
        with self._using() as connection:
            cursor = connection.execute(sql)
            while rows := cursor.fetchmany(BATCH):
                yield rows

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """See Database."""
        with self._using() as connection:
            return connection.execute(sql, values).rowcount

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """See Database."""
        with self._using() as connection:
            connection.executemany(sql, rows)

    def insert(self, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
        """See Database."""
        if rows:
            marks = ",".join("?" * len(rows[0]))
            self.many(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """See Database. Takes the write lock at once."""
        with self._using() as connection:
            within = connection.in_transaction
            if not within:
                connection.execute("BEGIN IMMEDIATE")
        if within:
            yield
            return
        try:
            yield
            with self._using(connection):
                connection.execute("COMMIT")
        finally:
            self._roll_back(connection)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """See Database."""
        with self._using() as connection:
            connection.execute("BEGIN")
        try:
            yield
        finally:
            self._roll_back(connection)

    def wipe(self) -> None:
        """Deleted content is zeroed as it is deleted (secure_delete); here the write-ahead log is emptied too."""
        self.query("PRAGMA wal_checkpoint(TRUNCATE)")

    def limit_cache(self, kibibytes: int) -> None:
        """See Database."""
        self.query(f"PRAGMA cache_size=-{kibibytes}")

    def close(self) -> None:
        """See Database."""
        with self._lock:
            self._closed = True
            for _, one in self._all:
                with one.lock:  # another thread's question is answered first
                    one.close()
            self._all.clear()
        self._local = threading.local()

    @contextlib.contextmanager
    def _using(self, connection: _Connection | None = None) -> Iterator[_Connection]:
        """This thread's connection, which nobody closes meanwhile. What SQLite refuses is DatabaseFailed."""
        using = connection or self._connection()
        with using.lock:
            try:
                yield using
            except sqlite3.Error as error:
                raise DatabaseFailed(f"The database refused: {error}.") from error

    def _roll_back(self, connection: _Connection) -> None:
        with connection.lock, contextlib.suppress(sqlite3.ProgrammingError):  # closed: rolled back already
            if connection.in_transaction:
                connection.execute("ROLLBACK")


class QueryOnlySqlite(SqliteDatabase):
    """An SQLite file that this process does not change, and that others may be writing to meanwhile."""

    _pragmas = ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "cache_size=-65536", "temp_store=MEMORY")


class ReadOnlySqlite(SqliteDatabase):
    """An SQLite file that is only read, and beside which nothing is made: no write-ahead log where there is none."""

    _mode = "ro"
    _pragmas = ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "temp_store=MEMORY")

    @property
    def in_use(self) -> bool:
        """Somebody has it open to write, or was killed while it had."""
        return self.path.with_name(self.path.name + "-wal").exists()

    def _address(self) -> str:
        return super()._address() + ("" if self.in_use else "&immutable=1")


class PostgresDatabase(Database):
    """A PostgreSQL database, named by an address `postgresql://...`."""

    dialect = "postgresql"

    def __init__(self, dsn: str, *, only_read: bool = False) -> None:
        self.dsn, self.only_read = dsn, only_read
        self._breaks = 0
        """How often a connection was lost: those of other threads, made before, were lost with it."""
        self._local = threading.local()
        self._all: list[tuple[threading.Thread, psycopg.Connection[Row]]] = []
        self._lock = threading.Lock()
        self._closed = False

    def _connection(self) -> psycopg.Connection[Row]:
        within: psycopg.Connection[Row] | None = getattr(self._local, "within", None)
        if within is not None:
            if within.closed:  # on another connection the rest would be stored without what came before
                raise DatabaseAway("The database ended the connection; nothing was stored.")
            return within
        have: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if have is not None and not have.closed:
            if self._local.breaks == self._breaks:
                return have
            have.close()
        import psycopg

        try:
            made = psycopg.connect(self.dsn, autocommit=True, connect_timeout=CONNECT_SECONDS)
        except psycopg.Error as error:
            first = (str(error).strip().splitlines() or ["no answer"])[0]
            raise DatabaseAway(f"The database does not answer: {first}.", hint="Is the server running?") from None
        if self.only_read:
            try:
                made.execute(b"SET default_transaction_read_only = on")
            except psycopg.Error:
                made.close()
                raise
        with self._lock:
            if self._closed:
                made.close()
                raise DatabaseFailed("The database was closed.")
            for thread, old in self._all:
                if not thread.is_alive():
                    old.close()
            self._all = [one for one in self._all if one[0].is_alive()]
            self._all.append((threading.current_thread(), made))
            self._local.connection, self._local.breaks = made, self._breaks
        return made

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """See Database."""
        with self._errors():
            return self._connection().execute(_percent(sql), values).fetchall()

    def batches(self, sql: str) -> Iterator[list[Row]]:
        """See Database. The server keeps the rows that were not read yet."""
        with self._errors(), self._connection().cursor("batches") as cursor:
            cursor.execute(_percent(sql))
            while rows := cursor.fetchmany(BATCH):
                yield rows

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """See Database."""
        with self._errors():
            return self._connection().execute(_percent(sql), values or None).rowcount

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """See Database."""
        with self._errors(), self._connection().cursor() as cursor:
            cursor.executemany(_percent(sql), rows)

    def insert(self, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
        """See Database. With COPY."""
        if not rows:
            return
        text = f"COPY {table} ({columns}) FROM STDIN"
        with self._errors(), self._connection().cursor() as cursor, cursor.copy(text.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """See Database."""
        if getattr(self._local, "within", None) is not None:
            self._connection()
            yield
            return
        with self._begun(b"BEGIN") as connection:
            yield
            with self._errors():
                connection.execute(b"COMMIT")

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """See Database."""
        with self._begun(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield

    @contextlib.contextmanager
    def _begun(self, begin: bytes) -> Iterator[psycopg.Connection[Row]]:
        """Within, everything is asked on one connection; at the end, what was not committed is rolled back."""
        from psycopg.pq import TransactionStatus

        connection = self._connection()
        with self._errors():
            connection.execute(begin)
        self._local.within = connection
        try:
            yield connection
        finally:
            self._local.within = None
            if not connection.closed and connection.info.transaction_status != TransactionStatus.IDLE:
                with self._errors():
                    connection.execute(b"ROLLBACK")

    def wipe(self) -> None:
        """Frees the dead rows; the server writes over them and recycles its write-ahead log by its own settings."""
        for table in ("statements", "held", "reviews", "consents", "reference_rows"):
            self.execute(f"VACUUM {table}")

    def limit_cache(self, kibibytes: int) -> None:
        """See Database: the server keeps the pages."""

    def close(self) -> None:
        """See Database."""
        with self._lock:
            self._closed = True
            for _, one in self._all:
                one.close()
            self._all.clear()
        self._local = threading.local()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            have: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
            if have is not None and have.closed:
                with self._lock:
                    self._breaks = max(self._breaks, self._local.breaks + 1)
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise DatabaseFailed(f"The database refused: {first}.") from error


def open_database(where: str | Path, *, create: bool = False, only_read: bool = False) -> Database:
    """The database behind a path or an address `postgresql://...`. Raises Missing, Usage."""
    text = str(where)
    if text.startswith(("postgresql://", "postgres://")):
        return PostgresDatabase(text, only_read=only_read)
    if "://" in text:
        raise Usage("This address is not of a kind that is known here.", hint="Name a file or postgresql://...")
    if only_read:
        # SQLite keeps its write-ahead log beside the file; where nothing can be made there, nobody writes either.
        path = Path(where)
        return QueryOnlySqlite(path) if os.access(path.parent, os.W_OK) else ReadOnlySqlite(path)
    return SqliteDatabase(Path(where), create=create)


def _percent(sql: str) -> bytes:
    """The text for psycopg. No statement of ours holds a question mark or a percent sign of its own."""
    return sql.replace("?", "%s").encode()
