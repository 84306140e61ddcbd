"""Human-rights due diligence: shown for this product and end user, along the Guiding Principles 16 to 22, and not expired."""

from __future__ import annotations

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, charge, merge
from sousveil.decisions.evidence.admissibility import (
    Support,
    Wanted,
    beneficiaries,
    first_support,
    support,
)
from sousveil.decisions.facts.item import certainly_whole
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import certainly_runs, places
from sousveil.decisions.facts.reading import blocks, ids_of, lifting, lifts, values_of
from sousveil.decisions.model import Deal
from sousveil.register.types.due_diligence_report import TYPE as REPORT
from sousveil.register.views.records import Record

PRINCIPLES = ("gp16", "gp17", "gp18", "gp19", "gp20", "gp21", "gp22")
_WORDS = next(dict(one.codes) for one in REPORT.properties if one.name == "principle")
_PARTIES = ("company", "investor")
"""Properties that name whose report it is."""


def reports(world: Compiled, company: str) -> list[Record]:
    """Reports of a company or investor."""
    found = {one.id: one for name in _PARTIES for one in world.pointing(company, f"DueDiligenceReport.{name}")}
    return list(found.values())


@lifts(
    "vendor.due_diligence_shown",
    asks="Has {subject} shown due diligence on human rights for this product, market and end user?",
    needs="A report of {subject} along the Guiding Principles 16 to 22, examined by somebody independent, and not expired.",
)
def _shown(world: Compiled, deal: Deal, company: str) -> Value:
    """Each principle by a report that statements which lift make one on this company, product, market and end user."""
    who = beneficiaries(deal, company)
    dates = ("expiresOn", "publishedAt", "periodEnd")
    current = [one for one in reports(world, company) if certainly_runs(world, one, who, *dates)]
    of_deal: dict[str, Wanted] = {"product": certainly_whole(world, deal.product, who), "endUser": deal.end_users}
    of_deal["market"] = places(world, deal)

    def shown(record: Record, principle: str, party: str) -> Support:
        # principle 19 names what was done about each severe finding
        severe = {"actionOnSevere": None} if principle == "gp19" and record.stand("severeFinding") else {}
        return support(world, record, {party: company, **of_deal, "principle": principle, **severe}, who)

    found = {p: first_support([shown(one, p, party) for one in current for party in _PARTIES]) for p in PRINCIPLES}
    missing = [_WORDS[one] for one, by in found.items() if not by.holds]
    needs = f"A report of {world.caption(company)} for this product and end user, examined by somebody independent, that shows: "
    proof = tuple(dict.fromkeys(id for one in found.values() for id in one.proof))
    why = tuple(reason for one in found.values() for reason in one.why)
    return lifting([Support(why=why) if missing else Support(proof)], f"{needs}{', '.join(missing)}.")


@blocks(
    "deal.exporter_knows_of_risk",
    asks="Does the exporter know of a severe risk from its own examination?",
    needs="What the exporter's own due diligence found on this item, end user and destination.",
)
def _knows(world: Compiled, deal: Deal, _: str) -> Charge:

    def near(record: Record) -> bool:
        return (
            deal.buyer in ids_of(world, record, "endUser")
            or not values_of(record, "market").isdisjoint(deal.buyer_states)
            or deal.product in ids_of(world, record, "product")
        )

    own = (record for seller in deal.sellers for record in reports(world, seller))
    return merge(charge(world, record.claims("severeFinding")) for record in own if near(record))
