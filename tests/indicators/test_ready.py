"""Sets and their index out of the cache, and when that is not taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.errors import Usage
from sousveil.indicators import index_cache, ready
from sousveil.indicators.index import Index
from sousveil.indicators.model import IndicatorSet
from sousveil.indicators.store import added_dir, load_paths


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_DATA", str(tmp_path / "data"))


def asked(tmp_path: Path, *, bundled: bool = False) -> tuple[list[IndicatorSet], Index]:
    return ready.ready([tmp_path / "sets"], bundled=bundled, added=bundled, cache=tmp_path / "cache")


def write(tmp_path: Path, text: str, name: str = "mine.txt") -> None:
    (tmp_path / "sets").mkdir(exist_ok=True)
    (tmp_path / "sets" / name).write_text(text)


def test_the_second_time_gives_outlines_and_the_same_index(tmp_path: Path) -> None:
    write(tmp_path, "evil.example\nb.example.org\n10.0.0.1\nnot a value at all\n")
    sets, index = asked(tmp_path, bundled=True)
    again, kept = asked(tmp_path, bundled=True)
    assert again == [one.outline() for one in sets] != sets
    assert [one.count for one in again] == [one.count for one in sets] and not any(one.indicators for one in again)
    assert kept.indicators == index.indicators and kept.all[-1] == index.all[-1]
    assert (kept.exact, kept.urls, kept.prefixes, kept.networks, kept.truncated, kept.scan_all) == (
        index.exact,
        index.urls,
        index.prefixes,
        index.networks,
        index.truncated,
        index.scan_all,
    )
    assert [one.outline() for one in load_paths([tmp_path / "sets"], bundled=True, added=True)] == again


@pytest.mark.parametrize("change", ["content", "name", "another", "added"])
def test_anything_that_changes_is_seen(tmp_path: Path, change: str) -> None:
    write(tmp_path, "evil.example\n")
    before = asked(tmp_path, bundled=True)[0]
    match change:
        case "content":
            write(tmp_path, "evil.example\nworse.example\n")
        case "name":
            (tmp_path / "sets" / "mine.txt").rename(tmp_path / "sets" / "yours.txt")
        case "another":
            write(tmp_path, "worse.example\n", "more.txt")
        case _:
            added_dir().mkdir(parents=True)
            (added_dir() / "own.txt").write_text("worse.example\n")
    after, index = asked(tmp_path, bundled=True)
    assert [one.outline() for one in after] != [one.outline() for one in before]
    assert [one.name for one in after] == [
        one.name for one in load_paths([tmp_path / "sets"], bundled=True, added=True)
    ]
    assert len(index.indicators) >= len(before[0].indicators)


def test_a_damaged_file_or_a_missing_index_is_made_again(tmp_path: Path) -> None:
    write(tmp_path, "evil.example\n")
    sets, index = asked(tmp_path)
    for pattern in ("ready-*", "index-*"):
        [file] = (tmp_path / "cache").glob(pattern)
        sound = file.read_bytes()
        file.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        again, kept = asked(tmp_path)
        assert again == sets and kept.indicators == index.indicators
        assert file.read_bytes() == sound


def test_what_cannot_be_read_is_said_as_without_a_cache(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="There is no file"):
        asked(tmp_path)
    (tmp_path / "sets").mkdir()
    with pytest.raises(Usage, match="contains no file of indicators"):
        asked(tmp_path)


def test_a_kept_index_is_a_sequence_like_any(tmp_path: Path) -> None:
    write(tmp_path, "evil.example\nb.example.org\n10.0.0.1\n")
    built = asked(tmp_path)[1].indicators
    kept = asked(tmp_path)[1].indicators
    assert isinstance(kept, index_cache.Kept)
    assert (len(kept), kept[-1], kept[:2], list(kept)) == (len(built), built[-1], built[:2], list(built))
    assert kept[0] is kept[0] and kept != built[:1]
    with pytest.raises(IndexError):
        kept[len(kept)]
