"""History of Android's old browser and of those made from it (browser2.db), where an adb backup holds it."""

from __future__ import annotations

from sousveil.artefacts.android._backup import EXPECTED, FORMS
from sousveil.artefacts.browsing import visit_roles
from sousveil.artefacts.model import Artefact, At, Context, Event, Seen
from sousveil.kinds import Flag, Integer, Role, RoleValue, Text, UnixTime, Url
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record


class BrowserPage(Record):
    """One page of the history."""

    id: Integer
    url: Url
    title: Text | None
    role: RoleValue
    """`searched` for result pages of search engines, `visited` else."""
    visits: Integer | None
    typed: Flag | None
    """1 where somebody typed the address."""
    at: UnixTime | None
    """Of the last visit."""


def _derive(work: dict[str, Column], _: Context) -> None:
    urls = work["url"]
    work["role"] = visit_roles(urls, [None] * len(urls))


ARTEFACT = Artefact(
    name="android.browser_history",
    title="History of Android's old browser",
    needs={"main": (At.anywhere("apps/*/db/browser2.db"),)},
    record=BrowserPage,
    role=Role.VISITED,
    read=sqlite(
        Layout(
            name="history",
            source="history",
            columns={"id": "history._id", "url": "history.url"},
            optional={
                "title": "history.title",
                "visits": "history.visits",
                "typed": "history.user_entered",
                "at": "history.date",
            },
            derive=_derive,
        )
    ),
    events=(Event(at="at", says="page visited", shows="url"),),
    expected=EXPECTED,
    acquisitions=FORMS,
    seen=(Seen(versions="Android 3 to 8", basis="layout recalled", verified=False),),
    means="A page of a published host was opened. History does not say whether somebody typed the address on purpose.",
)
