"""Contracts of public buyers: disclosed, or asked for and not answered."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
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
    valid,
    values,
)
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, Wanted, beneficiaries, no_alleged, support
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.item import certainly_whole
from sousveil.decisions.facts.offices import act_day
from sousveil.decisions.facts.reading import about_state, blocks, ids_of, lifts, places_of, stated_on, with_above
from sousveil.decisions.model import Deal, Ruling
from sousveil.decisions.procedures import days as terms
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
def _disclosed(world: Compiled, deal: Deal, buyer: str) -> tuple[list[Support], Charge]:
    """A disclosure is an act of the buyer. No request about it may be refused or overdue, and no part of a contract withheld."""
    who = beneficiaries(deal, acting=(buyer,), buyer=False)
    requests = list(world.pointing(buyer, "InformationRequest.body"))
    found = {one.id: _contract(world, one, deal, buyer, who) for one in world.pointing(buyer, "Contract.buyer")}
    parts = [withheld(world, id, buyer) for id, shown in found.items() if shown.holds]
    against = merge((*(no_alleged(owed(world, one)) for one in requests), *parts))
    if against.counts:
        return [], against
    about = _about(world, deal, buyer, who) if requests else frozenset[str]()  # most end users are asked nothing
    return [*found.values(), *(_answer(world, one, buyer, about, who) for one in requests)], against


def withheld(world: Compiled, record: str, buyer: str) -> Charge:
    """What the buyer, or its State, is reported to withhold of a record on the day: what, on which ground, until when. It is over on the
    day that its own publisher gives."""
    above = set(with_above(world, [buyer]))

    def withholds(account: Account) -> bool:
        bodies = {world.base.canonical(body) for body in given(account, "body")}
        ends = values(account, "endDate")
        lapsed = bool(firm(ends)) and all(certainly_by(world.as_of, one.statement.value) for one in ends)
        return not lapsed and (not bodies or not bodies.isdisjoint(above))

    required: list[Required] = [("record", {record}), ("what", None)]
    found = []
    for one in world.pointing(record, "Redaction.record"):
        what = no_alleged(adverse(world, one, required, until=None, when=withholds))
        more = (charge(world, one.claims(name)).proof for name in ("legalGround", "endDate")) if what.counts else ()
        found.append(Charge((*what.proof, *chain.from_iterable(more))))
    return merge(found)


def _about(world: Compiled, deal: Deal, buyer: str, who: Beneficiaries) -> frozenset[str]:
    """What a request must be about: the product, the seller, or a contract of the buyer for it."""
    products, sellers = certainly_whole(world, deal.product, who), frozenset(deal.sellers)
    needed: dict[str, Wanted] = {"buyer": buyer, "product": products, "supplier": sellers}
    contracts = world.pointing(buyer, "Contract.buyer")
    return products | sellers | {one.id for one in contracts if support(world, one, needed, who).holds}


def _contract(world: Compiled, record: Record, deal: Deal, buyer: str, who: Beneficiaries) -> Support:
    needed: dict[str, Wanted] = {"buyer": buyer, "product": certainly_whole(world, deal.product, who)}
    needed |= {"supplier": frozenset(deal.sellers), "amount": None}
    why = f"{world.caption(record.id)}: a part of it is withheld"
    return support(world, record, needed, who).provided(not record.stand("withheld"), why)


def _answer(world: Compiled, record: Record, buyer: str, about: frozenset[str], who: Beneficiaries) -> Support:
    needed: dict[str, Wanted] = {"body": buyer, "about": about, "status": "answered"}
    needed |= {"answeredOn": None, "answer": None}
    name, day = world.caption(record.id), act_day(world, record, who, "answeredOn")
    found = support(world, record, needed, who)
    found = found.provided(certainly_by(world.as_of, day), f"{name}: not answered by {world.as_of}")
    return found.provided(not withheld(world, record.id, buyer).counts, f"{name}: a part of the answer is withheld")


# A request for information: the one test of whether it was answered, refused, or waits, for rule, cell, label, clock and page.


OWED = frozenset({"refused", "owed", "partly-owed"})
"""Words of the test by which an answer is owed."""
_DAYS = {"answered": "answeredOn", "partly-answered": "answeredOn", "refused": "refusedOn"}
"""Status -> the property with its day."""


class _Act(NamedTuple):
    """An answer, a part of one or a refusal, as one publisher reports it."""

    day: int
    entry: int
    kind: str
    """A status of the request."""
    publisher: str
    id: str
    alleged: bool


def request(world: Compiled, record: Record) -> Ruling:
    """What the register says of a request on the day: `refused`, `answered`, `withdrawn`, `partly` (`partly-owed` when its time is over),
    `replied` (the office that owes it answered with an identified key, and nobody confirms it), `owed` (its time is over), `asked`."""
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
    term, end = terms.proof(ANSWER, own, record), terms.due(ANSWER, own, record)
    over = end is not None and edtf.parse(world.as_of).first > end
    acts = list(_acts(world, record, asking))
    answers = [one for one in acts if one.kind == "answered" and not one.alleged]

    def answering(publisher: str, since: tuple[int, int] = (-1, -1)) -> list[_Act]:
        """The later answers that the same publisher reports, or a requester, who answers for all."""
        return [one for one in answers if one.publisher in {publisher, *asking & requesters} and one[:2] > since]

    # That somebody calls it overdue says nothing of a term that is on file.
    against = [one for one in acts if one.kind == "refused" or (one.kind == "overdue" and end is None)]
    parts = [one for one in acts if one.kind == "partly-answered" and one.publisher in asking | first]
    unanswered = [one for one in (*against, *parts) if not answering(one.publisher, one[:2])]
    alleged = tuple(one.id for one in unanswered if one.alleged and (one in against or over))
    standing = [one for one in unanswered if not one.alleged]
    since, ids = charge(world, term).proof, tuple(one.id for one in standing)

    def ruling() -> Ruling:
        if refused := [one for one in standing if one.kind != "partly-answered"]:
            mine = [one for one in refused if one.kind == "refused" and one.publisher in asking | first]
            # A refusal that somebody else reports does not hide that the time was over.
            late = not mine and end is not None and over and all(one.day > end for one in answers)
            says = "owed" if late or all(one.kind == "overdue" for one in refused) else "refused"
            return Ruling(says, min(one.day for one in mine or refused), ((*ids, *(since if late else ())),))
        waits = [answering(one) for one in by_publisher(world, term or own.statements)]
        if answers and not standing and all(waits):
            ended = (answering(one.publisher, one[:2]) for one in (*against, *parts) if not one.alleged)
            last = [min(many) for many in (*waits, *ended)]
            return Ruling("answered", max(one.day for one in last), tuple((one.id,) for one in last))
        for by, account in by_publisher(world, record.statements).items():
            if by in asking and {one.statement.value for one in firm(last_status(account))} == {"withdrawn"}:
                return Ruling("withdrawn")  # nobody owes an answer to a request that the requester withdrew
        if standing:
            return Ruling("partly-owed" if over else "partly", words=(ids, since)[: 2 if over else 1])
        asked = min((edtf.parse(one.statement.value).first for one in own.stand("askedOn")), default=0)
        offices = owing & set(by_publisher(world, (o for o in record.statements if world.base.signer(o).identified)))
        if replies := [one for one in answers if one.day >= asked and one.publisher in offices]:
            return Ruling("replied", replies[0].day, ((replies[0].id,),))
        return Ruling("owed", words=(since,)) if over else Ruling("asked")

    return ruling(), alleged


def _acts(world: Compiled, record: Record, asking: set[str]) -> Iterator[_Act]:
    """What each publisher reports by the day: its statuses, each on the day that it gives for it, and the days of answers and refusals. Who
    did not ask gives the day of an answer, or its text."""
    for by, account in by_publisher(world, record.statements).items():
        part = "partly-answered" in given(last_status(account), "status")
        answers = [] if part else values(account, "answeredOn")
        found = [(one, "refused", [one]) for one in values(account, "refusedOn")]
        found += [(one, "answered", [each for each in answers if each.recorded == one.recorded]) for one in answers]
        for one in values(account, "status"):
            if by in asking or one.statement.value != "answered" or values(account, "answer", "answerDocument"):
                found.append((one, one.statement.value, values(account, _DAYS.get(one.statement.value, ""))))
        for one, kind, dated in found:
            days = (edtf.parse(each.statement.value).first for each in dated)
            day = (max if kind == "answered" else min)(days, default=stated_on(world, one))
            if day <= edtf.parse(world.as_of).last and valid(world, one):
                yield _Act(day, one.recorded, kind, by, one.id, not firm([one]))
