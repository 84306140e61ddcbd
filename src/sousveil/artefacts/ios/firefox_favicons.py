"""Site icons of Firefox (browser.db of older versions); they can outlive a cleared history."""

from __future__ import annotations

from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Integer, Role, UnixTime, Url
from sousveil.readers.sqlite import Layout, sqlite
from sousveil.records import Record


class FirefoxFavicon(Record):
    """One icon of one page."""

    id: Integer
    """Of the icon."""
    url: Url
    """Of the icon."""
    width: Integer | None
    height: Integer | None
    type: Integer | None
    timestamp: UnixTime | None
    history_id: Integer | None
    history_url: Url | None
    """The page."""


_ICON = {"id": "i.id", "url": "i.url"}
_OPTIONAL = {"width": "i.width", "height": "i.height", "type": "i.type", "timestamp": "i.date"}

ARTEFACT = Artefact(
    name="ios.firefox_favicons",
    title="Site icons of Firefox",
    needs={"main": (At.group("group.org.mozilla.ios.*", "*profile/browser.db"),)},
    record=FirefoxFavicon,
    role=Role.LOADED,
    read=sqlite(
        Layout(
            name="favicon_sites",
            source="favicon_sites AS s LEFT JOIN favicons AS i ON i.rowid = s.faviconID LEFT JOIN history AS h ON "
            "h.rowid = s.siteID",
            columns={**_ICON, "history_id": "s.siteID", "history_url": "h.url"},
            optional=_OPTIONAL,
        ),
        Layout(
            name="favicon_site_urls",
            source="favicon_site_urls AS s LEFT JOIN favicons AS i ON i.rowid = s.faviconID",
            columns={**_ICON, "history_url": "s.site_url"},
            optional=_OPTIONAL,
        ),
        Layout(name="favicons", source="favicons AS i", columns=_ICON, optional=_OPTIONAL),
    ),
    events=(Event(at="timestamp", says="site icon fetched by Firefox", shows="url"),),
    expected=Expected(app=("org.mozilla.ios.Firefox",), optional="newer versions keep icons elsewhere"),
    seen=(
        Seen(versions="Firefox with favicon_sites", basis="layout from the reference tool's output", verified=True),
        Seen(
            versions="Firefox with favicon_site_urls", basis="recalled", verified=False, tables=("favicon_site_urls",)
        ),
    ),
    means="Firefox fetched an icon for a page of this host; the row may be left over from a history that was cleared.",
)
