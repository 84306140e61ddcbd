"""Human-rights due diligence: shown for this product and end user, along the Guiding Principles 16 to 22, and not expired."""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import charge, merge
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by, certainly_until
from sousveil.decisions.facts.item import surely_whole, whole
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.notices import places
from sousveil.decisions.facts.offices import lifting_date
from sousveil.decisions.facts.reading import blocking, fact, ids_of, lifting, values_of
from sousveil.decisions.world import Deal
from sousveil.register.types.due_diligence_report import TYPE as REPORT
from sousveil.register.views.records import Record

PRINCIPLES = ("gp16", "gp17", "gp18", "gp19", "gp20", "gp21", "gp22")
_WORDS = next(dict(one.codes) for one in REPORT.properties if one.name == "principle")


def reports(world: Compiled, company: str) -> list[Record]:
    """Reports of a company or investor."""
    found = {one.id: one for one in world.pointing(company, "DueDiligenceReport.company")}
    found |= {one.id: one for one in world.pointing(company, "DueDiligenceReport.investor")}
    return list(found.values())


def shown(world: Compiled, deal: Deal, company: str, who: Beneficiaries) -> Value:
    """Whether reports that fit the deal show all seven principles, each confirmed by somebody who does not benefit."""
    fitting = [one for one in reports(world, company) if _fits(world, one, deal) and _dated(world, one, who)]
    proof: dict[str, None] = {}
    why: list[str] = []
    missing: list[str] = []
    for principle in PRINCIPLES:
        needed: list[tuple[str, frozenset[str] | None]] = [("principle", frozenset({principle}))]
        for record in fitting:
            found = support(
                world, record, [*needed, *_of_deal(world, company, deal, who), *_severe(record, principle)], who
            )
            if not found.holds:
                investor = _of_deal(world, company, deal, who, "investor")
                found = support(world, record, [*needed, *investor, *_severe(record, principle)], who)
            why += found.why
            if found.holds:
                proof.update(dict.fromkeys(found.proof))
                break
        else:
            missing.append(_WORDS[principle])
    name = world.caption(company)
    needs = f"A report of {name} for this product and end user, examined by somebody independent, that shows: {', '.join(missing)}."
    return lifting([Support(why=tuple(why)) if missing else Support(tuple(proof))], needs)


def _fits(world: Compiled, record: Record, deal: Deal) -> bool:
    """It names this product, this end user and this market: a report on everything shows nothing of this."""
    products = {one.id for one in whole(world, deal.product)} if deal.product is not None else set()
    return (
        bool(products & set(ids_of(world, record, "product")))
        and deal.buyer in ids_of(world, record, "endUser")
        and bool(set(deal.buyer_states) & values_of(record, "market"))
    )


def _of_deal(
    world: Compiled, company: str, deal: Deal, who: Beneficiaries, party: str = "company"
) -> list[tuple[str, frozenset[str] | None]]:
    """What the report must be about by statements that lift: nobody else makes it one on this company, product and end user."""
    products = surely_whole(world, deal.product, who) if deal.product is not None else frozenset()
    users = frozenset({deal.buyer}) if deal.buyer is not None else frozenset()
    return [
        (party, frozenset({company})),
        ("product", products),
        ("endUser", users),
        ("market", places(world, deal)),
    ]


def _dated(world: Compiled, record: Record, who: Beneficiaries) -> bool:
    found = [lifting_date(world, record, one, who, latest=True) for one in ("publishedAt", "periodEnd")]
    made = next((one for one in found if one is not None), None)
    return certainly_by(world.as_of, made) and certainly_until(
        world.as_of, lifting_date(world, record, "expiresOn", who, latest=False)
    )


def _severe(record: Record, principle: str) -> list[tuple[str, frozenset[str] | None]]:
    """Principle 19 names what was done about each severe finding."""
    if principle != "gp19" or not record.stand("severeFinding"):
        return []
    return [("actionOnSevere", None)]


def _shown(world: Compiled, deal: Deal, company: str) -> Value:
    return shown(world, deal, company, beneficiaries(deal, company))


def _knows(world: Compiled, deal: Deal, _: str) -> Value:
    """The exporter's own reports name severe risks of this product, end user or destination."""
    found = []
    for seller in deal.sellers:
        for record in reports(world, seller):
            near = deal.buyer in ids_of(world, record, "endUser") or set(deal.buyer_states) & values_of(
                record, "market"
            )
            if near or (deal.product is not None and deal.product in ids_of(world, record, "product")):
                found.append(charge(world, record.by_property.get("severeFinding", ())))
    return blocking(merge(found))


FACTS: tuple[Fact, ...] = (
    fact(
        "vendor.due_diligence_shown",
        Of.VENDOR,
        Polarity.LIFTS,
        _shown,
        asks="Has {subject} shown due diligence on human rights for this product, market and end user?",
        needs="A report of {subject} along the Guiding Principles 16 to 22, examined by somebody independent, and not expired.",
    ),
    fact(
        "deal.exporter_knows_of_risk",
        Of.DEAL,
        Polarity.BLOCKS,
        _knows,
        asks="Does the exporter know of a severe risk from its own examination?",
        needs="What the exporter's own due diligence found on this item, end user and destination.",
    ),
)
