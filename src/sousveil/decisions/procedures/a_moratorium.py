"""(a) A halt to sale, transfer and use: measures of States, and what goes on despite them."""

from __future__ import annotations

from sousveil.decisions.procedures.conditions import AllOf, AnyOf, Fails, Has, Is, Lacks, Past, Ruled, Running
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

_HALT = ("moratorium", "ban", "partial")
_SINCE = Is("status", ("in-force",), on=("startDate",))
"""In force: from its first day on; where none is told, from the day of the word, never from the day of its announcement."""
_ENDED = Is("status", ("ended",))
HALTS = (Has("measureKind", _HALT), _SINCE, Running(), Fails(_ENDED))
"""A halt that is in force on the day, for what it fulfils: its own label calls what was ended so, whatever it was called before."""
_POSSIBLE = Ruled("use", ("possible",))
"""A potential client's, in the words of everybody who tells of the use: nobody knows that it is in use."""
_IN_FORCE = (Has("measureKind", _HALT), Has("status", ("in-force",)), Running())
_RUNNING = (Is("status", ("in-force",)), Running())
_LIFT = Has("measureKind", ("lifted",))
LIFTED = (_LIFT, *_RUNNING)
"""An act that ends a halt and is in force itself: an announced one, or one to come, ends nothing."""


def _need(activity: str) -> Need:
    return Need(
        name=activity,
        label=f"A measure in force that halts the {activity} of surveillance technology",
        type="MoratoriumMeasure",
        of=("country", "state"),
        when=(*HALTS, Has("covers", (activity,))),
        against=(AllOf(LIFTED),),
    )


PROCEDURE = Procedure(
    name="a-moratorium",
    letter="a",
    title="Moratorium",
    order=1,
    asks="Every State puts a halt, at once, to the sale, the transfer and the use of surveillance technology.",
    reason="The abuse is too wide for single fixes: activity has to stop until rules that protect human rights have caught up.",
    take_part="A State, or somebody who has read its official journal, publishes each measure: what it halts, from when, until when, "
    "and what it leaves out. Whoever knows of a system that runs on publishes the use, and it is listed as “continues despite”.",
    forms=(
        Form(
            name="measure",
            type="MoratoriumMeasure",
            title="Publish a measure of a State",
            what="One measure: a moratorium, a ban, a partial halt, or its end. A measure that is lifted is a record of its own; the "
            "first one stays readable.",
            who=(Role.STATE, Role.ORGANIZATION),
            fields=(
                Field("summary", "What it is called.", required=True, example="Decree 11"),
                Field("state", "The State, or the authority that took the measure.", required=True),
                Field("measureKind", "What the measure is. An act that ends a halt is a measure of its own."),
                Field(
                    "covers",
                    "Each activity that it halts, or sets free again. The letter asks for all three.",
                    required=True,
                ),
                Field("status", "Only announced, in force, or ended.", required=True),
                Field(
                    "scope",
                    "Which technology and whose activity it covers, in a sentence.",
                    example="All intrusion tools, public and private users.",
                ),
                Field("exception", "What it leaves out. Leave it empty only where it has no exception."),
                Field("excepts", "Each body, company or product that it leaves out by name."),
                Field("legalBasis", "Act, decree or decision, with its number."),
                Field("law", "The law as a record of this register, if it is one."),
                Field("date", "Day on which it was announced. The clock starts here.", example="2024-03-01"),
                Field(
                    "startDate",
                    "Day from which it holds. Without it the measure counts from the day on which it is called in force.",
                    example="2024-04-01",
                ),
                Field("endDate", "Last day, if it has one. Leave it empty if none was said."),
            ),
        ),
        Form(
            name="use",
            type="Deployment",
            title="Publish a use that goes on",
            what="A system that a public body or company uses. Where a measure that halts use is in force, it is listed as “continues "
            "despite”. No people who were watched are named.",
            who=(Role.STATE, Role.BODY, Role.ORGANIZATION),
            fields=(
                Field("body", "Who uses it."),
                Field("product", "What is used."),
                Field(
                    "country",
                    "Country in which it is used: its name in English, or its two-letter code.",
                    required=True,
                ),
                Field(
                    "clientStage", "How firmly it is known. A potential client is no client: its use is listed apart."
                ),
                Field("startDate", "Since when."),
                Field("endDate", "When it ended. Leave it empty where nobody said that it ended."),
                Field("purpose", "What the user says it is for."),
                Field("legalBasis", "The legal basis that the user names."),
            ),
        ),
    ),
    states=(
        State("lifted", "lifted again", "MoratoriumMeasure", when=LIFTED, closed=True),
        State("ended", "ended", "MoratoriumMeasure", when=(AnyOf((_ENDED, Past())),), closed=True),
        State("in-force", "in force", "MoratoriumMeasure", when=(_SINCE, Running())),
        State(
            "undated",
            "called in force later, its first day is not told",
            "MoratoriumMeasure",
            when=(*_RUNNING, Lacks("startDate")),
        ),
        State("lift-announced", "its end is announced, not yet in force", "MoratoriumMeasure", when=(_LIFT,)),
        State("announced", "announced, not yet in force", "MoratoriumMeasure"),
        State("ended", "ended", "Deployment", when=(Past(),), closed=True),
        State("possible", "possibly in use: a potential client, not confirmed", "Deployment", when=(_POSSIBLE,)),
        State("running", "in use", "Deployment"),
    ),
    clocks=(
        Clock(
            name="in-force",
            label="Put the announced measure into force",
            type="MoratoriumMeasure",
            starts=("date", "startDate"),
            days=30,
            owed_by=("state",),
            runs_when=(Has("measureKind", _HALT), Fails(_ENDED)),
            stops_when=(AllOf((_SINCE, Running())),),
        ),
    ),
    effects=(
        Effect(
            ("L21-a-4", "L21-a-5"),
            "A State's own measure blocks what it halts, until a later act of that State ends it. What the measure leaves out stays "
            "blocked under (a).",
        ),
        Effect(
            ("L21-a-1", "L21-a-2", "L21-a-3"),
            "Blocks sale, transfer and use in every State, with or without a measure. A measure that is lifted is one of the "
            "things that a lift needs; it never suffices.",
        ),
    ),
    gaps=(
        Gap(
            about=About.STATE,
            says="No moratorium of this State on sale, transfer and use is on file.",
            needs=(
                *(_need(one) for one in ("sale", "transfer", "use")),
                Need(
                    name="whole",
                    label="It leaves nothing out",
                    type="MoratoriumMeasure",
                    of=("country", "state"),
                    when=(
                        Has("measureKind", ("moratorium", "ban")),
                        _SINCE,
                        Running(),
                        Fails(_ENDED),
                        Lacks("exception"),
                        Lacks("excepts"),
                    ),
                    against=(
                        AllOf(LIFTED),
                        AllOf((*_IN_FORCE, AnyOf((Has("exception"), Has("excepts"))))),
                        AllOf((Has("measureKind", ("partial",)), *_RUNNING)),
                    ),
                ),
            ),
        ),
    ),
    lists=("MoratoriumMeasure", "Deployment"),
    beside=(("moratorium", "World map of measures, and what continues despite them"),),
)
