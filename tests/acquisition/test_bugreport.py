"""Android bug reports: which file is the text, where its sections lie, what it says of the phone, and hostile archives."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phonegen.android import Android, containers, dumpstate
from phonegen.android.background import populate
from sousveil.acquisition.bugreport import Bugreport
from sousveil.acquisition.clock import Clock, clock_of
from sousveil.acquisition.content import open_member, stream_blocks
from sousveil.acquisition.contents import Contents, contents
from sousveil.acquisition.door import forms, open_acquisition
from sousveil.acquisition.dumpstate import dumpstate_text, read_dumpstate
from sousveil.acquisition.find import look_through
from sousveil.acquisition.model import Device, Member, Packed
from sousveil.acquisition.zips import MAX_MEMBERS, members
from sousveil.artefacts.model import At
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported, Usage

REAL = "phones/android-bugreports/bugreport-sailfish-QP1A.191005.007.A3-2020-01-08-15-30-07.zip"


def held(path: Path) -> Contents:
    contents.cache_clear()
    read_dumpstate.cache_clear()
    return contents(str(path))


def zipped(to: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(to, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return to


def content(member: Member) -> bytes:
    return b"".join(bytes(piece) for _, piece in stream_blocks(member))


@pytest.mark.parametrize(
    "form", ["text", "zip", "zip_without_main", "zip_of_text", "zip_in_zip", "xiaomi", "samsung", "folder"]
)
def test_every_container_gives_the_same_text(tmp_path: Path, form: str) -> None:
    phone = populate(Android(android=13))
    path = containers.write(phone, form, tmp_path / form)
    found = look_through(tmp_path / form if form != "folder" else path)
    assert list(found.platforms.values()) == ["android"]
    report = open_acquisition(path)
    device = report.device
    assert (device.platform, device.acquisition, device.product_version) == ("android", "android-bugreport", "13")
    assert device.fingerprint == phone.fingerprint and device.unique_id == phone.serial
    assert (device.zone, device.utc_offset) == ("Europe/Berlin", 7200)
    assert device.last_backup == round(phone.date.timestamp() * 1e6)
    file = dumpstate_text(held(path).files)
    assert file is not None and content(file.member) == dumpstate.text(phone)
    assert [limit.id for limit in report.limits] == []


@pytest.mark.parametrize("android", range(7, 17))
def test_every_version_is_read(tmp_path: Path, android: int) -> None:
    phone = populate(Android(android=android, offset=-300, zone="America/Lima"))
    report = open_acquisition(containers.write(phone, "zip", tmp_path))
    assert report.device.product_version == str(android) and report.device.utc_offset == -18000
    assert report.device.build == phone.build and report.limits == []


def test_the_sections_of_a_real_report(shared_data: Path) -> None:
    report = open_acquisition(shared_data / REAL)
    device = report.device
    assert (device.product_type, device.product_version, device.build) == ("Google Pixel", "10", "QP1A.191005.007.A3")
    assert (device.patch_level, device.zone, device.utc_offset) == ("2019-10-06", "Europe/Stockholm", 3600)
    assert device.last_backup == 1_578_493_807_000_000 and len(device.installed) == 134 and report.limits == []
    file = dumpstate_text(held(shared_data / REAL).files)
    assert file is not None
    state = read_dumpstate(file)
    services = [section for section in state.sections if section.ended]
    assert (len(services), state.whole, state.started) == (175, True, "2020-01-08 15:30:07")
    shown = [(s.priority, s.line, s.ended) for s in state.named("activity")]
    assert shown == [("CRITICAL", 622, "2020-01-08 15:30:08"), ("", 129622, "2020-01-08 15:31:49")]
    package = next(state.named("package"))
    text = content(file.member)
    assert text[package.start :].startswith(b"Database versions:") and text[: package.end].endswith(b"\n")
    assert text.count(b"\n", 0, package.start) + 1 == package.line


@pytest.mark.parametrize(
    ("name", "version", "started"),
    [
        ("phones/android-dumpstate/emulator_api34.minimized.dump", "14", "2023-12-26 16:19:21"),
        ("phones/android-dumpstate/galaxy_nexus_jbmr2.minimized.dump", "4.3", "2018-07-22 01:51:46"),
        ("phones/android-bugreports/bugreport_deadlock.txt", "2.3.5", "1980-01-06 01:03:38"),
    ],
)
def test_other_real_texts(shared_data: Path, name: str, version: str, started: str) -> None:
    report = open_acquisition(shared_data / name)
    file = dumpstate_text(held(shared_data / name).files)
    assert report.device.product_version == version
    assert file is not None and read_dumpstate(file).started == started


SERVICE = "-" * 79 + "\nDUMP OF SERVICE "


def test_only_the_exact_forms_are_borders(tmp_path: Path) -> None:
    text = (
        "WARNING: a line before\n"
        + "=" * 56
        + "\n== dumpstate: 2024-05-14 11:30:15\n"
        + "=" * 56
        + "\n\nBuild fingerprint: 'a/b/c:13/X/1:user/release-keys'\n\n"
        + "------ UPTIME (uptime) ------\none\n------ 0.003s was the duration of 'OTHER' ------\ntwo\n"
        + SERVICE
        + "HIGH phone:\n------- PhoneGlobals -------\n"
        + "-" * 78
        + "\nDUMP OF SERVICE fake:\n*** SERVICE 'phone' DUMP TIMEOUT (10000ms) EXPIRED ***\nlast\n"
        + "--------- 0.1s was the duration of dumpsys other, ending at: 2024-05-14 11:30:20\n"
        + "--------- 0.1s was the duration of dumpsys phone, ending at: 2024-05-14 11:30:21\nafter\n"
        + "------ LOG ------\nx\r\n"
    )
    path = tmp_path / "bugreport-x.txt"
    path.write_text(text, newline="")
    file = dumpstate_text(held(path).files)
    assert file is not None
    state = read_dumpstate(file)
    raw = text.encode()
    assert [(s.title, s.priority, s.command, s.ended, raw[s.start : s.end]) for s in state.sections] == [
        ("UPTIME", "", "uptime", None, b"one\n------ 0.003s was the duration of 'OTHER' ------\ntwo\n"),
        (
            "phone",
            "HIGH",
            "",
            "2024-05-14 11:30:21",
            raw[raw.index(b"------- PhoneGlobals") : raw.index(b"--------- 0.1s was the duration of dumpsys phone")],
        ),
        ("LOG", "", "", None, b"x\r\n"),
    ]
    assert state.sections[1].problem == "*** SERVICE 'phone' DUMP TIMEOUT (10000ms) EXPIRED ***"
    assert [s.line for s in state.sections] == [9, 14, 23]
    assert not state.whole and [limit.id for limit in open_acquisition(path).limits] == ["report_cut", "clock_unknown"]


def sections(path: Path) -> list[tuple[str, str, int, str | None, str | None]]:
    """Title, body, number of the first line, end and problem of each section of a text."""
    contents.cache_clear()
    read_dumpstate.cache_clear()
    file = dumpstate_text(held(path).files)
    assert file is not None
    raw = path.read_bytes()
    return [
        (part.title, raw[part.start : part.end].decode(), part.line, part.ended, part.problem)
        for part in read_dumpstate(file).sections
    ]


def test_what_ends_a_section_and_what_does_not(tmp_path: Path) -> None:
    ended = "--------- 0.1s was the duration of dumpsys"
    body = (
        "------ " + "x" * 1200 + " ------\n"
        "------ A (cat a) ------\n1\n"
        + "-" * 79 + "\nDUMP OF SERVICE no colon\n"
        + "=" * 56 + "\nno banner\n"
        + "== no ruler above\n"
        + f"{ended} A, ending at: 2024-05-14 11:30:20\n"
        + "*** command 'a' timed out after 10s\n*** Error dumping b\n"
        + SERVICE + "b:\n2\n" + f"{ended} b\n"
        + "between\n"
        + SERVICE + "NORMAL c:\n3\n"
        + "=" * 56 + "\n" + "=" * 56 + "\n== Android Framework Services\n" + "=" * 56 + "\nbehind\n"
        + "Can't find service: d\n"
        + "------ D ------\nSkipping 'd' on user build\n"
    )  # fmt: skip
    path = report(tmp_path, body)
    text = path.read_text()
    a = text[text.index("1\n" + "-" * 79) : text.index("--------- 0.1s was the duration of dumpsys A")]
    assert sections(path) == [
        ("A", a, 7, "2024-05-14 11:30:20", None),
        ("b", "2\n", 18, None, None),
        ("c", "3\n", 23, None, None),
        ("D", "Skipping 'd' on user build\n", 31, None, "Skipping 'd' on user build"),
    ]
    path = report(tmp_path, "------ A ------\n*** command 'a' timed out after 10s\n*** Error dumping b\nend")
    assert sections(path)[0][4] == "*** command 'a' timed out after 10s"


def test_borders_where_blocks_of_reading_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(f"------ S{number} ------\n{'x' * number}\nlast of {number}\n" for number in range(40))
    path = report(tmp_path, body)
    whole = sections(path)
    assert [(title, line) for title, _, line, _, _ in whole] == [(f"S{n}", 6 + 3 * n) for n in range(40)]
    assert whole[7][1] == "xxxxxxx\nlast of 7\n"
    for block in (64, 333):
        monkeypatch.setattr("sousveil.acquisition.dumpstate._BLOCK", block)
        assert sections(path) == whole, block
    monkeypatch.setattr("sousveil.acquisition.dumpstate._BLOCK", 1 << 20)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert sections(path) == whole
    path.write_bytes(b"\n" + path.read_bytes())
    assert [part[2] for part in sections(path)] == [part[2] + 1 for part in whole]


def named_text(folder: Path, files: dict[str, bytes]) -> str | None:
    """Which file of an archive is the dumpstate text."""
    contents.cache_clear()
    read_dumpstate.cache_clear()
    file = dumpstate_text(held(zipped(folder / "a.zip", files)).files)
    return None if file is None else file.where


def test_which_file_is_the_text(tmp_path: Path) -> None:
    text = b"=" * 56 + b"\n== dumpstate: 2024-05-14 11:30:15\n"
    services = b"\n Currently running services:\n"
    files = {
        "x/main_entry.txt": b"main.txt\nmore\n",
        "x/main.txt": b"anything",
        "dumpState_G1.log": text,
        "bugreport-1.txt": text,
        "notes": text,
        "dumpsys.txt": b"nothing",
        "image.png": text,
    }
    wanted = ["/x/main.txt", "/dumpState_G1.log", "/bugreport-1.txt", "/notes", "/dumpsys.txt"]
    for where in wanted:
        assert named_text(tmp_path, files) == where
        del files[where[1:]]
    assert named_text(tmp_path, files) is None
    assert named_text(tmp_path, {"only.png": text}) == "/only.png"
    assert named_text(tmp_path, {"a.dump": services, "b.png": b""}) == "/a.dump"
    assert named_text(tmp_path, {"a.dump": b"x" + services, "b.png": b""}) is None
    assert named_text(tmp_path, {"bugreport-1.txt": b"no report", "b.log": text}) == "/b.log"


def report(folder: Path, body: str, *, done: bool = True) -> Path:
    """A text that begins like dumpstate, with these lines in it."""
    begun = "=" * 56 + "\n== dumpstate: 2024-05-14 11:30:15\n" + "=" * 56 + "\n\n"
    end = "=" * 56 + "\n== dumpstate: done (id 1)\n" + "=" * 56 + "\n"
    path = folder / "bugreport-x.txt"
    path.write_bytes((begun + body + (end if done else "")).encode("utf-8", "surrogateescape"))
    contents.cache_clear()
    read_dumpstate.cache_clear()
    return path


def test_what_a_report_says_of_its_phone(tmp_path: Path) -> None:
    header = "Build fingerprint: 'maker/thing/thing:13/XY1A.1/2:user/release-keys'\n"
    device = open_acquisition(report(tmp_path, header + "------ UPTIME (uptime) ------\none\n")).device
    assert (device.product_type, device.product_version, device.build) == (None, "13", "XY1A.1")
    assert (device.last_backup, device.installed, device.utc_offset) == (1_715_686_215_000_000, (), None)
    properties = (
        "[ro.product.manufacturer]: [Maker]",
        "[ro.product.model]: [\udcffMaker 7]",
        "[ro.build.version.release]: [14]",
        "[ro.build.id]: [AB2]",
        "[ro.boot.serialno]: [S2]",
        "[persist.sys.timezone]: [Europe/Berlin]",
    )
    body = header + "------ SYSTEM PROPERTIES (getprop) ------\n" + "\r\n".join(properties) + "\r\n"
    packages = "".join(f"  Package [{name}] (1a2b):\n" for name in ("org.b", "org.a", "org.b"))
    device = open_acquisition(report(tmp_path, body + SERVICE + "package:\n" + packages)).device
    assert (device.product_type, device.product_version, device.build) == ("Maker \ufffdMaker 7", "14", "AB2")
    assert (device.unique_id, device.zone, device.utc_offset) == ("S2", "Europe/Berlin", 7200)
    assert device.installed == ("org.a", "org.b")
    assert device.last_backup == round(datetime(2024, 5, 14, 9, 30, 15, tzinfo=UTC).timestamp() * 1e6)


def test_what_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zone = "------ SYSTEM PROPERTIES (getprop) ------\n[persist.sys.timezone]: [Europe/Berlin]\n"

    def limits(body: str, *, done: bool = True) -> list[tuple[str, dict[str, str]]]:
        opened = open_acquisition(report(tmp_path, body, done=done))
        return [(limit.id, limit.values) for limit in opened.limits]

    where = {"file": "/bugreport-x.txt"}
    assert limits(zone) == []
    assert limits("") == [("clock_unknown", {})]
    assert limits(zone, done=False) == [("report_cut", where)]
    monkeypatch.setattr("sousveil.acquisition.dumpstate.MAX_SECTIONS", 2)
    assert limits(zone + "------ A ------\n") == []
    assert limits(zone + "------ A ------\n------ B ------\n") == [("report_sections", where)]


def test_each_file_at_a_place_of_a_key_is_given_once(tmp_path: Path) -> None:
    text = report(tmp_path, "------ A ------\n").read_bytes()
    names = {"bugreport-x.txt": text, "FS/data/anr/anr_1": b"1", "FS/data/tombstones/t": b"2", "other": b"3"}
    opened = open_acquisition(zipped(tmp_path / "bugreport-x.zip", names))
    places = [At.anywhere("data/anr/*"), At.anywhere("*/tombstones/*"), At.anywhere("FS/data/anr/*")]
    found = list(opened.locate([("x", place) for place in places] + [("y", At.anywhere("other"))]))
    assert [(key, group.where) for key, group in found] == [
        ("x", "/FS/data/anr/anr_1"),
        ("x", "/FS/data/tombstones/t"),
        ("y", "/other"),
    ]
    assert opened.identity[0] == "/bugreport-x.zip" and opened.size == len(text)
    folder = tmp_path / "folder"
    (folder / "FS").mkdir(parents=True)
    (folder / "FS" / "a").write_bytes(b"1")
    (folder / "dumpstate-1.txt").write_bytes(text)
    assert open_acquisition(folder).identity[0] == "/dumpstate-1.txt"
    without = Bugreport(held(folder), None)
    assert (without.identity[0], without.size, without.limits) == ("/dumpstate-1.txt", 0, [])
    assert list(without.locate([("x", At.section("A"))])) == []


def test_a_place_that_is_a_section_gives_all_of_them(tmp_path: Path) -> None:
    body = SERVICE + "CRITICAL a:\n1\n" + SERVICE + "b:\n2\n" + SERVICE + "a:\n3\n"
    path = tmp_path / "dumpsys.txt"
    path.write_text("Currently running services:\n  a\n  b\n" + body)
    contents.cache_clear()
    read_dumpstate.cache_clear()
    found = list(
        open_acquisition(path).locate([("x", At.section("a")), ("y", At.section("none")), ("z", At.section("?"))])
    )
    assert [(key, [(s.title, s.priority) for s in group.sections]) for key, group in found] == [
        ("x", [("a", "CRITICAL"), ("a", "")]),
        ("z", [("a", "CRITICAL"), ("b", ""), ("a", "")]),
    ]


def test_the_clock() -> None:
    berlin = Clock(zone="Europe/Berlin", offset=None)
    summer, winter = datetime(2024, 7, 1, 10, tzinfo=UTC), datetime(2024, 1, 1, 11, tzinfo=UTC)
    assert berlin.utc("2024-07-01 12:00:00") == summer.timestamp()
    assert berlin.utc("2024-01-01 12:00:00.250") == winter.timestamp() + 0.25
    assert Clock(zone=None, offset=-18000).utc("2024-01-01 12:00:00") == winter.timestamp() + 6 * 3600
    assert berlin.utc("yesterday") is None and berlin.utc(None) is None
    assert (
        Clock.of(Device(platform="android", zone="../../etc/passwd")).utc("2024-01-01 11:00:00") == winter.timestamp()
    )
    local = b"  Package [a.b] (1):\n    lastUpdateTime=2024-01-01 12:00:00\n"
    exact = b"pkg,a.b,10001,1,%d,%d,?\n" % (winter.timestamp() * 1000, winter.timestamp() * 1000 + 999)
    bodies = {"package": local, "CHECKIN PACKAGE": exact}
    assert clock_of(bodies, "Europe/Berlin") == Clock(zone="Europe/Berlin", offset=None)
    # the zone was changed after the fact: the same moment printed twice says more
    assert clock_of(bodies, "Asia/Tokyo") == Clock(zone=None, offset=3600)
    assert clock_of({"package": local}, "no/zone") == Clock(zone=None, offset=None)


# Archives


def test_members_are_read_forward_and_backward(tmp_path: Path) -> None:
    data = b"".join(number.to_bytes(4, "little") for number in range(2_500_000))
    path = zipped(tmp_path / "a.zip", {"x/../../y": data, "z": b"zz"})
    files = held(path).files
    assert [(f.where, f.archive) for f in files] == [("/a.zip", True), ("/x/../../y", False), ("/z", False)]
    assert files[1].phone_path is None and files[1].member.path == str(path)
    opened = open_member(files[1].member)
    spots = (0, 5_000_000, 9_999_000, 3, 8_000_000, len(data) - 5)
    assert [opened.read(100, at) for at in spots] == [data[at : at + 100] for at in spots]
    opened.close()
    assert content(files[2].member) == b"zz"


def test_names_are_unique_and_phone_paths_lie_below_fs(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "w") as archive:
        for body in (b"1", b"2"):
            archive.writestr("FS/data/tombstones/tombstone_00", body)
        archive.writestr("FS/../../etc/passwd", b"3")
    files = held(path).files
    assert [(f.where, f.phone_path) for f in files[1:]] == [
        ("/FS/data/tombstones/tombstone_00", "/data/tombstones/tombstone_00"),
        ("/FS/data/tombstones/tombstone_00 (2)", "/data/tombstones/tombstone_00 (2)"),
        ("/FS/../../etc/passwd", None),
    ]


def test_a_bomb_is_no_member(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", {"bugreport-x.txt": bytes(64 << 20)})
    (_, bomb) = held(path).files
    assert bomb.member.problem is not None and "bomb" in bomb.member.problem
    with pytest.raises(Unsupported):
        open_acquisition(path)


def lying(path: Path, size: int) -> Path:
    """The archive with another size of content in its directory and local header."""
    raw = bytearray(path.read_bytes())
    directory = raw.index(b"PK\x01\x02")
    struct.pack_into("<I", raw, 22, size)
    struct.pack_into("<I", raw, directory + 24, size)
    path.write_bytes(raw)
    return path


def test_lying_sizes(tmp_path: Path) -> None:
    data = b"0123456789abcdef" * 1000
    for size, said in ((100, "more than its stated size"), (len(data) + 7, "cut off: 16,000 of 16,007")):
        path = lying(zipped(tmp_path / f"{size}.zip", {"x": data}), size)
        (_, file) = held(path).files
        given = bytearray()
        with pytest.raises(Malformed, match=said):
            for _, piece in stream_blocks(file.member):
                given += piece
        assert data.startswith(bytes(given)) and len(given) == min(size, len(data))


def test_a_cut_archive_is_walked(tmp_path: Path) -> None:
    phone = Android(android=12)
    whole = containers.write(phone, "zip", tmp_path)
    raw = whole.read_bytes()
    inside = zipfile.ZipFile(io.BytesIO(raw)).getinfo(containers.text_name(phone))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(raw[: inside.header_offset + inside.compress_size // 2])
    report = open_acquisition(cut)
    assert report.device.fingerprint == phone.fingerprint
    assert next(limit.id for limit in report.limits) == "report_damaged"


def test_archives_inside_one_another_end_somewhere(tmp_path: Path) -> None:
    data = b"x"
    for level in range(8):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(f"{level}.zip" if level else "x.txt", data)
        data = buffer.getvalue()
    path = tmp_path / "deep.zip"
    path.write_bytes(data)
    found = held(path)
    assert [limit.id for limit in found.limits] == ["archive_deep"] and len(found.files) == 4


def test_overlapping_members_are_read_once(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a": b"a" * 1000, "b": b"b" * 1000})
    raw = bytearray(path.read_bytes())
    second = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<I", raw, second + 42, 0)  # the second entry names the first member
    path.write_bytes(raw)
    problems = [file.member.problem for file in held(path).files[1:]]
    assert problems == [None, "members of the archive overlap; only the first is read."]


def test_many_members_are_capped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.acquisition.zips.MAX_MEMBERS", 3)
    assert MAX_MEMBERS == 20_000
    path = zipped(tmp_path / "many.zip", {f"f{n}": b"x" for n in range(5)})
    with pytest.raises(LimitExceeded, match="more than 3 members"):
        list(members(open_member(Member(suffix="", path=str(path)))))
    found = held(path)
    assert len(found.files) == 4 and [limit.id for limit in found.limits] == ["archive_damaged"]


def test_what_is_no_archive_or_encrypted(tmp_path: Path) -> None:
    plain = tmp_path / "no.zip"
    plain.write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(Unsupported, match="not a known acquisition"):
        open_acquisition(plain)
    packed = Member(suffix="", path=str(plain), inside=(Packed(offset=0, stored=4, size=9, method=99),))
    with pytest.raises(Unsupported, match="method 99"):
        open_member(packed)
    locked = zipped(tmp_path / "l.zip", {"bugreport-x.txt": b"x"})
    raw = bytearray(locked.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    locked.write_bytes(raw)
    assert held(locked).files[1].member.problem == "the member is encrypted."


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    folder = containers.write(Android(android=11), "folder", tmp_path / "r")
    (folder / "a-link").symlink_to("/etc/passwd")
    (file,) = [file for file in held(folder).files if file.relative.endswith("link")]
    assert file.member.path == "" and file.member.problem is not None


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(Usage, match="a file of a kind that Sousveil does not read"):
        look_through(tmp_path / "a.txt")
    with pytest.raises(Usage, match="Android bug report"):
        look_through(tmp_path)


def test_several_reports_in_a_folder(tmp_path: Path) -> None:
    for seed in (1, 2):
        containers.write(Android(android=13, seed=seed), "text", tmp_path / str(seed)).rename(
            tmp_path / f"bugreport-{seed}.txt"
        )
        (tmp_path / str(seed)).rmdir()
    containers.write(Android(android=9), "zip", tmp_path / "more")
    (tmp_path / "photo.zip").write_bytes(b"PK\x03\x04")
    names = [path.name for path in look_through(tmp_path).backups]
    assert names == [
        "bugreport-1.txt",
        "bugreport-2.txt",
        f"bugreport-{Android(android=9).device}-{Android(android=9).build}.zip",
    ]


def test_the_forms() -> None:
    assert [(form.name, form.platform) for form in forms()][:1] == [("ios-backup", "ios")]
    assert {form.name for form in forms()} >= {"ios-backup", "android-bugreport"}
    with pytest.raises(SousveilError):
        open_acquisition(Path("/nowhere/at/all"))
