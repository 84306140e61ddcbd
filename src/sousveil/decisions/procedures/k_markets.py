"""(k) Exchanges and financial regulators: told of the harm, and strict on filings before major events."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import AnyOf, Fails, Has, Is, Lacks, Linked, Reached, Ruled
from sousveil.decisions.procedures.laws import LAW_STATES, enforced_need, law_form, law_need
from sousveil.decisions.procedures.model import (
    About,
    Authority,
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

_TO_REGULATOR = Ruled("notice", ("regulator",))
"""To a regulator by the test of rule L21-k-1, which is not of the company's group: what is sent to anybody else counts for nothing."""
_TOLD = Linked("RegulatorNotice", "corporateEvent", (Reached("sentOn"), _TO_REGULATOR), on=("sentOn",))
COMPLETED = Has("status", ("completed",))
BY_ITSELF = Ruled("by-itself", ("yes",))
"""That the company itself, or who is tied to it, published a notice about it: it tells no regulator, so none owes an answer to it."""

PROCEDURE = Procedure(
    name="k-markets",
    letter="k",
    title="Exchanges and financial regulators",
    order=11,
    asks="States tell exchanges and financial regulators of the harm that such companies do, and make strict and regular scrutiny of what "
    "these companies and their owners disclose a duty, above all before listings, mergers and takeovers.",
    reason="Money decides whether these companies live; those who watch over markets should not hear of abuse from the news.",
    take_part="Whoever learns of a listing, merger or takeover publishes it. A notice to the regulator is sent from the watch, after two "
    "people have approved it, and published here. The regulator acknowledges it, and publishes its review of the filing.",
    forms=(
        Form(
            name="event",
            type="CorporateEvent",
            title="Publish a coming listing, merger or takeover",
            what="A major event of a company or its owner. The clock runs to its day: before it the regulator has to know.",
            who=(Role.COMPANY, Role.INVESTOR, Role.REGULATOR, Role.ORGANIZATION),
            fields=(
                Field("name", "What it is called.", required=True),
                Field("company", "The company."),
                Field("eventKind", "What kind of event."),
                Field("counterparty", "With whom."),
                Field("market", "Exchange or market."),
                Field("announcedOn", "Day on which it was announced."),
                Field("plannedFor", "Day for which it is planned.", required=True),
                Field("status", "Where it stands.", required=True),
            ),
        ),
        Form(
            name="notice",
            type="RegulatorNotice",
            title="Publish a notice to a regulator",
            what="That a regulator was told, of what, and when. Only what is at least reported, with the replies of those concerned.",
            who=(Role.STATE, Role.ORGANIZATION, Role.REGULATOR),
            fields=(
                Field("name", "What the notice is called.", required=True),
                Field("regulator", "Who was told."),
                Field("company", "About which company."),
                Field("corporateEvent", "Before which event."),
                Field("harms", "Of which harm it tells, each with its record.", required=True),
                Field("contentHash", "Fingerprint (SHA-256) of the file that was sent; the watch shows it."),
                Field("sentOn", "Day on which it was sent. The clock of the answer starts here.", required=True),
                Field("acknowledgedOn", "Day on which the regulator acknowledged it."),
                Field("answer", "What the regulator answered."),
            ),
        ),
        Form(
            name="filing-review",
            type="FilingReview",
            title="Publish the review of a filing",
            what="What a regulator found in a filing of such a company.",
            who=(Role.REGULATOR,),
            fields=(
                Field("name", "What the review is called."),
                Field("regulator", "Who reviewed."),
                Field("company", "Whose filing."),
                Field("corporateEvent", "Before which event."),
                Field("filing", "The filing, where it is a document that is on file."),
                Field("outcome", "Complete, corrections, refused.", required=True),
                Field("silentOn", "On what the filing is silent."),
                Field("law", "Rule under which it was reviewed."),
                Field("reviewedOn", "Day of the review.", required=True),
            ),
        ),
        law_form(
            "securities", "Publish a law on disclosure", "A law or a rule on what such companies disclose to markets."
        ),
    ),
    states=(
        State("over", "over", "CorporateEvent", when=(Is("status", ("completed", "withdrawn")),), closed=True),
        State("told", "regulator told", "CorporateEvent", when=(_TOLD,)),
        State("not-told", "no notice on file", "CorporateEvent"),
        State(
            "elsewhere",
            "to nobody on file as a regulator: counts for nothing",
            "RegulatorNotice",
            when=(Ruled("notice", ("other",)),),
            closed=True,
        ),
        State(
            "acknowledged",
            "acknowledged",
            "RegulatorNotice",
            when=(Reached("acknowledgedOn"),),
            closed=True,
        ),
        State(
            "by-itself",
            "published by the company that it is about, or somebody tied to it: no regulator owes an answer",
            "RegulatorNotice",
            when=(BY_ITSELF,),
        ),
        State("sent", "sent, not acknowledged", "RegulatorNotice"),
        State("reviewed", "reviewed", "FilingReview", closed=True),
        *LAW_STATES,
    ),
    clocks=(
        Clock(
            name="notice",
            label="Notice to the regulator before the event",
            type="CorporateEvent",
            starts=(),
            days=0,
            due=("plannedFor",),
            sets=Authority.LETTER,
            source="The day for which the event is planned.",
            owed_by=("company.state",),
            runs_when=(Fails(Is("status", ("withdrawn",))),),
            stops_when=(_TOLD,),
        ),
        Clock(
            name="acknowledgement",
            label="Acknowledgement of the notice",
            type="RegulatorNotice",
            starts=("sentOn",),
            days=30,
            owed_by=("regulator",),
            runs_when=(_TO_REGULATOR, Fails(BY_ITSELF)),
            stops_when=(Reached("acknowledgedOn"),),
        ),
    ),
    effects=(
        Effect(
            ("L21-k-1",),
            "Blocks listing, investment and takeover until exchange and regulator were told and acknowledged it.",
        ),
        Effect(("L21-k-2",), "Blocks unless a law asks for scrutiny and this filing was reviewed before the event."),
        Effect(
            ("L21-k-3",),
            "A filing that is silent on an incident, a list or a lost licence leaves the answer to the regulator.",
        ),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No law of this State on strict scrutiny of such companies before major events, and no notice that its regulator "
            "acknowledged, is on file.",
            needs=(
                law_need(
                    "securities",
                    "law",
                    "A law in force on scrutiny of disclosures, before the event",
                    ("disclosure-scrutiny", "prior-review"),
                ),
                enforced_need("securities"),
                Need(
                    name="told",
                    label="Its regulator was told and acknowledged it",
                    type="RegulatorNotice",
                    of=("regulator",),
                    when=(Reached("acknowledgedOn"), _TO_REGULATOR),
                ),
            ),
        ),
        Gap(
            about=About.COMPANY,
            says="No notice about it that a regulator acknowledged, and no review of a filing of it, is on file.",
            needs=(
                Need(
                    name="notice",
                    label="The regulator was told and acknowledged it",
                    type="RegulatorNotice",
                    of=("company",),
                    when=(Reached("acknowledgedOn"), _TO_REGULATOR),
                    fact="vendor.regulator_told",
                ),
                Need(
                    name="filing",
                    label="Its filing was reviewed and is complete",
                    type="FilingReview",
                    of=("company",),
                    when=(Has("outcome", ("complete",)), Lacks("silentOn")),
                    against=(AnyOf((Has("silentOn"), Has("outcome", ("refused",)))),),
                    fact="vendor.filing_reviewed",
                ),
            ),
        ),
    ),
)
