"""Inputs and cases in a store that fsspec knows, such as s3://bucket/folder.

The process that examines an input copies it to private scratch, and afterwards copies the case to the store. A store has no
rename. So a note that a case has begun comes first, then its files, then a note that the case is whole; a case that has
begun and is not whole is removed by the next run. Keys and passwords come from the environment and the files of the
computer that opens the store. A library may quote them in its errors, so no text of such an error is kept."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from sousveil.acquisition.door import HEAD, folder_form, forms
from sousveil.acquisition.find import MAX_DEPTH, MAX_FOLDERS, look_through
from sousveil.cases.folder import CaseFiles, disk_error
from sousveil.cases.judgements import read_report
from sousveil.cases.model import Case
from sousveil.cases.telling import Told
from sousveil.errors import LimitExceeded, Missing, SousveilError, Usage
from sousveil.kinds import visible
from sousveil.texts import t

SILENCE = "SOUSVEIL_STORE_SILENCE"
"""Seconds that a store may take for one block or one group of files."""
SCRATCH = "SOUSVEIL_SCRATCH"
"""The folder in which scratch is made."""
QUOTA = "SOUSVEIL_SCRATCH_GIB"
"""GiB that the copy of one input may take."""
BLOCK = 8 << 20
TOGETHER = 64
"""Files that are asked for at once, with `BLOCK` bytes together at most."""
WHOLE, BEGUN = ".sousveil-inputs", ".sousveil-begun"
"""Folders of a destination: an object for each input with a whole case, named by its digest, and one for each case that has
begun, which holds that digest."""
_PREFIX = "sousveil-scratch-"
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
_CASE = re.compile(r"case-[0-9a-z-]+")
_FLAT = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory")
"""Schemes of stores that need no folder before a file is written."""
_OF_EXTRA = {"s3": "s3fs", "s3a": "s3fs"}


def is_address(text: str) -> bool:
    """Whether a text names a place in a store, not a path of this computer."""
    return _ADDRESS.match(text) is not None


class _Silent(BaseException):
    """A store took too long; no library catches this on its way."""


def _number(name: str, default: float) -> float:
    """A positive number of the environment. Raises Usage."""
    try:
        number = float(os.environ.get(name, default))
    except ValueError:
        number = 0
    if not number > 0:
        raise Usage(t("error.stores.number", name=name))
    return number


@contextmanager
def _answering(address: str) -> Iterator[None]:
    """Raise SousveilError for whatever a store raises in the block, and where it takes longer than `SILENCE`."""
    seconds = _number(SILENCE, 60)

    def end(*_: object) -> None:
        raise _Silent

    timed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, end) if timed else None
    if timed:
        signal.setitimer(signal.ITIMER_REAL, seconds)
    shown, again = visible(address, 500), t("error.stores.again")
    try:
        yield
    except SousveilError:
        raise
    except (_Silent, TimeoutError):
        raise SousveilError(t("error.stores.silent", address=shown, seconds=f"{seconds:g}"), hint=again) from None
    except FileNotFoundError:
        raise Missing(t("error.stores.missing", address=shown), hint=t("error.stores.name_another")) from None
    except PermissionError:
        raise SousveilError(t("error.stores.refused", address=shown), hint=t("error.stores.keys")) from None
    except Exception as error:  # noqa: BLE001 - what a library raises; its text may quote a key
        if isinstance(error, OSError) and error.errno in (28, 122):
            raise full_scratch(error) from None
        reason = type(error).__name__
        raise SousveilError(t("error.stores.failed", address=shown, reason=reason), hint=again) from None
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def full_scratch(error: OSError) -> SousveilError:
    """The error to show when scratch could not be written."""
    return SousveilError(disk_error(t("error.stores.copy"), error).message, hint=make_room())


def make_room() -> str:
    """What to do when the disk with scratch is full."""
    return t("error.stores.room", computer=platform.node(), name=SCRATCH)


def local_path(address: str) -> Path | None:
    """The path of an address that names a place on this computer, such as file:///folder. Raises as `Store`."""
    from fsspec.implementations.local import LocalFileSystem

    store = Store(address)
    return Path(store._root or "/") if isinstance(store._system, LocalFileSystem) else None


class StoredFile(msgspec.Struct, frozen=True):
    """A file below an address."""

    name: str
    """With `/` between its folders; "" for the address itself."""
    path: str
    """As the library calls it."""
    size: int


class Store:
    """A place in a store. Methods raise SousveilError; its text names the address and no secret."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if "@" in parts.netloc or parts.query or "::" in address:
            raise Usage(t("error.stores.secret"), hint=t("error.stores.keys"))
        self.address = address.rstrip("/")
        self._flat = parts.scheme in _FLAT
        options: dict[str, Any] = {"use_listings_cache": False}
        if parts.scheme in _OF_EXTRA:
            options["config_kwargs"] = {"connect_timeout": 10, "read_timeout": _number(SILENCE, 60)}
        import fsspec

        try:
            kind = fsspec.get_filesystem_class(parts.scheme)
        except (ImportError, ValueError):
            if library := _OF_EXTRA.get(parts.scheme):
                raise ModuleNotFoundError(name=library) from None
            raise Usage(t("error.stores.unknown", scheme=visible(parts.scheme, 40))) from None
        with _answering(self.address):
            self._system = kind(**options)
            self._root: str = kind._strip_protocol(self.address).rstrip("/")

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def list(self, name: str = "") -> list[tuple[str, bool, int, str]]:
        """Name, whether it is a folder, bytes, and what changes with the content, of each entry of a folder."""
        root = self._path(name)
        with _answering(self.address):
            entries = self._system.ls(root, detail=True)
        found = []
        for entry in entries:
            entry_name = entry["name"].rstrip("/").rpartition("/")[2]
            if entry["name"].rstrip("/") == root and entry["type"] != "directory":
                entry_name = ""  # the folder is a file
            elif entry["name"].rstrip("/") == root:
                continue
            changed = entry.get("ETag") or entry.get("LastModified") or entry.get("mtime") or entry.get("created")
            found.append((entry_name, entry["type"] == "directory", int(entry.get("size") or 0), str(changed)))
        return sorted(found)

    def head(self, name: str) -> bytes:
        """The first bytes of a file."""
        with _answering(self.address):
            return bytes(self._system.cat_file(self._path(name), start=0, end=HEAD))

    def exists(self, name: str) -> bool:
        """Whether a file or folder is there."""
        with _answering(self.address):
            return bool(self._system.exists(self._path(name)))

    def read(self, name: str) -> bytes:
        """A small file."""
        with _answering(self.address):
            return bytes(self._system.cat_file(self._path(name)))

    def read_all(self, names: Sequence[str]) -> Iterator[bytes | None]:
        """Small files, in the order of their names; None for each that is not there."""
        for start in range(0, len(names), TOGETHER):
            with _answering(self.address):
                paths = [self._path(name) for name in names[start : start + TOGETHER]]
                contents = self._system.cat_ranges(paths, None, None, on_error="return")
                for content in contents:
                    if isinstance(content, BaseException) and not isinstance(content, FileNotFoundError):
                        raise content
            yield from (bytes(content) if isinstance(content, bytes) else None for content in contents)

    def write(self, name: str, content: bytes) -> None:
        """A small file."""
        path = self._path(name)
        with _answering(self.address):
            self._make_folder(path)
            self._system.pipe_file(path, content)

    def create(self, name: str, content: bytes) -> bool:
        """A small file where there is none; gives whether it was written. Of several processes that do so at once, one succeeds:
        always in S3, elsewhere where the library can do that."""
        path = self._path(name)
        with _answering(self.address):
            self._make_folder(path)
            try:
                self._system.pipe_file(path, content, mode="create")
            except FileExistsError:
                return False
        return True

    def _make_folder(self, path: str) -> None:
        """Make the folder of a file, in a store that needs it."""
        if not self._flat:
            self._system.makedirs(path.rpartition("/")[0], exist_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file or folder that may be there."""
        with _answering(self.address), suppress(FileNotFoundError):
            self._system.rm(self._path(name), recursive=True)

    def files(self, name: str = "") -> Sequence[StoredFile]:
        """Every file at or below a name. Raises Malformed for a name that no folder of this computer can hold."""
        root = self._path(name)
        with _answering(self.address):
            entries = self._system.find(root, detail=True).values()
        found = []
        for entry in entries:
            path = entry["name"]
            below = "" if path == root else path.removeprefix(root + "/")
            if below.endswith("/") or (below and below == path):
                continue  # a folder that is an object; an entry elsewhere
            if below and not all(map(_sound, below.split("/"))):
                raise Usage(t("error.stores.bad_name", name=visible(below, 200)))
            found.append(StoredFile(below, path, int(entry["size"] or 0)))
        return sorted(found, key=lambda file: file.name)

    def download(self, into: Path) -> Path:
        """Copy what is at the address into a folder. Raises LimitExceeded where that is more than the quota."""
        files = self.files()
        if not files:
            raise Missing(t("error.stores.missing", address=visible(self.address, 500)))
        total, most = sum(file.size for file in files), int(_number(QUOTA, 256) * 2**30)
        if total > most:
            raise LimitExceeded(
                t("error.stores.quota", size=f"{total:,}", most=f"{most:,}"), hint=t("error.stores.raise", name=QUOTA)
            )
        if total > shutil.disk_usage(into).free:
            raise full_scratch(OSError(28, ""))
        name = self.address.rpartition("/")[2]
        target = into / (name if _sound(name) else "input")
        small: list[StoredFile] = []
        for file in files:
            local = target / file.name if file.name else target
            try:
                local.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise full_scratch(error) from None
            if file.size > BLOCK // 4:
                self._stream(file, local)
                continue
            if len(small) == TOGETHER or sum(one.size for one in small) + file.size > BLOCK:
                self._get(small, target)
                small = []
            small.append(file)
        self._get(small, target)
        return target

    def _get(self, files: Sequence[StoredFile], target: Path) -> None:
        if not files:
            return
        places = [target / file.name if file.name else target for file in files]
        with _answering(self.address):
            self._system.get([file.path for file in files], [str(place) for place in places])
        for file, place in zip(files, places, strict=True):
            self._compare(file.size, place.stat().st_size if place.is_file() else 0)

    def _stream(self, file: StoredFile, place: Path) -> None:
        with _answering(self.address):
            source = self._system.open(file.path, "rb", block_size=BLOCK)
        size = 0
        with source, place.open("wb") as out:
            while size <= file.size:
                with _answering(self.address):
                    block = source.read(BLOCK)
                    out.write(block)
                if not block:
                    break
                size += len(block)
        self._compare(file.size, size)

    def _compare(self, stated: int, size: int) -> None:
        if size != stated:
            raise SousveilError(
                t("error.stores.half", address=visible(self.address, 500), size=f"{size:,}", stated=f"{stated:,}"),
                hint=t("error.stores.again"),
            )

    def upload(self, place: Path, name: str) -> None:
        """Copy a file of this computer to a name."""
        if place.stat().st_size <= BLOCK:
            self.write(name, place.read_bytes())
            return
        with _answering(self.address):
            self._make_folder(self._path(name))
            out = self._system.open(self._path(name), "wb", block_size=BLOCK)
        try:
            with place.open("rb") as source:
                while block := source.read(BLOCK):
                    with _answering(self.address):
                        out.write(block)
            with _answering(self.address):
                out.close()
        except BaseException:
            with suppress(Exception):
                out.discard()
            raise


def _sound(name: str) -> bool:
    return name not in ("", ".", "..") and "\0" not in name and "\\" not in name and len(os.fsencode(name)) <= 255


# Inputs


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An acquisition in a store."""

    address: str
    platform: str
    facts: tuple[tuple[str, int, str], ...]
    """Name, size and mark of its content, of each of its entries."""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What an address holds."""

    stored: list[Stored]
    passed_over: list[str]
    """Archives beside the acquisitions whose names no form knows; see `Found`."""
    bad_names: list[str]
    """Entries with names that no folder of this computer can hold."""


def look_through_store(address: str) -> Contents:
    """The acquisitions at an address, by their names and first bytes as in a folder. Raises as `look_through`."""
    store = Store(address)
    bad_names: list[str] = []
    facts: dict[str, tuple[tuple[str, int, str], ...]] = {}
    with scratch() as private:
        top = private / (store.address.rpartition("/")[2] or "store")
        waiting, count = [("", 0)], 0
        while waiting:
            name, depth = waiting.pop()
            entries = store.list(name)
            if not name and not entries:
                raise Missing(t("error.stores.missing", address=visible(store.address, 500)))
            count += 1
            place = top / name
            if not name and [entry[0] for entry in entries] == [""]:
                top.write_bytes(store.head(""))
                facts[""] = tuple((own, size, mark) for own, _, size, mark in entries)
                break
            place.mkdir(mode=0o700)
            known = folder_form(frozenset(entry[0] for entry in entries)) is not None
            facts[name] = tuple((own, size, mark) for own, is_folder, size, mark in entries if not is_folder)
            for own, is_folder, size, mark in entries:
                below = f"{name}/{own}".lstrip("/")
                if not _sound(own):
                    bad_names.append(below)
                    continue
                if is_folder:
                    if not known and depth < MAX_DEPTH and count + len(waiting) <= MAX_FOLDERS:
                        waiting.append((below, depth + 1))
                    else:
                        (place / own).mkdir(mode=0o700)
                    continue
                named = not known and size and any(form.named(own) for form in forms())
                (place / own).write_bytes(store.head(below) if named else b"")
                facts[below] = (("", size, mark),)
        found = look_through(top)
        places = {path: "" if path == top else path.relative_to(top).as_posix() for path in found.backups}
        stored = [
            Stored(
                address=f"{store.address}/{name}".rstrip("/"),
                platform=found.platforms.get(path, "ios"),
                facts=facts.get(name, ()),
            )
            for path, name in places.items()
        ]
        passed_over = [path.relative_to(top).as_posix() for path in found.passed_over]
        return Contents(stored=stored, passed_over=passed_over, bad_names=sorted(bad_names))


@contextmanager
def scratch() -> Iterator[Path]:
    """A private folder that is removed at the end, and by the next process where this one is killed."""
    base = Path(os.environ.get(SCRATCH) or os.environ.get("TMPDIR") or ("/var/tmp" if os.name == "posix" else ""))
    base = base if base.name else Path(tempfile.gettempdir())
    _sweep(base)
    try:
        folder = Path(tempfile.mkdtemp(prefix="sousveil-new-", dir=base))  # mode 0700
        lock = _locked(folder)
        folder = folder.rename(base / (_PREFIX + secrets.token_hex(8)))
    except OSError as error:
        raise Usage(
            t("error.stores.scratch", folder=visible(str(base)), reason=error.strerror),
            hint=t("error.stores.raise", name=SCRATCH),
        ) from None
    try:
        (folder / "files").mkdir(mode=0o700)
        yield folder / "files"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """A descriptor whose process alone has the scratch folder; None where another has it, or the system has no such locks."""
    if os.name != "posix":
        return None
    import fcntl

    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        handle = os.open("lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=top)
    finally:
        os.close(top)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _sweep(base: Path) -> None:
    """Remove the scratch of processes that were killed."""
    for folder in base.glob(_PREFIX + "*"):
        with suppress(OSError):
            if folder.lstat().st_uid == os.getuid() and (lock := _locked(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


# Cases


class _Whole(msgspec.Struct, frozen=True, kw_only=True):
    """That the case of an input is whole."""

    folder: str
    """Its name below the destination."""
    files: dict[str, tuple[int, str]]
    """Bytes and SHA-256, in hexadecimal, of each file."""


def save_case(store: Store, folder: Path, digest: str) -> str:
    """Copy a case to a store, whole or not at all; gives its address. `digest` names the input that is finished with it; ""
    where the input is not finished."""
    name = folder.name
    try:
        store.write(f"{BEGUN}/{name}", digest.encode())
        files = {}
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in sorted(paths, key=lambda path: path.name.startswith("report.html")):  # the report comes last
            with path.open("rb") as content:
                hashed = hashlib.file_digest(content, "sha256").hexdigest()
            own = path.relative_to(folder).as_posix()
            files[own] = (path.stat().st_size, hashed)
            store.upload(path, f"{name}/{own}")
        stored = {file.name: file.size for file in store.files(name)}
        if (
            not files
            or stored != {own: size for own, (size, _) in files.items()}
            or not store.exists(f"{BEGUN}/{name}")
        ):
            raise SousveilError(t("error.stores.changed", name=name), hint=t("error.stores.again"))
        if digest and (other := _note_whole(store, digest, _Whole(folder=name, files=files))) is not None:
            _drop(store, name)  # a worker that seemed to be lost has saved the same input
            return other
    except BaseException:
        with suppress(SousveilError):
            # Not the note: an upload that was given up may still arrive, and the next run removes it.
            store.remove(name)
        raise
    with suppress(SousveilError):
        store.remove(f"{BEGUN}/{name}")
    return f"{store.address}/{name}"


def _note_whole(store: Store, digest: str, whole: _Whole) -> str | None:
    """Note that the case of an input is whole. The first case of an input counts: gives the address of another that does."""
    note = msgspec.json.encode(whole)
    for _ in range(2):
        if (other := finished_with(store, digest)) is not None:
            return other
        if store.create(f"{WHOLE}/{digest}", note):
            return None
    store.write(f"{WHOLE}/{digest}", note)  # files of the case that was noted were deleted
    return None


def _drop(store: Store, name: str) -> None:
    store.remove(name)
    store.remove(f"{BEGUN}/{name}")


def finished_in_store(store: Store) -> frozenset[str]:
    """The digests of the inputs whose cases are whole and whose folders are there."""
    digests, folders = _names(store, WHOLE), set(_names(store, ""))
    notes = zip(digests, store.read_all([f"{WHOLE}/{digest}" for digest in digests]), strict=True)
    return frozenset(digest for digest, note in notes if (whole := _whole(note)) and whole.folder in folders)


def finished_with(store: Store, digest: str) -> str | None:
    """The address of the whole case of the input with this digest, where each of its files is there."""
    try:
        whole = _whole(store.read(f"{WHOLE}/{digest}"))
        stored = {file.name: file.size for file in store.files(whole.folder)} if whole else None
    except Missing:
        return None
    sizes = whole and {name: size for name, (size, _) in whole.files.items()}
    return f"{store.address}/{whole.folder}" if whole and stored == sizes else None


def _whole(note: bytes | None) -> _Whole | None:
    with suppress(msgspec.MsgspecError):
        whole = msgspec.json.decode(note or b"", type=_Whole)
        return whole if _CASE.fullmatch(whole.folder) else None
    return None


def _names(store: Store, folder: str) -> list[str]:
    try:
        return [entry[0] for entry in store.list(folder)]
    except Missing:
        return []


def clear_store(store: Store, *, keep_notes: bool = False) -> None:
    """Remove the cases that have begun and are not whole. Where a process of this run may still write, `keep_notes` leaves
    their notes for the next run."""
    for name in filter(_CASE.fullmatch, _names(store, BEGUN)):
        digest = store.read(f"{BEGUN}/{name}").decode("ascii", "replace")
        if not digest or finished_with(store, digest) != f"{store.address}/{name}":
            store.remove(name)
            if keep_notes:
                continue
        store.remove(f"{BEGUN}/{name}")


def refuse_used(store: Store) -> None:
    """Raise Usage for a destination that has something already."""
    with suppress(Missing):
        if store.list():
            raise Usage(
                t("error.folder.folder_empty_nothing", target=visible(store.address)),
                hint=t("error.folder.choose_another_place_out"),
            )


def stored_report(address: str) -> tuple[Case, Told]:
    """`read_report` of a case in a store; what is encrypted cannot be read."""
    store = Store(address)
    name = "report.json"
    with scratch() as private:
        (private / name).write_bytes(store.read(name))
        return read_report(CaseFiles(private))


def write_page(store: Store, name: str, content: bytes) -> str:
    """Write a page beside the cases under this name, or the name with a number; gives its address."""
    stem, dot, ending = name.partition(".")
    number, own = 1, name
    while store.exists(own):
        number += 1
        own = f"{stem}-{number}{dot}{ending}"
    store.write(own, content)
    return f"{store.address}/{own}"


__all__ = [
    "Store",
    "Stored",
    "StoredFile",
    "clear_store",
    "finished_in_store",
    "finished_with",
    "is_address",
    "local_path",
    "look_through_store",
    "make_room",
    "refuse_used",
    "save_case",
    "scratch",
    "stored_report",
    "write_page",
]
