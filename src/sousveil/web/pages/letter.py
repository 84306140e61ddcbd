"""The Pegasus Project as the letter of 2021 reports it, and the letter's signatories."""

from __future__ import annotations

from sousveil.register.views.letter import pegasus_view, signatories_view
from sousveil.register.views.model import PegasusView, SignatoriesView
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


def pegasus(site: Site, asked: Asked) -> Answer:
    """The letter's figures, as printed."""
    return Answer(data=pegasus_view(site.store))


def signatories(site: Site, asked: Asked) -> Answer:
    """Who signed."""
    return Answer(data=signatories_view(site.store))


PAGES = (
    Page(
        name="pegasus-project",
        route="pegasus-project",
        title="Pegasus Project",
        what="What the joint open letter of 2021 reports of the Pegasus Project: each figure one sourced statement.",
        view=pegasus,
        result=PegasusView,
        template="pegasus.html",
        order=30,
    ),
    Page(
        name="signatories",
        route="signatories",
        title="Signatories",
        what="Who signed the joint open letter of 2021. None of them has endorsed this register.",
        view=signatories,
        result=SignatoriesView,
        template="signatories.html",
        order=31,
    ),
)
