"""Contracts of public buyers: disclosed, or asked for and not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.decisions.facts.item import surely_whole
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import lifting_date
from sousveil.decisions.facts.reading import about_state, blocking, fact, ids_of, lifting, not_after, surely_by
from sousveil.decisions.facts.standing import (
    Charge,
    Interest,
    Support,
    charge,
    interest,
    merge,
    support,
    tellers,
    unfit,
)
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.views.records import Record

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled


def refused(world: Compiled, deal: Deal, record: Record) -> Charge:
    """A request that was refused, or whose time to answer is over on the day without an answer."""
    bad = [one for one in record.by_property.get("status", ()) if one.statement.value in ("refused", "overdue")]
    bad += [one for one in record.by_property.get("refusedOn", ()) if not_after(world, one.statement.value)]
    said = charge(world, bad)
    if said.counts:
        return said
    answered = _answered(world, deal, record)
    due = [
        one
        for one in record.by_property.get("dueOn", ())
        if edtf.holds(edtf.OPEN, one.statement.value, world.as_of) is False
    ]
    return charge(world, due) if due and not answered else said


def _answered(world: Compiled, deal: Deal, record: Record) -> bool:
    """Whether everybody who tells of the request, or somebody independent of who owes it and of the deal, says that it was answered by
    the day."""
    said = [one for one in record.stand("answeredOn") if not_after(world, one.statement.value)]
    told = tellers(world, record.by_property.get("dueOn", ()))
    bodies = ids_of(world, record, "body")
    who = interest(world, deal, *bodies, *sorted({seat for id in bodies for seat in world.seats.of(id)}))
    return set(told) <= set(tellers(world, said)) or any(not unfit(world, one, who) for one in said)


def _overdue(world: Compiled, deal: Deal, code: str) -> Value:
    return blocking(merge(refused(world, deal, one) for one in about_state(world, "InformationRequest", code)))


def _disclosed(world: Compiled, deal: Deal, buyer: str) -> Value:
    """The buyer itself published the contract for this product with this supplier; no request about it is refused or overdue.

    A disclosure is an act of the buyer: its own publication is what the letter asks for. A vendor's is not.
    """
    who = interest(world, deal, acting=(buyer,), buyer=False)
    name = world.caption(buyer)
    needs = f"The contract for this, published by {name}, or a full answer of {name} to a request."
    open_ = merge(refused(world, deal, one) for one in world.pointing(buyer, "InformationRequest.body"))
    if open_.counts and not open_.alleged:
        return Value(Truth.FALSE, open_.proof, needs=needs, notes=open_.notes)
    found = [_contract(world, one, deal, buyer, who) for one in world.pointing(buyer, "Contract.buyer")]
    about = _about(world, deal, buyer, who)
    found += [_answer(world, one, buyer, about, who) for one in world.pointing(buyer, "InformationRequest.body")]
    return lifting(found, needs)


def _about(world: Compiled, deal: Deal, buyer: str, who: Interest) -> frozenset[str]:
    """What a request must be about: the product, the seller, or a contract of the buyer for it."""
    found = set(surely_whole(world, deal.product, who)) if deal.product is not None else set()
    sellers = {one.id for one in deal.parties if one.role in ("supplier", "via") and one.id is not None}
    for record in world.pointing(buyer, "Contract.buyer"):
        needed = [("buyer", frozenset({buyer})), ("product", frozenset(found)), ("supplier", frozenset(sellers))]
        if support(world, record, needed, who).holds:
            found.add(record.id)
    return frozenset(found | sellers)


def _contract(world: Compiled, record: Record, deal: Deal, buyer: str, who: Interest) -> Support:
    products = surely_whole(world, deal.product, who) if deal.product is not None else frozenset()
    sellers = frozenset(one.id for one in deal.parties if one.role in ("supplier", "via") and one.id is not None)
    needed = [("buyer", frozenset({buyer})), ("product", products), ("supplier", sellers), ("amount", None)]
    found = support(world, record, needed, who)
    if found.holds and record.stand("withheld"):
        return Support(why=(f"{world.caption(record.id)}: a part of it is withheld",))
    return found


def _answer(world: Compiled, record: Record, buyer: str, about: frozenset[str], who: Interest) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [("body", frozenset({buyer})), ("about", about)]
    needed += [("status", frozenset({"answered"})), ("answeredOn", None), ("answer", None)]
    found = support(world, record, needed, who)
    if found.holds and not surely_by(world, lifting_date(world, record, "answeredOn", who, latest=True)):
        return Support(why=(f"{world.caption(record.id)}: not answered by {world.as_of}",))
    return found


FACTS: tuple[Fact, ...] = (
    fact(
        "buyer.contract_disclosed",
        Of.BUYER,
        Polarity.LIFTS,
        _disclosed,
        asks="Has {subject} disclosed its contract for this?",
        needs="The contract, published by {subject}, or a full answer to a request.",
        reads_deal=True,
    ),
    fact(
        "state.request_overdue",
        Of.STATE,
        Polarity.BLOCKS,
        _overdue,
        asks="Has {subject} refused a request for information, or left one unanswered past its term?",
        needs="Requests for information to bodies of {subject}, with their terms and answers.",
    ),
)
