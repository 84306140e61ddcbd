"""Who says it, as the views of procedures see them: a State or company of itself, the office whose act it is, somebody independent.

Ties, States and independence are those of the evidence model (`evidence/affiliation`, `evidence/admissibility`), on the day of the view.
Whoever might be the State counts as the State where its word would fulfil something; whoever is not shown to be the State counts
as a stranger where its word would end something. So one more record never makes a view milder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sousveil.decisions import lookup, voices
from sousveil.decisions.evidence.admissibility import fixed, objection, public_seats
from sousveil.decisions.facts.offices import speaks_as_state
from sousveil.decisions.procedures.conditions import SaidBy
from sousveil.decisions.procedures.model import About
from sousveil.register.model import Recorded
from sousveil.register.views.reading import Reader, Record, stands

if TYPE_CHECKING:
    from sousveil.decisions.procedures.engine import Board

Accept = Callable[[Record], bool]
"""Whether a record that another one points to is the act of somebody whose act counts."""
OFFICE_BY = ("body", "board", "authority", "buyer")
"""Properties by which a record that a named one is about leads to an office."""


class Speakers:
    """The publishers of one board."""

    def __init__(self, board: Board) -> None:
        self.board, self.reader = board, board.reader

    def of_itself(self, one: Recorded, about: About, subject: str, day: int) -> bool:
        """Whether a State (a code) or a company (an id) says this of itself, or somebody who is tied to it."""
        owner = self.board.proven.world(day).base.signer(one).owner
        if about is About.COMPANY:
            return subject in self._ties(owner, day)
        world = self.board.proven.world(day)
        return any(world.graph.cut(id) or subject in public_seats(world, id) for id in world.resolver.bearers(owner))

    def backed(self, proof: Iterable[Recorded], about: About, subject: str, day: int) -> bool:
        """Whether somebody independent confirms, in the same records, each thing that a State or company says of itself."""
        return all(
            not self.of_itself(one, about, subject, day) or self.board.proven.free(one, subject, day) for one in proof
        )

    def independent(self, record: Record, codes: Iterable[str], day: int) -> bool:
        """Whether a record, as its founder tells it, is the confirmed word of somebody independent of each of these States."""
        world, who = self.board.proven.world(day), fixed((), codes)
        told = [one for one in voices.founded(self.reader, record).statements if stands(one)]
        return bool(told) and not any(objection(world, one, who) for one in told)

    def act_of_state(self, record: Record, code: str, day: int) -> Record:
        """What a State says in a record with its own verified keys, or its courts do; nothing where they say nothing."""
        world, who = self.board.proven.world(day), fixed((), (code,))
        return voices.only(record, [one for one in record.statements if speaks_as_state(world, one, code, who)])

    def _ties(self, owner: str, day: int) -> frozenset[str]:
        """Everybody to whom the owner of a key is tied; of a key that bears a name, all who are called so."""
        world = self.board.proven.world(day)
        return frozenset[str]().union(*(world.graph.ties(id) for id in world.resolver.bearers(owner)))

    # Acts of a named office

    def acts(
        self, record: Record, offices: Sequence[str] | None, gains: Sequence[str] = (), day: int | None = None
    ) -> Accept | None:
        """Which records that point to this one count as the act that it waits for; None: all of them.

        `offices`: the properties that name whose act it is. Whoever told of the record first counts as well, who could take it back;
        where it names no office, nobody else does. `gains`: the properties that name who would gain by it. Where any is given, these
        never count, and whoever told of the record first does not for that alone; where no office is named, nor does anybody who is
        tied to them on the `day`.
        """
        side = partial(self.of_group, day=day) if day is not None else None
        return acts(self.reader, record, offices, self.board.founded.record, gains, side=side)

    def of_group(self, record: Record, ids: Iterable[str], day: int) -> bool:
        """Whether one of these, or somebody who is tied to one on the day, told of a record first: neither an owner nor a reseller is a
        stranger to its company."""
        wanted, founder = frozenset(ids), voices.founder(self.reader, record)
        return bool(wanted and founder) and not wanted.isdisjoint(self._ties(founder.partition("\n")[0], day))


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
