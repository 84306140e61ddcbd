"""Backups that are broken, half there, or made to do harm: a clear error or a line of the coverage."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cli_runner import AT, HOSTILE, LURE, PASSWORD, Ran, Sousveil, phone, say, small, stored

from phonegen import Phone
from phonegen.ios import configuration_profiles, idstatuscache, sms

SMS = ("HomeDomain", "Library/SMS/sms.db")
JSON = ("--json", "--no-files")


def line(ran: Ran, artefact: str) -> tuple[str, int, str]:
    """Outcome, records and detail of one artefact."""
    (found,) = (c for c in json.loads(ran.out)["coverage"] if c["artefact"] == artefact)
    return found["outcome"], found["records"], found["detail"]


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A plain backup of one's own with a link that is looked for."""
    return small(tmp_path / "b", f"see https://{LURE}/", "good night")


# Half a backup


@pytest.mark.parametrize("name", ["Info.plist", "Manifest.plist", "Status.plist"])
@pytest.mark.parametrize("how", ["missing", "empty", "folder", "text"])
def test_without_one_of_the_lists(sv: Sousveil, backup: Path, name: str, how: str) -> None:
    """The messages are read all the same."""
    broken(backup / name, how)
    ran = sv.check(backup, options=JSON)
    assert ran.code == 1 and line(ran, "ios.sms")[:2] == ("READ", 2)


def broken(path: Path, how: str) -> None:
    path.unlink()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "folder":
        path.mkdir()
    elif how == "text":
        path.write_bytes(b"no property list" * 100)
    elif how == "fifo":
        os.mkfifo(path)
    elif how == "dangling":
        path.symlink_to("nowhere")
    elif how == "passwd":
        path.symlink_to("/etc/passwd")
    elif how == "zero":
        path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("missing", "is missing or empty: this is half a backup."),
        ("empty", "is damaged: the database file is empty (0 bytes)."),
        ("folder", "is damaged: the stored file is not a regular file but a folder, pipe or device."),
        ("text", "is damaged: the file is not a SQLite database, or it is encrypted by its app."),
        ("dangling", "is damaged: the stored file is a symbolic link; links are not followed."),
    ],
)
def test_without_the_manifest(sv: Sousveil, backup: Path, how: str, why: str) -> None:
    broken(backup / "Manifest.db", how)
    ran = sv.check(backup)
    said = f"Manifest.db, the list of the backup's files, {why}"
    if how != "missing":
        said = f"The list of the backup's files could not be read to its end: {said}"
    assert ran.code == 3 and said[:60] in ran.text
    assert "RESULT We could not check this backup" in ran.text, "Info.plist alone is no examination"
    assert ran.err.splitlines() == [f"sousveil: {said}"], "once"


def test_a_raw_pass_over_no_file_has_not_read(sv: Sousveil, backup: Path) -> None:
    broken(backup / "Manifest.db", "missing")
    ran = sv.check(backup, scan=True, options=JSON)
    outcome, records, detail = line(ran, "scan")
    assert (ran.code, outcome, records) == (3, "FAILED", 0)
    assert detail.startswith("no file was searched: Manifest.db, the list of the backup's files, is missing")


def test_encrypted_without_its_keys(sv: Sousveil, locked: Path, tmp_path: Path) -> None:
    copy = tmp_path / "b"
    shutil.copytree(locked, copy)
    (copy / "Manifest.plist").unlink()
    ran = sv.check(copy, env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    assert ran.code == 2 and "Manifest.plist with the keys is missing or damaged" in ran.err


def test_cut_off_encrypted_manifest(sv: Sousveil, locked: Path, tmp_path: Path) -> None:
    copy = tmp_path / "b"
    shutil.copytree(locked, copy)
    os.truncate(copy / "Manifest.db", 4100)
    ran = sv.check(copy, options=("--no-files", "--full"), env={"SOUSVEIL_BACKUP_PASSWORD": PASSWORD})
    said = "the stored file is cut off: an encrypted file is a multiple of 16 bytes long."
    assert (
        ran.code == 3
        and f"The list of the backup's files could not be read to its end: {said}" in ran.err
        and said in ran.text
    )


# Files that are none


@pytest.mark.parametrize("how", ["missing", "empty", "folder", "text", "fifo", "dangling", "passwd", "zero"])
def test_something_else_in_place_of_a_file(sv: Sousveil, backup: Path, how: str) -> None:
    broken(stored(backup, *SMS), how)
    ran = sv.check(backup, options=JSON)
    outcome, records, detail = line(ran, "ios.sms")
    assert (ran.code, outcome, records) == (3, "FAILED", 0) and detail.startswith("HomeDomain/Library/SMS/sms.db: ")
    assert b"root:" not in ran.out


def test_a_loop_of_links(sv: Sousveil, backup: Path, tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / "inner").mkdir(parents=True)
    (top / "inner" / "up").symlink_to(top)
    (top / "self").symlink_to("self")
    assert sv.check(top).code == 2
    shutil.copytree(backup, top / "inner" / "b")
    assert sv.check(top).code == 1
    knot = sv.check(top / "self")
    assert knot.code == 2 and "cannot be read" in knot.err


@pytest.mark.parametrize(
    "name",
    ["line\nbreak", "esc\x1b[31mape\x1b]0;title\x07", "bidi\u202e\u2066", "c1\x9b5n", "=1+1", "<b>", "%s{0}", "-rf"],
)
def test_names_of_folders(sv: Sousveil, backup: Path, tmp_path: Path, name: str) -> None:
    odd = tmp_path / "odd" / name
    shutil.copytree(backup, odd)
    ran = sv.check(odd, odd.parent, backup, options=["--out", sv.home / name])
    assert ran.code == 1 and (sv.home / name / "index.html").is_file()
    assert len([p for p in (sv.home / name).iterdir() if p.is_dir()]) == 2
    assert json.loads(next((sv.home / name).glob("*/run.json")).read_text())
    shutil.rmtree(odd / stored(odd, *SMS).parent.name)
    (odd / "Manifest.db").unlink()
    assert sv.check(odd, backup).code == 1


def test_a_name_that_is_no_text(sv: Sousveil, backup: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff\xfe"
    shutil.copytree(os.fsencode(backup), odd)
    ran = sv.check(Path(os.fsdecode(odd)))
    assert ran.code == 2 and "is not valid text" in ran.err
    # Among others it costs nobody else the answer.
    ran = sv.check(Path(os.fsdecode(odd)), backup)
    assert ran.code == 1 and "is not valid text" in ran.err and "Traceback" not in ran.err


# Manifest rows


@pytest.mark.parametrize(
    "file_id",
    [
        "../../../../../../etc/passwd",
        "/etc/passwd",
        "3d/../../x",
        "3d0d7e5fb2ce288813306e4d4636395e047a3d2",
        "",
        None,
        7,
        b"\xff" * 40,
        "3D0D7E5FB2CE288813306E4D4636395E047A3D28",
        "3d0d7e5fb2ce288813306e4d4636395e047a3d28\n",
        "x" * 100_000,
    ],
)
def test_rows_that_point_outside(sv: Sousveil, backup: Path, file_id: Any) -> None:
    with closing(sqlite3.connect(backup / "Manifest.db")) as manifest, manifest:
        manifest.execute("update Files set fileID = ? where relativePath = ?", (file_id, SMS[1]))
    manifest.close()
    ran = sv.check(backup, options=JSON)
    outcome, records, _ = line(ran, "ios.sms")
    assert (ran.code, outcome, records) == (3, "FAILED", 0)
    assert b"root:" not in ran.out
    assert sv("decrypt", backup, "plain").code == 3
    assert not [p for p in (sv.home / "plain").rglob("*") if p.is_file() and b"root:" in p.read_bytes()]


@pytest.mark.parametrize(
    ("relative", "code"),
    [
        ("../../../../tmp/escape", 3),
        ("/etc/cron.d/escape", 3),
        ("a/../../../escape", 3),
        ("a//b", 3),
        ("..", 3),
        ("x" * 3000, 3),
        ("a\\..\\..\\escape", 3),
        ("nul\0byte", 3),
        ("esc\x1b[31m\n\u202e", 0),  # odd, but a name that a disk may hold
    ],
)
def test_names_that_lead_out(sv: Sousveil, tmp_path: Path, relative: str, code: int) -> None:
    """A file whose name on the phone leads elsewhere is looked at, and written nowhere but below the destination."""
    backup = small(tmp_path / "b", "x", change=lambda p: p.add("HomeDomain", relative, b"content") and None)
    assert sv.check(backup, options=JSON).code == 3
    assert sv("decrypt", backup, "whole").code == 0  # under their numbers, as in the backup
    assert stored(sv.home / "whole", *SMS).is_file()
    ran = sv("decrypt", backup, "plain", "--only", "*")
    assert ran.code == code and (sv.home / "plain/HomeDomain/Library/SMS/sms.db").is_file()
    assert not [p for p in tmp_path.rglob("*escape*") if "plain" not in p.parts]
    assert not Path("/tmp/escape").exists() and not Path("/etc/cron.d/escape").exists()


def test_a_manifest_that_never_ends(sv: Sousveil, backup: Path) -> None:
    with closing(sqlite3.connect(backup / "Manifest.db")) as manifest, manifest:
        manifest.execute("alter table Files rename to f")
        manifest.execute(
            "create view Files as with recursive n(i) as (select 1 union all select i + 1 from n) "
            "select i as fileID, 'HomeDomain' as domain, 'a' as relativePath, 1 as flags, null as file from n"
        )
    manifest.close()
    ran = sv.check(backup)
    said = "Manifest.db contains something else in place of the list of files."
    assert (
        ran.code == 3
        and f"The list of the backup's files could not be read to its end: {said}" in ran.err
        and said in ran.text
    )


# Property lists


def _nested_xml(depth: int) -> bytes:
    return b'<?xml version="1.0"?><plist version="1.0">' + b"<array>" * depth + b"</array>" * depth + b"</plist>"


def _entities() -> bytes:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))
    return f'<?xml version="1.0"?><!DOCTYPE plist [{lines}]><plist><string>&a11;</string></plist>'.encode()


def _shared(levels: int = 40) -> bytes:
    """A binary list of lists that would unfold to 2 to the power of `levels` values."""
    objects = [bytes([0xA2, n + 1, n + 1]) for n in range(levels)] + [b"\x5aexplosion!"]
    return _binary(objects, 1)


def _nested_binary(depth: int) -> bytes:
    return _binary([b"\xa1" + (n + 1).to_bytes(3, "big") for n in range(depth)] + [b"\x09"], 3)


def _binary(objects: list[bytes], width: int) -> bytes:
    body, offsets = b"bplist00", []
    parts = []
    position = len(body)
    for one in objects:
        offsets.append(position.to_bytes(4, "big"))
        parts.append(one)
        position += len(one)
    trailer = bytes(6) + bytes([4, width]) + len(objects).to_bytes(8, "big") + bytes(8) + position.to_bytes(8, "big")
    return body + b"".join(parts) + b"".join(offsets) + trailer


BOMBS: dict[str, Callable[[], bytes]] = {
    "nested xml": lambda: _nested_xml(100_000),
    "entities": _entities,
    "shared": _shared,
    "nested binary": lambda: _nested_binary(100_000),
    "itself": lambda: _binary([b"\xa1\x00"], 1),
    "count": lambda: _binary([b"\xaf\x13" + b"\x7f" * 8], 1),
    "archive": lambda: plistlib.dumps(
        {
            "$archiver": "NSKeyedArchiver",
            "$version": 100_000,
            "$top": {"root": plistlib.UID(1)},
            "$objects": ["$null", {"$class": plistlib.UID(1), "NS.objects": [plistlib.UID(1)] * 9}],
        },
        fmt=plistlib.FMT_BINARY,
    ),
}


@pytest.mark.parametrize("scan", [False, True])
@pytest.mark.parametrize("bomb", list(BOMBS))
def test_bombs(sv: Sousveil, tmp_path: Path, bomb: str, scan: bool) -> None:
    """In place of every property list at once: the messages are still read, and nothing of the program falls over."""
    data = BOMBS[bomb]()

    def change(made: Phone) -> None:
        made.add(configuration_profiles.DOMAIN, configuration_profiles.RELATIVE, data)
        made.add(
            configuration_profiles.DOMAIN,
            configuration_profiles.relative("other"),
            configuration_profiles.build(16, [{"identifier": "other"}]),
        )
        made.add(idstatuscache.DOMAIN, idstatuscache.RELATIVE, data)
        made.add("HomeDomain", "Library/Preferences/.GlobalPreferences.plist", data)

    backup = small(tmp_path / "b", f"see https://{LURE}/", change=change)
    for name in ("Info.plist", "Status.plist"):
        (backup / name).write_bytes(data)
    ran = sv.check(backup, options=JSON, scan=scan)
    assert ran.code == 1 and line(ran, "ios.sms")[:2] == ("READ", 1)
    assert "internal error" not in ran.out.decode() and "internal error" not in ran.err


# Databases


def _database(make: Callable[[sqlite3.Connection], None]) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as db, db:
            make(db)
        db.close()

    return change


def _endless_view(db: sqlite3.Connection) -> None:
    columns = [row[1] for row in db.execute("pragma table_info(message)")]
    chosen = ", ".join("n.i as ROWID" if c == "ROWID" else f"'x' as {c}" for c in columns)
    db.execute("alter table message rename to m")
    db.execute(
        f"create view message as with recursive n(i) as (select 1 union all select i + 1 from n) select {chosen} from n"
    )


def _endless_trigger(db: sqlite3.Connection) -> None:
    db.execute(
        "create view bomb as with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    )
    db.execute("create index odd on message(text) where ROWID > 0")
    db.execute("pragma writable_schema = 1")
    db.execute("update sqlite_schema set sql = 'CREATE TABLE message AS SELECT * FROM bomb' where name = 'handle'")


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 + 100)


def _noise(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(path.stat().st_size - 100))


CUT = "the stored file is cut off: {} of {} bytes are there."
NO_LAYOUT = "messages: no known layout fits this database ({} tables). Please report the system and app version"
DAMAGED = "the database is damaged; the rows read before the damage are kept."


@pytest.mark.parametrize(
    ("change", "outcome", "why"),
    [
        pytest.param(lambda p: os.truncate(p, 0), "FAILED", CUT.format("0", "{size}"), id="0 bytes"),
        pytest.param(lambda p: os.truncate(p, 99), "FAILED", CUT.format("99", "{size}"), id="99 bytes"),
        pytest.param(_cut, "FAILED", CUT.format("{left}", "{size}"), id="cut"),
        pytest.param(_noise, "FAILED", DAMAGED, id="noise"),
        pytest.param(_database(_endless_view), "UNSUPPORTED", NO_LAYOUT.format(16), id="endless view"),
        pytest.param(_database(_endless_trigger), "FAILED", DAMAGED, id="odd schema"),
        pytest.param(
            _database(lambda db: db.execute("drop table message") and None),
            "UNSUPPORTED",
            NO_LAYOUT.format(15),
            id="no table",
        ),
        pytest.param(
            lambda p: p.write_bytes(bytes(200_000)),
            "FAILED",
            "the file is not a SQLite database, or it is encrypted by its app.",
            id="zeroes",
        ),
    ],
)
def test_databases(sv: Sousveil, backup: Path, change: Callable[[Path], None], outcome: str, why: str) -> None:
    path = stored(backup, *SMS)
    size = path.stat().st_size
    change(path)
    ran = sv.check(backup, options=JSON)
    told, records, detail = line(ran, "ios.sms")
    assert (ran.code, told, records) == (3, outcome, 0)
    left = why.format(size=f"{size:,}", left=f"{path.stat().st_size:,}")
    assert detail.startswith(f"HomeDomain/Library/SMS/sms.db: {left}")


def test_a_damaged_page_in_the_middle(sv: Sousveil, tmp_path: Path) -> None:
    """The rows before it count, the coverage says FAILED, the code is 3."""
    texts = [f"message number {n} with some words to fill the page" for n in range(2000)]
    backup = small(tmp_path / "b", *texts)
    path = stored(backup, *SMS)
    with closing(sqlite3.connect(path)) as db, db:
        (page,) = (
            next(
                db.execute(
                    "select pageno from dbstat where name = 'message' and pagetype = 'leaf' and "
                    "path like '/03b/%' limit 1"
                ),
                (None,),
            )
            if _dbstat(db)
            else (None,)
        )
    db.close()
    size = path.stat().st_size
    offset = (page - 1) * 4096 if page else size // 2 // 4096 * 4096
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xde\xad" * 2048)
    ran = sv.check(backup, options=JSON)
    outcome, records, detail = line(ran, "ios.sms")
    assert (ran.code, outcome) == (3, "FAILED") and 0 < records < 2000
    assert f"({records:,} rows were read)" in detail


def _dbstat(db: sqlite3.Connection) -> bool:
    try:
        db.execute("select 1 from dbstat limit 1")
    except sqlite3.OperationalError:
        return False
    return True


def test_a_hot_journal(sv: Sousveil, tmp_path: Path) -> None:
    """Locked in the middle of a transaction: what was committed counts, and nothing is rolled back on disk."""

    def half(db: Any) -> None:
        sms.insert(db, 16, text=f"https://{LURE}/ not committed", handle="+15550100", at=AT + 50)

    with phone(ios="16.5") as made:
        say(made, "committed", journal=half)
        backup = made.write(tmp_path / "b")
    ran = sv.check(backup, options=JSON)
    outcome, records, _ = line(ran, "ios.sms")
    assert (ran.code, outcome, records) == (3, "READ", 1)


def test_giant_blobs_and_bad_text(sv: Sousveil, backup: Path) -> None:
    """The message beside them is found, and the bodies that hold no text are counted."""

    def change(db: sqlite3.Connection) -> None:
        db.execute("drop trigger if exists add_to_deleted_messages")
        db.execute("insert into message (guid, attributedBody, date) values ('a', zeroblob(20000000), 1)")
        db.execute("insert into message (guid, text, date) values ('b', cast(x'ff68fe20c3' as text), 'not a number')")
        db.execute("insert into message (guid, text, date) values ('c', cast(zeroblob(20000000) as text), 9e999)")
        db.execute("insert into message (guid, text, date) values ('d', 17, x'00')")
        db.execute(
            "insert into message (guid, attributedBody) values ('e', ?)", (b"\x04\x0bstreamtyped" + b"\x84" * 100_000,)
        )
        db.execute(f"insert into message (guid, text) values ('f', 'see https://b.{LURE}/ too')")

    _database(change)(stored(backup, *SMS))
    ran = sv.check(backup, options=JSON)
    rows = [e["source"]["row"] for f in json.loads(ran.out)["findings"] for e in f["evidence"]]
    assert (ran.code, *line(ran, "ios.sms")[:2], rows) == (1, "UNSUPPORTED", 8, [1, 8])


# Terminal, report


def test_nothing_of_the_phone_reaches_the_terminal_as_it_is(sv: Sousveil, tmp_path: Path) -> None:
    """Controls in texts, names of files, names of profiles, the name of the device (the runner looks at the output)."""

    def change(made: Phone) -> None:
        for number, name in enumerate((HOSTILE, "esc\x1b]0;t\x07", "bidi\u202e")):
            made.add(f"AppDomain-{name}", f"Documents/{name}/{LURE}", b"x")
            identifier = f"profile{number}"
            made.add(
                configuration_profiles.DOMAIN,
                configuration_profiles.relative(identifier),
                configuration_profiles.build(
                    16, [{"identifier": name, "name": name, "organization": name, "payloads": [name]}]
                ),
            )
            plain = "".join(c for c in name if c >= " " and c not in "\x07\x9b")  # XML holds no controls
            made.install(f"com.example.{plain}", name=plain, source_app=plain)
        plain = "".join(c for c in HOSTILE if c >= " ")
        made.info(Device_Name=plain, Display_Name=plain, Product_Version="16.5\u202e")

    backup = small(
        tmp_path / "b",
        f"{HOSTILE} https://{LURE}/{HOSTILE}\x1b[0m",
        HOSTILE,
        change=change,
        device_name="name\u202e<b>",
    )
    ran = sv.check(backup, options=["--out", sv.home / "case"])
    assert ran.code == 1
    report = (sv.home / "case/report.html").read_text()
    assert "<script" not in report and "\x1b" not in report and "\u202e" not in report
    for verb in (["timeline", "case"], ["timeline", "case", "--csv"]):
        shown = sv(*verb)
        assert shown.code == 0
        text = shown.out.decode()
        assert all(c == "\n" or c.isprintable() for c in text), text
    finding = json.loads((sv.home / "case/findings.json").read_text())["findings"][0]["id"]
    told = sv("explain", "case", finding).out.decode()
    assert all(c == "\n" or c.isprintable() for c in told)
