"""How fast a sysdiagnose archive is checked, against its own limit: bare unfolding by isal of the same file in the same run.

    python benchmarks/check_sysdiagnose.py [--size MB] [--rounds N]

The archive (300 MB compressed by default) is made in a temporary folder: system logs (tracev3), text logs, crash reports and a
power log. Real files of SOUSVEIL_SHARED_DATA stand for the system logs and the power log where they are there, made-up ones
elsewhere; the table says which. Wanted: at most five times the wall time of bare unfolding on two cores, and at most 350 MiB
of memory over all processes.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from isal import igzip_threaded, isal_zlib

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _measure
from phonegen.sysdiagnose import Sysdiagnose, members
from phonegen.sysdiagnose.background import populate

MOST_TIMES, MOST_MEMORY = 5.0, 350 << 20
TRACE_SHARE = 0.8
"""Part of the compressed bytes that are system logs."""
SHARED = Path(os.environ.get("SOUSVEIL_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
TRACE = SHARED / "phones/apple-unified-logging/0000000000000f85.tracev3"
CRASH = SHARED / "phones/ios-ips/user_mode_crash_report_ios14_symbolicated.ips"
POWER = SHARED / "phones/ios-plaso/powerlog_2021-12-16_05-54_84E2141B.PLSQL"


def texts(seed: random.Random, size: int) -> bytes:
    """Lines of a log."""
    words = [f"{seed.choice(('install', 'update', 'bundle', 'daemon', 'client'))}{n}" for n in range(400)]
    lines = []
    total = 0
    while total < size:
        stamp = f"Wed May 24 13:{seed.randrange(60):02}:{seed.randrange(60):02} 2023 [{seed.randrange(900)}] <notice>"
        method = f"-[{seed.choice(words)} {seed.choice(words)}]"
        line = f"{stamp} (0x{seed.randrange(1 << 32):x}) {method}: {' '.join(seed.choices(words, k=8))}\n"
        lines.append(line)
        total += len(line)
    return "".join(lines).encode()


def trace(seed: random.Random) -> tuple[bytes, str]:
    """A system log of about 10 MB, and where it comes from."""
    if TRACE.is_file():
        return TRACE.read_bytes() * 14, "real tracev3, repeated beyond gzip's reach"
    pieces = [seed.randbytes(6000) + bytes(seed.choices(b"abcdefgh/.", k=4000)) for _ in range(1000)]
    return b"".join(pieces), "made-up bytes"


def make(path: Path, size: int) -> str:
    """Write the archive; gives what it consists of."""
    seed = random.Random(25)
    log, origin = trace(seed)
    packed = len(isal_zlib.compress(log, 1))
    text = texts(seed, 2_000_000)
    packed_text = len(isal_zlib.compress(text, 1))
    phone = populate(Sysdiagnose(seed=25), shutdowns=57)
    files = list(members(phone).items())
    if POWER.is_file():
        files = [(name, data) for name, data in files if not name.startswith("logs/powerlogs/")]
        files.append(("logs/powerlogs/powerlog_2024-05-24_13-30_0.PLSQL", POWER.read_bytes()))
    crash = CRASH.read_bytes() if CRASH.is_file() else b""
    files += [(f"crashes_and_spins/App-2024-05-01-12{n:04}.ips", crash) for n in range(300 if crash else 0)]
    logs = round(size * TRACE_SHARE / packed)
    files += [(f"system_logs.logarchive/Persist/{n:016x}.tracev3", log) for n in range(0x1000, 0x1000 + logs)]
    rest = round(size * (1 - TRACE_SHARE) / packed_text)
    files += [(f"logs/MobileInstallation/mobile_installation.log.{n}", text) for n in range(1, 3)]
    files += [(f"WiFi/CoreCapture/{n}.txt", text) for n in range(rest - 2)]  # no artefact reads them; the raw pass does
    with (
        igzip_threaded.open(path, "wb", compresslevel=1, threads=2) as out,  # type: ignore[no-untyped-call]
        tarfile.open(fileobj=out, mode="w|") as made,
    ):
        for name, content in files:
            info = tarfile.TarInfo(f"{phone.folder}/{name}")
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    unfolded = sum(len(content) for _, content in files)
    share = logs * packed / path.stat().st_size
    return (
        f"{path.stat().st_size / 1e6:,.0f} MB compressed, {unfolded / 1e6:,.0f} MB unfolded, {len(files):,} files; "
        f"{share:.0%} of the compressed bytes are system logs ({origin}); "
        f"power log and crashes: {'real' if POWER.is_file() and crash else 'made up'}"
    )


BARE = """
import sys
from isal import isal_zlib
machine, total = isal_zlib.decompressobj(wbits=31), 0
with open(sys.argv[1], "rb") as file:
    while piece := file.read(1 << 20):
        total += len(machine.decompress(piece))
print(total)
"""


def main() -> int:
    """Measure, print the table, and say whether both limits hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=300, help="MB of the compressed archive")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = folder / "archive.tar.gz"
        started = time.monotonic()
        print(make(archive, args.size * 1_000_000), f"(made in {time.monotonic() - started:.0f} s)", flush=True)
        bare, check = [], []
        for number in range(args.rounds):
            env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
            bare.append(_measure.run([sys.executable, "-c", BARE, archive], env=env, log=folder / "bare.log"))
            out = folder / f"case-{number}"
            command: list[str | Path] = [Path(sys.executable).parent / "sousveil", "check", archive, "--out", out]
            check.append(_measure.run(command, env=env, log=folder / "check.log", cwd=folder))
            if not (out / "report.html").is_file():
                print((folder / "check.log").read_text())
                return 2
        low, high = _measure.middle(bare), _measure.middle(check)
        rows = [
            (name, f"{run.wall:.2f}", f"{run.cpu:.2f}", f"{(run.peak or 0) / (1 << 20):.0f}", run.code)
            for name, run in (("isal, bare", low), ("sousveil check", high))
        ]
        print(_measure.table(rows, ("", "wall s", "CPU s", "MiB", "exit")))
        seconds = json.loads((out / "run.json").read_text())["seconds"]
        print("sousveil check, seconds:", ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()))
        coverage = {line["artefact"]: line for line in json.loads((out / "findings.json").read_text())["coverage"]}
        for name in ("sysdiagnose.shutdown", "sysdiagnose.log_processes", "sysdiagnose.crashes", "scan"):
            print(f"{name}: {coverage[name]['outcome']}, {coverage[name]['records']:,} records")
        times = high.wall / low.wall
        fits = times <= MOST_TIMES, (high.peak or 0) <= MOST_MEMORY
        print(f"wall time against bare unfolding: {times:.2f} (at most {MOST_TIMES}): {'PASS' if fits[0] else 'FAIL'}")
        print(f"memory of all processes: {'PASS' if fits[1] else 'FAIL'} (at most {MOST_MEMORY >> 20} MiB)")
        return 0 if all(fits) else 1


if __name__ == "__main__":
    sys.exit(main())
