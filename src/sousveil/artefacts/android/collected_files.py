"""Files of the phone as AndroidQF lists them: files.json."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sousveil.artefacts.model import Artefact, At, Context, Event, Expected, Seen
from sousveil.kinds import FilePath, Flag, HashValue, Integer, Label, Role, UnixTime
from sousveil.readers.json_rows import digest_of, json_rows, number_of, text_of
from sousveil.readers.plists import Row
from sousveil.records import Record


class CollectedFile(Record):
    """One file or folder of the phone. Depending on how the list was made, a blank in a name stands there as `/`."""

    path: FilePath
    size: Integer | None
    mode: Label | None
    """As listed: letters, or an octal number."""
    setuid: Flag | None
    executable: Flag | None
    owner: Label | None
    modified: UnixTime | None
    changed: UnixTime | None
    accessed: UnixTime | None
    context: Label | None
    """The label of SELinux."""
    sha256: HashValue | None
    sha1: HashValue | None
    md5: HashValue | None
    problem: Label | None


def modes(mode: str) -> tuple[int | None, int | None]:
    """(setuid, executable) of a mode in either notation; None where it is empty or unknown."""
    if re.fullmatch(r"[0-7]{3,6}", mode):
        bits = int(mode, 8)
        return int(bits & 0o4000 > 0), int(bits & 0o111 > 0)
    if re.fullmatch(r"[A-Za-z\-]{0,8}[r\-][w\-][xsS\-][r\-][w\-][xsS\-][r\-][w\-][xtT\-]", mode):
        kind, rights = mode[:-9], mode[-9:]
        return int("u" in kind or rights[2] in "sS"), int(any(letter in "xst" for letter in rights[2::3]))
    return None, None


def parse(value: Any, _context: Context) -> Iterator[Row]:
    """A row for each path."""
    path = text_of(value.get("path")) if isinstance(value, dict) else None
    if path is None:
        return
    mode = text_of(value.get("mode"), 20) or ""
    setuid, executable = modes(mode)
    yield Row(
        {
            "path": path,
            "size": number_of(value.get("size")),
            "mode": mode or None,
            "setuid": setuid,
            "executable": executable,
            "owner": text_of(value.get("user_name"), 100),
            "modified": number_of(value.get("modified_time")),
            "changed": number_of(value.get("changed_time")),
            "accessed": number_of(value.get("access_time")),
            "context": text_of(value.get("context"), 200),
            "sha256": digest_of(value.get("sha256")),
            "sha1": digest_of(value.get("sha1")),
            "md5": digest_of(value.get("md5")),
            "problem": text_of(value.get("error"), 300),
        }
    )


SHAPE = {
    1: ("path", "text"),
    2: ("modified_time", "real"),
    3: ("mode", "text"),
    4: ("size", "whole"),
    5: ("user_name", "text"),
    6: ("group_name", "text"),
}
"""A file in the list of Bugbane."""

ARTEFACT = Artefact(
    name="android.collected_files",
    title="Files of the phone (AndroidQF)",
    needs={"main": tuple(At.anywhere(f"{top}files.{end}") for top in ("", "*/") for end in ("json", "pb"))},
    record=CollectedFile,
    role=Role.INSTALLED,
    read=json_rows(parse, layout="files.json", shape=SHAPE),
    events=(Event(at="modified", says="file changed", shows="path"),),
    expected=Expected(optional="not in every version of AndroidQF", guide="android"),
    acquisitions=("androidqf",),
    seen=(
        Seen(
            versions="AndroidQF 1.6 and later",
            basis="layout from AndroidQF's published source of June 2026",
            verified=True,
        ),
        Seen(
            versions="Bugbane",
            basis="layout from Bugbane's published source",
            verified=True,
            places=(At.anywhere("files.pb"), At.anywhere("*/files.pb")),
        ),
    ),
    means="A published path shows that a file lies where a known tool puts its own.",
)
