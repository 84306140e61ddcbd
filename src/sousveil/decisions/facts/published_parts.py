"""What a company itself published for each part of demand (d), and the sales that others report and the company did not declare.

A ticked part shows nothing by itself: the company's own records of it must be there. A part declared to be none counts while nobody
reports such a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import DATED, Account, adverse, firm, values
from sousveil.decisions.evidence.admissibility import publisher_of
from sousveil.decisions.evidence.dates import possibly_by
from sousveil.decisions.facts.cases import LINKS, incident, incidents_of_vendor
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
    """Ids of what others report of it, firmer than as an allegation; empty: nobody does."""
    declared_as: tuple[str, ...] = ()
    """Other records in which the company declares a sale that may be this one."""
    undeclared: bool = False
    """Others report a client to whom the company declares no such sale."""


def own_words(world: Compiled, company: str, statements: Iterable[Recorded]) -> list[Recorded]:
    """What of these statements the company itself confirms with its verified key."""
    return [
        one
        for one in statements
        if stands(one)
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
    """The company's own first statements that fill a record; empty where one is missing."""
    own = own_words(world, company, record.statements)
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
    found: dict[str, Sale] = {}
    for naming, client, stage in LINKS:
        for record in world.pointing(company, naming):
            if (one := _sale(world, company, record, naming.partition(".")[2], client, stage)) is not None:
                found.setdefault(record.id, one)
    declared = [one for one in found.values() if one.declared]
    return [_compared(world, one, declared) for one in found.values()]


def _compared(world: Compiled, sale: Sale, declared: Sequence[Sale]) -> Sale:
    """A sale with the declarations of it: each client that others report needs one."""
    told = [one for id in sale.reported if (one := world.recorded(id)) is not None]
    clients = {world.base.canonical(one.statement.value) for one in told if one.statement.property == sale.client}
    of_each = [[one for one in declared if _covers(world, one, sale, client)] for client in clients]
    ids = dict.fromkeys(one.record.id for many in of_each for one in many if one.record.id != sale.record.id)
    return msgspec.structs.replace(sale, declared_as=tuple(ids), undeclared=not all(of_each))


def _sale(world: Compiled, company: str, record: Record, by: str, client: str, stage: str) -> Sale | None:
    def others(account: Account) -> bool:
        """Whether another publisher than the company reports a sale that was made."""
        return publisher_of(world, world.base.signer(account[0])) != company and _made(firm(account))

    mine = _own_sale(world, company, record, by, client)
    charge = adverse(world, record, [(by, {company}), (client, None)], event=True, stage=stage, when=others)
    reported = charge.proof if not charge.alleged else ()
    return Sale(record, client, tuple(mine), reported) if mine or reported else None


def _made(account: Account) -> bool:
    """Whether an account is of a sale that was made: it gives no stage, or one of a sale."""
    stages = {one.statement.value for one in values(account, "stage", "clientStage")}
    return not stages or not stages <= _NOT_A_SALE


def _own_sale(world: Compiled, company: str, record: Record, by: str, client: str) -> list[Recorded]:
    """The company's own words of a sale: that it sold, and to whom or to which country."""
    own = own_words(world, company, record.statements)
    mine = [one for one in values(own, by) if world.base.canonical(one.statement.value) == company]
    to, days = values(own, client, "destination"), values(own, *DATED)
    begun = all(possibly_by(world.as_of, one.statement.value) for one in days)
    return [*mine, *to, *days, *values(own, "product")] if mine and to and begun and _made(own) else []


def _covers(world: Compiled, declared: Sale, reported: Sale, client: str) -> bool:
    """Whether a declared sale may be the reported one to a client: its client, or where it names none the client's country; product and
    year where both give them.

    Of the declared sale the company's own words count, of the reported one everybody's: nobody adds what closes a gap.
    """
    own = [one for one in declared.declared if one.statement.property in (declared.client, "destination")]
    named = {world.base.canonical(one.statement.value) for one in own if one.statement.property == declared.client}
    if client not in named if named else not {one.statement.value for one in own} & set(world.seats.of(client)):
        return False
    if declared.record.id == reported.record.id:
        return True
    theirs, mine = firm(reported.record.statements), declared.declared
    products = [
        {world.base.canonical(one.statement.value) for one in values(many, "product")} for many in (theirs, mine)
    ]
    if all(products) and not products[0] <= products[1]:
        return False
    if {"client", "body"} & {declared.client, reported.client}:
        return True  # a claim on a client, or a use, gives the time of that, and not of a sale
    years = [{edtf.year_of(one.statement.value) for one in values(many, *DATED)} for many in (theirs, mine)]
    return not all(years) or years[0] <= years[1]
