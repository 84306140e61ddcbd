"""Ctrl-C, errors inside the program, workers that die, a full disk: no half-written case, no traceback, nobody left."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_runner import PASSWORD, Sousveil, small, tree

INTERNAL = (
    "sousveil: internal error: no result was produced.\n"
    "Run it again with SOUSVEIL_DEBUG=1 and report what it prints. The output may contain names of files.\n"
)


def leftovers(sv: Sousveil) -> list[str]:
    return sorted(p.name for p in sv.home.iterdir() if p.name not in ("iocs.txt", "data"))


def group_is_gone(group: int, patience: float = 20) -> bool:
    """Whether every process of the group has ended."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("all_of_them", [True, False])
def test_ctrl_c(sv: Sousveil, lured: Path, all_of_them: bool, number: signal.Signals) -> None:
    """A terminal sends it to all; `kill -INT` to the parent alone. SIGTERM ends a run in the same way."""
    before = tree(lured)
    process = sv.start(
        "check",
        lured,
        "--no-bundled",
        "--indicators",
        sv.iocs,
        "--no-scan",
        env={"SOUSVEIL_TEST_INJECT": "hang:ios.sms"},
    )
    while process.poll() is None and not list(sv.home.glob(".sousveil-*.part")):
        time.sleep(0.02)
    time.sleep(0.3)
    (os.killpg if all_of_them else os.kill)(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err == b"\nsousveil: interrupted; no incomplete files were kept.\n"
    assert group_is_gone(process.pid)
    assert leftovers(sv) == [] and tree(lured) == before


def test_ctrl_c_while_decrypting(sv: Sousveil, tmp_path: Path) -> None:
    backup = small(
        tmp_path / "b", "x", change=lambda p: [p.add("HomeDomain", f"f{n}", bytes(200)) for n in range(4000)] and None
    )
    process = sv.start("decrypt", backup, "plain")
    while process.poll() is None and not list(sv.home.glob(".sousveil-*.part/*")):
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    if process.returncode != 0:  # it may have been quicker
        assert (process.returncode, out) == (130, b"")
        assert b"Traceback" not in err and leftovers(sv) == []
    assert group_is_gone(process.pid)


def test_error_in_the_parent(sv: Sousveil, lured: Path) -> None:
    ran = sv.check(lured, options=(), env={"SOUSVEIL_TEST_INJECT": "parent"})
    assert (ran.code, ran.out, ran.err) == (2, b"", INTERNAL)
    assert leftovers(sv) == []
    told = sv.check(lured, options=(), env={"SOUSVEIL_TEST_INJECT": "parent", "SOUSVEIL_DEBUG": "1"}, trace=True)
    assert told.code == 2 and "ZeroDivisionError: injected by a test" in told.err


def test_error_in_a_worker(sv: Sousveil, lured: Path) -> None:
    """Every task fails: the case is written, says so, and the code is 2."""
    ran = sv.check(lured, options=["--json", "--out", sv.home / "case"], env={"SOUSVEIL_TEST_INJECT": "worker"})
    case = json.loads(ran.out)
    assert ran.code == 2
    assert set(ran.err.splitlines()) == {"sousveil: internal error; what was being read is marked FAILED."}
    (sms,) = (c for c in case["coverage"] if c["artefact"] == "ios.sms")
    assert (sms["outcome"], sms["records"]) == ("FAILED", 0) and "an internal error" in sms["detail"]
    told = sv.check(lured, env={"SOUSVEIL_TEST_INJECT": "worker", "SOUSVEIL_DEBUG": "1"}, trace=True)
    assert told.code == 2 and "ZeroDivisionError: injected by a test" in told.err


def test_a_worker_that_is_killed(sv: Sousveil, lured: Path) -> None:
    """Its artefact is FAILED with what was read before; all others are read as if nothing had happened."""
    sound = json.loads(sv.check(lured, options=["--json", "--no-files"]).out)
    for jobs in ("1", "3"):
        ran = sv.check(
            lured, options=["--json", "--no-files", "--jobs", jobs], env={"SOUSVEIL_TEST_INJECT": "die:ios.sms"}
        )
        case = json.loads(ran.out)
        (sms,) = (c for c in case["coverage"] if c["artefact"] == "ios.sms")
        assert (sms["outcome"], sms["records"]) == ("FAILED", 2)
        assert "the process that read it crashed" in sms["detail"]
        assert [c for c in case["coverage"] if c != sms] == [c for c in sound["coverage"] if c["artefact"] != "ios.sms"]
        assert (ran.code, case["verdict"]) == (1, "suspicious"), "what was read before still counts"


@pytest.mark.parametrize("options", [[], ["--full-records"], ["--case-recipient", "age"]])
@pytest.mark.parametrize("limit", [0, 3000])
def test_files_that_cannot_be_written(sv: Sousveil, lured: Path, options: list[str], limit: int) -> None:
    if "age" in options:
        import pyrage

        options = ["--case-recipient", str(pyrage.x25519.Identity.generate().to_public())]
    ran = sv.check(
        lured,
        options=options,
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert (ran.code, ran.out) == (2, b"") and "could not be written" in ran.err
    assert leftovers(sv) == []


def _can_mount() -> bool:
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    script = "mount -t tmpfs -o size=64k none /mnt"
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _can_mount(), reason="needs the right to mount a small disk (Linux, root)")
@pytest.mark.parametrize("verb", ["check", "decrypt"])
def test_full_disk(sv: Sousveil, lured: Path, tmp_path: Path, verb: str) -> None:
    """A disk of 16 KiB in a name space of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if verb == "check":
        line = [
            "check",
            str(lured),
            "--no-bundled",
            "--indicators",
            str(sv.iocs),
            "--no-scan",
            "--full-records",
            "--out",
            f"{disk}/case",
        ]
    else:
        line = ["decrypt", str(lured), f"{disk}/plain"]
    script = 'mount -t tmpfs -o size=16k none "$1" || exit 99; d="$1"; shift; "$@"; code=$?; ls -A "$d"; exit $code'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", str(disk), sys.executable, "-m", "sousveil.cli", *line],
        env=sv.environment(),
        cwd=sv.home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert (
        ("The disk is full" in done.stderr or "the disk may be full" in done.stderr)
        if verb == "check"
        else ("bytes free" in done.stderr or "disk is full" in done.stderr)
    )


def test_one_of_several_cannot_be_written_the_next_is_right(
    sv: Sousveil, quiet: Path, lured: Path, tmp_path: Path
) -> None:
    """What goes wrong with one backup must not get into the case of the next."""
    big = small(tmp_path / "a", *[f"message {n}" for n in range(9000)])
    out = sv.home / "cases"
    ran = sv.check(
        big,
        lured,
        options=["--out", out, "--json", "--full-records", "--jobs", "2"],
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
    )
    alone = sv.check(lured, options=["--json", "--no-files", "--full-records"])
    assert ran.code == 1 and "could not be written" in ran.err
    failed, right = json.loads(ran.out)["cases"]
    assert failed["path"] == str(big) and "could not be written" in failed["error"]
    assert {name: right[name] for name in json.loads(alone.out)} == json.loads(alone.out)
    assert [path.name[:5] for path in sorted(out.iterdir())] == [".sous", "case-", "index"]


def test_ctrl_c_at_the_password(sv: Sousveil, locked: Path) -> None:
    """A prompt that is interrupted ends the run."""
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sousveil.cli",
            "check",
            str(locked),
            "--no-files",
            "--no-bundled",
            "--indicators",
            str(sv.iocs),
        ],
        env=sv.environment(),
        cwd=sv.home,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    seen = b""
    while b"not the phone's unlock code): " not in seen:
        piece = os.read(process.stderr.fileno(), 4096)
        assert piece, seen
        seen += piece
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 130 and b"interrupted" in err
    assert PASSWORD.encode() not in seen and group_is_gone(process.pid)


def test_the_prompt_says_which_of_several(sv: Sousveil, locked: Path, tmp_path: Path) -> None:
    import pty

    both = [locked.parent / locked.name, small(tmp_path / "0123456789abcdef", "x", seed=9, encrypted=True)]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "sousveil.cli", "check", *map(str, both)),
            *("--no-files", "--no-scan", "--no-bundled", "--indicators", str(sv.iocs)),
        ],
        env=sv.environment(),
        cwd=sv.home,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    seen = b""
    for name in (locked.name[:8], "01234567"):
        while not seen.endswith(
            f"Password of the backup {name}... (set in Finder or iTunes; not the phone's unlock code): ".encode()
        ):
            piece = os.read(process.stderr.fileno(), 4096)
            assert piece, seen
            seen += piece
        os.write(ours, PASSWORD.encode() + b"\n")
    process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 1
