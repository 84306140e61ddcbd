"""Sources and licences."""

from __future__ import annotations

from sousveil.register.views.model import SourcesView
from sousveil.register.views.sources import sources_view
from sousveil.web.columns import table
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site


def view(site: Site, asked: Asked) -> Answer:
    """Each data set with its terms and what was left out of it."""
    return Answer(data=sources_view(site.store))


PAGE = Page(
    name="sources",
    route="sources",
    title="Sources",
    what="The data sets: publisher, licence, coverage, snapshot, and every column that was not taken over.",
    view=view,
    result=SourcesView,
    template="sources.html",
    table=table(
        "sources",
        "name title publisher licence licence_link=licence_url attribution coverage snapshot rows statements loaded",
    ),
    order=40,
)
