"""Hostile backups, made by script: each a small honest phone in which one thing is made to do harm.

`CASES` holds a maker for each name, "family/what". Everything is synthetic and the same on every run.
"""

from __future__ import annotations

import gzip
import io
import itertools
import os
import plistlib
import random
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from phonegen import scale
from sousveil.acquisition.backup import Backup
from sousveil.acquisition.content import open_member
from tests.acquisition.maker import PASSWORD, Maker, encrypted, file_id, keybag, mbfile, tlv
from tests.hostile import sysdiagnose_files

LURE = "lure-for-tests.example"
"""An indicator that hostile files hold."""
BESIDE = "beside-for-tests.example"
"""An indicator that stands in the honest file of every backup, and nowhere else."""
NOTE = ("HomeDomain", "Library/note.txt")

Case = Callable[[Maker], object]
CASES: dict[str, Case] = {}
AFTER: dict[str, Callable[[Path], object]] = {}
"""What is done to the folder once it is written."""


def case(name: str) -> Callable[[Case], Case]:
    def keep(made: Case) -> Case:
        assert name not in CASES, name
        CASES[name] = made
        return made

    return keep


def after(name: str, *, password: str | None = None) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    def keep(made: Callable[[Path], object]) -> Callable[[Path], object]:
        CASES[name] = lambda maker: setattr(maker, "password", password)
        AFTER[name] = made
        return made

    return keep


def make(name: str, folder: Path) -> Path:
    """One backup, or the folder of one archive, of the corpus in a new folder."""
    if name in sysdiagnose_files.CASES:
        sysdiagnose_files.write(name, folder, {"Preferences/note.txt": f"see https://{BESIDE}/ now".encode()})
        return folder
    maker = Maker(folder)
    if name.startswith("encrypted/"):
        maker.password = PASSWORD
    CASES[name](maker)
    maker.add(*NOTE, f"see https://{BESIDE}/ now".encode())
    maker.add("HomeDomain", "Library/SMS/sms.db-none", b"x")
    root = maker.write()
    if name in AFTER:
        AFTER[name](root)
    return root


# Honest content

PLACES = {
    "sms": ("HomeDomain", "Library/SMS/sms.db"),
    "safari": ("HomeDomain", "Library/Safari/History.db"),
    "datausage": ("WirelessDomain", "Library/Databases/DataUsage.sqlite"),
    "tcc": ("HomeDomain", "Library/TCC/TCC.db"),
    "whatsapp": ("AppDomainGroup-group.net.whatsapp.WhatsApp.shared", "ChatStorage.sqlite"),
    "interactionc": ("HomeDomain", "Library/CoreDuet/People/interactionC.db"),
    "addaily": ("HomeDomain", "Library/Preferences/com.apple.osanalytics.addaily.plist"),
    "idstatus": ("HomeDomain", "Library/Preferences/com.apple.identityservices.idstatuscache.plist"),
    "clients": ("RootDomain", "Library/Caches/locationd/clients.plist"),
    "session": (
        "AppDomain-com.apple.mobilesafari",
        "Library/ResourceLoadStatistics/full_browsing_session_resourceLog.plist",
    ),
}


@cache
def honest() -> dict[str, bytes]:
    """Bytes of the files of a small made phone, by the names of `PLACES`, as far as it has them."""
    with tempfile.TemporaryDirectory() as scratch:
        scale.make(Path(scratch) / "phone", factor=0.02)
        backup = Backup(Path(scratch) / "phone")
        found = {}
        for entry in backup.entries():
            for name, place in PLACES.items():
                if (entry.domain, entry.relative) == place:
                    with_content = open_member(backup.member(entry))
                    found[name] = with_content.read(with_content.size, 0)
                    with_content.close()
        return found


def database(*statements: str, page: int = 4096) -> bytes:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f"pragma page_size = {page}")
        for statement in statements:
            db.execute(statement)
        db.commit()
        return db.serialize()


def changed(data: bytes, *statements: str) -> bytes:
    """A database after statements."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(data)
        db.execute("pragma writable_schema = on")
        for statement in statements:
            db.execute(statement)
        db.commit()
        return db.serialize()


def pages(data: bytes) -> list[bytearray]:
    size = struct.unpack(">H", data[16:18])[0]
    size = 65536 if size == 1 else size
    return [bytearray(data[at : at + size]) for at in range(0, len(data), size)]


def pointing(data: bytes, target: Callable[[int, int], int]) -> bytes:
    """Every child pointer of every interior page of a table replaced by `target(page, old)`."""
    made = pages(data)
    for number, page in enumerate(made, 1):
        start = 100 if number == 1 else 0
        if page[start] == 5:
            (count,) = struct.unpack_from(">H", page, start + 3)
            struct.pack_into(">I", page, start + 8, target(number, struct.unpack_from(">I", page, start + 8)[0]))
            for index in range(count):
                (cell,) = struct.unpack_from(">H", page, start + 12 + 2 * index)
                if cell + 4 <= len(page):
                    struct.pack_into(">I", page, cell, target(number, struct.unpack_from(">I", page, cell)[0]))
    return b"".join(made)


def large(name: str, times: int = 1) -> bytes:
    """An honest database with enough rows for several levels of pages."""
    table = {"sms": "message", "safari": "history_visits", "whatsapp": "ZWAMESSAGE"}[name]
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(honest()[name])
        for trigger in [row[0] for row in db.execute("select name from sqlite_schema where type = 'trigger'")]:
            db.execute(f'drop trigger "{trigger}"')
        columns = [row[1] for row in db.execute(f"pragma table_info({table})") if not row[5]]
        unique = {"guid", "redirect_source", "redirect_destination"}
        kept = ", ".join(f'"{c}"' for c in columns if c not in unique)
        extra = ', "guid"' if "guid" in columns else ""
        value = ", hex(randomblob(8))" if extra else ""
        for _ in range(times):
            db.execute(f"insert into {table} ({kept}{extra}) select {kept}{value} from {table} limit 4000")
        db.commit()
        return db.serialize()


# Databases

ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) select "
SQL_TABLES = {
    "sms": "message",
    "safari": "history_visits",
    "datausage": "ZPROCESS",
    "tcc": "access",
    "whatsapp": "ZWAMESSAGE",
}


def as_view(data: bytes, table: str, body: str) -> bytes:
    """A view that bears the name of a table and has its columns."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(data)
        columns = [row[1] for row in db.execute(f"pragma table_info({table})")]
    chosen = ", ".join(f'x as "{c}"' for c in columns)
    return changed(
        data, f"alter table {table} rename to moved", f"create view {table} as {ENDLESS}{chosen} from c {body}"
    )


def computed(data: bytes, table: str) -> bytes:
    """A table with a column that is computed, expensively."""
    return changed(data, f"alter table {table} add column slow generated always as (hex(zeroblob(30000000)))")


DATABASE_FORMS: dict[str, Callable[[str, bytes], bytes]] = {
    "no database": lambda n, d: b"no database at all" * 400,
    "empty": lambda n, d: b"",
    "head only": lambda n, d: d[:100],
    "half": lambda n, d: d[: len(d) // 2 + 13],
    "page size 1": lambda n, d: d[:16] + b"\0\1" + d[18:],
    "page size 3": lambda n, d: d[:16] + b"\0\3" + d[18:],
    "schema of noise": lambda n, d: d[:108] + random.Random(n).randbytes(900) + d[1008:],
    "view without end": lambda n, d: as_view(d, SQL_TABLES[n], ""),
    "view of large values": lambda n, d: as_view(d, SQL_TABLES[n], "where length(zeroblob(900000000)) > 0"),
    "computed column": lambda n, d: computed(d, SQL_TABLES[n]),
    "noise in pages": lambda n, d: d[:4096] + bytes(b ^ (i % 251 == 0) * 0x55 for i, b in enumerate(d[4096:])),
    "no rows": lambda n, d: changed(d, f"delete from {SQL_TABLES[n]}"),
}
for _name in SQL_TABLES:
    for _form, _change in DATABASE_FORMS.items():

        def _made(maker: Maker, name: str = _name, change: Callable[[str, bytes], bytes] = _change) -> None:
            maker.add(*PLACES[name], change(name, honest()[name]))

        CASES[f"database/{_name}: {_form}"] = _made

for _name in ("sms", "safari", "whatsapp"):

    @case(f"database/{_name}: pages in a circle")
    def _(maker: Maker, name: str = _name) -> None:
        maker.add(*PLACES[name], pointing(large(name, 3), lambda page, old: page))

    @case(f"database/{_name}: one page many times")
    def _(maker: Maker, name: str = _name) -> None:
        first: dict[int, int] = {}
        maker.add(*PLACES[name], pointing(large(name, 6), lambda page, old: first.setdefault(page, old)))

    @case(f"database/{_name}: pages that are not there")
    def _(maker: Maker, name: str = _name) -> None:
        maker.add(*PLACES[name], pointing(large(name, 2), lambda page, old: 0x7FFFFFFF))


@case("database/sms: tree of shared pages")
def _(maker: Maker) -> None:
    """Levels of pages that all point at the next one: more rows than any number."""
    made = pages(large("sms", 6))
    inner = [n for n, page in enumerate(made, 1) if page[100 if n == 1 else 0] == 5]
    leaf = next(n for n, page in enumerate(made, 1) if page[0] == 13 and struct.unpack_from(">H", page, 3)[0] > 3)
    chain = [*inner[:1], *range(len(made) + 1, len(made) + 8), leaf]
    for number, following in itertools.pairwise(chain):
        page = bytearray(4096)
        page[0] = 5
        cells = 500
        for index in range(cells):
            at = 4096 - 8 * (index + 1)
            struct.pack_into(">I", page, at, following)
            page[at + 4] = min(127, index // 4)
            struct.pack_into(">H", page, 12 + 2 * (cells - 1 - index), at)
        struct.pack_into(">HH", page, 3, cells, 4096 - 8 * cells)
        struct.pack_into(">I", page, 8, following)
        if number <= len(made):
            made[number - 1] = page
        else:
            made.append(page)
    whole = bytearray(b"".join(made))
    struct.pack_into(">I", whole, 28, len(made))
    maker.add(*PLACES["sms"], bytes(whole))


@case("database/sms: bad log")
def _(maker: Maker) -> None:
    maker.add(*PLACES["sms"], honest()["sms"])
    maker.add(
        "HomeDomain", "Library/SMS/sms.db-wal", b"\x37\x7f\x06\x82" + os.urandom(0) + bytes(28) + b"\xff" * 200_000
    )


@case("database/sms: log of many empty frames")
def _(maker: Maker) -> None:
    maker.add(*PLACES["sms"], honest()["sms"])
    head = struct.pack(">8I", 0x377F0682, 3007000, 4096, 0, 1, 1, 0, 0)
    maker.add(
        "HomeDomain", "Library/SMS/sms.db-wal", head + (struct.pack(">6I", 1, 1, 1, 1, 0, 0) + bytes(4096)) * 4000
    )


@case("database/sms: journal that undoes without end")
def _(maker: Maker) -> None:
    maker.add(*PLACES["sms"], honest()["sms"])
    head = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + struct.pack(">5I", 0xFFFFFFFF, 0, 0x7FFFFFFF, 512, 4096)
    maker.add("HomeDomain", "Library/SMS/sms.db-journal", head.ljust(512, b"\0") + (b"\0\0\0\1" + bytes(4100)) * 3000)


@case("database/sms: 2000 columns")
def _(maker: Maker) -> None:
    names = ", ".join(f"c{n}" for n in range(1990))
    maker.add(
        *PLACES["sms"], database(f"create table message (ROWID integer primary key, guid text, text text, {names})")
    )


@case("database/sms: 3000 tables")
def _(maker: Maker) -> None:
    maker.add(*PLACES["sms"], database(*(f"create table t{n} (a)" for n in range(3_000))))


@case("database/sms: very long texts")
def _(maker: Maker) -> None:
    maker.add(
        *PLACES["sms"],
        changed(
            honest()["sms"],
            "drop trigger if exists x",
            "update message set text = hex(zeroblob(4000000)) where ROWID < 6",
        ),
    )


@case("database/sms: texts full of links")
def _(maker: Maker) -> None:
    links = " ".join(f"http://a{n}.example/x?u=http%3A%2F%2Fb{n}.example" for n in range(3000))
    maker.add(
        *PLACES["sms"],
        changed(large("sms", 2), f"update message set text = '{links}' where ROWID % 5 = 0 and ROWID < 500"),
    )


@case("database/sms: texts that are no text")
def _(maker: Maker) -> None:
    maker.add(
        *PLACES["sms"],
        changed(honest()["sms"], "update message set text = cast(x'fffe00d8c0c1e2' as text), date = 9e99"),
    )


@case("database/sms: times beyond every calendar")
def _(maker: Maker) -> None:
    maker.add(*PLACES["sms"], changed(honest()["sms"], "update message set date = 9223372036854775807"))


@case("database/sms: UTF-16")
def _(maker: Maker) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("pragma encoding = 'UTF-16le'")
        db.execute(
            "create table message (ROWID integer primary key, guid text, text text, date integer, handle_id integer)"
        )
        db.executemany("insert into message (text) values (?)", [("\U0001f600" * 500,)] * 2000)
        db.commit()
        maker.add(*PLACES["sms"], db.serialize())


@case("database/sms: virtual table")
def _(maker: Maker) -> None:
    maker.add(*PLACES["sms"], database("create virtual table message using fts5(text, guid, date)"))


@case("database/sms: recursive triggers")
def _(maker: Maker) -> None:
    maker.add(
        *PLACES["sms"],
        changed(
            honest()["sms"], "create trigger t after insert on message begin insert into message (text) values (1); end"
        ),
    )


@case("database/everywhere the same")
def _(maker: Maker) -> None:
    """Two hundred copies of a database that costs time, where artefacts look for it."""
    data = as_view(honest()["safari"], "history_visits", "")
    for number in range(200):
        maker.add("HomeDomain", f"Library/Safari/Profiles/{number}/History.db", data)


@case("database/many that are slow")
def _(maker: Maker) -> None:
    data = pointing(large("safari", 6), lambda page, old: page)
    for number in range(60):
        maker.add("HomeDomain", f"Library/Safari/Profiles/{number}/History.db", data)


# Property lists


def bplist(objects: list[bytes], top: int = 0, *, size: int = 4, offsets: list[int] | None = None) -> bytes:
    """A binary property list of encoded objects."""
    body, places = bytearray(b"bplist00"), []
    for one in objects:
        places.append(len(body))
        body += one
    table = b"".join(place.to_bytes(4, "big") for place in (offsets or places))
    trailer = struct.pack(">6xBBQQQ", 4, size, len(objects), top, len(body))
    return bytes(body) + table + trailer


def array(*refs: int, count: int | None = None) -> bytes:
    number = len(refs) if count is None else count
    return b"\xaf\x13" + number.to_bytes(8, "big") + b"".join(ref.to_bytes(4, "big") for ref in refs)


def mapping(keys: list[int], values: list[int]) -> bytes:
    return b"\xdf\x13" + len(keys).to_bytes(8, "big") + b"".join(r.to_bytes(4, "big") for r in [*keys, *values])


PLISTS: dict[str, Callable[[], bytes]] = {
    "nested": lambda: bplist([array(n + 1) for n in range(100_000)] + [b"\x08"]),
    "shared": lambda: bplist([array(*[n + 1] * 10) for n in range(40)] + [b"\x08"]),
    "shared mappings": lambda: bplist([mapping([n + 1] * 3, [n + 1] * 3) for n in range(60)] + [b"\x51a"]),
    "circle": lambda: bplist([array(1), array(0)]),
    "huge count": lambda: bplist([array(0, count=1 << 60)]),
    "huge text": lambda: bplist([b"\x5f\x13" + (1 << 62).to_bytes(8, "big") + b"abc"]),
    "offsets beyond": lambda: bplist([b"\x08"] * 5, offsets=[1 << 31] * 5),
    "a million numbers": lambda: bplist([array(*range(1, 1_000_001)), *[b"\x10\x07"] * 1_000_000]),
    "large number": lambda: bplist([b"\x14" + b"\xff" * 16]),
    "dates of no calendar": lambda: bplist(
        [array(1, 2), b"\x33" + struct.pack(">d", 1e300), b"\x33" + struct.pack(">d", float("nan"))]
    ),
    "keys that are no text": lambda: bplist([mapping([1], [1]), b"\x10\x01"]),
    "many equal keys": lambda: bplist([mapping([1] * 50_000, [2] * 50_000), b"\x51a", b"\x09"]),
    "XML nested": lambda: (
        b'<?xml version="1.0"?><plist version="1.0">' + b"<array>" * 200_000 + b"</array>" * 200_000 + b"</plist>"
    ),
    "XML entities": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b']><plist version="1.0"><string>&j;</string></plist>'
    ),
    "XML of another file": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b'<plist version="1.0"><dict><key>Device Name</key><string>&a;</string></dict></plist>'
    ),
    "XML long": lambda: (
        b'<?xml version="1.0"?><plist version="1.0"><dict>'
        + b"<key>a</key><string>b</string>" * 500_000
        + b"</dict></plist>"
    ),
    "noise": lambda: b"bplist00" + random.Random(1).randbytes(60_000),
    "zeros": lambda: bytes(5_000_000),
}
for _form, _content in PLISTS.items():
    for _name in ("addaily", "idstatus"):

        @case(f"plist/{_name}: {_form}")
        def _(maker: Maker, name: str = _name, content: Callable[[], bytes] = _content) -> None:
            maker.add(*PLACES[name], content())

    for _file in ("Info.plist", "Manifest.plist"):

        @after(f"plist/{_file}: {_form}")
        def _(root: Path, file: str = _file, content: Callable[[], bytes] = _content) -> None:
            (root / file).write_bytes(content())


@case("plist/keyed archives that refer to themselves")
def _(maker: Maker) -> None:
    archive = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}}
    loop = archive | {
        "$objects": [
            "$null",
            {"$class": plistlib.UID(2), "NS.objects": [plistlib.UID(1)] * 20},
            {"$classname": "NSArray"},
        ]
    }
    for number in range(30):
        place = f"Library/ConfigurationProfiles/profile-{number}.stub"
        maker.add(
            "SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles",
            place,
            plistlib.dumps(loop, fmt=plistlib.FMT_BINARY),
        )


# Typedstreams: the bodies of messages

STREAM = (
    b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\0\x84\x84\x08NSObject\0\x85\x92"
    b"\x84\x84\x84\x08NSString\x01\x94\x84\x01+"
)
TYPEDSTREAMS: dict[str, bytes] = {
    "cut": STREAM,
    "long text": STREAM + b"\x81\xff\x7f" + b"x" * 100,
    "longest text": STREAM + b"\x82\xff\xff\xff\x7fabc",
    "negative text": STREAM + b"\x82\xff\xff\xff\xffabc",
    "reserved length": STREAM + b"\x83abcdefgh",
    "nested": b"\x04\x0bstreamtyped\x81\xe8\x03" + b"\x84\x01@\x84\x84\x84\x08NSObject\0" * 20_000,
    "nested arrays": b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x81\xff\x7f" + b"[9{" * 10_000,
    "references": b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@" + b"\x92\x93\x94" * 20_000,
    "reference beyond": STREAM + b"\x86\xff\xff\xff\x7f",
    "other version": b"\x05" + STREAM[1:],
    "big endian": b"\x04\x0btypedstream\x03\xe8" + STREAM[17:],
    "array of billions": b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x10[1000000000000c]\x82\xff\xff\xff\x7f",
    "noise": b"\x04\x0bstreamtyped\x81\xe8\x03" + random.Random(2).randbytes(5000),
    "many attributes": STREAM + b"\x05hello\x86\x84\x02iI" + b"\x01\x05\x92" * 40_000,
}
for _form, _bytes in TYPEDSTREAMS.items():

    @case(f"typedstream/{_form}")
    def _(maker: Maker, body: bytes = _bytes) -> None:
        with closing(sqlite3.connect(":memory:")) as db:
            db.deserialize(honest()["sms"])
            for (trigger,) in db.execute("select name from sqlite_schema where type = 'trigger'").fetchall():
                db.execute(f'drop trigger "{trigger}"')
            db.execute("update message set text = null, attributedBody = ?", (body,))
            db.commit()
            maker.add(*PLACES["sms"], db.serialize())


# Archives: what the pass over every byte unfolds


def zipped(content: bytes, **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        archive.writestr("a", content)
    return out.getvalue()


def nested(depth: int) -> bytes:
    data = bytes(2_000_000)
    for _ in range(depth):
        data = gzip.compress(data, mtime=0) * 3
    return data


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "look-alikes of zlib": lambda: b"\x78\x9c\x03" * 8_000_000,
    "look-alikes of zlib, few": lambda: b"\x78\x9c\x03" * 200_000,
    "look-alikes of zlib, long": lambda: (b"\x78\x9c" + b"\x4b" * 30) * 300_000,
    "look-alikes of gzip": lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\3" * 500_000,
    "look-alikes of zip": lambda: (b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(20)) * 200_000,
    "bomb of gzip": lambda: gzip.compress(bytes(700_000_000), 1, mtime=0),
    "bombs of zlib": lambda: zlib.compress(bytes(30_000_000), 9) * 400,
    "zip that lies": lambda: zipped(bytes(3_000_000)).replace(struct.pack("<I", 3_000_000), b"\x0a\0\0\0"),
    "zip in zip": lambda: zipped(zipped(zipped(b"see " + LURE.encode() + b" " * 50))),
    "gzip in gzip": lambda: nested(6),
    "empty members": lambda: zlib.compress(b"") * 800_000,
    "small members": lambda: zlib.compress(b"see http://a.example/ " * 3) * 150_000,
    "members that break off": lambda: zlib.compress(random.Random(3).randbytes(9000))[:4000] * 900,
    "members around members": lambda: zlib.compress(zlib.compress(zlib.compress(bytes(9_000_000))) * 5000),
}
for _form, _content in ARCHIVES.items():

    @case(f"archive/{_form}")
    def _(maker: Maker, content: Callable[[], bytes] = _content) -> None:
        maker.add("AppDomain-org.example", "Documents/cache", content())


@case("archive/fifty files of look-alikes")
def _(maker: Maker) -> None:
    for number in range(50):
        maker.add("AppDomain-org.example", f"Documents/{number}", b"\x78\x9c\x03" * 1_000_000)


# Hits

HITS: dict[str, Callable[[], bytes]] = {
    "a million lures": lambda: f"http://{LURE}/ ".encode() * 300_000,
    "look-alikes of a lure": lambda: f"x{LURE}x".encode() * 400_000,
    "lures in UTF-16": lambda: f" {LURE} ".encode("utf-16-le") * 200_000,
    "one long word of lures": lambda: LURE.encode() * 500_000,
    "plist magic": lambda: b"bplist00" * 1_000_000,
    "a list that starts everywhere": lambda: (b"bplist00" + LURE.encode()) * 300_000,
    "database heads": lambda: (b"SQLite format 3\0" + LURE.encode()) * 300_000,
    "freed pages of lures": lambda: honest()["sms"][:4096] + f" {LURE} ".encode() * 150_000,
}
for _form, _content in HITS.items():

    @case(f"hits/{_form}")
    def _(maker: Maker, content: Callable[[], bytes] = _content) -> None:
        maker.add("AppDomain-org.example", "Documents/list", content())


@case("hits/lures in 3000 files")
def _(maker: Maker) -> None:
    for number in range(3000):
        maker.add("AppDomain-org.example", f"Documents/{number}", f"http://{LURE}/".encode() * 20)


@case("hits/lures in 4000 messages")
def _(maker: Maker) -> None:
    maker.add(
        *PLACES["sms"],
        changed(large("sms", 8), *drop_triggers(), f"update message set text = 'http://{LURE}/' || ROWID"),
    )


def drop_triggers() -> list[str]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(honest()["sms"])
        return [
            f'drop trigger if exists "{row[0]}"'
            for row in db.execute("select name from sqlite_schema where type = 'trigger'")
        ]


# Names

NAMES = {
    "controls": "Library/\x1b]0;owned\x07\x9b31m\n\r\t",
    "bidi": "Library/\u202egnp.exe\u2066\u200b",
    "markup": "Library/<script>alert(1)</script>&amp;'\"",
    "formula": "=cmd|' /C calc'!A0",
    "up": "../../../../etc/passwd",
    "absolute": "/etc/passwd",
    "zero": "a\0b",
    "long": "x" * 900_000,
    "many parts": "a/" * 100_000,
    "dots": "./././.",
    "surrogates": b"Library/\xed\xa0\x80\xff\xfe",
    "empty": "",
    "number": 7,
    "nothing": None,
}
for _form, _text in NAMES.items():

    @case(f"name/{_form}")
    def _(maker: Maker, text: Any = _text) -> None:
        path = maker.add("HomeDomain", f"stored {text!r}"[:50], f"see {LURE} ".encode())
        name = path.name
        maker.rows[-1] = (name, "HomeDomain", text, 1, maker.rows[-1][4])
        maker.rows.append((file_id("x", "y"), text, "Library/SMS/sms.db", 1, maker.rows[-1][4]))


for _form in ("folder", "fifo", "link to /etc/passwd", "link to /dev/zero", "socket"):

    @case(f"stored/{_form}")
    def _(maker: Maker, form: str = _form) -> None:
        import socket

        path = maker.add(*PLACES["sms"], honest()["sms"])
        path.unlink()
        if form == "folder":
            path.mkdir()
        elif form == "fifo":
            os.mkfifo(path)
        elif form == "socket":
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(f"/proc/self/cwd/{os.path.relpath(path)}" if len(str(path)) > 100 else str(path))
        else:
            path.symlink_to(form.rpartition(" ")[2])


# The manifest


def rewritten(change: Callable[[sqlite3.Connection], None]) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        with closing(sqlite3.connect(root / "Manifest.db", isolation_level=None)) as db:
            change(db)

    return apply


def script(*statements: str) -> Callable[[Path], None]:
    def run(db: sqlite3.Connection) -> None:
        for statement in statements:
            db.execute(statement)

    return rewritten(run)


def many_rows(count: int, blob: bytes) -> Callable[[Path], None]:
    def run(db: sqlite3.Connection) -> None:
        db.execute("begin")
        db.executemany(
            "insert into Files values (?, 'HomeDomain', ?, 1, ?)",
            ((f"{number:040x}", f"Library/{number}", blob) for number in range(count)),
        )
        db.execute("commit")

    return rewritten(run)


ROWS = "create table Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB"


def replaced(path: Path, target: str) -> None:
    """A link in place of a file."""
    path.unlink()
    path.symlink_to(target)


def counted(most: int) -> str:
    """Numbers as a query."""
    return f"with recursive c(x) as (select 1 union all select x + 1 from c where x < {most}) select x from c"


DEEP = bplist([array(n + 1) for n in range(20_000)] + [b"\x08"])
MANIFESTS: dict[str, Callable[[Path], object]] = {
    "missing": lambda root: (root / "Manifest.db").unlink(),
    "empty": lambda root: (root / "Manifest.db").write_bytes(b""),
    "noise": lambda root: (root / "Manifest.db").write_bytes(random.Random(4).randbytes(100_000)),
    "half": lambda root: os.truncate(root / "Manifest.db", 9000),
    "view": script(
        "alter table Files rename to old",
        f"create view Files as {ENDLESS} x as fileID, x as domain, x as relativePath, 1 as flags, x as file, x as rowid from c",
    ),
    "virtual": script(
        "drop table Files", "create virtual table Files using fts5(fileID, domain, relativePath, flags, file)"
    ),
    "computed": script(
        "alter table Files rename to old",
        f"{ROWS}, slow generated always as (hex(zeroblob(100000000))))",
        "insert into Files select * from old",
    ),
    "computed name": script(
        "drop table Files",
        "create table Files (fileID TEXT PRIMARY KEY, domain TEXT, flags INTEGER, file BLOB, "
        "relativePath generated always as (hex(zeroblob(50000000))))",
        "insert into Files (fileID, domain, flags) values (1, 2, 3)",
    ),
    "without rowid": script(
        "alter table Files rename to old", f"{ROWS}) without rowid", "insert into Files select * from old"
    ),
    "fewer columns": script("drop table Files", "create table Files (fileID TEXT)"),
    "no table": script("drop table Files"),
    "rows far apart": script(
        "insert into Files (rowid, fileID) values (9223372036854775807, 'a'), (-9223372036854775808, 'b')"
    ),
    "200000 rows": many_rows(200_000, b""),
    "60000 rows of honest records": many_rows(60_000, mbfile("Library/x", 5)),
    "rows of deep records": many_rows(40, DEEP),
    "rows of shared records": many_rows(2000, bplist([array(*[n + 1] * 10) for n in range(40)] + [b"\x08"])),
    "rows of large records": many_rows(30, mbfile("x", 1, more=b"x" * 900_000)),
    "rows of a million numbers": many_rows(20, bplist([array(*range(1, 100_001)), *[b"\x10\x07"] * 100_000])),
    "sizes of no disk": script("update Files set file = x'" + mbfile("x", (1 << 62)).hex() + "'"),
    "records of noise": script("update Files set file = randomblob(500)"),
    "flags of noise": script("update Files set flags = 'x'"),
    "columns swapped": script("update Files set fileID = file, domain = flags"),
    "one file many times": script(
        "drop table Files",
        ROWS.replace(" PRIMARY KEY", "") + ")",
        f"insert into Files select '{file_id(*NOTE)}', 'HomeDomain', 'Library/note.txt', 1, null from ({counted(20000)})",
    ),
    "log": lambda root: (root / "Manifest.db-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(28) + b"\xff" * 100_000),
    "journal": lambda root: (root / "Manifest.db-journal").write_bytes(
        b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + struct.pack(">5I", 0xFFFFFFFF, 0, 0x7FFFFFFF, 512, 4096)
    ),
    "link": lambda root: replaced(root / "Manifest.db", "/etc/passwd"),
    "indexes of noise": script("create index i on Files (hex(file) || hex(domain))", "create table other (a)"),
    "many domains of safari": script(
        "insert into Files select hex(randomblob(20)), 'AppDomain-' || x, 'Library/Safari/BrowserState.db', 1, null from "
        f"({counted(30000)})"
    ),
    "in a circle": lambda root: (root / "Manifest.db").write_bytes(pointing(_filled(root), lambda page, old: page)),
    "of shared pages": lambda root: (root / "Manifest.db").write_bytes(pointing(_filled(root), lambda page, old: 4)),
}


def _filled(root: Path) -> bytes:
    many_rows(5000, b"x" * 300)(root)
    return (root / "Manifest.db").read_bytes()


for _form, _apply in MANIFESTS.items():
    after(f"manifest/{_form}")(_apply)


# Encrypted backups


def with_keybag(bag: bytes) -> Case:
    def made(maker: Maker) -> None:
        maker.manifest_extra["BackupKeyBag"] = bag

    return made


_HEAD = tlv("VERS", 3) + tlv("TYPE", 1) + tlv("UUID", b"u" * 16) + tlv("WRAP", 0) + tlv("SALT", b"s" * 20)
KEYS = {n: bytes([n]) * 32 for n in (1, 2, 3, 4)}
ENCRYPTED: dict[str, Case] = {
    "honest": lambda maker: None,
    "rounds": with_keybag(_HEAD + tlv("ITER", 0x7FFFFFFF)),
    "outer rounds": with_keybag(_HEAD + tlv("ITER", 1) + tlv("DPIC", 0x7FFFFFFF) + tlv("DPSL", b"o" * 20)),
    "as many rounds as are allowed": with_keybag(
        _HEAD + tlv("ITER", 40_000) + tlv("DPIC", 40_000_000) + tlv("DPSL", b"o" * 20)
    ),
    "no rounds": with_keybag(_HEAD + tlv("ITER", 0)),
    "rounds of eight bytes": with_keybag(_HEAD + tlv("ITER", b"\xff" * 8)),
    "rounds of three bytes": with_keybag(_HEAD + tlv("ITER", b"\xff" * 3)),
    "keybag cut": with_keybag(keybag(KEYS, PASSWORD)[:-9]),
    "keybag empty": with_keybag(b""),
    "keybag of many items": with_keybag(tlv("AAAA", b"") * 60_000),
    "keybag of many classes": with_keybag(
        keybag(KEYS, PASSWORD)
        + (tlv("UUID", b"x" * 16) + tlv("CLAS", 1) + tlv("WRAP", 2) + tlv("WPKY", bytes(40))) * 2400
    ),
    "keybag large": with_keybag(keybag(KEYS, PASSWORD) + tlv("JUNK", bytes(3 << 20))),
    "keybag that lies": with_keybag(_HEAD + b"ITER\xff\xff\xff\xff"),
    "no class keys": with_keybag(_HEAD + tlv("ITER", 1)),
    "manifest key short": lambda maker: maker.manifest_extra.update(ManifestKey=b"\4\0\0\0" + bytes(7)),
    "manifest key of no class": lambda maker: maker.manifest_extra.update(ManifestKey=b"\x77\0\0\0" + bytes(40)),
    "manifest key of no kind": lambda maker: maker.manifest_extra.update(ManifestKey="text"),
    "file of no class": lambda maker: maker.add(*PLACES["sms"], honest()["sms"], cls=99),
    "size beyond": lambda maker: maker.add(*PLACES["sms"], honest()["sms"], size=1 << 60),
    "size below": lambda maker: maker.add(*PLACES["sms"], honest()["sms"], size=5),
    "archive": lambda maker: maker.add("HomeDomain", "x", b"\x78\x9c\x03" * 2_000_000),
}
for _form, _apply_to in ENCRYPTED.items():
    CASES[f"encrypted/{_form}"] = _apply_to


def _cut(root: Path, length: int) -> None:
    for domain, relative in (NOTE, PLACES["sms"]):
        name = file_id(domain, relative)
        path = root / name[:2] / name
        if path.exists():
            os.truncate(path, length)


for _form, _damage in {
    "files cut": lambda root: _cut(root, 21),
    "files empty": lambda root: _cut(root, 0),
    "manifest plain": lambda root: (root / "Manifest.db").write_bytes(database(ROWS + ")")),
    "manifest of another key": lambda root: (root / "Manifest.db").write_bytes(
        encrypted(b"x" * 32, database(ROWS + ")"))
    ),
    "manifest cut": lambda root: os.truncate(root / "Manifest.db", 4099),
}.items():
    after(f"encrypted/{_form}", password=PASSWORD)(_damage)


CASES.update((name, lambda maker: None) for name in sysdiagnose_files.CASES)
