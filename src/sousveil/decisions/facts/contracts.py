"""Contracts of public buyers: disclosed, or asked for and not answered."""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Account, Charge, Required, adverse, charge, firm, merge, values
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.item import surely_whole
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import lifting_date
from sousveil.decisions.facts.reading import about_state, blocking, fact, ids_of, lifting, places_of
from sousveil.decisions.facts.requests import owed, with_above
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record


def _overdue(world: Compiled, deal: Deal, code: str) -> Value:
    asked = (one for one in about_state(world, "InformationRequest", code) if _asks_state(world, one, code))
    return blocking(merge(owed(world, one) for one in asked))


def _asks_state(world: Compiled, record: Record, code: str) -> bool:
    """Whether a request asks a public body of this State, or one of which nobody says where it is: nobody else owes the State's answer."""
    public = [id for id in ids_of(world, record, "body") if world.seats.may_be_public(id)]
    places = {place for id in public for place in places_of(world, id)}
    return code in places or (bool(public) and not places)


def _disclosed(world: Compiled, deal: Deal, buyer: str) -> Value:
    """The buyer itself published the contract for this product with this supplier; no request about it is refused or overdue.

    A disclosure is an act of the buyer: its own publication is what the letter asks for. A vendor's is not.
    """
    who = beneficiaries(deal, acting=(buyer,), buyer=False)
    name = world.caption(buyer)
    needs = f"The contract for this, published by {name}, or a full answer of {name} to a request."
    open_ = merge(owed(world, one) for one in world.pointing(buyer, "InformationRequest.body"))
    if open_.counts and not open_.alleged:
        return Value(Truth.FALSE, open_.proof, needs=needs, notes=open_.notes)
    found = [_contract(world, one, deal, buyer, who) for one in world.pointing(buyer, "Contract.buyer")]
    disclosed = [one for one, by in zip(world.pointing(buyer, "Contract.buyer"), found, strict=True) if by.holds]
    held = [(one, said) for one in disclosed for said in withheld(world, one.id, buyer)]
    firm = [(one, said) for one, said in held if not said.alleged]
    if firm:
        proof = merge(said for _, said in firm)
        what = "; ".join(f"{world.caption(one.id)}: {_what(world, said)}" for one, said in firm)
        return Value(Truth.FALSE, proof.proof, needs=f"{needs} A part of it is withheld: {what}.", notes=proof.notes)
    asked = list(world.pointing(buyer, "InformationRequest.body"))
    if asked:  # what this is about is read of the deal, and most end users are asked nothing
        about = _about(world, deal, buyer, who)
        found += [_answer(world, one, buyer, about, who) for one in asked]
    return lifting(found, needs)


def withheld(world: Compiled, record: str, buyer: str) -> list[Charge]:
    """What the buyer, or its State, withholds of a record on the day, at the standard for blocking: what, on which ground, until when.

    It is over on the day that its own publisher gives.
    """
    found = []
    for one in world.pointing(record, "Redaction.record"):
        bodies = ids_of(world, one, "body")
        if bodies and not set(bodies) & set(with_above(world, [buyer])):
            continue
        required: list[Required] = [("record", {record}), ("what", None)]
        what = adverse(world, one, required, until=None, when=lambda account: not _lapsed(world, account))
        if what.counts:
            more = [charge(world, one.by_property.get(name, ())) for name in ("legalGround", "endDate")]
            found.append(Charge((*what.proof, *(id for each in more for id in each.proof)), what.alleged, what.notes))
    return found


def _lapsed(world: Compiled, account: Account) -> bool:
    """Whether the day until which an account reports that something is withheld has come."""
    ends = values(account, "endDate")
    return bool(firm(ends)) and all(certainly_by(world.as_of, one.statement.value) for one in ends)


def _what(world: Compiled, said: Charge) -> str:
    """What is withheld, on which ground and until when, by the statements that count."""
    told = {one.property: one.value for id in reversed(said.proof) for one in (world.base.statements[id].statement,)}
    ground = f" ({told['legalGround']})" if "legalGround" in told else ""
    until = f", withheld until {told['endDate']}" if "endDate" in told else ", and until when is not said"
    return f"“{told['what']}”{ground}{until}"


def _about(world: Compiled, deal: Deal, buyer: str, who: Beneficiaries) -> frozenset[str]:
    """What a request must be about: the product, the seller, or a contract of the buyer for it."""
    found = set(surely_whole(world, deal.product, who)) if deal.product is not None else set()
    sellers = set(deal.sellers)
    for record in world.pointing(buyer, "Contract.buyer"):
        needed = [("buyer", frozenset({buyer})), ("product", frozenset(found)), ("supplier", frozenset(sellers))]
        if support(world, record, needed, who).holds:
            found.add(record.id)
    return frozenset(found | sellers)


def _contract(world: Compiled, record: Record, deal: Deal, buyer: str, who: Beneficiaries) -> Support:
    products = surely_whole(world, deal.product, who) if deal.product is not None else frozenset()
    sellers = frozenset(deal.sellers)
    needed = [("buyer", frozenset({buyer})), ("product", products), ("supplier", sellers), ("amount", None)]
    found = support(world, record, needed, who)
    if found.holds and record.stand("withheld"):
        return Support(why=(f"{world.caption(record.id)}: a part of it is withheld",))
    return found


def _answer(world: Compiled, record: Record, buyer: str, about: frozenset[str], who: Beneficiaries) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [("body", frozenset({buyer})), ("about", about)]
    needed += [("status", frozenset({"answered"})), ("answeredOn", None), ("answer", None)]
    found = support(world, record, needed, who)
    if found.holds and not certainly_by(world.as_of, lifting_date(world, record, "answeredOn", who, latest=True)):
        return Support(why=(f"{world.caption(record.id)}: not answered by {world.as_of}",))
    if found.holds and any(not one.alleged for one in withheld(world, record.id, buyer)):
        return Support(why=(f"{world.caption(record.id)}: a part of the answer is withheld",))
    return found


FACTS: tuple[Fact, ...] = (
    fact(
        "buyer.contract_disclosed",
        Of.BUYER,
        Polarity.LIFTS,
        _disclosed,
        asks="Has {subject} disclosed its contract for this?",
        needs="The contract, published by {subject}, or a full answer to a request.",
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
