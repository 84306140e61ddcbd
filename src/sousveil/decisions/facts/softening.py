"""Who may soften for others: end a link, a listing, a seat that somebody else tells of, or make somebody a State at which ties stop.

Two questions. Whatever the deal is: does it lift, and has its publisher nothing to do with what the record names (`fit`)? In a deal: does
its publisher gain nothing from it (`may_soften`)? docs/decisions/0052-a-link-ends-by-the-word-of-nobody-who-gains.md says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.decisions.facts.interests import interest_of_all
from sousveil.decisions.facts.standing import denies, seated, speaker, strictly, trades, why_not
from sousveil.decisions.index import Signed
from sousveil.decisions.world import Deal
from sousveil.register.model import Recorded
from sousveil.register.views.records import Record, stands

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

PARTIES = ("successor", "predecessor", "director", "organization", "member", "paidBy")
"""Besides owners and the like: whom a record of a link names."""


def may_soften(world: Compiled, deal: Deal, signed: Signed) -> bool:
    """Whether what somebody signs may end a link for others in a deal: a verified key of whoever could lift there, all counted as
    gaining who would if nobody's word ended any link. Where a name is not resolved nobody knows who gains."""
    kept = world.standing
    last, who = kept.softening
    strict = deal.strict or deal
    if last is not strict:
        who = None if any(one.id is None for one in deal.parties) else interest_of_all(strict)
        kept.softening = (strict, who)
    if who is None or not signed.verified:
        return False
    found = who.heard.get(signed)
    if found is None:
        found = who.heard[signed] = strictly(world, signed, who)
    return not found


def fit(world: Compiled, one: Recorded, about: str, *, link: bool = False) -> bool:
    """Whether a stranger's statement may soften a record of ownership or the like: it lifts, and its publisher is no party to it.

    `link`: nor is it tied to one, and it sits neither in a State that the record names nor where its parties sit. Who gains from a deal
    is asked besides (`may_soften`).
    """
    kept, key = world.standing.fits, (one.id, about, link)
    found = kept.get(key)
    if found is None:
        found = kept[key] = _fit(world, one, about, link=link)
    return found


def _fit(world: Compiled, one: Recorded, about: str, *, link: bool) -> bool:
    record = world.record(about)
    if record is None or not (stands(one) or denies(one)) or why_not(world, one, None):
        return False
    ends = {
        world.base.canonical(said.statement.value)
        for name in (
            "owner",
            "nomineeFor",
            "asset",
            "entity",
            "agent",
            "client",
            "licensee",
            "body",
            "vendor",
            *PARTIES,
        )
        for said in record.by_property.get(name, ())
    }
    publisher = speaker(world, world.base.signer(one))
    if (
        publisher is None
        or publisher in ends
        or not seated(world, publisher)
        or world.seats.may_be_public(publisher)
        or trades(world, publisher)
    ):
        return False
    if not link:
        return True
    strict = world.graph.strict
    if strict.ties(publisher) & ends or strict.cut(publisher):
        return False
    return not _places(world, record) & {*world.seats.of(publisher)}


def _places(world: Compiled, record: Record) -> set[str]:
    """Countries that a record names, and where those sit whom it names."""
    found: set[str] = set()
    for one in record.statements:
        value = one.statement.value
        if value.startswith("sv-"):
            found.update(world.seats.of(world.base.canonical(value)))
        elif one.statement.property in ("country", "jurisdiction"):
            found.add(value)
    return found
