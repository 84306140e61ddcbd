"""Official lists: who stands on them on the day, and who is owned by somebody on them.

A listing among the statements counts from its first day to its last; the day after, it does not. A row of a reference list counts up to
the day of the copy that the register holds, and a month longer; after that nobody can say whether it still stands there.
"""

from __future__ import annotations

from sousveil.decisions import parameters
from sousveil.decisions.compiled import Compiled
from sousveil.decisions.evidence.accounts import Charge, adverse, merge
from sousveil.decisions.evidence.affiliation import Link, closure
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
    row, snapshot = world.base.rows.get(id), world.base.snapshots.get(SDN_ROWS)
    if snapshot is None or (found.truth is Truth.TRUE and not found.alleged):
        return found
    copy, day = edtf.parse(snapshot.date), edtf.parse(world.as_of)
    fresh = copy.first <= day.first <= copy.last + FRESH_DAYS
    if row is not None and row.dataset == SDN_ROWS and (fresh or found.truth is not Truth.TRUE):
        needs = f"Whether {row.caption} stands on the list {SDN_ROWS} on {world.as_of}: the copy on file is of {snapshot.date}."
        return Value(Truth.TRUE, (id,)) if fresh else Value(Truth.UNKNOWN, (id,), needs=needs)
    on_file = row is not None or world.record(id) is not None
    return Value(Truth.FALSE) if fresh and on_file and found.truth is not Truth.TRUE else found


@kept
def _hit(world: Compiled, id: str, words: tuple[str, ...]) -> Charge:
    """What lists an entity by these words."""
    found = sdn(world, id) if words is SDN else blocking(listings(world, id, words))
    return Charge(found.proof if found.truth is Truth.TRUE else (), found.alleged)


def _owners(world: Compiled, id: str) -> list[Link]:
    return [one for one in world.graph.holdings(id) if one.kind == "owner" and not one.alleged]


def _owned(words: tuple[str, ...]) -> Derive:
    """Whether those who are listed, or owned by half or more by those who are, hold half of an entity in all.

    Shares of all owners count, however small, and those of an owned shell as its owners' own. Everybody above is looked at until nothing
    changes any more, so a circle of owners neither hides anybody nor makes anybody listed.
    """

    def derive(world: Compiled, deal: Deal, id: str) -> Value:
        above = closure([id], lambda one: (link.other for link in _owners(world, one)))
        links = {one: _owners(world, one) for one in above}
        hits = {one: hit for one in above if (hit := _hit(world, one, words)).counts and not hit.alleged}

        def half(one: str) -> bool:
            return sum(link.low for link in links[one] if link.other in owned) >= HALF

        owned = set(hits)
        while more := {one for one in above if one not in owned and half(one)}:
            owned |= more
        holdings = [link.proof for many in links.values() for link in many if link.other in owned]
        proof = dict.fromkeys(
            statement for many in (*holdings, *(hits[one].proof for one in hits)) for statement in many
        )
        needs = f"How much of {world.caption(id)} the listed owners hold in all." if holdings else ""
        return Value(Truth.TRUE if half(id) else Truth.UNKNOWN, tuple(proof) if holdings else (), needs=needs)

    return derive


blocks("vendor.us_entity_list", asks="Does {subject} stand on the US Entity List?")(
    lambda world, deal, id: listings(world, id, ENTITY_LIST)
)


@blocks("deal.recipient_us_entity_list", asks="Does the end user, or somebody in between, stand on the US Entity List?")
def _recipient(world: Compiled, deal: Deal, _: str) -> Charge:
    """Somebody to whom the item goes: the end user, or who stands between. Not the supplier."""
    return merge(listings(world, one, ENTITY_LIST) for one in deal.recipients)


for _subject in ("vendor", "buyer"):
    _on_list = "Does {subject} stand on the list of those whose property the United States block?"
    blocks(f"{_subject}.us_sdn", asks=_on_list)(lambda world, deal, id: sdn(world, id))
    for _list, _words, _who in (
        ("entity_list", ENTITY_LIST, "on the US Entity List"),
        ("sdn", SDN, "whose property the United States block"),
    ):
        blocks(f"{_subject}.half_owned_{_list}", asks=f"Do owners {_who} hold half of {{subject}} or more, in all?")(
            _owned(_words)
        )
