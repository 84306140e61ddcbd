"""Admissibility: whose confirmed account may support a mitigating fact (policy 2).

A mitigating fact needs `confirmed` statements of verified publishers (proof of control of a domain and two vouchers). Admissible are the
competent authority's own act, which shows that the act was done; and a publisher that is neither a party of the deal nor of its group, nor
part of a State, nor in the surveillance trade. Organizations are presumed independent of the State in which they sit; one reported tie
ends that for acts of this State. That something is enforced, open in practice or independent takes two admissible publishers that are not
tied to each other or to each other's vouchers; the authority's own act does not show it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import msgspec

from sousveil.decisions.evidence.accounts import DATED, Charge, Snapshot, charge, in_period, reported, valid, values
from sousveil.decisions.evidence.affiliation import TIE, Affiliations, Link, closure, share
from sousveil.decisions.evidence.dates import ended_by
from sousveil.decisions.index import Signed
from sousveil.decisions.model import Deal
from sousveil.decisions.seats import Seats
from sousveil.decisions.snapshot.names import Resolver
from sousveil.register import types
from sousveil.register.model import Recorded, Standing
from sousveil.register.types.countries import country_name
from sousveil.register.views.records import Record, stands


class Register(Snapshot, ABC):
    """A snapshot with what admissibility asks of it."""

    graph: Affiliations
    seats: Seats
    resolver: Resolver

    @abstractmethod
    def caption(self, subject: str) -> str:
        """The name of an entity or a State."""


class Beneficiaries(NamedTuple):
    """Who benefits from a mitigating fact."""

    entities: frozenset[str]
    """Parties with their groups."""
    states: frozenset[str]
    """States whose acts are judged."""
    acting: frozenset[str]
    """The competent authorities whose own act it is."""


def beneficiaries(deal: Deal | None, *subjects: str, acting: Iterable[str] = (), buyer: bool = True) -> Beneficiaries:
    """Who benefits: in a deal (None: in none) its vendors, buyer and States, besides these entities and States; and whose act it is.

    `buyer=False`: the act is the buyer's own, such as a disclosure, and so no word of somebody who benefits.
    """
    own, states = frozenset(acting), {one for one in subjects if len(one) == 2}
    entities = {*subjects} - states
    if deal is not None:
        entities.update(one.removeprefix(TIE) for one in deal.vendors)
        entities |= deal.end_users if buyer else set()
        states.update(deal.states, deal.home_states, deal.behind_buyer)
    return Beneficiaries(frozenset(entities if buyer else entities - own), frozenset(states), own)


# One statement


def objection(world: Register, one: Recorded, who: Beneficiaries | None) -> str:
    """Why a statement is not admissible, in words; empty where it is. `who=None`: all but the question who benefits."""
    if not stands(one):
        return "it does not stand any more"
    standing = one.statement.standing
    if standing is not Standing.CONFIRMED:
        return f"it is {str(standing).replace('_', ' ')}, not confirmed"
    signed = world.base.signer(one)
    name = publisher_name(world, signed)
    if not signed.verified:
        return f"the key of {name or 'its publisher'} is not verified (domain proof and two vouchers)"
    why = _dependent(world, world.base.author(one), who) if who is not None else ""
    return f"{name} {why}" if why else ""


def _dependent(world: Register, publisher: str | None, who: Beneficiaries) -> str:
    """Why a publisher is not independent of those who benefit, in words; empty where it is."""
    if publisher is None:
        return "is not on file as one organization, so nobody can see whom it belongs to"
    if publisher in who.entities:
        return "benefits from it"
    ties = world.graph.ties(publisher)
    if near := ties & who.entities:
        return f"is tied to {world.caption(min(near))}, who benefits"
    if world.graph.cut(publisher):
        return "is tied to more than are followed, so nobody can see whether it benefits"
    if any(map(world.base.trades, ties)):
        return "trades in surveillance technology, or belongs to somebody who does"
    if publisher in who.acting:
        return ""
    if world.seats.may_be_public(publisher):
        return "is part of a State, and confirms only its own acts"
    if judged := public_seats(world, publisher) & who.states:
        return f"is tied to {country_name(min(judged))}, whose acts are judged"
    if any(world.seats.may_be_public(tie) and not world.seats.of(tie) for tie in ties):
        return "is tied to a public body whose State is not on file"
    return ""


def public_seats(world: Register, id: str) -> frozenset[str]:
    """The States of the public bodies to which an entity is tied, itself included."""
    public = filter(world.seats.may_be_public, world.graph.ties(id))
    return frozenset(seat for one in public for seat in world.seats.of(one))


def vouchers(world: Register, publisher: str | None) -> frozenset[str]:
    """The entities that may have vouched for a publisher."""
    owners = world.base.vouchers.get(publisher or "", ())
    return frozenset(id for owner in owners for id in world.resolver.bearers(owner))


def publisher_name(world: Register, signed: Signed) -> str:
    """The name of whoever signs."""
    return signed.owner if not signed.owner.startswith("sv-") else world.caption(world.base.canonical(signed.owner))


# What statements show together


class Support(msgspec.Struct, frozen=True):
    """What supports a mitigating fact: statements, or why none is admissible."""

    proof: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    """Why statements that say so are not admissible."""

    @property
    def holds(self) -> bool:
        """Whether it mitigates."""
        return bool(self.proof)

    def also(self, other: Support) -> Support:
        """What both support: all or nothing."""
        if self.holds and other.holds:
            return Support(tuple(dict.fromkeys((*self.proof, *other.proof))))
        return other if self.holds else self

    def provided(self, condition: bool, why: str) -> Support:
        """This where a condition holds; else nothing, with the reason."""
        return self if condition or not self.holds else Support(why=(why,))


def first_support(found: Sequence[Support]) -> Support:
    """The first of these that holds; else nothing, with the reasons of all."""
    why = tuple(dict.fromkeys(reason for one in found for reason in one.why))
    return next((one for one in found if one.holds), Support(why=why))


Wanted = str | Collection[str] | None
"""Values of a property that count: this text, one of a set, each of a tuple; None: any."""
Needed = Mapping[str, Wanted]
"""Properties that have to be supported, each with the values that count."""


def support(world: Register, record: Record, needed: Needed, who: Beneficiaries, *, publishers: int = 1) -> Support:
    """For each needed property an admissible statement. All or nothing.

    Where a property has one value, and another admissible publisher gives it another value, nothing is shown. `publishers=2`: for what is
    enforced, open in practice or independent, which takes two publishers apart from each other; no authority's own act counts.
    """
    proof: list[str] = []
    why: list[str] = []
    name = world.caption(record.id)
    pairs = [(name, one) for name, many in needed.items() for one in (many if isinstance(many, tuple) else (many,))]
    for property, value in pairs:
        wanted = None if value is None else frozenset({value} if isinstance(value, str) else value)
        if wanted is not None and _disputed(world, record, property, wanted, who):
            return Support(why=(f"{name}: those who may confirm it differ",))
        fit: dict[str, Recorded] = {}
        for one in record.claims(property):
            if stands(one) and valid(world, one) and (wanted is None or world.base.target(one) in wanted):
                reason = objection(world, one, who) or (_own_act(world, one, who) if publishers > 1 else "")
                if reason:
                    why.append(f"{name}: {reason}")
                else:
                    fit.setdefault(world.base.signer(one).publisher, one)
        sets = combinations(fit.values(), publishers)
        enough = next((many for many in sets if not any(_tied(world, *two) for two in combinations(many, 2))), ())
        if not enough:
            why += [f"{name}: {_more(world, [*fit.values()])}"] if fit else []
            return Support(why=tuple(dict.fromkeys(why)))
        proof += [one.id for one in enough]
    return Support(tuple(dict.fromkeys(proof)))


def independent(world: Register, record: Record, who: Beneficiaries) -> Support:
    """What shows that a body or an inquiry is independent."""
    return support(world, record, {"quality": "independent"}, who, publishers=2)


def _own_act(world: Register, one: Recorded, who: Beneficiaries) -> str:
    """Why a statement shows no more than that an act was done, in words; empty where it is not by whose act it is, or tied to that one."""
    publisher = world.base.author(one)
    if publisher is None or not world.graph.ties(publisher) & who.acting:
        return ""
    return f"{publisher_name(world, world.base.signer(one))} shows that it acted, not how the act works"


def _tied(world: Register, one: Recorded, other: Recorded) -> bool:
    """Whether two publishers are tied to each other or to each other's vouchers."""
    left, right = world.base.author(one), world.base.author(other)
    ties, others = world.graph.ties(left or ""), world.graph.ties(right or "")
    return not ties.isdisjoint(others | vouchers(world, right)) or not others.isdisjoint(vouchers(world, left))


def _more(world: Register, confirmed: Sequence[Recorded]) -> str:
    """What is missing where too few publishers apart from each other confirm a property, in words."""
    names = dict.fromkeys(publisher_name(world, world.base.signer(one)) for one in confirmed)
    statement = confirmed[0].statement
    known = types.property_of(statement.type, statement.property)
    label = str(known.codes.get(statement.value, known.label)) if known is not None else statement.property
    verb = "confirms" if len(names) < 2 else "confirm"
    return f"only {' and '.join(names)} {verb} “{label}”; one independent publisher more has to confirm it"


def _disputed(world: Register, record: Record, name: str, wanted: frozenset[str], who: Beneficiaries) -> bool:
    """Whether another admissible publisher gives a property of one value another than these, or one entry does; or two statuses."""
    fit = admissible(world, record, name, who) if len(record.claims(name)) > 1 else []
    agreeing = [one for one in fit if world.base.target(one) in wanted]
    publishers, entries = {world.base.signer(one).publisher for one in agreeing}, {one.recorded for one in agreeing}
    known = types.property_of(agreeing[0].statement.type, name) if agreeing else None
    single = known is not None and not known.many
    return any(
        (one.recorded in entries and (single or name == "status"))
        or (single and world.base.signer(one).publisher not in publishers)
        for one in fit
        if one not in agreeing
    )


def contradicted(world: Snapshot, record: Record, name: str, against: frozenset[str]) -> Charge:
    """What contradicts a mitigating fact: claims of these values, at the standard of adverse facts."""
    return charge(world, [one for one in record.claims(name) if one.statement.value in against])


def no_alleged(one: Charge) -> Charge:
    """The charge without allegations: they do not undo what is confirmed."""
    return one if not one.alleged else Charge()


# What mitigating facts read of a record: values, links and owners by admissible statements, and by nobody else's


def admissible(world: Register, record: Record, name: str, who: Beneficiaries) -> list[Recorded]:
    """The admissible statements about a property that may be valid on the day."""
    return [one for one in record.claims(name) if valid(world, one) and not objection(world, one, who)]


def admissible_values(world: Register, record: Record, *names: str, who: Beneficiaries) -> frozenset[str]:
    """The values that admissible statements give these properties; of an entity its canonical id."""
    named = (one for name in names for one in admissible(world, record, name, who))
    return frozenset(world.base.target(one) for one in named)


def least_number(world: Register, record: Record, name: str, who: Beneficiaries) -> float:
    """The least number that an admissible statement, or any at `reported` or better, gives; 0 where no admissible one gives any."""
    fitting = admissible(world, record, name, who)
    against = [one for one in record.claims(name) if reported(world, one)]
    return min((float(one.statement.value) for one in (*fitting, *against)), default=0.0) if fitting else 0.0


def admissible_links(world: Register, links: Sequence[Link], who: Beneficiaries) -> bool:
    """Whether admissible statements support both ends of each of these links."""
    ends = [world.base.statements[id] for link in links for id in link.proof]
    return all(link.proof for link in links) and all(_link(world, one, who) for one in ends)


def _link(world: Register, one: Recorded, who: Beneficiaries) -> bool:
    record, named = world.base.records[world.base.canonical(one.statement.subject)], one.statement.property
    if any(reported(world, each) and ended_by(world.as_of, each.statement.value) for each in record.stand("endDate")):
        return False
    fit = [each for each in record.statements if valid(world, each) and not objection(world, each, who)]
    if world.base.target(one) not in map(world.base.target, values(fit, named)):
        return False
    return in_period(world, fit, DATED) and share([fit], firm=False)[2]


def admissible_owners(world: Register, company: str, who: Beneficiaries) -> list[str]:
    """A company and its owners, step by step, by admissible links."""

    def above(id: str) -> Iterable[str]:
        links = (link for link in world.graph.links(id) if link.kind == "owner" and not link.alleged)
        return (one.other for one in links if admissible_links(world, (one,), who))

    return closure([company], above)
