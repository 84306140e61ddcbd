"""The minutes of a board on one proposal: notice, hearing, votes, decision and report as one publication (h).

The secretary fills them in at once. The board's key signs, and each member whose vote stands in them signs the same payload with an own
key. So the whole is published, or nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

import msgspec

from sousveil.decisions import lookup
from sousveil.decisions.procedures import registry
from sousveil.decisions.procedures.model import Field, Form
from sousveil.decisions.views import Case, sitting
from sousveil.register import persons
from sousveil.register.store import Store
from sousveil.register.views.reading import Reader
from sousveil.web import filled_forms as forms
from sousveil.web.filled_forms import Draft, Names, Wrong
from sousveil.web.render import gettext as _

VOTES = (("votesFor", "for"), ("votesAgainst", "against"))
"""Numbers of the decision that are counted from the votes, with the choice that they count."""
ORDER = ("notice", "hearing", "vote", "decision", "report")
"""Forms of (h) that make the minutes."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the minutes."""

    name: str
    """What its fields begin with: `decision`, `vote-sv-...`."""
    title: str
    """The form's title, or the member whose vote it is."""
    form: Form
    """With the fields that are asked; the others are known."""
    known: Mapping[str, str]
    """Property -> value that follows from the proposal."""

    def field(self, property: str) -> str:
        """The name of a field in the minutes."""
        return f"{self.name}.{property}"


def parts(store: Store, proposal: str) -> list[Part]:
    """The records that minutes on a proposal may hold: a vote for each seat of its board that is no vote on file yet."""
    reader = Reader(store)
    case = Case(reader, proposal)
    if not case.boards:
        return []
    board, found = case.boards[0], list[Part]()
    given = {
        "notice": {"acquisition": case.id, "body": board},
        "hearing": {"acquisition": case.id, "body": board},
        "decision": {"about": case.id, "body": board},
        "report": {"about": case.id, "body": case.bodies[0] if case.bodies else ""},
    }
    for name in ORDER:
        form = _form(name)
        if name != "vote":
            found.append(_part(name, form.title, form, given[name]))
            continue
        voted = {one.member for one in case.ballots}
        for seat in lookup.pointing(reader, [board], "Membership", "organization"):
            members, _ = sitting(reader, seat.id, [board], reader.day)
            if members and not voted & set(members):
                known = {"body": board, "about": case.id, "seat": seat.id}
                found.append(_part(f"vote-{seat.id}", reader.ref(members[0]).caption, form, known))
    return found


def _form(name: str) -> Form:
    found = registry.all_procedures()["h-boards"].form(name)
    assert found is not None
    return found


def _part(name: str, title: str, form: Form, known: Mapping[str, str]) -> Part:
    counted = {property for property, _ in VOTES}
    asked = [one for one in form.properties.split() if one.removesuffix("!") not in {*known, *counted}]
    return Part(name=name, title=title, form=replace(form, properties=" ".join(asked)), known=known)


def filled(part: Part, values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What was typed into a part, by property; empty where nothing was."""
    typed = {one.property: list(values.get(part.field(one.property), ())) for one in part.form.fields}
    return {name: many for name, many in typed.items() if any(text.strip() for text in many)}


def draft(minutes: Sequence[Part], values: Mapping[str, Sequence[str]], store: Store, names: Names) -> Draft:
    """The statements of filled-in minutes, or what is wrong with them, each with its field. Parts without an entry are left out."""
    common = {name: list(many) for name, many in values.items() if name in forms.COMMON and name != forms.RECORD}
    taken = [(part, typed) for part in minutes if (typed := filled(part, values))]
    known = {*forms.COMMON, *(part.field(one.property) for part in minutes for one in part.form.fields)}
    wrong = [Wrong(field=name[:80], message="There is no such field.") for name in values if name not in known]
    if not taken:
        wrong.append(Wrong(field=forms.PUBLISHER, message="Nothing new was entered."))
    choices = [choice for part, typed in taken if part.form.type == "Vote" for choice in typed.get("choice", ())]
    drafts = []
    for part, typed in taken:
        more = {name: [value] for name, value in part.known.items() if value}
        if part.form.type == "OversightDecision" and choices:
            more |= {name: [str(choices.count(choice))] for name, choice in VOTES}
        whole = _form(part.name.partition("-")[0])
        made = forms.draft(whole, {**common, **typed, **more}, store, names)
        wrong += [_named(part, one) for one in made.wrong]
        drafts.append(made)
    statements = [] if wrong else list(persons.marked(list(chain.from_iterable(one.statements for one in drafts))))
    publisher = drafts[0].publisher if drafts else ""
    return Draft(statements=statements, wrong=list(dict.fromkeys(wrong)), publisher=publisher)


def _named(part: Part, wrong: Wrong) -> Wrong:
    """What is wrong, by the field of the minutes."""
    asked = {one.property for one in part.form.fields}
    return msgspec.structs.replace(wrong, field=part.field(wrong.field)) if wrong.field in asked else wrong


def confirming(minutes: Sequence[Part], values: Mapping[str, Sequence[str]]) -> list[str]:
    """The members whose votes stand in filled-in minutes."""
    return [part.title for part in minutes if part.form.type == "Vote" and filled(part, values)]


def label(part: Part, field: Field) -> str:
    """How a field is called in the minutes: of a vote with its member."""
    name = _(field.of.label)
    return f"{name} ({part.title})" if part.form.type == "Vote" else f"{name} ({_(_SHORT[part.name])})"


_SHORT = {"notice": "notice", "hearing": "hearing", "decision": "decision", "report": "report"}
