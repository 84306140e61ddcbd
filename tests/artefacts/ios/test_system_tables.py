"""Manifest, traffic and permissions: whole rows, every layout."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

from phonegen.core import Phone, file_id
from phonegen.ios import datausage as made_datausage
from phonegen.ios import tcc as made_tcc
from sousveil.artefacts.ios import application_domains, datausage, manifest, tcc, triangulation_files
from sousveil.errors import Malformed, Unsupported
from sousveil.findings.matching import Matcher
from sousveil.indicators.index import Index
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet
from tests.artefacts.ios.phone_reading import batches, file_group, read, rows

T = 1_700_000_000
US = 1_000_000
WHEN = datetime.fromtimestamp(T, UTC)
SMS = "Library/SMS/Attachments/"


def _phone(tmp_path: Path, ios: str = "16.5") -> Phone:
    return Phone(ios=ios, scratch=tmp_path)


def _only(found: list[dict[str, Any]], **facts: object) -> list[dict[str, Any]]:
    return [row for row in found if all(row.get(name) == value for name, value in facts.items())]


def test_manifest_rows(tmp_path: Path) -> None:
    phone = _phone(tmp_path)
    later = datetime.fromtimestamp(T + 60, UTC)
    phone.add("HomeDomain", "Library/Caches/evil", b"12345", modified=later, birth=WHEN)
    phone.add("AppDomain-com.example.app", "Documents/evil.com/x.db", b"", modified=WHEN, row_only=True)
    phone.add("MediaDomain", SMS + "ab/cd/x/photo.gif", b"1", modified=WHEN)
    phone.add_directory("RootDomain", "", modified=WHEN)
    phone.add("HomeDomain", "link", b"", flags=4, target="/private/var/tmp/x", modified=WHEN)
    found = rows(batches(manifest.ARTEFACT, phone.write(tmp_path / "b")))
    assert found == [
        {
            "path": "/private/var/mobile/Library/Caches/evil",
            "domain": "HomeDomain",
            "relative": "Library/Caches/evil",
            "file_id": file_id("HomeDomain", "Library/Caches/evil"),
            "flags": 1,
            "role": "installed",
            "size": 5,
            "mode": "0o100644",
            "owner": 501,
            "group": 501,
            "inode": 100_000,
            "protection_class": 3,
            "created": T * US,
            "modified": (T + 60) * US,
            "status_changed": (T + 60) * US,
        },
        {
            "path": "Documents/evil.com/x.db",
            "domain": "AppDomain-com.example.app",
            "relative": "Documents/evil.com/x.db",
            "file_id": file_id("AppDomain-com.example.app", "Documents/evil.com/x.db"),
            "flags": 1,
            "role": "installed",
            "size": 0,
            "mode": "0o100644",
            "owner": 501,
            "group": 501,
            "inode": 100_001,
            "protection_class": 3,
            "created": T * US,
            "modified": T * US,
            "status_changed": T * US,
            "missing": 1,
        },
        {
            "path": "/private/var/mobile/Library/SMS/Attachments/ab/cd/x/photo.gif",
            "domain": "MediaDomain",
            "relative": SMS + "ab/cd/x/photo.gif",
            "file_id": file_id("MediaDomain", SMS + "ab/cd/x/photo.gif"),
            "flags": 1,
            "role": "received",
            "size": 1,
            "mode": "0o100644",
            "owner": 501,
            "group": 501,
            "inode": 100_002,
            "protection_class": 3,
            "created": T * US,
            "modified": T * US,
            "status_changed": T * US,
        },
        {
            "path": "/private/var/root",
            "domain": "RootDomain",
            "relative": "",
            "file_id": file_id("RootDomain", ""),
            "flags": 2,
            "role": "installed",
            "size": 0,
            "mode": "0o40755",
            "owner": 501,
            "group": 501,
            "inode": 100_003,
            "protection_class": 0,
            "created": T * US,
            "modified": T * US,
            "status_changed": T * US,
        },
        {
            "path": "/private/var/mobile/link",
            "domain": "HomeDomain",
            "relative": "link",
            "file_id": file_id("HomeDomain", "link"),
            "flags": 4,
            "role": "installed",
            "size": 0,
            "mode": "0o120755",
            "owner": 501,
            "group": 501,
            "inode": 100_004,
            "protection_class": 3,
            "created": T * US,
            "modified": T * US,
            "status_changed": T * US,
            "target": "/private/var/tmp/x",
        },
    ]


def test_manifest_reads_only_what_is_wanted(tmp_path: Path) -> None:
    phone = _phone(tmp_path)
    phone.add("HomeDomain", "a", b"", modified=WHEN)
    (batch,) = batches(manifest.ARTEFACT, phone.write(tmp_path / "b"), wanted=frozenset({"path", "modified"}))
    assert batch.row(0) == {"path": "/private/var/mobile/a", "modified": T * US}


def test_manifest_with_damaged_records(tmp_path: Path) -> None:
    path = tmp_path / "Manifest.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB)"
        )
        db.executemany(
            "INSERT INTO Files VALUES (?,?,?,?,?)",
            [
                ("aa", "HomeDomain", "a", 1, b"bplist00nonsense"),
                ("bb", "HomeDomain", "b", 2, None),
                ("cc", None, None, 1, 5),
            ],
        )
    db.close()
    assert rows(read(manifest.ARTEFACT, file_group(path))) == [
        {
            "path": "/private/var/mobile/a",
            "domain": "HomeDomain",
            "relative": "a",
            "file_id": "aa",
            "flags": 1,
            "role": "installed",
            "missing": 1,
            "problem": "a file record of the manifest is damaged.",
        },
        {
            "path": "/private/var/mobile/b",
            "domain": "HomeDomain",
            "relative": "b",
            "file_id": "bb",
            "flags": 2,
            "role": "installed",
            "problem": "the manifest has no record of this file.",
        },
        {
            "file_id": "cc",
            "flags": 1,
            "role": "installed",
            "missing": 1,
            "problem": "the manifest has no record of this file.",
        },
    ]


def test_manifest_after_a_path_that_is_no_utf8(tmp_path: Path) -> None:
    """From that row on texts come as bytes; roles, paths and what is missing are told all the same."""
    phone = _phone(tmp_path)
    for domain, relative in (("HomeDomain", "Library/a"), ("MediaDomain", SMS + "ab/cd/x/photo.gif")):
        phone.add(domain, relative, b"1", modified=WHEN)
    phone.add("HomeDomain", "Library/b", b"", row_only=True)
    to = phone.write(tmp_path / "b")
    sound = rows(batches(manifest.ARTEFACT, to))
    with closing(sqlite3.connect(to / "Manifest.db")) as db, db:
        db.execute(
            "INSERT INTO Files (rowid, fileID, domain, relativePath, flags) "
            "VALUES (-5, 'ff', 'HomeDomain', CAST(x'4cff' AS TEXT), 2)"
        )
    db.close()
    odd, *others = rows(batches(manifest.ARTEFACT, to))
    assert odd == {
        "path": "/private/var/mobile/L\\xff",
        "domain": "HomeDomain",
        "relative": "L\\xff",
        "file_id": "ff",
        "flags": 2,
        "role": "installed",
        "problem": "the manifest has no record of this file.",
    }
    assert others == sound
    assert [(one["role"], one.get("missing")) for one in others][-3:] == [
        ("installed", None),
        ("received", None),
        ("installed", 1),
    ]


def test_missing_is_told_also_where_nothing_is_there(tmp_path: Path) -> None:
    phone = _phone(tmp_path)
    phone.add("HomeDomain", "a", b"", row_only=True)
    assert rows(batches(manifest.ARTEFACT, phone.write(tmp_path / "b")))[0]["missing"] == 1


def test_another_database_is_not_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE other (a)")
    db.close()
    for one in (manifest, application_domains, triangulation_files, datausage, tcc):
        with pytest.raises(Unsupported):
            read(one.ARTEFACT, file_group(path))
    path.write_bytes(b"")
    for one in (manifest, application_domains, triangulation_files, datausage, tcc):
        with pytest.raises(Malformed):
            read(one.ARTEFACT, file_group(path))


def test_application_domains(tmp_path: Path) -> None:
    phone = _phone(tmp_path)
    phone.install("com.example.kept")
    phone.add_directory("AppDomain-com.example.kept", "", modified=WHEN)
    phone.add("AppDomain-com.example.kept", "a", b"1")
    phone.add("AppDomain-com.example.gone", "a", b"1")
    phone.add("AppDomainGroup-group.com.example", "a", b"1")
    phone.add("AppDomainPlugin-com.example.kept.share", "a", b"1")
    phone.add("HomeDomain", "a", b"1")
    assert rows(batches(application_domains.ARTEFACT, phone.write(tmp_path / "b"))) == [
        {
            "bundle": "com.example.gone",
            "domain": "AppDomain-com.example.gone",
            "kind": "app",
            "files": 1,
            "installed": 0,
        },
        {
            "bundle": "com.example.kept",
            "domain": "AppDomain-com.example.kept",
            "kind": "app",
            "files": 2,
            "installed": 1,
            "created": T * US,
            "modified": T * US,
            "status_changed": T * US,
        },
        {"bundle": "com.example", "domain": "AppDomainGroup-group.com.example", "kind": "group", "files": 1},
        {
            "bundle": "com.example.kept.share",
            "domain": "AppDomainPlugin-com.example.kept.share",
            "kind": "plugin",
            "files": 1,
        },
    ]


def test_triangulation_files(tmp_path: Path) -> None:
    phone = _phone(tmp_path)
    for folder in ("aa", "aa/01", "bb", "bb/02", "cc", "cc/zz"):
        phone.add_directory("MediaDomain", SMS + folder, modified=WHEN)
    bucket = T // 300 * 300
    for number, at in enumerate((bucket + 5, bucket + 2, bucket + 9, bucket + 300)):
        phone.add("MediaDomain", f"{SMS}bb/02/{number}/x.png", b"1", modified=datetime.fromtimestamp(at, UTC))
    phone.add("RootDomain", "Library/Preferences/com.apple.ImageIO.plist", b"1", modified=WHEN)
    found = rows(batches(triangulation_files.ARTEFACT, phone.write(tmp_path / "b")))
    assert [(row["what"], row["relative"].removeprefix(SMS), row["modified"] // US) for row in found] == [
        ("settings file", "Library/Preferences/com.apple.ImageIO.plist", T),
        ("empty attachment folder", "aa", T),
        ("empty attachment folder", "aa/01", T),
        ("empty attachment folder", "cc", T),
        ("attachment", "bb/02/1/x.png", bucket + 2),
        ("attachment", "bb/02/2/x.png", bucket + 9),
        ("attachment", "bb/02/3/x.png", bucket + 300),
    ]
    assert found[0] == {
        "what": "settings file",
        "domain": "RootDomain",
        "created": T * US,
        "modified": T * US,
        "relative": "Library/Preferences/com.apple.ImageIO.plist",
        "status_changed": T * US,
    }


def _usage(ios: int, number: int, **facts: object) -> dict[str, object]:
    row: dict[str, object] = {
        "process": f"p{number}",
        "first_seen": T * US,
        "last_seen": (T + 60) * US,
        "process_id": number,
        "live_id": number,
        "live_process_id": number,
        "live_time": (T + 30) * US,
        "wwan_in": 10.0,
        "wwan_out": 20.0,
        "traffic_kind": 0,
    }
    if ios >= 14:
        row |= {"wifi_in": 1.0, "wifi_out": 2.0}
    row |= {
        "ZMETADATA": 0,
        "ZTAG": 1,
        "Z_ENT": 5 if ios >= 14 else 1,
        "Z_OPT": 2,
        "ZPROCESS.Z_ENT": 7 if ios >= 14 else 2,
        "ZPROCESS.Z_OPT": 1,
    }
    return {name: value for name, value in (row | facts).items() if value is not None}


@pytest.mark.parametrize("ios", [12, 14, 18, 26])
def test_datausage(tmp_path: Path, ios: int) -> None:
    one = {"first": T, "last": T + 60, "at": T + 30, "wifi_in": 1, "wifi_out": 2, "wwan_in": 10, "wwan_out": 20}

    def fill(db: apsw.Connection) -> None:
        made_datausage.bulk(
            db,
            ios,
            [
                {"process": "p1", **one},
                {"process": "p2", "bundle": "com.example.app", **one},
                {"process": "p3", "process_row": False, **one},
            ],
        )

    def committed(db: apsw.Connection) -> None:
        made_datausage.bulk(db, ios, [{"process": "p4", **one}, {"process": "alone", "live": False, **one}])

    phone = _phone(tmp_path, f"{ios}.1")
    phone.database(made_datausage, fill, wal=committed)
    found = rows(batches(datausage.ARTEFACT, phone.write(tmp_path / "b")))
    gone = {
        "process": None,
        "first_seen": None,
        "last_seen": None,
        "process_id": None,
        "ZPROCESS.Z_ENT": None,
        "ZPROCESS.Z_OPT": None,
    }
    assert found == [
        _usage(ios, 1),
        _usage(ios, 2, bundle="com.example.app"),
        _usage(ios, 3, **gone),
        _usage(ios, 4),
        {
            "process": "alone",
            "first_seen": T * US,
            "last_seen": (T + 60) * US,
            "process_id": 5,
            "Z_ENT": 7 if ios >= 14 else 2,
            "Z_OPT": 1,
        },
    ]


def test_datausage_of_a_real_phone(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "DataUsage.sqlite"
    shutil.copyfile(shared_data / "phones/ios-plaso/DataUsage.sqlite", path)
    found = rows(read(datausage.ARTEFACT, file_group(path)))
    assert len(found) == 887 + 35
    assert len({row["process_id"] for row in found}) == 371
    assert min(row["first_seen"] for row in found) // US == 1_681_224_294


@pytest.mark.parametrize("ios", [12, 14, 17, 26])
def test_tcc(tmp_path: Path, ios: int) -> None:
    def fill(db: apsw.Connection) -> None:
        made_tcc.bulk(
            db,
            ios,
            [
                {"service": "kTCCServiceCamera", "client": "com.example.app", "at": T},
                {
                    "service": "kTCCServiceMicrophone",
                    "client": "/private/var/tmp/evil",
                    "client_type": 1,
                    "allowed": False,
                    "at": T,
                },
            ],
        )
        db.execute("INSERT INTO expired VALUES ('kTCCServicePhotos', 'com.example.old', 0, NULL, ?, ?)", (T, T + 5))

    phone = _phone(tmp_path, f"{ios}.0")
    phone.database(made_tcc, fill)
    found = rows(batches(tcc.ARTEFACT, phone.write(tmp_path / "b")))
    new: dict[str, object] = {"auth_reason": "user_consent", "auth_version": 1, "indirect_object_identifier": "UNUSED"}
    if ios >= 17:
        new |= {"boot_uuid": "UNUSED"}
    common: dict[str, object] = {"last_modified": T * US, "flags": 0, **(new if ios >= 14 else {"prompt_count": 1})}
    assert found == [
        {
            "service": "kTCCServiceCamera",
            "bundle": "com.example.app",
            "client_type": "bundle_id",
            "auth_value": "allowed",
        }
        | common,
        {
            "service": "kTCCServiceMicrophone",
            "process": "/private/var/tmp/evil",
            "path": "/private/var/tmp/evil",
            "client_type": "absolute_path",
            "auth_value": "denied",
        }
        | common,
        {
            "service": "kTCCServicePhotos",
            "bundle": "com.example.old",
            "client_type": "bundle_id",
            "last_modified": T * US,
            "expired_at": (T + 5) * US,
        },
    ]


def test_published_values_are_met_in_paths(tmp_path: Path) -> None:
    """A path that a domain maps, a host in a folder's name, a file's name; near misses are none."""
    phone = _phone(tmp_path)
    for domain, relative in (
        ("HomeDomain", "Library/Caches/evil"),
        ("HomeDomain", "Library/Caches/evil/below"),
        ("HomeDomain", "Library/Caches/evil2"),
        ("HomeDomain", "Library/Caches/evil.com/x.db"),
        ("AppDomain-com.example.app", "Documents/a_b.evil.com_0.localstorage"),
        ("RootDomain", "Library/Preferences/roleaccountd.plist"),
        ("HomeDomain", "Library/Caches/notevil.com/x.db"),
    ):
        phone.add(domain, relative, b"")
    said = Attribution(set_name="set", family="Example", threat_class=None, publisher="set")
    published = [
        Indicator(kind=kind, value=value, original=value, pattern="equals", attributions=(said,))
        for kind, value in (
            (IndicatorKind.FILE_PATH, "/private/var/mobile/Library/Caches/evil"),
            (IndicatorKind.DOMAIN, "evil.com"),
            (IndicatorKind.FILE_NAME, "roleaccountd.plist"),
        )
    ]
    matcher = Matcher(Index.build([IndicatorSet(name="set", sha256="0", indicators=tuple(published))]))
    found = []
    for batch in batches(manifest.ARTEFACT, phone.write(tmp_path / "b"), wanted=frozenset({"path"})):
        found += [
            (batch.column("path")[m.row].rpartition("Library/")[2], matcher.index.all[m.indicator].value, m.how)
            for m in matcher.match(batch, manifest.ARTEFACT.kinds)
        ]
    assert found == [
        ("Caches/evil", "/private/var/mobile/Library/Caches/evil", "equals"),
        ("Caches/evil/below", "/private/var/mobile/Library/Caches/evil", "below"),
        ("Caches/evil.com/x.db", "evil.com", "equals"),
        ("Documents/a_b.evil.com_0.localstorage", "evil.com", "subdomain"),
        ("Preferences/roleaccountd.plist", "roleaccountd.plist", "basename"),
    ]
