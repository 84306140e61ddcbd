"""Hostile sysdiagnose archives, made by script: each a small honest archive in which one thing is made to do harm.

`ARCHIVES` holds a maker for each name, "family/what". A maker writes into a new folder. Everything is synthetic and the same on
every run.
"""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from tests.hostile.corpus import BESIDE, LURE

TOP = "sysdiagnose_2023.05.24_13-29-15-0700_iPhone-OS_iPhone_20F66"
EXTRA = "system_logs.logarchive/Extra/"
HONEST = {"note.txt": f"http://{BESIDE}/x\n".encode(), "sysdiagnose.log": b"x\n", "taskinfo.txt": b"num tasks: 0\n"}
ARCHIVES: dict[str, Callable[[Path], object]] = {}


def plain(files: dict[str, bytes], *, top: str = TOP, end: bool = True) -> bytes:
    """A tar archive; without `end` more entries can follow."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        size = archive.offset
    return made.getvalue() if end else made.getvalue()[:size]


def entry(
    name: str, content: bytes = b"", *, size: int | bytes | None = None, kind: bytes = b"0", link: str = ""
) -> bytes:
    """One entry with a right checksum, whatever size it claims."""
    info = tarfile.TarInfo(f"{TOP}/{name}" if not name.startswith(("/", ".")) else name)
    info.linkname = link
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT)[-512:])
    claimed = len(content) if size is None else size
    head[124:136] = claimed.ljust(12, b"\0") if isinstance(claimed, bytes) else f"{claimed:011o}\0".encode()
    head[156:157], head[148:156] = kind, b" " * 8
    head[148:156] = f"{sum(head):06o}\0 ".encode()
    return bytes(head) + content + bytes(-len(content) % 512)


def archive(name: str, pieces: Callable[[], Iterable[bytes]], *, level: int = 6) -> None:
    """An archive in which these bytes follow the honest files."""

    def write(folder: Path) -> None:
        with gzip.GzipFile(folder / f"{TOP}.tar.gz", "wb", compresslevel=level, mtime=0) as out:
            out.write(plain(HONEST, end=False))
            for piece in pieces():
                out.write(piece)
            out.write(bytes(10_240))

    assert name not in ARCHIVES, name
    ARCHIVES[name] = write


def entries(name: str, *made: bytes) -> None:
    """See `archive`."""
    archive(name, lambda: made)


def content(name: str, path: str, make: Callable[[], bytes]) -> None:
    """An archive with one more file."""
    archive(name, lambda: [entry(path, make(), kind=b"0")])


def raw(name: str, change: Callable[[bytes], bytes]) -> None:
    """An honest archive whose stored bytes are changed."""

    def write(folder: Path) -> None:
        data = gzip.compress(plain({**HONEST, "filler.bin": random.Random(5).randbytes(300_000)}), mtime=0)
        (folder / f"{TOP}.tar.gz").write_bytes(change(data))

    ARCHIVES[name] = write


# ---- headers that lie

for _label, _size in {
    "octal, all of it": b"77777777777",
    "base 256, huge": b"\x80" + b"\xff" * 11,
    "base 256, negative": b"\xff" * 12,
    "no number": b"lots of it!",
    "just too long": 10_000,
    "zero": 0,
}.items():
    entries(f"header/size: {_label}", entry("big.txt", LURE.encode() * 20, size=_size))
entries("header/checksum", entry("big.txt", b"x")[:150] + b"9" + entry("big.txt", b"x")[151:])
entries("header/not a header", b"\xff" * 512)
entries("header/long name, huge", entry("n", b"a" * 900_000, kind=b"L"), entry("x", b"y"))
entries("header/long name, over the limit", entry("n", b"a" * 2_000_000, kind=b"L"), entry("x", b"y"))
entries("header/long names without end", *[entry("n", b"a/" * 200, kind=b"L")] * 20_000)
entries("header/attributes: size", entry("p", b"30 size=999999999999999999999\n", kind=b"x"), entry("x", b"y"))
entries("header/attributes: length", entry("p", b"99999999999 path=x\n3 a\n", kind=b"x"), entry("x", b"y"))
entries("header/attributes: no text", entry("p", bytes(range(256)) * 4, kind=b"x"), entry("x", b"y"))
entries("header/attributes: global", entry("p", b"20 path=/etc/passwd\n", kind=b"g"), entry("x", b"y"))
entries("header/sparse", entry("s", b"x" * 600, kind=b"S"), entry("x", b"y"))
entries("header/unknown kinds", *[entry(f"k{n}", b"", kind=bytes([n])) for n in range(1, 256) if n not in b"LKxg5"])
archive("header/many files", lambda: (entry(f"d/{n}", b"") for n in range(60_000)))
archive("header/one name", lambda: (entry("ps.txt", b"x") for n in range(3_000)))
archive("header/files behind the end", lambda: (bytes(600_000), entry("hidden.txt", LURE.encode())))

# ---- names and links

for _label, _name in {
    "parent": "../../../../tmp/escape.txt",
    "absolute": "/etc/cron.d/escape",
    "backslash": "..\\..\\escape.txt",
    "escape codes": "\x1b]0;owned\x07\x1b[2J.txt",
    "direction": "\u202etxt.exe",
    "lone surrogate": "a\udcff.txt",
    "deep": "d/" * 45 + "x",
    "nothing": "",
}.items():
    entries(
        f"name/{_label}",
        entry("n", _name.encode("utf-8", "surrogateescape") + b"\0", kind=b"L"),
        entry("x", LURE.encode()),
    )
for _label, _kind, _target in (
    ("symbolic, to a secret", b"2", "/etc/passwd"),
    ("symbolic, to itself", b"2", "ps.txt"),
    ("hard, out", b"1", "../../../etc/passwd"),
    ("character device", b"3", ""),
    ("block device", b"4", ""),
    ("pipe", b"6", ""),
):
    entries(
        f"link/{_label}",
        entry("ps.txt", kind=_kind, link=_target),
        entry(f"{EXTRA}shutdown.log", kind=_kind, link=_target),
    )

# ---- streams

raw("stream/cut in the middle", lambda data: data[: len(data) // 2])
raw("stream/cut in its end", lambda data: data[:-5])
raw("stream/wrong checksum", lambda data: data[:-8] + bytes(4) + data[-4:])
raw("stream/damaged inside", lambda data: data[:200_000] + bytes(64) + data[200_064:])
raw("stream/garbage behind", lambda data: data + random.Random(1).randbytes(100_000))
raw("stream/empty streams behind", lambda data: data + gzip.compress(b"", mtime=0) * 100_000)
raw("stream/long header", lambda data: data[:3] + b"\x08" + data[4:10] + b"n" * 1_000_000 + b"\0" + data[10:])
raw("stream/reserved flags", lambda data: data[:3] + b"\xe0" + data[4:])
archive("bomb/zeros", lambda: [entry("z.bin", b"", size=1 << 30), *[bytes(1 << 20)] * 1024], level=9)
archive("bomb/shutdown log of zeros", lambda: [entry(f"{EXTRA}shutdown.log", bytes(64 << 20))], level=9)
archive(
    "bomb/archive inside",
    lambda: [entry(f"logs/{TOP}.tar.gz", gzip.compress(gzip.compress(bytes(200 << 20), 9, mtime=0), 9, mtime=0))],
)


def zipped(name: str, *files: tuple[str, bytes]) -> None:
    """A zip archive around these files."""

    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / "sysdiagnose.zip", "w", zipfile.ZIP_DEFLATED) as made:
            for path, data in files:
                made.writestr(zipfile.ZipInfo(path), data)

    ARCHIVES[name] = write


_GOOD = gzip.compress(plain(HONEST), mtime=0)
zipped("zip/two archives", (f"{TOP}.tar.gz", _GOOD), (f"b/{TOP}.tar.gz", _GOOD))
zipped(
    "zip/cut archive",
    (f"{TOP}.tar.gz", gzip.compress(plain({**HONEST, "f": random.Random(3).randbytes(90_000)}))[:60_000]),
)

# ---- texts

CLIENT = "\t\tremaining client pid: 9 (/usr/libexec/{}/EBFB3E7F-4CA4-3656-8E9C-8CCF5995C34A)\n"
_NOISE = random.Random(9)
content(
    "text/shutdown: no end",
    f"{EXTRA}shutdown.log",
    lambda: ("After 1.0s, these clients are still here:\n" + CLIENT.format("x") * 60_000).encode(),
)
content("text/shutdown: one line", f"{EXTRA}shutdown.log", lambda: b"remaining client pid: 1 (" * 200_000)
content(
    "text/shutdown: spaces", f"{EXTRA}shutdown.log", lambda: b"remaining client pid: 1 (/x)" + b" " * 3_000_000 + b"y\n"
)
content(
    "text/shutdown: forms alternate",
    f"{EXTRA}shutdown.log",
    lambda: (CLIENT.format("x") + "After 1.0s, remaining client pid: 9 (/x)\n").encode() * 9_000,
)
content(
    "text/shutdown: numbers",
    f"{EXTRA}shutdown.log",
    lambda: b"SIGTERM: [999999999999]\nAfter 999999.999999s, these clients are still here:\n" * 2_000,
)
content("text/shutdown: noise", f"{EXTRA}shutdown.log", partial(_NOISE.randbytes, 400_000))
_PS = b"USER UID PID PPID %CPU TT STAT STARTED TIME COMMAND\n"
content("text/ps: times", "ps.txt", lambda: _PS + b"mobile " + b"0:00.00 " * 500_000)
content("text/ps: rows", "ps.txt", lambda: _PS + b"mobile 501 9 1 0.0 ?? S 99:99AM 0:00.00 /x\n" * 60_000)
content("text/ps: bundles", "ps.txt", lambda: _PS + b"m 501 9 1 0.0 ?? S 31Feb99 0:00.00 /" + b"a.app/" * 300_000)
content("text/ps: headings", "ps.txt", lambda: b"PID COMMAND " * 300_000)
content("text/taskinfo: count", "taskinfo.txt", lambda: b"num tasks: 999999\n" + b'process: "' + b'"' * 900_000 + b"\n")
content("text/taskinfo: ages", "taskinfo.txt", lambda: b'process: "a" [1]\nrun time: 9999999999 s\n' * 20_000)
content(
    "text/spindump: images",
    "spindump-nosymbols.txt",
    lambda: b"".join(b"Process: a [%d]\n 0x%x - ??? a <%032x> /x/%d\n" % (n, n, n, n) for n in range(20_000)),
)
content(
    "text/spindump: spaces", "spindump-nosymbols.txt", lambda: b"Process: a [1]\nPath: /" + b" " * 3_000_000 + b"x\n"
)
content(
    "text/spindump: dates",
    "spindump-nosymbols.txt",
    lambda: b"Date/Time: 0001-01-01 00:00:00.0 +1400\nProcess: a [1]\nTime Since Fork: 9999999999s\n",
)
content(
    "text/statistics: deep", f"{EXTRA}logdata.statistics.0.jsonl", lambda: b'{"processList":' + b"[" * 500_000 + b"\n"
)
content(
    "text/statistics: numbers",
    f"{EXTRA}logdata.statistics.0.jsonl",
    lambda: b'{"processList":[{"process":"a","sizeBytes":1e999}],"unixTime":9e99}\n' * 5_000,
)
content(
    "text/statistics: wide",
    f"{EXTRA}logdata.statistics.0.jsonl",
    lambda: b'{"processList":[' + b'{"process":"/a","sizeBytes":1},' * 60_000 + b'{"process":""}]}\n',
)
content(
    "text/logd: years",
    f"{EXTRA}logd.0.log",
    lambda: b"0000-01-01 00:00:00+0000 logd[1]: x\n9999-12-31 23:59:59-2359 logd[1]: x\n" * 5_000,
)
content(
    "text/facts: version",
    "logs/SystemVersion/SystemVersion.plist",
    lambda: b"<key>ProductVersion</key>" + b" " * 60_000 + b"<string>99.99.\x1b[31m</string>",
)
content(
    "text/facts: properties",
    "remotectl_dumpstate.txt",
    lambda: b"ProductType => " + b" " * 60_000 + b"x\nOSVersion => " + b"9." * 40,
)
for _seed in range(12):
    content(
        f"noise/{_seed}",
        ("ps.txt", "taskinfo.txt", "spindump-nosymbols.txt")[_seed % 3],
        partial(random.Random(_seed).randbytes, 50_000),
    )
