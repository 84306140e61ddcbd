"""Opening a backup: who asks a worker for it, with which secret, and what an answer that is a failure means."""

from __future__ import annotations

import getpass
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from sousveil import errors
from sousveil.cases.pool import Pool
from sousveil.cases.tasks import Broken, Failed, Opened, OpenTask
from sousveil.errors import Locked, NoPassword, SousveilError, Usage, WrongKey
from sousveil.kinds import visible
from sousveil.texts import t

WAIT = 0.2
"""Seconds between two looks at whether somebody wants the run to end."""
MAX_PASSWORD_FILE = 1 << 16
"""Bytes of a password file that are read: its first line is the password."""


def open_path(pool: Pool, path: Path, *, password: bytes | None = None, derived_key: bytes | None = None) -> Opened:
    """Device facts and, with a password or a key, the unlocked state. Raises what the worker raised."""
    opened: Opened | None = None
    for answer in pool.one(OpenTask(path=str(path), password=password, derived_key=derived_key)):
        if isinstance(answer, Opened):
            opened = answer
        elif isinstance(answer, Failed | Broken):
            raise as_error(answer)
    if opened is None:
        raise InternalError("a worker opened nothing and said nothing")
    return opened


def as_error(failure: Failed | Broken) -> SousveilError | InternalError:
    """A failure of a worker as the exception that it was."""
    if isinstance(failure, Broken):
        return InternalError(failure.trace)
    kind = getattr(errors, failure.error, SousveilError)
    return (
        kind(failure.message, hint=failure.hint)
        if isinstance(kind, type) and issubclass(kind, SousveilError)
        else SousveilError(failure.message)
    )


class InternalError(Exception):
    """An exception that nobody foresaw; exit code 2."""


SMALL = 8 << 20
"""Bytes of an input that one worker reads in less time than it takes to start a second."""
SMALL_COMPRESSED = 3 << 20
"""The same for a compressed input: a zipped bug report of this size has about 18 MiB of text."""
_COMPRESSED = (b"PK\x03\x04", b"\x1f\x8b", b"age-encryption.org", b"ANDROID BACKUP")
"""Beginnings of files that are compressed, or that may hold what is compressed and sealed."""


def default_jobs(paths: Sequence[Path] = (), *, scan: bool = True) -> int:
    """Workers by default: one a core, four at most, and one where all inputs are small files. Without the raw pass the parent
    has as much to do as a worker, and takes a core of its own."""
    if paths and all(map(_is_small, paths)):
        return 1
    cores = os.cpu_count() or 1
    return max(1, min(4, cores if scan else cores - 1))


def _is_small(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            size, head = os.fstat(stream.fileno()).st_size, stream.read(32)
    except OSError:
        return True  # a worker says why it cannot be read
    return size <= (SMALL_COMPRESSED if head.startswith(_COMPRESSED) else SMALL)


class SecretArguments(Protocol):
    """The arguments of a verb that say where the secret comes from."""

    @property
    def key_file(self) -> Path | None: ...
    @property
    def password_file(self) -> Path | None: ...


class Secret:
    """Where the password or key comes from: a file, the environment, or a prompt; never the command line."""

    def __init__(self, args: SecretArguments, *, password: str | None = None, ask: bool = True) -> None:
        """`ask`: whether a person at a terminal may be asked for a password."""
        self.key_file: Path | None = args.key_file
        self.password_file: Path | None = args.password_file
        self.identity_file: Path | None = getattr(args, "identity", None)
        self._given = password
        self._ask = ask
        self._line: bytes | None = None
        self.which = ""
        """Beginning of the backup's name, where there are several and somebody has to be asked."""

    @property
    def at_hand(self) -> bool:
        """Whether it is known without asking anybody."""
        files = (self.key_file, self.password_file, self.identity_file)
        named = self._given is not None or any(file is not None for file in files)
        return named or "SOUSVEIL_BACKUP_PASSWORD" in os.environ

    @property
    def source(self) -> str:
        """Where the password comes from, in the words of the command line."""
        if self.password_file is not None:
            return "--password-file"
        if self.identity_file is not None:
            return "--identity"
        return "SOUSVEIL_BACKUP_PASSWORD" if "SOUSVEIL_BACKUP_PASSWORD" in os.environ else t("error.opening.prompt")

    def key(self) -> bytes | None:
        """The derived key out of `--key-file`."""
        if self.key_file is None:
            return None
        from sousveil.acquisition.keybag import read_key_file  # imports a library that only encrypted backups need

        return read_key_file(self.key_file)

    def password(self, ask: Callable[[], str] | None = None) -> bytes:
        """The password. Raises NoPassword where there is none and nobody can be asked."""
        if self._given is not None:
            return self._given.encode()
        if self.identity_file is not None:
            if self._line is None:
                self._line = _identity(self.identity_file)
            return self._line
        if self.password_file is not None:
            if self._line is None:
                self._line = _first_line(self.password_file)
            return self._line
        if (given := os.environ.get("SOUSVEIL_BACKUP_PASSWORD")) is not None:
            return os.fsencode(given)
        if ask is None and not (self._ask and sys.stdin.isatty()):
            raise NoPassword(
                t("error.opening.backup_encrypted_password"),
                hint=t("error.opening.use_password_file"),
            )
        try:
            return (ask() if ask is not None else _ask(self.which)).encode()
        except EOFError as error:
            raise NoPassword(t("error.opening.password_given")) from error


def _first_line(path: Path) -> bytes:
    """The first line of a password file. Read only once, because it may be a pipe and several backups may ask."""
    try:
        with path.open("rb") as stream:
            lines = stream.read(MAX_PASSWORD_FILE).splitlines()
    except OSError as error:
        raise Usage(t("error.opening.password_file_cannot", name=path.name, reason=error.strerror)) from error
    if not lines or not lines[0]:
        raise Usage(t("error.opening.password_file_empty", name=path.name), hint=t("error.opening.first_line_password"))
    return lines[0]


def _identity(path: Path) -> bytes:
    """The content of an identity file of age; a worker makes the key of it."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_PASSWORD_FILE)
    except OSError as error:
        raise Usage(t("error.opening.identity_file_cannot", name=path.name, reason=error.strerror)) from error


def _ask(which: str) -> str:
    name = f" {which}..." if which else ""
    return getpass.getpass(t("error.opening.password_backup_set", name=name), stream=sys.stderr)


def unlock(pool: Pool, path: Path, secret: Secret) -> Opened:
    """The backup opened, with its key where it is encrypted."""
    opened = open_path(pool, path)
    if not opened.encrypted:
        return opened
    if (key := secret.key()) is not None:
        return _open_with_key(pool, path, secret, key)
    return open_path(pool, path, password=secret.password())


def _open_with_key(pool: Pool, path: Path, secret: Secret, key: bytes | None, password: bytes | None = None) -> Opened:
    """`open_path`. Where the key of a key file is the wrong one, the error names the file."""
    try:
        return open_path(pool, path, password=password, derived_key=key)
    except WrongKey as error:
        if key is None or secret.key_file is None:
            raise
        raise WrongKey(
            t("error.opening.key_file_wrong", name=visible(secret.key_file.name)),
            hint=t("error.opening.belongs_another_backup"),
        ) from error


class Opening:
    """A backup on its way to being opened: a worker derives its key, which takes seconds, while the parent gets ready.

    Use as a context manager inside that of the pool. `result` gives what `unlock` gives, and raises what it raises; nobody
    else may use the pool before.
    """

    def __init__(self, pool: Pool, path: Path, secret: Secret) -> None:
        self._pool, self._path, self._secret = pool, path, secret
        self._opened: Opened | None = None
        self._error: BaseException | None = None
        self._left = False
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left = True
        while self._thread.is_alive():
            self._pool.close()
            self._thread.join(WAIT)

    def _work(self) -> None:
        try:
            self._opened = self._open()
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that asks for the result
            self._error = error

    def _open(self) -> Opened:
        """Opened at once with a secret that is at hand; what is wrong with that secret matters only where one is needed."""
        key = password = None
        if self._secret.at_hand:
            with suppress(SousveilError):
                key = self._secret.key()
                password = self._secret.password() if key is None else None
        if self._left:
            raise Locked(t("error.opening.backup_given_up"))
        opened = _open_with_key(self._pool, self._path, self._secret, key, password)
        return opened if opened.encrypted else msgspec.structs.replace(opened, derived_key=None)

    def result(self) -> Opened:
        """The backup opened; asks for the password where it has to."""
        while self._thread.is_alive():
            self._thread.join(WAIT)
        if self._error is not None:
            raise self._error
        assert self._opened is not None
        if not self._opened.encrypted or self._opened.unlocked:
            return self._opened
        if (key := self._secret.key()) is not None:
            return _open_with_key(self._pool, self._path, self._secret, key)
        return open_path(self._pool, self._path, password=self._secret.password())
