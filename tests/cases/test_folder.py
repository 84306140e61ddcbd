"""The case folder: private, whole or not there, encrypted when asked."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import pytest

from sousveil.cases.folder import CaseFiles, CaseFolder, disk_error
from sousveil.errors import Locked, Malformed, Missing, SousveilError, Usage


def test_whole_and_private(tmp_path: Path) -> None:
    dest = tmp_path / "deep" / "case"
    with CaseFolder.create(dest, "0" * 64) as folder:
        folder.write("findings.json", b"{}")
        folder.write("records/ios.sms.parquet", b"x")
        folder.write("run.json", b"1")
        assert not dest.exists()
        assert folder.finish() == [("findings.json", True), ("records/ios.sms.parquet", True), ("run.json", True)]
    assert sorted(p.relative_to(tmp_path / "deep").as_posix() for p in (tmp_path / "deep").rglob("*")) == [
        "case",
        "case/findings.json",
        "case/records",
        "case/records/ios.sms.parquet",
        "case/run.json",
    ]
    assert stat.S_IMODE(dest.stat().st_mode) == 0o700 and stat.S_IMODE((dest / "records").stat().st_mode) == 0o700
    assert stat.S_IMODE((dest / "findings.json").stat().st_mode) == 0o600


def test_default_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    CaseFolder.create(None, "0123abcd" + "f" * 56).finish()
    assert [p.name for p in tmp_path.iterdir()] == ["case-0123abcd"]


def test_existing_folders(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for name in ("full", "file"):
        with pytest.raises(Usage):
            CaseFolder.create(tmp_path / name, "0" * 64)
    folder = CaseFolder.create(tmp_path / "empty", "0" * 64)
    folder.write("run.json", b"1")
    folder.finish()
    assert (tmp_path / "empty" / "run.json").read_bytes() == b"1"


def test_nothing_stays_after_an_interrupt(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), CaseFolder.create(tmp_path / "case", "0" * 64) as folder:
        folder.write("findings.json", b"{}")
        folder.open_file("timeline.parquet").write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_place_taken_while_writing(tmp_path: Path) -> None:
    folder = CaseFolder.create(tmp_path / "case", "0" * 64)
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "theirs").touch()
    with pytest.raises(Usage):
        folder.finish()
    assert [p.name for p in tmp_path.rglob("*")] == ["case", "theirs"]


def test_full_disk_is_said() -> None:
    assert "disk is full" in str(disk_error("findings.json", OSError(errno.ENOSPC, "No space left on device")))
    assert isinstance(disk_error("x", OSError(errno.EIO, "I/O error")), SousveilError)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("encrypted", [False, True])
def test_full_disk_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool) -> None:
    import os

    pyrage = pytest.importorskip("pyrage")
    recipients = [str(pyrage.x25519.Identity.generate().to_public())] if encrypted else None
    folder = CaseFolder.create(tmp_path / "case", "0" * 64, recipients)
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0o777: real("/dev/full", os.O_WRONLY))
    with pytest.raises(SousveilError, match="disk is full"):
        folder.write("findings.json", bytes(1 << 20))
    monkeypatch.undo()
    folder.abandon()
    assert list(tmp_path.iterdir()) == []


def test_encrypted_only_as_age(tmp_path: Path) -> None:
    pyrage = pytest.importorskip("pyrage")
    identity = pyrage.x25519.Identity.generate()
    folder = CaseFolder.create(tmp_path / "case", "0" * 64, [str(identity.to_public())])
    content = bytes(range(256)) * 4000
    folder.write("findings.json", content)
    with folder.open_file("timeline.parquet") as file:
        for at in range(0, len(content), 1000):
            file.write(content[at : at + 1000])
    assert folder.finish() == [("findings.json.age", True), ("timeline.parquet.age", True)]
    for name in ("findings.json", "timeline.parquet"):
        stored = (tmp_path / "case" / (name + ".age")).read_bytes()
        assert content[:256] not in stored
        assert pyrage.decrypt(stored, [identity]) == content
    assert stat.S_IMODE((tmp_path / "case" / "findings.json.age").stat().st_mode) == 0o600
    with pytest.raises(Locked, match="--identity"):
        CaseFiles(tmp_path / "case").read("findings.json")
    key, other, none = (tmp_path / name for name in ("key", "other", "none"))
    key.write_text(f"# created: today\n# public key: {identity.to_public()}\n{identity}\n")
    other.write_text(str(pyrage.x25519.Identity.generate()))
    none.write_text("AGE-SECRET-KEY-1NONSENSE\n")
    files = CaseFiles(tmp_path / "case", key)
    assert files.read("findings.json") == content
    assert files.read("timeline.parquet", limit=None) == content
    with pytest.raises(Malformed, match="larger"):
        files.read("timeline.parquet", limit=len(content))
    with pytest.raises(Locked, match=r"^findings\.json\.age cannot be decrypted with this identity"):
        CaseFiles(tmp_path / "case", other).read("findings.json")
    with pytest.raises(Usage, match=r"^'none' contains no age identity"):
        CaseFiles(tmp_path / "case", none)


def test_bad_recipient(tmp_path: Path) -> None:
    pytest.importorskip("pyrage")
    with pytest.raises(Usage, match="not an age recipient"):
        CaseFolder.create(tmp_path / "case", "0" * 64, ["age1nonsense\x1b"])
    assert list(tmp_path.iterdir()) == []


def test_missing_case(tmp_path: Path) -> None:
    for where in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(Missing):
            CaseFiles(where).read("findings.json")
