"""The generator of Android acquisitions: repeatable bytes, the grammar of each version, and its own list of what it made."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import struct
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from cryptography import x509

from phonegen.android import Android, androidqf, apk, containers, dumpstate
from phonegen.android import model as m
from phonegen.android.background import populate

VERSIONS = tuple(range(5, 17))
NOON = datetime(2024, 5, 13, 12, 0, 5, 250_000, tzinfo=UTC)


def phone(version: int = 13, **rest: object) -> Android:
    return populate(Android(version, **rest))  # type: ignore[arg-type]


@pytest.mark.parametrize("version", VERSIONS)
def test_same_seed_gives_the_same_bytes_and_facts(version: int) -> None:
    first, second, other = phone(version), phone(version), phone(version, seed=2)
    assert dumpstate.text(first) == dumpstate.text(second) != dumpstate.text(other)
    assert first.facts() == second.facts()
    assert {fact.where for fact in first.facts()} >= {"package", "appops", "usagestats", "processes", "tombstone"}


def test_times_are_local_in_the_text_and_epoch_in_checkins() -> None:
    made = Android(13, offset=-150)
    made.add(m.Usage(app="com.example.one", when=NOON))
    text = dumpstate.text(made).decode()
    assert 'time="2024-05-13 09:30:05" type=ACTIVITY_RESUMED package=com.example.one' in text
    assert "time=1715601605250 type=ACTIVITY_RESUMED package=com.example.one" in text


def test_operations_in_the_form_of_each_version() -> None:
    def lines(version: int, op: m.Op) -> list[str]:
        made = Android(version, offset=0, date=NOON + timedelta(seconds=10))
        made.add(op)
        text = dumpstate.text(made).decode().split("\n")
        start = text.index("    Package com.example.one:")
        return text[start + 1 : text.index("", start)]

    rejected = m.Op(app="com.example.one", op="CAMERA", when=NOON, mode="ignore", reject=True)
    stamp = "2024-05-13 12:00:05.250 (-10s0ms)"
    assert lines(8, rejected)[0] == "      CAMERA: mode=ignore; rejectTime=-10s0ms ago"
    assert lines(9, rejected)[1] == f"          Reject: fg = {stamp}"
    assert lines(10, rejected)[:2] == ["      CAMERA (ignore): ", f"          Reject: [fg-s]{stamp}"]
    assert lines(13, rejected)[1:4] == ["        null=[", f"          Reject: [fg-s]{stamp}", "        ]"]
    switched = m.Op(
        app="com.example.one", op="MONITOR_LOCATION", switch="COARSE_LOCATION", running=timedelta(seconds=9)
    )
    assert lines(10, switched)[:2] == [
        "      MONITOR_LOCATION (allow / switch COARSE_LOCATION=allow): ",
        "          Running start at: +9s0ms",
    ]


def test_keys_of_computers_in_the_form_of_each_version() -> None:
    def store(version: int) -> str:
        made = Android(version)
        made.add(m.AdbKey(owner="a@b", when=NOON))
        return dumpstate.text(made).decode().partition("keystore=")[2].partition("\n    \n")[0]

    assert store(10).count("<adbKey ") == 1 and "<keyStore" not in store(10) and "1715601605250" in store(10)
    assert '<keyStore version="1">' in store(11)
    assert store(12).startswith("ABX") and "1715601605250" not in store(12) and "a@b" in store(12)
    assert "DUMP OF SERVICE adb:" not in dumpstate.text(Android(9)).decode()


def test_rows_of_processes() -> None:
    made = Android(7)
    made.add(m.Process(name="com.example.one", uid=10_099))
    row = next(line for line in dumpstate.processes(made) if "com.example.one" in line)
    assert len(row.split()) == len(next(iter(dumpstate.processes(made))).split()) + 1
    made.android = 12
    made.of(m.Process)[0].threads = ("HeapTaskDaemonOfMore",)
    rows = [line.split() for line in dumpstate.processes(made)][1:]
    assert [(row[2] == row[3], row[-1]) for row in rows] == [
        (True, "com.example.one"[-15:]),
        (False, "HeapTaskDaemonO"),
    ]


def test_fields_run_together_in_the_checkin_of_packages() -> None:
    made = Android(14)
    made.add(m.App(name="com.example.one", when=NOON, uid=10_070, code=7, installer=None))
    assert "pkg,com.example.one,10070,7,1715601605000,?-1?,2\n" in dumpstate.text(made).decode()
    made.android = 12
    assert "pkg,com.example.one,10070,7,1715601605000,1715601605000,?\n" in dumpstate.text(made).decode()


def test_a_cut_report_ends_inside_the_service_and_has_no_last_line() -> None:
    made = phone(12)
    text = dumpstate.text(made, cut_in="package")
    assert b"DUMP OF SERVICE package:" in text and b"dumpsys package" not in text and b"dumpstate: done" not in text
    assert b"DUMP TIMEOUT" in dumpstate.text(made, broken="accessibility")


def test_reports_grow_to_the_size_of_real_reports() -> None:
    assert len(dumpstate.text(phone(12), padding=200_000)) > 18_000_000


@pytest.mark.parametrize("form", containers.FORMS)
def test_containers(form: str, tmp_path: Path) -> None:
    made = phone(14)
    path = containers.write(made, form, tmp_path)
    name = containers.text_name(made)
    if form == "text":
        assert path.read_bytes() == dumpstate.text(made)
        return
    if form == "folder":
        assert (path / name).is_file() and (path / "FS/data/tombstones/tombstone_00").is_file()
        return
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if form == "zip":
            assert archive.read("main_entry.txt").decode() == name
            assert archive.getinfo(name).date_time == (2024, 5, 14, 11, 30, 14)
        assert ("main_entry.txt" in names) == (form == "zip")
        assert {"samsung": "log/dumpState_SM-G991B_20240514_1130.log", "zip_of_text": name}.get(form, names[0]) in names
        if form in {"zip_in_zip", "xiaomi"}:
            with zipfile.ZipFile(io.BytesIO(archive.read(names[-1]))) as inner:
                assert name in inner.namelist()


def test_tombstones_in_both_forms() -> None:
    made = Android(13)
    made.add(m.Tombstone(when=NOON, process="com.example.one", proto=True))
    members = {path: data for path, data, _ in containers.file_system(made)}
    assert b"Timestamp: 2024-05-13 14:00:05.250000000+0200\n" in members["/data/tombstones/tombstone_00"]
    assert b"com.example.one" in members["/data/tombstones/tombstone_00.pb"]


def test_packages_and_certificates() -> None:
    data = apk.build("com.example.one", v1=("a",), v2=("b",), v3=("c",), lineage=("a", "c"))
    assert data == apk.build("com.example.one", v1=("a",), v2=("b",), v3=("c",), lineage=("a", "c"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
    central = struct.unpack_from("<I", data, data.rindex(b"PK\x05\x06") + 16)[0]
    assert data[central - 16 : central] == b"APK Sig Block 42"
    assert all(apk.certificate(seed) in data for seed in "bc") and apk.certificate("a") != apk.certificate("b")
    assert x509.load_der_x509_certificate(apk.certificate("a")).serial_number > 0


def test_acquisitions_of_both_ages(tmp_path: Path) -> None:
    made = phone(13)
    app = made.of(m.App)[-1].name
    packages = (androidqf.Package(app=app, signers={"v2": ("a",)}),)
    new = androidqf.Acquisition(phone=made, packages=packages, host=m.AdbKey(owner="me@desk"))
    path = androidqf.write_archive(new, tmp_path)
    with zipfile.ZipFile(path) as archive:
        rows = dict(csv.reader(io.StringIO(archive.read("hashes.csv").decode())))
        assert set(archive.namelist()) == {*rows, "hashes.csv"} and "acquisition.json" in rows
        assert all(hashlib.sha256(archive.read(name)).hexdigest() == value for name, value in rows.items())
        listed = {row["name"]: row for row in json.loads(archive.read("packages.json"))}
    certificate = hashlib.sha256(apk.certificate("a")).hexdigest()
    assert listed[app]["files"][0]["certificate"]["Sha256"] == certificate
    identity = pyrage.x25519.Identity.generate()
    sealed = androidqf.write_archive(new, tmp_path, recipients=[identity.to_public()])
    assert pyrage.decrypt(sealed.read_bytes(), [identity]) == path.read_bytes()
    old = androidqf.write_folder(androidqf.Acquisition(phone=made, new=False), tmp_path)
    rows = dict(csv.reader(io.StringIO((old / "hashes.csv").read_text())))
    prefix = f"/home/analyst/cases/{old.name}/"
    wrong = [
        name.removeprefix(prefix)
        for name, value in rows.items()
        if hashlib.sha256((old / name.removeprefix(prefix)).read_bytes()).hexdigest() != value
    ]
    assert wrong == ["command.log", "hashes.csv"] and prefix + "acquisition.json" not in rows
