"""An acquisition of AndroidQF: files of its collector, the output of dumpsys, and often a bug report inside.

Files that hold what a section of a bug report holds (`getprop.txt`, `logcat.txt`) are read as that section. An archive that is
encrypted with age is read where it lies: see `age`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sousveil.acquisition import abfile, age
from sousveil.acquisition.android_backup import header_of, located_files
from sousveil.acquisition.bugreport import Bugreport
from sousveil.acquisition.clock import Clock, clock_of
from sousveil.acquisition.content import content_size, open_member
from sousveil.acquisition.contents import MAX_LOCKED, Contained, Contents, contents, sealed_contents
from sousveil.acquisition.dumpstate import dumpstate_text
from sousveil.acquisition.find import is_androidqf
from sousveil.acquisition.intrusion_logs import located_logs
from sousveil.acquisition.model import Device, FileGroup, Limit, Member, Packed, Section, whole
from sousveil.acquisition.places import Where
from sousveil.errors import Locked, Malformed, SousveilError, WrongKey
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

Key = TypeVar("Key")
AS_SECTION: Mapping[str, str] = {
    "getprop.txt": "SYSTEM PROPERTIES",
    "logcat.txt": "SYSTEM LOG",
    "logcat_old.txt": "LAST LOGCAT",
    "ps.txt": "PROCESSES AND THREADS",
    "processes.txt": "PROCESSES AND THREADS",
}
"""Files whose text is that of a section of a bug report."""
INTRUSION_LOGS = ("intrusion_logs/", "intrusion-logs/")
"""Below it lie the logs of Intrusion Logging."""
LOGS = "logs/"
"""Below it lie copies of the phone's files, by their absolute path."""
_FACTS = 1 << 20
"""Bytes of acquisition.json and getprop.txt that are read when the acquisition is opened."""
_PROPERTY = lazy_pattern(r"^\[([^\]\n]{1,200})\]: \[([^\]]{0,2000})\]$", re.MULTILINE)


def opened(path: Path) -> AndroidQF | None:
    """The acquisition at a path; None where the content is of another form."""
    sealed = _sealed(path)
    if sealed is not None:
        return AndroidQF(path, None, sealed)
    held = contents(str(path))
    return AndroidQF(path, held, None) if _root(held) is not None else None


def _root(held: Contents) -> str | None:
    """The folder of the acquisition inside the archive, with its slash; mostly "". None where there is none."""
    folders = {"": set[str]()}
    for file in held.files:
        if file.domain == "":
            top, mark, rest = file.relative.partition("/")
            folders[""].add(file.relative)
            folders.setdefault(top + mark, set()).add(rest)
    return next((folder for folder, names in folders.items() if is_androidqf(names)), None)


def _sealed(path: Path) -> age.Header | None:
    """The header, where the file is encrypted with age."""
    if path.is_dir():
        return None
    try:
        source = open_member(Member(suffix="", path=str(path)))
    except SousveilError:
        return None
    try:
        if source.read(len(age.MAGIC), 0) != age.MAGIC:
            return None
        return age.read_header(source)
    finally:
        source.close()


class AndroidQF(Bugreport):
    """See `Acquisition`."""

    form = "androidqf"

    def __init__(self, path: Path, held: Contents | None, sealed: age.Header | None) -> None:
        """`held` is None for an archive that is encrypted: `unlock_with` opens it."""
        self._path, self._sealed = path, sealed
        self.encrypted = sealed is not None
        super().__init__(held or Contents(path), None)
        if held is not None:
            self._arrange()

    def _arrange(self) -> None:
        """Tell the texts apart: dumpsys.txt of the collector, and the bug reports among the files."""
        self._root = _root(self.held) or ""
        self.text = self._file("dumpsys.txt")
        report = dumpstate_text([file for file in self.held.files if file is not self.text])
        self._report = Bugreport(self.held, report) if report is not None else None

    _report: Bugreport | None = None
    _root = ""

    def _name(self, file: Contained) -> str | None:
        """The name that the collector gave to a file; None for a member of an archive inside."""
        return file.relative.removeprefix(self._root) if file.domain == "" else None

    def _of_intrusion_logging(self, file: Contained) -> bool:
        name = (file.domain or file.relative).removeprefix(self._root)
        return name.startswith(INTRUSION_LOGS)

    def _file(self, name: str) -> Contained | None:
        return next((file for file in self.held.files if self._name(file) == name), None)

    @property
    def identity(self) -> tuple[str, Member]:
        """The archive as it is stored; of a folder acquisition.json, else what a bug report has."""
        if self.encrypted or not self._path.is_dir():
            return f"/{self._path.name}", Member(suffix="", path=str(self._path))
        facts = self._file("acquisition.json")
        return (facts.where, facts.member) if facts is not None else super().identity

    @property
    def size(self) -> int:
        """Bytes of the texts that are read when the acquisition is opened."""
        return super().size + (self._report.size if self._report is not None else 0)

    def unlock_with(self, *, password: bytes | None = None, derived_key: bytes | None = None) -> bytes | None:
        """`password`: the passphrase, or the content of an identity file where the archive is for one."""
        if self._sealed is None:
            return self._unlock_backups(password, derived_key)
        if password is None and derived_key is None:
            return None
        key = derived_key
        if password is not None:
            passphrase = self._sealed.passphrase
            key = age.payload_key(self._sealed, **{"password" if passphrase else "identity": password})
        assert key is not None
        source = open_member(Member(suffix="", path=str(self._path)))
        try:
            if len(key) != 32:
                raise WrongKey(t("error.androidqf.key_belongs_another"))
            size = age.content_size(source.size - self._sealed.payload)
            try:
                age.SealedFile(source, self._sealed.payload, key).read(1, 0)
            except Malformed as error:
                raise (error if password is not None else WrongKey(t("error.androidqf.key_opens_nothing"))) from error
        finally:
            source.close()
        layer = Packed(offset=self._sealed.payload, stored=source.size, size=size, method=0, key=key)
        self.held = sealed_contents(str(self._path), layer)
        if _root(self.held) is None:
            raise Locked(t("error.androidqf.age_file_contains"), hint=t("error.androidqf.decrypt_check_content"))
        self._arrange()
        return key

    def _unlock_backups(self, password: bytes | None, keys: bytes | None) -> bytes | None:
        """Open the encrypted adb backups of a plain acquisition. Without a secret, or where they are many, they are a limit."""
        if not 0 < len(self.held.locked) <= MAX_LOCKED or (password is None and keys is None):
            return None
        found = keys or b"".join(
            abfile.master_key(header_of(file.member), password or b"") for file in self.held.locked
        )
        self.held, self.encrypted = contents(str(self._path), found), True
        self.__dict__.pop("limits", None)  # those of before
        self._arrange()
        return found

    # Files

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """As of a bug report; then files that stand for a section, and sections of the report inside."""
        yield from super().locate(ats)
        titled = [(key, at) for key, at in ats if at.form == "section"]
        for file in self.held.files:
            name = self._name(file)
            title = AS_SECTION.get(name or "")
            for key, at in titled if title is not None else ():
                if at.path == title:
                    yield key, file.group((Section(title=title, start=0, end=content_size(file.member), line=1),))
        if self._report is not None and titled:
            yield from self._report.locate(titled)
        yield from located_files(titled, self.held.files)
        yield from located_logs(titled, (file for file in self.held.files if self._of_intrusion_logging(file)))
        others = [(key, at) for key, at in ats if at.form != "section"]
        for file in self.held.files:
            if (self._name(file) or "").startswith(LOGS):
                place = "/" + file.relative.removeprefix(self._root + LOGS)
                for key, at in others:
                    if at.matches(file.domain, file.relative, place):
                        yield key, msgspec.structs.replace(file.group(), phone_path=place)

    def _read(self, name: str) -> bytes:
        """A small file of the collector; b"" where there is none or it cannot be read."""
        file = self._file(name)
        if file is None:
            return b""
        try:
            content = open_member(file.member)
            try:
                return whole(content, _FACTS)
            finally:
                content.close()
        except SousveilError:
            return b""

    # The phone

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What acquisition.json says."""
        try:
            value = msgspec.json.decode(self._read("acquisition.json"))
        except (msgspec.DecodeError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @cached_property
    def properties(self) -> dict[str, str]:
        """The system properties of getprop.txt."""
        text = self._read("getprop.txt").decode("utf-8", "replace").replace("\r\n", "\n")
        return dict(_PROPERTY.findall(text)) or (self._report.properties if self._report is not None else {})

    @cached_property
    def clock(self) -> Clock:
        """Of the bug report inside, which has exact times; else of the zone that the phone is set to."""
        inside = self._report.clock if self._report is not None else None
        if inside is not None and (inside.zone or inside.offset is not None):
            return inside
        return clock_of(self._bodies, self.properties.get("persist.sys.timezone"))

    @cached_property
    def device(self) -> Device:
        """The phone, as the acquisition states it; before it is unlocked, nothing."""
        if self.encrypted and not self.held.files:
            return Device(platform="android", acquisition=self.form, encrypted=True)
        made = _moment(self.facts.get("started"))
        offset = self.clock.offset_at(made) if made is not None else None
        return msgspec.structs.replace(
            super().device,
            encrypted=self.encrypted,
            last_backup=None if made is None else round(made * 1_000_000),
            utc_offset=offset,
        )

    @cached_property
    def limits(self) -> list[Limit]:
        """What is not whole."""
        found = list(super().limits)
        if self._report is not None:
            found += [limit for limit in self._report.limits if limit not in found and limit.id != "clock_unknown"]
        return found if self.held.files else list(self.held.limits)


def _moment(text: object) -> float | None:
    """Seconds since 1970 of a time as the collector writes it: UTC, to the nanosecond."""
    if not isinstance(text, str) or text.startswith("0001"):
        return None
    cut = re.sub(r"(\.\d{6})\d+", r"\1", text[:40])
    try:
        moment = datetime.fromisoformat(cut)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


__all__ = ["AS_SECTION", "AndroidQF", "opened"]
