"""Plain data of the pictures: network, timeline, map."""

from __future__ import annotations

import msgspec

from sousveil.register.views.model_base import ClaimView, Frame, Ref


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
    countries: list[str] = []
    """ISO 3166-1 alpha-2, lower case."""
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
    """In words, from source to target: "owns 60 % of"."""
    count: int = 1
    """How many records say the same of the two (supplies, for instance): drawn as one. `id` is the first one's."""
    state: str
    state_words: str
    dates_words: str = ""
    dates_short: str = ""
    """Years alone: "2019 – ?", for the picture."""
    standing: str
    standing_words: str
    nominee: bool = False
    denied: bool = False
    notes: list[str] = []
    """Notes of the record that links, such as "approval disputed"."""


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
    notes: list[str] = []
    """Notes of the record."""
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
    """seller; buyer; listed (a list of others calls it a vendor: no more than that is said); restricted (a government has put
    the company on a list, and no statement calls it a seller)."""
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
    restricted: int
    companies: int
    """Sellers and listed companies, each once."""
    on_lists: int
    """Companies on a government's list, the sellers among them."""
    potential: int
    reported: int
    confirmed: int
    rows: list[MapRow]
    more: int = 0
    note: str = ""
    """What most of a large number of buyers are, where the statements say it."""


class MapView(msgspec.Struct, frozen=True, kw_only=True):
    """Sellers and buyers by country."""

    frame: Frame
    countries: list[MapCountry]
    """By name."""
    sellers: int
    listed: int
    restricted: int
    potential: int
    reported: int
    confirmed: int
    unplaced: int
    """Sellers, vendors by a list, and buyers whose country no statement gives."""
    unplaced_sellers: int
    """Of these, sellers and vendors by a list."""
