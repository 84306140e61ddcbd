"""How fast and how small is a check? Measured against the reference tool, on the same synthetic backups.

    python benchmarks/check_ios.py                 # everything: some twenty minutes and 12 GB of disk
    python benchmarks/check_ios.py --quick         # x1 only, a minute
    python benchmarks/check_ios.py --sizes 1,10 --parts plain

Makes the backups with the generator in this repository, installs the reference tool into an environment of its own,
gives both the same indicators, checks that both outputs are complete, and prints CPU, wall time, peak memory, ratios
and the goal beside each. Needs Linux for the memory figures. See docs/concepts/performance.md.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import _checks
import _peer
import _places
from _measure import Run, middle, run, table

ROOT = HERE.parent
PASSWORD = "correct horse"
MIB = 1 << 20
PARTS = ("plain", "noredirects", "encrypted", "big")
SEED = 7


@dataclass
class Line:
    """One line of the result: a goal, what came out, and whether it was met (None: no goal)."""

    what: str
    value: str
    goal: str = ""
    met: bool | None = None


@dataclass
class Report:
    """What is printed at the end."""

    runs: list[list[str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def ran(self, what: str, who: str, one: Run) -> None:
        """A measured command."""
        peak = "-" if one.peak is None else f"{one.peak / MIB:,.0f}"
        self.runs.append([what, who, f"{one.cpu:.2f}", f"{one.wall:.2f}", peak, f"{one.cores:.2f}", str(one.processes)])
        print(f"  {what} {who}: {one.cpu:.2f} s CPU, {one.wall:.2f} s, {peak} MiB", file=sys.stderr)

    def goal(self, what: str, value: float, limit: float, *, least: bool, form: Callable[[float], str]) -> None:
        """A figure with its goal."""
        met = value >= limit if least else value <= limit
        self.lines.append(Line(what, form(value), ("at least " if least else "at most ") + form(limit), met))

    def text(self) -> str:
        """Plain text."""
        head = ["input", "program", "CPU s", "wall s", "peak MiB", "cores", "processes"]
        marks = {True: "PASS", False: "miss", None: ""}
        goals = table(
            [[one.what, one.value, one.goal, marks[one.met]] for one in self.lines], ["figure", "value", "goal", ""]
        )
        complete = "\n".join(f"- {one}" for one in self.problems) or "Both outputs are complete in every run."
        return f"{table(self.runs, head)}\n\n{goals}\n\nCompleteness\n{complete}\n"

    def close(self, save: Path | None) -> int:
        """Prints the text, and writes it where asked; 0 when every goal is met and both outputs are complete, else 1."""
        text = self.text()
        print(text)
        if save is not None:
            save.write_text(text, encoding="utf-8")
        return int(bool(self.problems) or any(one.met is False for one in self.lines))


def times(value: float) -> str:
    """A ratio."""
    return f"{value:.1f}x"


def mib(value: float) -> str:
    """A size."""
    return f"{value:,.0f} MiB"


def plain_ratio(value: float) -> str:
    """A ratio near one."""
    return f"{value:.2f}"


class Bench:
    """One call of the benchmark."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.work: Path = given.work.resolve()
        _places.holding(given.indicators_dir, "--indicators-dir", ())
        self.sets = sorted(given.indicators_dir.resolve().rglob("*.stix2"))
        if len(self.sets) != 16:
            _places.stop(
                f"{given.indicators_dir} holds {len(self.sets)} .stix2 files, not 16: name the folder that holds them with "
                "--indicators-dir."
            )
        if given.peer_venv is not None and not given.no_peer:
            _places.program(_peer.program_in(given.peer_venv), "--peer-venv", f"mvt {_peer.VERSION}")
        if given.save is not None:
            _places.writable(given.save.resolve().parent, "--save")
        _places.writable(self.work, "--work")
        self.domains = _checks.plants(self.sets)
        self.report = Report()
        self.peer: _peer.Peer | None = None
        if not given.no_peer:
            self.peer = _peer.Peer(given.peer_venv or _peer.install(self.work / "peer-venv"), self.sets)
            print(f"Reference tool: mvt {self.peer.version()}", file=sys.stderr)
        self.env = {
            **_peer.plain_environment(),
            "PYTHONPATH": str(ROOT / "src"),
            "XDG_CACHE_HOME": str(self.work / "cache"),
        }
        self.password = self.work / "password.txt"
        self.password.write_text(PASSWORD + "\n")
        self.ours: dict[tuple[str, float], Run] = {}
        self.warm = False

    def backup(self, kind: str, factor: float) -> tuple[Path, dict[str, int]]:
        """The backup of a kind and size, made on first use, with the generator's count of rows."""
        name = f"{kind}-x{factor:g}"
        folder, ready = self.work / "backups" / name, self.work / "backups" / f"{name}.json"
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(exist_ok=True)
            print(f"Making the backup {name}", file=sys.stderr)
            command = [sys.executable, "-m", "phonegen", "scale", "--out", str(folder), "--seed", str(SEED)]
            command += [part for domain in self.domains for part in ("--plant", _checks.link(domain))]
            command += ["--scratch", str(self.work)]
            if kind == "big":
                command += ["big", "--gib", f"{self.given.gib:g}", "--wal-mb", str(self.given.wal_mb)]
            else:
                command += ["--factor", f"{factor:g}"]
            if kind == "noredirects":
                command += ["--redirects", "0"]
            if kind in ("encrypted", "big"):
                command += ["--encrypted", "--password", PASSWORD]
            env = {**_peer.plain_environment(), "PYTHONPATH": str(ROOT)}
            made = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
            rows = {line.split("\t")[0]: int(line.split("\t")[1]) for line in made.splitlines()}
            ready.write_text(json.dumps(rows))
        return folder, json.loads(ready.read_text())

    def us(self, label: str, backup: Path, made: dict[str, int], *flags: str, plants: int = 3) -> Run:
        """Our check: medians, after one run that is not counted (it fills the caches)."""
        command = [*self.given.ours, "check", *flags, "--no-bundled"]
        command += [part for path in self.sets for part in ("--indicators", str(path))]
        runs = []
        for number in range(self.given.repeat + (not self.warm)):
            out = self.fresh("ours")
            one = run([*command, "--out", out, backup], env=self.env, log=self.work / "ours.log", cwd=self.work)
            if self.warm or number:
                runs.append(one)
            self.warm = True
        result = middle(runs)
        self.report.ran(label, "sousveil", result)
        self.judge_us(label, result, out, made, "--full-records" in flags, plants)
        shutil.rmtree(out, ignore_errors=True)
        return result

    def judge_us(self, label: str, result: Run, out: Path, made: dict[str, int], full: bool, plants: int) -> None:
        """Is our output complete?"""
        say = self.report.problems.append
        if result.code != 1:
            say(f"{label}: sousveil ended with exit code {result.code}, not 1 (see {self.work / 'ours.log'})")
        if not (out / "findings.json").exists():
            return
        told: dict[str, Any] = json.loads((out / "findings.json").read_text())
        lacking = _checks.short_ours(told["coverage"], made)
        lacking += _checks.short_files(out, told["coverage"]) if full else []
        for one in lacking:
            say(f"{label}: sousveil lacks {one}")
        plain, bodies = _checks.found_by_us(told["findings"], self.domains)
        want = len(self.domains) * len(_checks.LINKED) if plants else 0
        if plants:
            if plain < want:
                say(f"{label}: sousveil found {plain} of {want} planted traces")
            self.report.lines.append(
                Line(
                    f"{label}: planted traces found by sousveil",
                    f"{plain} + {bodies} in attributedBody alone",
                    f"{want} + {plants}",
                    plain == want and bodies == plants,
                )
            )
        elif bodies + plain == 0:
            say(f"{label}: sousveil found no planted trace")

    def them(self, label: str, backup: Path, made: dict[str, int]) -> Run | None:
        """The peer's check: medians."""
        if self.peer is None:
            return None
        runs = []
        for _ in range(self.given.peer_repeat):
            out = self.fresh("theirs")
            runs.append(self.peer.check(backup, out, self.work / "peer.log"))
        result = middle(runs)
        self.report.ran(label, "mvt", result)
        say = self.report.problems.append
        if result.code != 0:
            say(f"{label}: mvt ended with exit code {result.code}")
        for one in _checks.short_peer(_peer.counts(out), made):
            say(f"{label}: mvt lacks {one}")
        found = _checks.found_by_peer(_peer.seen(out, self.domains), self.domains)
        want = len(self.domains) * len(_checks.LINKED)
        self.report.lines.append(Line(f"{label}: planted traces found by mvt", str(found), str(want), None))
        if found < want:
            say(f"{label}: mvt found {found} of {want} planted traces")
        shutil.rmtree(out, ignore_errors=True)
        return result

    def fresh(self, name: str) -> Path:
        """The path of an output folder that does not exist."""
        out = self.work / "out" / name
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(exist_ok=True)
        return out

    def plain(self, kind: str, factor: float) -> None:
        """A plain backup: every field, no raw pass, against the peer's check."""
        backup, made = self.backup(kind, factor)
        label = f"{kind} x{factor:g}"
        ours = self.us(label, backup, made, "--full-records", "--no-scan")
        self.ours[kind, factor] = ours
        if factor == 10 and ours.peak is not None:
            self.report.goal(f"{label}: peak memory", ours.peak / MIB, 350, least=False, form=mib)
        theirs = self.them(label, backup, made) if factor in self.given.peer_sizes else None
        if theirs is not None:
            ratio, limit = theirs.cpu / ours.cpu, 18 if kind == "plain" else 12
            if factor == 10:
                self.report.goal(f"{label}: less CPU than mvt", ratio, limit, least=True, form=times)
            else:
                self.report.lines.append(Line(f"{label}: less CPU than mvt", times(ratio)))
            if theirs.peak and ours.peak:
                self.report.lines.append(Line(f"{label}: less memory than mvt", times(theirs.peak / ours.peak)))

    def scaling(self) -> None:
        """Figures between sizes."""
        one, ten, forty = (self.ours.get(("plain", size)) for size in (1.0, 10.0, 40.0))
        if forty and ten:
            self.report.goal("plain: CPU of x40 / x10", forty.cpu / ten.cpu, 4.4, least=False, form=plain_ratio)
        if forty and one and forty.peak and one.peak:
            self.report.goal(
                "plain: peak memory of x40 / x1", forty.peak / one.peak, 1.3, least=False, form=plain_ratio
            )

    def encrypted(self, factor: float) -> None:
        """An encrypted backup to the verdict, against the peer's decryption and check."""
        backup, made = self.backup("encrypted", factor)
        label = f"encrypted x{factor:g}"
        secret = ("--password-file", str(self.password))
        ours = self.us(
            label + (" without raw pass" if self.given.no_raw else ""),
            backup,
            made,
            *secret,
            *(("--no-scan",) if self.given.no_raw else ()),
        )
        if not self.given.no_raw:
            self.us(label + " without raw pass", backup, made, *secret, "--no-scan")
        self.report.goal(f"{label}: cores in use", ours.cores, 1.2, least=True, form=plain_ratio)
        if self.peer is None or factor not in self.given.peer_sizes:
            return
        decrypts = []
        for _ in range(self.given.peer_repeat):
            plain = self.fresh("decrypted")
            plain.mkdir()
            decrypts.append(self.peer.decrypt(backup, plain, PASSWORD, self.work / "decrypt.log"))
        decrypt = middle(decrypts)
        self.report.ran(f"{label} decrypt", "mvt", decrypt)
        check = self.them(f"{label} check", plain, made)
        shutil.rmtree(plain, ignore_errors=True)
        if check is not None:
            ratio = (decrypt.wall + check.wall) / ours.wall
            what = f"{label}: less wall time than mvt's decrypt + check"
            if factor == 10:
                self.report.goal(what, ratio, 15, least=True, form=times)
            else:
                self.report.lines.append(Line(what, times(ratio)))

    def big(self) -> None:
        """One giant sms.db with a long WAL; the planted rows are in the WAL alone."""
        backup, made = self.backup("big", self.given.gib)
        rows = {"sms": made["main"] + made["wal"]}
        label = f"{self.given.gib:g} GiB sms.db"
        ours = self.us(
            label, backup, rows, "--password-file", str(self.password), "--full-records", "--no-scan", plants=0
        )
        if ours.peak is not None:
            self.report.goal(f"{label}: peak memory", ours.peak / MIB, 350, least=False, form=mib)

    def all(self) -> None:
        """Everything asked for."""
        parts, sizes = self.given.parts, self.given.sizes
        for factor in sizes:
            if "plain" in parts:
                self.plain("plain", factor)
        self.scaling()
        middle_size = 10.0 if 10.0 in sizes else sizes[0]
        if "noredirects" in parts:
            self.plain("noredirects", middle_size)
        if "encrypted" in parts:
            self.encrypted(middle_size)
        if "big" in parts:
            self.big()


def sizes(text: str) -> tuple[float, ...]:
    """Numbers out of ``1,4,10``. Raises ValueError."""
    found = tuple(float(part) for part in text.split(",") if part.strip())
    if any(not 0 < one <= 1000 for one in found):
        raise ValueError("sizes lie between 0 and 1000")
    return found


def parts(text: str) -> tuple[str, ...]:
    """Names out of ``plain,big``. Raises ValueError."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found or set(found) - set(PARTS):
        raise ValueError(f"parts are {', '.join(PARTS)}")
    return found


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="x1 plain only, one run each")
    parser.add_argument("--sizes", type=sizes, default=(1.0, 4.0, 10.0, 40.0), help="default 1,4,10,40")
    parser.add_argument("--parts", type=parts, default=PARTS, help=f"default {','.join(PARTS)}")
    parser.add_argument(
        "--peer-sizes",
        type=sizes,
        default=(1.0, 4.0, 10.0),
        help="where the peer runs too (default 1,4,10; x40 takes it long)",
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of ours whose median counts (default 3)")
    parser.add_argument("--peer-repeat", type=int, default=3, help="runs of the peer (default 3)")
    parser.add_argument(
        "--work",
        type=Path,
        default=ROOT / "build" / "bench",
        help="folder for backups and outputs (default build/bench)",
    )
    parser.add_argument(
        "--indicators-dir",
        type=Path,
        default=ROOT.parent / "shared" / "data" / "indicators",
        help="folder with the sixteen .stix2 files",
    )
    parser.add_argument(
        "--peer-venv", type=Path, help="environment that holds the peer already (default: made in --work)"
    )
    parser.add_argument("--no-peer", action="store_true", help="only ours")
    parser.add_argument("--no-raw", action="store_true", help="leave the raw pass out of the encrypted run as well")
    parser.add_argument("--gib", type=float, default=4.0, help="size of the giant sms.db")
    parser.add_argument("--wal-mb", type=int, default=200, help="size of its WAL")
    parser.add_argument(
        "--ours",
        type=shlex.split,
        default=[sys.executable, "-m", "sousveil.cli"],
        help="our command, if not this checkout's",
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the table into a file too")
    found = parser.parse_args(given)
    if found.quick:
        found.sizes, found.parts, found.repeat, found.peer_repeat = (1.0,), ("plain",), 1, 1
    if found.repeat < 1 or found.peer_repeat < 1:
        parser.error("at least one run is needed")
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Measures, prints; 0 when every goal that was measured is met and both outputs are complete, else 1."""
    options = arguments(given)
    bench = Bench(options)
    try:
        bench.all()
    except KeyboardInterrupt:
        print("interrupted; what was measured so far:", file=sys.stderr)
    return bench.report.close(options.save)


if __name__ == "__main__":
    sys.exit(main())
