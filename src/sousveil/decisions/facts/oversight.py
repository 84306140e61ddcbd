"""Oversight bodies of vendors: independent, of several stakeholders, with human rights groups and others of civil society.

A body with a member whom the vendor pays, or without a human rights group, is not established, whatever it is called. `judge` is the one
test of answers, cells, labels and of the page of oversight bodies. What anybody but the vendor's group reports counts against a body: its
dates, whom it seats, who pays a member. That it is established takes admissible publishers of the body and of each seat, its qualities, and
the share of civil society.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import by_publisher, charge, given, values
from sousveil.decisions.evidence.admissibility import (
    Support,
    Wanted,
    admissible_owners,
    admissible_values,
    beneficiaries,
    independent,
    no_alleged,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by, ended_by, latest
from sousveil.decisions.facts.reading import ids_of, lifts
from sousveil.decisions.model import Deal, Ruling
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
    "no_members": ("No member is on file for this day.", False),
    "no_human_rights_group": ("No independent human-rights group is a member.", True),
    "no_civil_society": ("Nobody of civil society is a member.", True),
    "one_constituency": ("All its members are of one kind: it does not join several groups of society.", True),
    "kinds_not_told": ("It is not on file that its members are of several groups of society.", False),
}
"""What is wrong with the seats of a body, and whether it disqualifies it."""


class Fault(msgspec.Struct, frozen=True):
    """Why a body is not established, or not proven to be."""

    code: str
    """`paid_by_vendor`, `of_vendor_group`, `tied_to_vendor`, `no_date`, `not_yet`, `ended`, one of `SHAPES`; `not_confirmed`,
    `rights_not_confirmed`, `too_narrow`."""
    says: str
    """A sentence of the body, without its name."""
    disqualifies: bool
    """It is shown not to be established; else it is not proven."""
    statements: tuple[str, ...] = ()


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A membership on the day."""

    record: Record
    member: str
    account: tuple[Recorded, ...]
    """The statements that count; all that stand where the seat does not count."""
    sides: frozenset[str]
    """The constituencies for which it speaks."""
    human_rights: bool
    """It is a human rights group that is not bound to the vendor."""
    counts: bool
    """Whether anybody but the vendor's group reports it."""
    bound: Fault | None
    """How its member hangs together with the vendor: "paid by Ostrel Trading FZE, which is the vendor or of its group"."""

    @property
    def proof(self) -> tuple[str, ...]:
        """The statements of the seat, and of what binds its member."""
        bond = self.bound.statements if self.bound is not None else ()
        return (*(one.id for one in filter(stands, self.record.statements)), *bond)


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the register shows of a body over a vendor on a day."""

    faults: tuple[Fault, ...]
    """What keeps it from being established; what disqualifies it comes first."""
    seats: tuple[Seat, ...]
    proof: tuple[str, ...]
    """The statements that establish it, where nothing is wrong."""


def tally(seats: Iterable[tuple[str, Collection[str]]]) -> tuple[float, frozenset[str]]:
    """The share of civil society and people affected in seats (member, sides), 0 to 1, and the sides. A member of civil society counts
    once; one that speaks for several sides speaks for none. Each other seat counts."""
    many, sides = list(seats), dict[str, set[str]]()
    for member, given_sides in many:
        sides.setdefault(member, set()).update(given_sides or {""})
    of = {member: min(found) if len(found) == 1 else "" for member, found in sides.items()}
    civil = sum(side in CIVIL for side in of.values())
    others = sum(of[member] not in CIVIL for member, _ in many)
    return civil / (civil + others) if many else 0.0, frozenset(of.values()) - {""}


# Seats


def behind(world: Compiled, vendor: str) -> frozenset[str]:
    """The vendor, its owners and its subsidiaries, by `reported` or better."""
    return frozenset(one.id for one in world.graph.reach(vendor) if not one.tie)


def _seats(
    world: Compiled, body: str, vendor: str, group: frozenset[str], counts: Callable[[Recorded], bool]
) -> Iterator[Seat]:
    """The seats of a body that apply on the day, or may, with how each member is bound to the vendor."""
    vendors = group | world.graph.ties(vendor)
    for record in world.pointing(body, "Membership.organization"):
        if not world.graph.live(record, ("member", "organization")):
            continue
        over = any(ended_by(world.as_of, one.statement.value) for one in filter(counts, record.stand("endDate")))
        accounts = by_publisher(world, filter(counts, record.statements)).values()
        for member in ids_of(world, record, "member"):
            mine = [many for many in accounts if member in map(world.base.target, values(many, "member"))]
            account = tuple(chain.from_iterable(mine)) or tuple(filter(stands, record.statements))
            bound = _bond(world, record, member, vendors, group)
            yield Seat(
                record=record,
                member=member,
                account=account,
                sides=frozenset() if over else frozenset(given(account, "constituency")),
                human_rights="yes" in given(account, "humanRights") and bound is None and not over,
                counts=bool(mine),
                bound=bound,
            )


def _bond(world: Compiled, seat: Record, member: str, vendors: frozenset[str], group: frozenset[str]) -> Fault | None:
    """How a member of a body is bound to its vendor: it disqualifies by `reported` or better, else it may. `vendors`: everybody tied to it
    in any way; `group`: those behind it, surely."""
    paid = no_alleged(charge(world, seat.claims("paidBy"))).proof
    payers = dict.fromkeys(world.base.target(world.base.statements[id]) for id in paid)
    tied = None
    for id in (*payers, member):
        paying, graph = f"paid by {world.caption(id)}, which is " if id in payers else "", world.graph
        posts = (one for one in graph.links(id) if one.kind in ("post", "officer") and not one.alleged)
        found = [(one.id, one.proof) for one in world.graph.reach(id) if not one.tie and one.id in group]
        found += [(one.other, one.proof) for one in posts if one.other in group]
        if found:
            says = f"{paying or f'bound to {world.caption(found[0][0])}, which is '}the vendor or of its group"
            return Fault("paid_by_vendor" if paying else "of_vendor_group", says, True, paid if paying else found[0][1])
        near = graph.ties(id) & vendors
        if (near or graph.cut(id)) and tied is None:
            to = world.caption(min(near)) if near else "more than are followed, so nobody can see whether to the vendor"
            tied = Fault("tied_to_vendor", f"{paying}tied to {to}", False, paid if paying else ())
    return tied


# The judgement


def judge(world: Compiled, deal: Deal, body: Record, vendor: str, overseen: str) -> Judged:
    """What the register shows of a body over a vendor. `overseen`: the vendor, or an owner of it, that the body oversees."""
    who, group = beneficiaries(deal, vendor), behind(world, vendor)

    def counts(one: Recorded) -> bool:
        reports = stands(one) and one.statement.standing is not Standing.ALLEGED
        return reports and world.base.canonical(world.base.signer(one).publisher) not in group

    seats = tuple(_seats(world, body.id, vendor, group, counts))
    found = list[Fault]()
    if overseen not in admissible_owners(world, vendor, who):
        says = f"That {world.caption(overseen)} controls {world.caption(vendor)} is not confirmed."
        found.append(Fault("not_confirmed", says, False))
    qualities = tuple(one for one in QUALITIES if one != "independent")
    needed: dict[str, Wanted] = {"oversees": overseen, "establishedOn": None, "quality": qualities}
    shown = support(world, body, needed, who).also(independent(world, body, who))
    proof = list(shown.proof)
    if not shown.holds:
        found.append(_unconfirmed(world, shown, body, "the body"))
    found += _against(world, body, seats, counts)
    confirmed, rights = list[tuple[str, frozenset[str]]](), list[Support]()
    records = {one.record.id: one.record for one in seats}
    for record in records.values():
        shown = support(world, record, {"member": None, "organization": body.id, "constituency": None}, who)
        if not shown.holds:
            found.append(_unconfirmed(world, shown, record, "its members", "member", "constituency"))
            continue
        proof += shown.proof
        # Two members are none by name; who anybody reports to be of another side than civil society speaks for no side.
        members, sides = (admissible_values(world, record, one, who=who) for one in ("member", "constituency"))
        mine = [one for one in seats if one.record.id == record.id and one.member in members]
        reports = {one.statement.value for one in filter(counts, record.claims("constituency"))} - CIVIL
        speaks = len(members) == 1 and len(sides) == 1 and reports <= sides and any(one.sides for one in mine)
        confirmed.append((min(members) if len(members) == 1 else record.id, sides if speaks else frozenset()))
        if speaks and sides & CIVIL and any(one.human_rights for one in mine):
            rights.append(support(world, record, {"humanRights": "yes"}, who))
    proof += [id for one in rights for id in one.proof]
    if records and len(confirmed) == len(records):
        share, of = tally(confirmed)
        if not any(one.holds for one in rights) and any(one.human_rights for one in seats):
            says = "No human rights group among its members is confirmed."
            found.append(Fault("rights_not_confirmed", says, False))
        if share < LEAST_SHARE or len(of) < LEAST_SIDES:
            says = f"Civil society holds {share:.0%} of its seats, of {len(of)} sides; half, and three sides, are asked for."
            found.append(Fault("too_narrow", says, False, tuple(id for one in seats for id in one.proof)))
    faults = tuple(sorted(found, key=lambda one: not one.disqualifies))
    return Judged(faults=faults, seats=seats, proof=tuple(dict.fromkeys(proof)))


def _against(
    world: Compiled, body: Record, seats: Sequence[Seat], counts: Callable[[Recorded], bool]
) -> Iterator[Fault]:
    """What its dates, the bonds of its members and its seats say against a body. That it ended anybody reports."""
    every = tuple(one.id for one in body.stand("establishedOn"))
    since = latest(one.statement.value for one in filter(counts, body.stand("establishedOn")))
    if since is None:
        yield Fault("no_date", "Nobody whose word counts says since when it exists.", False, every)
    elif not certainly_by(world.as_of, since):
        later = edtf.holds(since, edtf.OPEN, world.as_of) is False
        yield Fault("not_yet", f"It exists only since {words.date(since)}.", later, every)
    for end in [one for one in body.stand("dissolutionDate") if ended_by(world.as_of, one.statement.value)][:1]:
        yield Fault("ended", f"It ended on {words.date(end.statement.value)}.", True, (end.id,))
    for seat, bond in ((one, one.bound) for one in seats if one.bound is not None):
        yield Fault(bond.code, f"{world.caption(seat.member)}: {bond.says}.", bond.disqualifies, seat.proof)
    counted = [one for one in seats if one.counts]
    sides = frozenset[str]().union(*(one.sides for one in counted))
    shape = "one_constituency" if all(one.sides for one in counted) else "kinds_not_told"
    wrong = {
        "no_members": not counted,
        "no_human_rights_group": counted and not any(one.human_rights for one in counted),
        "no_civil_society": counted and not sides & CIVIL,
        shape: counted and len(sides) < 2,
    }
    for code in (code for code, is_so in wrong.items() if is_so):
        says, disqualifies = SHAPES[code]
        says = "Nobody whose word counts for it reports its members." if seats and not counted else says
        yield Fault(code, says, disqualifies, tuple(id for one in counted or seats for id in one.proof))


def _unconfirmed(world: Compiled, found: Support, record: Record, what: str, *names: str) -> Fault:
    """That claims do not count, and why; or that nobody makes them."""
    why = dict.fromkeys(one.removeprefix(f"{world.caption(record.id)}: ") for one in found.why)
    says = f"Claims about {what} do not count: {'; '.join(why)}." if why else ""
    says = says or f"Not all that is asked of {what} is confirmed."
    return Fault("not_confirmed", says, False, tuple(one.id for one in record.stand(*names)))


def over_each(world: Compiled, body: Record) -> dict[str, Judged]:
    """Company that a body oversees -> the judgement of it, in a deal from which only this company, its group and its States benefit."""
    return {one: judge(world, world.about(one), body, one, one) for one in ids_of(world, body, "oversees")}


def body(world: Compiled, record: Record) -> Ruling:
    """The same for label and cell: the body is `established`, or `not`; nothing where it is not proven."""
    judged = over_each(world, record).values()
    if against := [id for one in judged for fault in one.faults if fault.disqualifies for id in fault.statements]:
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
