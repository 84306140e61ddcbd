"""The reference tool, run as a program in an environment of its own. Nothing of it is imported or read.

`make oracles` makes the environment with pip and keeps it in the user's cache; SOUSVEIL_PEER_VENV names another one. The network
is used for the package registry only: the tool itself is told to stay offline.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tests.oracle import Oracle

VERSION = "2026.10.26"
QUIET = ("--disable-update-check", "--disable-indicator-update-check")
ORACLE = Oracle(
    package="mvt",
    version=VERSION,
    short="mvt",
    variable="SOUSVEIL_PEER_VENV",
    without=frozenset(("MVT_STIX2",)),
)


@cache
def environment() -> Path | None:
    """The environment that holds the tool, made by `make oracles`; None where it was not."""
    return ORACLE.environment()


def _run(*arguments: str | Path, program: str = "mvt-ios", **environ: str) -> None:
    folder = environment()
    assert folder is not None
    subprocess.run(
        [str(folder / "bin" / program), *QUIET, *map(str, arguments)],
        check=True,
        capture_output=True,
        env=ORACLE.environ(MVT_NETWORK_ACCESS_ALLOWED="false", TZ="UTC", **environ),
        timeout=300,
    )


def decrypt(backup: Path, to: Path, password: str) -> Path:
    """Its decryption of an encrypted backup."""
    _run("decrypt-backup", "--destination", to, backup, MVT_IOS_BACKUP_PASSWORD=password)
    return to


def check(backup: Path, out: Path) -> dict[str, list[dict[str, Any]]]:
    """Its results for a plain backup: module -> records."""
    _run("check-backup", "--output", out, backup)
    return _results(out)


def check_android(verb: str, path: Path, out: Path, *options: str) -> dict[str, list[dict[str, Any]]]:
    """Its results for an acquisition of Android: module -> records."""
    _run(verb, *options, "--output", out, path, program="mvt-android")
    return _results(out)


def _results(out: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(out.glob("*.json")):
        if path.stem in ("alerts", "info", "urls") or path.stem.endswith("_detected"):
            continue  # what it makes of the records; the records are compared
        rows = json.loads(path.read_text("utf-8"))
        found[path.stem] = rows if isinstance(rows, list) else [rows]
    return found
