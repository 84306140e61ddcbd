"""Files and folders of indicators, and where the user's own lie."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sousveil.errors import Unsupported, Usage
from sousveil.indicators import load
from sousveil.indicators.load import load_file, load_folder
from sousveil.indicators.model import Skipped
from sousveil.indicators.store import added_dir, load_paths


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_DATA", str(tmp_path / "data"))


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("evil.example\n")
    one = load_file(path)
    assert (one.name, len(one.indicators), one.bundled) == ("mine", 1, False)


def test_a_published_file_keeps_its_publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte the file of a bundled set: it names nobody, and is not less worth for that."""
    path = tmp_path / "mine.txt"
    path.write_text("lure.example\n")
    plain = load_file(path)
    novispy = next(one for one in load_paths([], bundled=True, added=False) if one.name == "amnesty-novispy-2024")
    said = novispy.indicators[0].attributions
    held = tuple(msgspec.structs.replace(one, attributions=said) for one in plain.indicators)
    monkeypatch.setattr(load, "_published", lambda: {plain.sha256: msgspec.structs.replace(novispy, indicators=held)})
    known = load_file(path)
    assert (known.name, known.bundled, known.publisher) == ("mine", False, "Amnesty International Security Lab")
    assert {(a.set_name, a.publisher) for i in known.indicators for a in i.attributions} == {("mine", known.publisher)}
    assert [i.value for i in known.indicators] == ["lure.example"]
    path.write_text("lure.example\n\n")
    assert load_file(path).publisher is None


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(Usage):
            load_file(path)
    odd = tmp_path / "odd.json"
    odd.write_text("{}")
    with pytest.raises(Unsupported, match="Known forms"):
        load_file(odd)


def test_a_folder_in_order_and_nothing_lost(tmp_path: Path) -> None:
    folder = tmp_path / "sets"
    (folder / "sub").mkdir(parents=True)
    (folder / "b.txt").write_text("b.example\n")
    (folder / "a.csv").write_text("type,value\ndomain,a.example\n")
    (folder / "sub" / "c.txt").write_text("c.example\n")
    (folder / "README.md").write_text("not looked at")
    (folder / ".hidden.txt").write_text("hidden.example")
    (folder / "bad.json").write_text("{}")
    sets = load_folder(folder)
    assert [one.name for one in sets] == ["a", "b", "bad", "c"]
    assert sets[2].indicators == ()
    assert [skip.entry for skip in sets[2].skipped] == ["bad.json"]
    assert isinstance(sets[2].skipped[0], Skipped)


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Usage):
        load_paths([tmp_path], bundled=False, added=False)


def test_added_and_named(tmp_path: Path) -> None:
    added_dir().mkdir(parents=True)
    (added_dir() / "own.txt").write_text("own.example\n")
    path = tmp_path / "mine.txt"
    path.write_text("mine.example\n")
    assert [one.name for one in load_paths([path], bundled=False, added=True)] == ["own", "mine"]
    assert [one.name for one in load_paths([path], bundled=False, added=False)] == ["mine"]
    names = [one.name for one in load_paths([], bundled=True, added=True)]
    assert names[-1] == "own" and "amnesty-pegasus-2021" in names


def test_where_data_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOUSVEIL_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    monkeypatch.setattr("sys.platform", "linux")
    assert added_dir() == Path("/xdg/sousveil/indicators")
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("HOME", "/Users/x")
    assert added_dir() == Path("/Users/x/Library/Application Support/sousveil/indicators")


def test_large_files_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_text("".join(f"host-{number}.example\n" for number in range(30_000)) + "word\n")
    folder = tmp_path / "cache"
    plain = load_paths([path], bundled=False, added=False)
    assert load_paths([path], bundled=False, added=False, cache_folder=folder) == plain
    (stored,) = folder.iterdir()
    assert load_paths([path], bundled=False, added=False, cache_folder=folder) == plain
    good = stored.read_bytes()
    for damaged in (b"", good[:-5], good[:50] + b"x" + good[51:]):
        stored.write_bytes(damaged)
        assert load_paths([path], bundled=False, added=False, cache_folder=folder) == plain
        assert stored.read_bytes() == good
