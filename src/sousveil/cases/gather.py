"""While batches arrive: match them, keep what rules ask for, feed the tables. Nothing here parses evidence.

Matches and kept rows are held until everything has been read (a finding needs the hashes of its files); both are capped, and
an overflow is said in the coverage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from sousveil.artefacts.model import Artefact
from sousveil.findings.judge import contact_key, counts_traffic
from sousveil.findings.matching import Matcher
from sousveil.findings.model import PHONE, Match
from sousveil.findings.rules.model import BatchColumns, Kept, Reads, Rule
from sousveil.records import Batch, Column, Whole, check_batch, forget, pack, picked

CONTACTS = "ios.contacts"
MAX_CONTACTS = 200_000
"""Numbers and addresses of contacts that are kept."""
MAX_MATCHES = 20_000
"""Matched rows that are kept; more than that is a block list, not a phone."""


def some_rows(batch: Batch, rows: Sequence[int]) -> Batch:
    """A batch of only these rows."""

    def of(places: list[int] | Whole | None) -> list[int] | None:
        return None if places is None else picked(places, rows)

    def each(columns: Mapping[str, Column]) -> dict[str, Column]:
        return {name: picked(column, rows) for name, column in columns.items()}

    return Batch(
        artefact=batch.artefact,
        layout=batch.layout,
        file=batch.file,
        count=len(rows),
        table=batch.table,
        rows=of(batch.rows),
        lines=of(batch.lines),
        offsets=of(batch.offsets),
        columns=each(batch.columns),
        extra=each(batch.extra),
        same=batch.same,
        extra_same=batch.extra_same,
    )


class Sighting(msgspec.Struct):
    """A matched row with all matches in it."""

    artefact: Artefact
    batch: Batch
    """Of one row."""
    matches: list[Match]


class Gatherer(msgspec.Struct, dict=True):
    """Everything that happens to batches in the parent."""

    matcher: Matcher
    rules: Mapping[str, Rule]
    sightings: list[Sighting] = msgspec.field(default_factory=list)
    contacts: set[str] = msgspec.field(default_factory=set)
    """Numbers and addresses in the owner's contacts, as `contact_key` writes them."""
    lost_matches: int = 0
    kept: dict[tuple[str, str], list[Batch]] = msgspec.field(default_factory=dict)
    """Rows that rules asked for: packed, a tenth of what they take as `Kept`."""
    lost_rows: dict[tuple[str, str], int] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_artefact: dict[str, list[tuple[tuple[str, str], Rule, Reads]]] = {}
        for rule in self.rules.values():
            for name, reads in rule.reads.items():
                self._by_artefact.setdefault(reads.artefact, []).append(((rule.name, name), rule, reads))
                self.kept[rule.name, name] = []

    def columns_for(self, artefact: Artefact) -> tuple[str, ...]:
        """The fields that matching, timeline, observables and rules need of an artefact."""
        wanted = {
            name
            for name, kind in artefact.kinds.items()
            if kind.searched
            or kind.compares
            or kind.instant
            or kind.observable
            or kind.name == "role"
            or name == PHONE
            or counts_traffic(name)
        }
        wanted |= {event.shows for event in artefact.events if event.shows}
        for _, _, reads in self._by_artefact.get(artefact.name, []):
            wanted |= set(reads.columns)
        return tuple(name for name in artefact.kinds if name in wanted)

    def add(self, artefact: Artefact, batch: Batch) -> None:
        """Check, match and keep. Raises Malformed for a batch that no honest worker makes."""
        check_batch(batch, artefact.record)
        by_row: dict[int, list[Match]] = {}
        for match in self.matcher.match(batch, artefact.kinds):
            by_row.setdefault(match.row, []).append(match)
        for row in sorted(by_row):
            if len(self.sightings) >= MAX_MATCHES:
                self.lost_matches += 1
                continue
            self.sightings.append(Sighting(artefact, some_rows(batch, [row]), by_row[row]))
        if artefact.name == CONTACTS and len(self.contacts) < MAX_CONTACTS:
            self.contacts.update(contact_key(value) for value in batch.column("value") if isinstance(value, str))
        for key, rule, reads in self._by_artefact.get(artefact.name, []):
            self._keep(key, rule, reads, batch)
        forget(batch)

    def _keep(self, key: tuple[str, str], rule: Rule, reads: Reads, batch: Batch) -> None:
        rows = list(reads.keep(BatchColumns(batch, reads.columns)))
        room = max(0, rule.cap - sum(held.count for held in self.kept[key]))
        if len(rows) > room:
            self.lost_rows[key] = self.lost_rows.get(key, 0) + len(rows) - room
        if rows[:room]:
            wanted = msgspec.structs.replace(
                batch,
                columns={name: column for name, column in batch.columns.items() if name in reads.columns},
                extra={},
                extra_same={},
            )
            kept = pack(some_rows(wanted, rows[:room]))
            forget(kept)  # its values, of which it was just packed, take ten times as much
            self.kept[key].append(kept)

    def kept_for(self, rule: Rule) -> dict[str, list[Kept]]:
        """What a rule asked for, by the rule's own names."""
        return {
            name: [row for batch in self.kept[rule.name, name] for row in _rows_of(batch, reads)]
            for name, reads in rule.reads.items()
        }


def _rows_of(batch: Batch, reads: Reads) -> Iterator[Kept]:
    columns = {name: batch.column(name) for name in reads.columns}
    forget(batch)
    for row in range(batch.count):
        values = {name: column[row] for name, column in columns.items()}
        yield Kept(artefact=reads.artefact, source=batch.source(row), row=values)
