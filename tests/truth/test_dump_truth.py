"""Planted traces and near misses in dumps and lists of files: every trace is found as strong as it should be, nothing else is."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import cache as once
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import apsw
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
from sousveil.indicators.model import Attribution, IndicatorKind, IndicatorSet
from sousveil.indicators.store import load_paths
from tests.clean import corpus
from tests.truth.examine import Trial, examine

EVIL, NEAR = "free247downloads.com", "free247downloads.com.example.org"
STAGING = "/private/var/db/com.apple.xpc.roleaccountd.staging/"
CONTENT = b"an implant of nobody"
KNOWN = hashlib.sha256(CONTENT).hexdigest()
NOW = 1_748_770_200
LISTS: dict[str, Callable[[list[DumpedFile]], str]] = {"body": dump.body_file, "paths": dump.path_list}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2) as pool:
        yield pool


OWN_PATHS = ("/data/data/com.example.evil/files/core", "/sdcard/.evil/core")
OTHER_NAMES = (
    "/data/user/0/com.example.evil/files/core",
    "/data/media/0/.evil/core",
    "/storage/emulated/0/.evil/core",
    "/mnt/sdcard/.evil/core",
)
"""The same files by other names of their folders."""


def own_sets(folder: Path) -> list[Path]:
    """A list with the hash of a file and some paths."""
    own = folder / "own.iocs"
    own.write_text("\n".join([KNOWN, *OWN_PATHS]) + "\n")
    return [own]


@once
def sets() -> list[IndicatorSet]:
    """The bundled indicators, and the test's own."""
    with TemporaryDirectory() as folder:
        return load_paths(own_sets(Path(folder)), bundled=True, added=False)


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


@once
def published_paths() -> frozenset[str]:
    """Every published path."""
    return frozenset(
        clean_path(one.value)
        for some in bundled_sets()
        for one in some.indicators
        if one.kind is IndicatorKind.FILE_PATH and one.pattern == "equals"
    )


def published(top: str = "/private/var/") -> list[str]:
    """Published paths below a folder that stand for a file: none is the folder of another one."""
    every = published_paths()
    folders = {path for path in every if any(other.startswith(f"{path}/") for other in every)}
    return sorted(path for path in every - folders if path.startswith(top) and path != STAGING.rstrip("/"))


def near_paths(paths: Sequence[str]) -> list[str]:
    """Paths with more letters, and the same last part with one before it in another folder; none below a published folder."""
    made: list[str] = []
    for path in paths:
        folder, _, last = path.rpartition("/")
        made += [f"{folder}/{last}x", f"{path[: path.index('/', 1)]}/x/Documents{folder}/x{last}", f"{folder}x/{last}x"]
    return [path for path in made if not any(path.startswith(f"{folder}/") for folder in published_paths())]


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
    files = phone_files(NEAR, "rolexdx", CONTENT + b"!", near_paths(published()))
    examined = look(pool, dump.write(files, tmp_path / f"d.{form}", form=form))
    assert [(one.artefact, one.rule, one.says) for one in examined.case.findings] == []


@pytest.mark.parametrize("form", ["body", "paths"])
def test_lists_of_files_find_every_path_and_no_near_miss(pool: Pool, tmp_path: Path, form: str) -> None:
    write = dump.body_file if form == "body" else dump.path_list
    files = [DumpedFile(path.lstrip("/"), b"", NOW) for path in [*published(), *near_paths(published())]]
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


@pytest.mark.parametrize("form", ["zip", "body", "paths"])
def test_a_path_is_found_under_another_name_of_its_folder(pool: Pool, tmp_path: Path, form: str) -> None:
    near = ["/data/user/10/com.example.evil/files/core", "/storage/emulated/10/.evil/core", "/data/user/0/x/files/core"]
    files = [DumpedFile(path[1:], b"x", NOW) for path in (*OTHER_NAMES, *near, "/data/system/packages.list")]
    path = tmp_path / f"d.{form}"
    if form == "zip":
        dump.write(files, path, form=form)
    else:
        path.write_text(LISTS[form](files))
    examined = look(pool, path)
    assert paths_of(examined.case.findings, "android.dump_files") == set(OTHER_NAMES)
    assert {finding.artefact for finding in examined.case.findings} == {"android.dump_files"}


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


# ---------------------------------------------------------------- error rates
FORMS = (("zip", ""), ("tar.gz", "./Dump/fs/"), ("folder", "x/filesystem1/"))
PLANTED = {"ios.netusage": "rolexd", "sysdiagnose.shutdown": "rolexd", "scan": KNOWN}
"""Artefact -> the indicator that it shows; the others show a host."""


def android_phone(host: str, app: str, paths: Sequence[str]) -> list[DumpedFile]:
    """A phone with messages, a download, an app, and files at these paths."""
    files = android_files(host, app) | dict.fromkeys(paths, b"nothing")
    return [DumpedFile(path[1:], data, NOW) for path, data in files.items()]


def trials(folder: Path) -> Iterator[Trial]:
    """Dumps of both systems in each form, of which the error rates are measured."""
    paths = published()
    ios = [(artefact, PLANTED.get(artefact, EVIL)) for artefact in STRENGTHS]
    ios += [("ios.dump_files", path) for path in paths]
    android = [(f"android.{name}", EVIL) for name in ("dump_messages", "downloads")]
    android += [("android.dump_files", value) for value in (stalkerware(), *published("/data/"))]
    for form, prefix in FORMS:
        files = phone_files(EVIL, "rolexd", CONTENT, paths)
        path = dump.write(files, folder / f"ios.{form}", form=form, prefix=prefix)
        yield Trial(path, ios, also={STAGING + "rolexd", *names_of(paths)})
        files = phone_files(NEAR, "rolexdx", CONTENT + b"!", near_paths(paths))
        path = dump.write(files, folder / f"ios near.{form}", form=form, prefix=prefix)
        yield Trial(path, near=len(STRENGTHS) + len(near_paths(paths)))
        files = android_phone(EVIL, stalkerware(), published("/data/"))
        yield Trial(
            dump.write(files, folder / f"android.{form}", form=form, prefix=prefix),
            android,
            also=names_of(published("/data/")),
        )
        near = near_paths(published("/data/"))
        files = android_phone(NEAR, stalkerware() + "x", near)
        path = dump.write(files, folder / f"android near.{form}", form=form, prefix=prefix)
        yield Trial(path, near=3 + len(near))


def list_trials(folder: Path) -> Iterator[Trial]:
    """Lists of files of both systems in each form, of which the error rates are measured."""
    for system, top in (("ios", "/private/var/"), ("android", "/data/")):
        paths = published(top)
        wanted = [(f"{system}.dump_files", path) for path in paths]
        for form, write in LISTS.items():
            path = folder / f"{system} {form}.txt"
            path.write_text(write([DumpedFile(one.lstrip("/"), b"", NOW) for one in (*paths, *ORDINARY_PATHS[system])]))
            yield Trial(path, wanted, also=names_of(paths))
            path = folder / f"{system} {form} near.txt"
            near = near_paths(paths)
            path.write_text(write([DumpedFile(one.lstrip("/"), b"", NOW) for one in (*near, *ORDINARY_PATHS[system])]))
            yield Trial(path, near=len(near))


ORDINARY_PATHS = {
    "ios": [f"/private/var/mobile/Media/DCIM/IMG_{n:04}.HEIC" for n in range(500)],
    "android": [f"/data/data/org.example.app{n}/files/{n}.bin" for n in range(500)],
}


def names_of(paths: Sequence[str]) -> set[str]:
    """The last parts, ends and folders of paths: some are published too."""
    names = {part for path in paths for part in (path.rpartition("/")[2], path.rpartition("/")[0])}
    return names | {end for end in published_paths() if any(path.endswith(f"/{end}") for path in paths)}


# ---------------------------------------------------------------- phones of ordinary people
READERS = {
    "/data/data/com.android.chrome/app_chrome/Profile 1/page.html": corpus.article,
    "/data/data/example.shield.blocker/files/hosts.txt": corpus.hosts_list,
    "/data/media/0/Download/predator.csv": lambda: corpus.table_of("Predator"),
}
"""Files of an Android phone whose owner reads about spyware and blocks its hosts."""
IPHONES = ("reader, iOS 16", "reader, iOS 12", "ordinary, iOS 14.8.1", "ordinary, iOS 17.5", "ordinary, iOS 26.0")
PEOPLE = (*IPHONES, "Android")
ALL_PEOPLE = [(who, ("zip", "tar.gz")[number % 2]) for number, who in enumerate(PEOPLE)]
ALL_LISTS = [(who, form) for who in PEOPLE for form in LISTS]


def of_person(who: str, form: str, folder: Path) -> tuple[Path, None]:
    """The dump or the list of files of an ordinary person's phone; neither has a password."""
    if who == "Android":
        files = android_phone("news.example.org", "org.example.app", [])
        files += [DumpedFile(path[1:], make(), NOW) for path, make in READERS.items()]
    else:
        with corpus.CLEAN[who]() as phone:
            files = dump.files_of(phone)
    folder.mkdir(parents=True, exist_ok=True)
    if form not in LISTS:
        return dump.write(files, folder / f"dump.{form}", form=form), None
    path = folder / "files.txt"
    path.write_text(LISTS[form](files))
    return path, None
