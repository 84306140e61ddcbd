"""Logs of Android's Intrusion Logging: texts with one event a line, in a folder, a zip archive or archives inside it.

The names of the files say nothing: a log is told by its first lines. The logs of one archive, or of one folder with those
below it, are read together, so that an event that was downloaded twice counts once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from sousveil.acquisition.bugreport import Bugreport
from sousveil.acquisition.contents import Contained, contents
from sousveil.acquisition.find import look_through
from sousveil.acquisition.model import FileGroup, Member
from sousveil.acquisition.places import Where
from sousveil.errors import LimitExceeded, Usage
from sousveil.patterns import lazy_pattern

Key = TypeVar("Key")
LOG = "INTRUSION LOG"
"""The title under which artefacts ask for the logs (`At.section`)."""
MAX_LOGS = 2_000
"""Logs that are read together at most; more make another group."""
TEXTS = (".txt", ".json", ".jsonl", ".ndjson")
"""How the names of logs end; a name without a dot may be a log too."""
_EVENT = lazy_pattern(rb'^[ \t\r]{0,64}\{[ \t]{0,64}"(?:dns|connect|security)_event"[ \t]{0,64}:', re.MULTILINE)
"""The parent looks at first bytes with it: each part is bounded."""
_REPORT = lazy_pattern(r"(?i)(?:bugreport|dumpstate)[-_.].*|main[_-]entry\.txt")


def begins_like_log(head: bytes) -> bool:
    """Whether a line among the first bytes of a file begins an event."""
    return _EVENT.search(head.removeprefix(b"\xef\xbb\xbf")) is not None


def is_log(file: Contained) -> bool:
    """Whether a file is a log."""
    name = file.relative.rpartition("/")[2].lower()
    text = name.endswith(TEXTS) or "." not in name
    return text and not file.archive and file.member.problem is None and begins_like_log(file.head())


def log_groups(files: Iterable[Contained]) -> Iterator[FileGroup]:
    """The logs among these files: one group for each archive, and one for those that lie in none. The suffix of a member is
    the path in the archive or folder; the place of the group with it is how the log is cited."""
    groups: dict[str, list[Member]] = {}
    for file in files:
        if is_log(file):
            groups.setdefault(file.domain, []).append(msgspec.structs.replace(file.member, suffix=file.relative))
    for domain, members in groups.items():
        for first in range(0, len(members), MAX_LOGS):
            yield FileGroup(domain=domain, relative="", members=tuple(members[first : first + MAX_LOGS]))


def opened(path: Path) -> IntrusionLogs | None:
    """The logs at a path; None where there is none, or a bug report that holds some."""
    if path.is_dir():
        heads = (Contained("", entry.name, Member(suffix="", path=str(entry))) for entry in sorted(path.iterdir()))
        if any(map(is_log, heads)):
            return IntrusionLogs(contents(str(path), without=_neighbours(path)), None)
    held = contents(str(path))
    if any(_REPORT.fullmatch(file.relative.rpartition("/")[2]) for file in held.files):
        return None
    return IntrusionLogs(held, None) if any(map(is_log, held.files)) else None


def _neighbours(path: Path) -> frozenset[str]:
    """The paths of other acquisitions in a folder of logs: each is read on its own."""
    try:
        return frozenset(str(other) for other in look_through(path).backups if other != path)
    except (LimitExceeded, Usage):
        return frozenset()


class IntrusionLogs(Bugreport):
    """See `Acquisition`."""

    form = "android-intrusion-logs"

    def locate(self, ats: Sequence[tuple[Key, Where]]) -> Iterator[tuple[Key, FileGroup]]:
        """The groups of logs for each key that asks for them, then each file that lies at a place of a key."""
        yield from super().locate(ats)
        yield from located_logs(ats, self.held.files)


def located_logs(ats: Sequence[tuple[Key, Where]], files: Iterable[Contained]) -> Iterator[tuple[Key, FileGroup]]:
    """The groups of logs for each key that asks for them."""
    keys = [key for key, at in ats if at.form == "section" and at.path == LOG]
    for group in log_groups(files) if keys else ():
        for key in keys:
            yield key, group


__all__ = ["LOG", "IntrusionLogs", "begins_like_log", "located_logs", "opened"]
