"""Who says it, as the views of procedures see them: a State or company of itself, the office whose act it is, somebody independent.

Whoever might be the State counts as the State where its word would fulfil something; whoever is not shown to be the State counts
as a stranger where its word would end something. So one more record never makes a view milder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from sousveil.decisions import chains, lookup, sides, voices
from sousveil.decisions.callings import called, contrary
from sousveil.decisions.evidence.affiliation import Ties
from sousveil.decisions.levels import is_local
from sousveil.decisions.procedures.conditions import SaidBy
from sousveil.decisions.procedures.model import About
from sousveil.register.model import Recorded, Standing
from sousveil.register.views.reading import Reader, Record, stands

if TYPE_CHECKING:
    from sousveil.decisions.procedures.engine import Board

Accept = Callable[[Record], bool]
"""Whether a record that another one points to is the act of somebody whose act counts."""
MOST = 200
"""Bodies and owners above somebody that are looked at; who stands below more than that is taken for no stranger to a State."""
OFFICE_BY = ("body", "board", "authority", "buyer")
"""Properties by which a record that a named one is about leads to an office."""
SELLS = (
    ("SurveillanceProduct", "vendor"),
    ("Supply", "supplier"),
    ("ExportLicence", "licensee"),
    ("Registration", "company"),
)


class Speakers:
    """The voices of one board."""

    def __init__(self, board: Board) -> None:
        self.board, self.reader = board, board.reader
        self._self: dict[tuple[str, str, int], bool] = {}
        self._firm: dict[tuple[str, str, int], bool] = {}
        self._groups: dict[tuple[str, int], frozenset[str]] = {}
        self._ties: dict[int, Ties] = {}
        self._sides: dict[tuple[tuple[str, ...], int], frozenset[str]] = {}
        self._owned: dict[tuple[str, int], tuple[frozenset[str], bool]] = {}
        self._public: dict[str, frozenset[str]] = {}
        self._verified: frozenset[str] | None = None

    # Of itself

    def of_itself(self, one: Recorded, about: About, subject: str, day: int) -> bool:
        """Whether a State (a code) or a company (an id) says this of itself, or may be the one who does.

        A company of the State is one, wherever it sits."""
        voice = voices.voice(self.reader, one)
        if about is About.COMPANY:
            return bool(self._entities(voice) & self._group(subject, day))
        known = self._self.get((voice, subject, day))
        if known is None:
            known = any(self._belongs(id, subject, day) for id in self._entities(voice))
            self._self[voice, subject, day] = known
        return known

    def _entities(self, voice: str) -> frozenset[str]:
        """The entity for which a key is registered; of a key that bears a name, every entity that is called so."""
        if voice.startswith("sv-"):
            return frozenset({self.reader.canonical(voice)})
        return frozenset(one.id for one in self.board.called(voice.partition("\n")[0]))

    def _group(self, company: str, day: int) -> frozenset[str]:
        found = self._groups.get((company, day))
        if found is None:
            group = chains.group(self.reader, company, date.fromordinal(day).isoformat())
            found = self._groups[company, day] = frozenset({company, *group})
        return found

    def _bodies_of(self, id: str) -> frozenset[str]:
        """The States of which it may be a public body, by what anybody says more firmly than as an allegation."""
        known = self._public.get(id)
        if known is None:
            found: set[str] = set()
            above, seen = [id], {id}
            while above:
                record = self._record(above.pop())
                if record is None or not called(record, "PublicBody"):
                    continue
                for one in record.statements:
                    said = one.statement
                    if not stands(one) or said.standing not in lookup.FIRM:
                        continue
                    if said.property in ("country", "jurisdiction"):
                        found.add(said.value)
                    elif said.property == "partOf" and said.value not in seen:
                        seen.add(said.value)
                        above.append(said.value)
            known = self._public[id] = frozenset(found)
        return known

    # Independent

    def backed(self, proof: Iterable[Recorded], about: About, subject: str, day: int) -> bool:
        """Whether somebody independent confirms, in the same records, each thing that a State or company says of itself."""
        return all(
            not self.of_itself(one, about, subject, day)
            or any(self._independent(other, about, subject, day) for other in self._same(one, day))
            for one in proof
        )

    def _same(self, one: Recorded, day: int) -> list[Recorded]:
        from sousveil.decisions.procedures.engine import claims

        record = self.board.record(one.statement.subject)
        if record is None:
            return []
        said = claims(record, one.statement.property, (one.statement.value,), day)
        return [other for other in said if other.statement.standing is Standing.CONFIRMED]

    def _independent(self, one: Recorded, about: About, subject: str, day: int) -> bool:
        """A verified key of an entity that says where it sits, sells no such technology, and is neither the one nor of its State.

        No State confirms what another says of itself; a company's State may confirm what the company says.
        """
        voice = voices.voice(self.reader, one)
        if not voice.startswith("sv-") or not self._is_verified(one) or self.of_itself(one, about, subject, day):
            return False
        record = self._record(voice)
        if record is None or any(self.board.pointing(type, by, record.id) for type, by in SELLS):
            return False
        if about is About.COMPANY:
            return True
        own = [each for each in record.statements if stands(each) and voices.voice(self.reader, each) == voice]
        seats = {each.statement.value for each in own if each.statement.property in ("country", "jurisdiction")}
        every = {each.statement.value for each in record.stand("country")}
        if not seats or subject in every or called(record, "PublicBody"):
            return False
        return not self._belongs(record.id, subject, day)

    def independent(self, record: Record, codes: Iterable[str], day: int) -> bool:
        """Whether a record, as its founder tells it, is the confirmed word of somebody independent of each of these States."""
        told = [one for one in voices.founded(self.reader, record).statements if stands(one)]
        return bool(told) and all(
            one.statement.standing is Standing.CONFIRMED and self._independent(one, About.STATE, code, day)
            for one in told
            for code in codes
        )

    def _belongs(self, id: str, code: str, day: int) -> bool:
        """Whether what it is part of, or who owns it or a share of it, may be a public body of this State: a seat elsewhere makes no
        State's company a stranger to it. Who stands below more than can be looked at may belong to any."""
        known = self._owned.get((id, day))
        if known is None:
            on = date.fromordinal(day).isoformat()
            wave, seen = [id], {id}
            codes: set[str] = set()
            while wave and len(seen) <= MOST:
                at = wave.pop()
                record = self._record(at)
                if record is None:
                    continue
                codes |= self._bodies_of(at)
                above = {self.reader.canonical(one.statement.value) for one in record.stand("partOf")}
                above |= {one.id for one in chains.above(self.reader, at, on) if not one.id.startswith("unknown:")}
                fresh = sorted(above - seen)
                seen.update(fresh)
                wave += fresh
            known = self._owned[id, day] = (frozenset(codes), len(seen) > MOST)
        return known[1] or code in known[0]

    def _is_verified(self, one: Recorded) -> bool:
        entry = self.reader.store.entry(one.recorded)
        return any(key in self._keys() for key in entry.signers)

    def _keys(self) -> frozenset[str]:
        if self._verified is None:
            ring = self.reader.store.keyring()
            self._verified = frozenset(state.key_id for state in ring.states() if state.verified)
        return self._verified

    # The State itself

    def act_of_state(self, record: Record, code: str, day: int) -> Record:
        """What a State says in a record with its own verified keys, or its courts do; nothing where they say nothing."""
        own = [one for one in record.statements if stands(one) and self._is_state(one, code, day)]
        return voices.only(record, own)

    def _is_state(self, one: Recorded, code: str, day: int) -> bool:
        voice = voices.voice(self.reader, one)
        if not voice.startswith("sv-") or not self._is_verified(one):
            return False
        known = self._firm.get((voice, code, day))
        if known is None:
            known = self._firm[voice, code, day] = self._surely(voice, code, day)
        return known

    def _surely(self, voice: str, code: str, day: int) -> bool:
        """Whether a body of the whole State owns the key, by the word of somebody independent: nobody makes itself, or a city, a State.

        Where anybody says more firmly than as an allegation that it is local, or part of something else, it is not sure.
        """
        id = self.reader.canonical(voice)
        for _ in range(lookup.STATE_DEPTH):
            record = self._record(id)
            if record is None or contrary(record, ("PublicBody",)):
                return False
            firm = [one for one in record.statements if stands(one) and one.statement.standing in lookup.FIRM]
            if any(one.statement.property == "level" and is_local(one.statement.value) for one in firm):
                return False
            others = [one for one in firm if self._independent(one, About.STATE, code, day)]
            if any(
                one.statement.type == "State" and one.statement.property == "country" and one.statement.value == code
                for one in others
            ):
                return True
            above = {self.reader.canonical(one.statement.value) for one in firm if one.statement.property == "partOf"}
            if len(above) != 1 or not any(one.statement.property == "partOf" for one in others):
                return False
            id = above.pop()
        return False

    def _record(self, id: str) -> Record | None:
        self.reader.load([id])
        return self.reader.records.get(self.reader.canonical(id))

    # Acts of a named office

    def acts(
        self, record: Record, offices: Sequence[str] | None, gains: Sequence[str] = (), day: int | None = None
    ) -> Accept | None:
        """Which records that point to this one count as the act that it waits for; None: all of them.

        `offices`: the properties that name whose act it is. Whoever told of the record first counts as well, who could take it back;
        where it names no office, nobody else does. `gains`: the properties that name who would gain by it. Where any is given, these
        never count, and whoever told of the record first does not for that alone; where no office is named, nor does their group on the
        `day`.
        """
        side = partial(self.of_group, day=day) if day is not None else None
        return acts(self.reader, record, offices, self.board.founded.record, gains, side=side)

    def gaining(self, record: Record, gains: Sequence[str]) -> bool:
        """Whether whoever told of a record first is one of those who would gain by it."""
        own, first = self.board.told(record), voices.founder(self.reader, record)
        return any(lookup.speaks_for(self.reader, first, id) for id in _named(self.reader, own, gains))

    def of_group(self, record: Record, ids: Iterable[str], day: int) -> bool:
        """Whether one of these, or somebody who is tied to one on the day, told of a record first: neither an owner nor a reseller is a
        stranger to its company. Of a key that bears a name everybody counts who is called so."""
        founder = voices.founder(self.reader, record)
        by = self._entities(founder) if founder else frozenset[str]()
        return bool(by) and not by.isdisjoint(self._beside(tuple(ids), day))

    def _beside(self, ids: tuple[str, ...], day: int) -> frozenset[str]:
        """These with their groups and ties; put together once, as many may be asked about."""
        found = self._sides.get((ids, day))
        if found is None:
            near = (each for id in ids for each in (self._group(id, day), self._tied(id, day)))
            found = self._sides[ids, day] = frozenset[str]().union(*near)
        return found

    def _tied(self, id: str, day: int) -> frozenset[str]:
        found = self._ties.get(day)
        if found is None:
            found = self._ties[day] = sides.ties(self.reader, date.fromordinal(day).isoformat(), self._confirms)
        return found.of(self.reader.canonical(id))

    def _confirms(self, one: Recorded) -> bool:
        return stands(one) and one.statement.standing is Standing.CONFIRMED and self._is_verified(one)


def acts(
    reader: Reader,
    record: Record,
    offices: Sequence[str] | None,
    told: Callable[[str], Record | None],
    gains: Sequence[str] = (),
    gainers: Iterable[str] = (),
    side: Callable[[Record, list[str]], bool] | None = None,
) -> Accept | None:
    """`Speakers.acts` where there is no board. `told`: a record as its founder tells it. `gainers`: others who would gain by it.
    `side`: whether a record is the act of those who would gain, or of their side, where no office is named."""
    if offices is None:  # of a named office no ownership that somebody tells of makes a side
        gain, is_side = _named(reader, voices.told_as(reader, record), gains), side or partial(speaks_for_any, reader)
        return (lambda other: not is_side(other, gain)) if gain else None
    own = voices.told_as(reader, record)
    named = [record.id, *_named(reader, own, offices)]
    about = (other for id in _named(reader, own, ("about",)) if (other := told(id)) is not None)
    named += [id for other in about for id in _named(reader, other, OFFICE_BY)] if offices else []
    first = None if gains else voices.founder(reader, record)
    gaining = [*_named(reader, own, gains), *gainers]

    def accept(other: Record) -> bool:
        if speaks_for_any(reader, other, gaining):
            return False
        by = voices.founder(reader, other)
        return by == first or any(lookup.speaks_for_state(reader, by, id) for id in named)

    return accept


def speaks_for_any(reader: Reader, other: Record, ids: Iterable[str]) -> bool:
    """Whether one of these told of a record first."""
    by = voices.founder(reader, other)
    return any(lookup.speaks_for(reader, by, id) for id in ids)


def with_words(reader: Reader, record: Record, offices: Sequence[str]) -> Record:
    """A record as its founder tells it, with what those say in it whom the founder names by these properties, or what they are part of:
    who is asked may answer there, and nobody in its place."""
    own = voices.told_as(reader, record)
    named = _named(reader, own, offices)
    if not named:
        return own
    whole = reader.records.get(reader.canonical(record.id), record)
    first = voices.founder(reader, voices.as_type(whole, record.type))
    voice = {one.id: voices.voice(reader, one) for one in whole.statements if stands(one)}
    good = {by for by in voice.values() if by == first or any(lookup.speaks_for_state(reader, by, id) for id in named)}
    told = voices.only(whole, [one for one in whole.statements if voice.get(one.id) in good])
    return voices.as_type(told, record.type)


def said_by(reader: Reader, record: Record, condition: SaidBy, names: Sequence[str] = ()) -> list[Recorded]:
    """The claims that a `SaidBy` takes, of the whole record: those whom the founder names may add them. `names`: what they say by
    these properties instead."""
    whole = voices.as_type(reader.records.get(reader.canonical(record.id), record), record.type)
    own, first = voices.founded(reader, whole), voices.founder(reader, whole)
    asking, owing = _named(reader, own, condition.by), _named(reader, own, condition.owed)

    def counts(one: Recorded) -> bool:
        by = voices.voice(reader, one)
        if any(lookup.speaks_for_state(reader, by, id) for id in owing):
            return False
        return any(lookup.speaks_for(reader, by, id) for id in asking) if asking else by == first

    if names:
        return [one for name in names for one in whole.stand(name) if counts(one)]
    return [one for one in whole.stand(condition.property) if one.statement.value in condition.values and counts(one)]


def _named(reader: Reader, record: Record, of: Sequence[str]) -> list[str]:
    found = (reader.canonical(one.statement.value) for name in of for one in record.stand(name))
    return list(dict.fromkeys(found))


def as_told(reader: Reader) -> Callable[[str], Record | None]:
    """Records of a reader as their founders tell them, for `acts`."""

    def told(id: str) -> Record | None:
        reader.load([id])
        record = reader.records.get(reader.canonical(id))
        return voices.founded(reader, record) if record is not None else None

    return told
