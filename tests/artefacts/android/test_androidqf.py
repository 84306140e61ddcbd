"""Acquisitions of AndroidQF: opened in every form, and every file of the collector read exactly."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from phonegen.android import Android, androidqf, apk, dumpstate
from phonegen.android import model as m
from phonegen.android.background import populate
from sousveil.acquisition.door import file_form, folder_form, open_acquisition
from sousveil.artefacts.android import (
    apks,
    collected_files,
    collected_processes,
    collected_settings,
    collector,
    collector_hashes,
    collector_parts,
    mounts,
    package_files,
    packages,
    root_binaries,
)
from sousveil.artefacts.android.collected_files import modes
from sousveil.artefacts.model import At
from sousveil.errors import Locked, Malformed, WrongKey
from sousveil.readers.model import ReadingLog
from tests.artefacts.android.acquired import batches, rows

IDENTITY = pyrage.x25519.Identity.generate()
SECRET = str(IDENTITY).encode()
NOON = datetime(2024, 5, 13, 12, 0, 5, tzinfo=UTC)
HOST = m.AdbKey(owner="examiner@desk")


def acquisition(**rest: Any) -> androidqf.Acquisition:
    phone = populate(Android(13), apps=3)
    phone.add(m.App(name="com.example.one", when=NOON, installer=None, uid=10_777))
    return androidqf.Acquisition(phone=phone, host=HOST, **rest)


SIGNED = androidqf.Package(
    app="com.example.one",
    signers={"v1": ("one",), "v2": ("two",), "v3": ("three",), "lineage": ("old", "three")},
    permissions=("android.permission.CAMERA", "android.permission.READ_SMS"),
)


@pytest.mark.parametrize("form", ["zip", "identity", "password", "folder", "packed folder"])
def test_every_form_gives_the_same_phone(form: str, tmp_path: Path) -> None:
    secret = {"identity": SECRET, "password": b"correct horse"}.get(form)
    if form in {"folder", "packed folder"}:
        path = androidqf.write_folder(acquisition(new=False, bugreport=True), tmp_path / "made")
        if form == "packed folder":
            path = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "made"))
    else:
        recipients = [IDENTITY.to_public()] if form == "identity" else []
        password = "correct horse" if form == "password" else ""
        path = androidqf.write_archive(acquisition(bugreport=True), tmp_path, recipients=recipients, password=password)
    form_found = folder_form(frozenset(p.name for p in path.iterdir())) if path.is_dir() else file_form(str(path))
    assert form_found is not None and form_found.name == "androidqf"
    opened = open_acquisition(path)
    if secret is not None:
        assert opened.encrypted and opened.row_span() == (0, -1, 0) and opened.device.encrypted
    key = opened.unlock_with(password=secret)
    again = open_acquisition(path)
    assert again.unlock_with(derived_key=key) == key
    device = again.device
    assert (device.platform, device.acquisition, device.encrypted) == ("android", "androidqf", secret is not None)
    assert (device.product_version, device.zone, device.utc_offset) == ("13", "Europe/Berlin", 7200)
    assert device.last_backup == 1_715_679_015_123_456 and "com.example.one" in device.installed
    assert again.limits == []
    found = rows(packages.ARTEFACT, path, password=secret)
    # Once in dumpsys.txt, twice in the bug report inside: the section and its form for machines.
    assert sum(row["package"] == "com.example.one" for row in found) == 3
    assert {row["part"] for row in rows(collector_parts.ARTEFACT, path, password=secret)} == (
        {"apex", "browser_history", "magisk_modules"} if form not in {"folder", "packed folder"} else set()
    )


def test_a_wrong_secret_opens_nothing(tmp_path: Path) -> None:
    sealed = androidqf.write_archive(acquisition(), tmp_path, recipients=[IDENTITY.to_public()])
    opened = open_acquisition(sealed)
    with pytest.raises(Locked, match="made for another one"):
        opened.unlock_with(password=str(pyrage.x25519.Identity.generate()).encode())
    with pytest.raises(WrongKey):
        opened.unlock_with(derived_key=bytes(32))
    other = tmp_path / "x.zip.age"
    other.write_bytes(pyrage.encrypt(b"no archive", [IDENTITY.to_public()]))
    with pytest.raises(Locked, match="contains no acquisition"):
        open_acquisition(other).unlock_with(password=SECRET)


def test_a_secret_that_nothing_asks_for_changes_nothing(tmp_path: Path) -> None:
    path = androidqf.write_archive(acquisition(), tmp_path)
    opened = open_acquisition(path)
    assert opened.unlock_with(password=b"x") is None and opened.unlock_with(derived_key=bytes(48)) is None
    assert not opened.encrypted and not opened.device.encrypted
    sealed = androidqf.write_archive(acquisition(), tmp_path, recipients=[IDENTITY.to_public()])
    assert open_acquisition(sealed).unlock_with() is None
    with pytest.raises(WrongKey, match="belongs to another"):
        open_acquisition(sealed).unlock_with(derived_key=bytes(48))


def test_files_that_stand_for_sections_and_copies_of_files_of_the_phone(tmp_path: Path) -> None:
    made = acquisition(bugreport=True, beside={"logs/data/x/a.txt": b"1", "other/data/x/a.txt": b"2"})
    path = androidqf.write_archive(made, tmp_path)
    opened = open_acquisition(path)
    names = ("SYSTEM PROPERTIES", "SYSTEM LOG", "LAST LOGCAT", "nothing")
    found = list(opened.locate([(name, At.section(name)) for name in names]))
    own = [(key, group.where) for key, group in found if not group.where.endswith("zip/" + group.relative)]
    assert own == [
        ("SYSTEM PROPERTIES", "/getprop.txt"),
        ("SYSTEM LOG", "/logcat.txt"),
        ("LAST LOGCAT", "/logcat_old.txt"),
    ]
    size = len(made.members()["logcat.txt"])
    (log,) = [group for key, group in found if group.where == "/logcat.txt"]
    assert [(part.title, part.start, part.end, part.line) for part in log.sections] == [("SYSTEM LOG", 0, size, 1)]
    places = [("copy", At.ios("/data/x/a.txt")), ("none", At.section("nothing"))]
    assert [(key, group.where, group.phone_path) for key, group in opened.locate(places)] == [
        ("copy", "/logs/data/x/a.txt", "/data/x/a.txt")
    ]
    assert opened.size == len(made.members()["dumpsys.txt"]) + len(dumpstate.text(made.phone))


def test_a_report_inside_that_was_cut_is_a_limit_and_the_output_of_dumpsys_is_none(tmp_path: Path) -> None:
    assert open_acquisition(androidqf.write_archive(acquisition(), tmp_path / "none")).limits == []
    text = dumpstate.text(acquisition().phone)
    made = acquisition(beside={"bugreport-1.txt": text[: text.rindex(b"== dumpstate: done")]})
    opened = open_acquisition(androidqf.write_archive(made, tmp_path / "cut"))
    assert [(limit.id, limit.values) for limit in opened.limits] == [("report_cut", {"file": "/bugreport-1.txt"})]


def test_properties_of_the_bug_report_inside_stand_in_for_those_of_the_collector(tmp_path: Path) -> None:
    folder = androidqf.write_folder(acquisition(new=False, bugreport=True), tmp_path)
    (folder / "getprop.txt").unlink()
    device = open_acquisition(folder).device
    assert (device.product_version, device.zone) == ("13", "Europe/Berlin")
    assert open_acquisition(folder).identity[0] == "/acquisition.json"


def test_packages_with_their_files(tmp_path: Path) -> None:
    path = androidqf.write_archive(acquisition(packages=(SIGNED,)), tmp_path)
    made = {row["package"]: row for row in rows(package_files.ARTEFACT, path)}
    data, certificate = SIGNED.made(), apk.certificate("one")
    assert made["com.example.one"] == {
        "package": "com.example.one",
        "uid": 10_777,
        "system": 0,
        "third_party": 1,
        "disabled": 0,
        "path": "/data/app/com.example.one/base.apk",
        "copy": "com.example.one.apk",
        "sha256": hashlib.sha256(data).hexdigest(),
        "sha1": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "certificate_sha256": hashlib.sha256(certificate).hexdigest(),
        "certificate_sha1": hashlib.sha1(certificate, usedforsecurity=False).hexdigest(),
        "certificate_md5": hashlib.md5(certificate, usedforsecurity=False).hexdigest(),
        "verified": 1,
    }
    assert made["android"]["system"] == 1 and "sha256" not in made["android"] and "installer" not in made["android"]
    assert len(made) == 26


@pytest.mark.parametrize("kept", [True, False])
def test_copies_of_apps(kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not kept:
        monkeypatch.setattr(apks, "IN_MEMORY", 10)
    path = androidqf.write_archive(acquisition(packages=(SIGNED,)), tmp_path, recipients=[IDENTITY.to_public()])
    found = rows(apks.ARTEFACT, path, password=SECRET)
    named = [(row["scheme"], row["certificate_sha256"]) for row in found]
    wanted = [("v2", "two"), ("v3", "three"), ("lineage", "old"), ("lineage", "three"), ("v1", "one")]
    assert named == [(scheme, hashlib.sha256(apk.certificate(seed)).hexdigest()) for scheme, seed in wanted]
    first = {name: value for name, value in found[0].items() if not name.startswith(("certificate", "md5", "sha1"))}
    assert first == {
        "package": "com.example.one",
        "version": "1.0",
        "version_code": 1,
        "minimum_sdk": 21,
        "target_sdk": 33,
        "debuggable": 0,
        "permissions": "android.permission.CAMERA, android.permission.READ_SMS",
        "sha256": hashlib.sha256(SIGNED.made()).hexdigest(),
        "scheme": "v2",
    }


def test_a_damaged_copy_is_a_part_of_the_coverage(tmp_path: Path) -> None:
    broken = androidqf.Package(
        app="com.example.one", signers={}, data=SIGNED.made().replace(b"Manifest.xml", b"Manifest.xm_")
    )
    path = androidqf.write_archive(acquisition(packages=(broken,)), tmp_path)
    log = ReadingLog()
    found, errors = batches(apks.ARTEFACT, path, log=log)
    assert errors == [] and [(part.outcome, part.detail) for part in log.parts] == [
        ("UNSUPPORTED", "the manifest: it has none.")
    ]
    assert sum(batch.count for batch in found) == 5
    none = androidqf.Package(app="com.example.one", signers={}, data=b"no archive")
    path = androidqf.write_archive(acquisition(packages=(none,)), tmp_path / "none")
    found, errors = batches(apks.ARTEFACT, path)
    assert found == [] and [str(error) for error in errors] == [
        "the package is not a zip archive, or its end is missing."
    ]


def test_processes_and_files_and_settings(tmp_path: Path) -> None:
    made = acquisition(
        files=(
            androidqf.Listed(path="/data/local/tmp/x", mode="-rwxr-xr-x", when=NOON, sha256="ab" * 32),
            androidqf.Listed(path="/system/bin/su", mode="4755"),
            androidqf.Listed(path="/sdcard/My/File", mode=""),
        ),
        roots=("/system/xbin/su\n/system/bin/su\n", "which: not found"),
    )
    made.phone.add(m.Process(name="com.example.one:remote", uid=10_777))
    made.phone.add(m.Setting(namespace="global", name="a_b", value="one=two\nthree"))
    path = androidqf.write_archive(made, tmp_path)
    process = rows(collected_processes.ARTEFACT, path)[-1]
    assert process == {
        "process": "com.example.one:remote",
        "package": "com.example.one",
        "pid": 23,
        "parent": 1,
        "state": "S",
        "context": "u:r:untrusted_app:s0",
    }
    files = rows(collected_files.ARTEFACT, path)
    assert files[0] == {
        "path": "/data/local/tmp/x",
        "size": 4096,
        "mode": "-rwxr-xr-x",
        "setuid": 0,
        "executable": 1,
        "owner": "media_rw",
        "modified": 1_715_601_605_000_000,
        "changed": 1_715_601_605_000_000,
        "context": "u:object_r:media_rw_data_file:s0",
        "sha256": "ab" * 32,
    }
    assert [(row["path"], row.get("setuid"), row.get("executable")) for row in files[1:]] == [
        ("/system/bin/su", 1, 1),
        ("/sdcard/My/File", None, None),
    ]
    settings = {(row["namespace"], row["name"]): row["value"] for row in rows(collected_settings.ARTEFACT, path)}
    assert settings["global", "a_b"] == "one=two\nthree" and settings["secure", "accessibility_enabled"] == "0"
    assert [row["path"] for row in rows(root_binaries.ARTEFACT, path)] == ["/system/xbin/su", "/system/bin/su"]


def test_modes_in_both_notations() -> None:
    known = {
        "-rwxr-xr-x": (0, 1),
        "urwxr-xr-x": (1, 1),
        "drw-r--r--": (0, 0),
        "-rwsr-xr-x": (1, 1),
        "Lrwxrwxrwx": (0, 1),
    }
    known |= {"4755": (1, 1), "644": (0, 0), "100644": (0, 0), "0755": (0, 1), "": (None, None), "hello": (None, None)}
    assert {mode: modes(mode) for mode in known} == known


def test_the_acquisition_and_its_parts(tmp_path: Path) -> None:
    path = androidqf.write_archive(acquisition(modules=("zygisk_x",)), tmp_path)
    assert rows(collector.ARTEFACT, path) == [
        {
            "uuid": path.name.removesuffix(".zip"),
            "version": "1.9.0",
            "started": 1_715_679_015_123_456,
            "completed": 1_715_679_555_500_000,
            "architecture": "arm64",
            "host_key": HOST.line,
        }
    ]
    parts = sorted(rows(collector_parts.ARTEFACT, path), key=lambda row: (row["part"], row.get("module", "")))
    assert parts == [
        {"part": "apex", "status": "collected", "schema_version": 1},
        {"part": "browser_history", "status": "root_unavailable", "schema_version": 1},
        {"part": "magisk_modules", "status": "collected", "schema_version": 1},
        {"part": "magisk_modules", "module": "zygisk_x", "module_name": "Zygisk_X", "module_version": "v1.2"},
    ]
    folder = androidqf.write_folder(acquisition(new=False), tmp_path / "folder")
    assert "completed" not in rows(collector.ARTEFACT, folder)[0]


def states(path: Path, password: bytes | None = None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows(collector_hashes.ARTEFACT, path, password=password):
        found.setdefault(row["state"], []).append(row["file"].rpartition("/")[2])
    return found


def test_honest_acquisitions_never_look_changed(tmp_path: Path) -> None:
    assert set(states(androidqf.write_archive(acquisition(packages=(SIGNED,)), tmp_path))) == {"same"}
    sealed = androidqf.write_archive(acquisition(), tmp_path, recipients=[IDENTITY.to_public()])
    assert set(states(sealed, SECRET)) == {"same"}
    folder = androidqf.write_folder(acquisition(new=False), tmp_path / "folder")
    assert {state: names for state, names in states(folder).items() if state != "same"} == {
        "own": ["command.log", "hashes.csv"]
    }


def test_changed_and_missing_files_are_named(tmp_path: Path) -> None:
    changed = androidqf.write_archive(acquisition(), tmp_path, replaced={"packages.json": b"[]"})
    assert states(changed)["changed"] == ["packages.json"]
    folder = androidqf.write_folder(acquisition(new=False), tmp_path / "folder")
    (folder / "env.txt").unlink()
    (folder / "getprop.txt").write_text("[a]: [b]\n")
    found = states(folder)
    assert (found["missing"], found["changed"]) == (["env.txt"], ["getprop.txt"])


def test_a_list_cannot_name_files_outside(tmp_path: Path) -> None:
    folder = androidqf.write_folder(acquisition(new=False), tmp_path / "folder")
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    digest = hashlib.sha256(b"x").hexdigest()
    (folder / "hashes.csv").write_text(f"{secret},{digest}\n../secret.txt,{digest}\n../../etc/passwd,{digest}\n")
    assert states(folder) == {"missing": ["secret.txt", "secret.txt", "passwd"]}


def test_members_of_an_archive_that_lie_outside_stay_labels(tmp_path: Path) -> None:
    path = androidqf.write_archive(acquisition(), tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../outside/apks/x.apk", SIGNED.made())
        archive.writestr("/etc/apks/y.apk", SIGNED.made())
    found, errors = batches(apks.ARTEFACT, path)
    assert errors == [] and {batch.file for batch in found} == {"/../../outside/apks/x.apk", "/etc/apks/y.apk"}
    assert not (tmp_path.parent / "outside").exists()


def test_half_of_a_surrogate_pair_is_no_character(tmp_path: Path) -> None:
    listed = b'[{"name": "\\ud800x\\udfff", "files": []}, {"name": "\\ud83d\\ude00", "files": []}]'
    path = androidqf.write_archive(acquisition(), tmp_path, replaced={"packages.json": listed})
    assert [row["package"] for row in rows(package_files.ARTEFACT, path)] == ["?x?", "\U0001f600"]


FOUND = (androidqf.Listed(path="/data/local/tmp/x", size=12, mode="-rwxr-xr-x", when=NOON),)


def test_an_export_of_bugbane_gives_the_rows_of_an_acquisition_of_androidqf(tmp_path: Path) -> None:
    mounted = ("none on /proc type proc (rw)", "/dev/x /data/local/tmp/y ext4 ro,seclabel 0 0")
    content = {"packages": (SIGNED,), "files": FOUND, "roots": ("/system/xbin/su",), "mounts": mounted}
    plain = androidqf.write_archive(acquisition(**content), tmp_path / "plain")
    sealed = androidqf.write_archive(
        acquisition(**content, of_bugbane=True), tmp_path / "sealed", password="correct horse"
    )
    assert sealed.name == "acquisition.zip.age"
    secret = b"correct horse"
    assert rows(root_binaries.ARTEFACT, sealed, password=secret) == [{"path": "/system/xbin/su"}]
    found = rows(mounts.ARTEFACT, sealed, password=secret)
    assert [(row["point"], row["type"], row["writable"]) for row in found[: len(mounted)]] == [
        ("/proc", "proc", 1),
        ("/data/local/tmp/y", "ext4", 0),
    ]
    assert found == rows(mounts.ARTEFACT, plain)
    (file,) = rows(collected_files.ARTEFACT, sealed, password=secret)
    (whole,) = rows(collected_files.ARTEFACT, plain)
    assert file == {name: whole[name] for name in ("path", "size", "mode", "setuid", "executable", "owner", "modified")}
    given = {row["package"]: row for row in rows(package_files.ARTEFACT, sealed, password=secret)}
    expected = {row["package"]: row for row in rows(package_files.ARTEFACT, plain)}
    assert set(given) == set(expected)
    one = expected["com.example.one"]
    assert given["com.example.one"] == {
        name: value for name, value in one.items() if name not in {"verified", "system", "disabled"}
    }
    assert all("path" not in row for name, row in given.items() if expected[name]["system"])  # the app lists none


@pytest.mark.parametrize("name", ["files.pb", "packages.pb", "root_binaries.pb", "mounts.pb"])
def test_a_damaged_list_of_bugbane_is_told_and_what_lies_before_is_read(tmp_path: Path, name: str) -> None:
    artefact = {
        "files.pb": collected_files,
        "packages.pb": package_files,
        "root_binaries.pb": root_binaries,
        "mounts.pb": mounts,
    }[name].ARTEFACT
    mounted = ("none on /proc type proc (rw)",) * 3
    made = acquisition(files=FOUND * 3, roots=("/system/xbin/su",) * 3, mounts=mounted, of_bugbane=True)
    whole = androidqf.bugbane(made.members())[name]
    path = androidqf.write_archive(made, tmp_path, replaced={name: whole[:-3]})
    found, errors = batches(artefact, path)
    assert [type(error) for error in errors] == [Malformed]
    assert sum(batch.count for batch in found) == sum(b.count for b in batches(artefact, _other(made, tmp_path))[0]) - 1


def _other(made: androidqf.Acquisition, folder: Path) -> Path:
    return androidqf.write_archive(made, folder / "whole")
