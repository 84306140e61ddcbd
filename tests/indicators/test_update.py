"""Signed updates: whole, newer, and signed by a key that is trusted, or not at all."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from scripts.sign_update import main, sign
from sousveil.errors import Locked, Malformed, SousveilError, Usage
from sousveil.indicators import store as module
from sousveil.indicators.store import SetChange, load_paths, releases_dir, remove
from sousveil.indicators.update import (
    Key,
    add_keys,
    installed,
    parse_keys,
    trusted_keys,
    update,
)

KEY = SigningKey(b"\x01" * 32)
OTHER = SigningKey(b"\x02" * 32)
TRUST = [Key(bytes(KEY.verify_key).hex(), "Test", "user")]


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_DATA", str(tmp_path / "data"))


def made(folder: Path, version: int, text: str = "evil.example\n", key: SigningKey = KEY) -> str:
    path = folder / f"update-{version}.json"
    path.write_bytes(sign(key, version, "2026-01-02", {"mine.txt": text.encode()}))
    return str(path)


def values() -> list[str]:
    return [indicator.value for one in load_paths([], bundled=False, added=True) for indicator in one.indicators]


def folder() -> Path:
    return releases_dir() / "update"


def test_good_update_and_nothing_new(tmp_path: Path) -> None:
    assert installed() is None and values() == []
    first = update(made(tmp_path, 5), TRUST)
    release = first.release
    assert (release.version, release.created, first.changed, release.signer) == (5, "2026-01-02", True, "Test")
    assert (first.sets, first.indicators) == (1, 1)
    assert first.changes == (SetChange(name="mine", added=1, removed=0, first_added=("evil.example",)),)
    assert values() == ["evil.example"]
    again = update(made(tmp_path, 5), TRUST)
    assert (again.changed, again.changes) == (False, ())
    newer = update(made(tmp_path, 6, "new.example\n"), TRUST)
    assert newer.changes == (
        SetChange(name="mine", added=1, removed=1, first_added=("new.example",), first_removed=("evil.example",)),
    )
    assert values() == ["new.example"]
    assert len(list(folder().iterdir())) == 2  # the release and `current`
    assert [one.name for one in load_paths([], bundled=False, added=True)] == ["mine"]


def test_rollback_is_refused(tmp_path: Path) -> None:
    update(made(tmp_path, 6), TRUST)
    for version, text, why in (
        (5, "old.example\n", "is older than the installed one, version 6 of 2026-01-02"),
        (6, "swapped.example\n", "has the same version as the installed one, 6"),
    ):
        with pytest.raises(Usage, match=why):
            update(made(tmp_path, version, text), TRUST)
    assert values() == ["evil.example"]
    assert remove("update") == "release" and installed() is None
    assert update(made(tmp_path, 5), TRUST).changed


def test_wrong_key(tmp_path: Path) -> None:
    with pytest.raises(Locked):
        update(made(tmp_path, 1, key=OTHER), TRUST)
    with pytest.raises(Locked):
        update(made(tmp_path, 1), [])
    forged = json.loads(Path(made(tmp_path, 1, key=OTHER)).read_text())
    forged["key"] = TRUST[0].public
    (tmp_path / "forged.json").write_text(json.dumps(forged))
    with pytest.raises(Malformed, match="signature"):
        update(str(tmp_path / "forged.json"), TRUST)
    assert installed() is None


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    good = Path(made(tmp_path, 1)).read_bytes()
    bad = tmp_path / "bad.json"
    for place in range(0, len(good), 7):
        for data in (good[:place], good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]):
            bad.write_bytes(data)
            try:
                update(str(bad), TRUST)
            except SousveilError:
                continue
            raise AssertionError(f"taken with byte {place} changed")
    assert installed() is None


def test_files_and_manifest_must_agree(tmp_path: Path) -> None:
    envelope = json.loads(Path(made(tmp_path, 1)).read_text())
    for files in ({}, {"other.txt": envelope["files"]["mine.txt"]}, {"mine.txt": "AAAA"}):
        (tmp_path / "x.json").write_text(json.dumps({**envelope, "files": files}))
        with pytest.raises(Malformed):
            update(str(tmp_path / "x.json"), TRUST)
    (tmp_path / "y.json").write_bytes(sign(KEY, 1, "2026-01-02", {"../evil.txt": b"evil.example\n"}))
    with pytest.raises(Malformed):
        update(str(tmp_path / "y.json"), TRUST)


def test_an_update_that_cannot_be_read_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(SousveilError):
        update(made(tmp_path, 1, "nothing to see\n"), TRUST)
    assert installed() is None


@pytest.mark.parametrize("at", [1, 2])
def test_interrupted_between_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    update(made(tmp_path, 1), TRUST)
    real, calls = module.write_whole, 0

    def failing(path: Path, data: bytes, *, replace: bool = True) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise KeyboardInterrupt
        real(path, data, replace=replace)

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_whole", failing)
        with pytest.raises(KeyboardInterrupt):
            update(made(tmp_path, 2, "new.example\n"), TRUST)
    assert values() == ["evil.example"]
    update(made(tmp_path, 2, "new.example\n"), TRUST)
    assert values() == ["new.example"]
    assert len(list(folder().iterdir())) == 2


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update(made(tmp_path, 1), TRUST)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(Usage, match="No space left"):
            update(made(tmp_path, 2, "new.example\n"), TRUST)
    assert values() == ["evil.example"]


def test_damaged_store(tmp_path: Path) -> None:
    update(made(tmp_path, 1), TRUST)
    (stored,) = folder().glob("v*")
    stored.write_bytes(stored.read_bytes()[:-40])
    with pytest.raises(Malformed, match="damaged"):
        values()
    (folder() / "current").write_text("../../etc")
    with pytest.raises(Malformed, match="damaged"):
        values()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "ftp://127.0.0.1/x")
                self.end_headers()
            else:
                super().do_GET()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_from_a_server(tmp_path: Path, server: str) -> None:
    made(tmp_path, 3)
    assert update(f"{server}/update-3.json", TRUST).release.version == 3
    assert values() == ["evil.example"]
    for source in (f"{server}/none.json", f"{server}/away", "file:///etc/passwd", "http://127.0.0.1:1/x"):
        with pytest.raises(Usage):
            update(source, TRUST)


def test_keys(tmp_path: Path) -> None:
    assert trusted_keys() == []
    assert main(["new-key", str(tmp_path / "secret"), str(tmp_path / "public"), "My lab"]) == 0
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    (added,) = add_keys(tmp_path / "public")
    assert (added.name, added.origin) == ("My lab", "user")
    assert add_keys(tmp_path / "public") == []
    assert trusted_keys() == [added]
    (tmp_path / "mine.txt").write_text("evil.example\n")
    arguments = ["sign", str(tmp_path / "secret"), "7", "2026-01-02", str(tmp_path / "out"), str(tmp_path / "mine.txt")]
    assert main(arguments) == 0
    assert update(str(tmp_path / "out")).release.version == 7


@pytest.mark.parametrize(
    "public",
    [
        "00" * 32,
        "01" + "00" * 31,  # the neutral element
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # of order 2
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  # of order 8
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # not canonical
        "ff" * 32,
    ],
)
def test_keys_that_no_honest_signer_has(public: str) -> None:
    with pytest.raises(Malformed, match="unsafe"):
        parse_keys(f"ed25519 {public} x\n", "user")


def test_key_lines() -> None:
    with pytest.raises(Malformed, match="Line 2"):
        parse_keys("# comment\nrsa abc\n", "user")
