"""Reference rows, the outbox of work that must survive a restart, and the operator's log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from sousveil.kinds import visible
from sousveil.register.model_reference import ReferenceRow, content
from sousveil.register.store.model import Job
from sousveil.register.store.reading import Reading
from sousveil.register.store.writing import bump, new_id, rebuild_clusters, utc_now

_ROW = msgspec.json.Decoder(ReferenceRow)
_BODY = msgspec.json.Decoder(dict[str, object])
PAGE = 2_000
JOB_SECONDS = 600
"""A job that was taken and not done is given out again after this time."""


class Work(Reading):
    """The part of the store that serves the machinery."""

    def reference_put(self, dataset: str, rows: Iterable[ReferenceRow]) -> tuple[int, int, int]:
        """The rows of a list's new snapshot in place of the old one's: how many are added, changed and gone."""
        with self.db.transaction():
            old: dict[str, bytes] = dict(
                self.db.query("SELECT id, hash FROM reference_rows WHERE dataset = ?", (dataset,))
            )
            seen: set[str] = set()
            new: list[tuple[object, ...]] = []
            changed: list[tuple[object, ...]] = []
            for row in rows:
                if row.id in seen:
                    continue
                seen.add(row.id)
                data = content(row)
                digest = hashlib.sha256(data).digest()[:16]
                if row.id not in old:
                    new.append((row.id, dataset, digest, data))
                elif old[row.id] != digest:
                    changed.append((digest, data, row.id))
            gone = [(id,) for id in old if id not in seen]
            self.db.insert("reference_rows", "id, dataset, hash, data", new)
            self.db.many("UPDATE reference_rows SET hash = ?, data = ? WHERE id = ?", changed)
            self.db.many("DELETE FROM reference_rows WHERE id = ?", gone)
            if new or gone:
                rebuild_clusters(self)  # whether a join needs a second person depends on what is listed
            if new or changed or gone:
                bump(self.db)
        return len(new), len(changed), len(gone)

    def reference(self, id: str) -> ReferenceRow | None:
        """One row."""
        row = self.db.one("SELECT data FROM reference_rows WHERE id = ?", (id,))
        return _ROW.decode(row[0]) if row else None

    def references(self, ids: Sequence[str]) -> dict[str, ReferenceRow]:
        """Those of these ids that are rows of a list."""
        rows = self.db.among("SELECT id, data FROM reference_rows WHERE id IN ({keys})", ids)
        return {id: _ROW.decode(data) for id, data in rows}

    def reference_iter(self, dataset: str | None = None) -> Iterator[ReferenceRow]:
        """All rows (of one list), in the order of their ids."""
        where = "id > ?" if dataset is None else "dataset = ? AND id > ?"
        values = () if dataset is None else (dataset,)
        after = ""
        sql = f"SELECT id, data FROM reference_rows WHERE {where} ORDER BY id LIMIT {PAGE}"
        while rows := self.db.query(sql, (*values, after)):
            after = rows[-1][0]
            yield from (_ROW.decode(data) for _, data in rows)

    def reference_counts(self) -> dict[str, int]:
        """Rows by list."""
        return dict(self.db.query("SELECT dataset, count(*) FROM reference_rows GROUP BY dataset ORDER BY dataset"))

    def put_job(self, kind: str, body: dict[str, object], *, id: str | None = None) -> str:
        """Work for `sousveil worker`; within a transaction it is kept with it or not at all.

        `id`: one that follows from what is to be done; where it is there already, in whatever state, nothing is added.
        """
        id = id or new_id()
        text = msgspec.json.encode(body).decode()
        self.db.execute(
            "INSERT INTO outbox (id, made_at, kind, body, taken_at, tries) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO NOTHING",
            (id, utc_now(), kind, text, None, 0),
        )
        return id

    def take_job(
        self, kinds: Sequence[str] | None = None, *, besides: Sequence[str] = (), lease: int = JOB_SECONDS
    ) -> Job | None:
        """The oldest job that nobody works on. Call `done` when it is finished; else it comes again after `lease` seconds.

        `besides`: kinds that are left alone.
        """
        limit = _moment(-JOB_SECONDS)
        among = f"AND kind IN ({','.join('?' * len(kinds))})" if kinds is not None else ""
        among += f" AND kind NOT IN ({','.join('?' * len(besides))})" if besides else ""
        with self.db.transaction():
            row = self.db.one(
                "SELECT id, kind, body, tries, made_at FROM outbox "
                f"WHERE (taken_at IS NULL OR taken_at < ?) {among} ORDER BY made_at, id LIMIT 1"
                + (" FOR UPDATE SKIP LOCKED" if self.db.dialect == "postgresql" else ""),
                (limit, *(kinds or ()), *besides),
            )
            if row is None:
                return None
            taken = _moment(lease - JOB_SECONDS)
            self.db.execute("UPDATE outbox SET taken_at = ?, tries = tries + 1 WHERE id = ?", (taken, row[0]))
        return Job(id=row[0], kind=row[1], body=_BODY.decode(row[2]), tries=row[3] + 1, made_at=row[4])

    def done(self, job: Job | str) -> None:
        """The job is finished."""
        self.db.execute("DELETE FROM outbox WHERE id = ?", (job if isinstance(job, str) else job.id,))

    def put_back(self, job: Job, body: dict[str, object], seconds: int) -> None:
        """The job did not work out; it comes again after so many seconds."""
        self.db.execute(
            "UPDATE outbox SET body = ?, taken_at = ? WHERE id = ? AND kind = ?",
            (msgspec.json.encode(body).decode(), _moment(seconds - JOB_SECONDS), job.id, job.kind),
        )

    def end_job(self, id: str, kind: str, other: str, body: dict[str, object] | None) -> bool:
        """Keep a job as one of another kind, from the start; False where it is not of `kind` any more."""
        text = None if body is None else msgspec.json.encode(body).decode()
        tries = ", tries = 0" if body is None else ""
        return bool(
            self.db.execute(
                f"UPDATE outbox SET kind = ?, body = COALESCE(?, body), taken_at = NULL{tries} WHERE id = ? AND kind = ?",
                (other, text, id, kind),
            )
        )

    def jobs_of(self, kinds: Sequence[str], *, id: str | None = None) -> list[Job]:
        """All jobs of these kinds (or the one of this id), oldest first."""
        rows = self.db.query(
            f"SELECT id, kind, body, tries, made_at FROM outbox WHERE kind IN ({','.join('?' * len(kinds))}) "
            f"{'AND id = ?' if id is not None else ''} ORDER BY made_at, id",
            (*kinds, *([id] if id is not None else [])),
        )
        return [Job(id=row[0], kind=row[1], body=_BODY.decode(row[2]), tries=row[3], made_at=row[4]) for row in rows]

    def jobs(self) -> int:
        """Jobs that are not finished. Those whose kind bears an ending (`mail.sent`) are."""
        return self.db.number("SELECT count(*) FROM outbox WHERE kind NOT LIKE ?", ("%.%",))

    def tell_operator(self, code: str, line: str) -> None:
        """A line for the operator, safe for a terminal and for PostgreSQL, which takes no NUL. It never holds content."""
        self.db.insert("operator_log", "id, at, code, line", [(new_id(), utc_now(), code, visible(line, 1_000))])

    def operator_lines(self, *, limit: int = 100) -> list[tuple[str, str, str]]:
        """Time, code and text of the newest lines, newest first."""
        return self.db.query("SELECT at, code, line FROM operator_log ORDER BY id DESC LIMIT ?", (limit,))


def _moment(seconds: int) -> str:
    """The time so many seconds from now, as the outbox notes it."""
    return f"{int(new_id()[:16], 16) + seconds * 1_000_000:016x}"
