"""A SQLite database read out of evidence, without changing a byte of it and without an extra copy.

SQLite sees a file system of its own (an apsw VFS) that holds the main file, its `-wal` and its `-journal` and nothing
else. Reading goes to the stored bytes, decrypted on the way where they are encrypted. What SQLite wants to write (the
rollback of a hot journal) goes into an overlay in memory with a limit. Committed rows of a WAL are seen: exclusive
locking makes SQLite keep the WAL's index in memory (8 bytes a frame), so a `-shm` file is neither needed nor read, and
nothing is checkpointed."""

from __future__ import annotations

import secrets
import time
import zlib
from types import TracebackType

import apsw

from sousveil.acquisition.content import Content, open_member
from sousveil.acquisition.model import FileGroup, Readable, blocks
from sousveil.errors import LimitExceeded, Malformed, Missing, SousveilError, Unsupported
from sousveil.texts import t

MAX_OVERLAY = 64 << 20
"""Bytes that SQLite may write into memory over one database."""
MAX_VALUE = 64 << 20
"""Bytes of the longest text or blob, and of the longest row."""
MAX_UNZIPPED = 96 << 20
"""Bytes of a database that is stored compressed: it is held in memory, as SQLite reads it in any order."""
STEPS = 20_000
"""SQLite's steps between two looks at the clock."""
_CHUNK = 4096
_NAME = "/evidence"
_LIMITS = {
    apsw.SQLITE_LIMIT_LENGTH: MAX_VALUE,
    apsw.SQLITE_LIMIT_SQL_LENGTH: 1 << 20,
    apsw.SQLITE_LIMIT_EXPR_DEPTH: 200,
    apsw.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    apsw.SQLITE_LIMIT_VDBE_OP: 1_000_000,
    apsw.SQLITE_LIMIT_ATTACHED: 0,
    apsw.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
    apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    apsw.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_SETTINGS = (
    (apsw.SQLITE_DBCONFIG_DEFENSIVE, 1),
    (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
    (apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1),
    (apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
    (apsw.SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
)
_PRAGMAS = (
    "locking_mode=exclusive",
    "cell_size_check=on",
    "mmap_size=0",
    "cache_size=-4000",
    "temp_store=memory",
    "wal_autocheckpoint=0",
    "automatic_index=on",
)


def as_error(error: BaseException) -> SousveilError:
    """What an error of SQLite means to us. An error of ours is given back as it is; the text holds no content of the
    database.
    """
    if isinstance(error, SousveilError):
        return error
    for kinds, meaning, id in _MEANINGS:
        if isinstance(error, kinds):
            return meaning(t(f"error.evidence_db.{id}", limit=MAX_VALUE))
    if isinstance(error, apsw.SQLError):
        return Unsupported(t("error.evidence_db.database_another_layout", reason=str(error)[:200]))
    return Malformed(t("error.evidence_db.database_cannot_read", name=type(error).__name__))


_MEANINGS: tuple[tuple[tuple[type[BaseException], ...], type[SousveilError], str], ...] = (
    ((apsw.NotADBError,), Malformed, "file_sqlite_database"),
    ((apsw.CorruptError,), Malformed, "database_damaged_rows"),
    ((apsw.InterruptError,), LimitExceeded, "reading_database_took"),
    ((apsw.TooBigError,), LimitExceeded, "database_contains_value"),
    ((apsw.FullError,), LimitExceeded, "database_unfinished_transaction"),
    ((apsw.NoMemError, MemoryError), LimitExceeded, "reading_database_needs"),
    ((apsw.CantOpenError,), Missing, "database_cannot_opened"),
    ((UnicodeDecodeError,), Malformed, "database_contains_text"),
)


class _View:
    """One open file as SQLite sees it: evidence below (None: nothing), what SQLite wrote above."""

    def __init__(self, base: Readable | None, budget: _Budget) -> None:
        self._base = base
        self._budget = budget
        self._base_size = base.size if base is not None else 0
        self._size = self._base_size
        self._over: dict[int, bytearray] = {}
        if base is not None:
            # Until something is written, SQLite's reads go straight to the evidence.
            self.xRead = base.read  # type: ignore[method-assign]

    def _below(self, amount: int, offset: int) -> bytes:
        """Evidence bytes, where they were not cut off by a truncation."""
        if self._base is None or offset >= self._base_size:
            return b""
        return self._base.read(min(amount, self._base_size - offset), offset)

    def _read_over(self, amount: int, offset: int) -> bytes:
        end = min(offset + amount, self._size)
        if offset >= end:
            return b""
        out = bytearray(self._below(end - offset, offset).ljust(end - offset, b"\0"))
        for number in range(offset // _CHUNK, (end - 1) // _CHUNK + 1):
            chunk = self._over.get(number)
            if chunk is not None:
                at = number * _CHUNK
                low, high = max(at, offset), min(at + _CHUNK, end)
                out[low - offset : high - offset] = chunk[low - at : high - at]
        return bytes(out)

    xRead = _read_over

    def xWrite(self, data: bytes, offset: int) -> None:
        """Keep what SQLite writes."""
        self.xRead = self._read_over  # type: ignore[method-assign]
        end = offset + len(data)
        for number in range(offset // _CHUNK, (end - 1) // _CHUNK + 1):
            at = number * _CHUNK
            chunk = self._over.get(number)
            if chunk is None:
                self._budget.take(_CHUNK)
                chunk = bytearray(self._below(_CHUNK, at).ljust(_CHUNK, b"\0"))
                self._over[number] = chunk
            low, high = max(at, offset), min(at + _CHUNK, end)
            chunk[low - at : high - at] = data[low - offset : high - offset]
        self._size = max(self._size, end)

    def xTruncate(self, size: int) -> None:
        """Cut in the overlay."""
        self.xRead = self._read_over  # type: ignore[method-assign]
        self._size = size
        self._base_size = min(self._base_size, size)
        for number in [n for n in self._over if n * _CHUNK >= size]:
            del self._over[number]
            self._budget.give(_CHUNK)
        edge = self._over.get(size // _CHUNK)
        if edge is not None:
            edge[size % _CHUNK :] = bytes(_CHUNK - size % _CHUNK)

    def xFileSize(self) -> int:
        """Bytes, as SQLite sees it."""
        return self._size

    def xSync(self, flags: int) -> None:
        """Nothing is on disk."""

    def xClose(self) -> None:
        """Let go of what was written; the evidence is closed by the database's owner."""
        self._budget.give(_CHUNK * len(self._over))
        self._over.clear()

    def xLock(self, level: int) -> None:
        """Nobody else has this database."""

    def xUnlock(self, level: int) -> None:
        """Nobody else has this database."""

    def xCheckReservedLock(self) -> bool:
        """Nobody holds a lock: a journal that is there is hot."""
        return False

    def xFileControl(self, op: int, pointer: int) -> bool:
        """No special wishes are known."""
        return False

    def xSectorSize(self) -> int:
        """As of any disk."""
        return 4096

    def xDeviceCharacteristics(self) -> int:
        """None promised."""
        return 0


class _Budget:
    """How much memory the overlays of one database may take together."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def take(self, amount: int) -> None:
        """Raises apsw.FullError when there is no more."""
        if amount > self.left:
            raise apsw.FullError("overlay limit")
        self.left -= amount

    def give(self, amount: int) -> None:
        """Memory that is free again."""
        self.left += amount


class _EvidenceVFS(apsw.VFS):
    """The file system that one database lives in."""

    def __init__(self, name: str, files: dict[str, Readable], overlay: int) -> None:
        self._files: dict[str, Readable | None] = dict(files)
        self._budget = _Budget(overlay)
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _View:  # type: ignore[override]
        """A file of the group; an empty one in memory for any other name."""
        given = name.filename() if isinstance(name, apsw.URIFilename) else name
        if given is None:
            return _View(None, self._budget)
        base = self._files.setdefault(given, None)
        return _View(base, self._budget)

    def xAccess(self, name: str, flags: int) -> bool:
        """Whether SQLite has the file."""
        return name in self._files

    def xFullPathname(self, name: str) -> str:
        """Names are whole."""
        return name

    def xDelete(self, name: str, sync: bool) -> None:
        """Forget a file; the evidence stays."""
        self._files.pop(name, None)

    def xRandomness(self, amount: int) -> bytes:
        """The same every time."""
        return bytes(amount)

    def xSleep(self, microseconds: int) -> int:
        """Nobody to wait for."""
        return microseconds

    def xCurrentTime(self) -> float:
        """1970-01-01: evidence does not depend on the day it is read."""
        return 2440587.5


class EvidenceDatabase:
    """An open evidence database. Use as a context manager, or call `close`."""

    connection: apsw.Connection
    """Reads only; text that is not valid UTF-8 raises UnicodeDecodeError when fetched (cast it to a blob to have
    it).
    """

    def __init__(self, files: dict[str, Readable], *, seconds: float | None, overlay: int) -> None:
        self._files = files
        name = f"sousveil-{secrets.token_hex(8)}"
        self._vfs = _EvidenceVFS(name, {_NAME + suffix: file for suffix, file in files.items()}, overlay)
        self._deadline = None if seconds is None else time.thread_time() + seconds
        try:
            flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOMUTEX
            self.connection = apsw.Connection(_NAME, vfs=name, flags=flags, statementcachesize=20)
        except apsw.Error as error:
            self._release()
            raise as_error(error) from None
        try:
            self._prepare()
        except (apsw.Error, SousveilError) as error:
            self.close()
            raise as_error(error) from None

    def _prepare(self) -> None:
        for setting, value in _SETTINGS:
            self.connection.config(setting, value)
        for limit, amount in _LIMITS.items():
            self.connection.limit(limit, amount)
        # Also without a deadline: while SQLite works, this is where Python can deliver an alarm.
        self.connection.set_progress_handler(self._too_late, STEPS)
        for pragma in _PRAGMAS:
            self.connection.pragma(*pragma.split("="))
        # The first read: undoes a hot journal, indexes the WAL, and tells whether this is a database at all.
        self.connection.execute("select count(*) from sqlite_schema limit 1").fetchall()
        self.connection.pragma("query_only", "on")

    def _too_late(self) -> bool:
        return self._deadline is not None and time.thread_time() > self._deadline

    def allow(self, seconds: float | None) -> None:
        """Set the time limit anew: CPU seconds of this thread from now on (None: none)."""
        self._deadline = None if seconds is None else time.thread_time() + seconds
        self.connection.set_progress_handler(self._too_late, STEPS)

    def reader(self, suffix: str = "") -> Readable | None:
        """The raw content of a file of the group ("", "-wal", "-journal"), or None."""
        return self._files.get(suffix)

    @property
    def at_rest(self) -> bool:
        """Whether all of the database is in its main file: there is neither a WAL nor a journal."""
        return all(suffix == "" or file.size == 0 for suffix, file in self._files.items())

    def close(self) -> None:
        """Close the database and its files; a second call does nothing."""
        try:
            self.connection.close(True)
        except (apsw.Error, SousveilError):
            # Nothing is ever to be written, so there is nothing that a failure on closing could lose.
            pass
        finally:
            self._release()

    def _release(self) -> None:
        self._vfs.unregister()
        for file in self._files.values():
            file.close()

    def __enter__(self) -> EvidenceDatabase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class HeldFile:
    """Content in memory (see `Readable`)."""

    def __init__(self, content: bytearray) -> None:
        self._content = content
        self.size = self.there = len(content)
        self._fault = ""

    def read(self, amount: int, offset: int) -> bytes:
        """Up to `amount` bytes from `offset`."""
        if self._fault and offset >= self.there:
            raise Malformed(self._fault)
        return bytes(self._content[offset : offset + amount])

    read_apart = read

    def expect(self, size: int, fault: str) -> None:
        """See `StoredFile.expect`."""
        if size > self.size:
            self.size, self._fault = size, fault

    def close(self) -> None:
        """Let go of the content."""
        self._content = bytearray()


def unzipped(content: Readable) -> HeldFile:
    """The content of a gzip file, and `content` closed; where it is cut off or damaged, what comes before. Raises
    LimitExceeded above `MAX_UNZIPPED` bytes."""
    machine = zlib.decompressobj(wbits=31)
    held = bytearray()
    try:
        for block in blocks(content, 256 << 10):
            held += machine.decompress(block, MAX_UNZIPPED + 1 - len(held))
            if len(held) > MAX_UNZIPPED or machine.unconsumed_tail:
                raise LimitExceeded(t("error.evidence_db.unzipped_large", limit=MAX_UNZIPPED))
            if machine.eof:
                break
    except zlib.error:
        if not held:
            raise Malformed(t("error.evidence_db.gzip_damaged")) from None
    finally:
        content.close()
    return HeldFile(held)


def open_database(group: FileGroup, *, seconds: float | None = None, overlay: int = MAX_OVERLAY) -> EvidenceDatabase:
    """Open the database that a group holds, with its WAL or journal.

    `seconds` limits the CPU time of this thread while SQLite works; past it a query ends with apsw.InterruptError (see
    `as_error`). Raises Missing or Locked where a file of the group cannot be had, Malformed for what is no database or
    an empty file, LimitExceeded where undoing a hot journal needs more than `overlay` bytes."""
    main = group.member("")
    if main is None:
        raise Missing(t("error.common.backup", name=group.relative.rsplit("/", 1)[-1][:80]))
    files: dict[str, Content | HeldFile] = {}
    try:
        files[""] = open_member(main)
        if group.relative.endswith(".gz"):
            files[""] = unzipped(files[""])
        for suffix in ("-wal", "-journal"):
            companion = group.member(suffix)
            if companion is not None:
                files[suffix] = open_member(companion)
        if files[""].size == 0:
            raise Malformed(t("error.evidence_db.database_file_empty"))
        _expect_all_pages(files[""])
    except SousveilError:
        for file in files.values():
            file.close()
        raise
    return EvidenceDatabase(dict(files), seconds=seconds, overlay=overlay)


def _expect_all_pages(file: Content | HeldFile) -> None:
    """Let a database that is shorter than its header says be read as far as it goes; SQLite itself would refuse to
    begin.
    """
    head = file.read(100, 0)
    if len(head) < 100 or head[24:28] != head[92:96]:
        return
    page_size = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    size = (65536 if page_size == 1 else page_size) * pages
    file.expect(size, t("error.evidence_db.database_cut_off", there=file.there, size=size))
