"""Installed apps of Android."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from report_reading import batches, properties, rows, service, text_report

from phonegen.android import Android, containers
from phonegen.android.model import App
from sousveil.readers.model import Outcome

REAL = "phones/android-bugreports/bugreport-sailfish-QP1A.191005.007.A3-2020-01-08-15-30-07.zip"
WHEN = datetime(2024, 3, 1, 8, 0, 5, tzinfo=UTC)


def micros(when: datetime) -> int:
    return round(when.timestamp() * 1_000_000)


@pytest.mark.parametrize("android", range(7, 17))
def test_a_package_of_every_version(tmp_path: Path, android: int) -> None:
    phone = Android(android=android)
    phone.add(
        App(name="com.maker", when=WHEN),
        App(
            name="com.maker.app",
            when=WHEN,
            version="2.5",
            code=25,
            overlay=True,
            installer="com.android.chrome",
            requested=("android.permission.CAMERA",),
            granted=("android.permission.CAMERA",),
            users=(10,),
        ),
    )
    path = containers.write(phone, "zip", tmp_path)
    found = {row["package"]: row for row in rows("android.packages", path, "package")}
    row = found["com.maker.app"]
    assert (row["version"], row["version_code"], row["first_installed"], row["updated"]) == (
        "2.5",
        25,
        micros(WHEN),
        micros(WHEN),
    )
    assert (row["system"], row["hidden"], row["installer"], row["users"]) == (0, 0, "com.android.chrome", "10")
    assert (row["granted"] == "android.permission.CAMERA" and "removed_for" not in row) or row["removed_for"] == "0"
    exact = {row["package"]: row for row in rows("android.packages", path, "CHECKIN PACKAGE")}
    assert exact["com.maker.app"]["updated_utc"] == micros(WHEN)


def test_the_packages_of_a_real_report(shared_data: Path) -> None:
    path = shared_data / REAL
    found, errors, parts = batches("android.packages", path)
    assert errors == [] and [(part.name, part.outcome, part.records) for part in parts] == [
        ("package", Outcome.READ, 134),
        ("CHECKIN PACKAGE", Outcome.READ, 134),
    ]
    dumped, checkin = found
    assert dumped.source(0).line == 185015 and dumped.source(0).table == "package" and dumped.source(0).space is None
    by_name = {row["package"]: row for row in (dumped.row(at) for at in range(dumped.count))}
    exact = {row["package"]: row for row in (checkin.row(at) for at in range(checkin.count))}
    assert by_name.keys() == exact.keys()
    for name, row in by_name.items():
        assert row["updated"] == exact[name]["updated_utc"] // 1_000_000 * 1_000_000
    assert sorted(n for n, row in by_name.items() if not row["system"]) == [
        "com.accuweather.android",
        "com.king.candycrushsaga",
        "com.ngame.allstar.eu",
    ]


def test_blocks_end_where_they_end(tmp_path: Path) -> None:
    body = (
        "Permissions:\n  Package [not.a.package] (1):\n    codePath=/data/app/x\n\n"
        "Packages:\n"
        "  Package [a.one] (12ab):\n"
        "    appId=10101\n"
        "    pkg=Package{1 a.one}\n"
        "    codePath=/data/app/~~x==/a.one-y==\n"
        "    versionCode=7 minSdk=24 targetSdk=34\n"
        "    versionName=1.0\n"
        "a.two overlay paths:\n"
        "    installerPackageName=null\n"
        "    initiatingPackageName=com.android.shell\n"
        "    originatingPackageName=com.android.chrome\n"
        "    packageSource=4\n"
        "    signatures=PackageSignatures{1 version:3, signatures:[d7f1f224, aa], past signatures:[]}\n"
        "    pkgFlags=[ DEBUGGABLE HAS_CODE ]\n"
        "    requested permissions:\n      android.permission.CAMERA\n      android.permission.READ_SMS: restricted=true\n"
        "    install permissions:\n      android.permission.INTERNET: granted=true\n"
        "    User 0: ceDataInode=1 installed=true hidden=false suspended=true stopped=false enabled=3 instant=false\n"
        "      firstInstallTime=2024-05-01 10:00:00\n      runtime permissions:\n"
        "        android.permission.CAMERA: granted=true, flags=[ USER_SET]\n"
        "        android.permission.READ_SMS: granted=false, flags=[ USER_SET]\n"
        "    User 10: ceDataInode=0 installed=false hidden=true suspended=false stopped=true enabled=0 instant=false\n"
        "Hidden system packages:\n"
        "  Package [a.three] (2):\n    userId=1000\n    pkgFlags=[ SYSTEM ]\n"
        "Shared users:\n  SharedUser [x] (1):\n    codePath=/no\n"
    )
    path = text_report(tmp_path, properties(persist__sys__timezone="UTC"), service("package", body))
    assert rows("android.packages", path) == [
        {
            "package": "a.one",
            "hidden": 0,
            "system": 0,
            "debuggable": 1,
            "test_only": 0,
            "app_id": 10101,
            "code_path": "/data/app/~~x==/a.one-y==",
            "version_code": 7,
            "version": "1.0",
            "initiator": "com.android.shell",
            "originator": "com.android.chrome",
            "source": 4,
            "key_hash": "d7f1f224, aa",
            "first_installed": micros(datetime(2024, 5, 1, 10, tzinfo=UTC)),
            "requested": "android.permission.CAMERA, android.permission.READ_SMS",
            "granted": "android.permission.INTERNET, android.permission.CAMERA",
            "users": "0",
            "removed_for": "10",
            "suspended_for": "0",
            "hidden_for": "10",
            "disabled_for": "0",
        },
        {"package": "a.three", "hidden": 1, "system": 1, "debuggable": 0, "test_only": 0, "app_id": 1000},
    ]


def test_a_section_that_timed_out_is_said(tmp_path: Path) -> None:
    body = "Packages:\n  Package [a.one] (1):\n*** SERVICE 'package' DUMP TIMEOUT (10000ms) EXPIRED ***\n"
    path = text_report(tmp_path, service("package", body))
    found, errors, (part,) = batches("android.packages", path)
    assert (found[0].count, errors, part.outcome) == (1, [], Outcome.FAILED) and "TIMEOUT" in part.detail
