"""Layouts of Chromium's `History` and `Favicons`, shared by every browser made from it.

The schema follows the version of the app, not of the system; columns that come and go are optional.
"""

from __future__ import annotations

from sousveil.artefacts.browsing import visit_roles
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Flag, Integer, Label, Opaque, Role, RoleValue, Text, Url, WebKitTime
from sousveil.readers.model import Reader
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record

_REDIRECT = 0xC0000000
"""Set on the visit that a redirect led to: 0x40000000 by the page, 0x80000000 by the server."""
_CORE = (
    "link",
    "typed",
    "auto_bookmark",
    "auto_subframe",
    "manual_subframe",
    "generated",
    "auto_toplevel",
    "form_submit",
    "reload",
    "keyword",
    "keyword_generated",
)
_LOADED = Role.LOADED.value


class ChromiumVisit(Record):
    """One visit of one page, or one search that was typed into the address bar (then with `search_term`)."""

    id: Integer
    """Of the page (`urls.id`)."""
    url: Url
    visit_id: Integer | None
    title: Text | None
    timestamp: WebKitTime | None
    """Of the visit; for a search the last visit of its result page."""
    role: RoleValue
    """`redirected` where the transition says so, `searched` for searches, `loaded` for frames, `visited` else."""
    redirect_source: Integer | None
    """`from_visit`: the visit that led here by a link or a redirect; 0 or none for neither."""
    redirect_source_url: Opaque | None
    """Its link; matched where that visit has its own row."""
    transition: Integer | None
    transition_type: Label | None
    """The core of `transition`: `link`, `typed`, `auto_bookmark` and so on."""
    typed: Flag | None
    """1 where the address was typed or completed."""
    visit_duration: Integer | None
    """Microseconds."""
    external_referrer_url: Url | None
    visit_count: Integer | None
    typed_count: Integer | None
    hidden: Flag | None
    search_term: Text | None


def derive(work: dict[str, Column], context: Context) -> None:
    """Role, name of the transition and whether the address was typed."""
    transitions = [t if type(t) is int else 0 for t in work["_transition"]]
    roles = visit_roles(work.get("url", [None] * len(transitions)), [t & _REDIRECT for t in transitions])
    cores = [t & 0xFF for t in transitions]
    if 3 in cores or 4 in cores:
        roles = [_LOADED if core in (3, 4) else role for core, role in zip(cores, roles, strict=True)]
    work["role"] = roles
    if context.full:
        work["transition_type"] = [_CORE[core] if core < len(_CORE) else None for core in cores]
        work["typed"] = [int(core == 1) for core in cores]


def derive_search(work: dict[str, Column], context: Context) -> None:
    """The role of searches."""
    work["role"] = [Role.SEARCHED.value] * len(work["_key"])


def history_reader(*others: Layout) -> Reader:
    """Visits, then typed searches. `others` are further layouts of the visits."""
    visits = Layout(
        name="visits",
        source="visits AS v LEFT JOIN urls AS u ON u.rowid = v.url LEFT JOIN visits AS f ON f.rowid = v.from_visit "
        "LEFT JOIN urls AS fu ON fu.rowid = f.url",
        columns={
            "id": "u.id",
            "url": "u.url",
            "visit_id": "v.id",
            "title": "u.title",
            "timestamp": "v.visit_time",
            "redirect_source": "v.from_visit",
            "redirect_source_url": "fu.url",
            "transition": "v.transition",
        },
        optional={
            "visit_duration": "v.visit_duration",
            "external_referrer_url": "v.external_referrer_url",
            "visit_count": "u.visit_count",
            "typed_count": "u.typed_count",
            "hidden": "u.hidden",
        },
        inputs={"_transition": "v.transition"},
        derive=derive,
        extra=("v", "u"),
    )
    searches = Layout(
        name="searches",
        source="keyword_search_terms AS k LEFT JOIN urls AS u ON u.rowid = k.url_id",
        columns={
            "id": "k.url_id",
            "url": "u.url",
            "title": "u.title",
            "timestamp": "u.last_visit_time",
            "search_term": "k.term",
        },
        inputs={"_key": "k.url_id"},
        derive=derive_search,
        extra=("k",),
    )
    return sqlite(visits, *others, also=(searches,))


_MEANS = (
    "A published host shows that the browser went there. A redirected visit needs nobody's intention; a typed one "
    "does, for example of somebody who read a report. Visits of other devices of the same account may be mixed in."
)


def history(
    name: str,
    title: str,
    browser: str,
    places: tuple[At, ...],
    app: tuple[str, ...],
    seen: tuple[Seen, ...],
    *,
    optional: str = "",
) -> Artefact:
    """The artefact of one browser's history. `optional`: why its absence is no surprise even with the app installed."""
    return Artefact(
        name=name,
        title=title,
        needs={"main": places},
        record=ChromiumVisit,
        role=Role.VISITED,
        read=history_reader(),
        events=(Event(at="timestamp", says=f"page visited in {browser}", shows="url"),),
        expected=Expected(app=app, optional=optional),
        seen=seen,
        means=_MEANS,
    )
