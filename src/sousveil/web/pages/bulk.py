"""The files that hold everything."""

from __future__ import annotations

import msgspec

from sousveil.web import bulk
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """A file for download."""

    path: str
    """Below the root of this site; with `?since=INDEX` only what has changed since that log entry."""
    dataset: str
    title: str
    words: str
    licence: str


class BulkView(msgspec.Struct, frozen=True, kw_only=True):
    """The bulk files."""

    log_size: int
    files: list[FileLine]


def view(site: Site, asked: Asked) -> Answer:
    """The list of files."""
    files = [
        FileLine(path=one.path, dataset=one.dataset, title=one.title, words=bulk.WORDS[one.form], licence=one.licence)
        for one in bulk.names(site)
    ]
    return Answer(data=BulkView(log_size=site.state().size, files=files))


PAGE = Page(
    name="bulk",
    route="bulk",
    title="Download",
    what="The files that hold everything, and their terms.",
    view=view,
    result=BulkView,
    template="bulk.html",
    order=65,
)
