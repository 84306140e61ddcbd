"""The tables of a case as a database that reaches nothing else.

DuckDB reads the Parquet files where they lie. It loads no extension, opens no connection and no file outside the case,
keeps to a limit of memory, and puts what does not fit there into a private folder of the case, which is removed. Of an
encrypted case nothing is written to the disk.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    stored = {name: case.stored(_file(name)) for name in tables}
    private = any(path.suffix == ".age" for path in stored.values())
    files: dict[str, list[Path | bytes]] = {
        name: [case.read(_file(name), limit=None) if private else path] for name, path in stored.items()
    }
    with connect_files(files, case.folder, private=private) as (database, _):
        yield database


@contextlib.contextmanager
def connect_files(
    tables: Mapping[str, Sequence[Path | bytes]], folder: Path, *, private: bool, memory: str = "", origin: str = ""
) -> Iterator[tuple[DuckDBPyConnection, Any]]:
    """A connection with one view for each of `tables`, and the file system behind `memory://` where a query may write.

    Each view has the rows of all its files: Parquet files below `folder`, or the bytes of such files. What does not fit
    into memory goes into a private folder below `folder`, or nowhere where the rows are `private`. `origin` names a column
    with the file of each row: its resolved path, or `memory:///VIEW.NUMBER` of bytes. Raises Malformed for a
    file that is no table, SousveilError where a query takes more memory than it may.
    """
    import duckdb

    database = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",
            "memory_limit": memory or MEMORY,
            "threads": str(THREADS),
        },
    )
    name = ""
    with contextlib.ExitStack() as stack:
        stack.enter_context(database)
        try:
            held = _confine(database, tables, folder, stack, private=private)
            for name, files in tables.items():
                if files:
                    places = [
                        f"memory://{name}.{number}" if isinstance(file, bytes) else _pattern(_valid(file.resolve()))
                        for number, file in enumerate(files)
                    ]
                    view = name.replace(".", "_").replace('"', '""')
                    listed = f"[{', '.join(map(quoted, places))}]{f', filename = {quoted(origin)}' if origin else ''}"
                    database.execute(f'CREATE VIEW "{view}" AS FROM read_parquet({listed})')
            yield database, held
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


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _confine(
    database: DuckDBPyConnection,
    tables: Mapping[str, Sequence[Path | bytes]],
    folder: Path,
    stack: contextlib.ExitStack,
    *,
    private: bool,
) -> Any:
    """Confine the database to the tables. Returns the file system behind `memory://`; None where nothing needs it."""
    files = [file for some in tables.values() for file in some]
    held, allowed = None, []
    if any(isinstance(file, bytes) for file in files):
        import fsspec

        held = fsspec.filesystem("memory", skip_instance_cache=True)
        held.store, held.pseudo_dirs = {}, [""]  # of this connection alone
        for name, some in tables.items():
            for number, file in enumerate(some):
                if isinstance(file, bytes):
                    held.pipe(f"/{name}.{number}", file)
        database.register_filesystem(held)
        allowed.append("memory://")
    if any(isinstance(file, Path) for file in files):
        within = _valid(folder.resolve()) + "/"
        allowed += [within, _pattern(within)]
    spill = "" if private else _spill(folder, stack)
    database.execute(f"SET temp_directory = {quoted(spill)}")
    database.execute(f"SET allowed_directories = [{', '.join(map(quoted, allowed))}]")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return held


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


__all__ = ["MEMORY", "connect", "connect_files", "quoted"]
