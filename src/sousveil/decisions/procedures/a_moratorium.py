"""(a) A halt to sale, transfer and use: measures of States, and what goes on despite them."""

from __future__ import annotations

from functools import partial

from sousveil.decisions.procedures.conditions import Has, Is, Past, Ruled, Running
from sousveil.decisions.procedures.model import About, Clock, Form, Gap, Need, Procedure, Role, State

_HALT = Has("measureKind", "moratorium", "ban", "partial")
_SINCE = Is("status", "in-force", on=("startDate",))
"""In force: from its first day on; where none is given, from the day of the claim, never from the day of its announcement."""
_ENDED = Is("status", "ended")
HALTS = _HALT & _SINCE & Running() & ~_ENDED
"""A halt that is in force on the day, for what it fulfils: its own label calls what was ended so, whatever it was called before."""
_IN_FORCE = _HALT & Has("status", "in-force") & Running()
_RUNNING = Is("status", "in-force") & Running()
LIFT = Has("measureKind", "lifted")
LIFTED = LIFT & _RUNNING
"""An act that ends a halt and is in force itself: an announced one, or one to come, ends nothing."""
_need = partial(Need, type="MoratoriumMeasure", of=("country", "state"))

PROCEDURE = Procedure(
    name="a-moratorium",
    letter="a",
    title="Moratorium",
    asks="Every State puts a halt, at once, to the sale, the transfer and the use of surveillance technology.",
    reason="The abuse is too wide for single fixes: activity has to stop until rules that protect human rights have "
    "caught up.",
    forms=(
        Form("measure", "Publish a measure of a State", "MoratoriumMeasure",
             "One measure: a moratorium, a ban, a partial halt, or its end. A measure that is lifted is a record of "
             "its own; the first one stays readable.", (Role.STATE, Role.ORGANIZATION),
             properties="summary! state measureKind covers! status! scope exception excepts legalBasis law date "
             "startDate endDate",
             help={"startDate": "Day from which it holds. Without it the measure counts from the day on which it is "
                   "called in force."}),
        Form("use", "Publish a use that goes on", "Deployment",
             "A system that a public body or company uses. Where a measure that halts use is in force, it is listed as "
             "“continues despite”. No people who were watched are named.", (Role.STATE, Role.BODY, Role.ORGANIZATION),
             properties="body product country! clientStage startDate endDate purpose legalBasis"),
    ),
    states={
        "MoratoriumMeasure": (
            State("lifted", "lifted again", LIFTED, closed=True),
            State("ended", "ended", _ENDED | Past(), closed=True),
            State("in-force", "in force", _SINCE & Running()),
            State("undated", "called in force later, its first day is not told", _RUNNING & ~Has("startDate")),
            State("lift-announced", "its end is announced, not yet in force", LIFT),
            State("announced", "announced, not yet in force"),
        ),
        "Deployment": (
            State("ended", "ended", Past(), closed=True),
            # Whoever reports the use calls it a potential client's: nobody knows that it is in use.
            State("possible", "possibly in use: a potential client, not confirmed", Ruled("use", "possible")),
            State("running", "in use"),
        ),
    },
    clocks=(
        Clock("in-force", "Put the announced measure into force", "MoratoriumMeasure", starts=("date", "startDate"),
              days=30, owed_by=("state",), runs_when=_HALT & ~_ENDED, stops_when=_SINCE & Running()),
    ),
    gaps=(
        Gap(About.STATE, "No moratorium of this State on sale, transfer and use is on file.",
            (
                *(_need(one, f"A measure in force that halts the {one} of surveillance technology",
                        HALTS & Has("covers", one), LIFTED) for one in ("sale", "transfer", "use")),
                _need("whole", "It leaves nothing out",
                      Has("measureKind", "moratorium", "ban") & HALTS & ~Has("exception") & ~Has("excepts"),
                      (LIFTED | _IN_FORCE & (Has("exception") | Has("excepts"))
                       | Has("measureKind", "partial") & _RUNNING)),
            )),
    ),
    pages=(("moratorium", "World map of measures, and what continues despite them"),),
)  # fmt: skip
