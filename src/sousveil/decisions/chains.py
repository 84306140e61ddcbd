"""Chains of ownership on a day: owners above a company and holdings below it, each with how much its links state of control.

The links are those of the graph of affiliation (`evidence/affiliation.py`): a link counts unless every publisher of it has it ended or not
begun, and of several accounts the strongest counts. More than half, or an interest that is control by its nature, is control; a stated
smaller part is a share; everything else is not known. A chain is as strong as its weakest link; of several chains to the same company
the strongest counts, however long it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

import msgspec

from sousveil.decisions.compiled import world_of
from sousveil.decisions.evidence.affiliation import MAJORITY, Affiliations, share
from sousveil.register.model import Recorded
from sousveil.register.views.group import unknown_id
from sousveil.register.views.reading import Reader, Record
from sousveil.register.views.related import unknown_party

DEPTH = 8
MOST = 500
CONTROL, SHARE, UNKNOWN = "control", "share", "unknown"
_BY_NATURE = frozenset(
    "appointmentOfBoard otherInfluenceOrControl controlViaCompanyRulesOrArticles controlByLegalFramework "
    "rightsGrantedByContract trustee settlor protector".split()
)
_BY_RANK = (CONTROL, UNKNOWN, SHARE)
"""From the strongest to the weakest."""
_RANK = {how: rank for rank, how in enumerate(_BY_RANK)}


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tied to the centre by ownership on a day."""

    id: str
    """Canonical; `unknown:...` for an owner that an ownership says is not known."""
    path: tuple[str, ...]
    """From the centre to it: the strongest way, of these the shortest."""
    how: str
    """The weakest link of the path: `control`, `unknown` or `share`."""
    links: tuple[str, ...]
    """Ids of the ownerships."""


def strength(graph: Affiliations, record: Record) -> str:
    """What an ownership states of control: by the account that states the most. An account that names nobody adds control alone."""
    there = graph.base.records.get(record.id)
    stated = [
        (how(one), {"owner", "asset"} & {each.statement.property for each in one})
        for one in (graph.accounts(there) if there is not None else ())
    ]
    return min((one for one, names in stated if names or one == CONTROL), key=_RANK.__getitem__, default=UNKNOWN)


def how(account: list[Recorded]) -> str:
    """What one publisher's statements about an ownership state of control."""
    low, high, _ = share([account], firm=False)
    by_nature = any(one.statement.property == "interest" and one.statement.value in _BY_NATURE for one in account)
    return CONTROL if by_nature or low > MAJORITY else SHARE if high <= MAJORITY else UNKNOWN


def weaker(one: str, other: str) -> str:
    """The weaker of two links, as strong as both together are."""
    return max(one, other, key=_RANK.__getitem__)


def above(reader: Reader, centre: str, day: str) -> list[Holder]:
    """Everybody who held the company on that day, nearest first."""
    return _walk(reader, centre, day, up=True)


def below(reader: Reader, centre: str, day: str) -> list[Holder]:
    """Everybody whom the company held on that day, nearest first."""
    return _walk(reader, centre, day, up=False)


def _walk(reader: Reader, centre: str, day: str, *, up: bool) -> list[Holder]:
    """Everybody by the strongest way, of these the shortest: strong links first, so that no weak one hides who controls."""
    graph, centre = world_of(reader, reader.day).graph.on(day), reader.canonical(centre)
    reached, fewest = dict[str, Holder](), dict[str, int]()
    waiting: list[tuple[int, int, tuple[str, ...], tuple[str, ...]]] = [(0, 1, (centre,), ())]
    while waiting and len(reached) <= MOST:
        rank, steps, path, links = heappop(waiting)
        if steps < fewest.get(path[-1], steps + 1):  # a weaker way that is shorter leads further
            fewest[path[-1]] = steps
            reached.setdefault(path[-1], Holder(id=path[-1], path=path, how=_BY_RANK[rank], links=links))
            for other, strength, record in _near(reader, graph, path[-1], up) if steps <= DEPTH else ():
                heappush(waiting, (max(rank, _RANK[strength]), steps + 1, (*path, other), (*links, record)))
    return sorted([*reached.values()][1:], key=lambda one: (len(one.path), _RANK[one.how], one.id))


def _near(reader: Reader, graph: Affiliations, id: str, up: bool) -> Iterator[tuple[str, str, str]]:
    """Who is one link away, how strong the link is, and the id of the ownership."""
    for link in graph.holdings(id):
        if link.kind in (("owner", "part") if up else ("subsidiary", "stake")):
            said = graph.base.statements[link.proof[0]].statement.subject
            record = graph.base.records[graph.base.canonical(said)]
            yield link.other, strength(graph, record), record.id
    for record in graph.pointing(id, "Ownership.asset") if up else ():
        if graph.live(record, ("asset",)) and not record.stand("owner") and unknown_party(reader, record):
            yield unknown_id(record), strength(graph, record), record.id


def groups(reader: Reader, centres: Iterable[str], day: str) -> set[str]:
    """Of each company: itself, who controls it or may, whom it controls or may, and what those above hold besides, on that day. A stated
    minority share makes no group."""
    members: set[str] = set()
    for centre in map(reader.canonical, centres):
        above = [one for one in _walk(reader, centre, day, up=True) if not one.id.startswith("unknown:")]
        tops = [centre, *(one.id for one in above if one.how != SHARE)]
        below = (each for one in tops for each in _walk(reader, one, day, up=False))
        members |= {*tops, *(each.id for each in below if each.how != SHARE)}
    return members
