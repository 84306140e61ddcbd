"""The program as a real process, and small phones for it. Every run checks what must hold for all of them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from phonegen import Phone, scale
from phonegen.ios import bookmarks, sms
from tests import forked

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "correct horse"
AT = 1_740_000_000
LURE = "lure-for-tests.example"
"""The only indicator of `Sousveil.iocs`."""
_STARTS = {
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
    "PYTHONPATH",
    "PYTHONDONTWRITEBYTECODE",
    "TZ",
}
"""Variables that the interpreter reads when it starts."""
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
HOSTILE = "\x1b[31mred\x1b[0m\x07\x9b5n\u202eevil\u2066 \u200b<script>alert(1)</script> =cmd|' /C calc'!A0"
"""Escapes, C1 controls, bidi controls, HTML and a formula."""


@dataclass(frozen=True)
class Ran:
    """One finished process."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output with every run of white space as one blank (it is wrapped for people)."""
        return " ".join(self.out.decode().split())


def safe(text: str) -> bool:
    """Whether a terminal may get this text: no control but the end of a line, no format or bidi character."""
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in text)


def hashes_in(page: str) -> dict[str, str]:
    """Name and hash of each file in the last table of a report, "Files of this case"."""
    table = page.partition(">Files of this case</h3>")[2].partition("</table>")[0]
    return dict(re.findall(r"<bdi>([^<]+)</bdi></td><td[^>]*><code[^>]*>([0-9a-f]{64})</code>", table))


def hashes_of(folder: Path) -> dict[str, str]:
    """Name and SHA-256 of every file of a case but the report."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("report.html")
    }


def tree(folder: Path) -> list[tuple[str, int, int, str]]:
    """Every entry below a folder: name, mode, time of change, hash of the bytes or target of the link."""
    found = []
    for place, folders, names in os.walk(folder):
        for name in sorted([*folders, *names]):
            path = Path(place, name)
            state = path.lstat()
            content = ""
            if stat.S_ISLNK(state.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(state.st_mode):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
            found.append((str(path), state.st_mode, state.st_mtime_ns, content))
    top = folder.stat()
    return [(str(folder), top.st_mode, top.st_mtime_ns, ""), *sorted(found)]


@dataclass
class Sousveil:
    """Runs the program in a folder of its own with settings of its own."""

    home: Path
    cache: Path
    env: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment of a run."""
        path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.home),
            "SOUSVEIL_DATA": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.cache),
            "PYTHONPATH": path,
            "LANG": "C.UTF-8",
            **self.env,
            **more,
        }

    @property
    def iocs(self) -> Path:
        """A list with one domain, of nobody."""
        path = self.home / "iocs.txt"
        if not path.exists():
            path.write_text(LURE + "\n")
        return path

    def __call__(
        self,
        *args: object,
        env: dict[str, str] | None = None,
        stdin: bytes = b"",
        cwd: Path | None = None,
        before: Callable[[], None] | None = None,
        trace: bool = False,
        timeout: float = 100,
    ) -> Ran:
        """Run it to its end: in a new interpreter where `before` or a variable changes its start, else in a forked one."""
        words, environment = [str(arg) for arg in args], self.environment(**(env or {}))
        if before is None and not _STARTS & (env or {}).keys():
            done = forked.run(words, environment=environment, folder=cwd or self.home, stdin=stdin, timeout=timeout)
        else:
            done = subprocess.run(
                [sys.executable, "-m", "sousveil.cli", *words],
                cwd=cwd or self.home,
                input=stdin,
                capture_output=True,
                env=environment,
                timeout=timeout,
                preexec_fn=before,
                check=False,
            )
        err = done.stderr.decode()
        assert trace or "Traceback" not in err, err
        assert trace or safe(err), err
        return Ran(done.returncode, done.stdout, err)

    def start(self, *args: object, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Run it in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "sousveil.cli", *map(str, args)],
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(**(env or {})),
            start_new_session=True,
        )

    def check(
        self,
        *paths: Path,
        bundled: bool = False,
        scan: bool = False,
        options: Sequence[object] = ("--no-files",),
        **how: Any,
    ) -> Ran:
        """`check` with the one test indicator; the evidence must be the same before and after."""
        before = [tree(path) for path in paths if path.is_dir()]
        sets: list[object] = [] if bundled else ["--no-bundled", "--indicators", self.iocs]
        ran = self("check", *paths, *sets, *([] if scan else ["--no-scan"]), *options, **how)
        assert [tree(path) for path in paths if path.is_dir()] == before, "the evidence was changed"
        if ran.out and not ran.out.startswith(b"{"):
            assert safe(ran.out.decode()), ran.out.decode()
        return ran


@contextlib.contextmanager
def phone(**options: Any) -> Iterator[Phone]:
    """A phone whose keys cost nothing."""
    with Phone(iterations=(1000, 10), password=PASSWORD, **options) as made:
        yield made


def say(made: Phone, *texts: str, **options: Any) -> None:
    """Messages that came in."""

    def fill(db: Any) -> None:
        for number, text in enumerate(texts):
            sms.insert(db, made.major, text=text, handle="+15550100", at=AT + number)

    made.database(sms, fill, **options)


def small(dest: Path, *texts: str, change: Callable[[Phone], None] | None = None, **options: Any) -> Path:
    """A phone with a few messages and nothing else."""
    with phone(**options) as made:
        say(made, *texts)
        if change is not None:
            change(made)
        return made.write(dest)


def whole(dest: Path, *texts: str) -> Path:
    """An encrypted phone that has all that a backup should hold, and no trace."""
    with phone(encrypted=True, ios="14.8") as made:
        scale.populate(made, scale.Shape(factor=0.001, redirects=0))
        made.database(
            bookmarks,
            lambda db: bookmarks.insert(db, made.major, title="Weather", url="https://weather.example/", at=AT),
        )
        if texts:
            say(made, *texts, replace=True)
        return made.write(dest)


def stored(backup: Path, domain: str, relative: str) -> Path:
    """Where a backup stores a file."""
    from phonegen import file_id

    name = file_id(domain, relative)
    return backup / name[:2] / name
