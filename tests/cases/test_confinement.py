"""Nothing that a worker which was taken over may try succeeds, whatever the kernel's version of Landlock."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.cases import confinement
from sousveil.cases.confinement import CALLS, WRITING_CALLS, Confinement, filter_program, seatbelt_profile
from sousveil.cases.pool import Pool
from sousveil.cases.tasks import Done, Failed, HashTask, OpenTask
from tests.cases.test_pool import run_as

ACTS = Path(__file__).with_name("escape_acts.py")
linux = pytest.mark.skipif(
    not sys.platform.startswith("linux") or platform.machine() != "x86_64",
    reason="the acts are those of Linux on x86-64",
)


@pytest.fixture
def victim() -> Iterator[int]:
    """Another process of the same user, with a secret in its environment."""
    with subprocess.Popen(["sleep", "600"], env={"SECRET": "swordfish"}) as process:
        yield process.pid
        process.kill()


def settings(folder: Path, victim: int, port: int) -> dict[str, Any]:
    """A folder of evidence, a key beside it, and what else the acts need."""
    evidence, keys, outside = folder / "evidence", folder / ".ssh", folder / "outside"
    for made in (evidence, keys, outside):
        made.mkdir(parents=True)
    for name in ("file", "cut1", "cut2", "moved", "gone"):
        (evidence / name).write_bytes(b"evidence")
        os.utime(evidence / name, (1_700_000_000, 1_700_000_000))
    (keys / "id_ed25519").write_bytes(b"secret")
    return {
        "evidence": str(evidence),
        "key": str(keys / "id_ed25519"),
        "port": port,
        "victim": victim,
        "outside": str(outside),
    }


def state(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
    return {
        str(path): (path.stat().st_mode, path.stat().st_nlink, path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@linux
@pytest.mark.parametrize("newest", [99, 1, 4])
def test_no_act_of_a_worker_succeeds(newest: int, victim: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        given = settings(tmp_path / "confined", victim, server.getsockname()[1])
        before = state(tmp_path / "confined")
        monkeypatch.setenv("SOUSVEIL_BACKUP_PASSWORD", "swordfish")
        run_as(monkeypatch, str(ACTS), json.dumps(given), str(newest))
        with Pool(1, require_sandbox=True) as pool:
            list(pool.one(OpenTask(path=given["evidence"])))
            answers = {a.message: a.error for a in pool.one(HashTask(files=())) if isinstance(a, Failed)}
        with pytest.raises(BlockingIOError):
            server.accept()
    assert len(answers) > 75
    assert {name: how for name, how in answers.items() if how == "done"} == {}
    assert state(tmp_path / "confined") == before


@linux
def test_the_acts_succeed_where_nothing_confines(victim: int, tmp_path: Path) -> None:
    """Otherwise the test above would show nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        given = settings(tmp_path, victim, server.getsockname()[1])
        ran = subprocess.run([sys.executable, ACTS, json.dumps(given)], capture_output=True, check=True)
    done = [name for name, how in json.loads(ran.stdout).items() if how == "done"]
    print(f"{len(done)} acts succeed unconfined")
    assert len(done) >= 60


@linux
@pytest.mark.parametrize("call", ["l.syscall(0x40000000 + 39)", "l.syscall(0x40000000 + 1, 1, b'x', 1)"])
def test_the_filter_ends_foreign_calls(call: str) -> None:
    """A call by the numbers of another architecture ends the process."""
    code = (
        "import ctypes\nfrom sousveil.cases.confinement import confine\nassert confine([]).whole\n"
        f"l = ctypes.CDLL(None)\n{call}\nprint('alive')\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert ran.returncode == -31 and ran.stdout == b""  # SIGSYS


@linux
def test_a_worker_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSVEIL_BACKUP_PASSWORD", "swordfish")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "swordfish")
    with Pool(1) as pool:
        process = pool.workers[0].process
        assert process is not None
        names = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"swordfish" not in names and b"OPENBLAS_NUM_THREADS=1" in names


@linux
def test_a_worker_reads_one_backup_alone(tmp_path: Path) -> None:
    """Another backup gets another process, and the first cannot read it."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Pool(1) as pool:
        processes = []
        for name in ("a", "b", "b"):
            list(pool.one(OpenTask(path=str(tmp_path / name))))
            process = pool.workers[0].process
            assert process is not None
            processes.append(process.pid)
        assert pool.confinement == Confinement(means=(pool.confinement.means[0], "seccomp"))  # type: ignore[union-attr]
    assert processes[0] != processes[1] == processes[2]


@pytest.mark.parametrize("thread", [False, True])
def test_threads_keep_a_process_from_being_confined(thread: bool) -> None:
    """Landlock would hold for one of them alone."""
    code = (
        "import threading, time\nfrom sousveil.cases.confinement import confine\n"
        f"if {thread}: threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        "print(*confine([]).missing)\nimport os; import sys; sys.stdout.flush(); os._exit(0)\n"
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("Linux only")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert told == ("The process already runs 2 threads." if thread else "")


def test_an_unconfined_worker_reads_nothing_where_a_sandbox_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "from sousveil.cases import confinement, worker\n"
        "worker.confine = lambda _: confinement.Confinement(missing=('This system has none.',))\nworker.main()\n"
    )
    run_as(monkeypatch, "-c", code)
    with Pool(1, require_sandbox=True) as pool:
        failed, done = pool.one(OpenTask(path=str(tmp_path)))
    assert isinstance(done, Done) and isinstance(failed, Failed)
    assert failed.error == "Usage" and failed.message == (
        "--require-sandbox was given, and this system cannot confine the processes that read the backup. This system has none."
    )
    with Pool(1) as pool:
        assert [type(answer) for answer in pool.one(OpenTask(path=str(tmp_path)))] == [Failed, Done]  # no acquisition
        assert pool.confinement == Confinement(missing=("This system has none.",))


def test_what_a_worker_prints_is_escaped(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    code = "import sys\nsys.stderr.write('\\x1b]0;owned\\x07\\n' + 'x' * 9000 + '\\n' * 3 + 'y' * 200_000)\n"
    run_as(monkeypatch, "-c", code)
    with Pool(1) as pool:
        list(pool.one(OpenTask(path="/nowhere")))
    told = "".join(record.getMessage() + "\n" for record in caplog.records)
    assert "from a reading process: \\u001b]0;owned\\u0007\n" in told
    assert "\x1b" not in told and len(told) < 100_000


# The list of calls


def numbers(header: Path, prefix: str) -> dict[str, int]:
    defined = re.findall(rf"^#define {prefix}(\w+)\s+(\d+)\s*$", header.read_text(), re.M)
    return {name: int(number) for name, number in defined}


def test_numbers_are_those_of_the_kernel_headers() -> None:
    """Those of aarch64 are compared with the headers alone: nothing here runs on that architecture."""
    amd64, generic = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm-generic/unistd.h")
    if not (amd64.is_file() and generic.is_file()):
        pytest.skip("no kernel headers")
    x86, arm = numbers(amd64, "__NR_"), numbers(generic, "__NR_") | numbers(generic, "__NR3264_")
    arm["newfstatat"] = arm["fstatat"]
    for name, known in (CALLS | WRITING_CALLS).items():
        assert known == (x86[name], arm.get(name)), name


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_allows_what_is_listed_and_nothing_else(machine: str) -> None:
    """The program, run by a small interpreter of its instructions: every number up to 600, with harmless arguments."""
    column = 0 if machine == "x86_64" else 1
    architecture = 0xC000003E if machine == "x86_64" else 0xC00000B7
    program = filter_program(machine)

    def decide(number: int, *arguments: int, arch: int = architecture) -> int:
        data = {0: number, 4: arch} | {16 + 8 * n: value for n, value in enumerate(arguments)}
        at = accumulator = 0
        while True:
            code, yes, no, value = program[at]
            at += 1
            if code == 0x20:
                accumulator = data.get(value, 0)
            elif code == 0x06:
                return value
            else:
                hit = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
                at += yes if hit else no

    allow, refuse = 0x7FFF0000, 0x00050001
    listed = {known[column] for known in CALLS.values()} - {None}
    argued = {CALLS[name][column] for name in ("fcntl", "ioctl")}
    for number in range(600):
        expected = allow if number in listed - argued else 0x00050026 if number == 435 else refuse
        assert decide(number) == expected or number in argued, number
    fcntl, ioctl, openat = (CALLS[name][column] or 0 for name in ("fcntl", "ioctl", "openat"))
    assert [command for command in range(1100) if decide(fcntl, 0, command) == allow] == [0, 1, 2, 3, 1030]
    assert [command for command in range(0x5400, 0x5500) if decide(ioctl, 0, command) == allow] == [
        0x5401,
        0x5450,
        0x5451,
    ]
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, 0o20200000):
        assert decide(openat, 0, 0, flags) == refuse
    assert decide(openat, 0, 0, os.O_CLOEXEC | os.O_NONBLOCK) == allow
    assert decide(CALLS["read"][column] or 0, arch=0x40000003) == 0x80000000
    assert decide(0x40000000) == 0x80000000

    affinity = CALLS["sched_getaffinity"][column] or 0
    assert [decide(affinity, process) for process in (0, 1, 4711)] == [allow, refuse, refuse]
    program = filter_program(machine, writes=True)
    assert {(yes, no) for code, yes, no, _ in program if code not in (0x15, 0x35, 0x45)} == {(0, 0)}  # BPF_STMT
    assert decide(openat, 0, 0, os.O_WRONLY | os.O_CREAT) == allow
    assert {decide(known[column] or 0) for known in WRITING_CALLS.values() if known[column] is not None} == {allow}


# What is asked of kernels that are not this one


class Kernel:
    """Answers the calls of `confine` as a kernel with this version of Landlock, and records them."""

    def __init__(self, version: int, refuses: int = 0) -> None:
        self.version, self.refuses = version, refuses
        self.attributes = b""
        self.rights: dict[str, int] = {}
        self.prctls: list[tuple[Any, ...]] = []

    def syscall(self, number: int, *arguments: Any) -> int:
        if number == 444 and arguments[0] is None:
            return self.version
        ctypes.set_errno(errno.EPERM)
        if number == self.refuses:
            return -1
        if number == 444:
            self.attributes = arguments[0]
            assert arguments[1].value == len(self.attributes) and arguments[2] == 0
            return os.open(os.devnull, os.O_RDONLY)
        if number == 445:
            rights, handle = struct.unpack("=Qi", arguments[2])
            self.rights[os.readlink(f"/proc/self/fd/{handle}")] = rights
        return 0

    def prctl(self, *arguments: Any) -> int:
        ctypes.set_errno(errno.EPERM)
        self.prctls.append(arguments[:2])
        return -1 if arguments[0] == self.refuses else 0


def confined_by(kernel: Kernel, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Confinement:
    """What `confine` comes to on a kernel, with a readable folder, a readable file and a writable folder."""
    for name in ("evidence", "case"):
        (folder / name).mkdir()
    (folder / "file").touch()
    monkeypatch.setattr(confinement, "_libc", lambda: kernel)
    monkeypatch.setattr(confinement, "_other_threads", lambda: "")
    readable = [os.fspath(folder / name) for name in ("evidence", "file", "missing")]
    return confinement.confine(readable, [os.fspath(folder / "case")])


@linux
@pytest.mark.parametrize(
    ("version", "handled", "writes"),
    [
        (1, (0x1FFF,), 0x1BE),
        (2, (0x3FFF,), 0x1BE),
        (3, (0x7FFF,), 0x41BE),
        (4, (0x7FFF, 3), 0x41BE),
        (5, (0xFFFF, 3), 0x41BE),
        (6, (0xFFFF, 3, 3), 0x41BE),
        (8, (0xFFFF, 3, 3), 0x41BE),
    ],
)
def test_the_rights_of_each_version_of_landlock(
    version: int, handled: tuple[int, ...], writes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bits are those of linux/landlock.h: to read is 4 (files) and 8 (folders)."""
    kernel = Kernel(version)
    done = confined_by(kernel, monkeypatch, tmp_path.resolve())
    assert done == Confinement(means=(f"Landlock {min(version, 7)}", "seccomp")) and done.whole
    assert struct.unpack(f"={len(handled)}Q", kernel.attributes) == handled
    rights = {name: kernel.rights.get(os.fspath(tmp_path.resolve() / name)) for name in ("evidence", "file", "case")}
    assert rights == {"evidence": 0xC, "file": 4, "case": writes}
    assert kernel.prctls == [(38, 1), (38, 1), (22, 2)]


@linux
@pytest.mark.parametrize(
    ("version", "refuses", "means", "missing"),
    [
        (-1, 0, "seccomp", "This kernel has no Landlock. Linux 5.13 and later have it where it is enabled."),
        (0, 0, "seccomp", "This kernel has no Landlock. Linux 5.13 and later have it where it is enabled."),
        (3, 444, "seccomp", "Landlock refused the list of rights: Operation not permitted."),
        (3, 445, "seccomp", "Landlock refused a rule: Operation not permitted."),
        (3, 446, "seccomp", "Landlock refused to confine the process: Operation not permitted."),
        (3, 22, "Landlock 3", "The kernel refused the filter of system calls: Operation not permitted."),
    ],
)
def test_a_kernel_that_refuses(
    version: int, refuses: int, means: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = confined_by(Kernel(version, refuses), monkeypatch, tmp_path)
    assert done == Confinement(means=(means,), missing=(missing,)) and not done.whole


@linux
def test_another_processor_has_no_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement.platform, "machine", lambda: "riscv64")
    assert confined_by(Kernel(3), monkeypatch, tmp_path) == Confinement(
        means=("Landlock 3",), missing=("Sousveil has no list of system calls for riscv64 processors.",)
    )


def test_modules_in_the_home_folder_do_not_open_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, folder = tmp_path / "home", tmp_path / "home" / "modules"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", os.fspath(home))
    monkeypatch.setattr(sys, "path", ["/", "", *map(os.fspath, (tmp_path, home, folder, tmp_path / "missing"))])
    paths = confinement.interpreter_paths()
    assert os.path.realpath(folder) in paths and "/dev/urandom" in paths
    assert not {"/", "", *map(os.path.realpath, (tmp_path, home, tmp_path / "missing"))} & set(paths)


def test_profile_of_macos_escapes_paths(tmp_path: Path) -> None:
    folder = tmp_path / 'a"b'
    folder.mkdir()
    profile = seatbelt_profile([str(folder)], [])
    assert profile.startswith("(version 1)\n(deny default)\n") and 'a\\"b")' in profile
    assert "file-write" not in profile and "file-write" in seatbelt_profile([], [str(tmp_path)])


def test_another_system_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement.sys, "platform", "win32")
    monkeypatch.setattr(confinement.platform, "system", lambda: "Windows")
    told = confinement.confine([])
    assert told == Confinement(missing=("Sousveil cannot confine a process on Windows.",)) and not told.whole
