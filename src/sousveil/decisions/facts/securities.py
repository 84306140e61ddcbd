"""What exchanges and regulators were told of a company, and whether its filings were reviewed before an event."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, first_account, merge, values
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    admissible_owners,
    beneficiaries,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by, surely_before
from sousveil.decisions.facts.offices import act_day, has_office, lifting_date, offices, sure_seats
from sousveil.decisions.facts.reading import blocks, ids_of, lifts
from sousveil.decisions.model import Deal, Ruling
from sousveil.register.views.records import Record


@lifts(
    "vendor.regulator_told",
    asks="Were the exchange and the regulator of {subject} told of the harms, and did they acknowledge it?",
    needs="A notice of the harms to the exchange and regulator of {subject}, sent and acknowledged by them.",
)
def _told(world: Compiled, deal: Deal, company: str) -> list[Support]:
    owners = admissible_owners(world, company, beneficiaries(deal, company))
    notices = ((id, record) for id in owners for record in world.pointing(id, "RegulatorNotice.company"))
    return [
        _notice(world, record, id, one)
        for id, record in notices
        for one in _addressees(world, deal, record, company, id)
    ]


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


class _Addressee(msgspec.Struct, frozen=True):
    """A regulator, and by whose word a record has to say that it is the one that was to be told."""

    id: str
    naming: Beneficiaries
    """As `acting`, where it is one of the home State."""
    acting: Beneficiaries
    """Who benefits where the regulator itself acts."""


def _addressees(world: Compiled, deal: Deal, record: Record, company: str, about: str) -> list[_Addressee]:
    """The regulators of a record. One of another State, as where a company is listed, has to be named by somebody independent."""
    states = sure_seats(world, deal, about)
    home = offices(world, deal, record, "regulator", company, office="regulator", states=states)
    independent = beneficiaries(deal, company)
    found = []
    for id in sorted(offices(world, deal, record, "regulator", company, office="regulator")):
        acting = beneficiaries(deal, company, acting={id})
        found.append(_Addressee(id, acting if id in home else independent, acting))
    return found


def _named(world: Compiled, record: Record, company: str, to: _Addressee, *needed: str) -> Support:
    """That the record is about the company and to this regulator, with all that is needed besides."""
    names = dict.fromkeys((*needed, *(() if to.naming is to.acting else ("corporateEvent",))))
    return support(world, record, {"company": company, "regulator": to.id, **names}, to.naming)


def _notice(world: Compiled, record: Record, company: str, to: _Addressee) -> Support:
    sent = _named(world, record, company, to, "sentOn", "harms")
    found = sent.also(support(world, record, {"acknowledgedOn": None}, to.acting))
    days = act_day(world, record, to.naming, "sentOn"), act_day(world, record, to.acting, "acknowledgedOn")
    past = all(certainly_by(world.as_of, day) for day in days)
    return found.provided(past, f"{world.caption(record.id)}: not sent and acknowledged by {world.as_of}")


@lifts(
    "vendor.filing_reviewed",
    asks="Was the filing of {subject} reviewed by its regulator before the event?",
    needs="A review of the filing of {subject} by its regulator, under a law, before the event.",
)
def _reviewed(world: Compiled, deal: Deal, company: str) -> list[Support]:
    return [
        _review(world, record, company, one)
        for record in world.pointing(company, "FilingReview.company")
        for one in _addressees(world, deal, record, company, company)
    ]


def _review(world: Compiled, record: Record, company: str, to: _Addressee) -> Support:
    who, name = to.acting, world.caption(record.id)
    needed: dict[str, Wanted] = dict.fromkeys(("law", "filing", "reviewedOn", "corporateEvent"))
    found = _named(world, record, company, to).also(support(world, record, {"outcome": "complete", **needed}, who))
    reviewed = act_day(world, record, who, "reviewedOn")
    found = found.provided(certainly_by(world.as_of, reviewed), f"{name}: not reviewed by {world.as_of}")
    found = found.provided(not record.stand("silentOn"), f"{name}: it finds the filing silent on something")
    events = (world.record(id) for id in ids_of(world, record, "corporateEvent"))
    planned = [lifting_date(world, one, "plannedFor", who, latest=False) if one is not None else None for one in events]
    return found.provided(
        all(surely_before(reviewed, day) for day in planned), f"{name}: not surely dated before the event"
    )


@blocks(
    "vendor.filing_silent",
    asks="Is a filing of {subject} silent on a known incident, a listing or a lost licence?",
    needs="The filings of {subject}, and whether they tell of incidents, listings and lost licences.",
)
def _silent(world: Compiled, deal: Deal, company: str) -> Charge:
    reviews = world.pointing(company, "FilingReview.company")
    return merge(adverse(world, one, [("silentOn", None)], since=("reviewedOn", *DATED)) for one in reviews)
