"""A CSV table of names as questions: `name`, and where present `country`, `kind`, `date`, `identifier:SCHEME`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sousveil.errors import Malformed
from sousveil.register.score import Query
from sousveil.register.screening_model import BadRow
from sousveil.register.types.countries import country_code, invented_code
from sousveil.register.views import words

MOST_ROWS = 1_000_000


def country_of(printed: str, *, example: bool) -> tuple[str | None, tuple[str, ...]]:
    """The code of a country as a table gives it (a code or an English name); an unknown one is None and a warning.

    `example`: codes of invented States too. In a real register people write “XX” where they do not know the country.
    """
    printed = " ".join(printed.split())
    code = country_code(printed) or (invented_code(printed) if example else None)
    return code, (words.unknown_country(printed),) if printed and code is None else ()


def read_table(path: Path, *, example: bool = False) -> Iterator[tuple[int, Query, tuple[str, ...]] | BadRow]:
    """The queries of a CSV file with their lines and what was left out of them. Raises Malformed.

    `example`: countries may be invented ones (`country_of`).
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from read_lines(file, path.name, example=example)


def read_bytes(
    data: bytes, name: str, *, example: bool = False
) -> Iterator[tuple[int, Query, tuple[str, ...]] | BadRow]:
    """As `read_table`, for a file that is in memory."""
    with io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield from read_lines(file, name, example=example)


def read_lines(
    file: Iterable[str], name: str, *, example: bool = False
) -> Iterator[tuple[int, Query, tuple[str, ...]] | BadRow]:
    """As `read_table`, line by line; `name` is what errors call the file."""
    reader = csv.reader(file)
    try:
        head = [_column(one) for one in next(reader, [])]
    except csv.Error as error:
        raise Malformed(f"{name} is not a CSV file: {error}.") from None
    if "name" not in head or len(set(head)) != len(head):
        raise Malformed(
            f"{name} has no column “name”, or a column twice.",
            hint="The first line names the columns: name, and where you know them country, kind, date.",
        )
    while True:
        line = reader.line_num + 1
        if line > MOST_ROWS:
            raise Malformed(f"{name} has more than {MOST_ROWS:,} lines.", hint="Split it.")
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield BadRow(line=line, problem=f"not readable as CSV: {error}")
            continue
        if row is None:
            return
        if row:
            yield _query(line, head, row, example)


def _column(printed: str) -> str:
    """`Name` is name; the scheme of `identifier:leiCode` stays as it is."""
    before, mark, scheme = printed.strip().partition(":")
    return before.casefold() + mark + scheme.strip()


def _query(
    line: int, head: Sequence[str], row: Sequence[str], example: bool
) -> tuple[int, Query, tuple[str, ...]] | BadRow:
    if len(row) > len(head):
        return BadRow(line=line, problem=f"{len(row)} cells, but {len(head)} columns")
    cells = {column: cell.strip() for column, cell in zip(head, row, strict=False)}
    name = cells.get("name", "")
    country, warnings = country_of(cells.get("country", ""), example=example)
    if any("\udc80" <= one <= "\udcff" for cell in cells.values() for one in cell):
        return BadRow(line=line, problem="not UTF-8")
    if not any(one.isalnum() for one in name):
        return BadRow(line=line, problem="no name")
    dates = tuple(part for part in cells.get("date", "").split() if part)
    if any(not date[:4].isdigit() or len(date) < 4 for date in dates):
        return BadRow(line=line, problem="the date does not begin with a year of four digits")
    identifiers = {
        column.partition(":")[2]: cell for column, cell in cells.items() if column.startswith("identifier:") and cell
    }
    query = Query(name=name, country=country, kind=cells.get("kind") or None, dates=dates, identifiers=identifiers)
    return line, query, warnings
