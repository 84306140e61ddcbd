"""Safari's history: every visit with the visits before and after it in a chain of redirects, of every Safari profile.

An injected redirect shows as an `http://` visit that leads on to another host within a second. The neighbours in the
chain are found through primary keys, so the reading time grows with the number of visits only.
"""

from __future__ import annotations

from sousveil.artefacts.browsing import is_search, visit_roles
from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Flag, Integer, MacTime, Opaque, Role, RoleValue, Text, Url
from sousveil.readers.sqlite import Column, Layout, Part, sqlite
from sousveil.readers.work import all_nothing, matching
from sousveil.records import Record


class SafariVisit(Record):
    """One visit of one page."""

    id: Integer
    """Of the page (`history_items.id`)."""
    url: Url
    visit_id: Integer
    title: Text | None
    timestamp: MacTime | None
    role: RoleValue
    """`redirected` where another visit led here, `searched` for result pages of search engines, `visited` else."""
    redirect_source: Integer | None
    """`visit_id` of the visit that redirected here."""
    redirect_source_url: Opaque | None
    """Its link; matched where that visit has its own row."""
    redirect_source_time: MacTime | None
    redirect_destination: Integer | None
    """`visit_id` of the visit to which this one redirected."""
    redirect_destination_url: Opaque | None
    redirect_destination_time: MacTime | None
    load_successful: Flag | None
    """0 where the page did not load (or redirected)."""
    http_non_get: Flag | None
    synthesized: Flag | None
    origin: Integer | None
    """0: visited on this device; 1: came from another device of the account."""
    generation: Integer | None
    visit_count: Integer | None
    """Visits of the page, as Safari counts them; may be more than there are rows."""
    domain_expansion: Opaque | None
    """The host without its last label, as Safari completes it."""


def derive(work: dict[str, Column], context: Context) -> None:
    """The role."""
    if all_nothing(work, "_cause"):
        told = matching(work, "url", "=", is_search, Role.SEARCHED.value, Role.VISITED.value)
        if told is not None:
            work["role"] = told  # type: ignore[assignment]
            return
    causes = work["_cause"]
    work["role"] = visit_roles(work.get("url", [None] * len(causes)), causes)


ARTEFACT = Artefact(
    name="ios.safari_history",
    title="Safari history",
    needs={
        "main": (
            At.ios("/private/var/mobile/Library/Safari/History.db"),
            At.ios("/private/var/mobile/Library/Safari/Profiles/*/History.db"),
            At.app("com.apple.mobilesafari", "Library/Safari/History.db"),
            At.app("com.apple.mobilesafari", "Library/Safari/Profiles/*/History.db"),
        )
    },
    record=SafariVisit,
    role=Role.VISITED,
    read=sqlite(
        Layout(
            name="visits",
            source="history_visits AS v LEFT JOIN history_items AS i ON i.rowid = v.history_item LEFT JOIN "
            "history_visits AS s ON s.rowid = v.redirect_source LEFT JOIN history_items AS si ON si.rowid = "
            "s.history_item LEFT JOIN history_visits AS d ON d.rowid = v.redirect_destination LEFT JOIN history_items "
            "AS di ON di.rowid = d.history_item",
            columns={
                "id": "i.id",
                "url": "i.url",
                "visit_id": "v.id",
                "timestamp": "v.visit_time",
                "redirect_source": "v.redirect_source",
                "redirect_source_url": "si.url",
                "redirect_source_time": "s.visit_time",
                "redirect_destination": "v.redirect_destination",
                "redirect_destination_url": "di.url",
                "redirect_destination_time": "d.visit_time",
            },
            optional={
                "title": "v.title",
                "load_successful": "v.load_successful",
                "http_non_get": "v.http_non_get",
                "synthesized": "v.synthesized",
                "origin": "v.origin",
                "generation": "v.generation",
                "visit_count": "i.visit_count",
                "domain_expansion": "i.domain_expansion",
            },
            inputs={"_cause": "v.redirect_source"},
            derive=derive,
            extra=("v", "i"),
            # The plus keeps SQLite from going by an index, which may be damaged.
            parts=(
                Part(
                    where="+v.redirect_source IS NULL AND +v.redirect_destination IS NULL",
                    without=("s", "si", "d", "di"),
                ),
                Part(where="+v.redirect_source IS NOT NULL OR +v.redirect_destination IS NOT NULL"),
            ),
        )
    ),
    events=(Event(at="timestamp", says="page visited in Safari", shows="url"),),
    expected=Expected(encrypted_only=True),
    seen=(
        Seen(
            versions="macOS 10.12 (same tables)", basis="seen on a real computer: published test image", verified=True
        ),
        Seen(
            versions="iOS 12 to 26",
            basis="layout from the reference tool's output; later columns recalled",
            verified=True,
        ),
    ),
    means="A published host shows that Safari went there. A visit that another page caused needs nobody's intention; a "
    "plain visit may also have been typed on purpose, for example by somebody who read a report. Visits of other "
    "devices of the same account are mixed in (`origin` 1).",
)
