"""What the register knows already, and whether something new fits to it: persons, types, ownership, answers, repetitions.

Everything is asked once for a batch, and what the batch brings is added as it is let in. `Admission` holds the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sousveil.register import entries as log
from sousveil.register import persons, publication
from sousveil.register.keyring import Keyring
from sousveil.register.model import Stance, Statement, from_content
from sousveil.register.owners import KeyState
from sousveil.register.ownership import OWNERSHIP, Ownership
from sousveil.register.publication import DIRECT
from sousveil.register.refusal import Refused
from sousveil.register.store import NewStatement, Store
from sousveil.register.types import registry
from sousveil.register.types.model import Kind


class Waiting:
    """Whom held publications are about. What a held publication says never changes, so each is read once."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[set[str], dict[str, str]]] = {}
        self.persons: set[str] = set()
        """Ids of natural persons."""
        self.claims: dict[str, str] = {}
        """Claims about natural persons -> the person."""

    def look(self, store: Store) -> None:
        """Read what has come since, forget what waits no more."""
        now = {row[0] for row in store.db.query("SELECT id FROM held WHERE state IN ('waiting', 'notice')")}
        if now == self._read.keys():
            return
        for id in now - self._read.keys():
            data = store.held_submission(id)
            self._add(id, [from_content(text) for _, text in publication.unpack(data).contents] if data else [])
        for id in self._read.keys() - now:
            del self._read[id]
        self.persons, self.claims = set(), {}
        for ids, claims in self._read.values():
            self.persons |= ids
            self.claims |= claims

    def _add(self, id: str, said: Sequence[Statement]) -> None:
        ids = persons.named(said)
        self._read[id] = (ids, persons.claims_in(said, ids.__contains__))

    def add(self, id: str, said: Sequence[Statement]) -> None:
        """One that is held from now on."""
        self._add(id, said)
        ids, claims = self._read[id]
        self.persons |= ids
        self.claims |= claims


class First(NamedTuple):
    """A statement of the register, as far as an answer to it must fit."""

    owner: str
    subject: str
    type: str
    property: str


class Fitting:
    """What a batch must fit to."""

    def __init__(self, store: Store, ring: Keyring, waiting: Waiting | None = None) -> None:
        self.store, self.ring = store, ring
        self.waiting = waiting if waiting is not None else Waiting()
        self.first: dict[bytes, First | None] = {}
        """Statements that are answered, taken back or erased; None: erased."""
        self._types: dict[str, set[str]] = {}
        """Entity -> the record types that the register knows it by."""
        self._standing: dict[tuple[str, bytes], tuple[int, bytes]] = {}
        """Owner and content of statements that stand -> index and id."""
        self._looked: set[str] = set()
        """Ids that the database was asked about."""
        self._joined: set[str] = set()
        """Those of them that judgements join with others."""
        self.ownership = Ownership(store, self.is_new)

    def look_up(self, ids: Sequence[bytes]) -> None:
        """Ask for the statements that a batch names."""
        rows = self.store.db.among(
            "SELECT s.id, e.publisher, s.content FROM statements s JOIN entries e ON e.idx = s.entry "
            "WHERE s.id IN ({keys})",
            ids,
        )
        for id, owner, content in rows:
            said = from_content(bytes(content))
            self.first[bytes(id)] = First(owner, said.subject, said.type, said.property)

    def look(self, new: Sequence[NewStatement]) -> None:
        """Ask for everything that these statements must fit to."""
        if not new:
            return
        subjects = {one.subject for one in new}
        entities = subjects | {one.target for one in new if one.target is not None}
        for id, kind in self.store.db.among(
            "SELECT DISTINCT subject, type FROM entities WHERE subject IN ({keys}) AND live > 0",
            (ids := sorted(entities)),
        ):
            self._types.setdefault(id, set()).add(kind)
        self._looked |= entities
        self._joined |= {row[0] for row in self.store.db.among("SELECT id FROM clusters WHERE id IN ({keys})", ids)}
        self.ownership.look(new)
        self._look_for_the_same({one.content for one in new}, sorted(subjects & self._types.keys()))
        self.waiting.look(self.store)

    def _look_for_the_same(self, wanted: set[bytes], subjects: Sequence[str]) -> None:
        """Which of these statements stand already, by whoever. What a stolen key signed does not stand."""
        rows = self.store.db.among(
            "SELECT s.content, s.id, s.entry, e.publisher, e.signers FROM statements s JOIN entries e ON e.idx = s.entry "
            "WHERE s.subject IN ({keys}) AND s.retracted IS NULL AND s.superseded_by IS NULL",
            subjects,
        )
        doubts = self.ring.doubts(None)
        for content, id, index, owner, signers in rows:
            if content in wanted and not any(index >= doubts.get(key, index + 1) for key in signers.split(",")):
                self._standing[owner, bytes(content)] = (index, bytes(id))

    def remember(self, statements: Sequence[NewStatement], every: Sequence[Statement], index: int, owner: str) -> None:
        """What was let in, for the rest of the batch."""
        corrected = [one.supersedes for one in statements if one.corrects and one.supersedes is not None]
        self.stand_no_more(corrected)
        self.ownership.drop(corrected)
        for made, said in zip(statements, every, strict=True):
            self.first[made.id] = First(owner, said.subject, said.type, said.property)
            self._types.setdefault(said.subject, set()).add(said.type)
            self._standing[owner, made.content] = (index, made.id)
            self.ownership.remember(made.id, said, owner)

    def stand_no_more(self, ids: Sequence[bytes]) -> None:
        """These were taken back, corrected or erased."""
        if not ids:
            return
        gone = set(ids)
        for key in [key for key, (_, id) in self._standing.items() if id in gone]:
            del self._standing[key]

    def is_new(self, id: str) -> bool:
        """Surely nothing is said of this subject yet, here or in the register, and nobody judged whose it is."""
        return id in self._looked and id not in self._types and id not in self._joined

    def check_superseded(self, at: int, made: NewStatement, said: Statement, owner: KeyState) -> None:
        """Raises Refused for an answer to nothing, or to something else than it says."""
        field = f"statements[{at}].supersedes"
        first = self.first.get(made.supersedes or b"")
        if first is None:
            raise Refused(
                "The statement that this answers is not in the register.", field=field, code="unknown_statement"
            )
        if made.corrects and first.owner != owner.owner:
            raise Refused(
                f"Only {first.owner}, who published the statement, corrects it.",
                field=field,
                code="not_the_owner",
                hint="Deny it, or publish what you know as a statement of your own.",
            )
        told = (said.subject, said.type, said.property)
        if made.corrects and told != first[1:]:
            raise Refused(
                "A correction keeps subject, type and property of what it corrects.",
                field=field,
                code="other_statement",
                hint="Retract the first statement, and publish the other one.",
            )
        if said.subject != first.subject:
            raise Refused(
                "An answer has the subject of the statement that it answers.",
                field=field,
                code="other_statement",
            )

    # What a new publication may not say

    def check_new(
        self, statements: Sequence[NewStatement], every: Sequence[Statement], payload: log.Statements, owner: str
    ) -> None:
        """Raises Refused for a person who is not marked, the wrong kind of entity, circles, and what stands already."""
        self._check_marked(statements, every)
        self._check_ranges(statements, every)
        if payload.dataset == DIRECT and any(said.type == OWNERSHIP for said in every):
            self.ownership.check(statements, every, owner)
        self._check_not_standing(statements, owner)

    def _check_marked(self, statements: Sequence[NewStatement], every: Sequence[Statement]) -> None:
        here = persons.named(every)
        for at, (made, said) in enumerate(zip(statements, every, strict=True)):
            if said.person:
                continue
            for field, id in (("subject", made.subject), ("value", made.target)):
                if id is not None and (id in here or self._is_person(id)):
                    raise Refused(
                        f"Statement {at} names a natural person in its {field} and is not marked as one that does.",
                        field=f"statements[{at}].person",
                        code="names_person",
                        hint="Write person=true. It is then held until two reviewers have released it.",
                    )

    def _is_person(self, id: str) -> bool:
        """A person in the register; an id that the register does not know: a person in what is held."""
        types = self._types.get(id)
        return any(map(persons.is_person, types)) if types else id in self.waiting.persons

    def claims(self, said: Sequence[Statement]) -> dict[str, str]:
        """Claims of which this publication says something -> the person whom they are about."""
        subjects = {one.subject for one in said if one.type == persons.CLAIM}
        if not subjects:
            return {}
        found = {id: self.waiting.claims[id] for id in subjects & self.waiting.claims.keys()}
        known = sorted(subjects & self._types.keys())
        rows = self.store.db.among(
            "SELECT subject, target FROM statements WHERE subject IN ({keys}) AND type = 'Claim' AND person = 1 "
            "AND target IS NOT NULL",
            known,
        )
        return found | dict(rows) | persons.claims_in(said, self._is_person)

    def _check_ranges(self, statements: Sequence[NewStatement], every: Sequence[Statement]) -> None:
        """A value that is known is of a type that the property may point to. What comes later is not known yet."""
        here: dict[str, set[str]] = {}
        for said in every:
            here.setdefault(said.subject, set()).add(said.type)
        for at, (made, said) in enumerate(zip(statements, every, strict=True)):
            if made.target is None or said.stance is Stance.DENIES:
                continue
            range = _range(said)
            types = here.get(made.target, set()) | self._types.get(made.target, set())
            if range and types and not any(_fits(kind, wanted) for kind in types for wanted in range):
                raise Refused(
                    f"Statement {at}: {said.property} of {said.type} leads to {' or '.join(range)}, and {made.target} "
                    f"is known as {', '.join(sorted(types))}.",
                    field=f"statements[{at}].value",
                    code="wrong_type",
                )

    def _check_not_standing(self, statements: Sequence[NewStatement], owner: str) -> None:
        here: set[bytes] = set()
        for at, made in enumerate(statements):
            first = self._standing.get((owner, made.content))
            if first is not None or made.content in here:
                where = f"at index {first[0]} of the log" if first is not None else "in this publication"
                raise Refused(
                    f"Statement {at} stands already, {where}, word for word.",
                    field=f"statements[{at}]",
                    code="stands_already",
                    hint="What stands need not be said again. A correction names what it corrects.",
                )
            here.add(made.content)


def _range(said: Statement) -> tuple[str, ...]:
    one = registry.property_of(said.type, said.property)
    return one.range if one is not None and one.kind == Kind.ENTITY else ()


def _fits(kind: str, wanted: str) -> bool:
    """Of the type wanted, or of one so general that it may turn out to be it."""
    return registry.is_a(kind, wanted) or registry.is_a(wanted, kind)
