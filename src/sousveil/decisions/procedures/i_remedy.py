"""(i) Remedy: paths that are open in practice, and barriers that stand in the way."""

from __future__ import annotations

from sousveil.decisions.facts.remedy import JUDICIAL, OTHER
from sousveil.decisions.procedures.conditions import Has, Ruled, Running
from sousveil.decisions.procedures.laws import LAW_STATES, law_form, law_need
from sousveil.decisions.procedures.model import EACH, About, Clock, Form, Gap, Need, Procedure, Role, State

_OPEN = Has("status", "open") & Has("practice") & Running()
_REFORMED, _ENDED, _STANDS = (Ruled("barrier", says) for says in ("reformed", "ended", "stands"))
_SHUT = Ruled("path", "shut")


def _path(name: str, label: str, kinds: frozenset[str], says: str, fact: str) -> Need:
    kind = Has("pathKind", *kinds)
    shown = Ruled("path", says) | kind & _OPEN
    return Need(name, label, shown, kind & _SHUT, type="RemedyPath", of=("country", "body"), fact=fact)


PROCEDURE = Procedure(
    name="i-remedy",
    letter="i",
    title="Remedy",
    asks="States change laws that keep victims of unlawful surveillance from remedy, and make sure that courts and "
    "other ways are open in practice.",
    reason="A right without a place to turn to is none: immunity, secrecy and time limits stop most cases before they "
    "begin.",
    forms=(
        Form("path", "Publish a path to remedy", "RemedyPath",
             "A court, ombudsman, human rights institution, data protection authority or national contact point. It "
             "counts as open only with cases that were heard. To complain yourself, do not use this form: what is "
             "published here is public for ever.", (Role.STATE, Role.ORGANIZATION),
             properties="name! pathKind body country! against status! practice casesHeard howTo contact timeLimit "
             "legalAid startDate endDate"),
        Form("barrier", "Publish a barrier to remedy", "RemedyBarrier",
             "A rule that stops people from remedy. It stays on the State's page until it is reformed.",
             (Role.ORGANIZATION, Role.STATE),
             properties="summary! state barrierKind law path status! startDate! endDate",
             help={
                 "startDate": "Day on which it was shown to the State. The clock of the reform starts here.",
                 "endDate": "Day on which it was reformed, or its last day. Without it, a reform counts from the day "
                 "of its entry.",
             }),
        law_form("remedy", "Publish a law on remedy", "A law or a bill that opens, or shuts, a way to remedy."),
    ),
    states={
        "RemedyPath": (
            State("shut", "barred or closed", _SHUT, closed=True),
            State("practice", "open, cases heard", _OPEN),
            State("paper", "open", Has("status", "open")),
            State("unstated", "not stated whether open"),
        ),
        "RemedyBarrier": (
            State("reformed", "reformed", _REFORMED, closed=True),
            State("ended", "ended", _ENDED, closed=True),
            State("untold", "told no more", Ruled("barrier", "no"), closed=True),
            State("to-come", "to come", Ruled("barrier", "coming")),
            State("proposed", "reform proposed", _STANDS & Has("status", "reform-proposed")),
            State("standing", "stands", _STANDS),
        ),
        "Law": LAW_STATES,
    },
    clocks=(
        Clock("reform", "Reform of the barrier", "RemedyBarrier", starts=("startDate",), days=365, owed_by=("state",),
              stops_when=_REFORMED, ends_as={"ended": _ENDED}),
    ),
    gaps=(
        Gap(About.STATE,
            "No judicial and non-judicial path to remedy that is open in practice, free of barriers, is on file for "
            "this State.",
            (
                _path("judicial", "A court that hears such cases in practice", JUDICIAL, "court", "judicial-path"),
                _path("non-judicial", "Another path that is open in practice", OTHER, "other", "other-path"),
                Need("barriers", "Barriers on file are reformed or ended", Ruled("barrier", "reformed", "ended"),
                     _STANDS, type="RemedyBarrier", of=("country", "state"), per=EACH),
                law_need("remedy", "law", "A law that gives a pathway to remedy", "remedy-pathway"),
            )),
    ),
)  # fmt: skip
