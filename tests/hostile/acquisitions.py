"""Hostile acquisitions of Android phones and results of MVT: each an honest, small one in which one thing is made to do harm.

`CASES` holds a maker for each name, "family/what". A file beside the hostile thing (note.txt, or a line of the log where the
acquisition is a text) holds the indicator `BESIDE`. Everything is synthetic and the same on every run; what has to come of
each case stands in outcomes.json.
"""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyrage

from phonegen.android import Android, androidqf, apk, containers, dumpstate, sealing
from phonegen.android.background import populate
from sousveil.ledger import bech32
from tests.acquisition.maker import PASSWORD
from tests.hostile.corpus import BESIDE, LURE

IDENTITY = pyrage.x25519.Identity.from_str(bech32.encode("age-secret-key-", bytes(range(32))).upper())
"""Of these tests alone."""
NOTE = f"see https://{BESIDE}/ now".encode()
UUID = "1f0c0a51-5b0e-5d44-9c7a-2f43c1a7e0aa"

Case = Callable[[Path], Path]
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    def keep(made: Case) -> Case:
        assert name not in CASES, name
        CASES[name] = made
        return made

    return keep


def make(name: str, folder: Path) -> Path:
    """One acquisition of the corpus in a new folder; returns what is to be checked."""
    folder.mkdir(parents=True)
    return CASES[name](folder)


# ---------------------------------------------------------------- honest content


def phone() -> Android:
    """An ordinary phone of Android 13."""
    return populate(Android(13), apps=2, scale=0.1)


@cache
def text() -> str:
    """Its dumpstate, with the indicator in a line of the log."""
    made = dumpstate.text(phone()).decode()
    return below(made, "--------- beginning of main", f"05-14 07:33:00.000  1000   929   929 I Note: {NOTE.decode()}")


def below(made: str, line: str, more: str) -> str:
    """The text with more behind a line that it holds once."""
    assert made.count(f"\n{line}\n") == 1, line
    return made.replace(f"\n{line}\n", f"\n{line}\n{more}\n")


def head(title: str) -> str:
    """The opening line of a service or command of the honest text."""
    (line,) = re.findall(rf"(?m)^(?:DUMP OF SERVICE {title}:|------ {title} \(.*\) ------)$", text())
    return str(line)


def changed(section: str, more: str) -> bytes:
    """The honest text with more at the start of a section."""
    return below(text(), head(section), more).encode()


@cache
def collected() -> Mapping[str, bytes]:
    """The files of an honest AndroidQF acquisition."""
    package = androidqf.Package(app="example.quietfox2.note", signers={"v2": ("maker",)})
    return {**androidqf.Acquisition(phone=phone(), packages=(package,)).members(), "note.txt": NOTE}


def name_of_text() -> str:
    """The name of the honest text in its archive."""
    return containers.text_name(phone())


# ---------------------------------------------------------------- archives in which every number may lie


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A member of an archive; None stands for the honest number."""

    name: bytes
    data: bytes = b""
    method: int = 8
    local_name: bytes | None = None
    packed: bytes | None = None
    """The stored bytes, where they are none of `data`."""
    size: int | None = None
    stored: int | None = None
    crc: int | None = None
    flags: int = 0
    attributes: int = 0
    date: int = (44 << 9) | (5 << 5) | 14
    offset: int | None = None
    zeros: bool = False
    """Whether the local header leaves the numbers out, as a stream does."""


def deflated(data: bytes) -> bytes:
    """The bytes as a zip stores them."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return machine.compress(data) + machine.flush()


@cache
def bomb(mebibytes: int) -> bytes:
    """So many zeros, deflated: one piece, over and over."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = machine.compress(bytes(1 << 20)) + machine.flush(zlib.Z_FULL_FLUSH)
    return piece * mebibytes + machine.flush()


def archive(entries: Iterable[Entry], *, directory: bool = True, comment: bytes = b"", before: bytes = b"") -> bytes:
    """A zip archive."""
    out, rows = bytearray(before), bytearray()
    count = 0
    for one in entries:
        packed = one.packed if one.packed is not None else (deflated(one.data) if one.method == 8 else one.data)
        crc = zlib.crc32(one.data) if one.crc is None else one.crc
        stored = len(packed) if one.stored is None else one.stored
        size = len(one.data) if one.size is None else one.size
        numbers = struct.pack("<III", crc, stored, size)
        local = one.name if one.local_name is None else one.local_name
        offset = len(out) if one.offset is None else one.offset
        start = struct.pack("<HHHHH", 20, one.flags, one.method, 0, one.date)
        out += b"PK\x03\x04" + start + (bytes(12) if one.zeros else numbers) + struct.pack("<HH", len(local), 0)
        out += local + packed
        rows += (
            b"PK\x01\x02"
            + struct.pack("<H", 0x0314)
            + start
            + numbers
            + struct.pack("<HHHHH", len(one.name), 0, 0, 0, 0)
        )
        rows += struct.pack("<II", one.attributes, offset) + one.name
        count += 1
    if directory:
        end = struct.pack("<HHHHIIH", 0, 0, count & 0xFFFF, count & 0xFFFF, len(rows), len(out), len(comment))
        out += rows + b"PK\x05\x06" + end + comment
    return bytes(out)


def report_entries(body: bytes | None = None) -> list[Entry]:
    """The members of an honest bug report."""
    made = containers.members(phone(), text().encode() if body is None else body)
    return [
        *(Entry(name=name.encode(), data=data) for name, (data, _) in made.items()),
        Entry(name=b"FS/note.txt", data=NOTE),
    ]


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def report_zip(folder: Path, *more: Entry, body: bytes | None = None, **rest: Any) -> Path:
    """A bug report's archive with more members."""
    return write(folder / "bugreport-panther-TP1A.zip", archive([*report_entries(body), *more], **rest))


# ---------------------------------------------------------------- archives
DENSE = bytes(range(256)) * 28_000
MEMBERS: dict[str, tuple[Entry, ...]] = {
    "ratio": (Entry(name=b"FS/big", packed=bomb(200), size=200 << 20),),
    "ratio, states a small size": (Entry(name=b"FS/big", packed=bomb(200), size=1000),),
    "ratio, states few stored bytes": (Entry(name=b"FS/big", packed=bomb(200), size=200 << 20, stored=1000),),
    "ratio below the limit, forty times": tuple(Entry(name=b"FS/big%d" % n, data=DENSE) for n in range(40)),
    "ratio of the text": (Entry(name=b"bugreport-other.txt", packed=bomb(64), size=64 << 20),),
    "states four gigabytes": tuple(Entry(name=b"FS/big%d" % n, data=b"x" * 100, size=0xFFFFFFF0) for n in range(30)),
    "states four gigabytes stored": (Entry(name=b"FS/big", data=b"x", method=0, size=0xFFFFFFF0, stored=0xFFFFFFF0),),
    "stored, two sizes": (Entry(name=b"FS/two", data=b"x" * 100, method=0, size=90),),
    "20,000 members": tuple(Entry(name=b"FS/e%d" % n, method=0) for n in range(20_500)),
    "overlap": tuple(Entry(name=b"FS/o%d" % n, data=b"x" * 5000, offset=0) for n in range(500)),
    "parent folders": tuple(
        Entry(name=name, data=NOTE) for name in (b"../../../../etc/passwd", b"FS/../../x", b"FS/data/../../../y", b"..")
    ),
    "absolute": tuple(Entry(name=name, data=NOTE) for name in (b"/etc/cron.d/x", b"//server/x", b"/")),
    "drive letters": tuple(
        Entry(name=name, data=NOTE) for name in (b"C:\\Windows\\x.dll", b"\\\\server\\x", b"NUL", b"a:b")
    ),
    "links": tuple(
        Entry(name=name, data=target, method=0, attributes=(stat.S_IFLNK | 0o777) << 16)
        for name, target in ((b"FS/a", b"/etc/passwd"), (b"FS/b", b"b"), (b"FS/c", b"../../.."))
    ),
    "device nodes": tuple(
        Entry(name=b"FS/d%d" % n, attributes=(kind | 0o666) << 16, method=0)
        for n, kind in enumerate((stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR))
    ),
    "folder with content": (Entry(name=b"FS/data/", data=NOTE), Entry(name=b"FS/data/x", data=NOTE)),
    "name of controls": (
        Entry(name=b"FS/\x1b[31m\r\n\x00\x9b]0;x\x07", data=NOTE),
        Entry(name="FS/‮txt.exe".encode(), data=NOTE),
    ),
    "name not UTF-8": (
        Entry(name=b"FS/\xff\xfe\x80", data=NOTE),
        Entry(name=b"FS/\xed\xa0\x80", data=NOTE, flags=0x800),
    ),
    "name long": (Entry(name=b"FS/" + b"n" * 60_000, data=NOTE),),
    "name empty": (Entry(name=b"", data=NOTE), Entry(name=b"", data=NOTE)),
    "name of another in the local header": (Entry(name=b"FS/x", local_name=b"main_entry.txt", data=b"../x"),),
    "checksum": (Entry(name=b"FS/x", data=NOTE, crc=1),),
    "method 99": (Entry(name=b"FS/x", data=NOTE, method=99), Entry(name=b"FS/y", data=NOTE, method=14)),
    "encrypted flag": (Entry(name=b"FS/x", data=NOTE, flags=1),),
    "deflated bytes damaged": (
        Entry(name=b"FS/x", packed=b"\xff" * 100, size=100),
        Entry(name=b"FS/y", packed=b"", size=5),
    ),
    "stream without sizes": (Entry(name=b"FS/x", data=NOTE, flags=8, zeros=True),),
    "dates": tuple(Entry(name=b"FS/%d" % n, data=NOTE, date=date) for n, date in enumerate((0, 0xFFFF, 15 << 5, 31))),
    "twice the text": (Entry(name=name_of_text().encode(), data=b"another"), Entry(name=b"main_entry.txt", data=b"x")),
    "5,000 times one name": tuple(Entry(name=b"FS/same", method=0) for _ in range(5_000)),
}
"""Members beside those of an honest bug report."""
for _name, _entries in MEMBERS.items():
    CASES[f"zip/{_name}"] = lambda folder, more=_entries: report_zip(folder, *more)  # type: ignore[misc]


def nested(depth: int, width: int = 1) -> bytes:
    """Archives inside one another."""
    data = archive([Entry(name=b"x", data=NOTE)])
    for level in range(depth):
        data = archive([Entry(name=b"n%d.%d.zip" % (level, number), data=data, method=0) for number in range(width)])
    return data


CASES["zip/nested 40 times"] = lambda folder: report_zip(folder, Entry(name=b"FS/n.zip", data=nested(40), method=0))
CASES["zip/nested, 16 in each"] = lambda folder: report_zip(
    folder, Entry(name=b"FS/n.zip", data=nested(3, 16), method=0)
)
CASES["zip/report nested 5 times"] = lambda folder: write(
    folder / "bugreport.zip", _within(archive(report_entries()), 5)
)
CASES["zip/report nested twice"] = lambda folder: write(folder / "bugreport.zip", _within(archive(report_entries()), 2))
CASES["zip/inner archive cut"] = lambda folder: report_zip(
    folder, Entry(name=b"FS/n.zip", data=nested(2, 3)[:300], method=0)
)


def _within(data: bytes, depth: int) -> bytes:
    for _ in range(depth):
        data = archive([Entry(name=b"bugreport-inner.zip", data=data, method=0)])
    return data


ARCHIVES: dict[str, Callable[[bytes], bytes]] = {
    "no directory": lambda d: d[: d.rindex(b"PK\x01\x02", 0, d.index(b"PK\x01\x02") + 4)],
    "half": lambda d: d[: len(d) // 2],
    "local header alone": lambda d: d[:30],
    "directory of nothing": lambda d: b"PK\x03\x04" + bytes(200) + d[d.index(b"PK\x01\x02") :],
    "end alone": lambda d: d[d.rindex(b"PK\x05\x06") :],
    "directory beyond the end": lambda d: d[:-6] + b"\xff\xff\xff\x7f\0\0",
    "states 65,535 members": lambda d: d[:-14] + b"\xff\xff\xff\xff" + d[-10:],
    "two ends": lambda d: d[:-2] + struct.pack("<H", 22) + b"PK\x05\x06" + bytes(18),
    "garbage before": lambda d: b"#!/bin/sh\n" * 50 + d,
    "garbage behind": lambda d: d + b"x" * 200_000,
    "zeros behind the magic": lambda d: b"PK\x03\x04" + bytes(3_000_000),
    "magic alone, many times": lambda d: b"PK\x03\x04" * 500_000,
}
for _name, _form in ARCHIVES.items():
    CASES[f"zip/{_name}"] = lambda folder, form=_form: write(  # type: ignore[misc]
        folder / "bugreport-panther.zip", form(archive(report_entries()))
    )

for _name, _entry in {
    "names nothing": b"nothing.txt",
    "names a parent folder": b"../../../../etc/passwd",
    "names itself": b"main_entry.txt",
    "ten megabytes": b"n" * 10_000_000,
    "binary": bytes(range(256)),
}.items():
    CASES[f"zip/main entry {_name}"] = lambda folder, entry=_entry: write(  # type: ignore[misc]
        folder / "bugreport-x.zip",
        archive(
            [
                Entry(name=b"main_entry.txt", data=entry),
                *(one for one in report_entries() if one.name != b"main_entry.txt"),
            ]
        ),
    )


# ---------------------------------------------------------------- texts
def report_text(folder: Path, data: bytes) -> Path:
    """A bug report that is a text."""
    return write(folder / "bugreport-panther-2024-05-14.txt", data)


def _cut(share: float) -> bytes:
    data = text().encode()
    return data[: int(len(data) * share)]


def _package_rows(count: int) -> str:
    return "Packages:\n" + "\n".join(f"  Package [a{n}.b] (1):\n    userId={n}" for n in range(count))


TEXTS: dict[str, Callable[[], bytes]] = {
    "cut in the middle": lambda: _cut(0.5),
    "cut in the header": lambda: text().encode()[:300],
    "cut in a line of packages": lambda: text().encode().partition(b"  Package [")[0] + b"  Package [com.ex",
    "without its last line": lambda: text().encode().rpartition(b"== dumpstate: done")[0],
    "header alone": lambda: text().encode()[: text().index("------ UPTIME")],
    "25,000 sections": lambda: changed("UPTIME", "\n".join(f"------ S{n} (x) ------" for n in range(25_000))),
    "one service 20,000 times": lambda: changed("DUMPSYS", "DUMP OF SERVICE package:\n" * 20_000),
    "title of a megabyte": lambda: changed("UPTIME", f"------ {'T' * 1_000_000} (x) ------"),
    "line of ten megabytes": lambda: changed("package", "Packages:\n  Package [" + "a" * 10_000_000),
    "two million empty lines": lambda: changed("appops", "\n" * 2_000_000),
    "zeros in lines": lambda: text().encode().replace(b" ", b" \0", 3_000),
    "only carriage returns": lambda: text().encode().replace(b"\n", b"\r"),
    "line ends of Windows": lambda: text().encode().replace(b"\n", b"\r\n"),
    "UTF-16": lambda: text().encode("utf-16"),
    "mark of UTF-8 first": lambda: b"\xef\xbb\xbf" + text().encode(),
    "Latin-1 and UTF-8": lambda: changed("settings", "_id:1 name:x value:café").replace("é".encode(), b"\xe9 \xc3\xa9 \xff"),
    "lone surrogates": lambda: text().encode().replace(b"value:", b"value:\xed\xa0\x80\xed\xb0\x80", 20),
    "marks of direction and escapes": lambda: text().encode().replace(b"com.android.chrome", "‮x\x1b[2J\x9b1m\u2028".encode()),
    "numbers of 5,000 digits": lambda: re.sub(rb"(?m)^( *\d+) ", lambda m: b"9" * 5_000 + b" ", text().encode(), count=60),
    "negative numbers": lambda: re.sub(rb"userId=\d+", b"userId=-2147483649", text().encode()),
    "made in 1970": lambda: text().encode().replace(b"2024-05-14", b"1970-01-01"),
    "made in the year 9999": lambda: text().encode().replace(b"2024-", b"9999-"),
    "made in the year 0": lambda: text().encode().replace(b"2024-", b"0000-"),
    "month 13": lambda: text().encode().replace(b"2024-05", b"2024-13"),
    "clock jumps back and forth": lambda: re.sub(
        rb"(?m)^05-1[34] ", lambda m: (b"12-31 ", b"01-01 ")[m.start() % 2], text().encode()
    ),
    "zone that is none": lambda: text().encode().replace(b"Europe/Berlin", b"Mars/Phobos"),
    "zone of a parent folder": lambda: text().encode().replace(b"Europe/Berlin", b"../../../../etc/passwd"),
    "zone of 100,000 letters": lambda: text().encode().replace(b"Europe/Berlin", b"E" * 100_000),
    "Arabic digits": lambda: text().translate({ord(d): chr(0x660 + int(d)) for d in "0123456789"}).encode(),
    "Persian digits in dates": lambda: re.sub(
        r"2024-\d\d-\d\d", lambda m: m[0].translate({ord(d): chr(0x6F0 + int(d)) for d in "0123456789"}), text()
    ).encode(),
    "Buddhist calendar": lambda: text().encode().replace(b"2024-", b"2567-"),
    "Persian calendar": lambda: text().encode().replace(b"2024-05-14", b"1403-02-25"),
    "Islamic calendar": lambda: text().encode().replace(b"2024-05-14", b"1445-11-06"),
    "Ethiopian calendar": lambda: text().encode().replace(b"2024-05-14", b"2016-09-06"),
    "decimal commas": lambda: re.sub(rb"(\d)\.(\d)", rb"\1,\2", text().encode()),
    "dates of the United States": lambda: re.sub(rb"2024-(\d\d)-(\d\d)", rb"\1/\2/24", text().encode()),
    "lines of duration inside a section": lambda: changed(
        "package", "------ 0.01s was the duration of 'X' ------\n" * 5_000 + "--------- 0.1s was the duration of dumpsys x\n" * 5_000
    ),
    "service inside itself": lambda: changed("package", (head("package") + "\n") * 3),
    "brackets without end": lambda: changed("package", "Packages:\n  Package [" + "[(" * 300_000),
    "100,000 packages": lambda: changed("package", _package_rows(100_000)),
    "package without a name": lambda: changed("package", "Packages:\n  Package [] ():\n    userId=\n  Package [a\n"),
    "300,000 permissions": lambda: changed(
        "package", _package_rows(1) + "\n    requested permissions:\n" + "\n".join(f"      p{n}" for n in range(300_000))
    ),
    "100,000 processes": lambda: changed(
        "PROCESSES AND THREADS", "\n".join(f"u:r:x:s0 root {n} {n} 1 0 0 0 0 S 19 0 - 0 fg 00:00:00 p{n}" for n in range(100_000))
    ),
    "heading without columns": lambda: changed("PROCESSES AND THREADS", "PID USER\n" * 1_000 + "USER PID\nx\n1 2 3 4 5 6 7\n"),
    "operations indented 10,000 deep": lambda: changed(
        "appops", "\n".join(" " * n + "Package x:" for n in range(0, 10_000, 7))
    ),
    "operations with times that are none": lambda: text().encode().replace(b"Access: [", b"Access: [2024-99-99 99:99:99] ["),
    "100,000 properties": lambda: changed("SYSTEM PROPERTIES", "\n".join(f"[p{n}]: [v]" for n in range(100_000))),
    "properties of brackets": lambda: changed("SYSTEM PROPERTIES", "[" * 100_000 + "]: [" * 50_000),
    "keys of adb that are none": lambda: changed("adb", "user_keys=" + "A" * 500_000 + " x@y\n" + "user_keys=====\n" * 5_000),
    "battery history without end": lambda: changed("batterystats", '  +1h (2) 099 c0 +top=u0a69:"' * 100_000),
    "drop box of equal signs": lambda: changed("dropbox", ("=" * 40 + "\n2024-05-14 08:30:15 X (text, 99999999999 bytes)\n") * 20_000),
    "usage of 100,000 events": lambda: changed(
        "usagestats",
        "\n".join(f'    time="2024-05-13 17:23:36" type=ACTIVITY_RESUMED package=a{n}.b' for n in range(100_000)),
    ),
    "quotes without end": lambda: changed("usagestats", '    time="' + '\\"' * 500_000),
    "databases of 100,000 statements": lambda: changed("dbinfo", "    1: [2024-05-13 17:23:36.740] executed in 1ms, sql=\"\n" * 100_000),
    "lures in 50,000 lines": lambda: changed("RADIO LOG", f"05-14 07:33:00.000 1 1 1 I X: https://{LURE}/\n" * 50_000),
}  # fmt: skip
for _name, _made in TEXTS.items():
    CASES[f"text/{_name}"] = lambda folder, made=_made: report_text(folder, made())  # type: ignore[misc]


# ---------------------------------------------------------------- AndroidQF, in the clear
def qf_zip(folder: Path, changes: Mapping[str, bytes]) -> Path:
    """An acquisition with changed files; an empty content takes one away."""
    made = {name: data for name, data in {**collected(), **changes}.items() if data}
    return write(folder / f"{UUID}.zip", archive(Entry(name=name.encode(), data=data) for name, data in made.items()))


def _hashes(made: Mapping[str, bytes]) -> bytes:
    return androidqf.hash_rows(made)


ROW = {"path": "/data/app/x/base.apk", "local_name": "", "sha256": "", "error": "", "certificate": {}}
FILES: dict[str, Callable[[], Mapping[str, bytes]]] = {
    "packages nested 200,000 deep": lambda: {"packages.json": b"[" * 200_000},
    "packages no JSON": lambda: {"packages.json": b"PK\x03\x04" + bytes(500)},
    "packages of other types": lambda: {
        "packages.json": json.dumps([1, None, "x", [], {"name": 5, "files": {"a": 1}}, {"name": None, "files": [7, None]}]).encode()
    },
    "packages with lone surrogates": lambda: {"packages.json": b'[{"name": "\\ud800\\udfff\\ud800", "files": []}]'},
    "packages with numbers that are none": lambda: {"packages.json": b'[{"name": "a.b", "uid": NaN, "files": []}]'},
    "packages with huge numbers": lambda: {"packages.json": b'[{"name": "a.b", "uid": ' + b"9" * 4_000 + b', "files": []}]'},
    "100,000 packages": lambda: {
        "packages.json": json.dumps([{"name": f"a{n}.b", "files": [], "uid": n} for n in range(100_000)]).encode()
    },
    "a name of ten megabytes": lambda: {"packages.json": json.dumps([{"name": "n" * 10_000_000, "files": []}]).encode()},
    "keys twice": lambda: {"packages.json": b'[{"name": "a.b", "name": "c.d", "files": [], "files": 5}]'},
    "paths that leave": lambda: {
        "files.json": json.dumps(
            [{"path": p, "size": 1, "mode": "x"} for p in ("../../etc/passwd", "/", "", "C:\\x", "/a/../b", "\x00", "/data/\x1b[31m")]
        ).encode()
    },
    "times of other ages": lambda: {
        "files.json": json.dumps(
            [{"path": f"/f{n}", "modified_time": t, "changed_time": t} for n, t in enumerate((-(2**63), 2**63, 1e300, "x", None))]
        ).encode()
    },
    "files nested in files": lambda: {"files.json": b'{"a":' * 50_000 + b"1" + b"}" * 50_000},
    "processes of other types": lambda: {"processes.json": b'[{"pid": "x", "command_line": {"a": 1}, "env": 5, "filename": []}, 3]'},
    "acquisition a list": lambda: {"acquisition.json": b"[1, 2]"},
    "acquisition nested": lambda: {"acquisition.json": b"[" * 100_000},
    "acquisition without a name": lambda: {"acquisition.json": b'{"uuid": 5, "started": []}'},
    "started in the year 1": lambda: {"acquisition.json": json.dumps({"uuid": UUID, "started": "0001-01-01T00:00:00Z"}).encode()},
    "started in the year 9999": lambda: {
        "acquisition.json": json.dumps({"uuid": UUID, "started": "9999-12-31T23:59:59.9+00:00"}).encode()
    },
    "hashes that lie": lambda: {"hashes.csv": _hashes(dict.fromkeys(collected(), b"other"))},
    "hashes of other names": lambda: {"hashes.csv": _hashes({f"../../{n}": b"x" for n in range(20_000)})},
    "hashes without lines": lambda: {"hashes.csv": b"a," * 2_000_000},
    "APK of random bytes": lambda: {"apks/a.apk": bytes(range(256)) * 400},
    "APK that is a bomb": lambda: {
        "apks/a.apk": archive([Entry(name=b"AndroidManifest.xml", packed=bomb(64), size=64 << 20)])
    },
    "APK of 20,000 members": lambda: {"apks/a.apk": archive(Entry(name=b"m%d" % n, method=0) for n in range(20_500))},
    "APK nested in itself": lambda: {"apks/a.apk": archive([Entry(name=b"classes.dex", data=nested(20), method=0)])},
    "APK with a signing block of 4 GB": lambda: {"apks/a.apk": _signing_block(struct.pack("<Q", 0xFFFFFFF0))},
    "APK with a manifest cut off": lambda: {
        "apks/a.apk": archive([Entry(name=b"AndroidManifest.xml", data=apk.manifest("a.b")[:60])])
    },
    "APK with strings that point outside": lambda: {
        "apks/a.apk": archive([Entry(name=b"AndroidManifest.xml", data=apk.manifest("a.b").replace(bytes(4), b"\xff\xff\xff\x7f"))])
    },
    "APK with a certificate that is none": lambda: {
        "apks/a.apk": archive([Entry(name=b"META-INF/CERT.RSA", data=b"\x30\x84\xff\xff\xff\xff" + bytes(5_000))])
    },
    "history that is no database": lambda: {"browser_history/com.android.chrome/Default/History": b"no database" * 500},
    "log cut in a gzip": lambda: {"logs/data/anr/x.gz": b"\x1f\x8b\x08\x00" + bytes(20), "logcat.txt": b"\xff" * 500_000},
    "dumpsys of sections alone": lambda: {"dumpsys.txt": b"DUMP OF SERVICE package:\n" * 30_000},
    "getprop of brackets": lambda: {"getprop.txt": b"[" * 400_000 + b"]: [" * 100_000},
    "manifests of other versions": lambda: {
        "apex/manifest.json": b'{"schema_version": 99999999999999999999, "status": {"a": []}, "files": 5}'
    },
    "a key of the host that is none": lambda: {"adb_host_key.pub": b"\x00" * 1_000_000},
    "names of modules": lambda: {f"magisk_modules/{n:04d}/module.prop": b"id=\x1b[31m\nname=" + b"n" * 9_000 for n in range(2_000)},
}  # fmt: skip


def _signing_block(length: bytes) -> bytes:
    made = archive([Entry(name=b"AndroidManifest.xml", data=apk.manifest("a.b"))])
    at = made.index(b"PK\x01\x02")
    block = length + bytes(40) + length + b"APK Sig Block 42"
    (start,) = struct.unpack_from("<I", made, len(made) - 6)
    return made[:at] + block + made[at:-6] + struct.pack("<I", start + len(block)) + made[-2:]


for _name, _changes in FILES.items():
    CASES[f"qf/{_name}"] = lambda folder, changes=_changes: qf_zip(folder, changes())  # type: ignore[misc]


def qf_folder(folder: Path) -> Path:
    """The honest acquisition as a folder."""
    root = folder / UUID
    for name, data in collected().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def in_folder(name: str) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    def keep(made: Callable[[Path], object]) -> Callable[[Path], object]:
        def written(folder: Path) -> Path:
            root = qf_folder(folder)
            made(root)
            return root

        return case(f"folder/{name}")(written) and made

    return keep


in_folder("link out of it")(lambda root: os.symlink("/etc/passwd", root / "logs.txt"))
in_folder("link to /dev/zero in place of a file")(
    lambda root: ((root / "packages.json").unlink(), os.symlink("/dev/zero", root / "packages.json"))
)
in_folder("link to itself")(lambda root: os.symlink(".", root / "again"))
in_folder("pipe in place of a file")(lambda root: ((root / "dumpsys.txt").unlink(), os.mkfifo(root / "dumpsys.txt")))
in_folder("folder in place of a file")(lambda root: ((root / "files.json").unlink(), (root / "files.json").mkdir()))
in_folder("name not UTF-8")(lambda root: Path(os.fsdecode(os.fsencode(root) + b"/\xff\xfe.txt")).write_bytes(NOTE))
in_folder("name of controls")(lambda root: (root / "\x1b[31mx\ny.txt").write_bytes(NOTE))
in_folder("100 folders deep")(lambda root: (root / "/".join("d" * 100)).mkdir(parents=True))


# ---------------------------------------------------------------- AndroidQF, encrypted
def plain() -> bytes:
    """The honest archive."""
    return archive(Entry(name=name.encode(), data=data) for name, data in collected().items())


def sealed(data: bytes | None = None) -> bytes:
    """An archive for the identity of the tests. age takes a new key each time: only lengths and outcome are the same."""
    return pyrage.encrypt(plain() if data is None else data, [IDENTITY.to_public()])


BLOCK = (64 << 10) + 16


def payload(data: bytes) -> int:
    """Where the blocks of an age file begin."""
    return data.index(b"\n", data.index(b"\n--- ") + 1) + 1 + 16


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _swapped(data: bytes) -> bytes:
    start = payload(data)
    return (
        data[:start] + data[start + BLOCK : start + 2 * BLOCK] + data[start : start + BLOCK] + data[start + 2 * BLOCK :]
    )


def _stanzas(*lines: bytes) -> bytes:
    return (
        b"age-encryption.org/v1\n"
        + b"".join(lines)
        + b"--- "
        + base64.b64encode(bytes(32)).rstrip(b"=")
        + b"\n"
        + bytes(200)
    )


X25519 = (
    b"-> X25519 "
    + base64.b64encode(b"\x09" * 32).rstrip(b"=")
    + b"\n"
    + base64.b64encode(bytes(32)).rstrip(b"=")
    + b"\n"
)
AGE: dict[str, Callable[[], bytes]] = {
    "honest": sealed,
    "honest, for the password": lambda: sealing.seal(plain(), PASSWORD),
    "of another identity": lambda: pyrage.encrypt(plain(), [pyrage.x25519.Identity.generate().to_public()]),
    "of another password": lambda: sealing.seal(plain(), "another"),
    "header of a megabyte": lambda: b"age-encryption.org/v1\n" + b"-> X " + b"a" * 1_000_000 + b"\n",
    "10,000 recipients": lambda: _stanzas(X25519 * 10_000),
    "199 recipients": lambda: _stanzas(X25519 * 199),
    "recipient of a kind unknown": lambda: _stanzas(b"-> piv-p256 AAAA BBBB\nAAAA\n"),
    "recipient without arguments": lambda: _stanzas(b"-> X25519\n\n"),
    "recipient of order one": lambda: _stanzas(X25519.replace(X25519.split()[2], base64.b64encode(bytes(32)).rstrip(b"="))),
    "work factor 30": lambda: _stanzas(b"-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\nAAAA\n"),
    "work factor 0": lambda: _stanzas(b"-> scrypt AAAAAAAAAAAAAAAAAAAAAA 0\nAAAA\n"),
    "work factor no number": lambda: _stanzas(b"-> scrypt AAAAAAAAAAAAAAAAAAAAAA x\nAAAA\n"),
    "two passwords": lambda: _stanzas(b"-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\nAAAA\n" * 2),
    "body that never ends": lambda: _stanzas(b"-> X25519 AAAA\n" + (b"A" * 64 + b"\n") * 900),
    "base64 with padding": lambda: _stanzas(b"-> X25519 AAA=\nAAA=\n"),
    "header cut": lambda: sealed()[:60],
    "header alone": lambda: sealed()[: payload(sealed()) - 16],
    "no blocks": lambda: (lambda d: d[: payload(d)])(sealed()),
    "header changed": lambda: (lambda d: _flipped(d, d.index(b"--- ") + 6))(sealed()),
    "first block changed": lambda: (lambda d: _flipped(d, payload(d) + 5))(sealed()),
    "middle block changed": lambda: (lambda d: _flipped(d, payload(d) + BLOCK + 5))(sealed(plain() + bytes(300_000))),
    "blocks swapped": lambda: _swapped(sealed(plain() + bytes(300_000))),
    "last block cut": lambda: sealed()[:-40],
    "bytes behind": lambda: sealed() + b"x" * 500,
    "nothing inside": lambda: sealed(b""),
    "text inside": lambda: sealed(b"no archive at all " * 500),
    "age inside": lambda: sealed(sealed()),
    "bomb inside": lambda: sealed(archive([*_entries_of_plain(), Entry(name=b"logs/big", packed=bomb(200), size=200 << 20)])),
    "nested inside": lambda: sealed(archive([*_entries_of_plain(), Entry(name=b"logs/n.zip", data=nested(40), method=0)])),
    "archive cut inside": lambda: sealed(plain()[: len(plain()) // 2]),
    "parent folders inside": lambda: sealed(archive([*_entries_of_plain(), Entry(name=b"../../etc/passwd", data=NOTE)])),
}  # fmt: skip


def _entries_of_plain() -> list[Entry]:
    return [Entry(name=name.encode(), data=data) for name, data in collected().items()]


for _name, _sealed in AGE.items():
    CASES[f"age/{_name}"] = lambda folder, made=_sealed: write(folder / f"{UUID}.zip.age", made())  # type: ignore[misc]


# ---------------------------------------------------------------- results of MVT
INFO = {
    "mvt_version": "2026.10.26",
    "date": "2026-03-01 10:00:00.5",
    "target_path": "/x",
    "ioc_files": [],
    "hashes": [],
}
ROWS = [{"text": f"https://{LURE}/a", "phone_number": "+1555", "isodate": "2025-02-19 21:20:00.250000"}]


def results(folder: Path, files: Mapping[str, bytes]) -> Path:
    """A folder as MVT writes it."""
    root = folder / "out"
    root.mkdir()
    honest = {"info.json": json.dumps(INFO).encode(), "sms.json": json.dumps(ROWS).encode(), "command.log": b"INFO\n"}
    for name, data in {**honest, "note.txt": NOTE, **files}.items():
        (root / name).write_bytes(data)
    return root


RESULTS: dict[str, Mapping[str, bytes]] = {
    "honest": {},
    "rows nested 200,000 deep": {"sms.json": b"[" * 200_000},
    "rows cut in the middle": {"sms.json": json.dumps(ROWS * 50, indent=4).encode()[:-700]},
    "rows no list": {"sms.json": b'{"a": 1}'},
    "rows of other types": {"sms.json": b'[1, null, "x", [], {"text": 5, "isodate": {}, "phone_number": []}]'},
    "rows with numbers that are none": {"datausage.json": b'[{"proc_name": "x", "wifi_in": NaN, "wifi_out": Infinity}]'},
    "rows with huge numbers": {"datausage.json": b'[{"proc_name": "x", "wifi_in": ' + b"9" * 5_000 + b"}]"},
    "rows with lone surrogates": {"sms.json": b'[{"text": "\\ud800 https://lure-for-tests.example/\\udfff"}]'},
    "rows in Latin-1": {"sms.json": '[{"text": "café"}]'.encode("latin-1")},
    "rows in UTF-16": {"sms.json": json.dumps(ROWS).encode("utf-16")},
    "100,000 rows": {"manifest.json": json.dumps([{"domain": "d", "relative_path": f"f{n}"} for n in range(100_000)]).encode()},
    "a text of ten megabytes": {"sms.json": json.dumps([{"text": "x" * 10_000_000}]).encode()},
    "times of other calendars": {
        "sms.json": json.dumps(
            [{"text": "x", "isodate": at} for at in ("2567-05-14 10:00:00", "٢٠٢٤-٠٥-١٤", "0000-00-00", "9999-99-99 99:99:99", "", 5)]
        ).encode()
    },
    "info a list": {"info.json": b"[1]"},
    "info nested": {"info.json": b"[" * 100_000},
    "info with a version of a megabyte": {"info.json": json.dumps({**INFO, "mvt_version": "v" * 1_000_000}).encode()},
    "info with a version of controls": {"info.json": json.dumps({**INFO, "mvt_version": "\x1b[31m‮9"}).encode()},
    "alerts of other types": {"alerts.json": b'[5, null, {"level": [], "module": {}, "matched_indicator": "x"}]'},
    "50,000 alerts": {"alerts.json": json.dumps([{"level": "HIGH", "module": f"m{n}", "message": "x"} for n in range(50_000)]).encode()},
    "names of files": {"‮nosj.json": b"[]", "\x1b[31m.json": b"[]", "a" * 200 + ".json": b"[]"},
}  # fmt: skip
for _name, _files in RESULTS.items():
    CASES[f"mvt/{_name}"] = lambda folder, files=_files: results(folder, files)  # type: ignore[misc]


@case("mvt/link to /dev/zero")
def mvt_link(folder: Path) -> Path:
    root = results(folder, {})
    os.symlink("/dev/zero", root / "datausage.json")
    return root


@case("mvt/an archive of results that leaves")
def mvt_zip(folder: Path) -> Path:
    entries = [
        Entry(name=b"out/info.json", data=json.dumps(INFO).encode()),
        Entry(name=b"out/sms.json", data=json.dumps(ROWS).encode()),
    ]
    entries += [
        Entry(name=b"out/command.log", data=b"x"),
        Entry(name=b"../../sms.json", data=b"[]"),
        Entry(name=b"note.txt", data=NOTE),
    ]
    return write(folder / "out.zip", archive(entries))
