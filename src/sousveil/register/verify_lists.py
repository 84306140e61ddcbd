"""Comparing the rows that serve screening with what the log says of the lists that they are of.

The entry of a snapshot holds one hash over all its rows, and each row lies beside a hash of its own: the rows are hashed as
they lie there, none is decoded. A row that was changed is named by its own hash; where that was changed with it, the list
is named by the log's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

import msgspec

from sousveil.kinds import visible
from sousveil.ledger.disagreement import Disagreement
from sousveil.register import entries as log
from sousveil.register.model_reference import digest
from sousveil.register.store.connection import Database

PAGE = 2_000
HASH_BYTES = 16
"""Bytes of the hash beside a row."""


def compare_lists(db: Database, snapshots: Mapping[str, tuple[int, log.Snapshot]], size: int) -> None:
    """Raises Disagreement with the first difference.

    `snapshots`: list -> the newest entry about it among the first `size`. A list that was read again later is left to a
    later checkpoint, and a list read before entries held a hash of rows is compared row against hash alone.
    """
    later = {row[0] for row in db.query("SELECT DISTINCT dataset FROM snapshots WHERE idx >= ?", (size,))}
    there = {row[0] for row in db.query("SELECT DISTINCT dataset FROM reference_rows")}
    for name in sorted(there - snapshots.keys() - later):
        raise Disagreement(
            f"The database holds rows of the list {visible(name, 100)}, which no entry of the log names."
        )
    for name, (index, told) in sorted(snapshots.items()):
        if name in later or (name not in there and told.rows_sha256 is msgspec.UNSET):
            continue
        have = digest(_rows(db, name))
        if told.rows_sha256 is not msgspec.UNSET and have != told.rows_sha256:
            raise Disagreement(
                f"The database holds other rows of the list {visible(name, 100)} than entry {index} says that were read."
            )


def _rows(db: Database, name: str) -> Iterator[tuple[str, bytes]]:
    after = ""
    sql = f"SELECT id, hash, data FROM reference_rows WHERE dataset = ? AND id > ? ORDER BY id LIMIT {PAGE}"
    while rows := db.query(sql, (name, after)):
        after = rows[-1][0]
        for id, told, data in rows:
            if not isinstance(data, bytes) or sha256(data).digest()[:HASH_BYTES] != told:
                raise Disagreement(
                    f"The database holds another content of row {visible(str(id), 100)} of the list {visible(name, 100)} "
                    "than was read."
                )
            yield id, data
