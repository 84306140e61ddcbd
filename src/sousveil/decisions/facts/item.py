"""What the item of the deal is: in scope, how it works, how export control knows it."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, charge
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    admissible_values,
    beneficiaries,
    no_alleged,
    support,
)
from sousveil.decisions.evidence.affiliation import closure
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.reading import Derive, blocking, blocks, ids_of, lifts, scope
from sousveil.decisions.model import Deal, Ruling, Truth
from sousveil.register.views.records import Record

RECOGNITION = frozenset("biometrics location video".split())
"""What the guidelines of 2024 on unlisted items look at besides: recognition, tracking, video."""
COVERT = frozenset(
    "intrusion exploit interception-mobile interception-network signalling monitoring-centre malvertising".split()
)
ANNEX_I = tuple(one.upper() for one in parameters.codes("eu-2021-821", "listed_items"))
"""Entries of Annex I that the Commission groups as surveillance items."""
WEAKENS = "weakening-encryption"
OTHERWISE = frozenset({"device-intrusion", "network-access", "public-sources", "seized-devices"})
"""How a product works without weakening encryption."""


def _whole(world: Compiled, product: str | None) -> list[Record]:
    """The product and what it is part of; where people contest what that is, each that it may be."""

    def above(id: str) -> Iterable[str]:
        parts = ids_of(world, record, "partOf") if (record := world.record(id)) is not None else ()
        return (each for one in parts for each in (one, *world.graph.same(one)))

    records = map(world.record, closure([product] if product is not None else (), above))
    return [record for record in records if record is not None]


def whole_ids(world: Compiled, product: str | None) -> frozenset[str]:
    """Ids of the product and of what it is part of, or may be."""
    return frozenset(one.id for one in _whole(world, product))


def certainly_whole(world: Compiled, product: str | None, who: Beneficiaries) -> frozenset[str]:
    """For lifting: the product, and what it is part of by admissible statements; nobody else widens what was proven for a product."""

    def above(id: str) -> Iterable[str]:
        named = admissible_values(world, record, "partOf", who=who) if (record := world.record(id)) is not None else ()
        return (one for one in sorted(named) if not world.graph.same(one))

    ids = closure([product] if product is not None else (), above)
    return frozenset(id for id in ids if world.record(id) is not None)


_NEEDS = "The technology of {subject}, as its vendor, a buyer or an examination describes it."


def _works_as(kinds: frozenset[str] | None) -> Derive:
    """Whether a technology of these kinds is on file for a product. None: any product of a deal is surveillance technology."""

    def derive(world: Compiled, deal: Deal, product: str) -> Value:
        claims = [one for record in _whole(world, product) for one in record.stand("category")]
        known = kinds is None or any(one.statement.value in kinds for one in claims)
        return Value(Truth.TRUE if known else Truth.UNKNOWN, tuple(one.id for one in claims))

    return derive


for _name, _kinds, _asks in (
    ("in_scope", None, "Is {subject} surveillance technology, of whatever kind?"),
    ("covert", COVERT, "Is {subject} built to watch people covertly?"),
    ("recognition", RECOGNITION, "Does {subject} recognize or track people, or analyse video?"),
):
    scope(f"product.{_name}", asks=_asks, needs=_NEEDS)(_works_as(_kinds))


def listed(code: str) -> bool:
    """Whether an export control code is one of the surveillance entries of Annex I."""
    plain = code.upper().replace(" ", "")
    return any(plain == one or plain.startswith(one + ".") for one in ANNEX_I)


@blocks(
    "product.listed_annex_i",
    asks="Is {subject} one of the surveillance items of Annex I?",
    needs="The export control code of {subject}: its vendor or a licensing authority can publish it.",
)
def _annex(world: Compiled, deal: Deal, product: str) -> Charge:
    codes = [one for record in _whole(world, product) for one in record.claims("controlCode")]
    codes += [one for record in world.pointing(product, "ExportLicence.product") for one in record.claims("goodsCode")]
    return charge(world, [one for one in codes if listed(one.statement.value)])


def _weakening(world: Compiled, product: str) -> Charge:
    claims = (one for record in _whole(world, product) for one in record.claims("worksBy"))
    return charge(world, [one for one in claims if one.statement.value == WEAKENS])


def _otherwise(world: Compiled, deal: Deal, product: str) -> list[Support]:
    who = beneficiaries(deal, product)
    sure = (world.base.records[id] for id in sorted(certainly_whole(world, product, who)))
    return [support(world, one, {"worksBy": OTHERWISE}, who) for one in sure]


@blocks(
    "product.weakens_encryption",
    asks="Does {subject} work only by weakening encryption for everyone?",
    needs="How {subject} works: whoever examined it can publish it.",
)
def _weakens(world: Compiled, deal: Deal, product: str) -> Value:
    weakening = _weakening(world, product)
    known = not weakening.alleged and any(one.holds for one in _otherwise(world, deal, product))
    return blocking(weakening, otherwise=Truth.FALSE if known else Truth.UNKNOWN)


def product(world: Compiled, record: Record) -> Ruling:
    """Whether a product works by weakening encryption, by the test of the rule that blocks it: whoever's word that hears."""
    weakening = _weakening(world, record.id)
    return Ruling("weakens", words=(weakening.proof,)) if weakening.counts and not weakening.alleged else Ruling("")


@lifts(
    "product.encryption_kept",
    asks="Is it confirmed that {subject} does not weaken encryption?",
    needs="That {subject} works without weakening encryption, confirmed by an independent publisher.",
)
def _kept(world: Compiled, deal: Deal, product: str) -> tuple[list[Support], Charge]:
    return _otherwise(world, deal, product), no_alleged(_weakening(world, product))
