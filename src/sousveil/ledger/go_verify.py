"""Having the log verified by software that others wrote: Go's golang.org/x/mod, where it is installed.

On Debian: the packages golang-go and golang-golang-x-mod-dev. Nothing is fetched; the program `data/verify.go` is
compiled in GOPATH mode against the installed source, once for each Go and each version of the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from sousveil.errors import Malformed, Missing, SousveilError
from sousveil.ledger import note
from sousveil.ledger.disagreement import Disagreement

PACKAGES = "golang-go golang-golang-x-mod-dev"
_DEBIAN = "/usr/share/gocode"
_MODULE = "src/golang.org/x/mod/sumdb/tlog/tlog.go"
_BUILD_TIMEOUT = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GoVerified:
    """Go read the whole log and agrees."""

    says: str
    """Its one line: OK, origin, size, root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotThere:
    """Go could not be asked."""

    reason: str


def go_verify(
    folder: Path, log: note.Verifier, *, old_sizes: Sequence[int] = (), timeout: float = 3_600.0
) -> GoVerified | NotThere:
    """Has Go re-read the log in the folder (`checkpoint`, `tile/...`). Raises Disagreement where it finds a difference.

    `old_sizes`: earlier sizes from which consistency is proved too.
    """
    program = _program()
    if isinstance(program, NotThere):
        return program
    command = [str(program), str(folder), log.vkey(), *map(str, old_sizes)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return NotThere(reason=f"Go did not end within {timeout:.0f} s")
    except OSError as error:
        return NotThere(reason=f"Go's program does not run: {error.strerror}")
    said = done.stdout.strip()
    if done.returncode == 0:
        return GoVerified(says=said)
    if done.returncode == 1:
        raise Disagreement(f"Go's x/mod does not agree: {said.removeprefix('MISMATCH: ')[:500]}.")
    return NotThere(reason=f"Go's program failed: {done.stderr.strip()[:300]}")


def available() -> NotThere | None:
    """Why Go cannot be asked; None where it can."""
    if shutil.which("go") is None:
        return NotThere(reason=f"go is not installed (Debian: {PACKAGES})")
    if not (Path(_gopath()) / _MODULE).is_file():
        return NotThere(reason=f"golang.org/x/mod is not installed (Debian: {PACKAGES})")
    return None


def _program() -> Path | NotThere:
    """The compiled program, out of a private cache."""
    missing = available()
    if missing is not None:
        return missing
    source = files("sousveil.ledger").joinpath("data/verify.go").read_bytes()
    version = subprocess.run(["go", "version"], capture_output=True, check=False).stdout
    name = sha256(source + version).hexdigest()[:32]
    try:
        folder = _cache()
        program = folder / f"verify-{name}"
        if not program.exists():
            _build(source, folder, program)
    except (OSError, subprocess.SubprocessError, SousveilError) as error:
        return NotThere(reason=f"Go's program could not be compiled: {error}")
    return program


def _build(source: bytes, folder: Path, program: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        (Path(place) / "verify.go").write_bytes(source)
        environment = os.environ | {"GO111MODULE": "off", "GOPATH": _gopath(), "GOFLAGS": "", "GOTOOLCHAIN": "local"}
        environment["GOCACHE"] = str(folder / "go-build")
        done = subprocess.run(
            ["go", "build", "-o", "program", "verify.go"],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_BUILD_TIMEOUT,
        )
        if done.returncode:
            raise Malformed(done.stderr.strip()[:300])
        (Path(place) / "program").replace(program)


def _cache() -> Path:
    """A folder that only this user may write. Raises Missing where there is none."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "sousveil" / "go"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Missing(f"{folder} belongs to somebody else.")
    return folder


def _gopath() -> str:
    """The first folder of GOPATH that has the module, else Debian's."""
    named = os.environ.get("GOPATH", "").split(os.pathsep)
    return next((one for one in named if one and (Path(one) / _MODULE).is_file()), _DEBIAN)
