"""Laws of a State as parts of several procedures: the same form, states and needs, each with its own topic."""

from __future__ import annotations

from functools import partial

from sousveil.decisions.facts.laws import ASKED
from sousveil.decisions.procedures.conditions import Condition, Has, Is, Past, Ruled, Running
from sousveil.decisions.procedures.model import EACH, Form, Need, Role, State

REPORTED_OVER = "in force, and somebody reports that it is not"
REPORTED_OVER_BY = Ruled("reported-over", "over")
LAW_OVER = State("over", "not in force any more", Is("status", "in-force") & Past(), closed=True)
LAW_IN_FORCE = State("in-force", "in force", Is("status", "in-force") & Running())
LAW_IN_DISPUTE = State("in-dispute", REPORTED_OVER, Is("status", "in-force") & Running() & REPORTED_OVER_BY)
"""By the test of the rule, which takes it for no law in force then (`facts/laws.py`)."""
LAW_STATES = (
    State("gone", "rejected or repealed", Has("status", "rejected", "repealed"), closed=True),
    LAW_OVER,
    LAW_IN_DISPUTE,
    LAW_IN_FORCE,
    State("bill", "not in force"),
)
_need = partial(Need, unless=REPORTED_OVER_BY, type="Law", of=("jurisdiction", "state"))


def law_form(topic: str, title: str, what: str, *, properties: str = "", **help: str) -> Form:
    """The form for a law on a topic. `properties`: where this topic has others; `help`: by property, what says more here."""
    return Form(
        "law",
        title,
        "Law",
        what,
        (Role.STATE, Role.ORGANIZATION),
        properties=properties
        or "title! jurisdiction! status! provides effect enforced enforcement inForceFrom inForceUntil citation text",
        help=help,
        asked={"provides": ASKED[topic]},
        fixed={"topic": topic},
    )


def _in_force(topic: str) -> Condition:
    return Has("topic", topic) & Is("status", "in-force") & Running()


def law_need(topic: str, name: str, label: str, *provides: str) -> Need:
    """A law in force on the topic that provides all of this; a bill that was rejected, or a law repealed, says no."""
    shown = _in_force(topic) & Has("provides", *provides, every=True)
    return _need(name, label, shown, Has("topic", topic) & Has("status", "rejected", "repealed"))


def enforced_need(topic: str) -> Need:
    """The law on the topic is applied in practice, as two publishers say who are not tied to each other."""
    shown, against = _in_force(topic) & Has("enforced", "yes"), Has("topic", topic) & Has("enforced", "no")
    return _need("enforced", "It is enforced", shown, against, per=EACH, fact=f"enforced-{topic}")
