"""What exchanges and regulators were told of a company, and whether its filings were reviewed before an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, first_account, merge, values
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, admissible_owners, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_before, certainly_by
from sousveil.decisions.facts.offices import act_day, has_office, lifting_date, offices, sure_seats
from sousveil.decisions.facts.reading import blocks, ids_of, lifts
from sousveil.decisions.model import Deal, Ruling
from sousveil.register.views.records import Record


def hears(world: Compiled, regulator: str, companies: Iterable[str]) -> bool:
    """Whether a body is a regulator that can be told of these companies: proven to be one, by the word of somebody independent of each,
    and of nobody's group among them."""
    asked = list(companies) or [regulator]
    gaining = [beneficiaries(world.about(one), one) for one in asked]
    return all(
        (regulator not in who.entities or asked == [regulator]) and has_office(world, regulator, who, "regulator")
        for who in gaining
    )


def notice(world: Compiled, record: Record) -> Ruling:
    """Whether a notice is addressed to a `regulator` or to somebody else (`other`), by its first publisher and that of its event: nobody
    makes a notice to a company one to its regulator afterwards."""

    def named(of: Record, name: str) -> list[str]:
        return list(dict.fromkeys(map(world.base.target, values(first_account(world, of), name))))

    events = filter(None, map(world.record, named(record, "corporateEvent")))
    companies = [*named(record, "company"), *(one for event in events for one in named(event, "company"))]
    return Ruling("regulator" if any(hears(world, one, companies) for one in named(record, "regulator")) else "other")


def _regulators(
    world: Compiled, deal: Deal, record: Record, company: str, about: str, *needed: str
) -> Iterator[tuple[Support, Beneficiaries, Beneficiaries]]:
    """For each regulator that a record names: what shows that the record is about this company and to it, who benefits from that, and who
    where the regulator itself acts. One of another State, as where a company is listed, has to be named by somebody independent."""
    states, independent = sure_seats(world, deal, about), beneficiaries(deal, company)
    for id in sorted(offices(world, deal, record, "regulator", company, office="regulator")):
        acting = beneficiaries(deal, company, acting={id})
        home = has_office(world, id, independent, "regulator", states)
        naming = acting if home else independent
        names = dict.fromkeys((*needed, *(() if home else ("corporateEvent",))))
        yield support(world, record, {"company": about, "regulator": id, **names}, naming), naming, acting


@lifts(
    "vendor.regulator_told",
    asks="Were the exchange and the regulator of {subject} told of the harms, and did they acknowledge it?",
    needs="A notice of the harms to the exchange and regulator of {subject}, sent and acknowledged by them.",
)
def _notified(world: Compiled, deal: Deal, company: str) -> list[Support]:
    owners, found = admissible_owners(world, company, beneficiaries(deal, company)), list[Support]()
    for about, record in ((id, one) for id in owners for one in world.pointing(id, "RegulatorNotice.company")):
        why = f"{world.caption(record.id)}: not sent and acknowledged by {world.as_of}"
        for sent, naming, acting in _regulators(world, deal, record, company, about, "sentOn", "harms"):
            days = act_day(world, record, naming, "sentOn"), act_day(world, record, acting, "acknowledgedOn")
            both = sent.also(support(world, record, {"acknowledgedOn": None}, acting))
            found.append(both.provided(all(certainly_by(world.as_of, day) for day in days), why))
    return found


@lifts(
    "vendor.filing_reviewed",
    asks="Was the filing of {subject} reviewed by its regulator before the event?",
    needs="A review of the filing of {subject} by its regulator, under a law, before the event.",
)
def _reviewed(world: Compiled, deal: Deal, company: str) -> list[Support]:
    needed, found = ("law", "filing", "reviewedOn", "corporateEvent"), list[Support]()
    for record in world.pointing(company, "FilingReview.company"):
        name, silent = world.caption(record.id), bool(record.stand("silentOn"))
        events = [world.record(id) for id in ids_of(world, record, "corporateEvent")]
        for review, _, who in _regulators(world, deal, record, company, company):
            day = act_day(world, record, who, "reviewedOn")
            planned = (lifting_date(world, one, "plannedFor", who, latest=False) if one else None for one in events)
            complete = {"outcome": "complete", **dict.fromkeys(needed)}
            shown = review.also(support(world, record, complete, who))
            shown = shown.provided(certainly_by(world.as_of, day), f"{name}: not reviewed by {world.as_of}")
            shown = shown.provided(not silent, f"{name}: it finds the filing silent on something")
            before = all(certainly_before(day, one) for one in planned)
            found.append(shown.provided(before, f"{name}: not surely dated before the event"))
    return found


@blocks(
    "vendor.filing_silent", asks="Is a filing of {subject} silent on a known incident, a listing or a lost licence?"
)
def _silent(world: Compiled, deal: Deal, company: str) -> Charge:
    reviews = world.pointing(company, "FilingReview.company")
    return merge(adverse(world, one, [("silentOn", None)], since=("reviewedOn", *DATED)) for one in reviews)
