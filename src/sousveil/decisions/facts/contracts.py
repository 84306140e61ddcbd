"""Contracts of public buyers: disclosed, or asked for and not answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sousveil.decisions import lookup
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    Account,
    Charge,
    Required,
    adverse,
    both,
    by_publisher,
    charge,
    firm,
    first_account,
    given,
    last_status,
    merge,
    values,
)
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, Wanted, beneficiaries, no_alleged, support
from sousveil.decisions.evidence.dates import certainly_by, possibly_by
from sousveil.decisions.facts.item import surely_whole
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import act_day
from sousveil.decisions.facts.reading import about_state, blocks, ids_of, lifts, places_of, said_on, with_above
from sousveil.decisions.model import Deal, Ruling, Truth
from sousveil.decisions.procedures import terms
from sousveil.decisions.procedures.f_contracts import ANSWER
from sousveil.register import edtf
from sousveil.register.views.records import Record


@blocks(
    "state.request_overdue",
    asks="Has {subject} refused a request for information, or left one unanswered past its term?",
    needs="Requests for information to bodies of {subject}, with their terms and answers.",
)
def _overdue(world: Compiled, deal: Deal, code: str) -> Charge:
    """Requests to a public body of this State, or to one of which nobody says where it is: nobody else owes the State's answer."""
    found = []
    for record in about_state(world, "InformationRequest", code):
        public = [id for id in ids_of(world, record, "body") if world.seats.may_be_public(id)]
        places = {place for id in public for place in places_of(world, id)}
        found += [owed(world, record)] if code in places or (public and not places) else []
    return merge(found)


@lifts(
    "buyer.contract_disclosed",
    asks="Has {subject} disclosed its contract for this?",
    needs="The whole contract for this, published by {subject}, or a full answer of it to a request.",
)
def _disclosed(world: Compiled, deal: Deal, buyer: str) -> Value | list[Support]:
    """A disclosure is an act of the buyer. No request about it may be refused or overdue."""
    who = beneficiaries(deal, acting=(buyer,), buyer=False)
    requests = list(world.pointing(buyer, "InformationRequest.body"))
    unanswered = no_alleged(merge(owed(world, one) for one in requests))
    if unanswered.counts:
        return Value(Truth.FALSE, unanswered.proof)
    contracts = list(world.pointing(buyer, "Contract.buyer"))
    found = [_contract(world, one, deal, buyer, who) for one in contracts]
    disclosed = [one for one, by in zip(contracts, found, strict=True) if by.holds]
    parts = merge(part for one in disclosed for part in withheld(world, one.id, buyer) if not part.alleged)
    if parts.counts:
        return Value(Truth.FALSE, parts.proof)
    if requests:  # what this is about is read of the deal, and most end users are asked nothing
        about = _about(world, deal, buyer, who)
        found += [_answer(world, one, buyer, about, who) for one in requests]
    return found


def withheld(world: Compiled, record: str, buyer: str) -> list[Charge]:
    """What the buyer, or its State, withholds of a record on the day, at the standard for blocking: what, on which ground, until when.

    It is over on the day that its own publisher gives.
    """
    found, above = [], set(with_above(world, [buyer]))

    def withholds(account: Account) -> bool:
        bodies = {world.base.canonical(body) for body in given(account, "body")}
        ends = values(account, "endDate")
        lapsed = bool(firm(ends)) and all(certainly_by(world.as_of, one.statement.value) for one in ends)
        return not lapsed and (not bodies or not bodies.isdisjoint(above))

    for one in world.pointing(record, "Redaction.record"):
        required: list[Required] = [("record", {record}), ("what", None)]
        what = adverse(world, one, required, until=None, when=withholds)
        if what.counts:
            more = [charge(world, one.claims(name)) for name in ("legalGround", "endDate")]
            found.append(Charge((*what.proof, *(id for each in more for id in each.proof)), what.alleged))
    return found


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


# A request for information: the one test of whether it was answered, refused, or waits, for rule, cell, label, clock and page.


OWED = frozenset({"refused", "reported", "owed", "partly-owed"})
"""Words of the test by which an answer is owed."""
ANSWERED, PARTLY, REFUSED, OVERDUE = "answered", "partly-answered", "refused", "overdue"


class _Act(NamedTuple):
    """An answer or refusal as one publisher reports it; of each group of statements one is needed."""

    day: int
    entry: int
    kind: str
    publisher: str
    words: tuple[tuple[str, ...], ...] = ()
    alleged: bool = False


def request(world: Compiled, record: Record) -> Ruling:
    """What is to be said of a request on the day: `answered`, `partly` (`partly-owed` when its time is over), `refused`, `reported` (a
    refusal that neither the requester nor the first publisher reports, in time), `withdrawn`, `replied` (the office that owes it answered
    with an identified key, and nobody confirms it), `owed` (its time is over), `asked`."""
    return _judge(world, record)[0]


def owed(world: Compiled, record: Record) -> Charge:
    """A request that was refused, or whose time to answer is over on the day, without an answer since."""
    found, alleged = _judge(world, record)
    words = found.words if found.says in OWED else (alleged,)
    return both([charge(world, filter(None, map(world.recorded, many))) for many in words])


def _judge(world: Compiled, record: Record) -> tuple[Ruling, tuple[str, ...]]:
    """The ruling by what is more than alleged; and what is alleged of a refusal, or of a part that is owed."""
    own = lookup.only(record, first_account(world, record, "InformationRequest"))
    first = {world.base.signer(one).publisher for one in own.statements}
    owing = set(with_above(world, ids_of(world, own, "body")))
    requesters = set(ids_of(world, own, "requester"))
    asking = {one for one in requesters or first if world.base.canonical(one) not in owing}
    for_all, mine = asking & requesters, asking | first
    term, end = terms.proof(ANSWER, own, record), terms.due(ANSWER, own, record)
    over = end is not None and edtf.parse(world.as_of).first > end
    acts = list(_acts(world, record, asking))
    answers = [one for one in acts if one.kind == ANSWERED]

    def answering(act: _Act) -> list[_Act]:
        return [one for one in answers if one.publisher in {act.publisher, *for_all} and one[:2] > act[:2]]

    waits = [_Act(-1, -1, "asked", one) for one in by_publisher(world, term or own.statements)]
    # That somebody calls it overdue says nothing of a term that is on file and not over.
    refusals = [one for one in acts if one.kind == REFUSED or (one.kind == OVERDUE and (over or end is None))]
    parts = [one for one in acts if one.kind == PARTLY and one.publisher in mine]
    unanswered = [one for one in (*refusals, *parts) if not answering(one)]
    alleged = _together(one for one in unanswered if one.alleged and (one in refusals or over))
    standing = [one for one in unanswered if not one.alleged]
    since = charge(world, term).proof

    def ruling() -> Ruling:
        if refused := [one for one in standing if one.kind != PARTLY]:
            late = over and not all(any(end is None or by.day <= end for by in answering(one)) for one in waits)
            by_mine = [one for one in refused if one.kind == REFUSED and one.publisher in mine]
            counting = by_mine or [one for one in refused if one.kind == REFUSED] or refused
            says = "refused" if by_mine else "owed" if late or counting[0].kind == OVERDUE else "reported"
            return Ruling(says, min(one.day for one in counting), (_together(counting, since if late else ()),))
        ended = [answering(one) for one in (*refusals, *waits, *parts) if not one.alleged]
        if answers and waits and all(ended):
            chosen = [min(many) for many in ended]
            words = tuple(dict.fromkeys(many for one in chosen for many in one.words))
            return Ruling("answered", max(one.day for one in chosen), words)
        for by, account in by_publisher(world, record.statements).items():
            last = firm(last_status(account))
            if by in asking and {one.statement.value for one in last} == {"withdrawn"}:
                return Ruling("withdrawn")  # nobody owes an answer to a request that the requester withdrew
        if standing:
            return Ruling("partly-owed" if over else "partly", words=(_together(standing), since)[: 2 if over else 1])
        asked = min((edtf.parse(one.statement.value).first for one in own.stand("askedOn")), default=0)
        offices = owing & set(by_publisher(world, (o for o in record.statements if world.base.signer(o).identified)))
        for one in answers:
            if one.day >= asked and one.publisher in offices:
                return Ruling("replied", one.day, one.words)
        return Ruling("owed", words=(since,)) if over else Ruling("asked")

    return ruling(), alleged


def _together(many: Iterable[_Act], more: Iterable[str] = ()) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(id for one in many for id in one.words[0]), *more)))


def _acts(world: Compiled, record: Record, asking: set[str]) -> Iterator[_Act]:
    """What statements report by the day. An answer counts by its day, by the requester, or by a publisher that gives its text."""
    last = edtf.parse(world.as_of).last
    for by, account in by_publisher(world, record.statements).items():
        answered, given = firm(values(account, "answeredOn")), values(account, "answer", "answerDocument")
        days = {
            kind: min((edtf.parse(one.statement.value).first for one in values(account, name)), default=None)
            for kind, name in ((REFUSED, "refusedOn"), (PARTLY, "answeredOn"))
        }
        for one in values(account, "status", "refusedOn"):
            kind = one.statement.value if one.statement.property == "status" else REFUSED
            alleged, words = not firm([one]), list[tuple[str, ...]]([(one.id,)])
            day = days.get(kind)
            if one.statement.property == "refusedOn":
                day = edtf.parse(one.statement.value).first
            if kind == ANSWERED:
                if alleged or answered or not (by in asking or given):
                    continue
                words += [] if by in asking else [tuple(each.id for each in given)]
            elif kind not in (REFUSED, OVERDUE, PARTLY) or not charge(world, [one]).counts:
                continue
            if (at := said_on(world, one) if day is None else day) <= last:
                yield _Act(at, one.recorded, kind, by, tuple(words), alleged)
        for one in () if any(each.statement.value == PARTLY for each in last_status(account)) else answered:
            same = [each.statement.value for each in answered if each.recorded == one.recorded]
            if all(possibly_by(world.as_of, each) for each in same):
                latest = max(edtf.parse(each).first for each in same)
                yield _Act(latest, one.recorded, ANSWERED, by, ((one.id,),))
