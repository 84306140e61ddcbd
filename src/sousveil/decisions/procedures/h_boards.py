"""(h) Community boards that approve or reject new surveillance technology before it is bought or used."""

from __future__ import annotations

from sousveil.decisions.facts.boards import POWERS
from sousveil.decisions.procedures.conditions import Has, Linked, Past, Ruled
from sousveil.decisions.procedures.laws import LAW_STATES, law_form, law_need
from sousveil.decisions.procedures.model import EACH, About, Clock, Form, Gap, Need, Procedure, Role, State

_APPROVED = Ruled("use", "approved")
"""By the test of the rule, where the use names a user and a product."""
_POSSIBLE = Ruled("use", "possible")
"""A potential client's: it may be no use at all."""

PROCEDURE = Procedure(
    name="h-boards",
    letter="h",
    title="Community boards",
    asks="Boards of the community oversee and approve every acquisition and use of new surveillance technology. They "
    "may reject, they judge by human rights, they give notice to the public, and they report.",
    reason="Those who will live under a camera or a tool should be asked before it is bought.",
    forms=(
        Form("proposal", "Propose an acquisition", "Acquisition",
             "What is to be acquired, by whom, for what. The notice starts the public's time.", (Role.STATE,),
             properties="name! body product vendor purpose! amount board! proposedOn! noticeDays commentsUntil "
             "impactReport hearingDate rightsAssessment! status"),
        Form("impact", "Publish a report on the impact", "ImpactReport",
             "What a tool would do to those who live with it, before it is bought. The proposal names this report; it "
             "has to lie open for some time before the board decides.", (Role.STATE,),
             properties="title! body product purpose! affected! rightsAssessment! alternatives safeguards amount "
             "sourceUrl publishedAt!"),
        Form("notice", "Publish the notice", "PublicNotice",
             "The public notice of a proposal. A decision before its days are over is refused.",
             (Role.STATE, Role.BODY), properties="acquisition body noticedOn days! place"),
        Form("comment", "Publish a comment", "PublicComment",
             "A comment on a proposal. No name of a private person: say as what you speak.",
             (Role.ORGANIZATION, Role.BODY, Role.COMPANY),
             properties="acquisition organization capacity position comment date!"),
        Form("hearing", "Publish a hearing", "Hearing", "A public hearing on a proposal.", (Role.BODY, Role.STATE),
             properties="acquisition body date! place"),
        Form("vote", "Vote", "Vote",
             "The vote of one seat, with reasons. A vote for a seat that the board has not published counts for nothing. "
             "Of several votes of one member the first that the member signed counts.", (Role.BODY,),
             properties="body about seat choice necessity! proportionality! legality! date!"),
        Form("decision", "Publish the decision", "OversightDecision",
             "What the board decided, with votes, conditions and last day.", (Role.BODY,),
             properties="name body about! outcome date! reason! condition votesFor votesAgainst expiryDate"),
        Form("board", "Publish a board", "OversightBody",
             "A board of the community with the powers that its rules give it.", (Role.BODY, Role.STATE),
             properties="name! country! mandate legalBasis power! establishedOn", fixed={"bodyKind": "community"}),
        Form("report", "Publish a yearly report on use", "UseReport",
             "How an approved tool was used in a year. Numbers, never people.", (Role.STATE,),
             properties="title! body about! periodStart periodEnd uses complaints publishedAt!"),
        law_form("community-boards", "Publish a law on boards",
                 "A law or a rule that gives a board of the community its powers.",
                 properties="title! jurisdiction! status! provides effect enforced enforcement inForceFrom "
                 "inForceUntil noticeDays state citation text"),
    ),
    states={
        "Acquisition": (
            State("approved", "approved", Ruled("proposal", "approved", "approved-with-conditions"), closed=True),
            State("rejected", "rejected", Ruled("proposal", "rejected"), closed=True),
            State("expired", "approval is over", Ruled("proposal", "expired"), closed=True),
            State("withdrawn", "withdrawn", Ruled("proposal", "withdrawn"), closed=True),
            State("noticed", "public notice given", Ruled("proposal", "notice", "deciding")),
            State("proposed", "proposed, no notice"),
        ),
        "OversightDecision": (
            # Its page does not count it. What it makes somebody owe, a report on use, is owed all the same.
            State("told", "told of, not confirmed by the board", Ruled("decision", "told")),
            State("expired", "approval is over", Past("expiryDate"), closed=True),
            State("decided", "decided"),
        ),
        "OversightBody": (
            State("community", "board of the community", Has("bodyKind", "community")),
            State("other", "another kind of body", closed=True),
        ),
        "Law": LAW_STATES,
    },
    clocks=(
        Clock("decision", "Decision of the board", "Acquisition", starts=("proposedOn",), days=120,
              source="Rules of boards ask for 30 to 45 days of notice before a hearing; 120 days to a decision is "
              "ours.", owed_by=("board", "body"), runs_when=~Ruled("proposal", "withdrawn"),
              stops_when=Ruled("decided", "approved", "approved-with-conditions", "rejected", "ended", "suspended")),
        Clock("yearly-report", "Yearly report of the user", "OversightDecision", starts=("date",), days=365,
              source="Community rules on surveillance technology have the department that uses a tool report on it "
              "each year; also after an approval that is only told of and does not count as one of the board, since "
              "what is used has to be reported on.", owed_by=("about.body", "about.buyer"),
              runs_when=Has("outcome", "approved", "approved-with-conditions"),
              again=Linked("UseReport", "about", Has("about"), on=("publishedAt",), last=True)),
    ),
    gaps=(
        Gap(About.STATE, "No board of the community in this State with the powers that the letter asks for is on file.",
            (
                Need("board", "A board that may reject, tests human rights, gives notice and reports",
                     Has("bodyKind", "community") & Has("power", *POWERS, every=True), type="OversightBody",
                     of=("country",)),
                Need("approved", "Uses on file were approved by a board", _APPROVED | Has("approval"),
                     ~_POSSIBLE & Ruled("use", "unapproved") | ~_POSSIBLE & ~Has("approval") & ~_APPROVED,
                     type="Deployment", of=("country", "body"), per=EACH),
                law_need("community-boards", "law", "A law that asks for approval by a board", "board-approval"),
            )),
    ),
    pages=(("boards", "Proposals before boards, step by step"),),
)  # fmt: skip
