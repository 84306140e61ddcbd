"""Oversight bodies of companies, and proposals before community boards."""

from __future__ import annotations

import msgspec
from pydantic import Field

from sousveil.decisions.views import OversightView, ProposalsView, ProposalView, proposal_view
from sousveil.web.boards import oversight_of, proposals_of
from sousveil.web.columns import table
from sousveil.web.failures import Failure
from sousveil.web.page import Answer, Page, Part, When
from sousveil.web.site import Site


class OfCompany(Part, When):
    """Of one company, or of all, in parts."""

    company: str | None = Field(None, max_length=120, description="Entity id of a company.")


def oversight(site: Site, asked: OfCompany) -> Answer:
    """Bodies, members, and whether they are established."""
    found = oversight_of(site, asked.company, asked.as_of, asked.known_at)
    part = msgspec.structs.replace(found, bodies=asked.of(found.bodies), without=asked.of(found.without))
    return Answer(data=part, next=asked.next(found.bodies_count, found.without_count))


class Proposed(Part, When):
    """A part of the proposals."""


def boards(site: Site, asked: Proposed) -> Answer:
    """All proposals, in parts."""
    found = proposals_of(site, asked.as_of, asked.known_at)
    part = msgspec.structs.replace(found, proposals=asked.of(found.proposals))
    return Answer(data=part, next=asked.next(found.count))


def proposal(site: Site, asked: When, proposal: str) -> Answer:
    """One proposal."""
    found = proposal_view(site.store, proposal, as_of=asked.as_of, known_at=asked.known_at)
    if found is None:
        raise Failure(404, "There is no proposal with this id.", field="proposal")
    return Answer(data=found)


PAGES = (
    Page(
        name="oversight",
        whole=True,
        route="oversight",
        title="Oversight bodies",
        what="Oversight bodies of companies: members, share of civil society, mandate, established or not and why.",
        view=oversight,
        result=OversightView,
        template="procedure_oversight.html",
        table=table(
            "bodies",
            "body=ref oversees established publishers members=seats.member civil_share human_rights_groups id=ref.id",
        ),
        asked=OfCompany,
        prepared=False,
        order=66,
    ),
    Page(
        name="boards",
        whole=True,
        route="boards",
        title="Community boards",
        what="Proposals before community boards: where each stands, what comes next, and where they depart from what the letter asks.",
        view=boards,
        result=ProposalsView,
        template="procedure_boards.html",
        table=table(
            "proposals",
            "proposal=ref body board product stage=stands.stage next=stands.next id=ref.id",
        ),
        asked=Proposed,
        prepared=False,
        order=67,
    ),
    Page(
        name="proposal",
        route="boards/{proposal}",
        title="Proposal",
        what="One proposal: notice, comments, hearing, votes with reasons, decision, conditions, reports.",
        view=proposal,
        result=ProposalView,
        template="procedure_proposal.html",
        asked=When,
        parts={"proposal": str},
        prepared=False,
        order=68,
    ),
)
