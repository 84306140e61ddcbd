"""What the artefacts of the power log share: its place, and its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sousveil.artefacts.model import At, Expected, Seen
from sousveil.readers.model import Reader
from sousveil.readers.sqlite import Column, Layout, chain, parts_of, sqlite

_IN_DUMPS = "/private/var/containers/Shared/SystemGroup/*/Library/BatteryLife/*.PLSQL"
PLACES = {
    "main": (
        At.sysdiagnose("logs/powerlogs/*.PLSQL"),
        At.sysdiagnose("logs/powerlogs/*.PLSQL.gz"),
        At.ios(_IN_DUMPS),
        At.ios(_IN_DUMPS + ".gz"),
    )
}
FORMS = ("sysdiagnose", "dump")
EXPECTED = Expected(optional="a phone keeps the power log of about three days")
SUFFIX = "_1_2"
"""What later systems write behind the names of some tables, as recalled."""
_OFFSET = "PLStorageOperator_EventForward_TimeOffset"


def utc(column: str) -> str:
    """The expression for a time of the log's clock, which does not follow settings of the wall clock. A table of the log says
    by how much it was off: its latest row that is not later holds, before the first one the first."""
    at = f"{_OFFSET}.timestamp"
    latest = f"SELECT {_OFFSET}.system FROM {_OFFSET} WHERE {at} <= {column} ORDER BY {at} DESC LIMIT 1"
    first = f"SELECT {_OFFSET}.system FROM {_OFFSET} ORDER BY {at} LIMIT 1"
    return f"{column} + coalesce(({latest}), ({first}))"


def layouts(
    table: str,
    columns: Mapping[str, str],
    times: Mapping[str, str],
    *,
    parent: str = "",
    optional: Mapping[str, str] | None = None,
    decode: Mapping[str, Callable[[Column], Column]] | None = None,
) -> tuple[Layout, ...]:
    """The ways to read a table: under its name, and with the suffix that later systems write. `columns`, `optional` and
    `times` name the table's own columns by field; `parent` is the table of intervals whose row a row names in FK_ID: then the
    times are columns of it."""
    found = []
    for suffix in ("", SUFFIX):
        own, over = table + suffix, parent + suffix
        source = f"{own} LEFT JOIN {over} ON {over}.ID = {own}.FK_ID" if parent else own
        found.append(
            Layout(
                name=table.removeprefix("PL") + suffix,
                source=source,
                columns={field: f"{own}.{column}" for field, column in columns.items()},
                optional={
                    **{field: f"{own}.{column}" for field, column in (optional or {}).items()},
                    **{field: utc(f"{over if parent else own}.{column}") for field, column in times.items()},
                },
                decode=decode or {},
                extra=(own,),
            )
        )
    return tuple(found)


def tables(*ways: tuple[Layout, ...]) -> Reader:
    """Reads the tables, each in one of its ways, where the log has them; one at least must be there."""
    return chain(*(sqlite(*way, part=way[0].name, required=False) for way in ways), some=True)


def seen(read: Reader) -> tuple[Seen, ...]:
    """What the layouts of the tables that a reader reads rest on."""
    names = {layout.table for part in parts_of(read) for layout in part.layouts}
    return (
        Seen(versions="iOS 15", basis="seen on a real phone: published test image", verified=True),
        Seen(
            versions="iOS 16 to 26, tables with a number",
            basis="recalled: only the suffix of the names",
            verified=False,
            tables=tuple(sorted(table for table in names if table.endswith(SUFFIX))),
        ),
    )
