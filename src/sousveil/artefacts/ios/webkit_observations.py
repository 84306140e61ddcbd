"""Sites that a web view saw: `observations.db`, which WebKit keeps for tracking prevention in every app that shows web
pages.

A row is a domain that was seen, or a relation: which domain led or belonged to it (`relation`, `related_domain`).
Tables as in WebKit's published source.
"""

from __future__ import annotations

from collections.abc import Callable

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import Domain, Flag, Integer, Label, Opaque, Role, RoleValue, UnixTime
from sousveil.readers.sqlite import Column, Layout, sqlite
from sousveil.records import Record


class Observation(Record):
    """One domain, or one domain with how it came to be seen."""

    domain_id: Integer
    registrable_domain: Domain | None
    role: RoleValue
    """`visited` where the person interacted with the domain, `redirected` where a page led there, `loaded` else."""
    last_seen: UnixTime | None
    had_user_interaction: Flag | None
    most_recent_user_interaction_time: UnixTime | None
    relation: Label | None
    """`redirected from`, `linked from`, `frame on`, `part of`, `script on`, `storage access on`, `part redirected
    from`."""
    related_domain: Opaque | None
    """The domain that led to it, or on whose page it was loaded; matched in its own row."""
    related_id: Integer | None
    last_updated: UnixTime | None
    """Of the relation, where WebKit notes it."""
    is_prevalent: Flag | None
    """1 where WebKit takes the domain for one that can follow people across sites."""


def _role(role: Role) -> Callable[[dict[str, Column], Context], None]:
    def derive(work: dict[str, Column], context: Context) -> None:
        work["role"] = [role.value] * len(work["_key"])

    return derive


def _labelled(label: str, role: Role) -> Callable[[dict[str, Column], Context], None]:
    """Derivation of one kind of relation."""
    with_role = _role(role)

    def derive(work: dict[str, Column], context: Context) -> None:
        with_role(work, context)
        work["relation"] = [label] * len(work["_key"])

    return derive


def derive_domain(work: dict[str, Column], context: Context) -> None:
    """The role of a domain."""
    work["role"] = [Role.VISITED.value if had == 1 else Role.LOADED.value for had in work["_had"]]


def _relation(table: str, reached: str, cause: str, label: str, role: Role) -> Layout:
    return Layout(
        name=table,
        source=f"{table} AS r LEFT JOIN ObservedDomains AS o ON o.rowid = r.{reached} "
        f"LEFT JOIN ObservedDomains AS c ON c.rowid = r.{cause}",
        columns={
            "domain_id": f"r.{reached}",
            "registrable_domain": "o.registrableDomain",
            "related_id": f"r.{cause}",
            "related_domain": "c.registrableDomain",
        },
        optional={"last_updated": "r.lastUpdated"},
        inputs={"_key": f"r.{reached}"},
        derive=_labelled(label, role),
    )


_RELATIONS = (
    _relation("TopFrameUniqueRedirectsTo", "toDomainID", "sourceDomainID", "redirected from", Role.REDIRECTED),
    _relation("TopFrameUniqueRedirectsFrom", "targetDomainID", "fromDomainID", "redirected from", Role.REDIRECTED),
    _relation(
        "TopFrameUniqueRedirectsToSinceSameSiteStrictEnforcement",
        "toDomainID",
        "sourceDomainID",
        "redirected from",
        Role.REDIRECTED,
    ),
    _relation("TopFrameLinkDecorationsFrom", "toDomainID", "fromDomainID", "linked from", Role.VISITED),
    _relation("SubframeUnderTopFrameDomains", "subFrameDomainID", "topFrameDomainID", "frame on", Role.LOADED),
    _relation("SubresourceUnderTopFrameDomains", "subresourceDomainID", "topFrameDomainID", "part of", Role.LOADED),
    _relation("TopFrameLoadedThirdPartyScripts", "subresourceDomainID", "topFrameDomainID", "script on", Role.LOADED),
    _relation("SubresourceUniqueRedirectsTo", "toDomainID", "subresourceDomainID", "part redirected from", Role.LOADED),
    _relation(
        "SubresourceUniqueRedirectsFrom", "subresourceDomainID", "fromDomainID", "part redirected from", Role.LOADED
    ),
    _relation("StorageAccessUnderTopFrameDomains", "domainID", "topLevelDomainID", "storage access on", Role.LOADED),
)

ARTEFACT = Artefact(
    name="ios.webkit_observations",
    title="Sites seen by web views (observations.db)",
    needs={"main": (At.anywhere("*ResourceLoadStatistics/observations.db"),)},
    record=Observation,
    role=Role.LOADED,
    read=sqlite(
        Layout(
            name="ObservedDomains",
            source="ObservedDomains AS d",
            columns={
                "domain_id": "d.domainID",
                "registrable_domain": "d.registrableDomain",
                "last_seen": "d.lastSeen",
                "had_user_interaction": "d.hadUserInteraction",
            },
            optional={
                "most_recent_user_interaction_time": "d.mostRecentUserInteractionTime",
                "is_prevalent": "d.isPrevalent",
            },
            inputs={"_had": "d.hadUserInteraction"},
            derive=derive_domain,
            extra=("d",),
        ),
        also=_RELATIONS,
    ),
    events=(
        Event(at="last_seen", says="domain last seen by a web view", shows="registrable_domain"),
        Event(
            at="most_recent_user_interaction_time",
            says="person last interacted with a domain",
            shows="registrable_domain",
        ),
    ),
    expected=Expected(
        encrypted_only=True, ios=(14, None), optional="only phones whose owner browsed with tracking prevention have it"
    ),
    seen=(Seen(versions="iOS 14 to 26", basis="layout from WebKit's published source", verified=True),),
    means="A web view of this app loaded something from the domain, as a page or as a part of one. Only the part of "
    "the name that is registered is kept, not the link. Times are those of the last visit only.",
)
