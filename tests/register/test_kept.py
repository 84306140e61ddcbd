"""What is kept for some days: never more than its folder may hold, whatever several threads and processes do at once."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import pytest

from sousveil.register import kept as kept_module
from sousveil.register.kept import DAYS, HALF_WRITTEN, LOOK, PACKED_MAX, Found, Kept
from tests.profiles import examples


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that cannot be packed."""
    return random.Random(seed).randbytes(size)


def test_what_is_put_comes_back_with_its_day(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "answers", clock=lambda: 1_000.0)
    token = kept.put(b"x" * 100_000)
    assert token is not None
    assert kept.get(token) == Found(b"x" * 100_000, 1_000.0 + DAYS * 86_400)
    assert kept.get(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert kept.get("../" + token[3:]) is None


def test_what_is_too_large_packed_is_not_kept(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "answers")
    assert kept.put(noise(PACKED_MAX)) is None
    assert not (tmp_path / "answers").exists()
    assert kept.put(noise(PACKED_MAX - 200)) is not None


def test_a_full_folder_takes_no_more_and_takes_again_when_time_is_over(tmp_path: Path) -> None:
    now = [1_000_000.0]
    kept = Kept(tmp_path / "answers", most=3_500, clock=lambda: now[0])
    assert [kept.put(noise(1_000, seed)) is not None for seed in range(5)] == [True, True, True, False, False]
    now[0] += DAYS * 86_400
    assert kept.put(noise(1_000)) is not None
    assert len(list((tmp_path / "answers").iterdir())) == 1


def test_many_threads_together_keep_no_more_than_fits(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "answers", most=20_500)
    tokens: list[str | None] = []

    def put(seed: int) -> None:
        for number in range(10):
            tokens.append(kept.put(noise(1_000, seed * 100 + number)))

    threads = [threading.Thread(target=put, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = [token for token in tokens if token is not None]
    assert len(tokens) == 80 and len(there) == 20
    assert all(kept.get(token) is not None for token in there)
    assert sum(file.stat().st_size for file in (tmp_path / "answers").iterdir()) <= 20_500


def test_another_process_is_counted_after_a_minute(tmp_path: Path) -> None:
    now = [1_000_000.0]
    one = Kept(tmp_path / "answers", most=2_500, clock=lambda: now[0])
    other = Kept(tmp_path / "answers", most=2_500, clock=lambda: now[0])
    assert one.put(noise(1_000)) is not None and other.put(noise(1_000)) is not None
    now[0] += LOOK
    assert one.put(noise(1_000)) is None


def test_the_folder_is_listed_once_a_minute_and_of_each_file_one_line_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, listed = [1_000_000.0], []
    real = os.scandir
    monkeypatch.setattr(kept_module.os, "scandir", lambda path: listed.append(path) or real(path))
    kept = Kept(tmp_path / "answers", clock=lambda: now[0])
    for seed in range(examples(50)):
        assert kept.put(noise(100, seed)) is not None
    assert len(listed) == 2  # once to sweep, once to count
    now[0] += LOOK
    kept.put(b"")
    assert len(listed) == 4


def test_a_sweep_leaves_what_is_being_written(tmp_path: Path) -> None:
    """A file under a name of its own until it is whole: another's sweep must not take it away."""
    folder = tmp_path / "answers"
    folder.mkdir()
    half = folder / f"{'0' * 64}.abc.new"
    half.write_bytes(b"")
    now = [half.stat().st_mtime]
    kept = Kept(folder, clock=lambda: now[0])
    assert (kept.sweep(), half.exists()) == (0, True)
    now[0] += HALF_WRITTEN
    assert (kept.sweep(), half.exists()) == (1, False)


def test_damaged_files_are_gone(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "answers")
    token = kept.put(b"whole")
    assert token is not None
    (file,) = (tmp_path / "answers").iterdir()
    file.write_bytes(file.read_bytes()[:-3])
    assert kept.get(token) is None and not file.exists()


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    kept = Kept(tmp_path / "file" / "answers")
    assert (kept.put(b"x"), kept.sweep()) == (None, 0)
