"""Data files are parsed once, and their copies hold for as long as they are the same."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sousveil.data_files import read_toml


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sousveil.data_files.ROOT", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return tmp_path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    texts: list[str] = []
    loads = tomllib.loads

    def count(text: str) -> object:
        texts.append(text)
        return loads(text)

    monkeypatch.setattr(tomllib, "loads", count)
    yield texts


def test_a_file_is_parsed_once_and_again_when_it_was_written(folder: Path, parsed: list[str]) -> None:
    path = folder / "words.toml"
    path.write_text('[a]\nb = "é"\nmany = [1, 2.5, true]\n', "utf-8")
    content = {"a": {"b": "é", "many": [1, 2.5, True]}}
    assert [read_toml("words.toml"), read_toml("words.toml")] == [content, content]
    assert len(parsed) == 1
    (copy,) = (folder / "__pycache__").iterdir()
    assert copy.suffix == ".json"
    facts = path.stat()
    path.write_text('[a]\nb = "e"\nmany = [1, 2.5, true]\n', "utf-8")  # one byte less
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert read_toml("words.toml")["a"]["b"] == "e"
    path.write_text('[a]\nb = "f"\nmany = [1, 2.5, true]\n', "utf-8")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    assert [read_toml("words.toml")["a"]["b"] for _ in range(2)] == ["f", "f"]
    assert len(parsed) == 3


@pytest.mark.parametrize("damage", [b"", b"{", b"[1,2]", b"[[0,0],{}]", b'[[0,0],"text"]', b"\xff"])
def test_a_damaged_copy_is_written_anew(folder: Path, parsed: list[str], damage: bytes) -> None:
    (folder / "a.toml").write_text("a = 1\n")
    read_toml("a.toml")
    (copy,) = (folder / "__pycache__").iterdir()
    whole = copy.read_bytes()
    copy.write_bytes(damage)
    assert read_toml("a.toml") == {"a": 1}
    assert (copy.read_bytes(), len(parsed)) == (whole, 2)


def test_no_copy_is_written_of_dates_or_where_modules_leave_none(
    folder: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.toml").write_text("a = 2026-11-30\n")
    assert str(read_toml("a.toml")["a"]) == str(read_toml("a.toml")["a"]) == "2026-11-30"
    assert len(parsed) == 2
    (folder / "b.toml").write_text("b = 1\n")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert read_toml("b.toml") == {"b": 1}
    assert not (folder / "__pycache__").exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (folder / "__pycache__").write_text("a file where the folder should be")
    assert read_toml("b.toml") == {"b": 1}
    assert len(parsed) == 4
