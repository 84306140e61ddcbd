"""The power log, permissions, and the databases of the store."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest
from archives import artefact, batches, rows, sysdiagnose

from phonegen.sysdiagnose import databases, model
from phonegen.sysdiagnose.model import Sysdiagnose
from sousveil.acquisition import evidence_db
from sousveil.artefacts.model import Event
from sousveil.errors import LimitExceeded, Malformed, Unsupported
from sousveil.records import Source

WHEN = datetime(2024, 5, 20, 6, tzinfo=UTC)
AT = 1_716_184_800_000_000
MINUTES = 5 * 60_000_000
POWER = "logs/powerlogs/powerlog_2024-05-24_07-30_0123ABCD.PLSQL"
OFFSET = "PLStorageOperator_EventForward_TimeOffset"
USAGE = "PLProcessNetworkAgent_EventInterval_UsageDiff"


def files(*entries: Any, ios: str = "17.5") -> dict[str, bytes | str]:
    phone = Sysdiagnose(ios)
    phone.add(*entries)
    return dict(databases.files(phone))


def database(tmp_path: Path, *statements: str) -> bytes:
    path = tmp_path / "made.db"
    path.unlink(missing_ok=True)
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("ios", ["15.3.1", "17.5"])
def test_traffic_of_a_process_in_utc(tmp_path: Path, ios: str) -> None:
    """Before iOS 16 the log is stored as it is, later compressed."""
    content = files(model.Traffic(name="bh", bundle="org.example", when=WHEN, cell_out=7), ios=ios)
    assert any(name.endswith(".gz") for name in content) == (ios == "17.5")
    (row,) = rows("sysdiagnose.power_traffic", sysdiagnose(tmp_path, content))
    assert row == {
        "process": "bh",
        "bundle": "org.example",
        "start": AT,
        "until": AT + MINUTES,
        "wifi_in": 1000,
        "wifi_out": 500,
        "cell_in": 0,
        "cell_out": 7,
    }


def test_processes_apps_and_sensors_of_the_power_log(tmp_path: Path) -> None:
    archive = sysdiagnose(
        tmp_path,
        files(
            model.Monitored(name="bh", when=WHEN, pid=37, seconds=2.5),
            model.PowerState(bundle="org.example", when=WHEN, pid=308),
            model.PowerApp(bundle="org.example", executable="Example", when=WHEN, deleted=WHEN + timedelta(days=1)),
            model.PowerUninstall(bundle="org.gone", when=WHEN),
            model.PowerMedia(bundle="org.example", when=WHEN),
            model.PowerMedia(bundle="org.sound", when=WHEN, what="audio"),
        ),
    )
    assert rows("sysdiagnose.power_processes", archive) == [
        {"process": "bh", "pid": 37, "counted": AT, "until": AT + MINUTES, "seconds": 2.5},
        {"bundle": "org.example", "pid": 308, "counted": AT, "state": 2, "reason": 0},
    ]
    assert rows("sysdiagnose.power_apps", archive) == [
        {
            "bundle": "org.example",
            "process": "Example",
            "app": "Example",
            "version": "1",
            "listed": AT,
            "deleted": AT + 24 * 3600 * 1_000_000,
        },
        {"bundle": "org.gone", "app": "App", "uninstalled": AT},
    ]
    assert rows("sysdiagnose.power_sensors", archive) == [
        {"bundle": "org.example", "used": AT, "camera": 2, "state": 1},
        {"process": "org.sound", "used": AT, "pid": 99, "operation": "Playing", "route": "Speaker"},
    ]


def test_the_offset_is_the_latest_that_is_not_later(tmp_path: Path) -> None:
    content = database(
        tmp_path,
        f"CREATE TABLE {OFFSET} (ID INTEGER PRIMARY KEY, timestamp REAL, system REAL)",
        f"CREATE TABLE {USAGE} (ID INTEGER PRIMARY KEY, timestamp REAL, ProcessName TEXT)",
        f"INSERT INTO {OFFSET} (timestamp, system) VALUES (2000, 7), (1000, -5), (3000, 100)",
        f"INSERT INTO {USAGE} (timestamp, ProcessName) VALUES (500, 'a'), (1000, 'b'), (1999, 'c'), (2000.5, 'd'), (9000, 'e')",
    )
    found = rows("sysdiagnose.power_traffic", sysdiagnose(tmp_path, {POWER: content}))
    assert [(row["process"], row["start"] / 1e6) for row in found] == [
        ("a", 495),
        ("b", 995),
        ("c", 1994),
        ("d", 2007.5),
        ("e", 9100),
    ]


def test_without_offsets_there_is_no_time(tmp_path: Path) -> None:
    """The log's clock is not the calendar."""
    content = database(
        tmp_path,
        f"CREATE TABLE {USAGE}_1_2 (ID INTEGER PRIMARY KEY, timestamp REAL, ProcessName TEXT, New TEXT)",
        f"INSERT INTO {USAGE}_1_2 VALUES (1, 500, 'a', 'b')",
    )
    found, errors = batches("sysdiagnose.power_traffic", sysdiagnose(tmp_path, {POWER: content}))
    assert errors == []
    assert [(batch.row(0), batch.table, batch.extra_same) for batch in found] == [
        ({"process": "a"}, USAGE + "_1_2", {"ID": 1, "New": "b"})
    ]
    traffic = artefact("sysdiagnose.power_traffic")
    assert not traffic.verified(found[0].source(0))
    assert traffic.verified(Source(file=found[0].file, table=USAGE))


def test_a_transfer_in_the_background_names_its_program(tmp_path: Path) -> None:
    table = "PLXPCAgent_EventPoint_BackgroundTransfer"
    content = database(
        tmp_path,
        f"CREATE TABLE {table} (timestamp REAL, bundleID TEXT, bytesSent INTEGER, errorFailingURL TEXT)",
        f"INSERT INTO {table} VALUES (1, 'com.apple.mobileassetd:[com.apple.mobileassetd:(null)]', 9, 'https://a.example/x')",
        f"INSERT INTO {table} VALUES (1, 'org.example', NULL, NULL)",
    )
    assert rows("sysdiagnose.power_traffic", sysdiagnose(tmp_path, {POWER: content})) == [
        {"process": "com.apple.mobileassetd", "bytes_out": 9, "url": "https://a.example/x"},
        {"process": "org.example"},
    ]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("power_traffic", POWER),
        ("power_processes", POWER),
        ("power_apps", POWER),
        ("power_sensors", POWER),
        ("app_store", "logs/appinstallation/appstored.sqlitedb"),
        ("store_downloads", "logs/itunesstored/downloads.28.sqlitedb"),
    ],
)
def test_a_database_without_a_known_table_is_unsupported(tmp_path: Path, name: str, place: str) -> None:
    content = database(tmp_path, "CREATE TABLE other (a)", "INSERT INTO other VALUES (1)")
    found, errors = batches(f"sysdiagnose.{name}", sysdiagnose(tmp_path, {place: content}))
    assert (found, [type(error) for error in errors]) == ([], [Unsupported])


def test_a_compressed_database_that_is_damaged_or_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (name, packed), *_ = (
        (name, data) for name, data in files(model.Traffic(name="bh", when=WHEN)).items() if ".gz" in name
    )
    assert isinstance(packed, bytes)

    def errors(data: bytes) -> list[type[Exception]]:
        return [type(error) for error in batches("sysdiagnose.power_traffic", sysdiagnose(tmp_path, {name: data}))[1]]

    assert errors(packed) == []
    assert errors(packed[: len(packed) // 2]) == [Malformed]
    assert errors(b"no gzip") == [Malformed]
    assert errors(gzip.compress(b"")) == [Malformed]
    monkeypatch.setattr(evidence_db, "MAX_UNZIPPED", len(gzip.decompress(packed)))
    assert errors(packed) == []
    monkeypatch.setattr(evidence_db, "MAX_UNZIPPED", len(gzip.decompress(packed)) - 1)
    assert errors(packed) == [LimitExceeded]


def test_permissions(tmp_path: Path) -> None:
    archive = sysdiagnose(
        tmp_path,
        files(
            model.Permission(client="org.example", when=WHEN),
            model.Permission(client="/private/var/tmp/x", when=WHEN, value=0),
        ),
    )
    found = rows("sysdiagnose.tcc", archive)
    assert [(r.get("bundle"), r.get("path"), r["service"], r["auth_value"], r["last_modified"]) for r in found] == [
        ("org.example", None, "kTCCServiceMicrophone", "allowed", AT),
        (None, "/private/var/tmp/x", "kTCCServiceMicrophone", "denied", AT),
    ]


def test_apps_and_downloads_of_the_store_are_unverified(tmp_path: Path) -> None:
    archive = sysdiagnose(
        tmp_path,
        files(model.StoreApp(bundle="org.example", when=WHEN), model.Download(bundle="org.example", when=WHEN)),
    )
    found, errors = batches("sysdiagnose.app_store", archive)
    assert errors == []
    assert {batch.table: batch.row(0) for batch in found} == {
        "current_apps": {"bundle": "org.example", "version": "1.0", "installed": AT},
        "app_install": {"bundle": "org.example", "version": "1.0", "changed": AT, "account": "owner@example.org"},
        "purchase_history_apps": {
            "bundle": "org.example",
            "app": "App",
            "installed": AT,
            "account": "owner@example.org",
        },
    }
    kinds = artefact("sysdiagnose.app_store").kinds
    assert kinds["account"].sensitive and not any(
        artefact("sysdiagnose.app_store").verified(b.source(0)) for b in found
    )
    assert rows("sysdiagnose.store_downloads", archive) == [
        {"bundle": "org.example", "kind": "software", "begun": AT, "account": "owner@example.org"},
        {
            "bundle": "org.example",
            "url": "https://store.example.org/app.ipa",
            "path": "/private/var/mobile/Media/Downloads/1.ipa",
            "begun": AT,
        },
    ]


def test_a_real_power_log(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "phones/ios-plaso/powerlog_2021-12-16_05-54_84E2141B.PLSQL"
    if not source.is_file():
        pytest.skip("shared data has no power log")
    plain, packed = (
        sysdiagnose(tmp_path / "a", {POWER: source.read_bytes()}),
        sysdiagnose(tmp_path / "b", {POWER + ".gz": gzip.compress(source.read_bytes(), 1)}),
    )

    def counted(name: str, archive: Path) -> list[tuple[str, int]]:
        found, errors = batches(f"sysdiagnose.power_{name}", archive)
        assert errors == []
        return [((batch.table or "").rpartition("_")[2], batch.count) for batch in found]

    expected = {
        "processes": [
            ("Dynamic", 549),
            ("Dynamic", 861),
            ("ProcessID", 994),
            ("CoalitionInterval", 382),
            ("Application", 188),
        ],
        "traffic": [("UsageDiff", 182), ("BackgroundTransfer", 563)],
        "apps": [("AllApps", 132), ("AllPlugins", 220)],
        "sensors": [("Camera", 1), ("NowPlaying", 1)],
    }
    for name, tables in expected.items():
        assert counted(name, plain) == counted(name, packed) == tables
    first = rows("sysdiagnose.power_traffic", plain)[0]
    assert first == {
        "process": "com.toyopagroup.picaboo",
        "bundle": "com.toyopagroup.picaboo",
        "start": 1_635_848_254_077_993,  # 373 to 412 seconds before what the row says
        "until": 1_635_848_571_260_249,
        "wifi_in": 200,
        "wifi_out": 0,
        "cell_in": 0,
        "cell_out": 0,
    }


def test_every_table_of_the_app_store(tmp_path: Path) -> None:
    dated = dict.fromkeys(("current_apps", "app_updates", "app_install", "installation_event"), "install_date")
    dated["purchase_history_apps"] = "date_purchased"
    texts = ("bundle_id", "long_title", "bundle_version", "vendor_name", "store_url", "account_identifier")
    statements = []
    for table, installed in dated.items():
        values = ", ".join(f"'{table} {name}'" for name in texts)
        statements.append(f"CREATE TABLE {table} ({', '.join(texts)}, {installed}, timestamp)")
        statements.append(f"INSERT INTO {table} VALUES ({values}, 737877600, 737877660)")
    content = database(tmp_path, *statements)
    for name in ("appstored", "AppUpdates"):
        archive = sysdiagnose(tmp_path, {f"logs/appinstallation/{name}.sqlitedb": content})
        found, errors = batches("sysdiagnose.app_store", archive)
        assert errors == [] and {batch.table: batch.row(0) for batch in found} == {
            table: {
                "bundle": f"{table} bundle_id",
                "app": f"{table} long_title",
                "version": f"{table} bundle_version",
                "vendor": f"{table} vendor_name",
                "url": f"{table} store_url",
                "account": f"{table} account_identifier",
                "installed": AT,
                "changed": AT + 60_000_000,
            }
            for table in dated
        }
    declared = artefact("sysdiagnose.app_store")
    assert declared.events == (Event(at="installed", says="app bought or installed", shows="bundle"),)


def test_every_field_of_a_download_of_the_store(tmp_path: Path) -> None:
    download = "CREATE TABLE download (pid, kind, bundle_id, title, timestamp, account_id)"
    place = "logs/itunesstored/downloads.28.sqlitedb"
    content = database(
        tmp_path,
        download,
        "INSERT INTO download VALUES (7, 'software', 'org.example', 'App', 737877600, 'owner')",
        "CREATE TABLE asset (download_id, url, local_path, asset_type)",
        "INSERT INTO asset VALUES (7, 'https://a.example/1', '/tmp/1', 'media')",
    )
    found, errors = batches("sysdiagnose.store_downloads", sysdiagnose(tmp_path, {place: content}))
    assert errors == [] and [(batch.layout, batch.row(0)) for batch in found] == [
        (
            "download",
            {"bundle": "org.example", "kind": "software", "title": "App", "begun": AT, "account": "owner"},
        ),
        (
            "asset",
            {
                "bundle": "org.example",
                "kind": "media",
                "url": "https://a.example/1",
                "path": "/tmp/1",
                "begun": AT,
            },
        ),
    ]
    content = database(
        tmp_path,
        "CREATE TABLE asset (url, local_path)",
        "INSERT INTO asset VALUES ('https://a.example/2', '/tmp/2')",
    )
    found, errors = batches("sysdiagnose.store_downloads", sysdiagnose(tmp_path, {place: content}))
    assert errors == [] and [(batch.layout, batch.row(0)) for batch in found] == [
        ("asset alone", {"url": "https://a.example/2", "path": "/tmp/2"})
    ]
    declared = artefact("sysdiagnose.store_downloads")
    assert declared.events == (Event(at="begun", says="download of the store", shows="bundle"),)
    assert [seen.verified for seen in declared.seen] == [False]
