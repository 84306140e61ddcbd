"""From statements to procedures: which records there are, whose they are, and what holds of them on a day.

A `Board` is loaded once for a state of the register and asked for any day. Nothing is stored: a procedure is a view of statements,
so a retraction or a reply changes it as it changes every page. What fulfils a demand, stops a clock or ends something is asked of what
its founder and its offices say (`Board.own`); what is owed or goes on, of every account (`Board.readings`). Dates that
are vague never make anybody late: a clock starts on the last day that a date may mean, and a step counts from the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, partial

from sousveil.decisions import apart, lookup, voices
from sousveil.decisions.acts import Accept
from sousveil.decisions.callings import called
from sousveil.decisions.evidence.admissibility import beneficiaries, fixed, objection, public_seats
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.conditions import (
    AllOf,
    AnyOf,
    Condition,
    Fails,
    Followed,
    Has,
    Is,
    Lacks,
    Linked,
    NamesPublic,
    Older,
    Over,
    Past,
    Reached,
    Ruled,
    Running,
    ToldBySide,
)
from sousveil.decisions.procedures.days import (
    came_on,
    current,
    named_by,
    over,
    past,
    running,
    said_on,
)
from sousveil.decisions.procedures.days import claims as claims
from sousveil.decisions.procedures.days import day_of as day_of
from sousveil.decisions.procedures.days import ordinal as ordinal
from sousveil.decisions.procedures.model import ACTORS, About, Actors
from sousveil.decisions.procedures.proven import Proven
from sousveil.decisions.procedures.registry import types_of
from sousveil.register import types
from sousveil.register.model import Recorded
from sousveil.register.names_tokens import tokens
from sousveil.register.types.model import Kind
from sousveil.register.views.reading import Reader, Record, Store, all_subjects, span, stands

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


OFFICE_BY = ("body", "board", "authority", "buyer")
"""Properties by which a record that a named one is about leads to an office."""
PARTY_BY = ("about", "company", "oversees")
"""Properties that name the parties to a record of any type."""
NOBODY = Actors(records=())


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
            whole = self.record(record.id) or record
            found = self.read[key] = voices.readings(self.reader, voices.as_type(whole, record.type))
        return found

    def told(self, record: Record) -> Record:
        """A record as its founder tells it, as what it is taken for here."""
        return self.readings(record)[0]

    def _told(self, id: str) -> Record | None:
        record = self.record(id)
        return self.told(record) if record is not None else None

    def own(self, record: Record) -> Record:
        """A record as its founder and those give it whom the founder names by `Actors.words`; without a founder that is a party."""
        of = ACTORS.get(record.type, NOBODY)
        return apart.fair(self.reader, record, of.words, of.party) if of.words else self.told(record)

    def accept(self, record: Record, day: int) -> Accept:
        """Which other records count as acts on a record: those of its founder and the offices that `ACTORS` names, and what somebody
        independent of its State and its parties confirms; never those of a party."""
        of, own, reader = ACTORS.get(record.type, NOBODY), self.told(record), self.reader
        parties = self.named(own, of.party)
        if of.records is None:
            return lambda other: not self.of_group(other, parties, day)
        party = apart.by_party(reader, own, of.party)
        # asked once, and only where another record is there
        first = cache(partial(voices.founder, reader, own))
        offices = cache(partial(self._offices, own, of.records))
        codes = cache(partial(country_codes, self, record))

        def accept(other: Record) -> bool:
            by = voices.founder(reader, other)
            if party and any(lookup.speaks_for(reader, by, id) for id in parties):
                return False
            if (not party and by == first()) or any(lookup.speaks_for_state(reader, by, id) for id in offices()):
                return True
            return bool(codes()) and self.independent(other, self.parties(record), codes(), day)

        return accept

    def _offices(self, own: Record, names: Sequence[str]) -> list[str]:
        """Whom a record names by these properties, itself or by the record that it is about; and itself."""
        about = filter(None, map(self._told, self.named(own, ("about",)))) if names else ()
        return [own.id, *self.named(own, names), *(id for one in about for id in self.named(one, OFFICE_BY))]

    def admissible(self, one: Recorded, about: About, subject: str, day: int) -> bool:
        """Whether a statement, or another that says the same, may show a need of a State or company (policy 2). Whose act a record is
        confirms it itself, unless that is of the State or company."""
        world, record = self.proven.world(day), self.record(one.statement.subject)
        acting = ACTORS.get(record.type, NOBODY).confirm if record is not None else ()
        acting = () if acting and self.of_itself(one, about, subject, day) else acting
        bodies = self.named(self.told(record), acting) if record is not None else ()
        parties = self.parties(record) if record is not None else ()
        who = beneficiaries(world.about(subject), subject, *parties, acting=bodies)
        there = world.record(one.statement.subject)
        claims = there.claims(one.statement.property) if there is not None else ()
        same = (other for other in claims if world.base.target(other) == world.base.target(one))
        return any(not objection(world, other, who) for other in same)

    def of_itself(self, one: Recorded, about: About, subject: str, day: int) -> bool:
        """Whether a State (a code) or a company (an id) says this of itself, or somebody who is tied to it; who might be the State is."""
        world = self.proven.world(day)
        owners = world.resolver.bearers(world.base.signer(one).owner)
        if about is About.COMPANY:
            return any(subject in world.graph.ties(id) for id in owners)
        return any(world.graph.cut(id) or subject in public_seats(world, id) for id in owners)

    def parties(self, record: Record) -> list[str]:
        """Whom a record is about or concerns, by the word of its first publisher: it shows nothing to their own benefit."""
        return self.named(self.told(record), (*PARTY_BY, *ACTORS.get(record.type, NOBODY).party))

    def independent(self, record: Record, ids: Iterable[str], codes: Iterable[str], day: int) -> bool:
        """Whether a record, as its founder tells it, is the confirmed word of somebody independent of these entities and States."""
        world, who = self.proven.world(day), fixed(ids, codes)
        told = [one for one in self.told(record).statements if stands(one)]
        return bool(told) and not any(objection(world, one, who) for one in told)

    def of_group(self, record: Record, ids: Iterable[str], day: int) -> bool:
        """Whether one of these, or somebody who is tied to one on the day, told of a record first: neither an owner nor a reseller is a
        stranger to its company."""
        wanted, world = frozenset(ids), self.proven.world(day)
        founder = voices.founder(self.reader, record).partition("\n")[0]
        owners = world.resolver.bearers(founder) if wanted and founder else ()
        return any(not wanted.isdisjoint(world.graph.ties(id)) for id in owners)

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

    def countries(self, record: Record, of: Sequence[str], *, told: bool = False) -> list[str]:
        """The countries to which a record belongs by these properties (`body.public`: of whom it names, by the public bodies). `told`: of
        whom it names as whoever published that one first says, and by nobody else."""
        found: dict[str, None] = {}
        for path in of:
            name, _, rest = path.partition(".")
            for one in record.stand(name):
                if rest == "public" and not self.is_public(one.statement.value):
                    continue
                known = types.property_of(one.statement.type, name)
                if known is not None and known.kind == Kind.ENTITY:
                    found.update(dict.fromkeys(self.country_of(one.statement.value, told=told)))
                else:
                    found[one.statement.value] = None
        return list(found)

    def country_of(self, id: str, *, told: bool = False) -> list[str]:
        """The countries of an entity; `told`: as whoever published it first says."""
        record = self._told(id) if told else self.record(id)
        claims = record.stand("country") + record.stand("jurisdiction") if record is not None else []
        return list(dict.fromkeys(one.statement.value for one in claims))

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

    def act_day(self, other: Record, by: str, on: Sequence[str] = (), *, last: bool = False) -> int:
        """The day of a record that is an act on the one to which it points by a property: that which it names for the act by the
        first of these properties (none are given: by any date of its own), else that on which it was said to be one. `last`: the last day
        that the date may mean."""
        named = named_by(other, on, last=last) if on else self.dated(other)
        told = other.stand(by) or other.statements
        return named if named is not None else min(said_on(self.reader, one) for one in told)

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
            case Has(name, values, every):
                told = claims(record, name, values, day)
                missing = set(values) - {one.statement.value for one in told} if every else ()
                return told if told and not missing else None
            case Is(name, values, on):
                told = current(record, name, values, day)
                return told if told and (on is None or came_on(self.reader, record, told, on) <= day) else None
            case Lacks(name, values):
                return None if claims(record, name, values, day) else []
            case Fails(of):
                return [] if self.holds(of, record, day, accept) is None else None
            case Reached(name):
                return [one for one in record.stand(name) if (ordinal(one.statement.value) or day + 1) <= day] or None
            case Past(name):
                return past(record, name, day) or None
            case Over():
                return over(record, day)
            case Older(names, days):
                given = named_by(record, names, last=True)
                return [] if given is None or given < day - days else None
            case AllOf(of):
                return self.proof(of, record, day, accept)
            case Running(longest):
                return [] if running(record, day, longest=longest) else None
            case Linked() | Followed():
                return next((found for _, found in self.linking(condition, record, day, accept)), None)
            case AnyOf(of):
                return next((found for one in of if (found := self.holds(one, record, day, accept)) is not None), None)
            case NamesPublic(name):
                return [] if any(map(self.is_public, self.named(record, (name,)))) else None
            case ToldBySide(paths):
                first = self.told(record)
                side = [id for path in paths for id in self.owing(first, (path,), day)]
                return [] if self.of_group(first, side, day) else None
            case Ruled(test, says):
                ruling = self.proven.ruling(test, record.id, day)
                return self.proven.words(ruling, day) if ruling.says in says else None

    def linking(
        self, link: Linked | Followed, record: Record, day: int, accept: Accept | None
    ) -> Iterator[tuple[Record, list[Recorded]]]:
        """The records by which a link holds on the day, each as the account tells it by which it does, with the statements."""
        if isinstance(link, Followed):
            for id in self.named(record, (link.by,)):
                for other in self.pointing(record.type, link.by, id):
                    own = self.told(other)
                    naming = [one for one in own.stand(link.by) if self.reader.canonical(one.statement.value) == id]
                    later = other.id != record.id and self._later(link, own, record)
                    if (
                        naming
                        and later
                        and self.act_day(own, link.by, link.on) <= day
                        and (accept is None or accept(other))
                    ):
                        yield own, naming[:1]
            return
        for other in self.pointing(link.type, link.by, record.id):
            if link.proven:
                readings = [other]
            else:
                readings = self.readings(other)[: None if link.bound else 1]
                if accept is not None and not accept(other):
                    continue
            for own in readings:
                naming = [one for one in own.stand(link.by) if self.reader.canonical(one.statement.value) == record.id]
                if not naming or (not link.when and not complete(own)) or self.act_day(own, link.by, link.on) > day:
                    continue
                if link.bound is not None and not self._bound(own, link.bound[0], record, link.bound[1]):
                    continue
                found = self.proof(link.when, own, day)
                if found is not None and (not link.proven or self.proven.act(link.proven, record.id, other.id, day)):
                    yield own, [*naming[:1], *found]
                    break

    def _later(self, link: Followed, other: Record, record: Record) -> bool:
        """Whether a record comes after another: by the day from which both run, else by any date of theirs."""
        mine, its = (ordinal(next(filter(None, map(one.first, link.since)), None)) for one in (record, other))
        if mine is None or its is None:
            mine, its = self.dated(record), self.dated(other)
        return mine is None or (its is not None and its > mine)

    def _bound(self, other: Record, by: str, record: Record, whose: str) -> bool:
        """Whether the other record names nobody by a property, or somebody who speaks for one whom this record names by another."""
        named = self.named(other, (by,))
        for_whom = self.named(record, (whose,))
        return not named or any(lookup.speaks_for_state(self.reader, one, id) for one in named for id in for_whom)


def complete(record: Record) -> bool:
    """Whether a record has all that its type asks for: a bare pointer to another one is no act."""
    return all(record.stand(name) for name, known in types.properties(record.type).items() if known.required)


COUNTRY_BY = (
    "country", "jurisdiction", "targetCountry", "state", "authority", "issuer", "buyer", "body", "client", "regulator", "company",
    "organization", "asset", "vendor", "oversees", "licence", "licensee", "record", "acquisition", "about", "destination",
)  # fmt: skip
"""Properties by which a record belongs to a State, in the order in which they are tried."""


def country_codes(board: Board, record: Record) -> list[str]:
    """The countries to which a record belongs: by its first property that leads to one; through a record that it is about.

    Of those who tell of the record the first who says it counts: nobody moves it to another State's page.
    """
    for told in (True, False):
        for one in board.readings(record):
            if found := _codes(board, one, told):
                return found
    return []


def _codes(board: Board, record: Record, told: bool) -> list[str]:
    for name in COUNTRY_BY:
        if found := board.countries(record, (name,), told=told):
            return found
        for id in board.named(record, (name,)):
            other = board.record(id)
            if other is None or other.id == record.id:
                continue
            if found := board.countries(board.told(other) if told else other, COUNTRY_BY[:14], told=told):
                return found
    return []
