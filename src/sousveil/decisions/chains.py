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
from sousveil.register.views.group import unknown_id
from sousveil.register.views.reading import Reader, Record
from sousveil.register.views.related import unknown_party

CONTROL, SHARE, UNKNOWN = "control", "share", "unknown"
_BY_NATURE = frozenset(
    "appointmentOfBoard otherInfluenceOrControl controlViaCompanyRulesOrArticles controlByLegalFramework "
    "rightsGrantedByContract trustee settlor protector".split()
)
_RANK = {CONTROL: 0, UNKNOWN: 1, SHARE: 2}
"""From the strongest to the weakest."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tied to the centre by ownership on a day."""

    id: str
    """Canonical; `unknown:...` for an owner that an ownership says is not known."""
    path: tuple[str, ...]
    """From the centre to it: the strongest way, of these the shortest."""
    how: str
    """The weakest link of the path: `control`, `unknown` or `share`."""


def strength(graph: Affiliations, record: Record) -> str:
    """What an ownership states of control: by the account that states the most. An account that names nobody adds control alone."""
    there, stated = graph.base.records.get(record.id), list[str]()
    for account in graph.accounts(there) if there is not None else ():
        low, high, _ = share([account], firm=False)
        by_nature = any(one.statement.property == "interest" and one.statement.value in _BY_NATURE for one in account)
        how = CONTROL if by_nature or low > MAJORITY else SHARE if high <= MAJORITY else UNKNOWN
        if how == CONTROL or any(one.statement.property in ("owner", "asset") for one in account):
            stated.append(how)
    return min(stated, key=_RANK.__getitem__, default=UNKNOWN)


def above(reader: Reader, centre: str, day: str) -> list[Holder]:
    """Everybody who held the company on that day, nearest first."""
    return _walk(reader, centre, day, up=True)


def below(reader: Reader, centre: str, day: str) -> list[Holder]:
    """Everybody whom the company held on that day, nearest first."""
    return _walk(reader, centre, day, up=False)


def _walk(reader: Reader, centre: str, day: str, *, up: bool) -> list[Holder]:
    """Everybody by the strongest way, of these the shortest: strong links first, so that no weak one hides who controls."""
    graph, centre = world_of(reader, reader.day).graph.on(day), reader.canonical(centre)
    reached = dict[str, Holder]()
    waiting: list[tuple[int, int, tuple[str, ...]]] = [(0, 1, (centre,))]
    while waiting:
        rank, steps, path = heappop(waiting)
        if path[-1] not in reached:
            reached[path[-1]] = Holder(id=path[-1], path=path, how=[*_RANK][rank])
            for other, record in _near(reader, graph, path[-1], up):
                how = _RANK[strength(graph, record)]
                heappush(waiting, (max(rank, how), steps + 1, (*path, other)))
    return sorted([*reached.values()][1:], key=lambda one: (len(one.path), _RANK[one.how], one.id))


def _near(reader: Reader, graph: Affiliations, id: str, up: bool) -> Iterator[tuple[str, Record]]:
    """Who is one link away, with the ownership."""
    for link in graph.holdings(id):
        if link.kind == ("owner" if up else "subsidiary"):
            subject = graph.base.statements[link.proof[0]].statement.subject
            yield link.other, graph.base.records[graph.base.canonical(subject)]
    for record in graph.pointing(id, "Ownership.asset") if up else ():
        if graph.live(record, ("asset",)) and not record.stand("owner") and unknown_party(reader, record):
            yield unknown_id(record), record


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
