"""The board of the procedures for the pages: loaded once for each state of the register, and the names that forms look up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from pydantic import Field

from sousveil.decisions.views import (
    Board,
    Breach,
    DisclosuresView,
    OpenDuty,
    OversightView,
    ProposalsView,
    QueueView,
    breaches,
    day_of,
    disclosures_view,
    open_duties,
    oversight_view,
    proposals_view,
    words_of,
)
from sousveil.decisions.views import licence_queue as queue
from sousveil.desk.watching import WatchView, watch
from sousveil.register import types
from sousveil.register.intake import intakes
from sousveil.register.types.countries import country_name
from sousveil.register.views.model import MapCountry, MapView
from sousveil.register.views.model_base import Frame
from sousveil.register.views.reading import Reader, clusters_at, stands
from sousveil.register.views.worldmap import map_view
from sousveil.web.page import Asked
from sousveil.web.render import language
from sousveil.web.site import Site

_BOARDS: WeakKeyDictionary[Site, tuple[str, Board]] = WeakKeyDictionary()
_LOCK = threading.Lock()
NAMES_MOST = 50
"""Hits among which a name is looked for."""
SHOWN = 3
"""Most countries, and most sources, that distinguish a namesake."""


class OnDay(Asked):
    """A day."""

    as_of: str | None = Field(
        None,
        pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
        description="Show what is due, overdue and in force on this day, YYYY-MM-DD; else today.",
        examples=["2026-12-31"],
    )


def board_of(site: Site) -> Board:
    """The board of the register's state of now."""
    name = site.state().name
    with _LOCK:
        have = _BOARDS.get(site)
        if have is None or have[0] != name:
            have = (name, Board(site.store))
            _BOARDS[site] = have
        return have[1]


class _List:
    """A list that is made once, by whoever asks for it first; others wait for it, and for no other list."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._made: tuple[object] | None = None

    def get(self, make: Callable[[], object]) -> object:
        """The list; made where it was not."""
        with self._making:
            if self._made is None:
                self._made = (make(),)
            return self._made[0]


_KEPT: WeakKeyDictionary[Site, tuple[str, dict[tuple[object, ...], _List]]] = WeakKeyDictionary()
_KEEPING = threading.Lock()
KEPT_MOST = 16
"""Lists of one state of the register that are kept: of today, of a day or two that people ask for, in their languages."""
_T = TypeVar("_T")


def kept(site: Site, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
    """What was made of this state of the register, in the language that is spoken, for this question; made anew where it was not.

    `make` asks for the board itself: one that was taken before the state was read may be of the state before.
    """
    state, question = site.state().name, (language(), *key)
    with _KEEPING:
        have = _KEPT.get(site)
        if have is None or have[0] != state:
            have = _KEPT[site] = (state, {})
        if question not in have[1]:
            if len(have[1]) >= KEPT_MOST:
                del have[1][next(iter(have[1]))]
            have[1][question] = _List()
        found = have[1][question] = have[1].pop(question)  # the one that was asked for longest ago goes first
    return cast(_T, found.get(make))


def queue_of(site: Site, as_of: str | None = None) -> QueueView:
    """The review queue on a day: the page of each State counts in it."""
    return kept(site, ("queue", as_of), lambda: queue(site.store, as_of=as_of))


def whole_map(site: Site, as_of: str | None) -> MapView:
    """Returns who sells and buys, with as many rows of each State as any page shows. Not to be changed."""
    return kept(site, ("map", as_of), lambda: map_view(site.store, as_of=as_of))


def map_of(site: Site, as_of: str | None) -> dict[str, MapCountry]:
    """Returns the same by the code of the State: the page of each State shows its own. Not to be changed."""
    return {one.code: one for one in whole_map(site, as_of).countries}


def watch_of(site: Site, day: str) -> WatchView:
    """Everybody on the watch on a day: the page shows a part. Not to be changed."""
    return kept(site, ("watch", day), lambda: watch(site.store, day, board_of(site)))


def oversight_of(site: Site, company: str | None, as_of: str | None, known_at: int | None) -> OversightView:
    """Oversight bodies, and who has none: the page shows a part. Kept for all companies, and for what is known now."""
    if company is not None or known_at is not None:
        return oversight_view(site.store, company, as_of=as_of, known_at=known_at)
    return kept(site, ("oversight", as_of), lambda: oversight_view(site.store, as_of=as_of))


def proposals_of(site: Site, as_of: str | None, known_at: int | None) -> ProposalsView:
    """Every proposal before a board: the page shows a part. Kept for what is known now."""
    if known_at is not None:
        return proposals_view(site.store, as_of=as_of, known_at=known_at)
    return kept(site, ("proposals", as_of), lambda: proposals_view(site.store, as_of=as_of))


def disclosures_of(site: Site, country: str | None, as_of: str | None, known_at: int | None) -> DisclosuresView:
    """What States disclose: the page shows a part. Kept for all States, and for what is known now."""
    today = site.state().today
    if country is not None or known_at is not None:
        return disclosures_view(site.store, country, as_of=as_of, known_at=known_at, today=today)
    return kept(site, ("disclosures", as_of), lambda: disclosures_view(site.store, as_of=as_of, today=today))


def duties_of(site: Site, day: int) -> list[OpenDuty]:
    """What is past its days in the whole register: the page of each State, company and demand shows its part. Not to be changed."""
    return kept(site, ("duties", day), lambda: open_duties(board_of(site), day))


def breaches_of(site: Site, day: int) -> list[Breach]:
    """Licences, contracts, deliveries and uses during a halt in force, of every State. Not to be changed."""
    return kept(site, ("breaches", day), lambda: breaches(board_of(site), day))


def breaches_naming(site: Site, day: int, id: str) -> list[Breach]:
    """The breaches that name an entity: the act itself, the measure, or a company that acts. Not to be changed."""

    def by_name() -> dict[str, list[Breach]]:
        found: dict[str, list[Breach]] = {}
        for one in breaches_of(site, day):
            for named in {one.record.id, one.measure.id, *(each.id for each in one.companies)}:
                found.setdefault(named, []).append(one)
        return found

    return kept(site, ("breaches-by-name", day), by_name).get(id, [])


def proposed_of(site: Site) -> Mapping[str, int]:
    """Returns how many records each page shows as one with its own by a proposal of the core data alone. Not to be changed."""

    def made() -> dict[str, int]:
        last = site.store.size() - 1
        agreed, shown = clusters_at(site.store, last), clusters_at(site.store, last, shown=True)
        every = [id for members in shown.members.values() for id in members]
        # a judgement may name a record that was never loaded
        loaded = {one.statement.subject for one in site.store.statements_of(every)}
        loaded |= {id for id in every if site.store.reference(id)}
        counts = {
            id: sum(one in loaded and agreed.canonical_of(one) != agreed.canonical_of(id) for one in members)
            for id, members in shown.members.items()
        }
        return {id: count for id, count in counts.items() if count}

    return kept(site, ("proposed",), made)


def by_authority(many: Iterable[OpenDuty]) -> tuple[list[OpenDuty], list[OpenDuty]]:
    """What is overdue, and what else is open without a confirmed answer."""
    found = list(many)
    return [one for one in found if one.due.state == "overdue"], [one for one in found if one.due.state != "overdue"]


def day_asked(site: Site, asked: OnDay) -> int:
    """The day that is asked for, as an ordinal. Raises Malformed."""
    return day_of(asked.as_of or site.state().today)


def frame_of(site: Site, asked: OnDay) -> Frame:
    """What a view of a day is a view of."""
    return Frame(log_size=site.state().size, as_of=asked.as_of, known_at=None)


def names_of(site: Site) -> Callable[[str], Sequence[tuple[str, str, str]]]:
    """Looks entities up by their exact name, in any case: id, name, record type."""

    def find(text: str) -> list[tuple[str, str, str]]:
        wanted = words_of(text)
        if not wanted:
            return []
        hits = site.finding.index().query(text, size=NAMES_MOST).hits
        found = {one.id: (one.id, one.name, one.type) for one in hits if words_of(one.name) == wanted}
        board = board_of(site)
        owners = {state.owner for state in site.store.keyring().states()}
        shown = {site.store.canonical(id) for id in found}
        for record in board.called(text):
            head = site.store.canonical(record.id)
            # Pages show as one what the core data proposes to be one: nobody is asked to choose among its records.
            if head not in shown or record.id in owners:
                shown.add(head)
                found.setdefault(record.id, (record.id, board.reader.caption(record), record.type))
        return [_told_apart(site, *one) for one in found.values()] if len(found) > 1 else list(found.values())

    return find


def _told_apart(site: Site, id: str, name: str, type: str) -> tuple[str, str, str]:
    """An entity that is not the only one of its name: behind the name its type, its countries and who names it."""
    said = [one.statement for one in site.store.statements_of(site.store.members(id) or [id]) if stands(one)]
    kind, known = types.find(type), intakes()
    countries = sorted({country_name(one.value) for one in said if one.property == "country"})
    sources = {known[one.dataset].dataset.title for one in said if one.dataset in known}
    publishers = called(site, {one.publisher for one in said if one.dataset not in known})
    apart = [
        kind.label if kind is not None else type,
        *countries[:SHOWN],
        *sorted({*sources, *publishers.values()})[:SHOWN],
    ]
    return id, f"{name} ({', '.join(apart)})", type


def called(site: Site, ids: Iterable[str]) -> dict[str, str]:
    """Each of these as people call it: an entity that the register knows by its name, anything else as it is."""
    wanted = set(ids)
    reader = Reader(site.store)
    reader.load(sorted(one for one in wanted if one.startswith("sv-")))
    # A record without a name is called after what it links: a seat after its member and its board.
    reader.load({end for one in list(reader.records.values()) for ends in reader.targets(one).values() for end in ends})
    refs = {one: reader.ref(one) for one in wanted if one.startswith("sv-")}
    return {one: refs[one].caption if one in refs and refs[one].type else one for one in wanted}
