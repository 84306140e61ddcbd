"""From statements to procedures: which records there are, whose they are, and what holds of them on a day.

A `Board` is loaded once for a state of the register and asked for any day. Nothing is stored: a procedure is a view of statements,
so a retraction or a reply changes it as it changes every page. What fulfils a demand, stops a clock or ends something is asked of
`Board.founded`, where each record says what its founder says; what is owed or goes on, of every reading (`voices.py`). Dates that
are vague never make anybody late: a clock starts on the last day that a date may mean, and a step counts from the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial

from sousveil.decisions import apart, lookup, voices
from sousveil.decisions.acts import Accept, said_by
from sousveil.decisions.callings import called
from sousveil.decisions.facts import oversight
from sousveil.decisions.model import Truth
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.conditions import (
    AllOf,
    Alone,
    AnyOf,
    Became,
    Condition,
    Established,
    Fails,
    Has,
    HasAll,
    Lacks,
    Linked,
    NamesPublic,
    Older,
    Over,
    Past,
    Reached,
    Ruled,
    Running,
    SaidBy,
    ToldBySide,
    Torn,
)
from sousveil.decisions.procedures.days import (
    alone,
    came_on,
    fresh,
    named_by,
    not_after,
    over,
    past,
    running,
    said_on,
    torn,
)
from sousveil.decisions.procedures.days import claims as claims
from sousveil.decisions.procedures.days import day_of as day_of
from sousveil.decisions.procedures.days import ordinal as ordinal
from sousveil.decisions.procedures.model import Clock, Need, State
from sousveil.decisions.procedures.proven import Proven, members
from sousveil.decisions.procedures.registry import types_of
from sousveil.decisions.procedures.speakers import Speakers
from sousveil.register import types
from sousveil.register.model import Recorded
from sousveil.register.names_tokens import tokens
from sousveil.register.types.model import Kind
from sousveil.register.views.reading import Reader, Record, Store, all_subjects, span

BESIDE = (
    "AbuseIncident",
    "Deployment",
    "ExportLicence",
    "SurveillanceProduct",
    "Supply",
    "ClientClaim",
    "Representation",
    "State",
)
"""Types that no procedure may publish and every board needs: whom it is about."""
DATES = (
    "date", "askedOn", "sentOn", "noticedOn", "proposedOn", "issuedOn", "issueDate", "statedOn", "reviewedOn", "announcedOn",
    "establishedOn", "publishedAt", "contractDate", "inForceFrom", "startDate", "periodStart",
)  # fmt: skip
"""Properties that date a record, in the order in which they are looked for."""
END_STEPS = 3
"""So far from a record of a procedure somebody stands who is named beside it: the owner of the publisher of the body that owes an act."""
BATCH = 2_000
"""Records that one question to the store brings."""


def words_of(text: str) -> tuple[str, ...]:
    """A name as it is compared: without case, accents and punctuation."""
    return tuple(word for word, _ in tokens(text))


class Board:
    """The records of all procedures in one state of the register."""

    def __init__(self, store: Store, known_at: int | None = None) -> None:
        self._prepare(Reader(store, known_at=known_at), {}, store.size())
        wanted = dict.fromkeys(
            (*(name for one in registry.all_procedures().values() for name in types_of(one)), *BESIDE)
        )
        for name in wanted:
            ids = list(all_subjects(store, name))
            for at in range(0, len(ids), BATCH):
                self.reader.load(ids[at : at + BATCH])
            heads = dict.fromkeys(self.reader.canonical(one) for one in ids)
            found = (self.reader.records.get(one) for one in heads)
            # Whatever else is said of its id: what was taken back as a request is none.
            standing = (one for one in found if one is not None and voices.is_called(one, name))
            self.records[name] = sorted((voices.as_type(one, name) for one in standing), key=lambda one: one.id)
        self.load_ends(self.reader.records.values())

    def _prepare(self, reader: Reader, records: dict[str, list[Record]], size: int) -> None:
        self.reader, self.records, self.size = reader, records, size
        """Record type -> its records, in the order of their ids; and the entries that the log had at the least when it was read."""
        self._pointing: dict[tuple[str, str], dict[str, list[Record]]] = {}
        self._called: dict[tuple[str, ...], list[Record]] | None = None
        self.read: dict[tuple[str, str], list[Record]] = {}
        """Id and type of a record -> its readings, as far as they were asked for."""

    @classmethod
    def of(cls, reader: Reader, records: Mapping[str, Sequence[Record]]) -> Board:
        """A board of records that a reader has, of these types and no others."""
        made = cls.__new__(cls)
        made._prepare(reader, {name: list(many) for name, many in records.items()}, 0)
        return made

    def load_ends(self, known: Iterable[Record]) -> None:
        """Have what these records point to and who tells of them, what those point to, and so on: for names and countries."""
        fresh, walked = list(known), set[str]()
        for _step in range(END_STEPS):
            walked.update(one.id for one in fresh)
            # As everything that anybody calls it: a request that was told of as a paper first names a body all the same.
            called = (
                voices.as_type(one, type) for one in fresh for type in {each.statement.type for each in one.statements}
            )
            wanted = {value for one in called for values in self.reader.targets(one).values() for value in values}
            said = {one.statement.publisher for each in fresh for one in each.statements}
            wanted |= {one for one in said if one.startswith("sv-")}
            self.reader.load(sorted(wanted))
            ends = sorted({self.reader.canonical(one) for one in wanted} - walked)
            fresh = [self.reader.records[one] for one in ends if one in self.reader.records]

    # Whose word

    @cached_property
    def founded(self) -> Board:
        """The same board, with each record as its founder tells it."""
        return Founded(self)

    @cached_property
    def speakers(self) -> Speakers:
        """Who says what."""
        return Speakers(self.reader, self.proven, self.founded.record)

    @cached_property
    def proven(self) -> Proven:
        """What decisions say."""
        return Proven(self.reader)

    def record(self, id: str) -> Record | None:
        """A record, by any of its ids."""
        return self.reader.records.get(self.reader.canonical(id))

    def readings(self, record: Record) -> list[Record]:
        """A record as its founder tells it, then with what others add; the whole at the end."""
        key = (record.id, record.type)
        found = self.read.get(key)
        if found is None:
            found = self.read[key] = voices.readings(self.reader, record)
        return found

    def told(self, record: Record) -> Record:
        """A record as its founder tells it, as what it is taken for here."""
        return self.founded.told(record)

    def own(self, record: Record, of: State | Clock | Need) -> Record:
        """A record as its founder tells it, and those whom the founder names by `of.words`; without the founder, where that is a party."""
        return apart.fair(self.reader, record, of.words, of.party) if of.words or of.party else self.told(record)

    def party(self, record: Record, of: State | Clock | Need) -> tuple[str, ...]:
        """The properties by which a record names the parties to it, where one of them told of it first; else none."""
        return of.party if of.party and apart.by_party(self.reader, self.told(record), of.party) else ()

    def concerns(self, record: Record, group: str, day: int) -> bool:
        """Whether a record is about a company of a group, itself or by the inquiry that it names."""
        inquiries = (self.record(id) for id in self.named(record, ("investigation",)))
        about = self.named(record, ("company", "about"))
        about += [id for one in inquiries if one is not None for id in self.named(one, ("about",))]
        return bool(set(about) & members(self.proven.world(day), group))

    # Who points to whom

    def pointing(self, type: str, by: str, id: str) -> list[Record]:
        """Records of the type whose property `by` names this entity."""
        index = self._pointing.get((type, by))
        if index is None:
            index = {}
            for record in self.records.get(type, ()):
                for value in dict.fromkeys(one.statement.value for one in record.stand(by)):
                    index.setdefault(self.reader.canonical(value), []).append(record)
            self._pointing[type, by] = index
        return index.get(id, [])

    def called(self, text: str) -> list[Record]:
        """Records of procedures that are shown under exactly this name, in any case."""
        index = self._called
        if index is None:
            index = {}
            for record in (one for many in self.records.values() for one in many):
                index.setdefault(words_of(self.reader.caption(record)), []).append(record)
            self._called = index
        return index.get(words_of(text), [])

    def countries(self, record: Record, of: Sequence[str]) -> list[str]:
        """The countries to which a record belongs by these properties (`body.public`: of whom it names, by the public bodies)."""
        found: dict[str, None] = {}
        for path in of:
            name, _, rest = path.partition(".")
            for one in record.stand(name):
                if rest == "public" and not self.is_public(one.statement.value):
                    continue
                known = types.property_of(one.statement.type, name)
                if known is not None and known.kind == Kind.ENTITY:
                    found.update(dict.fromkeys(self.country_of(one.statement.value)))
                else:
                    found[one.statement.value] = None
        return list(found)

    def country_of(self, id: str) -> list[str]:
        """The countries of an entity."""
        record = self.record(id)
        if record is None:
            return []
        names = ("country", "jurisdiction")
        return list(dict.fromkeys(one.statement.value for name in names for one in record.stand(name)))

    def is_public(self, id: str) -> bool:
        """Whether anybody calls it a public body, more firmly than as an allegation, whoever told of it first as something else."""
        known = self.reader.records.get(self.reader.canonical(id))
        return known is not None and bool(called(known, "PublicBody"))

    def named(self, record: Record, of: Sequence[str]) -> list[str]:
        """Ids of the entities that these properties name."""
        found = (self.reader.canonical(one.statement.value) for name in of for one in record.stand(name))
        return list(dict.fromkeys(found))

    def owing(self, record: Record, paths: Sequence[str], day: int) -> list[str]:
        """Ids of those whom the first path leads to that leads anywhere (`Clock.owed_by`)."""
        for path in paths:
            if path == "rule":
                registries, codes = self.proven.owing(record.id, day)
                if found := registries or [one.id for code in codes for one in self._states(code)]:
                    return found
                continue
            head, _, rest = path.partition(".")
            found = [record.id] if not head else self.named(record, (head,))
            if rest == "state":
                found = [one.id for code in self.countries(record, (head,)) for one in self._states(code)]
            elif rest == "public":
                found = [id for id in found if self.is_public(id)]
            elif rest:
                others = [other for id in found if (other := self.record(id)) is not None]
                found = [id for one in others for id in self.named(self.told(one), (rest,)) or self.named(one, (rest,))]
            if found:
                return list(dict.fromkeys(found))
        return []

    def _states(self, code: str) -> list[Record]:
        return [one for one in self.records["State"] if code in self.country_of(one.id)]

    # What holds on a day

    def dated(self, record: Record) -> int | None:
        """The first day that the record's own date may mean; None where it has none."""
        return ordinal(self.date_text(record))

    def date_text(self, record: Record) -> str | None:
        """The record's own date as it was published."""
        for name in DATES:
            if (found := record.first(name)) is not None:
                return found
        return span(record)[0]

    def begun(self, record: Record, day: int) -> bool:
        """Whether the record's own date is not certainly after the day."""
        found = self.dated(record)
        return found is None or found <= day

    def act_day(self, other: Record, by: str, on: Sequence[str] = ()) -> int:
        """The day of a record that is an act on the one to which it points by a property: that which it names for the act by the
        first of these properties (none are given: by any date of its own), else that on which it was said to be one."""
        named = named_by(other, on) if on else self.dated(other)
        told = other.stand(by) or other.statements
        return named if named is not None else min(said_on(self.reader, one) for one in told)

    def said_day(self, condition: SaidBy, record: Record, said: Sequence[Recorded]) -> int:
        """The day of what those say whose words a condition takes: by their own word, else by the founder's, else by the day of it."""
        dated = said_by(self.reader, record, condition, condition.on)
        own = min((at for one in dated if (at := ordinal(one.statement.value)) is not None), default=None)
        return own if own is not None else came_on(self.reader, self.told(record), said, condition.on)

    def proof(
        self, conditions: Iterable[Condition], record: Record, day: int, accept: Accept | None = None
    ) -> list[Recorded] | None:
        """The statements that make all the conditions hold; None where one does not. `accept`: which linked records count."""
        found: list[Recorded] = []
        for one in conditions:
            by = self.holds(one, record, day, accept)
            if by is None:
                return None
            found += by
        return list({one.id: one for one in found}.values())

    def holds(
        self, condition: Condition, record: Record, day: int, accept: Accept | None = None
    ) -> list[Recorded] | None:
        """The statements by which one condition holds (maybe none); None where it does not."""
        match condition:
            case Has(name, values):
                return claims(record, name, values, day) or None
            case Became(name, values, on):
                told = alone(record, name, values, day)
                return told if told and came_on(self.reader, record, told, on) <= day else None
            case Alone(name, values):
                return alone(record, name, values, day) or None
            case Torn(name):
                return torn(record, name, day) or None
            case HasAll(name, values):
                every = [claims(record, name, (one,), day) for one in values]
                return [one for many in every for one in many] if all(every) else None
            case Lacks(name, values):
                return None if claims(record, name, values, day) else []
            case Fails(of):
                return [] if self.holds(of, record, day, accept) is None else None
            case Reached(name):
                reached = [one for one in record.stand(name) if not_after(one.statement.value, day)]
                return reached or None
            case Past(name):
                return past(record, name, day) or None
            case Over():
                return over(record, day)
            case Older(names, days):
                return None if fresh(record, names, day - days) else []
            case AllOf(of):
                return self.proof(of, record, day, accept)
            case Running(longest):
                return [] if running(record, day, longest=longest) else None
            case SaidBy():
                said = said_by(self.reader, record, condition)
                return said if said and self.said_day(condition, record, said) <= day else None
            case Linked():
                return self._linked(condition, record, day, accept)
            case AnyOf(of):
                return next((found for one in of if (found := self.holds(one, record, day, accept)) is not None), None)
            case NamesPublic(name):
                return [] if any(map(self.is_public, self.named(record, (name,)))) else None
            case ToldBySide(paths):
                side = [id for path in paths for id in self.owing(record, (path,), day)]
                return [] if self.speakers.of_group(record, side, day) else None
            case Established(wanted):
                return self._established(record, day, wanted)
            case Ruled(test, says, _):
                ruling = self.proven.ruling(test, record.id, day)
                return self.proven.words(ruling, day) if ruling.says in says else None

    def _established(self, record: Record, day: int, wanted: bool) -> list[Recorded] | None:
        """By the seats and dates of a body that count for it: what confirms them the rule of (g) asks besides."""
        world = self.proven.world(day)
        body = world.record(record.id)
        found = oversight.shown(world, body) if body is not None else None
        if found is None or found.truth is not (Truth.TRUE if wanted else Truth.FALSE):
            return None
        against = [id for one in found.faults if one.truth is Truth.FALSE for id in one.proof]
        return self.proven.told(dict.fromkeys(found.proof if wanted else against), day)

    def _linked(self, link: Linked, record: Record, day: int, accept: Accept | None) -> list[Recorded] | None:
        for other, found in self.linking(link, record, day, accept):
            naming = [one for one in other.stand(link.by) if self.reader.canonical(one.statement.value) == record.id]
            return [*naming[:1], *found]
        return None

    def linking(
        self, link: Linked, record: Record, day: int, accept: Accept | None
    ) -> Iterator[tuple[Record, list[Recorded]]]:
        """The records by which a link holds on the day, each with the statements that make its conditions hold."""
        for other in self.pointing(link.type, link.by, record.id):
            if (not link.when and not complete(other)) or (
                accept is not None and not link.proven and not accept(other)
            ):
                continue
            if link.bound is not None and not self._bound(other, link.bound[0], record, link.bound[1]):
                continue
            if self.act_day(other, link.by, link.on) > day:
                continue
            readings = self.readings(other) if link.bound is not None else [other]
            found = next((by for one in readings if (by := self.proof(link.when, one, day)) is not None), None)
            if found is not None and (not link.proven or self.proven.act(link.proven, record.id, other.id, day)):
                yield other, found

    def _bound(self, other: Record, by: str, record: Record, whose: str) -> bool:
        """Whether the other record names nobody by a property, or somebody who speaks for one whom this record names by another."""
        named = self.named(other, (by,))
        for_whom = self.named(record, (whose,))
        return not named or any(lookup.speaks_for_state(self.reader, one, id) for one in named for id in for_whom)


def complete(record: Record) -> bool:
    """Whether a record has all that its type asks for: a bare pointer to another one is no act."""
    return all(record.stand(name) for name, known in types.properties(record.type).items() if known.required)


class Founded(Board):
    """A board on which each record says what its founder says, and nothing that others added."""

    def __init__(self, whole: Board) -> None:
        self._whole = whole
        self._told: dict[tuple[str, str], Record] = {}
        self._prepare(whole.reader, {}, whole.size)
        self.records = {name: [self.told(one) for one in many] for name, many in whole.records.items()}

    @cached_property
    def founded(self) -> Board:
        """This board."""
        return self

    @cached_property
    def proven(self) -> Proven:
        """What decisions say, as on the whole board."""
        return self._whole.proven

    def record(self, id: str) -> Record | None:
        """A record as its founder tells it."""
        found = self._whole.record(id)
        return self.told(found) if found is not None else None

    def told(self, record: Record) -> Record:
        """A record as its founder tells it."""
        key = (record.id, record.type)
        found = self._told.get(key)
        if found is None:
            found = self._told[key] = voices.told_as(self.reader, record)
        return found


COUNTRY_BY = (
    "country", "jurisdiction", "targetCountry", "state", "authority", "issuer", "buyer", "body", "client", "regulator", "company",
    "organization", "asset", "vendor", "oversees", "licence", "licensee", "record", "acquisition", "about", "destination",
)  # fmt: skip
"""Properties by which a record belongs to a State, in the order in which they are tried."""


def giving(board: Board, record: Record, state: State, day: int) -> Accept:
    """Which other records may give a record its state: acts of the offices that it names and of whoever told of it, and what somebody
    independent of its State confirms; where who told of it is a party to it, not of that one alone."""
    never = board.named(record, state.not_by)
    # asked once, and only where another record is there: many may point to one of which many tell
    act = cache(partial(board.speakers.acts, record, state.acts, board.party(record, state)))
    codes = cache(partial(country_codes, board, record))

    def accept(other: Record) -> bool:
        if board.speakers.of_group(other, never, day):
            return False
        acts = act()
        if acts is None or acts(other):
            return True
        return bool(codes()) and board.speakers.independent(other, codes(), day)

    return accept


def country_codes(board: Board, record: Record) -> list[str]:
    """The countries to which a record belongs: by its first property that leads to one; through a record that it is about.

    Of those who tell of the record the first who says it counts: nobody moves it to another State's page.
    """
    for told in (board.founded, board):
        for one in told.readings(record):
            if found := _codes(told, one):
                return found
    return []


def _codes(board: Board, record: Record) -> list[str]:
    for name in COUNTRY_BY:
        if found := board.countries(record, (name,)):
            return found
        for id in board.named(record, (name,)):
            other = board.record(id)
            if other is not None and other.id != record.id and (found := board.countries(other, COUNTRY_BY[:14])):
                return found
    return []
