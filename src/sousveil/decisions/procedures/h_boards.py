"""(h) Community boards that approve or reject new surveillance technology before it is bought or used."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import (
    AllOf,
    AnyOf,
    Fails,
    Has,
    HasAll,
    Lacks,
    Past,
    Ruled,
)
from sousveil.decisions.procedures.laws import LAW_STATES, law_form, law_need
from sousveil.decisions.procedures.model import (
    About,
    Clock,
    Combine,
    Effect,
    Field,
    Form,
    Gap,
    Need,
    Procedure,
    Role,
    State,
)

_POWERS = ("approve", "reject", "human-rights-test", "public-notice", "reporting")


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
                Field(property="name", help="What it is called.", required=True),
                Field(property="body", help="Public body that wants it."),
                Field(property="product", help="What is to be acquired."),
                Field(property="vendor", help="From whom."),
                Field(property="purpose", help="What it is to be used for, and for what not.", required=True),
                Field(property="amount", help="Expected cost.", example="EUR 190000"),
                Field(property="board", help="Board that is to decide.", required=True),
                Field(
                    property="proposedOn",
                    help="Day of the proposal. The clock of the decision starts here.",
                    required=True,
                ),
                Field(
                    property="noticeDays",
                    help="Days of public notice that the rules of the board ask for.",
                    example="30",
                ),
                Field(property="commentsUntil", help="Last day for comments."),
                Field(property="impactReport", help="Report on the impact, published beforehand with its form."),
                Field(property="hearingDate", help="Day of the hearing."),
                Field(
                    property="rightsAssessment",
                    help="What it does to human rights, and what was weighed.",
                    required=True,
                ),
                Field(property="status", help="Where it stands."),
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
                Field(property="title", help="What the report is called.", required=True),
                Field(property="body", help="Public body that made it: the one that wants the tool."),
                Field(property="product", help="What it is about."),
                Field(property="purpose", help="What the tool is to be used for, and for what not.", required=True),
                Field(property="affected", help="Who lives with it, as groups: never a name.", required=True),
                Field(
                    property="rightsAssessment",
                    help="What it does to human rights, and what was weighed.",
                    required=True,
                ),
                Field(property="alternatives", help="Milder ways, and why they would not do."),
                Field(property="safeguards", help="What keeps the harm away."),
                Field(property="amount", help="Expected cost.", example="EUR 190000"),
                Field(property="sourceUrl", help="Where the whole report can be read."),
                Field(
                    property="publishedAt",
                    help="Day on which it was published. Its days count from here.",
                    required=True,
                ),
            ),
        ),
        Form(
            name="notice",
            type="PublicNotice",
            title="Publish the notice",
            what="The public notice of a proposal. A decision before its days are over is refused.",
            who=(Role.STATE, Role.BODY),
            fields=(
                Field(property="acquisition", help="The proposal."),
                Field(property="body", help="Who publishes it."),
                Field(property="noticedOn", help="Day on which it was published."),
                Field(
                    property="days",
                    help="For how many days it lies open before anything may be decided.",
                    required=True,
                ),
                Field(property="place", help="Where it can be read."),
            ),
        ),
        Form(
            name="comment",
            type="PublicComment",
            title="Publish a comment",
            what="A comment on a proposal. No name of a private person: say as what you speak.",
            who=(Role.ORGANIZATION, Role.BODY, Role.COMPANY),
            fields=(
                Field(property="acquisition", help="The proposal."),
                Field(property="organization", help="The organization that comments, if it is one."),
                Field(property="capacity", help="As what you speak."),
                Field(property="position", help="For or against."),
                Field(property="comment", help="The comment."),
                Field(property="date", help="Day of the comment.", required=True),
            ),
        ),
        Form(
            name="hearing",
            type="Hearing",
            title="Publish a hearing",
            what="A public hearing on a proposal.",
            who=(Role.BODY, Role.STATE),
            fields=(
                Field(property="acquisition", help="The proposal."),
                Field(property="body", help="Who held it."),
                Field(property="date", help="On which day.", required=True),
                Field(property="place", help="Where it is held."),
            ),
        ),
        Form(
            name="vote",
            type="Vote",
            title="Vote",
            what="The vote of one seat, with reasons. A vote by somebody without a seat, and a second vote of a seat, are refused.",
            who=(Role.BODY,),
            fields=(
                Field(property="body", help="The board."),
                Field(property="about", help="The proposal."),
                Field(property="seat", help="The membership for which you vote."),
                Field(property="choice", help="The vote."),
                Field(property="necessity", help="Is it needed? Is there no milder way?", required=True),
                Field(property="proportionality", help="Does what it brings outweigh what it takes?", required=True),
                Field(property="legality", help="On which law does it rest, and is that law clear?", required=True),
                Field(property="date", help="Day of the vote.", required=True),
            ),
        ),
        Form(
            name="decision",
            type="OversightDecision",
            title="Publish the decision",
            what="What the board decided, with votes, conditions and last day.",
            who=(Role.BODY,),
            fields=(
                Field(property="name", help="What it is called."),
                Field(property="body", help="The board."),
                Field(property="about", help="The proposal.", required=True),
                Field(property="outcome", help="What was decided."),
                Field(
                    property="date",
                    help="Day of the decision. The clock of the yearly report starts here.",
                    required=True,
                ),
                Field(property="reason", help="Why it was decided so.", required=True),
                Field(property="condition", help="Each condition of an approval."),
                Field(property="votesFor", help="How many voted for it."),
                Field(property="votesAgainst", help="How many voted against it."),
                Field(property="expiryDate", help="Last day of an approval."),
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
                Field(property="name", help="What it is called.", required=True),
                Field(
                    property="country",
                    help="In which country: its name in English, or its two-letter code.",
                    required=True,
                ),
                Field(property="mandate", help="Over what it decides."),
                Field(property="legalBasis", help="Rule that gives it its powers."),
                Field(property="power", help="Powers that its rules give it. The letter asks for all.", required=True),
                Field(property="establishedOn", help="Since when it exists."),
            ),
        ),
        Form(
            name="report",
            type="UseReport",
            title="Publish a yearly report on use",
            what="How an approved tool was used in a year. Numbers, never people.",
            who=(Role.STATE,),
            fields=(
                Field(property="title", help="What the report is called.", required=True),
                Field(property="body", help="Who used it."),
                Field(property="about", help="The decision that approved it.", required=True),
                Field(property="periodStart", help="First day."),
                Field(property="periodEnd", help="Last day."),
                Field(property="uses", help="How often it was used."),
                Field(property="complaints", help="Complaints and breaches."),
                Field(property="publishedAt", help="Day on which it was published.", required=True),
            ),
        ),
        law_form(
            "community-boards",
            "Publish a law on boards",
            "A law or a rule that gives a board of the community its powers.",
            Field(
                property="noticeDays",
                help="Before a board decides. They count in place of the 30 of this register.",
                example="45",
            ),
            Field(
                property="state",
                help="The city or the like whose law it is. Leave it out for a law of the whole State.",
            ),
        ),
    ),
    states=(
        *(
            State(name=name, label=label, type="Acquisition", when=(Ruled("proposal", stages),), closed=closed)
            for name, label, stages, closed in (
                ("approved", "approved", ("approved", "approved-with-conditions"), True),
                ("rejected", "rejected", ("rejected",), True),
                ("expired", "approval is over", ("expired",), True),
                ("withdrawn", "withdrawn", ("withdrawn",), True),
                ("noticed", "public notice given", ("notice", "deciding"), False),
            )
        ),
        State(name="proposed", label="proposed, no notice", type="Acquisition"),
        State(
            name="told",
            label="told of, not confirmed by the board",
            type="OversightDecision",
            when=(_TOLD,),
        ),
        State(
            name="expired",
            label="approval is over",
            type="OversightDecision",
            when=(Past("expiryDate"),),
            closed=True,
        ),
        State(name="decided", label="decided", type="OversightDecision"),
        State(
            name="community",
            label="board of the community",
            type="OversightBody",
            when=(Has("bodyKind", ("community",)),),
        ),
        State(name="other", label="another kind of body", type="OversightBody", closed=True),
        State(name="given", label="given", type="PublicNotice", closed=True),
        State(name="given", label="given", type="Vote", closed=True),
        State(name="held", label="held", type="Hearing", closed=True),
        State(name="given", label="given", type="PublicComment", closed=True),
        State(name="published", label="published", type="UseReport", closed=True),
        State(name="published", label="published", type="ImpactReport", closed=True),
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
            stops_when=(Ruled("decided", ("approved", "approved-with-conditions", "rejected")),),
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
            acts=("about",),
            again=("UseReport", "about"),
            acted_on=("publishedAt",),
        ),
    ),
    effects=(
        Effect(
            rules=("L21-h-1",),
            says="Blocks acquisition and use of a new tool unless a board of the community approved it.",
        ),
        Effect(
            rules=("L21-h-2",), says="Blocks unless the board may reject, tests human rights, gives notice and reports."
        ),
        Effect(rules=("L21-h-3",), says="Blocks what a board rejected."),
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
                    when=(Has("bodyKind", ("community",)), HasAll("power", _POWERS)),
                    free=True,
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
                    combine=Combine.ANY_NO,
                ),
                law_need("community-boards", "law", "A law that asks for approval by a board", ("board-approval",)),
            ),
        ),
    ),
    lists=("Acquisition", "OversightDecision", "PublicNotice", "Vote", "ImpactReport", "UseReport", "OversightBody"),
    beside=(("boards", "Proposals before boards, step by step"),),
)
