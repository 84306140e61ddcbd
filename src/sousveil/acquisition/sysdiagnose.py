"""A sysdiagnose archive of an iPhone or iPad as an acquisition: its files, and what it says of the phone.

An archive is listed in one forward pass, which also takes the few small files that state the phone's version and model. Its
files are read where they lie (see `tars`); nothing is unpacked to disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from sousveil.acquisition.clock import Clock
from sousveil.acquisition.content import open_layers, stored_size
from sousveil.acquisition.contents import Contained, Contents, HeldFiles, contents
from sousveil.acquisition.find import is_sysdiagnose
from sousveil.acquisition.model import Device, FileGroup, Limit, Member, Packed
from sousveil.acquisition.places import Where
from sousveil.acquisition.tars import GZIP_MAGIC, GZIPPED, MAX_ALL, is_tar, members
from sousveil.errors import Malformed, SousveilError, Unsupported
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

Key = TypeVar("Key")
ARCHIVE = lazy_pattern(
    r"(?P<cancelled>IN_PROGRESS_)?sysdiagnose_(?P<day>\d{4}\.\d\d\.\d\d)_(?P<time>\d\d-\d\d-\d\d)(?P<zone>[+-]\d{4})"
    r"_(?P<system>[^_/]{1,40})_(?P<kind>[^_/]{1,40})_(?P<build>[0-9A-Za-z]{3,20})"
)
"""The name that iOS gives to an archive and to its top folder."""
_ARCHIVES = (".tar.gz", ".tgz", ".tar")
_FACT_FILES = ("logs/SystemVersion/SystemVersion.plist", "remotectl_dumpstate.txt", "sysdiagnose.log", "README.txt")
_FACT_BYTES = 64 << 10
_MOMENT = lazy_pattern(r"(\d{4})[-.](\d\d)[-.](\d\d)[ _](\d\d)[:-](\d\d)[:-](\d\d)(?:\.\d+)? ?([+-]\d{4})")
_PROPERTY = lazy_pattern(r"^\s*([A-Za-z]{3,40}) => (.{1,100}?)\s*$", re.MULTILINE)
_ENTRY = lazy_pattern(r"<key>([A-Za-z]{3,40})</key>\s*<string>([^<]{1,100})</string>")
_COMPANIONS = ("-wal", "-journal", "-shm")
_FIRST_BUILD = {16: 12, 17: 13, 18: 14, 19: 15, 20: 16, 21: 17, 22: 18, 23: 26}
"""First number of a build -> major version of iOS."""


class Listing(msgspec.Struct):
    """The files of an archive, and the few that state facts."""

    held: Contents
    facts: dict[str, bytes] = msgspec.field(default_factory=dict)
    """By path below the top folder, the first bytes."""


def opened(path: Path) -> Sysdiagnose | None:
    """The acquisition at a path; None where the content is of another form. Raises Unsupported for a sysdiagnose of another
    system than iOS, and Malformed for an archive so named in which nothing can be read."""
    listing = listed(str(path))
    held = listing.held
    top = _top(held)
    if top is None:
        if ARCHIVE.search(path.name) and held.limits:
            raise Malformed(t("error.sysdiagnose.nothing_read", reason=held.limits[0].values.get("reason", "")))
        return None
    return Sysdiagnose(listing, top)


@lru_cache(maxsize=1)
def listed(path: str) -> Listing:
    """The files at a path. Never raises for what is damaged: that is a limit."""
    found = Listing(Contents(Path(path)))
    if found.held.path.is_dir():
        _unpacked_folder(found)
        return found
    stored = Member(suffix="", path=path)
    file = Contained("", found.held.path.name, stored)
    head = file.head()
    if head.startswith(GZIP_MAGIC) or is_tar(head):
        found.held.add(msgspec.structs.replace(file, archive=True))
        _tarred(found, file, "")
        return found
    zipped = contents(path)
    found.held.limits += zipped.limits
    inside = next((member for member in zipped.files if _is_archive(member)), None)
    for member in zipped.files:
        found.held.add(msgspec.structs.replace(member, archive=member.archive or member is inside))
        if member is inside:
            _tarred(found, member, member.where.lstrip("/"))
    return found


def _is_archive(file: Contained) -> bool:
    name = file.relative.rpartition("/")[2]
    return ARCHIVE.match(name) is not None and name.endswith(_ARCHIVES) and file.member.problem is None


def _unpacked_folder(found: Listing) -> None:
    """The files of a folder, each below the folder's own name."""
    listed_folder = contents(str(found.held.path))
    name = found.held.path.resolve().name or "sysdiagnose"
    found.held.limits += listed_folder.limits
    for file in listed_folder.files:
        found.held.add(msgspec.structs.replace(file, relative=f"{name}/{file.relative}") if file.domain == "" else file)


def _tarred(found: Listing, file: Contained, domain: str) -> None:
    """The members of a tar archive, whose bytes are read once from front to back."""
    head = file.head()
    layers = file.member.inside
    size = layers[-1].size if layers else stored_size(file.member.path)
    if head.startswith(GZIP_MAGIC):
        layers = (*layers, Packed(offset=0, stored=size, size=MAX_ALL, method=GZIPPED))
    try:
        archive = open_layers(file.member.path, layers)
        try:
            for row in members(archive):
                name = row.name.removeprefix("./").lstrip("/") or "?"
                member = Member(
                    suffix="",
                    path=file.member.path,
                    size=row.packed.size,
                    inside=(*layers, row.packed),
                    problem=row.problem,
                )
                if not found.held.add(Contained(domain, name, member)):
                    return
                below = name.partition("/")[2]
                if below in _FACT_FILES and row.problem is None and below not in found.facts:
                    found.facts[below] = archive.read(min(row.packed.size, _FACT_BYTES), row.packed.offset)
        finally:
            archive.close()
    except SousveilError as error:
        found.held.limits.append(
            Limit(id="archive_damaged", values={"file": file.where[:300], "reason": error.message})
        )


def _top(held: Contents) -> tuple[str, str] | None:
    """(domain, name) of the folder that is a sysdiagnose; None where there is none."""
    folders: dict[tuple[str, str], set[str]] = {}
    for file in held.files:
        top, _, rest = file.relative.partition("/")
        folders.setdefault((file.domain, top), set()).add(rest.partition("/")[0])
    return next((place for place, names in folders.items() if is_sysdiagnose(names)), None)


class Sysdiagnose(HeldFiles):
    """See `Acquisition`."""

    def __init__(self, listing: Listing, top: tuple[str, str]) -> None:
        self.held, self._facts = listing.held, listing.facts
        self._domain, self._top = top
        self.streamed = any(layer.method == GZIPPED for file in self.held.files for layer in file.member.inside)
        names = (self._top, self.held.path.name, *self._domain.split("/"))
        self._name = next((match for name in names if (match := ARCHIVE.search(name))), None)
        system = self._name["system"] if self._name else "iPhone-OS"
        if not system.startswith("iPhone"):
            raise Unsupported(
                t("error.sysdiagnose.other_system", system=system), hint=t("error.sysdiagnose.other_system_hint")
            )

    @property
    def identity(self) -> tuple[str, Member]:
        """The archive as it is stored; of a folder its sysdiagnose.log, else its first file."""
        if not self.held.path.is_dir():
            return f"/{self.held.path.name}", Member(suffix="", path=str(self.held.path))
        file = self._file("sysdiagnose.log") or self.held.files[0]
        return file.where, file.member

    @property
    def size(self) -> int:
        """Stored bytes: an archive is read to its end when it is listed."""
        return stored_size(str(self.held.path))

    # Files

    def _below(self, file: Contained) -> str | None:
        """The path below the top folder; None for a file beside it."""
        top, _, below = file.relative.partition("/")
        return below if top == self._top and file.domain == self._domain else None

    def _file(self, name: str) -> Contained | None:
        return next((file for file in self.held.files if self._below(file) == name), None)

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """Every file at one of the places, with the companions of a database."""
        files = {file.relative: file for file in self.held.files if self._below(file)}
        for file in files.values():
            for key, at in ats:
                if at.matches(file.domain, file.relative, None):
                    yield key, self._group(file, files)

    def _group(self, file: Contained, files: Mapping[str, Contained]) -> FileGroup:
        group = file.group()
        beside = [(suffix, files.get(file.relative + suffix)) for suffix in _COMPANIONS]
        more = [msgspec.structs.replace(other.member, suffix=suffix) for suffix, other in beside if other is not None]
        return msgspec.structs.replace(group, members=(*group.members, *more)) if more else group

    # The phone

    def _fact(self, name: str) -> bytes:
        """The first bytes of a small file; b"" where there is none or it cannot be read."""
        if name in self._facts:
            return self._facts[name]
        file = self._file(name)
        return file.head(_FACT_BYTES) if file is not None else b""

    @cached_property
    def _created(self) -> datetime | None:
        """When the archive was made, with the zone of the phone: by its name, else by its own log."""
        texts = [f"{self._name['day']} {self._name['time']} {self._name['zone']}"] if self._name else []
        texts += [self._fact(name).decode("utf-8", "replace") for name in ("sysdiagnose.log", "README.txt")]
        for text in texts:
            if moment := _MOMENT.search(text):
                try:
                    return datetime.strptime("".join(moment.groups()), "%Y%m%d%H%M%S%z")
                except ValueError:
                    continue
        return None

    @cached_property
    def clock(self) -> Clock:
        """The phone's wall clock when the archive was made."""
        return Clock.of(self.device)

    @cached_property
    def device(self) -> Device:
        """The phone, as the archive states it."""
        remote = dict(_PROPERTY.findall(self._fact("remotectl_dumpstate.txt").decode("utf-8", "replace")))
        version = dict(_ENTRY.findall(self._fact("logs/SystemVersion/SystemVersion.plist").decode("utf-8", "replace")))
        build = version.get("ProductBuildVersion") or remote.get("BuildVersion")
        build = build or (self._name["build"] if self._name else None)
        created = self._created
        offset = created.utcoffset() if created is not None else None
        return Device(
            platform="ios",
            acquisition="sysdiagnose",
            product_type=remote.get("ProductType"),
            product_version=version.get("ProductVersion") or remote.get("OSVersion") or major_of(build),
            build=build,
            last_backup=None if created is None else round(created.timestamp() * 1_000_000),
            unique_id=remote.get("UniqueDeviceID"),
            utc_offset=None if offset is None else round(offset.total_seconds()),
        )

    @cached_property
    def limits(self) -> list[Limit]:
        """What is not whole."""
        found = list(self.held.limits)
        if self._name and self._name["cancelled"]:
            found.append(Limit(id="sysdiagnose_in_progress"))
        if self._created is None:
            found.append(Limit(id="clock_unknown"))
        inner = [file for file in self.held.files if self._below(file) and _is_archive(file)]
        if inner:
            found.append(Limit(id="sysdiagnose_inside", values={"file": inner[0].where[:300]}))
        return found


def major_of(build: str | None) -> str | None:
    """The major version of iOS to which a build such as 20F66 belongs; None for one that is not known."""
    number = re.match(r"(\d{2})[A-Z]", build or "")
    major = _FIRST_BUILD.get(int(number[1])) if number else None
    return None if major is None else str(major)


__all__ = ["ARCHIVE", "Sysdiagnose", "listed", "major_of", "opened"]
