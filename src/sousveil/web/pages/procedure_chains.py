"""Who answers for a company, and what States disclose."""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

from sousveil.decisions.views import ChainsView, Disclosed, DisclosuresView, chains_view
from sousveil.register.views.model_base import Frame
from sousveil.register.views.reading import Reader
from sousveil.web.boards import board_of
from sousveil.web.columns import table
from sousveil.web.page import Answer, Page, Part, When
from sousveil.web.pages.procedure_licences import OfState, told
from sousveil.web.site import Site

_DISCLOSED: WeakKeyDictionary[Site, tuple[str, Disclosed]] = WeakKeyDictionary()
_LOCK = threading.Lock()


class Disclosing(Part, OfState):
    """A part of what is disclosed."""


def chains(site: Site, asked: When, id: str) -> Answer:
    """Holders, intermediaries, investors, and who held control when something happened."""
    told(site, asked, id)
    return Answer(data=chains_view(site.store, id, as_of=asked.as_of, known_at=asked.known_at))


def disclosures(site: Site, asked: Disclosing) -> Answer:
    """Contracts, requests, redactions."""
    if asked.known_at is None:
        found = disclosed_of(site)
        day = asked.as_of or site.state().today
        frame = Frame(log_size=site.state().size, as_of=asked.as_of, known_at=None)
    else:
        reader = Reader(site.store, as_of=asked.as_of, known_at=asked.known_at)
        found, day, frame = Disclosed(reader), reader.day, reader.frame()
    with _LOCK:  # the board's reader is shared, and who speaks for whom is looked up when it is first asked
        view, more = found.view(asked.country, day, frame, asked.first, asked.limit)
    return Answer(data=view, next=str(asked.first + asked.limit) if more else None)


def disclosed_of(site: Site) -> Disclosed:
    """What the register's state of now discloses; the records are those of the board."""
    name, board = site.state().name, board_of(site)
    with _LOCK:
        have = _DISCLOSED.get(site)
        if have is None or have[0] != name:
            have = _DISCLOSED[site] = (name, Disclosed(board.reader))
        return have[1]


PAGES = (
    Page(
        name="chains",
        route="entities/{id}/chains",
        title="Who answers for it",
        what="Intermediaries, affiliates, holdings and investors of a company; who held control when an incident happened; remedies.",
        view=chains,
        result=ChainsView,
        template="procedure_chains.html",
        table=table(
            "ties",
            "who=ref kind words state=country dates=dates_words path strength=standing record=record.id",
        ),
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
        table=table(
            "contracts requests withheld",
            "record=ref kind=ref.type_label when state buyers suppliers asked=body amount dates=dates_words "
            "asked_on due_on withheld=what ground until strength=standing id=ref.id",
        ),
        asked=Disclosing,
        prepared=False,
        order=65,
    ),
)
