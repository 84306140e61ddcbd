"""(h) Community boards that approve or reject new surveillance technology before it is bought or used."""

from __future__ import annotations

from sousveil.decisions.facts.boards import POWERS
from sousveil.decisions.procedures.conditions import AllOf, AnyOf, Fails, Has, Lacks, Linked, Past, Ruled
from sousveil.decisions.procedures.laws import LAW_STATES, law_form, law_need
from sousveil.decisions.procedures.model import (
    EACH,
    About,
    Clock,
    Effect,
    Field,
    Form,
    Gap,
    Need,
    Procedure,
    Role,
    State,
)

_APPROVED = Ruled("use", ("approved",))
"""By the test of the rule, where the use names a user and a product."""
_POSSIBLE = Ruled("use", ("possible",))
"""A potential client's: it may be no use at all."""

_TOLD = Ruled("decision", ("told",))
"""A decision on a proposal that its page does not count. What it makes somebody owe, a report on use, is owed all the same."""

PROCEDURE = Procedure(
    name="h-boards",
    letter="h",
    title="Community boards",
    order=8,
    asks="Boards of the community oversee and approve every acquisition and use of new surveillance technology. They may reject, they "
    "judge by human rights, they give notice to the public, and they report.",
    reason="Those who will live under a camera or a tool should be asked before it is bought.",
    take_part="A public body publishes a report on the impact, its proposal, then the notice. Everybody comments, a hearing is held, each "
    "member votes with reasons on necessity, proportionality and legality, the board decides. Each year the user reports. "
    "Use before approval is shown as a violation.",
    forms=(
        Form(
            name="proposal",
            type="Acquisition",
            title="Propose an acquisition",
            what="What is to be acquired, by whom, for what. The notice starts the public's time.",
            who=(Role.STATE,),
            fields=(
                Field("name", "What it is called.", required=True),
                Field("body", "Public body that wants it."),
                Field("product", "What is to be acquired."),
                Field("vendor", "From whom."),
                Field("purpose", "What it is to be used for, and for what not.", required=True),
                Field("amount", "Expected cost.", example="EUR 190000"),
                Field("board", "Board that is to decide.", required=True),
                Field("proposedOn", "Day of the proposal. The clock of the decision starts here.", required=True),
                Field("noticeDays", "Days of public notice that the rules of the board ask for.", example="30"),
                Field("commentsUntil", "Last day for comments."),
                Field("impactReport", "Report on the impact, published beforehand with its form."),
                Field("hearingDate", "Day of the hearing."),
                Field("rightsAssessment", "What it does to human rights, and what was weighed.", required=True),
                Field("status", "Where it stands."),
            ),
        ),
        Form(
            name="impact",
            type="ImpactReport",
            title="Publish a report on the impact",
            what="What a tool would do to those who live with it, before it is bought. The proposal names this report; it has to lie open "
            "for some time before the board decides.",
            who=(Role.STATE,),
            fields=(
                Field("title", "What the report is called.", required=True),
                Field("body", "Public body that made it: the one that wants the tool."),
                Field("product", "What it is about."),
                Field("purpose", "What the tool is to be used for, and for what not.", required=True),
                Field("affected", "Who lives with it, as groups: never a name.", required=True),
                Field("rightsAssessment", "What it does to human rights, and what was weighed.", required=True),
                Field("alternatives", "Milder ways, and why they would not do."),
                Field("safeguards", "What keeps the harm away."),
                Field("amount", "Expected cost.", example="EUR 190000"),
                Field("sourceUrl", "Where the whole report can be read."),
                Field("publishedAt", "Day on which it was published. Its days count from here.", required=True),
            ),
        ),
        Form(
            name="notice",
            type="PublicNotice",
            title="Publish the notice",
            what="The public notice of a proposal. A decision before its days are over is refused.",
            who=(Role.STATE, Role.BODY),
            fields=(
                Field("acquisition", "The proposal."),
                Field("body", "Who publishes it."),
                Field("noticedOn", "Day on which it was published."),
                Field("days", "For how many days it lies open before anything may be decided.", required=True),
                Field("place", "Where it can be read."),
            ),
        ),
        Form(
            name="comment",
            type="PublicComment",
            title="Publish a comment",
            what="A comment on a proposal. No name of a private person: say as what you speak.",
            who=(Role.ORGANIZATION, Role.BODY, Role.COMPANY),
            fields=(
                Field("acquisition", "The proposal."),
                Field("organization", "The organization that comments, if it is one."),
                Field("capacity", "As what you speak."),
                Field("position", "For or against."),
                Field("comment", "The comment."),
                Field("date", "Day of the comment.", required=True),
            ),
        ),
        Form(
            name="hearing",
            type="Hearing",
            title="Publish a hearing",
            what="A public hearing on a proposal.",
            who=(Role.BODY, Role.STATE),
            fields=(
                Field("acquisition", "The proposal."),
                Field("body", "Who held it."),
                Field("date", "On which day.", required=True),
                Field("place", "Where it is held."),
            ),
        ),
        Form(
            name="vote",
            type="Vote",
            title="Vote",
            what="The vote of one seat, with reasons. A vote for a seat that the board has not published is refused. Of several votes of "
            "one member the first that the member signed counts.",
            who=(Role.BODY,),
            fields=(
                Field("body", "The board."),
                Field("about", "The proposal."),
                Field("seat", "The membership for which you vote."),
                Field("choice", "The vote."),
                Field("necessity", "Is it needed? Is there no milder way?", required=True),
                Field("proportionality", "Does what it brings outweigh what it takes?", required=True),
                Field("legality", "On which law does it rest, and is that law clear?", required=True),
                Field("date", "Day of the vote.", required=True),
            ),
        ),
        Form(
            name="decision",
            type="OversightDecision",
            title="Publish the decision",
            what="What the board decided, with votes, conditions and last day.",
            who=(Role.BODY,),
            fields=(
                Field("name", "What it is called."),
                Field("body", "The board."),
                Field("about", "The proposal.", required=True),
                Field("outcome", "What was decided."),
                Field("date", "Day of the decision. The clock of the yearly report starts here.", required=True),
                Field("reason", "Why it was decided so.", required=True),
                Field("condition", "Each condition of an approval."),
                Field("votesFor", "How many voted for it."),
                Field("votesAgainst", "How many voted against it."),
                Field("expiryDate", "Last day of an approval."),
            ),
        ),
        Form(
            name="board",
            type="OversightBody",
            title="Publish a board",
            what="A board of the community with the powers that its rules give it.",
            who=(Role.BODY, Role.STATE),
            fixed={"bodyKind": "community"},
            fields=(
                Field("name", "What it is called.", required=True),
                Field("country", "In which country: its name in English, or its two-letter code.", required=True),
                Field("mandate", "Over what it decides."),
                Field("legalBasis", "Rule that gives it its powers."),
                Field("power", "Powers that its rules give it. The letter asks for all.", required=True),
                Field("establishedOn", "Since when it exists."),
            ),
        ),
        Form(
            name="report",
            type="UseReport",
            title="Publish a yearly report on use",
            what="How an approved tool was used in a year. Numbers, never people.",
            who=(Role.STATE,),
            fields=(
                Field("title", "What the report is called.", required=True),
                Field("body", "Who used it."),
                Field("about", "The decision that approved it.", required=True),
                Field("periodStart", "First day."),
                Field("periodEnd", "Last day."),
                Field("uses", "How often it was used."),
                Field("complaints", "Complaints and breaches."),
                Field("publishedAt", "Day on which it was published.", required=True),
            ),
        ),
        law_form(
            "community-boards",
            "Publish a law on boards",
            "A law or a rule that gives a board of the community its powers.",
            Field("noticeDays", "Before a board decides. They replace the 30 of this register.", example="45"),
            Field("state", "The city or the like whose law it is. Leave it out for a law of the whole State."),
        ),
    ),
    states=(
        *(
            State(name, label, "Acquisition", when=(Ruled("proposal", stages),), closed=closed)
            for name, label, stages, closed in (
                ("approved", "approved", ("approved", "approved-with-conditions"), True),
                ("rejected", "rejected", ("rejected",), True),
                ("expired", "approval is over", ("expired",), True),
                ("withdrawn", "withdrawn", ("withdrawn",), True),
                ("noticed", "public notice given", ("notice", "deciding"), False),
            )
        ),
        State("proposed", "proposed, no notice", "Acquisition"),
        State("told", "told of, not confirmed by the board", "OversightDecision", when=(_TOLD,)),
        State("expired", "approval is over", "OversightDecision", when=(Past("expiryDate"),), closed=True),
        State("decided", "decided", "OversightDecision"),
        State("community", "board of the community", "OversightBody", when=(Has("bodyKind", ("community",)),)),
        State("other", "another kind of body", "OversightBody", closed=True),
        State("held", "held", "Hearing", closed=True),
        *(State("given", "given", type, closed=True) for type in ("PublicNotice", "Vote", "PublicComment")),
        *(State("published", "published", type, closed=True) for type in ("UseReport", "ImpactReport")),
        *LAW_STATES,
    ),
    clocks=(
        Clock(
            name="decision",
            label="Decision of the board",
            type="Acquisition",
            starts=("proposedOn",),
            days=120,
            source="Rules of boards ask for 30 to 45 days of notice before a hearing; 120 days to a decision is ours.",
            owed_by=("board", "body"),
            runs_when=(Fails(Ruled("proposal", ("withdrawn",))),),
            stops_when=(Ruled("decided", ("approved", "approved-with-conditions", "rejected", "ended", "suspended")),),
        ),
        Clock(
            name="yearly-report",
            label="Yearly report of the user",
            type="OversightDecision",
            starts=("date",),
            days=365,
            source="Community rules on surveillance technology have the department that uses a tool report on it each year; also after an "
            "approval that is only told of and does not count as one of the board, since what is used has to be reported on.",
            owed_by=("about.body", "about.buyer"),
            runs_when=(Has("outcome", ("approved", "approved-with-conditions")),),
            again=Linked("UseReport", "about", (Has("about"),), on=("publishedAt",)),
        ),
    ),
    effects=(
        Effect(("L21-h-1",), "Blocks acquisition and use of a new tool unless a board of the community approved it."),
        Effect(("L21-h-2",), "Blocks unless the board may reject, tests human rights, gives notice and reports."),
        Effect(("L21-h-3",), "Blocks what a board rejected."),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No board of the community in this State with the powers that the letter asks for is on file.",
            needs=(
                Need(
                    name="board",
                    label="A board that may reject, tests human rights, gives notice and reports",
                    type="OversightBody",
                    of=("country",),
                    when=(Has("bodyKind", ("community",)), Has("power", POWERS, every=True)),
                ),
                Need(
                    name="approved",
                    label="Uses on file were approved by a board",
                    type="Deployment",
                    of=("country", "body"),
                    when=(AnyOf((_APPROVED, Has("approval"))),),
                    against=(
                        AllOf((Fails(_POSSIBLE), Ruled("use", ("unapproved",)))),
                        AllOf((Fails(_POSSIBLE), Lacks("approval"), Fails(_APPROVED))),
                    ),
                    per=EACH,
                ),
                law_need("community-boards", "law", "A law that asks for approval by a board", ("board-approval",)),
            ),
        ),
    ),
    lists=("Acquisition", "OversightDecision", "PublicNotice", "Vote", "ImpactReport", "UseReport", "OversightBody"),
    beside=(("boards", "Proposals before boards, step by step"),),
)
