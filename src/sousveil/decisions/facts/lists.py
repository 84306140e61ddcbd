"""Official lists: who stands on them on the day, and who is owned by somebody on them.

A listing among the statements counts from its first day to its last; the day after, it does not. A row of a reference list counts up to
the day of the copy that the register holds, and a month longer; after that nobody can say whether it still stands there.
"""

from __future__ import annotations

import msgspec

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, adverse, both, merge
from sousveil.decisions.evidence.admissibility import beneficiaries
from sousveil.decisions.evidence.affiliation import Link, closure
from sousveil.decisions.facts.groups import known
from sousveil.decisions.facts.model import Value
from sousveil.decisions.facts.reading import Derive, blocking, blocks
from sousveil.decisions.model import Deal, Truth, kept
from sousveil.register import edtf

FRESH_DAYS = parameters.days("us-lists", "copy_days")
ENTITY_LIST = ("entity list",)
SDN = ("specially designated nationals", "sdn")
SDN_ROWS = "us-ofac-sdn"
HALF = parameters.percent("us-lists", "half_percent")


def listings(world: Compiled, id: str, words: tuple[str, ...]) -> Charge:
    """Listings of an entity on a list with one of these words in its name, on the day."""
    found = []
    for record in world.pointing(id, "Sanction.entity"):
        programs = {one.statement.value for one in record.claims("program", "authority")}
        named = {one for one in programs if any(f" {word} " in f" {_plain(one)} " for word in words)}
        for name in ("program", "authority") if named else ():
            found.append(
                adverse(world, record, [("entity", {id}), (name, named)], since=("startDate", "listingDate", "date"))
            )
    return merge(found)


def _plain(text: str) -> str:
    return " ".join("".join(one if one.isalnum() else " " for one in text.casefold()).split())


def sdn(world: Compiled, id: str) -> Value:
    """Whether an entity stands on the list of those whose property is blocked.

    A row of the list counts while its copy is fresh on the day. Who is not on a fresh copy is not on the list, for the list is whole.
    """
    found = blocking(listings(world, id, SDN))
    listed, snapshot = world.base.rows.get(id), world.base.snapshots.get(SDN_ROWS)
    if snapshot is None or (found.truth is Truth.TRUE and not found.alleged):
        return found
    copy, day = edtf.parse(snapshot.date), edtf.parse(world.as_of)
    fresh = copy.first <= day.first <= copy.last + FRESH_DAYS
    if listed is not None and listed.dataset == SDN_ROWS and (fresh or found.truth is not Truth.TRUE):
        needs = f"Whether {listed.caption} stands on the list {SDN_ROWS} on {world.as_of}: the copy on file is of {snapshot.date}."
        return Value(Truth.TRUE, (id,)) if fresh else Value(Truth.UNKNOWN, (id,), needs=needs)
    known = world.record(id) is not None or id in world.base.rows
    absent = fresh and known and found.truth is not Truth.TRUE
    return Value(Truth.FALSE) if absent else found


@blocks("vendor.us_entity_list", asks="Does {subject} stand on the US Entity List?")
def _entity_listed(world: Compiled, deal: Deal, id: str) -> Charge:
    return listings(world, id, ENTITY_LIST)


@blocks("vendor.us_sdn", asks="Does {subject} stand on the list of those whose property the United States block?")
@blocks("buyer.us_sdn", asks="Does {subject} stand on the list of those whose property the United States block?")
def _sdn(world: Compiled, deal: Deal, id: str) -> Value:
    return sdn(world, id)


class Share(msgspec.Struct, frozen=True):
    """Per cent of a company that listed owners hold in all, at least and at most, and the statements. Who is listed has all of itself."""

    low: float = 0.0
    high: float = 0.0
    proof: tuple[str, ...] = ()


def shares(world: Compiled, id: str, words: tuple[str, ...]) -> Share:
    """How much of an entity those hold who are listed, or owned by half or more, in all, by those who are listed or owned so themselves.

    Shares of all owners count, however small, and those of an owned shell as its owners' own. Everybody above is looked at until nothing
    changes any more, so a circle of owners neither hides anybody nor makes anybody listed.
    """
    kept: dict[str, Share] = world.once("shares", words[0], dict)
    above = closure([id], lambda one: (link.other for link in _owners(world, one) if link.other not in kept))
    new = [one for one in above if one not in kept]
    listed = {one: _hit(world, one, words) for one in new}
    kept.update({one: Share(100.0, 100.0, hit.proof) for one, hit in listed.items() if hit.counts and not hit.alleged})
    open_ = [one for one in reversed(new) if one not in kept]
    kept.update(dict.fromkeys(open_, Share()))
    changed = True
    while changed:
        before = [kept[one] for one in open_]
        for one in open_:
            kept[one] = _added(world, one, kept)
        changed = any(
            (one.low >= HALF, one.high >= HALF) != (kept[id].low >= HALF, kept[id].high >= HALF)
            for one, id in zip(before, open_, strict=True)
        )
    return _added(world, id, kept)


def _owners(world: Compiled, id: str) -> list[Link]:
    return [one for one in world.graph.holdings(id) if one.kind in ("owner", "part") and not one.alleged]


def _added(world: Compiled, id: str, kept: dict[str, Share]) -> Share:
    """What its listed owners hold of an entity, each half-owned shell as its owners'."""
    low, high, proof = 0.0, 0.0, list[str]()
    for link in _owners(world, id):
        above = kept[link.other]
        if above.high >= HALF:
            low, high = low + (link.low if above.low >= HALF else 0.0), high + link.high
            proof += (*link.proof, *above.proof)
    return Share(low, high, tuple(dict.fromkeys(proof)))


def _owned(words: tuple[str, ...]) -> Derive:
    def derive(world: Compiled, deal: Deal, id: str) -> Value:
        found = shares(world, id, words)
        if found.low >= HALF or not found.proof:
            return Value(Truth.TRUE if found.proof else Truth.UNKNOWN, found.proof)
        if found.high < HALF and known(world, id, beneficiaries(deal, id)).holds:  # who holds the rest is shown
            return Value(Truth.FALSE, found.proof)
        return Value(
            Truth.UNKNOWN, found.proof, needs=f"How much of {world.caption(id)} the listed owners hold in all."
        )

    return derive


@blocks(
    "vendor.same_hands_as_sdn",
    asks="Is {subject} run by somebody whose property the United States block, or by or of those who run or own such a one?",
    needs="Who runs {subject}, and who owns it.",
)
def _same_hands(world: Compiled, deal: Deal, id: str) -> Charge:
    """Run by somebody on the list, or by or of those who run or own one: no ownership, and what a new shell looks like."""
    found = []
    for link in world.graph.links(id):
        if link.kind == "officer" and (hit := _hit(world, link.other, SDN)).counts:
            found.append(_with(link, hit))
        if link.kind in ("officer", "owner") and not world.graph.is_certainly(link.other, "PublicBody"):
            others = _listed_companies(world, link.other)
            found += [_with(link, charge) for other, charge in others.items() if other != id]
    return merge(found)


def _with(link: Link, charge: Charge) -> Charge:
    return both((Charge(link.proof, link.alleged), charge))


@kept
def _listed_companies(world: Compiled, head: str) -> dict[str, Charge]:
    """Of those whom somebody owns or runs, who is on the list of blocked persons: looked for once, however many they are."""
    found = dict[str, Charge]()
    for link in world.graph.links(head):
        if link.kind in ("subsidiary", "post") and (hit := _hit(world, link.other, SDN)).counts:
            found[link.other] = merge((found.get(link.other, Charge()), _with(link, hit)))
    return found


def _hit(world: Compiled, id: str, words: tuple[str, ...]) -> Charge:
    """What lists an entity by these words."""
    if words is not SDN:
        return listings(world, id, words)
    found = sdn(world, id)
    return Charge(found.proof if found.truth is Truth.TRUE else (), found.alleged)


@blocks("deal.recipient_us_entity_list", asks="Does the end user, or somebody in between, stand on the US Entity List?")
def _recipient(world: Compiled, deal: Deal, _: str) -> Charge:
    """Somebody to whom the item goes: the end user, or who stands between. Not the supplier."""
    return merge(listings(world, one, ENTITY_LIST) for one in deal.recipients)


for _subject in ("vendor", "buyer"):
    for _list, _words, _who in (
        ("entity_list", ENTITY_LIST, "on the US Entity List"),
        ("sdn", SDN, "whose property the United States block"),
    ):
        blocks(
            f"{_subject}.half_owned_{_list}",
            asks=f"Do owners {_who} hold half of {{subject}} or more, in all?",
            needs="Who owns {subject}, and how much of it.",
        )(_owned(_words))
