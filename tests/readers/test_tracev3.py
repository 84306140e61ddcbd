from __future__ import annotations

import contextlib
import itertools
import struct
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.acquisition.content import open_member
from sousveil.acquisition.model import Member, Readable
from sousveil.errors import LimitExceeded, Malformed, SousveilError, Unsupported
from sousveil.readers import tracev3
from sousveil.readers.tracev3 import Boot, cache_images, image_path, timesync, trace_file
from tests.profiles import examples

ONE, TWO, BOOT = (
    "00000000-0000-0000-0000-000000000001",
    "A0000000-0000-0000-0000-00000000000B",
    "B" * 8 + "-0000" * 3 + "-" + "0" * 12,
)
WALL = 1_600_000_000


class Held:
    """Content in memory that counts what is read."""

    def __init__(self, data: bytes, size: int | None = None) -> None:
        self.data, self.size, self.given = data, len(data) if size is None else size, 0

    def read(self, amount: int, offset: int) -> bytes:
        piece = self.data[offset : offset + amount]
        self.given += len(piece)
        return piece

    def close(self) -> None:
        pass


def chunk(tag: int, data: bytes) -> bytes:
    return struct.pack("<IIQ", tag, 0x11, len(data)) + data + bytes(-len(data) % 8)


def header(*, ticks: int = 5_000, sleepless: int | None = None, rate: tuple[int, int] = (125, 3)) -> bytes:
    parts = struct.pack("<IIQ", 0x6100, 8, ticks if sleepless is None else sleepless)
    parts += struct.pack("<II8x", 0x6101, 56) + b"19D52".ljust(16, b"\0") + b"D17AP".ljust(32, b"\0")
    parts += struct.pack("<II", 0x6102, 24) + UUID(BOOT).bytes + bytes(8)
    parts += struct.pack("<II", 0x6103, 48) + b"/var/db/timezone/zoneinfo/Europe/Berlin".ljust(48, b"\0")
    return chunk(0x1000, struct.pack("<IIQiIIiII", *rate, ticks, WALL, 0, 250_000, -60, 1, 0) + parts)


def process(index: int, pid: int, euid: int, main: int, images: tuple[int, ...] = (), subsystems: int = 1) -> bytes:
    made = struct.pack("<4HQ6I", index, 0, main, 0xFFFF, 900 + pid, pid * 2, pid, euid, 0, len(images), 0)
    made += b"".join(struct.pack("<IIH6x", 4096, 0, image) for image in images)
    made += struct.pack("<II", subsystems, 0) + bytes(6 * subsystems)
    return made + bytes(-len(made) % 8)


def span(start: int, end: int, indexes: tuple[int, ...], strings: int = 3) -> bytes:
    made = struct.pack("<QQIII", start, end, 65536, 0x100, len(indexes)) + struct.pack(f"<{len(indexes)}H", *indexes)
    made += struct.pack("<I", strings) + bytes(2 * strings)
    return made + bytes(-len(made) % 8)


def catalog(uuids: tuple[str, ...], processes: tuple[bytes, ...], spans: tuple[bytes, ...]) -> bytes:
    table, strings = b"".join(UUID(uuid).bytes for uuid in uuids), b"com.apple.example\0log\0".ljust(24, b"\0")
    entries, tail = b"".join(processes), b"".join(spans)
    entry, begin = len(table) + len(strings), len(table) + len(strings) + len(entries)
    head = struct.pack("<5H6xQ", len(table), entry, len(processes), begin, len(spans), 5_000)
    return chunk(0x600B, head + table + strings + entries + tail)


PACKED = chunk(0x600D, b"bv4-" + bytes(333))
FIRST = catalog(
    (ONE, TWO),
    (process(0, 77, 501, 0, (0, 1), subsystems=4), process(5, 1, 0, 1)),
    (span(5_000, 5_024, (0,)), span(5_006, 5_048, (0, 5), strings=0)),
)
SECOND = catalog((TWO, ONE), (process(3, 77, 501, 1, (1,)), process(4, 78, 501, 7)), (span(4_976, 5_000, (3, 3)),))


def rows(data: bytes) -> list[tuple[Any, ...]]:
    found = trace_file(Held(data))
    assert found.damage is None
    return [(p.pid, p.euid, p.image, p.first, p.last, p.boot, p.offset, sorted(p.libraries)) for p in found.processes]


def test_catalogs_give_each_process_once_with_all_its_spans() -> None:
    data = header() + FIRST + PACKED + SECOND + PACKED
    assert rows(data) == [
        (77, 501, ONE, 4_976, 5_048, BOOT, len(header()), [TWO]),
        (1, 0, TWO, 5_006, 5_048, BOOT, len(header()), []),
        (78, 501, "", 0, 0, BOOT, len(header() + FIRST + PACKED), []),
    ]


def test_images_of_a_process_are_counted_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    uuids = tuple(str(UUID(int=number)).upper() for number in range(1, 9))
    logs = [catalog(uuids, (process(0, 77, 501, 0, images),), ()) for images in ((0, 1, 2), (2, 3, 4, 4), (5, 6, 7))]
    (whole,) = trace_file(Held(header() + b"".join(logs))).processes
    assert whole.libraries == set(uuids[1:])
    monkeypatch.setattr(tracev3, "MAX_LIBRARIES", 5)
    (cut,) = trace_file(Held(header() + b"".join(logs))).processes
    assert len(cut.libraries) == 5 and cut.libraries > set(uuids[1:5])


def test_the_header_names_phone_and_clock() -> None:
    found = trace_file(Held(header() + PACKED)).header
    assert found is not None
    assert (found.numerator, found.denominator, found.continuous) == (125, 3, 5_000)
    assert (found.build, found.hardware, found.boot, found.zone) == ("19D52", "D17AP", BOOT, "Europe/Berlin")
    assert found.wall == WALL * 1_000_000_000 + 250_000_000
    assert found.moment(5_000) == WALL + 0.25
    assert found.moment(5_000 + 24_000_000 * 7) == WALL + 7.25
    assert found.moment(5_000 - 24_000_000) == WALL - 0.75
    assert found.moment(1 << 63) is None


def test_the_clock_that_counts_sleep_is_the_one_of_the_catalogs() -> None:
    found = trace_file(Held(header(ticks=1, sleepless=9_000) + FIRST)).header
    assert found is not None and found.continuous == 9_000


def test_a_second_header_begins_another_boot() -> None:
    other = header(ticks=8_000).replace(UUID(BOOT).bytes, UUID(ONE).bytes)
    found = trace_file(Held(header() + FIRST + other + FIRST))
    assert [(p.pid, p.boot) for p in found.processes] == [(77, BOOT), (1, BOOT), (77, ONE), (1, ONE)]


def test_the_log_itself_is_never_read() -> None:
    """Only heads of chunks, and what stands in headers and catalogs."""
    content = Held(header() + FIRST + chunk(0x600D, bytes(1 << 20)) * 3)
    assert len(trace_file(content).processes) == 2
    assert content.given == len(header()) + len(FIRST) + 3 * 16


def test_a_file_that_was_made_larger_than_its_content() -> None:
    assert len(rows(header() + FIRST + bytes(64))) == 2
    assert trace_file(Held(header() + FIRST + bytes(64) + FIRST)).damage is not None


def test_chunks_of_an_unknown_kind_are_counted() -> None:
    found = trace_file(Held(header() + chunk(0x6099, b"new") + FIRST))
    assert (found.foreign, len(found.processes), found.damage) == (1, 2, None)


@pytest.mark.parametrize(
    ("data", "error", "processes"),
    [
        (b"", Malformed, 0),
        (b"SQLite format 3\0" * 9, Malformed, 0),
        (FIRST, Malformed, 0),
        (FIRST + header() + FIRST, Malformed, 0),
        (header()[:80], Malformed, 0),
        (chunk(0x1000, bytes(20)), Malformed, 0),
        (header(rate=(0, 3)), Malformed, 0),
        (header(rate=(1, 0)), Malformed, 0),
        (header() + FIRST + SECOND[:-9], Malformed, 2),
        (header() + FIRST + b"\x0b\x60\0\0", Malformed, 2),
        (header() + FIRST + chunk(0x1234, b""), Malformed, 2),
        (header() + FIRST + struct.pack("<IIQ", 0x600D, 0, 1 << 62), Malformed, 2),
        (header() + chunk(0x600B, struct.pack("<5H6xQ", 0, 0, 9, 0, 0, 0)), Malformed, 0),
        (header() + chunk(0x600B, struct.pack("<5H6xQ", 0, 0, 0, 0, 9, 0)), Malformed, 0),
        (header() + chunk(0x600B, b"short"), Malformed, 0),
        (header() + FIRST + chunk(0x600B, bytes((4 << 20) + 8)), LimitExceeded, 2),
    ],
)
def test_damage_keeps_what_came_before(data: bytes, error: type[SousveilError], processes: int) -> None:
    found = trace_file(Held(data))
    assert type(found.damage) is error
    assert len(found.processes) == processes


def test_a_file_that_is_shorter_than_it_states() -> None:
    data = header() + FIRST + SECOND[:-9]
    found = trace_file(Held(data, len(data) + 9))
    assert isinstance(found.damage, Malformed) and len(found.processes) == 2


def test_a_fraction_of_more_than_a_second_is_none() -> None:
    data = header().replace(struct.pack("<I", 250_000), struct.pack("<I", 1_000_000))
    found = trace_file(Held(data)).header
    assert found is not None and found.wall == WALL * 1_000_000_000


def test_processes_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracev3, "MAX_PROCESSES", 1)
    found = trace_file(Held(header() + FIRST))
    assert isinstance(found.damage, LimitExceeded) and len(found.processes) == 1


# Boots


def boot_record(uuid: str, started: int, zone: int = -60, rate: tuple[int, int] = (125, 3)) -> bytes:
    return struct.pack("<HHI", 0xBBB0, 48, 0) + UUID(uuid).bytes + struct.pack("<IIqii", *rate, started, zone, 1)


def sync_record(ticks: int, wall: int) -> bytes:
    return struct.pack("<4sIQqii", b"Ts \0", 0, ticks, wall, -60, 1)


def test_boots_with_their_last_comparison_and_clock_steps() -> None:
    second, tick = 1_000_000_000, 24_000_000
    data = boot_record(ONE, WALL * second) + sync_record(0, WALL * second)
    data += sync_record(100 * tick, (WALL + 160) * second)  # 60 s ahead is drift
    data += sync_record(200 * tick, (WALL + 321) * second)  # 61 s more is a setting
    data += sync_record(250 * tick, 0)  # no time
    data += sync_record(300 * tick, (WALL - 90_000) * second)
    data += boot_record(TWO, 0, 300)
    assert list(timesync(Held(data))) == [
        Boot(boot=ONE, started=WALL, zone_minutes=-60, offset=0, syncs=5, last=WALL + 321, steps=2),
        Boot(boot=TWO, started=None, zone_minutes=300, offset=48 + 5 * 32, syncs=0, last=None, steps=0),
    ]
    assert list(timesync(Held(data + bytes(70)))) == list(timesync(Held(data)))
    assert list(timesync(Held(b""))) == []


@pytest.mark.parametrize("tail", [b"x", b"\xb0\xbb", b"Ts \0" + bytes(20), b"not a record of this format at all"])
def test_damaged_clock_records_keep_the_boots_before(tail: bytes) -> None:
    found: list[Boot] = []
    with pytest.raises(Malformed):
        for boot in timesync(Held(boot_record(ONE, 5) + tail)):
            found.append(boot)
    assert [boot.boot for boot in found] == [ONE]


def test_boots_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracev3, "MAX_BOOTS", 2)
    with pytest.raises(LimitExceeded):
        list(timesync(Held(boot_record(ONE, 5) * 3)))
    assert len(list(timesync(Held(boot_record(ONE, 5) * 2)))) == 2


def test_a_record_may_lie_across_two_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = boot_record(ONE, 5) + sync_record(1, 7) * 9 + boot_record(TWO, 6)
    whole = list(timesync(Held(data)))
    for size in (1, 31, 33, 50):
        monkeypatch.setattr(tracev3, "_BLOCK", size)
        assert list(timesync(Held(data))) == whole


# Images


def uuidtext(path: bytes, texts: tuple[bytes, ...] = (b"one %d\0", b"two\0")) -> bytes:
    made = struct.pack("<IIII", 0x66778899, 2, 1, len(texts))
    made += b"".join(struct.pack("<II", 4096 * number, len(text)) for number, text in enumerate(texts))
    return made + b"".join(texts) + path


def cache(major: int, images: tuple[tuple[str, str], ...]) -> bytes:
    start = 16 + (16 if major == 1 else 24) + len(images) * (28 if major == 1 else 32)
    table, names = b"", b"text %s\0"
    for uuid, path in images:
        first = struct.pack("<II" if major == 1 else "<QI", 0x10000, 0x8000)
        table += first + UUID(uuid).bytes + struct.pack("<I", start + len(names))
        names += path.encode() + b"\0"
    return b"hcsd" + struct.pack("<HHII", major, 0, 1, len(images)) + bytes(16 if major == 1 else 24) + table + names


def test_the_path_of_an_image_stands_behind_its_texts() -> None:
    assert image_path(Held(uuidtext(b"/usr/libexec/example\0"))) == "/usr/libexec/example"
    assert image_path(Held(uuidtext(b"/a\0rest", ()))) == "/a"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x99\x88\x77\x66",
        uuidtext(b"/usr/libexec/example"),
        uuidtext(b"no path\0"),
        uuidtext(b""),
        uuidtext(b"/" + b"x" * 5000 + b"\0"),
        struct.pack("<IIII", 0x66778899, 2, 1, 1 << 31),
        struct.pack("<IIIIII", 0x66778899, 2, 1, 1, 0, 1 << 31) + b"/a\0",
    ],
)
def test_an_image_without_a_path_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        image_path(Held(data))


def test_other_versions_are_unsupported() -> None:
    with pytest.raises(Unsupported):
        image_path(Held(struct.pack("<IIII", 0x66778899, 3, 1, 0) + b"/a\0"))
    with pytest.raises(Unsupported):
        list(cache_images(Held(cache(3, ()))))


@pytest.mark.parametrize("major", [1, 2])
def test_a_shared_cache_names_its_images_by_place(major: int) -> None:
    images = ((TWO, "/usr/lib/libone.dylib"), (ONE, "/usr/lib/libtwo.dylib"))
    assert list(cache_images(Held(cache(major, images)))) == list(images)
    assert list(cache_images(Held(cache(major, ())))) == []


@pytest.mark.parametrize("block", [1, 7, 30])
def test_a_path_may_lie_across_two_blocks(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    images = ((TWO, "/usr/lib/a"), (ONE, "/usr/lib/b"))
    monkeypatch.setattr(tracev3, "_BLOCK", max(block, 12))
    assert list(cache_images(Held(cache(1, images)))) == list(images)


def test_a_damaged_cache_keeps_the_images_before() -> None:
    data = cache(2, ((ONE, "/usr/lib/a"), (TWO, "/usr/lib/b")))
    for damaged in (data[:-1], data[: -len("/usr/lib/b") - 1], data.replace(b"/usr/lib/b", b"xusr/lib/b")):
        found = []
        with pytest.raises(Malformed):
            for image in cache_images(Held(damaged)):
                found.append(image)
        assert found == [(ONE, "/usr/lib/a")]
    with pytest.raises(Malformed):
        list(cache_images(Held(data[:60])))
    with pytest.raises(LimitExceeded):
        list(cache_images(Held(b"hcsd" + struct.pack("<HHII", 1, 0, 0, 1 << 31))))


SEEDS = (
    header() + FIRST + PACKED + SECOND,
    boot_record(ONE, 5) + sync_record(1, 7) + boot_record(TWO, 6),
    uuidtext(b"/usr/libexec/example\0"),
    cache(1, ((ONE, "/usr/lib/a"), (TWO, "/usr/lib/b"))),
    cache(2, ((ONE, "/usr/lib/a"), (TWO, "/usr/lib/b"))),
)


@settings(max_examples=examples(3000), deadline=None)
@given(seed=st.sampled_from(SEEDS), data=st.data())
def test_any_bytes_give_rows_or_an_error_of_ours(seed: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(seed)))
    piece = data.draw(st.binary(max_size=24))
    changed = seed[:at] + piece + seed[at + data.draw(st.integers(0, 24)) :]
    content = Held(changed)
    trace_file(content)
    assert content.given <= 4 * len(changed)
    for read in (lambda: list(timesync(content)), lambda: image_path(content), lambda: list(cache_images(content))):
        with contextlib.suppress(SousveilError):
            read()


# The real files


def opened(shared_data: Path, name: str) -> Readable:
    path = shared_data / "phones/apple-unified-logging" / name
    if not path.is_file():
        pytest.skip("shared data has no unified log")
    return open_member(Member(suffix="", path=str(path)))


def test_a_real_file_of_ios_15(shared_data: Path) -> None:
    found = trace_file(opened(shared_data, "0000000000000f85.tracev3"))
    assert (found.damage, found.foreign, found.catalogs, len(found.processes)) == (None, 0, 6, 66)
    assert found.header == tracev3.Header(
        numerator=125,
        denominator=3,
        continuous=100_657_367_688_137,
        wall=1_649_855_670_341_146_000,
        build="19D52",
        hardware="J96AP",
        boot="A6EBC8E3-0A1C-40E8-93B9-DA3A7F671D19",
        zone="America/Toronto",
    )
    assert len({(p.pid, p.euid) for p in found.processes}) == 66
    assert {p.euid for p in found.processes} >= {0, 501}
    first, last = found.processes[0], found.processes[-1]
    assert (first.pid, first.euid, first.image) == (49824, 501, "D5A2BDF8-5C5E-34DC-A530-EF59A6121E41")
    assert (last.pid, last.euid, last.image) == (49544, 501, "885A25B4-DAF5-334F-B401-ED67C1746AD9")
    assert first.header.moment(first.first) == pytest.approx(1_649_855_182.168674, abs=1e-5)
    assert first.header.moment(first.last) == pytest.approx(1_649_855_696.805961, abs=1e-5)
    assert all(p.first <= p.last for p in found.processes)


def test_real_clock_records(shared_data: Path) -> None:
    found = list(timesync(opened(shared_data, "timesync/0000000000000002.timesync")))
    assert [(boot.boot[:8], boot.syncs, boot.zone_minutes, boot.steps) for boot in found] == [
        ("FE7DA8C6", 1018, 480, 0),
        ("3A291558", 456, 300, 0),
        ("9EE6D5A3", 952, 300, 0),
        ("747C512E", 1464, 300, 0),
        ("8A619A73", 199, 300, 0),
    ]
    assert sum(boot.syncs for boot in found) == 4_089
    assert found[0].started == pytest.approx(1_541_730_321.839294, abs=1e-5)
    starts = [boot.started or 0 for boot in found]
    assert starts == sorted(starts)
    assert all((a.last or 0) < (b.started or 0) for a, b in itertools.pairwise(found))


def test_real_images(shared_data: Path) -> None:
    path = image_path(opened(shared_data, "uuidtext/00/7EF56328D53A78B59CCCE3E3189F57"))
    assert path.startswith("/System/Library/PrivateFrameworks/PhotoLibraryPrivate.framework/")
    assert path.endswith("/com.apple.PhotoThemeService.xpc/Contents/MacOS/com.apple.PhotoThemeService")
    images = list(cache_images(opened(shared_data, "uuidtext/dsc/dsc-version1")))
    assert len(images) == 196
    kext = "/System/Library/Extensions/AppleBCMWLANFirmware_Hashstore.kext/AppleBCMWLANFirmware_Hashstore"
    assert images[0] == ("E0D5508D-3B00-39B4-8400-12DA7A77C408", kext)
    assert len(dict(images)) == 196 and all(path.startswith("/") for _, path in images)
    with pytest.raises(Malformed):  # cut by hand: its UUID has 12 bytes
        list(cache_images(opened(shared_data, "uuidtext/dsc/8E21CAB1DCF936B49F85CF860E6F34EC")))
