"""What the browser artefacts share: the role of a visit, and small property lists inside database cells."""

from __future__ import annotations

import re

from sousveil.errors import SousveilError
from sousveil.kinds import Role
from sousveil.patterns import lazy_pattern
from sousveil.readers.keyed_archive import is_archive, unarchive
from sousveil.readers.plist import load_plist, to_json
from sousveil.readers.sqlite import Column

MAX_CELL = 8 << 20
"""Bytes of a property list inside one cell that is decoded; a larger one is kept as it is."""

_TOP = r"(?:com|[a-z]{2}|com?\.[a-z]{2})"
"""Last labels of a search engine's own names: no wider, or a host that only looks like one would be taken for it."""
_SEARCH = lazy_pattern(
    r"https?://(?:[a-z0-9\-]{1,20}\.)?"
    rf"(?:google\.{_TOP}/search|bing\.com/search|duckduckgo\.com/|search\.yahoo\.{_TOP}/search|ecosia\.org/search"
    r"|qwant\.com/|startpage\.com/[a-z/]{0,20}|yandex\.(?:com|ru|kz|by|uz)/search/?|search\.brave\.com/search|baidu\.com/s)"
    r"\?(?:[^#]*&)?(?:q|p|wd|word|text|query)=",
    re.IGNORECASE,
)
_SEARCHED, _REDIRECTED, _VISITED = Role.SEARCHED.value, Role.REDIRECTED.value, Role.VISITED.value


def is_search(url: str) -> bool:
    """Whether a link is the result page of a well-known search engine: its words are the person's own."""
    return _SEARCH.match(url) is not None


def visit_roles(urls: Column, caused: Column) -> Column:
    """SEARCHED for result pages of search engines, REDIRECTED where `caused` holds something, VISITED else."""
    return [
        _SEARCHED if type(url) is str and "=" in url and is_search(url) else _VISITED if not cause else _REDIRECTED
        for url, cause in zip(urls, caused, strict=True)
    ]


def plist_text(blob: bytes) -> str | None:
    """A property list (keyed archives resolved) as canonical JSON, or None where it is none or over a limit."""
    if len(blob) > MAX_CELL or not blob.startswith((b"bplist00", b"<?xml")):
        return None
    try:
        value = load_plist(blob)
        return to_json(unarchive(value) if is_archive(value) else value)
    except SousveilError:
        return None


def plists_as_json(column: Column) -> Column:
    """Cells that hold property lists as JSON; other cells as they are, so that nothing is lost."""
    return [(plist_text(cell) or cell) if type(cell) is bytes else cell for cell in column]
