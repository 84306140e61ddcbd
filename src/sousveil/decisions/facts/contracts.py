"""Contracts of public buyers: disclosed, or asked for and not answered."""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Account, Charge, Required, adverse, charge, firm, given, merge, values
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, Wanted, beneficiaries, no_alleged, support
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.item import surely_whole
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import act_day
from sousveil.decisions.facts.reading import about_state, blocks, ids_of, lifting, lifts, places_of, with_above
from sousveil.decisions.facts.requests import owed
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record


@blocks(
    "state.request_overdue",
    asks="Has {subject} refused a request for information, or left one unanswered past its term?",
    needs="Requests for information to bodies of {subject}, with their terms and answers.",
)
def _overdue(world: Compiled, deal: Deal, code: str) -> Charge:
    asked = (one for one in about_state(world, "InformationRequest", code) if _asks_state(world, one, code))
    return merge(owed(world, one) for one in asked)


def _asks_state(world: Compiled, record: Record, code: str) -> bool:
    """Whether a request asks a public body of this State, or one of which nobody says where it is: nobody else owes the State's answer."""
    public = [id for id in ids_of(world, record, "body") if world.seats.may_be_public(id)]
    places = {place for id in public for place in places_of(world, id)}
    return code in places or (bool(public) and not places)


@lifts(
    "buyer.contract_disclosed",
    asks="Has {subject} disclosed its contract for this?",
    needs="The contract, published by {subject}, or a full answer to a request.",
)
def _disclosed(world: Compiled, deal: Deal, buyer: str) -> Value:
    """The buyer itself published the contract for this product with this supplier; no request about it is refused or overdue.

    A disclosure is an act of the buyer: its own publication is what the letter asks for. A vendor's is not.
    """
    who = beneficiaries(deal, acting=(buyer,), buyer=False)
    needs = f"The contract for this, published by {world.caption(buyer)}, or a full answer of it to a request."
    requests = list(world.pointing(buyer, "InformationRequest.body"))
    unanswered = no_alleged(merge(owed(world, one) for one in requests))
    if unanswered.counts:
        return Value(Truth.FALSE, unanswered.proof, needs=needs, notes=unanswered.notes)
    contracts = list(world.pointing(buyer, "Contract.buyer"))
    found = [_contract(world, one, deal, buyer, who) for one in contracts]
    disclosed = [one for one, by in zip(contracts, found, strict=True) if by.holds]
    parts = [(one, part) for one in disclosed for part in withheld(world, one.id, buyer) if not part.alleged]
    if parts:
        proof = merge(part for _, part in parts)
        what = "; ".join(f"{world.caption(one.id)}: {_what(world, part)}" for one, part in parts)
        return Value(Truth.FALSE, proof.proof, needs=f"{needs} A part of it is withheld: {what}.", notes=proof.notes)
    if requests:  # what this is about is read of the deal, and most end users are asked nothing
        about = _about(world, deal, buyer, who)
        found += [_answer(world, one, buyer, about, who) for one in requests]
    return lifting(found, needs)


def withheld(world: Compiled, record: str, buyer: str) -> list[Charge]:
    """What the buyer, or its State, withholds of a record on the day, at the standard for blocking: what, on which ground, until when.

    It is over on the day that its own publisher gives.
    """
    found, above = [], set(with_above(world, [buyer]))

    def withholds(account: Account) -> bool:
        bodies = {world.base.canonical(body) for body in given(account, "body")}
        return (not bodies or not bodies.isdisjoint(above)) and not _lapsed(world, account)

    for one in world.pointing(record, "Redaction.record"):
        required: list[Required] = [("record", {record}), ("what", None)]
        what = adverse(world, one, required, until=None, when=withholds)
        if what.counts:
            more = [charge(world, one.claims(name)) for name in ("legalGround", "endDate")]
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
    products, sellers = surely_whole(world, deal.product, who), frozenset(deal.sellers)
    needed: dict[str, Wanted] = {"buyer": buyer, "product": products, "supplier": sellers}
    contracts = world.pointing(buyer, "Contract.buyer")
    return products | sellers | {one.id for one in contracts if support(world, one, needed, who).holds}


def _contract(world: Compiled, record: Record, deal: Deal, buyer: str, who: Beneficiaries) -> Support:
    needed: dict[str, Wanted] = {"buyer": buyer, "product": surely_whole(world, deal.product, who)}
    needed |= {"supplier": frozenset(deal.sellers), "amount": None}
    why = f"{world.caption(record.id)}: a part of it is withheld"
    return support(world, record, needed, who).provided(not record.stand("withheld"), why)


def _answer(world: Compiled, record: Record, buyer: str, about: frozenset[str], who: Beneficiaries) -> Support:
    needed: dict[str, Wanted] = {
        "body": buyer,
        "about": about,
        "status": "answered",
        "answeredOn": None,
        "answer": None,
    }
    name, day = world.caption(record.id), act_day(world, record, who, "answeredOn")
    found = support(world, record, needed, who)
    found = found.provided(certainly_by(world.as_of, day), f"{name}: not answered by {world.as_of}")
    whole = all(one.alleged for one in withheld(world, record.id, buyer))
    return found.provided(whole, f"{name}: a part of the answer is withheld")
