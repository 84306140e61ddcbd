"""Who says it, as the views of procedures see them: a State or company of itself, the office whose act it is, somebody independent.

Ties, States and independence are those of the evidence model (`evidence/affiliation`, `evidence/admissibility`), on the day of the view.
Whoever might be the State counts as the State where its word would fulfil something; whoever is not shown to be the State counts
as a stranger where its word would end something. So one more record never makes a view milder.
"""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import voices
from sousveil.decisions.evidence.admissibility import fixed, objection, public_seats
from sousveil.decisions.facts.offices import speaks_as_state
from sousveil.decisions.procedures.model import About
from sousveil.decisions.procedures.proven import Proven
from sousveil.register.model import Recorded
from sousveil.register.views.reading import Reader, Record, stands


class Speakers:
    """The publishers of the records of one reader."""

    def __init__(self, reader: Reader, proven: Proven) -> None:
        self.reader, self._proven = reader, proven

    def of_itself(self, one: Recorded, about: About, subject: str, day: int) -> bool:
        """Whether a State (a code) or a company (an id) says this of itself, or somebody who is tied to it."""
        owner = self._proven.world(day).base.signer(one).owner
        if about is About.COMPANY:
            return subject in self._ties(owner, day)
        world = self._proven.world(day)
        return any(world.graph.cut(id) or subject in public_seats(world, id) for id in world.resolver.bearers(owner))

    def independent(self, record: Record, codes: Iterable[str], day: int) -> bool:
        """Whether a record, as its founder tells it, is the confirmed word of somebody independent of each of these States."""
        world, who = self._proven.world(day), fixed((), codes)
        told = [one for one in voices.founded(self.reader, record).statements if stands(one)]
        return bool(told) and not any(objection(world, one, who) for one in told)

    def act_of_state(self, record: Record, code: str, day: int) -> Record:
        """What a State says in a record with its own verified keys, or its courts do; nothing where they say nothing."""
        world, who = self._proven.world(day), fixed((), (code,))
        return voices.only(record, [one for one in record.statements if speaks_as_state(world, one, code, who)])

    def _ties(self, owner: str, day: int) -> frozenset[str]:
        """Everybody to whom the owner of a key is tied; of a key that bears a name, all who are called so."""
        world = self._proven.world(day)
        return frozenset[str]().union(*(world.graph.ties(id) for id in world.resolver.bearers(owner)))

    def of_group(self, record: Record, ids: Iterable[str], day: int) -> bool:
        """Whether one of these, or somebody who is tied to one on the day, told of a record first: neither an owner nor a reseller is a
        stranger to its company."""
        wanted, founder = frozenset(ids), voices.founder(self.reader, record)
        return bool(wanted and founder) and not wanted.isdisjoint(self._ties(founder.partition("\n")[0], day))
