"""Programs of others, each in an environment of its own, that tests and benchmarks compare with. Nothing is imported or read.

An environment is made once, with pip, and kept in the user's cache; a variable can name another one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_OURS = frozenset(("PYTHONPATH", "PYTHONHOME", "PYTHONDEVMODE", "PYTHONWARNINGS"))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process at a time; the lock is let go when its process ends."""
    import fcntl  # not on Windows, where no such environment is made either

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Oracle:
    """A package at one version."""

    package: str
    version: str
    short: str
    """Of its folder in the cache."""
    variable: str
    """Names an environment that is there already."""
    without: frozenset[str] = frozenset()
    """Variables that it must not see."""

    def environ(self, **more: str) -> dict[str, str]:
        """What its programs may see of ours."""
        hidden = _OURS | self.without
        return {name: value for name, value in os.environ.items() if name not in hidden} | more

    def environment(self) -> Path | None:
        """The environment that holds the package, made on first use; None where that is not possible."""
        named = os.environ.get(self.variable)
        if named:
            return Path(named) if self._there(Path(named)) else None
        if sys.platform == "win32":
            return None
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sousveil-tests"
        folder = root / f"{self.short}-{self.version}"
        try:
            with locked(root / f"{folder.name}.lock"):
                if not self._there(folder):
                    self._make(folder)
                return folder if self._there(folder) else None
        except (OSError, subprocess.SubprocessError):
            return None

    def _make(self, folder: Path) -> None:
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = f"{self.package}=={self.version}"
        subprocess.run([*pip, wanted], check=True, env=self.environ(), capture_output=True, timeout=900)

    def _there(self, folder: Path) -> bool:
        python = folder / "bin" / "python"
        if not python.exists():
            return False
        code = f"import importlib.metadata as m; print(m.version({self.package!r}))"
        run = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False, env=self.environ())
        return run.stdout.strip() == self.version
