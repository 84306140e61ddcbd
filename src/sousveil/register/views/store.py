"""What the views ask of the store, and the questions that concern the register as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from sousveil.register import entries as log
from sousveil.register import identity, identity_rules
from sousveil.register.keyring import Keyring, people, speaking
from sousveil.register.model import Recorded
from sousveil.register.model_reference import ReferenceRow
from sousveil.register.store.model import Counts, LogEntry, SnapshotState

PAGE = 1_000
"""Entities that one question brings."""


class Store(Protocol):
    """What the views need of the store."""

    def size(self) -> int: ...
    def entry(self, index: int) -> LogEntry: ...
    def recorded_days(self, entries: Sequence[int]) -> dict[int, str]: ...
    def signed_by(self, entries: Sequence[int]) -> dict[int, tuple[str, str]]: ...
    def payload(self, entry: LogEntry) -> log.Payload: ...
    def entries(self, first: int = 0, last: int | None = None, *, kinds: Sequence[str] = ()) -> Iterator[LogEntry]: ...
    def statements_of(
        self, subjects: Sequence[str], *, as_of: str | None = None, known_at: int | None = None
    ) -> list[Recorded]: ...
    def statements_to(
        self, ids: Sequence[str], *, as_of: str | None = None, known_at: int | None = None
    ) -> list[Recorded]: ...
    def replies_to(self, ids: Sequence[str], *, known_at: int | None = None) -> list[Recorded]: ...
    def iter_statements(self, *, since: int = 0, dataset: str | None = None) -> Iterator[Recorded]: ...
    def judgements(self, id: str | None = None) -> list[Recorded]: ...
    def subjects(
        self, *, type: str | None = None, dataset: str | None = None, after: str = "", limit: int = 100
    ) -> list[str]: ...
    def canonical(self, id: str) -> str: ...
    def canonicals(self, ids: Sequence[str]) -> dict[str, str]: ...
    def members(self, id: str) -> list[str]: ...
    def members_of(self, ids: Sequence[str]) -> dict[str, list[str]]: ...
    def keyring(self) -> Keyring: ...
    def counts(self, without: Collection[str] = ()) -> Counts: ...
    def snapshots(self) -> list[SnapshotState]: ...
    def reference(self, id: str) -> ReferenceRow | None: ...


def genesis(store: Store) -> tuple[str, bool]:
    """Title of the register, and whether everything in it is invented."""
    first = store.payload(store.entry(0)) if store.size() else None
    return (first.title, first.example) if isinstance(first, log.Genesis) else ("", False)


def all_subjects(store: Store, type: str) -> Iterator[str]:
    """Ids of all entities of a type."""
    after = ""
    while page := store.subjects(type=type, after=after, limit=PAGE):
        yield from page
        after = page[-1]


def clusters_at(store: Store, known_at: int, *, shown: bool = False) -> identity.Clusters:
    """The clusters as the judgements and rules known at an index made them. `shown`: as pages show them, with the core's proposals.

    Without `shown` a proposal of the core joins only with a second person. The person behind a judgement is the owner of the key that
    signed it; sanctions, claims and reference lists are what a join may newly lay on somebody, and the statements of a holder of a key.
    """
    said, proposals = judgements_at(store, known_at)
    judged = identity_rules.proposing(said, proposals, shown=shown)
    judged = (*judged, *identity_rules.by_rule(identity_rules.official_statements(store, known_at)))
    ids = sorted({id for one in judged for id in one.pair})
    listed: dict[str, set[str]] = {}
    for id in ids:
        if row := store.reference(id):
            listed.setdefault(id, set()).add(row.dataset)
    for one in store.statements_to(ids, known_at=known_at):
        if one.statement.type in identity.LISTING and one.retracted is None:
            listed.setdefault(one.statement.value, set()).add(one.statement.dataset)
    for id, label in speaking(store.keyring(), ids, known_at).items():
        listed.setdefault(id, set()).add(label)
    return identity.clusters(judged, lambda id: frozenset(listed.get(id, ())))


def judgements_at(store: Store, known_at: int) -> tuple[tuple[identity.Judgement, ...], frozenset[str]]:
    """The judgements known at an index, each by the owner of the key that signed it; and the ids of those of the core data."""
    recorded = [one for one in store.judgements() if one.recorded <= known_at]
    subjects = sorted({one.statement.subject for one in recorded})
    told = store.statements_of(subjects, known_at=known_at)
    owners = people(store.keyring(), {at: store.entry(at).signers[0] for at in {one.recorded for one in told}})
    return identity.judgements_of(told, lambda one: owners[one.recorded]), identity_rules.proposals(recorded)


def known_members(store: Store, id: str, known_at: int | None) -> tuple[str, list[str]]:
    """The canonical id and all ids of the cluster, the canonical one first."""
    if known_at is None:
        return store.canonical(id), store.members(id)
    found = clusters_at(store, known_at, shown=True)
    canonical = found.canonical_of(id)
    return canonical, [canonical, *(one for one in found.members_of(id) if one != canonical)]
