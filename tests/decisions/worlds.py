"""Small worlds by hand: who is in a deal, and what facts say about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import msgspec

from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.model import Deal, FactShown, Gap, Party, Question, Truth
from sousveil.decisions.rules.pack import Pack, read_pack

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def fact(name: str, of: Of, polarity: Polarity) -> Fact:
    """A fact that a small world answers for."""
    return Fact(
        name=name,
        of=of,
        polarity=polarity,
        asks=f"{name} of {{subject}}?",
        needs=f"{name} of {{subject}}",
        derive=lambda world, deal, subject: Value(UNKNOWN),
    )


FACTS = {
    one.name: one
    for one in (
        fact("product.in_scope", Of.PRODUCT, Polarity.SCOPE),
        fact("product.weakens", Of.PRODUCT, Polarity.BLOCKS),
        fact("buyer.agency", Of.BUYER, Polarity.SCOPE),
        fact("buyer.abuse", Of.BUYER, Polarity.BLOCKS),
        fact("deal.approved", Of.DEAL, Polarity.LIFTS),
        fact("deal.rejected", Of.DEAL, Polarity.BLOCKS),
        fact("state.safeguards", Of.STATE, Polarity.LIFTS),
        fact("state.remedy", Of.STATE, Polarity.LIFTS),
        fact("state.incident", Of.STATE, Polarity.BLOCKS),
        fact("vendor.body", Of.VENDOR, Polarity.LIFTS),
        fact("vendor.diligence", Of.VENDOR, Polarity.LIFTS),
        fact("vendor.listed", Of.VENDOR, Polarity.BLOCKS),
        fact("vendor.abuse", Of.VENDOR, Polarity.BLOCKS),
    )
}

HEAD = """
pack: {name}
title: {name}
version: "1"
what: Invented.
binds: Nobody.
in_force: {{from: 2021-07-27}}
citation: {{instrument: Invented act, url: "https://act.example/", seen: seen}}
open_condition: {open_condition}
rules:
"""


def pack(
    rules: str, name: str = "letter-2021", open_condition: str = "blocked", facts: Mapping[str, Fact] = FACTS
) -> Pack:
    """A pack out of its rules."""
    text = HEAD.format(name=name, open_condition=open_condition) + rules
    return read_pack(text.encode(), f"{name}.yaml", facts)


@dataclass
class SmallWorld:
    """What the world holds: values by fact and subject, and one deal whoever asks."""

    values: dict[tuple[str, str], Value] = field(default_factory=dict)
    product: str | None = "P"
    buyer: str | None = "B"
    states: tuple[str, ...] = ("xa", "xb")
    home_states: tuple[str, ...] = ("xa",)
    exporting_states: tuple[str, ...] = ("xa",)
    buyer_states: tuple[str, ...] = ("xb",)
    vendors: tuple[str, ...] = ("S", "T")
    gaps: tuple[Gap, ...] = ()
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names that are not resolved, with those they could be."""
    as_of: str = "2026-11-25"
    known_on: int = 7
    log_size: int = 9

    def deal(self, question: Question, sure: Collection[str] = ()) -> Deal:
        rows = [("product", question.product), ("supplier", question.supplier), ("end_user", question.end_user)]
        rows += [("via", name) for name in question.via]
        parties = tuple(
            Party(role=role, asked=name, id=None if name in self.names else name, candidates=self.names.get(name, ()))
            for role, name in rows
        )
        known = {party.role: party.id for party in parties}
        return Deal(
            question=msgspec.structs.replace(question, as_of=question.as_of or self.as_of, known_on=self.known_on),
            parties=parties,
            states=self.states,
            vendors=tuple(
                sorted(
                    {*self.vendors, *(party.id for party in parties if party.id and party.role in ("supplier", "via"))}
                )
            ),
            product=known["product"],
            buyer=known["end_user"],
            home_states=self.home_states,
            exporting_states=self.exporting_states,
            buyer_states=self.buyer_states,
            gaps=self.gaps,
        )

    def caption(self, subject: str) -> str:
        return {"xa": "Xaland", "xb": "Xbland"}.get(subject, subject)

    def shown(self, statement: str) -> FactShown:
        return FactShown(
            statement=statement, says=f"{statement} says so", source="A source", standing="confirmed", date="2020-01-01"
        )

    def value(self, fact: Fact, subject: str, deal: Deal) -> Value:
        return self.values.get((fact.name, subject), Value(UNKNOWN))

    def notes(self, deal: Deal) -> tuple[str, ...]:
        return ()


def question(action: str = "sale", **more: object) -> Question:
    """The one question."""
    from sousveil.decisions.model import Action

    rows = {"product": "P", "supplier": "S", "end_user": "B", "country": "xb"} | more
    return Question(action=Action(action), **rows)  # type: ignore[arg-type]
