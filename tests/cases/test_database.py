"""The database of a case reaches nothing else: no socket, no other file, no folder that stays."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pyrage
import pytest

from sousveil.cases import database
from sousveil.cases.column_types import RESERVED, sql_names
from sousveil.cases.database import connect
from sousveil.cases.folder import CaseFiles
from sousveil.errors import Malformed, Missing, SousveilError


def make(folder: Path, count: int = 3, name: str = "timeline.parquet") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    text = "repeat(md5(range::VARCHAR), 5)" if count > 1000 else "'row ' || range"
    with duckdb.connect() as own:
        rows = own.from_query(f"SELECT range AS time, {text} AS summary FROM range({count})")
        rows.write_parquet(str(folder / name), row_group_size=16_384)
    return folder


def test_views_are_named_without_dots(tmp_path: Path) -> None:
    make(tmp_path)
    make(tmp_path, 2, "records/ios.sms.parquet")
    with connect(CaseFiles(tmp_path), "timeline", "ios.sms") as case:
        found = case.execute(
            "SELECT t.time, s.summary FROM timeline t JOIN ios_sms s USING (time) ORDER BY ALL"
        ).fetchall()
    assert found == [(0, "row 0"), (1, "row 1")]


@pytest.mark.parametrize("name", ["with 'quote'", "a[bc]*?", "ünï"])
def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    with connect(CaseFiles(make(tmp_path / name)), "timeline") as case:
        assert case.execute("SELECT count(*) FROM timeline").fetchall() == [(3,)]


REFUSED = [
    "FROM read_parquet('{other}')",
    "FROM read_text('{other}')",
    "COPY (SELECT 1) TO '{other}.csv'",
    "ATTACH '{other}.db'",
    "INSTALL httpfs",
    "LOAD spatial",
    "FROM 'http://127.0.0.1:{port}/x.parquet'",
    "FROM read_parquet('s3://bucket/x.parquet')",
    "SELECT st_point(1, 2)",
    "SET memory_limit = '8GB'",
    "SET enable_external_access = true",
    "SET autoinstall_known_extensions = true",
]
ATTEMPTS = """
import sys
from pathlib import Path
import duckdb
from sousveil.cases.database import connect
from sousveil.cases.folder import CaseFiles
case, *queries = sys.argv[1:]
with connect(CaseFiles(Path(case)), "timeline") as database:
    for query in queries:
        try:
            database.execute(query).fetchall()
            print("answered:", query)
        except duckdb.Error:
            pass
"""


def sockets(folder: Path, *command: str, port: list[int]) -> tuple[int, str]:
    """How many connections a program opens that is told of a proxy, and what it prints."""
    opened: list[int] = []
    with socket.create_server(("127.0.0.1", port[0])) as server:
        port[0] = server.getsockname()[1]

        def count() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                opened.append(1)
                connection.close()

        threading.Thread(target=count, daemon=True).start()
        proxy = f"http://127.0.0.1:{port[0]}"
        environment = {**os.environ, "HOME": str(folder), "HTTP_PROXY": proxy, "http_proxy": proxy}
        arguments = [part.replace("{port}", str(port[0])) for part in command]
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        server.shutdown(socket.SHUT_RDWR) if sys.platform == "linux" else None
    return len(opened), done.stdout + done.stderr


def test_no_socket_and_no_other_file(tmp_path: Path) -> None:
    other = make(tmp_path / "other") / "timeline.parquet"
    plain = (
        "import duckdb\ntry:\n    duckdb.connect(config={'http_proxy': 'http://127.0.0.1:{port}'}).execute('INSTALL spatial')\n"
        "except duckdb.Error:\n    pass"
    )
    assert sockets(tmp_path / "other", "-c", plain, port=[0])[0] > 0  # what DuckDB does by itself is noticed
    queries = [query.replace("{other}", str(other)) for query in REFUSED]
    assert sockets(tmp_path, "-c", ATTEMPTS, str(make(tmp_path / "case")), *queries, port=[0]) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "other"]


SORT = "SELECT summary, time FROM timeline ORDER BY summary DESC"


def test_what_does_not_fit_goes_into_a_private_folder_that_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, 600_000)
    monkeypatch.setattr(database, "MEMORY", "80MB")
    with connect(CaseFiles(tmp_path), "timeline") as case:
        case.execute(SORT)
        assert len(case.fetchmany(10)) == 10
        (spill,) = tmp_path.glob(".spill-*")
        assert stat.S_IMODE(spill.stat().st_mode) == 0o700
        assert any(path.stat().st_size for path in spill.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["timeline.parquet"]
    with pytest.raises(ZeroDivisionError), connect(CaseFiles(tmp_path), "timeline"):
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.iterdir()] == ["timeline.parquet"]


def test_an_encrypted_case_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    key = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(str(key))
    for name, count in (("large", 600_000), ("small", 3)):
        plain = make(tmp_path / name, count) / "timeline.parquet"
        plain.with_suffix(".parquet.age").write_bytes(pyrage.encrypt(plain.read_bytes(), [key.to_public()]))
        plain.unlink()
    large, small = (CaseFiles(tmp_path / name, tmp_path / "key") for name in ("large", "small"))
    before = sorted(tmp_path.rglob("*"))
    with connect(large, "timeline") as case:
        assert case.execute("SELECT count(*), max(time) FROM timeline").fetchall() == [(600_000, 599_999)]
        for query in ("FROM read_text('key')", "COPY (SELECT 1) TO 'x.csv'"):
            with pytest.raises(duckdb.Error):
                case.execute(query)
    monkeypatch.setattr(database, "MEMORY", "80MB")
    with pytest.raises(SousveilError, match="more memory"), connect(large, "timeline") as case:
        case.execute(SORT).fetchall()
    with connect(small, "timeline") as case:
        assert case.execute("SELECT count(*) FROM timeline").fetchall() == [(3,)]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_case_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path)
    monkeypatch.setattr(database.tempfile, "mkdtemp", lambda **_: (_ for _ in ()).throw(PermissionError()))
    with connect(CaseFiles(tmp_path), "timeline") as case:
        assert case.execute("SELECT count(*) FROM timeline").fetchall() == [(3,)]


def test_what_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(Missing), connect(CaseFiles(tmp_path / "none"), "timeline"):
        pass
    (tmp_path / "observables.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with (
        pytest.raises(Malformed, match=r"^observables\.parquet cannot be read"),
        connect(CaseFiles(tmp_path), "observables"),
    ):
        pass


def test_names_need_no_quotes() -> None:
    given = ["url", "URL", "at", "group", "Group", "extra_a.b", "extra_a b", "extra_é", "2nd", "", "field_at", "time"]
    names = sql_names(given)
    assert names == [
        "url",
        "URL_2",
        "field_at",
        "field_group",
        "field_Group_2",
        "extra_a_b",
        "extra_a_b_2",
        "extra__",
        "field_2nd",
        "field_",
        "field_at_2",
        "time",
    ]
    query = "SELECT " + ", ".join(f"t.c{n} AS x{n}" for n in range(len(names)))
    columns = ", ".join(f"{n} AS c{n}" for n in range(len(names)))
    assert duckdb.execute(f"{query} FROM (SELECT {columns}) t").fetchall() == [tuple(range(len(names)))]
    renamed = ", ".join(f"{n} AS {name}" for n, name in enumerate(names))
    assert duckdb.execute(f"SELECT {', '.join(names)} FROM (SELECT {renamed})").fetchall() == [tuple(range(len(names)))]


def test_every_reserved_word_is_known() -> None:
    """Against DuckDB's own list, so that a new version's words are noticed."""
    listed = duckdb.execute(
        "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    ).fetchall()
    assert {word for (word,) in listed} == RESERVED
