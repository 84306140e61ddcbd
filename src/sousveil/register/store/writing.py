"""Writing to the log: one transaction for a batch of entries and everything that follows from them."""

from __future__ import annotations

import contextlib
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from sousveil.errors import Usage
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import Range, leaf_hash
from sousveil.register import entries as log
from sousveil.register.identity import JUDGEMENT, LISTING, clusters, judgements_of
from sousveil.register.identity_rules import by_rule, official, official_statements, proposals, proposing
from sousveil.register.keyring import people, speaking
from sousveil.register.model import Attachment, Recorded
from sousveil.register.store.connection import LOCK_KEY, Database
from sousveil.register.store.marks import corrected_by, corrects, doubtful_acts, remark
from sousveil.register.store.model import NewEntry, TreeState
from sousveil.register.store.reading import Reading

ENTRY_COLUMNS = "idx, kind, envelope, leaf, replay, signers, publisher, dataset, recorded_at"
STATEMENT_COLUMNS = (
    "seq, id, entry, ordinal, subject, type, dataset, target, supersedes, person, salt, content, retracted, "
    "superseded_by, superseded_at"
)


def utc_now() -> str:
    """The time, as it stands in entries."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id() -> str:
    """A random id that sorts by time, for rows that are not in the log."""
    return f"{int(datetime.now(UTC).timestamp() * 1_000_000):016x}{secrets.token_hex(6)}"


class Appending:
    """A batch that is being written. Made by `Writing.appending`; leaving its block commits all of it, or nothing."""

    def __init__(self, store: Reading, tree: TreeState) -> None:
        self.store = store
        self.db: Database = store.db
        self.old_size = tree.size
        self.range = Range.restore(tree.size, tree.roots)
        now = utc_now()
        last = next(
            (str(row[0]) for row in self.db.query("SELECT recorded_at FROM entries WHERE idx = ?", (tree.size - 1,))),
            "",
        )
        self.at = max(now, last)
        """When the batch is written. No batch is older than the one before it, whatever the clock says."""
        self.clock_behind = "" if now >= last else f"the clock says {now}, and the last entry came in at {last}"
        self._seq = 1 + self.db.number("SELECT max(seq) FROM statements")
        self._entries: list[tuple[object, ...]] = []
        self._statements: list[tuple[object, ...]] = []
        self._marked: set[bytes] = set()
        """Statements whose marks may have changed, and were not written yet."""
        self._live: Counter[tuple[str, str, str]] = Counter()
        self._keys = -1
        self._judged = False

    @property
    def size(self) -> int:
        """Index of the next entry."""
        return self.range.size

    def add(self, entry: NewEntry) -> int:
        """One more entry; returns its index."""
        index = self.range.size
        self.range.append(entry.leaf)
        self._entries.append(
            (
                index,
                entry.kind,
                entry.envelope,
                entry.leaf,
                entry.unique,
                ",".join(entry.signers),
                entry.publisher,
                entry.dataset,
                self.at,
            )
        )
        if entry.kind in log.KEY_KINDS:
            self._keys = index
            self._judged = True
        seq = self._seq
        for ordinal, one in enumerate(entry.statements):
            self._statements.append(
                (
                    seq + ordinal,
                    one.id,
                    index,
                    ordinal,
                    one.subject,
                    one.type,
                    one.dataset,
                    one.target,
                    one.supersedes,
                    int(one.person),
                    one.salt,
                    one.content,
                    None,
                    None,
                    None,
                )
            )
            self._live[one.subject, one.type, one.dataset] += 1
            if one.corrects and one.supersedes is not None:
                self._marked.add(one.supersedes)
            if one.type == JUDGEMENT or one.type in LISTING or one.dataset in official():
                self._judged = True
        self._seq = seq + len(entry.statements)
        return index

    def attachments(self, index: int, files: Sequence[Attachment]) -> None:
        """The files of an entry."""
        rows = [(bytes.fromhex(one.sha256), index, one.size, one.media_type, None) for one in files]
        self.db.insert("attachments", "sha256, entry, size, media_type, erased", rows)

    def snapshot(self, index: int, told: log.Snapshot) -> None:
        """A list that was read."""
        counts = msgspec.json.encode(told.counts).decode()
        self.db.insert(
            "snapshots",
            "idx, dataset, source, sha256, date, row_count, counts",
            [(index, told.dataset, told.source, told.sha256, told.date, told.rows, counts)],
        )

    def retract(self, index: int, ids: Sequence[str]) -> None:
        """Mark statements as taken back."""
        self.flush()
        keys = [bytes.fromhex(one) for one in dict.fromkeys(ids)]
        self.db.insert("retractions", "id, entry", [(one, index) for one in keys])
        self._marked.update(keys)
        self._mark()
        self._judged = True

    def erase(self, index: int, told: log.Erase) -> list[str]:
        """Delete content and salt of statements; what stays is that they were there. Returns whom they were about."""
        self.flush()
        keys = [bytes.fromhex(one) for one in told.ids]
        found = self.db.among(
            "SELECT id, entry, ordinal, subject, type, dataset FROM statements WHERE id IN ({keys})", keys
        )
        gone = [(id, entry, ordinal, index, str(told.ground), str(told.by)) for id, entry, ordinal, *_ in found]
        restored = [bytes.fromhex(one) for one in corrected_by(self.db, told.ids)]
        self.db.insert("restored", "idx, id", [(index, one) for one in restored])
        self._marked.update(restored)
        self.db.insert("erased", "id, entry, ordinal, idx, ground, asked_by", gone)
        self.db.many("DELETE FROM statements WHERE id = ?", [(row[0],) for row in found])
        for _, _, _, subject, kind, dataset in found:
            self._live[subject, kind, dataset] -= 1
        self._mark()
        files = [(index, bytes.fromhex(one)) for one in told.attachments]
        self.db.many("UPDATE attachments SET erased = ? WHERE sha256 = ? AND erased IS NULL", files)
        self._judged = True
        return sorted({row[3] for row in found})

    def flush(self) -> None:
        """Hand everything so far to the database, so that later questions see it."""
        self.db.insert("entries", ENTRY_COLUMNS, self._entries)
        self.db.insert("statements", STATEMENT_COLUMNS, self._statements)
        if self._live:
            self.db.many(
                "INSERT INTO entities (subject, type, dataset, live) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (subject, type, dataset) DO UPDATE SET live = entities.live + excluded.live",
                [(*key, count) for key, count in sorted(self._live.items()) if count],
            )
        self._entries.clear()
        self._statements.clear()
        self._live.clear()
        self._mark()

    def _mark(self) -> None:
        if self._marked:
            remark(self.db, self.store.keyring().doubts(), self._marked)
            self._marked.clear()

    def finish(self) -> None:
        """The last writes of the batch."""
        self.flush()
        if self._keys >= 0:
            set_meta(self.db, "keys", str(self._keys))
            doubts = self.store.keyring().doubts()
            if doubts:  # what a compromised key retracted and corrected counts no more
                acts = doubtful_acts(self.db, doubts, min(doubts.values()), self.range.size)
                self._marked.update(map(bytes.fromhex, acts))
                self._mark()
        if self._judged:
            rebuild_clusters(self.store)
        self.db.execute(
            "UPDATE tree SET size = ?, peaks = ?, root = ? WHERE id = 1",
            (self.range.size, b"".join(self.range.roots), self.range.root()),
        )
        bump(self.db)


class Writing(Reading):
    """The part of the store that lets the log grow."""

    @contextlib.contextmanager
    def appending(self) -> Iterator[Appending]:
        """One batch. Only one can be written at a time, over all processes; the others wait."""
        with self.db.transaction():
            if self.db.dialect == "postgresql":
                self.db.query("SELECT pg_advisory_xact_lock(?)", (LOCK_KEY,))
            batch = Appending(self, self.tree())
            try:
                yield batch
                batch.finish()
            except BaseException:
                self._keyring = None  # it may know of keys that are taken back now
                raise

    def rebuild_tree(self, size: int, root: bytes) -> TreeState:
        """Computes subtrees and root of the log again from its entries, and keeps them.

        `size`, `root`: of the newest checkpoint. Raises Disagreement, and keeps nothing, where the entries do not lead to it.
        """
        with self.db.transaction():
            if self.db.dialect == "postgresql":
                self.db.query("SELECT pg_advisory_xact_lock(?)", (LOCK_KEY,))
            tree = Range()
            for entry in self.entries():
                if entry.index != tree.size:
                    raise Disagreement(f"The database does not hold entry {tree.size}.")
                tree.append(leaf_hash(log.log_entry(entry.envelope)))
                if tree.size == size and tree.root() != root:
                    raise Disagreement(f"The first {size} entries of the database are not those of the checkpoint.")
            if tree.size < size:
                raise Disagreement(f"The database holds {tree.size} entries, and the checkpoint is over {size}.")
            self.db.execute(
                "UPDATE tree SET size = ?, peaks = ?, root = ? WHERE id = 1",
                (tree.size, b"".join(tree.roots), tree.root()),
            )
        return TreeState(size=tree.size, roots=tree.roots, root=tree.root())

    def set_meta(self, name: str, value: str) -> None:
        """Keep a value of the register itself."""
        set_meta(self.db, name, value)

    def rebuild_views(self) -> None:
        """Make marks, entities and clusters anew from statements and entries."""
        with self.db.transaction():
            self.db.execute("UPDATE statements SET retracted = NULL, superseded_by = NULL, superseded_at = NULL")
            self.db.execute("DELETE FROM entities")
            self.db.execute(
                "INSERT INTO entities (subject, type, dataset, live) "
                "SELECT subject, type, dataset, count(*) FROM statements GROUP BY subject, type, dataset"
            )
            self.db.execute("DELETE FROM retractions")
            marked: set[bytes] = set()
            for entry in self.entries(kinds=("retract",)):
                payload = self.payload(entry)
                if isinstance(payload, log.Retract):
                    keys = [bytes.fromhex(one) for one in dict.fromkeys(payload.ids)]
                    self.db.insert("retractions", "id, entry", [(one, entry.index) for one in keys])
                    marked.update(keys)
            answers = self.db.query("SELECT supersedes, content FROM statements WHERE supersedes IS NOT NULL")
            marked.update(old for old, content in answers if corrects(content))
            remark(self.db, self.keyring().doubts(), marked)
            rebuild_clusters(self)
            bump(self.db)


def set_meta(db: Database, name: str, value: str) -> None:
    """Keep a value of the register itself."""
    db.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def bump(db: Database) -> None:
    """Tell caches that something changed."""
    db.execute("UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'revision'")


def rebuild_clusters(store: Reading) -> None:
    """Keep the view of judgements."""
    view = clusters_now(store)
    if view or store.db.number("SELECT count(*) FROM clusters"):
        store.db.execute("DELETE FROM clusters")
        store.db.insert("clusters", "id, canonical", sorted(view.items()))


def clusters_now(store: Reading) -> dict[str, str]:
    """The canonical id of each id that judgements, rules and the proposals of the core data join: what pages show as one.

    The person behind a judgement is the owner of the key that signed it.
    """
    db = store.db
    told = store.judgements()
    ruled = by_rule(official_statements(store))
    if not told and not ruled:
        return {}
    owners = people(store.keyring(), {at: store.entry(at).signers[0] for at in {one.recorded for one in told}})

    def signer(one: Recorded) -> str:
        return owners[one.recorded]

    judgements = (*proposing(judgements_of(told, signer), proposals(told)), *ruled)
    ids = sorted({id for one in judgements for id in one.pair})
    labels = {id: {*names} for id, names in listings(db, ids).items()}
    for id, label in speaking(store.keyring(), ids).items():
        labels[id].add(label)
    given = {id: frozenset(names) for id, names in labels.items()}
    return dict(clusters(judgements, given, contested=False).canonical)


def listings(db: Database, ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """What lists these ids: the reference list that holds them, the data set of a sanction or claim that names them."""
    found: dict[str, set[str]] = {id: set() for id in ids}
    for id, dataset in db.among("SELECT id, dataset FROM reference_rows WHERE id IN ({keys})", ids):
        found[id].add(dataset)
    rows = db.among(
        "SELECT target, dataset FROM statements WHERE target IS NOT NULL AND target IN ({keys}) "
        f"AND type IN ({', '.join(repr(one) for one in LISTING)}) AND retracted IS NULL",
        ids,
    )
    for id, dataset in rows:
        found[id].add(dataset)
    return {id: frozenset(names) for id, names in found.items()}


def check_ids(ids: Sequence[str]) -> None:
    """Raises Usage for what is no statement id."""
    for one in ids:
        if len(one) != 64 or set(one) - set("0123456789abcdef"):
            raise Usage(f"{one[:70]!r} is not the id of a statement.", hint="It has 64 hex digits.")
