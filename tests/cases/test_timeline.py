"""Timeline, observables and records: exact rows, the same bytes however rows are batched, flat merges, safe output."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyrage
import pytest
from case_maker import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, Event
from sousveil.cases.column_types import Type
from sousveil.cases.frames import Columns, host_of
from sousveil.cases.observables import ObservablesSink
from sousveil.cases.parquet import ROW_GROUP, One, ParquetSink
from sousveil.cases.parquet_pages import Numbers
from sousveil.cases.timeline import Tables, TimelineSink, check_events, events
from sousveil.cases.timeline_view import cell, moment, show_timeline
from sousveil.errors import Locked, Malformed, Missing, SousveilError, Usage
from sousveil.kinds import BundleId, Domain, Integer, MacTime, Opaque, ProcessName, Real, Role, Text, Url
from sousveil.readers.model import Context, Described
from sousveil.records import Batch, Record, Texts
from tests.parquet_tables import rows, types
from tests.profiles import examples


class Visit(Record):
    """A visit."""

    url: Url
    title: Text
    at: MacTime
    left: MacTime
    process: ProcessName
    app: BundleId
    host: Domain
    count: Integer
    score: Real
    raw: Opaque


def _read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    yield from ()


ARTEFACT = Artefact(
    name="ios.made_up",
    title="Made up",
    needs={},
    record=Visit,
    read=_read,
    role=Role.VISITED,
    events=(Event(at="at", says="Page visited", shows="url"), Event(at="left", says="Page left", shows="process")),
)
T = 1_770_000_000_000_000


def batch(columns: dict[str, list[Any]], **rest: Any) -> Batch:
    count = len(next(iter(columns.values())))
    return Batch(
        artefact="ios.made_up",
        layout="1",
        file="HomeDomain/a.db",
        count=count,
        table="visits",
        rows=list(range(1, count + 1)),
        columns=columns,
        **rest,
    )


def opener(folder: Path) -> Any:
    def open_file(name: str) -> Any:
        (folder / name).parent.mkdir(exist_ok=True)
        return (folder / name).open("wb")

    return open_file


def event_rows(folder: Path, given: Batch, task: int = 0) -> list[tuple[Any, ...]]:
    """The rows of a timeline."""
    sink = TimelineSink(opener(folder))
    sink.add(events(ARTEFACT, given, task, Columns(ARTEFACT, given)))
    sink.close()
    return rows(folder / "timeline.parquet")


def test_events(tmp_path: Path) -> None:
    found = event_rows(
        tmp_path,
        batch(
            {
                "url": ["https://u:p@A.Example.:80/secret", None, "nonsense"],
                "at": [T, T + 1_000_000, None],
                "left": [None, T, 1 << 70],
            },
            same={"process": "Safari"},
        ),
        task=3,
    )
    src = "HomeDomain/a.db visits row "
    assert found == [
        (T, "ios.made_up", "at", "Page visited: a.example", src + "1", "ios.made_up.3.1.at"),
        (T + 1_000_000, "ios.made_up", "at", "Page visited", src + "2", "ios.made_up.3.2.at"),
        (T, "ios.made_up", "left", "Page left: Safari", src + "2", "ios.made_up.3.2.left"),
    ]
    assert event_rows(tmp_path, batch({"count": [1]})) == []
    lines = Batch(artefact="ios.made_up", layout="1", file="f", count=1, lines=[9], columns={"at": [T]})
    assert event_rows(tmp_path, lines)[0][4:] == ("f line 9", "ios.made_up.0.9.at")


def test_no_artefact_may_show_words() -> None:
    bad = Artefact(
        name="x",
        title="x",
        needs={},
        record=Visit,
        read=_read,
        role=Role.SENT,
        events=(Event(at="at", says="x", shows="title"),),
    )
    with pytest.raises(TypeError):
        check_events(bad)


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text(max_size=30),
            st.builds(
                "://".join,
                st.tuples(
                    st.sampled_from(["http", "HTTPS", "a+b", "", "1x", "\u017f\u212a", "\u0131\u0130"]),
                    st.text(alphabet="aB.@:/?#[]\\ 1é\x1f\x85\u2003\n", max_size=12),
                ),
            ),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_hosts_of_links_are_those_of_another_engine(links: list[str | None]) -> None:
    wanted = duckdb.execute("SELECT regexp_extract(link, $1, 1) FROM unnest($2::VARCHAR[]) AS t(link)", [HOST, links])
    assert [host_of(link) if link is not None else None for link in links] == [
        host or None for (host,) in wanted.fetchall()
    ]


@settings(max_examples=examples(100), deadline=None)
@given(
    st.lists(
        st.sampled_from(["", "é", "x", "webcal://h.example/x", "chrome-extension://Abc./d", "https:///", "a://b", "//"])
        | st.text(alphabet="ab:/.é@", max_size=14)
        | st.builds("https://{}".format, st.text(alphabet="aB:/.é@?", max_size=14)),
        min_size=1,
        max_size=9,
    )
)
def test_hosts_of_joined_links_are_those_of_each(links: list[str]) -> None:
    wanted = [host and host.lower().rstrip(".") for host in map(host_of, links)]
    for column in (links, Texts(joined="\x1f".join(links).encode())):
        one = Batch(artefact="a", layout="l", file="f", count=len(links), columns={"url": column})
        codes, held = Columns(ARTEFACT, one).hosts("url")
        assert [held[code] for code in codes.tolist()] == wanted


HOST = r"(?i)^[a-z][a-z0-9+.\-]{0,20}://(?:[^/?#@\\]*@)?(\[[0-9a-f:.]+\]|[^/?#:\\@\t-\r \x{85}\x{a0}\x{2003}]+)"
"""The host of a link (first group), for the regular expressions of RE2."""


def test_observables(tmp_path: Path) -> None:
    tables = Tables(opener(tmp_path))
    tables.add(
        ARTEFACT,
        batch(
            {
                "url": ["https://A.example/x", "http://10.0.0.1:8080/", "https://[2001:db8::1]/", None],
                "title": ["see http://b.example/secret, (https://c.example).", "none", None, "https://a.example"],
                "at": [T + 5, T + 9, None, T],
                "left": [T + 7, None, None, None],
                "process": ["bh", "mDNSResponder/com.app.one", None, "bh"],
                "host": ["D.Example.", None, None, None],
            },
            same={"app": "com.app.two"},
        ),
    )
    tables.close()
    path = tmp_path / "observables.parquet"
    assert list(types(path)) == ["kind", "value", "first_seen", "last_seen", "artefacts", "sightings"]
    assert rows(path) == [
        (k, v, None if f is None else T + f, None if e is None else T + e, 1, n)
        for k, v, f, e, n in [
            ("address", "10.0.0.1", 9, 9, 1),
            ("address", "2001:db8::1", None, None, 1),
            ("bundle_id", "com.app.one", 9, 9, 1),
            ("bundle_id", "com.app.two", 0, 9, 4),
            ("host", "a.example", 0, 7, 2),
            ("host", "b.example", 5, 7, 1),
            ("host", "c.example", 5, 7, 1),
            ("host", "d.example", 5, 7, 1),
            ("process", "bh", 0, 7, 2),
            ("process", "mDNSResponder", 9, 9, 1),
        ]
    ]


def test_observables_merge_runs(tmp_path: Path) -> None:
    """Small limits force many runs; the result is that of one big dictionary."""
    sink = ObservablesSink(opener(tmp_path), run=80, block=16)
    want: dict[str, list[int]] = {}
    for number in range(60):
        urls, times = [], []
        for i in range(40):
            key = (number * 7919 + i * 104_729) % 900
            urls.append(f"https://h{key}.example/")
            times.append(T + number * 1000 + i)
            want.setdefault(f"h{key}.example", []).append(times[-1])
        sink.add(Columns(ARTEFACT, batch({"url": urls, "at": times})))
    assert sink._stored
    sink.close()
    assert [(v, f, e, n) for _, v, f, e, _, n in rows(tmp_path / "observables.parquet")] == [
        (host, min(t), max(t), len(t)) for host, t in sorted(want.items())
    ]


KEPT = st.sampled_from(
    ["a.example", "B.example", "b.example.", "1.2.3.4", "[::1]", "", "x" * 1025, "y" * 1024, "é", "\x1f"]
)


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ios.made_up", "ios.other", "ios.third"]),
            st.lists(
                st.tuples(st.none() | KEPT, st.none() | KEPT, st.none() | st.integers(0, 50)), min_size=1, max_size=9
            ),
        ),
        max_size=12,
    ),
    st.sampled_from([1, 4, 1000]),
    st.sampled_from([1, 3, 1000]),
)
def test_observables_are_those_of_one_dictionary(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[tuple[str, list[tuple[str | None, str | None, int | None]]]],
    run: int,
    block: int,
) -> None:
    folder = tmp_path_factory.mktemp("observables")
    sink = ObservablesSink(opener(folder), run=run, block=block)
    seen: dict[tuple[str, str], tuple[list[int], set[str], int]] = {}
    for artefact, seen_rows in batches:
        hosts, apps, instants = zip(*seen_rows, strict=True)
        given = batch({"host": list(hosts), "app": list(apps), "at": list(instants)})
        sink.add(Columns(msgspec.structs.replace(ARTEFACT, name=artefact), given))
        for host, app, when in seen_rows:
            name = (host or "").lower().rstrip(".")
            address = {"1.2.3.4": "1.2.3.4", "[::1]": "::1"}.get(name)
            for kind, value in (("address" if address else "host", address or name), ("bundle_id", app)):
                if value and len(value) <= 1024:
                    times, holders, count = seen.get((kind, value), ([], set(), 0))
                    seen[kind, value] = [*times, *([when] if when is not None else [])], holders | {artefact}, count + 1
    sink.close()
    assert rows(folder / "observables.parquet") == [
        (kind, value, min(times, default=None), max(times, default=None), len(holders), count)
        for (kind, value), (times, holders, count) in sorted(seen.items())
    ]


def test_short_groups_are_joined_and_long_ones_not_cut(tmp_path: Path) -> None:
    path, at = tmp_path / "x", 0
    sink = ParquetSink("x", path.open("wb"), {"a": Type.WHOLE, "b": Type.TEXT}, row_group=100)
    for count in (1, 30, 19, 49, 1, 500, 10, 3):
        sink.add([numbers(at, count), One("x" if at else None, Type.TEXT)], count)
        at += count
    sink.close()
    assert sink.rows == at
    assert rows(path) == [(n, "x" if n else None) for n in range(at)]
    groups = duckdb.execute("SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata($1)", [str(path)])
    assert sorted(groups.fetchall()) == [(0, 50), (1, 50), (2, 500), (3, 13)]


def numbers(start: int, rows: int) -> Numbers:
    """So many whole numbers, ascending."""
    return Numbers(rows, None, np.arange(start, start + rows, dtype=np.int64))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("rows", [10, ROW_GROUP * 3])
def test_full_disk(rows: int) -> None:
    sink = ParquetSink("timeline.parquet", opener(Path("/dev"))("full"), {"a": Type.WHOLE})
    with pytest.raises(SousveilError, match="disk is full"):
        for start in range(0, rows, 8192):
            sink.add([numbers(start, min(8192, rows))], min(8192, rows))
        sink.close()
    sink.abort()


def test_abort_ends_the_writer(tmp_path: Path) -> None:
    sink = ParquetSink("x", (tmp_path / "x").open("wb"), {"a": Type.WHOLE})
    sink.add([numbers(0, ROW_GROUP * 2)], ROW_GROUP * 2)
    sink.abort()
    assert sink._thread is not None and not sink._thread.is_alive()


def test_records_keep_everything(tmp_path: Path) -> None:
    tables = Tables(opener(tmp_path), full_records=True, together=1)
    tables.records._gather = 2  # type: ignore[union-attr]
    tables.add(
        ARTEFACT,
        batch(
            {"url": ["https://a.example", None], "at": [T, 1 << 70], "score": [1, 2.5], "raw": [b"\x01", 7]},
            extra={"kept": [1, 2], "mixed": [1, "x"]},
            extra_same={"blob": b"\x02"},
        ),
    )
    tables.add(
        ARTEFACT, batch({"title": ["t"]}, extra={"kept": ["no number"], "late": [3], "mixed": [4], "huge": [1 << 70]})
    )
    tables.close()
    path = tmp_path / "records" / "ios.made_up.parquet"
    found = [dict(zip(types(path), row, strict=True)) for row in rows(path)]
    assert [{k: v for k, v in row.items() if v is not None} for row in found] == [
        {
            "source_file": "HomeDomain/a.db",
            "source_table": "visits",
            "source_row": 1,
            "layout": "1",
            "url": "https://a.example",
            "field_at": T,
            "score": 1.0,
            "raw": "01",
            "extra_blob": b"\x02",
            "extra_kept": 1,
            "extra_mixed": "1",
        },
        {
            "source_file": "HomeDomain/a.db",
            "source_table": "visits",
            "source_row": 2,
            "layout": "1",
            "score": 2.5,
            "raw": "7",
            "extra_blob": b"\x02",
            "extra_kept": 2,
            "extra_mixed": "x",
        },
        {
            "source_file": "HomeDomain/a.db",
            "source_table": "visits",
            "source_row": 1,
            "layout": "1",
            "title": "t",
            "extra_mixed": "4",
            "extra": '{"huge":"1180591620717411303424","kept":"no number","late":3}',
        },
    ]


@pytest.fixture
def shown_case(tmp_path: Path) -> Path:
    tables = Tables(opener(tmp_path))
    tables.add(ARTEFACT, batch({"url": ["https://b.example/", "https://a.example/"], "at": [T + 86_400_000_000, T]}))
    evil = Batch(
        artefact="ios.made_up",
        layout="1",
        file="=" + HOSTILE,
        count=1,
        table=HOSTILE,
        rows=[1],
        columns={"left": [T + 1_500_000], "process": [HOSTILE]},
    )
    tables.add(ARTEFACT, evil)
    tables.close()
    return tmp_path


def text_of(case: Path, **rest: Any) -> str:
    out = io.StringIO()
    show_timeline(case, out, **rest)
    return out.getvalue()


def test_table_sorted_and_defanged(shown_case: Path) -> None:
    lines = text_of(shown_case).splitlines()
    assert (
        lines[0]
        == "2026-02-02 02:40:00  ios.made_up              Page visited: a[.]example  (HomeDomain/a.db visits row 2)"
    )
    assert [line[:10] for line in lines] == ["2026-02-02", "2026-02-02", "2026-02-03"]
    assert "\x1b" not in lines[1] and "\u202e" not in lines[1] and "https://" not in lines[1]


def test_csv_holds_no_formula(shown_case: Path) -> None:
    rows = list(csv.reader(io.StringIO(text_of(shown_case, form="csv"))))
    assert rows[0] == ["time", "artefact", "event", "summary", "source", "event_id"]
    assert rows[1] == [
        "2026-02-02T02:40:00.000000Z",
        "ios.made_up",
        "at",
        "Page visited: a.example",
        "HomeDomain/a.db visits row 2",
        "ios.made_up.0.2.at",
    ]
    assert rows[2][4].startswith("'=\\u001b]8") and len(rows) == 4
    for first in "=+-@\t\r":
        assert cell(first + "1")[0] == "'"


def test_jsonl_for_timesketch(shown_case: Path) -> None:
    rows = [json.loads(line) for line in text_of(shown_case, form="jsonl").splitlines()]
    assert rows[0] == {
        "message": "Page visited: a.example",
        "datetime": "2026-02-02T02:40:00.000000+00:00",
        "timestamp": T,
        "timestamp_desc": "at",
        "data_type": "sousveil:ios.made_up",
        "source": "HomeDomain/a.db visits row 2",
        "event_id": "ios.made_up.0.2.at",
    }
    assert rows[1]["timestamp"] == T + 1_500_000


def test_narrowing(shown_case: Path) -> None:
    assert len(text_of(shown_case, grep="B.EXAMPLE").splitlines()) == 1
    assert len(text_of(shown_case, until="2026-02-02").splitlines()) == 2
    assert len(text_of(shown_case, since="2026-02-02T02:40:01").splitlines()) == 2
    assert moment("2026-02-02", end=True) == datetime(2026, 2, 2, 23, 59, 59, 999_999, UTC)
    for wrong in ("soon", "0001-01-01T00:00+05:00", "9999-12-31T23:00-05:00"):
        with pytest.raises(Usage):
            moment(wrong)
    assert moment("9999-12-31", end=True) == datetime.max.replace(tzinfo=UTC)


def test_ranges_are_in_order(shown_case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text_of(shown_case, form="csv")
    monkeypatch.setattr("sousveil.cases.timeline_view.RANGE", 1)
    assert text_of(shown_case, form="csv") == whole


def test_the_timeline_of_an_encrypted_case(shown_case: Path, tmp_path: Path) -> None:
    """With the identity the same lines come out, and nothing decrypted is left."""
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(str(identity))
    case = tmp_path / "case"
    case.mkdir()
    stored = pyrage.encrypt((shown_case / "timeline.parquet").read_bytes(), [identity.to_public()])
    (case / "timeline.parquet.age").write_bytes(stored)
    plain = text_of(shown_case)
    assert plain and text_of(case, identity=tmp_path / "key") == plain
    assert [path.name for path in case.iterdir()] == ["timeline.parquet.age"]


def test_not_a_timeline(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        text_of(tmp_path)
    (tmp_path / "timeline.parquet.age").write_bytes(b"x")
    with pytest.raises(Locked, match="--identity"):
        text_of(tmp_path)
    (tmp_path / "timeline.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(Malformed):
        text_of(tmp_path)


def test_empty(tmp_path: Path) -> None:
    Tables(opener(tmp_path), full_records=True).close()
    assert text_of(tmp_path) == ""
    assert rows(tmp_path / "observables.parquet") == []
