"""What it takes to count: the one place of the asymmetry between what blocks and what lifts.

**Blocking** takes `reported` or better; every statement of the register has a stored source. `alleged` alone makes a value alleged,
which never comes to more than `blocked_unless`. What was taken back, corrected, put in doubt or refuted does not count, and is named.

**Lifting** takes a `confirmed` statement, signed with a verified key (domain proof and two vouchers), of a publisher who is on
file as an organization with a seat, does not trade in surveillance technology, is not tied to anybody who benefits, and has its seat in
none of the States of the deal. One exception: an act is what the competent authority does (a board's decision, a registry's
countersignature, a regulator's acknowledgement, a public body's own disclosure). The authority's own publication is that act, so its
State does not matter; its ties to vendors, and to the buyer, still do. docs/concepts/facts.md says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from sousveil.decisions.ownership import TIE
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded, Stance, Standing
from sousveil.register.views.records import RANK, Record, stands

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled


class Interest(msgspec.Struct, frozen=True):
    """Who benefits from a lift."""

    entities: frozenset[str]
    states: frozenset[str]
    acting: frozenset[str] = frozenset()
    """Whose own act it is."""


def interest(world: Compiled, deal: Deal, *subjects: str, acting: Iterable[str] = (), buyer: bool = True) -> Interest:
    """Who benefits: the vendors of the deal and whoever stands behind them, the buyer, the subject; the States of the deal.

    `buyer=False`: the act is the buyer's own, as a disclosure is.
    """
    entities = {one.removeprefix(TIE) for one in deal.vendors}
    if buyer and deal.buyer is not None:
        entities.add(deal.buyer)
    states = {*deal.states, *deal.home_states}
    for one in subjects:
        (states if len(one) == 2 else entities).add(one)
    acts = frozenset(acting)
    return Interest(frozenset(entities if buyer else entities - acts), frozenset(states), acts)


def unfit(world: Compiled, one: Recorded, who: Interest | None) -> str:
    """Why a statement does not lift, in words; empty where it does. `who=None`: all but the question who benefits."""
    return _unfit(world, one, who) if stands(one) else "it does not stand any more"


def _unfit(world: Compiled, one: Recorded, who: Interest | None) -> str:
    said = one.statement
    if said.standing is not Standing.CONFIRMED:
        return f"it is {str(said.standing).replace('_', ' ')}, not confirmed"
    signed = world.base.signer(one)
    name = signed.owner if not signed.owner.startswith("sv-") else world.caption(world.base.canonical(signed.owner))
    if not signed.verified:
        return f"the key of {name or 'its publisher'} is not verified (domain proof and two vouchers)"
    return _partial(world, signed.owner, name, who) if who is not None else ""


def _partial(world: Compiled, owner: str, name: str, who: Interest) -> str:
    world.touched = True  # only now it matters who benefits: what is wrong for another reason is wrong in every deal
    publisher = world.resolver.publisher(owner)
    if publisher is None:
        return f"{name} is not on file as one organization with a seat, so nobody can see whom it belongs to"
    ties = world.graph.ties(publisher)
    gaining = ties & who.entities
    if gaining:
        first = world.caption(min(gaining))
        return f"{name} benefits from it" if publisher in who.entities else f"{name} is tied to {first}, who benefits"
    if any(trades(world, tie) for tie in ties):
        return f"{name} trades in surveillance technology, or belongs to somebody who does"
    if publisher in who.acting:
        return ""
    seats = world.seats.of(publisher)
    if not seats:
        return f"the seat of {name} is not on file"
    near = {*seats, *(seat for tie in ties if world.seats.is_public(tie) for seat in world.seats.of(tie))}
    same = near & who.states
    return f"{name} is of {world.seats.state_name(min(same))}, a State that benefits" if same else ""


def trades(world: Compiled, id: str) -> bool:
    """Whether somebody makes, sells or stands for surveillance technology."""
    names = ("SurveillanceProduct.vendor", "Supply.supplier", "Registration.company", "ExportLicence.licensee")
    return any((id, name) in world.base.pointing for name in names)


def fit(world: Compiled, one: Recorded, about: str) -> bool:
    """Whether a stranger's statement may soften a record of ownership or the like: confirmed, verified, and no party to it."""
    if unfit(world, one, None):
        return False
    signed = world.base.signer(one)
    publisher = world.resolver.publisher(signed.owner)
    record = world.record(about)
    if publisher is None or record is None:
        return False
    ends = {
        world.base.canonical(said.statement.value)
        for name in ("owner", "asset", "entity", "agent", "client", "licensee", "body", "vendor")
        for said in record.by_property.get(name, ())
    }
    return publisher not in ends and bool(world.seats.of(publisher))


# Blocking


class Charge(msgspec.Struct, frozen=True):
    """What counts against somebody: statements, whether they are allegations alone, and what does not count any more."""

    proof: tuple[str, ...] = ()
    alleged: bool = False
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether anything is left."""
        return bool(self.proof)


def charge(world: Compiled, claims: Iterable[Recorded]) -> Charge:
    """What of these claims counts for blocking; the firmest first."""
    firm: list[Recorded] = []
    notes: list[str] = []
    for one in claims:
        gone = _gone(world, one)
        if gone:
            notes.append(gone)
        elif one.statement.stance is not Stance.DENIES and not _over(world, one):
            firm.append(one)
    firm.sort(key=lambda one: (RANK[one.statement.standing], one.recorded))
    strong = [one for one in firm if one.statement.standing is not Standing.ALLEGED]
    kept = strong or firm
    return Charge(tuple(dict.fromkeys(one.id for one in kept)), bool(kept) and not strong, tuple(dict.fromkeys(notes)))


def _over(world: Compiled, one: Recorded) -> bool:
    return edtf.holds(one.statement.valid_from, one.statement.valid_until, world.as_of) is False


def _gone(world: Compiled, one: Recorded) -> str:
    """What took a claim out of force, as a note; empty where it stands."""
    if one.retracted is not None:
        return f"“{_quote(world, one)}” was taken back by its publisher (entry {one.retracted}) and counts no more."
    if one.superseded_by is not None:
        return f"“{_quote(world, one)}” was corrected by its publisher (entry {_entry(world, one)}) and counts no more."
    if one.doubtful:
        return f"“{_quote(world, one)}” was signed with a key that was compromised, and decides nothing."
    for answer in world.base.answers.get(one.id, ()):
        if _denies(answer) and not _unfit(world, answer, _against(world, one)):
            by = world.base.signer(answer).owner
            name = world.caption(world.base.canonical(by)) if by.startswith("sv-") else by
            return f"“{_quote(world, one)}” was refuted: {name} confirmed the opposite (entry {answer.recorded})."
    return ""


def _denies(one: Recorded) -> bool:
    gone = one.retracted is not None or one.superseded_by is not None or one.doubtful
    return one.statement.stance is Stance.DENIES and not gone


def _against(world: Compiled, one: Recorded) -> Interest:
    """Whoever a claim names benefits from its refutation, and so does their State."""
    record = world.record(one.statement.subject)
    named: set[str] = {world.base.canonical(one.statement.subject)}
    for said in record.statements if record is not None else ():
        if said.statement.value.startswith("sv-"):
            named.add(world.base.canonical(said.statement.value))
    parties = {
        id for id in named if (there := world.record(id)) is not None and there.type not in ("Document", "Finding")
    }
    return Interest(frozenset(parties), frozenset(seat for id in parties for seat in world.seats.of(id)))


def _quote(world: Compiled, one: Recorded) -> str:
    return world.shown(one.id).says


def _entry(world: Compiled, one: Recorded) -> int | str:
    by = world.base.statements.get(one.superseded_by or "")
    return by.recorded if by is not None else "unknown"


def merge(charges: Iterable[Charge]) -> Charge:
    """Several charges as one: alleged only where all that counts is alleged."""
    many = list(charges)
    strong = [one for one in many if one.counts and not one.alleged]
    kept = strong or [one for one in many if one.counts]
    return Charge(
        tuple(dict.fromkeys(id for one in kept for id in one.proof)),
        bool(kept) and not strong,
        tuple(dict.fromkeys(note for one in many for note in one.notes)),
    )


def both(charges: Sequence[Charge]) -> Charge:
    """Charges that count only together: alleged where one of them is."""
    notes = tuple(dict.fromkeys(note for one in charges for note in one.notes))
    if not charges or any(not one.counts for one in charges):
        return Charge(notes=notes)
    return Charge(
        tuple(dict.fromkeys(id for one in charges for id in one.proof)), any(one.alleged for one in charges), notes
    )


# Lifting


class Support(msgspec.Struct, frozen=True):
    """What speaks for a lift: statements, or why none of them counts."""

    proof: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    """Why statements that say so do not count."""

    @property
    def holds(self) -> bool:
        """Whether it lifts."""
        return bool(self.proof)


def support(
    world: Compiled, record: Record, needed: Sequence[tuple[str, frozenset[str] | None]], who: Interest
) -> Support:
    """For each needed property (of one of these values; None: any) a statement that lifts. All or nothing."""
    proof: list[str] = []
    why: list[str] = []
    for name, values in needed:
        best = ""
        for one in record.by_property.get(name, ()):
            said = one.statement
            if values is not None and world.base.canonical(said.value) not in values:
                continue
            if not stands(one) or edtf.holds(said.valid_from, said.valid_until, world.as_of) is False:
                continue
            reason = unfit(world, one, who)
            if not reason:
                best = one.id
                break
            why.append(f"{world.caption(record.id)}: {reason}")
        if not best:
            return Support(why=tuple(dict.fromkeys(why)))
        proof.append(best)
    return Support(tuple(dict.fromkeys(proof)))


def contradicted(world: Compiled, record: Record, name: str, against: frozenset[str]) -> Charge:
    """What speaks against a lift: claims of these values, at the standard for blocking."""
    return charge(world, [one for one in record.by_property.get(name, ()) if one.statement.value in against])


def no_alleged(one: Charge) -> Charge:
    """Allegations left out: they do not undo what is confirmed."""
    return one if not one.alleged else Charge(notes=one.notes)
