"""The tables of a case as a database that reaches nothing else.

DuckDB reads the Parquet files where they lie. It loads no extension, opens no connection and no file outside the case,
keeps to a limit of memory, and puts what does not fit there into a private folder of the case, which is removed. Of an
encrypted case nothing is written to the disk.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sousveil.cases.folder import CaseFiles
from sousveil.errors import Malformed, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.texts import t

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "256MB"
"""Bytes that a query may take before it writes to the disk."""
THREADS = 2


@contextlib.contextmanager
def connect(case: CaseFiles, *tables: str) -> Iterator[DuckDBPyConnection]:
    """A connection with one view for each of `tables`: `timeline`, `observables`, or an artefact's full records, whose
    view is named without dots (`ios.sms` is `ios_sms`).

    Raises Malformed for a file that is no table, SousveilError where a query takes more memory than it may, and as
    `CaseFiles`.
    """
    import duckdb

    database = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",
            "memory_limit": MEMORY,
            "threads": str(THREADS),
        },
    )
    name = ""
    with contextlib.ExitStack() as stack:
        stack.enter_context(database)
        try:
            places = _open(database, case, tables, stack)
            for name in tables:
                view = name.replace(".", "_")
                database.execute(f'CREATE VIEW "{view}" AS FROM read_parquet({_quoted(places[name])})')
            yield database
        except duckdb.OutOfMemoryException as error:
            raise SousveilError(
                t("error.database.query_needs_more"), hint=t("error.database.ask_less_example")
            ) from error
        except (duckdb.Error, UnicodeError) as error:
            raise Malformed(
                t("error.database.cannot_read", name=_file(name), reason=visible(str(error).splitlines()[0], 200)),
                hint=t("error.database.file_damaged_table"),
            ) from error


def _file(table: str) -> str:
    return f"records/{table}.parquet" if "." in table else f"{table}.parquet"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _open(
    database: DuckDBPyConnection, case: CaseFiles, tables: tuple[str, ...], stack: contextlib.ExitStack
) -> dict[str, str]:
    """Confine the database to the case. Returns where each table lies."""
    stored = {name: case.stored(_file(name)) for name in tables}
    if any(path.suffix == ".age" for path in stored.values()):
        import fsspec

        memory = fsspec.filesystem("memory", skip_instance_cache=True)
        memory.store, memory.pseudo_dirs = {}, [""]  # of this connection alone
        for name in tables:
            memory.pipe(f"/{_file(name)}", case.read(_file(name), limit=None))
        database.register_filesystem(memory)
        places = {name: f"memory://{_file(name)}" for name in tables}
        allowed, spill = ["memory://"], ""
    else:
        places = {name: _pattern(_valid(path.resolve())) for name, path in stored.items()}
        within = _valid(case.folder.resolve()) + "/"
        allowed, spill = [within, _pattern(within)], _spill(case.folder, stack)
    database.execute(f"SET temp_directory = {_quoted(spill)}")
    database.execute(f"SET allowed_directories = [{', '.join(map(_quoted, allowed))}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return places


def _spill(case: Path, stack: contextlib.ExitStack) -> str:
    """A private folder of the case, removed at the end; empty where the case cannot be written to."""
    try:
        folder = tempfile.mkdtemp(prefix=".spill-", dir=case.resolve())  # 0700
    except OSError:
        return ""
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _valid(path: Path) -> str:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise Usage(
            t("error.database.name_valid_text", path=visible(str(path))), hint=t("error.database.rename_folder")
        ) from None
    return str(path)


def _pattern(path: str) -> str:
    """A path as DuckDB reads it, which takes some characters for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


__all__ = ["MEMORY", "connect"]
