"""One batch after the other: over all threads and processes of a register, one writer at a time.

The order that survives a crash at any point: attached files of what was let in; the database's commit; tiles, contents,
checkpoint; cosignatures; the answer to the publisher. Threads that submit while a batch is being written share the next one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from sousveil.errors import SousveilError
from sousveil.ledger import atomic
from sousveil.register import entries as log
from sousveil.register.admission import Admission, Held, Outcome, Prepared, Published
from sousveil.register.fitting import Waiting
from sousveil.register.gates import Gate
from sousveil.register.refusal import Refused
from sousveil.register.static import StaticFiles
from sousveil.register.store import Store
from sousveil.register.store.connection import LOCK_KEY
from sousveil.register.witnessing import Witnessing

BATCH_MAX = 20_000
"""Submissions of one batch at most."""
After = Callable[[Sequence[Outcome]], None]


class _Ticket:
    """What one thread wants written."""

    def __init__(self, work: Sequence[Prepared], after: After | None, whole: bool) -> None:
        self.work, self.after = work, after
        self.alone = whole and len(work) > 1
        """It is taken whole or not at all, so it has a transaction of its own."""
        self.done = False
        self.outcomes: list[Outcome] = []
        self.error: BaseException | None = None


class Sequencer:
    """Writes batches for one opened register."""

    def __init__(
        self, store: Store, files: StaticFiles, witnesses: Witnessing, lock_file: Path, gate: Gate | None = None
    ) -> None:
        self.store, self.files, self.witnesses, self._lock_file = store, files, witnesses, lock_file
        self.gate = gate
        self._leader = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._waiting_lock = threading.Lock()
        self._held = Waiting()

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """The lock over all processes. Ends by itself when its process dies."""
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            postgres = self.store.db.dialect == "postgresql"
            if postgres:
                self.store.db.query("SELECT pg_advisory_lock(?)", (LOCK_KEY,))
            try:
                yield
            finally:
                if postgres:
                    self.store.db.query("SELECT pg_advisory_unlock(?)", (LOCK_KEY,))
        finally:
            os.close(descriptor)

    def catch_up(self) -> None:
        """Repair the files after a crash. Raises Restored."""
        with self.lock():
            self.files.catch_up()

    def run(self, work: Sequence[Prepared], after: After | None = None, *, whole: bool = False) -> list[Outcome]:
        """Write these submissions, perhaps together with those of other threads.

        One outcome each; a refusal is an outcome, but where all are one publication (`whole`): then the first refusal is raised and
        nothing is kept. `after` runs within the transaction. Raises what stopped the batch.
        """
        ticket = _Ticket(work, after, whole)
        with self._waiting_lock:
            self._waiting.append(ticket)
        try:
            with self._leader:
                while not ticket.done:  # one that is written alone may be before it
                    self._lead()
        finally:
            with self._waiting_lock:
                if ticket in self._waiting:  # whoever is interrupted has nothing written later
                    self._waiting.remove(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.outcomes

    def _lead(self) -> None:
        with self._waiting_lock:
            tickets: list[_Ticket] = []
            count = 0
            while self._waiting and (not tickets or self._fits(tickets, count)):
                tickets.append(self._waiting.pop(0))
                count += len(tickets[-1].work)
        try:
            self._batch(tickets)
        except BaseException as error:
            for ticket in tickets:
                ticket.error = error  # each is told by its own thread: this one may be another's
            if not isinstance(error, Exception):
                raise
        finally:
            for ticket in tickets:
                ticket.done = True

    def _fits(self, tickets: Sequence[_Ticket], count: int) -> bool:
        """Whether the next that waits is written with these."""
        following = self._waiting[0]
        return not (tickets[0].alone or following.alone) and count + len(following.work) <= BATCH_MAX

    def _batch(self, tickets: Sequence[_Ticket]) -> None:
        refused: list[Refused] = []
        try:
            self._write(tickets, refused)
        finally:
            for each in refused:
                self.store.tell_operator(each.code, f"refused: {each.field}: {each.message}")

    def _write(self, tickets: Sequence[_Ticket], refused: list[Refused]) -> None:
        with self.lock():
            self.files.catch_up()
            self.witnesses.confirm()
            ring = self.store.keyring().copy()
            with self._all_or_no_files() as written, self.store.appending() as batch:
                first = batch.size
                admission = Admission(self.store, batch, ring, self._held, self.gate)
                admission.look_ahead([one for ticket in tickets for one in ticket.work])
                for ticket in tickets:
                    for one in ticket.work:
                        try:
                            outcome = admission.admit(one)
                        except Refused as refusal:
                            error = refusal.later(one.first) if one.first else refusal
                            refused.append(error)
                            if ticket.alone:
                                raise error from None
                            ticket.outcomes.append(error)
                            continue
                        ticket.outcomes.append(outcome)
                        if isinstance(outcome, Published):  # what is held keeps its files with it
                            self._attachments(one, written)
                    if ticket.after is not None:
                        ticket.after(ticket.outcomes)
                last = batch.size
            if last > first and batch.clock_behind:
                self.store.tell_operator("clock_behind", batch.clock_behind)
            if last > first:
                self.files.write(first, last)
                said = self.witnesses.cosign()
        for ticket in tickets:
            if last > first:
                ticket.outcomes = [
                    msgspec.structs.replace(one, size=last, independent=said.independent, cosigned=str(said))
                    if isinstance(one, Published)
                    else one
                    for one in ticket.outcomes
                ]

    @contextlib.contextmanager
    def _all_or_no_files(self) -> Iterator[list[Path]]:
        """Takes the files that were written back where the batch does not reach the database."""
        written: list[Path] = []
        try:
            yield written
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise

    def _attachments(self, one: Prepared, written: list[Path]) -> None:
        if not isinstance(one.opened.payload, log.Statements):
            return
        for file in one.submission.attachments:
            path = self.files.attachments_folder / hashlib.sha256(file.data).hexdigest()
            if not path.exists():
                written.append(path)
                atomic.write(path, file.data)


def published(outcome: Outcome) -> Published | Held:
    """The outcome, where it is no refusal; else raises it."""
    if isinstance(outcome, SousveilError):
        raise outcome
    return outcome
