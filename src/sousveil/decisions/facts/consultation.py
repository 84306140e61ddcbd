"""What authorities of the Union owe one another and the public: consultation where the goods lie, and the yearly report."""

from __future__ import annotations

from datetime import date, timedelta

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import both, charge, merge
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, objection, support
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.item import surely_whole
from sousveil.decisions.facts.licences import of_deal as licences_of
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.notices import limits, of_deal, told
from sousveil.decisions.facts.offices import lifting_date, offices, whole_state
from sousveil.decisions.facts.place import EU, elsewhere, sure_exporting
from sousveil.decisions.facts.reading import about_state, blocking, fact, lifting, values_of, within
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


def _elsewhere(world: Compiled, deal: Deal, _: str) -> Value:
    """A licence for this, asked for or granted, says that the goods lie in another Member State."""
    found = []
    for record in licences_of(world, deal):
        places = [
            one
            for one in record.by_property.get("goodsIn", ())
            if one.statement.value in EU and elsewhere(deal, {one.statement.value})
        ]
        found.append(both((charge(world, places), charge(world, record.by_property.get("licensee", ())))))
    return blocking(merge(found))


def _over(world: Compiled, deal: Deal, _: str) -> Value:
    """The exporter's authority asked the State where the goods lie about this deal, and was answered without objection, or the time
    for one is over."""
    found = []
    lying = _lying(world, deal)
    for record in of_deal(world, deal, "consultation"):
        bodies = offices(world, deal, record, "authority", office="licensing", states=sure_exporting(world, deal))
        who = beneficiaries(deal, acting=bodies)
        products = surely_whole(world, deal.product, who) if deal.product is not None else frozenset()
        asked = offices(world, deal, record, "recipient", office="licensing", states=lying)
        asked |= whole_state(world, deal, record, "recipient", states=lying)
        needed: list[tuple[str, frozenset[str] | None]] = [
            ("noticeKind", frozenset({"consultation"})),
            ("authority", bodies),
            ("recipient", asked),
            ("product", products),
            *limits(world, record, deal),
        ]
        one = support(world, record, needed, who)
        found.append(_ended(world, record, one, who) if one.holds else one)
    return lifting(
        found,
        f"That the State where the goods lie was asked, and its answer or the end of {WORKING_DAYS} working days.",
    )


def _lying(world: Compiled, deal: Deal) -> frozenset[str]:
    """For lifting: the Member States where the goods lie, as the office that decides on a licence tells it, or somebody independent."""
    found: set[str] = set()
    for record in licences_of(world, deal):
        issuers = offices(world, deal, record, "issuer", office="licensing", states=sure_exporting(world, deal))
        who = beneficiaries(deal, acting=issuers)
        sellers = frozenset(deal.sellers)
        needed: list[tuple[str, frozenset[str] | None]] = [("licensee", sellers), *limits(world, record, deal)]
        if record.stand("product"):
            needed.append(
                ("product", surely_whole(world, deal.product, who) if deal.product is not None else frozenset())
            )
        told = record.by_property.get("goodsIn", ()) if support(world, record, needed, who).holds else ()
        found.update(
            one.statement.value for one in told if one.statement.value in EU and not objection(world, one, who)
        )
    return frozenset(found - {*deal.exporting_states})


def _ended(world: Compiled, record: Record, asked: Support, who: Beneficiaries) -> Support:
    when = lifting_date(world, record, "date", who, latest=True)
    if when is not None and certainly_by(world.as_of, when):
        answered = support(world, record, [("outcome", frozenset({"given"}))], who)
        if answered.holds:
            return Support((*asked.proof, *answered.proof))
        last = working_days_after(date.fromordinal(edtf.parse(when).last), WORKING_DAYS)
        if edtf.parse(world.as_of).first > last.toordinal():
            return asked
    return Support(
        why=(f"{world.caption(record.id)}: its {WORKING_DAYS} working days are not surely over on {world.as_of}",)
    )


def _reported(world: Compiled, deal: Deal, code: str) -> Value:
    """The State's licensing office published a report on licences within the last year."""
    found = []
    for record in about_state(world, "OfficialNotice", code):
        if "licence-report" not in values_of(record, "noticeKind"):
            continue
        bodies = offices(world, deal, record, "authority", code, office="licensing", states=(code,))
        who = beneficiaries(deal, code, acting=bodies)
        one = support(world, record, [("noticeKind", frozenset({"licence-report"})), ("authority", bodies)], who)
        when = lifting_date(world, record, "date", who, latest=False)
        last = lifting_date(world, record, "date", who, latest=True)
        if one.holds and (not certainly_by(world.as_of, last) or not within(world, when, REPORT_DAYS)):
            one = Support(
                why=(f"{world.caption(record.id)}: it has no day within {REPORT_DAYS} days before {world.as_of}",)
            )
        found.append(one)
    return lifting(
        found, f"A public report of the last year on licences of {world.caption(code)}, by its licensing office."
    )


FACTS: tuple[Fact, ...] = (
    fact(
        "deal.goods_elsewhere",
        Of.DEAL,
        Polarity.BLOCKS,
        _elsewhere,
        asks="Do the goods lie in a Member State other than that of the exporter's authority?",
        needs="Where the goods lie.",
    ),
    fact(
        "deal.objected_to",
        Of.DEAL,
        Polarity.BLOCKS,
        told("objection"),
        asks="Has the Member State where the goods lie objected?",
        needs="Whether the State where the goods lie objected.",
    ),
    fact(
        "deal.consultation_over",
        Of.DEAL,
        Polarity.LIFTS,
        _over,
        asks="Was the Member State where the goods lie asked, and is its time to object over?",
        needs="That the State where the goods lie was asked, and its answer or the end of its time.",
    ),
    fact(
        "state.licence_report",
        Of.STATE,
        Polarity.LIFTS,
        _reported,
        asks="Has {subject} published a report on licences within the last year?",
        needs="A public report of the last year on licences of {subject}, by its licensing office.",
    ),
)
