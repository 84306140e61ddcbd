"""Oversight bodies of vendors: independent, of several stakeholders, with human rights groups and others of civil society.

A body with a member whom the vendor pays, or without a human rights group, is not established, whatever it is called. Members are
counted, not the records that tell of them: two publishers who file the same member make civil society no larger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, by_publisher, charge, merge, reported
from sousveil.decisions.evidence.admissibility import (
    Beneficiaries,
    Support,
    Wanted,
    admissible_ids,
    admissible_owners,
    admissible_values,
    beneficiaries,
    benefits,
    independent,
    no_alleged,
    support,
)
from sousveil.decisions.evidence.dates import certainly_by
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.offices import lifting_date
from sousveil.decisions.facts.reading import blocks, ids_of, lifting, lifts
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register import edtf, types
from sousveil.register.model import Standing
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.names import prepare
from sousveil.register.views import words
from sousveil.register.views.records import Record

# Seats


CIVIL = frozenset({"civil-society", "affected-people"})
"""Constituencies that count as civil society."""
NAMES = ("name", "alias", "previousName")


def called(record: Record | None, row: ReferenceRow | None) -> frozenset[str]:
    """What a member is called by anybody, more firmly than as an allegation where anybody is: who gives it another name takes none away."""
    told = [one.statement for name in NAMES for one in record.stand(name)] if record is not None else []
    firm = [one for one in told if one.standing is not Standing.ALLEGED]
    names = [*(one.value for one in firm or told), *((row.caption, *row.names) if row is not None else ())]
    return frozenset(prepare(one).joined for one in names) - {""}


def counted_as(members: Iterable[tuple[str, frozenset[str]]]) -> dict[str, str]:
    """Member -> whom it counts as: those who bear a name in common are one. Two publishers who each file the same group make it two
    records and no two groups."""
    by_name: dict[str, str] = {}
    above: dict[str, str] = {}

    def head(one: str) -> str:
        while above[one] != one:
            above[one] = one = above[above[one]]
        return one

    for member, names in dict.fromkeys(members):  # a member of many seats has its names once
        above.setdefault(member, member)
        for name in names:
            one, other = sorted((head(member), head(by_name.setdefault(name, member))))
            above[other] = one
    return {one: head(one) for one in above}


class Told(NamedTuple):
    """A seat as it is told."""

    member: str
    """Who has it; where that is not told as one, the seat itself."""
    side: str
    """For whom it speaks; empty: for nobody as far as is known."""
    voice: str
    """Who tells of it."""
    names: frozenset[str] = frozenset()
    """What the member is called (`called`)."""


class Tally(NamedTuple):
    """What seats make of a body."""

    civil: int
    """Members for civil society and people affected."""
    seats: int
    """All that are counted."""
    sides: frozenset[str]
    """For whom they speak."""

    @property
    def share(self) -> float:
        """Of civil society and people affected, 0 to 1."""
        return self.civil / self.seats if self.seats else 0.0


def tally(seats: Sequence[Told]) -> Tally:
    """What seats make of a body. A member that several tell of, or that is told of again, under one name or one id, is one member: it makes
    civil society no larger and adds no side. One that is told to speak for several sides speaks for none. Of other seats those of one
    member count as often as one voice tells of them; those of one name are several: nobody shrinks them by a name."""
    whom = counted_as((one.member, one.names) for one in seats)
    sides: dict[str, set[str]] = {}
    times: dict[str, Counter[str]] = {}
    for one in seats:
        sides.setdefault(whom[one.member], set()).add(one.side)
        times.setdefault(one.member, Counter())[one.voice] += 1
    of = {who: next(iter(told)) if len(told) == 1 else "" for who, told in sides.items()}
    civil = sum(side in CIVIL for side in of.values())
    others = sum(max(many.values()) for member, many in times.items() if of[whom[member]] not in CIVIL)
    return Tally(civil, civil + others, frozenset(of.values()) - {""})


def shape(seats: Sequence[tuple[str, str | None, bool]], whom: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong with these seats as they are told: for each its member, its constituency, and whether it is an independent human
    rights group. Several seats of one member join no several groups of society. `whom`: whom each member counts as; that several are
    one by their names alone leaves it open of how many groups they are."""
    if not seats:
        return ["no_members"]
    found = [] if any(rights for _, _, rights in seats) else ["no_human_rights_group"]
    if not {kind for _, kind, _ in seats} & CIVIL:
        found.append("no_civil_society")
    if _one_kind(seats, {}):
        found.append("one_constituency" if all(kind for _, kind, _ in seats) else "kinds_not_told")
    elif _one_kind(seats, whom or {}):
        found.append("kinds_not_told")
    return found


def _one_kind(seats: Sequence[tuple[str, str | None, bool]], whom: Mapping[str, str]) -> bool:
    """Whether members may be of one kind, all of them."""
    kinds: dict[str, set[str]] = {}
    for member, kind, _ in seats:
        if kind:
            kinds.setdefault(whom.get(member, member), set()).add(kind)
    return len(kinds) < 2 or bool(set.intersection(*kinds.values()))


QUALITIES = ("independent", "multi-stakeholder", "human-rights-groups", "civil-society")
LEAST_SHARE = 0.5
"""Share of civil society and people affected among the members from which on a body is of several stakeholders and not of one."""
LEAST_SIDES = 3
"""Constituencies that a body of several stakeholders has at least."""


def members(world: Compiled, body: str) -> list[Record]:
    """Memberships of a body that apply on the day, or may, by the accounts of those who report them."""
    return [one for one in world.pointing(body, "Membership.organization") if sits(world, one)]


def sits(world: Compiled, seat: Record) -> bool:
    """Whether a membership holds on the day, or may: the test of decisions and of the body's page."""
    return world.graph.live(seat, ("member", "organization")) is not False


def _side(world: Compiled, seat: Record, who: Beneficiaries) -> str:
    """For whom a seat speaks, by what lifts. Where those who may lift differ, or somebody reports that it speaks for another side than
    civil society, it speaks for none: it is no seat of civil society, and makes no further side."""
    if may_be_over(world, seat, who):
        return ""
    fitting = admissible_values(world, seat, "constituency", who)
    other = {one.statement.value for one in seat.claims("constituency") if reported(world, one)} - CIVIL
    return next(iter(fitting)) if len(fitting) == 1 and other <= fitting else ""


def _told(world: Compiled, seat: Record, who: Beneficiaries) -> Told:
    """A seat that those tell of who may lift."""
    ids = list(admissible_ids(world, seat, "member", who=who))
    publisher = next((world.base.signer(one).publisher for one in seat.stand("member")), "")
    member = ids[0] if len(ids) == 1 else ""
    return Told(member or seat.id, _side(world, seat, who), publisher, _names(world, member))


def _names(world: Compiled, member: str) -> frozenset[str]:
    """What a member is called, put together once for all of its seats."""
    return world.once("called", member, lambda: called(world.record(member), world.base.rows.get(member)))


def may_be_over(world: Compiled, seat: Record, who: Beneficiaries | None) -> bool:
    """Whether one who tells of a seat gives it a last day that is over, beside whatever later one: it binds the body as before, and makes
    nothing of it better. Who gains has no seat in the body, and no word about who has one."""
    mine = by_publisher(world, seat.stand("member", "organization"))
    return any(
        edtf.holds(edtf.OPEN, one.statement.value, world.as_of) is False and world.base.signer(one).publisher in mine
        for one in seat.stand("endDate")
        if one.statement.standing is not Standing.ALLEGED and (who is None or not benefits(world, one, who))
    )


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
    says: str
    """In words, on the body's own page."""
    truth: Truth
    """FALSE: it is shown not to be established; UNKNOWN: it is not proven."""
    why: tuple[str, ...] = ()
    """The same in a decision, which names the body."""
    proof: tuple[str, ...] = ()


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
"""What is wrong with the seats of a body whoever tells of them."""


NO_DATE = "No statement says since when it exists."


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


def seat_faults(
    world: Compiled,
    deal: Deal,
    body: str,
    vendors: frozenset[str],
    group: frozenset[str],
    who: Beneficiaries,
    proof: dict[str, None],
) -> Iterator[Fault]:
    """What keeps a body's members from making it independent and of several stakeholders, one by one; the first decides.

    `proof` is filled with the statements on which the seats rest.
    """
    seats = members(world, body)
    name = world.caption(body)
    told: list[tuple[str, str | None, bool]] = []
    rights, confirmed = False, True
    spoken: list[Told] = []
    """For whom the seats speak that those tell of who may lift: of these the share is taken, as on the body's page."""
    for seat in seats:
        free = not may_be_over(world, seat, who)
        for member in ids_of(world, seat, "member"):
            bound = bond(world, seat, member, vendors, group)
            if bound is not None:
                free = False
                yield Fault(
                    ("paid_by_vendor" if bound.paid else "of_vendor_group") if bound.sure else "tied_to_vendor",
                    f"{world.caption(member)}: {bound.says}.",
                    Truth.FALSE if bound.sure else Truth.UNKNOWN,
                    (f"{name}: a member is paid by the vendor, or tied to it",),
                    (*(one.id for one in seat.stand("member")), *bound.proof),
                )
        rights_told = "yes" in {one.statement.value for one in seat.stand("humanRights")}
        of = next(iter(ids_of(world, seat, "member")), seat.id)
        told.append((of, seat.first("constituency"), free and rights_told))
        found = support(world, seat, {"member": None, "organization": body, "constituency": None}, who)
        proof.update(dict.fromkeys(found.proof))
        if found.holds:
            spoken.append(_told(world, seat, who))
        else:
            confirmed = False
            why = found.why or (f"{name}: for whom its members speak is not confirmed",)
            says = _sentence(why, name)
            if found.why:
                of = ", ".join(world.caption(one) for one in ids_of(world, seat, "member"))
                says = f"What is told of {of} as its member does not count: {_bare(why, world.caption(seat.id))}."
            yield Fault("not_confirmed", says, Truth.UNKNOWN, why, _ids(seat))
        if _side(world, seat, who) in CIVIL:
            group_of = support(world, seat, {"humanRights": "yes"}, who)
            rights = rights or (group_of.holds and free)
            proof.update(dict.fromkeys(group_of.proof))
    wrong = shape(told, counted_as((one, _names(world, one)) for one, _, _ in told))
    everybody = tuple(id for seat in seats for id in _ids(seat))
    if not rights:
        code = next((one for one in wrong if one in ("no_members", "no_human_rights_group")), "rights_not_confirmed")
        says, truth = SHAPES.get(code, ("No human rights group among its members is confirmed.", Truth.UNKNOWN))
        if code in wrong or confirmed:
            why = (f"{name}: no confirmed human rights group among its members",)
            yield Fault(code, says, truth, why, everybody)
    counted = tally(spoken)
    sides, civil = counted.sides, counted.share
    if civil < LEAST_SHARE or len(sides) < LEAST_SIDES:
        why = (f"{name}: civil society holds {civil:.0%} of the seats, of {len(sides)} sides",)
        shown = [one for one in wrong if one not in ("no_members", "no_human_rights_group")]
        for code in shown:
            yield Fault(code, SHAPES[code][0], SHAPES[code][1], why, everybody)
        if not shown and seats and confirmed:
            says = f"Civil society holds {civil:.0%} of its seats, of {len(sides)} sides; half, and three sides, are asked for."
            yield Fault("too_narrow", says, Truth.UNKNOWN, why, everybody)


def _ids(seat: Record) -> tuple[str, ...]:
    return tuple(one.id for one in seat.stand("member", "constituency"))


def _sentence(why: Iterable[str], body: str) -> str:
    """The same on the body's own page, as sentences without its name before them."""
    told = (one.removeprefix(f"{body}: ") for one in why)
    return " ".join(f"{one[:1].upper()}{one[1:]}." for one in told)


def _bare(why: Iterable[str], record: str) -> str:
    """Why statements do not count, without the name of the record before them."""
    return "; ".join(dict.fromkeys(one.removeprefix(f"{record}: ") for one in why))


@lifts(
    "vendor.oversight_established",
    asks="Does an independent body of several stakeholders oversee {subject}?",
    needs="An established oversight body for {subject}.",
)
def established(world: Compiled, deal: Deal, vendor: str) -> Value:
    """A body that oversees the vendor, or whoever controls it, established by the day."""
    found = []
    for body, overseen in bodies(world, vendor):
        proof: dict[str, None] = {}
        fault = next(faults(world, deal, body, vendor, overseen, proof), None)
        found.append(Support(tuple(proof)) if fault is None else Support(why=fault.why))
    needs = f"An established oversight body for {world.caption(vendor)}: independent, of several stakeholders, with human rights groups "
    needs += "and others of civil society, nobody in it paid by the vendor; confirmed by an independent publisher, its independence by two."
    return lifting(found, needs)


def bodies(world: Compiled, vendor: str) -> Iterator[tuple[Record, str]]:
    """The bodies that oversee a vendor or whoever controls it, and which of them each oversees."""
    for id in (one.id for one in world.graph.owners(vendor)):
        for body in world.pointing(id, "OversightBody.oversees"):
            yield body, id


def faults(
    world: Compiled, deal: Deal, body: Record, vendor: str, overseen: str, proof: dict[str, None]
) -> Iterator[Fault]:
    """What keeps a body from being established over a vendor; none: it is. The one test of decisions and of pages.

    `proof` is filled with the statements on which it rests where nothing is wrong.
    """
    name = world.caption(body.id)
    group = behind(world, vendor)
    vendors = group | world.graph.ties(vendor)
    who = beneficiaries(deal, vendor)
    if overseen not in admissible_owners(world, vendor, who):
        why = (f"{name}: that {world.caption(overseen)} controls {world.caption(vendor)} is not confirmed",)
        yield Fault("not_confirmed", _sentence(why, name), Truth.UNKNOWN, why)
    others = tuple(one for one in QUALITIES if one != "independent")
    needed: dict[str, Wanted] = {"oversees": overseen, "establishedOn": None, "quality": others}
    found = support(world, body, needed, who).also(independent(world, body, who))
    if not found.holds:
        yield _untold(world, body, found)
    proof.update(dict.fromkeys(found.proof))
    since = lifting_date(world, body, "establishedOn", who, latest=True) if found.holds else body.first("establishedOn")
    if (found.holds or since is not None) and not certainly_by(world.as_of, since):
        later = since is not None and edtf.holds(since, edtf.OPEN, world.as_of) is False
        yield Fault(
            "not_yet" if since else "no_date",
            f"It exists only since {words.date(since)}." if since else NO_DATE,
            Truth.FALSE if later else Truth.UNKNOWN,
            (f"{name}: not established by {world.as_of}",),
            tuple(one.id for one in body.stand("establishedOn")),
        )
    for one in body.stand("dissolutionDate"):
        if edtf.holds(edtf.OPEN, one.statement.value, world.as_of) is False:
            says = f"It ended on {words.date(one.statement.value)}."
            yield Fault("ended", says, Truth.FALSE, (f"{name}: it was dissolved",), (one.id,))
            break
    yield from seat_faults(world, deal, body.id, vendors, group, who, proof)


def _untold(world: Compiled, body: Record, found: Support) -> Fault:
    """What is not on file of a body, or only by the word of somebody who does not count."""
    if found.why:
        said = _bare(found.why, world.caption(body.id))
        says = f"What is told of the body does not count: {said}."
        return Fault("not_confirmed", says, Truth.UNKNOWN, found.why)
    if not body.stand("establishedOn"):
        return Fault("no_date", NO_DATE, Truth.UNKNOWN)
    told = {one.statement.value for one in body.stand("quality")}
    codes = types.properties("OversightBody")["quality"].codes
    missing = [str(codes.get(one, one)) for one in QUALITIES if one not in told]
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
