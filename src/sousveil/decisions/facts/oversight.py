"""Oversight bodies of vendors: independent, of several stakeholders, with human rights groups and others of civil society.

A body with a member whom the vendor pays, or without a human rights group, is not established, whatever it is called. `judge` is the one
test of answers, cells, labels and of the page of oversight bodies. The seats that count for a body are those that its own side, or an
independent publisher, reports; a vendor that it oversees establishes none of them and ends none. What binds a member to the vendor, and the
end of a seat that any other publisher reports, counts against the body. That a body is established takes admissible publishers of the body
and of each seat, its qualities, and the share of civil society.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import by_publisher, charge, firm, first_account, given, reported
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    admissible_owners,
    beneficiaries,
    independent,
    no_alleged,
    objection,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by, ended_by, latest
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
    `rights_not_confirmed`, `no_quality`, `too_narrow`."""
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


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the register shows of a body over a vendor on a day."""

    faults: tuple[Fault, ...]
    """What keeps it from being established; what disqualifies it comes first."""
    seats: tuple[Seat, ...]
    counts: Callable[[Recorded], bool]
    """Which statements count for the body."""
    proof: tuple[str, ...]
    """The statements that establish it, where nothing is wrong."""


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
    group."""
    if not seats:
        return ["no_members"]
    found = [] if any(rights for _, _, rights in seats) else ["no_human_rights_group"]
    if not {side for _, side, _ in seats} & CIVIL:
        found.append("no_civil_society")
    if len(tally((member, side) for member, side, _ in seats if side).sides) < 2:
        found.append("one_constituency" if all(side for _, side, _ in seats) else "kinds_not_told")
    return found


# Whose words count for a body


def behind(world: Compiled, vendor: str) -> frozenset[str]:
    """The vendor and whoever stands behind or below it, by `reported` or better."""
    return frozenset(one.id for one in world.reach(vendor) if not one.tie)


def _counting(world: Compiled, body: Record, group: frozenset[str], who: Beneficiaries) -> Callable[[Recorded], bool]:
    """Which statements count of a body's seats, dates, meetings and opinions: those of the body itself, of its first publisher, and of an
    independent publisher. Allegations never count, nor does what the vendor's group states."""
    first = {_publisher(world, one) for one in first_account(world, body, "OversightBody")}
    side = {body.id, *first} - group

    def counts(one: Recorded) -> bool:
        if not stands(one) or one.statement.standing is Standing.ALLEGED:
            return False
        return _publisher(world, one) in side or not objection(world, one, who)

    return counts


def _publisher(world: Compiled, one: Recorded) -> str:
    return world.base.canonical(world.base.signer(one).publisher)


# Seats


def _seats(
    world: Compiled, body: str, vendor: str, group: frozenset[str], counts: Callable[[Recorded], bool]
) -> Iterator[Seat]:
    """The seats of a body that apply on the day, or may, with how each member is bound to the vendor."""
    vendors = group | world.graph.ties(vendor)
    for record in world.pointing(body, "Membership.organization"):
        if not world.graph.live(record, ("member", "organization")):
            continue
        ends = (one for one in firm(record.stand("endDate")) if counts(one) or _publisher(world, one) not in group)
        over = any(ended_by(world.as_of, one.statement.value) for one in ends)
        others = {one.statement.value for one in record.claims("constituency") if reported(world, one)} - CIVIL
        accounts = by_publisher(world, filter(counts, record.statements)).values()
        for member in ids_of(world, record, "member"):
            ends_of_seat = {("member", member), ("organization", body)}
            named = ({(one.statement.property, world.base.target(one)) for one in many} for many in accounts)
            mine = [many for many, ends in zip(accounts, named, strict=True) if ends_of_seat <= ends]
            account = tuple(chain.from_iterable(mine)) or tuple(filter(stands, record.statements))
            sides = given(account, "constituency")
            bound = _bond(world, record, member, vendors, group)
            yield Seat(
                record=record,
                account=account,
                member=member,
                # For no side where accounts differ, or where anybody reports another side than civil society.
                side=min(sides) if len(sides) == 1 and others <= sides and not over else "",
                human_rights="yes" in given(account, "humanRights") and bound is None and not over,
                counts=bool(mine),
                bound=bound,
            )


def _bond(world: Compiled, seat: Record, member: str, vendors: frozenset[str], group: frozenset[str]) -> Fault | None:
    """How a member of a body is bound to its vendor: FALSE by `reported` or better, else it is not independent as far as is known.
    `vendors`: everybody tied to it in any way; `group`: those behind it, surely."""
    paid = no_alleged(charge(world, seat.claims("paidBy"))).proof
    payers = dict.fromkeys(world.base.target(world.base.statements[id]) for id in paid)
    tied = None
    for id in (*payers, member):
        paying = f"paid by {world.caption(id)}" if id in payers else ""
        if (found := _in_group(world, id, group)) is not None:
            says = f"{paying or f'bound to {world.caption(found[0])}'}, which is the vendor or of its group"
            code = "paid_by_vendor" if paying else "of_vendor_group"
            return Fault(code, says, Truth.FALSE, paid if paying else found[1])
        to = [world.caption(min(near)) for near in [world.graph.ties(id) & vendors] if near]
        to += ["more than are followed, so nobody can see whether to the vendor"] if world.graph.cut(id) else []
        if to and tied is None:
            says = f"{f'{paying}, which is ' if paying else ''}tied to {to[0]}"
            tied = Fault("tied_to_vendor", says, Truth.UNKNOWN, paid if paying else ())
    return tied


def _in_group(world: Compiled, id: str, group: frozenset[str]) -> tuple[str, tuple[str, ...]] | None:
    """Whom of the group somebody is, stands behind, below or for, by what statements; None where that is not on file."""
    for one in world.reach(id):
        if not one.tie and one.id in group:
            return one.id, one.proof
    posts = (one for one in world.graph.links(id) if one.kind in ("post", "officer") and not one.alleged)
    return next(((one.other, one.proof) for one in posts if one.other in group), None)


# The judgement


def judge(world: Compiled, deal: Deal, body: Record, vendor: str, overseen: str = "") -> Judged:
    """What the register shows of a body over a vendor. `overseen`: the owner of the vendor that the body oversees; empty: the vendor."""
    overseen, who, group = overseen or vendor, beneficiaries(deal, vendor), behind(world, vendor)
    counts = _counting(world, body, group, who)
    seats = tuple(_seats(world, body.id, vendor, group, counts))
    found = list[Fault]()
    if overseen not in admissible_owners(world, vendor, who):
        says = f"That {world.caption(overseen)} controls {world.caption(vendor)} is not confirmed."
        found.append(Fault("not_confirmed", says, Truth.UNKNOWN))
    qualities = tuple(one for one in QUALITIES if one != "independent")
    needed: dict[str, Wanted] = {"oversees": overseen, "establishedOn": None, "quality": qualities}
    shown = support(world, body, needed, who).also(independent(world, body, who))
    proof = list(shown.proof)
    if not shown.holds and (shown.why or body.stand("establishedOn")):
        found.append(_unconfirmed(world, shown, body, "the body"))
    found += _against(world, body, seats, counts)
    confirmed, rights = list[tuple[str, str]](), False
    records = {one.record.id: one.record for one in seats}
    for record in records.values():
        shown = support(world, record, {"member": None, "organization": body.id, "constituency": None}, who)
        if not shown.holds:
            found.append(_unconfirmed(world, shown, record, "its members", "member", "constituency"))
            continue
        proven = [world.base.statements[id] for id in shown.proof]
        values = {one.statement.property: world.base.target(one) for one in proven}
        mine = [one for one in seats if one.record.id == record.id and one.member == values["member"]]
        side = values["constituency"] if {one.side for one in mine} == {values["constituency"]} else ""
        confirmed.append((values["member"], side))
        if side in CIVIL and any(one.human_rights for one in mine):
            group_shown = support(world, record, {"humanRights": "yes"}, who)
            proof += group_shown.proof
            rights = rights or group_shown.holds
        proof += shown.proof
    if records and len(confirmed) == len(records):
        total = tally(confirmed)
        if not rights and any(one.human_rights for one in seats):
            says = "No human rights group among its members is confirmed."
            found.append(Fault("rights_not_confirmed", says, Truth.UNKNOWN))
        if total.share < LEAST_SHARE or len(total.sides) < LEAST_SIDES:
            says = f"Civil society holds {total.share:.0%} of its seats, of {len(total.sides)} sides; half, and three sides, are asked for."
            found.append(Fault("too_narrow", says, Truth.UNKNOWN, tuple(id for one in seats for id in one.proof)))
    faults = tuple(sorted(found, key=lambda one: one.truth))
    return Judged(faults=faults, seats=seats, counts=counts, proof=tuple(dict.fromkeys(proof)))


def _against(
    world: Compiled, body: Record, seats: Sequence[Seat], counts: Callable[[Recorded], bool]
) -> Iterator[Fault]:
    """What its dates, the bonds of its members and its seats say against a body. That it began later or ended anybody reports."""
    every = body.stand("establishedOn")
    dates = (one.statement.value for one in every if counts(one) or reported(world, one))
    since = latest(dates) if any(map(counts, every)) else None
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
            yield Fault(one.bound.code, f"{world.caption(one.member)}: {one.bound.says}.", one.bound.truth, one.proof)
    counted = [one for one in seats if one.counts]
    for code in shape([(one.member, one.side, one.human_rights) for one in counted]):
        says, truth = SHAPES[code]
        says = "Nobody whose word counts for it reports its members." if seats and not counted else says
        yield Fault(code, says, truth, tuple(id for one in counted or seats for id in one.proof))


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


def over_each(world: Compiled, body: Record) -> dict[str, Judged]:
    """Company that a body oversees -> the judgement of it, in a deal from which only this company, its group and its States benefit."""
    return {one: judge(world, world.about(one), body, one) for one in ids_of(world, body, "oversees")}


def body(world: Compiled, record: Record) -> Ruling:
    """The same for label and cell: the body is `established`, or `not`; nothing where it is not proven."""
    judged = over_each(world, record).values()
    if against := [id for one in judged for fault in one.faults if fault.truth is Truth.FALSE for id in fault.proof]:
        return Ruling("not", words=tuple((id,) for id in dict.fromkeys(against)))
    if judged and not any(one.faults for one in judged):
        return Ruling("established", words=tuple((id,) for one in judged for id in one.proof))
    return Ruling("")


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
            judged = judge(world, deal, body, vendor, overseen)
            why = tuple(f"{world.caption(body.id)}: {one.says.removesuffix('.')}" for one in judged.faults[:1])
            found.append(Support(why=why) if why else Support(judged.proof))
    return found
