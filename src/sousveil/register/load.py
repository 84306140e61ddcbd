"""Loads a published data set: reads all of it, compares it with the register, and publishes only what changed.

Order: read and check everything; publish in batches; take back what the source no longer holds; log the snapshot; replace
the rows of a reference list. A refusal while reading leaves nothing behind. Loading the same files again adds nothing.

What reviewers refused, or what was erased on somebody's request, must not come back with the next load, and its content is
gone. So the loader remembers keyed digests of all that it ever handed in (`DIR/loaded/`, outside the log): what it knows
and the register does not hold stays away.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from sousveil.errors import Malformed, SousveilError, Usage
from sousveil.ledger import atomic
from sousveil.ledger.keys import PrivateKey
from sousveil.register import entries as log
from sousveil.register import persons, publication, signing
from sousveil.register.admission import Held, Outcome, Published
from sousveil.register.codes import RetractReason
from sousveil.register.folder import OPERATOR_KEY
from sousveil.register.intake import find
from sousveil.register.intake.model import Dataset, Row
from sousveil.register.intake.source import Source
from sousveil.register.model import Standing, Statement, content, from_content
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.model_reference import content as reference_content
from sousveil.register.model_reference import digest as reference_digest
from sousveil.register.sequencer import After
from sousveil.register.store.writing import utc_now
from sousveil.register.types import check, missing

if TYPE_CHECKING:
    from sousveil.register.register import Register

PER_ENTRY = publication.PER_ENTRY
BATCH = 40
"""Publications in one transaction, so that the progress can be seen."""
RETRACTED = 500
"""Ids that one entry takes back, so that its envelope stays below 65,535 bytes."""
DIGEST = 16
LOADER = "loader"
Progress = Callable[[int, int, str], None]
"""Called with how much is done, out of how much, and what is being done."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a load did."""

    dataset: str
    rows: int
    """Rows of the files."""
    added: int = 0
    """Statements published, or rows new in a reference list."""
    changed: int = 0
    """Rows of a reference list that differ from the last snapshot."""
    unchanged: int = 0
    retracted: int = 0
    """Statements taken back, or rows gone from a reference list."""
    held: int = 0
    """Statements that wait for reviewers."""
    withheld: int = 0
    """Statements that were erased or refused before and are not handed in again."""
    left_out: dict[str, int] = {}
    """Rows that the intake does not take over, by kind."""
    warnings: tuple[str, ...] = ()


def load(
    register: Register,
    name: str,
    path: str | Path | None = None,
    *,
    progress: Progress | None = None,
    persons: bool = False,
    non_commercial: bool = False,
    date: str | None = None,
) -> Loaded:
    """Load the data set `name` from the folder `path`; None: from the package, where it holds the data.

    `persons`: natural persons in reference lists too. `non_commercial`: data sets whose licence forbids commercial use too.
    `date`: the day of the copy, where it is not the one for which the intake was written. Raises Usage for an unknown name,
    and for a data set that has to be asked for; Missing and Malformed for files that are not as declared, Refused for a
    statement that breaks a rule; nothing is stored then.
    """
    tell = progress or (lambda done, total, what: None)
    intake = find(name)
    dataset = intake.dataset
    _fits(register, dataset, non_commercial)
    folder = path if path is not None else dataset.folder
    if folder is None:
        raise Usage(
            "A source is loaded from the folder with its files.", hint=f"sousveil register load {dataset.name} PATH"
        )
    source = Source(dataset, Path(folder), persons=persons)
    tell(0, 0, f"reading {name}")
    found = list(intake.read(source))
    source.finish()
    if date is not None and date != dataset.snapshot:
        found = [_dated(row, dataset.snapshot, date) for row in found]
        dataset = dataclasses.replace(dataset, snapshot=date)
    if dataset.class_ == "reference":
        rows = [row for row in found if isinstance(row, ReferenceRow)]
        return _reference(register, dataset, source, rows, tell)
    return _surveillance(register, dataset, source, [row for row in found if isinstance(row, Statement)], tell)


def _dated(row: Row, old: str, new: str) -> Row:
    """The row with the day of the copy, where it has no better one."""
    if isinstance(row, Statement) and row.asserted == old:
        return msgspec.structs.replace(row, asserted=new)
    return row


def _fits(register: Register, dataset: Dataset, non_commercial: bool) -> None:
    if dataset.non_commercial and not non_commercial:
        raise Usage(
            f"{dataset.name} may not be used commercially ({dataset.licence}), so it is off by default.",
            hint="If your register serves no commercial use: sousveil register load --non-commercial.",
        )
    example = register.example
    if dataset.example and not example:
        raise Usage(
            f"{dataset.name} is fictional; a real register does not take it.",
            hint="Load it into an example register: `sousveil register init --example`.",
        )
    if example and not dataset.example:
        raise Usage(
            f"{dataset.name} is real, and everything in this register is invented.",
            hint="Load it into a real register.",
        )


# -------------------------------------------------------------------- reference lists


def _reference(
    register: Register, dataset: Dataset, source: Source, rows: list[ReferenceRow], tell: Progress
) -> Loaded:
    ids: set[str] = set()
    for row in rows:
        if row.id in ids:
            raise Malformed(
                f"{dataset.name}: two rows have one identity: {row.caption[:80]}.", hint="Nothing of it was stored."
            )
        ids.add(row.id)
    tell(0, len(rows), f"comparing {dataset.name}")
    done: list[tuple[int, int, int]] = []

    def put() -> None:
        done.append(register.store.reference_put(dataset.name, rows))

    digest = reference_digest(sorted((row.id, reference_content(row)) for row in rows))
    if not _snapshot(register, dataset, source, Counter(row.type for row in rows), digest, put):
        put()
    added, changed, gone = done[0]
    tell(len(rows), len(rows), f"loaded {dataset.name}")
    return Loaded(
        dataset=dataset.name,
        rows=source.rows,
        added=added,
        changed=changed,
        unchanged=len(rows) - added - changed,
        retracted=gone,
        left_out=dict(source.left_out),
        warnings=tuple(source.warnings),
    )


def _snapshot(
    register: Register,
    dataset: Dataset,
    source: Source,
    counts: Counter[str],
    rows: str | UnsetType = UNSET,
    put: Callable[[], None] = lambda: None,
) -> bool:
    """One entry a snapshot; none, and False, when the newest one says the same.

    `rows`: digest of rows that serve screening, which `put` stores in the transaction that appends the entry: what the log
    says of the rows and the rows themselves are never apart, whenever the program is killed.
    """
    told = dict(sorted(counts.items())) | {f"left_out.{kind}": n for kind, n in sorted(source.left_out.items())}
    sha256 = source.digest()
    newest = next((one for one in register.store.snapshots() if one.dataset == dataset.name), None)
    if newest is not None and (newest.sha256, newest.rows, newest.counts) == (sha256, source.rows, told):
        before = register.store.payload(register.store.entry(newest.index))
        if isinstance(before, log.Snapshot) and before.rows_sha256 == rows:
            return False
    made = utc_now()
    last = register.store.entry(newest.index).recorded_at if newest is not None else ""
    while made <= last:  # an entry that says the same in the same second would be a replay
        time.sleep(0.05)
        made = utc_now()
    entry = log.Snapshot(
        dataset=dataset.name,
        source=dataset.source,
        sha256=sha256,
        date=dataset.snapshot,
        rows=source.rows,
        counts=told,
        rows_sha256=rows,
        made=made,
    )

    def after(outcomes: Sequence[Outcome]) -> None:
        if all(isinstance(one, Published) for one in outcomes):
            put()

    _hand_in(register, [publication.Submission(envelope=publication.sign(log.encode(entry), _key(register)))], after)
    return True


# -------------------------------------------------------------------- statements


def _surveillance(
    register: Register, dataset: Dataset, source: Source, statements: list[Statement], tell: Progress
) -> Loaded:
    tell(0, len(statements), f"checking {dataset.name}")
    new: dict[bytes, Statement] = {}
    for statement in persons.marked(statements):
        clean = check(statement)
        new.setdefault(same(clean), clean)
    for subject, type_name, property_name in missing(new.values()):
        raise Malformed(
            f"{dataset.name}: the {type_name} {subject} has no {property_name}.",
            hint="The intake gives half a record; nothing of it was stored.",
        )
    tell(0, len(new), f"comparing {dataset.name}")
    key = _key(register)
    owner = _owner(register, key)
    there = _published(register, dataset.name, owner)
    waiting = _waiting(register, dataset.name)
    memory = Memory(register.paths.root / "loaded" / dataset.name, register.paths.keys / "loaded")
    known = memory.read()
    coming: list[Statement] = []
    marks: dict[int, bytes] = {}
    withheld = 0
    for mark, statement in new.items():
        if mark in there or mark in waiting:
            continue
        if memory.digest(mark) in known:
            withheld += 1
        else:
            coming.append(statement)
            marks[id(statement)] = mark
    gone = [mark for mark in there if mark not in new]
    done, held = 0, 0
    for parts, batch in _batches(register, dataset, coming, key):
        held += sum(_hand_in(register, batch))
        done += sum(map(len, parts))
        memory.keep(marks[id(one)] for part in parts for one in part)
        tell(done, len(coming), f"publishing {dataset.name}")
    ids = [id for mark in gone for id in there[mark]]
    _retract(register, ids, key)
    memory.keep([*(mark for mark in there if mark in new), *waiting], forget=gone)
    _snapshot(register, dataset, source, _records(new.values()))
    return Loaded(
        dataset=dataset.name,
        rows=source.rows,
        added=len(coming) - held,
        unchanged=sum(mark in there for mark in new),
        retracted=len(ids),
        held=held + sum(mark in waiting for mark in new),
        withheld=withheld,
        left_out=dict(source.left_out),
        warnings=tuple(source.warnings),
    )


def same(statement: Statement) -> bytes:
    """What makes two statements of two snapshots one: all but the hash of the file and the day of the copy."""
    whole = content(msgspec.structs.replace(statement, source_sha256=None, asserted=None))
    return hashlib.sha256(whole).digest()


def _records(statements: Iterable[Statement]) -> Counter[str]:
    return Counter(type_name for _, type_name in {(one.subject, one.type) for one in statements})


def _published(register: Register, name: str, owner: str) -> dict[bytes, list[str]]:
    """What the loader has said of the data set and not taken back."""
    found: dict[bytes, list[str]] = {}
    owners: dict[int, bool] = {}
    for one in register.store.iter_statements(dataset=name):
        if one.retracted is not None or one.superseded_by is not None:
            continue
        if one.recorded not in owners:
            owners[one.recorded] = register.store.entry(one.recorded).publisher == owner
        if owners[one.recorded]:
            found.setdefault(same(one.statement), []).append(one.id)
    return found


def _waiting(register: Register, name: str) -> set[bytes]:
    """What waits for reviewers."""
    found: set[bytes] = set()
    for state in register.store.held():
        data = register.store.held_submission(state.id) if state.state in ("waiting", "notice") else None
        for _, text in publication.unpack(data).contents if data else ():
            statement = from_content(text)
            if statement.dataset == name:
                found.add(same(statement))
    return found


def _batches(
    register: Register, dataset: Dataset, statements: Sequence[Statement], key: PrivateKey
) -> Iterable[tuple[list[list[Statement]], list[publication.Submission]]]:
    """Publications with their statements, several to a transaction: what names persons or is
    alleged on its own, so that only that waits."""
    plain = [one for one in statements if not _sensitive(one)]
    parts = [list(one) for one in signing.parts(plain, PER_ENTRY)]
    parts += together([one for one in statements if _sensitive(one)])
    owner = _owner(register, key)
    for at in range(0, len(parts), BATCH):
        batch = []
        for part in parts[at : at + BATCH]:
            payload, contents = publication.make(part, publisher=owner, dataset=dataset.name, example=register.example)
            batch.append(publication.Submission(envelope=publication.sign(payload, key), contents=contents))
        yield parts[at : at + BATCH], batch


def _sensitive(statement: Statement) -> bool:
    return statement.person or statement.standing is Standing.ALLEGED


def together(statements: Sequence[Statement]) -> list[list[Statement]]:
    """Statements by the record or person that they are about: a signature goes with its signatory, so that reviewers
    see and decide on one person at a time."""
    subjects = {one.subject for one in statements}
    about = {one.subject: one.subject for one in statements}
    for one in statements:
        if one.value in subjects and one.value != one.subject:
            about[one.subject] = one.value
    found: dict[str, list[Statement]] = {}
    for one in statements:
        found.setdefault(about[one.subject], []).append(one)
    return list(found.values())


def _hand_in(register: Register, batch: Sequence[publication.Submission], after: After | None = None) -> list[int]:
    """How many statements of each were held. Raises the first refusal."""
    held = []
    for submission, outcome in zip(batch, register.submit_many(list(batch), after), strict=True):
        if isinstance(outcome, SousveilError):
            raise outcome
        assert isinstance(outcome, Published | Held)
        held.append(len(submission.contents) if isinstance(outcome, Held) else 0)
    return held


def _retract(register: Register, ids: Sequence[str], key: PrivateKey) -> None:
    batch = []
    for at in range(0, len(ids), RETRACTED):
        entry = log.Retract(ids=tuple(ids[at : at + RETRACTED]), reason=RetractReason.SOURCE_REMOVED, made=utc_now())
        batch.append(publication.Submission(envelope=publication.sign(log.encode(entry), key)))
    if batch:
        _hand_in(register, batch)


def _key(register: Register) -> PrivateKey:
    """The key of the loader; the operator's where none was made."""
    name = LOADER if register.paths.key_file(LOADER).exists() else OPERATOR_KEY
    return register.paths.key(name)


def _owner(register: Register, key: PrivateKey) -> str:
    found = register.store.keyring().find(key.public.id)
    if found is None:
        raise Usage("The loader's key is not registered.", hint="Add it with `sousveil register key add`.")
    return found.owner


class Memory:
    """Keyed digests of what was ever handed in for a data set, so that what was erased or refused stays away."""

    def __init__(self, path: Path, secret: Path) -> None:
        self.path = path
        if not secret.exists():
            atomic.write(secret, os.urandom(32), mode=0o600)
        self._secret = secret.read_bytes()

    def digest(self, mark: bytes) -> bytes:
        """Without the secret nobody can tell whether a guessed statement was here."""
        return hmac.digest(self._secret, mark, "sha256")[:DIGEST]

    def read(self) -> set[bytes]:
        """All that is remembered."""
        data = self.path.read_bytes() if self.path.exists() else b""
        return {data[at : at + DIGEST] for at in range(0, len(data) - len(data) % DIGEST, DIGEST)}

    def keep(self, marks: Iterable[bytes], *, forget: Iterable[bytes] = ()) -> None:
        """Remember these; `forget` what the source itself took back, as it may bring it back."""
        known = self.read()
        wanted = (known | {self.digest(mark) for mark in marks}) - {self.digest(mark) for mark in forget}
        if wanted != known:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            atomic.write(self.path, b"".join(sorted(wanted)), mode=0o600)
