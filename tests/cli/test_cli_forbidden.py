"""Places where this user may not look or write: one sentence each, exit code 2, never internal error."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runner import Ran, Sousveil, small, stored

NOBODY = 65534
pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs the right to run as another user (root)"
)


class Stranger:
    """The program as a user to whom almost nothing belongs."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.home = folder / "home"
        self.closed = folder / "closed"
        self.closed.mkdir(mode=0o700)
        self.backup = small(folder / "b", "good morning")
        self.other = small(folder / "c", "good night", seed=2)
        shutil.copytree(cache, folder / "cache", dirs_exist_ok=True)
        self.sv = Sousveil(self.home, folder / "cache")
        self.home.mkdir()
        assert self.sv.iocs.is_file()
        for place in (self.home, folder / "cache"):
            for path in (place, *place.rglob("*")):
                os.chown(path, NOBODY, NOBODY)

    def __call__(self, *words: object, trace: bool = False) -> Ran:
        def become() -> None:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

        return self.sv(*words, before=become, trace=trace)


@pytest.fixture
def stranger(cache: Path) -> Iterator[Stranger]:
    """In a folder that others may pass through; those of the test runner are closed to them."""
    python = Path(sys.executable)
    open_to_all = all(place.stat().st_mode & 0o1 for place in (*python.absolute().parents, *python.resolve().parents))
    if not open_to_all or python.resolve().stat().st_mode & 0o5 != 0o5:
        pytest.skip("another user may not run this Python")
    with tempfile.TemporaryDirectory(prefix="sousveil-test-") as folder:
        Path(folder).chmod(0o711)
        made = Stranger(Path(folder), cache)
        if made("--version", trace=True).code != 0:
            pytest.skip("another user may not read this program")
        yield made


def test_each_place_is_told(stranger: Stranger) -> None:
    closed, sets = stranger.closed, ("--no-bundled", "--indicators", stranger.sv.iocs, "--no-scan")
    one, two = ("check", stranger.backup, *sets), ("check", stranger.backup, stranger.other, *sets)
    for words, said in (
        ((*one, "--out", closed / "case"), f"{closed / 'case'} cannot be read: Permission denied."),
        ((*two, "--out", closed / "case"), f"{closed / 'case'} cannot be read: Permission denied."),
        ((*one, "--out", "/case-of-nobody"), "No case folder can be made at /case-of-nobody: Permission denied."),
        ((*two, "--out", "/case-of-nobody"), "No case folder can be made at /case-of-nobody: Permission denied."),
        ((*one, "--no-files", "--suppress", closed / "x"), "'x' cannot be read: Permission denied."),
        (
            ("check", stranger.backup, "--indicators", closed / "x"),
            f"{closed / 'x'} cannot be read: Permission denied.",
        ),
        (("check", stranger.backup, "--indicators", closed / "x" / "y"), "cannot be read: Permission denied."),
        (("check", closed / "b"), f"'{closed / 'b'}' cannot be read: Permission denied."),
        (("check", closed), f"no backup was found in '{closed}'; this user may not read 1 of its folders."),
        (("decrypt", stranger.backup, closed / "plain"), f"{closed / 'plain'} cannot be read: Permission denied."),
        (("timeline", closed / "case"), f"{closed / 'case'} cannot be read: Permission denied."),
        (("explain", closed / "case", "12"), f"{closed / 'case'} cannot be read: Permission denied."),
    ):
        ran = stranger(*words)
        assert (ran.code, ran.out) == (2, b"") and said in ran.err, (words, ran.err)


def test_a_stored_file_that_may_not_be_read_is_a_line_of_the_coverage(stranger: Stranger) -> None:
    path = stored(stranger.backup, "HomeDomain", "Library/SMS/sms.db")
    path.chmod(0)
    ran = stranger("check", stranger.backup, "--no-bundled", "--indicators", stranger.sv.iocs, "--no-files", "--full")
    assert ran.code == 3 and "sms.db: this user may not read the stored file. Copy the backup to" in ran.text


def test_a_folder_of_the_backup_that_may_not_be_read_is_a_line_of_the_coverage(stranger: Stranger) -> None:
    folder = stored(stranger.backup, "HomeDomain", "Library/SMS/sms.db").parent
    folder.chmod(0)
    try:
        ran = stranger("check", stranger.backup, "--no-bundled", "--indicators", stranger.sv.iocs, "--no-files")
    finally:
        folder.chmod(0o755)
    assert ran.code == 3 and f"this user may not read the backup's folder {folder.name}." in ran.text


def test_a_folder_beside_the_backup_that_may_not_be_read_belongs_to_the_result(stranger: Stranger) -> None:
    both = stranger.backup.parent / "both"
    (both / "beside").mkdir(parents=True)
    (both / "beside").chmod(0)
    shutil.move(stranger.backup, both / "b")
    words = ("check", both, "--no-bundled", "--indicators", stranger.sv.iocs, "--no-files", "--json")
    try:
        ran = stranger(*words)
    finally:
        (both / "beside").chmod(0o755)
    case = json.loads(ran.out)
    assert ran.code == 3 and [limit["id"] for limit in case["limits"]] == ["folders_unreadable"]
    assert case["coverage"][0]["detail"].startswith("This user may not read 1 of the folders")
