"""New indicators over all cases of a lake, without the phones.

DuckDB picks the rows that may match: hosts by their registrable domain and the labels before it, so that a domain is found
with everything below it. The matchers of the check then compare each such row, so that both agree on what a match is.
What the lake does not hold is not compared: bytes outside every parser, and rules that rest on several rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from sousveil.cases.check import indicators_for
from sousveil.cases.column_types import Type
from sousveil.cases.database import connect_files, quoted
from sousveil.cases.folder import CaseFiles
from sousveil.cases.lake import TABLES, Entry, Lake
from sousveil.cases.lake_rows import FINDING, VALUE, parquet_of, registrable, reversed_host
from sousveil.cases.settings import Settings
from sousveil.errors import Locked, Malformed, Missing, SousveilError
from sousveil.findings.matching import TRUNCATES
from sousveil.findings.matching_text import Hit as Matched
from sousveil.findings.matching_text import Piece, TextMatcher, What
from sousveil.findings.matching_values import BY_LENGTH, ValueMatcher
from sousveil.hosts import parents
from sousveil.indicators.comparing import SEARCHED
from sousveil.indicators.index import Index
from sousveil.indicators.model import Indicator, Platform
from sousveil.indicators.model import IndicatorKind as K
from sousveil.kinds import Kind

PRIVATE_BYTES = 64 << 20
"""Stored bytes of an encrypted lake that are in memory at once."""
FILES = 2048
"""Files of a plain lake that one query reads."""
_FETCH = 10_000
_COLUMNS = """
    o.case_id, o.folder, o.what, o.field, o.compares, o.value, o.host, o.how, o.artefact, o.source_file, o.source_table,
    o.source_row, o.source_line, o.source_offset, epoch_us(o.first_seen), epoch_us(o.last_seen), o.sightings
"""
WHOLE = frozenset(K) - SEARCHED | {K.EMAIL}
"""Kinds of indicators that are compared with whole values."""
DOMAINS = """
    JOIN domains n ON o.domain = n.domain AND (o.reversed_host = n.name OR starts_with(o.reversed_host, n.above))
"""
"""The rows whose host is one of `domains` or below it. No domain there is below another one, so no row comes twice."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a case, and where it stands first in its artefact."""

    case: str
    folder: str
    what: str
    field: str
    compares: str
    value: str
    host: str
    how: str
    artefact: str
    file: str | None
    table: str | None
    row: int | None
    line: int | None
    offset: int | None
    first_seen: int | None
    last_seen: int | None
    sightings: int


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator in an artefact of a case."""

    kind: str
    value: str
    family: str | None
    publisher: str | None
    how: str
    text: str
    """What matched."""
    at: Row
    """The first of the matching rows."""
    sightings: int
    """How often what matched stands in the artefact."""
    needs_check: bool
    """Whether the indicator counts only together with others in one row: the lake knows that the artefact has them all."""


class CaseHits(msgspec.Struct, frozen=True, kw_only=True):
    """A case in which new indicators were met."""

    case: str
    folder: str
    hits: tuple[Hit, ...]


class Rechecked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a re-check. Each tuple is in the order of the ids of the cases."""

    cases: tuple[CaseHits, ...]
    """The newly hit cases."""
    examined: int
    """How many cases were compared."""
    in_part: tuple[str, ...]
    """Cases without full records."""
    ended: tuple[str, ...]
    """Cases that were refused: the consent or the time for keeping them is over."""
    failed: tuple[str, ...]
    """Cases whose files are missing or damaged."""
    indicators: int

    @property
    def exit_code(self) -> int:
        """As of a check: 1 hits, 2 a case could not be read, 3 a case was compared in part or none was compared, 0 none of these."""
        if self.cases:
            return 1
        return 2 if self.failed else 3 if self.in_part or self.ended or not self.examined else 0


def recheck(lake: Lake, indicators: Sequence[Path], *, identity: Path | None, now: datetime) -> Rechecked:
    """Compare all cases of a lake with these indicators. The caller holds the lock.

    Raises Usage for indicators that cannot be used, Locked where an identity is missing or does not fit, SousveilError for a
    clock that is behind.
    """
    lake.check_clock(now)
    current = [entry for entry in lake.contents.cases if not entry.ended(now.date())]
    cases: list[CaseHits] = []
    failed: dict[Entry, SousveilError] = {}
    settings, count = Settings(paths=(), indicators=indicators, no_bundled=True), 0
    for platform in sorted({entry.platform for entry in current} or {Platform.IOS}):  # a lake may be empty
        sets, index = indicators_for(settings, platform)
        count = sum(one.count for one in sets)
        comparison = Comparison(index, frozenset(lake.contents.suffixes))
        for part in _parts(lake, [entry for entry in current if entry.platform == platform], identity, failed):
            cases += _compared(comparison, lake, part, failed)
    if current and all(isinstance(failed.get(entry), Locked) for entry in current):
        raise failed[current[0]]
    examined = [entry for entry in current if entry not in failed]
    return Rechecked(
        cases=tuple(sorted(cases, key=lambda found: found.case)),
        examined=len(examined),
        in_part=tuple(entry.case for entry in examined if not entry.whole),
        ended=tuple(entry.case for entry in lake.contents.cases if entry not in current),
        failed=tuple(entry.case for entry in current if entry in failed),
        indicators=count,
    )


_Files = tuple[Entry, list[Path | bytes]]


def _parts(
    lake: Lake, entries: Sequence[Entry], identity: Path | None, failed: dict[Entry, SousveilError]
) -> Iterator[list[_Files]]:
    """The observables of these cases, as many files at once as memory allows."""
    opened, part, size = CaseFiles(lake.folder, identity), list[_Files](), 0
    for entry in entries:
        try:
            for table in entry.observables:
                lake.check(table)
            names = [f"{TABLES}/{table.name.removesuffix('.age')}" for table in entry.observables]
            part.append((entry, [opened.read(n, limit=None) if lake.private else opened.stored(n) for n in names]))
        except (Malformed, Missing, Locked) as error:
            failed[entry] = error
            continue
        size += sum(table.size for table in entry.observables)
        if size >= PRIVATE_BYTES if lake.private else len(part) >= FILES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _compared(
    comparison: Comparison, lake: Lake, part: list[_Files], failed: dict[Entry, SousveilError]
) -> list[CaseHits]:
    """The newly hit cases among these. Where a file is damaged or memory is short, fewer cases are compared at once."""
    try:
        return comparison.cases([file for _, files in part for file in files], lake.folder, private=lake.private)
    except SousveilError as error:
        if (half := len(part) // 2) > 0:
            return [case for some in (part[:half], part[half:]) for case in _compared(comparison, lake, some, failed)]
        failed[part[0][0]] = error
        return []


class Comparison:
    """An index, ready to be compared with rows of a lake."""

    def __init__(self, index: Index, suffixes: frozenset[str]) -> None:
        self._index = index
        self._texts, self._values = TextMatcher(index), ValueMatcher(index)
        self._tables = {name: [content] for name, content in self._needles(suffixes).items()}
        self._wide = not suffixes.isdisjoint(index.exact[K.DOMAIN])
        self._patterned = any(index.patterns.get(kind) for kind in SEARCHED)

    def _needles(self, suffixes: frozenset[str]) -> dict[str, bytes]:
        """The hosts that are looked for, as tables: `domains` with all below them, `wide` likewise but so high that they have no
        registrable domain, and `hosts` alone."""
        index = self._index
        known = set(index.exact[K.DOMAIN])
        highest = sorted(name for name in known if not known.intersection(parents(name)[1:]))
        links = {key[0] for key in index.urls} | set(index.prefixes)
        mails = {value.rpartition("@")[2] for value in index.exact[K.EMAIL]}
        hosts = sorted(links | {f"www.{name}" for name in links} | mails)
        tables: dict[str, bytes] = {"hosts": parquet_of({"host": Type.TEXT}, [hosts])}
        for table, names in (
            ("domains", [name for name in highest if name not in suffixes]),
            ("wide", [name for name in highest if name in suffixes]),
        ):
            turned = [reversed_host(name) for name in names]
            tables[table] = parquet_of(
                {"name": Type.TEXT, "above": Type.TEXT, "domain": Type.TEXT},
                [turned, [f"{name}." for name in turned], [registrable(name, suffixes) for name in names]],
            )
        return tables

    def cases(self, files: Sequence[Path | bytes], folder: Path, *, private: bool) -> list[CaseHits]:
        """The newly hit cases in these files of observables."""
        with connect_files({"observables": files, **self._tables}, folder, private=private) as (database, _):
            found = _Found(self._index)
            for query in self._queries():
                for row in _rows(database, query):
                    piece = Piece.stored(What(row.what), row.value, row.host, row.how)
                    matched: dict[int, Matched] = {}
                    self._texts.compare(piece, matched)
                    found.add(row, matched.values())
            self._compare_values(database, found)
            return found.new(_reported(database, found.names()))

    def _queries(self) -> Iterator[str]:
        """The conditions under which a piece of a text may match."""
        if self._patterned:
            yield f"WHERE o.what IN ({', '.join(quoted(what.value) for what in What)})"
            return
        if self._index.exact[K.DOMAIN]:
            yield DOMAINS
        if self._wide:
            yield "JOIN wide n ON o.reversed_host = n.name OR starts_with(o.reversed_host, n.above)"
        if self._index.urls or self._index.prefixes or self._index.exact[K.EMAIL]:
            yield "JOIN hosts n ON o.host = n.host"
        if self._index.networks:
            yield "WHERE o.reversed_host IS NULL AND o.host <> ''"

    def _wanted(self, compares: str) -> bool:
        """Whether there is an indicator that such values are compared with."""
        kinds = [
            kind for name in compares.split() for kind in (BY_LENGTH[name].values() if name in BY_LENGTH else [K(name)])
        ]
        return any(self._index.exact[kind] or self._index.patterns.get(kind) for kind in kinds)

    def _compare_values(self, database: Any, found: _Found) -> None:
        """Compare what is compared whole."""
        if not any(self._index.exact[kind] or self._index.patterns.get(kind) for kind in WHOLE):
            return
        database.execute(f"SELECT DISTINCT field, compares FROM observables WHERE what = {quoted(VALUE)} ORDER BY ALL")
        for field, compares in database.fetchall():
            if not self._wanted(compares):
                continue
            kind = Kind(name=field, types=(str,), compares=tuple(compares.split()))
            where = f"o.what = {quoted(VALUE)} AND o.field = {quoted(field)} AND o.compares = {quoted(compares)}"
            cuts = sorted({0, *TRUNCATES.values()}) if field == "process" else [0]
            for cut in cuts:
                names = [name for name, size in TRUNCATES.items() if size == cut]
                among = ", ".join(map(quoted, TRUNCATES if cut == 0 else names))
                these = where if len(cuts) == 1 else f"{where} AND o.artefact {'NOT ' if cut == 0 else ''}IN ({among})"
                hits: dict[str, list[Matched]] = {}
                database.execute(f"SELECT DISTINCT o.value FROM observables o WHERE {these}")
                while some := database.fetchmany(_FETCH):
                    hits.update(self._values.hits(kind, [value for (value,) in some], cut))
                if hits:
                    query = f"WHERE {these} AND o.value IN (SELECT unnest($values))"
                    for row in _rows(database, query, values=list(hits)):
                        found.add(row, hits[row.value])


def _rows(database: Any, query: str, **asked: Any) -> Iterator[Row]:
    database.execute(f"SELECT {_COLUMNS} FROM observables o {query}", asked or None)
    names = Row.__struct_fields__
    while some := database.fetchmany(_FETCH):
        for row in some:
            yield Row(**dict(zip(names, row, strict=True)))


def _reported(database: Any, cases: Collection[str]) -> set[tuple[str, str, str]]:
    """The indicators that the checks of these cases reported: case, kind and value."""
    if not cases:
        return set()
    database.execute(
        f"SELECT case_id, compares, value FROM observables WHERE what = {quoted(FINDING)} AND case_id IN (SELECT unnest($1))",
        [sorted(cases)],
    )
    return set(database.fetchall())


class _Found:
    """The matches of some cases."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._matches: dict[tuple[str, str], dict[int, tuple[Row, Matched, set[Row]]]] = {}
        """By case and artefact, by indicator: the first row, its match, and all rows."""

    def add(self, row: Row, matched: Collection[Matched]) -> None:
        """Take the matches of a row. A row may come several times."""
        for match in matched:
            here = self._matches.setdefault((row.case, row.artefact), {})
            known = here.get(match[0])
            if known is None:
                here[match[0]] = (row, match, {row})
                continue
            known[2].add(row)
            if _order(row) < _order(known[0]):
                here[match[0]] = (row, match, known[2])

    def names(self) -> set[str]:
        """The cases with matches."""
        return {case for case, _ in self._matches}

    def new(self, reported: set[tuple[str, str, str]]) -> list[CaseHits]:
        """The cases with hits that their checks did not report. An indicator that requires others counts where the artefact
        has those too."""
        cases: dict[str, tuple[str, list[Hit]]] = {}
        every, shown = self._index.all, len(self._index.indicators)
        for (case, _), here in sorted(self._matches.items()):
            facts = {(every[position].kind, every[position].value) for position in here}
            for position, (row, match, rows) in sorted(here.items()):
                indicator: Indicator = every[position]
                if position >= shown or not set(indicator.requires) <= facts:
                    continue
                if (case, indicator.kind.value, indicator.value) in reported:
                    continue
                said = indicator.attributions[0]
                hit = Hit(
                    kind=indicator.kind.value,
                    value=indicator.value,
                    family=said.family,
                    publisher=said.publisher,
                    how=match[2],
                    text=match[1],
                    at=row,
                    sightings=sum(one.sightings for one in rows),
                    needs_check=bool(indicator.requires),
                )
                cases.setdefault(case, (row.folder, []))[1].append(hit)
        return [CaseHits(case=case, folder=folder, hits=tuple(hits)) for case, (folder, hits) in cases.items()]


def _order(row: Row) -> tuple[Any, ...]:
    """The earliest row first, those without a time last."""
    places = (row.row, row.line, row.offset)
    time = (row.first_seen is None, row.first_seen or 0)
    return (*time, row.file or "", row.table or "", *(place or 0 for place in places), row.field, row.value)


__all__ = ["CaseHits", "Comparison", "Hit", "Rechecked", "Row", "recheck"]
