"""The folder of an installation: where things lie, `complaints.toml`, and the lock around the database.

complaints.toml     title, host names, retention, disk budget, the registers to keep away from
complaints.sqlite   ciphertexts, handlers' recipients, hashes; its -wal and -shm while something is open
lock                whoever has the database open holds it: many to read, one alone to write

The folder and all in it are for their owner alone (0700, 0600).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import stat
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from sousveil.complaints import hostnames
from sousveil.complaints.limits import Busy
from sousveil.errors import Malformed, Missing, Usage
from sousveil.kinds import visible
from sousveil.ledger import atomic

CONFIG = "complaints.toml"
DATABASE = "complaints.sqlite"
LOCK = "lock"
ENVIRONMENT = "SOUSVEIL_COMPLAINTS"
RETENTION_DAYS = 180
LOCK_SECONDS = 30.0
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}\.)*[a-z0-9.-]{0,200}(:\d{1,5})?", re.ASCII)


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `complaints.toml` says."""

    title: str
    hosts: list[str]
    """Names under which the pages are asked for; a request with another `Host` is refused. `name` or `name:port`."""
    retention_days: int = RETENTION_DAYS
    """A thread is deleted so many days after its last message."""
    disk_budget_mib: int = 2048
    """All ciphertexts together; what would go over it is refused."""
    remedies: str = ""
    """Address of the register's page on where to turn; nothing else of the register is known here."""
    other_way: str = ""
    """Another way to reach the handlers, for people whose message finds no room: a postal address, a telephone number."""
    registers: list[str] = []
    """Folders of registers on this machine, whose owner must be another user."""

    def checked(self) -> Config:
        """The same. Raises Usage for what cannot be."""
        if not self.title.strip() or len(self.title) > 200 or visible(self.title) != self.title:
            raise Usage("The title is empty, too long, or holds characters that cannot be seen.")
        if not self.hosts:
            raise Usage("A host name of its own is needed.", hint="For instance --host complaints.example.org")
        for host in self.hosts:
            if not _HOST.fullmatch(host):
                raise Usage(f"{visible(host)!r} is no host name.", hint="Small letters, as browsers send it.")
        if not 1 <= self.retention_days <= 3650:
            raise Usage("Complaints are kept between 1 and 3,650 days.")
        if not 32 <= self.disk_budget_mib <= 1 << 20:
            raise Usage("The disk budget lies between 32 and 1,048,576 MiB.")
        if len(self.other_way) > 300 or visible(self.other_way, 300) != self.other_way:
            raise Usage("The other way is longer than 300 letters, or holds characters that cannot be seen.")
        if self.remedies and not re.fullmatch(r"https?://[!#-;=?-\[\]_a-z~%]{1,500}", self.remedies):
            raise Usage("The address of where to turn is no web address.")
        hostnames.check_apart(self.hosts, hostnames.of_address(self.remedies), "the address of where to turn")
        return self

    def text(self) -> str:
        """The file."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())


class Folder:
    """Paths of one installation."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def database(self) -> Path:
        """The database."""
        return self.root / DATABASE

    @property
    def wal(self) -> Path:
        """SQLite's write-ahead log."""
        return self.root / (DATABASE + "-wal")

    def config(self) -> Config:
        """What `complaints.toml` says. Raises Missing, Malformed, Usage."""
        try:
            text = (self.root / CONFIG).read_text(encoding="utf-8")
            return msgspec.convert(tomllib.loads(text), Config).checked()
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(
                f"There is no place for complaints in {visible(str(self.root))}.",
                hint="Make one with `sousveil complaints init`.",
            ) from None
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise Malformed(f"{CONFIG} cannot be read: {visible(str(error))}.") from None
        except OSError as error:
            raise Usage(f"{CONFIG} cannot be read: {error.strerror}.") from None

    def check_private(self) -> None:
        """Raises Usage when somebody else owns the folder or may look into it."""
        found = self.root.stat()
        if found.st_uid != os.geteuid():
            raise Usage("Another user owns this folder.", hint="Run this as the user who made it.")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise Usage("Others may look into this folder.", hint=f"Say: chmod 700 {visible(str(self.root))}")

    @contextlib.contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """Hold the lock around the database. Raises Busy when it is not free within half a minute."""
        descriptor = os.open(self.root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _wait(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)


def _wait(descriptor: int, kind: int) -> None:
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise Busy("The database is busy.", hint="Try again in a minute.") from None
            time.sleep(0.005)


def find(given: Path | None) -> Folder:
    """The folder that was named, or that the environment names. Raises Usage, Missing."""
    path = given or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    if path is None:
        raise Usage("Which folder?", hint=f"Name it with --complaints DIR, or with {ENVIRONMENT}.")
    folder = Folder(path.absolute())
    folder.config()
    return folder


def create(path: Path, config: Config) -> Folder:
    """Make a private folder with its settings. Raises Usage where something lies already."""
    folder = Folder(path.absolute())
    try:
        folder.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.root.iterdir()):
            raise Usage(f"There is something in {visible(str(path))} already.", hint="Name a new folder.")
        folder.root.chmod(0o700)
        atomic.write(folder.root / CONFIG, config.checked().text().encode(), mode=0o600)
    except OSError as error:
        raise Usage(f"{visible(str(path))} cannot be made: {error.strerror}.") from None
    return folder
