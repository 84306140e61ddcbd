"""What exchanges and regulators were told of a company, and whether its filings were reviewed before an event."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, adverse, merge
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, admissible_owners, beneficiaries, support
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.offices import has_office, lifting_date, offices
from sousveil.decisions.facts.place import sure_seats
from sousveil.decisions.facts.reading import blocking, fact, ids_of, lifting
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.views.records import Record


def _told(world: Compiled, deal: Deal, company: str) -> Value:
    """A notice of the harms was sent, and its addressee acknowledged it: that is the act of the regulator that was told."""
    found = []
    for id in admissible_owners(world, company, beneficiaries(deal, company)):
        for record in world.pointing(id, "RegulatorNotice.company"):
            for one in _addressees(world, deal, record, company, id):
                found.append(_notice(world, record, id, one))
    name = world.caption(company)
    return lifting(
        found, f"A notice of the harms to the exchange and regulator of {name}, sent and acknowledged by them."
    )


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
    """Whether a notice is addressed to a `regulator` or to somebody else (`other`), by whom its founder names, and by whom the founder of
    its event does: nobody makes a notice to a company one to its regulator afterwards, nor adds a company to it whose word was needed to
    show that the regulator is one."""

    def named(of: Record | None, *names: str) -> list[str]:
        if of is None:
            return []
        founder = world.base.signer(of.statements[0]).publisher
        told = [one for name in names for one in of.stand(name) if world.base.signer(one).publisher == founder]
        return list(dict.fromkeys(world.base.canonical(one.statement.value) for one in told))

    events = map(world.record, named(record, "corporateEvent"))
    companies = [*named(record, "company"), *(one for event in events for one in named(event, "company"))]
    return Ruling("regulator" if any(hears(world, one, companies) for one in named(record, "regulator")) else "other")


class _Addressee(msgspec.Struct, frozen=True):
    """A regulator, and by whose word a record has to say that it is the one that was to be told."""

    id: str
    naming: Beneficiaries
    acting: Beneficiaries
    """Who benefits where the regulator itself acts."""
    home: bool


def _addressees(world: Compiled, deal: Deal, record: Record, company: str, about: str) -> list[_Addressee]:
    """The regulators of a record. One of a State where the company surely sits may tell of the whole itself. Which other State's has a
    say, as where it is listed abroad, no regulator says of itself: somebody independent has to name it, before an event of the company."""
    states = sure_seats(world, deal, about)
    home = offices(world, deal, record, "regulator", company, office="regulator", states=states)
    independent = beneficiaries(deal, company)
    found = []
    for id in sorted(offices(world, deal, record, "regulator", company, office="regulator")):
        acting = beneficiaries(deal, company, acting={id})
        found.append(_Addressee(id, acting if id in home else independent, acting, id in home))
    return found


def _named(world: Compiled, record: Record, company: str, to: _Addressee, *needed: str) -> Support:
    """That the record is about the company and to this regulator, with all that is needed besides."""
    names = dict.fromkeys((*needed, *(() if to.home else ("corporateEvent",))))
    told: list[tuple[str, frozenset[str] | None]] = [("company", frozenset({company}))]
    return support(
        world, record, [*told, ("regulator", frozenset({to.id})), *((one, None) for one in names)], to.naming
    )


def _notice(world: Compiled, record: Record, company: str, to: _Addressee) -> Support:
    found = _both(
        _named(world, record, company, to, "sentOn", "harms"),
        support(world, record, [("acknowledgedOn", None)], to.acting),
    )
    days = (("sentOn", to.naming), ("acknowledgedOn", to.acting))
    if found.holds and not all(
        certainly_by(world.as_of, lifting_date(world, record, one, who, latest=True)) for one, who in days
    ):
        return Support(why=(f"{world.caption(record.id)}: not sent and acknowledged by {world.as_of}",))
    return found


def _both(one: Support, other: Support) -> Support:
    if one.holds and other.holds:
        return Support(tuple(dict.fromkeys((*one.proof, *other.proof))))
    return Support(why=tuple(dict.fromkeys((*one.why, *other.why))))


def _reviewed(world: Compiled, deal: Deal, company: str) -> Value:
    """A regulator reviewed the filing under a rule, before the event, and found nothing missing."""
    found = []
    for record in world.pointing(company, "FilingReview.company"):
        for one in _addressees(world, deal, record, company, company):
            found.append(_review(world, record, company, one))
    return lifting(
        found, f"A review of the filing of {world.caption(company)} by its regulator, under a law, before the event."
    )


def _review(world: Compiled, record: Record, company: str, to: _Addressee) -> Support:
    who = to.acting
    needed: list[tuple[str, frozenset[str] | None]] = [("outcome", frozenset({"complete"})), ("law", None)]
    found = _both(
        _named(world, record, company, to),
        support(world, record, [*needed, ("filing", None), ("reviewedOn", None), ("corporateEvent", None)], who),
    )
    if not found.holds:
        return found
    reviewed = lifting_date(world, record, "reviewedOn", who, latest=True)
    name = world.caption(record.id)
    if not certainly_by(world.as_of, reviewed):
        return Support(why=(f"{name}: not reviewed by {world.as_of}",))
    if record.stand("silentOn"):
        return Support(why=(f"{name}: it finds the filing silent on something",))
    for id in ids_of(world, record, "corporateEvent"):
        event = world.record(id)
        when = lifting_date(world, event, "plannedFor", who, latest=False) if event is not None else None
        if when is None or reviewed is None or edtf.compare(edtf.parse(reviewed), edtf.parse(when)) != -1:
            return Support(why=(f"{name}: not surely dated before the event",))
    return found


def _silent(world: Compiled, deal: Deal, company: str) -> Value:
    found = []
    for record in world.pointing(company, "FilingReview.company"):
        found.append(adverse(world, record, [("silentOn", None)], since=("reviewedOn", *DATED)))
    return blocking(merge(found))


FACTS: tuple[Fact, ...] = (
    fact(
        "vendor.regulator_told",
        Of.VENDOR,
        Polarity.LIFTS,
        _told,
        asks="Were the exchange and the regulator of {subject} told of the harms, and did they acknowledge it?",
        needs="A notice about {subject}, sent and acknowledged.",
    ),
    fact(
        "vendor.filing_reviewed",
        Of.VENDOR,
        Polarity.LIFTS,
        _reviewed,
        asks="Was the filing of {subject} reviewed by its regulator before the event?",
        needs="A review of the filing of {subject}, dated before the event.",
    ),
    fact(
        "vendor.filing_silent",
        Of.VENDOR,
        Polarity.BLOCKS,
        _silent,
        asks="Is a filing of {subject} silent on a known incident, a listing or a lost licence?",
        needs="The filings of {subject}, and whether they tell of incidents, listings and lost licences.",
    ),
)
