"""Taking a list into the vault: every row is kept, as it was written and as it was read."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

import msgspec

from sousveil.errors import Malformed, Usage
from sousveil.investigation.listing import COLUMNS_MOST, Columns, Listing, Row, open_list
from sousveil.investigation.numbers import Number, State, check_country, read_number
from sousveil.investigation.times import Certainty, Order, read_time
from sousveil.investigation.vault import Import, Vault
from sousveil.texts import t

SEGMENT_ROWS = 8_192
SEGMENT_BYTES = 2 << 20
"""Bytes of the list after which a segment ends, however few rows they are: memory stays flat with wide rows, too."""
UNREAD_SHOWN = 1_000
"""Lines that an import names as not read whole; the counts have all."""
PROGRESS_ROWS = 10_000


class Selection(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row of an imported list: a number that a client selected at a time."""

    line: int
    """The line of the file, from 1."""
    written: str
    """The cell of the number column, unchanged."""
    state: str
    """See `numbers.State`."""
    e164: str
    country: str
    line_type: str
    region: str
    recovery: str
    written_time: str
    certainty: str
    """See `times.Certainty`."""
    seconds: int | None
    client: str
    others: list[str]
    """The further cells, as the import's `columns` names them."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the holders know of a list."""

    headed: bool = True
    """Whether the first line names the columns."""
    source: str = ""
    """Where it comes from, in their words."""
    country: str = ""
    """The country of numbers without a plus sign."""
    columns: dict[str, str] = {}
    """Header or position (from 1) for `number`, `time`, `client`, `country`."""
    order: Order = Order.UNKNOWN
    zone: tzinfo | None = None


def import_list(
    vault: Vault,
    path: Path,
    settings: Settings,
    *,
    now: datetime,
    progress: Callable[[int, float], None] = lambda rows, part: None,
) -> Import:
    """Take a list into the vault, whole or not at all. `progress` gets the rows and the part of the file that are read.

    Raises Usage (no list, a column is missing or named twice, the same file is there already), SousveilError.
    """
    vault.check_clock(now)
    if settings.country:
        check_country(settings.country)
    with open_list(path, headed=settings.headed) as listing:
        if known := next((item for item in vault.index.imports if item.sha256 == listing.sha256), None):
            raise Usage(t("error.list.known", when=f"{known.imported:%F %T}"), hint=t("error.list.known_hint"))
        columns = Columns(listing.header, settings.columns)
        counts: Counter[str] = Counter()
        unread: list[tuple[int, str]] = []
        id, segments, rows, written = secrets.token_hex(8), 0, 0, 0
        batch: list[Selection] = []
        for row in listing.rows(columns):
            batch.append(_selection(row, columns, settings, listing.delimiter, counts, unread))
            rows += 1
            if len(batch) == SEGMENT_ROWS or listing.read - written >= SEGMENT_BYTES:
                _write(vault, id, segments, batch)
                batch, segments, written = [], segments + 1, listing.read
            if rows % PROGRESS_ROWS == 0:
                progress(rows, listing.read / max(listing.size, 1))
        if batch:
            _write(vault, id, segments, batch)
            segments += 1
        if not rows:
            raise Usage(t("error.list.empty"), hint=t("error.list.form"))
        made = Import(
            id=id,
            imported=now,
            source=settings.source,
            sha256=listing.sha256,
            size=listing.size,
            columns=columns.names,
            rows=rows,
            segments=segments,
            counts={**counts, **_of_file(listing)},
            unread=tuple(sorted([*unread, *((line, "long") for line in listing.too_long)])[:UNREAD_SHOWN]),
        )
    index = msgspec.structs.replace(vault.index, imports=(*vault.index.imports, made))
    vault.commit("import", index, now=now, list=id, rows=rows)
    return made


def _of_file(listing: Listing) -> dict[str, int]:
    met = {
        "file.other_encoding": listing.other_encoding,
        "file.blank": listing.blank,
        "file.long": len(listing.too_long),
        "file.unclosed": listing.unclosed,
    }
    return {name: count for name, count in met.items() if count}


def _selection(
    row: Row,
    columns: Columns,
    settings: Settings,
    delimiter: str,
    counts: Counter[str],
    unread: list[tuple[int, str]],
) -> Selection:
    """A row as it is kept. A row with more or fewer cells than the header keeps its text, and nothing of it is believed.

    What is beyond the most columns of a list stays together in the last cell.
    """
    whole = len(row.cells) == columns.width or not any(cell.strip() for cell in row.cells[columns.width :])
    if whole and len(row.cells) > columns.number:
        written, written_time = columns.cell(row, "number"), columns.cell(row, "time")
        country = columns.cell(row, "country").strip().upper() or settings.country
        if country and country != settings.country:
            country = _known_country(country, counts)
        number = read_number(written, country)
        time = read_time(written_time, settings.order, settings.zone)
        client = columns.cell(row, "client").strip()
        others = [row.cells[place] if place < len(row.cells) else "" for place in columns.others]
    else:
        counts["file.cells"] += 1
        number, time = Number(state=State.MALFORMED), read_time("")
        kept, rest = row.cells[: COLUMNS_MOST - 1], row.cells[COLUMNS_MOST - 1 :]
        written, written_time, client, others = "", "", "", [*kept, *([delimiter.join(rest)] if rest else [])]
    counts[f"number.{number.state}"] += 1
    counts[f"time.{time.certainty}"] += 1
    if number.recovery:
        counts[f"recovered.{number.recovery}"] += 1
    bad_number = number.state in (State.MALFORMED, State.AMBIGUOUS, State.ABSENT)
    if len(unread) < UNREAD_SHOWN and (bad_number or time.certainty is Certainty.UNREADABLE):
        unread.append((row.line, f"number.{number.state}" if bad_number else "time.unreadable"))
    return Selection(
        line=row.line,
        written=written,
        state=number.state,
        e164=number.e164,
        country=number.country,
        line_type=number.line_type,
        region=number.region,
        recovery=number.recovery,
        written_time=written_time,
        certainty=time.certainty,
        seconds=time.seconds,
        client=client,
        others=others,
    )


def _known_country(code: str, counts: Counter[str]) -> str:
    try:
        return check_country(code)
    except Usage:
        counts["file.country"] += 1
        return ""


def _write(vault: Vault, id: str, segment: int, batch: list[Selection]) -> None:
    vault.write_sealed(f"{id}-{segment}", msgspec.msgpack.encode(batch))


def selections(vault: Vault) -> Iterator[tuple[Import, list[Selection]]]:
    """All rows of the vault, a segment at a time. Raises Malformed where one is missing or damaged."""
    decoder = msgspec.msgpack.Decoder(list[Selection])
    for item in vault.index.imports:
        rows = 0
        for segment in range(item.segments):
            try:
                batch = decoder.decode(vault.read_sealed(f"{item.id}-{segment}"))
            except msgspec.DecodeError:
                raise Malformed(t("error.vault.damaged", name=item.id), hint=t("error.vault.restore")) from None
            rows += len(batch)
            yield item, batch
        if rows != item.rows:
            raise Malformed(t("error.vault.damaged", name=item.id), hint=t("error.vault.restore"))


def rows_of(vault: Vault) -> Iterator[Selection]:
    """Each row of the vault. Raises Malformed as `selections`."""
    for _, batch in selections(vault):
        yield from batch


__all__ = ["Import", "Selection", "Settings", "import_list", "rows_of", "selections"]
