"""Plain data of the letter's pages and of the sources."""

from __future__ import annotations

import msgspec

from sousveil.register.views.model_base import ClaimView, Frame, Ref


class FigureView(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as the letter prints it."""

    name: str
    words: str
    """The whole sentence, with the figure in it."""
    printed: str
    claim: ClaimView


class PotentialClient(msgspec.Struct, frozen=True, kw_only=True):
    """A country in which potential clients were identified."""

    code: str
    name: str
    stage: str
    words: str
    claim: ClaimView


class PegasusView(msgspec.Struct, frozen=True, kw_only=True):
    """The Pegasus Project's page."""

    frame: Frame
    campaign: Ref | None
    figures: list[FigureView]
    clients: list[PotentialClient]
    clients_words: str
    corporate_presence: list[PotentialClient]
    """States that the letter names for NSO's corporate presence; `stage` is "" there: they are no clients."""
    presence_words: str
    denials: list[ClaimView]
    """What the company says against it."""
    source: str
    source_link: str | None = None


class SignatoryView(msgspec.Struct, frozen=True, kw_only=True):
    """A signature of the letter."""

    ref: Ref
    name: str
    role: str
    """organisation or expert."""
    claim: ClaimView


class SignatoriesView(msgspec.Struct, frozen=True, kw_only=True):
    """The letter's signatories."""

    frame: Frame
    letter: Ref | None
    title: str
    organisations: list[SignatoryView]
    experts: list[SignatoryView]
    experts_held: int
    """Experts whose names wait for review, or were taken off."""
    printed: int | None
    """Organizations by the official count, where a statement gives it."""
    words: list[str]
    """What must be said: has not endorsed this register; how many of how many; delisted on request."""
    source: str
    source_link: str | None = None


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A data set, its terms and what was taken from it."""

    name: str
    title: str
    publisher: str
    licence: str
    licence_url: str | None
    attribution: str
    non_commercial: bool
    share_alike: bool
    marks: list[str]
    """In words: not for commercial use, share alike, reference list."""
    class_: str = msgspec.field(name="class")
    coverage: str
    snapshot: str | None
    """Date of the snapshot that was loaded last; None: not loaded."""
    sha256: str | None
    rows: int | None
    counts: dict[str, int]
    statements: int
    """Live statements of it in the log."""
    index: int | None
    loaded: bool
    dropped: list[DroppedView]


class DroppedView(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is not taken over, and why."""

    file: str
    column: str
    reason: str


class SourcesView(msgspec.Struct, frozen=True, kw_only=True):
    """Sources and licences."""

    frame: Frame
    sources: list[SourceView]
    direct: int
    """Statements that were published here directly, by their own publishers."""
