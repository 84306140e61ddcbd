"""Artefacts that only dumps have, row by row: on real files where there are some, else on files made here."""

from __future__ import annotations

import random
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw
import pytest

from phonegen import Phone, dump
from phonegen.ios import datausage
from sousveil.acquisition import file_lists
from sousveil.acquisition.door import open_acquisition
from sousveil.acquisition.model import Device, FileGroup, Member, Section
from sousveil.artefacts import file_listing
from sousveil.artefacts.file_listing import paths_with
from sousveil.artefacts.ios.biome import entries
from sousveil.artefacts.model import discover
from sousveil.cases.coverage import why_absent
from sousveil.cases.model import Outcome
from sousveil.errors import Malformed, Unsupported
from sousveil.readers.model import Context
from sousveil.records import Source, check_batch

SECOND = 1_000_000


def rows(name: str, path: Path, device: Device | None = None) -> list[dict[str, Any]]:
    """The rows of an artefact out of one file."""
    artefact = discover()[name]
    group = FileGroup(domain="", relative=str(path).lstrip("/"), members=(Member(suffix="", path=str(path)),))
    made = []
    for batch in artefact.read(artefact, {"main": group}, Context(device=device or Device(acquisition="dump"))):
        check_batch(batch, artefact.record)
        made += [batch.row(at) for at in range(batch.count)]
    return made


def of_dump(name: str, path: Path) -> list[dict[str, Any]]:
    """The rows of an artefact out of a dump or a list."""
    artefact, found = discover()[name], open_acquisition(path)
    made = []
    for _, group in found.locate([(name, at) for at in artefact.needs["main"]]):
        for batch in artefact.read(artefact, {"main": group}, Context(device=found.device)):
            check_batch(batch, artefact.record)
            made += [batch.row(at) for at in range(batch.count)]
    return made


def test_network_traffic_of_a_real_phone(shared_data: Path) -> None:
    made = rows("ios.netusage", shared_data / "phones/ios-plaso/netusage.sqlite")
    assert len(made) == 335
    assert made[-1] == {
        "process": "wifivelocityd",
        "first_seen": 1613769277446715,
        "last_seen": 1613769277446827,
        "process_id": 282,
        "live_id": 357,
        "live_process_id": 282,
        "live_time": 1613769277446715,
        "wifi_in": 6568.0,
        "wifi_out": 2267.0,
        "wwan_in": 0.0,
        "wwan_out": 0.0,
        "traffic_kind": 0,
    }


@pytest.mark.parametrize(("year", "count"), [("10.13", 21), ("10.14", 92)])
def test_noted_use_of_real_files(shared_data: Path, year: str, count: int) -> None:
    made = rows("ios.knowledge", shared_data / f"phones/ios-plaso/apple/knowledgec-{year}.db")
    assert len(made) == count
    assert {row["role"] for row in made if row["stream"] == "/app/inFocus"} == {"ran"}
    assert [row.get("url") for row in made if row["stream"] == "/safari/history"] == [
        row.get("url") for row in made if row["role"] == "visited"
    ]


def test_noted_use_tells_pages_apps_and_other_values_apart(tmp_path: Path) -> None:
    with apsw.Connection(str(tmp_path / "k.db")) as db:
        db.execute(
            "CREATE TABLE ZOBJECT (Z_PK INTEGER PRIMARY KEY, ZSTREAMNAME, ZVALUESTRING, ZSTARTDATE, ZENDDATE, ZSOURCE);"
            "CREATE TABLE ZSOURCE (Z_PK INTEGER PRIMARY KEY, ZBUNDLEID);"
            "INSERT INTO ZSOURCE VALUES (1, 'com.apple.mobilesafari');"
            "INSERT INTO ZOBJECT VALUES (1, '/safari/history', 'https://example.org/a', 700000000.5, 700000001, 1),"
            " (2, '/app/inFocus', 'com.example.app', 700000002, 700000003, NULL),"
            " (3, '/app/install', 'com.example.app', 700000004, NULL, NULL),"
            " (4, '/display/isBacklit', 'on', NULL, NULL, NULL);"
        )
    epoch = 978_307_200 * SECOND
    start = 700_000_000 * SECOND + epoch
    assert rows("ios.knowledge", tmp_path / "k.db") == [
        {
            "stream": "/safari/history",
            "role": "visited",
            "url": "https://example.org/a",
            "source_bundle": "com.apple.mobilesafari",
            "start": start + 500_000,
            "end": start + SECOND,
        },
        {
            "stream": "/app/inFocus",
            "role": "ran",
            "bundle": "com.example.app",
            "start": start + 2 * SECOND,
            "end": start + 3 * SECOND,
        },
        {"stream": "/app/install", "role": "installed", "bundle": "com.example.app", "start": start + 4 * SECOND},
        {"stream": "/display/isBacklit", "role": "installed", "value": "on"},
    ]


def test_requests_in_a_cache(tmp_path: Path) -> None:
    with apsw.Connection(str(tmp_path / "Cache.db")) as db:
        db.execute(
            "CREATE TABLE cfurl_cache_response (entry_ID INTEGER PRIMARY KEY, request_key TEXT, time_stamp TEXT, version);"
            "INSERT INTO cfurl_cache_response VALUES (1, 'https://example.org/a', '2021-05-06 07:08:09', 0),"
            " (2, 'https://example.org/b', 'yesterday', 0);"
        )
    assert rows("ios.url_cache", tmp_path / "Cache.db") == [
        {"url": "https://example.org/a", "loaded": 1_620_284_889 * SECOND, "entry_id": 1},
        {"url": "https://example.org/b", "entry_id": 2},
    ]


def segb_1(*contents: tuple[int, float, bytes]) -> bytes:
    """A file of Biome, version 1."""
    body = b""
    for state, written, data in contents:
        body += struct.pack("<IIddII", len(data), state, written, written, 0, 0)[:32].ljust(32, b"\0") + data
        body += bytes(-len(body) % 8)
    return struct.pack("<I", 56 + len(body)).ljust(52, b"\0") + b"SEGB" + body


def segb_2(*contents: tuple[int, float, bytes]) -> bytes:
    """A file of Biome, version 2."""
    body, table = b"", b""
    for state, written, data in contents:
        body += bytes(8) + data
        table += struct.pack("<iId", len(body), state, written)
        body += bytes(-len(body) % 4)
    return b"SEGB" + struct.pack("<I", len(contents)).ljust(28, b"\0") + body + table


@pytest.mark.parametrize("made", [segb_1, segb_2])
def test_entries_of_biome(tmp_path: Path, made: Any) -> None:
    content = b"\x0a\x0fcom.example.app\x12\x15https://example.org/a"
    path = tmp_path / "App.WebUsage/local/700000000"
    path.parent.mkdir(parents=True)
    path.write_bytes(made((1, 700_000_000.0, content), (3, 700_000_001.0, b"\x08\x01")))
    moment = (700_000_000 + 978_307_200) * SECOND
    assert rows("ios.biome", path) == [
        {
            "stream": "App.WebUsage",
            "written": moment,
            "state": 1,
            "bundle": "com.example.app",
            "text": "com.example.app\nhttps://example.org/a",
        },
        {"stream": "App.WebUsage", "written": moment + SECOND, "state": 3},
    ]


def test_damaged_files_of_biome_are_told(tmp_path: Path) -> None:
    whole = segb_1((1, 1.0, b"first"), (1, 2.0, b"second entry"))
    found: list[bytes] = []

    def read(data: bytes) -> None:
        for _, _, content in entries(data):
            found.append(content)

    with pytest.raises(Malformed):
        read(whole[:-8])
    assert found == [b"first"]
    with pytest.raises(Unsupported):
        read(b"x" * 100)
    with pytest.raises(Malformed):
        read(b"SEGB" + struct.pack("<I", 1000) + bytes(60))


def test_sites_are_told_by_names_of_folders(tmp_path: Path) -> None:
    container = "private/var/mobile/Containers/Data/Application/A/Library/WebKit/WebsiteData"
    names = [
        f"{container}/IndexedDB/v1/https_example.org_0/x/IndexedDB.sqlite3",
        f"{container}/IndexedDB/v1/https_example.org_0/x/IndexedDB.sqlite3-wal",
        f"{container}/LocalStorage/http_shop.example.net_8080.localstorage",
        f"{container}/LocalStorage/notes.txt",
    ]
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    assert of_dump("ios.webkit_storage", tmp_path / "d.zip") == [
        {
            "url": "https://example.org/",
            "store": "IndexedDB",
            "folder": f"/{container}/IndexedDB/v1/https_example.org_0",
        },
        {
            "url": "http://shop.example.net:8080/",
            "store": "LocalStorage",
            "folder": f"/{container}/LocalStorage/http_shop.example.net_8080",
        },
    ]


def test_the_list_of_a_dump(tmp_path: Path) -> None:
    with Phone("16.5") as phone:
        phone.database(datausage, lambda db: datausage.bulk(db, phone.major, []))
        phone.add("AppDomain-com.example.app", "Documents/a", b"abc")
        phone.add("AppDomain-com.example.app", "Documents/b", b"abcd")
        files = dump.files_of(phone)
        container = f"/private/var/mobile/Containers/Data/Application/{phone.uuid('AppDomain-com.example.app')}"
    dump.write(files, tmp_path / "d.tar.gz", form="tar.gz", prefix="./Dump/")
    made = of_dump("ios.dump_files", tmp_path / "d.tar.gz")
    now = 1_748_770_200 * SECOND
    day = 86_400 * SECOND
    assert [row for row in made if row["path"].startswith(container)] == [
        {
            "path": f"{container}/.com.apple.mobile_container_manager.metadata.plist",
            "bundle": "com.example.app",
            "size": len(next(one.data for one in files if "container_manager" in one.path)),
            "modified": now,
        },
        {"path": f"{container}/Documents/a", "size": 3, "modified": now - day},
        {"path": f"{container}/Documents/b", "size": 4, "modified": now - day},
    ]
    assert {row["path"] for row in made} == {f"/{one.path}" for one in files}


BODY = """# made by hand
d41d8cd98f00b204e9800998ecf8427e|/private/var/a|2|r/rrw-r--r--|501|20|7|1700000001|1700000002|1700000003|1700000004
0|/private/var/mobile/Library/x|y|3|r/rrw-r--r--|0|0|8|0|1700000005|0|0
0|/private/var/link -> /private/var/a|4|l/lrwxrwxrwx|0|0|9|0|1700000006|0|0
0|/private/var/gone (deleted)|5-128-1|r/rrw-r--r--|0|0|9|0|1700000007|0|0
0|/private/var/cut|6|r/r
"""
EXPECTED = [
    {
        "path": "/private/var/a",
        "md5": "d41d8cd98f00b204e9800998ecf8427e",
        "inode": "2",
        "mode": "r/rrw-r--r--",
        "owner": 501,
        "group": 20,
        "size": 7,
        "accessed": 1_700_000_001 * SECOND,
        "modified": 1_700_000_002 * SECOND,
        "changed": 1_700_000_003 * SECOND,
        "created": 1_700_000_004 * SECOND,
    },
    {"path": "/private/var/mobile/Library/x|y", "inode": "3", "size": 8, "modified": 1_700_000_005 * SECOND},
    {"path": "/private/var/link", "inode": "4", "size": 9, "modified": 1_700_000_006 * SECOND, "link": 1},
    {"path": "/private/var/gone", "inode": "5-128-1", "size": 9, "modified": 1_700_000_007 * SECOND, "deleted": 1},
]


@pytest.mark.parametrize(
    "encoded",
    [
        BODY.encode(),
        BODY.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + BODY.encode(),
        b"\xff\xfe" + BODY.encode("utf-16-le"),
    ],
    ids=["plain", "CR LF", "UTF-8 with a mark", "UTF-16"],
)
def test_a_body_file(tmp_path: Path, encoded: bytes) -> None:
    (tmp_path / "phone.body").write_bytes(encoded)
    artefact, found = discover()["ios.dump_files"], open_acquisition(tmp_path / "phone.body")
    assert (found.device.platform, found.device.acquisition) == ("ios", "file-list")
    ((_, group),) = found.locate([("list", at) for at in artefact.needs["main"]])
    assert group.sections == (Section(title="file list", start=0, end=len(encoded), line=1),)
    made = []
    with pytest.raises(Malformed, match="1 line of the list is damaged or cut off"):
        for batch in artefact.read(artefact, {"main": group}, Context(device=found.device)):
            check_batch(batch, artefact.record)
            made += [batch.row(at) for at in range(batch.count)]
    common = {"mode", "owner", "group"}
    assert made[0] == EXPECTED[0]
    assert [{name: value for name, value in row.items() if name not in common} for row in made[1:]] == EXPECTED[1:]


@pytest.mark.parametrize("prefix", ["/", "", "./", "Dump/fs/", "/Dump/", "C:\\dump\\"])
def test_a_list_of_paths(tmp_path: Path, prefix: str) -> None:
    paths = ["private/var/mobile/Library/a", "private/var/db/b", "System/c \xe4"]
    text = "".join(f"{prefix}{path}\n" for path in paths)
    (tmp_path / "paths.txt").write_text(text.replace("/", "\\") if "\\" in prefix else text)
    if "\\" in prefix:
        with pytest.raises(Unsupported):
            open_acquisition(tmp_path / "paths.txt")
        return
    assert of_dump("ios.dump_files", tmp_path / "paths.txt") == [{"path": f"/{path}"} for path in paths]


NAMES = (
    *(
        "/private/var/mobile/Library/a.db",
        "/private/var/db/\xe4 (1)",
        "/var/mobile/b",
        "/tmp/c",
        "/etc/hosts",
        "/variable",
    ),
    *("/private/var//d", "/private/var/../e", "/a..b", "/x -> /y", "/gone (deleted)", "/with|mark", "beside", "", "#f"),
)
MODES = ("r/rrw", "l/lrwx", "r/lrwx", "lrwx", "r")
NUMBERS = ("0", "501", "1700000000", "-1", "1700000000.5", "", "x", "9" * 18, "9" * 19)


@pytest.mark.parametrize("body", [True, False], ids=["body file", "paths"])
def test_sound_lines_say_the_same_as_lines_that_are_read_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, body: bool
) -> None:
    monkeypatch.setattr(file_listing, "MAX_ROWS", 32)
    rng = random.Random(f"list {body}")
    lines = []
    for _ in range(600):
        name, numbers = NAMES[0], [NUMBERS[2]] * 7
        if rng.random() < 0.3:
            name = rng.choice(NAMES)
        if rng.random() < 0.2:
            numbers[rng.randrange(7)] = rng.choice(NUMBERS)
        digest = "0" if rng.random() < 0.95 else rng.choice(("d41d8cd98f00b204e9800998ecf8427e", "", "00"))
        line = "|".join([digest, name, "7", rng.choice(("r/rrw", "l/lrwx", "-/lrwx")), *numbers])
        lines.append((line if rng.random() < 0.97 else line[:-12]) if body else name)
    lines += [f"0|/private/var/z|7|{mode}|0|0|0|0|0|0|0" if body else "/private/var/z" for mode in MODES * 18]
    made: list[list[dict[str, Any]]] = []
    for end in ("\n", "\r\n"):  # what ends with a carriage return is read one by one
        path = tmp_path / f"list{len(made)}"
        path.write_bytes("".join(line + end for line in lines).encode())
        artefact, found = discover()["ios.dump_files"], open_acquisition(path)
        ((_, group),) = found.locate([("list", at) for at in artefact.needs["main"]])
        made.append([])
        with suppress(Malformed):
            for batch in artefact.read(artefact, {"main": group}, Context(device=found.device)):
                check_batch(batch, artefact.record)
                made[-1] += [batch.row(at) | {"line": batch.source(at).line} for at in range(batch.count)]
    quick, slow = made
    assert (quick, len(quick) > 500) == (slow, True)
    assert [row.get("link") for row in quick[-90:]] == ([None, 1, 1, 1, None] if body else [None] * 5) * 18
    assert {"/private/var/mobile/b", "/private/tmp/c", "/private/etc/hosts", "/variable"} <= {
        row["path"] for row in quick
    }


def test_links_of_a_list_are_links_where_no_line_names_a_target(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("".join(f"0|/private/var/mobile/z|7|{mode}|0|0|0|0|0|0|0\n" for mode in MODES * 2))
    links = [row.get("link") for row in of_dump("ios.dump_files", tmp_path / "list")]
    assert links == [None, 1, 1, 1, None] * 2


@pytest.mark.parametrize("body", [True, False], ids=["body file", "paths"])
def test_sound_lines_are_not_read_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, body: bool) -> None:
    """A list has a million lines: the quick way is what makes it readable."""
    monkeypatch.setattr(file_listing, "MAX_ROWS", 32)
    slow: list[Any] = []
    read = file_listing._Listed._one_by_one

    def counted(self: Any, lines: Any, *more: Any) -> Any:
        slow.append(lines)
        return read(self, lines, *more)

    monkeypatch.setattr(file_listing._Listed, "_one_by_one", counted)
    form = "0|{}|7|r/rrw|1|2|3|4|5|6|7\n" if body else "{}\n"
    names = [f"/private/var/mobile/{number}" for number in range(100)]
    odd = f"/private/var/mobile//{len(names)}"
    (tmp_path / "list").write_text("".join(map(form.format, [*names, odd])))
    assert len(of_dump("ios.dump_files", tmp_path / "list")) == len(names) + 1
    assert slow == [[form.format(odd).rstrip()]]


def test_bytes_that_are_no_text_are_shown_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "paths.txt").write_bytes(b"/private/var/mobile/a\n/private/var/db/\xff\n/private/var/db/c\n")
    paths = [row["path"] for row in of_dump("ios.dump_files", tmp_path / "paths.txt")]
    assert paths == ["/private/var/mobile/a", "/private/var/db/\\xff", "/private/var/db/c"]


@pytest.mark.parametrize(
    "text", ["hello\nworld\n", "a|b|c\n", "/home/me/notes.txt\n/home/me/b\n", "", '{"path": "/private/var/x"}\n']
)
def test_other_texts_are_no_lists(tmp_path: Path, text: str) -> None:
    (tmp_path / "paths.txt").write_text(text)
    with pytest.raises(Unsupported):
        open_acquisition(tmp_path / "paths.txt")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"/private/var/mobile/a\nREADME\ncut", True),
        (b"/private/var/mobile/a\nREADME\nLICENSE\ncut", False),
        (b"# a\n# b\n# c\n/private/var/mobile/a\ncut", True),
        (b"/private/var/mobile/a\n/private/var/mobile/\0\ncut", False),
        (b'{"path": "/private/var/mobile/a"}\n', False),
    ],
)
def test_half_of_the_whole_lines_of_a_list_are_paths(head: bytes, expected: bool) -> None:
    assert file_lists.begins_like_list(head) is expected


def test_a_folder_of_a_tool_in_the_middle_of_a_long_list_is_recognised(tmp_path: Path) -> None:
    count = 4 * file_lists.SAMPLE // 40
    paths = [f"private/var/mobile/Library/{number:013}" for number in range(count)]
    names = ["filesystem2" if count // 3 < number < count // 3 * 2 else "filesystem1" for number in range(count)]
    (tmp_path / "paths.txt").write_text("".join(f"{name}/{path}\n" for name, path in zip(names, paths, strict=True)))
    assert [row["path"] for row in of_dump("ios.dump_files", tmp_path / "paths.txt")] == [f"/{path}" for path in paths]


def test_apps_of_an_android_phone_are_told_once(tmp_path: Path) -> None:
    lines = [
        "/data/data/com.example.app/files/a",
        "/data/data/com.example.app/files/b",
        "/data/user_de/0/org.other.app/cache/c",
        "/data/system/packages.xml",
    ]
    (tmp_path / "paths.txt").write_text("\n".join(lines) + "\n")
    assert of_dump("android.dump_files", tmp_path / "paths.txt") == [
        {"path": lines[0], "bundle": "com.example.app"},
        {"path": lines[1]},
        {"path": lines[2], "bundle": "org.other.app"},
        {"path": lines[3]},
    ]


def field(number: int, value: bytes) -> bytes:
    """A field of a protobuf message."""
    return bytes((number << 3 | 2, len(value))) + value


@pytest.mark.parametrize("made", [segb_1, segb_2])
def test_tags_behind_texts_of_biome_belong_to_no_text(tmp_path: Path, made: Any) -> None:
    """The tags 0x32 and 0x42 are the characters 2 and B; lengths are characters too."""
    site = field(4, b"https://evil-domain.example/a/long/path")
    contents = [
        field(1, b"com.evil.stalker.app") + field(6, b"evil-domain.com") + field(8, b"text") + b"\x18\x01",
        field(2, field(3, b"com.evil.inner.app") + field(6, b"second")),
        field(9, site) + field(1, b"first"),
        field(5, bytes(range(128, 144))) + field(7, b"com.example.app/x"),
    ]
    path = tmp_path / "App.InFocus/local/1"
    path.parent.mkdir(parents=True)
    path.write_bytes(made(*((1, 1.0, content) for content in contents)))
    assert [(row.get("bundle"), row["text"].split("\n")) for row in rows("ios.biome", path)] == [
        ("com.evil.stalker.app", ["com.evil.stalker.app", "evil-domain.com", "text"]),
        ("com.evil.inner.app", ["com.evil.inner.app", "second"]),
        (None, ["https://evil-domain.example/a/long/path", site.decode(), "first"]),
        (None, ["com.example.app/x"]),
    ]


def test_entries_of_biome_that_are_no_messages_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "App.InFocus/local/1"
    path.parent.mkdir(parents=True)
    blob = b"\x00com.evil.app\xff" + bytes(64)
    path.write_bytes(
        segb_1(
            (1, 1.0, field(1, b"com.a.b")),
            (1, 2.0, b"\x0b com.evil.app2\x00"),
            (1, 3.0, field(1, blob)),
            (3, 4.0, bytes(9)),
        )
    )
    context = Context(device=Device(acquisition="dump"))
    artefact = discover()["ios.biome"]
    group = FileGroup(domain="", relative=str(path).lstrip("/"), members=(Member(suffix="", path=str(path)),))
    made = [batch.row(at) for batch in artefact.read(artefact, {"main": group}, context) for at in range(batch.count)]
    assert [(row.get("bundle"), row.get("text")) for row in made] == [
        ("com.a.b", "com.a.b"), (None, "com.evil.app2"), (None, "com.evil.app"), (None, None)
    ]  # fmt: skip
    (part,) = context.log.parts
    assert (part.name, part.outcome.value, part.records, part.undecoded) == ("entries", "UNSUPPORTED", 2, 2)


@pytest.mark.parametrize("text", ["a" * 80_000, "a." * 40_000, "a-" * 40_000], ids=["letters", "dots", "dashes"])
def test_a_long_text_of_biome_is_no_identifier(tmp_path: Path, text: str) -> None:
    size = len(text)
    content = (
        b"\x0a" + bytes((size & 127 | 128, size >> 7 & 127 | 128, size >> 14)) + text.encode() + field(2, b"com.a.b")
    )
    path = tmp_path / "App.InFocus/local/1"
    path.parent.mkdir(parents=True)
    path.write_bytes(segb_2((1, 1.0, content)))
    ((bundle, texts),) = [(row["bundle"], row["text"].split("\n")) for row in rows("ios.biome", path)]
    assert (bundle, texts[0] == text, texts[1:]) == ("com.a.b", True, ["com.a.b"])


@pytest.mark.parametrize("more", ["", "/private/var/x/./y\n", "/private/var/\xe4\r\n"], ids=["sound", "dot", "CR"])
@pytest.mark.parametrize("body", [False, True])
def test_paths_through_links_are_the_same_whatever_else_is_listed(tmp_path: Path, more: str, body: bool) -> None:
    text = "/var/mobile/Library/a\n/private/var/db/b\n/tmp/c\n/etc/d\n" + more
    if body:
        text = "".join(f"0|{line}|1|r|0|0|1|0|0|0|0\n" for line in text.splitlines())
    (tmp_path / "list.txt").write_text(text)
    paths = [row["path"] for row in of_dump("ios.dump_files", tmp_path / "list.txt")]
    assert paths[:4] == ["/private/var/mobile/Library/a", "/private/var/db/b", "/private/tmp/c", "/private/etc/d"]


def test_a_line_that_is_too_long_is_one_damaged_line(tmp_path: Path) -> None:
    """It is counted once, and the numbers of the lines after it are those of the file."""
    store = "/private/var/mobile/Containers/Data/Application/A/Library/WebKit/WebsiteData/LocalStorage/http_a.example_0.localstorage"
    long = "/private/var/" + "x" * (3 * file_lists.CHUNK)
    path = tmp_path / "list.txt"
    path.write_text(f"/private/var/mobile/a\n{long}\n/private/var/mobile/b\n{store}\n/private/var/mobile/c")
    found, artefacts = open_acquisition(path), discover()
    ((_, group),) = found.locate([("list", at) for at in artefacts["ios.dump_files"].needs["main"]])
    context, made = Context(device=found.device), []
    with pytest.raises(Malformed, match="1 line of the list is damaged or cut off"):
        for batch in artefacts["ios.dump_files"].read(artefacts["ios.dump_files"], {"main": group}, context):
            made += [batch.row(at)["path"] for at in range(batch.count)]
    assert made == ["/private/var/mobile/a", "/private/var/mobile/b", store, "/private/var/mobile/c"]
    assert list(paths_with(("/LocalStorage/",), group, context)) == [(4, store, None)]


def test_a_line_that_is_cut_off_is_no_second_phone(tmp_path: Path) -> None:
    path = tmp_path / "list.body"
    lines = [f"0|Dump/private/var/mobile/{name}|1|r|0|0|1|0|0|0|0\n" for name in "ab"]
    path.write_text(lines[0] + "0|Dump/private/var/mobile/cut|1\n" + lines[1])
    found = open_acquisition(path)
    ((_, group),) = found.locate([("list", at) for at in discover()["ios.dump_files"].needs["main"]])
    assert list(paths_with(("/mobile/",), group, Context(device=found.device))) == [
        (1, "/private/var/mobile/a", 0),
        (3, "/private/var/mobile/b", 0),
    ]


@pytest.mark.parametrize("count", [3, 20_000])
def test_lines_with_a_mark_keep_their_numbers(tmp_path: Path, count: int) -> None:
    """Some are damaged, some lie between others, and the last has no end."""
    lines = []
    for number in range(count):
        lines += [
            f"0|/private/var/mobile/{number}|1|r|0|0|1|0|0|0|0",
            f"0|/private/var/WebKit/{number}|1|r|0|0|1|0|{number + 1}|0|0",
        ]
        lines += ["# /WebKit/", "0|/private/var/WebKit/cut"] if not number else []
    path = tmp_path / "list.body"
    path.write_text("\n".join(lines))
    found = open_acquisition(path)
    ((_, group),) = found.locate([("list", at) for at in discover()["ios.dump_files"].needs["main"]])
    assert list(paths_with(("/WebKit/",), group, Context(device=found.device))) == [
        (2 * number + 2 + 2 * bool(number), f"/private/var/WebKit/{number}", number + 1) for number in range(count)
    ]


@pytest.mark.parametrize("prefix", ["/Dump/", "Dump/"])
def test_paths_with_a_mark_in_a_folder_of_a_tool(tmp_path: Path, prefix: str) -> None:
    paths = ["private/var/mobile/a", "private/var/WebKit/b", "private/var/WebKit/c", "private/var/mobile/d"]
    (tmp_path / "list.txt").write_text("".join(f"{prefix}{path}\n" for path in paths))
    with zipfile.ZipFile(tmp_path / "dump.zip", "w") as archive:
        for path in paths:
            archive.writestr(f"{prefix}{path}", "x")
    for name in ("list.txt", "dump.zip"):
        found = open_acquisition(tmp_path / name)
        ((_, group),) = found.locate([("list", at) for at in discover()["ios.dump_files"].needs["main"]])
        marked = list(paths_with(("/WebKit/",), group, Context(device=found.device)))
        assert marked == [(number + 1, f"/{paths[number]}", None) for number in (1, 2)]


def test_places_that_nobody_saw_are_not_verified() -> None:
    def verified(name: str, file: str) -> bool:
        return discover()[name].verified(Source(file=file))

    databases = "com.android.providers.contacts/databases"
    assert verified("android.dump_calls", f"/data/data/{databases}/contacts2.db")
    assert not verified("android.dump_calls", f"/data/data/{databases}/calllog.db")
    assert not verified("android.dump_calls", f"/data/user_de/0/{databases}/contacts2.db")
    assert verified("android.dump_messages", "/data/data/com.android.providers.telephony/databases/mmssms.db")
    assert not verified("android.dump_messages", "/data/user_de/0/com.android.providers.telephony/databases/mmssms.db")
    assert not verified("android.downloads", "/data/user/10/com.android.providers.downloads/databases/downloads.db")
    assert not verified("ios.knowledge", "/private/var/mobile/Library/CoreDuet/Knowledge/knowledgeC.db")


def test_a_dump_without_network_traffic_is_no_surprise() -> None:
    device = Device(platform="ios", acquisition="dump", product_version="16.5")
    assert why_absent(discover()["ios.netusage"], device) == (
        Outcome.ABSENT_EXPECTED,
        "not every tool copies the folder of the network services",
        "",
    )
