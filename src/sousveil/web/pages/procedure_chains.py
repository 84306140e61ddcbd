"""Who answers for a company, and what States disclose."""

from __future__ import annotations

from sousveil.decisions.disclosures import DisclosuresView, disclosures_view
from sousveil.decisions.responsibility import ChainsView, chains_view
from sousveil.web.page import Answer, Page, When
from sousveil.web.pages.procedure_licences import OfState
from sousveil.web.site import Site


def chains(site: Site, asked: When, id: str) -> Answer:
    """Holders, intermediaries, investors, and who held control when something happened."""
    return Answer(data=chains_view(site.store, id, as_of=asked.as_of, known_at=asked.known_at))


def disclosures(site: Site, asked: OfState) -> Answer:
    """Contracts, requests, redactions."""
    return Answer(data=disclosures_view(site.store, asked.country, as_of=asked.as_of, known_at=asked.known_at))


PAGES = (
    Page(
        name="chains",
        route="entities/{id}/chains",
        title="Who answers for it",
        what="Intermediaries, affiliates, holdings and investors of a company; who held control when an incident happened; remedies.",
        view=chains,
        result=ChainsView,
        template="procedure_chains.html",
        asked=When,
        parts={"id": str},
        prepared=False,
        order=64,
    ),
    Page(
        name="disclosures",
        route="disclosures",
        title="Contracts and requests",
        what="Contracts past, current and planned, requests for information with their clock, and what is withheld until when.",
        view=disclosures,
        result=DisclosuresView,
        template="procedure_disclosures.html",
        asked=OfState,
        prepared=False,
        order=65,
    ),
)
