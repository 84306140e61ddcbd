"""What authorities of the Union owe one another and the public: consultation where the goods lie, and the yearly report."""

from __future__ import annotations

from datetime import date, timedelta

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, both, charge, merge
from sousveil.decisions.evidence.admissibility import Support, Wanted, admissible_values, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.item import surely_whole
from sousveil.decisions.facts.licences import of_deal as licences_of
from sousveil.decisions.facts.notices import limits, of_deal, told
from sousveil.decisions.facts.offices import act_day, lately, offices, whole_state
from sousveil.decisions.facts.place import EU, elsewhere, sure_exporting
from sousveil.decisions.facts.reading import about_state, blocks, lifts, values_of
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.views.records import Record

WORKING_DAYS = parameters.days("eu-2021-821", "consultation_working_days")
REPORT_DAYS = parameters.days("eu-2021-821", "report_days")
SATURDAY = 5


def working_days_after(day: date, count: int) -> date:
    """The last of so many working days after a day: Monday to Friday, for holidays of each State are not known here."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


@blocks(
    "deal.goods_elsewhere",
    asks="Do the goods lie in a Member State other than that of the exporter's authority?",
    needs="Where the goods lie.",
)
def _elsewhere(world: Compiled, deal: Deal, _: str) -> Charge:
    """A licence for this, asked for or granted, says that the goods lie in another Member State."""
    return merge(
        both((charge(world, [one for one in record.claims("goodsIn") if _another(deal, one.statement.value)]),
              charge(world, record.claims("licensee"))))
        for record in licences_of(world, deal)
    )  # fmt: skip


def _another(deal: Deal, code: str) -> bool:
    return code in EU and elsewhere(deal, {code})


@lifts(
    "deal.consultation_over",
    asks="Was the Member State where the goods lie asked, and is its time to object over?",
    needs=f"That the State where the goods lie was asked, and its answer or the end of {WORKING_DAYS} working days.",
)
def _over(world: Compiled, deal: Deal, _: str) -> list[Support]:
    """The exporter's authority asked the State where the goods lie about this deal, and was answered without objection, or the time
    for one is over."""
    lying = _lying(world, deal)
    return [_consulted(world, deal, record, lying) for record in of_deal(world, deal, "consultation")]


def _lying(world: Compiled, deal: Deal) -> frozenset[str]:
    """For lifting: the Member States where the goods lie, as the office that decides on a licence tells it, or somebody independent."""
    lying: set[str] = set()
    for record in licences_of(world, deal):
        issuers = offices(world, deal, record, "issuer", office="licensing", states=sure_exporting(world, deal))
        who = beneficiaries(deal, acting=issuers)
        needed: dict[str, Wanted] = {"licensee": frozenset(deal.sellers), **limits(world, record, deal)}
        if record.stand("product"):
            needed["product"] = surely_whole(world, deal.product, who)
        if support(world, record, needed, who).holds:
            lying |= EU & admissible_values(world, record, "goodsIn", who)
    return frozenset(lying.difference(deal.exporting_states))


def _consulted(world: Compiled, deal: Deal, record: Record, lying: frozenset[str]) -> Support:
    bodies = offices(world, deal, record, "authority", office="licensing", states=sure_exporting(world, deal))
    who = beneficiaries(deal, acting=bodies)
    asked = offices(world, deal, record, "recipient", office="licensing", states=lying)
    asked |= whole_state(world, deal, record, "recipient", states=lying)
    needed: dict[str, Wanted] = {"noticeKind": "consultation", "authority": bodies, "recipient": asked}
    needed |= {"product": surely_whole(world, deal.product, who), **limits(world, record, deal)}
    found = support(world, record, needed, who)
    when = act_day(world, record, who, "date") if found.holds else None
    if when is not None and certainly_by(world.as_of, when):
        answered = support(world, record, {"outcome": "given"}, who)
        last = working_days_after(date.fromordinal(edtf.parse(when).last), WORKING_DAYS).toordinal()
        if answered.holds or edtf.parse(world.as_of).first > last:
            return found.also(answered) if answered.holds else found
    return found.provided(
        False, f"{world.caption(record.id)}: its {WORKING_DAYS} working days are not surely over on {world.as_of}"
    )


@lifts(
    "state.licence_report",
    asks="Has {subject} published a report on licences within the last year?",
    needs="A public report of the last year on licences of {subject}, by its licensing office.",
)
def _reported(world: Compiled, deal: Deal, code: str) -> list[Support]:
    """The State's licensing office published a report on licences within the last year."""
    found = []
    for record in about_state(world, "OfficialNotice", code):
        bodies = offices(world, deal, record, "authority", code, office="licensing", states=(code,))
        who = beneficiaries(deal, code, acting=bodies)
        published = support(world, record, {"noticeKind": "licence-report", "authority": bodies}, who)
        why = f"{world.caption(record.id)}: it has no day within {REPORT_DAYS} days before {world.as_of}"
        if "licence-report" in values_of(record, "noticeKind"):
            found.append(published.provided(lately(world, record, "date", who, REPORT_DAYS), why))
    return found


blocks(
    "deal.objected_to",
    asks="Has the Member State where the goods lie objected?",
    needs="Whether the State where the goods lie objected.",
)(told("objection"))
