"""The group of companies around an entity, along ownership: who stands above, below and beside, and how firmly."""

from __future__ import annotations

import itertools
from collections import deque
from functools import cached_property
from operator import le

from sousveil.register.model import Standing
from sousveil.register.views import words
from sousveil.register.views.model import GroupMember, GroupView, Ref
from sousveil.register.views.reading import RANK, Reader, Record, span, state_of, weakest_of
from sousveil.register.views.related import unknown_party

DEPTH = 8
"""Steps of ownership that are followed in one direction."""
MEMBERS_MOST = 200
_OVER = {"future": 1, "ended": 2}


class Link:
    """One ownership."""

    def __init__(self, reader: Reader, record: Record, owner: str, asset: str) -> None:
        self.record, self.owner, self.asset = record, owner, asset
        self._day = reader.day

    @cached_property
    def standing(self) -> str:
        """How firmly it stands; who only follows links does not ask."""
        return weakest_of(self.record, ends_of(self.record))

    @cached_property
    def state(self) -> str:
        """Whether it holds on the reader's day."""
        return state_of(*span(self.record), self._day)


def ends_of(record: Record) -> tuple[str, ...]:
    """The properties by which an ownership says who and what; one that names nobody and gives no reason says only what."""
    who = next((name for name in ("owner", "ownerUnspecified") if record.stand(name)), None)
    return (who, "asset") if who else ("asset",)


def unknown_id(record: Record) -> str:
    """The node of an owner that an ownership says is not known: one each, for two unknown owners need not be the same."""
    return f"unknown:{record.id}"


def ownerships(reader: Reader, ids: list[str]) -> list[Link]:
    """The ownerships that name one of these entities as owner or asset; two questions to the store, whatever their number."""
    found = [id for id, said in reader.linked(ids).items() if said[0].statement.type == "Ownership"]
    reader.load(found)
    records = [reader.records[reader.canonical(id)] for id in found if reader.canonical(id) in reader.records]
    reader.load(
        one.statement.value
        for record in records
        for name in ("owner", "asset", "nomineeFor")
        for one in record.stand(name)
    )
    links = []
    for record in records:
        owners = [reader.canonical(one.statement.value) for one in record.stand("owner")]
        if not owners and unknown_party(reader, record):
            owners = [unknown_id(record)]
        for owner in dict.fromkeys(owners):
            for asset in dict.fromkeys(reader.canonical(one.statement.value) for one in record.stand("asset")):
                links.append(Link(reader, record, owner, asset))
    return links


def group_view(reader: Reader, centre: str, limit: int = MEMBERS_MOST) -> GroupView:
    """Everybody above the entity, everybody below it, and what those directly above own besides.

    Each member once, on the firmest way, of these on the shortest. Ownership in a circle ends where it closes, and is said.
    """
    links_up, circle_up = _walk(reader, centre, up=True)
    links_down, circle_down = _walk(reader, centre, up=False)
    above, below = _paths(links_up, centre), _paths(links_down, centre)
    members = [_member(reader, centre, "up", path) for path in above.values()]
    members += [_member(reader, centre, "down", path) for id, path in below.items() if id not in above]
    beside = _beside(reader, links_up[centre], set(above) | set(below) | {centre})
    members += [_member(reader, centre, "side", path) for path in beside]
    return GroupView(members=members[:limit], more=max(0, len(members) - limit), circular=circle_up or circle_down)


def _walk(reader: Reader, centre: str, *, up: bool) -> tuple[dict[str, list[tuple[str, Link]]], bool]:
    """Each -> who is one link away, and that link; and whether a circle closes."""
    links: dict[str, list[tuple[str, Link]]] = {centre: []}
    wave, circular = [centre], False
    for _step in range(DEPTH):
        new: list[str] = []
        for link in ownerships(reader, [one for one in wave if not one.startswith("unknown:")]):
            here, there = (link.asset, link.owner) if up else (link.owner, link.asset)
            if here not in wave:
                continue
            circular = circular or there == centre
            if there not in links and len(links) <= MEMBERS_MOST * 2:
                links[there] = []
                new.append(there)
            if there in links:
                links[here].append((there, link))
        wave = new
        if not wave:
            break
    return links, circular


def _paths(links: dict[str, list[tuple[str, Link]]], centre: str) -> dict[str, list[Link]]:
    """The firmest way to each, of these the shortest: no nearer link that has ended, or is only alleged, hides one that stands."""
    places = {_place(link) for many in links.values() for _, link in many}
    paths: dict[str, list[Link]] = {}
    for limit in sorted(itertools.product(*map(set, zip(*places, strict=True)))) if places else ():
        wave: dict[str, list[Link]] = {centre: []}
        seen = {centre}
        while wave:
            new: dict[str, list[Link]] = {}
            for here, path in wave.items():
                for there, link in links[here]:
                    if there not in seen and all(map(le, _place(link), limit)):
                        seen.add(there)
                        new[there] = [*path, link]
                        paths.setdefault(there, new[there])
            wave = new if len(next(iter(new.values()), ())) < DEPTH else {}
    return dict(sorted(paths.items(), key=lambda one: len(one[1])))


def _place(link: Link) -> tuple[int, int, int]:
    """How firm a link is: whether it may hold today, how firmly it is said, and whether that it holds is sure. Less is firmer."""
    return _OVER.get(link.state, 0), RANK[Standing(link.standing)], int(link.state == "unknown")


def _beside(reader: Reader, above: list[tuple[str, Link]], known: set[str]) -> list[list[Link]]:
    direct: dict[str, list[Link]] = {}
    for id, link in above:
        if not id.startswith("unknown:"):
            direct.setdefault(id, []).append(link)
    found: dict[str, list[list[Link]]] = {}
    for link in ownerships(reader, list(direct)):
        if link.owner in direct and link.asset not in known:
            found.setdefault(link.asset, []).extend([one, link] for one in direct[link.owner])
    return [min(many, key=_firmness) for many in found.values()]


def _firmness(path: list[Link]) -> tuple[int, ...]:
    """Of a whole way: as firm as its weakest link in each respect."""
    return tuple(map(max, zip(*map(_place, path), strict=True)))


def _member(reader: Reader, centre: str, direction: str, path: list[Link]) -> GroupMember:
    ids = [centre]
    queue = deque(path)
    while queue:
        link = queue.popleft()
        ids.append(link.owner if link.asset == ids[-1] else link.asset)
    states = {link.state for link in path}
    state = (
        "ended"
        if "ended" in states
        else "current"
        if states == {"current"}
        else "future"
        if "future" in states
        else "unknown"
    )
    strength = words.weakest([link.standing for link in path])
    return GroupMember(
        ref=_ref(reader, ids[-1]),
        direction=direction,
        distance=len(path),
        path=[_ref(reader, one) for one in ids],
        standing=strength,
        standing_words=words.standing(strength),
        state=state,
        state_words=words.state(state),
        unknown=ids[-1].startswith("unknown:"),
    )


def _ref(reader: Reader, id: str) -> Ref:
    return Ref(id=id, caption=words.unknown_owner(), page=False) if id.startswith("unknown:") else reader.ref(id)
