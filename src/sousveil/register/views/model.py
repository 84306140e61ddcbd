"""What a view gives: plain data, ready for a page and for JSON.

Every struct here is JSON-able with msgspec. Codes (`standing`, `stage`, `state`) stand beside the words a reader sees, and the
words come from one module only (`views/words/`). A date is EDTF unless its name says `day` (ISO 8601, one day).
`link` is always an `http` or `https` address or None: nothing else becomes a hyperlink.
"""

from __future__ import annotations

import msgspec

from sousveil.register.views.model_base import ClaimView, Frame, Ref
from sousveil.register.views.model_letter import (
    DroppedView,
    FigureView,
    PegasusView,
    PotentialClient,
    SignatoriesView,
    SignatoryView,
    SourcesView,
    SourceView,
)
from sousveil.register.views.model_pictures import (
    EdgeView,
    MapCountry,
    MapRow,
    MapView,
    NetworkView,
    NodeView,
    TimelineItem,
    TimelineView,
)

__all__ = [
    "BlockedView",
    "ChangeView",
    "ClaimView",
    "CountView",
    "DroppedView",
    "EdgeView",
    "EntityView",
    "FigureView",
    "FindingView",
    "Frame",
    "GroupMember",
    "GroupView",
    "Grouped",
    "HomeView",
    "Judged",
    "LatestView",
    "MapCountry",
    "MapRow",
    "MapView",
    "NetworkView",
    "NewView",
    "NodeView",
    "PegasusView",
    "PotentialClient",
    "PropertyView",
    "Ref",
    "RelatedView",
    "SectionView",
    "SignatoriesView",
    "SignatoryView",
    "SourceView",
    "SourcesView",
    "TimelineItem",
    "TimelineView",
]


class PropertyView(msgspec.Struct, frozen=True, kw_only=True):
    """All claims of one property."""

    name: str
    label: str
    claims: list[ClaimView]
    more: int = 0
    """Claims that the limit left out; 0: all are here."""


class RelatedView(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that has to do with the one shown: a product, a licence, an owner, an incident."""

    ref: Ref
    """The record itself: the ownership, the licence, the incident."""
    role: str
    """What the shown entity is in it, in words: "vendor", "licensee", "owned by"."""
    others: list[Ref]
    """The other entities that it names, in order of its properties. For an ownership: the owner or the owned."""
    facts: list[PropertyView]
    """Its claims, each with source, standing, dates, notes and answers."""
    notes: list[str] = []
    """What qualifies the record ("not final", a denial): shown with the row, never folded."""
    standing: str
    """The weakest of what it takes: strongest claim for each naming property, of these the weakest."""
    standing_words: str
    stage: str | None = None
    """Incidents: selected, targeted, infected."""
    stage_words: str = ""
    client_stage: str | None = None
    """potential, reported, confirmed: never more than the statement says."""
    client_words: str = ""
    state: str
    """current, ended, happened (once), future, unknown: on the day asked for, else today."""
    state_words: str
    dates_words: str = ""
    unknown_party: bool = False
    """The other side is said to be unknown: that is data and is shown so."""
    nominee: bool = False
    answered: int = 0
    """How many denials, disputes or corrections its claims bear."""


class SectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an entity's page."""

    name: str
    """products, deployments, licences, supplies, contracts, owners, owned, roles, incidents, decisions, listings, other."""
    title: str
    what: str
    """One sentence that says what stands here."""
    rows: list[RelatedView]
    more: int = 0
    """Rows that the limit left out."""


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """What one log entry changed for the entity."""

    index: int
    recorded_at: str | None
    """RFC 3339, as the operator's clock had it."""
    words: str
    publishers: list[str]
    added: int = 0
    corrected: int = 0
    answered: int = 0
    retracted: int = 0


class GroupMember(msgspec.Struct, frozen=True, kw_only=True):
    """A company of the same group along ownership."""

    ref: Ref
    direction: str
    """up: owns the one shown, directly or through others; down: is owned by it; side: owned by an owner."""
    distance: int
    path: list[Ref]
    """From the shown entity to this one, both included."""
    standing: str
    """Of the weakest link on the path."""
    standing_words: str
    state: str
    """current when every link of the path is; ended when one has ended; else unknown."""
    state_words: str
    unknown: bool = False
    """An owner that is said to be unknown stands here."""


class GroupView(msgspec.Struct, frozen=True, kw_only=True):
    """The group that ownership statements draw around an entity."""

    members: list[GroupMember]
    more: int = 0
    circular: bool = False
    """The statements say that somebody owns itself through others: shown once, and said."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A person's judgement on whether two entities are one."""

    other: Ref
    verdict: str
    verdict_words: str
    reason: str | None
    by: str
    recorded: int


class Grouped(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a page shows as one with others, and why."""

    id: str
    name: str
    datasets: list[str]
    how: str
    """`canonical` (the others are shown as this record), `proposed` (by the core data: no effect on answers before a second person agrees),
    `rule`, `judged` (by one person), `reviewed` (by two)."""
    how_words: str
    """Empty for the canonical record."""
    reason: str


class EntityView(msgspec.Struct, frozen=True, kw_only=True):
    """An entity's page."""

    frame: Frame
    id: str
    asked: str
    """The id that was asked for."""
    redirect: str | None = None
    """The canonical id, where the one asked for was merged: answer with a redirect; the view is the canonical one's."""
    type: str
    type_label: str
    what: str
    """One sentence on what such a record is."""
    caption: str
    labels: list[str]
    """What lists and documents say of it, each with who says so: "Listed by MISP as ...". Never a judgement of ours."""
    labels_claims: list[ClaimView]
    """The claims behind the labels, in the same order."""
    countries: list[str]
    """ISO 3166-1 alpha-2, lower case."""
    properties: list[PropertyView]
    sections: list[SectionView]
    group: GroupView
    history: list[ChangeView]
    """Newest first."""
    history_more: int = 0
    members: list[Ref]
    """Ids that were merged into this one by judgement, this one left out."""
    grouped: list[Grouped] = []
    """All records that the page shows as one; empty where it shows one record."""
    judgements: list[Judged]
    statements: int
    """How many statements the page draws on about the entity itself."""
    datasets: list[str]
    publishers: list[str]
    example: bool = False


class CountView(msgspec.Struct, frozen=True, kw_only=True):
    """How many records of one type the register holds, and what that means."""

    type: str
    label: str
    plural: str
    what: str
    count: int


class NewView(msgspec.Struct, frozen=True, kw_only=True):
    """One of the latest entries of the log that says something."""

    index: int
    recorded_at: str | None
    publisher: str
    words: str
    statements: int
    refs: list[Ref]
    more: int = 0


class BlockedView(msgspec.Struct, frozen=True, kw_only=True):
    """A restriction that somebody else has ordered: a listing, a licence revoked, a rejection."""

    ref: Ref
    """Whom or what it restricts."""
    record: Ref
    """The listing, licence event or decision."""
    kind: str
    """listed, revoked, suspended, refused (licences), rejected, ended, stopped (boards)."""
    words: str
    by: str
    """Who ordered it; "" where the statement does not say."""
    claim: ClaimView
    dates_words: str = ""


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the data shows, chosen by a rule."""

    title: str
    text: str
    ref: Ref
    """The entity that it is about; without a page where it is about a State."""
    country: str = ""
    """Code of the State that it is about."""
    claims: list[ClaimView]
    """Some of the claims that it rests on."""


class LatestView(msgspec.Struct, frozen=True, kw_only=True):
    """A fact by its own date."""

    date: str
    """In words."""
    words: str
    ref: Ref


class HomeView(msgspec.Struct, frozen=True, kw_only=True):
    """The first page."""

    frame: Frame
    title: str
    example: bool
    statements: int
    entities: int
    datasets: int
    counts: list[CountView]
    """Types that have at least one record, most important first."""
    new: list[NewView]
    """Newest first."""
    blocked: list[BlockedView]
    blocked_more: int = 0
    findings: list[FindingView]
    """What the data shows, at most three."""
    latest: list[LatestView]
    """The newest facts, by their own date."""
