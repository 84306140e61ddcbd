"""What a company itself published for each part of demand (d), and the sales that others report and the company did not declare.

A ticked part shows nothing by itself: the company's own records of it must be there. A part declared to be none counts while nobody
reports such a record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product as combinations

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Account, adverse, firm, reported, valid, values
from sousveil.decisions.evidence.admissibility import publisher_of
from sousveil.decisions.evidence.dates import certainly_by, ended_by, possibly_by
from sousveil.decisions.facts.cases import BY_PRODUCT, LINKS, incident, incidents_of_vendor
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
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
_NO_OWNER = frozenset({"noBeneficialOwners"})
"""The only reason for naming no owner that discloses who controls the company."""
_EVENTS = frozenset({"Supply.supplier", "ClientRejection.vendor"})
"""What happened once: its last day ends nothing."""
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


def own_words(world: Compiled, company: str, statements: Iterable[Recorded]) -> list[Recorded]:
    """What of these statements the company itself confirms with its verified key, for the day."""
    return [
        one
        for one in statements
        if stands(one)
        and valid(world, one)
        and one.statement.standing is Standing.CONFIRMED
        and world.base.signer(one).verified
        and publisher_of(world, world.base.signer(one)) == company
    ]


def published(world: Compiled, company: str, part: str) -> list[Recorded]:
    """The company's own statements that show a part, those that came first; empty where a record of the part is missing."""
    naming, needed = RECORDS[part]
    found = [
        one for record in world.pointing(company, naming) if (one := _filled(world, company, record, naming, needed))
    ]
    return min(found, key=lambda many: max(one.recorded for one in many), default=[])


def _filled(
    world: Compiled, company: str, record: Record, naming: str, needed: Sequence[tuple[str, ...]]
) -> list[Recorded]:
    """The company's own first statements that fill a record; empty where one is missing, or the record does not surely hold on the day."""
    own = own_words(world, company, record.statements)
    ends = () if naming in _EVENTS else record.stand("endDate", "expiresOn")
    if not all(certainly_by(world.as_of, one.statement.value) for one in values(own, *DATED)) or not _made(own):
        return []
    if any(reported(world, one) and ended_by(world.as_of, one.statement.value) for one in ends):
        return []
    groups = [values(own, *names) for names in needed]
    by = values(own, naming.partition(".")[2])
    groups.append([one for one in by if world.base.canonical(one.statement.value) == company])
    if naming == "Ownership.asset":
        groups[0] = [one for one in groups[0] if one.statement.property == "owner" or one.statement.value in _NO_OWNER]
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


def sales(world: Compiled, company: str) -> list[Sale]:
    """The sales of a company on file, in the order of the log."""
    return world.once("sales", company, lambda: _sales(world, company))


def _sales(world: Compiled, company: str) -> list[Sale]:
    sold: dict[str, Sale] = {}
    for naming, client, stage in LINKS:
        for record in world.pointing(company, naming):
            if (one := _sale(world, company, record, naming.partition(".")[2], company, client, stage)) is not None:
                sold.setdefault(record.id, one)
    for made in world.pointing(company, "SurveillanceProduct.vendor"):
        maker = adverse(world, made, [("vendor", {company})], event=True)
        for naming, client, stage in BY_PRODUCT if maker.counts and not maker.alleged else ():
            for record in world.pointing(made.id, naming):
                if (one := _sale(world, company, record, "product", made.id, client, stage)) is not None:
                    sold.setdefault(record.id, one)
    return _compared(world, list(sold.values()))


_Side = tuple[str, str]
"""A record, and a client that it names, or where it names none the country."""


def _compared(world: Compiled, sold: Sequence[Sale]) -> list[Sale]:
    """The sales with the declarations of them: each client that others report needs one, and each declared sale is one reported sale."""
    declarations = _declarations(world, sold)
    sides = {one.record.id: [(one.record.id, client) for client in _clients(world, one)] for one in sold}
    covered: dict[_Side, _Side] = {}
    options: dict[_Side, list[_Side]] = {}
    for one in sold:
        declared = _declared_to(world, one)
        for side in sides[one.record.id]:
            same = declarations.get((side[1], None, None), {})
            own = [each for each in declared if each in same]
            fitting = own or _fitting(declarations, _wanted(world, one, side[1]))
            if not own and one.client not in _RELATIONS:
                options[side] = fitting
            elif fitting:
                covered[side] = fitting[0]
    taken = {declared for (id, _), declared in covered.items() if id == declared[0]}
    covered |= _matching({side: [one for one in many if one not in taken] for side, many in options.items()})
    return [_with(one, {side: covered.get(side) for side in sides[one.record.id]}) for one in sold]


def _with(sale: Sale, covered: Mapping[_Side, _Side | None]) -> Sale:
    """A sale with the declaration for each client; None: there is none."""
    others = dict.fromkeys(one[0] for one in covered.values() if one is not None and one[0] != sale.record.id)
    undeclared = tuple(client for (_, client), one in covered.items() if one is None)
    return msgspec.structs.replace(sale, declared_as=tuple(others), undeclared=undeclared)


def _clients(world: Compiled, sale: Sale) -> list[str]:
    """To whom others report a sale: the clients that they name, else the countries to which it went."""
    return _named(world, [one for one in map(world.recorded, sale.reported) if one is not None], sale.client)


def _declared_to(world: Compiled, sale: Sale) -> list[_Side]:
    """A sale with each client, else country, to which the company declares it."""
    return [(sale.record.id, one) for one in _named(world, sale.declared, sale.client)]


def _named(world: Compiled, said: Sequence[Recorded], client: str) -> list[str]:
    many = values(said, client) or values(said, "destination")
    return list(dict.fromkeys(world.base.target(one) for one in many))


_Key = tuple[str, str | None, int | None]
"""Client or country, product and year; None: whichever."""


def _declarations(world: Compiled, sold: Iterable[Sale]) -> Mapping[_Key, dict[_Side, None]]:
    """The sales that the company declares, by what a report may give of them. Its own words count: nobody adds what closes a gap."""
    index: dict[_Key, dict[_Side, None]] = defaultdict(dict)
    for one in sold:
        countries = {each.statement.value for each in values(one.declared, "destination")}
        products, years = _details(world, one.declared)
        for side in _declared_to(world, one):
            places = {side[1], *countries, *world.seats.of(side[1])}
            for place, item, year in combinations(places, (None, *products), (None, *years)):
                index[place, item, year][side] = None
    return index


def _details(world: Compiled, said: Sequence[Recorded]) -> tuple[set[str], set[int]]:
    """Products, and years that leave no doubt."""
    years = (edtf.year_of(one.statement.value) for one in values(said, *DATED))
    return {world.base.target(one) for one in values(said, "product")}, {one for one in years if one is not None}


def _wanted(world: Compiled, sale: Sale, client: str) -> list[_Key]:
    """What a declaration of a reported sale has to give: the client, and product and year wherever anybody reports them."""
    products, years = _details(world, firm(sale.record.statements))
    dated = () if sale.client in _RELATIONS else sorted(years)
    return list(combinations((client,), sorted(products) or (None,), dated or (None,)))


def _fitting(declarations: Mapping[_Key, dict[_Side, None]], wanted: Sequence[_Key]) -> list[_Side]:
    """The declarations that give all of this."""
    many = [declarations.get(one, {}) for one in wanted]
    return [one for one in many[0] if all(one in other for other in many[1:])]


def _matching(options: Mapping[_Side, Sequence[_Side]]) -> dict[_Side, _Side]:
    """Reported sale -> a declaration for it alone, for as many reported sales as possible (augmenting paths)."""
    chosen, taken, exhausted = dict[_Side, _Side](), dict[_Side, _Side](), set[_Side]()
    for start in options:
        reached: dict[_Side, _Side] = {}
        queue, free = [start], None
        for sale in queue:  # the list grows while it is read
            new = [one for one in options[sale] if one not in reached and one not in exhausted]
            reached |= dict.fromkeys(new, sale)
            free = next((one for one in new if one not in taken), None)
            if free is not None:
                break
            queue += [taken[one] for one in new]
        if free is None:
            exhausted |= reached.keys()  # no later path leads through these
        while free is not None:
            sale = reached[free]
            before = chosen.get(sale)
            chosen[sale], taken[free] = free, sale
            free = before
    return chosen


def _sale(world: Compiled, company: str, record: Record, by: str, seller: str, client: str, stage: str) -> Sale | None:
    """A sale by a record that names the seller by a property, itself or as its product (`by`, `seller`); None where it is none."""

    def others(account: Account) -> bool:
        """Whether another publisher than the company reports a sale that was made, and by nobody else of its product."""
        if publisher_of(world, world.base.signer(account[0])) == company or not _made(firm(account)):
            return False
        return by != "product" or not values(firm(account), "supplier", "vendor")

    mine = _own_sale(world, company, record, by, seller, client)
    charges = (
        adverse(world, record, [(by, {seller}), (name, None)], event=True, stage=stage, when=others)
        for name in ((client, "destination") if client == "recipient" else (client,))
    )
    proof = next((one.proof for one in charges if one.counts and not one.alleged), ())
    said = [(id, one) for id in proof if (one := world.recorded(id)) is not None]
    told = tuple(id for id, one in said if publisher_of(world, world.base.signer(one)) != company)
    return Sale(record, client, tuple(mine), told) if mine or told else None


def _made(account: Account) -> bool:
    """Whether an account is of a sale that was made: it gives no stage, or one of a sale."""
    stages = {one.statement.value for one in values(account, "stage", "clientStage")}
    return not stages or not stages <= _NOT_A_SALE


def _own_sale(world: Compiled, company: str, record: Record, by: str, seller: str, client: str) -> list[Recorded]:
    """The company's own words of a sale: that it sold, and to whom or to which country."""
    own = own_words(world, company, record.statements)
    mine = [one for one in values(own, by) if world.base.target(one) == seller]
    to, days = values(own, client, "destination"), values(own, *DATED)
    begun = all(possibly_by(world.as_of, one.statement.value) for one in days)
    products = values(own, "product") if by != "product" else []
    return [*mine, *to, *days, *products] if mine and to and begun and _made(own) else []
