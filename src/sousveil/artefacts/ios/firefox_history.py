"""Firefox's history: browser.db of older versions, places.db of newer ones."""

from __future__ import annotations

from sousveil.artefacts.browsing import visit_roles
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Flag, Integer, Opaque, Role, RoleValue, Text, UnixTime, Url
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record


class FirefoxVisit(Record):
    """One visit of one page."""

    id: Integer
    """Of the visit."""
    timestamp: UnixTime | None
    url: Url | None
    """None where the page was deleted."""
    title: Text | None
    role: RoleValue
    is_local: Flag | None
    """0: came from another device of the account."""
    type: Integer | None
    """1 link, 2 typed, 3 bookmark, 4 embedded, 5 and 6 redirect, 7 download, 8 link in a frame, 9 reload."""
    from_visit: Integer | None
    from_url: Opaque | None
    """Link of the visit that led here; matched where that visit has its own row."""
    is_deleted: Flag | None
    page_modified: UnixTime | None


def derive(work: dict[str, Column], context: Context) -> None:
    """The role."""
    types = work["_type"]
    roles = visit_roles(work.get("url", [None] * len(types)), [t in (5, 6) for t in types])
    work["role"] = [Role.LOADED.value if t in (4, 8) else role for t, role in zip(types, roles, strict=True)]


ARTEFACT = Artefact(
    name="ios.firefox_history",
    title="Firefox history",
    needs={
        "main": (
            At.group("group.org.mozilla.ios.*", "*profile/browser.db"),
            At.group("group.org.mozilla.ios.*", "*profile/*places.db"),
        )
    },
    record=FirefoxVisit,
    role=Role.VISITED,
    read=sqlite(
        Layout(
            name="browser.db",
            source="visits AS v LEFT JOIN history AS h ON h.rowid = v.siteID",
            columns={"id": "v.id", "timestamp": "v.date", "url": "h.url", "title": "h.title", "type": "v.type"},
            optional={"is_local": "v.is_local", "is_deleted": "h.is_deleted", "page_modified": "h.local_modified"},
            inputs={"_type": "v.type"},
            derive=derive,
            extra=("v", "h"),
        ),
        Layout(
            name="places.db",
            source="moz_historyvisits AS v LEFT JOIN moz_places AS p ON p.rowid = v.place_id "
            "LEFT JOIN moz_historyvisits AS f ON f.rowid = v.from_visit LEFT JOIN moz_places AS fp ON fp.rowid = "
            "f.place_id",
            columns={
                "id": "v.id",
                "timestamp": "v.visit_date",
                "url": "p.url",
                "title": "p.title",
                "type": "v.visit_type",
                "from_visit": "v.from_visit",
                "from_url": "fp.url",
            },
            optional={"is_local": "v.is_local"},
            inputs={"_type": "v.visit_type"},
            derive=derive,
            extra=("v", "p"),
        ),
    ),
    events=(Event(at="timestamp", says="page visited in Firefox", shows="url"),),
    expected=Expected(app=("org.mozilla.ios.Firefox",)),
    seen=(
        Seen(versions="Firefox with browser.db", basis="layout from the reference tool's output", verified=True),
        Seen(versions="Firefox with places.db", basis="recalled", verified=False, tables=("moz_historyvisits",)),
    ),
    means="A published host shows that Firefox went there. A redirected visit needs nobody's intention; a typed one "
    "does.",
)
