"""Which inputs of a call with several have a case already: a journal beside the cases."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from sousveil.cases.folder import disk_error, free_name
from sousveil.cases.settings import Settings

JOURNAL = ".sousveil-inputs.jsonl"


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the journal."""

    input: str
    """See `input_digest`."""
    folder: str
    """Name of the folder of its case."""


def note_input(digest: str, folder: Path) -> None:
    """Note that the case of the input with this digest is about to get this folder. Raises SousveilError where that cannot be written."""
    line = msgspec.json.encode(Noted(input=digest, folder=folder.name)) + b"\n"
    try:
        handle = os.open(folder.parent / JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise disk_error(JOURNAL, error) from error


def finished_cases(settings: Settings, digest: str = "") -> dict[str, Path]:
    """The folders of finished cases below `--out`, by the digests of their inputs, or of one `digest` alone. A line that was cut
    off is left out. A process that died may have noted a name that the next case got: the last line of a folder counts."""
    assert settings.out is not None
    owners: dict[str, str] = {}
    try:
        lines = (settings.out / JOURNAL).read_bytes().splitlines()
    except OSError:
        return {}
    if digest:
        names = {noted.folder.encode() for noted in _noted(line for line in lines if digest.encode() in line)}
        lines = [line for line in lines if any(name in line for name in names)]
    for noted in _noted(lines):
        owners[Path(noted.folder).name] = noted.input
    found: dict[str, Path] = {}
    for name, owner in owners.items():
        with suppress(OSError):
            if name.startswith("case-") and any((settings.out / name).iterdir()):
                found[owner] = settings.out / name
    return found


def _noted(lines: Iterable[bytes]) -> Iterator[Noted]:
    for line in lines:
        with suppress(msgspec.DecodeError, msgspec.ValidationError):
            yield msgspec.json.decode(line, type=Noted)


def clear_unfinished(settings: Settings) -> None:
    """Remove below `--out` what processes that died have begun: it may hold personal data, and no case has that name."""
    if settings.out is None or settings.no_files:
        return
    for unfinished in settings.out.glob(".sousveil-*.part"):
        shutil.rmtree(unfinished, ignore_errors=True)
    for folder in settings.out.glob("case-*"):
        with suppress(OSError):
            folder.rmdir()  # only where it is empty: its name was taken and no case followed


def reserve(folder: Path, name: str) -> Path:
    """A new empty folder below this one, of this name or of the name with a number: no other process gets it."""
    while True:
        path = free_name(folder, name)
        try:
            path.mkdir(mode=0o700)
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise disk_error(path.name, error) from error


_ELSEWHERE = (
    *("paths", "jobs", "resume", "progress", "arguments", "ask", "at_once", "out", "password"),
    *("addresses", "destination", "on", "certificates", "copy"),
)
"""Settings that change no case."""


def input_digest(version: str, settings: Settings, path: Path | None, stored: object = None) -> str:
    """A hash over an input, what is looked for and how: the place, size and times of its files, never their content. `stored`
    is what a store reports of an input without a path."""
    asked = msgspec.structs.asdict(settings)
    for name in _ELSEWHERE:
        del asked[name]
    files = [*([path] if path else []), *settings.indicators, *([settings.suppress] if settings.suppress else [])]
    told = repr((version, sorted(asked.items()), [_facts(file) for file in files], *([stored] if path is None else [])))
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _facts(path: Path) -> list[tuple[str, int, int]]:
    found = []
    with suppress(OSError):
        for file in (path, *(sorted(path.iterdir()) if path.is_dir() else ())):
            state = file.stat()
            found.append((str(file.resolve()), state.st_size, state.st_mtime_ns))
    return found
