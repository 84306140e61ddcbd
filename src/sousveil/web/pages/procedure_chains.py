"""Who answers for a company, and what States disclose."""

from __future__ import annotations

import msgspec

from sousveil.decisions.views import ChainsView, DisclosuresView, chains_view
from sousveil.web.boards import disclosures_of
from sousveil.web.columns import table
from sousveil.web.page import Answer, Page, Part, When
from sousveil.web.pages.procedure_licences import OfState, told
from sousveil.web.site import Site


class Disclosing(Part, OfState):
    """A part of what is disclosed."""


def chains(site: Site, asked: When, id: str) -> Answer:
    """Holders, intermediaries, investors, and who held control when something happened."""
    told(site, asked, id)
    return Answer(data=chains_view(site.store, id, as_of=asked.as_of, known_at=asked.known_at))


def disclosures(site: Site, asked: Disclosing) -> Answer:
    """Contracts, requests, redactions."""
    found = disclosures_of(site, asked.country, asked.as_of, asked.known_at)
    contracts, requests, withheld = found.contracts, found.requests, found.withheld
    part = msgspec.structs.replace(
        found, contracts=asked.of(contracts), requests=asked.of(requests), withheld=asked.of(withheld)
    )
    return Answer(data=part, next=asked.next(len(contracts), len(requests), len(withheld)))


PAGES = (
    Page(
        name="chains",
        whole=True,
        route="entities/{id}/chains",
        title="Who answers for it",
        what="Intermediaries, affiliates, holdings and investors of a company; who held control when an incident happened; remedies.",
        view=chains,
        result=ChainsView,
        template="procedure_chains.html",
        table=table(
            "ties",
            "record=ref kind=ref.type_label status=state_label parties=parties.ref dates=dates_words more=texts "
            "strength=standing id=ref.id",
        ),
        asked=When,
        parts={"id": str},
        prepared=False,
        order=64,
    ),
    Page(
        name="disclosures",
        whole=True,
        route="disclosures",
        title="Contracts and requests",
        what="Contracts past, current and planned, requests for information with their clock, and what is withheld until when.",
        view=disclosures,
        result=DisclosuresView,
        template="procedure_disclosures.html",
        table=table(
            "contracts requests withheld",
            "record=ref kind=ref.type_label status=state_label parties=parties.ref dates=dates_words date more=texts due=due.due "
            "strength=standing id=ref.id",
        ),
        asked=Disclosing,
        prepared=False,
        order=65,
    ),
)
