"""The reference tool, run as a program in an environment of its own. Nothing of it is imported or read.

Its results are JSON lists, indented by four: a record begins with a line of four spaces and a brace, which is counted
without loading files of gigabytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from _measure import Run, run
from _places import program

VERSION = "2026.10.26"
QUIET = ("--disable-update-check", "--disable-indicator-update-check")
RECORD = b"    {"


def program_in(environment: Path) -> Path:
    """Where the reference tool lies in an environment."""
    return environment / ("Scripts" if sys.platform == "win32" else "bin") / "mvt-ios"


class Peer:
    """An installed reference tool."""

    def __init__(self, environment: Path, indicators: Iterable[Path]) -> None:
        self.program = program(program_in(environment), "--peer-venv", f"mvt {VERSION}")
        self.indicators = [part for path in indicators for part in ("--iocs", str(path))]
        self.env = {**plain_environment(), "MVT_NETWORK_ACCESS_ALLOWED": "false"}

    def check(self, backup: Path, out: Path, log: Path) -> Run:
        """Its check of a plain backup, with JSON results."""
        return run(
            [self.program, *QUIET, "check-backup", *self.indicators, "--output", out, backup], env=self.env, log=log
        )

    def check_report(self, report: Path, out: Path, log: Path) -> Run:
        """Its check of an Android bug report, with JSON results."""
        android = self.program.with_name(self.program.name.replace("ios", "android"))
        return run(
            [android, *QUIET, "check-bugreport", *self.indicators, "--output", out, report], env=self.env, log=log
        )

    def decrypt(self, backup: Path, out: Path, password: str, log: Path) -> Run:
        """Its decryption of a backup into a folder, with its default number of threads."""
        env = {**self.env, "MVT_IOS_BACKUP_PASSWORD": password}
        return run([self.program, *QUIET, "decrypt-backup", "--destination", out, backup], env=env, log=log)

    def version(self) -> str:
        """What is installed; also warms its start-up."""
        python = self.program.with_name("python")
        code = "import importlib.metadata as m; print(m.version('mvt'))"
        return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def install(folder: Path) -> Path:
    """An environment with the reference tool, made on first use."""
    ready = folder / f"mvt-{VERSION}.ready"
    if not ready.exists():
        print(f"Installing mvt {VERSION} into {folder} (once)", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"mvt=={VERSION}"], check=True
        )
        ready.touch()
    return folder


def plain_environment() -> dict[str, str]:
    """The caller's environment without what would make Python programs slower or find other code."""
    drop = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPATH", "PYTHONHOME", "PYTHONDEVMODE"}
    return {name: value for name, value in os.environ.items() if name not in drop}


def counts(out: Path) -> dict[str, int]:
    """Records by result, such as ``sms``."""
    found: dict[str, int] = {}
    for path in sorted(out.glob("*.json")):
        with path.open("rb") as file:
            found[path.stem] = sum(1 for line in file if line.startswith(RECORD))
    return found


def seen(out: Path, values: Iterable[str]) -> dict[str, set[str]]:
    """Indicator value -> results (such as ``sms``) in which an alert names it."""
    wanted = set(values)
    found: dict[str, set[str]] = defaultdict(set)
    alerts: list[Mapping[str, object]] = json.loads((out / "alerts.json").read_text(encoding="utf-8"))
    for alert in alerts:
        indicator = alert.get("matched_indicator")
        value = indicator.get("value") if isinstance(indicator, dict) else None
        if value in wanted:
            found[str(value)].add(str(alert["module"]))
    return found
