"""An Android bug report as an acquisition: its files, the sections of its dumpstate text, and what it says of the phone.

`Bugreport` is also the base of acquisitions that hold a dumpstate text among other files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TypeVar

from sousveil.acquisition.clock import CLOCK_SECTIONS, Clock, clock_of
from sousveil.acquisition.content import content_size
from sousveil.acquisition.contents import Contained, Contents, HeldFiles
from sousveil.acquisition.dumpstate import Dumpstate, read_dumpstate, section_bodies
from sousveil.acquisition.model import Device, FileGroup, Limit, Member
from sousveil.acquisition.places import Where
from sousveil.patterns import lazy_pattern

Key = TypeVar("Key")
MAX_INSTALLED = 5_000
"""Names of installed apps that are kept."""
MAX_BODY = 16 << 20
"""Bytes of a section that are read when the report is opened."""
_PROPERTY = lazy_pattern(r"^\[([^\]\n]{1,200})\]: \[([^\]]{0,2000})\]$", re.MULTILINE)
_PACKAGE = lazy_pattern(rb"^  Package \[([A-Za-z0-9_.\-]{1,255})\] \(", re.MULTILINE)
_WILD = frozenset("*?[")
_FINGERPRINT = lazy_pattern(r"[^/]+/[^/]+/[^/:]+:([^/]+)/([^/]+)/")


class Bugreport(HeldFiles):
    """See `Acquisition`. `text` is its dumpstate text; None where an acquisition without one is built upon this."""

    form = "android-bugreport"

    def __init__(self, held: Contents, text: Contained | None) -> None:
        self.held, self.text = held, text

    @cached_property
    def dumpstate(self) -> Dumpstate:
        """The sections of the text."""
        return read_dumpstate(self.text) if self.text is not None else Dumpstate()

    @property
    def identity(self) -> tuple[str, Member]:
        """The archive or text itself; of a folder its dumpstate text, else its first file."""
        outermost = next((file for file in self.held.files if file.member.path == str(self.held.path)), None)
        file = outermost or self.text or self.held.files[0]
        return file.where, file.member

    @property
    def size(self) -> int:
        """Bytes of the text: it is read to its end when the report is opened."""
        return content_size(self.text.member) if self.text is not None else 0

    # Files

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """One group of all sections that a key names, then each file that lies at one of its places."""
        wanted: dict[Key, list[Where]] = {}
        for key, at in ats:
            wanted.setdefault(key, []).append(at)
        for key, places in wanted.items():
            titles = {at.path for at in places if at.form == "section"}
            globs = [title for title in titles if not _WILD.isdisjoint(title)]
            if titles and self.text is not None:
                found = tuple(
                    section
                    for section in self.dumpstate.sections
                    if section.title in titles or any(fnmatchcase(section.title, glob) for glob in globs)
                )
                if found:
                    yield key, self.text.group(found)
            others = [at for at in places if at.form != "section"]
            for file in self.held.files if others else ():
                if any(at.matches(file.domain, file.relative, file.phone_path) for at in others):
                    yield key, file.group()

    # The phone

    @cached_property
    def _bodies(self) -> dict[str, bytes]:
        if self.text is None:
            return {}
        return section_bodies(self.text.member, self.dumpstate, ("SYSTEM PROPERTIES", *CLOCK_SECTIONS), MAX_BODY)

    @cached_property
    def properties(self) -> dict[str, str]:
        """The system properties that the report prints."""
        text = self._bodies.get("SYSTEM PROPERTIES", b"").decode("utf-8", "replace").replace("\r\n", "\n")
        return dict(_PROPERTY.findall(text))

    @cached_property
    def clock(self) -> Clock:
        """How the phone's wall clock stands to UTC."""
        return clock_of(self._bodies, self.properties.get("persist.sys.timezone"))

    @cached_property
    def device(self) -> Device:
        """The phone, as the report states it."""
        header, properties = self.dumpstate.header, self.properties
        fingerprint = properties.get("ro.build.fingerprint") or header.get("Build fingerprint")
        build = _FINGERPRINT.match(fingerprint or "")
        maker, model = properties.get("ro.product.manufacturer", ""), properties.get("ro.product.model", "")
        made = self.clock.utc(self.dumpstate.started)
        return Device(
            platform="android",
            acquisition=self.form,
            product_type=(model if model.startswith(maker) else f"{maker} {model}").strip() or None,
            product_version=properties.get("ro.build.version.release") or (build[1] if build else None),
            build=properties.get("ro.build.id") or (build[2] if build else None),
            last_backup=None if made is None else round(made * 1_000_000),
            installed=self._installed(),
            unique_id=properties.get("ro.serialno") or properties.get("ro.boot.serialno"),
            fingerprint=fingerprint,
            patch_level=properties.get("ro.build.version.security_patch"),
            zone=self.clock.zone,
            utc_offset=self.clock.offset_at(made),
        )

    def _installed(self) -> tuple[str, ...]:
        names = {name.decode() for name in _PACKAGE.findall(self._bodies.get("package", b""))}
        return tuple(sorted(names)[:MAX_INSTALLED])

    @cached_property
    def limits(self) -> list[Limit]:
        """What is not whole."""
        found = list(self.held.limits)
        if self.text is None:
            return found
        state, where = self.dumpstate, self.text.where[:300]
        if state.fault is not None:
            found.append(Limit(id="report_damaged", values={"file": where, "reason": state.fault}))
        elif not state.whole and state.started is not None:
            found.append(Limit(id="report_cut", values={"file": where}))
        if state.overflow:
            found.append(Limit(id="report_sections", values={"file": where}))
        if self.clock.offset is None and self.clock.zone is None:
            found.append(Limit(id="clock_unknown"))
        return found


__all__ = ["MAX_INSTALLED", "Bugreport"]
