"""A backup that is opened while the parent gets ready."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from phonegen import Phone
from sousveil.cases.opening import Opening, Secret, unlock
from sousveil.cases.pool import Pool
from sousveil.cases.tasks import Opened
from sousveil.errors import Locked, SousveilError, Usage


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Phone(iterations=(1000, 10), ios="16.5") as phone:
        return phone.write(tmp_path_factory.mktemp("plain") / "b")


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Phone(encrypted=True, password="correct horse", iterations=(1000, 10), ios="16.5") as phone:
        return phone.write(tmp_path_factory.mktemp("encrypted") / "b")


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOUSVEIL_BACKUP_PASSWORD", raising=False)


def secret(password_file: Path | None = None, key_file: Path | None = None) -> Secret:
    return Secret(Namespace(password_file=password_file, key_file=key_file))  # type: ignore[arg-type]


def opened(path: Path, given: Secret) -> Opened:
    with Pool(1) as pool, Opening(pool, path, given) as opening:
        return opening.result()


def test_the_answer_is_that_of_unlock(plain: Path, encrypted: Path, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("correct horse\n")
    given = secret(tmp_path / "pw")
    for path in (plain, encrypted):
        with Pool(1) as pool:
            known = unlock(pool, path, given)
        assert opened(path, given) == known and known.unlocked
        assert (known.derived_key is not None) == (path == encrypted)
    key = opened(encrypted, given).derived_key
    assert key is not None
    (tmp_path / "key").write_text(key.hex())
    assert opened(encrypted, secret(key_file=tmp_path / "key")).derived_key == key
    assert opened(plain, secret(key_file=tmp_path / "key")).derived_key is None


def test_a_bad_secret_matters_only_where_one_is_needed(plain: Path, encrypted: Path, tmp_path: Path) -> None:
    missing, wrong = secret(tmp_path / "none"), tmp_path / "wrong"
    wrong.write_text("wrong horse\n")
    for given in (missing, secret(key_file=tmp_path / "none"), secret(wrong)):
        assert opened(plain, given).unlocked
    with pytest.raises(Usage, match="cannot be read"):
        opened(encrypted, missing)
    with pytest.raises(SousveilError, match="key file"):
        opened(encrypted, secret(key_file=tmp_path / "none"))
    with pytest.raises(Locked, match="does not open this backup"):
        opened(encrypted, secret(wrong))


def test_the_person_is_asked_only_when_the_result_is_wanted(encrypted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("sousveil.cases.opening.getpass.getpass", lambda *a, **k: asked.append("") or "correct horse")
    with Pool(1) as pool, Opening(pool, encrypted, secret()) as opening:
        assert asked == []
        assert opening.result().unlocked and asked == [""]


def test_who_leaves_before_the_result_leaves_nothing_behind(encrypted: Path, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("correct horse\n")
    pool = Pool(1)
    with pytest.raises(KeyboardInterrupt), pool, Opening(pool, encrypted, secret(tmp_path / "pw")) as opening:
        raise KeyboardInterrupt
    assert not opening._thread.is_alive() and all(worker.process is None for worker in pool.workers)
