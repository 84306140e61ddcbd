"""(k) Exchanges and financial regulators: told of the harm, and strict on filings before major events."""

from __future__ import annotations

from functools import partial

from sousveil.decisions.procedures.conditions import Has, Is, Linked, Reached, Ruled
from sousveil.decisions.procedures.laws import LAW_STATES, enforced_need, law_form, law_need
from sousveil.decisions.procedures.model import About, Authority, Clock, Form, Gap, Need, Procedure, Role, State

_TO_REGULATOR = Ruled("notice", "regulator")
"""To a regulator by the test of rule L21-k-1, which is not of the company's group: what is sent to anybody else counts for nothing."""
_NOTICED = Linked("RegulatorNotice", "corporateEvent", Reached("sentOn") & _TO_REGULATOR, on=("sentOn",))
COMPLETED = Has("status", "completed")
BY_ITSELF = Ruled("by-itself", "yes")
"""That the company itself, or who is tied to it, published a notice about it: it tells no regulator, so none owes an answer to it."""
_acknowledged = partial(Need, when=Reached("acknowledgedOn") & _TO_REGULATOR, type="RegulatorNotice")

PROCEDURE = Procedure(
    name="k-markets",
    letter="k",
    title="Exchanges and financial regulators",
    asks="States tell exchanges and financial regulators of the harm that such companies do, and make strict and "
    "regular scrutiny of what these companies and their owners disclose a duty, above all before listings, mergers and "
    "takeovers.",
    reason="Money decides whether these companies live; those who watch over markets should not hear of abuse from the "
    "news.",
    forms=(
        Form("event", "Publish a coming listing, merger or takeover", "CorporateEvent",
             "A major event of a company or its owner. The clock runs to its day: before it the regulator has to know.",
             (Role.COMPANY, Role.INVESTOR, Role.REGULATOR, Role.ORGANIZATION),
             properties="name! company eventKind counterparty market announcedOn plannedFor! status!"),
        Form("notice", "Publish a notice to a regulator", "RegulatorNotice",
             "That a regulator was told, of what, and when. Only what is at least reported, with the replies of those "
             "concerned.", (Role.STATE, Role.ORGANIZATION, Role.REGULATOR),
             properties="name! regulator company corporateEvent harms! contentHash sentOn! acknowledgedOn answer"),
        Form("filing-review", "Publish the review of a filing", "FilingReview",
             "What a regulator found in a filing of such a company.", (Role.REGULATOR,),
             properties="name regulator company corporateEvent filing outcome! silentOn law reviewedOn!"),
        law_form("securities", "Publish a law on disclosure",
                 "A law or a rule on what such companies disclose to markets."),
    ),
    states={
        "CorporateEvent": (
            State("over", "over", Is("status", "completed", "withdrawn"), closed=True),
            State("told", "regulator told", _NOTICED),
            State("not-told", "no notice on file"),
        ),
        "RegulatorNotice": (
            State("elsewhere", "to nobody on file as a regulator: counts for nothing", Ruled("notice", "other"),
                  closed=True),
            State("acknowledged", "acknowledged", Reached("acknowledgedOn"), closed=True),
            State("by-itself",
                  "published by the company that it is about, or somebody tied to it: no regulator owes an answer",
                  BY_ITSELF),
            State("sent", "sent, not acknowledged"),
        ),
        "Law": LAW_STATES,
    },
    clocks=(
        Clock("notice", "Notice to the regulator before the event", "CorporateEvent", starts=(), days=0,
              due=("plannedFor",), sets=Authority.LETTER, source="The day for which the event is planned.",
              owed_by=("company.state",), runs_when=~Is("status", "withdrawn"), stops_when=_NOTICED),
        Clock("acknowledgement", "Acknowledgement of the notice", "RegulatorNotice", starts=("sentOn",), days=30,
              owed_by=("regulator",), runs_when=_TO_REGULATOR & ~BY_ITSELF, stops_when=Reached("acknowledgedOn")),
    ),
    gaps=(
        Gap(About.STATE,
            "No law of this State on strict scrutiny of such companies before major events, and no notice that its "
            "regulator acknowledged, is on file.",
            (
                law_need("securities", "law", "A law in force on scrutiny of disclosures, before the event",
                         *("disclosure-scrutiny", "prior-review")),
                enforced_need("securities"),
                _acknowledged("told", "Its regulator was told and acknowledged it", of=("regulator",)),
            )),
        Gap(About.COMPANY, "We have no acknowledged notice to a regulator and no review of its filings.",
            (
                _acknowledged("notice", "The regulator was told and acknowledged it", of=("company",),
                              fact="vendor.regulator_told"),
                Need("filing", "Its filing was reviewed and is complete", Has("outcome", "complete") & ~Has("silentOn"),
                     Has("silentOn") | Has("outcome", "refused"), type="FilingReview", of=("company",),
                     fact="vendor.filing_reviewed"),
            )),
    ),
)  # fmt: skip
