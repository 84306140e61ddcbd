"""Sales of a company as it declares them itself and as others report them; a reported sale that it does not declare is a gap (d)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Account, adverse, firm, valid, values
from sousveil.decisions.evidence.admissibility import publisher_of
from sousveil.decisions.evidence.dates import possibly_by
from sousveil.decisions.facts.cases import BY_PRODUCT, LINKS
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.records import Record, stands

_RELATIONS = frozenset({"client", "body"})
"""Properties by which a claim on a client or a use names it: these give the time of that, and are no sale of their own."""
_NOT_A_SALE = frozenset({"potential", "planned", "tendered"})
"""Stages before a sale."""

_Side = tuple[str, str]
"""A record, and a client that it names, or where it names none the country."""


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


def completed(account: Account) -> bool:
    """Whether an account is of a sale that was made: it gives no stage, or one of a sale."""
    stages = {one.statement.value for one in values(account, "stage", "clientStage")}
    return not stages or not stages <= _NOT_A_SALE


def sales(world: Compiled, company: str) -> list[Sale]:
    """The sales of a company on file, in the order of the log."""
    return world.once("sales", company, lambda: _sales(world, company))


def _sales(world: Compiled, company: str) -> list[Sale]:
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
        return publisher_of(world, world.base.signer(one)) == company

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
    own = own_words(world, company, record.statements)
    mine = [one for one in values(own, by) if world.base.target(one) == seller]
    to, days = values(own, client, "destination"), values(own, *DATED)
    begun = all(possibly_by(world.as_of, one.statement.value) for one in days)
    products = values(own, "product") if by != "product" else []
    return [*mine, *to, *days, *products] if mine and to and begun and completed(own) else []


def _compared(world: Compiled, sold: Sequence[Sale]) -> list[Sale]:
    """The sales with the declaration of each client that others report. A declared sale is one reported sale, those that fit the fewest
    declarations first. The company's own words count alone: nobody adds what closes a gap."""
    declarations: dict[str, list[tuple[_Side, set[str], set[int]]]] = defaultdict(list)
    for one in sold:
        countries = {each.statement.value for each in values(one.declared, "destination")}
        for client in _clients(world, one.declared, one.client):
            for place in {client, *countries, *world.seats.of(client)}:
                declarations[place].append(((one.record.id, client), *_details(world, one.declared)))
    covered, options, sides = dict[_Side, _Side](), dict[_Side, list[_Side]](), defaultdict[str, list[_Side]](list)
    for one in sold:
        products, years = _details(world, firm(one.record.statements))
        relation = one.client in _RELATIONS
        for client in _clients(world, map(world.base.statements.__getitem__, one.reported), one.client):
            side, near = (one.record.id, client), declarations.get(client, ())
            sides[one.record.id].append(side)
            same = [declared for declared, _, _ in near if declared[0] == one.record.id]
            options[side] = same[:1] or [
                declared for declared, items, dates in near if products <= items and (relation or years <= dates)
            ]
            if (same or relation) and options[side]:
                covered[side] = options[side][0]
    taken = {declared for (id, _), declared in covered.items() if id == declared[0]}
    free = {side: [one for one in many if one not in taken] for side, many in options.items() if side not in covered}
    for side in sorted(free, key=lambda one: len(free[one])):
        if (declared := next((one for one in free[side] if one not in taken), None)) is not None:
            covered[side] = declared
            taken.add(declared)
    found = []
    for one in sold:
        mine = sides[one.record.id]
        other = dict.fromkeys(id for side in mine if side in covered and (id := covered[side][0]) != one.record.id)
        missing = tuple(client for id, client in mine if (id, client) not in covered)
        found.append(msgspec.structs.replace(one, declared_as=tuple(other), undeclared=missing))
    return found


def _clients(world: Compiled, statements: Iterable[Recorded], client: str) -> list[str]:
    """The clients that statements name, else the countries to which it went."""
    many = list(statements)
    return list(dict.fromkeys(world.base.target(one) for one in values(many, client) or values(many, "destination")))


def _details(world: Compiled, statements: Sequence[Recorded]) -> tuple[set[str], set[int]]:
    """Products, and years that leave no doubt."""
    years = (edtf.year_of(one.statement.value) for one in values(statements, *DATED))
    return {world.base.target(one) for one in values(statements, "product")}, {one for one in years if one is not None}
