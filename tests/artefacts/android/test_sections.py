"""Trace sources of Android bug reports: what was planted by the generator is read again, on every version; odd forms by hand."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from report_reading import batches, command, properties, rows, service, text_report

from phonegen.android import Android, containers
from phonegen.android import model as m
from sousveil.errors import Malformed
from sousveil.readers.model import Outcome

REAL = "phones/android-bugreports/bugreport-sailfish-QP1A.191005.007.A3-2020-01-08-15-30-07.zip"
WHEN = datetime(2024, 5, 14, 6, 0, 5, 250_000, tzinfo=UTC)
APP = "com.maker.app"


def micros(when: datetime) -> int:
    return round(when.timestamp() * 1_000_000)


def second(when: datetime) -> int:
    return micros(when) // 1_000_000 * 1_000_000


def of(path: Path, artefact: str, /, **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in rows(artefact, path) if all(row.get(key) == value for key, value in wanted.items())]


def phone(android: int) -> Android:
    made = Android(android=android)
    made.add(
        m.App(name=APP, when=WHEN - timedelta(days=9)),
        m.Op(app=APP, op="CAMERA", when=WHEN, duration=timedelta(seconds=2, milliseconds=5), tag="cam"),
        m.Op(app=APP, op="READ_SMS", when=WHEN, mode="ignore", reject=True),
        m.Battery(when=WHEN, token="+job", app=APP, rest="/.Job"),
        m.Daily(app="com.gone.app", when=WHEN.replace(hour=1, microsecond=0), version=0, odd_end=True),
        m.AdbKey(owner="mallory@laptop", when=WHEN, seed="a"),
        m.Accessibility(component=f"{APP}/.Service"),
        m.Admin(component=f"{APP}/.Admin", policies=("wipe-data", "force-lock"), owner="Device Owner"),
        m.Listener(component=f"{APP}/.Listener", changed=True),
        m.Setting(namespace="secure", name="enabled_accessibility_services", value=f"{APP}/.Service"),
        m.Setting(namespace="global", name="two_lines", value="a\n_id:7 is no row\nname:x pkg:y"),
        m.DbOp(app=APP, path="/data/user/0/x/y.db", sql='SELECT "a, b"\nFROM t', when=WHEN),
        m.Drop(when=WHEN, tag="data_app_crash", process=APP),
        m.Tombstone(when=WHEN, process=APP, proto=True, message="oh"),
        m.Log(when=WHEN, tag="am_proc_start", text=f"[0,3663,10051,{APP},service,{{{APP}/.S}}]", buffer="event"),
        m.Shutdown(when=WHEN, origin="SHELL", reason="reboot,adb"),
        m.Exit(app=APP, when=WHEN),
        m.Process(name="init"),
        m.Process(name=APP, uid=10_051, threads=("com.evil.thread",)),
        m.Usage(app=APP, when=WHEN),
        m.UsageTotal(app="com.gone.app", when=WHEN, interval="weekly"),
        m.Filter(component=f"{APP}/.Sms", action="android.provider.Telephony.SMS_RECEIVED"),
    )
    return made


@pytest.fixture(scope="module", params=range(5, 17))
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    form = "text" if request.param < 7 else "zip"
    return request.param, containers.write(phone(request.param), form, tmp_path_factory.mktemp("r"))


def test_rights(report: tuple[int, Path]) -> None:
    android, path = report
    (camera,) = of(path, "android.appops", operation="CAMERA")
    (sms,) = of(path, "android.appops", operation="READ_SMS")
    assert (camera["package"], camera["mode"], camera["rejected"], sms["rejected"]) == (APP, "allow", 0, 1)
    assert camera.get("duration") == (2005 if android != 9 else None)
    exact = WHEN if android >= 9 else None
    if exact:
        assert (camera["at"], sms["at"]) == (micros(WHEN), micros(WHEN))
    else:  # relative to the moment of the dump, which the text gives to the second
        assert abs(camera["at"] - micros(WHEN)) < 120_000_000
    assert camera.get("tag") == ("cam" if android >= 11 else None)


def test_battery(report: tuple[int, Path]) -> None:
    _, path = report
    (job,) = of(path, "android.battery", event="+job")
    assert (job["package"], job["value"], job["at_utc"]) == (APP, f"{APP}/.Job", micros(WHEN))
    (gone,) = rows("android.battery_daily", path)
    assert (gone["package"], gone["removed"], gone["version_code"]) == ("com.gone.app", 1, 0)
    assert gone["day_from"] == micros(WHEN.replace(hour=1, microsecond=0)) and gone["day_to"] < gone["day_from"]


def test_power_over_the_phone(report: tuple[int, Path]) -> None:
    android, path = report
    states = {row["state"] for row in rows("android.accessibility", path) if row.get("package") == APP}
    assert states == ({"enabled", "installed"} if android >= 11 else {"enabled"})
    assert of(path, "android.accessibility", label="Service", state="bound")
    powers = {row["power"]: row.get("policies") for row in rows("android.device_policy", path)}
    assert powers == {"device owner": None, "admin": "wipe-data, force-lock"}
    listeners = {row["state"]: row.get("user_changed") for row in rows("android.notification_listeners", path)}
    assert listeners == {"allowed": 1 if android >= 12 else None, "enabled": None, "live": None}


def test_settings(report: tuple[int, Path]) -> None:
    _, path = report
    (service_row,) = of(path, "android.settings", name="enabled_accessibility_services")
    assert (service_row["value"], service_row["package"], service_row["namespace"]) == (
        f"{APP}/.Service",
        APP,
        "secure",
    )
    (two,) = of(path, "android.settings", name="two_lines")
    assert two["value"] == "a\n_id:7 is no row\nname:x pkg:y" and "x" not in {
        row["name"] for row in rows("android.settings", path)
    }


def test_computers(report: tuple[int, Path]) -> None:
    android, path = report
    if android < 10:
        return
    key = m.AdbKey(owner="mallory@laptop", when=WHEN, seed="a")
    found = rows("android.adb", path)
    assert {row["fingerprint"] for row in found} == {key.fingerprint}
    assert {row.get("computer") for row in found if row["place"] != "last_key_received"} == {"mallory@laptop"}
    times = [row["last_connection"] for row in found if "last_connection" in row]
    assert times == ([micros(WHEN)] if android < 12 else [])  # binary XML loses its numbers in a text


def test_processes(report: tuple[int, Path]) -> None:
    _, path = report
    found = rows("android.processes", path)
    assert not any("evil" in row["process"] for row in found)
    whole = {row["process"] for row in found if not row["short"]}
    assert {"init", APP} <= whole
    assert {row["package"] for row in found if row["process"] == APP} == {APP}


def test_what_happened(report: tuple[int, Path]) -> None:
    android, path = report
    (statement,) = rows("android.dbinfo", path)
    assert (statement["process"], statement["sql"], statement["at"]) == (APP, 'SELECT "a, b"\nFROM t', micros(WHEN))
    assert statement["path"] == "/data/user/0/x/y.db"
    (drop,) = rows("android.dropbox", path)
    assert (drop["tag"], drop["package"], drop["at"]) == ("data_app_crash", APP, second(WHEN))
    (start,) = rows("android.log_events", path)
    assert (start["event"], start["package"], start["pid"], start["at"]) == ("am_proc_start", APP, 3663, micros(WHEN))
    uses = rows("android.usage", path)
    assert [(row["package"], row["event"], row["at_utc"]) for row in uses] == [
        (APP, "ACTIVITY_RESUMED", micros(WHEN)),
        ("com.gone.app", "total", micros(WHEN)),
    ]
    exits = rows("android.exit_info", path)
    assert [(row["package"], row["reason"], row["at"]) for row in exits] == (
        [(APP, "CRASH(NATIVE)", micros(WHEN))] if android >= 11 else []
    )
    restarts = rows("android.shutdowns", path)
    assert [(row["origin"], row["reason"], row["at"]) for row in restarts] == (
        [("SHELL", "reboot,adb", micros(WHEN))] if android >= 13 else []
    )
    (listens,) = of(path, "android.receivers", package=APP, table="Receiver")
    assert listens["action"] == "android.provider.Telephony.SMS_RECEIVED"


def test_crashes(report: tuple[int, Path]) -> None:
    android, path = report
    found = rows("android.tombstones", path)
    assert len(found) == (2 if android >= 12 else 1)
    for row in found:
        assert (row["process"], row["package"], row["uid"], row["abort"]) == (APP, APP, 10_099, "oh")
        assert row["at"] == (micros(WHEN) if android >= 12 else second(WHEN)) and row["signal"] == "11 (SIGSEGV)"


def test_the_real_report(shared_data: Path) -> None:
    path = shared_data / REAL
    counts = {
        "android.properties": 606,
        "android.appops": 107,
        "android.receivers": 1397,
        "android.settings": 299,
        "android.dbinfo": 499,
        "android.dropbox": 1004,
        "android.usage": 73,
        "android.battery": 134,
        "android.log_events": 8,
        "android.notification_listeners": 6,
        "android.adb": 4,
        "android.accessibility": 0,
        "android.device_policy": 0,
        "android.battery_daily": 0,
        "android.exit_info": 0,
        "android.vpn": 0,
    }
    assert {name: len(rows(name, path)) for name in counts} == counts
    keys = rows("android.adb", path)
    assert {row["last_connection"] // 1000 for row in keys if "last_connection" in row} == {
        1578495537856,
        1578493853801,
    }
    running = rows("android.processes", path, "PROCESSES AND THREADS")
    assert len(running) == 544 and running[0]["process"] == "init"


def test_real_tombstones(shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    stones = folder / "FS" / "data" / "tombstones"
    stones.mkdir(parents=True)
    text_report(folder, properties(persist__sys__timezone="UTC"))
    (stones / "tombstone_00").write_bytes((shared_data / "phones/android-tombstone-text/tombstone_00").read_bytes())
    packed = shared_data / "phones/android-tombstones/tombstone.pb.gz"
    (stones / "tombstone_01.pb").write_bytes(gzip.decompress(packed.read_bytes()))
    (stones / "tombstone_02.pb").write_bytes(b"\x0a\xff\xff\xff\xff\xff\xff")
    found, errors, _ = batches("android.tombstones", folder)
    text, proto = (batch.row(0) for batch in found)
    assert (text["process"], text["thread"], text["uid"], text["pid"]) == (
        "io.sentry.sample",
        "UnityMain",
        10176,
        22334,
    )
    assert text["at"] == micros(datetime(2020, 7, 24, 20, 23, 56, tzinfo=UTC)) and text["signal"] == "11 (SIGSEGV)"
    assert (proto["process"], proto["signal"]) == ("io.sentry.samples.android", "11 (SIGSEGV)")
    assert proto["at"] // 1_000_000 == int(datetime(2025, 11, 24, 15, 26, 18, tzinfo=UTC).timestamp())
    assert [type(error) for error in errors] == [Malformed]


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("phones/android-dumpstate/emulator_api34.minimized.dump", "init"),
        ("phones/android-dumpstate/galaxy_nexus_jbmr2.minimized.dump", "/init"),
        ("phones/android-bugreports/bugreport_deadlock.txt", "/init"),
    ],
)
def test_processes_of_other_real_reports(shared_data: Path, name: str, one: str) -> None:
    found = rows("android.processes", shared_data / name)
    assert one in {row["process"] for row in found} and all(row["pid"] >= 0 for row in found)


def test_battery_times_count_from_the_last_reset(tmp_path: Path) -> None:
    body = (
        "Battery History (2% used):\n"
        "                    0 (14) RESET:TIME: 2024-05-14-08-00-00\n"
        "             +1m0s5ms (2) 100 c0b00041 status=charging plug=usb +usb_data +screen\n"
        "             +2m0s0ms (14) TIME: 2024-05-14-09-00-00\n"
        '             +3m0s0ms (2) 100 c0b00041 pkginst=1000:"a.new" wake_reason=0:"x.y.z"\n'
        "Per-PID Stats:\n"
        '             +3m0s0ms (2) 100 c0b00041 +job=0:"not.here/.J"\n'
    )
    path = text_report(tmp_path, properties(persist__sys__timezone="UTC"), service("batterystats", body))
    start = datetime(2024, 5, 14, 8, tzinfo=UTC)
    assert [(row["event"], row.get("value"), row["at"]) for row in rows("android.battery", path)] == [
        ("RESET", None, micros(start)),
        ("status", "charging", micros(start + timedelta(minutes=1, milliseconds=5))),
        ("plug", "usb", micros(start + timedelta(minutes=1, milliseconds=5))),
        ("+usb_data", None, micros(start + timedelta(minutes=1, milliseconds=5))),
        ("+screen", None, micros(start + timedelta(minutes=1, milliseconds=5))),
        ("TIME", None, micros(start + timedelta(hours=1))),
        ("pkginst", "a.new", micros(start + timedelta(minutes=3))),
    ]


def test_single_uses_and_proxies(tmp_path: Path) -> None:
    body = (
        "  Uid u0a51:\n    Package a.one:\n"
        "      MONITOR_LOCATION (allow / switch COARSE_LOCATION=allow): \n        null=[\n"
        "          Access: [fg-tpd] 2024-05-14 10:00:00.001 (-1h) duration=+1s0ms proxy[uid=10, pkg=b.two, attributionTag=T]\n"
        "          Reject: [bg-s]2024-05-14 10:00:01.000 (-1h)\n"
        "          Running start at: +2m1s389ms\n        ]\n"
        "      RECORD_AUDIO (ignore): \n"
        "  AppOps policy not set.\n  Discrete accesses: \n  Largest chain id: 12\n"
        "    Uid: 10051\n      Package: a.one\n        CAMERA\n          Attribution: null\n"
        "            Access [fg-s] at 2024-05-13 09:00:00.000 for 1500 milliseconds \n"
        "  History:\n  mode=X\n    snapshot: begin = 2024-05-12 00:00:00.000 end = 2024-05-13 00:00:00.000\n"
        "      Uid u0a51:\n        Package a.one:\n          CAMERA:\n            [fg-s] = access=12, reject=1, duration=5\n"
    )
    path = text_report(tmp_path, properties(persist__sys__timezone="UTC"), service("appops", body))
    found = rows("android.appops", path)
    assert [
        (r["operation"], r.get("rejected"), r.get("state"), r.get("proxy"), r.get("running"), r.get("single"))
        for r in found
    ] == [
        ("MONITOR_LOCATION", 0, "fg-tpd", "b.two", None, None),
        ("MONITOR_LOCATION", 1, "bg-s", None, None, None),
        ("MONITOR_LOCATION", None, None, None, 1, None),
        ("RECORD_AUDIO", None, None, None, None, None),
        ("CAMERA", 0, "fg-s", None, None, 1),
        ("CAMERA", None, None, None, None, None),
    ]
    assert found[2]["at"] == micros(datetime(2024, 5, 14, 11, 31, tzinfo=UTC)) - 121_389_000
    assert (found[4]["duration"], found[5]["count"]) == (1500, 12)


def test_services_that_are_counted_and_not_named(tmp_path: Path) -> None:
    body = "User state[attributes:{id=0, currentUser=true, installedServiceCount=2}\n     Bound services:{}\n     Enabled services:{}]\n"
    path = text_report(tmp_path, service("accessibility", body))
    found, errors, parts = batches("android.accessibility", path)
    assert (found, errors) == ([], [])
    assert {(part.name, part.outcome) for part in parts} == {
        ("installed services", Outcome.UNSUPPORTED),
        ("accessibility", Outcome.READ),
    }


def test_broken_text_is_read(tmp_path: Path) -> None:
    path = text_report(tmp_path, command("SYSTEM PROPERTIES", "[a.b]: [x\r\ny]\r\n[c]: [\0\ufffd]\r\n", "getprop"))
    raw = path.read_bytes().replace("\ufffd".encode(), b"\xff\xfe")
    path.write_bytes(raw)
    assert rows("android.properties", path) == [
        {"name": "a.b", "value": "x\ny"},
        {"name": "c", "value": "\ufffd\ufffd\ufffd"},
    ]
