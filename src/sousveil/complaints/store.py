"""The database: ciphertexts and what is needed to find them. No plain text, no private key, no time finer than a day.

Whoever has it open holds the folder's lock, and each write ends with an empty, overwritten write-ahead log. So no block that
ever held a ciphertext is given back to the file system before it was overwritten (`scrub`). Deleted rows are zeros in place
(secure_delete); `compact` copies what is left into a new file and overwrites the old one.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from sousveil.complaints import receipt, scrub
from sousveil.complaints.folder import DATABASE, Folder
from sousveil.complaints.limits import Busy
from sousveil.errors import Malformed, Missing, Usage
from sousveil.ledger import atomic

FORM = "1"
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE handler (id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL CHECK (role IN ('handler', 'recovery')),
  recipient TEXT NOT NULL UNIQUE, since TEXT NOT NULL, until TEXT) WITHOUT ROWID;
CREATE TABLE thread (id TEXT PRIMARY KEY, verifier BLOB NOT NULL UNIQUE, answers_to TEXT NOT NULL, day TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE message (id TEXT PRIMARY KEY, thread TEXT NOT NULL REFERENCES thread ON DELETE CASCADE,
  number INTEGER NOT NULL, incoming INTEGER NOT NULL, day TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (thread, number))
  WITHOUT ROWID;
CREATE TABLE trouble (day TEXT NOT NULL, what TEXT NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (day, what)) WITHOUT ROWID;
"""
_LATER = """
CREATE TABLE IF NOT EXISTS came (day TEXT NOT NULL, room TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (day, room))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signer (handler TEXT PRIMARY KEY REFERENCES handler, public BLOB NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS discarded (day TEXT PRIMARY KEY, threads INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS size (thread TEXT NOT NULL REFERENCES thread ON DELETE CASCADE, number INTEGER NOT NULL,
  incoming INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (thread, number)) WITHOUT ROWID;
INSERT OR IGNORE INTO size SELECT thread, number, incoming, length(body) FROM message;
CREATE TRIGGER IF NOT EXISTS sized AFTER INSERT ON message BEGIN
  INSERT INTO size VALUES (new.thread, new.number, new.incoming, length(new.body)); END;
"""
"""What a database of an earlier version gets when it is opened. Sizes are added up without reading through ciphertexts."""
_NEW, _OLD = DATABASE + ".new", DATABASE + ".old"
_TROUBLE_MAX = 200
_ANSWERED = "answered "
"""Before a thread's id, in `meta`: the last of its messages that is answered."""


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """One complaint and what followed."""

    id: str
    answers_to: str
    day: str
    """Of the newest message."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it lies in the database."""

    id: str
    thread: str
    number: int
    incoming: bool
    day: str
    body: bytes


class Discarded(msgspec.Struct, frozen=True, kw_only=True):
    """What a discard did."""

    gone: int
    """Threads that were deleted."""
    kept: list[str]
    """Threads with an answer, or a message that the handlers had not seen."""
    absent: int
    """Threads that are not here: withdrawn, discarded before, or of another installation."""
    bytes: int


Admit = Callable[[sqlite3.Connection], None]
"""Raises when the message that is about to be stored finds no room."""


def today() -> str:
    """The day, UTC; nothing finer is stored."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def new_id() -> str:
    """128 random bits as text."""
    return secrets.token_hex(16)


class Store:
    """The database of one folder."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    def create(self) -> None:
        """Make the tables in a new file. Raises Usage where there is one."""
        if self.folder.database.exists():
            raise Usage("There is a database already.")
        os.close(os.open(self.folder.database, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with self._alone() as connection:
            connection.executescript(_SCHEMA + _LATER)
            connection.execute("INSERT INTO meta VALUES ('form', ?)", (FORM,))
            connection.execute("INSERT INTO meta VALUES ('salt', ?)", (secrets.token_bytes(receipt.SALT_BYTES),))

    def complete(self) -> Store:
        """The same, with the tables that an earlier version did not make. Raises Missing."""
        with self.reading() as connection:
            there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sized'").fetchone()
        if not there:
            with self._alone() as connection:
                connection.executescript(_LATER)
        return self

    # ---------------------------------------------------------------- opening

    def _connect(self) -> sqlite3.Connection:
        if not self.folder.database.exists():
            raise Missing("The database of this folder is not there.", hint="Was init run to its end?")
        connection = sqlite3.connect(self.folder.database, isolation_level=None, timeout=30)
        try:
            for setting in (
                "temp_store = MEMORY",
                "secure_delete = ON",
                "journal_mode = WAL",
                "synchronous = FULL",
                "wal_autocheckpoint = 0",
                "foreign_keys = ON",
                "trusted_schema = OFF",
                "mmap_size = 0",
            ):
                connection.execute(f"PRAGMA {setting}").close()
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The database open to read."""
        while True:
            with self.folder.locked(alone=False):
                if not self._unsettled():
                    with self._opened() as connection:
                        yield connection
                    return
            with self.folder.locked(alone=True):
                self._settle()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk on return, or nothing is. Raises Busy when the disk is full."""
        with self._alone() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        with self.folder.locked(alone=True):
            if self._unsettled():
                self._settle()
            try:
                with self._opened() as connection:
                    try:
                        yield connection
                    finally:
                        self._empty_wal(connection)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE):
                    raise Busy("The disk is full; nothing was stored.", hint="Try again later.") from None
                raise

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise Malformed("The database is damaged.", hint="Put a copy back.") from None
        try:
            yield connection
        finally:
            connection.close()

    def _unsettled(self) -> bool:
        """Whether a process was ended in the middle of a write or of a compaction."""
        with contextlib.suppress(FileNotFoundError):
            if self.folder.wal.stat().st_size > 0:
                return True
        return any((self.folder.root / name).exists() for name in (_NEW, _OLD))

    def _settle(self) -> None:
        """Keep what was committed, and overwrite what was left behind. The lock is held alone."""
        old = self.folder.root / _OLD
        with contextlib.suppress(FileNotFoundError):
            if old.samefile(self.folder.database):
                old.unlink()  # only a second name of the file in use: the new one had not taken its place
        for name in (_NEW, _OLD):
            for suffix in ("", "-wal", "-journal", "-shm"):
                scrub.shred(self.folder.root / (name + suffix))
        with self._opened() as connection:
            self._empty_wal(connection)

    def _empty_wal(self, connection: sqlite3.Connection) -> None:
        """Everything into the database file; then the log is overwritten, and only then cut off."""
        busy = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0]
        if busy:
            raise Busy("Somebody has the database open by other means; nothing can be overwritten now.")
        scrub.overwrite(self.folder.wal)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def compact(self) -> None:
        """Copy what is there into a new file, put it in place, overwrite the old one."""
        old, new = self.folder.root / _OLD, self.folder.root / _NEW
        with self.folder.locked(alone=True):
            if self._unsettled():
                self._settle()
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            with self._opened() as connection:
                connection.execute("VACUUM INTO ?", (str(new),))
            self._finish(new)
            os.link(self.folder.database, old)
            new.replace(self.folder.database)
            atomic.sync_folder(self.folder.root)
            scrub.shred(old)

    def _finish(self, new: Path) -> None:
        with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            if connection.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise Malformed("The copy of the database is damaged; the old one stays.")
        for suffix in ("-wal", "-shm"):
            (self.folder.root / (_NEW + suffix)).unlink(missing_ok=True)  # nothing but the header's page was ever in it
        descriptor = os.open(new, os.O_RDONLY | os.O_CLOEXEC)
        os.fsync(descriptor)
        os.close(descriptor)

    # ---------------------------------------------------------------- reading and writing

    def salt(self) -> bytes:
        """Of the receipts of this installation. Raises Malformed."""
        with self.reading() as connection:
            found = dict(connection.execute("SELECT name, value FROM meta"))
        if found.get("form") != FORM:
            raise Malformed("This database was made by another version.", hint="Use the version that made it.")
        return bytes(found["salt"])

    def add_thread(self, thread: Thread, verifier: bytes, message: Stored, admit: Admit | None = None) -> None:
        """A new thread with its first message, in one transaction. Raises what `admit` raises; then nothing is stored."""
        with self.writing() as connection:
            if admit:
                admit(connection)
            values = (thread.id, verifier, thread.answers_to, thread.day)
            connection.execute("INSERT INTO thread VALUES (?, ?, ?, ?)", values)
            _insert(connection, message)

    def find_thread(self, verifier: bytes) -> tuple[Thread, list[Stored]] | None:
        """The thread of a receipt with the answers in it; None where there is none."""
        with self.reading() as connection:
            found = connection.execute(
                "SELECT id, answers_to, day FROM thread WHERE verifier = ?", (verifier,)
            ).fetchone()
            if found is None:
                return None
            thread = Thread(id=found[0], answers_to=found[1], day=found[2])
            return thread, _messages(connection, "thread = ? AND NOT incoming", (thread.id,))

    def add_message(self, message: Stored, upto: int = 0, admit: Admit | None = None) -> int:
        """One more message of a thread that is there; gives its number. Raises Missing, Usage when it is there already,
        and what `admit` raises.

        `upto`: the last message that an answer answers; 0 where it does not say: all that were before it.
        """
        with self.writing() as connection:
            if connection.execute("SELECT 1 FROM message WHERE id = ?", (message.id,)).fetchone():
                raise Usage("This answer is there already.")
            if not connection.execute("SELECT 1 FROM thread WHERE id = ?", (message.thread,)).fetchone():
                raise Missing("There is no such thread; it was withdrawn or its time has run out.")
            number = next_number(connection, message.thread)
            if message.number and message.number != number:
                raise Busy("Two messages came at the same time.", hint="Send it once more.")
            if admit:
                admit(connection)
            before = answered(connection, message.thread)
            _insert(connection, msgspec.structs.replace(message, number=number))
            if not message.incoming:
                upto = max(before, upto if 0 < upto < number else number)
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_ANSWERED + message.thread, upto))
            connection.execute("UPDATE thread SET day = max(day, ?) WHERE id = ?", (message.day, message.thread))
        return number

    def thread_state(self, thread: str) -> tuple[int, int]:
        """Number of the next message, and how many came in today."""
        with self.reading() as connection:
            came = connection.execute(
                "SELECT count(*) FROM message WHERE thread = ? AND incoming AND day = ?", (thread, today())
            ).fetchone()
            return next_number(connection, thread), came[0]

    def delete_thread(self, thread: str) -> None:
        """Everything of a thread; its rows are zeros on return."""
        with self.writing() as connection:
            connection.execute("DELETE FROM thread WHERE id = ?", (thread,))
            _forget(connection)

    def delete_before(self, day: str) -> int:
        """Every thread whose newest message is older than this day; gives their number."""
        with self.writing() as connection:
            connection.execute("DELETE FROM trouble WHERE day < ?", (day,))
            connection.execute("DELETE FROM discarded WHERE day < ?", (day,))
            gone = connection.execute("DELETE FROM thread WHERE day < ?", (day,)).rowcount
            _forget(connection)
            return gone

    def discard(self, seen: Mapping[str, int], *, whole: bool) -> Discarded:
        """Delete threads in one transaction, and count them by day: those with no answer and no later message than was seen.

        `seen`: the number of the last message of each that the handlers know. `whole`: also those with more.
        """
        gone, kept, absent, size = 0, [], 0, 0
        with self.writing() as connection:
            for thread, number in seen.items():
                last, answers, stored = connection.execute(
                    "SELECT max(number), sum(NOT incoming), sum(bytes) FROM size WHERE thread = ?", (thread,)
                ).fetchone()
                if last is None:
                    absent += 1
                elif not whole and (answers or last > number):
                    kept.append(thread)
                else:
                    connection.execute("DELETE FROM thread WHERE id = ?", (thread,))
                    gone, size = gone + 1, size + stored
            if gone:
                _forget(connection)
                connection.execute(
                    "INSERT INTO discarded VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
                    " threads = threads + excluded.threads, bytes = bytes + excluded.bytes",
                    (today(), gone, size),
                )
        return Discarded(gone=gone, kept=kept, absent=absent, bytes=size)

    def messages(self, *, incoming: bool) -> Iterator[Stored]:
        """All messages of one direction, by random id."""
        with self.reading() as connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM message WHERE incoming = ?", (incoming,))]
        for one in ids:
            with self.reading() as connection:
                yield from _messages(connection, "id = ?", (one,))

    def answers_to(self, thread: str) -> str | None:
        """Recipient of a thread's answers."""
        with self.reading() as connection:
            found = connection.execute("SELECT answers_to FROM thread WHERE id = ?", (thread,)).fetchone()
        return None if found is None else str(found[0])

    def note_trouble(self, what: str) -> None:
        """Count a failure: its kind and the day, and nothing of a request."""
        with self.writing() as connection:
            if connection.execute("SELECT count(*) FROM trouble").fetchone()[0] >= _TROUBLE_MAX:
                return
            connection.execute(
                "INSERT INTO trouble VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
                (today(), what[:120]),
            )


def next_number(connection: sqlite3.Connection, thread: str) -> int:
    """Number of the next message of a thread."""
    found = connection.execute("SELECT coalesce(max(number), 0) FROM message WHERE thread = ?", (thread,)).fetchone()
    return int(found[0]) + 1


def answered(connection: sqlite3.Connection, thread: str) -> int:
    """Number of the last message of a thread that is answered; where no answer says it, all before the last answer are."""
    said = connection.execute("SELECT value FROM meta WHERE name = ?", (_ANSWERED + thread,)).fetchone()
    last = "SELECT coalesce(max(number), 0) FROM message WHERE thread = ? AND NOT incoming"
    return int((said or connection.execute(last, (thread,)).fetchone())[0])


def _forget(connection: sqlite3.Connection) -> None:
    """What is kept of threads that are gone."""
    connection.execute(
        "DELETE FROM meta WHERE substr(name, 1, ?) = ? AND substr(name, ?) NOT IN (SELECT id FROM thread)",
        (len(_ANSWERED), _ANSWERED, len(_ANSWERED) + 1),
    )


def _insert(connection: sqlite3.Connection, message: Stored) -> None:
    values = (message.id, message.thread, message.number, message.incoming, message.day, message.body)
    connection.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)", values)


def _messages(connection: sqlite3.Connection, where: str, values: tuple[str, ...]) -> list[Stored]:
    rows = connection.execute(
        f"SELECT id, thread, number, incoming, day, body FROM message WHERE {where} ORDER BY thread, number", values
    )
    return [
        Stored(id=row[0], thread=row[1], number=row[2], incoming=bool(row[3]), day=row[4], body=row[5]) for row in rows
    ]
