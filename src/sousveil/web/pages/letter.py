"""The Pegasus Project as the letter of 2021 reports it, and the letter's signatories."""

from __future__ import annotations

import msgspec

from sousveil.register.views.letter import pegasus_view, signatories_view
from sousveil.register.views.model import PegasusView, SignatoriesView
from sousveil.register.views.model_letter import FigureView, PotentialClient
from sousveil.register.views.words import _
from sousveil.web.columns import table
from sousveil.web.page import Answer, Asked, Page
from sousveil.web.site import Site
from sousveil.web.topics import FactRow, claim_row, topic


def pegasus(site: Site, asked: Asked) -> Answer:
    """The letter's figures, as printed."""
    found = pegasus_view(site.store)
    topics = [
        topic("figures", _("The figures, as printed"), [_row(one, _("As printed: “{words}”")) for one in found.figures]),
        topic("clients", _("Potential clients, by country"), [_row(one) for one in found.clients], gist=found.clients_words),
        topic("presence", _("Where the letter sees the company's presence"), [_row(one) for one in found.corporate_presence],
              gist=found.presence_words),
    ]  # fmt: skip
    return Answer(
        data=found,
        extra={"topics": [msgspec.structs.replace(one, open=one.id == "figures") for one in topics if one.rows]},
    )


def _row(one: FigureView | PotentialClient, said: str = "{words}") -> FactRow:
    """A figure or a State as a row, with the words of the letter below it."""
    row = claim_row(one.name, one.claim)
    return msgspec.structs.replace(
        row, details=[*([said.format(words=_(one.words))] if one.words else []), *row.details]
    )


def signatories(site: Site, asked: Asked) -> Answer:
    """Who signed."""
    return Answer(data=signatories_view(site.store))


PAGES = (
    Page(
        name="pegasus-project",
        whole=True,
        route="pegasus-project",
        title="Pegasus Project",
        what="What the joint open letter of 2021 reports of the Pegasus Project: each figure one sourced statement.",
        view=pegasus,
        result=PegasusView,
        template="pegasus.html",
        table=table(
            "figures",
            "figure=name printed=words publisher=claim.publisher source=claim.source strength=claim.standing "
            "id=claim.id",
        ),
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
        table=table(
            "organisations experts",
            "name role publisher=claim.publisher source=claim.source strength=claim.standing id=ref.id",
        ),
        order=31,
    ),
)
