"""The one door to evidence: tells by content in which form a phone's data comes, and opens it.

A module below `acquisition/forms/` holds one constant `FORM`; nothing else has to be edited to add an input. The parent
looks at names and first bytes only (`form_of`); what the content truly is, a worker decides (`open_acquisition`).
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from sousveil.acquisition.content import open_stored
from sousveil.acquisition.model import Device, FileGroup, Limit, Member
from sousveil.acquisition.places import Where
from sousveil.errors import SousveilError, Unsupported
from sousveil.texts import t

Key = TypeVar("Key")
HEAD = 4096
"""Bytes of a file from which its form may be guessed."""


class StoredFile(msgspec.Struct, frozen=True):
    """One file of an acquisition, as the raw pass meets it."""

    row: int
    where: str
    """How it is cited; the same as `FileGroup.where` with the suffix of the member."""
    member: Member
    archive: bool = False
    """Whether its members are files of the acquisition as well, or it copies others: then it is hashed and not searched."""
    place: str = ""
    """`domain/relative path` as a backup would cite it; "" for `where`. `--skip` compares it."""


class Acquisition(Protocol):
    """An opened acquisition, inside a worker."""

    encrypted: bool
    """Whether its files must be decrypted here."""
    streamed: bool
    """Whether its files lie in one stream: listing them anew, or reading them in another order, reads all of it again."""

    @property
    def device(self) -> Device: ...

    @property
    def limits(self) -> Sequence[Limit]: ...

    @property
    def identity(self) -> tuple[str, Member]:
        """The file whose hash names the case, and how it is cited."""
        ...

    @property
    def size(self) -> int:
        """Bytes that have to be read to list its files; time is allowed by it."""
        ...

    def unlock_with(self, *, password: bytes | None = None, derived_key: bytes | None = None) -> bytes | None:
        """Use this secret from now on; gives the key that unlocks it again at once. Raises Locked for a wrong one."""
        ...

    def row_span(self) -> tuple[int, int, int]:
        """(first row, last row, number) of its files; (0, -1, 0) for none."""
        ...

    def beside(self) -> Iterable[StoredFile]:
        """Files beside those that are listed in rows, by position."""
        ...

    def stored(self, first: int, last: int) -> Iterator[StoredFile]:
        """The files in these rows, both included."""
        ...

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """Every file, or part of one, at one of the places; (key, group) once for each key and file."""
        ...


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A form in which a phone's data comes."""

    name: str
    """Such as `android-bugreport`: what `Device.acquisition` says."""
    platform: str
    rank: int = 50
    """Forms of lower rank are asked first: those that hold another form inside."""
    folder: Callable[[frozenset[str]], bool]
    """Whether a folder with these entries may be of this form."""
    head: Callable[[bytes], bool]
    """Whether a file with these first bytes may be of this form."""
    named: Callable[[str], bool]
    """Whether a file of this name, met in a folder that is searched, is worth a look at its first bytes."""
    together: bool = False
    """Whether all files of this form in one folder are one acquisition: the folder."""
    deep: Callable[[Path], bool] = lambda folder: False
    """Whether folders far below one that was named, in which nothing was found, show it to be of this form."""
    open: Callable[[Path], Acquisition | None]
    """The acquisition; None where the content is of another form."""


@cache
def forms() -> tuple[Form, ...]:
    """Every `FORM` constant below the package, in the order in which they are asked."""
    root = importlib.import_module("sousveil.acquisition.forms")
    found = [
        getattr(importlib.import_module(info.name), "FORM", None)
        for info in pkgutil.walk_packages(root.__path__, root.__name__ + ".")
    ]
    return tuple(sorted((form for form in found if isinstance(form, Form)), key=lambda form: (form.rank, form.name)))


def folder_form(names: frozenset[str]) -> Form | None:
    """The form that a folder with these entries may have."""
    return next((form for form in forms() if form.folder(names)), None)


def file_form(path: str) -> Form | None:
    """The form that a file may have by its first bytes; None also where it cannot be read."""
    try:
        descriptor = open_stored(path)
    except SousveilError:
        return None
    try:
        head = os.read(descriptor, HEAD)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return next((form for form in forms() if form.head(head)), None)


def open_acquisition(path: Path) -> Acquisition:
    """What lies at a path, told by its content. Raises Unsupported where no form fits, and as the form that does."""
    for form in forms():
        opened = form.open(path)
        if opened is not None:
            return opened
    raise Unsupported(
        t("error.door.known_acquisition_phone"),
        hint=t("error.door.iphone_backup_folder"),
    )


__all__ = [
    "HEAD",
    "Acquisition",
    "Form",
    "StoredFile",
    "file_form",
    "folder_form",
    "forms",
    "open_acquisition",
]
