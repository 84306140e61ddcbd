"""Whole rows of rights, packages and processes of small hand-written reports, field by field."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from report_reading import batches, command, properties, rows, service, text_report

from sousveil.artefacts.model import discover
from sousveil.errors import Unsupported

ZONE = properties(persist__sys__timezone="UTC")


def micros(day: int, hour: int = 0, minute: int = 0, second: int = 0, thousandth: int = 0) -> int:
    return round(datetime(2024, 5, day, hour, minute, second, thousandth * 1000, tzinfo=UTC).timestamp() * 1_000_000)


@pytest.mark.parametrize("name", ["android.appops", "android.packages", "android.processes"])
def test_layouts_were_seen(name: str) -> None:
    assert all(seen.verified for seen in discover()[name].seen)


# ---------------------------------------------------------------- rights
RIGHTS = (
    "  Uid 1000:\n    state=cch\n    Package android:\n      VIBRATE (allow):\n"
    "  Uid u0a51:\n    Package a.one:\n      CAMERA (allow):\n        cam=[\n"
    "          Access: [fg-s] 2024-05-14 10:00:00.001 (-1h) duration=+1s5ms proxy[uid=10, pkg=b.two, attributionTag=T]\n"
    "          Reject: [bg-s] 2024-05-14 10:00:01.000 (-1h)\n        ]\n"
    "        null=[\n          Running start at: +2m1s389ms\n        ]\n"
    "    Package c.three:\n      READ_SMS: mode=ignore; time=+1m0s0ms ago; rejectTime=-2m0s0ms ago; duration=+3s0ms\n"
    "      READ_CONTACTS: mode=deny\n"
    "  Discrete accesses:\n"
    "            Access [fg-s] at 2024-05-13 08:00:00.000\n"
    "    Uid: 10052\n      Package: d.four\n"
    "            Access [fg-s] at 2024-05-13 08:30:00.000\n"
    "        CAMERA\n          Attribution: tag\n"
    "            Access [fg-s] at 2024-05-13 09:00:00.000 for 1500 milliseconds\n"
    "          Attribution: null\n"
    "            Reject [bg-s] at 2024-05-13 09:01:00.000\n"
    "            [bg-s] = access=7\n"
    "  History:\n            [fg-s] = access=3\n"
    "    snapshot: begin = 2024-05-12 00:00:00.000 end = 2024-05-13 00:00:00.000\n"
    "      Uid u0a51:\n        Package a.one:\n          CAMERA:\n            what else is said\n"
    "            [fg-s] = access=12, reject=1, duration=5\n"
)


def test_every_field_of_rights(tmp_path: Path) -> None:
    path = text_report(tmp_path, ZONE, service("appops", RIGHTS))
    camera = {"package": "a.one", "uid": "u0a51", "operation": "CAMERA", "mode": "allow"}
    three = {"package": "c.three", "uid": "u0a51"}
    four = {"package": "d.four", "uid": "10052", "operation": "CAMERA", "state": "fg-s", "single": 1}
    printed = micros(14, 11, 31)
    assert rows("android.appops", path) == [
        {"package": "android", "uid": "1000", "operation": "VIBRATE", "mode": "allow"},
        {
            **camera, "tag": "cam", "at": micros(14, 10, 0, 0, 1), "rejected": 0, "state": "fg-s", "duration": 1005, "proxy": "b.two",
        },
        {**camera, "tag": "cam", "at": micros(14, 10, 0, 1), "rejected": 1, "state": "bg-s"},
        {**camera, "at": printed - 121_389_000, "running": 1},
        {**three, "operation": "READ_SMS", "mode": "ignore", "at": printed - 60_000_000, "rejected": 0, "duration": 3000},
        {**three, "operation": "READ_SMS", "mode": "ignore", "at": printed - 120_000_000, "rejected": 1, "duration": 3000},
        {**three, "operation": "READ_CONTACTS", "mode": "deny"},
        {**four, "tag": "tag", "at": micros(13, 9), "rejected": 0, "duration": 1500},
        {**four, "at": micros(13, 9, 1), "rejected": 1, "state": "bg-s"},
        {"package": "a.one", "uid": "u0a51", "operation": "CAMERA", "at": micros(12), "count": 12},
    ]  # fmt: skip


def test_a_right_in_use_of_a_report_without_a_time_has_none(tmp_path: Path) -> None:
    body = "  Uid 1000:\n    Package a.one:\n      CAMERA (allow):\n        null=[\n          Running start at: +2m1s389ms\n        ]\n"
    path = text_report(tmp_path, service("appops", body))
    path.write_text(
        path.read_text().replace(", ending at: 2024-05-14 11:31:00", "").replace("2024-05-14 11:30:15", "then")
    )
    (row,) = rows("android.appops", path)
    assert row == {"package": "a.one", "uid": "1000", "operation": "CAMERA", "mode": "allow", "running": 1}


# ---------------------------------------------------------------- packages


def moment(milliseconds: int) -> int:
    """Microseconds of a time of `CHECKIN`."""
    return 1_700_000_000_000_000 + milliseconds * 1000


CHECKIN = (
    "vers,1,34\n"
    "pkg,a.one,10101,7,1700000001000,1700000002000,com.store\n"
    "pkg-usr,0,IbhSl,-1,?,1700000001500\n"
    "pkg-usr,10,ibhsl,-1,?,1700000001600\n"
    "pkg-usr,11,I\n"
    "pkg,a.two,10102,8,1700000003000,?\n"
    "pkg-usr,0,i\n"
    "pkg-usr,10,IbhSl,-1,?,1700000002900\n"
    "pkg-usr,1\n"
    "pkg,a.three,10103,9,1700000004000\n"
    "pkg,a.four,10104,10,1700000005000,com.store10,2\n"
    "pkg,a.five,10105,11,1700000006000,1700000007000\n"
    "pkg,a.six,10106,12,1700000008000,1700000009000,?\n"
    "pkg,short,1,2\n"
    "pkg,no.number,ten,1,2\n"
)


def test_every_field_of_exact_times_of_packages(tmp_path: Path) -> None:
    path = text_report(tmp_path, ZONE, command("CHECKIN PACKAGE", CHECKIN, "dumpsys package --checkin"))
    assert rows("android.packages", path) == [
        {
            "package": "a.one", "app_id": 10101, "version_code": 7, "first_installed_utc": moment(1000), "updated_utc": moment(2000),
            "installer": "com.store", "users": "0, 11", "removed_for": "10",
        },
        {
            "package": "a.two", "app_id": 10102, "version_code": 8, "first_installed_utc": moment(2900), "updated_utc": moment(3000),
            "users": "10", "removed_for": "0",
        },
        {"package": "a.three", "app_id": 10103, "version_code": 9, "updated_utc": moment(4000)},
        {"package": "a.four", "app_id": 10104, "version_code": 10, "updated_utc": moment(5000), "source": 2},
        {"package": "a.five", "app_id": 10105, "version_code": 11, "first_installed_utc": moment(6000), "updated_utc": moment(7000)},
        {"package": "a.six", "app_id": 10106, "version_code": 12, "first_installed_utc": moment(8000), "updated_utc": moment(9000)},
    ]  # fmt: skip


def test_blocks_of_odd_values(tmp_path: Path) -> None:
    body = (
        "Packages:\n"
        "  Package [a.one] (1):\n    packageSource=12345\n    userId=1234567890\n    codePath=?\n"
        "    requested permissions:\n      a.permission.ONE\n    usesLibraries:\n      a.library\n"
        "  Package [a.two] (2):\n    packageSource=123456\n    versionCode=x\n    flags=0x41\n    pkgFlags=[ TEST_ONLY ]\n"
        "    User 0: state=1\n    User 1: installed=true enabled=2\n    User 2: installed=true enabled=23\n"
        "  Package [a.three] (3):\n    flags=0x40\n"
    )
    path = text_report(tmp_path, ZONE, service("package", body))
    assert rows("android.packages", path) == [
        {
            "package": "a.one", "hidden": 0, "system": 0, "source": 12345, "app_id": 123456789, "requested": "a.permission.ONE",
        },
        {
            "package": "a.two", "hidden": 0, "system": 1, "debuggable": 0, "test_only": 1, "users": "1, 2", "disabled_for": "1",
        },
        {"package": "a.three", "hidden": 0, "system": 0, "debuggable": 0, "test_only": 0},
    ]  # fmt: skip


# ---------------------------------------------------------------- processes
def process(name: str, pid: int, **more: Any) -> dict[str, Any]:
    return {"process": name, "pid": pid, "short": 0, **more}


def test_every_field_of_processes_with_threads(tmp_path: Path) -> None:
    body = (
        "before the heading 1 2 3 4 5 6 00:00:01 no\n"
        "LABEL USER PID TID PPID VSZ RSS WCHAN ADDR S PRI NI RTPRIO SCH PCY TIME CMD\n"
        "u:r:init:s0 root 1 1 0 51308 6620 x 0 S 19 0 - 0 fg 00:00:02 init\n"
        "u:r:init:s0 root 1 7 0 51308 6620 x 0 S 19 0 - 0 fg 00:00:02 thread\n"
        "u:r:app:s0 u0_a1 200 200 1 1 1 x 0 S 19 0 - 0 fg 1-00:00:02 com.example.four\n"
        "u:r:app:s0 u0_a1 201 201 x 1 1 x 0 S 19 0 - 0 fg 00:00:02 fourteen.chars\n"
        "u:r:app:s0 u0_a1 123456789 123456789 1 1 1 x 0 S 19 0 - 0 fg 00:00:02 fifteen.letters\n"
        "u:r:app:s0 u0_a1 1234567890 1234567890 1 1 1 x 0 S 19 0 - 0 fg 00:00:02 large\n"
        "u:r:app:s0 u0_a1 PI 203 1 1 1 x 0 S 19 0 - 0 fg 00:00:02 none\n"
        "u:r:app:s0 u0_a1 204 204 1\n"
        "u:r:app:s0 u0_a1 206 206 1 1 1 x 0 S 19 0 - 0 fg 00:00:02 PID\n"
        "u:r:app:s0 u0_a1 205 205 1 1 1 x 0 S 19 0 - 0 fg notime none\n"
    )
    path = text_report(tmp_path, ZONE, command("PROCESSES AND THREADS", body, "ps -AT"))
    app = {"user": "u0_a1", "domain": "u:r:app:s0"}
    assert rows("android.processes", path) == [
        process("init", 1, parent=0, user="root", domain="u:r:init:s0"),
        {**process("com.example.four", 200, parent=1, **app), "short": 1},
        process("fourteen.chars", 201, package="fourteen.chars", **app),
        {**process("fifteen.letters", 123456789, parent=1, **app), "short": 1},
        process("PID", 206, parent=1, **app),
    ]


def test_every_field_of_processes_of_old_systems(tmp_path: Path) -> None:
    body = (
        "USER     PID   PPID  VSIZE  RSS     WCHAN    PC         NAME\n"
        "root      1     0     340    200   c00ca6ec 0000c93c S /init\n"
        "u0_a5     234   1     999    99    ffffffff 00000000 S com.example.app:remote\n"
        "u0_a6    235   1 9 S com.example.six\n"
        "u0_a7    236   1 S com.example.five\n"
        "-----u   237   1 9 S com.example.seven\n"
        "------ 0.042s was the duration of 'PROCESSES' ------\n"
    )
    path = text_report(tmp_path, ZONE, command("PROCESSES", body, "ps -P"))
    assert rows("android.processes", path) == [
        process("/init", 1, parent=0, user="root"),
        process("com.example.app:remote", 234, parent=1, user="u0_a5", package="com.example.app"),
        process("com.example.six", 235, parent=1, user="u0_a6", package="com.example.six"),
        process("com.example.seven", 237, parent=1, user="-----u", package="com.example.seven"),
    ]


def test_a_list_without_a_heading_is_of_another_layout(tmp_path: Path) -> None:
    path = text_report(tmp_path, ZONE, command("PROCESSES", "root 1 0 340 200 c00 S /init\n", "ps"))
    found, errors, _ = batches("android.processes", path)
    assert found == [] and [type(error) for error in errors] == [Unsupported]


def test_every_field_of_processes_of_other_sections(tmp_path: Path) -> None:
    times = (
        "    1 init    0.00 0.02 0.00\n  202 [kworker]   0.00 0.00 0.00\n 300 com.example.app 0.1 0.1 0.1\nno line\n"
    )
    record = "ProcessRecord{1f0c 3000:com.example.app/u0a51}"
    path = text_report(
        tmp_path,
        ZONE,
        command("PROCESS TIMES", times, "pid cmd user system iowait+percentage"),
        "------ SHOW MAP 77 (com.example.app) ------\nx\n------ SHOW MAP 78 ([kernel]) ------\nx\n",
        service(
            "activity",
            f"  x {record} y\n  again {record}\n  ProcessRecord{{2 3001:system/1000}}\n  ProcessRecord{{3 12345678:a.b/1}}\n",
        ),
    )
    app = {"package": "com.example.app"}
    assert rows("android.processes", path) == [
        process("init", 1),
        process("com.example.app", 300, **app),
        process("com.example.app", 77, **app),
        process("com.example.app", 3000, user="u0a51", **app),
        process("system", 3001, user="1000"),
    ]
    lines = path.read_text().splitlines()
    found, _, _ = batches("android.processes", path)
    for batch in found:
        for row in range(batch.count):
            line = batch.source(row).line
            assert line is not None and batch.row(row)["process"] in lines[line - 1]
