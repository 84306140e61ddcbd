"""What every view is made of: the frame, pointers to entities, claims."""

from __future__ import annotations

import msgspec

LONG_AFTER = 30
"""Days from what a statement says as its day to its recording from which a page says so; JSON gives the days in any case."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What every view is a view of: how far the log goes, and the date and index that were asked for."""

    log_size: int
    """Entries of the log that this view knows: `known_at + 1`, or the size of the log."""
    as_of: str | None
    """Day (ISO 8601) for which facts are shown; None: today is not assumed, facts of every time are shown with their dates."""
    known_at: int | None
    """Index of the last log entry that is taken into account; None: all."""


class DayView(msgspec.Struct, frozen=True, kw_only=True):
    """A view of a day."""

    frame: Frame
    day: str


class Ref(msgspec.Struct, frozen=True, kw_only=True):
    """A pointer to an entity, with what is needed to write it down."""

    id: str
    """The canonical id."""
    caption: str
    type: str | None = None
    """Record type; None where the register holds no statement about it."""
    type_label: str = ""
    page: bool = True
    """Has a page of its own: False for a row of a reference list and for an id that nothing is known of."""


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    """A statement under a cell."""

    id: str
    record: Ref
    says: str
    source: str
    source_link: str | None
    standing: str
    standing_words: str
    publisher: str
    notes: list[str]
    """What qualifies it, by the same publication."""


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """One statement as a reader sees it, with what others say of it at the same level."""

    id: str
    """Statement id, 64 hex digits."""
    subject: str
    property: str
    value: str
    display: str
    """The value in words: a caption for an entity, a country's name for a country, a sentence for a code."""
    entity: Ref | None = None
    """Where the value is an entity."""
    link: str | None = None
    """Where the value is an address that may be followed."""
    language: str | None = None
    original: str | None = None
    source: str
    """Where it is said: an address or a citation, as given."""
    source_link: str | None = None
    source_sha256: str | None = None
    publisher: str
    dataset: str
    standing: str
    standing_words: str
    stance: str
    stance_words: str
    valid_from: str | None = None
    valid_until: str | None = None
    dates_words: str = ""
    """Validity in words; says "end unknown" where it is unknown. Empty where no date is given."""
    holds: bool | None = None
    """Whether it held on the day asked for; None: cannot be told, or no day was asked for."""
    asserted: str | None = None
    """Day on which the source says that it said so, EDTF."""
    recorded: int
    """Index of the log entry."""
    recorded_on: str
    """ISO day on which the log took it, by the operator's clock."""
    published_after: int | None = None
    """Days from the last day that `asserted` may mean to `recorded_on`; None where no day is given, or a later one."""
    person: bool = False
    doubtful: bool = False
    retracted: int | None = None
    superseded_by: str | None = None
    stands: bool = True
    """Asserted, not retracted, not corrected, not doubtful: what may decide."""
    marks: list[str] = []
    """In words, what takes force from it: doubtful key, retracted, corrected. Empty: it stands."""
    notes: list[str] = []
    """What qualifies the claim, by the same publication ("not final"): to be shown beside it."""
    answers: list[ClaimView] = []
    """Denials, disputes and corrections of this claim, oldest first: to be shown beside it, at the same size."""
