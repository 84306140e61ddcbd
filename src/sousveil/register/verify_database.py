"""Comparing a register's database with its log, which was verified before: every row of a statement, and every erasure.

The database is only read, in one snapshot, row after row in the order of the log. What follows from entries and
statements is compared afterwards (`verify_tables`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, SousveilError
from sousveil.kinds import visible
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import HASH_BYTES, Range
from sousveil.register.folder import Folder
from sousveil.register.model import Statement
from sousveil.register.publication import ENTITY_PREFIX
from sousveil.register.store.connection import (
    Database,
    DatabaseAway,
    PostgresDatabase,
    ReadOnlySqlite,
    Row,
    open_database,
)
from sousveil.register.store.marks import NO_MARK, Mark
from sousveil.register.verify_tables import Entries, compare_tables

SAME = "The database holds the entries and statements of the log, and no others."
DIFFERS = "The database differs from the log."
NOT_COMPARED = "The database was not compared."
PAGE = 2_000
_ROWS = (
    "SELECT seq, id, entry, ordinal, salt, content, subject, type, dataset, target, supersedes, person, retracted, "
    f"superseded_by, superseded_at FROM statements WHERE seq >= ? ORDER BY seq LIMIT {PAGE}"
)
_FIELDS = ("subject", "type", "dataset", "target", "supersedes", "person")
_DECODE = msgspec.json.Decoder(Statement).decode


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the verified log says."""

    size: int
    root: bytes
    entry_of: Mapping[bytes, int]
    """First half of a statement's id -> its entry, in the order of the log."""
    erased: Mapping[bytes, int]
    """Statement -> the entry that erased it."""
    retracted: Mapping[bytes, int]
    """Statement -> the first entry that retracted it and counts."""
    corrections: Mapping[bytes, list[tuple[bytes, int]]]
    """Statement -> its corrections that count, with their entries, in the order of the log."""
    entries: Entries


def compare(root: Path, told: Told) -> str:
    """What to say of the database that the register in this folder names. Raises Disagreement, Malformed."""
    folder = Folder(root)
    where = folder.database(folder.config())
    if isinstance(where, Path):
        return _file(where, told)
    db: Database | None = None
    try:
        db = open_database(where)
        assert isinstance(db, PostgresDatabase)
        with db.snapshot():
            return _compare(db, told)
    except DatabaseAway as error:
        return f"{NOT_COMPARED} {error.message}"
    except ImportError:
        return f"{NOT_COMPARED} psycopg, which reads PostgreSQL, is not installed."
    finally:
        if db is not None:
            db.close()


def _file(path: Path, told: Told) -> str:
    if not path.is_file():
        raise Disagreement(f"The database {visible(path.name)} is not there.")
    if not os.access(path, os.R_OK):
        return f"{NOT_COMPARED} This user may not read {visible(path.name)}."
    db = ReadOnlySqlite(path)
    quiet = not db.in_use
    try:
        with db.snapshot():
            return _compare(db, told)
    except SousveilError:
        if not (quiet and db.in_use):
            raise
    finally:
        db.close()
    return _file(path, told)  # somebody began to write meanwhile


def _compare(db: Database, told: Told) -> str:
    _no_triggers(db)
    row = db.one("SELECT size, root, peaks FROM tree WHERE id = 1")
    size, root, peaks = row if row else (0, b"", b"")
    if not isinstance(size, int) or size < told.size:
        raise Disagreement(f"The database holds {size} entries, and the log {told.size}.")
    if size == told.size and root != told.root:
        raise Disagreement("The database holds another root of the log.")
    try:
        subtrees = [peaks[start : start + HASH_BYTES] for start in range(0, len(peaks), HASH_BYTES)]
        sound = Range.restore(size, subtrees).root() == root
    except (Malformed, TypeError):
        sound = False
    if not sound:
        raise Disagreement(
            "The database holds other subtrees of the log than its root is made of: say `sousveil register repair`."
        )
    _Comparison(db, told, size).run()
    compare_tables(db, told.entries, whole=size == told.size)
    if size > told.size:
        return f"{SAME} It holds {size - told.size} entries that this checkpoint does not; they were not compared."
    return SAME


def _no_triggers(db: Database) -> None:
    """Raises Disagreement for a program in the database that is not ours: the register makes none."""
    if db.dialect == "sqlite":
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name LIMIT 1"
    else:
        sql = (
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace ORDER BY tgname LIMIT 1"
        )
    for (name,) in db.query(sql):
        raise Disagreement(f"The database holds the trigger {visible(str(name), 80)}, which the register did not make.")


class _Comparison:
    def __init__(self, db: Database, told: Told, size: int) -> None:
        self.db, self.told, self.size = db, told, size
        self.halves = {id[:16]: index for id, index in told.erased.items()}
        self.later: set[bytes] = set()
        """First halves of what entries behind the checkpoint erased."""

    def run(self) -> None:
        self._erased()
        want = self._wanted()
        for row in self._rows():
            id, entry = row[1], row[2]
            if isinstance(entry, int) and self.told.size <= entry < self.size:
                continue
            self._known(id)
            for index, ordinal, half in want:
                if half == id[:16]:
                    self._same(row, index, ordinal)
                    break
                self._gone(index, ordinal, half)
            else:
                raise Disagreement(f"The database holds statement {id.hex()} in another place than the log.")
        for index, ordinal, half in want:
            self._gone(index, ordinal, half)

    def _erased(self) -> None:
        there: dict[bytes, int] = {}
        for id, entry, index in self.db.query("SELECT id, entry, idx FROM erased"):
            if not isinstance(id, bytes) or not isinstance(index, int):
                raise Disagreement("The database holds an erasure that cannot be read.")
            if index >= self.told.size:
                self.later.add(id[:16])
                continue
            if self.told.erased.get(id) != index or self.told.entry_of.get(id[:16]) != entry:
                raise Disagreement(f"The database says that statement {id.hex()} was erased, otherwise than the log.")
            there[id] = index
        for id, index in self.told.erased.items():
            if id not in there:
                raise Disagreement(f"The database does not say that entry {index} erased statement {id.hex()}.")

    def _rows(self) -> Iterator[Row]:
        first = -(1 << 63)
        while rows := self.db.query(_ROWS, (first,)):
            yield from rows
            first = rows[-1][0] + 1

    def _wanted(self) -> Iterator[tuple[int, int, bytes]]:
        last = ordinal = -1
        for half, index in self.told.entry_of.items():
            ordinal = ordinal + 1 if index == last else 0
            last = index
            yield index, ordinal, half

    def _known(self, id: object) -> None:
        """Raises Disagreement for a row that must not be there."""
        if not isinstance(id, bytes) or len(id) != 32:
            raise Disagreement("The database holds a statement whose id cannot be read.")
        if id[:16] not in self.told.entry_of:
            raise Disagreement(f"The database holds statement {id.hex()}, which is not in the log.")
        index = self.halves.get(id[:16])
        if index is not None:
            raise Disagreement(f"The database still holds statement {id.hex()}, which entry {index} erased.")

    def _gone(self, index: int, ordinal: int, half: bytes) -> None:
        """Raises Disagreement for a statement of the log that has no row here, unless it was erased."""
        if half not in self.halves and half not in self.later:
            raise Disagreement(f"Entry {index}, statement {ordinal}: the database does not hold it there.")

    def _same(self, row: Row, index: int, ordinal: int) -> None:
        _, id, entry, place, salt, data, *columns, retracted, by, at = row
        where = f"Entry {index}, statement {ordinal}: the database"
        if not isinstance(salt, bytes) or not isinstance(data, bytes) or sha256(salt + data).digest() != id:
            raise Disagreement(f"{where} holds another salt or content than was committed to.")
        if (entry, place) != (index, ordinal):
            raise Disagreement(f"{where} has it under entry {entry}, statement {place}.")
        try:
            one = _DECODE(data)
        except msgspec.DecodeError as error:
            raise Malformed(f"{where} holds a content that cannot be read: {error}.") from None
        target = one.value if one.value.startswith(ENTITY_PREFIX) and len(one.value) <= 64 else None
        answers = bytes.fromhex(one.supersedes) if one.supersedes else None
        want = [one.subject, one.type, one.dataset, target, answers, int(one.person)]
        if columns != want:
            name = next(name for name, a, b in zip(_FIELDS, columns, want, strict=True) if a != b)
            raise Disagreement(f"{where} has another {name} beside its content.")
        if self.size == self.told.size and (retracted, by, at) != self._mark(id):
            raise Disagreement(f"{where} does not mark it as the log does (retracted, corrected).")

    def _mark(self, id: bytes) -> Mark:
        retracted = self.told.retracted.get(id)
        for by, at in reversed(self.told.corrections.get(id, ())):
            if by not in self.told.retracted and by not in self.told.erased:
                return retracted, by, at
        return retracted, *NO_MARK[1:]
