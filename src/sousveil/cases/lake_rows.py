"""The rows of a case in the lake: all that later indicators can be compared with, and where each value stands.

A case with full records gives every link, e-mail address and host in its texts, and every name, path, identifier and hash.
A case without gives what `observables.parquet` lists. Words of people and telephone numbers do not get into the lake.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec

from sousveil.artefacts.model import Artefact, known_artefact
from sousveil.cases.column_types import Type, sql_names
from sousveil.cases.database import connect, connect_files, quoted
from sousveil.cases.folder import CaseFiles
from sousveil.cases.full_records import PLACES
from sousveil.cases.gather import CONTACTS, MAX_CONTACTS
from sousveil.cases.parquet import ROW_GROUP, ParquetSink
from sousveil.cases.plain_columns import listed
from sousveil.errors import Malformed, SousveilError
from sousveil.findings.judge import (
    circumstances,
    contact_key,
    counts_traffic,
    decisive_fields,
    moments,
    trusted,
)
from sousveil.findings.matching_fold import unescape
from sousveil.findings.matching_text import Piece, pieces
from sousveil.indicators.canonical import refused_hosts
from sousveil.indicators.model import Platform
from sousveil.kinds import (
    BundleId,
    Certificate,
    FilePath,
    HashValue,
    Kind,
    Observable,
    ProcessName,
    kind_of,
)
from sousveil.readers.model import Outcome
from sousveil.records import Source
from sousveil.texts import t

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VALUE, FINDING = "value", "finding"
"""What a row holds beside the pieces of texts (`matching_text.What`): a value that is compared whole, and an indicator that the
check of the case has reported."""
OBSERVABLES = "observables"
"""The artefact of rows out of observables.parquet, which does not say in which artefact a value was seen."""
MEMORY = "512MB"
"""Bytes for sorting the rows of one file; nothing goes to the disk."""
_PLACE = {
    "source_file": Type.TEXT,
    "source_table": Type.TEXT,
    "source_row": Type.WHOLE,
    "source_line": Type.WHOLE,
    "source_offset": Type.WHOLE,
}
_VARCHAR = "VARCHAR"
_PLACE_COLUMNS = [f"{name}::{_VARCHAR if of is Type.TEXT else 'BIGINT'}" for name, of in _PLACE.items()]
"""Of a damaged file, as the lake stores them."""
_KEY = {
    "what": Type.TEXT,
    "field": Type.TEXT,
    "compares": Type.TEXT,
    "value": Type.TEXT,
    "host": Type.TEXT,
    "how": Type.TEXT,
    "artefact": Type.TEXT,
    "circumstances": Type.TEXT,
}
_SCHEMA = {
    **_KEY,
    "reversed_host": Type.TEXT,
    "domain": Type.TEXT,
    **_PLACE,
    "first_seen": Type.INSTANT,
    "last_seen": Type.INSTANT,
    "sightings": Type.WHOLE,
    "judged_at": Type.INSTANT,
}
_COMPARED: dict[str, tuple[Any, ...]] = {
    Observable.PROCESS: (ProcessName,),
    Observable.BUNDLE: (BundleId,),
    Observable.PATH: (FilePath,),
    Observable.HASH: (HashValue, Certificate),
}
"""How the values of observables.parquet are compared."""
_MICROSECOND = timedelta(microseconds=1)
FILE = 400_000
"""Rows of a file about: that many are sorted in memory."""
_FETCH = 2_000
_GATHERED = 100_000
"""Rows in memory before they are written."""
_BESIDE = ("scan", "results")
"""Lines of coverage about no rows: the search of raw bytes, and that another tool wrote the rows."""
_RECORDS = re.compile(r"(\w+(?:\.\w+)+)\.parquet(?:\.age)?", re.ASCII)
_Table = tuple[str | None, str | None]
_Place = tuple[str | None, str | None, int | None, int | None, int | None]
_json = msgspec.json.Encoder()


class _Seen(NamedTuple):
    """When a value was seen, in microseconds since 1970 UTC, and what decides how much that is worth."""

    first: int | None
    last: int | None
    sightings: int
    judged_at: int | None = None
    """The instant by which the age of a report counts: of the row, else of the backup. None where neither is known."""
    circumstances: str = ""
    """JSON of `Circumstances`; empty where the artefact is not known."""
    verified: bool = True
    """Whether the layout of the row is. Rows that differ in it are kept apart, so that the place of a row tells it."""


class _Phone(NamedTuple):
    """What decides beside a row how much its values are worth."""

    backup_at: int | None
    """When the acquisition was made: microseconds since 1970 UTC."""
    contacts: frozenset[str]
    """As `contact_key` writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What every row of a case carries."""

    case_id: str
    folder: str
    """Where the case folder was when the case was added."""
    platform: Platform
    consent_until: date
    delete_after: date


@dataclass(slots=True, kw_only=True)
class CaseTables:
    """The tables of a case as Parquet files."""

    observables: list[bytes]
    """Each sorted by reversed host."""
    timeline: bytes
    rows: int
    """Of the observables."""
    lacking: tuple[str, ...]
    """The artefacts of which the check or the lake lacks rows, in alphabetical order."""


def reversed_host(host: str) -> str:
    """A name with its labels in reverse order, so that a domain and all below it are neighbours: `com.evil.www`."""
    return ".".join(reversed(host.split(".")))


def is_address(host: str) -> bool:
    """Whether a canonical host is an IP address."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def registrable(host: str, suffixes: frozenset[str]) -> str:
    """The shortest domain above or equal to a name that somebody can register: at least two labels, and none of
    `suffixes`. The name itself where there is none."""
    labels = host.split(".")
    for count in range(2, len(labels)):
        domain = ".".join(labels[-count:])
        if domain not in suffixes:
            return domain
    return host


def current_suffixes() -> frozenset[str]:
    """The names under which strangers have domains of their own, as this version knows them."""
    return refused_hosts()


class _Gathered:
    """Rows of one artefact at a time, written to a Parquet file that is not sorted. Equal ones are one, but for those that are
    far from each other in an artefact with very many."""

    def __init__(self, suffixes: frozenset[str]) -> None:
        self._files: list[_Kept] = []
        self._sink: ParquetSink | None = None
        self._rows: dict[tuple[Any, ...], list[Any]] = {}
        self._suffixes = suffixes

    def value(self, field: str, compares: str, value: str, artefact: str, place: _Place, seen: _Seen) -> None:
        """Take a value that is compared whole."""
        self._add((VALUE, field, compares, value, "", "", artefact), place, seen)

    def piece(self, field: str, piece: Piece, artefact: str, place: _Place, seen: _Seen) -> None:
        """Take a piece of a text."""
        self._add((piece.what, field, "", piece.text, piece.host, piece.how, artefact), place, seen)

    def finding(self, kind: str, value: str) -> None:
        """Take an indicator that the check has reported."""
        self._add((FINDING, "", kind, value, "", "", ""), (None,) * 5, _Seen(None, None, 1))

    def _add(self, values: tuple[str, ...], place: _Place, seen: _Seen) -> None:
        first, last, count, judged_at, *apart = seen
        key = (*values, *apart)
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= _GATHERED:
                self.flush()
            self._rows[key] = [place, first, last, count, judged_at]
            return
        if first is not None and (row[1] is None or first < row[1]):
            row[0], row[1] = place, first
        if last is not None and (row[2] is None or last > row[2]):
            row[2] = last
        row[3] += count
        if row[4] is not None and (judged_at is None or judged_at < row[4]):  # a report loses weight with time
            row[4] = judged_at

    def flush(self) -> None:
        """Write what was gathered."""
        rows, self._rows = list(self._rows.items()), {}
        if self._sink is not None and self._sink.rows + len(rows) > FILE:
            self._sink.close()
            self._sink = None
        if self._sink is None:
            self._files.append(_Kept())
            self._sink = ParquetSink("observables.parquet", self._files[-1], _SCHEMA)
        for start in range(0, len(rows), ROW_GROUP):
            some = rows[start : start + ROW_GROUP]
            keys = [[_text(key[at]) for key, _ in some] for at in range(len(_KEY))]
            names = [None if not key[4] or is_address(key[4]) else key[4] for key, _ in some]
            columns: list[list[Any]] = [
                *keys,
                [None if name is None else reversed_host(name) for name in names],
                [None if name is None else registrable(name, self._suffixes) for name in names],
                *([row[0][at] for _, row in some] for at in range(len(_PLACE))),
                *([row[at] for _, row in some] for at in (1, 2, 3, 4)),
            ]
            self._sink.add(
                [listed(column, of) for column, of in zip(columns, _SCHEMA.values(), strict=True)], len(some)
            )

    def close(self) -> list[bytes]:
        """The files."""
        self.flush()
        if self._sink is not None:
            self._sink.close()
        return [file.content for file in self._files]


class _Kept(io.BytesIO):
    """A file in memory whose content stays when it is closed."""

    content = b""

    def close(self) -> None:
        if not self.closed:
            self.content = self.getvalue()
        super().close()


def parquet_of(schema: dict[str, Type], columns: list[list[Any]]) -> bytes:
    """A Parquet file with these columns."""
    file = _Kept()
    sink = ParquetSink("table", file, schema)
    rows = len(columns[0])
    for start in range(0, rows, ROW_GROUP):
        some = [column[start : start + ROW_GROUP] for column in columns]
        sink.add([listed(one, of) for one, of in zip(some, schema.values(), strict=True)], len(some[0]))
    sink.close()
    return file.content


def _text(value: str) -> str:
    """A text that Parquet can hold: what was decoded may hold half a character."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def tables_of(
    case: CaseFiles, facts: Facts, findings: Findings, suffixes: frozenset[str], *, reported: bool = True
) -> CaseTables:
    """The tables of a case for the lake. `reported`: whether a person was shown what the check of the case met. Raises as
    `CaseFiles` and `connect`, and Malformed for columns of a wrong type."""
    gathered = _Gathered(suffixes)
    for kind, value in findings.reported if reported else ():
        gathered.finding(kind, value)
    records = {
        match[1] for path in (case.folder / "records").glob("*.parquet*") if (match := _RECORDS.fullmatch(path.name))
    }
    artefacts = {name: artefact for name in sorted(records) if (artefact := known_artefact(name)) is not None}
    lacking = (
        findings.of(Outcome.SKIPPED, Outcome.UNSUPPORTED, Outcome.FAILED)
        | (records - artefacts.keys())
        | (findings.compared - records)
    )
    phone = _Phone(findings.device.made_at, _contacts(case) if CONTACTS in artefacts else frozenset())
    for name, artefact in artefacts.items():
        try:
            with connect(case, name) as database:
                if not _from_records(database, artefact, gathered, phone):
                    lacking.add(name)
        except Malformed:
            raise
        except SousveilError:  # its values are so long that a query needs more memory than it may take
            lacking.add(name)
        gathered.flush()
    if lacking:
        _from_observables(case, gathered)
    same = (
        f"{quoted(facts.case_id)} AS case_id, {quoted(facts.folder)} AS folder, {quoted(facts.platform)} AS platform, "
        f"DATE {quoted(facts.consent_until.isoformat())} AS consent_until, "
        f"DATE {quoted(facts.delete_after.isoformat())} AS delete_after"
    )
    lacking |= findings.of(Outcome.ABSENT_UNEXPECTED)  # observables.parquet lacks their rows too
    tables = CaseTables(observables=[], timeline=b"", rows=0, lacking=tuple(sorted(lacking)))
    for raw in gathered.close():
        query = f"SELECT {same}, * FROM rows ORDER BY reversed_host NULLS LAST, what, value, artefact"
        content, count = _copied(raw, query)
        tables.observables.append(content)
        tables.rows += count
    tables.timeline, _ = _copied(case.read("timeline.parquet", limit=None), f"SELECT {same}, * FROM rows", "timeline")
    return tables


def _copied(raw: bytes, query: str, name: str = OBSERVABLES) -> tuple[bytes, int]:
    """The answer of a query of `rows` as a Parquet file, and how many rows it has."""
    with connect_files({name: [raw]}, Path(), private=True, memory=MEMORY) as (database, store):
        database.execute(f"CREATE VIEW rows AS FROM {name}")
        database.execute(f"COPY ({query}) TO 'memory://made' (FORMAT parquet, COMPRESSION zstd)")
        return store.cat("/made"), database.execute("SELECT count(*) FROM rows").fetchall()[0][0]


class _Indicator(msgspec.Struct):
    kind: str
    value: str


class _Finding(msgspec.Struct):
    indicator: _Indicator | None = None


class _Device(msgspec.Struct):
    platform: Platform
    last_backup: Annotated[datetime, msgspec.Meta(tz=True)] | None = None

    @property
    def made_at(self) -> int | None:
        """When the acquisition was made: microseconds since 1970 UTC."""
        return (
            None if self.last_backup is None else (self.last_backup - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
        )


class _Covered(msgspec.Struct):
    artefact: str
    outcome: Outcome
    records: int


class Findings(msgspec.Struct):
    """What the lake takes from findings.json."""

    device: _Device
    findings: list[_Finding]
    coverage: list[_Covered]

    def of(self, *outcomes: Outcome) -> set[str]:
        """The artefacts whose reading ended so."""
        return {line.artefact for line in self.coverage if line.outcome in outcomes and line.artefact not in _BESIDE}

    @property
    def compared(self) -> set[str]:
        """The artefacts with rows that indicators are compared with."""
        names = {line.artefact for line in self.coverage if line.records and "." in line.artefact}
        return {name for name in names if (artefact := known_artefact(name)) is None or _compared(artefact)}

    @property
    def reported(self) -> list[tuple[str, str]]:
        """The kind and value of each indicator."""
        return sorted({(f.indicator.kind, f.indicator.value) for f in self.findings if f.indicator is not None})


def findings_of(case: CaseFiles) -> Findings:
    """findings.json of a case. Raises Malformed, and as `CaseFiles`."""
    try:
        return msgspec.json.decode(case.read("findings.json"), type=Findings)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(
            t("error.lake.cannot_read", name="findings.json"), hint=t("error.database.file_damaged_table")
        ) from error


def _contacts(case: CaseFiles) -> frozenset[str]:
    """The contacts of the phone, as many as a check keeps; none where they cannot be read."""
    try:
        with connect(case, CONTACTS) as database:
            database.execute(
                f"""SELECT value FROM {CONTACTS.replace(".", "_")} WHERE value <> '' LIMIT {MAX_CONTACTS}"""
            )
            return frozenset(contact_key(str(value)) for (value,) in database.fetchall())
    except SousveilError:
        return frozenset()


def _compared(artefact: Artefact) -> list[str]:
    """The fields of an artefact that indicators are compared with."""
    return [name for name, kind in artefact.kinds.items() if kind.searched or kind.name == "path" or kind.compares]


def _from_records(database: DuckDBPyConnection, artefact: Artefact, gathered: _Gathered, phone: _Phone) -> bool:
    """Take the full records of an artefact. Gives whether they have every column that is compared."""
    name, own = artefact.name, [*PLACES, *artefact.kinds]
    columns = dict(zip(own, sql_names(own), strict=True))
    view = name.replace(".", "_")
    there = {row[0]: row[1] for row in database.execute(f'DESCRIBE "{view}"').fetchall()}
    compared = _compared(artefact)
    if not there.keys() >= _PLACE.keys() or any(there.get(columns[name], _VARCHAR) != _VARCHAR for name in compared):
        raise Malformed(
            t("error.lake.cannot_read", name=f"records/{name}.parquet"), hint=t("error.database.file_damaged_table")
        )

    def known(fields: Iterable[str]) -> dict[str, str]:
        """The columns of the fields that the records have."""
        return {field: f'"{columns[field]}"' for field in fields if columns[field] in there}

    fields, decisive = known(compared), known(decisive_fields(artefact))
    events = ", ".join(known(event.at for event in artefact.events).values()) or "NULL::TIMESTAMPTZ"
    moment = ", ".join(known(moments(artefact)).values()) or "NULL::TIMESTAMPTZ"
    read = {**fields, **decisive}
    judging = _Judging(artefact, phone, _counters(database, view, decisive))
    database.execute(
        f"SELECT {', '.join(_PLACE_COLUMNS)}, epoch_us(least({events})), epoch_us(greatest({events})),"
        f' epoch_us(coalesce({moment})), {", ".join(read.values())} FROM "{view}"'
        f" WHERE {' OR '.join(f'{column} IS NOT NULL' for column in fields.values()) or 'false'}"
    )
    kinds = {field: (kind := artefact.kinds[field], " ".join(kind.compares)) for field in fields}
    while some := database.fetchmany(_FETCH):
        for file, table, number, line, offset, first, last, at, *values in some:
            place, row = (file, table, number, line, offset), dict(zip(read, values, strict=True))
            for field, (kind, compares) in kinds.items():
                text = row[field]
                if not text:
                    continue
                if compares and (kind.name != "email" or "@" in text):
                    seen = _Seen(first, last, 1, *judging.of(place, row, at, field, text))
                    gathered.value(kind.name, compares, text, name, place, seen)
                if kind.searched or kind.name == "path":
                    for piece in _pieces(text, kind.name):
                        seen = _Seen(first, last, 1, *judging.of(place, row, at, field, piece.text))
                        gathered.piece(kind.name, piece, name, place, seen)
    return len(fields) == len(compared)


class _Judging:
    """What decides how much the values of an artefact are worth."""

    def __init__(self, artefact: Artefact, phone: _Phone, counters: Mapping[_Table, list[str]]) -> None:
        self._artefact, self._phone, self._counters = artefact, phone, counters
        self._verified: dict[_Table, bool] = {}

    def of(
        self, place: _Place, row: Mapping[str, Any], moment: int | None, field: str, text: str
    ) -> tuple[int | None, str, bool]:
        """The last fields of `_Seen` for a text in a field of a row."""
        table = place[:2]
        verified = self._verified.get(table)
        if verified is None:
            source = Source(file=place[0] or "", table=place[1])
            verified = self._verified[table] = self._artefact.verified(source)
        at = trusted(moment, self._phone.backup_at)
        counters = self._counters.get(table, ())
        around = circumstances(self._artefact, row, field, text, counters, self._phone.contacts)
        return self._phone.backup_at if at is None else at, _json.encode(around).decode(), verified


def _counters(database: DuckDBPyConnection, view: str, columns: Mapping[str, str]) -> dict[_Table, list[str]]:
    """The fields that count traffic in each table of an artefact: of what a table lacks no row has a value."""
    counters = {field: column for field, column in columns.items() if counts_traffic(field)}
    if not counters:
        return {}
    counts = ", ".join(f"count({column})" for column in counters.values())
    database.execute(f'SELECT source_file, source_table, {counts} FROM "{view}" GROUP BY ALL')
    return {
        (file, table): [field for field, count in zip(counters, numbers, strict=True) if count]
        for file, table, *numbers in database.fetchall()
    }


@lru_cache(maxsize=4096)
def _pieces(text: str, kind: str) -> tuple[Piece, ...]:
    return tuple(pieces(unescape(text) if kind == "json" else text, kind))


def _from_observables(case: CaseFiles, gathered: _Gathered) -> None:
    """Take observables.parquet."""
    place: _Place = ("observables.parquet", None, None, None, None)
    with connect(case, OBSERVABLES) as database:
        database.execute(
            "SELECT kind::VARCHAR, value::VARCHAR, epoch_us(first_seen), epoch_us(last_seen), sightings::BIGINT"
            " FROM observables"
        )
        while some := database.fetchmany(_FETCH):
            for observable, value, *times in some:
                seen = _Seen(*times)
                for annotation in _COMPARED.get(observable, ()):
                    kind: Kind = kind_of(annotation)
                    gathered.value(kind.name, " ".join(kind.compares), value, OBSERVABLES, place, seen)
                if observable in (Observable.HOST, Observable.ADDRESS, Observable.PATH):
                    field = "path" if observable == Observable.PATH else "domain"
                    for piece in _pieces(value, field):
                        gathered.piece(field, piece, OBSERVABLES, place, seen)


__all__ = [
    "FINDING",
    "OBSERVABLES",
    "VALUE",
    "CaseTables",
    "Facts",
    "Findings",
    "current_suffixes",
    "findings_of",
    "is_address",
    "parquet_of",
    "registrable",
    "reversed_host",
    "tables_of",
]
