"""What an artefact module declares: where a trace lies, what a row of it means, how it is read.

A module under `artefacts/` holds one record class and one constant `ARTEFACT` (or several in `ARTEFACTS`); `discover()`
finds it by walking the package.
Nothing else has to be edited to add one.
"""

from __future__ import annotations

import fnmatch
import importlib
import pkgutil
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Literal

import msgspec

from sousveil.acquisition.model import RESULTS, Device
from sousveil.acquisition.places import phone_path
from sousveil.kinds import Kind, Role
from sousveil.readers.model import Context, Reader
from sousveil.records import Record, Source, kinds_of

PLATFORMS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "android": ("android", ("android-bugreport", "androidqf")),
    "ios": ("ios", ("ios-backup", "dump")),
    "sysdiagnose": ("ios", ("sysdiagnose",)),
}
"""First part of an artefact's name -> the system, and the forms of acquisition that hold it where the artefact names none."""
KNOWN_SYSTEMS = (12, 26)
"""First and last major version of iOS that the artefacts are written for."""


class At(msgspec.Struct, frozen=True):
    """One place on a phone. Each acquisition maps it to its own form.

    `path` is absolute on the phone (`ios`), or relative to an app's or group's container (`app`, `group`), or a domain and a
    relative path of a backup (`backup`); `*` and `?` are wildcards in `anywhere`, `sysdiagnose` and in the last two, and match
    `/` too.
    """

    form: Literal["ios", "app", "group", "backup", "anywhere", "info", "section", "sysdiagnose"]
    path: str
    owner: str = ""

    @classmethod
    def ios(cls, path: str) -> At:
        """An absolute path: `At.ios("/private/var/mobile/Library/SMS/sms.db")`."""
        return cls("ios", path)

    @classmethod
    def app(cls, bundle: str, path: str) -> At:
        """A path inside the data container of an app (backup domain `AppDomain-<bundle>`)."""
        return cls("app", path, bundle)

    @classmethod
    def group(cls, group: str, path: str) -> At:
        """A path inside a shared app-group container (backup domain `AppDomainGroup-<group>`)."""
        return cls("group", path, group)

    @classmethod
    def backup(cls, domain: str, path: str) -> At:
        """A backup domain and relative path, where no phone path is known."""
        return cls("backup", path, domain)

    @classmethod
    def anywhere(cls, glob: str) -> At:
        """Any domain; `glob` is matched against the whole relative path."""
        return cls("anywhere", glob)

    @classmethod
    def info(cls, name: str) -> At:
        """A file beside the backup's files: `Info.plist`, `Manifest.db`, `Status.plist`, `Manifest.plist`."""
        return cls("info", name)

    @classmethod
    def section(cls, title: str) -> At:
        """A section of a dumpstate text. Its path is the name of a service (`package`) or the title of a command
        (`SYSTEM PROPERTIES`, `DROPBOX *`). A group holds every section that fits, in the order of the text."""
        return cls("section", title)

    @classmethod
    def sysdiagnose(cls, glob: str) -> At:
        """A path below the top folder of a sysdiagnose archive: `ps.txt`, `crashes_and_spins/*.ips`. Resource forks that a Mac
        adds (`._ps.txt`) never match."""
        return cls("sysdiagnose", glob)

    def matches(self, domain: str, relative: str, phone_path: str | None) -> bool:
        """Whether a file of a backup lies here."""
        match self.form:
            case "ios":
                return phone_path == self.path or (
                    "*" in self.path and phone_path is not None and fnmatch.fnmatchcase(phone_path, self.path)
                )
            case "app":
                return fnmatch.fnmatchcase(domain, "AppDomain-" + self.owner) and fnmatch.fnmatchcase(
                    relative, self.path
                )
            case "group":
                return fnmatch.fnmatchcase(domain, "AppDomainGroup-" + self.owner) and fnmatch.fnmatchcase(
                    relative, self.path
                )
            case "backup":
                return fnmatch.fnmatchcase(domain, self.owner) and fnmatch.fnmatchcase(relative, self.path)
            case "anywhere":
                return fnmatch.fnmatchcase(relative, self.path)
            case "info":
                return domain == "" and relative == self.path
            case "sysdiagnose":
                below = relative.partition("/")[2]
                if "*" not in self.path and "?" not in self.path:
                    return below == self.path
                return fnmatch.fnmatchcase(below, self.path) and not below.rpartition("/")[2].startswith("._")
            case "section":
                return False  # part of a file; the acquisition knows the parts


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A timeline row made of an instant field.

    `says` is fixed text without personal data; `shows` names one field of the record that may be added to it (a field whose
    kind is not sensitive; for a Url only its host is shown).
    """

    at: str
    says: str
    shows: str | None = None


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """When the absence of the artefact is no surprise.

    `encrypted_only`: a backup holds it only when it is encrypted. `app`: only where one of these apps is installed (bundle
    id). `ios`: first and last major version that has it (None: open). `optional`: other reason, said in `why`. `guide`: the
    guide (`sousveil guide`) to an acquisition that may hold it where this one does not.
    """

    encrypted_only: bool = False
    app: tuple[str, ...] = ()
    ios: tuple[int | None, int | None] = (None, None)
    optional: str = ""
    guide: str = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a layout rests on, for the reference page."""

    versions: str
    """Such as "iOS 12 to 26"."""
    basis: str
    """"seen on a real phone", or "layout from <source>"."""
    verified: bool
    """Whether the layout was seen in a real file or `basis` names its source. False: recalled, or taken from descriptions that
    `basis` does not name; a finding that rests on it is a lead at most."""
    tables: tuple[str, ...] = ()
    """The tables with this layout."""
    places: tuple[At, ...] = ()
    """The places whose files have this layout. Without tables and places: all rows that no other `Seen` names."""

    def names(self, source: Source) -> bool:
        """Whether `tables` or `places` hold the row."""
        if source.table in self.tables:
            return True
        head, slash, tail = source.file.partition("/")
        domain, relative = (head, tail) if slash else ("", head)
        path = phone_path(domain, relative) if domain else source.file  # a dump cites files by their place on the phone
        return any(place.matches(domain, relative, path) for place in self.places)


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """One trace source."""

    name: str
    """Such as `ios.sms`."""
    title: str
    """What a person calls it: "Messages (SMS and iMessage)"."""
    needs: Mapping[str, tuple[At, ...]]
    """Role -> alternatives. Every file that lies at a place of `main` makes one task; other roles are looked up in the same
    domain first, then anywhere, and may be absent."""
    record: type[Record]
    read: Reader
    role: Role
    """Of rows that carry no `role` field of their own."""
    events: tuple[Event, ...] = ()
    expected: Expected = msgspec.field(default_factory=Expected)
    seen: tuple[Seen, ...] = ()
    acquisitions: tuple[str, ...] = ()
    """The forms of acquisition that may hold it (see `sousveil.acquisition.door`); () stands for those of its name (see
    `PLATFORMS`), else for all of its system."""
    means: str = ""
    """What a trace here shows and what it does not, for the reference page."""

    @property
    def platform(self) -> str:
        """`ios`, `android`, or `mvt` for rows of another tool, by the first part of the name."""
        first = self.name.partition(".")[0]
        return PLATFORMS[first][0] if first in PLATFORMS else first

    @property
    def second_hand(self) -> bool:
        """Whether another tool read the phone's data and wrote the rows."""
        return self.platform == RESULTS

    def lies_in(self, device: Device) -> bool:
        """Whether an acquisition of this form, of a phone of this system, may hold it."""
        if self.second_hand or device.acquisition == RESULTS:
            return self.platform == device.acquisition
        forms = self.acquisitions or PLATFORMS.get(self.name.partition(".")[0], ("", ()))[1]
        return self.platform == device.platform and (not forms or device.acquisition in forms)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The record's fields with their kinds."""
        return kinds_of(self.record)

    def verified(self, source: Source) -> bool:
        """Whether the layout of a row is verified (`Seen.verified`); False where nothing states what it rests on."""
        named = [seen for seen in self.seen if seen.names(source)]
        others = [seen for seen in self.seen if not seen.tables and not seen.places]
        return any(seen.verified for seen in named or others)


__all__ = [
    "Artefact",
    "At",
    "Context",
    "Event",
    "Expected",
    "Reader",
    "Seen",
    "artefacts_elsewhere",
    "artefacts_for",
    "artefacts_on",
    "discover",
    "known_artefact",
]


_PACKAGE = "sousveil.artefacts"


@cache
def discover(package: str = _PACKAGE) -> dict[str, Artefact]:
    """Every `ARTEFACT` constant below a package, and those of an `ARTEFACTS` tuple, by name, sorted. The artefacts of a system
    lie in the packages of `PLATFORMS`, by the first part of their names."""
    found: dict[str, Artefact] = {}
    root = importlib.import_module(package)
    for info in pkgutil.walk_packages(root.__path__, package + "."):
        module = importlib.import_module(info.name)
        for artefact in (getattr(module, "ARTEFACT", None), *getattr(module, "ARTEFACTS", ())):
            if isinstance(artefact, Artefact):
                if artefact.name in found:
                    raise TypeError(f"two artefacts are named {artefact.name}")
                found[artefact.name] = artefact
    return dict(sorted(found.items()))


def artefacts_on(platform: str) -> dict[str, Artefact]:
    """The artefacts of one system, by name. Those of other systems are not imported."""
    packages = [first for first, (system, _) in PLATFORMS.items() if system == platform]
    if not packages:
        return discover()
    return {name: artefact for first in packages for name, artefact in discover(f"{_PACKAGE}.{first}").items()}


def artefacts_for(device: Device) -> dict[str, Artefact]:
    """The artefacts that the acquisition of this phone may hold, by name."""
    known = discover() if device.acquisition == RESULTS else artefacts_on(device.platform)
    return {name: artefact for name, artefact in known.items() if artefact.lies_in(device)}


def artefacts_elsewhere(device: Device) -> dict[str, Artefact]:
    """Artefacts by name that only another acquisition of this phone may hold, and that a guide leads to."""
    return {
        name: artefact
        for name, artefact in artefacts_on(device.platform).items()
        if artefact.platform == device.platform and artefact.expected.guide and not artefact.lies_in(device)
    }


@cache
def known_artefact(name: str) -> Artefact | None:
    """One artefact; None where there is none. Nothing is imported but its own module where that is called like it, else those
    of its package."""
    parts = name.split(".")
    if len(parts) < 2 or not all(part.isidentifier() and not part.startswith("_") for part in parts):
        return None
    found = None
    with suppress(ModuleNotFoundError):
        found = getattr(importlib.import_module(f"{_PACKAGE}.{name}"), "ARTEFACT", None)
    if isinstance(found, Artefact) and found.name == name:
        return found
    return discover(f"{_PACKAGE}.{parts[0]}" if parts[0] in PLATFORMS else _PACKAGE).get(name)
