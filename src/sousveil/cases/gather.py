"""While batches arrive: match them, keep what rules ask for, feed the tables. Nothing here parses evidence.

Matches and kept rows are held until everything has been read (a finding needs the hashes of its files); both are capped, and
an overflow is said in the coverage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sousveil.artefacts.model import Artefact
from sousveil.findings.judge import counts_traffic
from sousveil.findings.matching import Matcher
from sousveil.findings.model import Match
from sousveil.findings.rules.model import BatchColumns, Kept, Reads, Rule
from sousveil.records import Batch, check_batch, forget, unpacked

MAX_MATCHES = 20_000
"""Matched rows that are kept; more than that is a block list, not a phone."""


def one_row(batch: Batch, index: int) -> Batch:
    """A batch of only one row."""
    return Batch(
        artefact=batch.artefact,
        layout=batch.layout,
        file=batch.file,
        count=1,
        table=batch.table,
        rows=[batch.rows[index]] if batch.rows is not None else None,
        lines=[batch.lines[index]] if batch.lines is not None else None,
        offsets=[batch.offsets[index]] if batch.offsets is not None else None,
        columns={name: [unpacked(values)[index]] for name, values in batch.columns.items()},
        extra={name: [unpacked(values)[index]] for name, values in batch.extra.items()},
        same=batch.same,
        extra_same=batch.extra_same,
    )


@dataclass(slots=True)
class Sighting:
    """A matched row with all matches in it."""

    artefact: Artefact
    batch: Batch
    """Of one row."""
    matches: list[Match]


@dataclass
class Gatherer:
    """Everything that happens to batches in the parent."""

    matcher: Matcher
    rules: Mapping[str, Rule]
    sightings: list[Sighting] = field(default_factory=list)
    lost_matches: int = 0
    kept: dict[tuple[str, str], list[Kept]] = field(default_factory=dict)
    lost_rows: dict[tuple[str, str], int] = field(default_factory=dict)

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
            self.sightings.append(Sighting(artefact, one_row(batch, row), by_row[row]))
        for key, rule, reads in self._by_artefact.get(artefact.name, []):
            self._keep(key, rule, reads, batch)
        forget(batch)

    def _keep(self, key: tuple[str, str], rule: Rule, reads: Reads, batch: Batch) -> None:
        columns = BatchColumns(batch, reads.columns)
        into = self.kept[key]
        held: dict[str, Sequence[Any]] = {}
        for row in reads.keep(columns):
            if len(into) >= rule.cap:
                self.lost_rows[key] = self.lost_rows.get(key, 0) + 1
                continue
            held = held or dict(columns)
            into.append(
                Kept(artefact=reads.artefact, source=batch.source(row), row={n: v[row] for n, v in held.items()})
            )

    def kept_for(self, rule: Rule) -> dict[str, list[Kept]]:
        """What a rule asked for, by the rule's own names."""
        return {name: self.kept[rule.name, name] for name in rule.reads}
