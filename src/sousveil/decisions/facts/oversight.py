"""Oversight bodies of vendors: independent, of several stakeholders, with human rights groups and others of civil society.

A body with a member whom the vendor pays, or without a human rights group, is not established, whatever it is called. `shown` judges its
dates, bonds and seats by who reports them; needs and labels ask it. `faults` adds what a mitigating fact needs: admissible publishers of
the body and of each seat, its qualities, and the share of civil society; answers and the page of oversight bodies ask it. The seats that
count for a body are those that its own side, or an independent publisher, reports; a vendor that it oversees establishes none of them and
ends none. What binds a member to the vendor, and the end of a seat that any other publisher reports, counts against the body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import by_publisher, charge, firm, first_account, reported
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    admissible_owners,
    admissible_values,
    beneficiaries,
    independent,
    no_alleged,
    objection,
    support,
)
from sousveil.decisions.evidence.affiliation import closure
from sousveil.decisions.evidence.dates import certainly_by, ended_by, latest
from sousveil.decisions.facts.offices import lifting_date
from sousveil.decisions.facts.reading import ids_of, lifts
from sousveil.decisions.model import Deal, Ruling, Truth
from sousveil.register import edtf
from sousveil.register.model import Recorded, Standing
from sousveil.register.views import words
from sousveil.register.views.records import Record, stands

CIVIL = frozenset({"civil-society", "affected-people"})
"""Constituencies that count as civil society."""
QUALITIES = ("independent", "multi-stakeholder", "human-rights-groups", "civil-society")
LEAST_SHARE = 0.5
"""Share of civil society and people affected among the members from which on a body is of several stakeholders and not of one."""
LEAST_SIDES = 3
"""Constituencies that a body of several stakeholders has at least."""
SHAPES = {
    "no_members": ("No member is on file for this day.", Truth.UNKNOWN),
    "no_human_rights_group": ("No independent human-rights group is a member.", Truth.FALSE),
    "no_civil_society": ("Nobody of civil society is a member.", Truth.FALSE),
    "one_constituency": ("All its members are of one kind: it does not join several groups of society.", Truth.FALSE),
    "kinds_not_told": ("It is not on file that its members are of several groups of society.", Truth.UNKNOWN),
}
"""What is wrong with the seats of a body."""


class Fault(msgspec.Struct, frozen=True):
    """Why a body is not established, or not proven to be."""

    code: str
    """`paid_by_vendor`, `of_vendor_group`, `tied_to_vendor`, `no_date`, `not_yet`, `ended`, one of `SHAPES`; `not_confirmed`,
    `rights_not_confirmed`, `no_quality`, `too_narrow`, `only_alleged`."""
    says: str
    """A sentence of the body, without its name."""
    truth: Truth
    """FALSE: it is shown not to be established; UNKNOWN: it is not proven."""
    proof: tuple[str, ...] = ()


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A membership on the day."""

    record: Record
    account: tuple[Recorded, ...]
    """The statements that count for the body; all that stand where the seat does not count."""
    member: str
    side: str
    """The constituency for which it speaks; empty: for none as far as is known."""
    human_rights: bool
    """It is a human rights group that is not bound to the vendor."""
    counts: bool
    """Whether the body's side, or an independent publisher, reports it: only these seats are counted for the body."""
    bound: Fault | None
    """How its member hangs together with the vendor: "paid by Ostrel Trading FZE, which is the vendor or of its group"."""

    @property
    def proof(self) -> tuple[str, ...]:
        """The statements of the seat, and of what binds its member."""
        return (*(one.id for one in filter(stands, self.record.statements)), *(self.bound.proof if self.bound else ()))


class Tally(NamedTuple):
    """What seats make of a body."""

    civil: int
    """Members for civil society and people affected."""
    seats: int
    sides: frozenset[str]

    @property
    def share(self) -> float:
        """Of civil society and people affected, 0 to 1."""
        return self.civil / self.seats if self.seats else 0.0


def tally(seats: Iterable[tuple[str, str]]) -> Tally:
    """What seats (member, side) make of a body. A member of civil society counts once; one that speaks for several sides speaks for
    none. Each other seat counts."""
    many = list(seats)
    sides: dict[str, set[str]] = {}
    for member, side in many:
        sides.setdefault(member, set()).add(side)
    of = {member: next(iter(found)) if len(found) == 1 else "" for member, found in sides.items()}
    civil = sum(side in CIVIL for side in of.values())
    others = sum(of[member] not in CIVIL for member, _ in many)
    return Tally(civil, civil + others, frozenset(of.values()) - {""})


def shape(seats: Sequence[tuple[str, str, bool]]) -> list[str]:
    """What is wrong with these seats, as codes of `SHAPES`. Each is a member, its side, and whether it is an independent human rights
    group. Several seats of one member join no several groups of society."""
    if not seats:
        return ["no_members"]
    found = [] if any(rights for _, _, rights in seats) else ["no_human_rights_group"]
    if not {side for _, side, _ in seats} & CIVIL:
        found.append("no_civil_society")
    kinds: dict[str, set[str]] = {}
    for member, side, _ in seats:
        if side:
            kinds.setdefault(member, set()).add(side)
    if len(kinds) < 2 or set.intersection(*kinds.values()):
        found.append("one_constituency" if all(side for _, side, _ in seats) else "kinds_not_told")
    return found


# Whose words count for a body


def counting(
    world: Compiled,
    body: Record,
    overseen: Sequence[str],
    benefiting: Sequence[Beneficiaries],
    selling: Sequence[str] = (),
) -> Callable[[Recorded], bool]:
    """Which statements count of a body's seats, dates, meetings and opinions: those of its own side, which are of its first publisher, of
    the body and of what it is part of; and those of a publisher that is independent of all who benefit. Allegations never count, and no
    statement of a vendor that it oversees, of one of `selling`, or of their groups. The users whom a community board oversees are no
    vendors."""
    first = first_account(world, body, "OversightBody")
    community = {"community"} == {one.statement.value for one in first if one.statement.property == "bodyKind"}
    sellers = [*selling, *(one for one in overseen if not community or world.base.trades(one))]
    vendors = frozenset[str]().union(*(behind(world, one) for one in sellers))

    def above(id: str) -> Iterable[str]:
        there = world.record(id)
        account = first_account(world, there) if there is not None else ()
        return (world.base.target(one) for one in account if one.statement.property == "partOf")

    side = {*closure([body.id], above), *(_publisher(world, one) for one in first)} - vendors

    def counts(one: Recorded) -> bool:
        if not stands(one) or one.statement.standing is Standing.ALLEGED:
            return False
        if _publisher(world, one) in side:
            return True
        return bool(benefiting) and not any(objection(world, one, who) for who in benefiting)

    return counts


def _publisher(world: Compiled, one: Recorded) -> str:
    return world.base.canonical(world.base.signer(one).publisher)


# Seats


def members(world: Compiled, body: str) -> list[Record]:
    """Memberships of a body that apply on the day, or may, by the accounts of those who report them."""
    seats = world.pointing(body, "Membership.organization")
    return [one for one in seats if world.graph.live(one, ("member", "organization"))]


def seats_of(world: Compiled, body: str, overseen: Iterable[str], counts: Callable[[Recorded], bool]) -> list[Seat]:
    """The seats of a body, with how each member is bound to those that it oversees."""
    companies = list(overseen)
    group = frozenset[str]().union(*(behind(world, one) for one in companies))
    vendors = group.union(*(world.graph.ties(one) for one in companies))
    found = []
    for record in members(world, body):
        ends = (one for one in firm(record.stand("endDate")) if counts(one) or _publisher(world, one) not in group)
        over = any(ended_by(world.as_of, one.statement.value) for one in ends)
        counted = list(by_publisher(world, filter(counts, record.statements)).values())
        other = {one.statement.value for one in record.claims("constituency") if reported(world, one)} - CIVIL
        for member in ids_of(world, record, "member"):
            wanted = {("member", member), ("organization", body)}
            mine = [
                many for many in counted if wanted <= {(one.statement.property, world.base.target(one)) for one in many}
            ]
            account = tuple(chain.from_iterable(mine)) or tuple(filter(stands, record.statements))
            sides = {one.statement.value for one in account if one.statement.property == "constituency"}
            # For no side where its accounts differ, or where anybody reports another side than civil society.
            side = next(iter(sides)) if len(sides) == 1 and other <= sides and not over else ""
            rights = any((one.statement.property, one.statement.value) == ("humanRights", "yes") for one in account)
            bound = bond(world, record, member, vendors, group)
            rights = rights and bound is None and not over
            seat = Seat(
                record=record,
                account=account,
                member=member,
                side=side,
                human_rights=rights,
                counts=bool(mine),
                bound=bound,
            )
            found.append(seat)
    return found


def _admissible_seats(world: Compiled, seats: Sequence[Seat], who: Beneficiaries) -> Iterator[tuple[str, str]]:
    """Member and side of each seat that counts, by admissible statements. A seat with several members has one nameless member."""
    for id, record in {one.record.id: one.record for one in seats if one.counts}.items():
        many = admissible_values(world, record, "member", who=who)
        given = {one.side for one in seats if one.record.id == id and one.member in many}
        side = given & admissible_values(world, record, "constituency", who=who) if len(given) == 1 else set[str]()
        yield next(iter(many)) if len(many) == 1 else id, next(iter(side), "")


def behind(world: Compiled, vendor: str) -> frozenset[str]:
    """The vendor and whoever stands behind or below it, by `reported` or better."""
    return frozenset(one.id for one in world.reach(vendor) if not one.tie)


def bond(world: Compiled, seat: Record, member: str, vendors: frozenset[str], group: frozenset[str]) -> Fault | None:
    """How a member of a body is bound to its vendor: FALSE by `reported` or better, else it is not independent as far as is known.
    `vendors`: everybody tied to it in any way; `group`: those behind it, surely."""
    paid, payers = no_alleged(charge(world, seat.claims("paidBy"))), ids_of(world, seat, "paidBy")
    near = [*((one, True) for one in payers if paid.counts), (member, False)]
    for id, paying in near:
        if (of := (id, ()) if id in group else _group_of(world, id, group)) is not None:
            other, proof = of
            says = f"paid by {world.caption(id)}" if paying else f"bound to {world.caption(other)}"
            code = "paid_by_vendor" if paying else "of_vendor_group"
            says = f"{says}, which is the vendor or of its group"
            return Fault(code, says, Truth.FALSE, paid.proof if paying else proof)
    for id, paying in near:
        if tied := world.graph.ties(id) & vendors:
            to = world.caption(min(tied))
            says = f"paid by {world.caption(id)}, which is tied to {to}" if paying else f"tied to {to}"
            return Fault("tied_to_vendor", says, Truth.UNKNOWN, paid.proof if paying else ())
    if any(world.graph.cut(one) for one in (member, *payers)):
        says = "tied to more than are followed, so nobody can see whether to the vendor"
        return Fault("tied_to_vendor", says, Truth.UNKNOWN)
    return None


def _group_of(world: Compiled, id: str, group: frozenset[str]) -> tuple[str, tuple[str, ...]] | None:
    """Whom of the group somebody stands behind, below or for, by what statements; None where that is not on file."""
    for one in world.reach(id):
        if not one.tie and one.id in group:
            return one.id, tuple(proof for link in one.path for proof in link.proof)
    for link in world.graph.links(id):
        if link.kind in ("post", "officer") and not link.alleged and link.other in group:
            return link.other, link.proof
    return None


# What speaks against a body


def _against(world: Compiled, body: Record, seats: Sequence[Seat], since: str | None) -> Iterator[Fault]:
    """What its dates, the bonds of its members and its seats say against a body. That it ended anybody reports."""
    every = body.stand("establishedOn", "incorporationDate")
    if not certainly_by(world.as_of, since):
        later = since is not None and edtf.holds(since, edtf.OPEN, world.as_of) is False
        says = (
            f"It exists only since {words.date(since)}."
            if since
            else "Nobody whose word counts says since when it exists."
        )
        code, truth = "not_yet" if since else "no_date", Truth.FALSE if later else Truth.UNKNOWN
        yield Fault(code, says, truth, tuple(one.id for one in every))
    for end in [one for one in body.stand("dissolutionDate") if ended_by(world.as_of, one.statement.value)][:1]:
        yield Fault("ended", f"It ended on {words.date(end.statement.value)}.", Truth.FALSE, (end.id,))
    for one in seats:
        if one.bound is not None:
            says = f"{world.caption(one.member)}: {one.bound.says}."
            yield Fault(one.bound.code, says, one.bound.truth, one.proof)
    counted = [one for one in seats if one.counts]
    for code in shape([(one.member, one.side, one.human_rights) for one in counted]):
        says, truth = SHAPES[code]
        says = "Nobody whose word counts for it reports its members." if seats and not counted else says
        yield Fault(code, says, truth, tuple(id for one in counted or seats for id in one.proof))


def _since(body: Record, counts: Callable[[Recorded], bool]) -> str | None:
    """Since when a body exists, by those whose word counts."""
    names = ("establishedOn", "incorporationDate")
    days = (latest(one.statement.value for one in body.stand(name) if counts(one)) for name in names)
    return next(filter(None, days), None)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the seats and dates of a body show on a day, by whoever's word counts for it; confirmed or not."""

    faults: tuple[Fault, ...]
    """What disqualifies comes first."""
    seats: tuple[Seat, ...]
    overseen: tuple[str, ...]
    counts: Callable[[Recorded], bool]
    proof: tuple[str, ...]
    """The statements on which TRUE rests."""

    @property
    def truth(self) -> Truth:
        """FALSE where something disqualifies it, UNKNOWN where something is missing."""
        return min((one.truth for one in self.faults), default=Truth.TRUE)

    @property
    def tally(self) -> Tally:
        """Of the seats that count."""
        return tally((one.member, one.side) for one in self.seats if one.counts)

    @property
    def human_rights_groups(self) -> int:
        """Members that are independent human rights groups."""
        return len({one.member for one in self.seats if one.counts and one.human_rights})


def shown(world: Compiled, body: Record, vendors: Iterable[str] = ()) -> Shown:
    """What seats and dates of a body show. `vendors`: companies that it must be independent of, apart from those that it oversees."""
    selling, own = tuple(vendors), ids_of(world, body, "oversees")
    overseen = tuple(dict.fromkeys((*own, *selling)))
    deals = map(world.about, overseen)
    counts = counting(world, body, own, [beneficiaries(one) for one in deals], selling)
    seats = tuple(seats_of(world, body.id, overseen, counts))
    faults = list(_against(world, body, seats, _since(body, counts)))
    if own and not firm(body.stand("oversees")):
        ids = tuple(one.id for one in body.stand("oversees"))
        faults.append(Fault("only_alleged", "Whom it oversees is only alleged.", Truth.UNKNOWN, ids))
    proof = [one.id for one in body.stand("name", "mandate", "establishedOn", "oversees")]
    return Shown(
        faults=tuple(sorted(faults, key=lambda one: one.truth)),
        seats=seats,
        overseen=overseen,
        counts=counts,
        proof=tuple(dict.fromkeys((*proof, *(id for one in seats for id in one.proof)))),
    )


def body(world: Compiled, record: Record) -> Ruling:
    """The same for label and cell: the body is `established`, or `not`; the rule of (g) also asks what confirms its seats."""
    found = shown(world, record)
    says = {Truth.TRUE: "established", Truth.FALSE: "not", Truth.UNKNOWN: ""}[found.truth]
    against = [id for one in found.faults if one.truth is Truth.FALSE for id in one.proof]
    return Ruling(says, words=tuple((one,) for one in dict.fromkeys(against or found.proof)))


# The facts


@lifts(
    "vendor.oversight_established",
    asks="Does an independent body of several stakeholders oversee {subject}?",
    needs="An established oversight body for {subject}: independent, of several stakeholders, with human rights groups and others of civil "
    "society, nobody in it paid by the vendor; confirmed by an independent publisher, its independence by two.",
)
def _established(world: Compiled, deal: Deal, vendor: str) -> list[Support]:
    found = []
    for overseen in (one.id for one in world.graph.owners(vendor)):
        for body in world.pointing(overseen, "OversightBody.oversees"):
            proof: dict[str, None] = {}
            fault = next(faults(world, deal, body, vendor, overseen, proof), None)
            why = (f"{world.caption(body.id)}: {fault.says.removesuffix('.')}",) if fault is not None else ()
            found.append(Support(why=why) if why else Support(tuple(proof)))
    return found


def faults(
    world: Compiled, deal: Deal, body: Record, vendor: str, overseen: str, proof: dict[str, None]
) -> Iterator[Fault]:
    """What keeps a body from being established over a vendor; none: it is. The one test of decisions and of pages.

    `proof` is filled with the statements on which it rests where nothing is wrong.
    """
    who = beneficiaries(deal, vendor)
    if overseen not in admissible_owners(world, vendor, who):
        says = f"That {world.caption(overseen)} controls {world.caption(vendor)} is not confirmed."
        yield Fault("not_confirmed", says, Truth.UNKNOWN)
    others = tuple(one for one in QUALITIES if one != "independent")
    needed: dict[str, Wanted] = {"oversees": overseen, "establishedOn": None, "quality": others}
    found = support(world, body, needed, who).also(independent(world, body, who))
    proof.update(dict.fromkeys(found.proof))
    counts = counting(world, body, (), [who], [vendor])
    if not found.holds and (found.why or body.stand("establishedOn")):
        yield _unconfirmed(world, found, body, "the body")
    confirmed_on = lifting_date(world, body, "establishedOn", who, latest=True) if found.holds else None
    seats = seats_of(world, body.id, [vendor], counts)
    wrong = list(_against(world, body, seats, confirmed_on or _since(body, counts)))
    yield from wrong
    confirmed, rights = bool(seats), False
    for seat in {one.record.id: one.record for one in seats}.values():
        found = support(world, seat, {"member": None, "organization": body.id, "constituency": None}, who)
        proof.update(dict.fromkeys(found.proof))
        if any(one.record.id == seat.id and one.human_rights and one.side in CIVIL for one in seats):
            group = support(world, seat, {"humanRights": "yes"}, who)
            proof.update(dict.fromkeys(group.proof))
            rights = rights or group.holds
        if not found.holds:
            confirmed = False
            yield _unconfirmed(world, found, seat, "its members", "member", "constituency")
    codes_of_shape = {one.code for one in wrong} & SHAPES.keys()
    if confirmed and not rights and "no_human_rights_group" not in codes_of_shape:
        yield Fault("rights_not_confirmed", "No human rights group among its members is confirmed.", Truth.UNKNOWN)
    total = tally(_admissible_seats(world, seats, who))
    narrow = total.share < LEAST_SHARE or len(total.sides) < LEAST_SIDES
    if narrow and confirmed and codes_of_shape <= {"no_human_rights_group"}:
        says = f"Civil society holds {total.share:.0%} of its seats, of {len(total.sides)} sides; half, and three sides, are asked for."
        yield Fault("too_narrow", says, Truth.UNKNOWN, tuple(id for one in seats for id in one.proof))


def _unconfirmed(world: Compiled, found: Support, record: Record, what: str, *names: str) -> Fault:
    """That claims do not count, and why; or that nobody makes them."""
    why = dict.fromkeys(one.removeprefix(f"{world.caption(record.id)}: ") for one in found.why)
    says = (
        f"Claims about {what} do not count: {'; '.join(why)}."
        if why
        else f"Not all that is asked of {what} is confirmed."
    )
    proof = tuple(one.id for one in record.stand(*names))
    return Fault("not_confirmed" if why or names else "no_quality", says, Truth.UNKNOWN, proof)
