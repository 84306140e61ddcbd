"""Addresses inside the register, always relative to the page that holds them.

A relative address works on any host, on an onion, under any path prefix, and in the static copy, where it ends in `.html`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

FILES = (".atom", ".css", ".svg", ".json", ".jsonl", ".csv", ".txt", ".zip", ".gz")
"""Addresses that are files in the static copy as they are."""


def join(*parts: str | int) -> str:
    """The address of a page below the root, each part escaped: `join("entities", id)`."""
    return "/".join(quote(str(part), safe="~-._") for part in parts if str(part))


class Links:
    """Makes the addresses that stand on one page."""

    def __init__(
        self, path: str, *, static: bool = False, names: Callable[[str], str | None] = lambda id: None, pages: str = ""
    ) -> None:
        """`path`: of the page, without the leading `/`; `names`: gives the address by name of an entity, where it has one.

        `pages`: where the pages for readers are, for a page of the staff, which has an address of its own.
        """
        self.path = path
        self.pages = pages
        self.static = static
        self._names = names
        self._up = "../" * path.count("/")

    def to(self, *parts: str | int, **question: str | int | None) -> str:
        """The relative address of `parts`, with a query where some of `question` is given.

        A page about an entity as it is now is linked by its name; a question about an older state keeps the id.
        """
        named = None
        if len(parts) == 2 and parts[0] == "entities" and not self.static and not any(question.values()):
            named = self._names(str(parts[1]))
        return self.at(named or join(*parts), question)

    def at(self, target: str, question: Mapping[str, str | int | None] | None = None) -> str:
        """The relative address of `target`, a path below the root that is escaped already."""
        if self.static:
            target = static_name(target)
        asked = {name: value for name, value in (question or {}).items() if value not in (None, "")}
        query = f"?{urlencode(asked)}" if asked and not self.static else ""
        if self.pages and not target.startswith(("static/", "staff")):
            return f"{self.pages}/{target}{query}"
        return (self._up + target or "./") + query


def static_name(target: str) -> str:
    """The file in the static copy that holds the page `target`."""
    if not target:
        return "index.html"
    if (
        target.endswith(FILES)
        or target == "log/checkpoint"
        or target.startswith(("log/tile/", "log/content/", "attachments/"))
    ):
        return target
    return f"{target}.html"
