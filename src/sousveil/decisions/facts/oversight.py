"""Oversight bodies of vendors: independent, of several stakeholders, with human rights groups and others of civil society.

A body with a member whom the vendor pays, or without a human rights group, is not established, whatever it is called. `shown` judges its
dates, bonds and seats by who reports them; needs and labels ask it. `faults` adds what a mitigating fact needs: admissible publishers of
the body and of each seat, its qualities, and the share of civil society; answers and the page of oversight bodies ask it. The seats that
count for a body are those that its own side, or an independent publisher, reports; a vendor that it oversees establishes none of them and
ends none. What binds a member to the vendor, and the end of a seat that any other publisher reports, counts against the body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, by_publisher, charge, firm, first_account, merge, reported
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    admissible_ids,
    admissible_owners,
    admissible_values,
    beneficiaries,
    independent,
    no_alleged,
    objection,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by, ended_by, latest
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import lifting_date
from sousveil.decisions.facts.reading import blocks, closure, ids_of, lifting, lifts
from sousveil.decisions.model import Truth
from sousveil.decisions.rulings import Ruling
from sousveil.decisions.world import Deal
from sousveil.register import edtf, types
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
    "one_constituency": (
        "All its members are of one kind: it does not join several groups of society.",
        Truth.FALSE,
    ),
    "kinds_not_told": ("It is not on file that its members are of several groups of society.", Truth.UNKNOWN),
}
"""What is wrong with the seats of a body."""
NO_DATE = "No statement says since when it exists."
NOBODY_TELLS = "Of its members only those tell whose word does not count for it."
OTHERS_DATE = "Since when it exists only those say whose word does not count for it."


class Bond(msgspec.Struct, frozen=True):
    """How a member hangs together with the vendor."""

    says: str
    """In words, of the member: "paid by Ostrel Trading FZE, which is the vendor or of its group"."""
    sure: bool
    """By `reported` or better; else it is not independent as far as is known."""
    paid: bool
    proof: tuple[str, ...] = ()


class Fault(msgspec.Struct, frozen=True):
    """Why a body is not established, or not proven to be."""

    code: str
    """`paid_by_vendor`, `of_vendor_group`, `tied_to_vendor`, `no_date`, `not_yet`, `ended`, one of `SHAPES`; `not_confirmed`,
    `rights_not_confirmed`, `no_quality`, `too_narrow`, `only_alleged`."""
    says: str
    """In words, on the body's own page."""
    truth: Truth
    """FALSE: it is shown not to be established; UNKNOWN: it is not proven."""
    why: tuple[str, ...] = ()
    """The same in a decision, which names the body."""
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
    bound: Bond | None

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
    vendors, group = frozenset[str](), frozenset[str]()
    for vendor in overseen:
        group |= behind(world, vendor)
        vendors |= group | world.graph.ties(vendor)
    found = []
    for record in members(world, body):
        ends = (one for one in firm(record.stand("endDate")) if counts(one) or _publisher(world, one) not in group)
        over = any(ended_by(world.as_of, one.statement.value) for one in ends)
        counted = list(by_publisher(world, filter(counts, record.statements)).values())
        for member in ids_of(world, record, "member"):
            mine = [many for many in counted if {("member", member), ("organization", body)} <= _links(world, many)]
            account = tuple(chain.from_iterable(mine)) or tuple(filter(stands, record.statements))
            values = {(one.statement.property, one.statement.value) for one in account}
            bound = bond(world, record, member, vendors, group)
            found.append(
                Seat(
                    record=record,
                    account=account,
                    member=member,
                    side=""
                    if over
                    else _side(world, record, {each for name, each in values if name == "constituency"}),
                    human_rights=("humanRights", "yes") in values and bound is None and not over,
                    counts=bool(mine),
                    bound=bound,
                )
            )
    return found


def _links(world: Compiled, account: Iterable[Recorded]) -> set[tuple[str, str]]:
    """The properties of an account that point to an entity, with it."""
    return {(one.statement.property, world.base.target(one)) for one in account}


def _admissible_seats(world: Compiled, seats: Sequence[Seat], who: Beneficiaries) -> Iterator[tuple[str, str]]:
    """Member and side of each seat that counts, by admissible statements. A seat with several members has one nameless member; a side that
    only others give it is none."""
    for id, record in {one.record.id: one.record for one in seats if one.counts}.items():
        many = admissible_ids(world, record, "member", who=who)
        given = {one.side for one in seats if one.record.id == id and one.member in many}
        side = given & admissible_values(world, record, "constituency", who) if len(given) == 1 else set[str]()
        yield next(iter(many)) if len(many) == 1 else id, next(iter(side), "")


def _side(world: Compiled, seat: Record, given: set[str]) -> str:
    """For whom a seat speaks: none where its accounts differ, or where anybody reports another side than civil society."""
    other = {one.statement.value for one in seat.claims("constituency") if reported(world, one)} - CIVIL
    return next(iter(given)) if len(given) == 1 and other <= given else ""


def behind(world: Compiled, vendor: str) -> frozenset[str]:
    """The vendor and whoever stands behind or below it, by `reported` or better."""
    return frozenset(one.id for one in world.reach(vendor) if not one.tie)


def bond(world: Compiled, seat: Record, member: str, vendors: frozenset[str], group: frozenset[str]) -> Bond | None:
    """How a member of a body is bound to its vendor. `vendors`: everybody tied to it in any way; `group`: those behind it, surely."""
    paid = no_alleged(charge(world, seat.claims("paidBy")))
    payers = ids_of(world, seat, "paidBy")
    paying = payers if paid.counts else []
    for payer in paying:
        if payer in group or _group_of(world, payer, group):
            says = f"paid by {world.caption(payer)}, which is the vendor or of its group"
            return Bond(says, True, True, paid.proof)
    if member in group:
        return Bond("the vendor itself or a company of its group", True, False)
    if of := _group_of(world, member, group):
        other, kind, proof = of
        does = "acts for" if kind in ("principal", "post") else "belongs with"
        return Bond(f"{does} {world.caption(other)}, which is the vendor or of its group", True, False, proof)
    for payer in paying:
        if near := world.graph.ties(payer) & vendors:
            says = f"paid by {world.caption(payer)}, which is tied to {world.caption(min(near))}"
            return Bond(says, False, True, paid.proof)
    if near := world.graph.ties(member) & vendors:
        return Bond(f"tied to {world.caption(min(near))}, and so to the vendor", False, False)
    if any(world.graph.cut(one) for one in (member, *payers)):
        return Bond("tied to more than are followed, so nobody can see whether to the vendor", False, False)
    return None


def _group_of(world: Compiled, id: str, group: frozenset[str]) -> tuple[str, str, tuple[str, ...]] | None:
    """Whom of the group somebody stands behind, below or for, by what link and statements; None where that is not on file."""
    for one in world.reach(id):
        if not one.tie and one.id in group:
            return one.id, one.path[-1].kind if one.path else "same", tuple(p for link in one.path for p in link.proof)
    for link in world.graph.links(id):
        if link.kind in ("post", "officer") and not link.alleged and link.other in group:
            return link.other, link.kind, link.proof
    return None


# What speaks against a body


def _since(body: Record, counts: Callable[[Recorded], bool]) -> str | None:
    """Since when a body exists, by those whose word counts."""
    days = (
        latest(one.statement.value for one in body.stand(name) if counts(one))
        for name in ("establishedOn", "incorporationDate")
    )
    return next((one for one in days if one is not None), None)


def _of_dates(world: Compiled, body: Record, since: str | None) -> Iterator[Fault]:
    """What its dates say against it. That it ended anybody reports."""
    name, every = world.caption(body.id), body.stand("establishedOn", "incorporationDate")
    if not certainly_by(world.as_of, since):
        later = since is not None and edtf.holds(since, edtf.OPEN, world.as_of) is False
        missing = OTHERS_DATE if every else NO_DATE
        yield Fault(
            "no_date" if since is None else "not_yet",
            missing if since is None else f"It exists only since {words.date(since)}.",
            Truth.FALSE if later else Truth.UNKNOWN,
            (f"{name}: not established by {world.as_of}",),
            tuple(one.id for one in every),
        )
    for one in body.stand("dissolutionDate"):
        if ended_by(world.as_of, one.statement.value):
            says = f"It ended on {words.date(one.statement.value)}."
            yield Fault("ended", says, Truth.FALSE, (f"{name}: it was dissolved",), (one.id,))
            break


def _of_bonds(world: Compiled, body: str, seats: Iterable[Seat]) -> Iterator[Fault]:
    why = (f"{world.caption(body)}: a member is paid by the vendor, or tied to it",)
    for one in seats:
        if one.bound is not None:
            code = ("paid_by_vendor" if one.bound.paid else "of_vendor_group") if one.bound.sure else "tied_to_vendor"
            truth = Truth.FALSE if one.bound.sure else Truth.UNKNOWN
            yield Fault(code, f"{world.caption(one.member)}: {one.bound.says}.", truth, why, one.proof)


def _of_shape(world: Compiled, body: str, seats: Sequence[Seat]) -> Iterator[Fault]:
    name, counted = world.caption(body), [one for one in seats if one.counts]
    proof = tuple(id for one in counted or seats for id in one.proof)
    if seats and not counted:
        yield Fault("no_members", NOBODY_TELLS, Truth.UNKNOWN, (f"{name}: {NOBODY_TELLS[:-1]}",), proof)
        return
    found = tally((one.member, one.side) for one in counted)
    share = f"{name}: civil society holds {found.share:.0%} of the seats, of {len(found.sides)} sides"
    for code in shape([(one.member, one.side, one.human_rights) for one in counted]):
        rights = code in ("no_members", "no_human_rights_group")
        why = f"{name}: no confirmed human rights group among its members" if rights else share
        yield Fault(code, *SHAPES[code], (why,), proof)


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
    def constituencies(self) -> dict[str, int]:
        """Constituency -> members of it, of the seats that count."""
        counted = {(one.member, one.side or "unknown") for one in self.seats if one.counts}
        return dict(sorted(Counter(side for _, side in counted).items()))

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
    faults = [
        *_of_dates(world, body, _since(body, counts)),
        *_of_bonds(world, body.id, seats),
        *_of_shape(world, body.id, seats),
    ]
    if own and not firm(body.stand("oversees")):
        ids = tuple(one.id for one in body.stand("oversees"))
        faults.append(Fault("only_alleged", "Whom it oversees is only alleged.", Truth.UNKNOWN, proof=ids))
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
    needs="An established oversight body for {subject}.",
)
def established(world: Compiled, deal: Deal, vendor: str) -> Value:
    """A body that oversees the vendor, or whoever controls it, established by the day."""
    found = []
    for overseen in (one.id for one in world.graph.owners(vendor)):
        for body in world.pointing(overseen, "OversightBody.oversees"):
            proof: dict[str, None] = {}
            fault = next(faults(world, deal, body, vendor, overseen, proof), None)
            found.append(Support(tuple(proof)) if fault is None else Support(why=fault.why))
    needs = f"An established oversight body for {world.caption(vendor)}: independent, of several stakeholders, with human rights groups "
    needs += "and others of civil society, nobody in it paid by the vendor; confirmed by an independent publisher, its independence by two."
    return lifting(found, needs)


def faults(
    world: Compiled, deal: Deal, body: Record, vendor: str, overseen: str, proof: dict[str, None]
) -> Iterator[Fault]:
    """What keeps a body from being established over a vendor; none: it is. The one test of decisions and of pages.

    `proof` is filled with the statements on which it rests where nothing is wrong.
    """
    name, who = world.caption(body.id), beneficiaries(deal, vendor)
    if overseen not in admissible_owners(world, vendor, who):
        control = (f"{name}: that {world.caption(overseen)} controls {world.caption(vendor)} is not confirmed",)
        yield Fault("not_confirmed", _sentence(control, name), Truth.UNKNOWN, control)
    others = tuple(one for one in QUALITIES if one != "independent")
    needed: dict[str, Wanted] = {"oversees": overseen, "establishedOn": None, "quality": others}
    found = support(world, body, needed, who).also(independent(world, body, who))
    proof.update(dict.fromkeys(found.proof))
    counts = counting(world, body, (), [who], [vendor])
    if not found.holds and (found.why or body.stand("establishedOn")):
        yield _unconfirmed(world, body, found)
    confirmed_on = lifting_date(world, body, "establishedOn", who, latest=True) if found.holds else None
    yield from _of_dates(world, body, confirmed_on or _since(body, counts))
    seats = seats_of(world, body.id, [vendor], counts)
    yield from _of_bonds(world, body.id, seats)
    confirmed, rights = bool(seats), False
    for seat in {one.record.id: one.record for one in seats}.values():
        found = support(world, seat, {"member": None, "organization": body.id, "constituency": None}, who)
        confirmed = confirmed and found.holds
        proof.update(dict.fromkeys(found.proof))
        if not found.holds:
            why: tuple[str, ...] = found.why or (f"{name}: for whom its members speak is not confirmed",)
            of = ", ".join(world.caption(one) for one in ids_of(world, seat, "member"))
            says = f"Claims that {of} is its member do not count: {_bare(why, world.caption(seat.id))}."
            ids = tuple(one.id for one in seat.stand("member", "constituency"))
            yield Fault("not_confirmed", says if found.why else _sentence(why, name), Truth.UNKNOWN, why, ids)
    wrong = list(_of_shape(world, body.id, seats))
    yield from wrong
    for one in seats if confirmed else ():
        if one.human_rights and one.side in CIVIL:
            group = support(world, one.record, {"humanRights": "yes"}, who)
            rights = rights or group.holds
            proof.update(dict.fromkeys(group.proof))
    if confirmed and not rights and "no_human_rights_group" not in {one.code for one in wrong}:
        unknown = (f"{name}: no confirmed human rights group among its members",)
        says = "No human rights group among its members is confirmed."
        yield Fault("rights_not_confirmed", says, Truth.UNKNOWN, unknown)
    total = tally(_admissible_seats(world, seats, who))
    narrow = total.share < LEAST_SHARE or len(total.sides) < LEAST_SIDES
    if narrow and confirmed and not {one.code for one in wrong} - {"no_human_rights_group"}:
        shares = f"{total.share:.0%} of {{}} seats, of {len(total.sides)} sides"
        says = f"Civil society holds {shares.format('its')}; half, and three sides, are asked for."
        confirmed_share = f"{name}: civil society holds {shares.format('the')}"
        yield Fault(
            "too_narrow", says, Truth.UNKNOWN, (confirmed_share,), tuple(id for one in seats for id in one.proof)
        )


def _sentence(why: Iterable[str], body: str) -> str:
    """The same on the body's own page, as sentences without its name before them."""
    reasons = (one.removeprefix(f"{body}: ") for one in why)
    return " ".join(f"{one[:1].upper()}{one[1:]}." for one in reasons)


def _bare(why: Iterable[str], record: str) -> str:
    """Why statements do not count, without the name of the record before them."""
    return "; ".join(dict.fromkeys(one.removeprefix(f"{record}: ") for one in why))


def _unconfirmed(world: Compiled, body: Record, found: Support) -> Fault:
    """What is not on file of a body, or only by the word of a publisher that does not count."""
    if found.why:
        says = f"Claims about the body do not count: {_bare(found.why, world.caption(body.id))}."
        return Fault("not_confirmed", says, Truth.UNKNOWN, found.why)
    given = {one.statement.value for one in body.stand("quality")}
    codes = types.properties("OversightBody")["quality"].codes
    missing = [str(codes.get(one, one)) for one in QUALITIES if one not in given]
    return Fault("no_quality", f"Nobody says that it is established as: {', '.join(missing)}.", Truth.UNKNOWN)


@blocks(
    "vendor.oversight_paid",
    asks="Does {subject} pay a member of the body that oversees it?",
    needs="Whether {subject} pays a member of the body that oversees it.",
)
def _sham(world: Compiled, deal: Deal, vendor: str) -> Charge:
    """A body is called its oversight and has a member whom the vendor pays."""
    vendors = behind(world, vendor)
    bodies = world.pointing(vendor, "OversightBody.oversees")
    paid = (one for body in bodies for seat in members(world, body.id) for one in seat.claims("paidBy"))
    return no_alleged(merge(charge(world, [one]) for one in paid if world.base.target(one) in vendors))
