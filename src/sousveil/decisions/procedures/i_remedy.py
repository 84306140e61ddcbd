"""(i) Remedy: paths that are open in practice, and barriers that stand in the way."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import AllOf, AnyOf, Has, Ruled, Running
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

_OPEN = (Has("status", ("open",)), Has("practice"), Running())
_REFORMED, _ENDED = Ruled("barrier", ("reformed",)), Ruled("barrier", ("ended",))
_STANDS = Ruled("barrier", ("stands",))
GONE = Ruled("barrier", ("reformed", "ended"))
"""A barrier that does not stand any more, by the test of the rule: reformed, or its last day is over, whatever else it is called."""
_SHUT = (Ruled("path", ("shut",)),)


def _path(name: str, label: str, kinds: tuple[str, ...], says: str, test: str) -> Need:
    return Need(
        name=name,
        label=label,
        type="RemedyPath",
        of=("country", "body"),
        when=(AnyOf((Ruled("path", (says,)), AllOf((Has("pathKind", kinds), *_OPEN)))),),
        against=(AllOf((Has("pathKind", kinds), *_SHUT)),),
        fact=test,
    )


PROCEDURE = Procedure(
    name="i-remedy",
    letter="i",
    title="Remedy",
    order=9,
    asks="States change laws that keep victims of unlawful surveillance from remedy, and make sure that courts and other ways are open in "
    "practice.",
    reason="A right without a place to turn to is none: immunity, secrecy and time limits stop most cases before they begin.",
    take_part="States, courts, institutions and organisations publish where one can turn, and what came of it in practice; and each "
    "barrier, until it is reformed. To complain yourself, do not use this form: what is published here is public for ever.",
    forms=(
        Form(
            name="path",
            type="RemedyPath",
            title="Publish a path to remedy",
            what="A court, ombudsman, human rights institution, data protection authority or national contact point. It counts as open "
            "only with cases that were heard.",
            who=(Role.STATE, Role.ORGANIZATION),
            fields=(
                Field(property="name", help="What it is called.", required=True),
                Field(property="pathKind", help="What it is."),
                Field(property="body", help="The body to which one turns."),
                Field(
                    property="country",
                    help="In which country: its name in English, or its two-letter code.",
                    required=True,
                ),
                Field(
                    property="against",
                    help="Against whom it helps: companies that sit in this State, or whoever uses such technology there.",
                ),
                Field(property="status", help="Whether it is open to those concerned.", required=True),
                Field(
                    property="practice", help="Cases that were heard, and their result. No names of those concerned."
                ),
                Field(property="casesHeard", help="How many cases were heard."),
                Field(property="howTo", help="How to complain: forms, language, cost."),
                Field(property="contact", help="Address, telephone, e-mail of the body."),
                Field(property="timeLimit", help="Within which time a complaint has to arrive, and from which day."),
                Field(property="legalAid", help="Who pays a lawyer, or helps without payment."),
                Field(property="startDate", help="Since when."),
                Field(
                    property="endDate",
                    help="Until when. Where it goes on, say so with “Holds until” below.",
                ),
            ),
        ),
        Form(
            name="barrier",
            type="RemedyBarrier",
            title="Publish a barrier to remedy",
            what="A rule that stops people from remedy. It stays on the State's page until it is reformed.",
            who=(Role.ORGANIZATION, Role.STATE),
            fields=(
                Field(property="summary", help="What it is, in a sentence.", required=True),
                Field(property="state", help="The State whose rule it is."),
                Field(property="barrierKind", help="Which kind of barrier."),
                Field(property="law", help="The law, as a record of this register."),
                Field(property="path", help="The path that it bars."),
                Field(property="status", help="In force, reform proposed, or reformed.", required=True),
                Field(
                    property="startDate",
                    help="Day on which it was shown to the State. The clock of the reform starts here.",
                    required=True,
                ),
                Field(
                    property="endDate",
                    help="Day on which it was reformed, or its last day. Without it, a reform counts from the day of its entry.",
                ),
            ),
        ),
        law_form("remedy", "Publish a law on remedy", "A law or a bill that opens, or shuts, a way to remedy."),
    ),
    states=(
        State(name="shut", label="barred or closed", type="RemedyPath", when=_SHUT, closed=True),
        State(name="practice", label="open, cases heard", type="RemedyPath", when=_OPEN),
        State(name="paper", label="open", type="RemedyPath", when=(Has("status", ("open",)),)),
        State(name="unstated", label="not stated whether open", type="RemedyPath"),
        State(name="reformed", label="reformed", type="RemedyBarrier", when=(_REFORMED,), closed=True),
        State(name="ended", label="ended", type="RemedyBarrier", when=(_ENDED,), closed=True),
        State(
            name="untold",
            label="told no more",
            type="RemedyBarrier",
            when=(Ruled("barrier", ("no",)),),
            closed=True,
        ),
        State(name="to-come", label="to come", type="RemedyBarrier", when=(Ruled("barrier", ("coming",)),), early=True),
        State(
            name="proposed",
            label="reform proposed",
            type="RemedyBarrier",
            when=(_STANDS, Has("status", ("reform-proposed",))),
            early=True,
        ),
        State(name="standing", label="stands", type="RemedyBarrier", when=(_STANDS,), early=True),
        *LAW_STATES,
    ),
    clocks=(
        Clock(
            name="reform",
            label="Reform of the barrier",
            type="RemedyBarrier",
            starts=("startDate",),
            days=365,
            owed_by=("state",),
            stops_when=(_REFORMED,),
            ends_as={"ended": (_ENDED,)},
        ),
    ),
    effects=(
        Effect(
            rules=("L21-i-1",),
            says="Blocks while a law bars remedy, or no judicial and non-judicial path is open in practice in either State.",
        ),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No judicial and non-judicial path to remedy that is open in practice, free of barriers, is on file for this State.",
            needs=(
                _path("judicial", "A court that hears such cases in practice", ("court",), "court", "judicial-path"),
                _path(
                    "non-judicial",
                    "Another path that is open in practice",
                    (
                        "ombudsman",
                        "human-rights-institution",
                        "data-protection",
                        "national-contact-point",
                        "parliament",
                        "regulator",
                    ),
                    "other",
                    "other-path",
                ),
                Need(
                    name="barriers",
                    label="Barriers on file are reformed or ended",
                    type="RemedyBarrier",
                    of=("country", "state"),
                    when=(GONE,),
                    against=(_STANDS,),
                    per=EACH,
                ),
                law_need("remedy", "law", "A law that gives a pathway to remedy", ("remedy-pathway",)),
            ),
        ),
    ),
)
