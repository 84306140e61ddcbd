"""Official lists: who stands on them on the day, and who is owned by somebody on them.

A listing among the statements counts from its first day to its last; the day after, it does not. A row of a reference list counts up to
the day of the copy that the register holds, and a month longer; after that nobody can say whether it still stands there.
"""

from __future__ import annotations

import msgspec

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, adverse, charge, merge
from sousveil.decisions.evidence.admissibility import beneficiaries
from sousveil.decisions.evidence.affiliation import Link
from sousveil.decisions.facts.chain import known
from sousveil.decisions.facts.model import Fact, Of, Polarity, Value
from sousveil.decisions.facts.reading import Derive, blocking, fact, naming_of
from sousveil.decisions.model import Truth
from sousveil.decisions.world import Deal
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.views.records import Record

FRESH_DAYS = parameters.days("us-lists", "copy_days")
ENTITY_LIST = ("entity list",)
SDN = ("specially designated nationals", "sdn")
SDN_ROWS = "us-ofac-sdn"
HALF = parameters.percent("us-lists", "half_percent")


def listings(world: Compiled, id: str, words: tuple[str, ...]) -> Charge:
    """Listings of an entity on a list with one of these words in its name, on the day."""
    found = []
    for record in world.pointing(id, "Sanction.entity"):
        if not _named(record, words):
            continue
        named = {one.statement.value for one in _programs(record, words)}
        listed = merge(
            adverse(world, record, [("entity", {id}), (name, named)], since=("startDate", "listingDate", "date"))
            for name in ("program", "authority")
        )
        if not listed.counts and charge(world, naming_of(world, record, "entity", id)).counts:
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


def sdn(world: Compiled, id: str) -> Value:
    """Whether an entity stands on the list of those whose property is blocked."""
    found = blocking(listings(world, id, SDN))
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
    return blocking(listings(world, id, ENTITY_LIST))


def _sdn(world: Compiled, deal: Deal, id: str) -> Value:
    return sdn(world, id)


class _Held(msgspec.Struct, frozen=True):
    """Whether somebody is on a list or is owned by half or more by those who are: surely, or as far as may be; and what says so."""

    surely: bool = False
    maybe: bool = False
    proof: tuple[str, ...] = ()


_Key = tuple[str, tuple[str, ...]]
NOT_HELD = _Held()


def _half(world: Compiled, id: str, words: tuple[str, ...]) -> tuple[float, float, tuple[str, ...]]:
    """`shares`, of whoever is listed as far as those say who gain nothing from the deal."""

    def make(kept: dict[_Key, _Held]) -> tuple[float, float, tuple[str, ...]]:
        held(world, id, words, kept)
        return shares(world, id, words, kept)

    return world.kept(f"half {words[0]}", make)


def held(world: Compiled, id: str, words: tuple[str, ...], kept: dict[_Key, _Held]) -> _Held:
    """Whether an entity is listed, or owned by half or more, in all, by those who are listed or owned so themselves.

    Shares of all owners count, however small, and those of an owned shell as its owners' own. Everybody above is looked at until nothing
    changes any more, so a circle of owners neither hides anybody nor makes anybody listed.
    """
    if (id, words) in kept:
        return kept[id, words]
    above = {id: None}
    wave = [id]
    while wave:
        for link in _owners(world, wave.pop()):
            if link.other not in above and (link.other, words) not in kept:
                above[link.other] = None
                wave.append(link.other)
    listed = {one: _hit(world, one, words) for one in above}
    kept.update(((one, words), NOT_HELD) for one in above)
    changed = True
    while changed:
        changed = False
        for one in reversed(above):
            before, now = kept[one, words], _hold(world, one, words, listed[one], kept)
            kept[one, words] = now
            changed = changed or (before.surely, before.maybe) != (now.surely, now.maybe)
    return kept[id, words]


def _owners(world: Compiled, id: str) -> list[Link]:
    return [one for one in world.graph.holdings(id) if one.kind in ("owner", "part") and not one.alleged]


def shares(
    world: Compiled, id: str, words: tuple[str, ...], kept: dict[_Key, _Held]
) -> tuple[float, float, tuple[str, ...]]:
    """Per cent of an entity that those hold in all who are listed or owned so, at least and at most, and the statements."""
    low = high = 0.0
    proof: list[str] = []
    for link in _owners(world, id):
        above = held(world, link.other, words, kept)
        if above.maybe:
            low, high = low + (link.low if above.surely else 0.0), high + link.high
            proof += (*link.proof, *above.proof)
    return low, high, tuple(dict.fromkeys(proof))


def _hold(world: Compiled, id: str, words: tuple[str, ...], listed: Charge, kept: dict[_Key, _Held]) -> _Held:
    if listed.counts and not listed.alleged:
        return _Held(True, True, listed.proof)
    low, high, proof = shares(world, id, words, kept)
    return _Held(low >= HALF, True, proof) if high >= HALF else NOT_HELD


def _owned(words: tuple[str, ...]) -> Derive:
    def derive(world: Compiled, deal: Deal, id: str) -> Value:
        low, high, proof = _half(world, id, words)
        if low >= HALF:
            return Value(Truth.TRUE, proof)
        if not proof:
            return Value(Truth.UNKNOWN)
        if high < HALF and known(world, id, beneficiaries(deal, id)).holds:  # who holds the rest is shown
            return Value(Truth.FALSE, proof)
        return Value(Truth.UNKNOWN, proof, needs=f"How much of {world.caption(id)} the listed owners hold in all.")

    return derive


def _same_hands(world: Compiled, deal: Deal, id: str) -> Value:
    """Run by somebody on the list, or by or of those who run or own somebody on it: no ownership by itself, and what a new shell looks
    like. What is firm comes first; what is only alleged makes it alleged."""
    found: list[Charge] = []
    for link in world.graph.links(id):
        near: list[tuple[str, tuple[str, ...], bool]] = []
        if link.kind == "officer":
            near.append((link.other, link.proof, link.alleged))
        if link.kind in ("officer", "owner") and not world.graph.is_certainly(link.other, "PublicBody"):
            near += [
                (other, (*link.proof, *proof), link.alleged or alleged)
                for other, proof, alleged in _beside(world, link.other)
                if other != id
            ]
        for other, proof, alleged in near:
            if (listed := _hit(world, other, SDN)).counts:
                found.append(Charge((*proof, *listed.proof), alleged or listed.alleged, listed.notes))
    return blocking(merge(found))


_Beside = list[tuple[str, tuple[str, ...], bool]]


def _beside(world: Compiled, head: str) -> _Beside:
    """Of those whom somebody owns or runs, who is on the list of blocked persons: looked for once, however many they are."""

    def make(kept: dict[str, _Beside]) -> _Beside:
        if head not in kept:
            kept[head] = [
                (one.other, one.proof, one.alleged)
                for one in world.graph.links(head)
                if one.kind in ("subsidiary", "post") and _hit(world, one.other, SDN).counts
            ]
        return kept[head]

    return world.kept("beside", make)


def _hit(world: Compiled, id: str, words: tuple[str, ...]) -> Charge:
    """What is kept for every deal is ended by nobody but those who tell of it."""
    if words is not SDN:
        return listings(world, id, words)
    found = sdn(world, id)
    return Charge(found.proof if found.truth is Truth.TRUE else (), found.alleged, found.notes)


def _recipient(words: tuple[str, ...]) -> Derive:
    """Somebody to whom the item goes: the end user, or who stands between. Not the supplier."""

    def derive(world: Compiled, deal: Deal, _: str) -> Value:
        return blocking(merge(listings(world, one, words) for one in deal.recipients))

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
        needs="Whether {subject} stands on that day on the list of those whose property the United States block.",
    ),
    fact(
        "buyer.us_sdn",
        Of.BUYER,
        Polarity.BLOCKS,
        _sdn,
        asks="Does {subject} stand on the list of those whose property the United States block?",
        needs="Whether {subject} stands on that day on the list of those whose property the United States block.",
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
        "buyer.half_owned_entity_list",
        Of.BUYER,
        Polarity.BLOCKS,
        _owned(ENTITY_LIST),
        asks="Do owners on the US Entity List hold half of {subject} or more, in all?",
        needs="Who owns {subject}, and how much of it.",
    ),
    fact(
        "buyer.half_owned_sdn",
        Of.BUYER,
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
