"""The five groups of the navigation, and the pages that the foot of every page lists under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the list at the foot."""

    route: str
    """Its path below the root."""
    title: str
    """Through gettext at use."""
    question: Mapping[str, str] = field(default_factory=dict)
    """What stands behind the `?`; such a page is not in the static copy."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the navigation, with its first page."""

    name: str
    route: str
    title: str
    pages: tuple[Place, ...]
    begins: tuple[str, ...]
    """First parts of the paths of its pages."""


GROUPS = (
    Group(
        "look-up",
        "entities",
        "Look up",
        (
            Place("search", "Search"),
            Place("entities", "Companies A to Z", {"type": "Company"}),
            Place("entities", "Products", {"type": "SurveillanceProduct"}),
            Place("entities", "Public bodies", {"type": "PublicBody"}),
            Place("entities", "Incidents", {"type": "AbuseIncident"}),
            Place("entities", "All kinds of records"),
            Place("timeline", "Timeline"),
            Place("pegasus-project", "Pegasus Project"),
        ),
        ("entities", "company", "product", "body", "search", "statements", "timeline", "pegasus-project"),
    ),
    Group(
        "states",
        "states",
        "States",
        (
            Place("states", "All States"),
            Place("map", "World map"),
            Place("procedures", "The letter's demands"),
            Place("moratorium", "Moratorium measures"),
            Place("overdue", "Overdue steps"),
            Place("licences/review", "Licences"),
            Place("investigations", "Investigations"),
            Place("disclosures", "Contracts and requests"),
            Place("oversight", "Oversight bodies"),
            Place("boards", "Community boards"),
        ),
        (
            *("states", "map", "procedures", "moratorium", "overdue", "licences"),
            *("investigations", "disclosures", "oversight", "boards"),
        ),
    ),
    Group(
        "check",
        "decide",
        "Check",
        (
            Place("decide", "Check a sale or use"),
            Place("screening", "Screen a list of names"),
            Place("screening/bidders", "Check bidders"),
            Place("watch", "Watch names"),
            Place("verify", "Verify a document"),
        ),
        ("decide", "screening", "watch", "verify"),
    ),
    Group(
        "help",
        "help",
        "Get help",
        (
            Place("help", "I may have been targeted"),
            Place("remedy", "Remedy by State"),
        ),
        ("help", "remedy"),
    ),
    Group(
        "about",
        "about",
        "About",
        (
            Place("about", "How to read this register"),
            Place("sources", "Sources and licences"),
            Place("publish", "Add what you know"),
            Place("hand-in", "Hand in a signed publication"),
            Place("reply", "Reply or report an error"),
            Place("corrections", "Corrections"),
            Place("signatories", "Signatories"),
            Place("bulk", "Downloads"),
            Place("api", "API"),
            Place("feeds", "Feeds"),
            Place("practice", "Our own encryption"),
            Place("log", "The signed log"),
            Place("log/keys", "Keys"),
        ),
        (
            *("about", "sources", "publish", "hand-in", "reply", "corrections"),
            *("signatories", "bulk", "api", "feeds", "practice", "log"),
        ),
    ),
)


def group_of(path: str) -> str:
    """Returns the name of the group that the page at `path` belongs to; empty for the first page and for errors."""
    first = path.split("/", 1)[0]
    return next((one.name for one in GROUPS if first in one.begins), "")
