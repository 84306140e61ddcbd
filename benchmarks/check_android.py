"""How fast and how small is a check of an Android bug report? Measured against the reference tool, on the same real report.

    python benchmarks/check_android.py --report FILE --indicators-dir FOLDER [--repeat 5]

The reference tool reads only zips that name their text in main_entry.txt, so the report is repacked with it. Both programs get
the same indicators and write their files; both must have extracted the same packages and processes, else nothing counts.
Installs the reference tool into an environment of its own. Needs Linux for the memory figures.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import _peer
import _places
import duckdb
from _measure import Run, middle, run
from check_ios import MIB, Line, Report, times

ROOT = HERE.parent
EXTRACTED = (
    ("android.packages", "package", "dumpsys_packages", "package_name"),
    ("android.processes", "pid", "processes", "pid"),
)
"""Our artefact and column, the reference tool's result and field: each of its values must be among ours."""
GOAL = 4


def repacked(report: Path, to: Path) -> tuple[Path, int]:
    """A zip of the report's text with main_entry.txt beside it, and the bytes of the text. Stops where it holds no text."""
    try:
        with zipfile.ZipFile(report) as source:
            texts = [one for one in source.namelist() if one.startswith("bugreport") and one.endswith(".txt")]
            if len(texts) != 1:
                _places.stop(
                    f"{report} holds {len(texts)} texts of a bug report, not 1: name another one with --report."
                )
            data = source.read(texts[0])
    except (OSError, zipfile.BadZipFile) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        _places.stop(f"{report} cannot be read ({reason}): name a bug report (zip) with --report.")
    made = to / "bugreport.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("main_entry.txt", texts[0])
        out.writestr(texts[0], data)
    return made, len(data)


class Bench:
    """One call of the benchmark."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.work: Path = given.work.resolve()
        _places.holding(given.indicators_dir, "--indicators-dir", ())
        self.sets = sorted(given.indicators_dir.resolve().rglob("*.stix2"))
        if not self.sets:
            _places.stop(
                f"{given.indicators_dir} holds no .stix2 file: name the folder that holds them with --indicators-dir."
            )
        _places.writable(self.work, "--work")
        self.zip, self.size = repacked(given.report, self.work)
        self.peer = _peer.Peer(given.peer_venv or _peer.install(self.work / "peer-venv"), self.sets)
        print(f"Reference tool: mvt {self.peer.version()}; text of {self.size:,} bytes", file=sys.stderr)
        self.report = Report()

    def us(self, label: str, *flags: str) -> Run:
        """Our check: medians, after one run that is not counted (it fills the cache of indicators)."""
        command = [*self.given.ours, "check", *flags, "--no-bundled"]
        command += [part for path in self.sets for part in ("--indicators", str(path))]
        env = {**_peer.plain_environment(), "PYTHONPATH": str(ROOT / "src"), "XDG_CACHE_HOME": str(self.work / "cache")}
        runs = []
        for _ in range(1 + self.given.repeat):
            out = self.fresh("ours")
            runs.append(run([*command, "--out", out, self.zip], env=env, log=self.work / "ours.log", cwd=self.work))
        result = middle(runs[1:])
        self.report.ran(label, "sousveil", result)
        wanted = 3 if "--no-scan" in flags else 0  # what was skipped on request stands in the exit code
        if result.code != wanted:
            self.report.problems.append(f"{label}: sousveil ended with exit code {result.code}, not {wanted}")
        return result

    def them(self, label: str) -> Run:
        """The peer's check: medians."""
        runs = []
        for _ in range(self.given.repeat):
            out = self.fresh("theirs")
            runs.append(self.peer.check_report(self.zip, out, self.work / "peer.log"))
        result = middle(runs)
        self.report.ran(label, "mvt", result)
        if result.code != 0:
            self.report.problems.append(f"{label}: mvt ended with exit code {result.code}")
        return result

    def compare(self) -> None:
        """What both have written: every package and process of the reference tool has to be among ours."""
        for artefact, column, name, field in EXTRACTED:
            records = self.work / "out" / "ours" / "records" / f"{artefact}.parquet"
            result = self.work / "out" / "theirs" / f"{name}.json"
            if not (records.exists() and result.exists()):
                self.report.problems.append(f"{artefact} or mvt's {name} was not written")
                continue
            query = f'SELECT DISTINCT "{column}" FROM read_parquet($1) WHERE "{column}" IS NOT NULL'
            ours = {row[0] for row in duckdb.execute(query, [str(records)]).fetchall()}
            theirs = {row[field] for row in json.loads(result.read_text("utf-8"))}
            self.report.lines.append(
                Line(
                    f"{artefact}: different {column}s (goal: mvt's)",
                    f"{len(ours):,}",
                    f"{len(theirs):,}",
                    theirs <= ours,
                )
            )
            if not theirs:
                self.report.problems.append(f"mvt extracted nothing into {name}")
            if theirs - ours:
                self.report.problems.append(f"{artefact} lacks {len(theirs - ours)} of mvt's {name}")

    def fresh(self, name: str) -> Path:
        """The path of an output folder that does not exist."""
        out = self.work / "out" / name
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(exist_ok=True)
        return out

    def all(self) -> None:
        """The same work against the reference tool, then our default, which searches every byte as well."""
        like = self.us("every field, no raw pass", "--full-records", "--no-scan")
        theirs = self.them("check-bugreport")
        self.compare()
        self.report.goal("less CPU than mvt", theirs.cpu / like.cpu, GOAL, least=True, form=times)
        if theirs.peak and like.peak:
            self.report.lines.append(Line("less memory than mvt", times(theirs.peak / like.peak)))
        plain = self.us("default, with raw pass")
        self.report.lines.append(Line("default: less CPU than mvt", times(theirs.cpu / plain.cpu)))
        if plain.peak:
            self.report.lines.append(Line("default: peak memory", f"{plain.peak / MIB:,.0f} MiB"))


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    data = ROOT.parent / "shared" / "data"
    reports = sorted((data / "phones" / "android-bugreports").glob("bugreport-*.zip"))
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--report", type=Path, default=reports[0] if reports else None, help="a bug report (zip)")
    parser.add_argument("--indicators-dir", type=Path, default=data / "indicators", help="folder of .stix2 files")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each program (default: 5)")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bench", help="where inputs and outputs go")
    parser.add_argument(
        "--peer-venv", type=Path, help="environment that holds the peer already (default: made in --work)"
    )
    parser.add_argument(
        "--ours",
        type=shlex.split,
        default=[sys.executable, "-m", "sousveil.cli"],
        help="our command, if not this checkout's",
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the table into a file too")
    found = parser.parse_args(given)
    if found.report is None:
        parser.error("name a bug report with --report")
    if found.repeat < 1:
        parser.error("at least one run is needed")
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Measures, prints; 0 when the goal is met and both outputs are complete, else 1."""
    options = arguments(given)
    bench = Bench(options)
    bench.all()
    return bench.report.close(options.save)


if __name__ == "__main__":
    sys.exit(main())
