"""The first page: what is here, what is new, what is blocked."""

from __future__ import annotations

from sousveil.register.views.home import home_view
from sousveil.register.views.model import HomeView
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


def view(site: Site, asked: Asked) -> Answer:
    """Everything that the first page shows."""
    return Answer(data=home_view(site.store))


PAGE = Page(
    name="home",
    route="",
    title="Home",
    what="What the register holds, its newest entries, and restrictions that others have ordered.",
    view=view,
    result=HomeView,
    template="home.html",
    order=1,
)
