"""Registration of companies (d): which parts their own records show, what the registry of the home State answered, and vendors without
abusing clients. Page, label, clock, cell and rule ask these tests.

A ticked part shows nothing by itself: the company's own records of it must be there. A part declared to be none counts while nobody
reports such a record. Of the answers of the registry the newest decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import voices
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Charge, adverse, charge, firm, merge, reported, values
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    beneficiaries,
    fixed,
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


def _own(world: Compiled, company: str, statements: Iterable[Recorded]) -> Recorded | None:
    """The first of these that stands and that the company itself says with its verified key: nobody registers for another."""
    mine = (
        one
        for one in statements
        if stands(one) and world.base.signer(one).verified and publisher_of(world, world.base.signer(one)) == company
    )
    return min(mine, key=lambda one: one.recorded, default=None)


def _part(world: Compiled, record: Record, company: str, part: str) -> list[Recorded]:
    """What shows a part of a registration: the company's own word that it is full or none, and its records. Empty: nothing does."""
    ticks = (one for name in ("declares", "declaresNone") for one in record.stand(name) if one.statement.value == part)
    declared = _own(world, company, ticks)
    none = declared is not None and declared.statement.property == "declaresNone"
    if declared is None or ((none or part == "sales") and contrary(world, company, part)):
        return []
    shown = [] if none else _records(world, company, part)
    return [declared, *shown] if shown or none else []


def _records(world: Compiled, company: str, part: str) -> list[Recorded]:
    """The company's own statements that show a part, by the record that was complete first; empty where none is."""
    naming, needed = RECORDS[part]
    found = [_filled(world, company, record, naming, needed) for record in world.pointing(company, naming)]
    return min(filter(None, found), key=lambda many: max(one.recorded for one in many), default=[])


def _filled(
    world: Compiled, company: str, record: Record, naming: str, needed: Iterable[tuple[str, ...]]
) -> list[Recorded]:
    """The company's own first statements that fill a record; empty where one is missing, or the record does not surely hold on the day."""
    own = own_words(world, company, record.statements)
    ends = () if naming in _EVENTS else record.stand("endDate", "expiresOn")
    over = any(reported(world, one) and ended_by(world.as_of, one.statement.value) for one in ends)
    if over or not completed(own) or not all(certainly_by(world.as_of, o.statement.value) for o in values(own, *DATED)):
        return []
    groups = [values(own, *names) for names in needed]
    groups = [
        [o for o in many if o.statement.property != "ownerUnspecified" or o.statement.value == _NO_OWNER]
        for many in groups
    ]
    groups.append([one for one in values(own, naming.partition(".")[2]) if world.base.target(one) == company])
    return [min(many, key=lambda one: one.recorded) for many in groups] if all(groups) else []


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
    return [one for one in many if "withdrawn" not in values_of(one, "status") and not replaced(world, one)]


def _declaration(world: Compiled, record: Record, company: str) -> tuple[list[Recorded], list[str]]:
    """The company's own words that make a registration complete; and what it misses, in words."""
    shown = {one: _part(world, record, company, one) for one in RECORDS}
    missing = [_WORDS[one] for one, many in shown.items() if not many]
    if not shown["sales"] and (undeclared := contrary(world, company, "sales")):
        names = f"{_WORDS['sales']} (reported by others and not declared: {'; '.join(map(world.caption, undeclared))})"
        missing = [names if one == _WORDS["sales"] else one for one in missing]
    mine = _own(world, company, naming_of(world, record, "company", company))
    if mine is None and not missing:
        missing = ["its own word that the registration is its"]
    return [one for one in (mine, *(one for many in shown.values() for one in many)) if one is not None], missing


# Amendments


def amended(world: Compiled, registration: str, amendment: str) -> bool:
    """Whether a registration is an amendment of another, by the word of the company that both register; begun by the day."""
    first, then = world.record(registration), world.record(amendment)
    if first is None or then is None or first.id == then.id:
        return False
    naming = naming_of(world, then, "amends", first.id)
    return all(possibly_by(world.as_of, one) for one in values_of(then, "startDate")) and any(
        _own(world, company, naming) and _own(world, company, naming_of(world, then, "company", company))
        for company in ids_of(world, first, "company")
    )


def _amendments(world: Compiled, registration: str) -> list[str]:
    many = world.pointing(registration, "Registration.amends")
    return [one.id for one in many if amended(world, registration, one.id)]


def replaced(world: Compiled, record: Record) -> bool:
    """Whether the company replaced a registration by an amendment."""
    return bool(_amendments(world, record.id))


def superseded(world: Compiled, registration: str, amendment: str) -> bool:
    """Whether an amendment replaces a registration, and the State countersigned it, or one that replaced it in turn."""
    later = closure([amendment], lambda id: _amendments(world, id)) if amended(world, registration, amendment) else ()
    return any(
        answer.holds
        for record in map(world.record, later)
        if record is not None and "withdrawn" not in values_of(record, "status")
        for company in ids_of(world, record, "company")
        for answer in _countersignatures(world, world.about(company), record, company)[0].values()
    )


# Answers of the registry


_Moment = tuple[tuple[int, int], int]
"""When an answer was given: its day, and of one day the entry."""


def _answer(
    world: Compiled, deal: Deal, record: Record, sign: Record, company: str, outcome: str | None
) -> tuple[Support, str | None]:
    """Whether an answer to a registration is that of an office that is proven to keep the registry of the company's home State, and its
    day: whom the company names decides nothing."""
    homes = sure_seats(world, deal, company)
    bodies = offices(world, deal, sign, "authority", company, office="registry", states=homes)
    return _given(world, record, sign, bodies, beneficiaries(deal, company, acting=bodies), outcome)


def _given(
    world: Compiled, record: Record, sign: Record, bodies: frozenset[str], who: Beneficiaries, outcome: str | None
) -> tuple[Support, str | None]:
    found = support(world, sign, {"registration": record.id, "outcome": outcome, "authority": bodies}, who)
    return found, act_day(world, sign, who) if found.holds else None


def _entry(world: Compiled, found: Support) -> int:
    return max(one.recorded for one in map(world.recorded, found.proof) if one is not None)


def _countersignatures(
    world: Compiled, deal: Deal, record: Record, company: str
) -> tuple[dict[str, Support], list[str]]:
    """Whether each answer to a registration countersigns it as complete, by the answer's id; and what the registration misses, in words."""
    whole, missing = _declaration(world, record, company)
    if missing:
        return {}, missing
    signs = list(world.pointing(record.id, "Countersignature.registration"))
    back: list[_Moment] = []
    for sign in signs:
        found, day = _answer(world, deal, record, sign, company, "incomplete")
        if found.holds and possibly_by(world.as_of, day):
            back.append((edtf.sort_key(day), _entry(world, found)))
    answers = {}
    for sign in signs:
        found, day = _answer(world, deal, record, sign, company, "confirmed")
        if found.holds:
            name, entry = world.caption(sign.id), _entry(world, found)
            other = charge(world, [one for one in sign.stand("outcome") if one.statement.value != "confirmed"])
            later = any((edtf.sort_key(day), entry) < one for one in back)
            found = (
                Support((*(one.id for one in whole), *found.proof))
                .provided(certainly_by(world.as_of, day), f"{name}: it has no day, or one after {world.as_of}")
                .provided(not other.counts, f"{name}: another outcome is reported")
                .provided(not later, f"{name}: the registry said later that the registration is incomplete")
                .provided(all(one.recorded <= entry for one in whole), f"{name}: a part was declared only after it")
            )
        answers[sign.id] = found
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


def answered(world: Compiled, registration: str, sign: str, *, own: bool = False) -> bool:
    """Whether a registry of the home State of a company answered its registration by this, for page and label.

    `own`, for the clock alone: also its own signed word, whatever is reported of who is tied to whom. Else a company made its State late by
    a report that the confirming publisher of the registry's office is tied to it. The company itself confirms nobody's office.
    """
    record, answer = world.record(registration), world.record(sign)
    for company in ids_of(world, record, "company") if record is not None else ():
        if record is None or answer is None:
            continue
        deal = world.about(company)
        if _answer(world, deal, record, answer, company, None)[0].holds:
            return True
        if own:
            states = beneficiaries(deal, company).states
            who, homes = fixed({company}, states, untied=True), _homes(world, deal, company)
            bodies = offices(world, deal, answer, "authority", company, office="registry", states=homes, who=who)
            mine = [one for one in answer.statements if publisher_of(world, world.base.signer(one)) in bodies]
            acting = fixed({company}, states, acting=bodies, untied=True)
            if bodies and _given(world, record, voices.only(answer, mine), bodies, acting, None)[0].holds:
                return True
    return False


def reply(world: Compiled, record: Record) -> Ruling:
    """`replied` where an office in the company's home State that is called its registry, by itself or others than the company, answered
    with its own identified key. It lifts nothing until verified publishers confirm that the office keeps the registry."""

    def publisher(one: Recorded) -> str | None:
        return publisher_of(world, world.base.signer(one))

    for company in ids_of(world, record, "company"):
        homes = set(_homes(world, world.about(company), company))
        for sign in world.pointing(record.id, "Countersignature.registration"):
            bodies = [there for id in ids_of(world, sign, "authority") if (there := world.record(id)) is not None]
            named = {
                there.id
                for there in bodies
                if homes & places_of(world, there.id)
                for one in firm(there.claims("office"))
                if one.statement.value == "registry" and publisher(one) != company
            }
            own = [
                one for one in firm(sign.statements) if world.base.signer(one).identified and publisher(one) in named
            ]
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
    others = [one.statement.value for one in seats if publisher_of(world, world.base.signer(one)) != company]
    sure = sorted(sure_seats(world, deal, company))
    return sure or list(dict.fromkeys(others or [one.statement.value for one in seats]))


def owing(world: Compiled, registration: str) -> tuple[list[str], list[str]]:
    """Who owes the answer to a registration, by the rule's test and not by whom the company names: offices that are proven to keep the
    registry of its home State; and that State, also where only others than the company report its seat."""
    record = world.record(registration)
    registries, states = list[str](), list[str]()
    for company in ids_of(world, record, "company") if record is not None else ():
        deal = world.about(company)
        homes = sure_seats(world, deal, company)
        if record is not None:
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
        if any(superseded(world, record.id, one.id) for one in world.pointing(record.id, "Registration.amends")):
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
