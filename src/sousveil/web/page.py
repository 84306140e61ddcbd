"""A page: one module in `pages/` with the constant `PAGE`, found by walking the package.

Out of it come the page for people, the same as JSON under `/api/v1`, its part of the OpenAPI description, and its file in
the static copy.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Self, TypeVar
from urllib.parse import quote

from django.http import HttpResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from sousveil.web import pages
from sousveil.web.columns import Row as Line
from sousveil.web.site import Site

Row = TypeVar("Row")

ID = r"[^\s/?#]{1,120}"
"""What an id in an address may look like; whether it exists is looked up."""


class Asked(BaseModel):
    """What may stand behind the `?` of every page."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("as_of", check_fields=False)
    @classmethod
    def is_a_day(cls, value: str | None) -> str | None:
        """A day that no calendar has is refused here, for every page, with its field."""
        try:
            date.fromisoformat(value or "2021-07-18")
        except ValueError:
            raise PydanticCustomError("no_day", "There is no such day") from None
        return value

    @classmethod
    def whole(cls) -> Self:
        """The question of the static copy, which has no further pages: everything."""
        return cls.model_validate({})


EVERYTHING = 10**8
"""More than any list holds."""


class Part(Asked):
    """A part of a list that is shown in parts: what follows the first `after` rows of it."""

    after: str | None = Field(None, pattern=r"^[1-9]\d{0,6}$", description="The cursor that the answer before gave.")
    limit: int = Field(100, ge=1, le=500, description="How many rows of each list.")

    @classmethod
    def whole(cls) -> Self:
        """All of it."""
        return cls.model_construct(limit=EVERYTHING)

    @property
    def first(self) -> int:
        """Rows before this part."""
        return int(self.after or 0)

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """The part of a list."""
        return list(rows[self.first : self.first + self.limit])

    def next(self, *lists: int) -> str | None:
        """The cursor of the next part of lists that are so long; None: this is the last."""
        end = self.first + self.limit
        return str(end) if max(lists, default=0) > end else None


class When(Asked):
    """The two times of a view."""

    as_of: str | None = Field(
        None,
        pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
        description="Show what held on this day, YYYY-MM-DD.",
        examples=["2021-07-18"],
    )
    known_at: int | None = Field(
        None, ge=0, le=2**53, description="Show what was known when the log ended with this entry (its index)."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a page has to say."""

    data: Any
    """The view: a msgspec struct of the page's `result` type."""
    datasets: Sequence[str] = ()
    """Data sets in it, for the licence line; empty: all of the register."""
    next: str | None = None
    """Cursor of the next part; None: this is the last."""
    moved: str | None = None
    """Path below the root where it is now (merged entities)."""
    status: int = 200
    """410 for what was erased."""
    extra: dict[str, Any] = field(default_factory=dict)
    """For the template only: pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page and its JSON."""

    name: str
    route: str
    """Below the root, parts in braces are given to `view`: `entities/{id}/network`."""
    title: str
    """Through gettext at use."""
    what: str
    """One sentence: for the OpenAPI description."""
    view: Callable[..., Answer]
    """`view(site, asked, **parts)`."""
    result: type
    """The msgspec struct in `data`."""
    template: str
    asked: type[Asked] = Asked
    parts: dict[str, type] = field(default_factory=dict)
    """Name in the route -> str or int."""
    prepared: bool = True
    """Kept as bytes while the register does not change, when nothing stands behind the `?`."""
    whole: bool = False
    """It reads the whole register, so that its making waits in a lane (`limits.Lane`)."""
    typed: bool = False
    """The reader types something into it: its answers are kept nowhere."""
    posted: Callable[..., HttpResponse] | None = None
    """`posted(request, page, **parts)` answers what a form of this page sends; None: the page takes no POST."""
    table: Callable[[Any], list[Line]] | None = None
    """Makes the rows of its file, `ROUTE.csv`, out of `data`; None: there is none, or it has an address of its own."""
    copies: Callable[[Site], Iterable[str]] | None = None
    """For a route with parts: the addresses, escaped, that are in the static copy."""
    order: int = 100
    """Place in the OpenAPI description."""

    @property
    def django_route(self) -> str:
        """The route as a regular expression for Django."""
        kinds = {int: r"\d{1,15}", str: ID}
        pattern = re.sub(
            r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>{kinds[self.parts.get(found[1], str)]})", self.route
        )
        return f"^{pattern}$"

    def address(self, parts: Mapping[str, Any]) -> str:
        """Returns the path below the root for these parts."""
        return self.route.format(**{name: quote(str(value), safe="~-._") for name, value in parts.items()})


@cache
def all_pages() -> tuple[Page, ...]:
    """All pages, in the order of the OpenAPI description."""
    found: list[Page] = []
    for module in pkgutil.iter_modules(pages.__path__):
        loaded = importlib.import_module(f"{pages.__name__}.{module.name}")
        found += [one for one in (getattr(loaded, "PAGE", None), *getattr(loaded, "PAGES", ())) if one is not None]
    return tuple(sorted(found, key=lambda page: (page.order, page.name)))


def page_named(name: str) -> Page:
    """The page of this name. Raises KeyError."""
    return next(page for page in all_pages() if page.name == name)


__all__ = ["EVERYTHING", "Answer", "Asked", "Page", "Part", "Site", "When", "all_pages", "page_named"]
