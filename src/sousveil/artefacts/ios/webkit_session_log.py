"""Sites that a web view saw, older form: `full_browsing_session_resourceLog.plist` (iOS 12 and 13)."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.errors import Unsupported
from sousveil.kinds import Domain, Flag, Json, Role, RoleValue, UnixTime
from sousveil.readers.plist import PlistValue
from sousveil.readers.plists import Row, as_dict, as_text, plist_rows, row_of
from sousveil.records import Record
from sousveil.texts import t


class SessionEntry(Record):
    """One domain. The lists hold `{"origin": ..., "count": ...}`."""

    origin: Domain | None
    role: RoleValue
    """`redirected` where pages led there, `visited` where the person interacted with it, `loaded` else."""
    redirect_source: Json | None
    """Pages that led here."""
    redirect_destination: Json | None
    """Where its pages led."""
    subframe_under_origin: Json | None
    subresource_under_origin: Json | None
    subresource_redirects_to: Json | None
    user_interaction: Flag | None
    most_recent_interaction: UnixTime | None
    last_seen: UnixTime | None


_NAMES = {
    "topFrameUniqueRedirectsFrom": "redirect_source",
    "topFrameUniqueRedirectsTo": "redirect_destination",
    "subframeUnderTopFrameOrigins": "subframe_under_origin",
    "subresourceUnderTopFrameOrigins": "subresource_under_origin",
    "subresourceUniqueRedirectsTo": "subresource_redirects_to",
    "hadUserInteraction": "user_interaction",
    "mostRecentUserInteraction": "most_recent_interaction",
    "lastSeen": "last_seen",
}
_ORIGINS = ("PrevalentResourceOrigin", "PrevalentResourceDomain")
"""Keys of the domain, newer and older."""


def parse(value: PlistValue, context: Context) -> Iterator[Row]:
    """One row for each domain of `browsingStatistics`."""
    statistics = as_dict(value).get("browsingStatistics")
    if not isinstance(statistics, list):
        raise Unsupported(t("error.webkit_session_log.property_list_browsingstatistics"))
    for entry in statistics:
        facts = as_dict(entry)
        if not facts:
            continue
        origin = next((key for key in _ORIGINS if as_text(facts.get(key))), "")
        row = row_of(facts, _NAMES, without=(origin,))
        row["origin"] = as_text(facts.get(origin))
        if row.get("redirect_source"):
            row["role"] = Role.REDIRECTED.value
        else:
            row["role"] = (Role.VISITED if row.get("user_interaction") else Role.LOADED).value
        yield row


ARTEFACT = Artefact(
    name="ios.webkit_session_log",
    title="Sites seen by web views (session log)",
    needs={"main": (At.anywhere("*ResourceLoadStatistics/full_browsing_session_resourceLog.plist"),)},
    record=SessionEntry,
    role=Role.LOADED,
    read=plist_rows(parse),
    events=(
        Event(at="last_seen", says="domain last seen by a web view", shows="origin"),
        Event(at="most_recent_interaction", says="person last interacted with a domain", shows="origin"),
    ),
    expected=Expected(encrypted_only=True, ios=(None, 13)),
    seen=(
        Seen(
            versions="iOS 12 and 13",
            basis="layout from the reference tool's output and WebKit's published source",
            verified=True,
        ),
    ),
    means="A web view of this app loaded something from the domain, as a page or as a part of one. Only the part of "
    "the name that is registered is kept, not the link.",
)
