"""Help for people who may have been targeted: what to do now, who helps, and their rights."""

from __future__ import annotations

import msgspec

from sousveil.cases.advice import AdviceClass, helplines_for
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site

CASES = (AdviceClass.SUSPICIOUS, AdviceClass.MERCENARY, AdviceClass.THREAT_NOTICE)


class HelplineLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who helps."""

    name: str
    audience: str
    page: str
    """Web address without its scheme."""
    languages: list[str]
    checked: str
    """ISO day on which the entry was last compared with what the organization says about itself."""
    basis: str


class HelpView(msgspec.Struct, frozen=True, kw_only=True):
    """Who helps people who may have been targeted."""

    helplines: list[HelplineLine]
    """In the order of the list that phone checks use."""
    checked: str
    """ISO day of the oldest check of them."""


def view(site: Site, asked: Asked) -> Answer:
    """Returns the helplines for people who may have been targeted."""
    lines = [
        HelplineLine(
            name=one.name,
            audience=one.audience,
            page=one.page,
            languages=list(one.languages),
            checked=one.checked.isoformat(),
            basis=one.basis,
        )
        for one in helplines_for(CASES)
    ]
    return Answer(data=HelpView(helplines=lines, checked=min(one.checked for one in lines)))


PAGE = Page(
    name="help",
    route="help",
    title="I may have been targeted",
    what="What to do now, who helps, and the ways to remedy.",
    view=view,
    result=HelpView,
    template="help.html",
    order=29,
)
