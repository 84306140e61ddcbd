"""Reports that enacted city laws ask for: on the impact, before the council decides, and on the use, each year after it."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, support
from sousveil.decisions.facts.boards import about_deal, approval, proposals
from sousveil.decisions.facts.offices import act_day, lately
from sousveil.decisions.facts.reading import ids_of, lifts
from sousveil.decisions.world import Deal
from sousveil.register import edtf

IMPACT_DAYS = parameters.days("ccops", "impact_report_days")
USE_DAYS = parameters.days("ccops", "use_report_days")


def _own(deal: Deal) -> Beneficiaries:
    """Such a report is the department's own act."""
    return beneficiaries(deal, acting=deal.end_users, buyer=False)


@lifts(
    "deal.impact_reported",
    asks="Was a report on the impact public for long enough before the council decided?",
    needs=f"A report on the impact, public {IMPACT_DAYS} days before the council decided.",
)
def _impact(world: Compiled, deal: Deal, _: str) -> list[Support]:
    """A report on the impact was public so many days before the approval that counts."""
    approved, who = approval(world, deal), _own(deal)
    if (proposal := approved.proposal) is None:
        return [approved.found]
    return [
        support(world, proposal, {"impactReport": id}, who).also(_early(world, id, approved.earliest, who))
        for id in ids_of(world, proposal, "impactReport")
    ]


def _early(world: Compiled, id: str, decided: str | None, who: Beneficiaries) -> Support:
    document = world.record(id)
    if document is None:
        return Support()
    day = act_day(world, document, who, "publishedAt")
    early = day and decided and edtf.parse(decided).first - edtf.parse(day).last >= IMPACT_DAYS
    why = f"{world.caption(id)}: it was not public for {IMPACT_DAYS} days"
    return support(world, document, {"publishedAt": None}, who).provided(bool(early), why)


@lifts(
    "deal.use_reported",
    asks="Was a report on the use made public within the last year?",
    needs=f"A report on the use, public within the last {USE_DAYS} days.",
)
def _used(world: Compiled, deal: Deal, _: str) -> list[Support]:
    """A report on the use within the last year, on the approval or on the proposal."""
    approved, who = approval(world, deal), _own(deal)
    about = {one.id for one in proposals(world, deal) if about_deal(world, deal, one).holds}
    if approved.decision is not None:  # what ties another decision to the use may be a stranger's word
        about.add(approved.decision.id)
    found = []
    for report in (one for id in sorted(about) for one in world.pointing(id, "UseReport.about")):
        why = f"{world.caption(report.id)}: it has no day within {USE_DAYS} days"
        fresh = lately(world, report, "publishedAt", who, USE_DAYS)
        found.append(support(world, report, {"about": about, "publishedAt": None}, who).provided(fresh, why))
    return found
