"""The reference tool, run as a program in an environment of its own. Nothing of it is imported or read.

The environment is made once, with pip, and kept in the user's cache; SOUSVEIL_PEER_VENV names another one. The network
is used for the package registry only: the tool itself is told to stay offline.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

VERSION = "2026.10.26"
_QUIET = ("--disable-update-check", "--disable-indicator-update-check")
_DROP = {"PYTHONPATH", "PYTHONHOME", "PYTHONDEVMODE", "PYTHONWARNINGS", "MVT_STIX2"}


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process at a time; the lock is let go when its process ends."""
    import fcntl  # not on Windows, where the reference tool does not run either

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def environment() -> Path | None:
    """The environment that holds the tool, made on first use; None where that is not possible."""
    named = os.environ.get("SOUSVEIL_PEER_VENV")
    if named:
        return Path(named) if _version(Path(named)) == VERSION else None
    if sys.platform == "win32":
        return None
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sousveil-tests"
    folder = root / f"mvt-{VERSION}"
    try:
        with locked(root / f"mvt-{VERSION}.lock"):
            if _version(folder) != VERSION:
                _make(folder)
            return folder if _version(folder) == VERSION else None
    except (OSError, subprocess.SubprocessError):
        return None


def _make(folder: Path) -> None:
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, f"mvt=={VERSION}"], check=True, env=_environ(), capture_output=True, timeout=600)


def _version(folder: Path) -> str | None:
    python = folder / "bin" / "python"
    if not python.exists() or not (folder / "bin" / "mvt-ios").exists():
        return None
    code = "import importlib.metadata as m; print(m.version('mvt'))"
    run = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False, env=_environ())
    return run.stdout.strip() or None


def _environ(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _DROP} | more


def _run(*arguments: str | Path, **environ: str) -> None:
    folder = environment()
    assert folder is not None
    subprocess.run(
        [str(folder / "bin" / "mvt-ios"), *_QUIET, *map(str, arguments)],
        check=True,
        capture_output=True,
        env=_environ(MVT_NETWORK_ACCESS_ALLOWED="false", TZ="UTC", **environ),
        timeout=300,
    )


def decrypt(backup: Path, to: Path, password: str) -> Path:
    """Its decryption of an encrypted backup."""
    _run("decrypt-backup", "--destination", to, backup, MVT_IOS_BACKUP_PASSWORD=password)
    return to


def check(backup: Path, out: Path) -> dict[str, list[dict[str, Any]]]:
    """Its results for a plain backup: module -> records."""
    _run("check-backup", "--output", out, backup)
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(out.glob("*.json")):
        if path.stem in ("alerts", "info", "urls") or path.stem.endswith("_detected"):
            continue  # what it makes of the records; the records are compared
        rows = json.loads(path.read_text("utf-8"))
        found[path.stem] = rows if isinstance(rows, list) else [rows]
    return found
