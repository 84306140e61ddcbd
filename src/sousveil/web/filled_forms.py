"""From a form to statements: what was typed, checked field by field, as the signed publication will carry it.

Nothing is stored and nobody is told: the statements go back to whoever typed them, to be signed with their own key. A form can
therefore be filled in by anybody; only the owner of the key that is named publishes what comes out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from sousveil.decisions.procedures.model import Form
from sousveil.errors import SousveilError
from sousveil.register import persons, types
from sousveil.register.model import Recorded, Stance, Standing, Statement
from sousveil.register.publication import DIRECT
from sousveil.register.refusal import Refused
from sousveil.register.store import Store
from sousveil.register.types.checking import check
from sousveil.register.types.model import Kind, Property
from sousveil.register.views import words
from sousveil.register.views.reading import Record, stands

PUBLISHER, SOURCE, STANDING, RECORD, ASSERTED, VALID_FROM, VALID_UNTIL = (
    "statement.publisher", "statement.source", "statement.standing", "statement.record", "statement.asserted",
    "statement.valid_from", "statement.valid_until",
)  # fmt: skip
"""Fields that every form has, besides the properties of its record type."""
COMMON = (PUBLISHER, SOURCE, STANDING, RECORD, ASSERTED, VALID_FROM, VALID_UNTIL)
_OF_STATEMENT = {name.partition(".")[2]: name for name in COMMON}
"""Field of a statement -> field of the form."""
VALUES_MOST = 60
"""Values of one field."""
NAMED_MOST = 10
"""Candidates that an ambiguous name lists."""

HOW_TO_WRITE: dict[str, str] = {
    Kind.DATE: "Write a day as 2024-03-01, a month as 2024-03, a year as 2024.",
    Kind.COUNTRY: "Write its name in English, or its two-letter code.",
}
"""Kind of a value -> what to do where it cannot be read."""

NO_PUBLISHER = ("Say in whose name this is published.", "It is the name of your key in this register.")
Names = Callable[[str], Sequence[tuple[str, str, str]]]
"""Name -> (id, caption, record type) of the entities that are called exactly so."""


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one field."""

    field: str
    message: str
    hint: str = ""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of a form."""

    statements: list[Statement]
    """Empty where something is wrong."""
    wrong: list[Wrong]
    publisher: str


ONE_AT_A_TIME = {
    "status", "measureKind", "event", "investigationKind", "licenceKind", "stage", "outcome", "effect", "bodyKind",
    "action", "ownerUnspecified",
}  # fmt: skip
"""Codes of which a record may have several over time, and one when it is published."""


def several(one: Property) -> bool:
    """Whether the form takes several values of it, one a line: codes and entities; a text is one text."""
    if one.codes:
        return one.many and one.name not in ONE_AT_A_TIME
    return one.many and one.kind in (Kind.ENTITY, Kind.COUNTRY)


def owner_named(text: str, owners: Collection[str], names: Names) -> str | tuple[str, str]:
    """The owner of a key that somebody names: as it is registered, or by the name of its record. Else what is wrong, and what to write."""
    if text in owners:
        return text
    named = sorted({id for id, _, _ in names(text)}.intersection(owners))
    if len(named) == 1:
        return named[0]
    if named:
        return (
            f"Several owners of keys are called “{text[:100]}”.",
            f"Write the id of one: {'; '.join(named[:NAMED_MOST])}.",
        )
    return (
        f"No key of this register belongs to “{text[:100]}”.",
        "Write the name as the operator registered it with your key; the page Publish says how to get one.",
    )


def answer_to(form: Form, record: Record, page: str, day: str) -> dict[str, list[str]]:
    """A form filled in to answer a record: those whom the record names act in their own name, on this day, and cite its page."""
    values = {form.answers: [record.id], **{name: [value] for name, value in form.usual.items()}}
    values |= {PUBLISHER: [], SOURCE: [page], STANDING: [str(Standing.CONFIRMED)]}
    for field in form.fields:
        given = record.first(field.property)
        if field.of.kind == Kind.ENTITY and field.property != form.answers and given is not None:
            values[field.property] = [given]
            values[PUBLISHER] = values[PUBLISHER] or [given]
        elif field.of.kind == Kind.DATE:
            values[field.property] = [day]
    return values


def draft(form: Form, values: Mapping[str, Sequence[str]], store: Store, names: Names) -> Draft:
    """The statements of a filled-in form, or what is wrong with it, each with its field."""
    return _Reading(form, values, store, names).draft()


class _Reading:
    """One filled-in form."""

    def __init__(self, form: Form, values: Mapping[str, Sequence[str]], store: Store, names: Names) -> None:
        self.form, self.store, self.names = form, store, names
        self.values = {name: [one.strip() for one in many if one.strip()] for name, many in values.items()}
        self.wrong: list[Wrong] = []
        self.owners = {state.owner for state in store.keyring().states()}
        self.publisher = self._one(PUBLISHER)
        self.record = self._one(RECORD)
        self.there: list[Recorded] = []

    def draft(self) -> Draft:
        for name in sorted(self.values.keys() - {*COMMON, *(field.property for field in self.form.fields)}):
            self._say(name[:80], "There is no such field.")
        standing = self._common()
        subject = self._subject()
        statements: list[Statement] = []
        # Asked for in any case: what is missing is named at once, not in rounds.
        for name, value, person in self._pairs():
            statements += self._statement(subject, name, value, standing or Standing.REPORTED, person)
        if not self.wrong and not statements:
            self._say(RECORD if self.record else self.form.fields[0].property, "Nothing new was entered.")
        marked = [] if self.wrong else list(persons.marked(statements))
        return Draft(statements=marked, wrong=self.wrong, publisher=self.publisher)

    def _one(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")

    def _say(self, field: str, message: str, hint: str = "") -> None:
        wrong = Wrong(field=field, message=message, hint=hint)
        if wrong not in self.wrong:  # a day that all statements share is wrong once
            self.wrong.append(wrong)

    def _common(self) -> Standing | None:
        """Who publishes, the owner of a key as it is registered (for an entity its name will do), from which source, how firmly."""
        owner = owner_named(self.publisher, self.owners, self.names) if self.publisher else NO_PUBLISHER
        if isinstance(owner, str):
            self.publisher = owner
        else:
            self._say(PUBLISHER, *owner)
        if not self._one(SOURCE):
            self._say(SOURCE, "No source, no statement.", "Give an address, or name the document and its page.")
        given = self._one(STANDING)
        if given in list(Standing):
            return Standing(given)
        labels = ((one, words.standing(one)) for one in Standing)
        choices = "; ".join(label if label == one else f"{label} ({one})" for one, label in labels)
        self._say(STANDING, "Say how firmly this stands.", f"Choose one of these: {choices}.")
        return None

    def _subject(self) -> str:
        """The record that is added to, else a new id."""
        if not self.record:
            return f"sv-{secrets.token_hex(12)}"
        self.there = self.store.statements_of([self.record]) if self.record.startswith("sv-") else []
        if not self.there:
            self._say(
                RECORD, "This register has no such record.", "Copy its id from its page; leave it empty for a new one."
            )
        elif all(one.statement.type != self.form.type for one in self.there):
            self._say(RECORD, f"This is no record of the kind that this form writes ({_called(self.form.type)}).")
        return self.record

    def _pairs(self) -> list[tuple[str, str, bool]]:
        """Property, value, and whether it names a person; what is missing or cannot be read is said."""
        found: list[tuple[str, str, bool]] = []
        for field in self.form.fields:
            given = self._given(field.property, field.of)
            if not given and not self.there and field.required:
                self._say(field.property, f"“{field.of.label}” is missing.", field.help)
            for value in given:
                named = self._entity(field.of, value) if field.of.kind == Kind.ENTITY else (value, False)
                found += [(field.property, *named)] if named is not None else []
        if not self.there:
            found += [(name, value, False) for name, value in self.form.fixed.items()]
        return found

    def _given(self, name: str, one: Property) -> list[str]:
        values = self.values.get(name, [])
        if several(one):
            values = list(dict.fromkeys(line.strip() for text in values for line in text.splitlines() if line.strip()))
        elif len(values) > 1:
            self._say(name, "Only one value is taken here.")
            return values[:1]
        if len(values) > VALUES_MOST:
            self._say(name, f"At most {VALUES_MOST} values are taken.")
        return values[:VALUES_MOST]

    def _entity(self, one: Property, text: str) -> tuple[str, bool] | None:
        """The entity that is meant, by id or by exact name, and whether it is a person."""
        if text.startswith("sv-"):
            kinds = self.store.type_of([text])
            if text not in kinds:
                message = f"This register has no record {text[:64]}."
                self._say(one.name, message, "Publish that one first, or write its name.")
                return None
            found = [(text, text, kinds[text])]
        else:
            found = [hit for hit in self.names(text) if _fits(hit[2], one)]
        if not found or not _fits(found[0][2], one):
            kinds_words = "" if "Thing" in one.range else f" ({', '.join(map(_called, one.range))})"
            message = f"“{text[:100]}” is not the exact name or the id of a record that fits here{kinds_words}."
            self._say(one.name, message, "Search for it and copy its id, or publish it first.")
            return None
        if len(found) > 1:
            several_words = "; ".join(f"{caption}: {id}" for id, caption, _ in found[:NAMED_MOST])
            self._say(one.name, f"Several records are called “{text[:100]}”.", f"Write the id of one: {several_words}.")
            return None
        return found[0][0], persons.is_person(found[0][2])

    def _statement(self, subject: str, name: str, value: str, standing: Standing, person: bool) -> list[Statement]:
        """The statement, checked; none where the publisher says so already, a correction where it said otherwise."""
        one = types.properties(self.form.type)[name]
        made = Statement(
            subject=subject,
            type=self.form.type,
            property=name,
            value=value,
            source=self._one(SOURCE) or "?",
            publisher=self.publisher or "?",
            dataset=DIRECT,
            standing=standing,
            asserted=self._one(ASSERTED) or None,
            valid_from=self._one(VALID_FROM) or None,
            valid_until=self._one(VALID_UNTIL) or None,
            person=person,
        )
        try:
            clean = check(made)
        except Refused as refused:
            field = _OF_STATEMENT.get(refused.field, name)
            hint = refused.hint or (HOW_TO_WRITE.get(one.kind, "") if field == name else "")
            self._say(field, refused.message.removeprefix(f"{refused.field}: "), hint)  # the form names the field
            return []
        except SousveilError as error:
            self._say(name, error.message, error.hint)
            return []
        there = (each for each in self.there if each.statement.property == name and stands(each))
        mine = [each for each in there if each.statement.publisher == self.publisher]
        if any(each.statement.value == clean.value for each in mine):
            return []
        if mine and (not one.many or name in ("status", "stage")):
            return [msgspec.structs.replace(clean, stance=Stance.CORRECTS, supersedes=mine[-1].id)]
        return [clean]


def _called(type: str) -> str:
    """A record type as the pages call it."""
    known = types.find(type)
    return known.label if known is not None else type


def _fits(type: str, one: Property) -> bool:
    return not one.range or any(types.is_a(type, name) for name in one.range)
