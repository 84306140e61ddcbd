"""A backup that `adb backup` made: the files of the apps that allow it, in a tar archive that is read where it lies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from sousveil.acquisition import abfile
from sousveil.acquisition.bugreport import MAX_INSTALLED, Bugreport
from sousveil.acquisition.content import open_member
from sousveil.acquisition.contents import Contained, Contents, contents
from sousveil.acquisition.model import Device, FileGroup, Limit, Member
from sousveil.acquisition.places import Where
from sousveil.errors import SousveilError, WrongKey
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

Key = TypeVar("Key")
FILES = "FILES OF APPS"
"""The title under which artefacts ask for the files of all apps (`At.section`)."""
MAX_TOGETHER = 2_000
"""Files of one group at most; more make another."""
_KEPT = {"r": "", "f": "files/", "db": "databases/", "sp": "shared_prefs/", "nb": "no_backup/", "c": "cache/"}
"""Folder in a backup -> folder below that of the app on the phone."""
_SHARED = {"ef": "/storage/emulated/0/Android/data/{}/files/", "obb": "/storage/emulated/0/Android/obb/{}/"}
_FILE = lazy_pattern(r"apps/([A-Za-z][A-Za-z0-9_.\-]{0,254})/(d_)?([a-z]{1,3})/(.+)")
_APP = lazy_pattern(r"apps/([A-Za-z][A-Za-z0-9_.\-]{0,254})/")
MANIFEST = lazy_pattern(r"apps/([A-Za-z][A-Za-z0-9_.\-]{0,254})/(?:k/)?_manifest")
"""The path of the file that says what an app is."""
_SYSTEMS = {
    21: "5.0",
    22: "5.1",
    23: "6",
    24: "7",
    25: "7.1",
    26: "8",
    27: "8.1",
    28: "9",
    29: "10",
    30: "11",
    31: "12",
}
_SYSTEMS |= {32: "12", 33: "13", 34: "14", 35: "15", 36: "16"}
"""Number of the platform, as a manifest states it -> version of Android."""


def place_on_phone(relative: str) -> tuple[str, str] | None:
    """(folder in the backup, absolute path on the phone) of a file in a backup; None where the path does not follow."""
    if ".." in relative.split("/"):
        return None
    if relative.startswith("shared/0/"):
        return "shared", "/storage/emulated/0/" + relative.removeprefix("shared/0/")
    found = _FILE.fullmatch(relative)
    if found is None:
        return None
    app, protected, folder, rest = found.groups()
    if folder in _SHARED and not protected:
        return folder, _SHARED[folder].format(app) + rest
    if folder not in _KEPT:
        return None
    return f"{protected or ''}{folder}", f"/data/{'user_de/0' if protected else 'data'}/{app}/{_KEPT[folder]}{rest}"


def located_files(ats: Sequence[tuple[Key, Where]], files: Iterable[Contained]) -> Iterator[tuple[Key, FileGroup]]:
    """Groups of the files of apps for each key that asks for them; the suffix of a member is its path in the backup."""
    keys = [key for key, at in ats if at.form == "section" and at.path == FILES]
    groups: dict[str, list[Member]] = {}
    for file in files if keys else ():
        if place_on_phone(file.relative) is not None:
            groups.setdefault(file.domain, []).append(msgspec.structs.replace(file.member, suffix=file.relative))
    for domain, members in groups.items():
        for first in range(0, len(members), MAX_TOGETHER):
            group = FileGroup(domain=domain, relative="", members=tuple(members[first : first + MAX_TOGETHER]))
            yield from ((key, group) for key in keys)


def header_of(member: Member) -> abfile.Header:
    """The header of a stored backup. Raises as `abfile.read_header` and `open_member`."""
    source = open_member(member)
    try:
        return abfile.read_header(source)
    finally:
        source.close()


def opened(path: Path) -> AndroidBackup | None:
    """The backup at a path; None where the content is of another form. Raises as `abfile.read_header`."""
    if path.is_dir():
        return None
    member = Member(suffix="", path=str(path))
    try:
        source = open_member(member)
    except SousveilError:
        return None
    try:
        if source.read(len(abfile.MAGIC), 0) != abfile.MAGIC:
            return None
        return AndroidBackup(path, abfile.read_header(source))
    finally:
        source.close()


class AndroidBackup(Bugreport):
    """See `Acquisition`."""

    form = "android-backup"

    def __init__(self, path: Path, header: abfile.Header) -> None:
        self._path, self._header = path, header
        self.encrypted = header.encrypted
        super().__init__(Contents(path) if header.encrypted else contents(str(path)), None)

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """Each file that lies at a place of a key, then the files of apps for each key that asks for them."""
        yield from super().locate(ats)
        yield from located_files(ats, self.held.files)

    @property
    def identity(self) -> tuple[str, Member]:
        """The file as it is stored."""
        return f"/{self._path.name}", Member(suffix="", path=str(self._path))

    def unlock_with(self, *, password: bytes | None = None, derived_key: bytes | None = None) -> bytes | None:
        """`derived_key` is IV and key of the content."""
        if not self.encrypted or (password is None and derived_key is None):
            return None
        key = derived_key if password is None else abfile.master_key(self._header, password)
        assert key is not None
        held = contents(str(self._path), key)
        if held.locked:
            raise WrongKey(t("error.androidqf.key_belongs_another"))
        self.held = held
        return key

    @cached_property
    def device(self) -> Device:
        """The phone, as the manifests of the apps state it."""
        names = {app[1] for file in self.held.files if (app := _APP.match(file.relative))}
        return msgspec.structs.replace(
            super().device,
            encrypted=self.encrypted,
            product_version=_SYSTEMS.get(self._platform()),
            installed=tuple(sorted(names)[:MAX_INSTALLED]),
        )

    def _platform(self) -> int:
        """The number of the platform that the first manifest states; 0 for none."""
        first = next((file for file in self.held.files if MANIFEST.fullmatch(file.relative)), None)
        lines = first.head(2048).split(b"\n") if first is not None else []
        return int(lines[3]) if len(lines) > 3 and re.fullmatch(rb"[0-9]{1,4}", lines[3]) else 0

    @property
    def limits(self) -> list[Limit]:
        """What is not whole."""
        return list(self.held.limits)


__all__ = ["FILES", "MANIFEST", "AndroidBackup", "header_of", "located_files", "opened", "place_on_phone"]
