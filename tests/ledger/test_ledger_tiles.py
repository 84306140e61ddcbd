"""Tiles, bundles and the files that hold them: golden paths, exact bytes, what a crash leaves."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.errors import LimitExceeded, Malformed, Missing, Usage
from sousveil.ledger import atomic, merkle, tiles
from sousveil.ledger.tiles import TileFiles, bundle, entries_path, new_tiles, parse_path, tile_path, unbundle
from tests.ledger.plain import Memory, naive_root
from tests.profiles import examples


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 0, 1, "tile/0/000.p/1"),
        (0, 999, 255, "tile/0/999.p/255"),
        (0, 1000, 256, "tile/0/x001/000"),
        (1, 1234067, 256, "tile/1/x001/x234/067"),
        (0, 1234067, 12, "tile/0/x001/x234/067.p/12"),
        (63, 70, 256, "tile/63/070"),
        (None, 273, 112, "tile/entries/273.p/112"),
        (None, 1234067, 256, "tile/entries/x001/x234/067"),
    ],
)
def test_golden_paths(level: int | None, index: int, width: int, path: str) -> None:
    assert (entries_path(index, width) if level is None else tile_path(level, index, width)) == path
    assert parse_path(path) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0", "tile/00/000", "tile/64/000", "tile/0/x000/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
        "tile/0/000.p/257", "tile/0/x1/000", "tile/0/000/", "/tile/0/000", "tile/-1/000", "tile/data/000", "tile/0/001/000",
        "tile/0/../000", "tile/0/٠٠٠",
    ],
)  # fmt: skip
def test_other_paths_are_none(path: str) -> None:
    with pytest.raises(Malformed):
        parse_path(path)


def test_paths_that_cannot_be() -> None:
    for question in (
        lambda: tile_path(64, 0),
        lambda: tile_path(-1, 0),
        lambda: tile_path(0, -1),
        lambda: tile_path(0, 0, 0),
        lambda: entries_path(0, 257),
    ):
        with pytest.raises(Usage):
            question()


def test_the_example_of_the_specification() -> None:
    """A tree of 70,000: 273 full tiles of level 0, one of width 112; one full and one of width 17 of level 1; one of width 1 of level 2."""
    row = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(70_000))
    shape = [(level, index, width) for level, index, width, _ in new_tiles(0, row, Memory([]))]
    assert shape == [*[(0, n, 256) for n in range(273)], (0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)]
    assert [(level, index, width) for level, index, width, _ in new_tiles(0, row[: 256 * 32], Memory([]))] == [
        (0, 0, 256),
        (1, 0, 1),
    ]


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
@settings(max_examples=examples(25), deadline=None)
def test_growing_in_steps_gives_the_tiles_by_definition(steps: list[int]) -> None:
    rows = [merkle.leaf_hash(b"%d" % n) for n in range(sum(steps))]
    held: dict[tuple[int, int], bytes] = {}

    class Held:
        def tile(self, level: int, index: int, width: int) -> bytes:
            return held[level, index][: width * 32]

    size = 0
    for step in steps:
        for level, index, width, data in new_tiles(size, rows[size : size + step], Held()):
            assert len(data) == width * 32
            assert held.get((level, index), b"") == data[: len(held.get((level, index), b""))] != data
            held[level, index] = data
        size += step
    memory = Memory(rows)
    want = {
        (level, index): memory.tile(level, index, tiles.tile_width(level, index, size))
        for level in range(3)
        for index in range(-(-(size >> 8 * level) // 256))
    }
    assert held == want
    assert merkle.root(Held(), size) == naive_root(rows)


def test_bundles_have_exact_bytes() -> None:
    assert bundle([b"", b"one", b"x" * 258]) == b"\0\0" + b"\0\3one" + b"\1\2" + b"x" * 258
    assert bundle([]) == b"" and unbundle(b"") == []
    assert bundle([b"y" * 65_535])[:2] == b"\xff\xff"
    with pytest.raises(LimitExceeded, match="at most 65,535 bytes; this one has 65,536"):
        bundle([b"y" * 65_536])
    with pytest.raises(Usage):
        bundle([b""] * 257)
    for bad in (b"\0", b"\0\5four", b"\0\1a\0", b"\0\0" * 257):
        with pytest.raises(Malformed):
            unbundle(bad)


@given(st.lists(st.binary(max_size=40), max_size=256))
def test_bundles_are_read_back(entries: list[bytes]) -> None:
    assert unbundle(bundle(entries)) == entries


def test_files_after_each_step_and_after_pruning(tmp_path: Path) -> None:
    log, entries = TileFiles(tmp_path), [b"entry %d" % n for n in range(600)]
    size = 0
    for step in (0, 3, 252, 1, 44, 300):
        log.append(size, entries[size : size + step])
        size += step
        log.write_checkpoint(b"%d" % size)
        assert merkle.root(log, size) == naive_root([merkle.leaf_hash(one) for one in entries[:size]])
        assert [log.entry(n, size) for n in range(size)] == entries[:size]
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert names == [
        "checkpoint",
        "tile/0/000", "tile/0/000.p/255", "tile/0/000.p/3", "tile/0/001", "tile/0/001.p/44", "tile/0/002.p/88",
        "tile/1/000.p/1", "tile/1/000.p/2",
        "tile/entries/000", "tile/entries/000.p/255", "tile/entries/000.p/3", "tile/entries/001",
        "tile/entries/001.p/44", "tile/entries/002.p/88",
    ]  # fmt: skip
    log.prune(0, 600)
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == [name for name in names if not name.startswith(("tile/0/000.p", "tile/0/001.p")) and ".p/255" not in name
                    and name not in ("tile/entries/000.p/3", "tile/entries/001.p/44")]  # fmt: skip
    assert merkle.root(log, 3) == naive_root([merkle.leaf_hash(one) for one in entries[:3]])
    assert log.bundle(1, 44) == entries[256:300]
    assert log.checkpoint() == b"600"


def test_a_large_append_is_the_same_as_many_small_ones(tmp_path: Path) -> None:
    entries = [b"%d" % n * 3 for n in range(9_000)]
    TileFiles(tmp_path / "a").append(0, entries, durable=False)
    for at in range(0, 9_000, 1_500):
        TileFiles(tmp_path / "b").append(at, entries[at : at + 1_500])
        TileFiles(tmp_path / "b").prune(at, at + 1_500)
    final = {str(p.relative_to(tmp_path / "a")): p.read_bytes() for p in (tmp_path / "a").rglob("*") if p.is_file()}
    other = {str(p.relative_to(tmp_path / "b")): p.read_bytes() for p in (tmp_path / "b").rglob("*") if p.is_file()}
    assert {name: other[name] for name in final} == final
    assert not (set(other) - set(final)) - {n for n in other if n.startswith("tile/1/000.p/")}


def test_what_is_not_there_or_not_whole_is_said(tmp_path: Path) -> None:
    log = TileFiles(tmp_path)
    for question in (log.checkpoint, lambda: log.tile(0, 0, 1), lambda: log.bundle(0, 256), lambda: log.file("tile")):
        with pytest.raises(Missing):
            question()
    log.append(0, [b"a", b"b", b"c"])
    (tmp_path / "tile/0/000.p/3").write_bytes(bytes(95))
    (tmp_path / "tile/entries/000.p/3").write_bytes(bundle([b"a", b"b"]))
    with pytest.raises(Malformed, match=r"tile/0/000\.p/3 of the log has 95 bytes"):
        log.tile(0, 0, 3)
    with pytest.raises(Malformed, match=r"tile/entries/000\.p/3 of the log holds 2 entries"):
        log.bundle(0, 3)
    with pytest.raises(Malformed):
        log.append(3, [b"d"])
    with pytest.raises(LimitExceeded):
        log.file("tile/0/000.p/3", 94)
    with pytest.raises(Usage):
        log.entry(3, 3)


def test_files_are_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    atomic.write(tmp_path / "one", b"old")

    def full(path: Path, data: bytes, **_: object) -> None:
        path.write_bytes(data[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "_fill", full)
    with pytest.raises(OSError, match="No space"):
        atomic.write(tmp_path / "one", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"one": b"old"}
