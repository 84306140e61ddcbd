"""Comparing the tables that follow from the log with what the log says: entries, erasures, retractions, files, lists,
entities and clusters. `verify_database` compares the statements before, so that they can be relied on here.

Not compared, because the log does not say it: which corrections an erasure undid (`restored`; their content is gone), what is
private, and when entries came in that are older than the signed times of the log.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from sousveil.kinds import visible
from sousveil.ledger import dsse
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import TILE_WIDTH, leaf_hash
from sousveil.register import entries as log
from sousveil.register.batch_times import BatchTime
from sousveil.register.keyring import Keyring
from sousveil.register.publication import Opened
from sousveil.register.store.connection import Database, Row
from sousveil.register.store.reading import Reading
from sousveil.register.store.writing import clusters_now
from sousveil.register.verify_lists import compare_lists

_ENTRIES = (
    "SELECT idx, kind, envelope, leaf, replay, signers, publisher, dataset, recorded_at FROM entries "
    "WHERE idx >= ? AND idx < ? ORDER BY idx"
)
_COLUMNS = ("kind", "leaf", "replay", "signers", "publisher", "dataset")
_COUNTED = "SELECT subject, type, dataset, count(*) FROM statements GROUP BY subject, type, dataset"
_KEPT = "SELECT subject, type, dataset, live FROM entities WHERE live <> 0"


class Entries(msgspec.Struct, frozen=True, kw_only=True):
    """What the verified log says of its entries."""

    size: int
    digests: Sequence[bytes]
    """For each bundle SHA-256 over the leaf hashes of its entries."""
    ring: Keyring
    erased: Mapping[bytes, int]
    """Statement -> the entry that erased it."""
    times: Sequence[BatchTime] = ()
    """Signed times of batches, in the order of the log."""


def compare_tables(db: Database, told: Entries, *, whole: bool) -> None:
    """Raises Disagreement with the first difference. `whole`: the database holds no later entries than the log that was verified."""
    rows, size = db.number("SELECT count(*) FROM entries"), db.number("SELECT size FROM tree WHERE id = 1")
    if rows != size:
        raise Disagreement(f"The database says that it holds {size} entries, and holds {rows}.")
    tables = _Tables(db, told)
    tables.run()
    compare_lists(db, tables.snapshots, told.size)
    _entities(db)
    if whole:
        _clusters(db)


class _Reading(Reading):
    """The store's questions, on a database that is only read."""

    def __init__(self, db: Database) -> None:
        self.db = db


class _Tables:
    """Goes through the entries once, and knows afterwards what the tables beside them must hold."""

    def __init__(self, db: Database, told: Entries) -> None:
        self.db, self.told = db, told
        self._batches = deque(told.times)
        self.erased: dict[bytes, tuple[str, str]] = {}
        """Statement -> ground, and by whom."""
        self.places: dict[bytes, int] = {}
        """Statement that was erased -> its ordinal."""
        self.retracted: set[tuple[bytes, int]] = set()
        self.files: dict[tuple[bytes, int], tuple[int, str, int | None]] = {}
        self.lists: dict[int, tuple[str, str, str, str, int, str]] = {}
        self.snapshots: dict[str, tuple[int, log.Snapshot]] = {}
        """List -> the newest entry about it."""

    def run(self) -> None:
        for index, opened in self._entries():
            self._take(index, opened)
        self._compare_erased()
        self._rows("a retraction", self.retracted, self._old("SELECT id, entry, entry FROM retractions"))
        end = self.told.size
        files = {
            ((sha, entry), (size, kind, None if gone is None or _entry(gone, "an attached file") >= end else gone))
            for sha, entry, size, kind, gone in self.db.query(
                "SELECT sha256, entry, size, media_type, erased FROM attachments WHERE entry < ?", (end,)
            )
        }
        self._rows("an attached file", set(self.files.items()), files)
        lists = {
            (row[0], tuple(row[1:]))
            for row in self.db.query(
                "SELECT idx, dataset, source, sha256, date, row_count, counts FROM snapshots WHERE idx < ?", (end,)
            )
        }
        self._rows("a list", set(self.lists.items()), lists)

    def _entries(self) -> Iterator[tuple[int, Opened]]:
        for bundle, digest in enumerate(self.told.digests):
            first = bundle * TILE_WIDTH
            last = min(first + TILE_WIDTH, self.told.size)
            rows = self.db.query(_ENTRIES, (first, last))
            if [row[0] for row in rows] != list(range(first, last)):
                raise Disagreement(f"The database does not hold each of the entries {first} to {last - 1} once.")
            for index, _, envelope, *_ in rows:
                if not isinstance(envelope, bytes):
                    raise Disagreement(f"Entry {index}: the database holds its envelope as another type than bytes.")
            leaves = [leaf_hash(log.log_entry(row[2])) for row in rows]
            if sha256(b"".join(leaves)).digest() != digest:
                raise Disagreement(f"The database holds other entries than the log among {first} to {last - 1}.")
            for row, leaf in zip(rows, leaves, strict=True):
                self._compare_time(row[0], row[-1])
                yield row[0], self._same(row[0], row[2], leaf, (row[1], *row[3:-1]))

    def _compare_time(self, index: int, recorded: object) -> None:
        """Entries come in the order of the log, so the batches are gone through once."""
        while self._batches and self._batches[0].end <= index:
            self._batches.popleft()
        if self._batches and self._batches[0].first <= index and recorded != self._batches[0].time:
            shown = visible(str(recorded), 40)
            raise Disagreement(
                f"Entry {index}: the database says that it came in at {shown}, and its signed time is {self._batches[0].time}."
            )

    def _same(self, index: int, envelope: bytes, leaf: bytes, columns: Row) -> Opened:
        outer = dsse.decode(envelope)
        keys = self.told.ring.public_keys
        opened = Opened(
            payload=log.decode(outer.payload),
            payload_sha256=sha256(outer.payload).digest(),
            signers=tuple(one.keyid for one in outer.signatures if one.keyid in keys),
            envelope=envelope,
        )
        payload = opened.payload
        owner = self.told.ring.find(opened.signers[0]) if opened.signers else None
        want = (
            log.kind_of(payload),
            leaf,
            opened.unique,
            ",".join(opened.signers),
            owner.owner if owner else "",
            payload.dataset if isinstance(payload, log.Statements | log.Snapshot) else "",
        )
        for name, have, must in zip(_COLUMNS, columns, want, strict=True):
            if have != must:
                raise Disagreement(f"Entry {index}: the database has another {name} beside its envelope.")
        return opened

    def _take(self, index: int, opened: Opened) -> None:
        match opened.payload:
            case log.Statements() as told:
                for one in told.attachments:
                    self.files[bytes.fromhex(one.sha256), index] = (one.size, one.media_type, None)
                if self.told.erased:
                    for ordinal, each in enumerate(told.commitments):
                        id = bytes.fromhex(each.id)
                        if id in self.told.erased:
                            self.places[id] = ordinal
            case log.Retract() as told:
                self.retracted.update((bytes.fromhex(id), index) for id in told.ids)
            case log.Erase() as told:
                for one_id in told.ids:
                    self.erased.setdefault(bytes.fromhex(one_id), (str(told.ground), str(told.by)))
                gone = set(map(bytes.fromhex, told.attachments))
                for key, (size, kind, before) in self.files.items():
                    if key[0] in gone and before is None:
                        self.files[key] = (size, kind, index)
            case log.Snapshot() as told:
                counts = msgspec.json.encode(told.counts).decode()
                self.snapshots[told.dataset] = index, told
                self.lists[index] = (told.dataset, told.source, told.sha256, told.date, told.rows, counts)
            case _:
                pass

    def _compare_erased(self) -> None:
        for id, ordinal, ground, by in self._old("SELECT id, ordinal, ground, asked_by, idx FROM erased"):
            if (ground, by) != self.erased.get(id) or ordinal != self.places.get(id):
                raise Disagreement(
                    f"The database names another ground, asker or place of the erased statement {id.hex()} than the log."
                )

    def _old(self, sql: str) -> set[Row]:
        """Rows without those of entries behind the checkpoint; the last column is the entry."""
        return {tuple(row[:-1]) for row in self.db.query(sql) if _entry(row[-1], "a row") < self.told.size}

    @staticmethod
    def _rows(what: str, want: set[Any], have: set[Any]) -> None:
        for more, less, words in (
            (have, want, "has {} that the log does not have"),
            (want, have, "lacks {} of the log"),
        ):
            if found := sorted(map(_shown, more - less)):
                raise Disagreement(f"The database {words.format(what)}: {found[0]}.")


def _entry(value: object, what: str) -> int:
    """The number of an entry. Raises Disagreement; SQLite stores any type in any column."""
    if not isinstance(value, int):
        raise Disagreement(f"The database holds {what} whose entry is no number: {visible(str(value), 40)}.")
    return value


def _shown(row: Any) -> str:
    """A row for the report."""
    if isinstance(row, tuple):
        return ", ".join(map(_shown, row))
    return row.hex() if isinstance(row, bytes) else visible(str(row), 100)


def _entities(db: Database) -> None:
    """How many statements each entity has, by type and data set: what counts and lists are made of."""
    for sql, words in (
        (f"{_KEPT} EXCEPT {_COUNTED}", "counts {} statements of {} as {} in {}, and holds another number"),
        (f"{_COUNTED} EXCEPT {_KEPT}", "holds {} statements of {} as {} in {}, and counts another number"),
    ):
        rows = db.query(f"SELECT * FROM ({sql}) AS differing ORDER BY 1, 2, 3 LIMIT 1")
        if rows:
            subject, kind, dataset, count = rows[0]
            names = (visible(str(one), 100) for one in (subject, kind, dataset))
            raise Disagreement("The database " + words.format(count, *names) + ".")


def _clusters(db: Database) -> None:
    """Which ids are one: as the judgements of the log say, with the lists that are on file."""
    try:
        want = Counter(clusters_now(_Reading(db)).items())
    except (ValueError, OverflowError):
        raise Disagreement("The database does not say which entry brought the newest key.") from None
    have = Counter((id, head) for id, head in db.query("SELECT id, canonical FROM clusters"))
    for id, head in sorted((want - have) + (have - want)):
        raise Disagreement(
            f"The database does not join {visible(str(id), 100)} with others as the judgements of the log say "
            f"({visible(str(head), 100)})."
        )
