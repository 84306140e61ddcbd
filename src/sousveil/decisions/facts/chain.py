"""Chains of ownership: known and disclosed, or with a hidden link."""

from __future__ import annotations

from sousveil.decisions.callings import contrary
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, by_publisher, charge, merge
from sousveil.decisions.evidence.admissibility import Beneficiaries, Support, beneficiaries, objection, support
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.reading import blocking, fact, in_force, lifting, naming_of
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
    """Owners of a company, or of whoever owns it, that are said to be unknown or to act for somebody else."""
    return merge(_hidden_above(world, one.id) for one in world.graph.owners(company))


def _hidden_above(world: Compiled, company: str) -> Charge:
    """The same directly above a company, kept where it hangs on no deal: chains share their upper parts."""

    def make() -> Charge:
        there = world.record(company)
        found = [_hidden(world, record, company) for record in world.pointing(company, "Ownership.asset")]
        return merge((*found, charge(world, _codes(there, "unspecified") if there is not None else ())))

    return world.once("hidden", company, make)


def _hidden(world: Compiled, record: Record, owned: str) -> Charge:
    if world.graph.live(record, ("asset",)) is False:
        return Charge()
    nominee = [one for one in record.by_property.get("interest", ()) if one.statement.value == "nominee"]
    named = by_publisher(
        world, record.stand("nomineeFor")
    )  # for whom somebody acts says who tells of a nominee, or nobody does
    open_ = [one for one in nominee if world.base.signer(one).publisher not in named]
    unknown = charge(world, [*_codes(record, "ownerUnspecified"), *open_])
    naming = charge(world, naming_of(world, record, "asset", owned))
    unknown = merge((unknown, _undisclosed(world, record)))
    return Charge(unknown.proof, naming.alleged or unknown.alleged, unknown.notes) if naming.counts else Charge()


def _undisclosed(world: Compiled, record: Record) -> Charge:
    """Where who told first of an ownership neither names an owner nor says why none is named: nobody else discloses it in their place."""
    told = by_publisher(world, record.statements).values()
    first = next((many for many in told if any(one.statement.property == "asset" for one in many)), [])
    if any(one.statement.property in ("owner", "ownerUnspecified") for one in first):
        return Charge()
    return charge(world, [one for one in first if one.statement.property == "asset"])


def _codes(record: Record, name: str) -> list[Recorded]:
    return [one for one in record.by_property.get(name, ()) if one.statement.value in HIDDEN]


def known(world: Compiled, company: str, who: Beneficiaries) -> Support:
    """Owners of more than half, up to natural persons, States, or a statement that there is nobody above; all confirmed."""
    proof: dict[str, None] = {}
    wave, seen = [company], {company}
    while wave:
        above: list[str] = []
        for id in wave:
            there = world.record(id)
            if there is not None and _ends(world, there, who):
                continue
            found, owners = _above(world, id, who)
            if not found.holds:
                return Support(
                    why=found.why or (f"{world.caption(id)}: no confirmed owners of more than half are on file",)
                )
            proof.update(dict.fromkeys(found.proof))
            above += [one for one in owners if one not in seen]
            seen.update(owners)
        wave = above
    return Support(tuple(proof))


def _ends(world: Compiled, there: Record, who: Beneficiaries) -> bool:
    """Whether nobody can stand above: by somebody who may lift it is a natural person or part of a State, and nobody calls it a company."""
    told = [one for one in there.statements if any(is_a(one.statement.type, kind) for kind in LAST)]
    return not contrary(there, LAST) and any(not objection(world, one, who) for one in told)


def _above(world: Compiled, id: str, who: Beneficiaries) -> tuple[Support, list[str]]:
    total, proof, owners, why = 0.0, list[str](), list[str](), list[str]()
    for record in world.pointing(id, "Ownership.asset"):
        if not in_force(world, record, "startDate", "endDate", who):
            continue
        nobody = support(world, record, [("asset", frozenset({id})), ("ownerUnspecified", NOT_UNKNOWN)], who)
        if nobody.holds:
            return nobody, []
        found = support(world, record, [("asset", frozenset({id})), ("owner", None), ("percentage", None)], who)
        why += found.why
        if found.holds:
            low, _, _ = world.graph.share(record, ("asset", "owner"))
            total += low
            proof += found.proof
            owners += [world.base.canonical(one.statement.value) for one in record.stand("owner")]
    if total > MAJORITY:
        return Support(tuple(proof)), owners
    return Support(why=tuple(why)), []


def _gap(world: Compiled, deal: Deal, company: str) -> Value:
    return blocking(hidden(world, deal, company))


def _known(world: Compiled, deal: Deal, company: str) -> Value:
    gap = hidden(world, deal, company)
    needs = f"Who owns {world.caption(company)}, up to natural persons, confirmed by an independent publisher."
    return lifting([known(world, company, beneficiaries(deal, company))], needs, gap if not gap.alleged else None)


FACTS: tuple[Fact, ...] = (
    fact(
        "vendor.owner_hidden",
        Of.VENDOR,
        Polarity.BLOCKS,
        _gap,
        asks="Is an owner of {subject} unknown or hidden?",
        needs="Who owns {subject}.",
    ),
    fact(
        "vendor.chain_known",
        Of.VENDOR,
        Polarity.LIFTS,
        _known,
        asks="Is the chain of owners of {subject} disclosed and confirmed?",
        needs="Who owns {subject}, up to natural persons, confirmed by an independent publisher.",
    ),
)
