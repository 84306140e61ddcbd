"""What apps and system programs loaded over HTTP, as their URL caches remember it: Cache.db."""

from __future__ import annotations

from datetime import UTC, datetime

from sousveil.artefacts.model import Artefact, At, Event, Expected, Seen
from sousveil.kinds import Integer, Role, UnixTime, Url
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record


class CachedRequest(Record):
    """One request whose answer was kept."""

    url: Url | None
    loaded: UnixTime | None
    entry_id: Integer | None


def _moments(column: Column) -> Column:
    """Seconds since 1970 of texts such as `2021-05-06 07:08:09`, which are UTC; None for others."""
    return [_moment(value) for value in column]


def _moment(value: object) -> float | None:
    try:
        return datetime.strptime(value[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()  # type: ignore[index]
    except (TypeError, ValueError):
        return None


ARTEFACT = Artefact(
    name="ios.url_cache",
    title="Requests kept in caches (Cache.db)",
    needs={"main": (At.anywhere("*/Cache.db"),)},
    record=CachedRequest,
    role=Role.LOADED,
    read=sqlite(
        Layout(
            name="cfurl_cache_response",
            source="cfurl_cache_response",
            columns={"url": "cfurl_cache_response.request_key"},
            optional={
                "loaded": "cfurl_cache_response.time_stamp",
                "entry_id": "cfurl_cache_response.entry_ID",
            },
            decode={"loaded": _moments},
            extra=("cfurl_cache_response",),
        ),
    ),
    events=(Event(at="loaded", says="request of a program", shows="url"),),
    expected=Expected(optional="programs keep such a cache only for a while"),
    acquisitions=("dump",),
    seen=(
        Seen(
            versions="iOS 12 to 26",
            basis="recalled: Amnesty's report of 18 July 2021 names the file and the table, the columns are recalled",
            verified=False,
        ),
    ),
    means="The program in whose folder the file lies loaded something from the link, with or without a tap.",
)
