"""Reports that enacted city laws ask for: on the impact, before the council decides, and on the use, each year after it."""

from __future__ import annotations

from datetime import date

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.boards import about_deal, approval, proposals
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import lifting_date
from sousveil.decisions.facts.reading import fact, ids_of, lifting, within
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.views.records import Record

IMPACT_DAYS = parameters.days("ccops", "impact_report_days")
USE_DAYS = parameters.days("ccops", "use_report_days")


def _own(world: Compiled, deal: Deal) -> Beneficiaries:
    """Such a report is the department's own act."""
    return beneficiaries(deal, acting={deal.buyer} if deal.buyer is not None else (), buyer=False)


def _impact(world: Compiled, deal: Deal, _: str) -> Value:
    """A report on the impact was public so many days before the approval that counts."""
    needs = f"A report on the impact, public {IMPACT_DAYS} days before the council decided."
    approved = approval(world, deal)
    if not approved.found.holds:
        return lifting([approved.found], needs)
    who = _own(world, deal)
    found = []
    for proposal in approved.proposals:
        for id in ids_of(world, proposal, "impactReport"):
            document = world.record(id)
            said = support(world, proposal, [("impactReport", frozenset({id}))], who)
            if said.holds and document is not None:
                found.append(_early(world, document, said, approved.earliest, who))
            else:
                found.append(said)
    return lifting(found, needs)


def _early(world: Compiled, document: Record, said: Support, decided: str | None, who: Beneficiaries) -> Support:
    public = support(world, document, [("publishedAt", None)], who)
    day = lifting_date(world, document, "publishedAt", who, latest=True)
    if not public.holds or day is None or decided is None:
        return public if not public.holds else Support(why=(f"{world.caption(document.id)}: it has no day",))
    if _first(decided) - edtf.parse(day).last < IMPACT_DAYS:
        return Support(why=(f"{world.caption(document.id)}: it was not public for {IMPACT_DAYS} days",))
    return Support((*said.proof, *public.proof))


def _first(day: str) -> int:
    found = edtf.parse(day)
    return found.first if not found.open else date.min.toordinal()


def _used(world: Compiled, deal: Deal, _: str) -> Value:
    """A report on the use within the last year, on the approval or on the proposal."""
    approved = approval(world, deal)
    about = {one.id for one in proposals(world, deal) if about_deal(world, deal, one).holds}
    if approved.decision is not None:  # what ties another decision to the use may be a stranger's word
        about.add(approved.decision.id)
    found = []
    for id in sorted(about):
        who = _own(world, deal)
        for report in world.pointing(id, "UseReport.about"):
            said = support(world, report, [("about", frozenset(about)), ("publishedAt", None)], who)
            day = lifting_date(world, report, "publishedAt", who, latest=False)
            last = lifting_date(world, report, "publishedAt", who, latest=True)
            if said.holds and not (certainly_by(world.as_of, last) and within(world, day, USE_DAYS)):
                said = Support(why=(f"{world.caption(report.id)}: it has no day within {USE_DAYS} days",))
            found.append(said)
    return lifting(found, f"A report on the use, public within the last {USE_DAYS} days.")


FACTS: tuple[Fact, ...] = (
    fact(
        "deal.impact_reported",
        Of.DEAL,
        Polarity.LIFTS,
        _impact,
        asks="Was a report on the impact public for long enough before the council decided?",
        needs="A report on the impact, public before the council decided.",
    ),
    fact(
        "deal.use_reported",
        Of.DEAL,
        Polarity.LIFTS,
        _used,
        asks="Was a report on the use made public within the last year?",
        needs="A yearly report on the use.",
    ),
)
