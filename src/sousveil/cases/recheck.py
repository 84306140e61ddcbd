"""New indicators over all cases of a lake, without the phones.

DuckDB picks the rows that may match: hosts by their registrable domain and the labels before it, so that a domain is found
with everything below it. The matchers of the check then compare each such row, so that both agree on what a match is.
What the lake does not hold is not compared: bytes outside every parser, and rules that rest on several rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from sousveil.artefacts.model import known_artefact
from sousveil.cases.check import indicators_for
from sousveil.cases.column_types import Type
from sousveil.cases.database import connect_files, quoted
from sousveil.cases.folder import CaseFiles
from sousveil.cases.lake import TABLES, Entry, Lake
from sousveil.cases.lake_rows import FINDING, OBSERVABLES, VALUE, parquet_of, registrable, reversed_host
from sousveil.cases.settings import Settings
from sousveil.errors import Locked, Malformed, Missing, SousveilError
from sousveil.findings.judge import Circumstances, narrower
from sousveil.findings.matching import TRUNCATES
from sousveil.findings.matching_text import Hit as Matched
from sousveil.findings.matching_text import Piece, TextMatcher, What
from sousveil.findings.matching_values import BY_LENGTH, ValueMatcher
from sousveil.findings.model import Strength
from sousveil.hosts import parents
from sousveil.indicators.comparing import SEARCHED
from sousveil.indicators.index import Index
from sousveil.indicators.model import Attribution, Indicator, Platform
from sousveil.indicators.model import IndicatorKind as K
from sousveil.indicators.strength import judge
from sousveil.kinds import Kind, visible
from sousveil.records import Source
from sousveil.texts import t

PRIVATE_BYTES = 64 << 20
"""Bytes of the tables of an encrypted lake that are in memory at once; a single table may be larger."""
FILES = 2048
"""Cases that are compared together; of a plain lake one query reads them all."""
_FETCH = 10_000
_ORIGIN = "stored_in"
"""The column with the file of a row."""
_COLUMNS = """
    o.case_id, o.folder, o.what, o.field, o.compares, o.value, o.host, o.how, o.artefact, o.source_file, o.source_table,
    o.source_row, o.source_line, o.source_offset, epoch_us(o.first_seen), epoch_us(o.last_seen), o.sightings
"""
_JUDGED = "epoch_us(o.judged_at), o.circumstances"
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
    judged_at: int | None
    circumstances: Circumstances | None
    """None where the artefact is unknown, and in a lake of an older version."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator in an artefact of a case."""

    kind: str
    value: str
    family: str | None
    publisher: str | None
    how: str
    text: str
    """What matched."""
    strength: Strength | None
    """The strength that a check gives this indicator in this artefact; None where the lake does not know it."""
    first_row: Row
    """The first of the matching rows."""
    sightings: int
    """How often what matched occurs in the artefact."""
    needs_check: bool
    """Whether the indicator counts only together with others in one row: the lake knows that the artefact has them all."""


class CaseHits(msgspec.Struct, frozen=True, kw_only=True):
    """A case in which new indicators were met."""

    case: str
    folder: str
    hits: tuple[Hit, ...]


class Rechecked(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a re-check, in the order of the ids of the cases."""

    cases: tuple[CaseHits, ...]
    """The newly hit cases."""
    examined: int
    """How many cases were compared."""
    in_part: dict[str, tuple[str, ...]]
    """Cases that were compared in part, each with the artefacts of which the lake lacks rows."""
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
    opened = CaseFiles(lake.folder, identity)
    for platform in sorted({entry.platform for entry in current} or {Platform.IOS}):  # a lake may be empty
        sets, index = indicators_for(settings, platform)
        count = sum(known.count for known in sets)
        comparison = Comparison(index, frozenset(lake.contents.suffixes), judged=lake.contents.format > 1)
        for part in _parts(lake, [entry for entry in current if entry.platform == platform], failed):
            cases += _compared(comparison, lake, opened, part, failed)
    if current and all(isinstance(failed.get(entry), Locked) for entry in current):
        raise failed[current[0]]
    examined = [entry for entry in current if entry not in failed]
    return Rechecked(
        cases=tuple(sorted(cases, key=lambda hits: hits.case)),
        examined=len(examined),
        in_part={entry.case: entry.lacking for entry in examined if not entry.whole},
        ended=tuple(entry.case for entry in lake.contents.cases if entry not in current),
        failed=tuple(entry.case for entry in current if entry in failed),
        indicators=count,
    )


def _parts(lake: Lake, entries: Sequence[Entry], failed: dict[Entry, SousveilError]) -> Iterator[list[Entry]]:
    """The cases whose files are as written, as many at once as one query reads."""
    part = list[Entry]()
    for entry in entries:
        try:
            for table in entry.observables:
                lake.check(table)
        except (Malformed, Missing) as error:
            failed[entry] = error
            continue
        part.append(entry)
        if len(part) >= FILES:
            yield part
            part = []
    if part:
        yield part


_Files = list[tuple[str, Path | bytes]]
"""The case of each file, and the file."""


def _files(lake: Lake, opened: CaseFiles, part: Sequence[Entry]) -> Iterator[_Files]:
    """The observables of some cases, of an encrypted lake as many as memory allows: a single case may be larger."""
    files = _Files()
    for entry in part:
        for table in entry.observables:
            name = f"{TABLES}/{table.name.removesuffix('.age')}"
            files.append((entry.case, opened.read(name, limit=None) if lake.private else opened.stored(name)))
            if sum(len(file) for _, file in files if isinstance(file, bytes)) >= PRIVATE_BYTES:
                yield files
                files = _Files()
    if files:
        yield files


def _compared(
    comparison: Comparison, lake: Lake, opened: CaseFiles, part: Sequence[Entry], failed: dict[Entry, SousveilError]
) -> list[CaseHits]:
    """The newly hit cases among these. Where a file is damaged or memory is short, fewer cases are compared at once."""
    try:
        return comparison.cases(_files(lake, opened, part), lake.folder, private=lake.private)
    except SousveilError as error:
        if half := len(part) // 2:
            return [
                case
                for some in (part[:half], part[half:])
                for case in _compared(comparison, lake, opened, some, failed)
            ]
        failed[part[0]] = error
        return []


class Comparison:
    """An index, ready to be compared with rows of a lake. `judged`: whether they say in which circumstances a value was seen."""

    def __init__(self, index: Index, suffixes: frozenset[str], *, judged: bool) -> None:
        self._index = index
        self._columns = f"o.{_ORIGIN}, {_COLUMNS}, {_JUDGED if judged else 'NULL, NULL'}"
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

    def cases(self, parts: Iterable[_Files], folder: Path, *, private: bool) -> list[CaseHits]:
        """The newly hit cases in these files of observables. Raises Malformed for a row that names another case than its file's."""
        matches, reported = _Matches(self._index), set[tuple[str, str, str]]()
        for files in parts:
            tables: dict[str, Sequence[Path | bytes]] = {"observables": [file for _, file in files], **self._tables}
            with connect_files(tables, folder, private=private, origin=_ORIGIN) as (database, _):
                owners = {
                    f"memory:///observables.{number}" if isinstance(file, bytes) else str(file.resolve()): case
                    for number, (case, file) in enumerate(files)
                }
                rows = partial(_rows, database, owners, self._columns)
                for query in self._queries():
                    for row in rows(query):
                        piece = Piece.stored(What(row.what), row.value, row.host, row.how)
                        matched: dict[int, Matched] = {}
                        self._texts.compare(piece, matched)
                        matches.add(row, matched.values())
                self._compare_values(database, rows, matches, private=private)
                reported |= {(row.case, row.compares, row.value) for row in rows(f"WHERE o.what = {quoted(FINDING)}")}
        return matches.new(reported)

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

    def _compare_values(
        self, database: Any, rows: Callable[..., Iterator[Row]], matches: _Matches, *, private: bool
    ) -> None:
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
                values = f"SELECT DISTINCT o.value FROM observables o WHERE {these}"
                if private:  # all different values may need more memory than there is; files are sorted, so equal ones are neighbours
                    values = (
                        f"SELECT value FROM (SELECT o.value, lag(o.value) OVER () AS before FROM observables o WHERE {these})"
                        " WHERE value IS DISTINCT FROM before"
                    )
                database.execute(values)
                while some := database.fetchmany(_FETCH):
                    hits.update(self._values.hits(kind, [value for (value,) in some], cut))
                if hits:
                    query = f"WHERE {these} AND o.value IN (SELECT unnest($values))"
                    for row in rows(query, values=list(hits)):
                        matches.add(row, hits[row.value])


def _rows(database: Any, owners: Mapping[str, str], columns: str, query: str, **parameters: Any) -> Iterator[Row]:
    """The rows that a query selects. Raises Malformed for one that names another case than the one whose file it is in, or whose
    circumstances cannot be read."""
    database.execute(f"SELECT {columns} FROM observables o {query}", parameters or None)
    names = Row.__struct_fields__
    while some := database.fetchmany(_FETCH):
        for origin, *values, around in some:
            row = Row(**dict(zip(names, (*values, _circumstances(around) if around else None), strict=True)))
            if owners.get(origin) != row.case:
                raise Malformed(
                    t("error.lake.other_case", name=Path(origin).name, case=visible(row.case, 40)),
                    hint=t("error.lake.remove_and_add"),
                )
            yield row


@lru_cache(maxsize=4096)
def _circumstances(stored: str) -> Circumstances:
    try:
        return msgspec.json.decode(stored, type=Circumstances)
    except msgspec.MsgspecError as error:
        raise Malformed(t("error.lake.cannot_read", name=OBSERVABLES), hint=t("error.lake.remove_and_add")) from error


class _Way(NamedTuple):
    """What decides on the strength of an indicator in a row, beside its artefact."""

    around: Circumstances
    how: str
    judged_at: int | None
    limit: Strength


class _Met:
    """An indicator in an artefact of a case."""

    def __init__(self, row: Row, match: Matched) -> None:
        self.first, self.match = row, match
        self.rows = set[Row]()
        self.ways = set[_Way]()


class _Matches:
    """The matches of some cases."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._shown = len(index.indicators)
        self._matches: dict[tuple[str, str], dict[int, _Met]] = {}
        """By case and artefact, by indicator."""

    def add(self, row: Row, matched: Collection[Matched]) -> None:
        """Take the matches of a row. A row may come several times."""
        every = self._index.all
        for match in matched:
            here = self._matches.setdefault((row.case, row.artefact), {})
            met = here.get(match[0])
            if met is None:
                met = here[match[0]] = _Met(row, match)
            elif _order(row) < _order(met.first):
                met.first, met.match = row, match
            met.rows.add(row)
            if row.circumstances is not None:
                beside = [every[other[0]] for other in matched if other[1] == match[1] and other[0] < self._shown]
                longer, layout = narrower(every[match[0]], beside), _limit_of_layout(row.artefact, row.file, row.table)
                limit = max(longer[0] if longer else layout, layout, key=_rank)
                met.ways.add(_Way(row.circumstances, match[2], row.judged_at, limit))

    def new(self, reported: set[tuple[str, str, str]]) -> list[CaseHits]:
        """The cases with hits that their checks did not report. An indicator that requires others counts where the artefact
        has those too."""
        cases: dict[str, tuple[str, list[Hit]]] = {}
        for (case, artefact), here in sorted(self._matches.items()):
            facts = {(self._index.all[position].kind, self._index.all[position].value) for position in here}
            for position, met in sorted(here.items()):
                indicator: Indicator = self._index.all[position]
                if position >= self._shown or not set(indicator.requires) <= facts:
                    continue
                if (case, indicator.kind.value, indicator.value) in reported:
                    continue
                strength, deciding = _strength(indicator, artefact, met.ways)
                hit = Hit(
                    kind=indicator.kind.value,
                    value=indicator.value,
                    family=deciding.family,
                    publisher=deciding.publisher,
                    how=met.match[2],
                    text=met.match[1],
                    strength=strength,
                    first_row=met.first,
                    sightings=sum(row.sightings for row in met.rows),
                    needs_check=bool(indicator.requires),
                )
                cases.setdefault(case, (met.first.folder, []))[1].append(hit)
        return [CaseHits(case=case, folder=folder, hits=tuple(hits)) for case, (folder, hits) in cases.items()]


def _strength(indicator: Indicator, artefact: str, ways: Iterable[_Way]) -> tuple[Strength | None, Attribution]:
    """The strength that the strongest row gives an indicator, and the attribution that decides it: of equals, the earliest."""
    judged = []
    for way in ways:
        sight = way.around.sight(artefact, indicator.kind, way.how, way.judged_at, None)
        found, deciding = judge(indicator, sight)
        strength = max(Strength(found.strength), way.limit, key=_rank)
        order = (_rank(strength), way.judged_at is None, way.judged_at or 0, deciding.set_name, deciding.family or "")
        judged.append((order, strength, deciding))
    if not judged:
        return None, indicator.attributions[0]
    _, strongest, deciding = min(judged, key=itemgetter(0))
    return strongest, deciding


def _rank(strength: Strength) -> int:
    return strength.rank


@lru_cache(maxsize=4096)
def _limit_of_layout(name: str, file: str | None, table: str | None) -> Strength:
    """The greatest strength that the layout of a row allows."""
    artefact = known_artefact(name)
    if artefact is None or artefact.second_hand or not artefact.verified(Source(file=file or "", table=table)):
        return Strength.LEAD
    return Strength.STRONG


def _order(row: Row) -> tuple[Any, ...]:
    """The earliest row first, those without a time last."""
    places = (row.row, row.line, row.offset)
    time = (row.first_seen is None, row.first_seen or 0)
    return (*time, row.file or "", row.table or "", *(place or 0 for place in places), row.field, row.value)


__all__ = ["CaseHits", "Comparison", "Hit", "Rechecked", "Row", "recheck"]
