"""Oversight bodies of vendors: independent, of several stakeholders, with human rights groups and others of civil society.

A body with a member whom the vendor pays, or without a human rights group, is not established, whatever it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import lifting_date
from sousveil.decisions.facts.reading import fact, ids_of, lifting, surely_by
from sousveil.decisions.facts.standing import Interest, Support, charge, gaining, interest, support, unfit
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.views.records import Record

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

QUALITIES = ("independent", "multi-stakeholder", "human-rights-groups", "civil-society")
LEAST_SHARE = 0.5
"""Share of civil society and people affected among the members from which on a body is of several stakeholders and not of one."""
CIVIL = frozenset({"civil-society", "affected-people"})
LEAST_SIDES = 3
"""Constituencies that a body of several stakeholders has at least."""


def members(world: Compiled, body: str, states: frozenset[str]) -> list[Record]:
    """Memberships of a body that hold on the day, or may; nobody who sits in one of these States ends one for others."""
    found = []
    for record in world.pointing(body, "Membership.organization"):
        if world.graph.live(record, ("member", "organization"), states=states) is not False:
            found.append(record)
    return found


def _side(world: Compiled, seat: Record, who: Interest) -> str:
    """For whom a seat speaks, by what lifts; where somebody reports another side as well, that which is not of civil society."""
    told = seat.by_property.get("constituency", ())
    fitting = {one.statement.value for one in told if not unfit(world, one, who)}
    other = {one.statement.value for one in told if (c := charge(world, [one])).counts and not c.alleged} - CIVIL
    return min(other or fitting, default="")


def sound(world: Compiled, body: str, vendors: frozenset[str], who: Interest) -> Support:
    """Whether a body's members make it independent and of several stakeholders, each seat confirmed."""
    seats = members(world, body, who.states)
    name = world.caption(body)
    proof: dict[str, None] = {}
    rights = False
    for seat in seats:
        paid = charge(world, seat.by_property.get("paidBy", ()))
        payers = {i for i in ids_of(world, seat, "paidBy") if paid.counts and not paid.alleged}
        for member in ids_of(world, seat, "member"):
            ties = world.graph.ties(member)
            if ties & vendors or payers & vendors or any(world.graph.ties(one) & vendors for one in payers):
                return Support(why=(f"{name}: a member is paid by the vendor, or tied to it",))
        found = support(
            world, seat, [("member", None), ("organization", frozenset({body})), ("constituency", None)], who
        )
        if not found.holds:
            return Support(why=found.why or (f"{name}: for whom its members speak is not confirmed",))
        proof.update(dict.fromkeys(found.proof))
        if _side(world, seat, who) in CIVIL:
            group = support(world, seat, [("humanRights", frozenset({"yes"}))], who)
            rights = rights or group.holds
            proof.update(dict.fromkeys(group.proof))
    spoken = [_side(world, seat, who) for seat in seats]
    sides = set(spoken)
    civil = sum(one in CIVIL for one in spoken) / len(spoken) if spoken else 0.0
    if not rights:
        return Support(why=(f"{name}: no confirmed human rights group among its members",))
    if civil < LEAST_SHARE or len(sides) < LEAST_SIDES:
        return Support(why=(f"{name}: civil society holds {civil:.0%} of the seats, of {len(sides)} sides",))
    return Support(tuple(proof))


def established(world: Compiled, deal: Deal, vendor: str) -> Value:
    """A body that oversees the vendor, or whoever controls it, established by the day."""
    behind = [one.id for one in world.reach(vendor) if not one.tie]
    vendors = frozenset({*behind, *world.graph.ties(vendor)})
    who = interest(world, deal, vendor)
    found = []
    for id in (one.id for one in world.reach(vendor) if not one.tie and all(p.kind == "owner" for p in one.path)):
        for body in world.pointing(id, "OversightBody.oversees"):
            found.append(_established(world, body, id, vendors, who))
    name = world.caption(vendor)
    return lifting(
        found,
        f"An established oversight body for {name}: independent, of several stakeholders, with human rights groups and others "
        "of civil society, nobody in it paid by the vendor; confirmed by an independent publisher.",
    )


def _established(world: Compiled, body: Record, vendor: str, vendors: frozenset[str], who: Interest) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [("oversees", frozenset({vendor})), ("establishedOn", None)]
    needed += [("quality", frozenset({one})) for one in QUALITIES]
    found = support(world, body, needed, who)
    if not found.holds:
        return found
    if not surely_by(world, lifting_date(world, body, "establishedOn", who, latest=True)):
        return Support(why=(f"{world.caption(body.id)}: not established by {world.as_of}",))
    if any(edtf.holds(edtf.OPEN, o.statement.value, world.as_of) is False for o in body.stand("dissolutionDate")):
        return Support(why=(f"{world.caption(body.id)}: it was dissolved",))
    seats = sound(world, body.id, vendors, who)
    return Support((*found.proof, *seats.proof)) if seats.holds else seats


def _sham(world: Compiled, deal: Deal, vendor: str) -> Value:
    """A body is called its oversight and has a member whom the vendor pays."""
    proof: list[str] = []
    vendors = frozenset({one.id for one in world.reach(vendor) if not one.tie})
    for body in world.pointing(vendor, "OversightBody.oversees"):
        for seat in members(world, body.id, gaining(deal)):
            claims = [
                o for o in seat.by_property.get("paidBy", ()) if world.base.canonical(o.statement.value) in vendors
            ]
            found = charge(world, claims)
            if found.counts and not found.alleged:
                proof += found.proof
    return Value(Truth.TRUE, tuple(proof)) if proof else Value(Truth.UNKNOWN)


FACTS: tuple[Fact, ...] = (
    fact(
        "vendor.oversight_established",
        Of.VENDOR,
        Polarity.LIFTS,
        established,
        asks="Does an independent body of several stakeholders oversee {subject}?",
        needs="An established oversight body for {subject}.",
    ),
    fact(
        "vendor.oversight_paid",
        Of.VENDOR,
        Polarity.BLOCKS,
        _sham,
        asks="Does {subject} pay a member of the body that oversees it?",
        needs="Whether {subject} pays a member of the body that oversees it.",
    ),
)
