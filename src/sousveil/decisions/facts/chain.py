"""Chains of ownership: known and disclosed, or with a hidden link."""

from __future__ import annotations

from sousveil.decisions.callings import contrary
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, by_publisher, charge, merge, values
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    beneficiaries,
    no_alleged,
    objection,
    support,
)
from sousveil.decisions.facts.reading import blocks, closure, in_force, lifts, naming_of
from sousveil.decisions.world import Deal
from sousveil.register.model import Recorded
from sousveil.register.types import is_a
from sousveil.register.types.codelists import UNSPECIFIED
from sousveil.register.views.records import Record

NOT_UNKNOWN = frozenset({"noBeneficialOwners"})
HIDDEN = frozenset(UNSPECIFIED) - NOT_UNKNOWN
MAJORITY = 50.0
LAST = ("Person", "PublicBody")
"""With whom a chain of owners ends."""


def hidden(world: Compiled, deal: Deal, company: str) -> Charge:
    """Owners of a company, or of its owners, that are reported as unknown or as acting for somebody else."""
    return merge(_hidden_above(world, one.id) for one in world.graph.owners(company))


def _hidden_above(world: Compiled, company: str) -> Charge:
    """The same directly above a company, kept where it hangs on no deal: chains share their upper parts."""

    def find() -> Charge:
        there = world.record(company)
        unspecified = charge(world, _codes(there, "unspecified") if there is not None else ())
        return merge(
            (unspecified, *(_hidden(world, one, company) for one in world.pointing(company, "Ownership.asset")))
        )

    return world.once("hidden", company, find)


def _hidden(world: Compiled, record: Record, owned: str) -> Charge:
    """Who reports a nominee names for whom it acts; who reports an ownership first names the owner, or why nobody is named."""
    if not world.graph.live(record, ("asset",)):
        return Charge()
    accounts = by_publisher(world, record.statements).values()
    first = next((many for many in accounts if values(many, "asset")), [])
    reports = [*_codes(record, "ownerUnspecified")]
    for many in accounts:
        nominees = [one for one in values(many, "interest") if one.statement.value == "nominee"]
        reports += nominees if not values(many, "nomineeFor") else ()
    if not values(first, "owner", "ownerUnspecified"):
        reports += values(first, "asset")
    found, naming = charge(world, reports), charge(world, naming_of(world, record, "asset", owned))
    return Charge(found.proof, naming.alleged or found.alleged, found.notes) if naming.counts else Charge()


def _codes(record: Record, name: str) -> list[Recorded]:
    return [one for one in record.claims(name) if one.statement.value in HIDDEN]


def known(world: Compiled, company: str, who: Beneficiaries) -> Support:
    """Owners of more than half, up to natural persons, States, or a statement that there is nobody above; all confirmed."""
    shown: dict[str, Support] = {}

    def above(id: str) -> list[str]:
        there = world.record(id)
        if there is not None and _ends(world, there, who):
            return []
        shown[id], owners = _above(world, id, who)
        return owners

    closure([company], above)
    for id, found in shown.items():
        if not found.holds:
            return Support(
                why=found.why or (f"{world.caption(id)}: no confirmed owners of more than half are on file",)
            )
    return Support(tuple(dict.fromkeys(id for found in shown.values() for id in found.proof)))


def _ends(world: Compiled, there: Record, who: Beneficiaries) -> bool:
    """Whether nobody can stand above: by somebody who may lift it is a natural person or part of a State, and nobody calls it a company."""
    told = [one for one in there.statements if any(is_a(one.statement.type, kind) for kind in LAST)]
    return not contrary(there, LAST) and any(not objection(world, one, who) for one in told)


def _above(world: Compiled, id: str, who: Beneficiaries) -> tuple[Support, list[str]]:
    total, proof, owners, why = 0.0, list[str](), list[str](), list[str]()
    for record in world.pointing(id, "Ownership.asset"):
        if not in_force(world, record, "startDate", "endDate", who):
            continue
        nobody = support(world, record, {"asset": id, "ownerUnspecified": NOT_UNKNOWN}, who)
        if nobody.holds:
            return nobody, []
        found = support(world, record, {"asset": id, "owner": None, "percentage": None}, who)
        why += found.why
        if found.holds:
            total += world.graph.share(record, ("asset", "owner"))
            proof += found.proof
            owners += map(world.base.target, record.stand("owner"))
    if total > MAJORITY:
        return Support(tuple(proof)), owners
    return Support(why=tuple(why)), []


@blocks(
    "vendor.owner_hidden",
    asks="Is an owner of {subject} unknown or hidden?",
    needs="Who owns {subject}.",
)
def _gap(world: Compiled, deal: Deal, company: str) -> Charge:
    return hidden(world, deal, company)


@lifts(
    "vendor.chain_known",
    asks="Is the chain of owners of {subject} disclosed and confirmed?",
    needs="Who owns {subject}, up to natural persons, confirmed by an independent publisher.",
)
def _known(world: Compiled, deal: Deal, company: str) -> tuple[list[Support], Charge]:
    return [known(world, company, beneficiaries(deal, company))], no_alleged(hidden(world, deal, company))
