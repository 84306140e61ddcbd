"""(c) Human rights due diligence of companies and investors, and the laws that require it."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import Has, Linked, Older, Past
from sousveil.decisions.procedures.laws import LAW_STATES, REPORTED_OVER_BY, enforced_need, law_form, law_need
from sousveil.decisions.procedures.model import About, Clock, Form, Gap, Need, Procedure, Role, State

YEAR = 365
"""Guiding Principle 17 (c) calls due diligence ongoing and names no days; that a report without a last day of its own counts for a year
is a reading of ours, as is the year of the clock."""
MOST = 3 * YEAR
"""So long a report counts at the most, whatever last day it names: a reading of ours, so that nobody sets its own next report for 2120."""
_DAYS = ("periodEnd", "publishedAt")
_OLD = ~Has("expiresOn") & Older(*_DAYS, days=YEAR) | Older(*_DAYS, days=MOST)
_PARTS = Has("identified") & Has("prevented") & Has("mitigated") & Has("accounted")

PROCEDURE = Procedure(
    name="c-due-diligence",
    letter="c",
    title="Human rights due diligence",
    asks="A law, applied in practice, makes surveillance companies and those who fund them look for the harm that "
    "their business does to human rights, and prevent and lessen it: in their operations, their supply chains and the "
    "end use.",
    reason="Companies say that their tools are only used against crime; only a duty to look, with proof, shows whether "
    "they know.",
    forms=(
        Form("report", "Publish a due diligence report", "DueDiligenceReport",
             "One report for one product, market and end user. It counts until its last day, and for three years at "
             "the most; without a last day for a year after the time that it covers.", (Role.COMPANY, Role.INVESTOR),
             properties="title! company investor product market endUser periodStart periodEnd! identified prevented "
             "mitigated accounted principle severeFinding actionOnSevere publishedAt expiresOn reviewer reviewNote"),
        law_form("due-diligence", "Publish a law on due diligence",
                 "A law or a bill of a State that makes such companies and their investors look for harm to human "
                 "rights."),
    ),
    states={
        "DueDiligenceReport": (
            State("expired", "counts no more", Past("expiresOn"), closed=True),
            State("in-dispute", "somebody reports that it counts no more", REPORTED_OVER_BY),
            State("old", "older than a year", _OLD),
            State("complete", "all four parts there", _PARTS),
            State("incomplete", "parts missing"),
        ),
        "Law": LAW_STATES,
    },
    clocks=(
        Clock("next-report", "Next due diligence report", "DueDiligenceReport", starts=_DAYS, days=YEAR,
              due=("expiresOn",), most=MOST, source="The day that the report names, three years at the most; else a "
              "year, after Guiding Principle 21 (report regularly): both numbers are ours.", owed_by=("company", "investor"),
              stops_when=Linked("DueDiligenceReport", "company", since=_DAYS, on=("publishedAt",))),
    ),
    gaps=(
        Gap(About.STATE,
            "No enforced law of this State on human rights due diligence of such companies and their investors is on "
            "file.",
            (
                law_need("due-diligence", "companies", "A law in force that binds companies", "covers-companies"),
                law_need("due-diligence", "investors", "A law in force that binds investors", "covers-investors"),
                law_need("due-diligence", "reach", "It reaches operations, supply chains and end use",
                         *("covers-operations", "covers-supply-chain", "covers-end-use")),
                enforced_need("due-diligence"),
            )),
        Gap(About.COMPANY, "No complete and current report on human rights due diligence of it is on file.",
            (
                Need("report", "A report that identifies, prevents, mitigates and accounts, and still counts",
                     _PARTS & ~Past("expiresOn") & ~_OLD, unless=REPORTED_OVER_BY, type="DueDiligenceReport",
                     of=("company", "investor")),
            ), investors=True),
    ),
)  # fmt: skip
