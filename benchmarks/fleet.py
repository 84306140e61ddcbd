"""What does it cost to check many backups at once: on one core, on two, and through Dask on this computer?

    python benchmarks/fleet.py                # 400 backups x1: some fifteen minutes and 1 GB of disk
    python benchmarks/fleet.py --backups 40   # a tenth of it

Prints the rate on two cores beside that on one, the CPU through Dask (scheduler, two workers and client) beside that of
processes, and the memory with a quarter of the backups beside that with all. The rates need an idle computer; CPU does not.
Needs Linux and the extra `cluster`. See docs/guides/fleet.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "src")]

from _measure import Run, run, table

from phonegen import Phone, scale

DIFFERENT = 4
"""Backups that are made; the others are links to their files."""
RATE, CPU, MEMORY = 1.8, 1.3, 1.1
"""The limits: two cores' rate at least, Dask's CPU at most, and memory at most, each as a multiple."""


def make(folder: Path, count: int) -> None:
    """Make backups of scale x1."""
    for number in range(count):
        target = folder / f"phone{number:04d}"
        if number >= DIFFERENT:
            shutil.copytree(folder / f"phone{number % DIFFERENT:04d}", target, copy_function=os.link)
            continue
        with Phone(iterations=(1000, 10), seed=number) as phone:
            scale.populate(phone, scale.Shape(factor=1))
            phone.write(target)


def command(inputs: Path, out: Path, *options: str) -> list[str]:
    """The check of a folder."""
    return [sys.executable, "-m", "sousveil.cli", "check", str(inputs), "--no-scan", "--out", str(out), *options]


def through_dask(inputs: Path, out: Path) -> int:
    """Start a scheduler and two workers, check, and end them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    lines = [["scheduler", "--host", address, *quiet]]
    lines += [["worker", address, "--no-nanny", "--nthreads", "1", "--local-directory", str(out.parent), *quiet]] * 2
    started = []
    try:
        for kind, *words in lines:
            started.append(subprocess.Popen([sys.executable, "-m", f"distributed.cli.dask_{kind}", *words]))
        return subprocess.run(command(inputs, out, "--on", address), check=False).returncode
    finally:
        for process in reversed(started):  # the workers first: one whose scheduler ends meanwhile may hang
            process.kill()
            process.wait()


def measured(words: list[str], folder: Path, name: str, count: int, cores: str = "") -> Run:
    """A measured run; ends the program where an input has no case."""
    out = folder / f"out-{name}"
    shutil.rmtree(out, ignore_errors=True)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(HERE.parent / "src"), str(HERE.parent))),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "SOUSVEIL_DATA": str(folder / "data"),
    }
    pinned = ["taskset", "-c", cores] if cores else []
    done = run([*pinned, *words], env=environment, log=folder / f"{name}.log")
    cases = len([*out.glob("case-*/findings.json")])
    if cases != count or done.code not in (0, 1, 3):
        raise SystemExit(f"{name}: {cases} cases of {count}, exit code {done.code}; see {folder / name}.log")
    return done


def main() -> int:
    """Print the table; 1 where a limit is exceeded."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--backups", type=int, default=400)
    options.add_argument("--dask", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.dask:
        return through_dask(*map(Path, given.dask))
    count = max(4, given.backups)
    with tempfile.TemporaryDirectory(prefix="fleet-", dir="/var/tmp") as temporary:
        folder = Path(temporary)
        for name, some in (("few", count // 4), ("all", count)):
            (folder / name).mkdir()
            make(folder / name, some)

        def out(name: str) -> Path:
            return folder / f"out-{name}"

        load = os.getloadavg()[0]
        measured(command(folder / "few", out("first"), "--jobs", "2"), folder, "first", count // 4)  # fills the caches
        runs = {
            "one core": measured(command(folder / "all", out("one"), "--jobs", "1"), folder, "one", count, "0"),
            "two cores, a quarter": measured(
                command(folder / "few", out("few"), "--jobs", "2"), folder, "few", count // 4, "0,1"
            ),
            "two cores": measured(command(folder / "all", out("two"), "--jobs", "2"), folder, "two", count, "0,1"),
            "Dask, two workers": measured(
                [sys.executable, __file__, "--dask", str(folder / "all"), str(out("dask"))],
                folder, "dask", count, "0,1",
            ),
        }  # fmt: skip
    rows = [
        [name, f"{one.cpu:.1f}", f"{one.wall:.1f}", f"{(one.peak or 0) / 2**20:.0f}", str(one.processes)]
        for name, one in runs.items()
    ]
    print(f"{count} backups x1, load {load:.1f} at the start")
    print(table(rows, ["", "CPU s", "wall s", "peak MiB", "processes"]))
    one, few, two, dask = runs.values()
    memory = (two.peak or 0) / (few.peak or 1)
    met = []
    for name, value, limit, good in (
        ("rate on two cores / on one", one.wall / two.wall, f"at least {RATE}", one.wall / two.wall >= RATE),
        ("CPU through Dask / processes", dask.cpu / two.cpu, f"at most {CPU}", dask.cpu / two.cpu <= CPU),
        ("memory, all / a quarter", memory, f"at most {MEMORY}", memory <= MEMORY),
    ):
        print(f"{name}: {value:.2f} ({limit}){'' if good else ' MISSED'}")
        met.append(good)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
