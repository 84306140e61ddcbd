"""SQLite files with the same bytes on each run: seeded randomness, freed rows left in place, WAL files not
checkpointed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

Fill = Callable[[apsw.Connection], object]


class _SeededVfs(apsw.VFS):
    """A default VFS that answers only one question differently: where random bytes come from.

    Database files themselves are opened through the system's own VFS, at full speed.
    """

    def __init__(self, name: str, base: str, seed: bytes) -> None:
        self._seed = seed
        super().__init__(name, base, makedefault=True)

    def xRandomness(self, numbytes: int) -> bytes:
        """The first bytes of a stream that depends on the seed alone."""
        return hashlib.shake_256(self._seed).digest(numbytes)


@contextmanager
def seeded(seed: bytes) -> Iterator[str]:
    """SQLite's generator of random numbers starts from ``seed`` inside the block; gives the name of the VFS to open
    with.

    WAL salts and journal nonces come from that generator, so this is what makes such files repeatable. The generator is
    process wide: no other thread should use SQLite meanwhile. Afterwards it is reseeded by the system.
    """
    before = apsw.vfs_names()[0]
    vfs = _SeededVfs("phonegen-seeded", before, seed)
    try:
        apsw.randomness(0)
        yield before
    finally:
        apsw.set_default_vfs(before)
        vfs.unregister()
        apsw.randomness(0)


def build(
    path: Path,
    fill: Fill,
    *,
    seed: bytes,
    wal: Fill | None = None,
    delete: Fill | None = None,
    journal: Fill | None = None,
    page_size: int = 4096,
    encoding: str = "UTF-8",
) -> list[Path]:
    """Makes the database at ``path`` and returns every file made: it, then its ``-wal`` or ``-journal`` when asked for.

    fill: makes schema and rows, in one transaction. delete: runs after it with secure_delete off, so that what it
    deletes stays in free pages and free cells. wal: its committed changes lie only in the -wal. journal: its changes
    are written but not committed, and the hot -journal that undoes them lies beside.
    """
    if wal is not None and journal is not None:
        raise ValueError("a database has a WAL or a rollback journal, not both")
    with seeded(seed) as vfs:
        db = apsw.Connection(str(path), vfs=vfs)
        try:
            _prepare(db, page_size, encoding)
            for step in (fill, delete):
                if step is not None:
                    _transaction(db, step)
            if wal is not None:
                db.pragma("journal_mode", "WAL")
                db.wal_autocheckpoint(0)
                db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
                _transaction(db, wal)
            if journal is not None:
                return [path, _hot_journal(db, path, journal)]
        finally:
            db.close()
    return [path] if wal is None else [path, path.with_name(path.name + "-wal")]


def _prepare(db: apsw.Connection, page_size: int, encoding: str) -> None:
    db.pragma("page_size", page_size)
    db.execute(f"PRAGMA encoding = '{encoding}'")
    db.pragma("journal_mode", "OFF")
    db.pragma("synchronous", 0)
    db.pragma("locking_mode", "NORMAL")
    db.pragma("secure_delete", 0)
    db.pragma("cache_size", -65536)
    db.pragma("foreign_keys", 0)
    # Clock and randomness inside SQL would make the bytes differ between runs.
    db.create_scalar_function("random", _refuse, 0)
    db.create_scalar_function("randomblob", _refuse, 1)


def _refuse(*_arguments: object) -> None:
    raise ValueError("random() in generated data: take values from random.Random(seed) instead")


def _transaction(db: apsw.Connection, step: Fill) -> None:
    db.execute("BEGIN")
    step(db)
    if db.in_transaction:
        db.execute("COMMIT")


def _hot_journal(db: apsw.Connection, path: Path, step: Fill) -> Path:
    """Leaves the main file half changed and keeps the journal that would roll it back, as after a crash."""
    db.pragma("journal_mode", "DELETE")
    db.pragma("synchronous", 1)
    db.pragma("cache_spill", 1)
    db.execute("BEGIN")
    step(db)
    db.cache_flush()
    kept = path.with_name(path.name + "-journal")
    changed, journal = path.read_bytes(), kept.read_bytes()
    db.execute("ROLLBACK")
    db.close()
    path.write_bytes(changed)
    kept.write_bytes(journal)
    return kept
