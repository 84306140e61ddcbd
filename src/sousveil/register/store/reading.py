"""Reading: statements, entries, views. Every method may be called from any thread while the log grows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from sousveil.errors import Malformed, Usage
from sousveil.ledger import dsse
from sousveil.register import entries as log
from sousveil.register.keyring import Keyring
from sousveil.register.model import Recorded, Statement
from sousveil.register.owners import KeyState
from sousveil.register.store.connection import Database, Row
from sousveil.register.store.marks import NO_MARK, corrected_by, doubtful_acts, is_doubtful, marks, unsound
from sousveil.register.store.model import Change, Counts, Erased, LogEntry, SnapshotState, TreeState

PAGE = 2_000
"""Rows that one question brings while iterating."""
NEWEST = 20_000
"""Newest statements among which feeds look."""
NEWEST_PAGE = 500
COLUMNS = "seq, id, entry, content, retracted, superseded_by, superseded_at"
_DECODE = msgspec.json.Decoder(Statement).decode
_COUNTS = msgspec.json.Decoder(dict[str, int])


class Reading:
    """The part of the store that reads."""

    db: Database
    _keyring: tuple[int, Keyring] | None = None

    def size(self) -> int:
        """Entries of the log."""
        return self.db.number("SELECT size FROM tree WHERE id = 1")

    def revision(self) -> int:
        """Grows with each change of what is public; caches compare it."""
        return int(self.meta("revision") or 0)

    def meta(self, name: str) -> str | None:
        """A value of the register itself."""
        row = self.db.one("SELECT value FROM meta WHERE name = ?", (name,))
        return str(row[0]) if row else None

    def tree(self) -> TreeState:
        """Size and roots of the log's tree."""
        row = self.db.one("SELECT size, peaks, root FROM tree WHERE id = 1")
        if row is None:
            raise Malformed("The register's database holds no log.", hint="Restore it from a backup.")
        size, peaks, root = row
        return TreeState(size=size, roots=tuple(peaks[at : at + 32] for at in range(0, len(peaks), 32)), root=root)

    # Entries

    def entry(self, index: int) -> LogEntry:
        """One entry. Raises Usage for an index outside of the log."""
        for one in self.entries(index, index + 1):
            return one
        raise Usage(f"There is no entry {index} in a log of {self.size()} entries.", hint="Entries count from 0.")

    def index_of(self, unique: bytes) -> int | None:
        """The entry with this `publication.Opened.unique`, where it is in the log."""
        return next((row[0] for row in self.db.query("SELECT idx FROM entries WHERE replay = ?", (unique,))), None)

    def entries(self, first: int = 0, last: int | None = None, *, kinds: Sequence[str] = ()) -> Iterator[LogEntry]:
        """The entries from `first` up to, not including, `last`, in order."""
        among = f"AND kind IN ({','.join('?' * len(kinds))})" if kinds else ""
        sql = (
            "SELECT idx, kind, envelope, recorded_at, signers, publisher, dataset FROM entries "
            f"WHERE idx >= ? AND idx < ? {among} ORDER BY idx LIMIT 500"
        )
        end = last if last is not None else 1 << 62
        while rows := self.db.query(sql, (first, end, *kinds)):
            for index, kind, envelope, at, signers, publisher, dataset in rows:
                names = tuple(signers.split(","))
                yield LogEntry(
                    index=index,
                    kind=kind,
                    envelope=envelope,
                    recorded_at=at,
                    key_id=names[0],
                    signers=names,
                    publisher=publisher,
                    dataset=dataset,
                )
            first = rows[-1][0] + 1

    def recorded_before(self, index: int) -> list[str]:
        """The times (ISO 8601, UTC) of the entries before this one, as the database has them."""
        return [
            str(row[0]) for row in self.db.query("SELECT recorded_at FROM entries WHERE idx < ? ORDER BY idx", (index,))
        ]

    def recorded_days(self, entries: Sequence[int]) -> dict[int, str]:
        """The days (ISO 8601, UTC) on which these entries were recorded, by the operator's clock."""
        rows = self.db.among("SELECT idx, recorded_at FROM entries WHERE idx IN ({keys})", entries)
        return {index: str(at)[:10] for index, at in rows}

    def logged_on(self, ids: Sequence[str]) -> dict[str, str]:
        """The days on which the entries with these statements were recorded. Ids of nothing that is on file are left out."""
        rows = self.db.among(
            "SELECT statements.id, entries.recorded_at FROM statements JOIN entries ON entries.idx = statements.entry "
            "WHERE statements.id IN ({keys})",
            [bytes.fromhex(one) for one in ids if is_hash(one)],
        )
        return {bytes(id).hex(): str(at)[:10] for id, at in rows}

    def signed_by(self, entries: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Who published these entries, and the id of the first key that signed each; empty where none did."""
        rows = self.db.among("SELECT idx, publisher, signers FROM entries WHERE idx IN ({keys})", entries)
        return {index: (publisher, signers.split(",")[0]) for index, publisher, signers in rows}

    def leaves(self, first: int, last: int) -> bytes:
        """The leaf hashes of these entries, one behind the other."""
        rows = self.db.query("SELECT leaf FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx", (first, last))
        return b"".join(row[0] for row in rows)

    def payload(self, entry: LogEntry) -> log.Payload:
        """What the entry says."""
        return log.decode(dsse.decode(entry.envelope).payload)

    # Keys

    def keyring(self) -> Keyring:
        """The keys, computed from the log. Not to be changed: copy it."""
        newest = int(self.meta("keys") or -1)
        have = self._keyring
        if have is not None and have[0] == newest:
            return have[1]
        ring = have[1].copy() if have is not None and have[0] < newest else Keyring()
        for entry in self.entries(ring.size, newest + 1, kinds=log.KEY_KINDS):
            ring.apply(entry.index, self.payload(entry), entry.signers)
        self._keyring = (newest, ring)
        return ring

    def keys(self) -> list[KeyState]:
        """All keys in the order of the log."""
        return self.keyring().states()

    # Statements

    def statements_of(
        self, subjects: Sequence[str], *, as_of: str | None = None, known_at: int | None = None
    ) -> list[Recorded]:
        """Everything that is said about these entities, in the order of the log.

        Erased statements are absent; retracted and corrected ones are there and marked. `as_of` (a day) leaves out what
        surely did not hold on that day; `known_at` shows the log as it was when it ended with that entry.
        """
        rows = self.db.among(f"SELECT {COLUMNS} FROM statements WHERE subject IN ({{keys}}) ORDER BY seq", subjects)
        return self._asked(rows, as_of, known_at)

    def statements_to(
        self, ids: Sequence[str], *, as_of: str | None = None, known_at: int | None = None
    ) -> list[Recorded]:
        """Statements whose value is one of these ids, in the order of the log."""
        rows = self.db.among(
            f"SELECT {COLUMNS} FROM statements WHERE target IS NOT NULL AND target IN ({{keys}}) ORDER BY seq", ids
        )
        return self._asked(rows, as_of, known_at)

    def replies_to(self, ids: Sequence[str], *, known_at: int | None = None) -> list[Recorded]:
        """Replies, denials and corrections of these statements, in the order of the log."""
        rows = self.db.among(
            f"SELECT {COLUMNS} FROM statements WHERE supersedes IS NOT NULL AND supersedes IN ({{keys}}) ORDER BY seq",
            [bytes.fromhex(one) for one in ids if is_hash(one)],
        )
        return self._asked(rows, None, known_at)

    def answering(self) -> Iterator[Recorded]:
        """Everything that replies to, denies or corrects a statement, in the order of the log."""
        yield from self._paged("supersedes IS NOT NULL", (), 0)

    def statement(self, id: str) -> Recorded | Erased | None:
        """One statement; what is left of it where it was erased; None where it never was."""
        if not is_hash(id):
            return None
        rows = self.db.query(f"SELECT {COLUMNS} FROM statements WHERE id = ?", (bytes.fromhex(id),))
        if rows:
            return self._recorded(rows, None)[0]
        row = self.db.one("SELECT entry, idx, ground, asked_by FROM erased WHERE id = ?", (bytes.fromhex(id),))
        return Erased(id=id, recorded=row[0], index=row[1], ground=row[2], by=row[3]) if row else None

    def iter_statements(self, *, since: int = 0, dataset: str | None = None) -> Iterator[Recorded]:
        """All statements of the entries from `since` on, in the order of the log. Retracted ones are there, marked."""
        yield from self._paged(
            "1 = 1" if dataset is None else "dataset = ?", () if dataset is None else (dataset,), since
        )

    def iter_newest(self, types: Sequence[str] = (), most: int = NEWEST) -> Iterator[Recorded]:
        """Of the newest `most` statements those of these types, or all, from the newest back. Retracted ones are there, marked."""
        row = self.db.one("SELECT max(seq) FROM statements")
        last = (row[0] if row and row[0] is not None else 0) + 1
        first = last - most
        of = f" AND type IN ({', '.join('?' * len(types))})" if types else ""
        sql = f"SELECT {COLUMNS} FROM statements WHERE seq < ? AND seq >= ?{of} ORDER BY seq DESC LIMIT {NEWEST_PAGE}"
        while rows := self.db.query(sql, (last, first, *types)):
            last = rows[-1][0]
            yield from self._recorded(rows, None)

    def iter_known(self, known_at: int) -> Iterator[Recorded]:
        """All statements of the entries up to `known_at`, marked as they were when the log ended with that entry.

        What was erased since is absent: its content is gone.
        """
        yield from self._paged("entry <= ?", (known_at,), 0, known_at)

    def signed(self, last: int) -> dict[int, tuple[str, tuple[str, ...], str]]:
        """Entry -> owner of the key, ids of the keys that signed it, and the day, of the publications before `last`."""
        rows = self.db.query(
            "SELECT idx, publisher, signers, recorded_at FROM entries WHERE kind = 'statements' AND idx < ? ORDER BY idx",
            (last,),
        )
        return {index: (owner, tuple(names.split(",")), at[:10]) for index, owner, names, at in rows}

    def erased_since(self, size: int) -> int:
        """How many statements of the entries before `size` were erased by later entries."""
        return self.db.number("SELECT count(*) FROM erased WHERE entry < ? AND idx >= ?", (size, size))

    def persons(self) -> Iterator[Recorded]:
        """Statements that name natural persons."""
        yield from self._paged("person = 1", (), 0)

    def judgements(self, id: str | None = None) -> list[Recorded]:
        """The statements of type `Judgement` of all judgements (about this id)."""
        if id is None:
            return list(self._paged("type = 'Judgement'", (), 0))
        subjects = self.db.query(
            "SELECT DISTINCT subject FROM statements WHERE target IS NOT NULL AND target = ? AND type = 'Judgement'",
            (id,),
        )
        return self.statements_of([row[0] for row in subjects])

    def contents(self, first: int, last: int) -> Iterator[tuple[int, int, bytes, bytes]]:
        """Entry, ordinal, salt and content of what these entries published and nobody erased, in order."""
        entry, ordinal = first, -1
        sql = (
            "SELECT entry, ordinal, salt, content FROM statements WHERE entry < ? AND (entry > ? OR (entry = ? AND "
            f"ordinal > ?)) AND entry >= ? ORDER BY entry, ordinal LIMIT {PAGE}"
        )
        while rows := self.db.query(sql, (last, entry, entry, ordinal, entry)):
            yield from rows
            entry, ordinal = rows[-1][0], rows[-1][1]

    # Entities

    def subjects(
        self, *, type: str | None = None, dataset: str | None = None, after: str = "", limit: int = 100
    ) -> list[str]:
        """Ids of the entities, in the order of their bytes, behind `after`."""
        where, values = ["subject > ?", "live > 0"], [after]
        for column, value in (("type", type), ("dataset", dataset)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        sql = f"SELECT DISTINCT subject FROM entities WHERE {' AND '.join(where)} ORDER BY subject LIMIT ?"
        return [row[0] for row in self.db.query(sql, (*values, limit))]

    def type_of(self, subjects: Sequence[str]) -> dict[str, str]:
        """Entity -> its record type; where sources differ, the one with most statements."""
        rows = self.db.among(
            "SELECT subject, type, sum(live) FROM entities WHERE subject IN ({keys}) AND live > 0 GROUP BY subject, type",
            subjects,
        )
        best: dict[str, tuple[int, str]] = {}
        for subject, kind, live in rows:
            best[subject] = max(best.get(subject, (0, "")), (int(live), kind))
        return {subject: kind for subject, (_, kind) in best.items()}

    def canonical(self, id: str) -> str:
        """The id to show: the cluster's where the entity was joined with others, else its own."""
        row = self.db.one("SELECT canonical FROM clusters WHERE id = ?", (id,))
        return str(row[0]) if row else id

    def canonicals(self, ids: Sequence[str]) -> dict[str, str]:
        """`canonical` of many, those left out that stand alone."""
        return dict(self.db.among("SELECT id, canonical FROM clusters WHERE id IN ({keys})", ids))

    def members(self, id: str) -> list[str]:
        """All ids of the cluster, the canonical one first."""
        canonical = self.canonical(id)
        rows = self.db.query("SELECT id FROM clusters WHERE canonical = ? ORDER BY id", (canonical,))
        return [canonical, *(row[0] for row in rows if row[0] != canonical)]

    def members_of(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """`members` of many canonical ids, in one question."""
        found = {id: [id] for id in ids}
        for canonical, id in self.db.among("SELECT canonical, id FROM clusters WHERE canonical IN ({keys})", ids):
            if id != canonical:
                found[canonical].append(id)
        return found

    # What there is

    def counts(self, without: Collection[str] = ()) -> Counts:
        """How much there is. `without`: data sets whose statements do not count."""
        left = sorted(without)
        where = "WHERE live > 0" + (f" AND dataset NOT IN ({', '.join('?' * len(left))})" if left else "")
        kinds = self.db.query(
            f"SELECT type, count(DISTINCT subject) FROM entities {where} GROUP BY type ORDER BY type", left
        )
        datasets = self.db.query(
            f"SELECT dataset, sum(live) FROM entities {where} GROUP BY dataset ORDER BY dataset", left
        )
        by_dataset = {name: int(count) for name, count in datasets}
        return Counts(
            entries=self.size(),
            statements=sum(by_dataset.values()),
            entities={kind: int(count) for kind, count in kinds},
            datasets=by_dataset,
            erased=self.db.number("SELECT count(*) FROM erased"),
        )

    def snapshots(self) -> list[SnapshotState]:
        """The newest snapshot of each reference list, by name."""
        rows = self.db.query(
            "SELECT dataset, source, sha256, date, row_count, counts, idx FROM snapshots WHERE idx IN "
            "(SELECT max(idx) FROM snapshots GROUP BY dataset) ORDER BY dataset"
        )
        return [
            SnapshotState(dataset=d, source=s, sha256=h, date=day, rows=n, counts=_COUNTS.decode(c), index=i)
            for d, s, h, day, n, c, i in rows
        ]

    def attachments_of(self, entry: int) -> list[tuple[str, int, str, bool]]:
        """SHA-256, size and media type of the files of an entry, and whether they were erased."""
        rows = self.db.query(
            "SELECT sha256, size, media_type, erased FROM attachments WHERE entry = ? ORDER BY sha256", (entry,)
        )
        return [(sha.hex(), size, media, erased is not None) for sha, size, media, erased in rows]

    def erased_ids(self) -> Iterator[Erased]:
        """Everything that was erased, in the order of the log."""
        rows = self.db.query("SELECT id, entry, idx, ground, asked_by FROM erased ORDER BY entry, ordinal")
        for id, entry, index, ground, by in rows:
            yield Erased(id=id.hex(), recorded=entry, index=index, ground=ground, by=by)

    def changes(self, since: int = 0) -> Iterator[Change]:
        """What the entries from `since` on did to statements, in order; replayed from 0 they give `iter_statements`.

        A statement shows as it stands now. One that was erased meanwhile has no `add`; its `erase` says that a copy must go.
        """
        kinds = ("statements", "retract", "erase", "key_revoke")
        for entry in self.entries(since, kinds=kinds):
            if entry.kind == "statements":
                yield from self._added(entry.index)
                continue
            payload = self.payload(entry)
            if isinstance(payload, log.Erase):
                for id in payload.ids:
                    yield Change(op="erase", index=entry.index, id=id, recorded=None)
                rows = self.db.query("SELECT id FROM restored WHERE idx = ? ORDER BY id", (entry.index,))
                yield from self._changed("change", entry.index, [row[0].hex() for row in rows])
            elif isinstance(payload, log.Retract):
                yield from self._changed("delete", entry.index, payload.ids)
                yield from self._changed("change", entry.index, corrected_by(self.db, payload.ids))
            elif isinstance(payload, log.KeyRevoke) and payload.compromised_since is not None:
                yield from self._doubted(entry.index, payload)

    def _added(self, index: int) -> Iterator[Change]:
        rows = self.db.query(f"SELECT {COLUMNS}, supersedes FROM statements WHERE entry = ? ORDER BY ordinal", (index,))
        for row, one in zip(rows, self._recorded([row[:-1] for row in rows], None), strict=True):
            yield Change(op="add", index=index, id=one.id, recorded=one)
            if row[-1] is not None:
                old = self.statement(row[-1].hex())
                if isinstance(old, Recorded) and old.superseded_by == one.id:
                    yield Change(op="change", index=index, id=old.id, recorded=old)

    def _changed(self, op: str, index: int, ids: Sequence[str]) -> Iterator[Change]:
        for id in ids:
            one = self.statement(id)
            if isinstance(one, Recorded):
                real = op if op != "delete" or one.retracted is not None else "change"
                yield Change(op=real, index=index, id=id, recorded=one)

    def _doubted(self, index: int, payload: log.KeyRevoke) -> Iterator[Change]:
        doubts = self.keyring().doubts(index)
        for entry in self.entries(payload.compromised_since or 0, index, kinds=("statements",)):
            if is_doubtful(entry.index, entry.signers, doubts):
                rows = self.db.query(f"SELECT {COLUMNS} FROM statements WHERE entry = ? ORDER BY seq", (entry.index,))
                for one in self._recorded(rows, None):
                    yield Change(op="change", index=index, id=one.id, recorded=one)
        acts = doubtful_acts(self.db, doubts, payload.compromised_since or 0, index)
        yield from self._changed("change", index, acts)

    def _paged(
        self, where: str, values: Sequence[object], since: int, known_at: int | None = None
    ) -> Iterator[Recorded]:
        row = self.db.one("SELECT seq FROM statements WHERE entry >= ? ORDER BY entry, ordinal LIMIT 1", (since,))
        if row is None:
            return
        last = row[0] - 1
        sql = f"SELECT {COLUMNS} FROM statements WHERE {where} AND seq > ? ORDER BY seq LIMIT {PAGE}"
        while rows := self.db.query(sql, (*values, last)):
            last = rows[-1][0]
            yield from self._recorded(rows, known_at)

    def _asked(self, rows: list[Row], as_of: str | None, known_at: int | None) -> list[Recorded]:
        rows.sort()  # many keys are asked for in parts
        if known_at is not None:
            rows = [row for row in rows if row[2] <= known_at]
        found = self._recorded(rows, known_at)
        return found if as_of is None else [one for one in found if _may_hold(one.statement, as_of)]

    def _recorded(self, rows: Sequence[Row], known_at: int | None) -> list[Recorded]:
        doubtful = self._doubter(rows, known_at)
        if known_at is not None:  # the columns hold the marks of now
            then = marks(self.db, self.keyring().doubts(known_at), [row[1] for row in rows], known_at)
            rows = [(*row[:4], *then.get(row[1], NO_MARK)) for row in rows]
        return [
            Recorded(
                id=id.hex(),
                recorded=entry,
                statement=_DECODE(content),
                doubtful=doubtful(entry),
                retracted=retracted,
                superseded_by=by.hex() if by is not None else None,
            )
            for _, id, entry, content, retracted, by, _ in rows
        ]

    def _doubter(self, rows: Sequence[Row], known_at: int | None) -> Callable[[int], bool]:
        doubts = self.keyring().doubts(known_at)
        if not doubts:
            return lambda _: False
        return unsound(self.db, doubts, {row[2] for row in rows}).__contains__


def is_hash(text: str) -> bool:
    """Whether this is a SHA-256 in 64 lower-case hex digits."""
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _may_hold(statement: Statement, day: str) -> bool:
    """Whether the statement may hold on that day: unknown dates leave it in."""
    from sousveil.register.edtf import holds

    return holds(statement.valid_from, statement.valid_until, day) is not False
