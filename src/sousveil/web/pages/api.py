"""The API for people: what there is, examples to copy, versions, limits and licences."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from sousveil.web import limits
from sousveil.web.columns import table
from sousveil.web.page import Answer, Asked, Page, all_pages
from sousveil.web.sayers import refs_of
from sousveil.web.site import Site


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An address of the API, as its description has it."""

    method: str
    path: str
    title: str
    what: str
    group: str


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An address to try."""

    title: str
    path: str
    """Below the root, escaped."""


class ApiView(msgspec.Struct, frozen=True, kw_only=True):
    """What programs find here."""

    version: str
    root: str
    """Address of this site, without a slash at the end, as its operator gives it."""
    examples: list[Example]
    operations: list[Operation]
    body_bytes: int
    question_letters: int
    names: int
    """Most letters of a name."""
    per_key_and_minute: int
    short_list: int
    """Different names of a list that waits for no other request."""
    licences: list[str]


def view(site: Site, asked: Asked) -> Answer:
    """What the description says, with examples out of this register."""
    from sousveil.web.api.build import VERSION, description  # it needs all pages

    return Answer(
        data=ApiView(
            version=VERSION,
            root=site.register.config.pages,
            examples=_examples(site),
            operations=[
                Operation(
                    method=method.upper(),
                    path=path,
                    title=one.get("summary", ""),
                    what=one.get("description", ""),
                    group=one.get("tags", [""])[0],
                )
                for path, many in description()["paths"].items()
                for method, one in many.items()
            ],
            body_bytes=limits.BODY_MAX,
            question_letters=limits.QUERY_MAX,
            names=limits.TEXT_MAX,
            per_key_and_minute=limits.PER_KEY,
            short_list=limits.SHORT_LIST,
            licences=list(site.state().licences),
        ),
        extra={"described": {page.what for page in all_pages()}},
    )


def _examples(site: Site) -> list[Example]:
    """Ten addresses, those of records where there are some."""
    found = [
        Example(title="What the first page shows", path="home"),
        Example(title="The States, those with companies first", path="states?sort=companies"),
        Example(title="One State", path="states/de"),
        Example(title="Steps that are overdue", path="overdue?limit=10"),
        Example(title="Sellers and buyers by country", path="map"),
        Example(title="The newest entries of the log", path="log?limit=5"),
    ]
    for id in site.store.subjects(type="Company", limit=1):
        name = quote(refs_of(site, [id])[id].caption)
        found[1:1] = [
            Example(title="Search a name", path=f"search?q={name}"),
            Example(title="Screen a name", path=f"screening?name={name}"),
            Example(title="A company with every claim", path=f"entities/{id}"),
            Example(title="Its network, two links far", path=f"entities/{id}/network?depth=2"),
        ]
    return found


PAGE = Page(
    name="api",
    route="api",
    title="API",
    what="What programs find here: addresses, examples, versions, limits and licences.",
    view=view,
    result=ApiView,
    template="api.html",
    table=table("operations", "method path title what group"),
    order=66,
)
