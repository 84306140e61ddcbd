"""The generator: container, keys, archives and the modules of the messages and browsers."""

from __future__ import annotations

import hashlib
import io
import plistlib
import random
import struct
from pathlib import Path
from typing import Any

import apsw
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from hypothesis import given, settings
from hypothesis import strategies as st

from phonegen import Phone, file_id, scale, typedstream
from phonegen.__main__ import main
from phonegen.ios import (
    chrome,
    chrome_favicons,
    firefox,
    opera,
    safari_browserstate,
    safari_history,
    sms,
    whatsapp,
    whatsapp_contacts,
    whatsapp_lid,
)
from phonegen.mbfile import MBFile, archive, encode
from tests.profiles import examples

FAST = (100, 10)
MODULES: list[Any] = [
    chrome,
    chrome_favicons,
    firefox,
    opera,
    safari_browserstate,
    safari_history,
    sms,
    whatsapp,
    whatsapp_contacts,
    whatsapp_lid,
]


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def stored(folder: Path, domain: str, relative: str) -> Path:
    name = file_id(domain, relative)
    return folder / name[:2] / name


def query(path: Path, sql: str, *bindings: Any) -> list[Any]:
    db = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        return db.execute(sql, bindings).fetchall()
    finally:
        db.close()


def memory(module: Any, ios: int) -> apsw.Connection:
    db = apsw.Connection(":memory:")
    db.execute(module.schema(ios))
    return db


def some_phone(encrypted: bool = False) -> Phone:
    phone = Phone("17.5", encrypted=encrypted, password="pâss", iterations=FAST)
    phone.add("HomeDomain", "Library/empty.txt", b"")
    phone.add("HomeDomain", "Library/block.bin", b"0123456789abcdef")
    phone.add("HomeDomain", "Library/é\n😀.txt", b"hello")
    phone.add_directory("HomeDomain", "Library")
    phone.install("com.example.app", "App", source_app=None)
    phone.info(Device_Name="Other name", IMEI=None)
    phone.database(
        sms,
        lambda db: sms.bulk(db, 17, [{"text": f"message {i}", "handle": "+15555550101"} for i in range(300)]),
        wal=lambda db: sms.insert(db, 17, text="only in the wal", handle="+15555550102"),
        delete=lambda db: db.execute("DELETE FROM message WHERE ROWID BETWEEN 50 AND 200"),
    )
    return phone


@settings(max_examples=examples(150), deadline=None)
@given(
    relative=st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.sampled_from(["MBFile", "root"])
    ),
    numbers=st.lists(st.integers(-(2**40), 2**62), min_size=9, max_size=9),
    same=st.booleans(),
    key=st.one_of(st.none(), st.binary(max_size=44)),
    target=st.one_of(st.none(), st.just("/private/var/x")),
)
def test_mbfile_equals_plistlib(
    relative: str, numbers: list[int], same: bool, key: bytes | None, target: str | None
) -> None:
    if same:
        numbers = [numbers[0]] * 8 + [100000]
    size, mode, modified, changed, birth, inode, protection, flags, uid = numbers
    file = MBFile(relative, size, mode, modified, changed, birth, inode, protection, flags, uid, 501, key, target)
    assert encode(file) == plistlib.dumps(archive(file), fmt=plistlib.FMT_BINARY)


def test_typedstream_equals_a_published_stream() -> None:
    expected = (
        "040b73747265616d747970656481e803840140848484124e5341747472696275746564537472696e67008484084e534f626a65637400859284"
        "8484084e53537472696e67019484012b0568656c6c6f86840269490105928484840c4e5344696374696f6e617279009484016901928496961d"
        "5f5f6b494d4d657373616765506172744174747269627574654e616d658692848484084e534e756d626572008484074e5356616c7565009484"
        "012a84999900868686"
    )
    assert typedstream.attributed("hello").hex() == expected


def test_typedstream_mutable_body_equals_a_real_one(shared_data: Path) -> None:
    path = shared_data / "phones/ios-plaso/apple/imessage_chat.db"
    rows = query(path, "SELECT text, attributedBody FROM message WHERE attributedBody IS NOT NULL AND text IS NOT NULL")
    equal = sum(typedstream.attributed(text, mutable=True) == body for text, body in rows)
    assert equal > 0


@pytest.mark.parametrize("text", ["", "a", "é😀" * 60, "x" * 128, "y" * 70_000])
def test_typedstream_fast_path_equals_the_writer(text: str) -> None:
    writer = typedstream.Writer()
    writer.shared(b"@")
    writer.start([("NSAttributedString", 0), ("NSObject", 0)])
    writer.string(text)
    writer.shared(b"iI")
    writer.raw(1, len(text.encode("utf-16-le")) // 2)
    writer.shared(b"@")
    writer.start([("NSDictionary", 0), ("NSObject", 0)])
    writer.shared(b"i")
    writer.raw(1)
    writer.string(typedstream.PART)
    writer.number(0)
    writer.end()
    writer.end()
    assert typedstream.attributed(text) == writer.result()


def test_typedstream_links_count_utf16_units() -> None:
    body = typedstream.attributed("😀 https://a.example b", [(2, 17, "https://a.example")])
    assert b"\x86\x84\x02iI\x01\x03\x92" in body  # the first run: one emoji (two units) and a space
    assert b"\x97\x02\x11\x92" in body
    assert b"\x84\x05NSURL\x00\x94\x84\x01c\x00\x92\x84\x96\x96\x11https://a.example\x86\x86" in body
    with pytest.raises(ValueError, match="overlap"):
        typedstream.attributed("abc", [(0, 2, "x"), (1, 2, "y")])


def test_plain_backup_layout(tmp_path: Path) -> None:
    folder = some_phone().write(tmp_path / "backup")
    rows = query(folder / "Manifest.db", "SELECT fileID, domain, relativePath, flags, file FROM Files")
    assert [(row[1], row[2], row[3]) for row in rows] == [
        ("HomeDomain", "Library/empty.txt", 1),
        ("HomeDomain", "Library/block.bin", 1),
        ("HomeDomain", "Library/é\n😀.txt", 1),
        ("HomeDomain", "Library", 2),
        ("HomeDomain", "Library/SMS/sms.db", 1),
        ("HomeDomain", "Library/SMS/sms.db-wal", 1),
    ]
    for identity, domain, relative, flags, blob in rows:
        assert identity == hashlib.sha1(f"{domain}-{relative}".encode()).hexdigest()
        objects = plistlib.loads(blob)["$objects"]
        assert objects[2] == relative
        path = folder / identity[:2] / identity
        assert path.exists() == (flags == 1)
        assert objects[1]["Size"] == (path.stat().st_size if flags == 1 else 0)
    names = {row[0] for row in query(folder / "Manifest.db", "SELECT name FROM sqlite_schema")}
    assert {"Files", "Properties", "FilesDomainIdx", "FilesRelativePathIdx", "FilesFlagsIdx"} <= names
    info = plistlib.loads((folder / "Info.plist").read_bytes())
    assert info["Device Name"] == "Other name"
    assert "IMEI" not in info
    assert info["Installed Applications"] == ["com.example.app"]
    metadata = plistlib.loads(info["Applications"]["com.example.app"]["iTunesMetadata"])
    assert metadata["softwareVersionBundleId"] == "com.example.app"
    assert "sourceApp" not in metadata
    manifest = plistlib.loads((folder / "Manifest.plist").read_bytes())
    assert manifest["IsEncrypted"] is False
    assert "ManifestKey" not in manifest


def test_wal_and_deleted_rows_stay_where_asked(tmp_path: Path) -> None:
    folder = some_phone().write(tmp_path / "backup")
    path = stored(folder, "HomeDomain", "Library/SMS/sms.db")
    wal = stored(folder, "HomeDomain", "Library/SMS/sms.db-wal")
    assert query(path, "SELECT count(*) FROM message") == [(149,)]
    assert b"only in the wal" not in path.read_bytes()
    assert b"only in the wal" in wal.read_bytes()
    # Most of what was deleted can still be read; some free pages were used again by deleted_messages.
    data = path.read_bytes()
    assert sum(f"message {number}".encode() in data for number in range(100, 199)) > 30
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    (tmp_path / "copy.db-wal").write_bytes(wal.read_bytes())
    db = apsw.Connection(str(copy))
    assert db.execute("SELECT count(*), max(text) FROM message").fetchall() == [(150, "only in the wal")]
    db.close()


def test_hot_journal_rolls_back(tmp_path: Path) -> None:
    def fill(db: apsw.Connection) -> None:
        db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        db.executemany("INSERT INTO t (b) VALUES (?)", [("before " * 9,)] * 500)

    phone = Phone(iterations=FAST)
    place = ("HomeDomain", "Library/x.db")
    phone.database(
        place, fill, journal=lambda db: db.execute("UPDATE t SET b = 'after'"), encoding="UTF-16le", page_size=1024
    )
    folder = phone.write(tmp_path / "backup")
    copy = tmp_path / "copy.db"
    copy.write_bytes(stored(folder, *place).read_bytes())
    assert "after".encode("utf-16-le") in copy.read_bytes()
    (tmp_path / "copy.db-journal").write_bytes(stored(folder, place[0], place[1] + "-journal").read_bytes())
    db = apsw.Connection(str(copy))
    assert db.execute("SELECT DISTINCT b FROM t").fetchall() == [("before " * 9,)]
    assert (db.pragma("page_size"), db.pragma("encoding")) == (1024, "UTF-16le")
    db.close()


def unlock(folder: Path, password: str) -> tuple[dict[int, bytes], bytes]:
    """An independent reading of the keybag: class keys and the key of Manifest.db."""
    manifest = plistlib.loads((folder / "Manifest.plist").read_bytes())
    data = io.BytesIO(manifest["BackupKeyBag"])
    head: dict[bytes, bytes] = {}
    classes: list[dict[bytes, bytes]] = []
    while tag := data.read(4):
        (size,) = struct.unpack(">I", data.read(4))
        value = data.read(size)
        if tag == b"UUID" and b"UUID" in head:
            classes.append({})
        (classes[-1] if classes else head)[tag] = value
    number = {name: int.from_bytes(value, "big") for name, value in head.items()}
    first = hashlib.pbkdf2_hmac("sha256", password.encode(), head[b"DPSL"], number[b"DPIC"], 32)
    key = hashlib.pbkdf2_hmac("sha1", first, head[b"SALT"], number[b"ITER"], 32)
    keys = {int.from_bytes(one[b"CLAS"], "big"): aes_key_unwrap(key, one[b"WPKY"]) for one in classes}
    wrapped = manifest["ManifestKey"]
    return keys, aes_key_unwrap(keys[int.from_bytes(wrapped[:4], "little")], wrapped[4:])


def decrypt(data: bytes, key: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    assert plain[-plain[-1] :] == bytes((plain[-1],)) * plain[-1]
    return plain[: -plain[-1]]


def test_encrypted_backup_opens_and_equals_its_plain_twin(tmp_path: Path) -> None:
    plain = some_phone().write(tmp_path / "plain")
    phone = some_phone(encrypted=True)
    folder = phone.write(tmp_path / "encrypted")
    keys, manifest_key = unlock(folder, "pâss")
    assert sorted(keys) == list(range(1, 12))
    opened = tmp_path / "Manifest.db"
    opened.write_bytes(decrypt((folder / "Manifest.db").read_bytes(), manifest_key))
    count = 0
    for identity, flags, blob in query(opened, "SELECT fileID, flags, file FROM Files"):
        objects = plistlib.loads(blob)["$objects"]
        if flags != 1:
            continue
        wrapped = objects[objects[1]["EncryptionKey"].data]["NS.data"]
        assert int.from_bytes(wrapped[:4], "little") == objects[1]["ProtectionClass"] == 3
        data = decrypt((folder / identity[:2] / identity).read_bytes(), aes_key_unwrap(keys[3], wrapped[4:]))
        assert data == (plain / identity[:2] / identity).read_bytes()
        assert len(data) == objects[1]["Size"]
        count += 1
    assert count == 5
    assert len(phone.derived_key) == 32


@pytest.mark.parametrize("encrypted", [False, True])
def test_same_seed_gives_same_bytes(tmp_path: Path, encrypted: bool) -> None:
    first = hashes(some_phone(encrypted).write(tmp_path / "a"))
    assert first == hashes(some_phone(encrypted).write(tmp_path / "b"))
    assert len(first) == 9


def test_refusals(tmp_path: Path) -> None:
    phone = some_phone()
    with pytest.raises(ValueError, match="already on this phone"):
        phone.add("HomeDomain", "Library/empty.txt", b"")
    with pytest.raises(ValueError, match="no content"):
        phone.add("HomeDomain", "Library/link", b"x", flags=4)
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(FileExistsError):
        phone.write(tmp_path)
    with pytest.raises(ValueError, match="seed"):
        phone.database(("HomeDomain", "Library/r.db"), lambda db: db.execute("SELECT random()").fetchall())


def test_rows_that_do_not_match_their_files(tmp_path: Path) -> None:
    phone = Phone(iterations=FAST)
    phone.add("HomeDomain", "gone", b"abc", row_only=True)
    phone.add("HomeDomain", "wrong", b"abc", size=7)
    phone.add("HomeDomain", "link", b"", flags=4, target="/private/var/x")
    folder = phone.write(tmp_path / "backup")
    assert not stored(folder, "HomeDomain", "gone").exists()
    assert not stored(folder, "HomeDomain", "link").exists()
    blobs = dict(query(folder / "Manifest.db", "SELECT relativePath, file FROM Files"))
    assert plistlib.loads(blobs["wrong"])["$objects"][1]["Size"] == 7
    assert "/private/var/x" in plistlib.loads(blobs["link"])["$objects"]


# ---- modules


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_version_takes_a_row(module: Any) -> None:
    row = {"lid": "9@lid", "number": "+15555550101"} if module in (whatsapp_lid, whatsapp_contacts) else {}
    row = row or ({"text": "x"} if module in (sms, whatsapp) else {"url": "https://www.a.example/x"})
    layouts = []
    for ios in module.VERSIONS:
        db = memory(module, ios)
        module.insert(db, ios, **row)
        module.insert(db, ios, **row)
        assert not db.execute("PRAGMA integrity_check").fetchall()[1:]
        layouts.append(module.schema(ios))
    assert len(set(layouts)) == len(layouts)
    with pytest.raises(ValueError, match="no layout"):
        module.schema(11)


def test_sms_rows() -> None:
    db = memory(sms, 16)
    sms.insert(
        db, 16, text="hi", attributed=True, handle="+15555550101", at=1_700_000_000.123456, read_at=1_700_000_060
    )
    sms.insert(db, 16, attributed="é only here", handle=None, from_me=True, service="SMS")
    picture = {"filename": "~/Library/SMS/Attachments/00/00/X/a.gif", "mime": "image/gif", "uti": "com.compuserve.gif"}
    sms.insert(db, 16, attributed="\ufffc", handle="a@b.example", attachments=[picture], chat="chat123", is_spam=1)
    sms.insert(db, 16, text="deleted", handle="a@b.example", recoverable=1_700_000_000)
    rows = db.execute(
        "SELECT text, handle_id, date, date_read, is_from_me, cache_roomnames, is_spam FROM message"
    ).fetchall()
    assert rows[0] == ("hi", 1, 721692800123456000, 721692860000000000, 0, None, 0)
    assert rows[1][:2] + rows[1][4:] == (None, 0, 1, None, 0)
    assert rows[2][:2] + rows[2][4:] == (None, 2, 0, "chat123", 1)
    bodies = [body for (body,) in db.execute("SELECT attributedBody FROM message")]
    assert bodies[0] == typedstream.attributed("hi")
    assert bodies[1] == typedstream.attributed("é only here")
    guid = db.execute("SELECT guid FROM attachment").get
    assert bodies[2] == typedstream.attributed("\ufffc", transfers=[guid])
    assert db.execute("SELECT filename, transfer_name, mime_type FROM attachment").fetchall() == [
        (picture["filename"], "a.gif", "image/gif")
    ]
    assert db.execute("SELECT message_id FROM chat_message_join").fetchall() == [(1,), (3,)]
    assert db.execute("SELECT message_id FROM chat_recoverable_message_join").fetchall() == [(4,)]
    db.execute("DELETE FROM message WHERE ROWID = 1")
    assert db.execute("SELECT count(*) FROM deleted_messages").get == 1


def test_safari_redirect_chain() -> None:
    db = memory(safari_history, 15)
    safari_history.insert(db, 15, url="http://a.example/", at=1_700_000_000, redirects=[("https://b.example/", 0.25)])
    safari_history.insert(db, 15, url="https://b.example/", at=1_700_000_100, title="T")
    sql = "SELECT v.id, url, visit_time, redirect_source, redirect_destination FROM history_visits v"
    sql += " JOIN history_items i ON i.id = v.history_item"
    assert db.execute(sql).fetchall() == [
        (1, "http://a.example/", 721692800.0, None, 2),
        (2, "https://b.example/", 721692800.25, 1, None),
        (3, "https://b.example/", 721692900.0, None, None),
    ]
    assert db.execute("SELECT visit_count FROM history_items ORDER BY id").fetchall() == [(1,), (2,)]


def test_browserstate_session() -> None:
    db = memory(safari_browserstate, 16)
    safari_browserstate.insert(db, 16, url="https://b.example/", entries=["https://a.example/", "https://b.example/"])
    data = db.execute("SELECT session_data FROM tabs JOIN tab_sessions ON uuid = tab_uuid").get
    entries = plistlib.loads(data[4:])["SessionHistory"]["SessionHistoryEntries"]
    assert [entry["SessionHistoryEntryURL"] for entry in entries] == ["https://a.example/", "https://b.example/"]


def test_whatsapp_group_message_with_link() -> None:
    db = memory(whatsapp, 17)
    data = [{"content1": "https://a.example/", "matched": "https://a.example/"}]
    whatsapp.insert(
        db, 17, text="x", chat="1@g.us", member="2@s.whatsapp.net", at=1_700_000_000, data=data, media={"url": "u"}
    )
    sql = "SELECT ZTEXT, ZMESSAGEDATE, ZCONTACTJID, ZMEMBERJID, ZCONTENT1, ZMEDIAURL FROM ZWAMESSAGE m"
    sql += " JOIN ZWACHATSESSION c ON c.Z_PK = m.ZCHATSESSION JOIN ZWAGROUPMEMBER g ON g.Z_PK = m.ZGROUPMEMBER"
    sql += " JOIN ZWAMESSAGEDATAITEM d ON d.ZMESSAGE = m.Z_PK JOIN ZWAMEDIAITEM i ON i.Z_PK = m.ZMEDIAITEM"
    expected = ("x", 721692800.0, "1@g.us", "2@s.whatsapp.net", "https://a.example/", "u")
    assert db.execute(sql).fetchall() == [expected]


def test_chrome_and_firefox_times() -> None:
    db = memory(chrome, 17)
    chrome.insert(db, 17, url="https://a.example/", at=1_700_000_000.5, from_visit=4)
    assert db.execute("SELECT visit_time, from_visit FROM visits").fetchall() == [(13344473600500000, 4)]
    db = memory(firefox, 17)
    firefox.insert(db, 17, url="https://a.example/", at=1_700_000_000.5, icon="https://a.example/i.ico")
    assert db.execute("SELECT date FROM visits").fetchall() == [(1700000000500000.0,)]
    assert db.execute("SELECT f.url FROM favicon_sites s JOIN favicons f ON f.id = s.faviconID").fetchall() == [
        ("https://a.example/i.ico",)
    ]


# ---- scale


def make_scaled(tmp_path: Path, name: str, **options: Any) -> Path:
    scale.make(tmp_path / name, 0.01, iterations=FAST, **options)
    return tmp_path / name


def test_scale_counts_shares_and_plants(tmp_path: Path) -> None:
    link = "https://planted.example/x"
    folder = make_scaled(tmp_path, "a", plants=scale.link_plants([link]))
    path = stored(folder, sms.DOMAIN, sms.RELATIVE)
    assert query(path, "SELECT count(*) FROM message") == [(202,)]
    ((bodies,),) = query(path, "SELECT count(*) FROM message WHERE text IS NULL")
    assert 70 < bodies < 130
    visits = stored(folder, safari_history.DOMAIN, safari_history.RELATIVE)
    ((redirected,),) = query(visits, "SELECT count(*) FROM history_visits WHERE redirect_source IS NOT NULL")
    assert 0 < redirected < 10
    found = [path for path in folder.rglob("*") if path.is_file() and link.encode() in path.read_bytes()]
    assert len(found) == 5
    assert hashes(folder) == hashes(make_scaled(tmp_path, "b", plants=scale.link_plants([link])))
    with pytest.raises(ValueError, match="no module"):
        make_scaled(tmp_path, "c", plants={"nothing": []})


def test_scale_without_redirects(tmp_path: Path) -> None:
    visits = stored(make_scaled(tmp_path, "a", redirects=0.0), safari_history.DOMAIN, safari_history.RELATIVE)
    assert query(visits, "SELECT count(*) FROM history_visits WHERE redirect_source IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("ios", ["12.4", "13.7", "15.8", "18.5", "26.1"])
def test_scale_works_for_every_version(tmp_path: Path, ios: str) -> None:
    folder = make_scaled(tmp_path, "a", ios=ios)
    assert plistlib.loads((folder / "Info.plist").read_bytes())["Product Version"] == ios


def test_big_has_its_wal(tmp_path: Path) -> None:
    made = scale.make_big(
        tmp_path / "a", 0.01, wal_mb=2, iterations=FAST, plants={"sms": [{"text": "planted in the wal"}]}
    )
    path = stored(tmp_path / "a", sms.DOMAIN, sms.RELATIVE)
    assert query(path, "SELECT count(*) FROM message") == [(made["main"],)]
    assert 9_000_000 < path.stat().st_size < 14_000_000
    wal = stored(tmp_path / "a", sms.DOMAIN, sms.RELATIVE + "-wal").read_bytes()
    assert b"planted in the wal" in wal
    assert 1_800_000 < len(wal) < 4_000_000


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["scale", "--factor", "0.002", "--out", str(tmp_path / "a"), "--encrypted", "--password", "x"]
    arguments += ["--iterations", "100", "10"]
    assert main(arguments) == 0
    assert "sms\t40\n" in capsys.readouterr().out
    assert main(arguments) == 2
    assert "new or empty" in capsys.readouterr().err


def test_generator_does_not_import_the_product() -> None:
    root = Path(typedstream.__file__).parent
    texts = {path.name: path.read_text("utf-8") for path in root.rglob("*.py")}
    assert not [name for name, text in texts.items() if "import sousveil" in text or "from sousveil" in text]


def test_pools_are_the_same_for_the_same_seed() -> None:
    from phonegen.words import Words

    first, second = (Words(random.Random("x"), hosts=50, sentences=50) for _ in range(2))
    assert [first.link() for _ in range(20)] == [second.link() for _ in range(20)]
