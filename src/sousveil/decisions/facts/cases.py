"""Incidents: whom they lead to (client, vendor, State), and whether they were investigated as the letter asks."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import voices
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, Required, adverse, both, merge
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    admissible_ids,
    beneficiaries,
    independent,
    support,
)
from sousveil.decisions.evidence.affiliation import Reached
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import lifting_date, of_state
from sousveil.decisions.facts.reading import about_state, blocking, fact, ids_of, lifting
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Stance
from sousveil.register.types.countries import whole
from sousveil.register.views.records import Record, stands

QUALITIES = ("immediate", "independent", "transparent", "impartial")
LINKS = (
    ("ClientClaim.vendor", "client", "stage"),
    ("Supply.supplier", "recipient", "clientStage"),
    ("Deployment.vendor", "body", "clientStage"),
    ("Contract.supplier", "buyer", ""),
)
"""How the register says that somebody is or was a client: record, its client, and how firmly."""
BY_PRODUCT = (
    ("ClientClaim.product", "client", "stage"),
    ("Supply.product", "recipient", "clientStage"),
    ("Deployment.product", "body", "clientStage"),
)


def incident(world: Compiled, record: Record, *naming: str, stage: str = "") -> Charge:
    """What one account supports of an incident that names these: its stage, and each naming property."""
    return adverse(world, record, [("stage", None), *((name, None) for name in naming)], event=True, stage=stage)


def incidents_of_vendor(world: Compiled, vendor: str) -> Iterable[Record]:
    """Incidents in which a vendor's products were used: it is named, or one of its products."""
    seen = set()
    for record in world.pointing(vendor, "AbuseIncident.vendor"):
        seen.add(record.id)
        yield record
    for product in world.pointing(vendor, "SurveillanceProduct.vendor"):
        for record in world.pointing(product.id, "AbuseIncident.product"):
            if record.id not in seen:
                seen.add(record.id)
                yield record


def withdrawn(record: Record) -> bool:
    """Whether all who told of an incident took it back: it is none on file any more. That somebody doubts it is not enough."""
    return all(one.retracted is not None or one.statement.stance is Stance.DENIES for one in record.statements)


def abuser(world: Compiled, client: str) -> Charge:
    """What is on file of abuse by a body as the operator."""
    return merge(operated(world, record) for record in world.pointing(client, "AbuseIncident.client"))


def operated(world: Compiled, record: Record) -> Charge:
    """What one account supports of an incident as its operator's. A potential operator counts as an allegation does."""
    return incident(world, record, "client", stage="clientStage")


def served(world: Compiled, vendor: str) -> Charge:
    """What is on file of a vendor that served a client who abuses. The end of a contract does not erase it."""
    return world.once("served", vendor, lambda: _served_by(world, vendor))


def _served_by(world: Compiled, vendor: str) -> Charge:
    found = [_serves(world, record, *link) for link in LINKS for record in world.pointing(vendor, link[0])]
    for product in world.pointing(vendor, "SurveillanceProduct.vendor"):
        maker = adverse(world, product, [("vendor", {vendor})], event=True)
        links = [_serves(world, record, *link) for link in BY_PRODUCT for record in world.pointing(product.id, link[0])]
        found += [both((maker, link)) for link in links]
    for record in incidents_of_vendor(world, vendor):
        naming = "vendor" if vendor in ids_of(world, record, "vendor") else "product"
        found.append(both((operated(world, record), incident(world, record, naming))))
    return merge(found)


def _serves(world: Compiled, record: Record, naming: str, client: str, stage: str) -> Charge:
    required: list[Required] = [(naming.partition(".")[2], None), (client, None)]
    link = adverse(world, record, required, event=True, stage=stage)
    return both((link, merge(abuser(world, id) for id in ids_of(world, record, client)))) if link.counts else link


def _served(world: Compiled, deal: Deal, vendor: str) -> Value:
    return blocking(served(world, vendor))


def _abused(world: Compiled, deal: Deal, vendor: str) -> Value:
    records = incidents_of_vendor(world, vendor)
    return blocking(merge(incident(world, one, name) for one in records for name in ("vendor", "product")))


def _buyer(world: Compiled, deal: Deal, buyer: str) -> Value:
    """Its own abuse, and that of whoever owns it: a front company begins with an empty record."""
    return blocking(merge(of_owner(one, abuser(world, one.id)) for one in world.graph.owners(buyer)))


def of_owner(one: Reached, found: Charge) -> Charge:
    """What counts against an owner, with what says that it is one."""
    links = Charge(tuple(dict.fromkeys(id for link in one.path for id in link.proof)))
    return both((links, found)) if one.link is not None else found


def touching(world: Compiled, code: str) -> list[Record]:
    """Incidents that touch a State: its bodies as operators, people on its territory, products of its vendors."""
    found = world.memo.get("touching")
    if found is None:
        found = {}
        for record in world.of_type("AbuseIncident"):
            for place in sorted(set().union(*_places(world, record))):
                found.setdefault(place, []).append(record)
        world.memo["touching"] = found
    return found.get(code, [])


def _places(world: Compiled, record: Record) -> list[set[str]]:
    """The States that an incident touches, in the order in which one owes its investigation: where it happened, of those targeted, of the
    operators, of the vendors."""
    vendors = ids_of(world, record, "vendor")
    for product in ids_of(world, record, "product"):
        there = world.record(product)
        vendors += ids_of(world, there, "vendor") if there is not None else []
    told = (record.by_property.get(name, ()) for name in ("country", "targetCountry"))
    return [
        *({whole(one.statement.value) for one in many} for many in told),
        *({code for id in ids for code in world.seats.of(id)} for ids in (ids_of(world, record, "client"), vendors)),
    ]


def _touched(world: Compiled, deal: Deal, code: str) -> Value:
    return blocking(merge(incident(world, record) for record in touching(world, code)))


def _operates(world: Compiled, deal: Deal, code: str) -> Value:
    found = [
        operated(world, record)
        for record in touching(world, code)
        if any(code in world.seats.of(id) for id in ids_of(world, record, "client"))
    ]
    return blocking(merge(found))


def _investigated(world: Compiled, deal: Deal, code: str) -> Value:
    """Every case that touches the State, each by an investigation with the four qualities."""
    who = beneficiaries(deal, code)
    cases = [record for record in touching(world, code) if incident(world, record).counts]
    name = world.caption(code)
    needs = f"A completed investigation by {name} that is found to be immediate, independent, transparent and impartial"
    proof: list[str] = []
    why: list[str] = []
    for case in cases:
        about = _about(world, case, who)
        found = [
            _inquiry(world, one, code, about, who).also(_over(world, one, who)[0])
            for one in _inquiries(world, about, code)
        ]
        good = next((one for one in found if one.holds), None)
        if good is None:
            why += [said for one in found for said in one.why]
            return lifting([Support(why=tuple(why))], f"{needs}, into: {world.caption(case.id)}.")
        proof += good.proof
    if not cases:
        return lifting((), f"{needs}.")
    return lifting([Support(tuple(dict.fromkeys(proof)))], needs)


def case(world: Compiled, record: Record) -> Ruling:
    """Whether each State that owes it investigated an incident as the letter asks: `investigated`; `opened`, where such an investigation
    has begun and is not over; `inquiry`, where one is recorded that is not found to have all four qualities; `open`; empty where the
    incident is only alleged, or was taken back."""
    charged = incident(world, record)
    if withdrawn(record) or charged.alleged or not charged.counts:
        return Ruling("")
    found = [_stage(world, record, code) for code in sorted(_owing(world, record))]
    least = min(found, key=_rank, default=Ruling("open"))
    if least.says == "open" and any(_rank(one) for one in found):
        return Ruling("inquiry")
    days = (one.day for one in found if one.day is not None)
    return Ruling(least.says, max(days, default=None), tuple(many for one in found for many in one.words))


def _owing(world: Compiled, record: Record) -> set[str]:
    """The States that owe the investigation: by the first that the founder names, else by what others name, as `Clock.owed_by` has it."""
    told = sorted((one for one in record.statements if stands(one)), key=lambda one: one.recorded)
    by = [world.base.signer(one).publisher for one in told]
    own = voices.only(record, [one for one, publisher in zip(told, by, strict=True) if publisher == by[0]])
    return next(filter(None, (*_places(world, own), *_places(world, record))), set())


def _stage(world: Compiled, record: Record, code: str) -> Ruling:
    """As `case`, of one State."""
    who = beneficiaries(world.about(code), code)
    about = _about(world, record, who)
    stages = [Ruling("open")]
    for one in _inquiries(world, about, code):
        found = _inquiry(world, one, code, about, who)
        over, ended = _over(world, one, who)
        if found.also(over).holds:
            stages.append(Ruling("investigated", edtf.parse(ended).first if ended else None, (found.proof, over.proof)))
        else:
            stages.append(Ruling("opened" if found.holds else "inquiry"))
    return max(stages, key=_rank)


def _over(world: Compiled, record: Record, who: Beneficiaries) -> tuple[Support, str | None]:
    """Whether an inquiry is over, by its last day or as closed, and that day: one that has only begun investigated nothing yet."""
    end = lifting_date(world, record, "endDate", who, latest=True)
    ended = end if certainly_by(world.as_of, end) else None
    return support(world, record, [("endDate", None) if ended else ("status", frozenset({"closed"}))], who), ended


def _rank(stage: Ruling) -> int:
    return ("open", "inquiry", "opened", "investigated").index(stage.says)


def _about(world: Compiled, case: Record, who: Beneficiaries) -> frozenset[str]:
    """What an inquiry into a case is about: the case, or whose it is by those who may lift. Others who name one more vendor in it bring no
    inquiry into that one to it."""
    return frozenset({case.id}) | admissible_ids(world, case, "product", "vendor", "client", who=who)


def _inquiries(world: Compiled, about: frozenset[str], code: str) -> list[Record]:
    mine = {record.id for record in about_state(world, "Investigation", code)}
    found = {r.id: r for id in sorted(about) for r in world.pointing(id, "Investigation.about") if r.id in mine}
    return list(found.values())


def _inquiry(world: Compiled, record: Record, code: str, about: frozenset[str], who: Beneficiaries) -> Support:
    needed: list[tuple[str, frozenset[str] | None]] = [("about", about)]
    needed += [("quality", frozenset({one})) for one in QUALITIES if one != "independent"]
    found = of_state(world, record, code, needed, who).also(independent(world, record, who))
    began = [lifting_date(world, record, one, who, latest=True) for one in ("startDate", "date")]
    if found.holds and not certainly_by(world.as_of, next((one for one in began if one is not None), None)):
        return Support(why=(f"{world.caption(record.id)}: it had not begun on {world.as_of}, as far as is on file",))
    return found


FACTS: tuple[Fact, ...] = (
    fact(
        "vendor.served_abuser",
        Of.VENDOR,
        Polarity.BLOCKS,
        _served,
        asks="Has {subject} served a client who abuses surveillance?",
        needs="Who the clients of {subject} are and were, and whether one of them abused surveillance.",
    ),
    fact(
        "vendor.abuse_reported",
        Of.VENDOR,
        Polarity.BLOCKS,
        _abused,
        asks="Was abuse reported that was done with products of {subject}?",
        needs="Whether products of {subject} were used for abuse.",
    ),
    fact(
        "buyer.abused",
        Of.BUYER,
        Polarity.BLOCKS,
        _buyer,
        asks="Was abuse reported of {subject}?",
        needs="Whether {subject} abused surveillance.",
    ),
    fact(
        "state.touched_by_case",
        Of.STATE,
        Polarity.BLOCKS,
        _touched,
        asks="Does a case of targeted surveillance touch {subject}?",
        needs="Whether a case of targeted surveillance touches {subject}.",
    ),
    fact(
        "state.operates_abusively",
        Of.STATE,
        Polarity.BLOCKS,
        _operates,
        asks="Was abuse reported of bodies of {subject}?",
        needs="Whether bodies of {subject} abused surveillance.",
    ),
    fact(
        "state.cases_investigated",
        Of.STATE,
        Polarity.LIFTS,
        _investigated,
        asks="Has {subject} investigated every case that touches it: immediately, independently, transparently, impartially?",
        needs="Completed investigations of {subject} of this kind, confirmed by an independent publisher, their independence by two.",
    ),
)
