"""Registration of companies (d): which parts their own records show, what the registry of the home State answered, and vendors without
abusing clients. Page, label, clock, cell and rule ask these tests.

A ticked part shows nothing by itself: the company's own records of it must be there. A part declared to be none counts while nobody
reports such a record. Of the answers of the registry the newest decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import (
    DATED,
    Account,
    Charge,
    adverse,
    charge,
    firm,
    merge,
    reported,
    valid,
    values,
)
from sousveil.decisions.evidence.admissibility import Support, Wanted, beneficiaries, no_alleged, support
from sousveil.decisions.evidence.affiliation import closure
from sousveil.decisions.evidence.dates import certainly_by, ended_by, possibly_by
from sousveil.decisions.facts.cases import BY_PRODUCT, LINKS, incident, incidents_of_vendor, served
from sousveil.decisions.facts.offices import act_day, offices, sure_seats
from sousveil.decisions.facts.reading import blocks, ids_of, lifts, naming_of, places_of, values_of
from sousveil.decisions.model import Deal, Ruling, kept
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
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


def own_words(world: Compiled, company: str, statements: Iterable[Recorded]) -> list[Recorded]:
    """What of these statements stands, and the company itself says with its verified key: nobody registers for another."""
    mine = (one for one in statements if stands(one) and world.base.author(one) == company)
    return [one for one in mine if world.base.signer(one).verified]


def _part(world: Compiled, record: Record, company: str, part: str) -> list[Recorded]:
    """What shows a part of a registration: the company's own word that it is full or none, and its records. Empty: nothing does."""
    ticks = (one for one in record.stand("declares", "declaresNone") if one.statement.value == part)
    declared = min(own_words(world, company, ticks), key=lambda one: one.recorded, default=None)
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
    own = confirmed_words(world, company, record)
    ends = () if naming in _EVENTS else record.stand("endDate", "expiresOn")
    over = any(reported(world, one) and ended_by(world.as_of, one.statement.value) for one in ends)
    if over or not completed(own) or not all(certainly_by(world.as_of, o.statement.value) for o in values(own, *DATED)):
        return []
    # An owner that is left unnamed for another reason than that there is none shows nobody.
    filling = [o for o in own if o.statement.property != "ownerUnspecified" or o.statement.value == _NO_OWNER]
    groups = [values(filling, *names) for names in needed]
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
    found = (_declaration(world, record, one) for one in ids_of(world, record, "company"))
    whole = next((shown for shown, missing in found if not missing), [])
    return Ruling("shown" if whole else "", words=tuple((one.id,) for one in whole))


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
    mine = own_words(world, company, naming_of(world, record, "company", company))
    if not mine and not missing:
        missing[""] = "its own word that the registration is its"
    return [*mine[:1], *(one for many in shown.values() for one in many)], list(missing.values())


# Amendments


def _amendments(world: Compiled, record: Record) -> list[Record]:
    """The registrations that amend one, by the word of the company that both register; begun by the day."""

    def says(company: str, then: Record, name: str, id: str) -> bool:
        return bool(own_words(world, company, naming_of(world, then, name, id)))

    return [
        then
        for then in world.pointing(record.id, "Registration.amends")
        if then.id != record.id and all(possibly_by(world.as_of, one) for one in values_of(then, "startDate"))
        if any(
            says(one, then, "amends", record.id) and says(one, then, "company", one)
            for one in ids_of(world, record, "company")
        )
    ]


def amended(world: Compiled, registration: str, amendment: str) -> bool:
    """Whether a registration is an amendment of another."""
    first, then = world.record(registration), world.record(amendment)
    return first is not None and then is not None and then.id in {one.id for one in _amendments(world, first)}


def _superseded(world: Compiled, registration: str, company: str) -> bool:
    """Whether the State countersigned an amendment of a registration, or one that replaced it in turn."""

    def later(id: str) -> list[str]:
        record = world.record(id)
        return [one.id for one in _amendments(world, record)] if record is not None else []

    amendments = filter(None, map(world.record, closure([registration], later)[1:]))
    standing = (one for one in amendments if "withdrawn" not in values_of(one, "status"))
    return any(_countersigned(world, world.about(company), one, company)[1].holds for one in standing)


# Answers of the registry


def _answer(world: Compiled, deal: Deal, record: Record, sign: Record, company: str) -> tuple[Support, str | None]:
    """What shows that an answer is that of an office that is proven to keep the registry of the home State; and its day."""
    homes = sure_seats(world, deal, company)
    bodies = offices(world, deal, sign, "authority", company, office="registry", states=homes)
    who = beneficiaries(deal, company, acting=bodies)
    needed: dict[str, Wanted] = {"registration": record.id, "outcome": None, "authority": bodies}
    return support(world, sign, needed, who), act_day(world, sign, who)


def _countersigned(world: Compiled, deal: Deal, record: Record, company: str) -> tuple[str, Support]:
    """The newest answer of the registry to a registration; and whether it countersigns it as complete, or what the registration misses."""
    whole, missing = _declaration(world, record, company)
    if missing:
        return "", Support(why=(f"{world.caption(record.id)}: it misses {', '.join(missing)}",))
    answers, why = list[tuple[tuple[int, int], int, str, Support]](), list[str]()
    for sign in world.pointing(record.id, "Countersignature.registration"):
        found, day = _answer(world, deal, record, sign, company)
        why += found.why
        proven = [one for one in map(world.recorded, found.proof) if one is not None]
        if proven and possibly_by(world.as_of, day):
            entry = max(one.recorded for one in proven)
            outcomes = {one.statement.value for one in firm(sign.stand("outcome"))}
            found = Support((*(one.id for one in whole), *found.proof))
            name = world.caption(sign.id)
            found = (
                found.provided(certainly_by(world.as_of, day), f"{name}: it has no day, or one after {world.as_of}")
                .provided(outcomes == {"confirmed"}, f"{name}: the registry gave another outcome")
                .provided(all(one.recorded <= entry for one in whole), f"{name}: a part was declared only after it")
            )
            answers.append((edtf.sort_key(day), entry, sign.id, found))
    if not answers:
        return "", Support(why=tuple(dict.fromkeys(why)))
    return max(answers, key=lambda one: one[:2])[2:]


def countersigned(world: Compiled, registration: str, sign: str) -> bool:
    """Whether a registration is complete and countersigned by this, as the rule asks."""
    record = world.record(registration)
    for company in ids_of(world, record, "company") if record is not None else ():
        deal = world.about(company)
        for current in (one for one in _current(world, company) if one.id == registration):
            id, found = _countersigned(world, deal, current, company)
            if id == sign and found.holds and not no_alleged(_refused(world, deal, company)).counts:
                return True
    return False


def answered(world: Compiled, registration: str, sign: str) -> bool:
    """Whether a registry of the home State of a company answered its registration by this, for page, label and clock."""
    record, answer = world.record(registration), world.record(sign)
    if record is None or answer is None:
        return False
    companies = ids_of(world, record, "company")
    return any(_answer(world, world.about(one), record, answer, one)[0].holds for one in companies)


def homes(world: Compiled, company: str) -> list[str]:
    """Where a company is based, for what its State owes: confirmed seats; else those that others report; else its own word."""
    there = world.record(company)
    seats = there.stand("country", "jurisdiction") if there is not None else []
    others = [one for one in seats if world.base.author(one) != company]
    sure = sorted(sure_seats(world, world.about(company), company))
    return sure or list(dict.fromkeys(one.statement.value for one in others or seats))


def reply(world: Compiled, record: Record) -> Ruling:
    """`replied` where an office in the company's home State that is called its registry, by itself or others than the company, answered
    with its own identified key. It lifts nothing until verified publishers confirm that the office keeps the registry."""
    for company in ids_of(world, record, "company"):
        homes = sure_seats(world, world.about(company), company) or frozenset(world.seats.of(company))
        for sign in world.pointing(record.id, "Countersignature.registration"):
            called = {
                there.id
                for there in filter(None, map(world.record, ids_of(world, sign, "authority")))
                for one in firm(there.claims("office"))
                if one.statement.value == "registry" and homes & places_of(world, there.id)
                if world.base.author(one) != company
            }
            signed = ((one, world.base.signer(one)) for one in firm(sign.statements))
            own = [one for one, by in signed if by.identified and world.base.publisher(by.owner) in called]
            days = [one.statement.value for one in values(own, "date", "startDate")]
            begun = all(possibly_by(world.as_of, one) for one in days)
            if values(own, "outcome") and begun and not answered(world, record.id, sign.id):
                day = max((edtf.parse(one).last for one in days), default=None)
                return Ruling("replied", day, (tuple(one.id for one in values(own, "outcome")),))
    return Ruling("")


# Facts


@lifts(
    "vendor.registered",
    asks="Is {subject} registered, with every part, and countersigned by its home State?",
    needs="A registration of {subject} with every part, countersigned by the State of its confirmed seat.",
)
def _registered(world: Compiled, deal: Deal, company: str) -> tuple[list[Support], Charge]:
    return _registrations(world, deal, company), no_alleged(_refused(world, deal, company))


def _registrations(world: Compiled, deal: Deal, company: str) -> list[Support]:
    return [_countersigned(world, deal, one, company)[1] for one in _current(world, company)]


@lifts(
    "vendor.no_abusing_client",
    asks="Has {subject} named all its clients, and is none on file as an abuser?",
    needs="All clients of {subject}, in a registration that the State of its confirmed seat has countersigned; none who abuses.",
)
def _no_abuser(world: Compiled, deal: Deal, company: str) -> tuple[list[Support], Charge]:
    """An incident with its products counts against it, also where nobody says who operated them."""
    cases = [(one, name) for one in incidents_of_vendor(world, company) for name in ("vendor", "product")]
    clients = (served(world, one.id) for one in world.graph.reach(company) if not one.tie)
    return _registrations(world, deal, company), merge((*clients, *(incident(world, *each) for each in cases)))


@blocks("vendor.registration_refused", asks="Was the registration of {subject} withdrawn or refused?")
def _refused(world: Compiled, deal: Deal, company: str) -> Charge:
    """A registration that was withdrawn, or to which its State refused the countersignature; one that an amendment replaced only until
    the State countersigned this amendment, or a later one of it."""
    claims = []
    for record in world.pointing(company, "Registration.company"):
        if _superseded(world, record.id, company):
            continue
        claims += [one for one in record.claims("status") if one.statement.value == "withdrawn"]
        for sign in world.pointing(record.id, "Countersignature.registration"):
            claims += [one for one in sign.claims("outcome") if one.statement.value == "refused"]
    return charge(world, claims)


# Sales of a company as it declares them itself and as others report them; a reported sale that it does not declare is a gap (d).


_RELATIONS = frozenset({"client", "body"})
"""Properties by which a claim on a client or a use names it: these give the time of that, and are no sale of their own."""
_NOT_A_SALE = frozenset({"potential", "planned", "tendered"})
"""Stages before a sale."""


class Sale(msgspec.Struct, frozen=True):
    """A sale on file of a company: as the company declares it, as others report it, or both."""

    record: Record
    client: str
    """Property of the record that names the client."""
    declared: tuple[Recorded, ...]
    """What the company says in the record with its own verified key; empty: it does not declare it."""
    reported: tuple[str, ...]
    """Ids of what others than the company report of it, firmer than as an allegation; empty: nobody does."""
    declared_as: tuple[str, ...] = ()
    """Other records in which the company declares a sale that may be this one."""
    undeclared: tuple[str, ...] = ()
    """Clients, or where none is named countries, to which others report it and the company declares no such sale."""


def confirmed_words(world: Compiled, company: str, record: Record) -> list[Recorded]:
    """What the company itself confirms of a record with its verified key, for the day."""
    own = own_words(world, company, record.statements)
    return [one for one in own if valid(world, one) and one.statement.standing is Standing.CONFIRMED]


def completed(account: Account) -> bool:
    """Whether an account is of a sale that was made: it gives no stage, or one of a sale."""
    stages = {one.statement.value for one in values(account, "stage", "clientStage")}
    return not stages or not stages <= _NOT_A_SALE


@kept
def sales(world: Compiled, company: str) -> list[Sale]:
    """The sales of a company on file, in the order of the log."""
    links = [(naming, company, client, stage) for naming, client, stage in LINKS]
    for made in world.pointing(company, "SurveillanceProduct.vendor"):
        maker = adverse(world, made, [("vendor", {company})], event=True)
        if maker.counts and not maker.alleged:
            links += [(naming, made.id, client, stage) for naming, client, stage in BY_PRODUCT]
    sold: dict[str, Sale] = {}
    for naming, seller, client, stage in links:
        for record in world.pointing(seller, naming):
            if (sale := _sale(world, company, record, naming.partition(".")[2], seller, client, stage)) is not None:
                sold.setdefault(record.id, sale)
    return _compared(world, list(sold.values()))


def _sale(world: Compiled, company: str, record: Record, by: str, seller: str, client: str, stage: str) -> Sale | None:
    """A sale by a record that names the seller by a property, itself or as its product (`by`, `seller`); None where it is none."""

    def own(one: Recorded) -> bool:
        return world.base.author(one) == company

    def others(account: Account) -> bool:
        """Whether another publisher than the company reports a sale that was made, and by nobody else of its product."""
        named = by == "product" and values(firm(account), "supplier", "vendor")
        return not own(account[0]) and completed(firm(account)) and not named

    charges = (
        adverse(world, record, [(by, {seller}), (name, None)], event=True, stage=stage, when=others)
        for name in dict.fromkeys((client, "destination" if client == "recipient" else client))
    )
    proof = next((one.proof for one in charges if one.counts and not one.alleged), ())
    reported = tuple(id for id in proof if not own(world.base.statements[id]))
    declared = _declared(world, company, record, by, seller, client)
    return Sale(record, client, tuple(declared), reported) if declared or reported else None


def _declared(world: Compiled, company: str, record: Record, by: str, seller: str, client: str) -> list[Recorded]:
    """The company's own words of a sale: that it sold, and to whom or to which country."""
    own = confirmed_words(world, company, record)
    mine = [one for one in values(own, by) if world.base.target(one) == seller]
    to, days = values(own, client, "destination"), values(own, *DATED)
    begun = all(possibly_by(world.as_of, one.statement.value) for one in days)
    products = values(own, "product") if by != "product" else []
    return [*mine, *to, *days, *products] if mine and to and begun and completed(own) else []


def _compared(world: Compiled, sold: Sequence[Sale]) -> list[Sale]:
    """The sales with the declaration of each client to whom others report them: one declaration for one reported sale, of these products
    and years. A claim on a client and a use are no sale of their own."""

    def fits(one: Sale, client: str, declared: Sale, to: str) -> bool:
        """Whether a declaration may be of this sale to a client, or, where others name a country, to somebody in it."""
        countries = {each.statement.value for each in values(declared.declared, "destination")}
        if client not in {to, *countries, *world.seats.of(to)}:
            return False
        products, years = _details(world, firm(one.record.statements))
        items, dates = _details(world, declared.declared)
        return one is declared or (products <= items and (one.client in _RELATIONS or years <= dates))

    sides = [(one, to) for one in sold for to in _clients(world, one.declared, one.client)]
    near = {
        (one.record.id, client): [(each.record.id, to) for each, to in sides if fits(one, client, each, to)]
        for one in sold
        for client in _clients(world, [world.base.statements[id] for id in one.reported], one.client)
    }
    relations = {one.record.id for one in sold if one.client in _RELATIONS}
    covered = {side: to for side, many in near.items() for to in reversed(many) if to[0] == side[0]}
    taken = set(covered.values())
    for side in sorted((one for one in near if one not in covered), key=lambda one: len(set(near[one]) - taken)):
        relation = side[0] in relations
        if free := [to for to in near[side] if relation or to not in taken]:
            covered[side] = free[0]
            taken |= set() if relation else {free[0]}
    found = []
    for one in sold:
        mine = [side for side in near if side[0] == one.record.id]
        other = dict.fromkeys(covered[side][0] for side in mine if side in covered and covered[side][0] != side[0])
        missing = tuple(side[1] for side in mine if side not in covered)
        found.append(msgspec.structs.replace(one, declared_as=tuple(other), undeclared=missing))
    return found


def _clients(world: Compiled, statements: Sequence[Recorded], client: str) -> list[str]:
    """The clients that statements name, else the countries to which it went."""
    named = values(statements, client) or values(statements, "destination")
    return list(dict.fromkeys(map(world.base.target, named)))


def _details(world: Compiled, statements: Sequence[Recorded]) -> tuple[set[str], set[int]]:
    """Products, and years that leave no doubt."""
    years = (edtf.year_of(one.statement.value) for one in values(statements, *DATED))
    return {world.base.target(one) for one in values(statements, "product")}, {one for one in years if one is not None}
