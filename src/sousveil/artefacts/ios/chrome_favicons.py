"""Site icons of Chrome, and of Edge, Brave and Opera where they keep Chromium's layout. They can outlive a cleared
history."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Integer, Role, Url, WebKitTime
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record


class Favicon(Record):
    """One page with one stored size of its icon."""

    url: Url
    """The page."""
    icon_url: Url | None
    timestamp: WebKitTime | None
    """When the icon was fetched last."""
    last_requested: WebKitTime | None
    icon_type: Integer | None
    width: Integer | None
    height: Integer | None


_RELATIVES = (
    At.app("com.microsoft.msedge*", "Library/Application Support/*/Favicons"),
    At.app("com.brave.ios.browser*", "Library/Application Support/*/Favicons"),
    At.app("com.opera.*", "Library/Application Support/*/Favicons"),
)

ARTEFACT = Artefact(
    name="ios.chrome_favicons",
    title="Site icons of Chrome and its relatives",
    needs={
        "main": (
            At.app("com.google.chrome.ios*", "Library/Application Support/Google/Chrome/*/Favicons"),
            *_RELATIVES,
        )
    },
    record=Favicon,
    role=Role.LOADED,
    read=sqlite(
        Layout(
            name="favicons",
            source="icon_mapping AS m LEFT JOIN favicons AS f ON f.rowid = m.icon_id "
            "LEFT JOIN favicon_bitmaps AS b ON b.icon_id = m.icon_id",
            columns={"url": "m.page_url", "icon_url": "f.url", "timestamp": "b.last_updated"},
            optional={
                "last_requested": "b.last_requested",
                "icon_type": "f.icon_type",
                "width": "b.width",
                "height": "b.height",
            },
            extra=("m",),
        )
    ),
    events=(Event(at="timestamp", says="site icon fetched by a browser", shows="icon_url"),),
    expected=Expected(app=("com.google.chrome.ios",)),
    seen=(
        Seen(
            versions="Chrome of iOS 12 to 26",
            basis="layout from the reference tool's output and Chromium's documentation",
            verified=True,
        ),
        Seen(versions="Edge, Brave, Opera", basis="recalled; places not confirmed", verified=False, places=_RELATIVES),
    ),
    means="The browser fetched an icon for a page of this host; the row may be left over from a history that was "
    "cleared.",
)
