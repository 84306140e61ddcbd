"""What it takes to count: the one place of the asymmetry between what blocks and what lifts.

**Blocking** is read from accounts (`evidence.accounts`).

**Lifting** takes a `confirmed` statement, signed with a verified key (domain proof and two vouchers), of a publisher who is on
file as an organization with a seat, does not trade in surveillance technology, is not tied to anybody who benefits, and has its seat in
none of the States of the deal. One exception: an act is what the competent authority does (a board's decision, a registry's
countersignature, a regulator's acknowledgement, a public body's own disclosure). The authority's own publication is that act, so its
State does not matter; its ties to vendors, and to the buyer, still do. docs/concepts/facts.md says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import msgspec

from sousveil.decisions.evidence.accounts import Charge, charge
from sousveil.decisions.facts.interests import Interest as Interest
from sousveil.decisions.facts.interests import interest as interest
from sousveil.decisions.index import Signed
from sousveil.decisions.world import Deal
from sousveil.register import edtf, types
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.records import Record, stands

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled


def unfit(world: Compiled, one: Recorded, who: Interest | None) -> str:
    """Why a statement does not lift, in words; empty where it does. `who=None`: all but the question who benefits."""
    return why_not(world, one, who) if stands(one) else "it does not stand any more"


def why_not(world: Compiled, one: Recorded, who: Interest | None) -> str:
    """The same of what stands, or refutes."""
    said = one.statement
    if said.standing is not Standing.CONFIRMED:
        return f"it is {str(said.standing).replace('_', ' ')}, not confirmed"
    signed = world.base.signer(one)
    if not signed.verified:
        return f"the key of {publisher_name(world, signed) or 'its publisher'} is not verified (domain proof and two vouchers)"
    # only now it matters who benefits: what is wrong for another reason is so in every deal
    return _noted(world, signed, who) if who is not None else ""


def _noted(world: Compiled, signed: Signed, who: Interest) -> str:
    """`heard`, and a derivation hangs on it from now on."""
    found = heard(world, signed, who)
    if who.asked is not None:
        world.reads.note((who.asked, signed), found)
    return found


def gains(world: Compiled, signed: Signed, who: Interest) -> bool:
    """Whether a key speaks for one of those who benefit: what is heard of it says so, and a derivation hangs on that."""
    _noted(world, signed, who)
    return speaker(world, signed) in who.entities


def heard(world: Compiled, signed: Signed, who: Interest) -> str:
    """Why what a verified key signs does not lift for these who benefit; empty where it does."""
    found = who.heard.get(signed)
    if found is None:
        found = who.heard[signed] = strictly(world, signed, who)
    return found


def publisher_name(world: Compiled, signed: Signed) -> str:
    """Who signs, by name."""
    return signed.owner if not signed.owner.startswith("sv-") else world.caption(world.base.canonical(signed.owner))


_SITES: WeakKeyDictionary[Compiled, dict[str, tuple[str | None, list[Signed]]]] = WeakKeyDictionary()
"""Domain -> the entity whose website it is, and who says so."""


def speaker(world: Compiled, signed: Signed) -> str | None:
    """For whom a key speaks where it lifts: the entity for which it was registered.

    A key that was registered for a name alone speaks for nobody, unless somebody else, independent of that entity and with a verified
    key of an entity, confirms that the domain which named the key is the website of this entity and of no other. Names do not count,
    and an entity for which a key was registered speaks with that key alone.
    """
    kept, key = world.standing.speakers, (signed.owner, signed.domain)
    if key not in kept:
        kept[key] = _speaker(world, signed)
    return kept[key]


def _speaker(world: Compiled, signed: Signed) -> str | None:
    if signed.owner.startswith("sv-"):
        return world.resolver.publisher(signed.owner)
    if not signed.domain:
        return None
    return _sites(world).get(signed.domain, (None, []))[0]


def _sites(world: Compiled) -> dict[str, tuple[str | None, list[Signed]]]:
    sites = _SITES.get(world)
    if sites is None:
        sites = _SITES[world] = {}
        own = {world.base.canonical(one.owner) for one in world.base.signed.values()}
        for record in world.base.records.values():
            if record.id in own:  # it has a key of its own
                continue
            for one in record.stand("website"):
                domain = urlsplit(one.statement.value).hostname or ""
                if _vouches(world, one, record.id):
                    known, by = sites.get(domain, (record.id, []))
                    sites[domain] = (record.id if known == record.id else None, [*by, world.base.signer(one)])
    return sites


def _vouches(world: Compiled, one: Recorded, id: str) -> bool:
    said, by = one.statement, world.base.signer(one)
    if said.standing is not Standing.CONFIRMED or not by.verified or not by.owner.startswith("sv-"):
        return False
    if edtf.holds(said.valid_from, said.valid_until, world.as_of) is False:
        return False
    other = world.resolver.publisher(by.owner)
    if (
        other is None
        or id in world.graph.ties(other)
        or world.graph.cut(other)
        or not seated(world, other)
        or trades(world, other)
    ):
        return False
    return not any(world.seats.may_be_public(tie) for tie in world.graph.ties(other))


def strictly(world: Compiled, signed: Signed, who: Interest) -> str:
    """Why what a verified key signs does not lift, in words; empty where it does."""
    publisher = speaker(world, signed)
    if publisher is None:
        return f"{publisher_name(world, signed)} is not on file as one organization with a seat, so nobody can see whom it belongs to"
    if publisher in who.entities:  # before all else: `gains` is to follow from these words
        return f"{publisher_name(world, signed)} benefits from it"
    if _introduced(world, signed, who):
        return (
            f"that {publisher_name(world, signed)} is {world.caption(publisher)} only those confirm who benefit from it"
        )
    return _tied(world, signed, publisher, who)


def _introduced(world: Compiled, signed: Signed, who: Interest) -> bool:
    """Whether only those say for whom a key speaks who benefit from it."""
    named = [] if signed.owner.startswith("sv-") else _sites(world).get(signed.domain, (None, []))[1]
    return bool(named) and all(strictly(world, one, who) for one in named)


def _tied(world: Compiled, signed: Signed, publisher: str, who: Interest) -> str:
    name, ties = publisher_name(world, signed), frozenset({publisher}) if who.untied else world.graph.ties(publisher)
    gaining = ties & who.entities
    if gaining:
        first = world.caption(min(gaining))
        return f"{name} benefits from it" if publisher in who.entities else f"{name} is tied to {first}, who benefits"
    if not who.untied and world.graph.cut(publisher):
        return f"{name} is tied to more than are followed, so nobody can see whether it benefits"
    kept = world.standing
    if ties not in kept.trading:
        kept.trading[ties] = any(trades(world, tie) for tie in ties)
    if kept.trading[ties]:
        return f"{name} trades in surveillance technology, or belongs to somebody who does"
    if publisher in who.acting:
        return ""
    seats = world.seats.of(publisher)
    if not seats or not seated(world, publisher):
        return f"the seat of {name} is not on file by its own word"
    if ties not in kept.public:
        kept.public[ties] = tuple(tie for tie in ties if world.seats.may_be_public(tie))
    public = kept.public[ties]
    near = {*seats, *(seat for tie in public for seat in world.seats.of(tie))}
    same = near & who.states
    if same:
        return f"{name} is of {world.seats.state_name(min(same))}, a State that benefits"
    return f"{name} is part of a State or belongs to one, and confirms only its own acts" if public else ""


def seated(world: Compiled, publisher: str) -> bool:
    """Whether a publisher says with its own verified key where it sits: nobody else gives it a seat from which it lifts."""
    kept = world.standing.seated
    if publisher not in kept:
        record = world.record(publisher)
        told = [one for name in ("country", "jurisdiction") for one in record.stand(name)] if record is not None else []
        kept[publisher] = any(
            not unfit(world, one, None) and speaker(world, world.base.signer(one)) == publisher for one in told
        )
    return kept[publisher]


def trades(world: Compiled, id: str) -> bool:
    """Whether somebody makes, sells or stands for surveillance technology."""
    names = ("SurveillanceProduct.vendor", "Supply.supplier", "Registration.company", "ExportLicence.licensee")
    return any((id, name) in world.base.pointing for name in names)


def confirming(world: Compiled, one: Recorded) -> str:
    """The entity whose verified key confirms a statement, whatever the deal: it tells its seat, is no public body and does not trade.
    Empty where there is none."""
    publisher = speaker(world, world.base.signer(one)) if stands(one) and not why_not(world, one, None) else None
    fits = publisher is not None and seated(world, publisher) and not trades(world, publisher)
    return publisher if publisher is not None and fits and not world.seats.may_be_public(publisher) else ""


def held(world: Compiled, deal: Deal, record: Record, naming: Sequence[str], found: Charge) -> Charge:
    """A charge of a record that is no link, as far as the record holds on the day: where only an allegation says that it still
    does, it counts as an allegation."""
    if not found.counts or world.graph.live(record, naming) is False:
        return Charge(notes=found.notes)
    if found.alleged or world.graph.live(record, naming, firm=True) is not False:
        return found
    return Charge(found.proof, True, found.notes)


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
    """For each needed property (of one of these values; None: any) a statement that lifts. All or nothing.

    Where a property has one value, and somebody else who may lift gives it another, it lifts nothing.
    """
    proof: list[str] = []
    why: list[str] = []
    for name, values in needed:
        best = ""
        if values is not None and _differs(world, record, name, values, who):
            return Support(why=(f"{world.caption(record.id)}: those who may confirm it differ",))
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


def _differs(world: Compiled, record: Record, name: str, values: frozenset[str], who: Interest) -> bool:
    """Whether of those who may lift one gives a property that has one value one of these, and another one none of them, or one entry gives
    both."""
    told = record.by_property.get(name, ())
    if len(told) < 2:
        return False
    fitting = [
        one
        for one in told
        if stands(one)
        and edtf.holds(one.statement.valid_from, one.statement.valid_until, world.as_of) is not False
        and not unfit(world, one, who)
    ]
    wanted = [one for one in fitting if world.base.canonical(one.statement.value) in values]
    other = [one for one in fitting if world.base.canonical(one.statement.value) not in values]
    voices, entries = {world.base.signer(one).publisher for one in wanted}, {one.recorded for one in wanted}
    single = [one for one in other if (known := types.property_of(one.statement.type, name)) and not known.many]
    if wanted and any(world.base.signer(one).publisher not in voices for one in single):
        return True
    # Who says both in one entry differs as two do; a status is one even where many may stand, for it may have changed.
    return any(one.recorded in entries for one in (other if name == "status" else single))


def contradicted(world: Compiled, record: Record, name: str, against: frozenset[str]) -> Charge:
    """What speaks against a lift: claims of these values, at the standard for blocking."""
    return charge(world, [one for one in record.by_property.get(name, ()) if one.statement.value in against])


def no_alleged(one: Charge) -> Charge:
    """Allegations left out: they do not undo what is confirmed."""
    return one if not one.alleged else Charge(notes=one.notes)
