"""Timeline, observables and records: exact rows, the same bytes however rows are batched, flat merges, safe output."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from case_maker import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.model import Artefact, Event
from sousveil.cases.frames import HOST, Columns, hosts_of
from sousveil.cases.observables import ObservablesSink
from sousveil.cases.parquet import ROW_GROUP, ParquetSink
from sousveil.cases.timeline import Tables, check_events, events_frame, show_timeline
from sousveil.cases.timeline_view import cell, moment
from sousveil.errors import Malformed, Missing, SousveilError, Usage
from sousveil.kinds import BundleId, Domain, Integer, MacTime, Opaque, ProcessName, Real, Role, Text, Url
from sousveil.readers.model import Context, Described
from sousveil.records import Batch, Record


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


def at(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)


def test_events() -> None:
    frame = events_frame(
        ARTEFACT,
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
    assert frame is not None
    src = "HomeDomain/a.db visits row "
    assert frame.rows() == [
        (at(T), "ios.made_up", "at", "Page visited: a.example", src + "1", "ios.made_up.3.1.at"),
        (at(T + 1_000_000), "ios.made_up", "at", "Page visited", src + "2", "ios.made_up.3.2.at"),
        (at(T), "ios.made_up", "left", "Page left: Safari", src + "2", "ios.made_up.3.2.left"),
    ]
    assert events_frame(ARTEFACT, batch({"count": [1]})) is None
    lines = Batch(artefact="ios.made_up", layout="1", file="f", count=1, lines=[9], columns={"at": [T]})
    assert events_frame(ARTEFACT, lines).row(0)[4:] == ("f line 9", "ios.made_up.0.9.at")  # type: ignore[union-attr]


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


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.none(),
            st.text(max_size=30),
            st.builds(
                "://".join,
                st.tuples(
                    st.sampled_from(["http", "HTTPS", "a+b", "", "1x"]),
                    st.text(alphabet="aB.@:/?#[]\\ 1é", max_size=12),
                ),
            ),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_quick_way_to_hosts_is_the_slow_one(links: list[str | None]) -> None:
    column = pl.Series("u", links, dtype=pl.String)
    assert hosts_of(column).to_list() == column.str.extract(HOST, 1).to_list()


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
    got = pl.read_parquet(tmp_path / "observables.parquet")
    assert got.columns == ["kind", "value", "first", "last", "artefacts", "sightings"]
    assert [
        (k, v, None if f is None else f - at(T), None if e is None else e - at(T), a, n)
        for k, v, f, e, a, n in got.rows()
    ] == [
        (k, v, None if f is None else at(T + f) - at(T), None if e is None else at(T + e) - at(T), 1, n)
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
    sink = ObservablesSink(opener(tmp_path), pending=50, run=80, block=16)
    want: dict[str, list[int]] = {}
    for number in range(60):
        urls, times = [], []
        for i in range(40):
            key = (number * 7919 + i * 104_729) % 900
            urls.append(f"https://h{key}.example/")
            times.append(T + number * 1000 + i)
            want.setdefault(f"h{key}.example", []).append(times[-1])
        sink.add(Columns(ARTEFACT, batch({"url": urls, "at": times})))
    assert sink._runs
    sink.close()
    got = pl.read_parquet(tmp_path / "observables.parquet")
    assert got.select("value", pl.col("first").cast(pl.Int64), pl.col("last").cast(pl.Int64), "sightings").rows() == [
        (host, min(t), max(t), len(t)) for host, t in sorted(want.items())
    ]


def test_same_bytes_however_batched(tmp_path: Path) -> None:
    total = ROW_GROUP * 2 + 123
    digests = set()
    for number, size in enumerate((4096, 1000, total)):
        path = tmp_path / str(number)
        sink = ParquetSink("x", path.open("wb"), {"a": pl.Int64(), "b": pl.String()})
        for start in range(0, total, size):
            values = range(start, min(start + size, total))
            sink.add(pl.DataFrame({"a": list(values), "b": [f"v{v % 97}" for v in values]}))
        sink.close()
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
        assert pl.read_parquet(path)["a"].to_list() == list(range(total))
    assert len(digests) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("rows", [10, ROW_GROUP * 3])
def test_full_disk(rows: int) -> None:
    sink = ParquetSink("timeline.parquet", opener(Path("/dev"))("full"), {"a": pl.Int64()})
    with pytest.raises(SousveilError, match="disk is full"):
        for start in range(0, rows, 8192):
            sink.add(pl.DataFrame({"a": list(range(start * 7, start * 7 + min(8192, rows)))}))
        sink.close()
    sink.abort()


def test_abort_ends_the_writer(tmp_path: Path) -> None:
    sink = ParquetSink("x", (tmp_path / "x").open("wb"), {"a": pl.Int64()})
    sink.add(pl.DataFrame({"a": list(range(ROW_GROUP * 2))}))
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
    rows = pl.read_parquet(tmp_path / "records" / "ios.made_up.parquet").to_dicts()
    assert [{k: v for k, v in row.items() if v is not None} for row in rows] == [
        {
            "source.file": "HomeDomain/a.db",
            "source.table": "visits",
            "source.row": 1,
            "layout": "1",
            "url": "https://a.example",
            "at": at(T),
            "score": 1.0,
            "raw": "01",
            "extra.blob": b"\x02",
            "extra.kept": 1,
            "extra.mixed": "1",
        },
        {
            "source.file": "HomeDomain/a.db",
            "source.table": "visits",
            "source.row": 2,
            "layout": "1",
            "score": 2.5,
            "raw": "7",
            "extra.blob": b"\x02",
            "extra.kept": 2,
            "extra.mixed": "x",
        },
        {
            "source.file": "HomeDomain/a.db",
            "source.table": "visits",
            "source.row": 1,
            "layout": "1",
            "title": "t",
            "extra.mixed": "4",
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
    assert rows[0] == ["at", "artefact", "event", "summary", "source", "event_id"]
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
    with pytest.raises(Usage):
        moment("soon")


def test_ranges_are_in_order(shown_case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text_of(shown_case, form="csv")
    monkeypatch.setattr("sousveil.cases.timeline_view.RANGE", 1)
    assert text_of(shown_case, form="csv") == whole


def test_not_a_timeline(tmp_path: Path) -> None:
    with pytest.raises(Missing):
        text_of(tmp_path)
    (tmp_path / "timeline.parquet.age").write_bytes(b"x")
    with pytest.raises(Usage, match="Decrypt it first"):
        text_of(tmp_path)
    (tmp_path / "timeline.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(Malformed):
        text_of(tmp_path)


def test_empty(tmp_path: Path) -> None:
    Tables(opener(tmp_path), full_records=True).close()
    assert text_of(tmp_path) == ""
    assert pl.read_parquet(tmp_path / "observables.parquet").height == 0
