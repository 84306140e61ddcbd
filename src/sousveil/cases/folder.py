"""The case folder: private, whole or not there at all, and encrypted file by file when a recipient is named.

Everything is written into a hidden sibling folder that gets its name at the end, so that no half-written case looks
whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import secrets
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self, cast

from sousveil.errors import Locked, Malformed, Missing, SousveilError, Usage
from sousveil.indicators.load import write_whole
from sousveil.kinds import visible
from sousveil.texts import t

PERSONAL = {
    "findings.json": True,
    "explain.json": True,
    "report.html": True,
    "summary.txt": True,
    "report.json": True,
    "judgements.json": True,
    "timeline.parquet": True,
    "observables.parquet": True,
    "manifest.json": True,
    "run.json": True,  # paths on the examiner's computer may name a person
}
"""Which files hold personal data. The timeline and the observables hold no words, names or numbers, but where
somebody went on the net and which apps they had is personal too; the manifest names the device. Files of `records/`
always hold personal data."""
MAX_READ = 256 << 20
"""Bytes of a file of a case that is read whole."""
MAX_IDENTITY = 1 << 16
"""Bytes of an identity file that are read."""


class Closed(Protocol):
    """A file that says whether it was written whole."""

    def close(self) -> None:
        """Finish the file."""
        ...


def disk_error(name: str, error: OSError) -> SousveilError:
    """The error to show when writing `name` failed."""
    if error.errno in (28, 122):
        return SousveilError(
            t("error.common.disk_full_could", name=name),
            hint=t("error.common.make_room_choose"),
        )
    return SousveilError(
        t("error.common.could_written", name=name, reason=error.strerror or type(error).__name__),
        hint=t("error.common.choose_another_place_out"),
    )


class CaseFolder:
    """A case folder that is being written. Use as a context manager, or call `finish()` or `abandon()`."""

    def __init__(self, dest: Path, temporary: Path, recipients: Sequence[Any] = ()) -> None:
        self.dest = dest
        self._temporary = temporary
        self._recipients = list(recipients)
        self._names: list[str] = []
        self._open: list[Closed] = []
        self._done = False

    @classmethod
    def create(cls, dest: Path | None, manifest_sha256: str, recipients: list[str] | None = None) -> CaseFolder:
        """Begin a case folder at `dest` (default: `case-` and 8 hex digits of the manifest's hash, in the working
        folder).

        Raises Usage for an existing folder that is not empty and for a bad recipient, SousveilError where nothing can
        be written."""
        target = dest if dest is not None else Path(f"case-{manifest_sha256[:8]}")
        known = recipients_of(recipients or [])
        refuse_existing(target)
        temporary = target.absolute().parent / f".sousveil-{secrets.token_hex(8)}.part"
        try:
            target.absolute().parent.mkdir(parents=True, exist_ok=True)
            temporary.mkdir(mode=0o700)
        except OSError as error:
            raise _nowhere(target, error) from error
        return cls(target, temporary, known)

    @property
    def encrypted(self) -> bool:
        """Whether files are written as .age only."""
        return bool(self._recipients)

    def open_file(self, name: str) -> BinaryIO:
        """A new file of the case, to be written from start to end and closed. `name` may hold one `/`."""
        path = self._temporary / (name + (".age" if self._recipients else ""))
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise disk_error(name, error) from error
        file: BinaryIO = os.fdopen(handle, "wb")
        if self._recipients:
            file = cast(BinaryIO, _AgeWriter(name, file, self._recipients))
        self._names.append(name)
        self._open.append(file)
        return file

    def write(self, name: str, content: bytes) -> None:
        """A whole file."""
        file = self.open_file(name)
        try:
            file.write(content)
            file.close()
        except OSError as error:
            raise disk_error(name, error) from error

    def hashes(self) -> tuple[tuple[str, str], ...]:
        """`stored_hashes` of the files so far; all must be closed."""
        return stored_hashes(self._temporary)

    def finish(self) -> list[tuple[str, bool]]:
        """Give the folder its name. Returns every file with whether it holds personal data, in alphabetical order."""
        try:
            for file in self._open:
                file.close()
            refuse_existing(self.dest)
            if self.dest.is_dir():
                self.dest.rmdir()  # an empty folder that the person made
            self._temporary.rename(self.dest)
        except OSError as error:
            self.abandon()
            raise disk_error(t("error.common.case_folder"), error) from error
        except SousveilError:
            self.abandon()
            raise
        self._done = True
        ending = ".age" if self._recipients else ""
        return [(name + ending, PERSONAL.get(name, True)) for name in sorted(self._names)]

    def abandon(self) -> None:
        """Remove what was written. Never raises; does nothing after `finish()`."""
        if self._done:
            return
        self._done = True
        for file in self._open:
            with contextlib.suppress(OSError, SousveilError, ValueError):
                file.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()


def make_parent(folder: Path) -> None:
    """Make the folder that is to hold the cases of several phones. Raises Usage where that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _nowhere(folder, error) from error


def _nowhere(target: Path, error: OSError) -> Usage:
    return Usage(
        t("error.folder.case_folder_can", target=visible(str(target)), reason=error.strerror),
        hint=t("error.folder.choose_another_place"),
    )


def refuse_existing(target: Path) -> None:
    """Raise Usage where `target` is there and is not an empty folder, or where nobody may look."""
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise Usage(
                t("error.folder.exists_folder", target=visible(str(target))),
                hint=t("error.folder.choose_another_place_out"),
            )
        if target.is_dir() and any(target.iterdir()):
            raise Usage(
                t("error.folder.folder_empty_nothing", target=visible(str(target))),
                hint=t("error.folder.choose_another_place_out_move"),
            )
    except OSError as error:
        raise Usage(
            t("error.folder.cannot_read", target=visible(str(target)), reason=error.strerror),
            hint=t("error.folder.choose_another_place_out"),
        ) from error


def stored_hashes(folder: Path) -> tuple[tuple[str, str], ...]:
    """Name and SHA-256 of every file of a case as it is stored, in alphabetical order, without the report that names them."""
    found = []
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name not in ("report.html", "report.html.age"):
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                found.append((path.relative_to(folder).as_posix(), digest))
    except OSError as error:
        raise disk_error("report.html", error) from error
    return tuple(found)


class CaseFiles:
    """The files of a finished case. `identity` opens a case that was written encrypted: an age identity file, or the
    identity itself.

    Reading raises Missing for what is no case, Malformed for a link out of it, Locked where an identity is missing or does
    not fit, Usage for a file that holds no identity.
    """

    def __init__(self, folder: Path, identity: Any = None) -> None:
        self.folder = folder
        self._identities = read_identities(identity) if isinstance(identity, Path) else [identity] if identity else []

    def stored(self, name: str) -> Path:
        """Where a file lies: under its own name, or encrypted under the name with `.age`."""
        shown = visible(str(self.folder))
        try:
            self.folder.stat()
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else t("error.folder.path")
            raise Missing(t("error.folder.cannot_read_8", shown=shown, why=why)) from error
        for path in (self.folder / name, self.folder / (name + ".age")):
            if path.is_file():
                # A link in a case from another computer would give the file of another case.
                if not path.resolve().is_relative_to(self.folder.resolve()):
                    raise Malformed(t("error.folder.outside", name=path.name), hint=t("error.common.run_check_again"))
                return path
        if not self.folder.is_dir():
            raise Missing(t("error.folder.case_folder", shown=shown), hint=t("error.folder.name_folder_sousveil"))
        raise Missing(
            t("error.folder.contains", name=visible(self.folder.name), file=name),
            hint=t("error.folder.name_folder_sousveil_check"),
        )

    @property
    def encrypted(self) -> bool:
        """Whether the case was written encrypted."""
        return self.stored("findings.json").suffix == ".age"

    def read(self, name: str, limit: int | None = MAX_READ) -> bytes:
        """The content of a file, decrypted in memory. Raises Malformed for one of more than `limit` bytes."""
        content = io.BytesIO()
        path = self.stored(name)
        try:
            if limit is not None and path.stat().st_size > limit:
                raise Malformed(t("error.folder.larger_any_file", name=path.name))
            self._copy(path, content)
        except OSError as error:
            raise Missing(t("error.folder.cannot_read_14", name=path.name, reason=error.strerror)) from error
        return content.getvalue()

    def write(self, name: str, content: bytes) -> None:
        """Put a file into the case, or in place of the one that is there: whole or not at all, and encrypted for the
        recipients of the case where the case is. Raises Malformed where nobody recorded these."""
        if encrypted := self.encrypted:
            content = encrypted_for(self._recorded_recipients(), content)
        target = self.folder / (name + (".age" if encrypted else ""))
        try:
            write_whole(target, content)
        except OSError as error:
            raise SousveilError(
                t("error.common.could_written", name=target.name, reason=error.strerror or type(error).__name__),
                hint=t("error.folder.case_changed_check"),
            ) from error

    def _recorded_recipients(self) -> list[str]:
        try:
            recipients = json.loads(self.read("run.json"))["recipients"]
        except (ValueError, KeyError, TypeError, RecursionError):
            recipients = None
        if not isinstance(recipients, list) or not recipients or not all(isinstance(r, str) for r in recipients):
            raise Malformed(t("error.folder.run_json_does"), hint=t("error.common.run_check_again"))
        return recipients

    def _need(self, path: Path) -> None:
        if not self._identities:
            raise Locked(
                t("error.folder.case_encrypted_cannot", name=path.name),
                hint=t("error.folder.name_file_your"),
            )

    def _copy(self, path: Path, out: BinaryIO) -> None:
        """Write the content of a stored file into `out`."""
        with path.open("rb") as file:
            if path.suffix != ".age":
                shutil.copyfileobj(file, out)
                return
            self._need(path)
            import pyrage

            try:
                pyrage.decrypt_io(file, out, self._identities)
            except (OSError, ValueError, pyrage.DecryptError) as error:
                raise Locked(
                    t("error.folder.cannot_decrypted_identity", name=path.name, reason=visible(str(error), 200)),
                    hint=t("error.folder.use_identity_key"),
                ) from error


def read_identities(path: Path) -> list[Any]:
    """The age identities of a file as `age-keygen` writes it."""
    import pyrage

    shown = visible(path.name)
    try:
        with path.open("rb") as stream:
            lines = stream.read(MAX_IDENTITY).decode("ascii", "replace").splitlines()
    except OSError as error:
        raise Usage(t("error.folder.identity_file_cannot", shown=shown, reason=error.strerror)) from error
    known: list[Any] = []
    for line in map(str.strip, lines):
        if line and not line.startswith("#"):
            with contextlib.suppress(pyrage.IdentityError):
                known.append(pyrage.x25519.Identity.from_str(line))
    if not known:
        raise Usage(
            t("error.folder.contains_age_identity", shown=shown),
            hint=t("error.folder.name_file_age"),
        )
    return known


def recipients_of(given: Sequence[str]) -> list[Any]:
    """The age keys that a person named. Raises Usage for one that is none."""
    if not given:
        return []
    import pyrage

    known: list[Any] = []
    for text in given:
        try:
            known.append(pyrage.x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError:
            raise Usage(
                t("error.folder.age_recipient", text=visible(text, 80)),
                hint=t("error.folder.use_public_key"),
            ) from None
    return known


def encrypted_for(recipients: Sequence[str], content: bytes) -> bytes:
    """The content encrypted for age keys; as it is where there are none."""
    if not recipients:
        return content
    import pyrage

    return bytes(pyrage.encrypt(content, recipients_of(recipients)))


def free_name(folder: Path, name: str) -> Path:
    """A path in a folder that nothing has yet: the name, or the name with a number."""
    number = 1
    while os.path.lexists(folder / (name if number == 1 else f"{name}-{number}")):
        number += 1
    return folder / (name if number == 1 else f"{name}-{number}")


class _AgeWriter(io.RawIOBase):
    """Encrypts what is written, while it is written: a pipe to a thread that reads, encrypts and stores."""

    def __init__(self, name: str, file: BinaryIO, recipients: list[Any]) -> None:
        super().__init__()
        self._name = name
        read_end, self._pipe = os.pipe()
        self._error: BaseException | None = None
        self._thread = threading.Thread(
            target=self._encrypt, args=(read_end, file, recipients), daemon=True, name=f"encrypt {name}"
        )
        self._thread.start()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Take bytes; blocks while the disk is slower."""
        view = memoryview(data).cast("B")
        done = 0
        try:
            while done < len(view):
                done += os.write(self._pipe, view[done:])
        except BrokenPipeError:
            self._thread.join()
            raise self._failure() from self._error
        return done

    def close(self) -> None:
        """Finish the encrypted file."""
        if self.closed:
            return
        os.close(self._pipe)
        self._thread.join()
        super().close()
        if self._error is not None:
            raise self._failure() from self._error

    def _failure(self) -> OSError:
        error = self._error
        full = "No space left" in str(error) or getattr(error, "errno", None) == 28
        return OSError(28 if full else 5, os.strerror(28 if full else 5))

    def _encrypt(self, read_end: int, file: BinaryIO, recipients: list[Any]) -> None:
        import pyrage

        try:
            with os.fdopen(read_end, "rb", buffering=1 << 16) as source, file:
                pyrage.encrypt_io(source, file, recipients)
        except (OSError, ValueError, pyrage.EncryptError) as error:
            self._error = error
