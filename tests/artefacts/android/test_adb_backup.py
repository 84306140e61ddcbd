"""Backups of adb: opened in every form, apps, messages and calls read exactly, hostile ones refused with a reason."""

from __future__ import annotations

import hashlib
import io
import json
import random
import sqlite3
import tarfile
import zlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from phonegen.android import Android, adb_backup, androidqf, apk
from phonegen.android.adb_backup import App
from phonegen.android.background import populate
from sousveil.acquisition import abfile, contents
from sousveil.acquisition.content import open_member, stream_blocks
from sousveil.acquisition.door import Acquisition, file_form, open_acquisition
from sousveil.acquisition.find import look_through
from sousveil.acquisition.model import Member, Packed
from sousveil.artefacts.android import backup_apps, backup_calls, backup_files, backup_messages, browser_history
from sousveil.artefacts.android._backup import entities
from sousveil.artefacts.model import artefacts_for
from sousveil.cases.limits import sentence
from sousveil.errors import LimitExceeded, Locked, Malformed, SousveilError, Unsupported, WrongKey
from sousveil.readers.model import Outcome, ReadingLog
from tests.artefacts.android.acquired import batches, rows

NOON = datetime(2026, 5, 13, 12, 0, 5, 250_000, tzinfo=UTC)
MICROS = round(NOON.timestamp() * 1_000_000)
PASSWORD = "pässword ☂"
REAL = "phones/android-adb/key_value.ab"
APPS, MESSAGES, CALLS = backup_apps.ARTEFACT, backup_messages.ARTEFACT, backup_calls.ARTEFACT
ONE = App(name="org.example.one", signers=("one", "two"), files={"f/a.txt": b"hello", "db/x.db": bytes(3000)})


def write(folder: Path, data: bytes, name: str = "backup.ab") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def listed(opened: Acquisition) -> dict[str, bytes | str]:
    """Every file but the backup itself, with its content or why it has none."""
    found: dict[str, bytes | str] = {}
    first, last, _ = opened.row_span()
    for file in opened.stored(first, last):
        if file.archive:
            continue
        try:
            found[file.where] = b"".join(bytes(content) for _, content in stream_blocks(file.member))
        except SousveilError as error:
            found[file.where] = error.message
    return found


def limits(path: Path) -> list[tuple[str, dict[str, str]]]:
    return [(limit.id, limit.values) for limit in open_acquisition(path).limits]


@pytest.mark.parametrize("password", ["", PASSWORD, "plain"])
@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("version", range(1, 6))
def test_every_version_gives_the_same_files(version: int, compressed: bool, password: str, tmp_path: Path) -> None:
    if version == 1 and not password.isascii():
        password = "pässword"  # of each character version 1 takes one byte
    path = write(
        tmp_path, adb_backup.backup(ONE, version=version, compressed=compressed, password=password, seed=version)
    )
    form = file_form(str(path))
    assert form is not None and form.name == "android-backup"
    opened = open_acquisition(path)
    assert (opened.encrypted, opened.identity[0]) == (bool(password), "/backup.ab")
    if password:
        assert listed(opened) == {} and opened.device.encrypted
        with pytest.raises(Locked, match="does not open this adb backup"):
            opened.unlock_with(password=b"wrong")
        key = opened.unlock_with(password=password.encode())
        assert key is not None
        again = open_acquisition(path)
        assert again.unlock_with(derived_key=key) == key
        assert listed(again) == listed(opened)
    assert listed(opened) == {
        "/apps/org.example.one/_manifest": ONE.manifest(),
        "/apps/org.example.one/f/a.txt": b"hello",
        "/apps/org.example.one/db/x.db": bytes(3000),
    }
    assert opened.limits == []


def test_the_phone_of_a_backup(tmp_path: Path) -> None:
    path = write(tmp_path, adb_backup.backup(ONE, App(name="org.example.two"), shared={"shared/0/DCIM/a.jpg": b"x"}))
    device = open_acquisition(path).device
    assert (device.platform, device.acquisition, device.product_version) == ("android", "android-backup", "14")
    assert device.installed == ("org.example.one", "org.example.two")
    names = {"backup_apps", "backup_calls", "backup_files", "backup_messages", "browser_history", "chrome_history"}
    assert set(artefacts_for(device)) == {f"android.{name}" for name in names}


def test_a_key_of_another_backup_is_refused(tmp_path: Path) -> None:
    for number, compressed in enumerate((True, False)):
        one = write(tmp_path / f"a{number}", adb_backup.backup(ONE, password="a", seed=1, compressed=compressed))
        two = write(tmp_path / f"b{number}", adb_backup.backup(ONE, password="a", seed=2, compressed=compressed))
        key = open_acquisition(one).unlock_with(password=b"a")
        for wrong in (key, b"x" * 48, b"x" * 32, b"x"):
            with pytest.raises(WrongKey):
                open_acquisition(two).unlock_with(derived_key=wrong)


def test_a_key_that_gives_no_zlib_stream_is_refused(tmp_path: Path) -> None:
    heads = ((b"\x78\x9c", True), (b"\x78\x9d", False), (b"\x79\x9c", False), (b"\x77\x85", False))
    for number, (head, fits) in enumerate(heads):
        data = adb_backup.wrapped(head + bytes(510), compressed=False, password="a")
        opened = open_acquisition(write(tmp_path / str(number), data.replace(b"\n5\n0\n", b"\n5\n1\n", 1)))
        if fits:
            assert opened.unlock_with(password=b"a") is not None
        else:
            with pytest.raises(WrongKey):
                opened.unlock_with(password=b"a")


def test_the_checksum_takes_bytes_as_java_does() -> None:
    assert abfile.widened(bytes([0x00, 0x41, 0x7F, 0x80, 0xFF])) == b"\x00A\x7f\xef\xbe\x80\xef\xbf\xbf"


# ---------------------------------------------------------------- apps
def digests(seed: str) -> tuple[str, str, str]:
    der = apk.certificate(seed)
    sha256, sha1, md5 = (
        hashlib.new(name, der, usedforsecurity=False).hexdigest() for name in ("sha256", "sha1", "md5")
    )
    return sha256, sha1, md5


def test_an_app_gives_a_row_for_each_certificate(tmp_path: Path) -> None:
    bare = App(name="org.example.bare", signers=(), installer="", key_value=True, code=-3, platform=30)
    path = write(tmp_path, adb_backup.backup(ONE, bare))
    one = {
        "package": "org.example.one",
        "version_code": 7,
        "platform": 34,
        "installer": "com.android.vending",
        "has_apk": 0,
        "key_value": 0,
    }
    names = ("certificate_sha256", "certificate_sha1", "certificate_md5")
    assert rows(APPS, path) == [
        {"package": "org.example.bare", "version_code": -3, "platform": 30, "has_apk": 0, "key_value": 1},
        *(one | dict(zip(names, digests(seed), strict=True)) for seed in ("one", "two")),
    ]


@pytest.mark.parametrize(
    ("manifest", "error"),
    [
        (b"2\norg.example.x\n1\n34\n\n0\n0\n", Unsupported),
        (b"1\norg.example.other\n1\n34\n\n0\n0\n", Unsupported),
        (b"1\norg.example.x\n1\n", Unsupported),
        (b"", Unsupported),
        (b"\xff\0" * 900, Unsupported),
        (bytes(5 << 20), LimitExceeded),
    ],
)
def test_a_manifest_of_another_form(manifest: bytes, error: type[SousveilError], tmp_path: Path) -> None:
    tar = tarred({"apps/org.example.x/_manifest": manifest})
    found, errors = batches(APPS, write(tmp_path, adb_backup.wrapped(tar)))
    assert (found, [type(one) for one in errors]) == ([], [error])


def test_odd_values_of_a_manifest(tmp_path: Path) -> None:
    manifest = b"1\norg.example.x\nnext\n34\xff\n" + b"i" * 400 + b"\n1\n3\nzz\n\nab c\n"
    path = write(tmp_path, adb_backup.wrapped(tarred({"apps/org.example.x/_manifest": manifest})))
    assert rows(APPS, path) == [{"package": "org.example.x", "installer": "i" * 255, "has_apk": 1, "key_value": 0}]


def test_a_file_of_an_app_that_is_named_like_a_manifest_is_none(tmp_path: Path) -> None:
    app = App(name="org.example.one", files={"f/sub/_manifest": b"1\norg.example.fake\n1\n34\n\n0\n0\n"})
    assert [row["package"] for row in rows(APPS, write(tmp_path, adb_backup.backup(app)))] == ["org.example.one"]


# ---------------------------------------------------------------- messages
def test_every_field_of_every_message(tmp_path: Path) -> None:
    texts = [
        adb_backup.sms("in", NOON),
        adb_backup.sms("out", NOON, type=2, address="+15550177"),
        adb_backup.sms("draft", NOON, type=3),
        adb_backup.sms("failed", NOON, type=5),
        adb_backup.sms("odd box", NOON, type=9, recipients=["+15550100", "+15550101", 7]),
    ]
    pictures = [
        adb_backup.mms("picture", NOON, to=("+15550199", "+15550188")) | {"sub": "Hello"},
        adb_backup.mms(None, NOON, box=2, sender="insert-address-token", to=("+15550177",)),
    ]
    path = write(tmp_path, adb_backup.backup(ONE, adb_backup.messages(texts, pictures)))
    common = {"service": "SMS", "own": "+15550199", "at": MICROS, "handle": "+15550100"}
    assert sorted(rows(MESSAGES, path), key=lambda row: (row["service"], row.get("text", ""))) == sorted(
        [
            common | {"text": "in", "box": "inbox", "role": "received", "sent": MICROS - 2_000_000},
            common | {"text": "out", "box": "sent", "role": "sent", "handle": "+15550177"},
            common | {"text": "draft", "box": "draft", "role": "written"},
            common | {"text": "failed", "box": "failed", "role": "sent"},
            common | {"text": "odd box", "role": "quoted", "others": "+15550101"},
            common
            | {
                "service": "MMS",
                "text": "picture",
                "subject": "Hello",
                "others": "+15550199\n+15550188",
                "box": "inbox",
                "role": "received",
                "at": MICROS // 1_000_000 * 1_000_000,
            },
            {
                "service": "MMS",
                "own": "+15550199",
                "handle": "+15550177",
                "box": "sent",
                "role": "sent",
                "at": MICROS // 1_000_000 * 1_000_000,
            },
        ],
        key=lambda row: (row["service"], row.get("text", "")),
    )


def one_list(data: bytes) -> App:
    return App(name=adb_backup.TELEPHONY, files={"d_f/000000_sms_backup": data})


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (zlib.compress(b'{"a":1}'), Unsupported),
        (zlib.compress(b"[{"), Malformed),
        (zlib.compress(b'[{"body":"' + bytes(range(1, 200)) * 40 + b'"}]')[:60], Malformed),
        (b"no zlib", Malformed),
        (b"", Malformed),
        (zlib.compress(b"[" + b" " * (100 << 20) + b"]", 1), Malformed),
        (zlib.compress(b"[" * 100_000), Malformed),
    ],
)
def test_a_damaged_list_of_messages(data: bytes, error: type[SousveilError], tmp_path: Path) -> None:
    found, errors = batches(MESSAGES, write(tmp_path, adb_backup.backup(one_list(data))))
    assert (found, [type(one) for one in errors]) == ([], [error])


def test_odd_messages_become_rows_without_what_is_odd(tmp_path: Path) -> None:
    odd = [7, None, [], {}, {"body": 7, "type": [], "date": "soon", "address": {}, "recipients": "x"}]
    path = write(tmp_path, adb_backup.backup(one_list(zlib.compress(json.dumps(odd).encode()))))
    assert rows(MESSAGES, path) == [{"service": "SMS", "role": "quoted"}] * 2


def test_a_message_that_waits_and_one_to_many(tmp_path: Path) -> None:
    many = [f"+1555{number:07}" for number in range(1_002)]
    boxes = [adb_backup.sms("wait", NOON, type=box, recipients=many) for box in (4, 6)]
    copies = {"mms_addresses": [{"type": kind, "address": f"+{kind}"} for kind in (129, 130, 137, 151, 152)]}
    picture = adb_backup.mms("picture", NOON, to=()) | copies
    path = write(tmp_path, adb_backup.backup(adb_backup.messages(boxes, [picture])))
    found = {row.get("box"): row for row in rows(MESSAGES, path)}
    assert {box: found[box]["role"] for box in ("outbox", "queued")} == {"outbox": "sent", "queued": "sent"}
    assert found["queued"]["handle"] == "+15550100" and found["queued"]["others"].split("\n") == many[:1000]
    assert (found["inbox"]["handle"], found["inbox"]["others"]) == ("+137", "+129\n+130\n+151")


# ---------------------------------------------------------------- calls
def test_every_field_of_every_call(tmp_path: Path) -> None:
    calls = adb_backup.calls(
        adb_backup.call("+15550100", NOON),
        adb_backup.call("+15550101", NOON, seconds=0, type=2),
        adb_backup.call(None, NOON, type=3),
        b"too short",
        adb_backup.call("+15550102", NOON, seconds=1 << 40),
        adb_backup.call("+15550103", NOON, type=99),
    )
    seen = ReadingLog()
    path = write(tmp_path, adb_backup.backup(calls))
    found, errors = batches(CALLS, path, log=seen)
    assert errors == [] and [batch.row(at) for batch in found for at in range(batch.count)] == [
        {"number": "+15550100", "kind": "incoming", "role": "received", "duration": 61, "at": MICROS},
        {"number": "+15550101", "kind": "outgoing", "role": "sent", "duration": 0, "at": MICROS},
        {"kind": "missed", "role": "received", "duration": 61, "at": MICROS},
        {"number": "+15550103", "role": "received", "duration": 61, "at": MICROS},
    ]
    assert [(part.name, part.outcome, part.records, part.undecoded) for part in seen.parts] == [
        ("call", Outcome.UNSUPPORTED, 4, 2)
    ]
    assert not CALLS.seen[0].verified


def test_entities_are_told_by_their_lengths() -> None:
    values = {"": b"", "abc": b"1234", "abcd": b"12345", "k" * 300: bytes(7)}
    assert dict(entities(adb_backup.entities(values))) == values
    gone = b"Data" + (3).to_bytes(4, "little") + b"\xff\xff\xff\xff" + b"abc\0"
    assert list(entities(gone + adb_backup.entities({"next": b"x"}))) == [("abc", b""), ("next", b"x")]


@pytest.mark.parametrize(
    "damaged",
    [
        b"Meta" + bytes(20),
        b"Data",
        b"Data" + b"\xff" * 8,
        b"Data" + (3).to_bytes(4, "little") + (1 << 30).to_bytes(4, "little") + b"abc\0",
        bytes(64),
    ],
)
def test_damaged_entities_raise_after_what_came_before(damaged: bytes) -> None:
    found = entities(adb_backup.entities({"a": b"1"}) + damaged)
    assert next(found) == ("a", b"1")
    with pytest.raises(Malformed):
        next(found)


# ---------------------------------------------------------------- browsers
def test_the_history_of_the_old_browser(tmp_path: Path) -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(
            "CREATE TABLE history(_id INTEGER PRIMARY KEY, title TEXT, url TEXT NOT NULL, created INTEGER, date INTEGER, "
            "visits INTEGER, user_entered INTEGER)"
        )
        day = MICROS // 1000
        db.executemany(
            "INSERT INTO history VALUES(?, ?, ?, 0, ?, ?, ?)",
            [(1, "A", "https://a.example/x", day, 3, 1), (2, None, "https://www.google.com/search?q=b", None, 1, 0)],
        )
        db.commit()
        app = App(name="com.android.browser", files={"db/browser2.db": db.serialize()})
    assert rows(browser_history.ARTEFACT, write(tmp_path, adb_backup.backup(app))) == [
        {"id": 1, "url": "https://a.example/x", "title": "A", "role": "visited", "visits": 3, "typed": 1, "at": MICROS},
        {"id": 2, "url": "https://www.google.com/search?q=b", "role": "searched", "visits": 1, "typed": 0},
    ]
    assert not browser_history.ARTEFACT.seen[0].verified


# ---------------------------------------------------------------- the real file
def test_the_real_key_value_backup(shared_data: Path) -> None:
    path = shared_data / REAL
    opened = open_acquisition(path)
    name = "io.github.muntashirakon.androidbackuptestapps.key_value"
    assert (opened.device.product_version, opened.device.installed, opened.limits) == ("16", (name,), [])
    (row,) = rows(APPS, path)
    assert row == {
        "package": name,
        "version_code": 1,
        "platform": 36,
        "has_apk": 0,
        "key_value": 1,
        "certificate_sha256": row["certificate_sha256"],
        "certificate_sha1": row["certificate_sha1"],
        "certificate_md5": row["certificate_md5"],
    }
    der = bytes.fromhex(bytes(listed(opened)[f"/apps/{name}/k/_manifest"]).split(b"\n")[7].decode())  # type: ignore[arg-type]
    assert row["certificate_sha256"] == hashlib.sha256(der).hexdigest()
    ((key, value),) = entities(bytes(listed(opened)[f"/apps/{name}/k/{name}.data"]))  # type: ignore[arg-type]
    assert key == "prefs:keyvalue_prefs" and b'<int name="test_counter" value="7" />' in value


# ---------------------------------------------------------------- hostile backups
def tarred(members: dict[str, bytes], *more: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for info in more:
            tar.addfile(info)
    return out.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_links_devices_and_names_that_lead_elsewhere_are_labels(tmp_path: Path) -> None:
    tar = tarred(
        {"../../etc/passwd": b"a", "/etc/shadow": b"b", "apps/x/f/\n\x1b[31m": b"c"},
        special("apps/x/f/link", tarfile.SYMTYPE, "/etc/passwd"),
        special("apps/x/f/hard", tarfile.LNKTYPE, "../../etc/passwd"),
        special("apps/x/f/device", tarfile.BLKTYPE),
        special("apps/x/f/pipe", tarfile.FIFOTYPE),
        special("apps/x/f", tarfile.DIRTYPE),
    )
    path = write(tmp_path, adb_backup.wrapped(tar))
    found = listed(open_acquisition(path))
    assert {name: content for name, content in found.items() if isinstance(content, bytes)} == {
        "/../../etc/passwd": b"a",
        "/etc/shadow": b"b",
        "/apps/x/f/\n\x1b[31m": b"c",
    }
    assert {name for name, content in found.items() if isinstance(content, str)} == {
        f"/apps/x/f/{name}" for name in ("link", "hard", "device", "pipe")
    }


def test_a_bomb_ends_where_the_ratio_says(tmp_path: Path) -> None:
    path = write(tmp_path, adb_backup.wrapped(tarred({"apps/x/f/zeros": bytes(64 << 20)})))
    ((id, values),) = limits(path)
    assert id == "archive_damaged" and "unfolds to more than 200 times its size" in values["reason"]
    ((_, content),) = listed(open_acquisition(path)).items()
    assert isinstance(content, str)


@pytest.mark.parametrize("password", ["", "a"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_backup_that_is_cut_gives_what_is_there(compressed: bool, password: str, tmp_path: Path) -> None:
    whole = adb_backup.backup(
        ONE,
        App(name="org.example.two", files={f"f/{n}": hashlib.sha512(bytes([n])).digest() * 20 for n in range(60)}),
        compressed=compressed,
        password=password,
    )
    path = write(tmp_path, whole[: len(whole) * 2 // 3])
    opened = open_acquisition(path)
    opened.unlock_with(password=password.encode() if password else None)
    found = listed(opened)
    assert found["/apps/org.example.one/f/a.txt"] == b"hello" and 4 < len(found) < 64
    assert [limit.id for limit in opened.limits] == ["archive_damaged"]


def test_a_member_that_states_more_than_is_there(tmp_path: Path) -> None:
    info = tarfile.TarInfo("apps/x/f/large")
    info.size = 1 << 33
    path = write(tmp_path, adb_backup.wrapped(info.tobuf() + b"only this"))
    ((name, content),) = listed(open_acquisition(path)).items()
    assert name == "/apps/x/f/large" and isinstance(content, str)


def test_more_files_than_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAX_FILES", 5)
    path = write(tmp_path, adb_backup.wrapped(tarred({f"apps/x/f/{n}": b"" for n in range(9)})))
    assert [id for id, _ in limits(path)] == ["members_many"]


@pytest.mark.parametrize("content", [b"", bytes(1024), zlib.compress(b""), zlib.compress(bytes(10240))])
def test_a_backup_that_nobody_confirmed_is_empty(content: bytes, tmp_path: Path) -> None:
    compressed = content[:1] == b"\x78"
    path = write(tmp_path, b"ANDROID BACKUP\n5\n%d\nnone\n" % compressed + content)
    assert limits(path) == [("adb_backup_empty", {"file": "/backup.ab"})]


def test_a_newer_version_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path, adb_backup.backup(ONE, version=6))
    assert limits(path) == [("adb_backup_newer", {"version": "6"})]
    assert "/apps/org.example.one/f/a.txt" in listed(open_acquisition(path))


GOOD = adb_backup.backup(ONE, password="a").split(b"\n", 9)


def with_line(number: int, line: bytes) -> bytes:
    return b"\n".join([*GOOD[:number], line, *GOOD[number + 1 :]])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"ANDROID BACKUP\n", Malformed),
        (b"ANDROID BACKUP\n5\n1\n", Malformed),
        (b"ANDROID BACKUP\nfive\n1\nnone\n", Malformed),
        (b"ANDROID BACKUP\n5\n\nnone\n", Malformed),
        (b"ANDROID BACKUP\n5\n-1\nnone\n", Malformed),
        (b"ANDROID BACKUP\n5\n1\n" + b"n" * 9000 + b"\n", Malformed),
        (with_line(3, b"AES-512"), Unsupported),
        (with_line(4, b"xyz"), Malformed),
        (with_line(4, b""), Malformed),
        (with_line(6, b"0"), LimitExceeded),
        (with_line(6, b"2000001"), LimitExceeded),
        (with_line(6, b"9" * 12), Malformed),
        (with_line(7, b"00"), Malformed),
        (with_line(8, b"00" * 15), Malformed),
    ],
)
def test_a_hostile_header_is_refused(data: bytes, error: type[SousveilError], tmp_path: Path) -> None:
    with pytest.raises(error):
        open_acquisition(write(tmp_path, data))


@pytest.mark.parametrize("sealed", [b"00" * 16, b"11" * 96, b"ff" * 512])
def test_a_sealed_key_that_is_none(sealed: bytes, tmp_path: Path) -> None:
    opened = open_acquisition(write(tmp_path, with_line(8, sealed)))
    with pytest.raises(Locked):
        opened.unlock_with(password=b"a")


def test_a_changed_checksum_is_a_wrong_password(tmp_path: Path) -> None:
    opened = open_acquisition(write(tmp_path, with_line(5, b"00" * 64)))
    with pytest.raises(Locked):
        opened.unlock_with(password=b"a")


def test_an_encrypted_backup_without_content(tmp_path: Path) -> None:
    path = write(tmp_path, b"\n".join(GOOD[:9]) + b"\n")
    with pytest.raises(WrongKey):
        open_acquisition(path).unlock_with(password=b"a")


def test_encrypted_content_is_read_at_any_offset(tmp_path: Path) -> None:
    text = hashlib.sha512(b"x").digest() * 1000
    data = adb_backup.wrapped(text, compressed=False, password="a")
    path = write(tmp_path, data)
    source = open_member(Member(suffix="", path=str(path)))
    header = abfile.read_header(source)
    key = abfile.master_key(header, b"a")
    (layer,) = abfile.layers(header, source.size, key)
    content = abfile.CbcFile(source, layer)
    for offset, amount in ((0, 1), (0, 64), (1, 15), (15, 2), (16, 16), (17, 40), (31, 1), (63_990, 99), (63_999, 1)):
        assert content.read(amount, offset)[: len(text) - offset] == text[offset : offset + amount], offset
    assert content.read(10, content.size) == content.read(0, 0) == content.read(5, -1) == b""
    with pytest.raises(WrongKey):
        abfile.CbcFile(source, Packed(offset=0, stored=16, size=16, method=abfile.ENCRYPTED, key=b"short"))


# ---------------------------------------------------------------- inside other acquisitions
def phone() -> Android:
    return populate(Android(13), apps=2, scale=0.1)


@pytest.mark.parametrize("new", [True, False])
def test_an_acquisition_of_androidqf_holds_backups(new: bool, tmp_path: Path) -> None:
    beside = {
        "backup.ab": adb_backup.backup(ONE),
        "sms_backup.ab": adb_backup.backup(adb_backup.messages([adb_backup.sms("hello", NOON)])),
    }
    acquisition = androidqf.Acquisition(phone=phone(), new=new, beside=beside)
    path = (androidqf.write_archive if new else androidqf.write_folder)(acquisition, tmp_path)
    found, errors = batches(APPS, path)
    assert errors == [] and {batch.file.rpartition("apps/")[0] for batch in found} == {"backup.ab/", "sms_backup.ab/"}
    assert [row["text"] for row in rows(MESSAGES, path)] == ["hello"]


def test_encrypted_backups_inside_open_with_one_password(tmp_path: Path) -> None:
    beside = {
        "backup.ab": adb_backup.backup(ONE, password="a", seed=1),
        "sms_backup.ab": adb_backup.backup(
            adb_backup.messages([adb_backup.sms("hello", NOON)]), password="a", seed=2, compressed=False
        ),
    }
    path = androidqf.write_archive(androidqf.Acquisition(phone=phone(), beside=beside), tmp_path)
    opened = open_acquisition(path)
    assert not opened.encrypted and [limit.id for limit in opened.limits if limit.id != "clock_unknown"] == [
        "adb_backup_locked",
        "adb_backup_locked",
    ]
    with pytest.raises(Locked):
        opened.unlock_with(password=b"b")
    assert not opened.encrypted
    key = opened.unlock_with(password=b"a")
    assert key is not None and len(key) == 96 and opened.encrypted
    assert [limit.id for limit in opened.limits if limit.id != "clock_unknown"] == []
    assert [row["text"] for row in rows(MESSAGES, path, password=b"a")] == ["hello"]
    again = open_acquisition(path)
    again.unlock_with(derived_key=key)
    assert listed(again) == listed(opened)


@pytest.mark.parametrize(
    ("count", "opens", "expected"),
    [
        (8, True, [("adb_backup_locked", {"file": f"/{n:02}.ab"}) for n in range(8)]),
        (9, False, [("adb_backups_many", {"count": "8"})]),
        (11, False, [("adb_backups_many", {"count": "8"})]),
    ],
)
def test_a_password_is_tried_on_few_backups(count: int, opens: bool, expected: object, tmp_path: Path) -> None:
    sealed = adb_backup.backup(ONE, password="a")
    made = androidqf.Acquisition(phone=phone(), beside={f"{n:02}.ab": sealed for n in range(count)})
    opened = open_acquisition(androidqf.write_archive(made, tmp_path))
    assert [(limit.id, limit.values) for limit in opened.limits if limit.id != "clock_unknown"] == expected
    assert (opened.unlock_with(password=b"a") is not None, opened.encrypted) == (opens, opens)
    assert opened.unlock_with(derived_key=bytes(48)) is None or opens
    if not opens:
        assert sentence(opened.limits[-1]) == (
            "The acquisition contains more than 8 encrypted adb backups. None of them was opened. "
            "Copy each file and check the copy alone."
        )


def test_a_folder_with_backups_gives_each(tmp_path: Path) -> None:
    for name in ("a.ab", "b.adb", "c.ab"):
        write(tmp_path, adb_backup.backup(ONE) if name != "c.ab" else b"something else", name)
    assert look_through(tmp_path).backups == [tmp_path / "a.ab", tmp_path / "b.adb"]


def test_a_large_backup_is_read_forward_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, Any] = {f"f/{n:03}": random.Random(n).randbytes(200_000) for n in range(40)}
    path = write(tmp_path, adb_backup.backup(App(name="org.example.one", files=files)))
    opened = open_acquisition(path)
    from sousveil.acquisition import tars

    begun: list[int] = []
    begin = tars.Unfolded._begin

    def counted(stream: tars.Unfolded) -> None:
        begun.append(1)
        begin(stream)

    monkeypatch.setattr(tars.Unfolded, "_begin", counted)
    assert len(listed(opened)) == 41
    assert len(begun) <= 1


def test_files_have_their_place_on_the_phone(tmp_path: Path) -> None:
    more = dict.fromkeys((f"apps/org.example.one/{folder}/n" for folder in ("nb", "c", "ef", "d_nb", "d_c")), b"")
    path = write(tmp_path, adb_backup.backup(ONE, shared={"shared/0/DCIM/a.jpg": b"x", **more}))
    found, errors = batches(backup_files.ARTEFACT, path)
    assert errors == []
    assert {batch.layout for batch in found} == {"files"}
    assert [
        (batch.file, batch.table, batch.row(0), backup_files.ARTEFACT.verified(batch.source(0))) for batch in found
    ] == [
        (f"/{stored}", folder, {"path": place, "size": size}, size > 0)
        for stored, folder, place, size in (
            ("apps/org.example.one/f/a.txt", "f", "/data/data/org.example.one/files/a.txt", 5),
            ("apps/org.example.one/db/x.db", "db", "/data/data/org.example.one/databases/x.db", 3000),
            ("shared/0/DCIM/a.jpg", "shared", "/storage/emulated/0/DCIM/a.jpg", 1),
            ("apps/org.example.one/nb/n", "nb", "/data/data/org.example.one/no_backup/n", 0),
            ("apps/org.example.one/c/n", "c", "/data/data/org.example.one/cache/n", 0),
            ("apps/org.example.one/ef/n", "ef", "/storage/emulated/0/Android/data/org.example.one/files/n", 0),
            ("apps/org.example.one/d_nb/n", "d_nb", "/data/user_de/0/org.example.one/no_backup/n", 0),
            ("apps/org.example.one/d_c/n", "d_c", "/data/user_de/0/org.example.one/cache/n", 0),
        )
    ]
