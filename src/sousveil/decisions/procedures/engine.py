"""From statements to procedures: which records there are, whose they are, and what holds of them on a day.

A `Board` stands for a state of the register and is asked for any day. Nothing is stored: a procedure is a view of statements, so a
retraction or a reply changes it as it changes every page. What fulfils a demand, stops a clock or ends something is asked of the first
publisher of a record and its offices (`Board.own`); what is owed or goes on, of every account (`Board.accounts`). Dates that are vague
never make anybody late: a clock starts on the last day that a date may mean, and a step counts from the first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple

from sousveil.decisions import lookup
from sousveil.decisions.compiled import Compiled, base_of, world_of
from sousveil.decisions.evidence.accounts import called, firm
from sousveil.decisions.evidence.admissibility import beneficiaries, objection, public_seats
from sousveil.decisions.facts import registration
from sousveil.decisions.facts.model import Value, all_facts
from sousveil.decisions.index import Base
from sousveil.decisions.lookup import Accept, with_words
from sousveil.decisions.model import Ruling, Truth
from sousveil.decisions.procedures import conditions as when
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.conditions import Condition, Linked
from sousveil.decisions.procedures.days import claims as claims
from sousveil.decisions.procedures.days import current, first_of, named_by, past, running, stated_on
from sousveil.decisions.procedures.days import day_of as day_of
from sousveil.decisions.procedures.days import ordinal as ordinal
from sousveil.decisions.procedures.model import ACTORS, About, Actors
from sousveil.decisions.procedures.proven import TESTS
from sousveil.register import types
from sousveil.register.model import Recorded
from sousveil.register.names_tokens import tokens
from sousveil.register.types.model import Kind
from sousveil.register.views.acts import Acts
from sousveil.register.views.reading import Reader, Record, Store, span, stands

DATES = (
    "date", "askedOn", "sentOn", "noticedOn", "proposedOn", "issuedOn", "issueDate", "statedOn", "reviewedOn", "announcedOn",
    "establishedOn", "publishedAt", "contractDate", "inForceFrom", "startDate", "periodStart",
)  # fmt: skip
"""Properties that date a record, in the order in which they are looked for."""
OFFICE_BY = ("body", "board", "authority", "buyer")
"""Properties by which a record that a named one is about leads to an office."""
PARTY_BY = ("about", "company", "counterparty", "investor", "oversees")
"""Properties that name the parties to a record of any type."""
COUNTRY_BY = (
    "country", "jurisdiction", "targetCountry", "state", "authority", "issuer", "buyer", "body", "client", "regulator", "company",
    "organization", "asset", "vendor", "oversees", "licence", "licensee", "record", "acquisition", "about", "destination",
)  # fmt: skip
"""Properties by which a record belongs to a State, in the order in which they are tried."""
NOBODY = Actors()
NEVER = date.max.toordinal()
"""The day of what nothing dates: no step counts by it."""
Accounts = Literal["label", "first", "all"]
"""Which accounts give an entity's country: its first, and where that is silent all; its first alone; or all, for what is adverse."""


def words_of(text: str) -> tuple[str, ...]:
    """A name as it is compared: without case, accents and punctuation."""
    return tuple(word for word, _ in tokens(text))


class Way(NamedTuple):
    """A way in which conditions hold."""

    groups: tuple[Sequence[Recorded], ...] = ()
    """The statements that make it so; maybe none. Of each group one is enough."""
    named: int | None = None
    """The day (an ordinal) that the records name for it; None: that of the statements counts, of each group the first."""

    @property
    def proof(self) -> list[Recorded]:
        """All of the statements, each once."""
        return list({one.id: one for many in self.groups for one in many}.values())


class _Records(dict[str, list[Record]]):
    """Record type -> its records, in the order of their ids; sorted when they are first asked for."""

    def __init__(self, base: Base) -> None:
        self._base = base

    def __missing__(self, type: str) -> list[Record]:
        many = (self._base.records[id] for id in self._base.by_type.get(type, ()))
        # Whatever else is said of its id: what was taken back as a request is none.
        standing = (lookup.as_type(one, type) for one in many if lookup.is_called(one, type))
        found = self[type] = sorted(standing, key=lambda one: one.id)
        return found


class Board:
    """The records of all procedures in one state of the register."""

    def __init__(self, store: Store, known_at: int | None = None, *, reader: Reader | None = None) -> None:
        """`reader`: one that knows the register already."""
        self.reader = reader or Reader(store, known_at=known_at)
        self.records = _Records(base_of(self.reader))
        self._indexes: dict[tuple[str, ...], dict[str, list[Record]]] = {}
        self._accounts: dict[tuple[str, str], list[Record]] = {}
        self._lock = threading.Lock()

    def record(self, id: str) -> Record | None:
        """A record, by any of its ids."""
        return self.reader.records.get(self.reader.canonical(id))

    # What decisions say: where a rule has a test for the same thing, the page asks the rule's own

    def world(self, day: int) -> Compiled:
        """The register as decisions see it on a day."""
        with self._lock:
            return world_of(self.reader, date.fromordinal(day).isoformat())

    def asked(self, test: str, day: int, *ids: str) -> Any:
        """What one of `TESTS` says on the day."""
        world = self.world(day)
        return world.once(("asked", test), ids, lambda: TESTS[test](self.reader, world, *ids))

    def value(self, test: str, subject: str, day: int) -> Value:
        """The value of a fact about a State (a code) or a company; of one of `TESTS` TRUE or UNKNOWN."""
        if test in TESTS:
            return Value(Truth.TRUE if self.asked(test, day, subject) else Truth.UNKNOWN)
        world = self.world(day)
        return world.once(
            ("value", test), subject, lambda: world.value(all_facts()[test], subject, world.about(subject))
        )

    def statements(self, ids: Iterable[str], day: int) -> list[Recorded]:
        """Statements of a ruling."""
        return list(filter(None, map(self.world(day).recorded, ids)))

    # Accounts

    def accounts(self, record: Record) -> list[Record]:
        """A record as its first publisher reports it, then as each other publisher completes it."""
        key = (record.id, record.type)
        found = self._accounts.get(key)
        if found is None:
            whole = self.record(record.id) or record
            found = self._accounts[key] = lookup.readings(self.reader, lookup.as_type(whole, record.type))
        return found

    def first_account(self, record: Record) -> Record:
        """A record as its first publisher reports it, as what it is taken for here."""
        return self.accounts(record)[0]

    def own(self, record: Record) -> Record:
        """A record as its first publisher and its offices (`ACTORS`) report it; without the former where it is a party, or tied to one."""
        of = ACTORS.get(record.type, NOBODY)
        own = with_words(self.reader, record, of.offices) if of.offices else self.first_account(record)
        if not self.of_group(own, self.named(own, of.party), day_of(self.reader.day)):
            return own
        first = lookup.first_publisher(self.reader, own)
        return lookup.only(own, [one for one in own.statements if lookup.publisher(self.reader, one) != first])

    def accept(self, record: Record, day: int) -> Accept:
        """Which other records count as acts on a record: those of its first publisher and of the offices that `ACTORS` names, and what
        somebody independent of its State and its parties confirms; never those of a party or its group."""
        of, own, reader = ACTORS.get(record.type, NOBODY), self.first_account(record), self.reader

        def accept(other: Record) -> bool:
            tied = self.of_group(other, self.named(own, of.party), day)
            if tied or of.anybody:
                return not tied
            by = lookup.first_publisher(reader, other)
            reports = filter(None, map(self.record, self.named(own, ("about",))))
            offices = (id for one in reports for id in self.named(self.first_account(one), OFFICE_BY))
            acting = (own.id, *self.named(own, of.offices), *offices)
            if by == lookup.first_publisher(reader, own) or any(
                lookup.speaks_for_state(reader, by, id) for id in acting
            ):
                return True
            world, codes = self.world(day), country_codes(self, record)
            who = beneficiaries(None, *self.parties(record), *codes)
            stated = [one for one in self.first_account(other).statements if stands(one)]
            return bool(codes and stated) and not any(objection(world, one, who) for one in stated)

        return accept

    def admissible(self, one: Recorded, about: About, subject: str, day: int) -> bool:
        """Whether a statement, or another that says the same, may show a need of a State or company (policy 2). Whose act a record is
        confirms it itself, unless that is of the State or company."""
        world = self.world(day)
        record = world.record(one.statement.subject)
        if record is None:
            return False
        offices = () if self.of_itself(one, about, subject, day) else ACTORS.get(record.type, NOBODY).offices
        acting = self.named(self.first_account(record), offices)
        who = beneficiaries(world.about(subject), subject, *self.parties(record), acting=acting)
        target = world.base.target(one)
        same = (other for other in record.claims(one.statement.property) if world.base.target(other) == target)
        return any(not objection(world, other, who) for other in same)

    def of_itself(self, one: Recorded, about: About, subject: str, day: int) -> bool:
        """Whether a State (a code) or a company (an id) says this of itself, or somebody who is tied to it; who might be the State is."""
        world = self.world(day)
        owners = world.resolver.bearers(world.base.signer(one).owner)
        if about is About.COMPANY:
            return any(subject in world.graph.ties(id) for id in owners)
        return any(world.graph.cut(id) or subject in public_seats(world, id) for id in owners)

    def parties(self, record: Record) -> list[str]:
        """Whom a record is about or concerns, by the word of its first publisher: it shows nothing to their own benefit."""
        return self.named(self.first_account(record), PARTY_BY)

    def of_group(self, record: Record, ids: Iterable[str], day: int) -> bool:
        """Whether one of these, or somebody who is tied to one on the day, published a record first: neither an owner nor a reseller is a
        stranger to its company."""
        wanted = frozenset(ids)
        if not wanted or not (first := lookup.first_publisher(self.reader, record)):
            return False
        world = self.world(day)
        return any(
            not wanted.isdisjoint(world.graph.ties(id)) for id in world.resolver.bearers(first.partition("\n")[0])
        )

    # Who points to whom

    def _indexed(
        self, key: tuple[str, ...], types: Iterable[str], names: Callable[[Record], Iterable[str]]
    ) -> dict[str, list[Record]]:
        """Name -> the records of these types that have it; built when it is first asked for."""
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = {}
            for record in (one for type in types for one in self.records[type]):
                for name in names(record):
                    index.setdefault(name, []).append(record)
        return index

    def pointing(self, type: str, by: str, id: str) -> list[Record]:
        """Records of the type whose property `by` names this entity."""
        return self._indexed(("named", type, by), (type,), lambda one: self.named(one, (by,))).get(id, [])

    def of_country(self, type: str, of: Sequence[str]) -> dict[str, list[Record]]:
        """Country -> the records of a type that belong to it by these properties, as anybody reports them."""
        return self._indexed(("country", type, *of), (type,), lambda one: self.countries(one, of, "all"))

    @cached_property
    def acts(self) -> Acts:
        """The acts of States by demand."""
        return Acts(self.reader)

    def called(self, text: str) -> list[Record]:
        """Records of procedures that are shown under exactly this name, in any case."""
        shown = dict.fromkeys(type for one in registry.all_procedures().values() for type in one.types)
        names = self._indexed(("called",), shown, lambda one: (" ".join(words_of(self.reader.caption(one))),))
        return names.get(" ".join(words_of(text)), [])

    def countries(self, record: Record, of: Sequence[str], accounts: Accounts = "label") -> list[str]:
        """The countries to which a record belongs by these properties (`body.public`: of whom it names, by the public bodies).
        `accounts`: of whom it names."""
        found: dict[str, None] = {}
        for path in of:
            name, _, rest = path.partition(".")
            for one in record.stand(name):
                known, value = types.property_of(one.statement.type, name), one.statement.value
                if known is None or known.kind != Kind.ENTITY:
                    found[value] = None
                elif rest != "public" or self.is_public(value):
                    found.update(dict.fromkeys(self.country_of(value, accounts)))
        return list(found)

    def country_of(self, id: str, accounts: Accounts = "label") -> list[str]:
        """The countries of an entity by these of its accounts."""
        if (record := self.record(id)) is None:
            return []
        own = self.first_account(record).stand("country", "jurisdiction") if accounts != "all" else []
        named = own if own or accounts == "first" else record.stand("country", "jurisdiction")
        return list(dict.fromkeys(one.statement.value for one in named))

    def is_public(self, id: str) -> bool:
        """Whether anybody calls it a public body, more firmly than as an allegation, whatever somebody called it first."""
        record = self.record(id)
        return record is not None and bool(called(record, "PublicBody"))

    def named(self, record: Record, of: Sequence[str]) -> list[str]:
        """Ids of the entities that these properties name."""
        return list(dict.fromkeys(self.reader.canonical(one.statement.value) for one in record.stand(*of)))

    def owing(self, record: Record, paths: Sequence[str], day: int) -> list[str]:
        """Ids of those whom the first path leads to that leads anywhere (`Clock.owed_by`)."""
        for path in paths:
            head, _, rest = path.partition(".")
            found = self.named(record, (head,)) if head else [record.id]
            if rest in ("state", "home"):
                homes = (code for id in found for code in registration.homes(self.world(day), id))
                codes = homes if rest == "home" else self.countries(record, (head,))
                found = [one.id for code in codes for one in self.records["State"] if code in self.country_of(one.id)]
            elif rest == "public":
                found = [id for id in found if self.is_public(id)]
            elif rest:
                others = filter(None, map(self.record, found))
                firsts = ((one, self.named(self.first_account(one), (rest,))) for one in others)
                found = [id for one, first in firsts for id in first or self.named(one, (rest,))]
            if found:
                return list(dict.fromkeys(found))
        return []

    # What holds on a day

    def dated(self, record: Record) -> int | None:
        """The first day that the record's own date may mean; None where it has none."""
        return ordinal(self.date_text(record))

    def date_text(self, record: Record) -> str | None:
        """The record's own date as it was published."""
        return next((text for name in DATES if (text := record.first(name)) is not None), None) or span(record)[0]

    def begun(self, record: Record, day: int) -> bool:
        """Whether the record's own date is not certainly after the day."""
        first = self.dated(record)
        return first is None or first <= day

    def proof(
        self, condition: Condition | None, record: Record, day: int, accept: Accept | None = None
    ) -> list[Recorded] | None:
        """The statements by which a condition holds (maybe none); None where it does not. `accept`: which linked records count."""
        way = next(self.ways(condition, record, day, accept), None)
        return way.proof if way is not None else None

    def happened(self, way: Way) -> int | None:
        """The day on which a condition came to hold: that which the records name, else that of the claims. None: nothing says."""
        if way.named is not None:
            return way.named
        return max((min(stated_on(self.reader, one) for one in many) for many in way.groups), default=None)

    def recorded(self, way: Way) -> int | None:
        """The day since which the log has all that a condition needs; None where it needs nothing."""
        return max((day for many in way.groups if (day := first_of(self.reader, many)) is not None), default=None)

    def ways(
        self, condition: Condition | None, record: Record, day: int, accept: Accept | None = None
    ) -> Iterator[Way]:
        """Every way in which a condition holds of a record on the day. No statement counts from the day on which its record begins: it
        counts from the day that goes with it."""
        claimed: list[Recorded] = []
        match condition:
            case None:
                yield Way()
            case when.AnyOf():
                for one in condition.of:
                    yield from self.ways(one, record, day, accept)
            case when.AllOf():
                earliest = [self._earliest(one, record, day, accept) for one in condition.of]
                parts = [one for one in earliest if one is not None]
                if len(parts) == len(earliest):
                    days = [one.named for one in parts if one.named is not None]
                    yield Way(tuple(many for one in parts for many in one.groups), max(days, default=None))
            case when.Fails():
                if next(self.ways(condition.of, record, day, accept), None) is None:
                    yield Way()
            case Linked():
                yield from self._links(condition, record, day, accept)
            case when.Ruled():
                ruling: Ruling = self.asked(condition.test, day, record.id)
                if ruling.says in condition.says:
                    # What is only alleged stands for a group where nothing else does.
                    groups = (self.statements(many, day) for many in ruling.words)
                    yield Way(tuple(firm(many) or many for many in groups), NEVER if ruling.day is None else ruling.day)
            case when.Running():
                if running(record, day):
                    yield Way(named=ordinal(span(record)[0]))
            case when.Older():
                given = named_by(record, condition.properties, last=True)
                if given is None or given < day - condition.days:
                    yield Way()
            case when.Reached():
                come = [(ordinal(one.statement.value) or NEVER, one) for one in record.stand(condition.property)]
                if come := [(at, one) for at, one in come if at <= day]:
                    yield Way(([one for _, one in come],), min(at for at, _ in come))
            case when.Past():
                claimed = past(record, condition.property, day)
            case when.Has():
                claimed = claims(record, condition.property, condition.values, day)
                if condition.every and set(condition.values) - {one.statement.value for one in claimed}:
                    claimed = []
            case when.Is():
                newest = current(record, condition.property, condition.values, day)
                way = Way((newest,), named_by(record, condition.on) if condition.on else None)
                if newest and (condition.on is None or (self.happened(way) or 0) <= day):
                    yield way
        if claimed:
            yield Way((claimed,))

    def _earliest(
        self, condition: Condition | None, record: Record, day: int, accept: Accept | None = None
    ) -> Way | None:
        """The way that holds from the earliest day: by what the records name for it, else by the last day on which a part was said."""

        def place(way: Way) -> tuple[int, int]:
            at = self.happened(way)
            return NEVER if at is None else at, self.recorded(way) or 0

        return min(self.ways(condition, record, day, accept), key=place, default=None)

    def _links(self, link: Linked, record: Record, day: int, accept: Accept | None) -> Iterator[Way]:
        """The records by which a link holds on the day: as their first publishers report them, or by the rule's test."""
        for id in self.named(record, (link.by,)) if link.since else [record.id]:
            for other in self.pointing(link.type, link.by, id):
                if link.proven or accept is None or accept(other):
                    way = self._link(link, other if link.proven else self.first_account(other), record, id, day)
                    if way is not None and (not link.proven or self.asked(link.proven, day, record.id, other.id)):
                        yield way

    def _link(self, link: Linked, own: Record, record: Record, id: str, day: int) -> Way | None:
        """How a link holds by one account of the other record; None where it does not. Its day is that which the record names by the first
        of the properties `on` (none are given: by any date of its own), else that on which it was said to be one."""
        naming = [one for one in own.stand(link.by) if self.reader.canonical(one.statement.value) == id]
        if not naming:
            return None
        dates, stated = link.on or DATES, min(stated_on(self.reader, one) for one in naming)
        first, at = (stated if (at := named_by(own, dates, last=last)) is None else at for last in (False, link.last))
        if link.since:
            mine, its = (named_by(one, link.since) for one in (record, own))
            if mine is None or its is None:
                mine, its = self.dated(record), self.dated(own)
            counts = own.id != record.id and (mine is None or (its or 0) > mine)
        else:  # a bare pointer to a record is no act
            counts = link.when is not None or all(
                own.stand(one.name) for one in types.properties(own.type).values() if one.required
            )
        holds = self._earliest(link.when, own, day) if counts and first <= day else None
        if holds is None:
            return None
        # The dates by which it counts too: whoever adds an earlier day to an older record was late until the log had it.
        names = (next((one for one in many if ordinal(own.first(one)) is not None), "") for many in (dates, link.since))
        used = [[one for one in own.stand(name) if one.statement.value == own.first(name)] for name in names if name]
        return Way((naming[:1], *used, *holds.groups), at)


def country_codes(board: Board, record: Record) -> list[str]:
    """The countries to which a record belongs: by its first property that leads to one; through a record that it is about. First
    accounts count, and where all of them are silent everybody's: nobody moves it to another State's page."""
    passes: tuple[tuple[Callable[[Record], Record], Accounts], ...]
    passes = (board.first_account, "first"), (lambda one: one, "label")
    for account, accounts in passes:
        for name in COUNTRY_BY:
            if codes := board.countries(account(record), (name,), accounts):
                return codes
            for other in filter(None, map(board.record, board.named(account(record), (name,)))):
                if other.id != record.id and (codes := board.countries(account(other), COUNTRY_BY[:14], accounts)):
                    return codes
    return []
