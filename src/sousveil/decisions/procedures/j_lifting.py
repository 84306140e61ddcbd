"""(j) The three conditions without which no moratorium on sale and transfer is lifted."""

from __future__ import annotations

from sousveil.decisions.facts.laws import TAKES_PART
from sousveil.decisions.procedures.conditions import Has, Is, Linked, Past, Running
from sousveil.decisions.procedures.laws import LAW_STATES, REPORTED_OVER, REPORTED_OVER_BY, law_form, law_need
from sousveil.decisions.procedures.model import About, Clock, Form, Gap, Need, Procedure, Role, State

RECORD_DAYS = 30
"""A screening record holds so many days at the most, whatever day it is said to end on."""
_IN_FORCE = Is("status", "in-force")

PROCEDURE = Procedure(
    name="j-lifting",
    letter="j",
    title="Conditions for lifting the moratorium",
    asks="Before sale and transfer may begin again, a State has at the least a law with safeguards and accountability, "
    "procurement only from companies that respect human rights and never served abusers, and a part in work on "
    "international standards.",
    reason="A halt that ends without rules ends in the same abuse.",
    forms=(
        law_form("safeguards", "Publish a law with safeguards",
                 "A law or a bill against abuse by digital surveillance, with a path to remedy."),
        Form("standard", "Publish a procurement standard", "ProcurementStandard",
             "A rule on from whom public bodies may buy.", (Role.STATE, Role.ORGANIZATION),
             properties="name! state requires! status! law proposedOn inForceFrom inForceUntil"),
        Form("participation", "Publish a part in a treaty or process", "TreatyParticipation",
             "What a State does in work on standards for such technology. To be a supporter on paper is shown as that.",
             (Role.STATE, Role.ORGANIZATION), properties="state forum participation contribution startDate endDate"),
        Form("screening-record", "Publish that bidders were screened", "ScreeningRecord",
             "That an authority screened its bidders, at which size of the log, with how many hits. It names no "
             "bidder, clears none. It ends after 30 days.", (Role.STATE,),
             properties="title! authority tender logSize bidders hits issuedOn expiresOn"),
    ),
    states={
        "ProcurementStandard": (
            State("repealed", "repealed", Is("status", "repealed"), closed=True),
            State("over", "not in force any more", _IN_FORCE & Past(), closed=True),
            State("in-dispute", REPORTED_OVER, _IN_FORCE & REPORTED_OVER_BY),
            State("in-force", "in force", _IN_FORCE & Running()),
            State("adopted", "not yet in force", _IN_FORCE),
            State("proposed", "proposed"),
        ),
        "TreatyParticipation": (
            State("ended", "ended", Past("endDate"), closed=True),
            State("in-dispute", "takes part, and somebody reports that it ended", REPORTED_OVER_BY),
            State("takes-part", "takes part"),
        ),
        "ScreeningRecord": (State("over", "over: screen again", Past("expiresOn")), State("live", "still valid")),
        "Law": LAW_STATES,
    },
    clocks=(
        Clock("standard", "Put the proposed procurement standard into force", "ProcurementStandard",
              starts=("proposedOn", "inForceFrom"), days=180, owed_by=("state",), runs_when=Has("status", "proposed"),
              stops_when=(Has("proposedOn") & Is("status", "in-force", on=("inForceFrom",))
                          | ~Has("proposedOn") & _IN_FORCE | Is("status", "repealed", on=("inForceUntil",)))),
        Clock("screen-again", "Screen the bidders again", "ScreeningRecord", starts=("issuedOn",), days=RECORD_DAYS,
              due=("expiresOn",), most=RECORD_DAYS,
              source="The day on which the record ends, and after 30 days in any case.", owed_by=("authority",),
              stops_when=Linked("ScreeningRecord", "authority", since=("issuedOn",), on=("issuedOn",))),
    ),
    gaps=(
        Gap(About.STATE, "The three conditions for lifting are not shown for this State.",
            (
                law_need("safeguards", "law", "A law in force with safeguards, accountability and a pathway to remedy",
                         *("accountability", "remedy-pathway")),
                Need("procurement",
                     "A procurement standard in force: respect for the Guiding Principles, no abusing clients",
                     Has("requires", "ungp-respect", "no-abusing-clients", every=True) & _IN_FORCE & Running(),
                     Has("status", "repealed"), type="ProcurementStandard", of=("state",),
                     fact="state.procurement_standard"),
                Need("standards", "A part in key work on international standards",
                     Has("participation", *sorted(TAKES_PART)) & Running(), Past("endDate"),
                     type="TreatyParticipation", of=("country", "state"), fact="state.takes_part", reports=False),
            )),
    ),
)  # fmt: skip
