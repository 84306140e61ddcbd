"""Planted traces and near misses in dumps and lists of files: every trace is found as strong as it should be, nothing else is."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from functools import cache as once
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from phonegen import Phone, dump
from phonegen.dump import DumpedFile
from phonegen.ios import datausage, safari_history, sms
from sousveil.cases.model import Outcome
from sousveil.cases.pool import Pool
from sousveil.cases.run import Examined
from sousveil.findings.model import Finding
from sousveil.indicators.bundled import bundled_sets
from sousveil.indicators.index import Index, clean_path
from sousveil.indicators.model import Attribution, Indicator, IndicatorKind, IndicatorSet
from tests.truth.examine import examine

EVIL, NEAR = "free247downloads.com", "free247downloads.com.example.org"
STAGING = "/private/var/db/com.apple.xpc.roleaccountd.staging/"
CONTENT = b"an implant of nobody"
NOW = 1_748_770_200


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2) as pool:
        yield pool


@once
def sets() -> list[IndicatorSet]:
    """The bundled indicators, and the hash of a file."""
    bundled = bundled_sets()
    like = next(one for one in bundled[0].indicators if one.attributions)
    known = msgspec.structs.replace(
        like, kind=IndicatorKind.SHA256, value=hashlib.sha256(CONTENT).hexdigest(), requires=()
    )
    return [*bundled, msgspec.structs.replace(bundled[0], name="own", indicators=(known,))]


@once
def index() -> Index:
    return Index.build(sets())


def look(pool: Pool, path: Path) -> Examined:
    return examine(pool, path, index(), sets())


def database(statements: str) -> bytes:
    with apsw.Connection(":memory:") as db:
        db.execute(statements)
        return bytes(db.serialize("main"))


def cache(url: str) -> bytes:
    return database(
        "CREATE TABLE cfurl_cache_response (entry_ID INTEGER PRIMARY KEY, request_key TEXT, time_stamp TEXT);"
        f"INSERT INTO cfurl_cache_response VALUES (1, '{url}', '2025-05-06 07:08:09')"
    )


def knowledge(url: str) -> bytes:
    return database(
        "CREATE TABLE ZOBJECT (Z_PK INTEGER PRIMARY KEY, ZSTREAMNAME, ZVALUESTRING, ZSTARTDATE, ZENDDATE);"
        f"INSERT INTO ZOBJECT VALUES (1, '/safari/history', '{url}', 760000000, 760000001)"
    )


def biome(url: str) -> bytes:
    data = b"\x0a" + bytes([len(url)]) + url.encode()
    entry = struct.pack("<IIdd", len(data), 1, 760_000_000.0, 0.0) + bytes(8) + data
    return struct.pack("<I", 56 + len(entry)).ljust(52, b"\0") + b"SEGB" + entry


def shutdown(path: str) -> bytes:
    return (
        f"After 1.26s, these clients are still here:\n\t\tremaining client pid: 90 ({path})\nSIGTERM: [{NOW}] done\n"
    ).encode()


def traffic(process: str) -> bytes:
    with Phone("16.5") as phone:
        name = phone.database(
            datausage,
            lambda db: datausage.bulk(db, phone.major, [{"process": process, "wwan_in": 500, "wwan_out": 700}]),
        )
        made = next(entry for key, entry in phone._entries.items() if key[1] == datausage.RELATIVE)
        assert name and isinstance(made.data, Path)
        return made.data.read_bytes()


APP = "/private/var/mobile/Containers/Data/Application/11111111-2222-3333-4444-555555555555"
LIBRARY = "/private/var/mobile/Library"
MAKERS: dict[str, Callable[[str, str, bytes], dict[str, bytes]]] = {
    "ios.url_cache": lambda host, _name, _data: {f"{APP}/Library/Caches/x/Cache.db": cache(f"https://{host}/c")},
    "ios.knowledge": lambda host, _name, _data: {
        f"{LIBRARY}/CoreDuet/Knowledge/knowledgeC.db": knowledge(f"https://{host}/k")
    },
    "ios.biome": lambda host, _name, _data: {
        f"{LIBRARY}/Biome/streams/restricted/App.WebUsage/local/7600": biome(f"https://{host}/b")
    },
    "ios.webkit_storage": lambda host, _name, _data: {
        f"{APP}/Library/WebKit/WebsiteData/IndexedDB/v1/https_{host}_0/x.sqlite3": b"x"
    },
    "ios.netusage": lambda _host, name, _data: {"/private/var/networkd/netusage.sqlite": traffic(name)},
    "sysdiagnose.shutdown": lambda _host, name, _data: {
        "/private/var/db/diagnostics/shutdown.log": shutdown(
            f"{STAGING}{name}" if name == "rolexd" else f"/usr/libexec/{name}"
        )
    },
    "scan": lambda _host, _name, data: {"/private/var/root/unknown.bin": data},
}
"""Artefact -> the files that plant a host, a process name or a content there."""
STRENGTHS = {
    "ios.url_cache": "lead",
    "ios.knowledge": "lead",  # the report is years older than the visit
    "ios.biome": "lead",
    "ios.webkit_storage": "lead",
    "ios.netusage": "strong",
    "sysdiagnose.shutdown": "strong",
    "scan": "lead",
    "ios.sms": "lead",
    "ios.safari_history": "lead",
}


def phone_files(host: str, name: str, data: bytes, paths: list[str]) -> list[DumpedFile]:
    """A phone with something in every source of `MAKERS`, in messages and pages, and empty files at these paths."""
    more: dict[str, bytes] = {}
    for make in MAKERS.values():
        more |= make(host, name, data)
    with Phone("16.5") as phone:
        phone.database(sms, lambda db: sms.bulk(db, phone.major, [{"text": f"https://{host}/m", "at": NOW}]))
        phone.database(
            safari_history,
            lambda db: safari_history.bulk(db, phone.major, [{"url": f"https://{host}/p", "at": NOW}]),
        )
        return dump.files_of(phone, more | dict.fromkeys(paths, b"nothing"))


def published() -> list[str]:
    """Published paths on iPhones that stand for a file."""
    values = {
        clean_path(one.value)
        for some in bundled_sets()
        for one in some.indicators
        if one.kind is IndicatorKind.FILE_PATH and one.pattern == "equals"
    }
    return sorted(value for value in values if value.startswith("/private/var/") and value != STAGING.rstrip("/"))


def near_paths() -> list[str]:
    """Paths with more letters, and the same last part with one before it in another folder."""
    made = []
    for path in published():
        folder, _, last = path.rpartition("/")
        made += [f"{folder}/{last}x", f"/private/var/mobile/Documents{folder}/x{last}", f"{folder}x/{last}x"]
    return made


def found_in(examined: Examined) -> dict[str, set[str]]:
    """Artefact -> strengths of its findings."""
    made: dict[str, set[str]] = {}
    for finding in examined.case.findings:
        made.setdefault(finding.artefact, set()).add(str(finding.strength))
    return made


@pytest.mark.parametrize(("form", "prefix"), [("zip", ""), ("tar.gz", "./Dump/fs/"), ("folder", "x/filesystem1/")])
def test_every_planted_trace_of_a_dump_is_found(pool: Pool, tmp_path: Path, form: str, prefix: str) -> None:
    paths = published()
    files = phone_files(EVIL, "rolexd", CONTENT, paths)
    examined = look(pool, dump.write(files, tmp_path / f"d.{form}", form=form, prefix=prefix))
    strengths = found_in(examined)
    for artefact, strength in STRENGTHS.items():
        assert strengths[artefact] & {strength, "strong"}, artefact
    assert paths_of(examined.case.findings, "ios.dump_files") >= set(paths)
    assert {line.outcome for line in examined.case.coverage if line.artefact == "scan"} == {Outcome.READ}


def paths_of(findings: Any, artefact: str) -> set[str]:
    """The paths that findings of an artefact rest on."""

    def paths(finding: Finding) -> Iterator[str]:
        yield from (str(one.record["path"]) for one in finding.evidence if "path" in one.record)

    return {path for finding in findings if finding.artefact == artefact for path in paths(finding)}


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_no_near_miss_of_a_dump_is_found(pool: Pool, tmp_path: Path, form: str) -> None:
    files = phone_files(NEAR, "rolexdx", CONTENT + b"!", near_paths())
    examined = look(pool, dump.write(files, tmp_path / f"d.{form}", form=form))
    assert [(one.artefact, one.rule, one.says) for one in examined.case.findings] == []


@pytest.mark.parametrize("form", ["body", "paths"])
def test_lists_of_files_find_every_path_and_no_near_miss(pool: Pool, tmp_path: Path, form: str) -> None:
    write = dump.body_file if form == "body" else dump.path_list
    files = [DumpedFile(path.lstrip("/"), b"", NOW) for path in [*published(), *near_paths()]]
    (tmp_path / "phone.txt").write_text(write(files))
    examined = look(pool, tmp_path / "phone.txt")
    assert paths_of(examined.case.findings, "ios.dump_files") == set(published())
    assert {finding.artefact for finding in examined.case.findings} == {"ios.dump_files"}
    if form == "body":
        assert {finding.at for finding in examined.case.findings} == {"2025-06-01T09:30:00.000000Z"}
    outcomes = {line.artefact: line.outcome for line in examined.case.coverage}
    assert outcomes["ios.dump_files"] is Outcome.READ
    assert outcomes["scan"] is Outcome.ABSENT_EXPECTED
    assert examined.case.exit_code == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (STAGING + "rolexd", {"lead"}),
        ("/private/var/mobile/Documents/rolexd", {"weak"}),
        ("/usr/libexec/BackupAgent", {"weak"}),
        ("/private/var/mobile/Documents/rolexd.txt", set()),
        ("/private/var/mobile/rolexd/notes.txt", set()),
        ("/private/var/mobile/Library/SMS/sms.db", set()),
    ],
)
def test_a_name_of_a_process_in_a_list_is_weak_unless_it_lies_where_spyware_ran(
    pool: Pool, tmp_path: Path, path: str, expected: set[str]
) -> None:
    (tmp_path / "phone.txt").write_text(f"/private/var/mobile/Library/x\n{path}\n")
    assert found_in(look(pool, tmp_path / "phone.txt")).get("ios.dump_files", set()) == expected


def stalkerware() -> str:
    """A published identifier of an Android app."""
    indicators = (one for some in bundled_sets() for one in some.indicators)
    names = (one.value for one in indicators if one.kind is IndicatorKind.APP_ID and _stalkerware(one.attributions))
    return min(name for name in names if name.count(".") == 2)


def _stalkerware(attributions: tuple[Attribution, ...]) -> bool:
    return any(str(one.threat_class) == "stalkerware" and one.set_name.startswith("echap") for one in attributions)


def android_files(host: str, app: str) -> dict[str, bytes]:
    """Files of an Android phone."""
    messages = database(
        "CREATE TABLE sms (_id INTEGER PRIMARY KEY, address TEXT, date INTEGER, type INTEGER, body TEXT);"
        f"INSERT INTO sms VALUES (1, '+1555', {NOW}000, 1, 'https://{host}/m')"
    )
    downloads = database(
        "CREATE TABLE downloads (_id INTEGER PRIMARY KEY, uri TEXT, lastmod BIGINT, _data TEXT);"
        f"INSERT INTO downloads VALUES (1, 'https://{host}/d', {NOW}000, NULL)"
    )
    return {
        "/data/data/com.android.providers.telephony/databases/mmssms.db": messages,
        "/data/data/com.android.providers.downloads/databases/downloads.db": downloads,
        f"/data/user/0/{app}/files/x": b"x",
        "/data/system/packages.list": b"x",
    }


@pytest.mark.parametrize("prefix", ["", "Dump/", "extracted/fs/"])
def test_traces_on_an_android_phone(pool: Pool, tmp_path: Path, prefix: str) -> None:
    files = [DumpedFile(path[1:], data, NOW) for path, data in android_files(EVIL, stalkerware()).items()]
    examined = look(pool, dump.write(files, tmp_path / "d.zip", form="zip", prefix=prefix))
    assert examined.case.device.platform == "android"
    artefacts = {finding.artefact for finding in examined.case.findings}
    assert artefacts >= {"android.dump_messages", "android.downloads", "android.dump_files"}
    near = [DumpedFile(path[1:], data, NOW) for path, data in android_files(NEAR, stalkerware() + "x").items()]
    examined = look(pool, dump.write(near, tmp_path / "n.tar", form="tar", prefix=prefix))
    assert [(one.artefact, one.says) for one in examined.case.findings] == []


def test_the_indicator_of_the_hash_is_of_the_kind_that_is_compared() -> None:
    (known,) = sets()[-1].indicators
    assert isinstance(known, Indicator)
    assert known.kind is IndicatorKind.SHA256
