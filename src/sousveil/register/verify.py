"""Verifying a whole register, by anyone, offline: from its folder, or from any mirror of its static files.

Checked are, in this order: the checkpoint's signature and cosignatures; the signed times of batches, their order and
their distance to the cosignatures; every tile and the root against the entries; the
keys; every entry's signatures, by a key that was valid at its index as the log alone tells; the rules of entries (who may
sign what, review before publication, only the first publisher corrects and retracts); every statement's salt and content
against its commitment, or the entry that erased it; attached files; the signed list of erasures; where the whole folder
of a register is given, its database and its audit log. The first difference is named; one that only a rule made later finds
is told apart from an alteration. What is not checked: whether statements are true.
"""

from __future__ import annotations

import multiprocessing
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from hashlib import sha256
from pathlib import Path

from sousveil.errors import SousveilError
from sousveil.kinds import visible
from sousveil.ledger import note
from sousveil.ledger.audit import audit_tree
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.go_verify import GoVerified, go_verify
from sousveil.ledger.merkle import TILE_WIDTH
from sousveil.ledger.policy import Policy, Verified
from sousveil.ledger.source import LogUrl, Unreachable
from sousveil.register import batch_times, publication, verify_audit, verify_database, verify_entries, verify_receipt
from sousveil.register import entries as log
from sousveil.register.keyring import Keyring
from sousveil.register.later_rules import LaterRule, at_entry
from sousveil.register.review import REVIEWERS
from sousveil.register.static import SUPPRESSION
from sousveil.register.verify_entries import Looked, Worker
from sousveil.register.verify_place import Place, open_place, policy_for
from sousveil.register.verify_report import Erased, Report
from sousveil.register.verify_tables import Entries

Progress = Callable[[str, int, int], None]
CHUNK = 16
"""Bundles that a worker looks at between two answers."""
SHOWN = 5
"""Files that are named in one note at most."""
SMALL = 4_096
"""A log of fewer entries is verified in this process."""


def verify(
    target: str | Path,
    *,
    receipt: bytes | Path | None = None,
    policy: Policy | None = None,
    go: bool = True,
    processes: int = 2,
    progress: Progress | None = None,
) -> Report:
    """Verifies the register in a folder (the register's, or its `log`) or at an address.

    `policy`: the log's key and the witnesses that the reader trusts. Without it the `policy` file beside the log is
    taken, else the key that the log's first entry names; the report says so. `receipt`: a tlog-proof file to be shown.
    `processes`: for signatures. Raises Missing, Unreachable, Malformed, LimitExceeded where it cannot be run at all: no
    log, no receipt.
    """
    given = verify_receipt.read(receipt) if receipt is not None else None
    place = open_place(target)
    data = place.source.checkpoint()
    try:
        policy, from_log = policy_for(place, data, policy)
    except Disagreement as error:  # the log's own key stands in an entry that was changed: that is the first difference
        return _failed(str(target), error, True)
    try:
        head = policy.look(data)
    except SousveilError as error:
        return _failed(str(target), error, from_log)
    run = _Run(place, policy, head, progress or (lambda *_: None), processes)
    difference: str | None = None
    rule: str | None = None
    said = shown = ""
    compared = verify_database.NOT_COMPARED
    try:
        policy.check(data)
        run.times = batch_times.read(place.source, head.log, run.size)
        run.notes += batch_times.compare_cosignatures(run.times, head.cosigned.times)
        run.all()
        if place.whole is not None:
            compared = verify_database.DIFFERS
            compared = verify_database.compare(place.whole, run.told())
            run.notes += verify_audit.compare(place.whole, run.size)
        if given is not None:
            shown = verify_receipt.show(given, place.source, head, policy)
        said = _go(place, head, go)
    except Unreachable:
        raise
    except SousveilError as error:
        difference = error.message
        rule = error.record if isinstance(error, LaterRule) else None
    return Report(
        target=str(target),
        difference=difference,
        rule=rule,
        origin=head.checkpoint.origin,
        size=head.checkpoint.size,
        root=head.checkpoint.root.hex(),
        cosigned=str(head.cosigned),
        independent=head.cosigned.independent,
        key_from_log=from_log,
        entries=dict(run.kinds),
        statements=run.statements,
        erased=tuple(run.gone),
        retracted=len(run.retracted),
        doubtful=run.doubtful,
        files_erased=run.files_gone,
        times=batch_times.description(run.times),
        database=compared,
        go=said,
        receipt=shown or None,
        notes=tuple(run.notes),
    )


class _Run:
    """One verification."""

    def __init__(self, place: Place, policy: Policy, head: Verified, progress: Progress, processes: int) -> None:
        self.place, self.policy, self.head = place, policy, head
        self.progress, self.processes = progress, processes
        self.size = head.checkpoint.size
        self.ring = Keyring()
        self.example = False
        self.digests: list[bytes] = []
        self.kinds: Counter[str] = Counter()
        self.statements = self.doubtful = self.files_gone = 0
        self.retracted: dict[bytes, int] = {}
        """Statement -> the first entry that retracted it; what a compromised key retracted does not count."""
        self.notes: list[str] = []
        self.times: tuple[batch_times.BatchTime, ...] = ()
        self.gone: list[Erased] = []
        self._payloads: set[bytes] = set()
        self._entry_of: dict[bytes, int] = {}
        """First half of a statement's id -> its entry."""
        self._names: dict[str, int] = {}
        self._owner = array("i")
        """Number of the owner of each publication; -1 for other entries."""
        self._corrections: dict[bytes, list[tuple[bytes, int]]] = {}
        self._reviews: dict[bytes, set[str]] = {}
        self._erased: dict[bytes, int] = {}
        self._erased_files: set[str] = set()
        self._without: list[tuple[int, bytes]] = []
        self._files_without: list[tuple[int, str]] = []
        self._files: set[str] = set()
        self._envelopes: set[str] = set()

    def all(self) -> None:
        """Everything. Raises SousveilError with the first difference."""
        self._tree()
        for number, looked in enumerate(self._looked()):
            if looked.leaves != self.digests[number]:
                raise Disagreement(f"The entries from {looked.first} on were others at the second reading.")
            self._take(looked)
            self.progress("entries", min(self.size, (number + 1) * TILE_WIDTH), self.size)
        self._missing()
        self._suppression()
        self._unlogged()

    def _tree(self) -> None:
        root = self.head.checkpoint.root
        for first, entries, leaves in audit_tree(self.place.source, self.size, root):
            self.digests.append(sha256(leaves).digest())
            for index, entry in enumerate(entries, first):
                if (digest := log.digest_in(entry)) is not None:
                    self._envelopes.add(digest.sha256)
                if verify_entries.key_kind(entry) is not None or index == 0:
                    self._key(index, entry)
            self.progress("tree", first + len(entries), self.size)

    def _key(self, index: int, entry: bytes) -> None:
        try:
            opened = publication.open_envelope(entry, self.ring)
            self.ring.apply(index, opened.payload, opened.signers)
        except SousveilError as error:
            raise at_entry(index, error) from None
        if index:
            return
        if not isinstance(opened.payload, log.Genesis):
            raise Disagreement("The first entry does not say what register this is.")
        self.example = opened.payload.example
        told = opened.payload.origin, opened.payload.log
        if told != (self.head.checkpoint.origin, self.head.log.vkey()):
            raise Disagreement("The first entry names another log than the one that signed the checkpoint.")

    def _looked(self) -> Iterator[Looked]:
        count = -(-self.size // TILE_WIDTH)
        told = self.place.address, self.place.attachments, self.size, self.ring, self.example
        if self.size < SMALL or self.processes < 2:
            worker = Worker(*told)
            for bundle in range(count):
                yield worker.look(bundle)
            return
        chunks = iter([list(range(at, min(at + CHUNK, count))) for at in range(0, count, CHUNK)])
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.processes, context, verify_entries.start, told) as pool:
            waiting: deque[Future[list[Looked] | tuple[list[Looked], SousveilError]]] = deque()
            try:
                for chunk in chunks:
                    waiting.append(pool.submit(verify_entries.look, chunk))
                    if len(waiting) > 2 * self.processes:
                        yield from _answer(waiting.popleft())
                while waiting:
                    yield from _answer(waiting.popleft())
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _take(self, looked: Looked) -> None:
        self.kinds.update(looked.kinds)
        self.doubtful += looked.doubtful
        self._without += looked.without
        self._files_without += looked.files_without
        self._files.update(looked.files)
        unsound = set(looked.unsound)
        reviews = {index: (sha, owner) for index, sha, owner in looked.reviews}
        retracted = {index: (owner, ids) for index, owner, ids in looked.retracted}
        erased = {index: (ids, files) for index, ids, files in looked.erased}
        answers: dict[int, list[verify_entries.Said]] = {}
        for one in looked.answers:
            answers.setdefault(one.index, []).append(one)
        for index, unique in looked.unique.items():
            if unique[:16] in self._payloads:
                raise Disagreement(f"Entry {index} is a second copy of an earlier one.")
            self._payloads.add(unique[:16])
            self._owner.append(-1)
            if index in looked.ids:
                self._publication(index, looked, answers.get(index, []), counts=index not in unsound)
            elif index in reviews:
                self._reviews.setdefault(reviews[index][0], set()).add(reviews[index][1])
            elif index in retracted:
                self._retract(index, *retracted[index], counts=index not in unsound)
            elif index in erased:
                self._erase(index, *erased[index])

    def _publication(self, index: int, looked: Looked, answers: Iterable[verify_entries.Said], counts: bool) -> None:
        owner = looked.owners[index]
        self._owner[index] = self._names.setdefault(owner, len(self._names))
        for one in answers:
            first = self._first(one.supersedes)
            if first is None:
                raise Disagreement(f"Entry {index} answers a statement that is not in the log before it.")
            if one.corrects and self._owner[first] != self._owner[index]:
                raise Disagreement(f"Entry {index}: {visible(owner)} corrects what another published.")
            if one.corrects and counts:
                self._corrections.setdefault(one.supersedes, []).append((one.id, index))
        for id in looked.ids[index]:
            if self._entry_of.setdefault(id[:16], index) != index:
                raise Disagreement(f"Entry {index} holds a statement that an earlier entry holds: {id.hex()}.")
        if len(set(looked.ids[index])) != len(looked.ids[index]):
            raise Disagreement(f"Entry {index} holds one statement twice.")
        self.statements += len(looked.ids[index])
        if index in looked.held:
            reviewers = self._reviews.get(looked.payloads[index], set()) - {owner}
            if len(reviewers) < REVIEWERS:
                why = " and ".join(looked.held[index])
                raise Disagreement(
                    f"Entry {index} ({why}) was published after {len(reviewers)} reviews by others; {REVIEWERS} are needed."
                )

    def _retract(self, index: int, owner: str, ids: tuple[bytes, ...], counts: bool) -> None:
        for id in ids:
            first = self._first(id)
            if first is None or self._owner[first] != self._names.get(owner):
                raise Disagreement(f"Entry {index}: {visible(owner)} retracts what it did not publish: {id.hex()}.")
            if counts:
                self.retracted.setdefault(id, index)

    def _erase(self, index: int, ids: tuple[bytes, ...], files: tuple[str, ...]) -> None:
        for id in ids:
            if self._first(id) is None:
                raise Disagreement(f"Entry {index} erases a statement that is not in the log before it: {id.hex()}.")
            self._erased.setdefault(id, index)
        self._erased_files |= set(files)

    def told(self) -> verify_database.Told:
        """What the database must hold."""
        return verify_database.Told(
            size=self.size,
            root=self.head.checkpoint.root,
            entry_of=self._entry_of,
            erased=self._erased,
            retracted=self.retracted,
            corrections=self._corrections,
            entries=Entries(
                size=self.size, digests=self.digests, ring=self.ring, erased=self._erased, times=self.times
            ),
        )

    def _first(self, id: bytes) -> int | None:
        return self._entry_of.get(id[:16])

    def _missing(self) -> None:
        for index, id in self._without:
            gone = self._erased.get(id)
            if gone is None:
                raise Disagreement(
                    f"Entry {index}: the content of statement {id.hex()} is not there, and nothing erased it."
                )
            self.gone.append(Erased(id=id.hex(), recorded=index, index=gone))
        left = len(self._erased) - len(self.gone)
        if left:
            self.notes.append(f"Content of {left} erased statements is still here; it must be deleted.")
        for index, name in self._files_without:
            if name not in self._erased_files:
                raise Disagreement(f"Entry {index}: the attached file {name} is not there, and nothing erased it.")
            self.files_gone += 1

    def _unlogged(self) -> None:
        """Names the files beside the log that no entry names; at an address nobody can list them."""
        envelopes = "" if isinstance(self.place.source, LogUrl) else f"{self.place.address}/envelopes"
        for folder, known in ((self.place.attachments, self._files), (envelopes, self._envelopes)):
            if not folder or not Path(folder).is_dir():
                continue
            names = sorted(path.name for path in Path(folder).iterdir() if path.name not in known)
            if names:
                more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
                shown = ", ".join(visible(name, 80) for name in names[:SHOWN])
                self.notes.append(f"No entry names these files in {Path(folder).name}: {shown}{more}.")

    def _suppression(self) -> None:
        """The signed list that tells mirrors what to delete must name exactly what was erased."""
        if not self._erased:
            return
        data = self.place.source.file(SUPPRESSION, 1 << 30)
        text, _ = note.open_note(data, [self.head.log])
        lines = text.decode().splitlines()
        want = sorted(f"{id.hex()} {self._first(id)} {index}" for id, index in self._erased.items())
        head = [self.head.checkpoint.origin, "suppression", str(len(want))]
        if lines[:3] != head or sorted(lines[3:]) != want:
            raise Disagreement("The signed list of erasures does not name what was erased.")


def _answer(future: Future[list[Looked] | tuple[list[Looked], SousveilError]]) -> Iterator[Looked]:
    answer = future.result()
    if isinstance(answer, tuple):
        yield from answer[0]
        raise answer[1]
    yield from answer


def _failed(target: str, error: SousveilError, from_log: bool) -> Report:
    return Report(
        target=target,
        difference=error.message,
        origin="?",
        size=0,
        root="",
        cosigned="The checkpoint is not signed as it must be. Is this policy, or this key, that of the register?",
        independent=0,
        key_from_log=from_log,
        database=verify_database.NOT_COMPARED,
    )


def _go(place: Place, head: Verified, wanted: bool) -> str:
    if not wanted:
        return "Not verified by Go: not asked for."
    if isinstance(place.source, LogUrl):
        return "Not verified by Go: it reads folders only."
    found = go_verify(Path(place.address), head.log)
    if isinstance(found, GoVerified):
        return "Go's x/mod re-read the whole log and agrees."
    return f"Not verified by Go: {found.reason}."
