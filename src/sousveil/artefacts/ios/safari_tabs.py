"""Safari's tabs, tab groups and recently closed tabs on newer systems (SafariTabs.db): a tree in the table
`bookmarks`."""

from __future__ import annotations

from sousveil.artefacts.browsing import plists_as_json
from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Flag, Integer, Json, MacTime, Opaque, Role, Text, Url
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record


class SafariTab(Record):
    """One tab, or a group of tabs (then without a link)."""

    id: Integer
    title: Text | None
    url: Url | None
    parent: Integer | None
    group: Text | None
    """Title of the group or window that holds it."""
    type: Integer | None
    """0 a tab, 1 a group."""
    subtype: Integer | None
    uuid: Opaque | None
    last_modified: MacTime | None
    date_closed: MacTime | None
    deleted: Flag | None
    local_attributes: Json | None
    """What Safari notes about the tab on this device: when it was viewed, and its link where that is newer than
    `url`."""
    extra_attributes: Json | None


ARTEFACT = Artefact(
    name="ios.safari_tabs",
    title="Safari tabs (newer systems)",
    needs={
        "main": (
            At.ios("/private/var/mobile/Library/Safari/SafariTabs.db"),
            At.app("com.apple.mobilesafari", "Library/Safari/SafariTabs.db"),
        )
    },
    record=SafariTab,
    role=Role.VISITED,
    read=sqlite(
        Layout(
            name="bookmarks",
            source="bookmarks AS b LEFT JOIN bookmarks AS g ON g.rowid = b.parent",
            columns={"id": "b.id", "title": "b.title", "url": "b.url", "parent": "b.parent", "group": "g.title"},
            optional={
                "type": "b.type",
                "subtype": "b.subtype",
                "uuid": "b.external_uuid",
                "last_modified": "b.last_modified",
                "date_closed": "b.date_closed",
                "deleted": "b.deleted",
                "local_attributes": "b.local_attributes",
                "extra_attributes": "b.extra_attributes",
            },
            decode={"local_attributes": plists_as_json, "extra_attributes": plists_as_json},
            extra=("b",),
        )
    ),
    events=(
        Event(at="last_modified", says="Safari tab changed", shows="url"),
        Event(at="date_closed", says="Safari tab closed", shows="url"),
    ),
    expected=Expected(encrypted_only=True, ios=(15, None), optional="its place was not confirmed on a phone"),
    seen=(Seen(versions="iOS 15 to 26", basis="recalled", verified=False),),
    means="A published host shows that a page of it was open in a tab of this phone or of another device of the same "
    "account.",
)
