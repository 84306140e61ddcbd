"""Parquet files as another program reads them: DuckDB, with instants as microseconds since 1970."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

INSTANT = "TIMESTAMP WITH TIME ZONE"


def types(path: Path) -> dict[str, str]:
    """The columns of a file with their types, in order."""
    found = duckdb.execute("SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet($1))", [str(path)])
    return dict(found.fetchall())


def rows(path: Path) -> list[tuple[Any, ...]]:
    """The rows of a file, in order."""
    names = [f'epoch_us("{name}")' if of == INSTANT else f'"{name}"' for name, of in types(path).items()]
    return duckdb.execute(f"SELECT {', '.join(names)} FROM read_parquet($1)", [str(path)]).fetchall()


def columns(path: Path) -> dict[str, list[Any]]:
    """The values of each column, in order."""
    found = rows(path)
    return {name: [row[place] for row in found] for place, name in enumerate(types(path))}


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """The answer to a query of the file, which is called `rows` in it."""
    with duckdb.connect() as database:
        database.execute(f"CREATE VIEW rows AS FROM read_parquet('{path}')")
        return database.execute(sql).fetchall()
