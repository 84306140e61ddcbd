"""Loads what the store says about some entities in few questions, and turns statements into claims.

Two rules hold everywhere: no question to the store per statement, and nothing that was said is dropped: what a limit
leaves out is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import date
from typing import TypedDict

from sousveil.errors import Malformed
from sousveil.register import edtf, identity, types
from sousveil.register.model import Recorded
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.types.countries import country_name
from sousveil.register.types.model import Kind
from sousveil.register.views import beside, captions, words
from sousveil.register.views.labels import property_label, type_label
from sousveil.register.views.model import ClaimView, Frame, PropertyView, Ref
from sousveil.register.views.model_base import ProofView
from sousveil.register.views.records import (
    ONCE,
    ONE_DATE,
    RANK,
    Record,
    happens_once,
    notes_on,
    span,
    stands,
    state_of,
    weakest_of,
)
from sousveil.register.views.store import Store, all_subjects, clusters_at, genesis, judgements_at, known_members

__all__ = [
    "ONCE", "ONE_DATE", "RANK", "STAGES", "Reader", "Record", "Store", "all_subjects", "clusters_at", "followable", "genesis",
    "happens_once", "judgements_at", "known_members", "notes_on", "property_label", "span", "stands", "state_of",
    "type_label", "weakest_of",
]  # fmt: skip

ADDRESS_MAX = 2_048
"""Characters of an address that may be followed."""


STAGES = {
    "AbuseIncident": ("stage", "clientStage"),
    "ClientClaim": ("stage",),
    "Deployment": ("clientStage",),
    "Supply": ("clientStage",),
}
"""Properties whose words must not say more than their statement."""


def followable(text: str) -> str | None:
    """The address, where it may be followed: http or https, without blanks or control characters."""
    if len(text) > ADDRESS_MAX or not text.lower().startswith(("http://", "https://")):
        return None
    return text if text.isprintable() and not set(text) & set(' "<>\\^`{|}') else None


class Moment(TypedDict, total=False):
    """Of which time a view reads, as `Reader` takes it."""

    as_of: str | None
    known_at: int | None
    today: str | None


class Reader:
    """Reads for one view. Ids given out are canonical."""

    def __init__(self, store: Store, as_of: str | None = None, known_at: int | None = None, today: str | None = None):
        """`as_of` and `today` are ISO days. Raises Malformed for anything else."""
        for day in (as_of, today):
            if day is not None and edtf.parse(day).precision != "day":
                raise Malformed(f"“{day}” is not a day.", hint="Write the day as 2021-07-18.")
        self.store = store
        self.as_of, self.known_at = as_of, known_at
        self.day = as_of or today or date.today().isoformat()
        """On which "current" and "ended" are told apart."""
        self.records: dict[str, Record] = {}
        self.aliases: dict[str, str] = {}
        self._asked: set[str] = set()
        self._outside: dict[str, ReferenceRow | None] = {}
        self._clusters: identity.Clusters | None = None
        self._replies: dict[str, list[Recorded]] = {}
        self._days: dict[int, str] = {}
        self._undated: set[int] = set()
        self._tellers: dict[int, tuple[str, str]] = {}
        self._links: dict[str, list[Recorded]] = {}
        self._untold: set[int] = set()
        self._signer: Callable[[int], tuple[str, str]] | None = None

    def at(self, as_of: str | None) -> Reader:
        """A reader of its own for another day, which has all that this one has. Raises Malformed for what is no day."""
        made = copy(self)
        if as_of != self.as_of:
            made.as_of, made.day = as_of, Reader(self.store, as_of).day
        made.records, made.aliases, made._asked = dict(self.records), dict(self.aliases), set(self._asked)
        made._outside, made._links, made._replies = dict(self._outside), dict(self._links), dict(self._replies)
        made._days, made._tellers = dict(self._days), dict(self._tellers)
        made._undated, made._untold = set(self._undated), set(self._untold)
        return made

    def frame(self) -> Frame:
        """What the view is a view of."""
        size = self.store.size()
        if self.known_at is not None:
            size = min(size, self.known_at + 1)
        return Frame(log_size=size, as_of=self.as_of, known_at=self.known_at)

    # Loading

    def load(self, ids: Iterable[str], *, told: bool = True) -> None:
        """Have these entities, with everything that was judged to be the same, in one question."""
        new = [one for one in dict.fromkeys(ids) if one not in self._asked] if self._signer is None else []
        if not new:
            return
        self._asked.update(new)
        self.aliases.update(self._canonicals(new))
        canonical = [self.canonical(one) for one in new]
        self._asked.update(canonical)
        wanted = {*new, *canonical}
        before = {
            one for one in wanted if one in self.records
        }  # of these alone: a reader of thousands is asked thousands of times
        self.add(self.store.statements_of(sorted(wanted - before), known_at=self.known_at))
        if told:  # what names the nameless among them, in one question more for all
            self.load(
                [
                    id
                    for one in canonical
                    if one in self.records and one not in before
                    for id in captions.told_values(self.records[one])
                ],
                told=False,
            )

    def load_ends(self) -> None:
        """Have what everything that was loaded points to, in one question: a link is called after its ends."""
        self.load([end for one in list(self.records.values()) for ends in self.targets(one).values() for end in ends])

    def adopt(
        self,
        records: dict[str, Record],
        aliases: dict[str, str],
        days: dict[int, str],
        signer: Callable[[int], tuple[str, str]],
    ) -> None:
        """Share everything that is on file with whoever read it: records and canonical ids, the days of entries, and who signed an entry
        with which key. Nothing is loaded from then on."""
        self.records, self.aliases, self._days, self._signer = records, aliases, days, signer

    def have(self, ids: Iterable[str]) -> None:
        """These were added by hand: do not ask for them again."""
        self._asked.update(ids)

    def _canonicals(self, ids: Sequence[str]) -> dict[str, str]:
        if self.known_at is None:
            return self.store.canonicals(ids)
        if self._clusters is None:
            self._clusters = clusters_at(self.store, self.known_at, shown=True)
        return {one: self._clusters.canonical[one] for one in ids if one in self._clusters.canonical}

    def add(self, statements: Iterable[Recorded], canonical: str | None = None) -> None:
        """Sort statements to their entities."""
        for one in statements:
            id = canonical or self.canonical(one.statement.subject)
            record = self.records.get(id)
            if record is None:
                record = self.records[id] = Record(id=id, type=one.statement.type, statements=[], by_property={})
            record.statements.append(one)
            self._undated.add(one.recorded)
            self._untold.add(one.recorded)
            record.by_property.setdefault(one.statement.property, []).append(one)

    def recorded_days(self, entries: Iterable[int]) -> dict[int, str]:
        """The ISO days on which these entries were recorded, by the operator's clock.

        The days of all that was loaded come with the first that is asked for: no question to the store per record.
        """
        wanted = list(dict.fromkeys(entries))
        if new := {one for one in wanted if one not in self._days}:
            self._days.update(self.store.recorded_days(sorted((new | self._undated) - self._days.keys())))
            self._undated.clear()
        return {one: self._days[one] for one in wanted}

    def signed_by(self, entry: int) -> tuple[str, str]:
        """Who published this entry, and the key that signed it first: the proven domain of its owner, else its id.

        Those of all that was loaded come with the first.
        """
        if self._signer is not None:
            return self._signer(entry)
        if entry not in self._tellers:
            wanted = sorted(({entry} | self._untold) - self._tellers.keys())
            ring = self.store.keyring()
            for at, (owner, key) in self.store.signed_by(wanted).items():
                state = ring.find(key)
                self._tellers[at] = owner, (state.domain if state is not None and state.verified else None) or key
            self._untold.clear()
        return self._tellers[entry]

    def canonical(self, id: str) -> str:
        """The id to show, of an entity that was loaded."""
        return self.aliases.get(id, id)

    def linked(self, ids: Sequence[str]) -> dict[str, list[Recorded]]:
        """What points to these entities: record id -> the statements that do. In the order of the log."""
        found: dict[str, list[Recorded]] = {}
        alone = self._links.get(ids[0]) if len(ids) == 1 else None
        for one in alone if alone is not None else self.store.statements_to(ids, known_at=self.known_at):
            found.setdefault(one.statement.subject, []).append(one)
        return found

    def load_linked(self, ids: Iterable[str]) -> None:
        """Have all that points to these entities, in two questions: `linked` of one of them costs none then."""
        new = [one for one in dict.fromkeys(ids) if one not in self._links]
        self._links.update((one, []) for one in new)
        for said in self.store.statements_to(new, known_at=self.known_at):
            self._links[said.statement.value].append(said)
        self.load(said.statement.subject for one in new for said in self._links[one])

    def targets(self, record: Record) -> dict[str, list[str]]:
        """Property -> ids of the entities that a record's standing claims point to."""
        found: dict[str, list[str]] = {}
        for name, claims in record.by_property.items():
            known = types.property_of(record.type, name)
            if known is not None and known.kind == Kind.ENTITY:
                ids = [one.statement.value for one in claims if stands(one)]
                if ids:
                    found[name] = list(dict.fromkeys(ids))
        return found

    # Words

    def ref(self, id: str) -> Ref:
        """A pointer to an entity."""
        id = self.canonical(id)
        record = self.records.get(id)
        if record is not None and record.statements:
            return Ref(id=id, caption=self.caption(record), type=record.type, type_label=type_label(record.type))
        row = self.outside(id)
        if row is not None and not row.person:
            return Ref(id=id, caption=row.caption, type=row.type, type_label=type_label(row.type), page=False)
        return Ref(id=id, caption=words.nobody_known(id), page=False)

    def outside(self, id: str) -> ReferenceRow | None:
        """The row of a reference list, of an entity without statements."""
        if id not in self._outside:
            self._outside[id] = self.store.reference(id)
        return self._outside[id]

    def caption(self, record: Record) -> str:
        """What an entity is called; see `captions`."""
        return captions.caption(record, lambda id: self.records.get(self.canonical(id)), self._says)

    def _says(self, type: str, name: str, value: str) -> str:
        known = types.property_of(type, name)
        if known is not None and known.kind == Kind.COUNTRY:
            return words._(country_name(value))
        return words._(known.means(value)) if known is not None and known.kind == Kind.CODE else value

    def display(self, type: str, name: str, value: str) -> tuple[str, Ref | None, str | None]:
        """A value in words, the entity it points to, and the address it is."""
        known = types.property_of(type, name)
        if known is None:
            return value, None, None
        if known.kind == Kind.ENTITY:
            ref = self.ref(value)
            return ref.caption, ref, None
        if known.kind == Kind.COUNTRY:
            return words._(country_name(value)), None, None
        if known.kind == Kind.DATE:
            return words.date(value), None, None
        if known.kind == Kind.URL:
            return value, None, followable(value)
        if known.kind == Kind.CODE:
            return words._(known.means(value)), None, None
        if known.kind == Kind.NUMBER and value.isdigit() and 4 < len(value) < 16:
            return f"{int(value):,}", None, None
        return (f"{value} %", None, None) if name.startswith("percentage") else (value, None, None)

    def claim(self, one: Recorded, answers: Sequence[Recorded] = ()) -> ClaimView:
        """A statement as a reader sees it."""
        said = one.statement
        shown, ref, link = self.display(said.type, said.property, said.value)
        if said.property in STAGES.get(said.type, ()):
            shown = words.stage(said.property, said.type, said.value, said.standing)
        marks = words.marks(one)
        held = None if self.as_of is None else edtf.holds(said.valid_from, said.valid_until, self.as_of)
        return ClaimView(
            id=one.id,
            subject=said.subject,
            property=said.property,
            value=said.value,
            display=shown,
            entity=ref,
            link=link,
            language=said.language,
            original=said.original,
            source=said.source,
            source_link=followable(said.source),
            source_sha256=said.source_sha256,
            publisher=self.publisher(said.publisher),
            dataset=said.dataset,
            standing=str(said.standing),
            standing_words=words.standing(said.standing),
            stance=str(said.stance),
            stance_words=words.stance(said.stance),
            valid_from=said.valid_from,
            valid_until=said.valid_until,
            dates_words=words.dates(said.valid_from, said.valid_until),
            holds=held,
            asserted=said.asserted,
            recorded=one.recorded,
            recorded_on=(recorded_on := self.recorded_days((one.recorded,))[one.recorded]),
            published_after=edtf.days_from(said.asserted, recorded_on),
            person=said.person,
            doubtful=one.doubtful,
            retracted=one.retracted,
            superseded_by=one.superseded_by,
            stands=stands(one),
            marks=marks,
            notes=notes_on(record, one) if (record := self.records.get(self.canonical(said.subject))) else [],
            answers=[self.claim(answer) for answer in answers],
        )

    def proof(self, one: Recorded) -> ProofView:
        """A statement in one line, as it stands under a cell or a measure."""
        said, record = one.statement, self.records.get(self.canonical(one.statement.subject))
        return ProofView(
            id=one.id,
            record=self.ref(said.subject),
            says=f"{property_label(said.type, said.property)}: {self.display(said.type, said.property, said.value)[0]}",
            source=said.source,
            source_link=followable(said.source),
            standing=str(said.standing),
            standing_words=words.standing(said.standing),
            publisher=self.publisher(said.publisher),
            notes=notes_on(record, one) if record else [],
        )

    def _joined(self, name: str) -> str:
        """A publisher after every join; one that is an entity is loaded for that."""
        if name.startswith("sv-"):
            self.load([name])
        return self.canonical(name)

    def publisher(self, name: str) -> str:
        """Who says it: an entity's caption where the publisher is one. There are few: one that is not loaded is asked for once."""
        return self.ref(name).caption if name.startswith("sv-") and self._joined(name) in self.records else name

    def properties(self, record: Record, limit: int | None = None) -> list[PropertyView]:
        """All claims of an entity by property, each with its answers beside it; at most `limit` a property."""
        shown: list[tuple[str, list[Recorded], int]] = []
        found, loose = beside.answers(record)
        for name in sorted(record.by_property, key=lambda name: _place(record.type, name)):
            claims = [one for one in record.by_property[name] if one.id not in loose and self.in_time(one)]
            if claims:
                claims.sort(key=_firmest)
                kept = claims if limit is None else claims[:limit]
                shown.append((name, kept, len(claims) - len(kept)))
        beside.join(found, self.replies(one.id for _, kept, _ in shown for one in kept))
        self.load_values([answer for many in found.values() for answer in many])
        return [
            PropertyView(
                name=name,
                label=property_label(record.type, name),
                claims=[self.claim(one, found.get(one.id, ())) for one in kept],
                more=more,
            )
            for name, kept, more in shown
        ]

    def claims(self, many: Sequence[Recorded]) -> list[ClaimView]:
        """Single claims out of any records, each with its answers beside it; one question to the store for all."""
        found: dict[str, list[Recorded]] = {}
        for id in dict.fromkeys(self.canonical(one.statement.subject) for one in many):
            if id in self.records:
                found.update(beside.answers(self.records[id])[0])
        beside.join(found, self.replies(one.id for one in many))
        self.load_values([*many, *(answer for one in many for answer in found.get(one.id, ()))])
        return [self.claim(one, found.get(one.id, ())) for one in many]

    def replies(self, ids: Iterable[str]) -> list[Recorded]:
        """What answers these statements, also from elsewhere. What was asked for before costs no question."""
        wanted = list(dict.fromkeys(ids))
        new = [id for id in wanted if id not in self._replies]
        if new:
            self._replies.update((id, []) for id in new)
            for answer in self.store.replies_to(new, known_at=self.known_at):
                self._replies[answer.statement.supersedes or ""].append(answer)
                self._undated.add(answer.recorded)
                self._untold.add(answer.recorded)
        return [answer for id in wanted for answer in self._replies[id]]

    def in_time(self, one: Recorded) -> bool:
        """Whether it may hold on the day asked for."""
        said = one.statement
        return self.as_of is None or edtf.holds(said.valid_from, said.valid_until, self.as_of) is not False

    def load_values(self, statements: Iterable[Recorded]) -> None:
        """Have the entities that these statements point to, and the publishers that are entities."""
        wanted = []
        for one in statements:
            known = types.property_of(one.statement.type, one.statement.property)
            if known is not None and known.kind == Kind.ENTITY:
                wanted.append(one.statement.value)
            if one.statement.publisher.startswith("sv-"):
                wanted.append(one.statement.publisher)
        self.load(wanted)


def _firmest(one: Recorded) -> tuple[bool, int, int]:
    return (not stands(one), RANK[one.statement.standing], one.recorded)


def _place(type: str, name: str) -> tuple[int, int, str]:
    known = list(types.properties(type))
    first = {"name": 0, "title": 0, "reply": 1}.get(name, 2)
    return (first, known.index(name) if name in known else len(known), name)
