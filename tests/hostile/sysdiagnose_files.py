"""Hostile sysdiagnose archives: a small honest archive in which one file is made to do harm."""

from __future__ import annotations

import gzip
import io
import json
import plistlib
import random
import struct
import tarfile
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path

from phonegen.sysdiagnose import background, databases, model, reports, unified
from phonegen.sysdiagnose.model import Sysdiagnose

LOG = "system_logs.logarchive/"
TRACE, SYNC = LOG + "Persist/0000000000000001.tracev3", LOG + "timesync/0000000000000001.timesync"
TEXT, CACHE = LOG + "AB/" + "0" * 30, LOG + "dsc/" + "A" * 32
REPORT = "crashes_and_spins/a.ips"
POWER = "logs/powerlogs/powerlog_2024-05-24_07-30_0123ABCD.PLSQL"
Files = dict[str, bytes]


@cache
def phone() -> Sysdiagnose:
    made = Sysdiagnose("17.5")
    background.populate(made)
    made.add(model.Boot(when=made.date - timedelta(hours=90)), model.Traffic(name="a", when=made.date))
    for number in range(200):
        when = made.date - timedelta(hours=number % 80)
        made.add(model.LoggedProcess(path=f"/usr/libexec/d{number}", when=when, pid=number + 300))
    return made


@cache
def honest() -> Files:
    """The log archive and databases of a small phone, under the names used here."""
    made = phone()
    boot = unified.boots(made)[0]
    processes = made.of(model.LoggedProcess)[:200]
    power, data = next((name, data) for name, data in databases.files(made) if "powerlogs" in name)
    assert power.endswith(".gz")
    inventory = Sysdiagnose("17.5")
    inventory.add(model.Inventory(when=made.date, names=("launchd", "a", "b")))
    return {
        TRACE: unified.header(made, boot, boot.when) + unified.catalog(made, processes, boot) + unified.chunkset(),
        SYNC: unified.timesync(made),
        TEXT: unified.uuidtext("/usr/libexec/a"),
        CACHE: unified.dsc(made, [f"/usr/lib/{number}" for number in range(50)]),
        REPORT: next(data for name, data in reports.files(inventory) if name.endswith(".ips")),
        POWER + ".gz": data,
    }


def head(bug_type: str = "298") -> bytes:
    facts = {"bug_type": bug_type, "timestamp": "2024-05-20 10:00:00.00 +0200", "os_version": "iPhone OS 17.5 (21F79)"}
    return json.dumps(facts).encode() + b"\n"


def chunk(tag: int, data: bytes, length: int | None = None) -> bytes:
    return struct.pack("<IIQ", tag, 0x11, len(data) if length is None else length) + data + bytes(-len(data) % 8)


def start() -> bytes:
    """The header of the honest log."""
    return honest()[TRACE][:224]


def catalog(uuids: int, entries: int, count: int, spans: int, span_count: int, body: bytes) -> bytes:
    return chunk(0x600B, struct.pack("<5H6xQ", uuids, entries, count, spans, span_count, 0) + body)


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def flipped(data: bytes, every: int) -> bytes:
    made = bytearray(data)
    for at in range(7, len(made), every):
        made[at] ^= 0xFF
    return bytes(made)


ENTRY = struct.pack("<4HQ6I", 0, 0, 0, 0xFFFF, 1, 1, 1, 1, 0, 0, 0) + bytes(8)
FORMS: dict[str, dict[str, Callable[[], bytes]]] = {
    TRACE: {
        "empty": lambda: b"",
        "header alone": start,
        "noise": lambda: noise(1 << 20),
        "zeros": lambda: bytes(4 << 20),
        "header and zeros": lambda: start() + bytes(4 << 20),
        "cut": lambda: honest()[TRACE][:-500],
        "flipped": lambda: flipped(honest()[TRACE], 300),
        "endless empty chunks": lambda: start() + chunk(0x600D, b"") * 400_000,
        "unknown chunks": lambda: start() + chunk(0x6099, b"") * 200_000,
        "length of 64 bits": lambda: start() + chunk(0x600D, b"", (1 << 64) - 1),
        "length that wraps": lambda: start() + chunk(0x600B, b"", (1 << 64) - 8),
        "large catalog": lambda: start() + chunk(0x600B, bytes(8 << 20)),
        "catalogs without end": lambda: start() + catalog(16, 16, 0, 16, 0, bytes(16)) * 60_000,
        "many entries that overlap": lambda: start() + catalog(16, 16, 65_535, 16, 0, bytes(16) + ENTRY * 65_535),
        "processes without end": lambda: (
            start()
            + b"".join(
                catalog(
                    0,
                    0,
                    1_000,
                    0,
                    0,
                    b"".join(
                        struct.pack("<4HQ6I", n, 0, 0, 0, part * 1000 + n, 1, n, 1, 0, 0, 0) + bytes(8)
                        for n in range(1000)
                    ),
                )
                for part in range(150)
            )
        ),
        "spans that point anywhere": lambda: (
            start() + catalog(0, 0, 0, 0, 65_535, struct.pack("<QQIII", 0, (1 << 64) - 1, 0, 0, 1 << 31) * 9000)
        ),
        "images without end": lambda: (
            start() + catalog(0, 0, 1, 0, 0, struct.pack("<4HQ6I", 0, 0, 0, 0, 1, 1, 1, 1, 0, (1 << 32) - 1, 0))
        ),
        "time of the far future": lambda: start()[:32] + struct.pack("<i", 2**31 - 1) + honest()[TRACE][36:],
        "time before 1970": lambda: start()[:32] + struct.pack("<i", -(2**31)) + honest()[TRACE][36:],
        "clock of no rate": lambda: start()[:16] + bytes(8) + honest()[TRACE][24:],
        "clock of the greatest rate": lambda: start()[:16] + b"\xff\xff\xff\xff\1\0\0\0" + honest()[TRACE][24:],
        "two heads": lambda: start() * 2000 + honest()[TRACE][224:],
    },
    SYNC: {
        "noise": lambda: noise(1 << 20),
        "boots without end": lambda: honest()[SYNC][:48] * 60_000,
        "comparisons without a boot": lambda: honest()[SYNC][48:80] * 60_000,
        "times that jump": lambda: (
            honest()[SYNC][:48]
            + b"".join(struct.pack("<4sIQqii", b"Ts \0", 0, n, (-1) ** n * n * 10**14, 0, 0) for n in range(50_000))
        ),
        "cut": lambda: honest()[SYNC][:-9],
    },
    TEXT: {
        "empty": lambda: b"",
        "noise": lambda: noise(1 << 16),
        "ranges without end": lambda: struct.pack("<IIII", 0x66778899, 2, 1, 0xFFFFFFFF) + bytes(1 << 20),
        "sizes that overflow": lambda: struct.pack("<IIII", 0x66778899, 2, 1, 50_000) + b"\xff" * 8 * 50_000 + b"/a\0",
        "long path": lambda: honest()[TEXT][:-1] + b"x" * (1 << 20) + b"\0",
        "path of control characters": lambda: unified.uuidtext("/usr/\x1b[2J\u202e\n\x7f/lure"),
        "path that is no text": lambda: honest()[TEXT][:-1] + b"\xff\xfe\xed\xa0\x80\0",
        "other version": lambda: b"\x99\x88\x77\x66\xff\xff\xff\xff" + honest()[TEXT][8:],
    },
    CACHE: {
        "noise": lambda: b"hcsd" + noise(1 << 16),
        "images without end": lambda: b"hcsd" + struct.pack("<HHII", 2, 0, 0, 0xFFFFFFFF),
        "ranges without end": lambda: b"hcsd" + struct.pack("<HHII", 1, 0, 0xFFFFFFFF, 1) + bytes(1 << 16),
        "all images at one path": lambda: (
            b"hcsd"
            + struct.pack("<HHII", 1, 0, 0, 90_000)
            + (bytes(24) + struct.pack("<I", 16 + 28 * 90_000)) * 90_000
            + b"/usr/lib/a\0"
        ),
        "path without an end": lambda: (
            b"hcsd"
            + struct.pack("<HHII", 1, 0, 0, 900)
            + (bytes(24) + struct.pack("<I", 16 + 28 * 900)) * 900
            + b"/" * (3 << 20)
        ),
        "cut": lambda: honest()[CACHE][:-30],
    },
    REPORT: {
        "empty": lambda: b"",
        "noise": lambda: noise(1 << 20),
        "one long line": lambda: b'{"a": "' + b"x" * (4 << 20) + b'"}',
        "deep head": lambda: b"[" * 1_000_000,
        "deep body": lambda: head() + b'{"asi": ' + b"[" * 1_000_000,
        "deep objects": lambda: head() + b'{"processByPid": ' + b'{"a":' * 200_000,
        "deep list in a cut body": lambda: head() + b'{"processes": [' + b"[" * 500_000,
        "processes without end": lambda: head() + b'{"processes": [' + b'{"name":"a"},' * 400_000 + b"{}]}",
        "processes without end, cut": lambda: head() + b'{"processes": [' + b'{"name":"a"},' * 400_000,
        "empty processes without end": lambda: head() + b'{"processes": [' + b"{}," * 2_000_000 + b"{}]}",
        "keys that repeat": lambda: head() + b"{" + b'"processes": [],' * 200_000 + b'"pid": 1}',
        "numbers of many digits": lambda: head() + b'{"pid": ' + b"9" * 100_000 + b', "processes": [{"pid": 1e999}]}',
        "lone surrogates": lambda: head() + b'{"procName": "\\ud800\\udfff\\ud800", "procPath": "/\\u0000/\\u202e"}',
        "text of one line": lambda: head("109") + b"Process: " + b"a [1] " * 500_000,
        "text of keys": lambda: head("109") + b"Path: /a\n" * 300_000,
        "text of look-alike images": lambda: head("109") + b"0x1 - 0x2 a <" * 200_000,
        "text of images": lambda: head("109") + b"0x1 - 0x2 a <" + b"a" * 32 + b"> /x\n0x1 - 0x2 a <" * 60_000,
        "text of spaces": lambda: head("202") + b"Powerstats for: " + b" " * 1_000_000,
        "text of blocks": lambda: head("202") + b"Powerstats for: a [1]\nPath: /a\n" * 100_000,
        "bytes that are no text": lambda: head("109") + b"\xff\xfe\x80" * 100_000,
        "a property list": lambda: head("202") + plistlib.dumps({"a": ["b"] * 1000}),
    },
    POWER: {
        "empty": lambda: b"",
        "noise": lambda: b"SQLite format 3\0" + noise(1 << 16),
        "cut": lambda: gzip.decompress(honest()[POWER + ".gz"])[:9000],
        "flipped": lambda: flipped(gzip.decompress(honest()[POWER + ".gz"]), 2000),
    },
    POWER + ".gz": {
        "empty": lambda: b"",
        "no gzip": lambda: noise(1 << 16),
        "cut": lambda: honest()[POWER + ".gz"][:900],
        "bomb": lambda: gzip.compress(b"SQLite format 3\0" + bytes(300 << 20)),
        "members without end": lambda: gzip.compress(b"") * 50_000,
        "long head": lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * (1 << 20),
    },
}


def with_file(place: str, make: Callable[[], bytes]) -> Callable[[], Files]:
    return lambda: {**honest(), place: make()}


LABELS = {
    TRACE: "log",
    SYNC: "clock",
    TEXT: "image",
    CACHE: "shared cache",
    REPORT: "report",
    POWER: "power log",
    POWER + ".gz": "compressed power log",
}
CASES: dict[str, Callable[[], Files]] = {
    f"sysdiagnose/{LABELS[place]}: {form}": with_file(place, make)
    for place, makers in FORMS.items()
    for form, make in makers.items()
}


def write(name: str, folder: Path, beside: Files) -> None:
    """One archive of the corpus in a folder; `beside` is honest content that must be found."""
    top = phone().folder
    folder.mkdir(parents=True)
    with tarfile.open(folder / f"{top}.tar.gz", "w:gz", compresslevel=1) as tar:
        for path, data in {
            "sysdiagnose.log": b"begin\n",
            "taskinfo.txt": b"num tasks: 0\n",
            **beside,
            **CASES[name](),
        }.items():
            info = tarfile.TarInfo(f"{top}/{path}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
