"""Incidents: whom they lead to (client, vendor, State), and whether they were investigated as the letter asks."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Account, Charge, Required, adverse, both, first_account, merge, values
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    admissible_values,
    beneficiaries,
    first_support,
    independent,
    support,
)
from sousveil.decisions.evidence.affiliation import Reached
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.offices import act_day, lifting_date, of_state
from sousveil.decisions.facts.reading import about_state, blocks, by_place, ids_of, lifts
from sousveil.decisions.model import Deal, Ruling, kept
from sousveil.register import edtf
from sousveil.register.types.countries import whole
from sousveil.register.views.records import Record

QUALITIES = ("immediate", "transparent", "impartial")
"""What an inquiry has to be, besides independent."""
LINKS = (
    ("ClientClaim.vendor", "client", "stage"),
    ("Supply.supplier", "recipient", "clientStage"),
    ("Deployment.vendor", "body", "clientStage"),
    ("Contract.supplier", "buyer", ""),
)
"""How the register says that somebody is or was a client: record, its client, and how firmly."""
BY_PRODUCT = tuple((f"{name.partition('.')[0]}.product", client, stage) for name, client, stage in LINKS if stage)


@kept
def incident(world: Compiled, record: Record, *naming: str, stage: str = "") -> Charge:
    """What one account supports of an incident that names these: its stage, and each naming property."""
    required = [("stage", None), *((name, None) for name in naming)]
    return adverse(world, record, required, event=True, stage=stage)


def incidents_of_vendor(world: Compiled, vendor: str) -> list[Record]:
    """Incidents in which a vendor's products were used: it is named, or one of its products."""
    found = {one.id: one for one in world.pointing(vendor, "AbuseIncident.vendor")}
    for product in world.pointing(vendor, "SurveillanceProduct.vendor"):
        found |= {one.id: one for one in world.pointing(product.id, "AbuseIncident.product")}
    return list(found.values())


def abuser(world: Compiled, client: str) -> Charge:
    """What is on file of abuse by a body as the operator."""
    return merge(operated(world, record) for record in world.pointing(client, "AbuseIncident.client"))


def operated(world: Compiled, record: Record) -> Charge:
    """What one account supports of an incident as its operator's. A potential operator counts as an allegation does."""
    return incident(world, record, "client", stage="clientStage")


@kept
def served(world: Compiled, vendor: str) -> Charge:
    """What is on file of a vendor that served a client who abuses. The end of a contract does not erase it."""
    found = [_serves(world, record, *link) for link in LINKS for record in world.pointing(vendor, link[0])]
    for product in world.pointing(vendor, "SurveillanceProduct.vendor"):
        maker = adverse(world, product, [("vendor", {vendor})], event=True)
        links = [(record, link) for link in BY_PRODUCT for record in world.pointing(product.id, link[0])]
        found += [both((maker, _serves(world, record, *link))) for record, link in links]
    for record in incidents_of_vendor(world, vendor):
        naming = "vendor" if vendor in ids_of(world, record, "vendor") else "product"
        found.append(both((operated(world, record), incident(world, record, naming))))
    return merge(found)


def _serves(world: Compiled, record: Record, naming: str, client: str, stage: str) -> Charge:
    required: list[Required] = [(naming.partition(".")[2], None), (client, None)]
    link = adverse(world, record, required, event=True, stage=stage)
    return both((link, merge(abuser(world, id) for id in ids_of(world, record, client)))) if link.counts else link


@blocks("vendor.served_abuser", asks="Has {subject} served a client who abuses surveillance?")
def _served(world: Compiled, deal: Deal, vendor: str) -> Charge:
    return served(world, vendor)


@blocks("vendor.abuse_reported", asks="Was abuse reported that was done with products of {subject}?")
def _abused(world: Compiled, deal: Deal, vendor: str) -> Charge:
    records = incidents_of_vendor(world, vendor)
    return merge(incident(world, one, name) for one in records for name in ("vendor", "product"))


@blocks("buyer.abused", asks="Was abuse reported of {subject}?")
def _buyer(world: Compiled, deal: Deal, buyer: str) -> Charge:
    """Its own abuse, and that of whoever owns it: a front company begins with an empty record."""
    return merge(of_owner(one, abuser(world, one.id)) for one in world.graph.owners(buyer))


def of_owner(one: Reached, found: Charge) -> Charge:
    """What counts against an owner, with what says that it is one."""
    return both((Charge(one.proof), found)) if one.link is not None else found


def touching(world: Compiled, code: str) -> list[Record]:
    """Incidents that touch a State: its bodies as operators, people on its territory, products of its vendors."""
    return by_place(world, "AbuseIncident", _all_places).get(code, [])


def _all_places(world: Compiled, record: Record) -> set[str]:
    return set[str]().union(*_places(world, record.statements))


def _places(world: Compiled, account: Account) -> list[set[str]]:
    """The States that an incident touches, in the order in which they owe the investigation: place, targets, operators, vendors."""

    def named(name: str) -> list[str]:
        return [world.base.target(one) for one in values(account, name)]

    products = (one for id in named("product") if (one := world.record(id)) is not None)
    vendors = [*named("vendor"), *(id for one in products for id in ids_of(world, one, "vendor"))]
    return [
        *({whole(code) for code in named(name)} for name in ("country", "targetCountry")),
        *({code for id in ids for code in world.seats.of(id)} for ids in (named("client"), vendors)),
    ]


@blocks("state.touched_by_case", asks="Does a case of targeted surveillance touch {subject}?")
def _touched(world: Compiled, deal: Deal, code: str) -> Charge:
    return merge(incident(world, record) for record in touching(world, code))


def operated_by(world: Compiled, code: str) -> list[Record]:
    """Incidents of which a body of a State is an operator."""
    clients = ((one, ids_of(world, one, "client")) for one in touching(world, code))
    return [one for one, ids in clients if any(code in world.seats.of(id) for id in ids)]


@blocks("state.operates_abusively", asks="Was abuse reported of bodies of {subject}?")
def _operates(world: Compiled, deal: Deal, code: str) -> Charge:
    return merge(operated(world, record) for record in operated_by(world, code))


@lifts(
    "state.cases_investigated",
    asks="Has {subject} investigated every case that touches it: immediately, independently, transparently, impartially?",
    needs="A completed investigation by {subject} into every case that touches it: immediate, independent, transparent and impartial; "
    "confirmed by an independent publisher, its independence by two.",
)
def _investigated(world: Compiled, deal: Deal, code: str) -> list[Support]:
    who, every = beneficiaries(deal, code), Support()
    for case in (record for record in touching(world, code) if incident(world, record).counts):
        found = first_support([one.also(over) for one, over, _ in _investigations(world, case, code, who)])
        if not found.holds:
            return [Support(why=(*found.why, f"{world.caption(case.id)}: no investigation of this kind is completed"))]
        every = every.also(found) if every.holds else found
    return [every]


STAGES = ("open", "inquiry", "opened", "investigated")
"""Of an investigation, from the first."""


def case(world: Compiled, record: Record) -> Ruling:
    """Whether each State that owes it investigated an incident as the letter asks: `investigated`; `opened`, where such an investigation
    has begun and is not over; `inquiry`, where one is recorded that is not found to have all four qualities; `open`; empty where the
    incident is only alleged, or was taken back."""
    charged = incident(world, record)
    if charged.alleged or not charged.counts:
        return Ruling("")
    owing = (*_places(world, first_account(world, record)), *_places(world, record.statements))
    found = list[Ruling]()
    for code in sorted(next(filter(None, owing), set())):
        stages = [Ruling("open")]
        for shown, over, ended in _investigations(world, record, code, beneficiaries(world.about(code), code)):
            if shown.also(over).holds:
                day = edtf.parse(ended).first if ended else None
                stages.append(Ruling("investigated", day, (shown.proof, over.proof)))
            else:
                stages.append(Ruling("opened" if shown.holds else "inquiry"))
        found.append(max(stages, key=lambda one: STAGES.index(one.says)))
    says = min((one.says for one in found), key=STAGES.index, default="open")
    if says == "open" and any(one.says != "open" for one in found):
        return Ruling("inquiry")
    days = (one.day for one in found if one.day is not None)
    return Ruling(says, max(days, default=None), tuple(many for one in found for many in one.words))


def _investigations(
    world: Compiled, case: Record, code: str, who: Beneficiaries
) -> Iterator[tuple[Support, Support, str | None]]:
    """For each inquiry of a State into a case: what shows its four qualities, what shows that it is over, and its last day."""
    about = frozenset({case.id}) | admissible_values(world, case, "product", "vendor", "client", who=who)
    into = {record.id for id in sorted(about) for record in world.pointing(id, "Investigation.about")}
    for record in (one for one in about_state(world, "Investigation", code) if one.id in into):
        found = of_state(world, record, code, {"about": about, "quality": QUALITIES}, who)
        begun = certainly_by(world.as_of, act_day(world, record, who, "startDate", "date"))
        why = f"{world.caption(record.id)}: it had not begun on {world.as_of}, as far as is on file"
        end = lifting_date(world, record, "endDate", who, latest=True)
        ended = end if certainly_by(world.as_of, end) else None
        over = support(world, record, {"endDate": None} if ended else {"status": "closed"}, who)
        yield found.also(independent(world, record, who)).provided(begun, why), over, ended


# Media


MEDIA = frozenset(parameters.codes("eu-2024-1083", "media"))


@blocks(
    "buyer.watched_media",
    asks="Was surveillance of people who work in the media, or stand close to them, reported of {subject}?",
)
def _watched(world: Compiled, deal: Deal, buyer: str) -> Charge:
    found = []
    for one in world.graph.owners(buyer):
        for case in world.pointing(one.id, "AbuseIncident.client"):
            targets = adverse(world, case, [("stage", None), ("targetCategory", MEDIA)], event=True)
            found.append(of_owner(one, both((operated(world, case), targets))))
    return merge(found)
