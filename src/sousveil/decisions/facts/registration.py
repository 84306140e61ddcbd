"""Registration of vendors, its completeness and the State's countersignature; vendors without abusing clients."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import voices
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, charge, merge
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    beneficiaries,
    fixed,
    no_alleged,
    publisher_of,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by, possibly_by
from sousveil.decisions.facts.cases import incident, incidents_of_vendor, served, withdrawn
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import lifting_date, of_state, offices
from sousveil.decisions.facts.place import seat_needed, sure_seats
from sousveil.decisions.facts.published_parts import contrary, published
from sousveil.decisions.facts.reading import (
    about_state,
    blocks,
    closure,
    ids_of,
    in_force,
    lifting,
    lifts,
    naming_of,
    values_of,
)
from sousveil.decisions.model import Truth
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.types.registration import TYPE as REGISTRATION
from sousveil.register.views.records import Record, stands

PARTS = ("identity", "products", "due-diligence", "impacts", "sales", "rejections")
"""The six parts that the letter asks for. Intermediaries belong to identity and control: they are named too."""
_ALSO = ("intermediaries",)
_WORDS = next(dict(one.codes) for one in REGISTRATION.properties if one.name == "declares")


def registered(
    world: Compiled, deal: Deal, company: str, signed: list[tuple[str, str]] | None = None
) -> tuple[list[Support], str]:
    """Registrations of a company that are complete and countersigned by an authority of its home State. `signed` is filled with these and
    their countersignatures, by id."""
    signed = [] if signed is None else signed
    found: list[Support] = []
    missing = [_WORDS[one] for one in (*PARTS, *_ALSO)]
    for record in world.pointing(company, "Registration.company"):
        if "withdrawn" in values_of(record, "status") or replaced(world, record):
            continue
        answers, missing = _answers(world, deal, record, company)
        found += answers.values()
        signed += [(record.id, sign) for sign, one in answers.items() if one.holds]
    name = world.caption(company)
    needs = f"A registration of {name} with every part, countersigned by its home State. Missing: {', '.join(missing)}."
    return found, needs + seat_needed(world, deal, company)


def _answers(world: Compiled, deal: Deal, record: Record, company: str) -> tuple[dict[str, Support], list[str]]:
    """Whether each answer to a registration countersigns it as complete, by the answer's id; and what the registration misses, in words."""
    parts = {one: _part(world, record, company, one) for one in (*PARTS, *_ALSO)}
    missing = [_missing(world, company, one) for one, shown in parts.items() if not shown]
    if missing:
        return {}, missing
    mine = _own(world, company, naming_of(world, record, "company", company))
    if mine is None:
        return {}, ["its own word that the registration is its"]
    whole = [mine, *(one for shown in parts.values() for one in shown)]
    back = _sent_back(world, deal, record, company)
    signs = world.pointing(record.id, "Countersignature.registration")
    answers = {sign.id: _signed(world, deal, record, sign, company, whole, back) for sign in signs}
    return answers, ["the countersignature of its home State"]


def _own(world: Compiled, company: str, said: Iterable[Recorded]) -> Recorded | None:
    """The first of these that stands and that the company itself says with its verified key."""
    mine = [
        one
        for one in said
        if stands(one) and world.base.signer(one).verified and publisher_of(world, world.base.signer(one)) == company
    ]
    return min(mine, key=lambda one: one.recorded, default=None)


def _declared(world: Compiled, record: Record, company: str, part: str) -> Recorded | None:
    """The first word of the company itself by which it declares a part in full, or to be none: nobody registers for another.

    It makes nothing milder by itself: only what was declared before the State countersigned has been countersigned.
    """
    said = [one for name in ("declares", "declaresNone") for one in record.stand(name) if one.statement.value == part]
    return _own(world, company, said)


def _part(world: Compiled, record: Record, company: str, part: str) -> list[Recorded]:
    """What shows a part of a registration: the company's own word that it is full or none, and its records. Empty: nothing does."""
    declared = _declared(world, record, company, part)
    if declared is None or (contrary(world, company, part) and (part == "sales" or _none(declared))):
        return []
    shown = [] if _none(declared) else published(world, company, part)
    return [declared, *shown] if shown or _none(declared) else []


def _none(declared: Recorded) -> bool:
    return declared.statement.property == "declaresNone"


def _missing(world: Compiled, company: str, part: str) -> str:
    """What is missing of a part, in words; of sales each that others report and the company does not declare."""
    names = [world.caption(one) for one in contrary(world, company, part)] if part == "sales" else []
    return f"{_WORDS[part]} (reported by others and not declared: {'; '.join(names)})" if names else _WORDS[part]


def parts(world: Compiled, record: Record) -> Ruling:
    """Whether the company's own records show each part of its registration: `shown`, else nothing."""
    for company in ids_of(world, record, "company"):
        found = [_part(world, record, company, one) for one in (*PARTS, *_ALSO)]
        if all(found):
            return Ruling("shown", words=tuple((one.id,) for shown in found for one in shown))
    return Ruling("")


def part_shown(world: Compiled, company: str, part: str) -> bool:
    """Whether a registration of a company that no amendment replaced shows a part."""
    return any(
        _part(world, record, company, part)
        for record in world.pointing(company, "Registration.company")
        if not replaced(world, record)
    )


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


def replaced(world: Compiled, record: Record) -> bool:
    """Whether the company replaced a registration by an amendment."""
    return any(amended(world, record.id, one.id) for one in world.pointing(record.id, "Registration.amends"))


def superseded(world: Compiled, registration: str, amendment: str) -> bool:
    """Whether an amendment replaces a registration, and the State countersigned it, or one that replaced it in turn."""

    def later(id: str) -> Iterable[str]:
        return (one.id for one in world.pointing(id, "Registration.amends") if amended(world, id, one.id))

    if not amended(world, registration, amendment):
        return False
    return any(_confirmed(world, one) for one in map(world.record, closure([amendment], later)) if one is not None)


def _confirmed(world: Compiled, record: Record) -> bool:
    """Whether a registration that its company did not withdraw is complete and countersigned."""
    return "withdrawn" not in values_of(record, "status") and any(
        answer.holds
        for company in ids_of(world, record, "company")
        for answer in _answers(world, world.about(company), record, company)[0].values()
    )


def _day(world: Compiled, sign: Record, who: Beneficiaries) -> str | None:
    found = [lifting_date(world, sign, one, who, latest=True) for one in ("date", "startDate")]
    return next((one for one in found if one is not None), None)


_Moment = tuple[tuple[int, int], int]
"""When an answer was given: its day, and of one day the entry that told it."""


def _moment(world: Compiled, day: str | None, found: Support) -> _Moment:
    return edtf.sort_key(day), max(
        (one.recorded for id in found.proof if (one := world.recorded(id)) is not None), default=0
    )


def _sent_back(world: Compiled, deal: Deal, record: Record, company: str) -> _Moment | None:
    """When the registry of the home State last said by the day that a registration is incomplete; None: never. Nobody else says so."""
    last: _Moment | None = None
    for sign in world.pointing(record.id, "Countersignature.registration"):
        found, who = _by_registry(world, deal, record, sign, company, frozenset({"incomplete"}))
        day = _day(world, sign, who) if found.holds else None
        if found.holds and possibly_by(world.as_of, day):
            at = _moment(world, day, found)
            last = at if last is None else max(last, at)
    return last


def _by_registry(
    world: Compiled, deal: Deal, record: Record, sign: Record, company: str, outcome: frozenset[str] | None
) -> tuple[Support, Beneficiaries]:
    """Whether an answer to a registration is that of an office that is proven to keep the registry of the company's home State: whom the
    company names decides nothing."""
    bodies = offices(
        world, deal, sign, "authority", company, office="registry", states=sure_seats(world, deal, company)
    )
    who = beneficiaries(deal, company, acting=bodies)
    needed = [("registration", frozenset({record.id})), ("outcome", outcome), ("authority", bodies)]
    return support(world, sign, needed, who), who


def answered(world: Compiled, registration: str, sign: str) -> bool:
    """Whether the home State of a company answered its registration by this: for the page, the clock and the label."""
    record, told = world.record(registration), world.record(sign)
    if record is None or told is None:
        return False
    return any(
        _by_registry(world, world.about(company), record, told, company, None)[0].holds
        for company in ids_of(world, record, "company")
    )


def stopped(world: Compiled, registration: str, sign: str) -> bool:
    """Whether a registry of the home State answered a registration by this, for the clock alone: `answered`, or its own signed word,
    whatever is told of who is tied to whom. Else a company made its State late by saying that whoever confirms the registry's office is
    tied to it. The company itself confirms nobody's office."""
    record, told = world.record(registration), world.record(sign)
    if record is None or told is None:
        return False
    return answered(world, registration, sign) or any(
        _own_answer(world, record, told, company) for company in ids_of(world, record, "company")
    )


def _own_answer(world: Compiled, record: Record, sign: Record, company: str) -> bool:
    deal = world.about(company)
    states = beneficiaries(deal, company).states
    who = fixed({company}, states, untied=True)
    homes = _homes(world, deal, company)
    bodies = offices(world, deal, sign, "authority", company, office="registry", states=homes, who=who)
    mine = [one for one in sign.statements if publisher_of(world, world.base.signer(one)) in bodies]
    needed = [("registration", frozenset({record.id})), ("outcome", None), ("authority", bodies)]
    acting = fixed({company}, states, acting=bodies, untied=True)
    return bool(bodies) and support(world, voices.only(sign, mine), needed, acting).holds


def _homes(world: Compiled, deal: Deal, company: str) -> list[str]:
    """Where a company has its seat, for what its State owes: surely; where nobody independent says so, by others than itself; else by its
    own word."""
    there = world.record(company)
    told = there.stand("country", "jurisdiction") if there is not None else []
    others = [one.statement.value for one in told if publisher_of(world, world.base.signer(one)) != company]
    sure = sorted(sure_seats(world, deal, company))
    return sure or list(dict.fromkeys(others or [one.statement.value for one in told]))


def owing(world: Compiled, registration: str) -> tuple[list[str], list[str]]:
    """Who owes the answer to a registration, by the rule's test and not by whom the company names: offices that are proven to keep the
    registry of its home State; and that State. Where nobody independent says where it sits, the State of which others than itself tell."""
    record = world.record(registration)
    registries, states = list[str](), list[str]()
    for company in ids_of(world, record, "company") if record is not None else ():
        deal = world.about(company)
        sure = sure_seats(world, deal, company)
        if record is not None:
            registries += sorted(
                offices(world, deal, record, "authority", company, office="registry", states=sorted(sure))
            )
        states += _homes(world, deal, company)
    return registries, states


def countersigned(world: Compiled, registration: str, sign: str) -> bool:
    """Whether a registration is complete and countersigned by this, as the rule asks."""
    record = world.record(registration)
    for company in ids_of(world, record, "company") if record is not None else ():
        signed: list[tuple[str, str]] = []
        found, needs = registered(world, world.about(company), company, signed)
        if (registration, sign) in signed:
            value = lifting(found, needs, no_alleged(refused(world, company)))
            if value.truth is Truth.TRUE:
                return True
    return False


def _signed(
    world: Compiled,
    deal: Deal,
    record: Record,
    sign: Record,
    company: str,
    declared: list[Recorded],
    back: _Moment | None,
) -> Support:
    """`back`: when the registry last said that the registration is incomplete: what it confirmed before counts no more."""
    found, who = _by_registry(world, deal, record, sign, company, frozenset({"confirmed"}))
    day = _day(world, sign, who) if found.holds else None
    if found.holds and not certainly_by(world.as_of, day):
        return Support(why=(f"{world.caption(sign.id)}: it has no day, or one after {world.as_of}",))
    if found.holds and charge(world, [o for o in sign.stand("outcome") if o.statement.value != "confirmed"]).counts:
        return Support(why=(f"{world.caption(sign.id)}: another outcome is reported",))
    if not found.holds:
        return found
    if back is not None and _moment(world, day, found) < back:
        return Support(why=(f"{world.caption(sign.id)}: the registry said later that the registration is incomplete",))
    signed = max(one.recorded for id in found.proof if (one := world.recorded(id)) is not None)
    if any(one.recorded > signed for one in declared):
        return Support(why=(f"{world.caption(sign.id)}: a part was declared only after it",))
    return Support((*(one.id for one in declared), *found.proof))


@lifts(
    "vendor.registered",
    asks="Is {subject} registered, with every part, and countersigned by its home State?",
    needs="A registration of {subject} with every part, countersigned by its home State.",
)
def _registered(world: Compiled, deal: Deal, company: str) -> Value:
    found, needs = registered(world, deal, company)
    return lifting(found, needs, no_alleged(refused(world, company)))


@lifts(
    "vendor.no_abusing_client",
    asks="Has {subject} named all its clients, and is none on file as an abuser?",
    needs="All clients of {subject}, countersigned by its home State.",
)
def _no_abuser(world: Compiled, deal: Deal, company: str) -> Value:
    """A complete, countersigned registration names all sales; nothing on file ties one of these clients to abuse."""
    behind = [one.id for one in world.reach(company) if not one.tie]
    hit = merge(served(world, one) for one in behind)
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
    return lifting(found, needs + seat_needed(world, deal, company), Charge(notes=tuple(dict.fromkeys(notes))))


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
            found.append(support(world, record, [("authority", bodies)], who, publishers=2))
    for law in about_state(world, "Law", code):
        if in_force(world, law, "inForceFrom", "inForceUntil", who):
            status = of_state(world, law, code, [("status", frozenset({"in-force"}))], who)
            kept = support(world, law, [("provides", frozenset({"public-registry"}))], who, publishers=2)
            found.append(status.also(kept))
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
