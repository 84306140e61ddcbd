"""Safari's bookmarks and reading list (Bookmarks.db)."""

from __future__ import annotations

from sousveil.artefacts.browsing import plists_as_json
from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Flag, Integer, Json, MacTime, Opaque, Role, Text, Url
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record


class Bookmark(Record):
    """One bookmark, reading-list entry or folder (then without a link)."""

    id: Integer
    title: Text | None
    url: Url | None
    parent: Integer | None
    folder: Text | None
    """Title of the folder that holds it; `com.apple.ReadingList` for the reading list."""
    type: Integer | None
    """0 a bookmark, 1 a folder."""
    special_id: Integer | None
    uuid: Opaque | None
    last_modified: MacTime | None
    deleted: Flag | None
    read: Flag | None
    """Of the reading list: whether it was opened."""
    locally_added: Flag | None
    extra_attributes: Json | None
    """Of the reading list: when it was added, its preview."""
    local_attributes: Json | None


ARTEFACT = Artefact(
    name="ios.safari_bookmarks",
    title="Safari bookmarks and reading list",
    needs={
        "main": (
            At.ios("/private/var/mobile/Library/Safari/Bookmarks.db"),
            At.app("com.apple.mobilesafari", "Library/Safari/Bookmarks.db"),
        )
    },
    record=Bookmark,
    role=Role.WRITTEN,
    read=sqlite(
        Layout(
            name="bookmarks",
            source="bookmarks AS b LEFT JOIN bookmarks AS f ON f.rowid = b.parent",
            columns={"id": "b.id", "title": "b.title", "url": "b.url", "parent": "b.parent", "folder": "f.title"},
            optional={
                "type": "b.type",
                "special_id": "b.special_id",
                "uuid": "b.external_uuid",
                "last_modified": "b.last_modified",
                "deleted": "b.deleted",
                "read": "b.read",
                "locally_added": "b.locally_added",
                "extra_attributes": "b.extra_attributes",
                "local_attributes": "b.local_attributes",
            },
            decode={"local_attributes": plists_as_json, "extra_attributes": plists_as_json},
            extra=("b",),
        )
    ),
    events=(Event(at="last_modified", says="Safari bookmark changed", shows="url"),),
    expected=Expected(optional="not every backup has it"),
    seen=(
        Seen(
            versions="iOS 12 to 26", basis="layout from published descriptions; later columns recalled", verified=False
        ),
    ),
    means="A published host shows that the owner (or another device of the account) kept a link. A bookmark is weak: "
    "it says nothing about an attack.",
)
