"""Safari's open tabs with the list of pages that each can go back to (BrowserState.db), of every Safari profile.

`session_data` is a header of four bytes and a property list, or the list alone.
"""

from __future__ import annotations

from typing import Any

from sousveil.artefacts.browsing import MAX_CELL
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import SousveilError
from sousveil.kinds import Flag, Json, Label, MacTime, Opaque, Role, Text, Url
from sousveil.readers.plist import PlistValue, load_plist, to_json
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record


class Tab(Record):
    """One tab."""

    tab_title: Text | None
    tab_url: Url | None
    tab_visible_url: Url | None
    last_viewed_timestamp: MacTime | None
    session_data: Json | None
    """The pages that the tab can go back to: a list of `entry_title`, `entry_url`, `data_length`, and where they are
    there `entry_original_url` (another than the link), `entry_referrer`."""
    session_problem: Label | None
    """Why `session_data` could not be read."""
    uuid: Opaque | None
    opened_from_link: Flag | None
    private_browsing: Flag | None
    date_closed: MacTime | None


_PREFIX = "SessionHistoryEntry"


def _entry(entry: dict[str, Any]) -> dict[str, PlistValue]:
    data, url = entry.get(_PREFIX + "Data"), entry.get(_PREFIX + "URL")
    original = entry.get(_PREFIX + "OriginalURL")
    made: dict[str, PlistValue] = {
        "entry_title": entry.get(_PREFIX + "Title"),
        "entry_url": url,
        "data_length": len(data) if isinstance(data, bytes) else 0,
    }
    if original is not None and original != url:
        made["entry_original_url"] = original
    if entry.get(_PREFIX + "Referrer") is not None:
        made["entry_referrer"] = entry[_PREFIX + "Referrer"]
    return made


def entries(blob: bytes) -> list[PlistValue]:
    """The list of pages in a tab's session data. Raises SousveilError where it cannot be read."""
    start = 0 if blob.startswith((b"bplist00", b"<?xml")) else 4
    top = load_plist(blob[start:], limit_bytes=MAX_CELL)
    history = top.get("SessionHistory") if isinstance(top, dict) else None
    found = history.get("SessionHistoryEntries") if isinstance(history, dict) else None
    return [_entry(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def derive(work: dict[str, Column], context: Context) -> None:
    """The pages of the session data as JSON."""
    blobs = work["_session"]
    sessions: Column = [None] * len(blobs)
    problems: Column = [None] * len(blobs)
    for at, blob in enumerate(blobs):
        if type(blob) is not bytes or not blob:
            continue
        try:
            sessions[at] = to_json(entries(blob))
        except SousveilError as error:
            problems[at] = error.message
    work["session_data"], work["session_problem"] = sessions, problems


_COLUMNS = {"tab_title": "t.title", "tab_url": "t.url", "last_viewed_timestamp": "t.last_viewed_time", "uuid": "t.uuid"}
_OPTIONAL = {
    "tab_visible_url": "t.user_visible_url",
    "opened_from_link": "t.opened_from_link",
    "private_browsing": "t.private_browsing",
    "date_closed": "t.date_closed",
}

ARTEFACT = Artefact(
    name="ios.safari_browserstate",
    title="Safari tabs",
    needs={
        "main": (
            At.ios("/private/var/mobile/Library/Safari/BrowserState.db"),
            At.ios("/private/var/mobile/Library/Safari/Profiles/*/BrowserState.db"),
            At.app("*", "Library/Safari/BrowserState.db"),
            At.app("*", "Library/Safari/Profiles/*/BrowserState.db"),
        )
    },
    record=Tab,
    role=Role.VISITED,
    read=sqlite(
        Layout(
            name="tabs with sessions",
            source="tabs AS t LEFT JOIN tab_sessions AS s ON s.tab_uuid = t.uuid",
            columns=_COLUMNS,
            optional=_OPTIONAL,
            inputs={"_session": "s.session_data"},
            derive=derive,
            extra=("t",),
        ),
        Layout(name="tabs", source="tabs AS t", columns=_COLUMNS, optional=_OPTIONAL, extra=("t",)),
    ),
    events=(
        Event(at="last_viewed_timestamp", says="Safari tab last viewed", shows="tab_url"),
        Event(at="date_closed", says="Safari tab closed", shows="tab_url"),
    ),
    expected=Expected(encrypted_only=True, optional="newer systems keep the tabs in SafariTabs.db"),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output; iOS 14 columns recalled",
            verified=True,
        ),
    ),
    means="A published host shows that a page of it was open in a tab, or lies in the tab's way back. The way back "
    "does not say whether somebody tapped a link or was redirected.",
)
