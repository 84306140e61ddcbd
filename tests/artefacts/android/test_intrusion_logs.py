"""Logs of Intrusion Logging: every form opened, every event read exactly, what is broken counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from phonegen.android import Android, androidqf, intrusion
from phonegen.android.background import populate
from sousveil.acquisition.contents import Contained
from sousveil.acquisition.door import open_acquisition
from sousveil.acquisition.find import look_through
from sousveil.acquisition.intrusion_logs import LOG, begins_like_log, is_log, opened
from sousveil.acquisition.model import Device, FileGroup, Member
from sousveil.artefacts.android import _intrusion, intrusion_connections, intrusion_events, intrusion_lookups
from sousveil.artefacts.android._intrusion import address_of, phone_of
from sousveil.artefacts.android.intrusion_events import named
from sousveil.artefacts.model import At, Context, Event, artefacts_for
from sousveil.errors import Unsupported
from sousveil.readers.model import Outcome, ReadingLog
from tests.artefacts.android.acquired import batches, rows

NOON = datetime(2026, 9, 1, 12, 0, 5, 250_000, tzinfo=UTC)
MICROS = round(NOON.timestamp() * 1_000_000)
LOOKUPS, CONNECTIONS = intrusion_lookups.ARTEFACT, intrusion_connections.ARTEFACT
EVENTS, STARTS = intrusion_events.ARTEFACTS


def log(folder: Path, *lines: str, name: str = "log.txt") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(intrusion.text(lines))
    return path


def parts(artefact: Any, path: Path) -> list[tuple[str, Outcome, int, int]]:
    seen = ReadingLog()
    assert batches(artefact, path, log=seen)[1] == []
    return [(part.name, part.outcome, part.records, part.undecoded) for part in seen.parts]


@pytest.mark.parametrize("form", intrusion.FORMS)
def test_every_form_gives_the_same_events(form: str, tmp_path: Path) -> None:
    logs = {
        "old/a.txt": [intrusion.dns("a.example.org", NOON), intrusion.connect("/192.0.2.1", NOON)],
        "new/b.txt": [intrusion.start("org.example.app:push", NOON), intrusion.security("os_startup", NOON)],
    }
    path = intrusion.write(form, tmp_path, logs)
    opened = open_acquisition(path)
    assert (opened.device.platform, opened.device.acquisition) == ("android", "android-intrusion-logs")
    assert set(artefacts_for(opened.device)) == {LOOKUPS.name, CONNECTIONS.name, EVENTS.name, STARTS.name}
    (lookup,) = rows(LOOKUPS, path)
    (connection,) = rows(CONNECTIONS, path)
    (event,) = rows(EVENTS, path)
    (start,) = rows(STARTS, path)
    assert (lookup["host"], connection["address"], event["event"], start["process"]) == (
        "a.example.org",
        "192.0.2.1",
        "os_startup",
        "org.example.app:push",
    )
    phones = {
        "text": (None, None),
        "folder": ("old", "new"),
        "zip": ("old", "new"),
        "nested": ("old/a.zip", "new/b.zip"),
    }
    assert (lookup.get("phone"), start.get("phone")) == phones[form]


def test_every_field_of_every_kind(tmp_path: Path) -> None:
    path = log(
        tmp_path,
        intrusion.dns(
            "a.example.org", NOON, app="org.example.mail", addresses=("/192.0.2.1", "b.example.org/2001:db8::1"), id=17
        ),
        intrusion.connect("ip6-localhost/::1%wlan0", NOON, port=8443, app="org.example.mail", id=18),
        intrusion.start("org.example.app:push", NOON, sha256="cd" * 32),
        intrusion.security("adb_shell_cmd", NOON, command="pm list packages"),
        intrusion.security("cert_authority_installed", NOON, success=1, subject="CN=Own"),
        intrusion.security("package_installed", NOON, package_name="org.example.new", version_code=4, user_id=0),
        intrusion.security("adb_sync_send_file", NOON, path="/data/local/tmp/x"),
    )
    assert rows(LOOKUPS, path) == [
        {
            "host": "a.example.org",
            "addresses": "192.0.2.1 2001:db8::1",
            "address_count": 2,
            "package": "org.example.mail",
            "event_id": 17,
            "at": MICROS,
        }
    ]
    assert rows(CONNECTIONS, path) == [
        {
            "host": "ip6-localhost",
            "address": "::1",
            "port": 8443,
            "package": "org.example.mail",
            "event_id": 18,
            "at": MICROS,
        }
    ]
    assert rows(STARTS, path) == [
        {
            "process": "org.example.app:push",
            "package": "org.example.app",
            "pid": 4711,
            "uid": 10_321,
            "seinfo": "default",
            "sha256": "cd" * 32,
            "started": MICROS - 40_000,
            "at": MICROS + 417,
        }
    ]
    found = [{k: v for k, v in row.items() if k not in ("at", "detail")} for row in rows(EVENTS, path)]
    assert found == [
        {"event": "adb_shell_cmd", "command": "pm list packages"},
        {"event": "cert_authority_installed", "success": 1, "subject": "CN=Own"},
        {"event": "package_installed", "package": "org.example.new", "version_code": 4},
        {"event": "adb_sync_send_file", "path": "/data/local/tmp/x"},
    ]
    assert {row["at"] for row in rows(EVENTS, path)} == {MICROS + 417}
    assert rows(EVENTS, path)[0]["detail"] == '{"command": "pm list packages"}'


def test_events_that_carry_numbers_are_read_like_those_with_names(tmp_path: Path) -> None:
    values: dict[str, dict[str, Any]] = {
        "adb_shell_cmd": {"command": "id"},
        "cert_authority_installed": {"success": 1, "subject": "CN=Own"},
        "package_uninstalled": {"package_name": "org.example.gone", "version_code": 9, "user_id": 10},
        "adb_sync_send_file": {"path": "/sdcard/x"},
    }
    by_name = log(tmp_path / "n", *(intrusion.security(tag, NOON, **body) for tag, body in values.items()))
    by_number = log(
        tmp_path / "t", *(intrusion.security(tag, NOON, numbers=True, **body) for tag, body in values.items())
    )
    assert rows(EVENTS, by_name) == rows(EVENTS, by_number)
    started = log(tmp_path / "s", intrusion.start("org.example.app", NOON, numbers=True))
    assert rows(STARTS, started) == rows(STARTS, log(tmp_path / "m", intrusion.start("org.example.app", NOON)))


KINDS = (
    *(210001, "adb_shell_interactive adb_shell_cmd adb_sync_recv_file adb_sync_send_file app_process_start"),
    *(210006, "keyguard_dismissed keyguard_dismiss_auth_attempt keyguard_secured os_startup os_shutdown"),
    *(210011, "logging_started logging_stopped media_mount media_unmount"),
    *(210022, "remote_lock wipe_failure key_generated key_import key_destruction user_restriction_added"),
    *(210028, "user_restriction_removed cert_authority_installed cert_authority_removed"),
    *(210032, "key_integrity_violation cert_validation_failure"),
    *(210036, "password_changed wifi_connection wifi_disconnection bluetooth_connection bluetooth_disconnection"),
    *(210041, "package_installed package_updated package_uninstalled backup_service_toggled nfc_enabled nfc_disabled"),
)
"""First number, and the names of the kinds from there on."""


def test_the_numbers_of_the_kinds() -> None:
    runs = [(first, str(names).split()) for first, names in zip(KINDS[::2], KINDS[1::2], strict=True)]
    assert {int(first) + n: name for first, names in runs for n, name in enumerate(names)} == intrusion_events.TAGS


def test_what_the_timeline_shows_of_the_logs() -> None:
    assert (LOOKUPS.events, CONNECTIONS.events) == ((), ())
    assert EVENTS.events == (Event(at="at", says="security event", shows="event"),)
    assert STARTS.events == (Event(at="at", says="program started", shows="process"),)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"event_time": 1, "keyguard_secured": None}, ("keyguard_secured", {})),
        ({"event_time": 1, "keyguard_secured": ""}, ("keyguard_secured", {})),
        ({"event_time": 1, "some_new_kind": {"a": 1}}, ("some_new_kind", {"a": 1})),
        ({"event_time": 1, "log_level": 3, "os_startup": {}}, ("os_startup", {})),
        ({"tag": 210099, "data": ["x"]}, ("tag 210099", {"data": ["x"]})),
        ({"tag": "210002", "data": ["id", "more"]}, ("adb_shell_cmd", {"command": "id", "data": ["more"]})),
        ({"tag": 210002, "data": {"command": "id"}}, ("adb_shell_cmd", {"command": "id"})),
        ({"tag": 210001}, ("adb_shell_interactive", {})),
        ({"event_time": 1, "event_id": {}, "data": {}, "x": {"a": 1}}, ("x", {"a": 1})),
        ({"event_time": 1}, None),
        ({"event_time": 1, "level": 3}, None),
    ],
)
def test_the_kind_of_an_event(event: dict[str, Any], expected: Any) -> None:
    assert named(event) == expected


@pytest.mark.parametrize(
    ("stamp", "micros"),
    [
        (1_788_264_005_250, 1_788_264_005_250_000),
        (1_788_264_005_250_417_003, 1_788_264_005_250_417),
        (1_788_264_005, 1_788_264_005_000_000),
        ("1788264005250", 1_788_264_005_250_000),
        (0, None),
        ("soon", None),
        (None, None),
    ],
)
def test_the_unit_of_a_time_is_told_by_its_size(stamp: object, micros: int | None, tmp_path: Path) -> None:
    path = log(tmp_path, intrusion.line("dns_event", {"event_time": stamp, "hostname": "a.example.org"}))
    assert rows(LOOKUPS, path)[0].get("at") == micros


def test_an_event_that_was_downloaded_twice_counts_once(tmp_path: Path) -> None:
    one, two = intrusion.dns("a.example.org", NOON), intrusion.dns("a.example.org", NOON + timedelta(milliseconds=1))
    path = intrusion.write("folder", tmp_path, {"a.txt": [one, two, one], "b.txt": [two, one]})
    assert [row["at"] for row in rows(LOOKUPS, path)] == [MICROS, MICROS + 1000]


def test_copies_beyond_the_memory_are_kept_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [intrusion.dns(f"{name}.example.org", NOON) for name in "abcab"]
    monkeypatch.setattr(_intrusion, "MAX_REMEMBERED", 3)
    path = log(tmp_path, *lines)
    assert (len(rows(LOOKUPS, path)), parts(LOOKUPS, path)) == (3, [])
    monkeypatch.setattr(_intrusion, "MAX_REMEMBERED", 2)
    path = log(tmp_path, *lines, lines[2])
    seen = ReadingLog()
    found, errors = batches(LOOKUPS, path, log=seen)
    assert errors == [] and [batch.column("host") for batch in found] == [
        ["a.example.org", "b.example.org", "c.example.org", "c.example.org"]
    ]
    assert [(part.name, part.outcome, part.records, part.detail) for part in seen.parts] == [
        ("copies", Outcome.SKIPPED, 0, "The logs contain more than 2 events. Later copies count twice.")
    ]


def test_a_log_may_have_any_number_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_intrusion, "_TOGETHER", 2)
    path = log(tmp_path, *(intrusion.dns(f"{n}.example.org", NOON) for n in range(5)))
    found, errors = batches(LOOKUPS, path)
    assert errors == []
    assert [(batch.lines, batch.column("host")) for batch in found] == [
        ([1, 2], ["0.example.org", "1.example.org"]),
        ([3, 4], ["2.example.org", "3.example.org"]),
        ([5], ["4.example.org"]),
    ]


def test_a_log_that_cannot_be_opened_is_named_and_the_next_one_read(tmp_path: Path) -> None:
    group = FileGroup(
        domain="a.zip",
        relative="",
        members=(
            Member(suffix="x/1.txt", path="", problem="It is locked."),
            Member(suffix="y/2.txt", path=str(log(tmp_path, intrusion.dns("a.example.org", NOON)))),
        ),
    )
    context = Context(device=Device(platform="android"))
    (batch,) = LOOKUPS.read(LOOKUPS, {"main": group}, context)
    assert (batch.file, batch.column("phone"), batch.column("host")) == (
        "a.zip/y/2.txt",
        ["a.zip/y"],
        ["a.example.org"],
    )
    assert [(part.name, part.outcome, part.records, part.detail) for part in context.log.parts] == [
        ("a.zip/x/1.txt", Outcome.FAILED, 0, "It is locked.")
    ]


@pytest.mark.parametrize(
    ("domain", "relative", "phone"),
    [("", "1.txt", None), ("", "a/1.txt", "a"), ("z.zip", "1.txt", "z.zip"), ("z.zip", "a/b/1.txt", "z.zip/a/b")],
)
def test_what_tells_phones_apart(domain: str, relative: str, phone: str | None) -> None:
    assert phone_of(domain, relative) == phone


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/192.0.2.1", (None, "192.0.2.1")),
        ("a.example/192.0.2.1", ("a.example", "192.0.2.1")),
        ("192.0.2.1", (None, "192.0.2.1")),
        ("/fe80::1%wlan0", (None, "fe80::1")),
        ("a.example/", ("a.example", None)),
        ("/", (None, None)),
        ("", (None, None)),
        (None, (None, None)),
        (["/192.0.2.1"], (None, None)),
    ],
)
def test_names_and_addresses(value: object, expected: tuple[str | None, str | None]) -> None:
    assert address_of(value) == expected


def test_what_the_pages_say_of_the_logs() -> None:
    for artefact in (LOOKUPS, CONNECTIONS, EVENTS, STARTS):
        assert artefact.acquisitions == ("android-intrusion-logs", "androidqf")
        assert artefact.expected.guide == "android" and "Advanced Protection" in artefact.expected.optional
    assert {a.name for a in (LOOKUPS, CONNECTIONS, EVENTS, STARTS) if not a.seen[0].verified} == {STARTS.name}


def test_logs_of_different_archives_are_kept_apart(tmp_path: Path) -> None:
    logs = {
        "Pixel 9.txt": [intrusion.dns("a.example.org", NOON)],
        "Pixel 6.txt": [intrusion.dns("b.example.org", NOON)],
    }
    path = intrusion.write("nested", tmp_path, logs)
    assert {(row["phone"], row["host"]) for row in rows(LOOKUPS, path)} == {
        ("Pixel 9.zip", "a.example.org"),
        ("Pixel 6.zip", "b.example.org"),
    }
    assert {batch.file for batch in batches(LOOKUPS, path)[0]} == {"Pixel 9.zip/log.txt", "Pixel 6.zip/log.txt"}


def test_the_rows_name_their_lines(tmp_path: Path) -> None:
    path = log(tmp_path, intrusion.connect("/192.0.2.1", NOON), "", intrusion.dns("a.example.org", NOON))
    ((batch,), _) = batches(LOOKUPS, path)
    assert (batch.file, batch.lines) == ("/log.txt", [3])


BROKEN = (
    '{"dns_event":{"event_time":1788264005250,"hostname":"cut.exa',
    '{"dns_event":[]}',
    '{"dns_event":"text"}',
    "[" * 5000 + '"dns_event"',
    '{"dns_event":' + '{"a":' * 3000 + "1" + "}" * 3001,
    '["dns_event"]',
)


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_line_is_counted_and_the_next_one_read(broken: str, tmp_path: Path) -> None:
    path = log(tmp_path, intrusion.dns("a.example.org", NOON), broken, intrusion.dns("b.example.org", NOON))
    assert [row["host"] for row in rows(LOOKUPS, path) if "host" in row] == ["a.example.org", "b.example.org"]
    if "{" * 2 not in broken and not broken.startswith('{"dns_event":{"a"'):
        assert parts(LOOKUPS, path) == [("dns_event", Outcome.UNSUPPORTED, 2, 1)]


def test_lines_of_no_known_kind_are_counted_once(tmp_path: Path) -> None:
    path = log(
        tmp_path, intrusion.dns("a.example.org", NOON), '{"usage_event":{"event_time":1}}', "", "\ufeff", "hello"
    )
    assert parts(EVENTS, path) == [("security_event", Outcome.UNSUPPORTED, 0, 2)]
    assert parts(LOOKUPS, path) == parts(CONNECTIONS, path) == parts(STARTS, path) == []


def test_odd_values_become_rows_without_them(tmp_path: Path) -> None:
    odd = {
        "event_time": {},
        "event_id": 1.5e300,
        "hostname": 7,
        "ip_addresses": [1, None, "x" * 9, "/"],
        "package_name": [],
    }
    path = log(
        tmp_path,
        intrusion.line("dns_event", odd),
        intrusion.line("connect_event", {"ip_address": ["/1.2.3.4"], "port": "80"}),
        intrusion.line("security_event", {"app_process_start": {"process": 7}}),
        intrusion.line("security_event", {"adb_shell_cmd": {"command": 7, "success": "x"}}),
    )
    assert [row.get("addresses") for row in rows(LOOKUPS, path)] == ["x" * 9]
    assert [(row.get("address"), row["port"]) for row in rows(CONNECTIONS, path)] == [(None, 80)]
    assert rows(STARTS, path) == []
    assert [row["event"] for row in rows(EVENTS, path)] == ["adb_shell_cmd"]


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\n\0\0\n"])
def test_endings_marks_and_zeros(ending: str, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    lines = [intrusion.dns("a.example.org", NOON), intrusion.dns("b.example.org", NOON)]
    path.write_text("\ufeff" + ending.join(lines), "utf-8", newline="")
    assert [row["host"] for row in rows(LOOKUPS, path)] == ["a.example.org", "b.example.org"]
    assert parts(EVENTS, path) == []


def test_an_archive_that_is_cut_gives_what_is_there(tmp_path: Path) -> None:
    whole = intrusion.write("zip", tmp_path, {"a.txt": intrusion.ordinary(NOON, 2000)}).read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(whole[: len(whole) // 2])
    seen = ReadingLog()
    found, errors = batches(LOOKUPS, path, log=seen)
    assert errors == [] and 100 < sum(batch.count for batch in found) < 2000
    assert {part.name: part.outcome for part in seen.parts}["/a.txt"] is Outcome.FAILED


def test_an_acquisition_of_androidqf_holds_logs(tmp_path: Path) -> None:
    beside = {
        "intrusion_logs/a.txt": intrusion.text([intrusion.dns("a.example.org", NOON)]),
        "intrusion-logs/b.zip": intrusion.packed({"c.txt": intrusion.text([intrusion.dns("b.example.org", NOON)])}),
        "other/d.txt": intrusion.text([intrusion.dns("c.example.org", NOON)]),
    }
    phone = populate(Android(16), apps=2, scale=0.1)
    for new, write in ((True, androidqf.write_archive), (False, androidqf.write_folder)):
        path = write(androidqf.Acquisition(phone=phone, new=new, beside=beside), tmp_path / str(new))
        found = {(row["phone"].rpartition("/")[2], row["host"]) for row in rows(LOOKUPS, path)}
        assert found == {("intrusion_logs", "a.example.org"), ("b.zip", "b.example.org")}


def test_what_is_no_log_is_not_taken_for_one(tmp_path: Path) -> None:
    for number, text in enumerate(('{"dns":{"a":1}}\n', "dns_event\n", '{"a":{"dns_event":{}}}\n', "")):
        path = log(tmp_path / str(number), text, name="notes.txt")
        with pytest.raises(Unsupported):
            open_acquisition(path)


def test_the_logs_of_a_folder_are_one_acquisition(tmp_path: Path) -> None:
    log(tmp_path / "A", intrusion.dns("a.example.org", NOON), name="1.txt")
    log(tmp_path / "A", intrusion.dns("b.example.org", NOON), name="2.txt")
    log(tmp_path / "B", intrusion.dns("c.example.org", NOON), name="1.txt")
    log(tmp_path / "B" / "more", intrusion.dns("d.example.org", NOON), name="1.txt")
    log(tmp_path / "C", "just a text", name="1.txt")
    assert look_through(tmp_path).backups == [tmp_path / "A", tmp_path / "B"]
    assert sorted(row["host"] for row in rows(LOOKUPS, tmp_path / "A")) == ["a.example.org", "b.example.org"]
    assert sorted(row["host"] for row in rows(LOOKUPS, tmp_path / "B")) == ["c.example.org", "d.example.org"]


@pytest.mark.parametrize(
    ("head", "log_or_not"),
    [
        (b"\n" * 4000 + b'{"dns_event":{', True),
        (b'\xef\xbb\xbf{"dns_event":{', True),
        (b" \t\r" + b" " * 61 + b"{" + b" " * 64 + b'"connect_event"' + b"\t" * 64 + b":", True),
        (b" " * 65 + b'{"dns_event":', False),
        (b"{" + b" " * 65 + b'"dns_event":', False),
        (b'{"security_event"' + b" " * 65 + b":", False),
        (b'{\n"dns_event":', False),
        (b'x{"dns_event":', False),
    ],
)
def test_first_bytes_are_judged_by_a_bounded_pattern(head: bytes, log_or_not: bool) -> None:
    assert begins_like_log(head) is log_or_not


@pytest.mark.parametrize(
    ("name", "log_or_not"),
    [("a.txt", True), ("a.JSON", True), ("a.jsonl", True), ("a.ndjson", True), ("a", True), ("a.csv", False)],
)
def test_the_names_of_logs(name: str, log_or_not: bool, tmp_path: Path) -> None:
    path = log(tmp_path, intrusion.dns("a.example.org", NOON), name=name)
    assert (opened(tmp_path) is not None) is log_or_not
    held = Contained("", f"x/{name}", Member(suffix="", path=str(path)))
    assert is_log(held) is log_or_not
    assert not is_log(Contained("", name, Member(suffix="", path=str(path)), archive=True))
    assert not is_log(Contained("", name, Member(suffix="", path=str(path), problem="It is locked.")))


def test_logs_of_a_bug_report_are_not_an_acquisition_of_their_own(tmp_path: Path) -> None:
    text = intrusion.text([intrusion.dns("a.example.org", NOON)])
    for number, name in enumerate(("bugreport-1.txt", "FS/dumpState_x.log", "main_entry.txt", "FS/main-entry.txt")):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(intrusion.packed({"logs/a.txt": text, name: b"x"}))
        assert opened(path) is None, name
    (tmp_path / "none.zip").write_bytes(intrusion.packed({"logs/a.csv": text, "b.txt": b"x"}))
    assert opened(tmp_path / "none.zip") is None
    (tmp_path / "logs.zip").write_bytes(intrusion.packed({"logs/a.txt": text, "b.txt": b"x"}))
    assert opened(tmp_path / "logs.zip") is not None
    log(tmp_path / "folder", intrusion.dns("a.example.org", NOON), name="a.txt")
    (tmp_path / "folder" / "bugreport-1.txt").write_text("x")
    assert opened(tmp_path / "folder") is not None  # the logs lie beside the report, not in it


def test_logs_are_given_to_those_who_ask_for_them(tmp_path: Path) -> None:
    lines = [intrusion.dns("a.example.org", NOON)]
    path = intrusion.write("nested", tmp_path, {"a.txt": lines, "b.txt": lines})
    acquisition = opened(path)
    assert acquisition is not None
    places = [("x", At.section(LOG)), ("y", At.section("package")), ("z", At.anywhere(LOG)), ("w", At.section(LOG))]
    found = [
        (key, group.where, [member.suffix for member in group.members]) for key, group in acquisition.locate(places)
    ]
    assert found == [(key, where, ["log.txt"]) for where in ("a.zip/", "b.zip/") for key in ("x", "w")]


def test_other_acquisitions_beside_logs_are_found(tmp_path: Path) -> None:
    """Only texts and archives of logs belong to the folder of logs."""
    event = intrusion.dns("a.example.org", NOON)
    log(tmp_path, event, name="1.txt")
    log(tmp_path / "more", event, name="2.jsonl")
    log(tmp_path / "more" / "phone", "x", name="Manifest.db")
    for name in ("my-intrusion.zip", "bugreport-x.zip", "more/intrusion-2.zip", "more/bugreport-intrusion.zip"):
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    (tmp_path / "more" / "phone.ab").write_bytes(b"ANDROID BACKUP\n")
    assert look_through(tmp_path).backups == sorted(
        tmp_path / name
        for name in ("", "bugreport-x.zip", "more/bugreport-intrusion.zip", "more/phone", "more/phone.ab")
    )
    acquisition = open_acquisition(tmp_path)
    first, last, count = acquisition.row_span()
    names = ["/1.txt", "/my-intrusion.zip", "/more/2.jsonl", "/more/intrusion-2.zip"]
    assert [file.where for file in acquisition.stored(first, last)] == names and count == 4


def test_archives_of_logs_without_a_log_beside_them_are_found(tmp_path: Path) -> None:
    (tmp_path / "my-intrusion.zip").write_bytes(b"PK\x03\x04")
    assert look_through(tmp_path).backups == [tmp_path / "my-intrusion.zip"]
