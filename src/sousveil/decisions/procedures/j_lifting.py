"""(j) The three conditions without which no moratorium on sale and transfer is lifted."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import AllOf, Has, Is, Lacks, Linked, Past, Ruled, Running
from sousveil.decisions.procedures.laws import LAW_STATES, REPORTED_OVER, law_form, law_need
from sousveil.decisions.procedures.model import (
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

RECORD_DAYS = 30
"""A screening record holds so many days at the most, whatever day it is said to end on."""
_IN_FORCE = (Is("status", ("in-force",)),)
_REPORTED_OVER = Ruled("reported-over", ("over",))

PROCEDURE = Procedure(
    name="j-lifting",
    letter="j",
    title="Conditions for lifting the moratorium",
    order=10,
    asks="Before sale and transfer may begin again, a State has at the least a law with safeguards and accountability, procurement only "
    "from companies that respect human rights and never served abusers, and a part in work on international standards.",
    reason="A halt that ends without rules ends in the same abuse.",
    take_part="A State publishes its law, its procurement standard and its part in treaties and processes, each with the evidence. An "
    "authority that buys screens its bidders first; the screening record is no clearance.",
    forms=(
        law_form(
            "safeguards",
            "Publish a law with safeguards",
            "A law or a bill against abuse by digital surveillance, with a path to remedy.",
        ),
        Form(
            name="standard",
            type="ProcurementStandard",
            title="Publish a procurement standard",
            what="A rule on from whom public bodies may buy.",
            who=(Role.STATE, Role.ORGANIZATION),
            fields=(
                Field("name", "What it is called.", required=True),
                Field("state", "State or body that it binds."),
                Field("requires", "What it asks of a company. The letter asks for both.", required=True),
                Field("status", "Where it stands.", required=True),
                Field("law", "The law on which it rests, as a record of this register."),
                Field("proposedOn", "Day on which it was proposed. The clock starts here."),
                Field(
                    "inForceFrom",
                    "First day in force. Where no day of the proposal is given, the clock starts here, and ends when this register "
                    "learns that it is in force.",
                ),
                Field("inForceUntil", "Last day. Where it goes on, say so with “Holds until” below."),
            ),
        ),
        Form(
            name="participation",
            type="TreatyParticipation",
            title="Publish a part in a treaty or process",
            what="What a State does in work on standards for such technology. To be a supporter on paper is shown as that.",
            who=(Role.STATE, Role.ORGANIZATION),
            fields=(
                Field("state", "The State."),
                Field("forum", "Treaty, arrangement or process."),
                Field("participation", "Which part it has."),
                Field("contribution", "What it gave to it."),
                Field("startDate", "Since when."),
                Field("endDate", "Until when. Where it goes on, say so with “Holds until” below."),
            ),
        ),
        Form(
            name="screening-record",
            type="ScreeningRecord",
            title="Publish that bidders were screened",
            what="That an authority screened its bidders, at which size of the log, with how many hits. It names no bidder, clears none. "
            "It ends after 30 days.",
            who=(Role.STATE,),
            fields=(
                Field("title", "What the record is called.", required=True),
                Field("authority", "Authority that asked."),
                Field("tender", "Number of the tender."),
                Field("logSize", "How many entries the log of this register had: the number stands on the record."),
                Field("bidders", "Number of bidders."),
                Field("hits", "Number of bidders of whom something is on file."),
                Field("issuedOn", "Day of the record."),
                Field("expiresOn", "30 days after it was issued."),
            ),
        ),
    ),
    states=(
        State("repealed", "repealed", "ProcurementStandard", when=(Is("status", ("repealed",)),), closed=True),
        State("over", "not in force any more", "ProcurementStandard", when=(*_IN_FORCE, Past()), closed=True),
        State("in-dispute", REPORTED_OVER, "ProcurementStandard", when=(*_IN_FORCE, _REPORTED_OVER), named=True),
        State("in-force", "in force", "ProcurementStandard", when=(*_IN_FORCE, Running())),
        State("adopted", "not yet in force", "ProcurementStandard", when=_IN_FORCE),
        State("proposed", "proposed", "ProcurementStandard"),
        State("ended", "ended", "TreatyParticipation", when=(Past("endDate"),), closed=True),
        State(
            "in-dispute",
            "takes part, and somebody reports that it ended",
            "TreatyParticipation",
            when=(_REPORTED_OVER,),
            named=True,
        ),
        State("takes-part", "takes part", "TreatyParticipation"),
        State("over", "over: screen again", "ScreeningRecord", when=(Past("expiresOn"),)),
        State("live", "still valid", "ScreeningRecord"),
        *LAW_STATES,
    ),
    clocks=(
        Clock(
            name="standard",
            label="Put the proposed procurement standard into force",
            type="ProcurementStandard",
            starts=("proposedOn", "inForceFrom"),
            days=180,
            owed_by=("state",),
            runs_when=(Has("status", ("proposed",)),),
            stops_when=(
                AllOf((Has("proposedOn"), Is("status", ("in-force",), on=("inForceFrom",)))),
                AllOf((Lacks("proposedOn"), Is("status", ("in-force",)))),
                Is("status", ("repealed",), on=("inForceUntil",)),
            ),
        ),
        Clock(
            name="screen-again",
            label="Screen the bidders again",
            type="ScreeningRecord",
            starts=("issuedOn",),
            days=RECORD_DAYS,
            due=("expiresOn",),
            most=RECORD_DAYS,
            source="The day on which the record ends, and after 30 days in any case.",
            owed_by=("authority",),
            stops_when=(Linked("ScreeningRecord", "authority", since=("issuedOn",), on=("issuedOn",)),),
        ),
    ),
    effects=(
        Effect(
            ("L21-j-1",),
            "Blocks sale and transfer unless every State concerned has a law with safeguards and accountability in force.",
        ),
        Effect(
            ("L21-j-2", "L21-j-2x"),
            "Blocks unless a procurement standard is in force and the company meets it; who served an abuser stays blocked.",
        ),
        Effect(
            ("L21-j-3",),
            "Blocks unless the State takes part in work on standards. All three together still leave the State to decide.",
        ),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="The three conditions for lifting are not shown for this State.",
            needs=(
                law_need(
                    "safeguards",
                    "law",
                    "A law in force with safeguards, accountability and a pathway to remedy",
                    ("accountability", "remedy-pathway"),
                ),
                Need(
                    name="procurement",
                    label="A procurement standard in force: respect for the Guiding Principles, no abusing clients",
                    type="ProcurementStandard",
                    of=("state",),
                    when=(
                        Has("requires", ("ungp-respect", "no-abusing-clients"), every=True),
                        *_IN_FORCE,
                        Running(),
                    ),
                    against=(Has("status", ("repealed",)),),
                    fact="state.procurement_standard",
                ),
                Need(
                    name="standards",
                    label="A part in key work on international standards",
                    type="TreatyParticipation",
                    of=("country", "state"),
                    when=(Has("participation", ("party", "participant", "contributor")), Running()),
                    against=(Past("endDate"),),
                    fact="state.takes_part",
                ),
            ),
        ),
    ),
)
