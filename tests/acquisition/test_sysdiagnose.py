"""A sysdiagnose as an acquisition: its forms, what it states of the phone, and archives that are damaged or lie."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from sousveil.acquisition import tars
from sousveil.acquisition.content import open_member, stream_blocks
from sousveil.acquisition.door import Acquisition, StoredFile, file_form, folder_form, open_acquisition
from sousveil.acquisition.find import look_through
from sousveil.acquisition.model import Limit, Member, Packed, whole
from sousveil.acquisition.sysdiagnose import Sysdiagnose, listed, major_of
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported

TOP = "sysdiagnose_2023.05.24_13-29-15-0700_iPhone-OS_iPhone_20F66"
MADE = 1_684_960_155_000_000
REMOTE = (
    "Local device\n\tProperties: {\n\t\tBuildVersion => 20F75\n\t\tOSVersion => 16.5.1\n\t\tProductType => iPhone14,5\n"
    "\t\tUniqueDeviceID => 00008110-000A\n\t}\n"
)
SYSTEM = "<dict><key>ProductBuildVersion</key><string>20F76</string>\n<key>ProductVersion</key>\n<string>16.5.2</string></dict>"
FILES = {"sysdiagnose.log": "2023-05-24 13:29:15 -0700 begin\n", "taskinfo.txt": "num tasks: 0\n"}


def tarred(
    files: dict[str, str | bytes], *, top: str = TOP, mode: str = "w:gz", form: int = tarfile.PAX_FORMAT
) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, text in files.items():
            content = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(f"{top}/{name}" if top else name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def stored(folder: Path, data: bytes, name: str = TOP + ".tar.gz") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def opened(path: Path) -> Sysdiagnose:
    listed.cache_clear()
    found = open_acquisition(path)
    assert isinstance(found, Sysdiagnose)
    return found


def names(found: Acquisition) -> list[str]:
    first, last, _ = found.row_span()
    return [file.where for file in found.stored(first, last)]


def file(found: Acquisition, name: str) -> StoredFile:
    first, last, _ = found.row_span()
    return next(file for file in found.stored(first, last) if file.where.endswith("/" + name))


def content(found: Acquisition, name: str) -> bytes:
    readable = open_member(file(found, name).member)
    try:
        return whole(readable, 1 << 30)
    finally:
        readable.close()


def limits(found: Sysdiagnose) -> list[str]:
    return [limit.id for limit in found.limits]


# ---- forms


@pytest.mark.parametrize(("mode", "name"), [("w:gz", ".tar.gz"), ("w:gz", ".tgz"), ("w", ".tar")])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_an_archive_gives_its_files_in_order(tmp_path: Path, mode: str, name: str, form: int) -> None:
    long = "a/" + "long" * (30 if form == tarfile.USTAR_FORMAT else 60) + "/end.txt"
    path = stored(tmp_path, tarred({**FILES, long: "deep"}, mode=mode, form=form, top="sysdiagnose_top"), "x" + name)
    found = opened(path)
    assert names(found) == [f"/x{name}", *(f"/sysdiagnose_top/{inner}" for inner in (*FILES, long))]
    assert content(found, "end.txt") == b"deep"
    assert [file(found, "x" + name).archive, file(found, "end.txt").archive] == [True, False]
    assert found.identity == (f"/x{name}", Member(suffix="", path=str(path)))
    assert found.streamed is (mode == "w:gz")
    form_of = file_form(str(path))
    assert form_of is not None and form_of.platform == "ios"


@pytest.mark.parametrize(("top", "passes"), [(TOP, 1), ("renamed", 2)])
def test_opening_unfolds_the_stream_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: str, passes: int
) -> None:
    unfolded: list[int] = []
    monkeypatch.setattr(
        tars.Unfolded,
        "_advance",
        lambda self, real=tars.Unfolded._advance: unfolded.append(len(block := real(self))) or block,
    )
    data = tarred({**FILES, "more.bin": os.urandom(20 * tars.BLOCK)}, top=top)
    found = opened(stored(tmp_path, data, "archive.tar.gz"))
    assert len(names(found)) == 4
    blocks = -(-len(gzip.decompress(data)) // tars.BLOCK)
    assert passes * blocks <= len(unfolded) <= passes * (blocks + 2)


def test_a_folder_a_zip_of_it_and_a_zip_of_the_archive(tmp_path: Path) -> None:
    folder = tmp_path / TOP
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    unpacked = opened(folder)
    assert (names(unpacked), limits(unpacked)) == ([f"/{TOP}/sysdiagnose.log", f"/{TOP}/taskinfo.txt"], [])
    assert unpacked.identity[0] == f"/{TOP}/sysdiagnose.log"
    assert folder_form(frozenset(FILES)) is not None and look_through(tmp_path).backups == [folder]
    with zipfile.ZipFile(tmp_path / "tree.zip", "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in FILES.items():
            made.writestr(f"{TOP}/{name}", text)
    with zipfile.ZipFile(tmp_path / "sysdiagnose-sent.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("note.txt", "hello")
        made.writestr(f"mail/{TOP}.tar.gz", tarred(dict(FILES)))
    tree = opened(tmp_path / "tree.zip")
    assert (content(tree, "taskinfo.txt"), tree.device.last_backup) == (b"num tasks: 0\n", MADE)
    sent = opened(tmp_path / "sysdiagnose-sent.zip")
    assert content(sent, "taskinfo.txt") == b"num tasks: 0\n"
    assert f"mail/{TOP}.tar.gz/{TOP}/taskinfo.txt" in names(sent)
    assert (sent.device.last_backup, sent.streamed, file(sent, TOP + ".tar.gz").archive) == (MADE, True, True)


# ---- the phone


def test_the_phone_is_described_by_the_best_source(tmp_path: Path) -> None:
    both = {**FILES, "remotectl_dumpstate.txt": REMOTE, "logs/SystemVersion/SystemVersion.plist": SYSTEM}
    device = opened(stored(tmp_path, tarred(both))).device
    assert (device.platform, device.acquisition, device.product_type) == ("ios", "sysdiagnose", "iPhone14,5")
    assert (device.product_version, device.build, device.unique_id) == ("16.5.2", "20F76", "00008110-000A")
    assert (device.last_backup, device.utc_offset, device.zone) == (MADE, -25_200, None)
    remote = opened(stored(tmp_path, tarred({**FILES, "remotectl_dumpstate.txt": REMOTE}))).device
    assert (remote.product_version, remote.build) == ("16.5.1", "20F75")
    bare = opened(stored(tmp_path, tarred(dict(FILES)))).device
    assert (bare.product_version, bare.build, bare.product_type) == ("16", "20F66", None)
    assert not bare.could_be_encrypted


@pytest.mark.parametrize(
    ("build", "major"),
    [
        ("16A366", "12"),
        ("20F66", "16"),
        ("22G86", "18"),
        ("23B85", "26"),
        ("24A5355q", None),
        ("99", None),
        (None, None),
    ],
)
def test_a_build_tells_the_major_version(build: str | None, major: str | None) -> None:
    assert major_of(build) == major


def test_the_clock_comes_from_the_name_else_from_the_log_else_is_unknown(tmp_path: Path) -> None:
    logged = opened(stored(tmp_path, tarred(dict(FILES), top="renamed"), "renamed.tar.gz"))
    assert (logged.device.last_backup, logged.device.utc_offset, limits(logged)) == (MADE, -25_200, [])
    unknown = opened(stored(tmp_path, tarred({**FILES, "sysdiagnose.log": "x"}, top="renamed"), "renamed.tar.gz"))
    assert (unknown.device.last_backup, unknown.device.utc_offset, limits(unknown)) == (None, None, ["clock_unknown"])
    named = TOP.replace("2023.05.24", "2023.13.45")
    odd = opened(stored(tmp_path, tarred({**FILES, "sysdiagnose.log": ""}, top=named), "renamed.tar.gz"))
    assert limits(odd) == ["clock_unknown"]


def test_what_is_not_whole_is_a_limit(tmp_path: Path) -> None:
    cancelled = opened(stored(tmp_path, tarred(dict(FILES), top="IN_PROGRESS_" + TOP), "IN_PROGRESS_x.tar.gz"))
    assert limits(cancelled) == ["sysdiagnose_in_progress"]
    watch = TOP.replace("iPhone-OS_iPhone", "Watch-OS_Watch") + ".tar.gz"
    paired = opened(stored(tmp_path, tarred({**FILES, f"logs/{watch}": tarred(dict(FILES))})))
    assert paired.limits == [Limit(id="sysdiagnose_inside", values={"file": f"/{TOP}/logs/{watch}"})]


@pytest.mark.parametrize("system", ["Watch-OS_Watch", "AppleTV-OS_AppleTV", "xrOS_RealityDevice", "macOS_MacBookPro"])
def test_other_systems_are_named(tmp_path: Path, system: str) -> None:
    top = TOP.replace("iPhone-OS_iPhone", system)
    with pytest.raises(Unsupported, match=f"this is a sysdiagnose of {system.partition('_')[0]}\\."):
        opened(stored(tmp_path, tarred(dict(FILES), top=top), f"{top}.tar.gz"))


def test_other_archives_are_no_sysdiagnose(tmp_path: Path) -> None:
    for data, name in (
        (tarred({"a.txt": "x"}, top="other"), "other.tar.gz"),
        (gzip.compress(b"text"), "text.gz"),
        (b"", "empty.tar.gz"),
        (gzip.compress(b"\0" * 10_240), f"{TOP}.tar.gz"),
    ):
        listed.cache_clear()
        with pytest.raises(SousveilError):
            open_acquisition(stored(tmp_path, data, name))
    listed.cache_clear()
    with pytest.raises(Malformed, match="nothing in this sysdiagnose archive can be read: the archive is damaged"):
        open_acquisition(stored(tmp_path, gzip.compress(b"no archive" * 100)))


# ---- damage and lies


def damaged(found: Sysdiagnose) -> list[str]:
    return [limit.values["reason"] for limit in found.limits if limit.id == "archive_damaged"]


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_a_cut_archive_keeps_what_is_there(tmp_path: Path, mode: str) -> None:
    big = os.urandom(600_000)
    data = tarred({**FILES, "big.bin": big, "after.txt": "never"}, mode=mode)
    found = opened(stored(tmp_path, data[: len(data) // 2], TOP + (".tar.gz" if mode == "w:gz" else ".tar")))
    assert damaged(found) == ["the archive is cut off."]
    assert [name.rpartition("/")[2] for name in names(found)[1:]] == [*FILES, "big.bin"]
    pieces = []
    with pytest.raises(Malformed):
        for _, piece in stream_blocks(file(found, "big.bin").member, 65_536):
            pieces.append(bytes(piece))
    assert 200_000 < len(b"".join(pieces)) < 400_000 and big.startswith(b"".join(pieces))
    assert content(found, "taskinfo.txt") == b"num tasks: 0\n"


def test_damage_inside_the_stream_ends_it(tmp_path: Path) -> None:
    data = bytearray(tarred({**FILES, "big.bin": os.urandom(3_000_000), "after.txt": "never"}))
    data[2_000_000:2_000_100] = bytes(100)
    data[-8:-4] = bytes(4)  # the checksum of the stream
    found = opened(stored(tmp_path, bytes(data)))
    assert damaged(found) == ["the archive is damaged: what follows cannot be read."]
    assert content(found, "sysdiagnose.log") == FILES["sysdiagnose.log"].encode()


def header(name: str, size: bytes, kind: bytes = b"0") -> bytes:
    """A header with a size as given and a right checksum."""
    info = bytearray(tarfile.TarInfo(f"{TOP}/{name}").tobuf(tarfile.USTAR_FORMAT))
    info[124:136], info[156:157], info[148:156] = size.ljust(12, b"\0"), kind, b" " * 8
    info[148:156] = f"{sum(info):06o}\0 ".encode()
    return bytes(info)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (header("x", b"77777777777"), "the archive is cut off."),
        (header("x", b"\x80" + b"\xff" * 11), "the archive is damaged: what follows cannot be read."),
        (header("x", b"\xff" * 12), "the archive is damaged: what follows cannot be read."),
        (header("x", b"-0000000001"), "the archive is damaged: what follows cannot be read."),
        (header("x", b"00010000000", b"L"), "the archive is damaged: what follows cannot be read."),
        (header("x", b"00000000010") + b"8 size=9", "the archive is cut off."),
        (header("x", b"0")[:-1] + b"\x01", "the archive is damaged: what follows cannot be read."),
        (b"\x01" * 512, "the archive is damaged: what follows cannot be read."),
        (b"short", "the archive is cut off."),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_lying_headers_end_the_list(tmp_path: Path, head: bytes, reason: str, packed: bool) -> None:
    plain = tarred(dict(FILES), mode="w")
    data = plain[: len(plain) // 512 * 512].rstrip(b"\0")
    data = data + b"\0" * (-len(data) % 512) + head
    found = opened(stored(tmp_path, gzip.compress(data) if packed else data, TOP + (".tar.gz" if packed else ".tar")))
    assert damaged(found) == [reason]
    assert content(found, "taskinfo.txt") == b"num tasks: 0\n"


def test_extended_headers_name_and_measure_the_next_file_alone(tmp_path: Path) -> None:
    pax = f"{len(TOP) + 19} path={TOP}/named.txt\n9 size=3\n".encode()
    records = header("ignored", f"{len(pax):o}".encode(), b"x") + pax.ljust(512, b"\0") + header("short", b"7")
    records += b"abc".ljust(512, b"\0") + header("next.txt", b"2") + b"de".ljust(512, b"\0")
    plain = tarred(dict(FILES), mode="w").rstrip(b"\0")
    found = opened(stored(tmp_path, gzip.compress(plain + b"\0" * (-len(plain) % 512) + records + bytes(1024))))
    assert (damaged(found), content(found, "named.txt"), content(found, "next.txt")) == ([], b"abc", b"de")


def test_names_are_labels(tmp_path: Path) -> None:
    odd = {"../../etc/passwd": "1", "a\x1b[31m.txt": "2", "/abs.txt": "3", "ps.txt": "4"}
    found = opened(stored(tmp_path, tarred({**FILES, **odd, "ps.txt ": "5"})))
    assert content(found, "passwd") == b"1" and content(found, "ps.txt") == b"4"
    twice = tarred({**FILES, "ps.txt": "first"}, mode="w").rstrip(b"\0")
    twice += b"\0" * (-len(twice) % 512) + tarred({"ps.txt": "second"}, mode="w")
    both = opened(stored(tmp_path, gzip.compress(twice)))
    assert names(both)[-2:] == [f"/{TOP}/ps.txt", f"/{TOP}/ps.txt (2)"]


def test_links_devices_and_sparse_files_are_refused(tmp_path: Path) -> None:
    kinds = {
        b"1": "link",
        b"2": "link",
        b"3": "special",
        b"4": "special",
        b"6": "special",
        b"S": "special",
        b"Z": "special",
    }
    plain = tarred(dict(FILES), mode="w").rstrip(b"\0")
    plain += b"\0" * (-len(plain) % 512) + b"".join(header(f"k{n}", b"0", kind) for n, kind in enumerate(kinds))
    found = opened(stored(tmp_path, gzip.compress(plain + header("dir", b"0", b"5") + bytes(1024))))
    first, last, _ = found.row_span()
    files = list(found.stored(first, last))[3:]
    assert [("link" if "link" in (f.member.problem or "") else "special") for f in files] == list(kinds.values())
    for entry in files:
        with pytest.raises(SousveilError):
            open_member(entry.member)


# ---- bombs and memory


def test_a_bomb_is_stopped_and_named(tmp_path: Path) -> None:
    plain = tarred({**FILES, "zeros.bin": bytes(40 << 20), "after.txt": "x"}, mode="w")
    found = opened(stored(tmp_path, gzip.compress(plain, 9)))
    assert damaged(found) == ["the archive unfolds to more than 200 times its size; the rest was not read."]
    with pytest.raises(LimitExceeded):
        for _ in stream_blocks(file(found, "zeros.bin").member):
            pass


def test_streams_behind_one_another_are_one(tmp_path: Path) -> None:
    plain = tarred({**FILES, "x.txt": "y" * 5000}, mode="w")
    parts = b"".join(gzip.compress(plain[at : at + 3000]) for at in range(0, len(plain), 3000))
    found = opened(stored(tmp_path, parts + b"trailing garbage"))
    assert (damaged(found), content(found, "x.txt")) == ([], b"y" * 5000)


def test_a_large_file_is_read_forward_and_a_small_one_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "KEPT", 4 * tars.BLOCK)
    small, large = os.urandom(700_000), os.urandom(3_000_000)
    found = opened(stored(tmp_path, tarred({**FILES, "small.bin": small, "large.bin": large, "end.txt": "end"})))
    readable = open_member(file(found, "small.bin").member)
    assert readable.read(9, 690_000) == small[690_000:690_009] and readable.read(9, 3) == small[3:12]
    streamed = open_member(file(found, "large.bin").member)
    assert streamed.read(10, 2_900_000) == large[2_900_000:2_900_010]
    assert streamed.read(10, 2_800_000) == large[2_800_000:2_800_010]
    with pytest.raises(LimitExceeded, match="not read: too large"):
        streamed.read(10, 5_000)
    assert streamed.read(10, 0) == large[:10]
    assert b"".join(bytes(piece) for _, piece in stream_blocks(file(found, "large.bin").member)) == large
    assert content(found, "end.txt") == b"end" and content(found, "taskinfo.txt") == b"num tasks: 0\n"


def test_memory_stays_flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "KEPT", 4 * tars.BLOCK)
    path = stored(tmp_path, tarred({**FILES, "large.bin": os.urandom(4_000_000)}))
    found = opened(path)
    member = file(found, "large.bin").member
    stream = tars.unfolded(str(path), member.inside[:1], lambda: pytest.fail("the stream is open already"))
    for _ in stream_blocks(member):
        assert len(stream._blocks) <= 4
    assert stream.size == tars.MAX_ALL


def test_an_archive_that_changed_is_opened_anew(tmp_path: Path) -> None:
    path = stored(tmp_path, tarred({**FILES, "x.txt": "old"}))
    assert content(opened(path), "x.txt") == b"old"
    stored(tmp_path, tarred({**FILES, "longer.txt": "z" * 999, "x.txt": "new"}))
    assert content(opened(path), "x.txt") == b"new"


def test_a_file_expected_to_be_longer_is_cut(tmp_path: Path) -> None:
    found = opened(stored(tmp_path, tarred({**FILES, "x.db": "abc"})))
    readable = open_member(file(found, "x.db").member)
    readable.expect(10, "cut by its header")
    assert readable.read(10, 0) == b"abc"
    with pytest.raises(Malformed, match="cut by its header"):
        readable.read(1, 3)


def test_a_database_comes_with_its_companions(tmp_path: Path) -> None:
    found = opened(
        stored(tmp_path, tarred({**FILES, "logs/a.db-wal": "w", "logs/a.db": "d", "logs/b.db-journal": "j"}))
    )
    from sousveil.artefacts.model import At

    groups = {group.relative: group for _, group in found.locate([("x", At.sysdiagnose("logs/*.db"))])}
    assert [member.suffix for member in groups[f"{TOP}/logs/a.db"].members] == ["", "-wal"]
    assert list(groups) == [f"{TOP}/logs/a.db"]


def test_a_layer_is_a_layer() -> None:
    assert {tars.GZIPPED, tars.TARRED}.isdisjoint({0, 8})
    assert Packed(offset=0, stored=1, size=1, method=tars.GZIPPED) != Packed(offset=0, stored=1, size=1, method=8)
