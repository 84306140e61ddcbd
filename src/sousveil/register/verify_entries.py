"""The part of verifying that goes bundle by bundle, in several processes: signatures, payloads, contents, files.

What one bundle cannot know (does a retraction's statement exist, was this reviewed before) comes back as `Looked`, and
`verify` puts it together in the order of the log.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Collection, Iterator
from hashlib import sha256

import msgspec

from sousveil.errors import Malformed, Missing, SousveilError
from sousveil.ledger.disagreement import Disagreement
from sousveil.ledger.merkle import TILE_WIDTH, leaf_hash
from sousveil.ledger.source import LogSource, Unreachable, open_log
from sousveil.ledger.tiles import tile_width
from sousveil.register import entries as log
from sousveil.register import later_rules, publication, publication_rules, review
from sousveil.register.codes import Verdict
from sousveil.register.keyring import HOUSE, Keyring
from sousveil.register.later_rules import LaterRule
from sousveil.register.model import SALT_BYTES, Commitment, Stance, commit, from_content
from sousveil.register.static import content_path
from sousveil.register.store.marks import is_doubtful

CONTENT_LIMIT = 1 << 30
"""Bytes of one file of contents that are read at most."""
_LINE = msgspec.json.Decoder(tuple[int, int, str, str])
_HEAD = b'{"payload":"'


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A statement whose rules need the rest of the log."""

    index: int
    id: bytes
    supersedes: bytes
    corrects: bool


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What one bundle holds. Indexes are those of entries; ids have 32 bytes."""

    first: int
    leaves: bytes
    """SHA-256 over the leaf hashes: the bundle is the one whose tree was checked."""
    kinds: dict[str, int]
    payloads: dict[int, bytes]
    """SHA-256 of each payload."""
    unique: dict[int, bytes]
    """What makes a second entry a copy: see `publication.Opened.unique`."""
    owners: dict[int, str]
    """In whose name each publication stands."""
    ids: dict[int, tuple[bytes, ...]]
    """Statements of each publication."""
    without: tuple[tuple[int, bytes], ...]
    """Statements without content."""
    answers: tuple[Said, ...]
    reviews: tuple[tuple[int, bytes, str], ...]
    """Entry, publication, reviewer: those that say that it may be published."""
    held: dict[int, tuple[str, ...]]
    """Publications that must have been reviewed, and why."""
    retracted: tuple[tuple[int, str, tuple[bytes, ...]], ...]
    erased: tuple[tuple[int, tuple[bytes, ...], tuple[str, ...]], ...]
    files_without: tuple[tuple[int, str], ...]
    """Attached files that are not there."""
    files: tuple[str, ...]
    """Attached files that entries name."""
    doubtful: int
    """Entries signed by a key that was compromised before."""
    unsound: tuple[int, ...]
    """Entries of which any signature is of such a key: their retractions and corrections do not count."""


class Worker:
    """Looks at bundles of one log with the keys of the whole log."""

    def __init__(self, address: str, attachments: str, size: int, ring: Keyring, example: bool) -> None:
        self.source: LogSource = open_log(address)
        self.attachments: LogSource | None = open_log(attachments) if attachments else None
        self.size, self.ring, self.example = size, ring, example
        self.doubts = ring.doubts()

    def look(self, bundle: int) -> Looked:
        """Everything about one bundle. Raises SousveilError with the first difference."""
        first = bundle * TILE_WIDTH
        entries = self.source.bundle(bundle, tile_width(0, bundle, self.size))
        found = _Bundle(self, first, sha256(b"".join(map(leaf_hash, entries))).digest())
        for index, entry in enumerate(entries, first):
            try:
                found.entry(index, entry)
            except Unreachable:
                raise
            except SousveilError as error:
                raise later_rules.at_entry(index, error) from None
        found.contents(bundle)
        return found.done()


class _Bundle:
    def __init__(self, worker: Worker, first: int, leaves: bytes) -> None:
        self.worker, self.first, self.leaves = worker, first, leaves
        self.kinds: Counter[str] = Counter()
        self.payloads: dict[int, bytes] = {}
        self.unique: dict[int, bytes] = {}
        self.owners: dict[int, str] = {}
        self.commitments: dict[int, tuple[Commitment, ...]] = {}
        self.datasets: dict[int, str] = {}
        self.names: dict[int, Collection[str]] = {}
        """Whom the statements of an entry may name as their publisher."""
        self.house: set[int] = set()
        """Publications that those who run the register signed."""
        self.without: list[tuple[int, bytes]] = []
        self.answers: list[Said] = []
        self.reviews: list[tuple[int, bytes, str]] = []
        self.held: dict[int, tuple[str, ...]] = {}
        self.retracted: list[tuple[int, str, tuple[bytes, ...]]] = []
        self.erased: list[tuple[int, tuple[bytes, ...], tuple[str, ...]]] = []
        self.files_without: list[tuple[int, str]] = []
        self.files: list[str] = []
        self.doubtful = 0
        self.unsound: list[int] = []

    def entry(self, index: int, entry: bytes) -> None:
        envelope = envelope_of(self.worker.source, entry)
        opened = publication.open_envelope(envelope, self.worker.ring)
        payload = opened.payload
        kind = log.kind_of(payload)
        self.kinds[kind] += 1
        self.payloads[index] = opened.payload_sha256
        self.unique[index] = opened.unique
        if opened.signers:
            since = self.worker.doubts.get(opened.signers[0])
            self.doubtful += since is not None and since <= index
        if is_doubtful(index, opened.signers, self.worker.doubts):
            self.unsound.append(index)
        if kind in log.KEY_KINDS:
            if key_kind(entry) is None:
                raise Malformed("This entry about keys is not written as such entries are.")
            return  # the keyring was computed from it, and checked its signatures, in the order of the log
        owner = self.worker.ring.check(index, payload, opened.signers)
        match payload:
            case log.Statements():
                if owner.role in HOUSE:
                    self.house.add(index)
                self._publication(index, payload, owner.owner)
            case log.Review():
                review.check_review(payload)
                if payload.verdict is Verdict.PUBLISH:
                    self.reviews.append((index, _id(payload.publication), owner.owner))
            case log.Retract():
                self.retracted.append((index, owner.owner, tuple(map(_id, payload.ids))))
            case log.Erase():
                self.erased.append((index, tuple(map(_id, payload.ids)), payload.attachments))
            case _:
                pass

    def _publication(self, index: int, payload: log.Statements, owner: str) -> None:
        if payload.publisher != owner:
            raise Disagreement(f"The key belongs to {owner}, not to {payload.publisher[:100]}.")
        if payload.example != self.worker.example:
            raise Disagreement("An invented publication in a real register, or a real one among invented ones.")
        if not payload.commitments:
            raise Malformed("A publication without statements.")
        self.owners[index], self.commitments[index] = owner, payload.commitments
        self.datasets[index], self.names[index] = payload.dataset, publication_rules.publishers(payload.dataset, owner)
        if not self.names[index]:
            raise Disagreement(
                f"This version knows no data set named {payload.dataset[:80]}: verify with the version that the register runs."
            )
        reasons = publication_rules.needs_review(payload)
        if reasons:
            self.held[index] = reasons
        for one in payload.attachments:
            self._file(index, one.sha256, one.size)

    def _file(self, index: int, digest: str, size: int) -> None:
        _id(digest)
        self.files.append(digest)
        if self.worker.attachments is None or not 0 <= size <= publication.ATTACHMENT_MAX:
            self.files_without.append((index, digest))
            return
        try:
            data = self.worker.attachments.file(digest, publication.ATTACHMENT_MAX)
        except Unreachable:
            raise
        except Missing:
            self.files_without.append((index, digest))
            return
        if len(data) != size or sha256(data).hexdigest() != digest:
            raise Disagreement(f"The attached file {digest} is another one than was signed.")

    def contents(self, bundle: int) -> None:
        """Each statement's salt and content against its commitment."""
        if not self.commitments:
            return
        path = content_path(bundle)
        there: set[tuple[int, int]] = set()
        for index, ordinal, salt, data in read_contents(self.worker.source, path):
            commitments = self.commitments.get(index, ())
            if not 0 <= ordinal < len(commitments) or (index, ordinal) in there:
                raise Disagreement(
                    f"{path}: there is no statement {ordinal} of entry {index}, or it stands there twice."
                )
            there.add((index, ordinal))
            self._content(index, ordinal, commitments[ordinal], salt, data)
        for index, commitments in self.commitments.items():
            for ordinal, one in enumerate(commitments):
                if (index, ordinal) not in there:
                    self.without.append((index, _id(one.id)))

    def _content(self, index: int, ordinal: int, told: Commitment, salt: bytes, data: bytes) -> None:
        where = f"Entry {index}, statement {ordinal}"
        if len(salt) != SALT_BYTES or commit(salt, data) != told.id:
            raise Disagreement(f"{where}: salt and content are not those that were committed to.")
        try:
            one = from_content(data)
        except Malformed as error:
            raise Disagreement(f"{where}: {error.message}") from None
        if (one.type, one.standing, one.stance, one.person) != (told.type, told.standing, told.stance, told.person):
            raise Disagreement(f"{where}: the log says something else of it than it is.")
        if one.dataset != self.datasets[index] or not one.source.strip():
            raise Disagreement(f"{where}: it names another data set than its entry, or no source.")
        if one.publisher not in self.names[index]:
            says = f"{where}: it speaks in the name of {one.publisher[:100]}, and {self.owners[index]} signed it."
            if index in self.house:
                raise LaterRule(says, record=later_rules.NAMES)
            raise Disagreement(says)  # a publisher never could
        if one.supersedes is not None:
            corrects = one.stance is Stance.CORRECTS
            self.answers.append(Said(index=index, id=_id(told.id), supersedes=_id(one.supersedes), corrects=corrects))

    def done(self) -> Looked:
        return Looked(
            first=self.first,
            leaves=self.leaves,
            kinds=dict(self.kinds),
            payloads=self.payloads,
            unique=self.unique,
            owners=self.owners,
            ids={index: tuple(_id(one.id) for one in all_) for index, all_ in self.commitments.items()},
            without=tuple(self.without),
            answers=tuple(self.answers),
            reviews=tuple(self.reviews),
            held=self.held,
            retracted=tuple(self.retracted),
            erased=tuple(self.erased),
            files_without=tuple(self.files_without),
            files=tuple(self.files),
            doubtful=self.doubtful,
            unsound=tuple(self.unsound),
        )


def read_contents(source: LogSource, path: str) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Yields entry, ordinal, salt and content of each statement in a file of contents; none where there is no file."""
    try:
        data = source.file(path, CONTENT_LIMIT)
    except Unreachable:
        raise
    except Missing:
        return
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            index, ordinal, salt, text = _LINE.decode(line)
            yield index, ordinal, bytes.fromhex(salt), text.encode()
        except (msgspec.DecodeError, ValueError):
            raise Disagreement(f"Line {number} of {path} cannot be read.") from None
    if data and not data.endswith(b"\n"):
        raise Disagreement(f"{path} is cut short.")


def envelope_of(source: LogSource, entry: bytes) -> bytes:
    """The envelope that an entry is, or that its digest names. Raises Disagreement where that is another one."""
    digest = log.digest_in(entry)
    if digest is None:
        return entry
    _id(digest.sha256)
    data = source.file(f"envelopes/{digest.sha256}", log.ENVELOPE_MAX)
    if len(data) != digest.size or sha256(data).hexdigest() != digest.sha256 or len(data) <= log.ENTRY_MAX:
        raise Disagreement("The envelope beside the log is another one than was logged.")
    return data


def key_kind(entry: bytes) -> str | None:
    """The kind of an entry about keys, told by its first bytes; None for every other entry."""
    if not entry.startswith(_HEAD):
        return None
    try:
        head = base64.b64decode(entry[len(_HEAD) : len(_HEAD) + 40], validate=True)
    except ValueError:
        return None
    kind = head.partition(b'{"kind":"')[2].partition(b'"')[0].decode("ascii", "replace")
    return kind if kind in log.KEY_KINDS else None


def _id(text: str) -> bytes:
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise Malformed("A hash is not written as 64 hex digits.")
    return bytes.fromhex(text)


_worker: Worker | None = None


def start(address: str, attachments: str, size: int, ring: Keyring, example: bool) -> None:
    """Makes this process a worker."""
    global _worker
    _worker = Worker(address, attachments, size, ring, example)


def look(bundles: list[int]) -> list[Looked] | tuple[list[Looked], SousveilError]:
    """Several bundles in this worker; with the first difference, what came before it."""
    assert _worker is not None
    done: list[Looked] = []
    for bundle in bundles:
        try:
            done.append(_worker.look(bundle))
        except SousveilError as error:
            return done, error
    return done
