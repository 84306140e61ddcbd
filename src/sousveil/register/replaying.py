"""Bringing entries of the log into a database that lacks them: one that is older than the log's files, or than a mirror."""

from __future__ import annotations

import hashlib

from sousveil.ledger.checkpoint import Checkpoint
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import TILE_WIDTH
from sousveil.ledger.note import Verifier
from sousveil.ledger.source import LogSource, bundles
from sousveil.register import batch_times, publication, publication_rules
from sousveil.register import entries as log
from sousveil.register.audit import AuditLog
from sousveil.register.audited import PRIVILEGED, PUBLISHED, digest
from sousveil.register.model import from_content
from sousveil.register.publication import Opened
from sousveil.register.static import content_path
from sousveil.register.store import NewStatement, Store
from sousveil.register.store.writing import Appending
from sousveil.register.verify_entries import envelope_of, read_contents


def replay(
    store: Store, source: LogSource, head: Checkpoint, verifier: Verifier, audit: AuditLog | None = None
) -> tuple[str, ...]:
    """Appends the entries up to the checkpoint `head` that the database lacks: all of them, or none.

    `audit`: gets the lines of operators' and reviewers' acts. Returns the lists for screening that must be loaded again: their
    rows are not in the log. Raises Disagreement where the log does not continue the database, or content is missing.
    """
    with store.appending() as batch:
        replaying = _Replaying(store, batch, source, audit)
        replaying.run(head, batch_times.read(source, verifier, head.size))
        if (batch.size, batch.range.root()) != (head.size, head.root):
            raise Disagreement("The entries of this log do not continue those of the database.")
        replaying.check_erased()
    return tuple(sorted(replaying.lists))


class _Replaying:
    def __init__(self, store: Store, batch: Appending, source: LogSource, audit: AuditLog | None) -> None:
        self.store, self.batch, self.source, self.audit = store, batch, source, audit
        self.ring = store.keyring().copy()
        self.lists: set[str] = set()
        self.without: list[bytes] = []
        """Statements without content: a later entry must have erased them."""

    def run(self, head: Checkpoint, times: tuple[batch_times.BatchTime, ...]) -> None:
        start = self.batch.size
        clock = _clock(times)
        for first, entries in bundles(self.source, head.size, start - start % TILE_WIDTH):
            contents: dict[tuple[int, int], tuple[bytes, bytes]] | None = None
            for index, entry in enumerate(entries, first):
                if index < start:
                    continue
                opened = publication.open_envelope(envelope_of(self.source, entry), self.ring)
                self.batch.at = clock.get(index, self.batch.at)
                if isinstance(opened.payload, log.Statements) and contents is None:
                    path = content_path(first // TILE_WIDTH)
                    contents = {(at, n): (salt, data) for at, n, salt, data in read_contents(self.source, path)}
                self._entry(index, opened, contents or {})

    def _entry(self, index: int, opened: Opened, contents: dict[tuple[int, int], tuple[bytes, bytes]]) -> None:
        payload = opened.payload
        owner = self.ring.check(index, payload, opened.signers)
        if self.audit is not None and (act := PRIVILEGED.get(type(payload))) is not None:
            of = f"{digest(opened.envelope)} {PUBLISHED} {index}"
            self.audit.write(act, opened.signers[0], str(owner.role), of)
        if log.kind_of(payload) in log.KEY_KINDS:
            self.ring.apply(index, payload, opened.signers)
        statements = self._statements(index, payload, contents) if isinstance(payload, log.Statements) else ()
        self.batch.add(publication.entry_of(opened, owner.owner, statements))
        match payload:
            case log.Statements():
                self.batch.attachments(index, payload.attachments)
                held = opened.payload_sha256.hex()
                if self.store.held(id=held):
                    self.store.set_held(held, "published")
            case log.Retract():
                self.batch.retract(index, payload.ids)
            case log.Erase():
                self.batch.erase(index, payload)
            case log.Snapshot():
                self.batch.snapshot(index, payload)
                self.lists.add(payload.dataset)
            case _:
                pass

    def _statements(
        self, index: int, payload: log.Statements, contents: dict[tuple[int, int], tuple[bytes, bytes]]
    ) -> tuple[NewStatement, ...]:
        made = []
        for ordinal, commitment in enumerate(payload.commitments):
            id = bytes.fromhex(commitment.id)
            salt, data = contents.get((index, ordinal), (b"", b""))
            if not data:
                self.without.append(id)
                made.append(_placeholder(id, payload.dataset))
            elif hashlib.sha256(salt + data).digest() != id:
                raise Disagreement(
                    f"Entry {index}, statement {ordinal}: salt and content are not those that were committed to."
                )
            else:
                made.append(publication_rules.new_statement(id, salt, data, from_content(data)))
        return tuple(made)

    def check_erased(self) -> None:
        """Raises Disagreement for a statement without content that nothing erased."""
        self.batch.flush()
        db = self.store.db
        for (id,) in db.among("SELECT id FROM statements WHERE id IN ({keys})", self.without):
            raise Disagreement(f"The content of statement {id.hex()} is not there, and nothing erased it.")
        db.execute("DELETE FROM entities WHERE subject = ''")


def _clock(times: tuple[batch_times.BatchTime, ...]) -> dict[int, str]:
    return {index: one.time for one in times for index in range(one.first, one.end)}


def _placeholder(id: bytes, dataset: str) -> NewStatement:
    """A statement that was erased: a later entry takes it away again, and keeps its place."""
    return NewStatement(
        id=id,
        salt=b"",
        content=b"",
        subject="",
        type="",
        dataset=dataset,
        target=None,
        supersedes=None,
        corrects=False,
        person=False,
    )
