"""What the item of the deal is: in scope, how it works, how export control knows it."""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import charge
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    beneficiaries,
    contradicted,
    no_alleged,
    objection,
    support,
)
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.reading import blocking, fact, ids_of, lifting
from sousveil.decisions.model import Truth
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register.views.records import Record

TARGETED = frozenset("intrusion exploit interception-mobile signalling location malvertising forensics".split())
"""Technology aimed at single people or devices."""
RECOGNITION = frozenset("biometrics location video".split())
"""What the guidelines of 2024 on unlisted items look at besides: recognition, tracking, video."""
COVERT = frozenset(
    "intrusion exploit interception-mobile interception-network signalling monitoring-centre malvertising".split()
)
ANNEX_I = tuple(one.upper() for one in parameters.codes("eu-2021-821", "listed_items"))
"""Entries of Annex I that the Commission groups as surveillance items."""
WEAKENS = frozenset({"weakening-encryption"})


def whole(world: Compiled, product: str) -> list[Record]:
    """The product and what it is part of; where people contest what that is, each that it may be."""
    found: dict[str, Record] = {}
    wave = [product]
    while wave:
        record = world.record(wave.pop())
        if record is not None and record.id not in found:
            found[record.id] = record
            above = ids_of(world, record, "partOf")
            wave += [each for one in above for each in (one, *world.base.contested.get(one, ()))]
    return list(found.values())


def surely_whole(world: Compiled, product: str, who: Beneficiaries) -> frozenset[str]:
    """For lifting: the product, and what it is part of by statements that lift; nobody else widens what was proven for a product."""
    found: dict[str, None] = {}
    wave = [product]
    while wave:
        record = world.record(wave.pop())
        if record is not None and record.id not in found:
            found[record.id] = None
            told = record.by_property.get("partOf", ())
            above = [world.base.canonical(one.statement.value) for one in told if not objection(world, one, who)]
            wave += [
                one for one in above if one not in world.base.contested
            ]  # of whom nobody knows who it is lifts nothing
    return frozenset(found)


def technology(world: Compiled, product: str) -> tuple[set[str], tuple[str, ...]]:
    """The technologies that are on file for a product, and the statements that say so."""
    claims = [one for record in whole(world, product) for one in record.stand("category")]
    return {one.statement.value for one in claims}, tuple(one.id for one in claims)


def _in_scope(world: Compiled, deal: Deal, product: str) -> Value:
    _, proof = technology(world, product)
    return Value(Truth.TRUE, proof)


def _targeted(world: Compiled, deal: Deal, product: str) -> Value:
    found, proof = technology(world, product)
    return Value(Truth.TRUE if found & TARGETED else Truth.UNKNOWN, proof)


def _covert(world: Compiled, deal: Deal, product: str) -> Value:
    found, proof = technology(world, product)
    return Value(Truth.TRUE if found & COVERT else Truth.UNKNOWN, proof)


def _recognition(world: Compiled, deal: Deal, product: str) -> Value:
    found, proof = technology(world, product)
    return Value(Truth.TRUE if found & RECOGNITION else Truth.UNKNOWN, proof)


def listed(code: str) -> bool:
    """Whether an export control code is one of the surveillance entries of Annex I."""
    plain = code.upper().replace(" ", "")
    return any(plain == one or plain.startswith(one + ".") for one in ANNEX_I)


def _annex(world: Compiled, deal: Deal, product: str) -> Value:
    claims = [
        one
        for record in whole(world, product)
        for one in record.by_property.get("controlCode", ())
        if listed(one.statement.value)
    ]
    claims += [
        one
        for record in world.pointing(product, "ExportLicence.product")
        for one in record.by_property.get("goodsCode", ())
        if listed(one.statement.value)
    ]
    return blocking(charge(world, claims))


def _weakens(world: Compiled, deal: Deal, product: str) -> Value:
    records = whole(world, product)
    found = charge(
        world, [one for r in records for one in r.by_property.get("worksBy", ()) if one.statement.value in WEAKENS]
    )
    who = beneficiaries(deal, product)
    sure = [there for id in surely_whole(world, product, who) if (there := world.record(id)) is not None]
    told = [
        one for record in sure for one in record.by_property.get("worksBy", ()) if one.statement.value not in WEAKENS
    ]
    known = any(not objection(world, one, who) for one in told)
    return blocking(found, otherwise=Truth.UNKNOWN if not known or found.alleged else Truth.FALSE)


def product(world: Compiled, record: Record) -> Ruling:
    """Whether a product works by weakening encryption, by the test of the rule that blocks it: whoever's word that hears."""
    claims = [
        one
        for each in whole(world, record.id)
        for one in each.by_property.get("worksBy", ())
        if one.statement.value in WEAKENS
    ]
    found = charge(world, claims)
    return Ruling("weakens", words=(found.proof,)) if found.counts and not found.alleged else Ruling("")


def _kept(world: Compiled, deal: Deal, product: str) -> Value:
    who = beneficiaries(deal, product)
    other = frozenset({"device-intrusion", "network-access", "public-sources", "seized-devices"})
    records = whole(world, product)
    against = [no_alleged(contradicted(world, record, "worksBy", WEAKENS)) for record in records]
    needs = f"That {world.caption(product)} works without weakening encryption, confirmed by an independent publisher."
    hit = next((one for one in against if one.counts), None)
    sure = [there for id in surely_whole(world, product, who) if (there := world.record(id)) is not None]
    return lifting((support(world, record, [("worksBy", other)], who) for record in sure), needs, hit)


FACTS: tuple[Fact, ...] = (
    fact(
        "product.in_scope",
        Of.PRODUCT,
        Polarity.SCOPE,
        _in_scope,
        asks="Is {subject} surveillance technology, of whatever kind?",
        needs="What {subject} is: an entry in the register with its technology.",
    ),
    fact(
        "product.targeted",
        Of.PRODUCT,
        Polarity.SCOPE,
        _targeted,
        asks="Is {subject} aimed at single people or devices?",
        needs="The technology of {subject}, as its vendor, a buyer or an examination describes it.",
    ),
    fact(
        "product.covert",
        Of.PRODUCT,
        Polarity.SCOPE,
        _covert,
        asks="Is {subject} built to watch people covertly?",
        needs="The technology of {subject}, as its vendor, a buyer or an examination describes it.",
    ),
    fact(
        "product.recognition",
        Of.PRODUCT,
        Polarity.SCOPE,
        _recognition,
        asks="Does {subject} recognize or track people, or analyse video?",
        needs="The technology of {subject}, as its vendor, a buyer or an examination describes it.",
    ),
    fact(
        "product.listed_annex_i",
        Of.PRODUCT,
        Polarity.BLOCKS,
        _annex,
        asks="Is {subject} one of the surveillance items of Annex I?",
        needs="The export control code of {subject}: its vendor or a licensing authority can publish it.",
    ),
    fact(
        "product.weakens_encryption",
        Of.PRODUCT,
        Polarity.BLOCKS,
        _weakens,
        asks="Does {subject} work only by weakening encryption for everyone?",
        needs="How {subject} works: whoever examined it can publish it.",
    ),
    fact(
        "product.encryption_kept",
        Of.PRODUCT,
        Polarity.LIFTS,
        _kept,
        asks="Is it confirmed that {subject} does not weaken encryption?",
        needs="That {subject} works without weakening encryption, confirmed by an independent publisher.",
    ),
)
