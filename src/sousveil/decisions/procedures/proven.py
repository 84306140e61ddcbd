"""What a page asks of decisions: where a rule has a test for the same thing, the page asks the rule's own, so that both say the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sousveil.decisions import lookup, proposals
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import called, first_account
from sousveil.decisions.evidence.admissibility import Beneficiaries, beneficiaries
from sousveil.decisions.facts import (
    boards,
    cases,
    contracts,
    groups,
    item,
    laws,
    licences,
    oversight,
    registration,
    remedy,
    securities,
)
from sousveil.decisions.facts.laws import ASKED
from sousveil.decisions.facts.model import all_facts
from sousveil.decisions.facts.offices import offices
from sousveil.decisions.facts.reading import about_state, ids_of
from sousveil.decisions.model import Ruling, Truth
from sousveil.register.views.reading import Reader, Record


def asks_public(world: Compiled, record: Record) -> Ruling:
    """Whether a request is made to a public body: a State, or what anybody calls a public body more firmly than as an allegation."""
    bodies = filter(None, map(world.record, ids_of(world, record, "body")))
    return Ruling("yes" if any(called(one, "PublicBody") for one in bodies) else "")


def by_itself(world: Compiled, record: Record) -> Ruling:
    """Whether a notice was published first by the company that it is about, by the company of its event, or by somebody tied to one."""
    own = lookup.only(record, first_account(world, record, "RegulatorNotice"))
    companies = {*ids_of(world, own, "company")}
    for event in filter(None, map(world.record, ids_of(world, own, "corporateEvent"))):
        event = lookup.only(event, first_account(world, event, "CorporateEvent"))
        companies |= {*ids_of(world, event, "company"), *ids_of(world, event, "counterparty")}
    owners = world.resolver.bearers(world.base.signer(own.statements[0]).owner) if own.statements else ()
    return Ruling("yes" if any(companies & world.graph.ties(id) for id in owners) else "")


def withheld(world: Compiled, record: Record) -> Ruling:
    """Whether a buyer of a contract, or its State, withholds a part of it, by the rule's own test: which statements say so."""
    parts = (contracts.withheld(world, record.id, buyer) for buyer in ids_of(world, record, "buyer"))
    words = tuple((id,) for one in parts for id in one.proof)
    return Ruling("yes" if words else "", words=words)


def members(world: Compiled, group: str) -> set[str]:
    """The companies of a group that a pack names, on the day of the world."""
    return {id for id, why in groups.members(world, groups.groups()[group]).items() if why.counts}


def of_nso(world: Compiled, record: Record) -> Ruling:
    """Whether a record is about a company of the group, itself or by the inquiry that it names."""
    inquiries = filter(None, map(world.record, ids_of(world, record, "investigation")))
    about = {id for one in (record, *inquiries) for name in ("company", "about") for id in ids_of(world, one, name)}
    return Ruling("yes" if about & members(world, "nso") else "")


def inquiry(world: Compiled, code: str) -> bool:
    """Whether there is an inquiry of this State into the group that is independent, impartial and transparent."""
    group = groups.groups()["nso"]
    return any(found.holds for _, found in groups.inquiries(world, world.about(code), code, group))


def revoked(world: Compiled, code: str) -> bool:
    """Whether this State issued an order, and its issued orders cover each live licence that it gave to a company of the group.

    An order covers the licences that it names, those of the company that it names and of whom this one owns; one that names the group
    itself covers all.
    """
    inside, cores = members(world, "nso"), groups.cores(world, groups.groups()["nso"])
    orders = [(one, id) for id in sorted(inside) for one in world.pointing(id, "RevocationOrder.company")]

    def named(office: Beneficiaries) -> set[str]:
        """What the orders of an office name, in its own words."""
        issued = [order for order, _ in orders if licences.order_status(world, order, office) == "issued"]
        own = (one for order in issued for one in order.stand("company", "licence"))
        return {world.base.target(one) for one in own if licences.is_own_act(world, one, office)}

    given = (
        (one, inside.intersection(ids_of(world, one, "licensee"))) for one in about_state(world, "ExportLicence", code)
    )
    covering = [(one, holders, named(licences.issuing(world, one))) for one, holders in given if holders]
    ordered = any(covered for *_, covered in covering) or any(
        licences.order_status(world, order, _ordering(world, order, company, code)) == "issued"
        for order, company in orders
    )
    return ordered and not any(
        covered.isdisjoint({one.id, *cores, *(each.id for each in world.graph.owners(holder))})
        for one, holders, covered in covering
        if licences.state(world, one).says == "live" and not licences.applied(world, one)
        for holder in holders
    )


def _ordering(world: Compiled, order: Record, company: str, code: str) -> Beneficiaries:
    """Whose act an order on a company is: the offices that it names, as far as they are proven to be of this State."""
    deal = world.about(company)
    bodies = offices(world, deal, order, "authority", company, office=None, states=(code,))
    return beneficiaries(deal, company, acting=bodies)


def encryption_kept(world: Compiled, company: str) -> bool:
    """Whether each product of a company is confirmed to leave encryption alone."""
    fact, deal = all_facts()["product.encryption_kept"], world.about(company)
    products = [one.id for one in world.pointing(company, "SurveillanceProduct.vendor")]
    return bool(products) and all(world.value(fact, one, deal).truth is Truth.TRUE for one in products)


def path_of(world: Compiled, code: str, *, kinds: frozenset[str]) -> bool:
    """Whether a path of these kinds is open in a State, by the rule's test of a path: barriers are asked for besides."""
    return any(found.holds for found in remedy.opened(world, world.about(code), code, kinds))


def _of_record(test: Callable[[Compiled, Record], Ruling]) -> Callable[..., Ruling]:
    """A ruling of a record, by its id; nothing where there is none."""

    def asked(reader: Reader, world: Compiled, id: str) -> Ruling:
        record = world.record(id)
        return test(world, record) if record is not None else Ruling("")

    return asked


def _of_proposal(test: Callable[[Reader, str, str, proposals.CaseOf], Ruling]) -> Callable[..., Ruling]:
    """A ruling of what a page reads out of records, by whose words count there; each proposal is read once a day."""

    def asked(reader: Reader, world: Compiled, id: str) -> Ruling:
        day = world.as_of
        return test(reader, id, day, lambda one: world.once("case", one, lambda: proposals.Case(reader, one, day)))

    return asked


def _by_ids(test: Callable[..., bool]) -> Callable[..., bool]:
    return lambda reader, world, *ids: test(world, *ids)


_RULINGS = {
    "barrier": remedy.barrier, "case": cases.case, "path": remedy.path, "request": contracts.request, "notice": securities.notice,
    "licence": licences.licence, "review": licences.review, "use": boards.use, "product": item.product,
    "oversight": oversight.body, "of-nso": of_nso, "asks-public": asks_public, "by-itself": by_itself, "withheld": withheld,
    "registered-parts": registration.parts, "registration-reply": registration.reply, "encryption-law": laws.law,
    "reported-over": laws.reported_over,
}  # fmt: skip
_OF_PROPOSALS = {
    "proposal": proposals.stage_ruling, "decided": proposals.first_decision, "decision": proposals.decision_ruling,
}  # fmt: skip
_HOLDS: dict[str, Callable[..., bool]] = {
    "registry": registration.answered, "countersigned": registration.countersigned, "amendment": registration.amended,
    "encryption-kept": encryption_kept, "nso-inquiry": inquiry, "nso-orders": revoked,
    "judicial-path": partial(path_of, kinds=remedy.JUDICIAL), "other-path": partial(path_of, kinds=remedy.OTHER),
    **{f"enforced-{topic}": partial(laws.enforced, topic=topic) for topic in ASKED},
    **{f"registered-{one}": partial(registration.part_shown, part=one) for one in registration.RECORDS},
}  # fmt: skip
TESTS: dict[str, Callable[..., Any]] = {
    **{name: _of_record(test) for name, test in _RULINGS.items()},
    **{name: _of_proposal(test) for name, test in _OF_PROPOSALS.items()},
    **{name: _by_ids(test) for name, test in _HOLDS.items()},
}
"""Name -> what it says of ids, as the reader and the world of a day have them: a ruling of a record, or whether something holds of a
State (a code), a company, or a record and its act."""
