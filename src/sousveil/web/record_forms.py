"""The forms of the procedures that add to a record, and those that answer it."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from sousveil.decisions.procedures import registry
from sousveil.register import types


class FormOf(msgspec.Struct, frozen=True, kw_only=True):
    """A form of a procedure, for a record."""

    procedure: str
    letter: str
    demand: str
    form: str
    title: str


def forms_of(type: str, said: Collection[tuple[str, str]] = ()) -> list[FormOf]:
    """The forms of all procedures that write such records; of forms for one kind of them that which fits what is said."""
    fitting = [(one, form) for one in registry.all_procedures().values() for form in one.forms if form.type == type]
    if any(form.fixed for _, form in fitting):
        fitting = [(one, form) for one, form in fitting if all(pair in said for pair in form.fixed.items())]
    return [
        FormOf(procedure=one.name, letter=one.letter, demand=one.title, form=form.name, title=form.title)
        for one, form in fitting
    ]


def answers_of(type: str) -> list[FormOf]:
    """The forms of all procedures that answer records of this type."""
    return [
        FormOf(procedure=one.name, letter=one.letter, demand=one.title, form=form.name, title=form.title)
        for one in registry.all_procedures().values()
        for form in one.forms
        if form.answers and type in types.properties(form.type)[form.answers].range
    ]
