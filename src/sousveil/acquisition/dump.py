"""A dump of a phone's file system as an acquisition: a folder, a zip or a tar archive with files by their paths on the phone.

Tools put folders of their own before the phone's. The reader recognises them by paths that every phone has. A
dump has up to a million files, so names and places stand in a few long columns, and a `Member` is made when it is asked for.
"""

from __future__ import annotations

import os
import plistlib
import re
import stat
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar
from xml.parsers.expat import ExpatError

import msgspec

from sousveil.acquisition import door, tars, zips
from sousveil.acquisition.content import Content, StoredFile, open_layers, open_member, open_stored, stored_size
from sousveil.acquisition.model import Device, FileGroup, Limit, Member, Packed, Section
from sousveil.acquisition.places import CONTAINER_ROOTS, ROOTS, Where, android_path, phone_path
from sousveil.acquisition.search import PlaceIndex
from sousveil.errors import LimitExceeded, SousveilError, Unsupported
from sousveil.kinds import visible
from sousveil.patterns import lazy_pattern
from sousveil.texts import t

Key = TypeVar("Key")
FORM = "dump"
LIST = "file list"
"""The place of the list of all files, for artefacts (`At.info`)."""
MAX_FILES = 1_000_000
"""Files that are listed."""
MAX_ALL = 1 << 42
"""Bytes of content of one archive; what lies beyond is not read."""
MAX_PREFIXES = 4
"""Folders of tools before the phone's own that one dump may have."""
MAX_FOLDERS = 250_000
"""Folders by which a list of two phones is recognised."""
MAX_CONTAINERS = 20_000
"""Containers of apps whose names are read."""
MAX_FACTS = 16 << 20
"""Bytes of small files that state facts, together."""
MAX_PROBLEMS = 253
"""Distinct problems of files: the number of a problem is stored in one byte."""
MAX_LOCATED = 100_000
"""Files that `locate` remembers for patterns; it remembers all at exact places."""
MAX_SENT, MAX_SENT_BYTES = 50_000, 16 << 20
"""Files of a compressed archive, and bytes of their names, whose list is sent once in place of listing them anew."""
_LOOKED, _DEPTH = 2_000, 8
"""Folders, and levels of them, that are looked at to tell whether a folder is a dump."""
_SMALL = 256 << 10
"""Bytes of a file that states facts."""

_BEFORE = rb"(?m)^((?:[^/\n]+/){0,8}?)"
_IOS = lazy_pattern(
    _BEFORE + rb"(?:private/)?var/(mobile|root|db|containers|wireless|preferences|Keychains|installd|networkd|protected"
    rb"|MobileDevice|Managed Preferences)/"
)
_IOS_DATA = lazy_pattern(
    _BEFORE + rb"(mobile/(?:Library|Containers|Media)|wireless/Library|containers/(?:Bundle|Data|Shared)|root/Library"
    rb"|db/diagnostics|networkd)/"
)
_APP = rb"[A-Za-z]\w*(?:\.\w+)+/"
_ANDROID = lazy_pattern(
    _BEFORE
    + rb"data/(?:(?:data|user/0)/("
    + _APP
    + rb")((?:databases|shared_prefs|files|cache)/)?|(system/packages)\.|(app/)[^\n]+\.apk$)"
)
_ANDROID_DATA = lazy_pattern(
    _BEFORE + rb"(data/" + _APP + rb"(?:databases|shared_prefs|files|cache)|system/packages\.\w+$)"
)
_ANDROID_APP = lazy_pattern(r"/data/(?:data|user/\d+|user_de/\d+)/([A-Za-z]\w*(?:\.\w+)+)/")
_SHARED = lazy_pattern(r"^/(?:storage/emulated|mnt/media_rw)/")
_METADATA = "/.com.apple.mobile_container_manager.metadata.plist"
_FACTS = ("/SystemVersion.plist", "/LastBuildInfo.plist", "/build.prop")
_CONTAINER = lazy_pattern(
    r"/private/var/(mobile/Containers/(?:Data/(?:Application|PluginKitPlugin)|Shared/AppGroup)|containers/(?:Data/System"
    r"|Shared/SystemGroup))/([^/]+)/(.*)",
    re.DOTALL,
)
_DOMAINS = {root.removeprefix("/private/var/"): domain for domain, root in CONTAINER_ROOTS.items()} | {
    "containers/Data/System": "SysContainerDomain-",
    "containers/Shared/SystemGroup": "SysSharedContainerDomain-",
}
_OF_FOLDER = {root.split("/")[3]: domain for domain, root in ROOTS.items() if root.count("/") == 3}
_OF_FOLDER["mobile"] = "HomeDomain"
"""Folder of /private/var -> a domain that stands for it."""
_COMPANIONS = ("", "-wal", "-journal", "-shm")
_PROPERTY = lazy_pattern(r"^(ro\.[\w.]{1,100})=(.{0,500})$", re.MULTILINE)
_FORMS = ("ios", "app", "group", "backup", "anywhere")
"""Of places that a dump may have; others name parts of another acquisition."""
_KNOWN = ("filesystem1/", "filesystem2/")
_PARTITION = lazy_pattern(r"filesystem[12]/$")
"""Folders that published file lists of dumps show: one path below them is enough."""
_KEPT = ("logs/", "FS/")
"""Folders in which tools that collect other things keep files by their paths on the phone."""
_DAY = 86_400
_REGULAR, _LINK = 0, 1


class Prefix(msgspec.Struct, frozen=True):
    """Folders before the phone's own, and what stands there on the phone."""

    name: str
    """With its last slash; "" for none."""
    root: str
    """`/`, `/private/var/` or `/data/`."""


class Listing(msgspec.Struct, dict=True):
    """The files of a dump in the order of their bytes, as columns."""

    path: Path
    limits: list[Limit] = msgspec.field(default_factory=list)
    names: bytearray = msgspec.field(default_factory=bytearray)
    """One a line, without a first slash."""
    ends: array[int] = msgspec.field(default_factory=lambda: array("Q", [0]))
    offsets: array[int] = msgspec.field(default_factory=lambda: array("Q"))
    """Of the content; in a zip archive of the local header."""
    stored: array[int] = msgspec.field(default_factory=lambda: array("Q"))
    sizes: array[int] = msgspec.field(default_factory=lambda: array("Q"))
    methods: array[int] = msgspec.field(default_factory=lambda: array("H"))
    times: array[int] = msgspec.field(default_factory=lambda: array("q"))
    """When the content was changed, in seconds since 1970; 0 for unknown."""
    kinds: array[int] = msgspec.field(default_factory=lambda: array("B"))
    """0 a file, 1 a link, others: the problem of this number."""
    problems: dict[str, int] = msgspec.field(default_factory=dict)
    """Problem -> its number."""
    facts: dict[str, bytes] = msgspec.field(default_factory=dict)
    """Name -> content of the small files that state facts about the system."""
    containers: dict[str, str] = msgspec.field(default_factory=dict)
    """Name of the small file that a container has -> the identifier of its app or group."""
    facts_size: int = 0
    """Bytes of small files that were read."""
    layers: tuple[Packed, ...] = ()
    """What leads from the archive to its files."""
    archive: Content | None = None
    """A zip archive, open: its directory names the local headers, which tell where contents begin."""
    folder: bool = False
    total: int = 0
    """Bytes of all files."""

    def __len__(self) -> int:
        return len(self.sizes)

    def name(self, row: int) -> str:
        """The name of a file, as the archive writes it."""
        return self.names[self.ends[row] : self.ends[row + 1] - 1].decode()

    def all_names(self) -> Iterator[str]:
        """Every name, by row."""
        for row in range(len(self)):
            yield self.name(row)

    def add(
        self, name: str, packed: Packed, *, problem: str | None = None, link: bool = False, modified: int | None = None
    ) -> bool:
        """Take a file in; False where there are too many."""
        if len(self) >= MAX_FILES:
            self.limits.append(Limit(id="members_many", values={"count": f"{MAX_FILES:,}"}))
            return False
        if problem is None and self.total + packed.size > MAX_ALL:
            problem = t("error.contents.archive_unfolds_more", limit=MAX_ALL)
        kind = _LINK if link else _REGULAR
        if problem is not None and not link:
            kind = self.number(problem)
        self.names += name.encode("utf-8", "backslashreplace") + b"\n"
        self.ends.append(len(self.names))
        self.offsets.append(packed.offset)
        self.stored.append(packed.stored)
        self.sizes.append(packed.size)
        self.methods.append(packed.method)
        self.times.append(modified if modified is not None and 0 < modified < 1 << 40 else 0)
        self.kinds.append(kind)
        self.total += 0 if kind else packed.size
        return True

    def number(self, problem: str) -> int:
        """The kind of a file with this problem. Problems beyond `MAX_PROBLEMS` share the last number."""
        if problem not in self.problems and len(self.problems) >= MAX_PROBLEMS:
            problem = t("error.dump.many_problems")
        return self.problems.setdefault(problem, len(self.problems) + 2)

    def keep_fact(self, name: str, size: int, content: Callable[[], bytes]) -> None:
        """Take what a small file states, where it is such a file and there is room."""
        if size > _SMALL or not name.endswith((_METADATA, *_FACTS)):
            return
        if self.facts_size + size > MAX_FACTS or len(self.containers) >= MAX_CONTAINERS:
            if not any(limit.id == "facts_many" for limit in self.limits):
                self.limits.append(Limit(id="facts_many"))
            return
        self.facts_size += size
        with suppress(SousveilError):
            data = content()
            if not name.endswith(_METADATA):
                self.facts[name] = data
                return
            identifier = _plist(data).get("MCMMetadataIdentifier")
            if isinstance(identifier, str) and 0 < len(identifier) <= 255 and "/" not in identifier:
                self.containers[name] = identifier

    @cached_property
    def _problem_of(self) -> dict[int, str]:
        return {number: problem for problem, number in self.problems.items()}

    def member(self, row: int) -> Member:
        """A file as it can be read."""
        kind = self.kinds[row]
        problem = t("error.tars.link") if kind == _LINK else self._problem_of.get(kind)
        if self.folder:
            name = self.name(row).replace("/", os.sep)
            return Member(suffix="", path=f"{self.path}{os.sep}{name}", problem=problem)
        start: int | None = self.offsets[row]
        if self.archive is not None and problem is None:
            start = zips.content_start(self.archive, self.offsets[row])
        packed = Packed(offset=start or 0, stored=self.stored[row], size=self.sizes[row], method=self.methods[row])
        if start is None:
            problem = t("error.zips.archive_directory_names")
        elif self.archive is not None:
            problem = problem or zips.doubtful(packed, self.archive.size)
        inside = (*self.layers, packed)
        return Member(suffix="", path=str(self.path), size=packed.size, inside=inside, problem=problem)

    def damaged(self, error: SousveilError) -> None:
        """Take note that what follows could not be listed."""
        values = {"file": self.path.name[:300], "reason": error.message}
        self.limits.append(Limit(id="archive_damaged", values=values))


def plain_name(name: str) -> str:
    """A name as archives of any tool write it: slashes, without `./`, a drive letter or slashes before it."""
    if "\\" in name and "/" not in name:
        name = name.replace("\\", "/")
    name = re.sub(r"^(?:[A-Za-z]:)?(?:\.?/)+", "", name) if name[:1] in "./" or name[1:2] == ":" else name
    while "//" in name:
        name = name.replace("//", "/")
    return name.replace("\n", "\\n").replace("\0", "\\0") or "?"


# ---------------------------------------------------------------- listing


@lru_cache(maxsize=1)
def listed(path: str) -> Listing | None:
    """The files at a path; None where it is neither folder nor archive, or plainly another acquisition."""
    found = Listing(Path(path))
    if found.path.is_dir():
        if not is_dump_folder(path):
            return None
        found.folder = True
        _folder(found)
        return found
    try:
        source = StoredFile(open_stored(path), None)
        head = source.read(512, 0)
    except SousveilError:
        return None
    if head.startswith(zips.MAGIC):
        _zipped(found, source)
        return found
    source.close()
    if head.startswith(tars.GZIP_MAGIC):
        found.layers = (Packed(offset=0, stored=stored_size(path), size=MAX_ALL, method=tars.GZIPPED),)
        with suppress(SousveilError):
            head = open_layers(path, found.layers).read(512, 0)
    if not tars.is_tar(head[:512]):
        return None
    return _tarred(found)


def is_dump_folder(path: str) -> bool:
    """Whether folders that every phone has lie below this one."""
    waiting, lines = deque([(path, "", 0)]), [""]
    while waiting and len(lines) < _LOOKED:
        folder, relative, depth = waiting.popleft()
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        except OSError:
            continue
        for name in names:
            below = f"{relative}{name}/"
            lines.append(below.replace("\n", "?"))
            if depth < _DEPTH:
                waiting.append((f"{folder}{os.sep}{name}", below, depth + 1))
    lines += [f"{line}packages.xml" for line in lines if line.endswith("system/")]
    text = "\n".join(lines).encode("utf-8", "replace")
    return bool(prefixes(text)[1])


def _folder(found: Listing) -> None:
    top, unreadable = str(found.path), 0

    def failed(_: OSError) -> None:
        nonlocal unreadable
        unreadable += 1

    for folder, folders, names in os.walk(top, onerror=failed):
        folders.sort()
        below = folder[len(top) :].replace(os.sep, "/").lstrip("/")
        links = [name for name in folders if Path(folder, name).is_symlink()]
        for name in sorted([*names, *links]):
            relative = f"{below}/{name}" if below else name
            if not _one_of_folder(found, f"{folder}{os.sep}{name}", relative):
                return
    if unreadable:
        found.limits.append(Limit(id="folders_unreadable", values={"count": f"{unreadable:,}"}))
    times = sorted(found.times)
    if times and times[len(times) * 9 // 10] - times[len(times) // 10] < _DAY:
        found.times = array("q", bytes(8 * len(times)))  # when somebody unpacked the dump, and not of the phone


def _one_of_folder(found: Listing, path: str, relative: str) -> bool:
    problem, size, modified, link = None, 0, None, False
    try:
        facts = os.lstat(path)
    except OSError:
        problem = t("error.contents.regular_file_but")
    else:
        size, modified, link = facts.st_size, int(facts.st_mtime), stat.S_ISLNK(facts.st_mode)
        if not stat.S_ISREG(facts.st_mode):
            problem, size = t("error.contents.regular_file_but"), 0
    shown = relative.encode("utf-8", "backslashreplace").decode().replace("\n", "\\n")
    if shown != relative:
        problem = problem or t("error.contents.name_valid_text")
    packed = Packed(offset=0, stored=size, size=size, method=0)
    if problem is None:
        found.keep_fact(relative, size, lambda: _bytes_of(open_member(Member(suffix="", path=path))))
    return found.add(shown, packed, problem=problem, link=link, modified=modified)


def _bytes_of(content: Content) -> bytes:
    try:
        return content.read(min(content.size, _SMALL), 0)
    finally:
        content.close()


def _zipped(found: Listing, archive: StoredFile) -> None:
    try:
        for header, name, packed, _, problem in zips.directory(archive, MAX_FILES + 1):
            found.archive = archive
            at_header = Packed(offset=header, stored=packed.stored, size=packed.size, method=packed.method)
            if not found.add(plain_name(name), at_header, problem=problem):
                break
        for member in zips.walked(archive, MAX_FILES) if found.archive is None else ():
            found.add(plain_name(member.name), member.packed, problem=member.problem)
    except SousveilError as error:
        found.damaged(error)
    _mark_overlaps(found)
    for row, name in enumerate(found.all_names()):
        if found.kinds[row] == _REGULAR:
            found.keep_fact(name, found.sizes[row], partial(_content_of, found, row))


def _content_of(found: Listing, row: int) -> bytes:
    return _bytes_of(open_member(found.member(row)))


def _mark_overlaps(found: Listing) -> None:
    """Members that share bytes are not read: a small archive could give any number of them."""
    end = 0
    for row in sorted(range(len(found)), key=found.offsets.__getitem__):
        if found.offsets[row] < end and found.kinds[row] == _REGULAR:
            found.kinds[row] = found.number(t("error.zips.members_archive_overlap"))
        else:
            end = max(end, found.offsets[row] + (30 if found.archive else 0) + found.stored[row])


def _tarred(found: Listing) -> Listing | None:
    from sousveil.acquisition.sysdiagnose import ARCHIVE

    path = str(found.path)
    try:
        archive = open_layers(path, found.layers)
        try:
            for row in tars.members(archive):
                name = plain_name(row.name)
                if not len(found) and ARCHIVE.match(name.partition("/")[0]):
                    return None
                if not found.add(name, row.packed, problem=row.problem, link=row.link, modified=row.modified):
                    break
                if row.problem is None:
                    found.keep_fact(name, row.packed.size, partial(archive.read, row.packed.size, row.packed.offset))
        finally:
            archive.close()
    except SousveilError as error:
        found.damaged(error)
    return found


# ---------------------------------------------------------------- prefixes


def prefixes(names: bytes | bytearray) -> tuple[str, list[Prefix]]:
    """(system, folders before the phone's own) of names, one a line; ("", []) where they are of no phone."""
    found: dict[str, Counter[tuple[str, str]]] = {"ios": Counter(), "android": Counter()}
    for system, whole in (("ios", _IOS), ("android", _ANDROID)):
        marks: dict[str, set[bytes]] = {}
        count = Counter[str]()
        for match in whole.finditer(names):
            before = match[1].decode("utf-8", "replace")
            count[before] += 1
            marks.setdefault(before, set()).update(filter(None, match.groups()[1:]))
        for before, folders_of_phone in marks.items():
            # Other computers have a folder such as var/db too, but not two of these.
            if len(folders_of_phone) > 1 or b"mobile" in folders_of_phone or before.endswith(_KNOWN):
                found[system][before, "/"] = count[before]
    for system, part, root in (("ios", _IOS_DATA, "var/"), ("android", _ANDROID_DATA, "data/")):
        seen: dict[str, Counter[bytes]] = {}
        for match in part.finditer(names):
            before = match[1].decode("utf-8", "replace")
            if not f"/{before}".endswith(f"/{root}") and (before, "/") not in found[system]:
                seen.setdefault(before, Counter())[match[2]] += 1
        for before, folders in seen.items():
            if len(folders) > 1 or root == "data/" or before.endswith(_KNOWN):
                place = "/private/var/" if root == "var/" else "/data/"
                found[system][before, place] = folders.total()
    system = max(found, key=lambda name: (found[name].total(), name))
    names_found = {name for name, _ in found[system]}
    # Folders inside others come last: an app on the phone could make any number of them.
    ranked = sorted(found[system].most_common(), key=lambda entry: _lies_in(entry[0][0], names_found))
    chosen = [Prefix(*place) for place, _ in ranked[:MAX_PREFIXES]]
    return (system, sorted(chosen, key=lambda one: (-len(one.name), one.name))) if chosen else ("", [])


def _lies_in(name: str, outer: set[str]) -> bool:
    """Whether a prefix lies in the folder of another one."""
    parts = name.split("/")[:-1]
    return any("".join(f"{part}/" for part in parts[:count]) in outer for count in range(len(parts)))


class Paths:
    """From names of a dump to paths on the phone."""

    def __init__(self, system: str, chosen: Sequence[Prefix]) -> None:
        self._system, self._chosen = system, chosen

    def __call__(self, name: str) -> str | None:
        """The absolute path on the phone; None for a file beside the phone's own, or one whose name leads elsewhere."""
        if ".." in name and ".." in name.split("/"):
            return None
        for prefix in self._chosen:
            if name.startswith(prefix.name):
                path = prefix.root + name[len(prefix.name) :]
                if self._system == "ios" and path.startswith(("/var/", "/tmp/", "/etc/")):
                    return "/private" + path
                return path
        return None


# ---------------------------------------------------------------- the acquisition


def opened(path: Path) -> Dump | None:
    """The dump at a path; None where the content is of another form."""
    listing = listed(str(path))
    if listing is None or not len(listing):
        return None
    system, chosen = prefixes(listing.names)
    if not chosen or _is_of_collector(listing.names, chosen):
        return None
    return Dump(listing, system, of_one_phone(listing.all_names(), system, chosen, t("error.dump.check_each")))


def _is_of_collector(names: bytearray, chosen: Sequence[Prefix]) -> bool:
    """Whether the names are of another acquisition that keeps a few files by their paths. A sign among the files of the phone
    does not count: an app on the phone could hide the dump with it."""
    signs = (match[0].decode("utf-8", "replace") for match in _OTHERS.finditer(names))
    below = tuple(prefix.name for prefix in chosen)
    return all(name.endswith(_KEPT) for name in below) and any(not sign.startswith(below) for sign in signs)


def of_one_phone(
    names: Iterable[str], system: str, chosen: list[Prefix], hint: str, *, listed: bool = False
) -> list[Prefix]:
    """The prefixes without those inside the phone (of a jailbreak, say) below which its paths are repeated. Raises Unsupported
    with this hint where two folders side by side have files in the same folder of a phone: they are two phones. Partitions
    that a tool numbers are of one phone, unless they have the same file. A list (`listed`) names the folders of partitions like
    files and may be of any length, so only folders count, up to `MAX_FOLDERS` of them."""
    paths = [(prefix, Paths(system, [prefix])) for prefix in chosen]
    nested = {
        prefix
        for prefix in chosen
        if any(prefix is not outer and prefix.name.startswith(outer.name) for outer in chosen)
    }
    first: dict[int, Prefix] = {}
    owners = {prefix: _PARTITION.sub("", prefix.name) for prefix in chosen}
    if len(chosen) < 2 or (listed and not nested and len(set(owners.values())) < 2):
        return chosen
    folders: dict[int, Prefix] = {}
    inner: set[Prefix] = set()
    for name in names:
        prefix, path_of = next(((prefix, to) for prefix, to in paths if name.startswith(prefix.name)), paths[-1])
        path = path_of(name)
        if path is None:
            continue
        other = prefix if listed else first.setdefault(hash(path), prefix)
        if other is prefix and (listed or prefix not in nested):
            beside = folders.setdefault(hash(path.rpartition("/")[0]), prefix)
            other = beside if owners[beside] != owners[prefix] else prefix
            if listed and len(folders) >= MAX_FOLDERS:
                break
        if other is prefix:
            continue
        repeating = nested & {prefix, other}
        if not repeating:
            both = sorted(visible(folder.name, 100) for folder in (prefix, other))
            raise Unsupported(t("error.dump.two_phones", first=both[0], second=both[1]), hint=hint)
        inner |= repeating
    return [prefix for prefix in chosen if prefix not in inner]


_OTHERS = lazy_pattern(
    rb"(?m)^(?:[^/\n]+/)?(?:acquisition\.json|Manifest\.db|main_entry\.txt|sysdiagnose\.log|ps_thread\.txt)$"
)
"""Files that an acquisition of another form has at its top."""


class Dump:
    """See `Acquisition`."""

    encrypted = False

    def __init__(self, listing: Listing, system: str, chosen: Sequence[Prefix]) -> None:
        self.listing, self.system = listing, system
        self.path_of = Paths(system, chosen)
        compressed = bool(listing.layers)
        self.streamed = compressed and len(listing) <= MAX_SENT and len(listing.names) <= MAX_SENT_BYTES

    @property
    def identity(self) -> tuple[str, Member]:
        """The archive as it is stored; of a folder its first file."""
        if not self.listing.folder:
            return f"/{self.listing.path.name}", Member(suffix="", path=str(self.listing.path))
        row = next((row for row in range(len(self.listing)) if self.listing.kinds[row] == _REGULAR), 0)
        return self.where(row), self.listing.member(row)

    @property
    def size(self) -> int:
        """Stored bytes of an archive, all files of a folder; and their names."""
        listing = self.listing
        return (listing.total if self.listing.folder else stored_size(str(listing.path))) + 100 * len(listing.names)

    def unlock_with(self, *, password: bytes | None = None, derived_key: bytes | None = None) -> bytes | None:
        """Nothing is encrypted."""
        return None

    # Files

    def where(self, row: int) -> str:
        """How a file is cited: by its path on the phone where that is known."""
        name = self.listing.name(row)
        number = self._repeated.get(row)
        return (self.path_of(name) or f"/{name}") + (f" ({number})" if number else "")

    @cached_property
    def _repeated(self) -> dict[int, int]:
        """Rows whose path an earlier row has too, with their number."""
        seen: dict[int, int] = {}
        repeated: dict[int, int] = {}
        for row, name in enumerate(self.listing.all_names()):
            key = hash(self.path_of(name) or f"/{name}")
            count = seen.get(key, 0) + 1
            seen[key] = count
            if count > 1:
                repeated[row] = count
        return repeated

    def row_span(self) -> tuple[int, int, int]:
        """Rows count the files from 0; links are none."""
        count = len(self.listing)
        return 0, count - 1, count

    def beside(self) -> Iterable[door.StoredFile]:
        """None: every file is listed."""
        return ()

    def stored(self, first: int, last: int) -> Iterator[door.StoredFile]:
        """The files in these rows. A link has no content."""
        for row in range(max(first, 0), min(last + 1, len(self.listing))):
            if self.listing.kinds[row] != _LINK:
                place = self._place(self.path_of(self.listing.name(row)))
                yield door.StoredFile(row, self.where(row), self.listing.member(row), place=place)

    def list_group(self) -> FileGroup:
        """The list of all files, as artefacts are given it."""
        path = self.listing.path
        return FileGroup(
            domain="",
            relative=LIST if self.listing.folder else path.name,
            members=(Member(suffix="", path=str(path)),),
            sections=(Section(title=LIST, start=0, end=self.size, line=1),),
        )

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """The list of files, then every file at one of the places, with the companions of a database."""
        for key in dict.fromkeys(key for key, at in ats if at.form == "info" and at.path == LIST):
            yield key, self.list_group()
        index = PlaceIndex([(key, _placed(at)) for key, at in ats if at.form in _FORMS], MAX_LOCATED)
        for row, name in enumerate(self.listing.all_names()):
            if self.listing.kinds[row] != _LINK:
                path = self.path_of(name)
                index.see(row, *(self._domain(path) if path else ("", name)))
        for keys, rows in index.groups():
            group = self._group(rows)
            yield from ((key, group) for key in keys)
        if index.full:
            raise LimitExceeded(t("error.dump.more_files", limit=MAX_LOCATED))

    def _group(self, rows: dict[str, int]) -> FileGroup:
        where = self.where(rows[""])
        members = []
        for suffix in _COMPANIONS:
            if suffix in rows:
                member = self.listing.member(rows[suffix])
                members.append(
                    Member(
                        suffix=suffix, path=member.path, size=member.size, inside=member.inside, problem=member.problem
                    )
                )
        path = self.path_of(self.listing.name(rows[""]))
        return FileGroup(
            domain="", relative=where[1:], phone_path=path, place=self._place(path), members=tuple(members)
        )

    def _place(self, path: str | None) -> str:
        """See `StoredFile.place`."""
        if path is None:
            return ""
        if self.system == "ios":
            domain, relative = self._domain(path)
            container = _CONTAINER.match(path) if domain.startswith("AppDomain") else None
            unnamed = container is not None and path[: container.end(2)] not in self.containers
            return f"{domain.partition('-')[0]}-/{relative}" if unnamed else f"{domain}/{relative}"
        path = android_path(path)
        app = _ANDROID_APP.match(path)
        return f"AppDomain-{path[app.start(1) :]}" if app else _SHARED.sub("/data/media/", path)

    def _domain(self, path: str) -> tuple[str, str]:
        """Where a backup would hold a file: the domain, and the path in it; ("", the path) for other files."""
        if self.system != "ios":
            return "", path[1:]
        container = _CONTAINER.match(path)
        if container is not None:
            name = self.containers.get(path[: container.end(2)], container[2])
            return _DOMAINS[container[1]] + name, container[3]
        parts = path.split("/", 4)
        if len(parts) == 5 and parts[1:3] == ["private", "var"] and (domain := _OF_FOLDER.get(parts[3])):
            return domain, parts[4]
        return "", path[1:]

    # The phone

    @cached_property
    def containers(self) -> dict[str, str]:
        """Folder of a container -> the identifier of its app or group."""
        found = {}
        for name, identifier in self.listing.containers.items():
            if (path := self.path_of(name)) is not None:
                found[path.removesuffix(_METADATA)] = identifier
        return found

    def _fact(self, *endings: str) -> bytes:
        """The content of the first file at one of the paths."""
        paths = {self.path_of(name): content for name, content in self.listing.facts.items()}
        return next((paths[ending] for ending in endings if ending in paths), b"")

    @cached_property
    def apps(self) -> tuple[str, ...]:
        """Identifiers of the apps that have a folder for their data."""
        if self.system == "ios":
            return tuple(sorted(name for path, name in self.containers.items() if "/Data/Application/" in path))
        names = set()
        for name in self.listing.all_names():
            if (path := self.path_of(name)) and (match := _ANDROID_APP.match(path)):
                names.add(match[1][:255])
        return tuple(sorted(names)[:MAX_CONTAINERS])

    @cached_property
    def device(self) -> Device:
        """The phone, as files of its system state it; a dump of the user's data alone states little."""
        if self.system == "ios":
            version = _plist(
                self._fact(
                    "/System/Library/CoreServices/SystemVersion.plist",
                    "/private/var/installd/Library/MobileInstallation/LastBuildInfo.plist",
                )
            )
            return Device(
                platform="ios",
                acquisition=FORM,
                product_version=_text(version.get("ProductVersion")),
                build=_text(version.get("ProductBuildVersion")),
                installed=self.apps,
            )
        text = self._fact("/system/build.prop", "/system/system/build.prop").decode("utf-8", "replace")
        properties = dict(_PROPERTY.findall(text.replace("\r\n", "\n")))
        return Device(
            platform="android",
            acquisition=FORM,
            product_type=properties.get("ro.product.model") or properties.get("ro.product.system.model"),
            product_version=properties.get("ro.build.version.release"),
            build=properties.get("ro.build.id"),
            fingerprint=properties.get("ro.build.fingerprint") or properties.get("ro.system.build.fingerprint"),
            patch_level=properties.get("ro.build.version.security_patch"),
            installed=self.apps,
        )

    @cached_property
    def limits(self) -> list[Limit]:
        """What is not whole."""
        found = list(self.listing.limits)
        if (
            self.system == "ios"
            and not self.containers
            and re.search(rb"/Containers/(?:Data|Shared)/", self.listing.names)
        ):
            found.append(Limit(id="containers_unnamed"))
        return found


class _Place(msgspec.Struct, frozen=True):
    """A place on the phone (see `Where`)."""

    form: str
    path: str
    owner: str = ""

    def matches(self, domain: str, relative: str, phone_path: str | None, /) -> bool:
        """Whether a file lies here; asked of patterns that go across the folders of domains."""
        return phone_path is not None and fnmatchcase(phone_path, self.path)


def _placed(at: Where) -> Where:
    """A place as `Dump.locate` looks for it: by its path on the phone, where a domain of backups stands for a folder."""
    path = at.path if at.form == "ios" else phone_path(at.owner, at.path) if at.form == "backup" else None
    if path is None:
        return at
    parts = path.split("/", 4)
    named = parts[1:3] == ["private", "var"] and len(parts) == 5 and parts[3] in {*_OF_FOLDER, "containers"}
    return _Place("ios", path) if named else _Place("backup", path[1:])


def _plist(content: bytes) -> dict[str, Any]:
    """A small property list; {} where it is damaged."""
    try:
        value = plistlib.loads(content)
    except (ValueError, TypeError, OverflowError, ExpatError, RecursionError, KeyError, IndexError, AttributeError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value[:100] if isinstance(value, str) and value else None


__all__ = [
    "FORM",
    "LIST",
    "Dump",
    "Listing",
    "Paths",
    "Prefix",
    "is_dump_folder",
    "listed",
    "of_one_phone",
    "opened",
    "plain_name",
    "prefixes",
]
