"""Hostile dumps of file systems and lists of files: each honest but for one thing. See `sysdiagnose_corpus`."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

from tests.hostile.acquisitions import Entry, archive, bomb
from tests.hostile.corpus import BESIDE

VAR = "private/var/mobile/Library/"
NOTE = f"http://{BESIDE}/x\n".encode()
DUMPS: dict[str, Callable[[Path], object]] = {}


def zipped(name: str, *entries: Entry, directory: bool = True) -> None:
    """A zip archive with these members behind an honest one."""

    def write(folder: Path) -> None:
        honest = Entry(name=f"{VAR}note.txt".encode(), data=NOTE)
        (folder / "dump.zip").write_bytes(archive([honest, *entries], directory=directory))

    DUMPS[f"dump zip/{name}"] = write


def tarred(name: str, fill: Callable[[tarfile.TarFile], object], *, cut: int = 0, packed: bool = False) -> None:
    """A tar archive, filled behind an honest file."""

    def write(folder: Path) -> None:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as out:
            put(out, f"{VAR}note.txt", NOTE)
            fill(out)
        data = made.getvalue()[: -cut or None]
        (folder / ("dump.tar.gz" if packed else "dump.tar")).write_bytes(
            gzip.compress(data, mtime=0) if packed else data
        )

    DUMPS[f"dump tar/{name}"] = write


def put(out: tarfile.TarFile, name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
    """Add an entry."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = len(data), kind, link
    out.addfile(entry, io.BytesIO(data))


def foldered(name: str, fill: Callable[[Path], object]) -> None:
    """A folder, filled beside an honest file."""

    def write(folder: Path) -> None:
        library = folder / "dump" / VAR
        library.mkdir(parents=True)
        (library / "note.txt").write_bytes(NOTE)
        fill(library)

    DUMPS[f"dump folder/{name}"] = write


def listed(name: str, data: Callable[[], bytes]) -> None:
    """A list of files behind an honest line, which holds the host of the note as a folder of a web view."""

    def write(folder: Path) -> None:
        honest = f"0|/{VAR}WebKit/WebsiteData/IndexedDB/https_{BESIDE}_0/x|1|r/r|0|0|0|0|1700000000|0|0\n".encode()
        (folder / "files.body").write_bytes(honest + row("/private/var/honest") * 100 + data())

    DUMPS[f"dump list/{name}"] = write


def row(name: str, rest: str = "1|r/r|0|0|0|0|1700000000|0|0") -> bytes:
    """A line of a body file."""
    return f"0|{name}|{rest}\n".encode()


for _label, _name in {
    "parent folders": f"{VAR}../../../../../../etc/passwd",
    "absolute": "/private/var/mobile/Library/abs",
    "escape codes": f"{VAR}\x1b]0;owned\x07\x1b[2J",
    "direction": f"{VAR}\u202etxt.exe",
    "line break": f"{VAR}a\nprivate/var/mobile/b",
    "very long": VAR + "a" * 60_000,
    "very deep": VAR + "d/" * 20_000 + "x",
    "no text": f"{VAR}\udcff",
    "empty": "",
    "of a database": f"{VAR}SMS/sms.db",
}.items():
    zipped(f"name: {_label}", Entry(name=_name.encode("utf-8", "surrogateescape")[:65_000], data=NOTE))
zipped("bomb", Entry(name=f"{VAR}big".encode(), packed=bomb(200), size=200 << 20))
zipped("bomb that states little", Entry(name=f"{VAR}SMS/sms.db".encode(), packed=bomb(200), size=1000))
zipped("states four gigabytes", *(Entry(name=f"{VAR}b{n}".encode(), data=b"x", size=0xFFFFFFF0) for n in range(50)))
zipped("overlap", *(Entry(name=f"{VAR}o{n}".encode(), data=b"x" * 5000, offset=0) for n in range(3000)))
zipped("one name, often", *(Entry(name=f"{VAR}SMS/sms.db".encode(), data=b"x") for _ in range(5000)))
zipped("60,000 members", *(Entry(name=f"{VAR}e{n}".encode(), method=0) for n in range(60_000)))
zipped("many prefixes", *(Entry(name=f"p{n}/{VAR}x".encode(), data=b"x") for n in range(3000)))
zipped("no directory", Entry(name=f"{VAR}x".encode(), data=NOTE), directory=False)
zipped(
    "20,000 containers",
    *(
        Entry(
            name=f"private/var/mobile/Containers/Data/Application/{n:032x}/"
            ".com.apple.mobile_container_manager.metadata.plist".encode(),
            data=b"bplist00" + bytes(range(n % 200)),
        )
        for n in range(20_500)
    ),
)
tarred("links and devices", lambda out: [put(out, f"{VAR}{n}", kind=bytes([n]), link="/etc/passwd") for n in b"12346"])
tarred(
    "link in place of a database", lambda out: put(out, f"{VAR}SMS/sms.db", kind=b"2", link="../../../../etc/passwd")
)
tarred("cut in a header", lambda out: put(out, f"{VAR}x", b"y" * 5000), cut=9_000)
tarred(
    "cut in a file, compressed", lambda out: put(out, f"{VAR}x", os.urandom(0) + b"y" * 50_000), cut=60_000, packed=True
)
tarred("zeros, compressed", lambda out: put(out, f"{VAR}zeros", bytes(300 << 20)), packed=True)
tarred(
    "a sysdiagnose's name", lambda out: put(out, "sysdiagnose_2023.05.24_13-29-15-0700_iPhone-OS_iPhone_20F66/x", NOTE)
)
foldered("link to /dev/zero", lambda library: (library / "SMS").symlink_to("/dev/zero"))
foldered("circle of links", lambda library: (library / "again").symlink_to(library))
foldered("pipe", lambda library: os.mkfifo(library / "pipe"))
foldered("sparse terabyte", lambda library: os.truncate(_made(library / "sparse"), 1 << 26))
foldered("name that is no text", lambda library: _made(Path(os.fsdecode(os.fsencode(library) + b"/\xff\xfe"))))
listed("cut in the middle", lambda: row("/private/var/a")[:25])
listed("line without an end", lambda: b"0|/private/var/" + b"a" * (20 << 20))
listed("marks alone", lambda: b"|" * (5 << 20))
listed("line breaks alone", lambda: b"\n" * (5 << 20))
listed("mixed encodings", lambda: row("/private/var/\u00e9") + b"0|/private/var/\xff\xfe\xe9|1|r|0|0|0|0|1|0|0\n")
listed("NUL bytes", lambda: row("/private/var/a\0b") * 100)
listed("numbers without end", lambda: row("/private/var/n", "1|r/r|0|0|" + "9" * 5000 + "|0|1|0|0") * 50)
listed("numbers that are none", lambda: row("/private/var/n", "1|r/r|x|-|1e9|nan|0x10|\u0661|+1") * 50)
listed("times out of range", lambda: row("/private/var/t", "1|r/r|0|0|0|" + "|".join(["999999999999999999"] * 4)) * 50)
listed("one line 300,000 times", lambda: row("/private/var/mobile/Library/SMS/sms.db") * 300_000)
listed("escape codes", lambda: row("/private/var/\x1b]0;owned\x07\x1b[2J"))
listed("separators of columns", lambda: row("/private/var/a\x1fb") * 7000)


def _made(path: Path) -> Path:
    path.write_bytes(b"")
    return path
