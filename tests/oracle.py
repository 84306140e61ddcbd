"""Programs of others, each in an environment of its own, that tests and benchmarks compare with. Nothing is imported or read.

`make oracles` makes an environment with pip and keeps it in the user's cache; a variable can name another one. Tests only
look whether it is there.
"""

from __future__ import annotations

import os
import subprocess
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
        """Returns the environment that holds the package; None where it was not made."""
        named = os.environ.get(self.variable)
        folder = Path(named) if named else self._folder()
        return folder if self._is_installed(folder) else None

    def install(self) -> Path:
        """Makes the environment unless it is there, and returns it. Raises OSError or CalledProcessError."""
        folder = self._folder()
        with locked(folder.with_name(f"{folder.name}.lock")):
            if not self._is_installed(folder):
                self._make(folder)
        return folder

    def _folder(self) -> Path:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / "sousveil-tests" / f"{self.short}-{self.version}"

    def _make(self, folder: Path) -> None:
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = f"{self.package}=={self.version}"
        subprocess.run([*pip, wanted], check=True, env=self.environ(), capture_output=True, timeout=900)

    def _is_installed(self, folder: Path) -> bool:
        """Whether pip finished: it writes this folder last. Starting an interpreter to ask takes a second."""
        return any(folder.glob(f"lib/python*/site-packages/{self.package}-{self.version}.dist-info/RECORD"))
