"""Laws of a State as parts of several procedures: the same form, states and needs, each with its own topic."""

from __future__ import annotations

from sousveil.decisions.facts.laws import ASKED as ASKED
from sousveil.decisions.procedures.conditions import AllOf, Condition, Has, Is, Past, Ruled, Running
from sousveil.decisions.procedures.model import EACH, Field, Form, Need, Role, State

_IN_FORCE = Is("status", ("in-force",))
LAW_OVER = State("over", "not in force any more", "Law", when=(_IN_FORCE, Past()), closed=True)
REPORTED_OVER = "in force, and somebody reports that it is not"
REPORTED_OVER_BY = Ruled("reported-over", ("over",))
LAW_IN_DISPUTE = State("in-dispute", REPORTED_OVER, "Law", when=(_IN_FORCE, Running(), REPORTED_OVER_BY), named=True)
"""By the test of the rule, which takes it for no law in force then (`facts/laws.py`)."""
LAW_IN_FORCE = State("in-force", "in force", "Law", when=(_IN_FORCE, Running()))
LAW_STATES = (
    State("gone", "rejected or repealed", "Law", when=(Has("status", ("rejected", "repealed")),), closed=True),
    LAW_OVER,
    LAW_IN_DISPUTE,
    LAW_IN_FORCE,
    State("bill", "not in force", "Law"),
)
_OF = ("jurisdiction", "state")


ENFORCED = (
    Field("enforced", "Whether it is applied in practice."),
    Field("enforcement", "By whom, in how many cases, with which result."),
)


def law_form(
    topic: str,
    title: str,
    what: str,
    *more: Field,
    provides: str = "What its text provides. Choose only what you have read in it.",
    effect: str = "What it does, where that is one of these.",
    begins: str = "First day in force.",
    enforced: tuple[Field, ...] = ENFORCED,
) -> Form:
    """The form for a law on a topic; `more`: fields that only this topic has. `provides`, `effect`, `begins`: help that says more here."""
    return Form(
        name="law",
        type="Law",
        title=title,
        what=what,
        who=(Role.STATE, Role.ORGANIZATION),
        fixed={"topic": topic},
        fields=(
            Field("title", "Its title.", required=True),
            Field("jurisdiction", "The country: its name in English, or its two-letter code.", required=True),
            Field(
                "status",
                "Where it stands. A bill is no law. If you told of a bill before, correct that: else the law stays in dispute.",
                required=True,
            ),
            Field("provides", provides, asked=ASKED[topic]),
            Field("effect", effect),
            *enforced,
            Field("inForceFrom", begins, example="2024-01-01"),
            Field("inForceUntil", "Last day in force. Where it goes on, say so with “Holds until” below."),
            *more,
            Field("citation", "How it is cited."),
            Field("text", "Address at which it can be read."),
        ),
    )


def _in_force(topic: str) -> tuple[Condition, ...]:
    return (Has("topic", (topic,)), _IN_FORCE, Running())


def law_need(topic: str, name: str, label: str, provides: tuple[str, ...]) -> Need:
    """A law in force on the topic that provides all of this; a bill that was rejected, or a law repealed, says no."""
    return Need(
        name=name,
        label=label,
        type="Law",
        of=_OF,
        when=(*_in_force(topic), Has("provides", provides, every=True)),
        against=(AllOf((Has("topic", (topic,)), Has("status", ("rejected", "repealed")))),),
        part=(REPORTED_OVER_BY,),
    )


def enforced_need(topic: str) -> Need:
    """The law on the topic is applied in practice, in the words of two publishers who are apart from each other."""
    return Need(
        name="enforced",
        label="It is enforced",
        type="Law",
        of=_OF,
        when=(*_in_force(topic), Has("enforced", ("yes",))),
        against=(AllOf((Has("topic", (topic,)), Has("enforced", ("no",)))),),
        part=(REPORTED_OVER_BY, Ruled("enforced-in-part", ("over",))),
        per=EACH,
        fact=f"enforced-{topic}",
    )
