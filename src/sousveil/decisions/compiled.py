"""The register as decisions see it: one log size, one day.

`compile_world` is the door: it keeps what it built for the newest log size, and builds anew when the log has grown. A world never
changes; facts are derived when they are first asked for and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from sousveil.decisions.evidence.accounts import Released
from sousveil.decisions.evidence.affiliation import TIE, Affiliations, Reached
from sousveil.decisions.evidence.releases import released_statements
from sousveil.decisions.facts.model import Fact, Value
from sousveil.decisions.index import Base
from sousveil.decisions.model import Action, FactShown, Question
from sousveil.decisions.record_captions import RecordCaptions, TakenBack
from sousveil.decisions.seats import Seats
from sousveil.decisions.snapshot.resolve import Resolver
from sousveil.decisions.world import Deal
from sousveil.errors import Malformed, Usage
from sousveil.register import edtf
from sousveil.register.model import Recorded
from sousveil.register.store import Store
from sousveil.register.views.records import Record

T = TypeVar("T")


class Compiled:
    """A world of one day. Everything it answers follows from its base and that day."""

    def __init__(self, base: Base, as_of: str, resolver: Resolver | None = None) -> None:
        if not is_day(as_of):
            raise Usage(f"“{as_of[:20]}” is not a day.", hint="Write the day as 2021-07-18.")
        self.base, self.as_of = base, as_of
        self.known_on, self.log_size = base.known_on, base.log_size
        self.resolver = resolver or Resolver(base)
        self.graph = Affiliations(base, as_of)
        self.seats = Seats(base, as_of, self.graph)
        self._memos: dict[str, dict[Any, Any]] = {}
        self._taken: TakenBack | None = None
        self._of_deal: tuple[Deal | None, dict[tuple[str, str], Value]] = (None, {})
        """The deal that was asked about last, and its values."""
        self._captions = RecordCaptions(base)

    # Questions

    def deal(self, question: Question, sure: Collection[str] = ()) -> Deal:
        """Resolve a question: who is who, who stands behind them on that day, and which States have jurisdiction."""
        return self.seats.deal(question, self.resolver.parties(question, sure))

    def about(self, subject: str) -> Deal:
        """A deal from which nobody benefits but this company and its group, or this State: for views outside of a question."""
        state = len(subject) == 2
        vendors, homes, _ = ((), (subject,), ()) if state else self.seats.behind((subject,))
        country, supplier = (subject, "") if state else ("", subject)
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
        found = values.get((fact.name, subject))
        if found is None:
            found = values[fact.name, subject] = self._derive(fact, subject, deal)
        return found

    def once(self, name: str, key: str, make: Callable[[], T]) -> T:
        """What facts share about a subject whatever the deal, worked out once."""
        memo = self._memos.setdefault(name, {})
        if key not in memo:
            memo[key] = make()
        return cast(T, memo[key])

    def _derive(self, fact: Fact, subject: str, deal: Deal) -> Value:
        if not subject.startswith(TIE):
            return fact.derive(self, deal, subject)
        return fact.through_tie(fact.derive(self, deal, subject[1:]), self.caption(subject[1:]))

    # Words

    def caption(self, subject: str) -> str:
        """The name of an entity or a State."""
        return self._captions.caption(subject)

    def shown(self, statement: str) -> FactShown:
        """A statement for an answer. The id of a list's row gives that row."""
        return self._captions.shown(statement)

    def notes(self, deal: Deal) -> tuple[str, ...]:
        """What a reader must know about the deal at large."""
        if self._taken is None:
            self._taken = TakenBack(self.base)
        return (*self.seats.notes(deal), *self._taken.notes(self, deal))

    # What facts read

    def record(self, id: str) -> Record | None:
        """An entity with its statements."""
        return self.base.records.get(self.base.canonical(id))

    def pointing(self, id: str, name: str) -> Iterable[Record]:
        """Records of which a property (`Type.property`) points to an entity, in the order of the log."""
        for one in self.base.pointing.get((id, name), ()):
            yield self.base.records[one]

    def of_type(self, type: str) -> Iterable[Record]:
        """All records of a type, in the order of the log."""
        for one in self.base.by_type.get(type, ()):
            yield self.base.records[one]

    def released(self, id: str) -> list[Released]:
        """The released ends of a record (policy 3)."""
        return self.once("released", "", lambda: released_statements(self)).get(id, [])

    def reach(self, id: str) -> tuple[Reached, ...]:
        """Who stands behind and below a company on the day."""
        return self.graph.reach(id)

    def recorded(self, statement: str) -> Recorded | None:
        """A statement by its id."""
        return self.base.statements.get(statement)


_KEPT: dict[int, tuple[object, tuple[int, int], Base, Resolver]] = {}
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
    with _LOCK:
        kept = _KEPT.get(id(store.db))  # a publication is read over its store, and both have this database
        if kept is None or kept[0] is not store.db or kept[1] != state:
            before = kept if kept is not None and kept[0] is store.db else None
            base = (before[2].grown(store) if before is not None else None) or Base.from_store(store)
            resolver = Resolver(base)
            _KEPT.clear()
            kept = _KEPT[id(store.db)] = (store.db, state, base, resolver)
        _, _, base, resolver = kept
    return Compiled(base, day, resolver)


def is_day(text: str) -> bool:
    """Whether this is a day of the calendar, as questions name it."""
    try:
        return edtf.parse(text).precision == "day" and len(text) == 10
    except Malformed:
        return False
