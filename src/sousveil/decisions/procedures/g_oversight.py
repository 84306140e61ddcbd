"""(g) Independent oversight bodies for each company, with human rights groups and civil society in them."""

from __future__ import annotations

from sousveil.decisions.facts.oversight import QUALITIES
from sousveil.decisions.procedures.conditions import AllOf, Has, Lacks, Linked, Past, Reached, Ruled
from sousveil.decisions.procedures.laws import LAW_STATES, enforced_need, law_form, law_need
from sousveil.decisions.procedures.model import About, Clock, Effect, Field, Form, Gap, Need, Procedure, Role, State

_VENDOR = Has("bodyKind", ("vendor",))

PROCEDURE = Procedure(
    name="g-oversight",
    letter="g",
    title="Oversight bodies for companies",
    order=7,
    asks="No surveillance company goes on without an oversight body that is independent, has many kinds of members, and has human rights "
    "groups and other civil society among them.",
    reason="A company that watches itself finds nothing; those who know the harm have to sit at the table.",
    take_part="A company's oversight body publishes who it oversees, its mandate, its members with whom they speak for and who pays them, "
    "its meetings and its opinions. A body with a member whom the company pays, or without a human rights group, is not established.",
    forms=(
        Form(
            name="body",
            type="OversightBody",
            title="Publish an oversight body",
            what="A body that watches over one company. What it is found to be must be shown by its members.",
            who=(Role.BODY, Role.STATE, Role.ORGANIZATION),
            fixed={"bodyKind": "vendor"},
            fields=(
                Field("name", "What it is called.", required=True),
                Field("country", "Where it sits: its name in English, or its two-letter code."),
                Field("oversees", "The company that it oversees.", required=True),
                Field("mandate", "What it may see, and what it may stop.", required=True),
                Field("legalBasis", "Law or agreement on which it rests."),
                Field("quality", "Choose only what its members and rules show: the letter asks for all four."),
                Field("establishedOn", "Day of its first meeting. The clock of its meetings starts here."),
            ),
        ),
        Form(
            name="member",
            type="Membership",
            title="Publish a member",
            what="A member organization, whom it speaks for, and who pays it. A member who is a natural person is held for review.",
            who=(Role.BODY, Role.ORGANIZATION),
            fields=(
                Field("organization", "The body."),
                Field("member", "The member."),
                Field("constituency", "Whose seat it is.", required=True),
                Field("humanRights", "Whether it is a human rights group."),
                Field("paidBy", "Whoever pays the member for anything."),
                Field("startDate", "Since when."),
                Field("endDate", "Until when."),
            ),
        ),
        Form(
            name="meeting",
            type="Meeting",
            title="Publish a meeting",
            what="A meeting with its agenda.",
            who=(Role.BODY,),
            fields=(
                Field("name", "What it is called."),
                Field("body", "The body that met."),
                Field("date", "On which day.", required=True),
                Field("agenda", "What was on the agenda.", required=True),
                Field("about", "What it was about, where it is a record here."),
            ),
        ),
        Form(
            name="opinion",
            type="OversightDecision",
            title="Publish an opinion",
            what="What the body says on a product, a sale or an incident.",
            who=(Role.BODY,),
            fields=(
                Field("name", "What it is called."),
                Field("body", "The body."),
                Field("about", "What it is about."),
                Field("outcome", "Opinion, approval, rejection."),
                Field("date", "Day of the opinion.", required=True),
                Field("reason", "Why it says so.", required=True),
            ),
        ),
        law_form(
            "oversight",
            "Publish a law on oversight",
            "A law or a bill that makes an oversight body a condition of business.",
        ),
    ),
    states=(
        State("other", "another kind of body", "OversightBody", when=(Lacks("bodyKind", ("vendor",)),), closed=True),
        State(
            "shown-not-established",
            "not established: its members show it",
            "OversightBody",
            when=(Ruled("oversight", ("not",)),),
        ),
        State(
            "established",
            "says that it is established",
            "OversightBody",
            when=(Has("quality", QUALITIES, every=True), Reached("establishedOn")),
        ),
        State("not-established", "not established", "OversightBody"),
        State("ended", "ended", "Membership", when=(Past("endDate"),), closed=True),
        State("member", label="member", type="Membership"),
        State("held", "held", "Meeting", closed=True),
        *LAW_STATES,
    ),
    clocks=(
        Clock(
            name="meeting",
            label="Next meeting of the oversight body",
            type="OversightBody",
            starts=("establishedOn",),
            days=184,
            owed_by=(".",),
            runs_when=(_VENDOR,),
            again=Linked("Meeting", "body", (Has("body"),), on=("date", "startDate")),
        ),
    ),
    effects=(
        Effect(
            ("L21-g-1",),
            "Blocks every action of a company without an established body; four points, each confirmed, lift it.",
        ),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No rule of this State that makes an independent oversight body a condition of business is on file.",
            needs=(
                law_need(
                    "oversight", "law", "A law in force that asks for an independent body", ("independent-oversight",)
                ),
                enforced_need("oversight"),
            ),
        ),
        Gap(
            about=About.COMPANY,
            says="No independent oversight body over it, with human rights groups and civil society, is on file.",
            needs=(
                Need(
                    name="body",
                    label="A body that oversees it",
                    type="OversightBody",
                    of=("oversees",),
                    when=(_VENDOR, Reached("establishedOn")),
                    against=(AllOf((_VENDOR, Reached("dissolutionDate"))),),
                ),
                *(
                    Need(
                        name=name,
                        label=label,
                        type="OversightBody",
                        of=("oversees",),
                        when=(_VENDOR, Has("quality", (name,))),
                    )
                    for name, label in (
                        ("independent", "It is independent"),
                        ("multi-stakeholder", "It has many kinds of members"),
                        ("human-rights-groups", "Human rights groups are in it"),
                        ("civil-society", "Other civil society is in it"),
                    )
                ),
                Need(
                    name="members",
                    label="Its members are on file: of several kinds, a human rights group among them, none paid by the company",
                    type="OversightBody",
                    of=("oversees",),
                    when=(_VENDOR, Ruled("oversight", ("established",))),
                    against=(AllOf((_VENDOR, Ruled("oversight", ("not",)))),),
                    decisive=True,
                    fact="vendor.oversight_established",
                ),
            ),
        ),
    ),
    lists=("OversightBody", "Membership", "Meeting"),
    beside=(("oversight", "Oversight bodies, their members and who pays them"),),
)
