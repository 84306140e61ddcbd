"""What the store gives besides statements."""

from __future__ import annotations

import msgspec

from sousveil.register.model import Recorded


class LogEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry of the log with what the database knows of it."""

    index: int
    kind: str
    envelope: bytes
    """The signed envelope, exact bytes. In the log itself stands `entries.log_entry(envelope)`."""
    recorded_at: str
    """UTC, when the register took it; the register's word, not part of the entry."""
    key_id: str
    """Id of the first key that signed it."""
    signers: tuple[str, ...]
    publisher: str
    """Owner of that key."""
    dataset: str


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """A statement whose content and salt were deleted."""

    id: str
    recorded: int
    """Index of the entry that carried it."""
    index: int
    """Index of the entry that erased it."""
    ground: str
    by: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry did to one statement."""

    op: str
    """`add`; `change` (a correction, a key that was compromised); `delete` (retracted); `erase`."""
    index: int
    id: str
    recorded: Recorded | None
    """The statement as it stands now; None once it is erased."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is. Erased statements do not count."""

    entries: int
    statements: int
    entities: dict[str, int]
    """Entities by record type."""
    datasets: dict[str, int]
    """Statements by data set."""
    erased: int


class SnapshotState(msgspec.Struct, frozen=True, kw_only=True):
    """The newest snapshot of a reference list."""

    dataset: str
    source: str
    sha256: str
    date: str
    rows: int
    counts: dict[str, int]
    index: int


class HeldState(msgspec.Struct, frozen=True, kw_only=True):
    """A publication that waits for reviewers. Nothing of it is public."""

    id: str
    """SHA-256 of its payload."""
    state: str
    """`waiting`, `notice` (both reviewers agree, the time to reply runs), `published`, `refused`."""
    received_at: str
    owner: str
    reasons: tuple[str, ...]
    due: str | None
    """Last day of the time to reply."""
    reviewers: tuple[str, ...]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work that must survive a restart."""

    id: str
    kind: str
    body: dict[str, object]
    tries: int
    made_at: str


class TreeState(msgspec.Struct, frozen=True, kw_only=True):
    """The log's tree as the database holds it."""

    size: int
    roots: tuple[bytes, ...]
    """Of the perfect subtrees, largest first."""
    root: bytes


class NewStatement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A statement on its way in."""

    id: bytes
    salt: bytes
    content: bytes
    subject: str
    type: str
    dataset: str
    target: str | None
    """The value, where it is another entity's id."""
    supersedes: bytes | None
    corrects: bool
    """It replaces what it supersedes; set only after it was checked that the publisher is the same."""
    person: bool


class NewEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An entry on its way in."""

    kind: str
    envelope: bytes
    leaf: bytes
    """Leaf hash of what stands in the log."""
    unique: bytes
    """See `publication.Opened.unique`."""
    signers: tuple[str, ...]
    publisher: str
    dataset: str
    statements: tuple[NewStatement, ...] = ()
