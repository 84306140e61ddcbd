"""The first reading process of a program may be a fork: it reads as a spawned one does, and knows no more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from phonegen.android import Android, containers
from phonegen.android.background import populate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

_SEARCH = r"""
import os, re, sys
from sousveil.cases import starting, worker

def search():
    found = 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps:
            place, rights, *_, = line.split()
            first, last = (int(number, 16) for number in place.split("-"))
            if "rw" in rights and "[v" not in line:
                memory.seek(first)
                found += len(re.findall(rb"swordfis[h]-\d{4}", memory.read(last - first)))
    return found

def main():
    names = os.listdir("/proc/self/fd")
    held = [os.readlink(f"/proc/self/fd/{name}") for name in names if os.path.exists(f"/proc/self/fd/{name}")]
    other = sum("secret.txt" in name for name in held)
    print(search(), other, "secret" in os.environ, os.environ["OPENBLAS_NUM_THREADS"], sys.path[0] == first, flush=True)
    os._exit(0)

worker.main = main
first = sys.path[0]
opened = open(sys.argv[1])
starting.begin_program()
starting._fresh = True  # the worker is imported already, so that its entry could be replaced
process = starting.Forked(())
print(process.stdout.read().decode().strip(), process.wait())
print(search() > 0, starting.can_fork())
"""


def test_a_forked_process_has_no_secret_in_memory(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    environment = {**os.environ, "secret": "swordfish-1234", "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _SEARCH, str(tmp_path / "secret.txt")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["0 0 False 1 False 0", "True False"]


_CHECK = r"""
import sys
from sousveil.cases import starting
def counted(make, name):
    def wrapper(*given):
        print(name, file=sys.stderr)
        return make(*given)
    return wrapper
starting.Forked = counted(starting.Forked, "forked")
starting.spawn = counted(starting.spawn, "spawned")
sys.argv[:1] = ["sousveil"]
from sousveil.cli import run
run()
"""


def _checked(report: Path, out: Path, environment: dict[str, str]) -> tuple[int, list[str], bytes]:
    words = ["check", "--no-scan", "--require-sandbox", "--out", str(out), str(report)]
    given = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-c", _CHECK, *words], env=given, capture_output=True, check=False)
    started = [line for line in done.stderr.decode().splitlines() if line in ("forked", "spawned")]
    return done.returncode, started, (out / "findings.json").read_bytes()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return containers.write(populate(Android(android=13)), "zip", tmp_path_factory.mktemp("phone"))


def test_a_fork_reads_as_a_new_process_does(report: Path, tmp_path: Path) -> None:
    forked = _checked(report, tmp_path / "forked", {})
    spawned = _checked(report, tmp_path / "spawned", {"SOUSVEIL_BACKUP_PASSWORD": "x"})
    assert (forked[1], spawned[1]) == (["forked"], ["spawned"])
    assert forked[0] == spawned[0] and forked[2] == spawned[2]


def test_another_process_follows_one_that_died(report: Path, tmp_path: Path) -> None:
    code, started, findings = _checked(report, tmp_path / "out", {"SOUSVEIL_TEST_INJECT": "die:android.packages"})
    assert code == 3 and started == ["forked", "spawned"]
    assert b"crashed" in findings
