"""The register as decisions see it: one log size, one day.

`compile_world` is the door: it keeps what it built for the newest log size, and builds anew when the log has grown. A world never
changes; facts are derived when they are first asked for and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable
from datetime import UTC, datetime
from typing import Any, TypeVar, Unpack, cast
from weakref import WeakKeyDictionary

from sousveil.decisions.evidence.accounts import Released
from sousveil.decisions.evidence.admissibility import Register
from sousveil.decisions.evidence.affiliation import TIE, Affiliations
from sousveil.decisions.evidence.releases import released_statements
from sousveil.decisions.facts.model import Fact, Value
from sousveil.decisions.index import Base
from sousveil.decisions.model import Action, Deal, FactShown, Question, kept
from sousveil.decisions.seats import Seats
from sousveil.decisions.snapshot.names import Resolver
from sousveil.errors import Malformed, Usage
from sousveil.register import edtf, types
from sousveil.register.model import Recorded
from sousveil.register.store import Store
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.views import captions, words
from sousveil.register.views.reading import Moment, Reader
from sousveil.register.views.reading import Store as ReaderStore
from sousveil.register.views.records import Record, notes_on

T = TypeVar("T")
SHOWN_MOST = 160
"""Characters of a value in a sentence."""


def within(label: str) -> str:
    """A label within a line: "status", but "ISIN" and "OpenCorporates page"."""
    first, _, _ = label.partition(" ")
    return label if any(letter.isupper() for letter in first[1:]) else label[:1].lower() + label[1:]


class Compiled(Register):
    """A world of one day. Everything it answers follows from its base and that day."""

    def __init__(self, base: Base, as_of: str, resolver: Resolver | None = None) -> None:
        if not is_day(as_of):
            raise Usage(f"“{as_of[:20]}” is not a day.", hint="Write the day as 2021-07-18.")
        super().__init__(base, as_of)
        self.known_on, self.log_size = base.known_on, base.log_size
        self.resolver = resolver or Resolver(base)
        self.graph = Affiliations(base, as_of)
        self.seats = Seats(base, as_of, self.graph)
        self._memos: dict[object, dict[Hashable, Any]] = {}
        self._of_deal: tuple[Deal | None, dict[tuple[str, str], Value]] = (None, {})
        """The deal that was asked about last, and its values."""

    # Questions

    def deal(self, question: Question, sure: Collection[str] = ()) -> Deal:
        """Resolve a question: who is who, who stands behind them on that day, and which States have jurisdiction."""
        return self.seats.deal(question, self.resolver.parties(question, sure))

    def about(self, subject: str) -> Deal:
        """A deal from which nobody benefits but this company and its group, or this State: for views outside of a question."""
        state = len(subject) == 2
        vendors, homes, _ = ((), (subject,), ()) if state else self.seats.behind((subject,))
        supplier, country = ("", subject) if state else (subject, "")
        question = Question(
            action=Action.SALE, product="", supplier=supplier, end_user="", country=country, as_of=self.as_of
        )
        return Deal(
            question=question, parties=(), states=homes, vendors=vendors, product=None, buyer=None, home_states=homes
        )

    def value(self, fact: Fact, subject: str, deal: Deal) -> Value:
        """A fact about a subject, kept for the deal that was asked about last."""
        last, values = self._of_deal
        if last is not deal and last != deal:
            values = {}
            self._of_deal = (deal, values)
        if (fact.name, subject) not in values:
            id = subject.removeprefix(TIE)
            found = fact.derive(self, deal, id)
            values[fact.name, subject] = found if id == subject else fact.through_tie(found, self.caption(id))
        return values[fact.name, subject]

    def once(self, name: object, key: Hashable, make: Callable[[], T]) -> T:
        """What facts share about a subject whatever the deal, worked out once."""
        memo = self._memos.setdefault(name, {})
        if key not in memo:
            memo[key] = make()
        return cast(T, memo[key])

    # Words

    def caption(self, subject: str) -> str:
        """The name of an entity or a State."""
        if subject.startswith(TIE):
            return f"{self.caption(subject[1:])} (a tie that is not proven)"
        if len(subject) == 2:
            return country_name(subject)
        return self._named(subject)

    @kept
    def _named(self, id: str) -> str:
        record, row = self.base.records.get(id), self.base.rows.get(id)
        if record is None:
            return row.caption if row is not None else words.nobody_known(id)
        found = self._of_record(record)
        if row is None or found.casefold() in {one.casefold() for one in (row.caption, *row.names)}:
            return found
        return row.caption  # somebody on a list is not called otherwise than there because somebody says so

    def _of_record(self, record: Record) -> str:
        if record.type == "State" and (code := record.first("country")):
            return country_name(code)  # a State is called one thing in an answer, however many records it has
        with words.plain():  # facts keep what they are told, whatever the language of whoever asked first
            return captions.caption(record, self.record, self._says)

    def _says(self, type: str, name: str, value: str) -> str:
        known = types.property_of(type, name)
        if known is None:
            return value
        if known.kind == Kind.ENTITY:
            return self.caption(self.base.canonical(value))
        if known.kind == Kind.COUNTRY:
            return country_name(value)
        if known.kind == Kind.DATE:
            with words.plain():
                return words.date(value)
        value = str((known.codes or {}).get(value, value))
        return value if len(value) <= SHOWN_MOST else value[: SHOWN_MOST - 1] + "…"

    def shown(self, statement: str) -> FactShown:
        """A statement for an answer. The id of a list's row gives that row."""
        one = self.base.statements.get(statement)
        if one is None:
            return self._row(statement)
        claim = one.statement
        known = types.property_of(claim.type, claim.property)
        label = known.label if known else claim.property
        record = self.base.records[self.base.canonical(claim.subject)]
        value = self._says(claim.type, claim.property, claim.value)
        return FactShown(
            statement=one.id,
            says=f"{self._of_record(record)} – {within(label)}: {value}",
            source=claim.source,
            standing=str(claim.standing),
            date=claim.valid_from or claim.asserted,
            note="; ".join(notes_on(record, one)),
        )

    def _row(self, id: str) -> FactShown:
        row = self.base.rows[id]
        snapshot = self.base.snapshots[row.dataset]
        return FactShown(
            statement=id,
            says=f"{row.caption} stands on the list {row.dataset} in its copy of {snapshot.date}",
            source=snapshot.source,
            standing="reported",
            date=snapshot.date,
        )

    def notes(self, deal: Deal) -> tuple[str, ...]:
        """What a reader must know about the deal at large."""
        return tuple(self.seats.notes(deal))

    # What facts read

    def released(self, id: str) -> list[Released]:
        """The released ends of a record (policy 3)."""
        return self._released().get(id, [])

    @kept
    def _released(self) -> dict[str, list[Released]]:
        return released_statements(self)

    def recorded(self, statement: str) -> Recorded | None:
        """A statement by its id."""
        return self.base.statements.get(statement)


_KEPT: list[tuple[object, tuple[int, int], Base, Resolver]] = []
"""Of the database that was asked about last: its size and revision, and what was read of it."""
_LOCK = threading.Lock()


def compile_world(store: Store, as_of: str | None = None, known_on: int | None = None) -> Compiled:
    """The world of a day (today) and a log size (all of it). Raises Usage for a day or a size that cannot be.

    The base of the whole log is kept for each database until the log grows; those of earlier sizes are built when asked for.
    """
    day = as_of or datetime.now(UTC).date().isoformat()
    size = store.size()
    if known_on is not None and not 0 <= known_on <= size:
        raise Usage(f"The log has {size} entries.", hint=f"Name a size from 0 to {size}.")
    if known_on is not None and known_on != size:
        return Compiled(Base.from_store(store, known_on), day)
    state = (size, store.revision())
    with _LOCK:  # a publication is read over its store, and both have this database
        mine = [one for one in _KEPT if one[0] is store.db]
        if not mine or mine[0][1] != state:
            base = (mine[0][2].grown(store) if mine else None) or Base.from_store(store)
            _KEPT[:] = [(store.db, state, base, Resolver(base))]
        _, _, base, resolver = _KEPT[0]
    return Compiled(base, day, resolver)


def is_day(text: str) -> bool:
    """Whether this is a day of the calendar, as questions name it."""
    try:
        return edtf.parse(text).precision == "day" and len(text) == 10
    except Malformed:
        return False


# For pages and checks: the register as decisions see it, with what their reader knows.


_WORLDS: WeakKeyDictionary[Reader, dict[str, Compiled]] = WeakKeyDictionary()
WORLDS = 8
"""Days of one reader whose worlds are kept: a page asks for one, a feed for a few."""


def world_of(reader: Reader, day: str) -> Compiled:
    """The register as decisions see it, with what the reader knows."""
    worlds = _WORLDS.setdefault(reader, {})
    if day not in worlds:
        if len(worlds) >= WORLDS:
            del worlds[next(iter(worlds))]
        known = None if reader.known_at is None else min(reader.known_at + 1, reader.store.size())
        worlds[day] = compile_world(cast(Store, reader.store), day, known)
    return worlds[day]


def read(store: ReaderStore, **when: Unpack[Moment]) -> tuple[Reader, Compiled]:
    """A reader that shares the records of decisions, and the register as decisions see it on its day."""
    reader = Reader(store, **when)
    base_of(reader)
    return reader, world_of(reader, reader.day)


def base_of(reader: Reader) -> Base:
    """The register as decisions see it, whatever the day. The reader shares its records, and asks the store for none of them again."""
    base = world_of(reader, reader.day).base

    def signer(at: int) -> tuple[str, str]:
        by = base.signed[at]
        return by.owner, by.domain or by.key

    reader.adopt(base.records, base.aliases, base.logged, signer)
    return base
