"""A system that lacks what POSIX has, as Windows does: nothing is refused, and the answer is the same to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runner import LURE, PASSWORD, Sousveil, small, stored

from sousveil.acquisition import system

POORER = """
import os, sys, sysconfig
sysconfig.get_config_vars()  # asks for what is taken away below
for name in ("pread", "preadv", "readv", "geteuid", "getuid"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("O_CLOEXEC", "O_NOFOLLOW"):
    delattr(os, name)
sys.modules["fcntl"] = sys.modules["resource"] = None
"""
"""Runs before anything else in every process of a run."""


@pytest.mark.skipif(sys.platform == "win32", reason="there it is so anyway")
@pytest.mark.parametrize("scan", [False, True])
def test_the_same_answer(sv: Sousveil, locked: Path, tmp_path: Path, scan: bool) -> None:
    (tmp_path / "poorer").mkdir()
    (tmp_path / "poorer" / "sitecustomize.py").write_text(POORER)
    usual = sv.environment()["PYTHONPATH"]
    poorer = {"PYTHONPATH": f"{tmp_path / 'poorer'}{os.pathsep}{usual}"}
    wanted = {"SOUSVEIL_BACKUP_PASSWORD": PASSWORD}
    options = ["--json", "--no-files"]
    before = sv.check(locked, scan=scan, options=options, env=wanted)
    after = sv.check(locked, scan=scan, options=options, env={**wanted, **poorer})
    assert (after.code, after.err, after.out) == (1, "", before.out)
    for verb in (("decrypt", locked, "plain"), ("extract-key", locked, "key")):
        ran = sv(*verb, env={**wanted, **poorer})
        assert (ran.code, ran.err) == (0, "")
    assert stored(sv.home / "plain", "HomeDomain", "Library/SMS/sms.db").is_file()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_that_has_not_every_character(sv: Sousveil, tmp_path: Path, encoding: str) -> None:
    backup = small(
        tmp_path / "b", f"see https://{LURE}/", change=lambda p: p.add("HomeDomain", f"Ж/{LURE}/x", b"x") and None
    )
    environment = {"PYTHONIOENCODING": encoding}
    ran = sv.check(backup, env=environment)
    assert ran.code == 1 and ran.err == ""
    tested = sv("indicators", "test", f"https://{LURE}/я", "--no-bundled", "--indicators", sv.iocs, env=environment)
    assert tested.code == 1 and tested.text.startswith(
        r"hxxps://lure-for-tests[.]example/\u044f matches 1 indicator of 1."
    )
    told = sv("artefacts", "sms", env=environment)
    quote = b"\x93" if encoding == "cp1252" else b"\\u201c"
    assert (told.code, told.err) == (0, "") and b"Rows count as " + quote + b"received" in told.out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_answer_that_cannot_be_written_is_told(sv: Sousveil, lured: Path) -> None:
    sets = ["--no-bundled", "--indicators", str(sv.iocs), "--no-scan"]
    for words in (
        ["check", str(lured), "--json", "--no-files", *sets],
        ["check", str(lured), "--no-files", *sets],
        ["artefacts"],
    ):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "sousveil.cli", *words],
                stdout=full,
                stderr=subprocess.PIPE,
                env=sv.environment(),
                cwd=sv.home,
                check=False,
            )
        said = b"sousveil: the output could not be written: No space left on device.\n"
        assert (done.returncode, done.stderr) == (2, said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_error_that_cannot_be_told_is_still_no_finding(sv: Sousveil) -> None:
    """Exit code 1 would say that traces were found."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sousveil.cli", "check", "/nonexistent"],
            stdout=subprocess.PIPE,
            stderr=full,
            env=sv.environment(),
            cwd=sv.home,
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, b"")


def test_nobody_reads_the_errors_of_a_check(sv: Sousveil, lured: Path, tmp_path: Path) -> None:
    """The second backup is bad, and what is said of it goes into a pipe that nobody reads: that is no answer."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sousveil.cli", "check", tmp_path / "none", lured, "--no-files", "--no-scan"],
            stdout=subprocess.PIPE,
            stderr=write,
            env=sv.environment(),
            cwd=sv.home,
            check=False,
        )
    finally:
        os.close(write)
    assert done.returncode == 2


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_closed_standard_streams(sv: Sousveil, lured: Path, closed: int) -> None:
    ran = sv.check(lured, options=["--json", "--no-files"], before=lambda: os.close(closed))
    assert (ran.code, ran.err) == (1, "")
    assert bool(ran.out) is (closed != 1)


def test_a_place_in_a_file_and_reading_on_without_help(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(range(200)))
    descriptor = os.open(path, system.READ)
    try:
        assert system._read_at(descriptor, 20, 190) == bytes(range(190, 200))
        assert system._read_at(descriptor, 3, 7) == b"\x07\x08\x09"
        view = memoryview(bytearray(5))
        assert (system._read_into(descriptor, [view]), bytes(view)) == (5, b"\x0a\x0b\x0c\x0d\x0e")
        os.lseek(descriptor, 0, os.SEEK_END)
        assert system._read_into(descriptor, [view]) == 0
    finally:
        os.close(descriptor)


def test_a_link_is_not_followed_where_opening_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sousveil.acquisition.content import open_stored
    from sousveil.errors import Malformed

    (tmp_path / "x").write_bytes(b"outside")
    (tmp_path / "link").symlink_to("x")
    monkeypatch.setattr(system, "FOLLOWS_LINKS", True)
    monkeypatch.setattr(system, "READ", os.O_RDONLY)
    with pytest.raises(Malformed, match="links are not followed"):
        open_stored(str(tmp_path / "link"))
    os.close(open_stored(str(tmp_path / "x")))
