"""A register, opened: what the command line, the web and the tests use."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from sousveil.errors import Malformed, SousveilError, Usage
from sousveil.ledger import atomic, merkle, receipt
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import EMPTY_ROOT
from sousveil.ledger.note import Signer, Verifier, parse_vkey
from sousveil.ledger.policy import Cosigned, Policy, parse_policy
from sousveil.register import audited, batch_times, publication_rules
from sousveil.register import entries as log
from sousveil.register import folder as places
from sousveil.register.administration import Administration
from sousveil.register.admission import Held, Outcome, Prepared, Published, check_name, prepare
from sousveil.register.audit import AuditLog
from sousveil.register.batch_times import BatchTime
from sousveil.register.facade import Key
from sousveil.register.folder import LOG_KEY, OPERATOR_KEY, Config, Folder
from sousveil.register.gates import Gate
from sousveil.register.model import Statement
from sousveil.register.publication import File, Submission, open_envelope
from sousveil.register.refusal import Refused
from sousveil.register.replaying import replay
from sousveil.register.sequencer import After, Sequencer, published
from sousveil.register.signing import signed
from sousveil.register.static import StaticFiles
from sousveil.register.store import Store
from sousveil.register.store.writing import utc_now
from sousveil.register.witnessing import Witnessing

DIRECT = "direct"
"""The data set of publications that come from no intake."""


class Register(Administration):
    """One register. May be used from many threads; other processes may have it open too."""

    def __init__(
        self,
        paths: Folder,
        config: Config,
        store: Store,
        *,
        log_key: Verifier | None = None,
        gate: Gate | None = None,
    ) -> None:
        """`log_key`: it is only to be read, and this is what verifies its checkpoints; no private key is looked for.

        `gate`: what publications pass; without one they are refused.
        """
        self.paths, self.config, self.store = paths, config, store
        self.only_read = log_key is not None
        self._passing: tempfile.TemporaryDirectory[str] | None = None
        signer = None
        if log_key is None:
            signer = Signer(name=config.origin, key=paths.key(LOG_KEY))
            log_key = signer.verifier
        self._verifier = log_key
        self.files = StaticFiles(store, paths.log, paths.attachments, self._verifier, signer)
        self.log = self.files.log
        self.policy: Policy = places.default_policy(paths, config, self._verifier)
        self.witnesses = Witnessing(
            store, self.log, self.policy, config.witness_seconds, self._verifier, paths.root / "evidence"
        )
        self.audit = AuditLog(paths, config.origin)
        self.sequencer = Sequencer(store, self.files, self.witnesses, paths.root / ".sequencer.lock", gate)
        self._times: tuple[int, tuple[BatchTime, ...]] = (0, ())
        """The log's size, and the times of its entries, as they were read last: an answer verifies the signatures that it needs."""

    def entries_by(self, day: str) -> int:
        """Returns how many entries of the published log came in up to the end of a day (ISO 8601, UTC), by their signed times.

        Entries older than signed times count by the database. Raises Disagreement where these times do not hold.
        """
        head = self.files.published()
        size = head.size if head is not None else 0
        try:
            if self._times[0] != size:
                self._times = size, batch_times.read(self.log, None, size)
            times = self._times[1]
            unsigned = self.store.recorded_before(times[0].first if times else size)
            return batch_times.entries_by(times, unsigned, day, self._verifier)
        except (Malformed, Disagreement) as error:
            raise Disagreement(
                f"What was known on a day cannot be told. {error.message}",
                hint="Run `sousveil register verify`, or give a number of entries instead of a day.",
            ) from None

    @classmethod
    def init(
        cls,
        folder: str | Path | None = None,
        *,
        title: str,
        origin: str,
        example: bool = False,
        owner: str | None = None,
        database: str | None = None,
        policy: bytes | None = None,
        contact: str = "",
        gate: Gate | None = None,
    ) -> Register:
        """A new register: folder, keys, database, and the first entry of its log. Raises Usage, Refused.

        `owner` names the operator: an organisation or a pseudonym (default: the title). `policy`: a tlog-policy file without
        the line of the log, whose key is made here. `contact`: how readers reach the operator, shown on the pages. What
        fails leaves the folder as it was.
        """
        check_name(title, "title")
        check_name(owner or title, "owner")
        if policy is not None and parse_policy(policy).logs:
            raise Usage(
                "This policy names the key of a log, and the key of the new register is only being made.",
                hint="Leave the line `log` out: it is added.",
            )
        paths = Folder(places.find(folder))
        config = Config(
            title=title,
            origin=origin,
            example=example,
            database=database or places.DATABASE,
            policy="policy" if policy is not None else None,
            contact=contact,
        )
        paths.check_free(config)  # before anything is noted for taking away: a register that is there may be at work
        before = paths.contents()
        register: Register | None = None
        try:
            paths.make(config)
            signer = Signer(name=origin, key=paths.new_key(LOG_KEY))
            vkey = signer.verifier.vkey()
            if policy is not None:
                atomic.write(paths.root / "policy", f"log {vkey}\n".encode() + policy, mode=0o600)
            operator = paths.new_key(OPERATOR_KEY)
            register = cls._with(paths, config, Store.create(paths.database(config)), gate)
            genesis = log.Genesis(
                origin=origin,
                title=title,
                example=example,
                key=operator.public.raw.hex(),
                owner=owner or title,
                log=vkey,
                made=utc_now(),
            )
            register.record(genesis, operator)
        except BaseException:
            if register is not None:
                register.close()
            paths.unmake(before)
            raise
        return register

    @classmethod
    def open(
        cls, folder: str | Path | None = None, *, database: str | None = None, gate: Gate | None = None
    ) -> Register:
        """The register in this folder (see `folder.find`), repaired after a crash. Raises Missing, Usage, Restored.

        `database` stands in for the one that `register.toml` names. `gate`: what publications pass; a register that was
        opened without one refuses them.
        """
        paths = Folder(places.find(folder))
        config = paths.config()
        register = cls._with(paths, config, Store.open(paths.database(config, database)), gate)
        try:
            register._check_genesis()
            register.sequencer.catch_up()
        except BaseException:
            register.close()
            raise
        return register

    @classmethod
    def _with(cls, paths: Folder, config: Config, store: Store, gate: Gate | None = None) -> Register:
        """The register with this store, which is closed where the register cannot be opened."""
        try:
            return cls(paths, config, store, gate=gate)
        except BaseException:
            store.close()
            raise

    @classmethod
    def repair(cls, folder: str | Path | None = None, *, database: str | None = None) -> int:
        """Brings entries of log/ into a database that lacks them, then computes its tree again; returns how many entries there are.

        Raises Missing, Usage; Disagreement, and changes nothing, where the entries do not lead to the newest checkpoint.
        """
        paths = Folder(places.find(folder))
        config = paths.config()
        register = cls._with(paths, config, Store.open(paths.database(config, database)))
        try:
            with register.sequencer.lock():
                head = register.files.published()
                size, root = (head.size, head.root) if head is not None else (0, EMPTY_ROOT)
                if head is not None and register.store.size() < size:
                    replay(register.store, register.log, head, register._verifier)
                return register.store.rebuild_tree(size, root).size
        finally:
            register.close()

    @classmethod
    def read(cls, folder: str | Path | None = None, *, database: str | None = None) -> Register:
        """The register in this folder, or a copy of it without keys/, only to be read. Raises Missing, Usage, Malformed.

        Nothing is repaired or written, and whatever would change the register raises ReadOnly.
        """
        paths = Folder(places.find(folder))
        config = paths.config()
        store = Store.open(paths.database(config, database), only_read=True)
        try:
            genesis = store.payload(store.entry(0)) if store.size() else None
            if not isinstance(genesis, log.Genesis):
                raise Malformed(
                    "This register's log does not begin as one does.", hint="Copy the whole register again."
                )
            register = cls(paths, config, store, log_key=parse_vkey(genesis.log))
            register._check_genesis()
        except BaseException:
            store.close()
            raise
        return register

    @classmethod
    def open_or_read(
        cls, folder: str | Path | None = None, *, database: str | None = None, gate: Gate | None = None
    ) -> Register:
        """`open` where this user can read the log's private key, else `read`."""
        paths = Folder(places.find(folder))
        if paths.may_sign:
            return cls.open(paths.root, database=database, gate=gate)
        return cls.read(paths.root, database=database)

    def _check_genesis(self) -> None:
        if self.store.size() == 0:
            return
        genesis = self.store.payload(self.store.entry(0))
        told = (self.config.origin, self.config.example)
        if not isinstance(genesis, log.Genesis) or (genesis.origin, genesis.example) != told:
            raise Malformed(
                "The log's first entry and register.toml differ in `origin` or `example`.",
                hint="These two never change: put back in register.toml what the first entry says.",
            )

    def close(self) -> None:
        """Close the database."""
        self.store.close()
        if self._passing is not None:
            self._passing.cleanup()
            self._passing = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.paths.root

    @property
    def derived(self) -> Path:
        """Where index and prepared pages lie: here, or where this folder cannot be written, in one that ends with `close`."""
        if self._passing is None:
            if os.access(self.paths.root, os.W_OK):
                return self.paths.root
            self._passing = tempfile.TemporaryDirectory(prefix="sousveil-", ignore_cleanup_errors=True)
        return Path(self._passing.name)

    @property
    def title(self) -> str:
        """Its name."""
        return self.config.title

    @property
    def origin(self) -> str:
        """The log's name in its checkpoints."""
        return self.config.origin

    @property
    def example(self) -> bool:
        """Everything in it is invented."""
        return self.config.example

    @property
    def vkey(self) -> str:
        """The key with which its checkpoints are verified, as in signed notes."""
        return self._verifier.vkey()

    # Publishing

    def publish(
        self,
        statements: Sequence[Statement],
        key: Key = OPERATOR_KEY,
        *,
        attachments: Sequence[File] = (),
        dataset: str | None = None,
        receipt: bool = True,
    ) -> Published | Held:
        """Sign statements and submit them, under one checkpoint.

        `dataset`: default the first statement's. More than `publication.PER_ENTRY` statements take several entries, cut between
        records, the files going with the first. If one statement must be reviewed, all are held. Raises Refused that names the
        statement and the field; then nothing is kept.
        """
        self._must_write()
        with self._told():
            work = self._prepared(self.prepare(statements, key, attachments=attachments, dataset=dataset))
            reasons = sorted({one for each in work for one in _reasons(each)})
            if reasons and any(not _reasons(each) for each in work):
                raise Refused(
                    "Some of these statements must be reviewed before they are public, and some need not.",
                    field="statements",
                    code="mixed",
                    hint="Publish them apart.",
                )
        outcomes = [published(one) for one in self.sequencer.run(work, whole=True)]
        done = [one for one in outcomes if isinstance(one, Published)]
        if not done:
            ids = tuple(one.id for one in outcomes if isinstance(one, Held))
            return Held(id=ids[0], reasons=tuple(reasons), ids=ids)
        return msgspec.structs.replace(
            done[0],
            last=done[-1].index,
            ids=tuple(id for one in done for id in one.ids),
            receipt=self.receipt(done[0].index) if receipt else None,
        )

    def prepare(
        self,
        statements: Sequence[Statement],
        key: Key,
        *,
        attachments: Sequence[File] = (),
        dataset: str | None = None,
    ) -> list[Submission]:
        """The signed submissions, not handed in. Raises Refused."""
        private = self._key(key)
        owner = self.key_state(private.public.id).owner
        return signed(statements, private, owner, example=self.example, attachments=attachments, dataset=dataset)

    def submit(self, submission: Submission) -> Published | Held:
        """Take a publication, a review or another entry that was signed elsewhere; with its receipt. Raises Refused.

        A review gives what is held, without ids, and its state as the reason: it enters the log with what it reviews.
        """
        try:
            payload = open_envelope(submission.envelope, self.store.keyring()).payload
        except Refused:
            payload = None  # the sequencer refuses it too, and keeps a line of that for the operator
        if isinstance(payload, log.Review):
            return Held(id=payload.publication, reasons=(self.submit_review(submission.envelope).words,), ids=())
        done = published(self.submit_many([submission])[0])
        if isinstance(done, Published):
            return msgspec.structs.replace(done, receipt=self.receipt(done.index))
        return done

    def submit_many(self, submissions: Sequence[Submission], after: After | None = None) -> list[Outcome]:
        """Many under one checkpoint. Each is taken or refused by itself; a refusal stands in its place.

        `after` is handed the outcomes within the transaction.
        """
        self._must_write()
        ring, size = self.store.keyring(), self.store.size()
        outcomes: list[Outcome | None] = []
        work: list[Prepared] = []
        for one in submissions:
            try:
                work.append(prepare(one, ring, size, example=self.example, gate=self.sequencer.gate))
                outcomes.append(None)
            except SousveilError as error:
                outcomes.append(error)
                field, code = (error.field, error.code) if isinstance(error, Refused) else ("", "malformed")
                self.store.tell_operator(code, f"refused: {field}: {error.message}")
        done = iter(audited.run(self.audit, self.sequencer, ring, work, after) if work else ())
        return [one if one is not None else next(done) for one in outcomes]

    def _prepared(self, submissions: Sequence[Submission]) -> list[Prepared]:
        ring, size = self.store.keyring(), self.store.size()
        found: list[Prepared] = []
        first = 0
        for one in submissions:
            try:
                made = prepare(one, ring, size, example=self.example, gate=self.sequencer.gate)
            except Refused as refused:
                raise refused.later(first) from None
            found.append(msgspec.structs.replace(made, first=first))
            first += len(one.contents)
        return found

    # Reading the log

    def entry_bytes(self, index: int) -> bytes:
        """What stands in the log at this index."""
        return log.log_entry(self.store.entry(index).envelope)

    def receipt(self, index: int) -> str:
        """The receipt of an entry: an inclusion proof under the newest checkpoint, with its cosignatures (tlog-proof)."""
        data = self.log.checkpoint()
        size = self.policy.look(data).checkpoint.size
        return receipt.make(index, merkle.inclusion_proof(self.log, index, size), data).decode()

    def cosigned(self) -> Cosigned:
        """Who cosigned the newest checkpoint; `str()` of it is the sentence for pages and receipts."""
        return self.witnesses.said()

    def cosign(self) -> Cosigned:
        """Ask the witnesses that have not cosigned the newest checkpoint once more."""
        self._must_write()
        with self.sequencer.lock():
            self.files.catch_up()
            return self.witnesses.cosign()


def _reasons(one: Prepared) -> tuple[str, ...]:
    payload = one.opened.payload
    return publication_rules.needs_review(payload) if isinstance(payload, log.Statements) else ()
