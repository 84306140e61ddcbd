"""Official lists: who stands on them on the day, and who is owned by somebody on them.

A listing among the statements counts from its first day to its last; the day after, it does not. A row of a reference list counts up to
the day of the copy that the register holds, and a month longer; after that nobody can say whether it still stands there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sousveil.decisions import parameters
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.reading import Derive, blocking, fact, naming_of
from sousveil.decisions.facts.standing import Charge, both, charge, gaining, merge
from sousveil.decisions.model import Truth
from sousveil.decisions.ties import MOST
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.views.records import Record

if TYPE_CHECKING:
    from sousveil.decisions.compiled import Compiled

FRESH_DAYS = parameters.days("us-lists", "copy_days")
ENTITY_LIST = ("entity list",)
SDN = ("specially designated nationals", "sdn")
SDN_ROWS = "us-ofac-sdn"
HALF = parameters.percent("us-lists", "half_percent")


def listings(world: Compiled, deal: Deal, id: str, words: tuple[str, ...]) -> Charge:
    """Listings of an entity on a list with one of these words in its name, on the day."""
    found = []
    for record in world.pointing(id, "Sanction.entity"):
        if not _named(record, words):
            continue
        held = world.graph.live(record, ("entity",), states=gaining(deal))
        naming = charge(world, naming_of(world, record, "entity", id))
        listed = both((naming, charge(world, _programs(record, words))))
        if held is False and listed.counts:
            when = record.first("endDate") or "an earlier day"
            name = world.caption(record.id)
            says = f"{world.caption(id)}: “{name}” does not count on this day (it ended on {when}, or begins later)."
            found.append(Charge(notes=(says,)))
        else:
            found.append(listed)
    return merge(found)


def _named(record: Record, words: tuple[str, ...]) -> bool:
    return bool(_programs(record, words))


def _programs(record: Record, words: tuple[str, ...]) -> list[Recorded]:
    names = ("program", "authority")
    every = [one for name in names for one in record.by_property.get(name, ())]
    return [one for one in every if any(f" {word} " in f" {_plain(one.statement.value)} " for word in words)]


def _plain(text: str) -> str:
    return " ".join("".join(one if one.isalnum() else " " for one in text.casefold()).split())


def row(world: Compiled, id: str, dataset: str) -> Value | None:
    """A row of a reference list: TRUE while its copy is fresh on the day, not known before its date or later; None: no row."""
    found = world.base.rows.get(id)
    if found is None or found.dataset != dataset:
        return None
    snapshot = world.base.snapshots[dataset]
    copy, day = edtf.parse(snapshot.date), edtf.parse(world.as_of)
    if copy.first <= day.first <= copy.last + FRESH_DAYS:
        return Value(Truth.TRUE, (id,))
    needs = f"Whether {found.caption} stands on the list {dataset} on {world.as_of}: the copy on file is of {snapshot.date}."
    return Value(Truth.UNKNOWN, (id,), needs=needs)


def sdn(world: Compiled, deal: Deal, id: str) -> Value:
    """Whether an entity stands on the list of those whose property is blocked."""
    found = blocking(listings(world, deal, id, SDN))
    if found.truth is Truth.TRUE and not found.alleged:
        return found
    listed = row(world, id, SDN_ROWS)
    if listed is not None and (found.truth is not Truth.TRUE or listed.truth is Truth.TRUE):
        return listed
    return found if found.truth is Truth.TRUE else _absent(world, id, found)


def _absent(world: Compiled, id: str, found: Value) -> Value:
    """Not on a copy of the list that is fresh on the day: then it is FALSE, for the list is whole."""
    snapshot = world.base.snapshots.get(SDN_ROWS)
    if snapshot is None or (world.record(id) is None and id not in world.base.rows):
        return found
    copy, day = edtf.parse(snapshot.date), edtf.parse(world.as_of)
    return Value(Truth.FALSE, notes=found.notes) if copy.first <= day.first <= copy.last + FRESH_DAYS else found


def _entity_listed(world: Compiled, deal: Deal, id: str) -> Value:
    return blocking(listings(world, deal, id, ENTITY_LIST))


def _sdn(world: Compiled, deal: Deal, id: str) -> Value:
    return sdn(world, deal, id)


def shares(world: Compiled, id: str, hit: Iterable[str]) -> tuple[float, tuple[str, ...]]:
    """Per cent of an entity that these hold directly, at least, and the statements."""
    low = 0.0
    proof: list[str] = []
    wanted = set(hit)
    for link in world.graph.links(id):
        if link.kind == "owner" and link.other in wanted and not link.alleged:
            low += link.low
            proof += link.proof
    return low, tuple(proof)


def _owned(words: tuple[str, ...]) -> Derive:
    def derive(world: Compiled, deal: Deal, id: str) -> Value:
        owners = [link.other for link in world.graph.links(id) if link.kind == "owner" and not link.alleged]
        hit = {one: _hit(world, deal, one, words) for one in dict.fromkeys(owners)}
        listed = [one for one, found in hit.items() if found.counts and not found.alleged]
        if not listed:
            return Value(Truth.UNKNOWN)
        low, proof = shares(world, id, listed)
        proof = (*proof, *(said for one in listed for said in hit[one].proof))
        if low >= HALF:
            return Value(Truth.TRUE, proof)
        return Value(Truth.UNKNOWN, proof, needs=f"How much of {world.caption(id)} the listed owners hold in all.")

    return derive


def _same_hands(world: Compiled, deal: Deal, id: str) -> Value:
    """Run by somebody on the list, or by or of those who run or own somebody on it: no ownership by itself, and what a new shell looks
    like. What is firm comes first; what is only alleged makes it alleged."""
    near: list[tuple[str, tuple[str, ...], bool]] = []
    for link in world.graph.links(id):
        if link.kind == "officer":
            near.append((link.other, link.proof, link.alleged))
        if link.kind not in ("officer", "owner") or world.graph.surely(link.other, "PublicBody"):
            continue
        beside = world.graph.links(link.other)
        near += [
            (one.other, (*link.proof, *one.proof), link.alleged or one.alleged)
            for one in beside[:MOST]
            if one.kind in ("subsidiary", "post") and one.other != id
        ]
    found = [
        Charge((*proof, *listed.proof), alleged or listed.alleged, listed.notes)
        for other, proof, alleged in near
        if (listed := _hit(world, deal, other, SDN)).counts
    ]
    return blocking(merge(found))


def _hit(world: Compiled, deal: Deal, id: str, words: tuple[str, ...]) -> Charge:
    if words is not SDN:
        return listings(world, deal, id, words)
    found = sdn(world, deal, id)
    return Charge(found.proof if found.truth is Truth.TRUE else (), found.alleged, found.notes)


def _recipient(words: tuple[str, ...]) -> Derive:
    """Somebody to whom the item goes: the end user, or who stands between. Not the supplier."""

    def derive(world: Compiled, deal: Deal, _: str) -> Value:
        ids = [one.id for one in deal.parties if one.role in ("via", "end_user")]
        return blocking(merge(listings(world, deal, one, words) for one in ids if one is not None))

    return derive


FACTS: tuple[Fact, ...] = (
    fact(
        "vendor.us_entity_list",
        Of.VENDOR,
        Polarity.BLOCKS,
        _entity_listed,
        asks="Does {subject} stand on the US Entity List?",
        needs="Whether {subject} stands on the US Entity List on that day.",
    ),
    fact(
        "deal.recipient_us_entity_list",
        Of.DEAL,
        Polarity.BLOCKS,
        _recipient(ENTITY_LIST),
        asks="Does the end user, or somebody in between, stand on the US Entity List?",
        needs="Whether the end user or an intermediary stands on the US Entity List on that day.",
    ),
    fact(
        "vendor.us_sdn",
        Of.VENDOR,
        Polarity.BLOCKS,
        _sdn,
        asks="Does {subject} stand on the list of those whose property the United States block?",
        needs="Whether {subject} stands on that list on that day.",
    ),
    fact(
        "buyer.us_sdn",
        Of.BUYER,
        Polarity.BLOCKS,
        _sdn,
        asks="Does {subject} stand on the list of those whose property the United States block?",
        needs="Whether {subject} stands on that list on that day.",
    ),
    fact(
        "vendor.half_owned_entity_list",
        Of.VENDOR,
        Polarity.BLOCKS,
        _owned(ENTITY_LIST),
        asks="Do owners on the US Entity List hold half of {subject} or more, in all?",
        needs="Who owns {subject}, and how much of it.",
    ),
    fact(
        "vendor.half_owned_sdn",
        Of.VENDOR,
        Polarity.BLOCKS,
        _owned(SDN),
        asks="Do owners whose property the United States block hold half of {subject} or more, in all?",
        needs="Who owns {subject}, and how much of it.",
    ),
    fact(
        "vendor.same_hands_as_sdn",
        Of.VENDOR,
        Polarity.BLOCKS,
        _same_hands,
        asks="Is {subject} run by somebody whose property the United States block, or by or of those who run or own such a one?",
        needs="Who runs {subject}, and who owns it.",
    ),
)
