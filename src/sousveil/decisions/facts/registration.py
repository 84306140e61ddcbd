"""Registration of companies (d): which parts their own records show, what the registry of the home State answered, and vendors without
abusing clients. Page, label, clock, cell and rule ask these tests.

A ticked part shows nothing by itself: the company's own records of it must be there. A part declared to be none counts while nobody
reports such a record. Of the answers of the registry the newest decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, charge, firm, merge, reported, values
from sousveil.decisions.evidence.admissibility import (
    Support,
    Wanted,
    beneficiaries,
    no_alleged,
    publisher_of,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by, ended_by, possibly_by
from sousveil.decisions.facts.cases import incident, incidents_of_vendor, served, withdrawn
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import act_day, of_state, offices
from sousveil.decisions.facts.place import seat_needed, sure_seats
from sousveil.decisions.facts.reading import (
    about_state,
    blocks,
    closure,
    ids_of,
    in_force,
    lifting,
    lifts,
    naming_of,
    places_of,
    values_of,
)
from sousveil.decisions.facts.sales import completed, own_words, sales
from sousveil.decisions.model import Truth
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types.registration import TYPE as REGISTRATION
from sousveil.register.views.records import Record, stands

RECORDS: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "identity": ("Ownership.asset", (("owner", "ownerUnspecified"),)),
    "intermediaries": ("Representation.client", (("agent",),)),
    "products": ("SurveillanceProduct.vendor", (("name",),)),
    "due-diligence": ("DueDiligenceReport.company", (("identified",),)),
    "impacts": ("DueDiligenceReport.company", (("prevented", "mitigated", "actionOnSevere"),)),
    "sales": ("Supply.supplier", (("recipient",), ("destination",))),
    "rejections": ("ClientRejection.vendor", (("clientCountry",), ("reason",))),
}
"""Part -> records that show it, by the property that names the company, with the properties that the company itself must fill: of
each group one. Who the company is, the registration itself says. Which records show a part that the letter asks for is our reading."""
_WORDS = next(dict(one.codes) for one in REGISTRATION.properties if one.name == "declares")
_NO_OWNER = "noBeneficialOwners"
"""The only reason for naming no owner that discloses who controls the company."""
_EVENTS = frozenset({"Supply.supplier", "ClientRejection.vendor"})
"""What happened once: its last day ends nothing."""


# Parts


def _by(world: Compiled, one: Recorded, company: str) -> bool:
    return publisher_of(world, world.base.signer(one)) == company


def _own(world: Compiled, company: str, statements: Iterable[Recorded]) -> Recorded | None:
    """The first of these that stands and that the company itself says with its verified key: nobody registers for another."""
    mine = (one for one in statements if stands(one) and world.base.signer(one).verified and _by(world, one, company))
    return min(mine, key=lambda one: one.recorded, default=None)


def _part(world: Compiled, record: Record, company: str, part: str) -> list[Recorded]:
    """What shows a part of a registration: the company's own word that it is full or none, and its records. Empty: nothing does."""
    declared = _own(
        world, company, (one for one in record.stand("declares", "declaresNone") if one.statement.value == part)
    )
    none = declared is not None and declared.statement.property == "declaresNone"
    if declared is None or ((none or part == "sales") and contrary(world, company, part)):
        return []
    naming, needed = RECORDS[part]
    found = [] if none else [_filled(world, company, one, naming, needed) for one in world.pointing(company, naming)]
    shown = min(filter(None, found), key=lambda many: max(one.recorded for one in many), default=[])
    return [declared, *shown] if shown or none else []


def _filled(
    world: Compiled, company: str, record: Record, naming: str, needed: Iterable[tuple[str, ...]]
) -> list[Recorded]:
    """The company's own first statements that fill a record; empty where one is missing, or the record does not surely hold on the day."""
    own = own_words(world, company, record.statements)
    ends = () if naming in _EVENTS else record.stand("endDate", "expiresOn")
    over = any(reported(world, one) and ended_by(world.as_of, one.statement.value) for one in ends)
    if over or not completed(own) or not all(certainly_by(world.as_of, o.statement.value) for o in values(own, *DATED)):
        return []
    groups = [[one for one in values(own, *names) if not _unnamed(one)] for names in needed]
    groups.append([one for one in values(own, naming.partition(".")[2]) if world.base.target(one) == company])
    return [min(many, key=lambda one: one.recorded) for many in groups] if all(groups) else []


def _unnamed(one: Recorded) -> bool:
    """Whether it leaves an owner unnamed for another reason than that there is none."""
    return one.statement.property == "ownerUnspecified" and one.statement.value != _NO_OWNER


def contrary(world: Compiled, company: str, part: str) -> list[str]:
    """Records by which somebody reports what the company declared to be none; of sales those that it does not declare."""
    if part == "sales":
        return [one.record.id for one in sales(world, company) if one.undeclared]
    if part == "impacts":
        many = incidents_of_vendor(world, company)
        found = [(one, incident(world, one, name)) for one in many for name in ("vendor", "product")]
    else:
        naming = RECORDS[part][0]
        required = [(naming.partition(".")[2], {company})]
        found = [(one, adverse(world, one, required, event=True)) for one in world.pointing(company, naming)]
    return list(dict.fromkeys(record.id for record, charge in found if charge.counts and not charge.alleged))


def parts(world: Compiled, record: Record) -> Ruling:
    """Whether the company's own records show each part of its registration: `shown`, else nothing."""
    for company in ids_of(world, record, "company"):
        found = [_part(world, record, company, one) for one in RECORDS]
        if all(found):
            return Ruling("shown", words=tuple((one.id,) for shown in found for one in shown))
    return Ruling("")


def part_shown(world: Compiled, company: str, part: str) -> bool:
    """Whether a registration of a company shows a part, that nobody reports as withdrawn and no amendment replaced."""
    return any(_part(world, one, company, part) for one in _current(world, company))


def _current(world: Compiled, company: str) -> list[Record]:
    """The registrations of a company that nobody reports as withdrawn and no amendment replaced."""
    many = world.pointing(company, "Registration.company")
    return [one for one in many if "withdrawn" not in values_of(one, "status") and not _amendments(world, one)]


def _declaration(world: Compiled, record: Record, company: str) -> tuple[list[Recorded], list[str]]:
    """The company's own words that make a registration complete; and what it misses, in words."""
    shown = {one: _part(world, record, company, one) for one in RECORDS}
    missing = {one: _WORDS[one] for one, many in shown.items() if not many}
    if "sales" in missing and (undeclared := contrary(world, company, "sales")):
        names = "; ".join(map(world.caption, undeclared))
        missing["sales"] += f" (reported by others and not declared: {names})"
    mine = _own(world, company, naming_of(world, record, "company", company))
    if mine is None and not missing:
        missing[""] = "its own word that the registration is its"
    whole = (mine, *(one for many in shown.values() for one in many))
    return [one for one in whole if one is not None], list(missing.values())


# Amendments


def _amendments(world: Compiled, record: Record) -> list[Record]:
    """The registrations that amend one, by the word of the company that both register; begun by the day."""

    def amends(then: Record) -> bool:
        naming = naming_of(world, then, "amends", record.id)
        return (
            then.id != record.id
            and all(possibly_by(world.as_of, one) for one in values_of(then, "startDate"))
            and any(
                _own(world, company, naming) and _own(world, company, naming_of(world, then, "company", company))
                for company in ids_of(world, record, "company")
            )
        )

    return [one for one in world.pointing(record.id, "Registration.amends") if amends(one)]


def amended(world: Compiled, registration: str, amendment: str) -> bool:
    """Whether a registration is an amendment of another."""
    first, then = world.record(registration), world.record(amendment)
    return first is not None and then is not None and then.id in {one.id for one in _amendments(world, first)}


def superseded(world: Compiled, registration: str) -> bool:
    """Whether the State countersigned an amendment of a registration, or one that replaced it in turn."""

    def later(id: str) -> Iterator[str]:
        record = world.record(id)
        yield from (one.id for one in _amendments(world, record)) if record is not None else ()

    return any(
        answer.holds
        for record in map(world.record, closure([registration], later)[1:])
        if record is not None and "withdrawn" not in values_of(record, "status")
        for company in ids_of(world, record, "company")
        for answer in _countersignatures(world, world.about(company), record, company)[0].values()
    )


# Answers of the registry


def _answer(
    world: Compiled, deal: Deal, record: Record, sign: Record, company: str, outcome: str | None
) -> tuple[Support, str | None, int]:
    """Whether an answer to a registration is that of an office that is proven to keep the registry of the company's home State, its day
    and its entry: whom the company names decides nothing."""
    homes = sure_seats(world, deal, company)
    bodies = offices(world, deal, sign, "authority", company, office="registry", states=homes)
    who = beneficiaries(deal, company, acting=bodies)
    needed: dict[str, Wanted] = {"registration": record.id, "outcome": outcome, "authority": bodies}
    found = support(world, sign, needed, who)
    entry = max((one.recorded for one in map(world.recorded, found.proof) if one is not None), default=0)
    return found, act_day(world, sign, who) if found.holds else None, entry


def _countersignatures(
    world: Compiled, deal: Deal, record: Record, company: str
) -> tuple[dict[str, Support], list[str]]:
    """Whether each answer to a registration countersigns it as complete, by the answer's id; and what the registration misses, in words.
    Of the answers the newest decides: by its day, of one day by its entry."""
    whole, missing = _declaration(world, record, company)
    if missing:
        return {}, missing
    signs = list(world.pointing(record.id, "Countersignature.registration"))
    back = [_answer(world, deal, record, one, company, "incomplete") for one in signs]
    back = [one for one in back if one[0].holds and possibly_by(world.as_of, one[1])]
    answers = {}
    for sign in signs:
        found, day, entry = _answer(world, deal, record, sign, company, "confirmed")
        other = charge(world, [one for one in sign.stand("outcome") if one.statement.value != "confirmed"])
        later = any((edtf.sort_key(day), entry) < (edtf.sort_key(when), at) for _, when, at in back)
        name, found = (
            world.caption(sign.id),
            Support((*(one.id for one in whole), *found.proof)) if found.holds else found,
        )
        answers[sign.id] = (
            found.provided(certainly_by(world.as_of, day), f"{name}: it has no day, or one after {world.as_of}")
            .provided(not other.counts, f"{name}: another outcome is reported")
            .provided(not later, f"{name}: the registry said later that the registration is incomplete")
            .provided(all(one.recorded <= entry for one in whole), f"{name}: a part was declared only after it")
        )
    return answers, ["the countersignature of its home State"]


def registered(world: Compiled, deal: Deal, company: str) -> tuple[dict[tuple[str, str], Support], str]:
    """Each answer to a registration of a company, by the ids of both: whether it countersigns it as complete; and what is needed."""
    found: dict[tuple[str, str], Support] = {}
    missing = [_WORDS[one] for one in RECORDS]
    for record in _current(world, company):
        answers, missing = _countersignatures(world, deal, record, company)
        found |= {(record.id, sign): one for sign, one in answers.items()}
    name = world.caption(company)
    needs = f"A registration of {name} with every part, countersigned by its home State. Missing: {', '.join(missing)}."
    return found, needs + seat_needed(world, deal, company)


def countersigned(world: Compiled, registration: str, sign: str) -> bool:
    """Whether a registration is complete and countersigned by this, as the rule asks."""
    record = world.record(registration)
    for company in ids_of(world, record, "company") if record is not None else ():
        found, _ = registered(world, world.about(company), company)
        if found.get((registration, sign), Support()).holds and not no_alleged(refused(world, company)).counts:
            return True
    return False


def answered(world: Compiled, registration: str, sign: str) -> bool:
    """Whether a registry of the home State of a company answered its registration by this, for page, label and clock."""
    record, answer = world.record(registration), world.record(sign)
    companies = ids_of(world, record, "company") if record is not None and answer is not None else ()
    return any(_answer(world, world.about(one), record, answer, one, None)[0].holds for one in companies)  # type: ignore[arg-type]


def reply(world: Compiled, record: Record) -> Ruling:
    """`replied` where an office in the company's home State that is called its registry, by itself or others than the company, answered
    with its own identified key. It lifts nothing until verified publishers confirm that the office keeps the registry."""
    for company in ids_of(world, record, "company"):
        homes = set(_homes(world, world.about(company), company))
        for sign in world.pointing(record.id, "Countersignature.registration"):
            named = {
                id
                for id in ids_of(world, sign, "authority")
                if (there := world.record(id)) is not None and homes & places_of(world, id)
                for one in firm(there.claims("office"))
                if one.statement.value == "registry" and not _by(world, one, company)
            }
            signed = ((one, world.base.signer(one)) for one in firm(sign.statements))
            own = [one for one, by in signed if by.identified and publisher_of(world, by) in named]
            days = [one.statement.value for one in values(own, "date", "startDate")]
            begun = all(possibly_by(world.as_of, one) for one in days)
            if values(own, "outcome") and begun and not answered(world, record.id, sign.id):
                day = max((edtf.parse(one).last for one in days), default=None)
                return Ruling("replied", day, (tuple(one.id for one in values(own, "outcome")),))
    return Ruling("")


def _homes(world: Compiled, deal: Deal, company: str) -> list[str]:
    """Where a company is based, for what its State owes: confirmed seats; else those that others report; else its own word."""
    there = world.record(company)
    seats = there.stand("country", "jurisdiction") if there is not None else []
    others = [one for one in seats if not _by(world, one, company)]
    sure = sorted(sure_seats(world, deal, company))
    return sure or list(dict.fromkeys(one.statement.value for one in others or seats))


def owing(world: Compiled, registration: str) -> tuple[list[str], list[str]]:
    """Who owes the answer to a registration, by the rule's test and not by whom the company names: offices that are proven to keep the
    registry of its home State; and that State, also where only others than the company report its seat."""
    record = world.record(registration)
    registries, states = list[str](), list[str]()
    for company in ids_of(world, record, "company") if record is not None else ():
        deal = world.about(company)
        homes = sure_seats(world, deal, company)
        assert record is not None
        registries += sorted(offices(world, deal, record, "authority", company, office="registry", states=homes))
        states += _homes(world, deal, company)
    return registries, states


# Facts


@lifts(
    "vendor.registered",
    asks="Is {subject} registered, with every part, and countersigned by its home State?",
    needs="A registration of {subject} with every part, countersigned by its home State.",
)
def _registered(world: Compiled, deal: Deal, company: str) -> Value:
    found, needs = registered(world, deal, company)
    return lifting(found.values(), needs, no_alleged(refused(world, company)))


@lifts(
    "vendor.no_abusing_client",
    asks="Has {subject} named all its clients, and is none on file as an abuser?",
    needs="All clients of {subject}, countersigned by its home State.",
)
def _no_abuser(world: Compiled, deal: Deal, company: str) -> Value:
    """A complete, countersigned registration names all sales; nothing on file ties one of these clients to abuse."""
    hit = merge(served(world, one.id) for one in world.reach(company) if not one.tie)
    name = world.caption(company)
    if hit.counts:
        needs = f"A confirmed refutation of what is on file of clients of {name} who abuse."
        return Value(Truth.UNKNOWN if hit.alleged else Truth.FALSE, hit.proof, needs=needs, notes=hit.notes)
    notes = [*hit.notes]
    for record in incidents_of_vendor(world, company):
        if not withdrawn(record):
            needs = f"Who operated the products of {name} in the incidents on file."
            return Value(Truth.UNKNOWN, needs=needs, notes=hit.notes)
        notes += incident(world, record).notes
    found, _ = registered(world, deal, company)
    needs = f"All clients of {name}, in a registration that its home State has countersigned; none who abuses."
    needs += seat_needed(world, deal, company)
    return lifting(found.values(), needs, Charge(notes=tuple(dict.fromkeys(notes))))


@lifts(
    "state.registry_open",
    asks="Does {subject} keep a public registry of vendors?",
    needs="A public registry of vendors in {subject}.",
)
def _registry(world: Compiled, deal: Deal, code: str) -> Value:
    """The State keeps a public registry: a law says so, or a registration names it as kept by the State's authority."""
    who = beneficiaries(deal, code)
    found = []
    for record in world.of_type("Registration"):
        bodies = offices(world, deal, record, "authority", code, office="registry", states=(code,))
        if bodies:
            found.append(support(world, record, {"authority": bodies}, who, publishers=2))
    for law in about_state(world, "Law", code):
        if in_force(world, law, "inForceFrom", "inForceUntil", who):
            status = of_state(world, law, code, {"status": "in-force"}, who)
            found.append(status.also(support(world, law, {"provides": "public-registry"}, who, publishers=2)))
    return lifting(found, f"A public registry of vendors in {world.caption(code)}, and where it can be read.")


def refused(world: Compiled, company: str) -> Charge:
    """A registration that was withdrawn, or to which its State refused the countersignature; one that an amendment replaced only until
    the State countersigned this amendment, or a later one of it."""
    claims = []
    for record in world.pointing(company, "Registration.company"):
        if superseded(world, record.id):
            continue
        claims += [one for one in record.claims("status") if one.statement.value == "withdrawn"]
        for sign in world.pointing(record.id, "Countersignature.registration"):
            claims += [one for one in sign.claims("outcome") if one.statement.value == "refused"]
    return charge(world, claims)


@blocks(
    "vendor.registration_refused",
    asks="Was the registration of {subject} withdrawn or refused?",
    needs="Whether the registration of {subject} was withdrawn or refused.",
)
def _refused(world: Compiled, deal: Deal, company: str) -> Charge:
    return refused(world, company)
