"""Sites that keep data in web views: the names of WebKit's storage folders, `https_example.org_0`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sousveil.acquisition.model import FileGroup
from sousveil.artefacts.file_listing import FORMS, PLACE, paths_with
from sousveil.artefacts.model import Artefact, Context, Event, Expected, Seen
from sousveil.kinds import FilePath, Label, Role, UnixTime, Url
from sousveil.patterns import lazy_pattern
from sousveil.readers.model import Described
from sousveil.readers.plists import Row, batches_of
from sousveil.records import Batch, Record

_MARKS = ("IndexedDB/", "LocalStorage/")
_STORE = lazy_pattern(r"(.*/(IndexedDB|LocalStorage)/(?:v\d/)?(https?)_([^/_]+)_(\d+))(?:[./].*)?", re.DOTALL)


class StoredSite(Record):
    """One site that stored something."""

    url: Url
    store: Label
    """`IndexedDB` or `LocalStorage`."""
    folder: FilePath
    modified: UnixTime | None


def _rows(found: Iterator[tuple[int, str, int | None]]) -> Iterator[Row]:
    seen: set[str] = set()
    for line, path, modified in found:
        match = _STORE.fullmatch(path)
        if match is None or match[1] in seen:
            continue
        seen.add(match[1])
        port = "" if match[5] == "0" else f":{match[5]}"
        values = {"url": f"{match[3]}://{match[4]}{port}/", "store": match[2], "folder": match[1], "modified": modified}
        yield Row(values, line=line)


def read(artefact: Described, files: Mapping[str, FileGroup], context: Context) -> Iterator[Batch]:
    """The sites that names of folders tell."""
    group = files["main"]
    yield from batches_of(_rows(paths_with(_MARKS, group, context)), artefact, "folders", group.where, context)


ARTEFACT = Artefact(
    name="ios.webkit_storage",
    title="Sites that stored data in web views",
    needs=PLACE,
    record=StoredSite,
    role=Role.LOADED,
    read=read,
    events=(Event(at="modified", says="site stored data in a web view", shows="url"),),
    expected=Expected(optional="newer systems name these folders otherwise"),
    acquisitions=FORMS,
    seen=(
        Seen(
            versions="iOS 12 to 16",
            basis="names of folders as the reference tool's documentation gives them",
            verified=True,
        ),
    ),
    means="A web view of the app in whose folder it lies loaded a page of the site, and the page stored data.",
)
