"""What a view gives: plain data, ready for a page and for JSON.

Every struct here is JSON-able with msgspec. Codes (`standing`, `stage`, `state`) stand beside the words a reader sees, and the
words come from one module only (`views/words.py`). A date is EDTF unless its name says `day` (ISO 8601, one day).
`link` is always an `http` or `https` address or None: nothing else becomes a hyperlink.
"""

from __future__ import annotations

import msgspec


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What every view is a view of: how far the log goes, and the date and index that were asked for."""

    log_size: int
    """Entries of the log that this view knows: `known_at + 1`, or the size of the log."""
    as_of: str | None
    """Day (ISO 8601) for which facts are shown; None: today is not assumed, facts of every time are shown with their dates."""
    known_at: int | None
    """Index of the last log entry that is taken into account; None: all."""


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
    recorded: int
    """Index of the log entry."""
    person: bool = False
    doubtful: bool = False
    retracted: int | None = None
    superseded_by: str | None = None
    stands: bool = True
    """Asserted, not retracted, not corrected, not doubtful: what may decide."""
    marks: list[str] = []
    """In words, what takes force from it: doubtful key, retracted, corrected. Empty: it stands."""
    answers: list[ClaimView] = []
    """Denials, disputes and corrections of this claim, oldest first: to be shown beside it, at the same size."""


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
    """Its claims, each with source, standing, dates and answers."""
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


class NodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A node of a network."""

    id: str
    caption: str
    type: str | None
    type_label: str
    kind: str
    """entity, unknown (an owner said to be unknown), more (stands for those that the limit left out)."""
    group: str
    """company, person, state, product, record: decides shape and letter."""
    distance: int
    centre: bool = False
    nominee: bool = False
    page: bool = True
    more: int = 0
    """kind more: how many are left out."""


class EdgeView(msgspec.Struct, frozen=True, kw_only=True):
    """A link between two nodes, as statements give it."""

    id: str
    """Id of the record that links (ownership, deployment ...)."""
    source: str
    target: str
    """Node ids; the arrow goes from source to target. Never the same."""
    type: str
    label: str
    """In words, from source to target: "owns 60 %"."""
    state: str
    state_words: str
    dates_words: str = ""
    dates_short: str = ""
    """Years alone: "2019 – ?", for the picture."""
    standing: str
    standing_words: str
    nominee: bool = False
    denied: bool = False


class NetworkView(msgspec.Struct, frozen=True, kw_only=True):
    """What lies around an entity."""

    frame: Frame
    centre: Ref
    nodes: list[NodeView]
    """The centre first, then by distance and caption."""
    edges: list[EdgeView]
    depth: int
    ended_shown: bool
    ended_hidden: int
    """Ended links left out because they were not asked for."""
    more: int
    """Entities left out by the limit."""
    to_itself: int = 0
    """Links that lead from an entity to itself (after a merge, or as stated): counted, not drawn."""


class TimelineItem(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a date."""

    id: str
    ref: Ref
    """The record that it is about."""
    lane: str
    """incidents, uses, licences, contracts, ownership, decisions, laws, listings, other."""
    lane_label: str
    words: str
    start: str | None
    """EDTF as stated."""
    end: str | None
    first_day: str | None
    """ISO day: the earliest that `start` allows; None: open or unknown."""
    first_by: str | None
    """ISO day: the latest that `start` allows."""
    last_from: str | None
    """ISO day: the earliest that `end` allows."""
    last_day: str | None
    """ISO day: the latest that `end` allows; None: open or unknown."""
    precision: str
    """day, month, year, or decade ("199X"): of the coarser of the two dates."""
    uncertain: bool = False
    ongoing: bool = False
    """The end is stated as `..`."""
    end_unknown: bool = False
    dates_words: str
    standing: str
    standing_words: str
    denied: bool = False
    source: str
    source_link: str | None = None
    publisher: str


class TimelineView(msgspec.Struct, frozen=True, kw_only=True):
    """What happened when."""

    frame: Frame
    about: Ref | None
    """The entity, or None for the whole register."""
    items: list[TimelineItem]
    """By first day, then by id."""
    undated: int
    """Records that bear no date."""
    more: int = 0


class MapRow(msgspec.Struct, frozen=True, kw_only=True):
    """One statement that puts somebody on the map."""

    ref: Ref
    role: str
    """seller; buyer; listed (a list of others calls it a vendor: no more than that is said)."""
    stage: str | None
    """Buyers: potential, reported, confirmed."""
    words: str
    """The stage in words, with who says so."""
    claim: ClaimView


class MapCountry(msgspec.Struct, frozen=True, kw_only=True):
    """One country of the map."""

    code: str
    """ISO 3166-1 alpha-2, lower case."""
    name: str
    sellers: int
    listed: int
    potential: int
    reported: int
    confirmed: int
    rows: list[MapRow]
    more: int = 0


class MapView(msgspec.Struct, frozen=True, kw_only=True):
    """Sellers and buyers by country."""

    frame: Frame
    countries: list[MapCountry]
    """By name."""
    sellers: int
    listed: int
    potential: int
    reported: int
    confirmed: int
    unplaced: int
    """Sellers and buyers whose country no statement gives."""


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
