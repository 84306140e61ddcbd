"""Brave's history: in Chromium's layout, or in the older Core Data store `Brave.sqlite`.

Neither place was confirmed on a phone; a store with other tables is reported as unsupported.
"""

from __future__ import annotations

from sousveil.artefacts.browsing import visit_roles
from sousveil.artefacts.chromium import ChromiumVisit, history_reader
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import MacTime, Role
from sousveil.readers.sqlite import Column, Layout


class BraveVisit(ChromiumVisit):
    """One visit of one page, or one typed search."""

    visited_on: MacTime | None
    """Of the older store: when the page was visited last."""


def derive(work: dict[str, Column], context: Context) -> None:
    """The role."""
    count = len(work["_key"])
    work["role"] = visit_roles(work.get("url", [None] * count), [None] * count)


_CORE_DATA = Layout(
    name="core data",
    source="ZHISTORY AS h",
    columns={"id": "h.Z_PK", "url": "h.ZURL", "visited_on": "h.ZVISITEDON"},
    optional={"title": "h.ZTITLE"},
    inputs={"_key": "h.Z_PK"},
    derive=derive,
    extra=("h",),
)

ARTEFACT = Artefact(
    name="ios.brave_history",
    title="Brave history",
    needs={
        "main": (
            At.app("com.brave.ios.browser*", "Library/Application Support/*/History"),
            At.app("com.brave.ios.browser*", "*Brave.sqlite"),
        )
    },
    record=BraveVisit,
    role=Role.VISITED,
    read=history_reader(_CORE_DATA),
    events=(
        Event(at="timestamp", says="page visited in Brave", shows="url"),
        Event(at="visited_on", says="page visited in Brave", shows="url"),
    ),
    expected=Expected(app=("com.brave.ios.browser",), optional="its place was not confirmed on a phone"),
    seen=(Seen(versions="Brave of iOS 12 to 26", basis="recalled; places not confirmed", verified=False),),
    means="A published host shows that Brave went there. A redirected visit needs nobody's intention; a typed one "
    "does.",
)
